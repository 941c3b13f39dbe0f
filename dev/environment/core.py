"""Paths, progress, commands and locks that every other module uses."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
STORE = ROOT / ".dev"
LOGS = STORE / "log"
MAIN_ADDON = "customer_centricity"
# Needs an addon that is not part of Odoo, which nobody else should see.
QUEUE_ADDON = f"{MAIN_ADDON}_queue_job"
ODOO_SERIES = "19"

_started = time.monotonic()


class Problem(Exception):
    """What could not be had, why, and what to do: shown as one message."""


def say(text):
    """One line of progress, with the seconds since the command was started."""
    print(f"[{time.monotonic() - _started:4.0f} s] {text}", flush=True)


def addons():
    """Names of the addons that need nothing but Odoo, the main one first."""
    return [name for name in every_addon() if name != QUEUE_ADDON]


def every_addon():
    """Names of all addons in the project, the main one first."""
    found = {path.parent.name for path in ROOT.glob("*/__manifest__.py")}
    return sorted(found, key=lambda name: (name != MAIN_ADDON, name))


def digest(*parts):
    """Short fingerprint of texts and of the contents of files."""
    sha = hashlib.sha256()
    for part in parts:
        sha.update(part.read_bytes() if isinstance(part, Path) else str(part).encode())
        sha.update(b"\0")
    return sha.hexdigest()[:12]


def read(path):
    """The text of a small file, empty when it does not exist."""
    return path.read_text().strip() if path.exists() else ""


def write(path, text):
    """Write a file in one go: an interruption leaves the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = f"{os.getpid()}.{threading.get_ident()}"
    fresh = path.with_name(f"{path.name}.{writer}")
    fresh.write_text(text)
    fresh.replace(path)


def remove(path):
    """Remove a folder, also one that is not there."""
    shutil.rmtree(path, ignore_errors=True)


def environment():
    """The environment of tools: caches stay in the project."""
    return {
        **os.environ,
        "PIP_CACHE_DIR": str(STORE / "cache/pip"),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "npm_config_cache": str(STORE / "cache/npm"),
        "HYPOTHESIS_STORAGE_DIRECTORY": str(STORE / "cache/hypothesis"),
        "LC_ALL": "C.UTF-8",
    }


def run(command, log, problem, **options):
    """Run a command with its output in a log file; raise Problem when it fails."""
    path = LOGS / f"{log}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    options.setdefault("env", environment())
    with path.open("a") as output:
        output.write(f"$ {' '.join(map(str, command))}\n")
        output.flush()
        done = subprocess.run(
            [str(word) for word in command],
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            **options,
        )
    if done.returncode:
        end = "\n".join("    " + line for line in tail(path, 12))
        raise Problem(f"{problem}\n{end}\nThe whole output is in {path}.")


def tail(path, count):
    """The last lines of a file."""
    return path.read_text(errors="replace").splitlines()[-count:]


def output_of(command, **options):
    """What a command prints, or None when it is missing or fails."""
    try:
        done = subprocess.run(
            [str(word) for word in command],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            **options,
        )
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


@contextlib.contextmanager
def locked(name):
    """Let one process at a time set up the same thing."""
    STORE.mkdir(exist_ok=True)
    with (STORE / f"{name}.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another command that holds the lock '{name}'")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def is_root():
    return os.geteuid() == 0


def apt_install(*packages):
    """Install system packages, which only root can; True when it was tried."""
    if not is_root() or not shutil.which("apt-get"):
        return False
    env = {**environment(), "DEBIAN_FRONTEND": "noninteractive"}
    names = " ".join(packages)
    say(f"installing the system packages: {names}")
    # The lists may be old or absent; if they cannot be updated the install may still
    # work, and if it does not its own message says why.
    with contextlib.suppress(Problem):
        run(["apt-get", "update"], "apt", "", env=env)
    run(
        ["apt-get", "install", "-y", "--no-install-recommends", *packages],
        "apt",
        f"The system packages {names} could not be installed.",
        env=env,
    )
    return True


def fail(problem):
    """Show a Problem and leave."""
    print(f"\n{problem}", file=sys.stderr, flush=True)
    sys.exit(1)
