from odoo import api, fields, models
from odoo.tools.misc import formatLang

# Before it is confirmed there is time to think again
QUOTATION = ("draft", "sent")


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # sudo: whoever may read the quotation and knows accounts at all reads what is told
    # of its customer, also where a rule hides the contact
    customer_service_warning = fields.Text(
        string="Warning of the Service Level",
        compute="_compute_customer_service_warning",
        compute_sudo=True,
        groups="customer_centricity.group_user",
        help="What to know of the customer's service level before selling to them.",
    )

    @api.depends(
        "amount_untaxed",
        "company_id",
        "currency_rate",
        "order_line.display_type",
        "partner_id",
        "state",
    )
    @api.depends_context("lang", "uid")
    def _compute_customer_service_warning(self):
        self.customer_service_warning = False
        accounts = self.env["customer.account"]
        quotations = self.filtered(lambda order: order.state in QUOTATION)
        for company, orders in quotations.grouped("company_id").items():
            account_of = accounts._get_accounts_of(orders.partner_id, company)
            for order in orders:
                account = account_of.get(order.partner_id, accounts)
                order.customer_service_warning = "\n".join(
                    account._get_service_warnings()
                    + order._get_minimum_warnings(account.service_level_id)
                )

    def _get_minimum_warnings(self, level):
        """Return that the quotation is below the minimum order of a level, if it is.

        One without lines is not below it: it has not been written yet.
        """
        self.ensure_one()
        currency = self.company_id.currency_id
        amount = self.amount_untaxed / (self.currency_rate or 1)
        has_lines = any(not line.display_type for line in self.order_line)
        if not has_lines or currency.compare_amounts(amount, level.minimum_order) >= 0:
            return []
        return [
            self.env._(
                "Without taxes this quotation comes to less than the minimum order of "
                "service level “%(level)s”, %(minimum)s.",
                level=level.name,
                minimum=formatLang(
                    self.env, level.minimum_order, currency_obj=currency
                ),
            )
        ]
