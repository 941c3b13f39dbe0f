from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Ask for decisions about accounts that are at a loss already: they never turn.

    A scheduled action proposes cases as for those that do, some a day, the worst losses
    first. Only as long as the rule is on that asks for them from here on.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    rule = env.ref(
        "customer_centricity.automation_propose_decision", raise_if_not_found=False
    )
    if rule and rule.active:
        accounts = env["customer.account"].search([("result", "=", "loss")])
        accounts._request_decision("loss", rule)
