"""Lifetime value runs on real servers that are killed, cut off and shared.

Every scenario has a copy of one database. What comes out of it is held against a run
that one worker did undisturbed.
"""

import contextlib
import itertools
import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from . import databases, odoo_command
from .core import MAIN_ADDON, Problem, say
from .interrupted import with_documents
from .odoo_log import Result
from .servers import Database, Refused, Server, Session

PREPARED = f"{MAIN_ADDON}_test_runs"
SCENARIOS = ("calm", "killed", "worker_killed", "cut", "many", "crowd")
SEED = 5
RUN = "customer.ltv.run"
ANNA, BORIS = "anna", "boris"

# Two companies, two administrators, tiers that are other than the run will find, an
# automation rule that raises on one account. Other scheduled actions are off.
PREPARE = """
from odoo.fields import Command
from odoo.tools import SQL
company = env.company
other = env['res.company'].create({
    'name': 'Other', 'country_id': company.country_id.id})
env.user.company_ids = [Command.link(other.id)]
env['account.chart.template'].try_loading('generic_coa', other, install_demo=False)
partners = env['res.partner'].search([('name', '=like', 'Customer %')], order='id')
moves = env['account.move'].with_company(other).create([{
    'move_type': 'out_invoice',
    'partner_id': partner.id,
    'journal_id': env['account.journal'].search(
        [('type', '=', 'sale'), ('company_id', '=', other.id)], limit=1).id,
    'invoice_date': f'2025-{month:02}-10',
    'invoice_line_ids': [Command.create({
        'name': 'Work', 'quantity': 1, 'price_unit': 50 + 7 * number,
        'tax_ids': [Command.clear()]})],
} for month in (2, 9) for number, partner in enumerate(partners[:14])])
moves.action_post()
(company | other).write({
    'customer_value_method': 'plain', 'customer_window_months': 12,
    'customer_run_interval': 'none', 'customer_tier_band': 0})
tiers = env['customer.tier'].search([], order='sequence')
a, b, c, d, loss = tiers
for tier, amount in ((a, 4000), (b, 1500), (c, 500), (d, 0)):
    tier.write({'rule_type': 'amount', 'threshold_amount': amount})
groups = [Command.link(env.ref(name).id) for name in (
    'customer_centricity.group_administrator', 'base.group_partner_manager')]
users = env['res.users'].create([{
    'name': login.title(), 'login': login, 'password': login, 'company_id': company.id,
    'company_ids': [Command.set((company | other).ids)], 'group_ids': groups,
} for login in ('anna', 'boris')])
env['customer.account']._refresh(company | other)
accounts = env['customer.account'].search([], order='company_id, id')
for number, account in enumerate(accounts):
    account.user_id = users[number % 2]
    account.tier_id = (d, b, a)[number % 3]
    account.service_level_id = account.tier_id.service_level_id
model = env['ir.model']._get('customer.account')
rule = env['base.automation'].create({
    'name': 'Refuses Customer 7', 'model_id': model.id, 'trigger': 'on_write',
    'trigger_field_ids': [Command.set(model.field_id.filtered(
        lambda field: field.name == 'tier_id').ids)]})
rule.action_server_ids = env['ir.actions.server'].create({
    'name': 'Refuse', 'model_id': model.id, 'state': 'code', 'usage': 'base_automation',
    'base_automation_id': rule.id,
    'code': '''
if record.partner_id.name == 'Customer 7':
    raise UserError('Not this one')
'''})
kept = env['customer.ltv.chunk']._get_workers() | env.ref(
    'customer_centricity.ir_cron_refresh_accounts')
env['ir.cron'].search([('id', 'not in', kept.ids)]).active = False
env['ir.cron.trigger'].search([]).unlink()
env['customer.ltv.run'].create([
    {'company_id': one.id, 'date': '2025-12-31'} for one in (company, other)])
env.cr.execute(SQL('''
    CREATE TABLE test_chunk_done (chunk int, stage varchar, pid int);
    CREATE FUNCTION test_note_done() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO test_chunk_done VALUES (NEW.id, NEW.stage, pg_backend_pid());
        RETURN NEW;
    END $$;
    CREATE TRIGGER test_note_done AFTER UPDATE OF state ON customer_ltv_chunk
        FOR EACH ROW WHEN (NEW.state = 'done') EXECUTE FUNCTION test_note_done();
'''))
env.cr.commit()
"""
_OWN = "(SELECT MIN(id) FROM customer_ltv_run)"
_OTHER = "(SELECT MAX(id) FROM customer_ltv_run)"
_NAMES = """
  JOIN res_partner partner ON partner.id = account.partner_id
  LEFT JOIN customer_tier tier ON tier.id = account.tier_id
  LEFT JOIN customer_service_level level ON level.id = account.service_level_id
"""
# What a run leaves behind
FINDINGS = {
    "snapshots": """
        SELECT snapshot.run_id, partner.name, to_jsonb(snapshot) - 'id' - 'previous_id'
          FROM customer_account_snapshot snapshot
          JOIN customer_account account ON account.id = snapshot.account_id
          JOIN res_partner partner ON partner.id = account.partner_id
         ORDER BY 1, 2
    """,
    "accounts": f"""
        SELECT account.company_id, partner.name, tier.name->>'en_US',
               level.name->>'en_US', account.user_id, account.active
          FROM customer_account account {_NAMES}
         ORDER BY 1, 2
    """,
    "chatter": """
        SELECT account.id, (
                   SELECT COUNT(*) FROM mail_message message
                    WHERE message.model = 'customer.account'
                      AND message.res_id = account.id), (
                   SELECT string_agg(
                              COALESCE(old_value_char, '') || '>'
                              || COALESCE(new_value_char, ''), ' ' ORDER BY value.id)
                     FROM mail_tracking_value value
                     JOIN mail_message message ON message.id = value.mail_message_id
                    WHERE message.model = 'customer.account'
                      AND message.res_id = account.id)
          FROM customer_account account ORDER BY 1
    """,
    "activities": """
        SELECT res_id, user_id, summary FROM mail_activity
         WHERE res_model = 'customer.account' ORDER BY 1, 2, 3
    """,
    "run": """
        SELECT id, state, stage, total, total_low, total_high, account_count, up_count,
               down_count, entered_count, left_count, loss_count, kept_count,
               problem_count, (
                   SELECT COUNT(*) FROM mail_message
                    WHERE model = 'customer.ltv.run' AND res_id = run.id)
          FROM customer_ltv_run run ORDER BY id
    """,
    "borders": """
        SELECT run_id, sequence, border, account_count, value
          FROM customer_ltv_run_tier ORDER BY 1, 2
    """,
    "locked months": "SELECT id, customer_locked_until FROM res_company ORDER BY 1",
    "parts": f"""
        SELECT stage, state, attempts, COUNT(*)
          FROM customer_ltv_chunk WHERE run_id = {_OWN}
         GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    """,
}
TWICE = """
    SELECT stage, chunk, COUNT(*) FROM test_chunk_done
     GROUP BY 1, 2 HAVING COUNT(*) > 1
"""
_TROUBLE = "SELECT cron_name, failure_count FROM ir_cron WHERE failure_count > 0"
_MISSING = """
    SELECT account.id FROM customer_account account
      JOIN customer_ltv_run run ON run.company_id = account.company_id
     WHERE NOT EXISTS (
               SELECT FROM customer_account_snapshot snapshot
                WHERE snapshot.account_id = account.id AND snapshot.run_id = run.id)
"""
_DONE = f"""
    SELECT COUNT(*) FROM customer_ltv_chunk
     WHERE run_id = {_OWN} AND state = 'done'
"""


class Scenario:
    """One copy of the prepared database, and what is found in it."""

    def __init__(self, name, result):
        self.name = name
        self.database = f"{PREPARED}_{name}"
        self.result = result
        self.random = random.Random(f"{SEED} {name}")
        self.found = {}

    def add(self, title, problem=""):
        self.result.add(f"{self.name}: {title}", problem and str(problem))

    def note(self, client, moment):
        """Note what there is after a step."""
        self.found[moment] = {
            name: client.sql(query) for name, query in FINDINGS.items()
        }
        twice = client.sql(TWICE)
        self.add(f"each part once ({moment})", twice)

    def compare(self, reference):
        """Hold what was noted against another scenario's."""
        for moment, found in self.found.items():
            for name, rows in found.items():
                expected = reference.found[moment][name]
                self.add(
                    f"the same {name} ({moment})", first_difference(rows, expected)
                )


def first_difference(rows, expected):
    for row, other in itertools.zip_longest(rows, expected):
        if row != other:
            return f"{row}\ninstead of\n{other}"
    return ""


def runs():
    """Compute, apply and undo runs in the middle of all kinds of trouble."""
    say("lifetime value runs on servers that are killed")
    _prepare()
    result = Result("runs")
    scenarios = {name: Scenario(name, result) for name in SCENARIOS}
    try:
        for scenario in scenarios.values():
            _copy(scenario.database)
        with ThreadPoolExecutor(2) as pool:
            list(
                pool.map(
                    lambda step: step(scenarios), (_calm_and_killed, _workers_and_crowd)
                )
            )
    finally:
        for scenario in scenarios.values():
            databases.drop(scenario.database)
        databases.drop(PREPARED)
    reference = scenarios["calm"]
    for name in ("killed", "worker_killed", "cut", "many"):
        scenarios[name].compare(reference)
    _compare_crowd(scenarios["crowd"], reference)
    return [result]


def _prepare():
    with_documents(PREPARED)
    odoo_command.shell(PREPARED, PREPARE)


def _copy(name):
    """Copy the prepared database without its files, which no run needs."""
    databases.drop(name)
    databases.sql(f'CREATE DATABASE "{name}" TEMPLATE "{PREPARED}"')


def _press(session, button, run=None):
    session.call(RUN, f"action_{button}", [run or _first_run(session)])


def _first_run(session):
    [run] = session.call(RUN, "search", [], order="id", limit=1)
    return run


def _wait(client, state, run=_OWN, **options):
    """Wait for a run's state; what a failed one says is not one."""
    client.wait(
        "SELECT CASE WHEN state = 'failed' THEN error ELSE state END"
        f" FROM customer_ltv_run WHERE id = {run}",
        state,
        **options,
    )


# What a run goes through: button, state at work, state in the end, name of the moment
STEPS = (
    ("compute", "computed", "computed"),
    ("apply", "applied", "applied"),
    ("undo", "computed", "undone"),
)


# ----------------------------------------------------------------------
# Undisturbed, and a whole server that is killed
# ----------------------------------------------------------------------


def _calm_and_killed(scenarios):
    calm, killed = scenarios["calm"], scenarios["killed"]
    with (
        Server("calm", [calm.database], crons=1) as server,
        Database(calm.database) as client,
    ):
        session = Session(server, calm.database, ANNA)
        for button, state, moment in STEPS:
            _press(session, button)
            _wait(client, state)
            calm.note(client, moment)
    found = calm.found["applied"]
    moved = [row for row in found["snapshots"] if row[2]["outcome"] == "moved"]
    calm.add("accounts move", "" if len(moved) > 12 else f"{len(moved)} only")
    refused = [
        (row[1], row[2]["error"])
        for row in found["snapshots"]
        if row[2]["outcome"] == "failed"
    ]
    expected = [("Customer 7", "UserError: Not this one")]
    calm.add(
        "an account that a rule refuses is told", "" if refused == expected else refused
    )
    with (
        Server("killed", [killed.database], crons=2) as server,
        Database(killed.database) as client,
    ):
        for (button, state, moment), kills in zip(STEPS, (2, 1, 1), strict=True):
            _press(Session(server, killed.database, ANNA), button)
            for number in range(kills):
                _meet(client, killed, number, kills, moment)
                server.kill()
                server.start()
            # in the end nobody tells it to go on: it looks around by itself
            _wait(client, state, patient=moment == "undone")
            killed.note(client, moment)


def _meet(client, scenario, number, count, moment):
    """Wait until some part of a step's work has been done, and a moment more."""
    total = {"computed": 40, "applied": 6, "undone": 6}[moment]
    stages = {"computed": "", "applied": "apply", "undone": "undo"}[moment]
    query = f"{_DONE} AND stage = '{stages}'" if stages else _DONE
    wanted = number * total // count
    client.wait(
        f"SELECT (({query}) >= {wanted}) OR ({_STATE} NOT IN ('computing', 'applying',"
        " 'undoing'))"
    )
    time.sleep(scenario.random.uniform(0, 0.05))


_STATE = f"(SELECT state FROM customer_ltv_run WHERE id = {_OWN})"


# ----------------------------------------------------------------------
# Workers that are killed, connections that are cut, many workers and people
# ----------------------------------------------------------------------


def _workers_and_crowd(scenarios):
    killed, cut = scenarios["worker_killed"], scenarios["cut"]
    server = Server("workers", [killed.database, cut.database], crons=2, workers=1)
    with server:
        for scenario, harm in ((killed, _kill_worker), (cut, _cut_off)):
            with Database(scenario.database) as client:
                _harmed(server, client, scenario, harm)
    many, crowd = scenarios["many"], scenarios["crowd"]
    with Server("many", [many.database, crowd.database], crons=4) as server:
        with Database(many.database) as client:
            _many(server, client, many)
        with Database(crowd.database) as client:
            _crowd(server, client, crowd)


def _harmed(server, client, scenario, harm):
    """Do every step while something happens again and again."""
    session = Session(server, scenario.database, ANNA)
    for (button, state, moment), times in zip(STEPS, (8, 5, 4), strict=True):
        _press(session, button)
        for number in range(times):
            _meet(client, scenario, number, times, moment)
            harm(server, client)
        _wait(client, state)
        scenario.note(client, moment)


def _kill_worker(server, client):
    """Kill the processes that work; the server has others in their place."""
    pids = set(server.cron_pids())
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    start = time.monotonic()
    while len(set(server.cron_pids()) - pids) < server.crons:
        if time.monotonic() - start > 30:
            raise Problem("The server has no new workers.")
        time.sleep(0.02)


def _cut_off(_server, client):
    """Cut every connection of the database but this one."""
    client.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        f" WHERE datname = '{client.name}' AND pid <> pg_backend_pid()"
    )


def _at_once(presses):
    """Do things at the same time; what each came to, None without an error."""

    def attempt(press):
        try:
            press()
        except Refused as error:
            return str(error)
        return None

    with ThreadPoolExecutor(len(presses)) as pool:
        return list(pool.map(attempt, presses))


def _many(server, client, scenario):
    """Two administrators press at the same time; four workers do it."""
    sessions = [Session(server, scenario.database, login) for login in (ANNA, BORIS)]
    run = _first_run(sessions[0])
    for button, state, moment in STEPS:
        presses = [partial(_press, session, button, run) for session in sessions]
        answers = _at_once(presses)
        told = [answer for answer in answers if answer]
        clear = len(told) == 1 and "UserError" in told[0] and "reload" in told[0]
        scenario.add(f"one of two may {button}", "" if clear else answers)
        _wait(client, state)
        scenario.note(client, moment)
    workers = client.value(
        "SELECT COUNT(DISTINCT pid) FROM test_chunk_done WHERE stage <> 'facts'"
    )
    scenario.add("several workers take part", "" if workers > 1 else f"{workers}")
    _check_workers(client, scenario)


def _check_workers(client, scenario):
    scenario.add("no scheduled action fails", client.sql(_TROUBLE))


def _crowd(server, client, scenario):
    """Runs of two companies at once, while people edit, archive and merge."""
    anna, boris = (Session(server, scenario.database, login) for login in (ANNA, BORIS))
    first, second = anna.call(RUN, "search", [], order="id")
    both = {"context": {"allowed_company_ids": anna.call("res.company", "search", [])}}
    calls = [
        lambda: anna.call(RUN, "action_compute", [first], **both),
        lambda: boris.call(RUN, "action_compute", [second], **both),
    ]
    answers = _at_once([*calls, *_edits(client, anna, boris, COMPUTING)])
    _wait(client, "computed")
    _wait(client, "computed", _OTHER)
    problem = "".join(filter(None, answers))
    scenario.add("people may work while two companies compute", problem)
    calls = [
        lambda: anna.call(RUN, "action_apply", [first], **both),
        lambda: boris.call(RUN, "action_apply", [second], **both),
    ]
    answers = _at_once([*calls, *_edits(client, anna, boris, APPLYING)])
    _wait(client, "applied")
    _wait(client, "applied", _OTHER)
    problem = "".join(filter(None, answers))
    scenario.add("people may work while two companies apply", problem)
    scenario.add("every account is in its company's run", client.sql(_MISSING))
    _check_workers(client, scenario)
    scenario.note(client, "applied")


# Customers by what people do to them while a run computes, and while it applies
COMPUTING, APPLYING = range(1, 7), range(8, 14)


def _edits(client, anna, boris, numbers):
    """Things people do with accounts, for each customer another one."""
    accounts = dict(
        client.sql(
            "SELECT partner.name, account.id FROM customer_account account"
            " JOIN res_partner partner ON partner.id = account.partner_id"
            " WHERE account.company_id = 1"
        )
    )
    partners = dict(client.sql("SELECT name, id FROM res_partner"))
    level = client.value("SELECT MAX(id) FROM customer_service_level")
    tier = client.value("SELECT MAX(id) FROM customer_tier")
    managed, served, archived, gone, target, moved = map("Customer {}".format, numbers)

    def write(session, name, **vals):
        session.call("customer.account", "write", [accounts[name]], vals)

    def merge():
        time.sleep(0.3)  # in the middle
        model = "base.partner.merge.automatic.wizard"
        both = [partners[gone], partners[target]]
        vals = {
            "partner_ids": [(6, 0, both)],
            "dst_partner_id": partners[target],
            "state": "selection",
        }
        boris.call(model, "action_merge", [boris.call(model, "create", vals)])

    def change_tier():
        model = "customer.tier.change"
        vals = {
            "account_ids": [(6, 0, [accounts[moved]])],
            "tier_id": tier,
            "reason": "They are friends",
        }
        boris.call(model, "action_apply", [boris.call(model, "create", vals)])

    return [
        lambda: write(anna, managed, user_id=1),
        lambda: write(boris, served, service_level_id=level),
        lambda: write(anna, archived, active=False),
        merge,
        change_tier,
    ]


def _without_learnt(row):
    """A row without what is learnt from everybody, merged or not."""
    return [
        {**one, "probability_alive": None} if isinstance(one, dict) else one
        for one in row
    ]


def _compare_crowd(scenario, reference):
    """What people did stands, and everybody else is where they would be."""
    touched = {f"Customer {number}" for number in (*COMPUTING, *APPLYING)}
    for name in ("snapshots", "accounts"):
        rows, expected = (
            [
                _without_learnt(row)
                for row in found[name]
                if row[0] == 1 and row[1] not in touched
            ]
            for found in (scenario.found["applied"], reference.found["applied"])
        )
        scenario.add(f"the same {name} of others", first_difference(rows, expected))
    accounts = {
        row[1]: row[2:] for row in scenario.found["applied"]["accounts"] if row[0] == 1
    }
    for moment, numbers in (("computing", COMPUTING), ("applying", APPLYING)):
        names = list(map("Customer {}".format, numbers))
        managed, served, archived, gone, target, moved = map(accounts.get, names)
        right = (
            managed[2] == 1
            and served[1] == "Ended"
            and not archived[3]
            and gone is None
            and target
            and (moved[0] == "Loss" or moment == "computing")
        )
        problem = "" if right else {name: accounts.get(name) for name in names}
        scenario.add(f"what people did while {moment} stands", problem)
