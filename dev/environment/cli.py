"""The commands of `make`, dev/run, dev/odoo, dev/python and dev/psql."""

import os
import subprocess
import sys

from . import (
    demo,
    lint,
    odoo_command,
    postgres,
    python_packages,
    setup,
    tests,
    translations,
)
from .core import LOGS, MAIN_ADDON, ROOT, STORE, Problem, fail, remove, say
from .python_packages import PYTHON


def main():
    """dev/run COMMAND"""
    commands = {
        "setup": lambda: setup.tests() or setup.lint(),
        "demo": demo.main,
        "demo-reset": lambda: demo.main(reset=True),
        "test": tests.main,
        "lint": lint.main,
        "format": lint.format_code,
        "i18n": translations.main,
        "screenshots": screenshots,
        "bench": bench,
        "real": real,
        "stop": postgres.stop,
        "clean": clean,
    }
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        fail(f"usage: dev/run {'|'.join(commands)}")
    _guarded(commands[sys.argv[1]])


def odoo():
    """dev/odoo ARGUMENTS: Odoo's command line."""
    _guarded(setup.odoo)
    _become([PYTHON, odoo_command.SCRIPT, *sys.argv[1:]])


def python():
    """dev/python ARGUMENTS: Python with Odoo and all packages importable."""
    _guarded(setup.odoo)
    _become([PYTHON, *sys.argv[1:]])


def psql():
    """dev/psql ARGUMENTS: psql on the project's server."""
    _guarded(setup.odoo)
    try:
        # The demo's database, unless another is named.
        _become([postgres.psql(), *sys.argv[1:]], {"PGDATABASE": MAIN_ADDON})
    except Problem as problem:
        fail(problem)


def bench():
    """Run every benchmark, say so when there are none yet."""
    scripts = sorted(ROOT.glob("benchmarks/*.py"))
    if not scripts:
        print("There are no benchmarks yet (benchmarks/*.py).")
        return 0
    setup.odoo()
    rivals = python_packages.compared_with()
    options = ["--quick"] if os.environ.get("QUICK") else []
    failed = []
    for script in scripts:
        say(f"benchmark {script.name}")
        if _run_script(script, *options, path=[rivals]):
            failed.append(script.name)
    if failed:
        raise Problem(f"These benchmarks failed: {', '.join(failed)}")
    return 0


def real():
    """Run the addon on real invoices; the exit code."""
    setup.odoo()
    return _run_script(ROOT / "dev/real_invoices.py")


def screenshots():
    """Take the pictures of the docs, of the demo or of DATABASE; the exit code."""
    if not os.environ.get("DATABASE"):
        demo.build()
    setup.tests()
    names = os.environ.get("SHOTS", "").split()
    return _run_script(ROOT / "dev/screenshots.py", *names)


def _run_script(script, *options, path=()):
    """Run a script that may import the engine, Odoo and this environment."""
    folders = [ROOT / MAIN_ADDON, ROOT / "dev", *path]
    env = {
        **odoo_command.environment(),
        "PYTHONPATH": os.pathsep.join(map(str, folders)),
    }
    return subprocess.run([PYTHON, script, *options], env=env, cwd=ROOT).returncode


def clean():
    """Stop the private server, remove all that was downloaded and built."""
    if STORE.exists():
        demo.stop()
        postgres.stop()
        say("removing .dev")
        remove(STORE)
    return 0


def _guarded(action):
    """Run a command: problems are shown as one message, without a traceback."""
    try:
        code = action()
    except Problem as problem:
        fail(problem)
    except KeyboardInterrupt:
        fail(f"interrupted; logs are in {LOGS}")
    if code:
        sys.exit(code)


def _become(command, variables=None):
    """Replace this process, so that signals and the terminal are the command's."""
    words = [str(word) for word in command]
    os.execve(words[0], words, {**odoo_command.environment(), **(variables or {})})
