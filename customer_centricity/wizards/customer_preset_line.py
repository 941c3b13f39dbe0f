from odoo import fields, models


class CustomerPresetLine(models.TransientModel):
    """One value that a preset would change: what it is, and what it becomes."""

    _name = "customer.preset.line"
    _description = "Change by a Preset"
    _order = "id"

    preset_id = fields.Many2one(
        comodel_name="customer.preset", required=True, index=True, ondelete="cascade"
    )
    key = fields.Char(required=True)
    area = fields.Selection(
        selection=[
            ("setting", "Settings"),
            ("tier", "Tiers"),
            ("level", "Service levels"),
            ("rate", "Serving costs"),
        ]
    )
    name = fields.Char(string="What")
    old_text = fields.Char(string="Now")
    new_text = fields.Char(string="Then")
    note = fields.Char(
        help="Whether somebody has set this value by hand since it was installed or a "
        "preset set it. It stays as it is unless you choose it.",
    )
    is_chosen = fields.Boolean(string="Change")
