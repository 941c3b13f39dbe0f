"""The .pot files, and the Spanish translations that follow them."""

import difflib
import subprocess

from . import databases, odoo_command, setup
from .core import LOGS, MAIN_ADDON, QUEUE_ADDON, ROOT, Problem, every_addon, locked, say
from .python_packages import PYTHON

_DATES = ("POT-Creation-Date", "PO-Revision-Date")


def template(addon):
    return ROOT / addon / "i18n" / f"{addon}.pot"


def stack(addon):
    """The kind of database that an addon is tested in."""
    if addon in (MAIN_ADDON, QUEUE_ADDON):
        return "plain" if addon == MAIN_ADDON else "queue_job"
    return "wide"


def main():
    """`make i18n`: export every .pot, merge it into es.po."""
    setup.odoo()
    with locked("tests"):
        for addon in every_addon():
            kind = "wide" if stack(addon) == "wide" else "plain"
            database = f"{MAIN_ADDON}_i18n"
            databases.duplicate(databases.template(kind), database)
            say(f"exporting the terms of {addon}")
            odoo_command.check(
                ["-d", database, "-i", addon, "--stop-after-init", "--no-http"],
                "i18n-install",
                f"{addon} could not be installed.",
                _variables(addon),
            )
            exported = export(database, addon)
            template(addon).parent.mkdir(exist_ok=True)
            template(addon).write_text(exported)
            _merge(template(addon))
            databases.drop(database)
    return 0


def export(database, addon):
    """The text of the .pot as Odoo exports it."""
    path = LOGS / f"{addon}.pot"
    odoo_command.check(
        ["i18n", "export", "-d", database, "-l", "pot", "-o", path, addon],
        f"i18n-{addon}",
        f"The terms of {addon} could not be exported.",
        _variables(addon),
    )
    return path.read_text()


def _variables(addon):
    """What Odoo needs to see the addon's dependencies."""
    return odoo_command.with_job_queue() if addon == QUEUE_ADDON else None


def difference(addon, exported):
    """How the committed .pot differs, but for the dates in its header."""
    committed = _without_dates(template(addon).read_text())
    lines = list(
        difflib.unified_diff(
            committed, _without_dates(exported), "committed", "exported", lineterm=""
        )
    )
    return "\n".join(["Run `make i18n`.", *lines]) if lines else ""


def _without_dates(text):
    return [
        line for line in text.splitlines() if not any(key in line for key in _DATES)
    ]


def _merge(pot):
    done = subprocess.run([PYTHON, ROOT / "dev/environment/po.py", "merge", pot])
    if done.returncode:
        raise Problem(f"The translations beside {pot} could not be merged.")
