import doctest
import importlib
import pkgutil

import engine
import pytest

MODULES = [module.name for module in pkgutil.iter_modules(engine.__path__)]


@pytest.mark.parametrize("name", [name for name in MODULES if name != "tests"])
def test_examples_in_docstrings(name):
    module = importlib.import_module(f"engine.{name}")
    failures, examples = doctest.testmod(module)
    assert examples, f"engine.{name} has no example in its docstrings"
    assert not failures


def test_no_odoo_inside():
    """The engine must be usable where Odoo is not installed."""
    for path in engine.__path__:
        for name in MODULES:
            if name == "tests":
                continue
            with open(f"{path}/{name}.py") as source:
                assert "import odoo" not in source.read().replace(
                    "from odoo", "import odoo"
                )
