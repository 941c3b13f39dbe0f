"""A lifetime value run in the channels of the job queue, without scheduled actions.

What comes out of it is held against the same run in one piece.
"""

import time

from . import databases, odoo_command
from .core import MAIN_ADDON, Problem, say
from .interrupted import DOCUMENTS
from .odoo_log import Result
from .runs import ANNA, FINDINGS, PREPARE, RUN, TWICE, first_difference
from .servers import PATIENCE, Database, Server, Session

TESTED = f"{MAIN_ADDON}_test_queue_job"  # with the addon for the queue, by its tests
ALONE = f"{MAIN_ADDON}_test_no_jobs"
WORKERS = 2
# Parts take a moment each, so that two at once are seen.
_SLOW = """
    CREATE OR REPLACE FUNCTION test_note_done() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_sleep(0.15);
        INSERT INTO test_chunk_done VALUES (NEW.id, NEW.stage, pg_backend_pid());
        RETURN NEW;
    END $$
"""
_IN_ONE_PIECE = """
run = env['customer.ltv.run'].search([], order='id', limit=1)
run = run.with_context(queue_job__no_delay=True)
for button in ('compute', 'apply'):
    getattr(run, f'action_{button}')()
    env['customer.ltv.chunk']._work_off()
    env.cr.commit()
    print(run.state)
"""
_STATE = "SELECT state FROM customer_ltv_run ORDER BY id LIMIT 1"
_AT_WORK = "SELECT COUNT(*) FROM queue_job WHERE state = 'started'"
_OBSERVED = """
    SELECT COUNT(*) FROM customer_ltv_chunk WHERE stage = 'observe' AND state = 'done'
"""
_FAILED = "SELECT name, exc_name, exc_message FROM queue_job WHERE state = 'failed'"
# Parts are of another size where all is done in one piece.
_COMPARED = {name: query for name, query in FINDINGS.items() if name != "parts"}


def jobs():
    """Compute and apply a run by jobs, with a server that is killed meanwhile."""
    say("a lifetime value run in the job queue")
    variables = odoo_command.with_job_queue()
    result = Result("jobs")
    odoo_command.shell(TESTED, DOCUMENTS + PREPARE, variables=variables)
    databases.drop(ALONE)
    databases.sql(f'CREATE DATABASE "{ALONE}" TEMPLATE "{TESTED}"')
    try:
        odoo_command.shell(ALONE, _IN_ONE_PIECE, variables=variables)
        databases.sql(_SLOW, TESTED)
        _run_by_jobs(result, variables)
        for name, query in _COMPARED.items():
            rows, expected = (databases.sql(query, one) for one in (TESTED, ALONE))
            result.add(f"jobs: the same {name}", first_difference(rows, expected))
    finally:
        databases.drop(ALONE)
    return [result]


def _run_by_jobs(result, variables):
    server = Server(
        "jobs",
        [TESTED],
        crons=0,
        workers=WORKERS + 1,  # one for people
        arguments=["--load", "base,web,queue_job"],
        variables={**variables, "ODOO_QUEUE_JOB_CHANNELS": f"root:{WORKERS}"},
    )
    with server, Database(TESTED) as client:
        session = Session(server, TESTED, ANNA)
        [run] = session.call(RUN, "search", [], order="id", limit=1)
        session.call(RUN, "action_compute", [run])
        _watch(client, f"({_OBSERVED}) > 1")
        server.kill()
        done = client.value(_OBSERVED)
        result.add("jobs: killed in the middle", "" if done < 8 else f"{done} parts")
        server.start()
        most = _watch(client, f"({_STATE}) = 'computed'")
        Session(server, TESTED, ANNA).call(RUN, "action_apply", [run])
        most = max(most, _watch(client, f"({_STATE}) = 'applied'"))
        problem = "" if most == WORKERS else f"{most}"
        result.add(f"jobs: {WORKERS} work at once, and no more", problem)
        result.add("jobs: none fails", client.sql(_FAILED) or "")
        result.add("jobs: each part once", client.sql(TWICE) or "")


def _watch(client, condition):
    """Wait; return how many jobs were seen at work at once.

    The job runner looks once a minute for jobs that were killed; here it is told to
    every now and then.
    """
    most = 0
    start = told = time.monotonic()
    while not client.value(f"SELECT {condition}"):
        if time.monotonic() - start > PATIENCE:
            found = client.sql("SELECT state, COUNT(*) FROM queue_job GROUP BY 1")
            raise Problem(f"jobs: {client.value(_STATE)}, {found}")
        most = max(most, client.value(_AT_WORK))
        time.sleep(0.01)
        if time.monotonic() - told > 1:
            client.sql("SELECT pg_notify('queue_job', 'none')")
            told = time.monotonic()
    return most
