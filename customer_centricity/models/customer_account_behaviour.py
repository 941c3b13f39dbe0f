from odoo import fields, models

MANAGER = "customer_centricity.group_manager"


class CustomerAccount(models.Model):
    """How an account behaves: what it buys, in what rhythm, how it pays."""

    _inherit = "customer.account"

    # Of the profit window
    product_count = fields.Integer(
        string="Products",
        readonly=True,
        groups=MANAGER,
        aggregator="avg",
        help="Different products that the account was invoiced in the window, without "
        "those that were credited whole.",
    )
    category_count = fields.Integer(
        string="Product Categories",
        readonly=True,
        groups=MANAGER,
        aggregator="avg",
        help="Different categories of these products.",
    )
    payment_delay = fields.Float(
        string="Payment Delay (days)",
        readonly=True,
        digits=(16, 1),
        groups=MANAGER,
        aggregator="avg",
        help="Days from the due date to the payment of the invoices of the window, "
        "large amounts weighing more; below zero: paid before it was due.",
    )
    has_payment_delay = fields.Boolean(
        string="Has Paid",
        readonly=True,
        groups=MANAGER,
        help="An invoice of the window was paid, so that the payment delay is known.",
    )
    previous_revenue = fields.Monetary(
        string="Revenue Before",
        readonly=True,
        groups=MANAGER,
        help="Revenue of the window before this one, as many months long.",
    )

    # Of the whole history
    order_gap = fields.Float(
        string="Days between Orders",
        readonly=True,
        digits=(16, 1),
        groups=MANAGER,
        aggregator="avg",
        help="On average, over the whole history; 0 with fewer than two orders.",
    )
    order_gap_variation = fields.Float(
        string="Irregularity of Orders",
        readonly=True,
        digits=(16, 4),
        groups=MANAGER,
        aggregator="avg",
        help="Standard deviation of the days between orders as a share of their mean: "
        "0 is like clockwork, 1 at random; 0 with fewer than three orders.",
    )
    returned_date = fields.Date(
        string="Back Since",
        readonly=True,
        groups=MANAGER,
        help="First order after the last silence that was so long that the account "
        "counted as lost.",
    )

    # 'NaN' is above every number
    _behaviour_finite = models.Constraint(
        "CHECK(product_count >= 0 AND category_count >= 0"
        " AND payment_delay < 'Infinity' AND payment_delay > '-Infinity'"
        " AND previous_revenue < 'Infinity' AND previous_revenue > '-Infinity'"
        " AND order_gap >= 0 AND order_gap < 'Infinity'"
        " AND order_gap_variation >= 0 AND order_gap_variation < 'Infinity')",
        "The figures of an account must be finite numbers.",
    )
