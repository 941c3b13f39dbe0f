from odoo import fields, models
from odoo.exceptions import UserError


class CustomerTierChange(models.TransientModel):
    """Put accounts in a tier by hand, with the reason that the chatter keeps."""

    _name = "customer.tier.change"
    _description = "Change the Tier of Accounts"

    account_ids = fields.Many2many(
        comodel_name="customer.account", string="Accounts", required=True
    )
    tier_id = fields.Many2one(
        comodel_name="customer.tier", string="New Tier", required=True
    )
    reason = fields.Text(
        required=True, help="Kept in the account's history for whoever asks later."
    )

    def action_apply(self):
        """Set the tier of the accounts and tell each one's chatter why."""
        self.ensure_one()
        if not self.reason.strip():
            raise UserError(self.env._("Give the reason for the new tier."))
        self.account_ids.check_access("write")
        # sudo: nobody may write a tier directly; whoever may edit the account may set
        # it here, where a reason is required
        self.account_ids.sudo()._set_tier(self.tier_id, self.reason)
        return {"type": "ir.actions.act_window_close"}
