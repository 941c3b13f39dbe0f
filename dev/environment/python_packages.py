"""The virtual environment with the packages of requirements.lock."""

import os
import sys

from .core import (
    ROOT,
    STORE,
    Problem,
    apt_install,
    digest,
    output_of,
    read,
    remove,
    run,
    say,
    write,
)

LOCK = ROOT / "dev/requirements.lock"
RIVALS = ROOT / "benchmarks/requirements.txt"
JOB_QUEUE = ROOT / "dev/queue_job.txt"
HOME = STORE / "venv"
PYTHON = HOME / "bin/python"
STAMP = STORE / "venv.stamp"
VERSIONS = ((3, 12), (3, 13), (3, 11), (3, 10))  # the best first

_PROBE = "import sys, ensurepip, venv; print(*sys.version_info[:2], sys.executable)"


def ensure():
    """Build the virtual environment when it is missing or out of date."""
    wanted = digest(LOCK, str(HOME))
    if os.environ.get("PYTHON"):
        _drop_other(_choose()[0])
    if read(STAMP) == wanted and output_of([PYTHON, "-c", ""]) is not None:
        return
    STAMP.unlink(missing_ok=True)
    if output_of([PYTHON, "-m", "pip", "--version"]) is None:
        _create()
    # An interrupted installation goes on here: pip leaves alone what is complete.
    say("installing the Python packages (about a minute)")
    run(
        [PYTHON, "-m", "pip", "install", "--no-input", "-r", LOCK],
        "python",
        "The Python packages of dev/requirements.lock could not be installed.",
    )
    write(STAMP, wanted)


def compared_with():
    """Folder of the packages that the benchmarks compare with."""
    return _beside("rivals", RIVALS)


def job_queue():
    """Folder of the job queue, for the addon that works with it."""
    return _beside("queue_job", JOB_QUEUE)


def _beside(name, requirements):
    """Folder of packages that only some commands see; installed when needed.

    Beside the environment and without dependencies: they must not change it.
    """
    wanted = digest(requirements, str(HOME))
    folder = STORE / name
    if read(folder / "stamp") != wanted:
        remove(folder)
        run(
            [
                *[PYTHON, "-m", "pip", "install", "--no-input", "--no-deps"],
                *["--target", folder, "-r", requirements],
            ],
            name,
            f"The packages of {requirements} could not be installed.",
        )
        write(folder / "stamp", wanted)
    return folder


def _drop_other(version):
    """Begin again when the environment is of another Python than the one named."""
    own = _probe([PYTHON])
    if own and own[0] != version:
        STAMP.unlink(missing_ok=True)
        remove(HOME)


def _create():
    remove(HOME)
    version, python = _choose()
    say(f"creating the virtual environment (Python {version[0]}.{version[1]})")
    run(
        [python, "-m", "venv", HOME],
        "python",
        f"No virtual environment could be made with {python}.",
    )


def _choose():
    """The best Python here: (version, executable)."""
    chosen = os.environ.get("PYTHON")
    found = _probe([chosen]) if chosen else _probe(_candidates())
    if not found and not chosen and apt_install("python3", "python3-venv"):
        found = _probe(["/usr/bin/python3"])
    if not found:
        what = f"PYTHON={chosen}" if chosen else "No Python on this machine"
        raise Problem(
            f"{what} is from 3.10 to 3.13 with the venv and ensurepip modules, as Odoo "
            "19 needs.\nInstall one (on Debian and Ubuntu: apt-get install python3 "
            "python3-venv) or name it: make ... PYTHON=/path/to/python3.12"
        )
    return found


def _candidates():
    named = [f"python{major}.{minor}" for major, minor in VERSIONS]
    return [*named, "python3", sys.executable, "/usr/bin/python3"]


def _probe(candidates):
    found = {}
    for candidate in candidates:
        answer = output_of([candidate, "-c", _PROBE])
        if answer:
            major, minor, path = answer.split(maxsplit=2)
            found.setdefault((int(major), int(minor)), path)
    for version in VERSIONS:
        if version in found:
            return version, found[version]
    return None
