from odoo import models


class CustomerDecisionRequest(models.Model):
    """The button of what waits: a person may go on with it."""

    _inherit = "customer.decision.request"

    def action_propose_decision(self):
        """Ask why something has to be decided on the accounts all the same."""
        self.check_access("read")
        return self.account_id.action_propose_decision()
