from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.sql import table_exists

from .customer_profit_source import MEASURES

# What is kept of a month, besides how many facts it has
TOTALS = (*MEASURES, "profit")
# What a question may be about that totals can answer
KEYS = {"month", "company_id"}


class CustomerProfitTotal(models.Model):
    """What all accounts of a company earned and cost in one month.

    Sums of the facts, kept because everybody who opens them by month would have to wait
    for hundreds of thousands of rows to be added up. They are written in the
    transaction that writes facts, so they never differ from their sum.

    A month may have several rows, which add up to it: who changes facts adds the
    difference, and gets in nobody's way. A refresh leaves one row in the end.
    """

    _name = "customer.profit.total"
    _inherit = "customer.one.currency"
    _description = "Customer Profit of All Accounts by Month"
    _order = "month desc, id"
    _rec_name = "month"
    _log_access = False

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    month = fields.Date(required=True, readonly=True)
    fact_count = fields.Integer(string="Facts", readonly=True)
    revenue = fields.Monetary(readonly=True)
    refund_amount = fields.Monetary(string="Credited", readonly=True)
    product_cost = fields.Monetary(readonly=True)
    estimated_cost = fields.Monetary(string="Estimated Product Cost", readonly=True)
    uncosted_revenue = fields.Monetary(string="Revenue without Cost", readonly=True)
    time_cost = fields.Monetary(readonly=True)
    other_cost = fields.Monetary(readonly=True)
    serving_cost = fields.Monetary(readonly=True)
    profit = fields.Monetary(readonly=True)
    hours = fields.Float(readonly=True, digits=(16, 2))
    uncosted_hours = fields.Float(
        string="Hours without Cost", readonly=True, digits=(16, 2)
    )
    order_count = fields.Integer(string="Orders", readonly=True)

    @api.private
    def init(self):
        # facts of a version that kept no totals
        if table_exists(self.env.cr, "customer_profit_month"):
            self._add(SQL("NOT EXISTS (SELECT FROM customer_profit_total)"))

    # ------------------------------------------------------------------
    # Keeping them
    # ------------------------------------------------------------------

    @api.model
    def _replace(self, company, start, end):
        """Sum up the facts of the months from start to before end, SQL of dates."""
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM customer_profit_total
                 WHERE company_id = %s AND month >= %s AND month < %s
                """,
                company.id,
                start,
                end,
            )
        )
        self._add(
            SQL(
                "account.company_id = %s AND fact.month >= %s AND fact.month < %s",
                company.id,
                start,
                end,
            )
        )

    @api.model
    def _add(self, condition, sign=1):
        """Add facts to the totals, or take them off with a sign of -1.

        :param condition: SQL on ``fact`` and its ``account``
        """
        # read and written one after the other: an INSERT of its own reads alone, a
        # SELECT with the help of all processors
        rows = self.env.execute_query(
            SQL(
                """
                SELECT account.company_id, fact.month, %(sign)s * COUNT(*), %(sums)s
                  FROM customer_profit_month fact
                  JOIN customer_account account ON account.id = fact.account_id
                 WHERE %(condition)s
                 GROUP BY account.company_id, fact.month
                """,
                sums=SQL(", ").join(
                    SQL("%s * SUM(fact.%s)", sign, SQL.identifier(name))
                    for name in TOTALS
                ),
                sign=sign,
                condition=condition,
            )
        )
        self._insert(rows)

    @api.model
    def _take_over_changes(self, company):
        """Add what facts will be more, or less, once the changes are written to them.

        Of what is put aside when facts are rebuilt, see ``customer.profit.month``.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT %(company)s, changed.month,
                       COUNT(changed.revenue) - COUNT(old.id), %(differences)s
                  FROM customer_profit_change changed
                  LEFT JOIN customer_profit_month old ON old.id = changed.old_id
                 GROUP BY changed.month
                """,
                company=company.id,
                differences=SQL(", ").join(
                    SQL(
                        "COALESCE(SUM(changed.%(name)s), 0)"
                        " - COALESCE(SUM(old.%(name)s), 0)",
                        name=SQL.identifier(name),
                    )
                    for name in TOTALS
                ),
            )
        )
        self._insert(rows)

    @api.model
    def _insert(self, rows):
        if rows:
            self.env.cr.execute(
                SQL(
                    """
                    INSERT INTO customer_profit_total
                           (company_id, month, fact_count, %s)
                    VALUES %s
                    """,
                    SQL(", ").join(map(SQL.identifier, TOTALS)),
                    SQL(", ").join(SQL("%s", row) for row in rows),
                )
            )
        self.invalidate_model()

    @api.model
    def _take_off(self, accounts):
        """Take the facts of accounts off the totals, before they change or go."""
        self._put_on(accounts, sign=-1)

    @api.model
    def _put_on(self, accounts, sign=1):
        """Add the facts of accounts to the totals, after they have changed."""
        if accounts:
            self.env.flush_all()
            self._add(SQL("fact.account_id IN %s", accounts._ids), sign)

    @api.model
    def _compact(self, company):
        """Leave one row a month, and none where all facts have gone."""
        columns = [SQL.identifier(name) for name in ("fact_count", *TOTALS)]
        self.env.cr.execute(
            SQL(
                """
                WITH gone AS (
                    DELETE FROM customer_profit_total WHERE company_id = %(company)s
                    RETURNING *
                )
                INSERT INTO customer_profit_total (company_id, month, %(columns)s)
                SELECT company_id, month, %(sums)s
                  FROM gone
                 GROUP BY company_id, month
                HAVING SUM(fact_count) <> 0
                """,
                company=company.id,
                columns=SQL(", ").join(columns),
                sums=SQL(", ").join(SQL("SUM(%s)", column) for column in columns),
            )
        )
        self.invalidate_model()

    # ------------------------------------------------------------------
    # Answering for the facts
    # ------------------------------------------------------------------

    @api.model
    def _answer_groups(self, months, domain, groupby, aggregates, offset, limit, order):
        """Return what ``_read_group`` of the facts would, or None if it is not known.

        :param months: ``customer.profit.month``, of which it is asked
        """
        if not self._knows(months, groupby, aggregates, order):
            return None
        domain = self._translate_domain(months, domain)
        if domain is None:
            return None
        rows = self._read_group(
            domain,
            groupby,
            self._translate(aggregates),
            # months whose facts have gone since
            [("fact_count:sum", "!=", 0)] if groupby else (),
            offset,
            limit,
            order and order.replace("__count", "fact_count:sum"),
        )
        return self._count_none(rows, groupby, aggregates)

    @api.model
    def _answer_sets(self, months, domain, grouping_sets, aggregates, order):
        """Return what ``_read_grouping_sets`` of the facts would, or None."""
        groupby = [spec for names in grouping_sets for spec in names]
        if not self._knows(months, groupby, aggregates, order):
            return None
        domain = self._translate_domain(months, domain)
        if domain is None:
            return None
        answer = self._read_grouping_sets(
            domain,
            grouping_sets,
            [*self._translate(aggregates), "fact_count:sum"],
            order and order.replace("__count", "fact_count:sum"),
        )
        return [
            [
                row[:-1]
                for row in self._count_none(rows, names, aggregates)
                if row[-1] or not names
            ]
            for names, rows in zip(grouping_sets, answer, strict=True)
        ]

    @api.model
    def _count_none(self, rows, groupby, aggregates):
        """Return the rows with 0 where a count found nothing, as counts are told."""
        if groupby or "__count" not in aggregates:
            return rows
        place = list(aggregates).index("__count")
        return [(*row[:place], row[place] or 0, *row[place + 1 :]) for row in rows]

    @api.model
    def _knows(self, months, groupby, aggregates, order):
        """Return whether totals have what is asked for, and the user may know it."""
        terms = {part.split()[0] for part in (order or "").split(",") if part.strip()}
        if (
            months.env.su
            or not months.has_access("read")
            or not {spec.partition(":")[0] for spec in groupby} <= KEYS
            or not terms <= {*groupby, "__count"}
        ):
            return False
        for spec in aggregates:
            name, _colon, function = spec.partition(":")
            if spec in ("__count", "currency_id:array_agg_distinct"):
                continue
            if name not in TOTALS or function not in ("sum", "sum_currency"):
                return False
            if not months._has_field_access(months._fields[name], "read"):
                return False
        return True

    @api.model
    def _translate(self, aggregates):
        return ["fact_count:sum" if spec == "__count" else spec for spec in aggregates]

    @api.model
    def _translate_domain(self, months, domain):
        """Return the domain of the totals of the facts that the user may see, or None.

        Whatever narrows down the facts has to be something that totals have as well.
        """
        allowed = self.env["ir.rule"]._compute_domain(months._name, "read")
        domain = Domain(domain) & allowed.map_conditions(self._translate_condition)
        for item in domain:
            if isinstance(item, str):
                continue  # an operator
            if not isinstance(item, tuple) or item[0] not in (*KEYS, 0, 1):
                return None
        return domain

    @api.model
    def _translate_condition(self, condition):
        """Return a condition on the account of facts as one on the company, if it is.

        Any other is left as it is: accounts have no field that totals have as well.
        """
        if condition.field_expr == "account_id.company_id":
            return Domain("company_id", condition.operator, condition.value)
        if condition.field_expr == "account_id" and condition.operator == "any":
            return Domain(condition.value)
        return condition
