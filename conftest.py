"""Let pytest collect the engine's tests without Odoo."""

import pytest


def pytest_collect_directory(path, parent):
    """Take folders for plain folders: as packages pytest would import the addon's own
    `__init__.py`, which needs Odoo."""
    return pytest.Dir.from_parent(parent, path=path)
