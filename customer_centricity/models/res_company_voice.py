from odoo import fields, models

from .res_company import ADMINISTRATOR


class ResCompany(models.Model):
    """For how long what a customer says counts."""

    _inherit = "res.company"

    customer_nps_window_months = fields.Integer(
        string="Months an Answer Counts",
        default=12,
        groups=ADMINISTRATOR,
        help="The latest answer of each contact counts for as many months; after that "
        "the contact is silent again.",
    )

    _customer_nps_window_months_range = models.Constraint(
        "CHECK(customer_nps_window_months BETWEEN 1 AND 120)",
        "Answers must count for 1 to 120 months.",
    )
