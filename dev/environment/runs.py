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
_PREPARE = """
from odoo.fields import Command
from odoo.tools import SQL
company = env.company
other = env['res.company'].create({'name': 'Other', 'country_id': company.country_id.id})
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
    'code': "if record.partner_id.name == 'Customer 7': raise UserError('Not this one')"})
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
        SELECT run_id, stage, first_id, last_id, state, attempts
          FROM customer_ltv_chunk WHERE run_id = {_OWN} ORDER BY 1, 2, 3
    """,
}
_TWICE = """
    SELECT stage, chunk, COUNT(*) FROM test_chunk_done
     GROUP BY 1, 2 HAVING COUNT(*) > 1
"""
_TROUBLE = "SELECT COUNT(*) FROM ir_cron WHERE failure_count > 0 OR NOT active AND {}"
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
        twice = client.sql(_TWICE)
        self.add(f"each part once ({moment})", twice)

    def compare(self, reference):
        """Hold what was noted against another scenario's."""
        for moment, found in self.found.items():
            for name, rows in found.items():
                expected = reference.found[moment][name]
                self.add(
                    f"the same {name} ({moment})", _first_difference(rows, expected)
                )


def _first_difference(rows, expected):
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
    return [result]


def _prepare():
    with_documents(PREPARED)
    odoo_command.shell(PREPARED, _PREPARE)


def _copy(name):
    """Copy the prepared database without its files, which no run needs."""
    databases.drop(name)
    databases.sql(f'CREATE DATABASE "{name}" TEMPLATE "{PREPARED}"')


def _press(session, button, run=None):
    session.call(RUN, f"action_{button}", [run or _first_run(session)])


def _first_run(session):
    [run] = session.call(RUN, "search", [], order="id", limit=1)
    return run


def _wait(client, state, run=_OWN):
    """Wait for a run's state; a failed run does not come to it."""
    return client.wait(
        "SELECT CASE WHEN state = 'failed' THEN error ELSE state END"
        f" FROM customer_ltv_run WHERE id = {run}",
        state,
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
        for (button, state, moment), kills in zip(STEPS, (3, 1, 1), strict=True):
            _press(Session(server, killed.database, ANNA), button)
            for number in range(kills):
                _meet(client, killed, number, kills, moment)
                server.kill()
                server.start()
                if moment != "undone":
                    _nudge(client)
            # nobody tells it to go on: it looks around by itself
            seconds = _wait(client, state)
            if moment == "undone":
                problem = "" if seconds < 90 else f"It took {seconds} s."
                killed.add("it goes on by itself", problem)
            killed.note(client, moment)


def _nudge(client):
    """Have scheduled actions looked for at once, not within the minute."""
    client.sql(f"SELECT pg_notify('cron_trigger', '{client.name}')")


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
