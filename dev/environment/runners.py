"""What `make test` runs. Every runner returns results to add up."""

import os
import re
import socket
import subprocess
from xml.etree import ElementTree

from . import databases, odoo_command, odoo_log, translations
from .core import (
    LOGS,
    MAIN_ADDON,
    QUEUE_ADDON,
    ROOT,
    STORE,
    addons,
    environment,
    every_addon,
    say,
    write,
)
from .odoo_log import Result
from .python_packages import PYTHON


def engine(only=""):
    """The engine's tests, without Odoo."""
    say("engine tests")
    report = LOGS / "test-engine.xml"
    report.unlink(missing_ok=True)
    LOGS.mkdir(parents=True, exist_ok=True)
    command = [PYTHON, "-m", "pytest", "-q", f"--junitxml={report}"]
    with (LOGS / "test-engine.log").open("w") as output:
        code = subprocess.run(
            command + (["-k", only] if only else []),
            cwd=ROOT,
            env={**environment(), "OPENBLAS_NUM_THREADS": "1"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        ).returncode
    result = Result("engine")
    for case in ElementTree.parse(report).iter("testcase") if report.exists() else ():
        _add_case(result, case)
    if code not in (0, 1, 5) or (code and not result.failed and code != 5):
        text = (LOGS / "test-engine.log").read_text(errors="replace")
        result.add(
            "engine: the run itself", f"pytest ended with {code}\n{text[-3000:]}"
        )
    return [result]


def _add_case(result, case):
    title = f"{case.get('classname')}::{case.get('name')}"
    problems = [*case.findall("failure"), *case.findall("error")]
    skip = case.find("skipped")
    if skip is not None:
        result.skipped.append((title, skip.get("message", "")))
    else:
        result.add(title, "\n".join(item.text or "failed" for item in problems))


def plain(only=""):
    """Only what the addon depends on, no demo data."""
    return _odoo_tests("plain", [MAIN_ADDON], only)


def wide(only=""):
    """A larger stack with demo data, and every addon that needs nothing but Odoo."""
    return _odoo_tests("wide", addons(), only)


def queue_job(only=""):
    """Only what the addon depends on, and the addon for the job queue."""
    variables = odoo_command.with_job_queue()
    return _odoo_tests("queue_job", [QUEUE_ADDON], only, "plain", variables)


def _odoo_tests(kind, modules, only, template=None, variables=None):
    database = f"{MAIN_ADDON}_test_{kind}"
    databases.duplicate(databases.template(template or kind), database)
    say(f"Odoo tests, {kind} database")
    tags = only or ",".join(f"/{name}" for name in modules)
    demo = ["--with-demo"] * (kind == "wide")
    if demo and not only:
        # What the demonstration promises, and what other apps bring, can be tested only
        # where they are.
        tags += "".join(f",wide_stack/{name}" for name in modules)
        # What rests on accounts alone is the same whichever apps made the documents.
        tags += ",-plain_stack"
    arguments = ["-i", ",".join(modules), "--test-tags", tags, *demo]
    result, log = _run_tests(kind, database, arguments, variables)
    if not result.executed and not result.skipped:
        result.add(f"{kind}: the run itself", f"No test matches {tags}.")
    problem = "\n".join(odoo_log.noise(log))
    result.add(f"{kind}: no warnings in Odoo's log", problem)
    return [result]


def _run_tests(name, database, arguments, variables=None):
    code = odoo_command.run(
        [
            *["-d", database, "--stop-after-init", "--max-cron-threads", "0"],
            *["--http-port", free_port(), "--screenshots", LOGS / "screenshots"],
            *arguments,
        ],
        f"test-{name}",
        variables,
    )
    log = odoo_log.entries((LOGS / f"test-{name}.log").read_text(errors="replace"))
    return odoo_log.result(name, log, code), log


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def javascript():
    """The addons' JavaScript unit tests, on the plain database as it is by now."""
    tested = [
        name for name in addons() if any(ROOT.glob(f"{name}/static/tests/**/*.test.js"))
    ]
    results = []
    for name in tested:
        kind = "plain" if name == MAIN_ADDON else "wide"
        say(f"JavaScript unit tests of {name}")
        tags = f"/web:WebSuite.test_unit_desktop[@{name}]"
        database = f"{MAIN_ADDON}_test_{kind}"
        run = f"javascript-{name}"
        result, log = _run_tests(run, database, ["--test-tags", tags])
        console = "\n".join(odoo_log.console_errors(log))
        result.failed = [(title, f"{console}\n{text}") for title, text in result.failed]
        results.append(result)
    return results


def core_lint():
    """Core's own checks of addons. What they say about core's addons is not ours."""
    say("core's checks of the addon")
    database = f"{MAIN_ADDON}_test_wide"
    tags = ",".join(["/test_lint", *(f"-/test_lint:{name}" for name in _NOT_OURS)])
    arguments = ["-i", "test_lint", "--test-tags", tags]
    result, _log = _run_tests("core-lint", database, arguments, _with_narrow_pylint())
    ours = [item for item in result.failed if _own_names().search(" ".join(item))]
    others = [item[0] for item in result.failed if item not in ours]
    if others:
        say(f"core's checks complain about core, not counted: {', '.join(others)}")
    result.failed = ours
    return [result]


# Tests of the checkers themselves, one for an eslint of years ago, and one that reads
# every file below the addons path, here .dev too; a conflict marker does not get past
# ruff and prettier.
_NOT_OURS = (
    "TestConflictMarkers",
    "TestESLint",
    "TestGetTextLint",
    "TestI18nChecks",
    "TestSqlLint",
)


def _own_names():
    """What a complaint about our code mentions: an addon or one of its models."""
    names = set(every_addon())
    for addon in every_addon():
        for path in (ROOT / addon).rglob("*.py"):
            names.update(re.findall(r'^    _name = "([^"]+)"', path.read_text(), re.M))
    return re.compile("|".join(map(re.escape, sorted(names))))


def _with_narrow_pylint():
    """A search path on which pylint leaves Odoo's own code out, which would take it
    half an hour: core's test hands over all of Odoo, we are interested in ours."""
    folder = STORE / "narrow"
    script = f"""#!{PYTHON}
import os
import sys

ours = {[str(ROOT / name) for name in every_addon()]!r}
words = [word for word in sys.argv[1:] if not os.path.isdir(word) or word in ours]
os.execv({str(PYTHON)!r}, [{str(PYTHON)!r}, "-m", "pylint", *words])
"""
    write(folder / "pylint", script)
    (folder / "pylint").chmod(0o755)
    return {"PATH": f"{folder}{os.pathsep}{odoo_command.environment()['PATH']}"}


def exported_terms():
    """The committed .pot files hold the terms of the code as it is."""
    result = Result("translations")
    for name in every_addon():
        kind = translations.stack(name)
        title = f"{name}/i18n/{name}.pot is up to date"
        if not translations.template(name).exists():
            result.skipped.append((title, "there is none yet: make i18n writes it"))
            continue
        exported = translations.export(f"{MAIN_ADDON}_test_{kind}", name)
        result.add(title, translations.difference(name, exported))
    return [result]


def stack_of(tags):
    """The kind of database that tests named by tags need."""
    chosen = os.environ.get("STACK")
    if chosen in ("plain", "wide", "queue_job"):
        return chosen
    named = [name for name in every_addon() if re.search(rf"/{name}\b", tags)]
    stacks = {translations.stack(name) for name in named}
    return next((one for one in ("wide", "queue_job") if one in stacks), "plain")
