"""`make demo`: the addon with demo data, a first computation, a served page."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from . import databases, odoo_command, setup
from .core import (
    MAIN_ADDON,
    ROOT,
    STORE,
    Problem,
    addons,
    digest,
    locked,
    read,
    say,
    write,
)
from .python_packages import PYTHON

DATABASE = MAIN_ADDON
# The demo is built under another name: an interrupted one is never taken for complete.
BUILDING = f"{DATABASE}_building"
SUMMARY = ROOT / "dev/demo_summary.py"
_MARK = "demo of"
_RUNNING = STORE / "demo.pid"


def main(reset=False):
    """Build or update the demo, print its summary, serve it."""
    port = int(os.environ.get("PORT") or 8069)
    serve = os.environ.get("SERVE", "1") != "0"
    if serve:
        _check_port(port)
    build(reset)
    if serve:
        _serve(port)
    return 0


def build(reset=False):
    """Build or update the demo, print its summary."""
    setup.odoo()
    with locked("demo"):
        _prepare(reset)
        _summarise()


def stop():
    """End a demo that is being served."""
    number = read(_RUNNING)
    command = Path(f"/proc/{number}/cmdline")
    if number and command.exists() and str(odoo_command.SCRIPT) in command.read_text():
        say("stopping the demo that is being served")
        os.kill(int(number), signal.SIGTERM)
        while command.exists() and command.read_text():
            time.sleep(0.2)


def _prepare(reset):
    """Have a complete database with the code as it is."""
    code = _code()
    mark = databases.mark(DATABASE)
    if databases.exists(DATABASE) and not mark.startswith(_MARK) and not reset:
        raise Problem(
            f"There is a database {DATABASE} that `make demo` did not make, or did not "
            "finish.\n`make demo-reset` replaces it."
        )
    if reset or not mark:
        _build()
    elif mark == f"{_MARK} {code} computed":
        return
    elif not mark.startswith(f"{_MARK} {code}"):
        say("updating the demo: the addon has changed")
        _odoo(["-d", DATABASE, "-u", ",".join(addons())], "updated")
    databases.set_mark(DATABASE, f"{_MARK} {code} installed")


def _build():
    databases.drop(DATABASE)
    databases.duplicate(databases.template("demo"), BUILDING)
    # Odoo loads demo data only where all dependencies have theirs. Ours tells its
    # stories without; those of other addons would blur them.
    _install_needed()
    databases.sql(
        "UPDATE ir_module_module SET demo = TRUE WHERE state = 'installed'", BUILDING
    )
    say("installing the addon with demo data (about a minute)")
    _odoo(["-d", BUILDING, "-i", ",".join(addons()), "--with-demo"], "installed")
    databases.set_mark(BUILDING, f"{_MARK} nothing yet")
    odoo_command.check(
        ["db", "rename", BUILDING, DATABASE],
        "demo-rename",
        "The demo could not be renamed.",
    )


def _install_needed():
    """Install what the addons need besides, without its demo data."""
    there = databases.sql(
        "SELECT name FROM ir_module_module WHERE state = 'installed'", BUILDING
    )
    needed = {one for name in addons() for one in databases.manifest(name)["depends"]}
    needed = needed.difference(addons(), (name for [name] in there))
    if needed:
        say(f"installing {', '.join(sorted(needed))}")
        _odoo(["-d", BUILDING, "-i", ",".join(sorted(needed))], "begun")


def _odoo(arguments, done):
    odoo_command.check(
        [*arguments, "--stop-after-init", "--no-http", "--max-cron-threads", "0"],
        "demo",
        f"The demo could not be {done}.",
    )


def _code():
    """Fingerprint of all that Odoo loads from the project."""
    files = [
        path
        for addon in addons()
        for path in sorted((ROOT / addon).rglob("*"))
        if path.is_file() and not {"__pycache__", "tests"}.intersection(path.parts)
    ]
    return digest(
        *(part for path in files for part in (str(path.relative_to(ROOT)), path))
    )


def _summarise():
    """Run the computation, print its summary."""
    command = [PYTHON, odoo_command.SCRIPT, "shell", "-d", DATABASE]
    with SUMMARY.open() as script:
        done = subprocess.run(
            [*command, "--no-http", "--log-level=warn"],
            stdin=script,
            env=odoo_command.environment(),
            cwd=ROOT,
        )
    if done.returncode:
        raise Problem(f"{SUMMARY.relative_to(ROOT)} failed; its message is above.")
    databases.set_mark(DATABASE, f"{_MARK} {_code()} computed")


def _check_port(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Problem(
                f"Port {port} cannot be used ({error.strerror}), perhaps a demo is "
                f"running already.\nStop it, or take another: make demo PORT={port + 1}"
            ) from None


def _serve(port):
    print(f"\n    http://localhost:{port}    login admin, password admin")
    print("    Stop it with Ctrl-C; `make demo` starts it again.\n", flush=True)
    command = [PYTHON, odoo_command.SCRIPT, "-d", DATABASE, "--http-port", port]
    os.chdir(ROOT)
    # the process stays the same, only its program changes
    write(_RUNNING, str(os.getpid()))
    os.execve(PYTHON, [str(word) for word in command], odoo_command.environment())
