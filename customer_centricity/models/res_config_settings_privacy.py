from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    customer_answer_months = fields.Integer(
        related="company_id.customer_answer_months", readonly=False
    )
    customer_snapshot_years = fields.Integer(
        related="company_id.customer_snapshot_years", readonly=False
    )
