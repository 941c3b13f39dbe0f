from odoo import api, fields, models
from odoo.exceptions import UserError

from .customer_behaviour import KINDS

USER = "customer_centricity.group_user"
# In the context of a message that asks for a referral: the account that it is for
ASKING = "customer_asking_account_id"


class ResPartner(models.Model):
    """What to aim for next with a contact: that of its account."""

    _inherit = "res.partner"

    customer_next_behaviour = fields.Selection(
        selection=KINDS,
        string="Next Best Behaviour",
        compute="_compute_customer_next_behaviour",
        search="_search_customer_next_behaviour",
        groups=USER,
    )
    customer_next_behaviour_reason = fields.Char(
        string="Why This Behaviour",
        compute="_compute_customer_next_behaviour",
        groups=USER,
    )

    @api.depends("customer_account_id")
    @api.depends_context("company", "lang")
    def _compute_customer_next_behaviour(self):
        for partner in self:
            account = partner.customer_account_id
            partner.customer_next_behaviour = account.next_behaviour
            partner.customer_next_behaviour_reason = account.next_behaviour_reason

    def _search_customer_next_behaviour(self, operator, value):
        return self._search_customer_account("next_behaviour", operator, value)

    def action_start_next_behaviour(self):
        """Start the play of the account's next best behaviour."""
        self.ensure_one()
        if not self.customer_account_id:
            raise UserError(
                self.env._(
                    "%s: there is no next best behaviour to start.", self.display_name
                )
            )
        return self.customer_account_id.action_start_next_behaviour()

    def _message_post_after_hook(self, message, msg_values):
        self._note_asked()
        return super()._message_post_after_hook(message, msg_values)

    def _note_asked(self):
        """Note that the account has been asked for a referral, once that is sent."""
        account_id = self.env.context.get(ASKING)
        if not account_id:
            return
        account = self.env["customer.account"].browse(account_id).exists()
        if account.partner_id == self and account.has_access("read"):
            account._note_start("referral")
