from odoo import fields, models

from .res_company import USER


class ResUsers(models.Model):
    """Users say for themselves whether they want the note of the week."""

    _inherit = "res.users"

    customer_weekly_note = fields.Boolean(
        string="Weekly Note on My Accounts",
        default=True,
        groups=USER,
        help="A mail on Mondays that tells what changed with the accounts you manage. "
        "None is sent when nothing did.",
    )

    @property
    def SELF_READABLE_FIELDS(self):
        return [*super().SELF_READABLE_FIELDS, "customer_weekly_note"]

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return [*super().SELF_WRITEABLE_FIELDS, "customer_weekly_note"]
