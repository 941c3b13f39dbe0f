from odoo import api, fields, models


class CustomerAccount(models.Model):
    """The buttons of an account about decisions."""

    _inherit = "customer.account"

    open_decision_state = fields.Selection(
        selection=lambda self: self._get_decision_states(),
        string="State of the Open Decision",
        compute="_compute_open_decision_state",
    )

    @api.model
    def _get_decision_states(self):
        return (
            self.env["customer.decision"]
            ._fields["state"]
            ._description_selection(self.env)
        )

    @api.depends("decision_id.state")
    def _compute_open_decision_state(self):
        for account in self:
            account.open_decision_state = account.decision_id.state

    def action_propose_decision(self):
        """Ask why something has to be decided on the accounts."""
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Decide"),
            "res_model": "customer.decision.propose",
            "view_mode": "form",
            "target": "new",
            "context": {"default_account_ids": self.ids},
        }

    def action_open_decision(self):
        """Open the case of the account that is not over."""
        self.ensure_one()
        self.check_access("read")
        return self.decision_id._get_records_action()
