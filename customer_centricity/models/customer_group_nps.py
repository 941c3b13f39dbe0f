from odoo import models


class CustomerGroup(models.Model):
    """Asking the customers of a group for a recommendation."""

    _inherit = "customer.group"

    def action_invite_nps(self):
        """Ask the contacts of the group's accounts in the current company."""
        accounts = self.env["customer.account"].search(
            [
                ("group_id", "child_of", self.ids),
                ("company_id", "=", self.env.company.id),
            ]
        )
        return accounts.action_invite_nps()
