from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    customer_nps_pause_days = fields.Integer(
        related="company_id.customer_nps_pause_days", readonly=False
    )
    customer_nps_link_days = fields.Integer(
        related="company_id.customer_nps_link_days", readonly=False
    )
