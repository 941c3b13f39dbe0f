from odoo import fields, models


class CustomerAccountHabit(models.Model):
    """How an account behaves, as found in its documents, until it takes that over.

    One row an account. The documents of many accounts are found as fast as those of a
    few, while accounts are written some at a time, so that nobody's save has to wait,
    and all numbers of an account by one statement. Hence this is kept in between.
    """

    _name = "customer.account.habit"
    _description = "Behaviour Found of an Account"
    _rec_name = "account_id"
    _log_access = False

    account_id = fields.Many2one(
        comodel_name="customer.account",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="account_id.company_id")
    currency_id = fields.Many2one(related="account_id.currency_id")

    # As the account's fields of these names
    product_count = fields.Integer(readonly=True)
    category_count = fields.Integer(readonly=True)
    payment_delay = fields.Float(readonly=True, digits=(16, 2))
    has_payment_delay = fields.Boolean(readonly=True)
    previous_revenue = fields.Monetary(readonly=True)
    order_gap = fields.Float(readonly=True, digits=(16, 2))
    order_gap_variation = fields.Float(readonly=True, digits=(16, 4))
    returned_date = fields.Date(readonly=True)

    _account_unique = models.Constraint(
        "UNIQUE(account_id)", "How an account behaves is found once."
    )
