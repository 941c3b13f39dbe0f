"""The addon comes and goes: updating twice and uninstalling leave nothing behind."""

from . import databases, odoo_command
from .core import MAIN_ADDON, say
from .odoo_log import Result

DATABASE = f"{MAIN_ADDON}_test_lifecycle"

# What a database is made of, one text a row. Sequences, defaults and the like hang on
# columns; names of records stand for what people find in menus and lists.
_STRUCTURE = """
SELECT format('column %s.%s %s', table_name, column_name, data_type)
  FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL
SELECT format('constraint %s %s', conrelid::regclass, pg_get_constraintdef(oid))
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT format('index %s', indexdef) FROM pg_indexes WHERE schemaname = 'public'
"""
_RECORDS = """
SELECT format('id %s.%s', module, name) FROM ir_model_data
UNION ALL SELECT format('model %s', model) FROM ir_model
UNION ALL SELECT format('field %s.%s', model, name) FROM ir_model_fields
UNION ALL SELECT format('action %s %s', type, name->>'en_US') FROM ir_actions
UNION ALL SELECT format('menu %s', name->>'en_US') FROM ir_ui_menu
UNION ALL SELECT format('view %s %s', model, name) FROM ir_ui_view
UNION ALL SELECT format('rule %s', name) FROM ir_rule
UNION ALL SELECT format('filter %s', name) FROM ir_filters
UNION ALL SELECT format('group %s', name->>'en_US') FROM res_groups
UNION ALL SELECT format('automation %s', name->>'en_US') FROM base_automation
UNION ALL SELECT format('cron %s', cron_name) FROM ir_cron
"""
# Used as people use it: figures, an automation rule, a favourite, a message
_USE = """
company = env.company
partner = env['res.partner'].create({'name': 'Customer', 'is_company': True})
account = env['customer.account'].sudo().create({'partner_id': partner.id})
env['customer.account']._refresh(company)
account.message_post(body='Hello')
model = env['ir.model']._get('customer.account')
rule = env['base.automation'].create({
    'name': 'Of a person', 'model_id': model.id, 'trigger': 'on_create_or_write',
    'filter_domain': "[('result', '=', 'loss')]",
})
env['ir.actions.server'].create({
    'name': 'Of a person', 'model_id': model.id, 'base_automation_id': rule.id,
    'state': 'code', 'code': 'pass', 'usage': 'base_automation',
})
env['ir.filters'].create({'name': 'Of a person', 'model_id': 'customer.account'})
env.cr.commit()
"""


def lifecycle():
    """Install, use, update and uninstall in a database of its own."""
    say("installing, updating and uninstalling")
    databases.duplicate(databases.template("plain"), DATABASE)
    # addons that have come since the template was made are no trace of this one
    update_list = "env['ir.module.module'].update_list(); env.cr.commit()"
    odoo_command.shell(DATABASE, update_list)
    result = Result("lifecycle")
    before = _fingerprint()
    _odoo("-i", MAIN_ADDON)
    installed = _fingerprint()
    _odoo("-u", MAIN_ADDON)
    result.add("a second update changes nothing", _difference(installed))
    odoo_command.shell(DATABASE, _USE)
    _run("module", "uninstall", "-d", DATABASE, MAIN_ADDON)
    result.add("uninstalling leaves nothing behind", _difference(before))
    databases.drop(DATABASE)
    return [result]


def _fingerprint():
    rows = databases.sql(_STRUCTURE, DATABASE) + databases.sql(_RECORDS, DATABASE)
    return {row[0] for row in rows}


def _difference(before):
    after = _fingerprint()
    lines = [f"left behind: {row}" for row in sorted(after - before)]
    lines += [f"missing: {row}" for row in sorted(before - after)]
    return "\n".join(lines)


def _odoo(option, module):
    _run("-d", DATABASE, option, module, "--stop-after-init", "--no-http")


def _run(*arguments):
    words = list(arguments)
    odoo_command.check(words, "lifecycle", f"Odoo failed: {' '.join(words)}")
