"""`make test`: run everything, add up, say `N passed, N failed`."""

import os
from concurrent.futures import ThreadPoolExecutor

from . import (
    documents,
    interrupted,
    jobs,
    lifecycle,
    people,
    runners,
    runs,
    setup,
    wheels,
)
from .core import Problem, locked, say
from .odoo_log import Result


def main():
    """Run what T= names, or everything; the exit code."""
    only = os.environ.get("T", "")
    try:
        results = _engine(only) if only.startswith("engine") else _all(only)
    except Problem as problem:
        # Even then the last line is the count.
        results = [_broken("set-up", problem)]
    return _report(results, whole=not only)


def _engine(only):
    setup.python()
    return runners.engine(only.partition(":")[2])


def _all(only):
    setup.tests()
    with locked("tests"):
        if only:
            return getattr(runners, runners.stack_of(only))(only)
        with ThreadPoolExecutor(2) as pool:
            results = list(pool.map(_chain, WORK))
            results += pool.map(_chain, AFTERWARDS)
    return [result for chain in results for result in chain]


# Two at a time, for two cores: who has finished one takes the next. The longest come
# first, so that both end at about the same time. What stands together needs the
# database of what is before it.
WORK = (
    (runners.plain,),
    (runners.wide, runners.core_lint),
    (runs.runs,),
    (runners.queue_job, jobs.jobs),
    (lifecycle.lifecycle,),
    (wheels.wheels,),
    (interrupted.interrupted,),
    (people.people,),
    (runners.engine, documents.documents),
)
# On the databases as they are by then
AFTERWARDS = ((runners.javascript,), (runners.exported_terms, documents.summary))


def _chain(steps):
    results = []
    for step in steps:
        try:
            found = step()
        except Problem as problem:
            found = [_broken(step.__name__, problem)]
        for result in found:
            say(f"{result.runner}: {_counts([result])}")
        results += found
    return results


def _broken(name, problem):
    result = Result(name)
    result.add(f"{name}: could not run", str(problem))
    return result


def _report(results, whole):
    """Print failures, skipped tests and the totals; the exit code."""
    for result in results:
        if whole and not result.executed and not result.skipped:
            result.add(f"{result.runner}: no test was executed", "There must be some.")
    if not any(result.executed for result in results):
        results.append(_broken("make test", "no test was executed"))
    for result in results:
        for title, text in result.failed:
            print(f"\n--- {result.runner}: {title} FAILED\n{_shortened(text)}")
    print()
    for result in results:
        for title, reason in result.skipped:
            print(f"skipped ({result.runner}) {title}: {reason}")
    print(_counts(results), flush=True)
    return 1 if any(result.failed for result in results) else 0


def _shortened(text, most=60):
    """The beginning and the end of a long text: a traceback's end says most."""
    lines = text.strip().splitlines()
    if len(lines) <= most:
        return "\n".join(lines)
    half = most // 2
    return "\n".join([*lines[:half], "  [...]", *lines[-half:]])


def _counts(results):
    passed = sum(result.passed for result in results)
    failed = sum(len(result.failed) for result in results)
    skipped = sum(len(result.skipped) for result in results)
    counts = f"{passed} passed, {failed} failed"
    return f"{counts}, {skipped} skipped" if skipped else counts
