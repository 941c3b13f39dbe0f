"""Reading test results from Odoo's log.

Every number comes from the tests' own lines ("Starting ...", "FAIL: ...") and is held
against the totals that Odoo prints at the end: when the two differ, or the totals are
missing because Odoo died, that itself is a failure.
"""

import re
from dataclasses import dataclass, field
from typing import NamedTuple

_LINE = re.compile(r"^\d{4}-\d\d-\d\d [\d:,]+ \d+ ([A-Z]+) (\S+) (\S+?): (.*)$")
_STARTED = re.compile(r"^Starting (\S+) \.\.\.\s*$")
_SKIPPED = re.compile(r"^skipped (.+?) : (.*)$", re.S)
_FAILED = re.compile(r"^(?:FAIL|ERROR): (.*)$", re.M)
_SUBTEST = re.compile(r"^Subtest (\S+) ")
_TOTALS = re.compile(r"^(\d+) failed, (\d+) error\(s\) of (\d+) tests when loading")
_LOUD = ("WARNING", "ERROR", "CRITICAL")
# Lines at the level of a warning that follow from failed tests, which are counted.
_CONSEQUENCES = re.compile(
    r"At least one test failed when loading the modules"
    r"|^\d+ failed, \d+ error\(s\) of \d+ tests when loading"
    r"|^Module \S+: \d+ failures, \d+ errors of \d+ tests"
)


class Entry(NamedTuple):
    level: str
    logger: str
    message: str  # with the lines that follow, such as a traceback


@dataclass
class Result:
    """What one runner found: titles, with a text that says more."""

    runner: str
    passed: int = 0
    failed: list = field(default_factory=list)
    skipped: list = field(default_factory=list)

    def add(self, title, problem=""):
        """Count one check: passed when there is no problem."""
        if problem:
            self.failed.append((title, problem))
        else:
            self.passed += 1

    @property
    def executed(self):
        return self.passed + len(self.failed)


def entries(text):
    """The entries of a log."""
    found = []
    for line in text.splitlines():
        match = _LINE.match(line)
        if match:
            level, _database, logger, message = match.groups()
            found.append(Entry(level, logger, message))
        elif found:
            found[-1] = found[-1]._replace(message=f"{found[-1].message}\n{line}")
    return found


def result(runner, log, exit_code):
    """Count the tests of a run."""
    found = Result(runner)
    started, broken = [], {}
    reported = 0
    for entry in log:
        if match := _STARTED.match(entry.message):
            started.append((entry.logger, match[1]))
        elif match := _SKIPPED.match(entry.message):
            found.skipped.append((match[1], match[2].strip()))
        elif entry.level == "ERROR" and (match := _FAILED.match(entry.message)):
            reported += 1
            subtest = _SUBTEST.match(match[1])
            name = subtest[1] if subtest else match[1].strip()
            broken.setdefault((entry.logger, name), []).append(entry.message)
    found.failed = [(name, "\n".join(texts)) for (_, name), texts in broken.items()]
    skipped = {name for name, _reason in found.skipped}
    found.passed = sum(
        test not in broken and test[1] not in skipped for test in started
    )
    problem = _disagreement(log, exit_code, len(started), reported)
    if problem:
        found.add(f"{runner}: the run itself", problem)
    return found


def _disagreement(log, exit_code, started, reported):
    """What Odoo's own totals say other than what was counted."""
    totals = [match for entry in log if (match := _TOTALS.match(entry.message))]
    if not totals:
        last = "\n".join(entry.message for entry in log[-3:])
        return f"Odoo ended (exit code {exit_code}) without its totals.\n{last}"
    failed, errors, total = map(int, totals[-1].groups())
    if total != started or failed + errors != reported:
        return (
            f"Odoo counts {total} tests and {failed + errors} failures, "
            f"its log shows {started} and {reported}."
        )
    if exit_code and not reported:
        return f"Odoo ended with exit code {exit_code} although no test failed."
    return ""


def console_errors(log):
    """What the browser's console said."""
    return [
        entry.message
        for entry in log
        if entry.level == "ERROR" and entry.logger.endswith(".browser")
    ]


def noise(log):
    """Warnings and errors of a run, other than the reports of failed tests. An error in
    the browser's console fails the test that has the browser open."""
    return [
        f"{entry.level} {entry.logger}: {entry.message}"
        for entry in log
        if entry.level in _LOUD
        and not _FAILED.match(entry.message)
        and not (entry.level == "ERROR" and entry.logger.endswith(".browser"))
        and not _CONSEQUENCES.search(entry.message)
    ]
