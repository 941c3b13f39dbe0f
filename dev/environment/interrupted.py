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
# last one stopped: before the step is committed, and after. Again and again, so that no
# stage is left out, until one comes to the end before its step; if none did, it would
# go round for ever.
STEPS = (1, 2, 3, 2, 4, 3, 1, 3)
PLAN = [(step, before) for before in (True, False) for step in STEPS]
MOST_KILLS = 10 * len(PLAN)

DOCUMENTS = """
from odoo.fields import Command, Date
journal = env['account.journal'].search([('type', '=', 'sale')], limit=1)
partners = env['res.partner'].create(
    [{'name': f'Customer {number}', 'is_company': True} for number in range(24)])
categories = env['product.category'].create(
    [{'name': name} for name in ('Seats', 'Lights', 'Tables')])
products = env['product.product'].create(
    [{'name': category.name, 'type': 'service', 'categ_id': category.id}
     for category in categories])
for brought, partner in enumerate(partners[18:]):
    partner.referred_by_id = partners[brought % 4]
moves = env['account.move'].create([{
    'move_type': 'out_invoice' if (number + month) % 5 else 'out_refund',
    'partner_id': partner.id,
    'journal_id': journal.id,
    'invoice_date': f'2025-{month:02}-10',
    'invoice_line_ids': [Command.create({
        'name': 'Work', 'quantity': 1, 'price_unit': 10 * number + month,
        # some without a product
        'product_id': [*products.ids, False][(number + number // 7 * month) % 4],
        'tax_ids': [Command.clear()]})],
} for month in (1, 4, 7, 10) for number, partner in enumerate(partners, start=1)])
moves.action_post()
invoices = moves.filtered(lambda move: move.move_type == 'out_invoice')
env['account.move'].create([{
    'move_type': 'out_refund', 'partner_id': invoice.partner_id.id,
    'journal_id': journal.id, 'invoice_date': '2025-10-20',
    'reversed_entry_id': invoice.id, 'ref': f'Reversal of: {invoice.name}, Broken',
    'invoice_line_ids': [Command.create({
        'name': 'Work', 'quantity': 1, 'price_unit': 1, 'tax_ids': [Command.clear()]})],
} for invoice in invoices[:3]]).action_post()
for number, invoice in enumerate(invoices[-8:]):
    env['account.payment.register'].with_context(
        active_model='account.move', active_ids=invoice.ids,
    ).create({
        'payment_date': f'2025-11-{10 + number}'})._create_payments()
env['customer.nps.response'].create([{
    'partner_id': partner.id, 'score': number % 11,
    'date': Date.subtract(Date.today(), days=40 + number),
} for number, partner in enumerate(partners[:15])])
env.company.customer_window_months = 24
env.cr.commit()
"""
# What a refresh of a large portfolio comes upon the next day
CHANGES = """
from odoo.fields import Command
moves = env['account.move'].search([('move_type', '=', 'out_invoice')], order='id')
for move in moves[-2:]:
    move.button_draft()
moves[-2].with_context(force_delete=True).unlink()
env['account.move'].create([{
    'move_type': 'out_invoice', 'partner_id': partner.id,
    'journal_id': moves[0].journal_id.id, 'invoice_date': '2025-12-10',
    'invoice_line_ids': [Command.create({
        'name': 'More', 'quantity': 2, 'price_unit': 25 + number,
        'tax_ids': [Command.clear()]})],
} for number, partner in enumerate(moves[:9].partner_id)]).action_post()
newcomer = env['res.partner'].create({'name': 'Newcomer', 'is_company': True})
moves[0].copy({'partner_id': newcomer.id, 'invoice_date': '2025-12-11'}).action_post()
env.cr.commit()
"""
_SMALL_STEPS = """
import json, os, signal, traceback
from odoo.addons.customer_centricity import models
# wherever one of them is imported, too
for batches in vars(models).values():
    for name, size in {
        'BATCH_SIZE': 6, 'TAKEN_AT_ONCE': 6, 'ACCOUNTS_AT_ONCE': 9, 'FOUND_AT_ONCE': 9,
        'ADVISED_AT_ONCE': 9, 'ROWS_AT_ONCE': 20,
        # of 24 customers everything is done each time, unless they are many
        'SMALL_PORTFOLIO': 0 if LARGE else 2000,
    }.items():
        if hasattr(batches, name):
            setattr(batches, name, size)
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
for step, before in PLAN * (MOST_KILLS // len(PLAN)):
    pid = os.fork()
    if not pid:
        try:
            refresh(step, before)
        except Exception:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    codes.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    if not codes[-1]:
        break
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
       account.order_gap_variation, account.returned_date, account.hours_status,
       account.voice, account.nps_answer_count, account.promoter_count,
       account.detractor_count, account.goodwill, account.has_goodwill,
       account.goodwill_change, account.has_goodwill_change, account.next_behaviour,
       account.referral_count, account.referral_profit, account.referral_value
  FROM customer_account account
  JOIN res_partner partner ON partner.id = account.partner_id
  LEFT JOIN customer_tier tier ON tier.id = account.tier_id
  LEFT JOIN customer_service_level level ON level.id = account.service_level_id
 ORDER BY partner.name
"""
_FULL = """
SELECT DISTINCT customer_refresh_full FROM res_company
 WHERE customer_refresh_date IS NOT NULL
"""
# What is told of accounts in tables of their own: all of it but ids, by what is told
_TOLD = {
    "months": ("customer_profit_month", ("month",)),
    "behaviours": ("customer_behaviour", ("quarter", "kind")),
    "categories": ("customer_account_category", ("category_id",)),
    "advice": ("customer_account_advice", ()),
    "goodwill": ("customer_account_goodwill", ()),
    "habits": ("customer_account_habit", ()),
}


def _query(table, order):
    columns = ", ".join(["partner.name", *(f"told.{column}" for column in order)])
    return f"""
        SELECT {columns}, to_jsonb(told) -
               '{{id,account_id,create_date,write_date}}'::text[]
          FROM {table} told
          JOIN customer_account account ON account.id = told.account_id
          JOIN res_partner partner ON partner.id = account.partner_id
         ORDER BY {columns}
    """


_QUERIES = {"figures": _FIGURES} | {name: _query(*told) for name, told in _TOLD.items()}

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
    """Compare refreshes that were killed many times with some that were left alone.

    First of all accounts, then of those only whose documents changed.
    """
    say("killing a refresh and letting it go on")
    with_documents(UNDISTURBED)
    databases.duplicate(UNDISTURBED, KILLED)
    result = Result("interrupted")
    _compare(result, 24, large=False)
    for database in (UNDISTURBED, KILLED):
        odoo_command.shell(database, CHANGES)
    _compare(result, 25, large=True)
    for name in (UNDISTURBED, KILLED):
        databases.drop(name)
    return [result]


def _compare(result, accounts, large):
    """Refresh both databases, and compare what came of it."""
    _refresh(UNDISTURBED, large)
    codes = _kill(large)
    for number, code in enumerate(codes[:-1]):
        step, before = PLAN[number % len(PLAN)]
        problem = "" if code == -signal.SIGKILL else f"It ended with {code}."
        result.add(f"killed at step {step}, committed: {not before}", problem)
    ended = "" if not codes[-1] else f"It ended with {codes[-1]}."
    result.add("it came to its end", ended)
    figures = databases.sql(_FIGURES, UNDISTURBED)
    found = len(figures)
    result.add("there are figures", "" if found == accounts else f"Of {found}.")
    for name in (UNDISTURBED, KILLED):
        [[full]] = databases.sql(_FULL, name)
        problem = "" if full != large else f"customer_refresh_full is {full}."
        result.add("it did everything, or what changed only", problem)
    for name, query in _QUERIES.items():
        undisturbed = databases.sql(query, UNDISTURBED)
        if not undisturbed:
            result.add(f"there are {name}", "There are none.")
        equal = databases.sql(query, KILLED) == undisturbed
        result.add(f"the same {name}", "" if equal else f"The {name} differ.")


def _refresh(database, large):
    odoo_command.shell(database, f"LARGE = {large}\n{_REFRESH}")


def _kill(large):
    """Begin refreshes, killed as the PLAN has it, until one ends; the exit codes."""
    CODES.unlink(missing_ok=True)
    LOGS.mkdir(parents=True, exist_ok=True)
    values = {
        "LARGE": large,
        "PLAN": PLAN,
        "MOST_KILLS": MOST_KILLS,
        "DATABASE": KILLED,
        "CODES": str(CODES),
    }
    values = "".join(f"{name} = {value!r}\n" for name, value in values.items())
    odoo_command.shell(KILLED, values + _KILLED)
    return json.loads(CODES.read_text())
