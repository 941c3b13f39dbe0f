from odoo import api, fields, models

USER = "customer_centricity.group_user"


class ResPartner(models.Model):
    """What a contact is given and gives: the value exchange with its account."""

    _inherit = "res.partner"

    customer_exchange_id = fields.Many2one(
        comodel_name="customer.value.exchange",
        string="Value Exchange",
        compute="_compute_customer_exchange",
        groups=USER,
        help="The one in force with the contact's account, or else with its group.",
    )
    customer_exchange_verdict = fields.Selection(
        selection="_get_customer_exchange_verdicts",
        string="Balance of the Value Exchange",
        compute="_compute_customer_exchange",
        groups=USER,
    )

    @api.model
    def _get_customer_exchange_verdicts(self):
        return self.env["customer.account"]._get_exchange_verdict_selection()

    @api.depends("customer_account_id.exchange_id")
    @api.depends_context("company")
    def _compute_customer_exchange(self):
        for partner in self:
            account = partner.customer_account_id
            partner.customer_exchange_id = account.exchange_id
            partner.customer_exchange_verdict = account.exchange_verdict
