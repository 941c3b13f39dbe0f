from odoo import fields, models

from .res_company import ADMINISTRATOR


class ResCompany(models.Model):
    """How often customers are asked, and how long they have to answer."""

    _inherit = "res.company"

    customer_nps_pause_days = fields.Integer(
        string="Pause Between Invitations (days)",
        default=90,
        groups=ADMINISTRATOR,
        help="No contact is asked again before so many days have passed since the last "
        "invitation or answer.",
    )
    customer_nps_link_days = fields.Integer(
        string="Validity of an Invitation (days)",
        default=30,
        groups=ADMINISTRATOR,
        help="The link of an invitation can be answered for so many days.",
    )

    _customer_nps_pause_days_range = models.Constraint(
        "CHECK(customer_nps_pause_days BETWEEN 0 AND 3650)",
        "The pause between invitations must be between 0 and 3,650 days.",
    )
    _customer_nps_link_days_range = models.Constraint(
        "CHECK(customer_nps_link_days BETWEEN 1 AND 365)",
        "An invitation must be valid for 1 to 365 days.",
    )
