from odoo import api, models


class CustomerAccount(models.Model):
    """What rules ask to be decided about accounts (customer_decision_request.py)."""

    _inherit = "customer.account"

    def _request_decision(self, cause="loss", rule=None):
        """Ask for a decision about the accounts; what automation rules call.

        It costs one statement, and asking twice is asking once.

        :param rule: the automation rule that asks
        """
        # sudo: a rule follows whatever anybody does
        self.env["customer.decision.request"].sudo()._note_accounts(self, cause, rule)

    @api.model
    def _end_cycle(self, company):
        result = super()._end_cycle(company)
        self.env["customer.decision"]._request_overdue_or_log(company)
        self.env["customer.decision.request"]._look_again(company)
        return result
