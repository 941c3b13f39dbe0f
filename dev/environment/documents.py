"""The docs hold: links and pictures are there, and commands are such as work.

What they say in figures, menus and code is tested where it can be computed: by
engine/tests/test_documented*.py and the addon's tests/test_documented*.py.
"""

import re
import shlex
import subprocess
from pathlib import Path

from . import odoo_command
from .core import MAIN_ADDON, ROOT, environment, say
from .odoo_log import Result
from .python_packages import PYTHON

PAGES = ("README.md", "CHANGELOG.md", "docs/*.md")
# What a command of the docs begins with
_PROGRAMS = r"(?:make|pip|odoo|dev/\w+|\.\./dev/\w+|cd|git|curl)"
_COMMAND = re.compile(
    rf"^ {{4}}({_PROGRAMS}(?: [^\n]*)?)$|`({_PROGRAMS}(?: [^`]*)?)`", re.MULTILINE
)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")

# Run below, each in a shell of its own: (folder, what it prints)
RUN = {
    "make": (".", "explain the targets"),
    '../dev/python -c "import engine"': (MAIN_ADDON, ""),
    """../dev/python -c "from engine.lifetime_value import plain_value as p; """
    """print(p([300], [24], 5))\"""": (MAIN_ADDON, "[36000.]"),
}
# Run by another part of `make test`, which does the same
ELSEWHERE = {
    "make test": "is what runs this",
    "make test T=/customer_centricity:TestTier": "a part of `make test`",
    "make lint": "the checks of the code, run beside the tests",
    "make lint test": "both",
    "odoo -d DATABASE -i customer_centricity --stop-after-init": "lifecycle",
    "odoo -d DATABASE -u customer_centricity --stop-after-init": "lifecycle",
    "odoo shell -d DATABASE": "TestDocumentedShell runs what is typed there",
    "dev/odoo shell -d customer_centricity": "every runner starts Odoo so",
    "dev/odoo": "every runner starts Odoo so",
    "dev/python": "above",
    "dev/psql": "the same client, the same variables",
    "cd customer_centricity": "the folder of the commands above",
    "make i18n": "translations: its export is compared",
}
# What downloads, serves, removes, or takes longer than tests may: that the target and
# its variables exist is looked for all the same
NOT_RUN = {
    "make demo": "serves; what it builds is tested by `wide`, its summary below",
    "make demo SERVE=0": "makes a database that people work in",
    "make demo PORT=8070": "serves",
    "make demo-reset": "replaces a database that people work in",
    "make stop": "stops the server that the tests need",
    "make clean": "removes what the tests need",
    "make format": "changes the code",
    "make screenshots": "replaces the pictures",
    'make screenshots SHOTS="account_form ltv_run"': "replaces pictures",
    "make bench": "takes minutes, on databases of its own",
    "make real": "takes minutes",
    "make real DATA=online_retail.csv.gz": "needs a file that is not of this project",
    "pip install numpy pandas scipy": "downloads",
}


def documents():
    """Links, pictures and commands of the docs."""
    say("links, pictures and commands of the docs")
    result = Result("documents")
    for page in pages():
        name = str(page.relative_to(ROOT))
        text = page.read_text("utf-8")
        result.add(f"{name}: links", "\n".join(_broken_links(page, text)))
        result.add(f"{name}: commands", "\n".join(_unknown_commands(text)))
    result.add("pictures are those that are taken", "\n".join(_other_pictures()))
    result.add("pictures of the store page", "\n".join(_other_store_pictures()))
    told = commands_of("\n".join(page.read_text("utf-8") for page in pages()))
    for command, (folder, wanted) in RUN.items():
        title = f"{command!r} runs"
        problem = "" if command in told else "no page has it any more"
        result.add(title, problem or _run(command, folder, wanted))
    for command in sorted({*ELSEWHERE, *NOT_RUN}.difference(told)):
        result.add(f"{command!r} is told", "no page has it any more")
    return [result]


def summary():
    """The summary that the demo prints, on a database with demo data."""
    say("the demo's summary")
    result = Result("summary")
    script = (ROOT / "dev/demo_summary.py").read_text("utf-8")
    done = subprocess.run(
        [
            *[PYTHON, odoo_command.SCRIPT, "shell", "--no-http", "--log-level=warn"],
            *["-d", f"{MAIN_ADDON}_test_wide"],
        ],
        input=script,
        env=odoo_command.environment(),
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    for wanted in ("accounts", "Loss-making", "Data quality", "Always on Call"):
        problem = "" if wanted in done.stdout else f"{done.stdout}\n{done.stderr}"
        result.add(f"the summary tells of {wanted}", problem[-3000:])
    return [result]


def pages():
    """Return the files of the docs."""
    return [path for pattern in PAGES for path in sorted(ROOT.glob(pattern))]


def commands_of(text):
    """Return the commands that a page has people type.

    >>> sorted(commands_of("`make test` or\\n\\n    make demo PORT=8070\\n"))
    ['make demo PORT=8070', 'make test']
    """
    return {
        re.sub(r"\s+", " ", first or second).strip()
        for first, second in _COMMAND.findall(text)
    }


def slugs_of(text):
    """Return what the headings of a page are linked by.

    >>> sorted(slugs_of("# De dónde sale\\n## Read, act!\\n"))
    ['de-dónde-sale', 'read-act']
    """
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        for heading in headings
    }


def _broken_links(page, text):
    for target in _LINK.findall(text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _hash, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        if not linked.exists():
            yield f"{target}: there is no such file"
        elif anchor and anchor not in slugs_of(linked.read_text("utf-8")):
            yield f"{target}: no heading is called so"


def _unknown_commands(text):
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z0-9-]+):", makefile, re.MULTILINE))
    sources = [*ROOT.glob("dev/**/*.py"), *ROOT.glob("benchmarks/*.py")]
    code = "\n".join(path.read_text("utf-8") for path in sources)
    for command in sorted(commands_of(text)):
        if command not in {*RUN, *ELSEWHERE, *NOT_RUN}:
            yield f"{command}: nothing runs it, and no reason is given"
        if not command.startswith("make "):
            continue
        for word in shlex.split(command)[1:]:
            variable, is_variable, _value = word.partition("=")
            if not is_variable and word not in targets:
                yield f"{command}: there is no target {word}"
            elif is_variable and f'"{variable}"' not in code:
                yield f"{command}: nothing reads {variable}"


def _other_pictures():
    """Yield pictures that are told and not taken, or taken and not told."""
    text = "\n".join(page.read_text("utf-8") for page in pages())
    told = {Path(target) for target in _LINK.findall(text) if target.endswith(".png")}
    taken = re.findall(
        r'^    Shot\(\s*(?:\*\()?"(\w+)"',
        (ROOT / "dev/screenshots.py").read_text("utf-8"),
        re.MULTILINE,
    )
    names = {path.stem for path in told}
    yield from (f"{name}: nobody takes it" for name in sorted(names.difference(taken)))
    yield from (f"{name}: no page has it" for name in sorted({*taken} - names))
    for path in sorted((ROOT / "docs/images").glob("**/*.png")):
        if path.stem not in names:
            yield f"{path.name}: no page has it"


def _other_store_pictures():
    """Yield pictures that the store page shows and that are not there, or not taken."""
    folder = ROOT / MAIN_ADDON / "static/description"
    shown = set(re.findall(r'src="(\w+)\.png"', (folder / "index.html").read_text()))
    taken = set()
    shots = (ROOT / "dev/screenshots.py").read_text("utf-8")
    for names in re.findall(r"store=\(([^)]*)\)", shots):
        taken.update(re.findall(r'"(\w+)"', names))
    yield from (f"{name}: nobody takes it" for name in sorted(shown - taken))
    # Odoo shows the main one in its list of apps
    for name in sorted(taken - shown - {"main_screenshot"}):
        yield f"{name}: the store page does not show it"
    for name in sorted(shown):
        if not (folder / f"{name}.png").exists():
            yield f"{name}: there is no such picture"


def _run(command, folder, wanted):
    """Run a command as it is written; return what is wrong."""
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=ROOT / folder,
        env=environment(),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode or wanted not in done.stdout:
        return f"{done.stdout}\n{done.stderr}"
    return ""
