from odoo import fields, models
from odoo.exceptions import UserError


class CustomerGroupKeep(models.TransientModel):
    """Keep a version of a group, with the reason for coming back to it one day."""

    _name = "customer.group.keep"
    _description = "Keep a Version of a Customer Group"

    group_id = fields.Many2one(
        comodel_name="customer.group", required=True, readonly=True
    )
    reason = fields.Char(
        required=True, help="What has been learnt, or what is about to change."
    )

    def action_apply(self):
        """Keep what the group is and what its accounts come to."""
        self.ensure_one()
        if not self.reason.strip():
            raise UserError(self.env._("Give the reason for keeping this version."))
        self.group_id.check_access("write")
        # sudo: nobody writes versions, which are to stay as they were; whoever may edit
        # the group may keep one
        self.group_id.sudo()._keep_version(self.reason.strip())
        return {"type": "ir.actions.act_window_close"}
