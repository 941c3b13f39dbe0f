from odoo import fields, models

from .res_company import ADMINISTRATOR


class ResCompany(models.Model):
    """Whether account managers are told every week what changed."""

    _inherit = "res.company"

    customer_weekly_note = fields.Boolean(
        string="Weekly Note to Account Managers",
        default=True,
        groups=ADMINISTRATOR,
        help="On Mondays each account manager gets a mail that tells what changed with "
        "their accounts, unless nothing did. Everybody can switch it off in their "
        "preferences.",
    )
