from odoo import fields, models
from odoo.exceptions import AccessError

from .res_company import ADMINISTRATOR, USER


class ResUsers(models.Model):
    """Users say for themselves whether they want the note of the week.

    What they may do is looked at where it is done, and here for administrators.
    """

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

    def _check_customer_administrator(self):
        """Refuse what only administrators of this addon may do."""
        self.ensure_one()
        if not self.has_group(ADMINISTRATOR):
            raise AccessError(
                self.env._("Only customer centricity administrators may do this.")
            )
