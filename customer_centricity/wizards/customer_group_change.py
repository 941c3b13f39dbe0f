from odoo import fields, models
from odoo.exceptions import UserError


class CustomerGroupChange(models.TransientModel):
    """Put accounts in a group by hand, with the reason that stays on the account."""

    _name = "customer.group.change"
    _description = "Change the Group of Accounts"

    account_ids = fields.Many2many(
        comodel_name="customer.account", string="Accounts", required=True
    )
    group_id = fields.Many2one(
        comodel_name="customer.group",
        string="New Group",
        help="Empty: in none. Rules and proposals leave the accounts alone until they "
        "are released.",
    )
    reason = fields.Char(
        required=True, help="Kept on the account for whoever asks later."
    )

    def action_apply(self):
        """Put the accounts in the group, with the rights of whoever asks for it."""
        self.ensure_one()
        if not self.reason.strip():
            raise UserError(self.env._("Give the reason for the new group."))
        self.account_ids.write(
            {"group_id": self.group_id.id, "group_reason": self.reason.strip()}
        )
        return {"type": "ir.actions.act_window_close"}
