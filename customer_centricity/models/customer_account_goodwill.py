from odoo import fields, models
from odoo.tools.misc import formatLang

# Kinds of complaints, each with its field of how many there are
KINDS = ("credit_note", "answer", "case")


class CustomerAccountGoodwill(models.Model):
    """What an account's goodwill rests on, of the window and of the one before it.

    One row an account, found by the refresh (customer_account_goodwill_find.py). The
    index is taken over by the account with its other numbers; what it rests on stays
    here, and is told in words on the account.
    """

    _name = "customer.account.goodwill"
    _description = "Goodwill of an Account Explained"
    _rec_name = "account_id"
    _order = "goodwill, id"
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
    goodwill = fields.Float(readonly=True, digits=(16, 1), aggregator="avg")
    has_goodwill = fields.Boolean(readonly=True)
    goodwill_change = fields.Float(readonly=True, digits=(16, 1), aggregator="avg")
    has_goodwill_change = fields.Boolean(readonly=True)

    # Complaints
    order_count = fields.Integer(string="Orders", readonly=True)
    previous_order_count = fields.Integer(string="Orders Before", readonly=True)
    credit_note_count = fields.Integer(
        string="Credit Notes with a Reason",
        readonly=True,
        help="Posted credit notes that say why; without those whose invoice was "
        "credited whole and written anew within a week, which are corrections.",
    )
    previous_credit_note_count = fields.Integer(
        string="Credit Notes with a Reason, Before", readonly=True
    )
    answer_count = fields.Integer(string="Negative Answers", readonly=True)
    previous_answer_count = fields.Integer(
        string="Negative Answers Before", readonly=True
    )
    case_count = fields.Integer(string="Cases of Complaint", readonly=True)
    previous_case_count = fields.Integer(
        string="Cases of Complaint Before", readonly=True
    )

    # What it takes to serve it
    hours = fields.Float(readonly=True, digits=(16, 2))
    previous_hours = fields.Float(string="Hours Before", readonly=True, digits=(16, 2))
    cost = fields.Monetary(string="Cost to Serve", readonly=True)
    previous_cost = fields.Monetary(string="Cost to Serve Before", readonly=True)
    revenue = fields.Monetary(readonly=True)
    previous_revenue = fields.Monetary(string="Revenue Before", readonly=True)

    # How it pays
    payment_delay = fields.Float(readonly=True, digits=(16, 2))
    has_payment_delay = fields.Boolean(readonly=True)
    previous_payment_delay = fields.Float(
        string="Payment Delay Before", readonly=True, digits=(16, 2)
    )
    has_previous_payment_delay = fields.Boolean(readonly=True)

    _account_unique = models.Constraint(
        "UNIQUE(account_id)", "The goodwill of an account is found once."
    )

    def _get_points(self):
        """Return the points of each part: {part: a number each, NaN where unknown}."""
        from ..engine import goodwill  # numpy only when needed

        def column(*names):
            return [sum(row[name] for name in names) for row in self]

        orders, before = column("order_count"), column("previous_order_count")
        return {
            "complaints": goodwill.complaint_points(
                column(*(f"{kind}_count" for kind in KINDS)), orders
            ),
            "hours": goodwill.trend_points(
                *(column("hours"), orders, column("previous_hours"), before),
                *(orders, before),
            ),
            "payment": goodwill.payment_points(
                [
                    row.payment_delay if row.has_payment_delay else float("nan")
                    for row in self
                ]
            ),
            "cost": goodwill.trend_points(
                *(column("cost"), column("revenue")),
                *(column("previous_cost"), column("previous_revenue")),
                *(orders, before),
            ),
        }

    # ------------------------------------------------------------------
    # In words
    # ------------------------------------------------------------------

    def _tell_parts(self):
        """Return what each part rests on in words: {part: text}."""
        self.ensure_one()
        return {
            "complaints": self._tell_complaints(),
            "hours": self.env._(
                "%(hours)s hours an order, before %(previous)s",
                hours=self._tell_ratio(self.hours, self.order_count),
                previous=self._tell_ratio(
                    self.previous_hours, self.previous_order_count
                ),
            ),
            "payment": self._tell_payment(),
            "cost": self.env._(
                "its cost to serve is %(share)s%% of its revenue, before "
                "%(previous)s%%",
                share=self._tell_ratio(100 * self.cost, self.revenue),
                previous=self._tell_ratio(
                    100 * self.previous_cost, self.previous_revenue
                ),
            ),
        }

    def _tell_ratio(self, amount, base):
        return formatLang(
            self.env, max(amount, 0) / base if base > 0 else 0.0, digits=1
        )

    def _tell_complaints(self):
        """Return how many complaints of which kinds there were on how many orders."""
        kinds = [
            text
            for count, text in (
                (
                    self.credit_note_count,
                    self.env._("%s credit notes", self.credit_note_count)
                    if self.credit_note_count != 1
                    else self.env._("1 credit note"),
                ),
                (
                    self.answer_count,
                    self.env._("%s negative answers", self.answer_count)
                    if self.answer_count != 1
                    else self.env._("1 negative answer"),
                ),
                (
                    self.case_count,
                    self.env._("%s cases", self.case_count)
                    if self.case_count != 1
                    else self.env._("1 case"),
                ),
            )
            if count
        ] or [self.env._("no complaint")]
        complaints = ", ".join(kinds)
        if self.order_count == 1:
            return self.env._("%s on 1 order", complaints)
        return self.env._(
            "%(complaints)s on %(orders)s orders",
            complaints=complaints,
            orders=self.order_count,
        )

    def _tell_payment(self):
        days = round(self.payment_delay)
        if days > 0:
            if days == 1:
                return self.env._("pays 1 day late")
            return self.env._("pays %s days late", days)
        if days < 0:
            if days == -1:
                return self.env._("pays 1 day early")
            return self.env._("pays %s days early", -days)
        return self.env._("pays on the due date")
