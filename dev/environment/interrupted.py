"""A refresh whose process is killed, again and again, ends as an undisturbed one."""

import json
import signal
import threading

from . import databases, odoo_command
from .core import LOGS, MAIN_ADDON, say
from .odoo_log import Result

DOCUMENTED = f"{MAIN_ADDON}_test_documents"
UNDISTURBED = f"{MAIN_ADDON}_test_undisturbed"
KILLED = f"{MAIN_ADDON}_test_killed"
CODES = LOGS / "interrupted.json"
# The process is killed at each of these steps of the refresh, counted from where the
# last one stopped: before the step is committed, and after.
STEPS = (1, 2, 3, 2, 4, 3, 1, 3)

DOCUMENTS = """
from odoo.fields import Command
journal = env['account.journal'].search([('type', '=', 'sale')], limit=1)
partners = env['res.partner'].create(
    [{'name': f'Customer {number}', 'is_company': True} for number in range(24)])
moves = env['account.move'].create([{
    'move_type': 'out_invoice' if (number + month) % 5 else 'out_refund',
    'partner_id': partner.id,
    'journal_id': journal.id,
    'invoice_date': f'2025-{month:02}-10',
    'invoice_line_ids': [Command.create({
        'name': 'Work', 'quantity': 1, 'price_unit': 10 * number + month,
        'tax_ids': [Command.clear()]})],
} for month in (1, 4, 7, 10) for number, partner in enumerate(partners, start=1)])
moves.action_post()
env.company.customer_window_months = 24
env.cr.commit()
"""
_SMALL_STEPS = """
import json, os, signal, traceback
from odoo.addons.customer_centricity.models import (
    customer_account_figures, customer_account_lifecycle,
    customer_account_refresh, customer_profit_month)
for batches in (
    customer_account_figures, customer_account_lifecycle, customer_account_refresh):
    batches.BATCH_SIZE = 3
customer_account_refresh.ACCOUNTS_AT_ONCE = 5
customer_profit_month.ACCOUNTS_AT_ONCE, customer_profit_month.ROWS_AT_ONCE = 3, 20
"""
_REFRESH = f"""{_SMALL_STEPS}
env['customer.account'].sudo()._cron_refresh()
"""
# One process loads everything and takes no part: each refresh is a process of its own,
# with connections of its own, which is killed.
_KILLED = f"""{_SMALL_STEPS}
from odoo import sql_db
from odoo.modules.registry import Registry

def refresh(step, before):
    model = type(env['ir.cron'])
    commit, left = model._commit_progress, [step]

    def counted(self, *args, **kwargs):
        left[0] -= 1
        if not left[0] and before:
            os.kill(os.getpid(), signal.SIGKILL)
        result = commit(self, *args, **kwargs)
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    model._commit_progress = counted
    registry = Registry(DATABASE)
    registry.check_signaling()
    with registry.cursor() as cr:
        own = odoo.api.Environment(cr, env.uid, {{}})
        own['customer.account'].sudo()._cron_refresh()

env.cr.close()
sql_db.close_all()
codes = []
for step, before in PLAN:
    pid = os.fork()
    if not pid:
        try:
            refresh(step, before)
        except Exception:
            traceback.print_exc()
        os._exit(0)
    codes.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
with open(CODES, 'w') as file:
    json.dump(codes, file)
os._exit(0)
"""
_FIGURES = """
SELECT partner.name, tier.name->>'en_US', level.name->>'en_US', account.result,
       account.value_band, account.revenue, account.profit, account.lifetime_value,
       account.order_count, account.first_order_date, account.last_order_date,
       account.lifecycle_stage, account.product_count, account.previous_revenue,
       account.payment_delay, account.has_payment_delay, account.order_gap,
       account.order_gap_variation, account.returned_date, account.hours_status
  FROM customer_account account
  JOIN res_partner partner ON partner.id = account.partner_id
  LEFT JOIN customer_tier tier ON tier.id = account.tier_id
  LEFT JOIN customer_service_level level ON level.id = account.service_level_id
 ORDER BY partner.name
"""
_MONTHS = """
SELECT partner.name, fact.month, fact.revenue, fact.profit, fact.order_count
  FROM customer_profit_month fact
  JOIN customer_account account ON account.id = fact.account_id
  JOIN res_partner partner ON partner.id = account.partner_id
 ORDER BY partner.name, fact.month
"""


_building = threading.Lock()
_built = []


def with_documents(database):
    """Make a database with the addon and documents of 24 customers.

    It is built once in a run of the tests, and copied from then on.
    """
    with _building:
        if not _built:
            _build_documents()
            _built.append(DOCUMENTED)
    databases.duplicate(DOCUMENTED, database)


def _build_documents():
    databases.duplicate(databases.template("plain"), DOCUMENTED)
    odoo_command.check(
        ["-d", DOCUMENTED, "-i", MAIN_ADDON, "--stop-after-init", "--no-http"],
        "with-documents",
        "The addon could not be installed.",
    )
    odoo_command.shell(DOCUMENTED, DOCUMENTS)


def interrupted():
    """Compare a refresh that was killed many times with one that was left alone."""
    say("killing a refresh and letting it go on")
    with_documents(UNDISTURBED)
    databases.duplicate(UNDISTURBED, KILLED)
    _refresh(UNDISTURBED)
    result = Result("interrupted")
    plan = [(step, before) for before in (True, False) for step in STEPS]
    for (step, before), code in zip(plan, _kill(plan), strict=True):
        problem = "" if code == -signal.SIGKILL else f"It ended with {code}."
        result.add(f"killed at step {step}, committed: {not before}", problem)
    _refresh(KILLED)
    figures = databases.sql(_FIGURES, UNDISTURBED)
    result.add("there are figures", "" if len(figures) == 24 else f"{len(figures)}")
    for name, query in (("figures", _FIGURES), ("months", _MONTHS)):
        equal = databases.sql(query, KILLED) == databases.sql(query, UNDISTURBED)
        result.add(f"the same {name}", "" if equal else f"The {name} differ.")
    for name in (UNDISTURBED, KILLED):
        databases.drop(name)
    return [result]


def _refresh(database):
    odoo_command.shell(database, _REFRESH)


def _kill(plan):
    """Begin a refresh for each (step, before it is committed); the exit codes."""
    CODES.unlink(missing_ok=True)
    LOGS.mkdir(parents=True, exist_ok=True)
    values = f"PLAN, DATABASE, CODES = {plan!r}, {KILLED!r}, {str(CODES)!r}\n"
    odoo_command.shell(KILLED, values + _KILLED)
    return json.loads(CODES.read_text())
