from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import SQL
from odoo.tools.misc import format_amount, formatLang

MANAGER = "customer_centricity.group_manager"

# From this amount on people say whole numbers: what is behind the point is noise.
WHOLE_FROM = 100
# The tenth and the ninetieth percentile: what is usual in a portfolio. The few that lie
# outside would stretch a scale until everybody else looks alike.
USUAL = (0.1, 0.9)


class CustomerMetric(models.Model):
    """A figure that can be measured for any set of accounts: one account, or a group.

    A metric is a record with a code, and an expression of that code in the registry
    (``_get_expressions``): an addon adds both. Whatever the set of accounts, a metric
    is the sum of its numerator, divided by the sum of its denominator if it has one; so
    that the profit rate of a group is that of its profit and its revenue, and not a
    mean of the rates of its members.

    All figures are those of the last refresh: measuring reads accounts, no documents.
    """

    _name = "customer.metric"
    _description = "Metric"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True, help="Technical name, which its expression is registered under."
    )
    unit = fields.Selection(
        selection=[
            ("money", "Money"),
            ("hours", "Hours"),
            ("days", "Days"),
            ("rate", "Percentage"),
            ("count", "Number"),
            ("score", "Score"),
        ],
        required=True,
    )
    better = fields.Selection(
        selection=[("higher", "Higher"), ("lower", "Lower")],
        required=True,
        default="higher",
        help="Whether more or less of it is what you want.",
    )
    level = fields.Selection(
        selection=[
            ("account", "Accounts"),
            ("group", "Groups"),
            ("both", "Accounts and groups"),
        ],
        string="Measured for",
        required=True,
        default="both",
        help="What it can be measured for.",
    )
    description = fields.Text(
        translate=True, help="What is measured, in plain words, and for which time."
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _code_unique = models.Constraint(
        "UNIQUE(code)", "There is another metric with this code."
    )

    @api.constrains("code")
    def _check_code(self):
        known = self._get_expressions()
        for metric in self:
            if metric.code not in known:
                raise ValidationError(
                    self.env._(
                        "No installed app measures the metric “%(metric)s” "
                        "(%(code)s). Choose the code of one that is measured.",
                        metric=metric.name,
                        code=metric.code,
                    )
                )

    # ------------------------------------------------------------------
    # The registry
    # ------------------------------------------------------------------

    @api.model
    def _get_expressions(self):
        """Return what each metric sums up: {code: (numerator, denominator or None)}.

        To add a metric, add a record and an entry to the result of this hook. Both are
        SQL of one account, over the aliases

        - ``account``: its row of customer_account
        - ``value``: its row of customer_account_value, if it has one
        - ``period``: first_date and end_date (the day after the last) of the window
          that the figures are of

        Rows for which both are NULL do not count.
        """
        return (
            self._get_money_expressions()
            | self._get_value_expressions()
            | self._get_effort_expressions()
            | self._get_behaviour_expressions()
            | self._get_regard_expressions()
        )

    @api.model
    def _get_money_expressions(self):
        """What accounts bring and what they leave."""
        one, active = SQL("1"), SQL("account.result <> 'no_activity'")
        revenue, profit = SQL("account.revenue"), SQL("account.profit")
        return {
            "account_count": (one, None),
            "active_accounts": (SQL("CASE WHEN %s THEN 1 END", active), None),
            "revenue": (revenue, None),
            "profit": (profit, None),
            "profit_rate": (profit, revenue),
            "loss": (SQL("GREATEST(-account.profit, 0)"), None),
            "loss_account_rate": (
                SQL("CASE WHEN account.result = 'loss' THEN 1 ELSE 0 END"),
                SQL("CASE WHEN %s THEN 1 END", active),
            ),
        }

    @api.model
    def _get_value_expressions(self):
        """What accounts are worth."""
        has_ordered = SQL("account.first_order_date IS NOT NULL")
        return {
            "lifetime_value": (SQL("account.lifetime_value"), None),
            "mean_lifetime_value": (SQL("account.lifetime_value"), SQL("1")),
            # whoever never ordered has nothing to come back to
            "probability_alive": (
                SQL("CASE WHEN %s THEN account.probability_alive END", has_ordered),
                SQL(
                    "CASE WHEN %s AND account.probability_alive IS NOT NULL THEN 1 END",
                    has_ordered,
                ),
            ),
        }

    @api.model
    def _get_effort_expressions(self):
        """What it takes to serve accounts."""
        revenue, orders = SQL("account.revenue"), SQL("account.order_count")
        cost = SQL(
            "COALESCE(account.time_cost, 0) + COALESCE(account.other_cost, 0)"
            " + COALESCE(account.serving_cost, 0)"
        )
        return {
            "cost_to_serve": (cost, None),
            "cost_to_serve_rate": (cost, revenue),
            "hours": (SQL("account.hours"), None),
            "hours_per_order": (SQL("account.hours"), orders),
        }

    @api.model
    def _get_behaviour_expressions(self):
        """How accounts buy."""
        known_before = SQL("account.first_order_date < period.first_date")
        refund = SQL("account.refund_amount")
        return {
            "order_count": (SQL("account.order_count"), None),
            "orders_per_account": (SQL("account.order_count"), SQL("1")),
            "order_value": (SQL("account.revenue"), SQL("account.order_count")),
            # of what was invoiced: the revenue is net of credit notes
            "refund_rate": (refund, SQL("account.revenue + %s", refund)),
            "retention": (
                SQL(
                    "CASE WHEN %s AND account.order_count > 0 THEN 1 ELSE 0 END",
                    known_before,
                ),
                SQL("CASE WHEN %s THEN 1 END", known_before),
            ),
            **self._get_habit_expressions(),
        }

    @api.model
    def _get_habit_expressions(self):
        """Means over those accounts only that have the habit."""
        has_ordered = SQL("account.order_count > 0")
        has_paid = SQL("account.has_payment_delay")
        # large accounts weigh more, as large invoices do within an account; one that
        # has paid and been credited since still counts
        weight = SQL("GREATEST(account.revenue, 1)")
        return {
            "product_count": (
                SQL("CASE WHEN %s THEN account.product_count END", has_ordered),
                SQL("CASE WHEN %s THEN 1 END", has_ordered),
            ),
            "payment_delay": (
                SQL(
                    "CASE WHEN %s THEN account.payment_delay * %s END", has_paid, weight
                ),
                SQL("CASE WHEN %s THEN %s END", has_paid, weight),
            ),
        }

    @api.model
    def _get_regard_expressions(self):
        """How well accounts and we get on, and whom they bring."""
        return {
            "goodwill": (
                SQL("CASE WHEN account.has_goodwill THEN account.goodwill END"),
                SQL("CASE WHEN account.has_goodwill THEN 1 END"),
            ),
            "referral_count": (SQL("account.referral_count"), None),
            "referral_value": (SQL("account.referral_value"), None),
        }

    # ------------------------------------------------------------------
    # Measuring
    # ------------------------------------------------------------------

    @api.model
    def _measure(self, company, codes, groups=None, accounts=None):
        """Measure metrics of each of many groups or accounts, with one query.

        A group is measured by its active members in the company, those of the groups
        below it included; an account by itself.

        :param company: figures are those of one company, in its currency
        :param codes: of the metrics to measure
        :param groups: customer.group records, or
        :param accounts: customer.account records of the company
        :return: ``{record id: {code: value}}``; an amount of nobody is 0.0; a rate or a
            mean is None when there is nothing to divide by
        """
        if (groups is None) == (accounts is None):
            raise ValueError("either groups or accounts are measured")
        records = accounts if groups is None else groups
        self._check_measurable(company, records)
        expressions = self._pick_expressions(codes)
        # of a metric that no installed addon measures nothing is known
        empty = dict.fromkeys(codes) | {
            code: 0.0
            for code, (_numerator, denominator) in expressions.items()
            if denominator is None
        }
        measured = {record_id: dict(empty) for record_id in records.ids}
        if not (measured and expressions):
            return measured
        self._flush_measured()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT part.record_id, %(values)s
                  FROM (%(partition)s) part
                  JOIN customer_account account ON account.id = part.account_id
                  %(beside)s
                 GROUP BY part.record_id
                """,
                values=self._get_values(expressions),
                partition=self._get_partition(company, records),
                beside=self._get_tables_beside(company),
            )
        )
        for record_id, *values in rows:
            measured[record_id].update(zip(expressions, values, strict=True))
        return measured

    def _measure_one(self, company, record):
        """Return one metric of one group or account, as ``_measure`` does."""
        self.ensure_one()
        record.ensure_one()
        which = "groups" if record._name == "customer.group" else "accounts"
        measured = self._measure(company, [self.code], **{which: record})
        return measured[record.id][self.code]

    @api.model
    def _get_usual_range(self, company, codes, groups=False):
        """Return what is usual in the portfolio: {code: (low, high) or None}.

        That is the tenth and the ninetieth percentile of what each account with
        activity, or each group with members, comes to; the least and the largest where
        so many are alike that these two are the same; None where all are.
        """
        self._check_measurable(company, self.env["customer.account"])
        expressions = self._pick_expressions(codes)
        if not expressions:
            return dict.fromkeys(codes)
        self._flush_measured()
        names = [SQL.identifier(f"value_{index}") for index in range(len(expressions))]
        [row] = self.env.execute_query(
            SQL(
                "SELECT %(percentiles)s FROM (%(measured)s) measured (%(names)s)",
                percentiles=SQL(", ").join(
                    SQL(
                        "percentile_cont(%s::float[]) WITHIN GROUP (ORDER BY %s)",
                        [0, *USUAL, 1],
                        name,
                    )
                    for name in names
                ),
                measured=self._get_group_query(company, expressions)
                if groups
                else self._get_account_query(company, expressions),
                names=SQL(", ").join(names),
            )
        )
        usual = dict.fromkeys(codes)
        for code, percentiles in zip(expressions, row, strict=True):
            least, low, high, largest = percentiles or (None,) * 4
            if low == high:
                low, high = least, largest
            if low != high:
                usual[code] = low, high
        return usual

    @api.model
    def _get_account_query(self, company, expressions):
        """Return what each account with activity comes to, as SQL."""
        return SQL(
            """
            SELECT %(values)s
              FROM customer_account account
              %(beside)s
             WHERE account.company_id = %(company)s
               AND account.active AND account.result <> 'no_activity'
            """,
            values=self._get_values(expressions, lambda part: part),
            beside=self._get_tables_beside(company),
            company=company.id,
        )

    @api.model
    def _get_group_query(self, company, expressions):
        """Return what each group with members comes to, as SQL."""
        return SQL(
            """
            SELECT %(values)s
              FROM (%(members)s) part
              JOIN customer_account account ON account.id = part.account_id
              %(beside)s
             GROUP BY part.record_id
            """,
            values=self._get_values(expressions),
            members=self._get_members(company, SQL("TRUE")),
            beside=self._get_tables_beside(company),
        )

    def _is_mean(self):
        """Return whether it is a rate or a mean, which more accounts do not raise."""
        self.ensure_one()
        return any(
            denominator is not None
            for _numerator, denominator in self._pick_expressions([self.code]).values()
        )

    @api.model
    def _check_measurable(self, company, records):
        """Refuse to measure for who may not know: a query looks at no rule."""
        company.ensure_one()
        if self.env.su:
            return
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._("Measured figures are for customer account managers.")
            )
        if company not in self.env.companies:
            raise AccessError(
                self.env._(
                    "Figures of %s: choose the company at the top of the screen first.",
                    company.sudo().name,
                )
            )
        records.check_access("read")

    @api.model
    def _pick_expressions(self, codes):
        """Return the expressions of some metrics, in the order of the codes.

        Those of an addon that is not installed any more are left out.
        """
        known = self._get_expressions()
        return {code: known[code] for code in codes if code in known}

    @api.model
    def _get_values(self, expressions, total=lambda part: SQL("SUM(%s)", part)):
        """Return the value of each metric of a set of accounts, as SQL.

        :param total: how the parts of its accounts are put together, as SQL
        """
        return SQL(", ").join(
            SQL("COALESCE(%s, 0)::float", total(numerator))
            if denominator is None
            # of less than nothing, as of credit notes alone, there is no share
            else SQL(
                "(%(numerator)s)::float"
                " / CASE WHEN %(denominator)s > 0 THEN %(denominator)s END",
                numerator=total(numerator),
                denominator=total(denominator),
            )
            for numerator, denominator in expressions.values()
        )

    @api.model
    def _get_partition(self, company, records):
        """Return which accounts of the company are of which record, as SQL."""
        if records._name == "customer.account":
            return SQL(
                """
                SELECT id AS record_id, id AS account_id
                  FROM customer_account WHERE id = ANY(%s) AND company_id = %s
                """,
                records.ids,
                company.id,
            )
        return self._get_members(company, SQL("id = ANY(%s)", records.ids))

    @api.model
    def _get_members(self, company, condition):
        """Return the members of groups and of those below, as SQL of a partition."""
        return SQL(
            """
            WITH RECURSIVE below (record_id, group_id) AS (
                SELECT id, id FROM customer_group WHERE %(condition)s
                 UNION
                SELECT below.record_id, child.id
                  FROM below
                  JOIN customer_group child ON child.parent_id = below.group_id
            )
            SELECT below.record_id, member.id AS account_id
              FROM below
              JOIN customer_account member ON member.group_id = below.group_id
             WHERE member.company_id = %(company)s AND member.active
            """,
            condition=condition,
            company=company.id,
        )

    @api.model
    def _get_tables_beside(self, company):
        """Return the aliases that expressions may use besides the account, as SQL."""
        # sudo: the window is a setting, not a figure
        first_date, end_date = self.env["customer.account"]._get_window(company.sudo())
        return SQL(
            """
            LEFT JOIN customer_account_value value ON value.account_id = account.id
            CROSS JOIN (
                SELECT %s::date AS first_date, %s::date AS end_date
            ) period
            """,
            first_date,
            end_date,
        )

    @api.model
    def _flush_measured(self):
        for name in ("customer.account", "customer.account.value", "customer.group"):
            self.env[name].flush_model()

    # ------------------------------------------------------------------
    # In words
    # ------------------------------------------------------------------

    def _format(self, value, currency):
        """Return a measured value as people say it, with its unit.

        :param value: of this metric, or None when there was nothing to measure
        """
        self.ensure_one()
        if value is None:
            return self.env._("nothing to measure")
        if self.unit == "money":
            return self._format_money(value, currency)
        if self.unit == "rate":
            return self.env._("%(rate)s %%", rate=self._format_number(100 * value))
        number = self._format_number(value)
        if self.unit == "hours":
            return self.env._("%(number)s h", number=number)
        if self.unit == "days":
            return self.env._("%(number)s days", number=number)
        return number

    @api.model
    def _format_money(self, value, currency):
        if abs(value) >= WHOLE_FROM:
            value = round(value)
        has_cents = currency.round(value) != round(value)
        return format_amount(self.env, value, currency, trailing_zeroes=has_cents)

    @api.model
    def _format_number(self, value):
        """Return a number with one decimal at most, and none where it says nothing."""
        value = round(value, 1)
        is_whole = value == int(value) or abs(value) >= WHOLE_FROM
        # no minus before a zero
        return formatLang(self.env, value or 0.0, digits=0 if is_whole else 1)
