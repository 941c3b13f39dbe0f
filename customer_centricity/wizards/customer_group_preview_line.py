from odoo import fields, models


class CustomerGroupPreviewLine(models.TransientModel):
    """An account that the rules would move."""

    _name = "customer.group.preview.line"
    _description = "Account That a Rule Would Move"
    _order = "id"

    preview_id = fields.Many2one(
        comodel_name="customer.group.preview",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    account_id = fields.Many2one(
        comodel_name="customer.account",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    old_group_id = fields.Many2one(comodel_name="customer.group", readonly=True)
    new_group_id = fields.Many2one(comodel_name="customer.group", readonly=True)
