from odoo import models


class CustomerGroup(models.Model):
    _inherit = "customer.group"

    def action_find_lookalikes(self):
        """Find whom to win: leads and contacts like the group's profitable members."""
        self.ensure_one()
        self.check_access("read")
        campaign = self.env["customer.lookalike.campaign"].create(
            {
                "group_id": self.id,
                "tag_name": self.env._("Like %s", self.name),
            }
        )
        return campaign.action_find()
