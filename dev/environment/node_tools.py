"""prettier and eslint, of the versions in package-lock.json."""

import shutil

from .core import ROOT, STORE, Problem, apt_install, digest, read, run, say, write

HOME = STORE / "node"
STAMP = HOME / "stamp"
PLUGIN = HOME / "node_modules/@prettier/plugin-xml/src/plugin.js"
FILES = ("package.json", "package-lock.json")


def ensure():
    """Install the tools when they are missing or out of date."""
    wanted = digest(*(ROOT / "dev" / name for name in FILES))
    if read(STAMP) == wanted:
        return
    if not shutil.which("npm"):
        apt_install("nodejs", "npm")
    if not shutil.which("npm"):
        raise Problem(
            "npm is not installed: prettier and eslint cannot be had without it.\n"
            "Install Node.js 18 or newer with npm (on Debian: apt-get install npm)."
        )
    say("installing prettier and eslint")
    STAMP.unlink(missing_ok=True)
    for name in FILES:
        write(HOME / name, (ROOT / "dev" / name).read_text())
    run(
        ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
        "node",
        "The npm packages of dev/package-lock.json could not be installed.",
        cwd=HOME,
    )
    write(STAMP, wanted)


def command(tool):
    return str(HOME / "node_modules/.bin" / tool)
