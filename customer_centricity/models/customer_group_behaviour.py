from odoo import models


class CustomerGroup(models.Model):
    """What the members of a group did that earns more of them."""

    _inherit = "customer.group"

    def action_open_behaviours(self):
        """Open the behaviours of the members, those of the groups below included."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_centricity.customer_behaviour_action"
        )
        action["domain"] = [
            ("group_id", "child_of", self.id),
            ("company_id", "=", self.env.company.id),
        ]
        action["context"] = {}
        return action
