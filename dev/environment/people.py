"""People who save while everything is refreshed: none of them meets an error."""

from concurrent.futures import ThreadPoolExecutor

from . import databases, odoo_command
from .core import MAIN_ADDON, say
from .interrupted import with_documents
from .odoo_log import Result

DATABASE = f"{MAIN_ADDON}_test_people"
SAVES = 40  # of each kind

# Refreshes, one after the other, until the people have finished.
_REFRESH = """
from odoo.addons.customer_centricity.models import (
    customer_account_figures, customer_account_refresh, customer_profit_month)
customer_account_figures.BATCH_SIZE = customer_account_refresh.BATCH_SIZE = 5
customer_profit_month.ROWS_AT_ONCE = 20
accounts = env['customer.account'].sudo()
done, end = 0, "SELECT 1 FROM res_partner WHERE ref = 'the end'"
while not env.execute_query(SQL(end)) or not done:
    accounts._begin_cycles(env.company, full=True)
    env.cr.commit()
    while env.company.customer_refresh_start:
        accounts._cron_refresh()
    done += 1
    env.cr.commit()
error = env.company.customer_refresh_error
env.company.customer_refresh_error = error or f'{done} done'
env.cr.commit()
"""
# Each save in a transaction of its own, taken up again as the web server does it.
_PEOPLE = """
import time
from odoo.modules.registry import Registry
from odoo.service.model import retrying
failed = []
for _turn in range(300):  # half a minute for the first accounts to be there
    if env['customer.account'].search_count([]):
        break
    env.cr.rollback()
    time.sleep(0.1)

def save(number, change):
    with Registry(env.cr.dbname).cursor() as cr:
        own = odoo.api.Environment(cr, env.uid, {})
        try:
            retrying(lambda: change(own, number), own)
        except Exception as error:
            failed.append(repr(error)[:200])
            cr.rollback()

def pick(own, number):
    accounts = own['customer.account'].search([], order='id')
    return accounts[number % len(accounts)] if accounts else accounts

changes = (
    lambda own, number: pick(own, number).write({'is_protected': number % 2 == 0}),
    lambda own, number: pick(own, number).message_post(body='Called them'),
    lambda own, number: pick(own, number).partner_id.write({'phone': str(number)}),
    lambda own, number: pick(own, number).write(
        {'service_level_id': own['customer.service.level'].search([])[number % 2].id}),
    lambda own, number: own['account.move'].search(
        [('move_type', '=', 'out_invoice')])[number].write({'narration': str(number)}),
)
for number in range(SAVES):
    for change in changes:
        save(number, change)
env['res.partner'].create({'name': 'End', 'ref': 'the end', 'comment': str(failed)})
env.cr.commit()
"""
_FAILED = "SELECT comment FROM res_partner WHERE ref = 'the end'"
_ERROR = "SELECT customer_refresh_error FROM res_company WHERE customer_refresh_date"


def people():
    """Save accounts, contacts and invoices while refreshes go on."""
    say("saving while everything is refreshed")
    with_documents(DATABASE)
    scripts = (f"from odoo.tools import SQL{_REFRESH}", f"SAVES = {SAVES}{_PEOPLE}")
    with ThreadPoolExecutor(len(scripts)) as pool:
        list(pool.map(lambda script: odoo_command.shell(DATABASE, script), scripts))
    result = Result("people")
    [[failed]] = databases.sql(_FAILED, DATABASE)
    result.add("no save fails", "" if "[]" in failed else failed)
    [[ended]] = databases.sql(f"{_ERROR} IS NOT NULL", DATABASE)
    result.add("the refreshes end", "" if ended.endswith("done") else ended)
    databases.drop(DATABASE)
    return [result]
