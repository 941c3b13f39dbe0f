from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, format_date
from odoo.tools.misc import format_amount

MANAGER = "customer_centricity.group_manager"

# What is taken over from the valuation as it is
TAKEN = ("probability_alive", "expected_orders", "value_method", "value_status")


class CustomerAccountValued(models.AbstractModel):
    """What an account is worth, how sure that is, and what people say against it.

    Values of a whole portfolio are computed at once (customer_account_value.py); an
    account takes over its own, unless somebody has typed another one in.
    """

    _name = "customer.account.valued"
    _description = "Customer Account with Value"

    currency_id = fields.Many2one(comodel_name="res.currency")
    lifetime_value = fields.Monetary(
        readonly=True,
        groups=MANAGER,
        help="Profit expected over the months set in the settings, in today's money.",
    )
    lifetime_value_low = fields.Monetary(
        string="Value at Least",
        readonly=True,
        groups=MANAGER,
        help="The value is above this with a probability of 90%.",
    )
    lifetime_value_high = fields.Monetary(
        string="Value at Most",
        readonly=True,
        groups=MANAGER,
        help="The value is below this with a probability of 90%.",
    )
    probability_alive = fields.Float(
        string="Still a Customer",
        readonly=True,
        groups=MANAGER,
        aggregator="avg",
        digits=(16, 4),
        help="Probability that the account has not left for good.",
    )
    expected_orders = fields.Float(
        readonly=True,
        groups=MANAGER,
        digits=(16, 2),
        help="Orders expected over the horizon of the lifetime value.",
    )
    value_method = fields.Selection(
        selection=[
            ("probabilistic", "Probabilistic"),
            ("contract", "Contract"),
            ("plain", "Plain rule"),
            ("typed", "Set by hand"),
        ],
        readonly=True,
        groups=MANAGER,
        help="How the lifetime value came about.",
    )
    value_status = fields.Selection(
        selection=[
            ("established", "Established"),
            ("regular", "Orders regularly"),
            ("seasonal", "Orders in a season"),
            ("short_history", "Short history"),
            ("single_purchase", "One order only"),
            ("lapsed", "Probably gone"),
            ("plain", "By plain rule"),
            ("no_purchase", "No orders, only costs"),
            ("typed", "Set by hand"),
            ("opted_out", "Not to be profiled"),
        ],
        readonly=True,
        groups=MANAGER,
        help="What the lifetime value rests on.",
    )
    value_summary = fields.Char(
        string="In Words", compute="_compute_value_summary", groups=MANAGER
    )

    # What people decide
    own_value_method = fields.Selection(
        selection=[
            ("probabilistic", "Probabilistic"),
            ("contract", "Contract"),
            ("plain", "Plain rule"),
            ("typed", "Set by hand"),
        ],
        string="Method for This Account",
        groups=MANAGER,
        tracking=True,
        help="Empty: as for the other accounts. Another method counts from the next "
        "refresh on, a value set by hand at once.",
    )
    typed_value = fields.Monetary(
        string="Value Set by Hand", groups=MANAGER, tracking=True
    )
    typed_value_reason = fields.Char(string="Reason", groups=MANAGER, tracking=True)
    typed_value_end = fields.Date(
        string="Valid Until",
        groups=MANAGER,
        tracking=True,
        help="Last day of the value set by hand. After it the computed value counts.",
    )

    _probability_range = models.Constraint(
        "CHECK(probability_alive >= 0 AND probability_alive <= 1)",
        "A probability must be between 0% and 100%.",
    )
    _expected_orders_finite = models.Constraint(
        "CHECK(expected_orders >= 0 AND expected_orders < 'Infinity')",
        "Expected orders must be a finite number.",
    )

    @api.depends("lifetime_value", "value_status", "value_method", "company_id")
    def _compute_value_summary(self):
        for account in self:
            parts = account._get_summary_parts() if account.value_status else []
            account.value_summary = "; ".join(parts) + "." if parts else False

    def _get_summary_parts(self):
        """Return the account's value in words: what it is worth, and what says so."""
        self.ensure_one()
        if self.value_status == "typed":
            return [
                self.env._(
                    "Set by hand to %(value)s until %(date)s: %(reason)s",
                    value=self._format_money(self.lifetime_value),
                    date=format_date(self.env, self.typed_value_end),
                    reason=self.typed_value_reason or "",
                )
            ]
        if self.value_status == "opted_out":
            return [
                self.env._(
                    "This customer does not want to be profiled: nothing is forecast"
                )
            ]
        if self.value_status == "no_purchase":
            return self._get_summary_without_orders()
        worth = self._get_summary_of_worth()
        if self.value_method == "plain":
            rule = self.env._("by the plain rule, if it goes on as in the last months")
            return [worth, rule, self._get_summary_of_orders()]
        likely = self.env._(
            "%(probability)s%% likely still a customer",
            # nothing about people is certain
            probability=min(99, max(1, round(100 * self.probability_alive))),
        )
        return [worth, likely, self._get_summary_of_orders()]

    def _get_summary_without_orders(self):
        if round(self.lifetime_value) >= 0:
            return [self.env._("No orders to go by")]
        cost = self.env._(
            "Has cost %(amount)s in the last months, counted once",
            amount=self._format_money(-self.lifetime_value),
        )
        return [cost, self.env._("there are no orders to expect more from")]

    def _get_summary_of_orders(self):
        if self.historic_order_count == 1:
            if self.value_method == "plain":
                return self.env._("based on one order")
            return self.env._("based on one order, hence on what other customers do")
        reasons = {
            "lapsed": self.env._("based on %(count)s orders and a long silence"),
            "seasonal": self.env._("based on %(count)s orders in a season"),
            "regular": self.env._("based on %(count)s orders at regular intervals"),
            "short_history": self.env._(
                "based on %(count)s orders in a short time, hence also on what other "
                "customers do"
            ),
        }
        reason = reasons.get(self.value_status, self.env._("based on %(count)s orders"))
        return reason % {"count": self.historic_order_count}

    def _get_summary_of_worth(self):
        low, high = self.lifetime_value_low, self.lifetime_value_high
        texts = {
            "worth": self.env._("Worth %(high)s over %(horizon)s"),
            "range": self.env._("Worth between %(low)s and %(high)s over %(horizon)s"),
            "loses": self.env._("Loses %(high)s over %(horizon)s"),
            "loses_range": self.env._(
                "Loses between %(low)s and %(high)s over %(horizon)s"
            ),
        }
        text = "range" if round(low) != round(high) else "worth"
        if round(high) < 0:
            text = {"range": "loses_range", "worth": "loses"}[text]
            low, high = -high, -low
        return texts[text] % {
            "low": self._format_money(low),
            "high": self._format_money(high),
            "horizon": self._get_horizon_in_words(),
        }

    def _get_horizon_in_words(self):
        # sudo: the horizon is a setting, not a figure
        months = self.company_id.sudo().customer_value_months
        if months == 12:
            return self.env._("one year")
        if months % 12 == 0:
            return self.env._("%(years)s years", years=months // 12)
        return self.env._("%(months)s months", months=months)

    def _format_money(self, amount):
        """Return an amount as people say it: whole, with its currency."""
        return format_amount(
            self.env, round(amount), self.currency_id, trailing_zeroes=False
        )

    @api.constrains(
        "own_value_method", "typed_value_reason", "typed_value_end", "typed_value"
    )
    def _check_typed_value(self):
        for account in self:
            if account.own_value_method != "typed":
                continue
            if not (account.typed_value_reason or "").strip():
                raise ValidationError(
                    self.env._(
                        "%(account)s: a value set by hand needs a reason.",
                        account=account.display_name,
                    )
                )
            if not account.typed_value_end:
                raise ValidationError(
                    self.env._(
                        "%(account)s: a value set by hand needs the day until which "
                        "it is valid.",
                        account=account.display_name,
                    )
                )

    def write(self, vals):
        result = super().write(vals)
        if not {"own_value_method", "typed_value", "typed_value_end"}.isdisjoint(vals):
            self._take_over_values()
        return result

    # ------------------------------------------------------------------
    # From the valuation to the accounts
    # ------------------------------------------------------------------

    @api.model
    def _get_erased_values(self):
        """Return what to put in the place of what people said of an erased customer."""
        return {
            "own_value_method": False,
            "typed_value": 0,
            "typed_value_end": False,
            "typed_value_reason": False,
        }

    def _take_over_values(self):
        """Write each account's value: the computed one, or the one set by hand."""
        self._write_differing(self._get_value_columns(), self._get_value_join())

    @api.model
    def _get_value_join(self):
        return SQL(
            """
            LEFT JOIN customer_account_value value ON value.account_id = account.id
            """
        )

    @api.model
    def _get_value_columns(self):
        """Return where each field comes from, ``value`` being the valuation's row.

        Nothing is taken over of a customer who does not want to be profiled, whatever
        has been computed before; what a person has typed is no forecast and stays.
        """
        typed = SQL(
            "account.own_value_method = 'typed' AND account.typed_value_end >= %s",
            fields.Date.context_today(self),
        )
        profiled = self.env["customer.account"]._get_profiled_condition()
        money = {
            "lifetime_value": "value",
            "lifetime_value_low": "low",
            "lifetime_value_high": "high",
        }
        columns = {
            name: SQL(
                "CASE WHEN %s THEN COALESCE(account.typed_value, 0)"
                " WHEN %s THEN COALESCE(value.%s, 0) ELSE 0 END",
                typed,
                profiled,
                SQL.identifier(column),
            )
            for name, column in money.items()
        }
        for name in TAKEN:
            columns[name] = SQL(
                "CASE WHEN %s THEN value.%s END", profiled, SQL.identifier(name)
            )
        columns["value_method"] = SQL(
            "CASE WHEN %s THEN 'typed' ELSE %s END", typed, columns["value_method"]
        )
        columns["value_status"] = SQL(
            "CASE WHEN %s THEN 'typed' WHEN %s THEN value.value_status"
            " ELSE 'opted_out' END",
            typed,
            profiled,
        )
        return columns
