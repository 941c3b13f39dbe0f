from odoo import api, fields, models

USER = "customer_centricity.group_user"


class ResPartner(models.Model):
    """What is intended with a contact: what is intended with its account."""

    _inherit = "res.partner"

    customer_intent_ids = fields.Many2many(
        comodel_name="customer.intent",
        string="Intents",
        compute="_compute_customer_intents",
        search="_search_customer_intent_ids",
        groups=USER,
        help="Running intents of the contact's account, in the current company.",
    )
    customer_intent_kind = fields.Selection(
        selection="_get_customer_intent_kinds",
        string="Intent in Force",
        compute="_compute_customer_intents",
        search="_search_customer_intent_kind",
        groups=USER,
    )

    @api.model
    def _get_customer_intent_kinds(self):
        return self.env["customer.account"]._get_intent_kinds()

    @api.depends("customer_account_id")
    @api.depends_context("company")
    def _compute_customer_intents(self):
        for partner in self:
            partner.customer_intent_ids = partner.customer_account_id.intent_ids
            partner.customer_intent_kind = partner.customer_account_id.intent_kind

    def _search_customer_intent_ids(self, operator, value):
        return self._search_customer_account("intent_ids", operator, value)

    def _search_customer_intent_kind(self, operator, value):
        return self._search_customer_account("intent_kind", operator, value)
