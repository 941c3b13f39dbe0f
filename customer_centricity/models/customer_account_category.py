from odoo import fields, models


class CustomerAccountCategory(models.Model):
    """Which product categories an account buys, since when, and until when.

    Found with its behaviours (customer_behaviour_find.py), and looked at for what it
    could buy besides.
    """

    _name = "customer.account.category"
    _inherit = ["customer.one.currency"]
    _description = "Product Category Bought by a Customer"
    _order = "account_id, revenue desc, id"
    _rec_name = "category_id"
    _log_access = False

    account_id = fields.Many2one(
        comodel_name="customer.account",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="account_id.company_id")
    currency_id = fields.Many2one(related="account_id.currency_id")
    category_id = fields.Many2one(
        comodel_name="product.category",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    first_date = fields.Date(readonly=True, help="When it was bought for the first time.")
    last_date = fields.Date(readonly=True, help="When it was bought last.")
    revenue = fields.Monetary(
        readonly=True, help="Of the profit window, net of credit notes."
    )

    _account_category_unique = models.Constraint(
        "UNIQUE(account_id, category_id)", "A category is told once of an account."
    )
