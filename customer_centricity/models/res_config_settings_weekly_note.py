from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    customer_weekly_note = fields.Boolean(
        related="company_id.customer_weekly_note", readonly=False
    )
