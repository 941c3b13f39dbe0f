import ast
import doctest
import importlib
import pkgutil
from pathlib import Path

import engine
import pytest

MODULES = [module.name for module in pkgutil.iter_modules(engine.__path__)]


@pytest.mark.parametrize("name", [name for name in MODULES if name != "tests"])
def test_examples_in_docstrings(name):
    module = importlib.import_module(f"engine.{name}")
    failures, examples = doctest.testmod(module)
    assert examples, f"engine.{name} has no example in its docstrings"
    assert not failures


def test_odoo_starts_without_the_engine():
    """What takes a second to import is imported when it is needed."""
    heavy = {"scipy", "pandas", "numpy", "engine"}
    addon = Path(engine.__path__[0]).parent
    for path in (*addon.glob("*.py"), *addon.glob("models/*.py")):
        for node in ast.parse(path.read_text()).body:  # not what is inside functions
            names = set()
            if isinstance(node, ast.Import):
                names = {name.name.split(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom):
                names = {*(node.module or "").split(".")}
                names |= {name.name for name in node.names}
            assert not names & heavy, path


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
