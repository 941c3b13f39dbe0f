from odoo import api, fields, models
from odoo.exceptions import UserError


class CustomerTierKeep(models.TransientModel):
    """Keep accounts where they are, or in another tier, until a day, with a reason."""

    _name = "customer.tier.keep"
    _description = "Keep Accounts in Their Tier"

    account_ids = fields.Many2many(
        comodel_name="customer.account", string="Accounts", required=True
    )
    tier_id = fields.Many2one(
        comodel_name="customer.tier",
        string="In Tier",
        help="Empty: in the tier that they are in. Another one comes into force when "
        "the run that is being reviewed is applied.",
    )
    until = fields.Date(
        help="Last day on which figures do not move the accounts; empty: until they "
        "are released."
    )
    reason = fields.Char(
        required=True, help="Kept on the account for whoever asks later."
    )

    @api.constrains("until")
    def _check_until(self):
        for wizard in self:
            if wizard.until and wizard.until < fields.Date.context_today(wizard):
                raise UserError(self.env._("The day until which to keep has passed."))

    def action_apply(self):
        """Protect the accounts and place them anew in the run to review."""
        self.ensure_one()
        if not self.reason.strip():
            raise UserError(self.env._("Give the reason for keeping the accounts."))
        self.account_ids.check_access("write")
        self.account_ids.write(
            {
                "is_protected": True,
                "protected_until": self.until,
                "protected_reason": self.reason,
            }
        )
        self.account_ids._place_again(self.tier_id)
        return {"type": "ir.actions.act_window_close"}
