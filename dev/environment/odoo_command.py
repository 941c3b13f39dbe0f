"""Running Odoo in this environment."""

import os
import shlex
import subprocess
import time

from . import odoo_source, postgres, python_packages
from .core import LOGS, MAIN_ADDON, ROOT, STORE, Problem, read, tail, write
from .python_packages import HOME as VENV
from .python_packages import PYTHON

CONFIG = STORE / "odoo.conf"
QUEUE_CONFIG = STORE / "odoo-queue-job.conf"
SCRIPT = VENV / "bin/odoo"
# Odoo starts its second process from sys.argv[0], so this must be a file.
SCRIPT_TEXT = f"""#!{PYTHON}
import sys

from odoo.cli.command import main

sys.exit(main())
"""
LONGEST_RUN = 30 * 60  # seconds


def ensure():
    """Write the configuration and the start script."""
    _configure(CONFIG)
    if read(SCRIPT) != SCRIPT_TEXT.strip():
        write(SCRIPT, SCRIPT_TEXT)
        SCRIPT.chmod(0o755)


def with_job_queue():
    """The variables of an Odoo that has the addon `queue_job`, too."""
    folder = python_packages.job_queue()
    _configure(QUEUE_CONFIG, folder / "odoo/addons")
    return {"ODOO_RC": str(QUEUE_CONFIG), "PYTHONPATH": str(folder)}


def _configure(path, *more):
    places = [odoo_source.addons_folder(), ROOT, *more]
    settings = {
        "addons_path": ",".join(str(place) for place in places if place),
        "data_dir": postgres.data_dir(),
        # Without a database Odoo's scheduled actions work through every database of
        # the server.
        "db_name": MAIN_ADDON,
        "http_interface": "127.0.0.1",
    }
    lines = ["[options]", *(f"{key} = {value}" for key, value in settings.items())]
    text = "\n".join(lines)
    if read(path) != text:
        write(path, text + "\n")


def environment():
    """The environment of Odoo: its own variables set anew, the user's left out."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("ODOO_") and key not in ("PGDATABASE", "PYTHONPATH")
    }
    return {
        **kept,
        **postgres.variables(),
        "ODOO_RC": str(CONFIG),
        # Every thread of OpenBLAS takes address space, which Odoo limits.
        "OPENBLAS_NUM_THREADS": "1",
        "PATH": f"{VENV / 'bin'}{os.pathsep}{kept.get('PATH', os.defpath)}",
        "VIRTUAL_ENV": str(VENV),
    }


def run(arguments, log, variables=None):
    """Run Odoo with its output in a log file of its own; the exit code.

    A Python that is sure to exist runs the script: a first line of a script cannot
    hold long paths or spaces.
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    command = [str(PYTHON), str(SCRIPT), *map(str, arguments)]
    with (LOGS / f"{log}.log").open("w") as output:
        output.write(f"$ {shlex.join(command)}\n")
        output.flush()
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env={**environment(), **(variables or {})},
            cwd=ROOT,
        )
        try:
            return process.wait(LONGEST_RUN)
        except subprocess.TimeoutExpired:
            output.write(f"stopped after {LONGEST_RUN} s\n")
            return -1
        finally:
            _end(process)


def check(arguments, log, problem, variables=None):
    """Run Odoo, raise Problem when it fails."""
    if run(arguments, log, variables):
        path = LOGS / f"{log}.log"
        end = "\n".join("    " + line for line in tail(path, 15))
        raise Problem(f"{problem}\n{end}\nThe whole output is in {path}.")


def shell(database, script, expected=frozenset({0}), variables=None):
    """Run a script in Odoo's shell; its exit code, which must be an expected one."""
    done = subprocess.run(
        [PYTHON, SCRIPT, "shell", "-d", database, "--no-http"],
        input=script,
        env={**environment(), **(variables or {})},
        capture_output=True,
        text=True,
    )
    if done.returncode not in expected or "Traceback" in done.stderr:
        raise Problem(f"A script in Odoo's shell failed.\n{done.stderr[-3000:]}")
    return done.returncode


def _end(process):
    """Leave no Odoo behind, whatever ended the wait."""
    if process.poll() is None:
        process.terminate()
        deadline = time.monotonic() + 10
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        process.kill()
