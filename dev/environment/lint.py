"""`make lint` and `make format`."""

import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

from . import node_tools, setup
from .core import ROOT, environment, every_addon, say
from .python_packages import HOME as VENV
from .python_packages import PYTHON

_HARMLESS = re.compile(r"/(tests|demo)/")


def main():
    """Run every check, also after one has failed; the exit code."""
    setup.lint()
    # Two at a time, for two cores: pylint takes longer than all others together.
    with ThreadPoolExecutor(2) as pool:
        checked = pool.map(_check, _checks())
        failed = [name for name, done in checked if not _passes(name, done)]
    if failed:
        print(f"\nfailed: {', '.join(failed)} (`make format` mends the layout)")
        return 1
    say("all checks passed")
    return 0


def format_code():
    setup.lint()
    ruff = str(VENV / "bin/ruff")
    commands = [
        [ruff, "check", "--fix", "--quiet", "."],
        [ruff, "format", "."],
    ]
    if _files("xml", "js", "scss"):
        commands.append([*_prettier(), "--write", *_files("xml", "js", "scss")])
    # This one ends with an error when it has nothing left to mend; `make lint` tells.
    _run([VENV / "bin/oca-checks-odoo-module", "--fix", "--no-exit", *every_addon()])
    codes = [_run(command).returncode for command in commands]
    return 1 if any(codes) else 0


def _checks():
    """(name, command) of each check."""
    own = every_addon()

    def tool(name):
        return str(VENV / "bin" / name)

    yield "pylint-odoo", [PYTHON, "-m", "pylint", "--rcfile=.pylintrc", *own]
    yield "ruff check", [tool("ruff"), "check", "."]
    yield "ruff format", [tool("ruff"), "format", "--check", "."]
    # Assertions and random numbers are in order in tests and demo data.
    sources = [name for name in _files("py") if not _HARMLESS.search(name)]
    yield "bandit", [tool("bandit"), "-q", *sources]
    yield "oca-checks-odoo-module", [tool("oca-checks-odoo-module"), *own]
    pos = [*_files("po"), *_files("pot")]
    if pos:
        command = [tool("oca-checks-po"), "--disable=po-pretty-format"]
        yield "oca-checks-po", [*command, *pos]
    templates = _files("pot")
    if templates:
        yield "translated", [PYTHON, "dev/environment/po.py", "check", *templates]
    laid_out = _files("xml", "js", "scss")
    if laid_out:
        yield "prettier", [*_prettier(), "--check", *laid_out]
    scripts = _files("js")
    if scripts:
        eslint = [node_tools.command("eslint"), "--config=dev/eslint.config.mjs"]
        yield "eslint", [*eslint, "--max-warnings=0", *scripts]


def _prettier():
    return [
        *[node_tools.command("prettier"), "--config=dev/prettier.json"],
        *[f"--plugin={node_tools.PLUGIN}", "--log-level=warn"],
    ]


def _files(*endings):
    """The addons' files with these endings, other people's libraries apart."""
    return [
        str(path.relative_to(ROOT))
        for addon in every_addon()
        for ending in endings
        for path in sorted((ROOT / addon).rglob(f"*.{ending}"))
        if "lib" not in path.parts
    ]


def _check(check):
    name, command = check
    return name, _run(command, capture_output=True)


def _passes(name, done):
    say(f"{name}: {'failed' if done.returncode else 'passed'}")
    if done.returncode:
        print((done.stdout + done.stderr).rstrip(), flush=True)
    return done.returncode == 0


def _run(command, **options):
    words = [str(word) for word in command]
    return subprocess.run(words, cwd=ROOT, env=environment(), text=True, **options)
