from odoo import api, fields, models

from .customer_behaviour import KINDS

USER = "customer_centricity.group_user"


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
        return self.customer_account_id.action_start_next_behaviour()
