"""Everything in its order; what is there already takes no time."""

from . import browser, node_tools, odoo_command, odoo_source, postgres, python_packages
from .core import locked


def python():
    """Python with Odoo importable: no server needed."""
    with locked("setup"):
        python_packages.ensure()
        odoo_source.ensure()


def odoo():
    """Odoo that can run: the server answers."""
    with locked("setup"):
        python_packages.ensure()
        odoo_source.ensure()
        postgres.ensure()
        odoo_command.ensure()


def tests():
    """Odoo and a browser."""
    with locked("setup"):
        browser.ensure()
    odoo()


def lint():
    """The tools that check the code; Odoo's own code is looked up by pylint."""
    python()
    with locked("setup"):
        node_tools.ensure()
