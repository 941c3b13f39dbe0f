from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    begin_refresh_anew(env)
    ask_for_decisions(env)


def begin_refresh_anew(env):
    """Have a refresh that was interrupted begin again: its stages are others now."""
    env.cr.execute(
        "UPDATE res_company"
        " SET customer_refresh_start = NULL, customer_full_date = NULL"
        " WHERE customer_refresh_start IS NOT NULL"
    )


def ask_for_decisions(env):
    """Ask for decisions about accounts that are at a loss already: they never turn.

    A scheduled action proposes cases as for those that do, some a day, the worst losses
    first. Only as long as the rule is on that asks for them from here on.
    """
    rule = env.ref(
        "customer_centricity.automation_propose_decision", raise_if_not_found=False
    )
    if rule and rule.active:
        accounts = env["customer.account"].search([("result", "=", "loss")])
        accounts._request_decision("loss", rule)
