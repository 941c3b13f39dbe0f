from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    customer_nps_window_months = fields.Integer(
        related="company_id.customer_nps_window_months", readonly=False
    )
