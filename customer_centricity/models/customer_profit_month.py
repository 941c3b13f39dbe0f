from datetime import date

from odoo import api, fields, models
from odoo.tools import SQL

from .customer_profit_source import DATES, MEASURES, PROFIT


class CustomerProfitMonth(models.Model):
    """What one account earned and cost in one month: the facts under every figure.

    Rows are computed from posted documents alone, set-based and idempotently: the same
    documents give the same rows, and a rebuild writes only what differs. Money is in
    company currency, untaxed and signed.

        revenue      = - balance of the product lines of posted sale documents
        product cost = the cost of goods posted with the line, else quantity x the unit
                       cost captured when it was posted, x the purchase price of its
                       sale order line, or x the product's cost (an estimate)
        time cost    = - amount of the account's timesheets
        other cost   = - amount of other analytic items of the account's projects
        serving cost = quantity x cost rate
        profit       = revenue - all of these costs

    A document belongs to the commercial entity of its contact, as contacts are linked
    today.
    """

    _name = "customer.profit.month"
    _inherit = "customer.profit.source"
    _description = "Customer Profit by Month"
    _order = "month desc, account_id"
    _rec_name = "account_id"

    account_id = fields.Many2one(
        comodel_name="customer.account",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    month = fields.Date(required=True, readonly=True, help="First day of the month.")
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(
        comodel_name="res.currency", required=True, readonly=True
    )

    # Of the account, to filter and group by
    partner_id = fields.Many2one(related="account_id.partner_id")
    user_id = fields.Many2one(related="account_id.user_id")
    tier_id = fields.Many2one(related="account_id.tier_id")
    service_level_id = fields.Many2one(related="account_id.service_level_id")

    # Facts
    revenue = fields.Monetary(readonly=True, help="Untaxed, net of credit notes.")
    refund_amount = fields.Monetary(
        string="Credited",
        readonly=True,
        help="Credit notes, already taken off the revenue.",
    )
    product_cost = fields.Monetary(readonly=True)
    estimated_cost = fields.Monetary(
        string="Estimated Product Cost",
        readonly=True,
        help="The part of the product cost that rests on the product's cost because no "
        "cost was kept with the sale.",
    )
    uncosted_revenue = fields.Monetary(
        string="Revenue without Cost",
        readonly=True,
        help="Goods sold whose cost nobody has entered.",
    )
    time_cost = fields.Monetary(readonly=True)
    other_cost = fields.Monetary(
        readonly=True, help="Subcontractors, expenses and the like on its projects."
    )
    serving_cost = fields.Monetary(
        readonly=True, help="What serving it costs by the cost rates."
    )
    profit = fields.Monetary(readonly=True)
    hours = fields.Float(readonly=True, digits=(16, 2))
    uncosted_hours = fields.Float(
        string="Hours without Cost",
        readonly=True,
        digits=(16, 2),
        help="Hours of employees without an hourly cost.",
    )
    order_count = fields.Integer(
        string="Orders",
        readonly=True,
        help="Days of the month on which the account was invoiced.",
    )

    first_order_date = fields.Date(readonly=True)
    last_order_date = fields.Date(readonly=True)

    _account_month_unique = models.Constraint(
        "UNIQUE(account_id, month)", "An account has one row a month."
    )
    _company_month_idx = models.Index("(company_id, month)")

    # ------------------------------------------------------------------
    # Rebuild
    # ------------------------------------------------------------------

    @api.model
    def _rebuild(self, companies):
        """Rebuild the facts of the companies from their documents."""
        # sudo: the documents belong to people of other departments; what is computed
        # from them is stored here, under rights of its own
        months = self.sudo()
        accounts = self.env["customer.account"].sudo()
        for company in companies:
            month = months._get_next_month(company)
            while month:
                while accounts._create_missing(
                    company, month, months._get_month_end(month)
                ):
                    pass
                months._rebuild_month(company, month)
                month = months._get_next_month(company, month)

    @api.model
    def _get_next_month(self, company, after=None):
        """Return the first month after ``after`` that has documents or facts, if any.

        Months are looked up one by one: the documents' dates are indexed, and a
        mistyped year far away costs no walk through all the months between.
        """
        self.env.flush_all()
        start = self._get_month_end(after) if after else SQL("%s::date", date.min)
        earliest = [
            self._get_first_date(source, start) for source in self._get_sources(company)
        ]
        facts = SQL(
            "(SELECT MIN(month) FROM customer_profit_month"
            " WHERE company_id = %s AND month >= %s)",
            company.id,
            start,
        )
        [[month]] = self.env.execute_query(
            SQL(
                "SELECT date_trunc('month', LEAST(%s))::date",
                SQL(", ").join([*earliest, facts]),
            )
        )
        return month

    @api.model
    def _get_first_date(self, source, start):
        """Return the first date of a source from start on, as SQL."""
        if source.get("every_month"):
            # as far back as anybody may want to know, and no further than today
            return SQL(
                """
                CASE WHEN %(start)s <= CURRENT_DATE
                     THEN GREATEST(
                         %(start)s, (CURRENT_DATE - interval '10 years')::date) END
                """,
                start=start,
            )
        return SQL(
            """
            (SELECT %(date)s FROM %(tables)s
              WHERE %(condition)s AND %(date)s >= %(start)s
              ORDER BY %(date)s LIMIT 1)
            """,
            date=source["date"],
            tables=source["tables"],
            condition=source["condition"],
            start=start,
        )

    @api.model
    def _get_month_end(self, month):
        """Return the first day after a month, as SQL.

        The database counts on after the year 9999, with which Python's calendar ends.
        """
        return SQL("(%s::date + interval '1 month')::date", month)

    @api.model
    def _rebuild_month(self, company, month):
        """Rebuild one month of the company; only rows that differ are written."""
        facts = SQL("old.month = %s", month)
        self._rebuild_rows(company, facts, month, self._get_month_end(month))

    @api.model
    def _rebuild_partners(self, company, partner_ids):
        """Rebuild all months of some commercial partners."""
        partners = SQL("SELECT unnest(%s)", partner_ids)
        facts = SQL(
            "old.account_id IN (SELECT id FROM customer_account"
            " WHERE company_id = %s AND partner_id IN (%s))",
            company.id,
            partners,
        )
        self._rebuild_rows(company, facts, date.min, date.max, partners)

    @api.model
    def _rebuild_rows(self, company, facts, start, end, partners=None):
        self.env.flush_all()
        self.env.cr.execute(
            self._get_rebuild_query(company, facts, start, end, partners)
        )
        self.invalidate_model()

    @api.model
    def _get_rebuild_query(self, company, facts, start, end, partners):
        """Return the statement that makes some of the company's facts right.

        :param facts: SQL condition on ``old``: these facts, and no others
        :param start, end, partners: the same as rows of documents
        """
        sources = [
            self._get_fact_query(source, start, end, partners)
            for source in self._get_sources(company, start, end)
        ]
        columns = [SQL.identifier(name) for name in (*MEASURES, *DATES, "profit")]
        return SQL(
            """
            WITH measured AS (
                SELECT account.id AS account_id, source.month, account.company_id,
                       account.currency_id, %(measures)s
                  FROM (%(sources)s) source
                  JOIN customer_account account
                    ON account.partner_id = source.partner_id
                   AND account.company_id = source.company_id
                 GROUP BY account.id, source.month
            ), fact AS (
                SELECT *, %(profit)s AS profit FROM measured
            ), removed AS (
                DELETE FROM customer_profit_month old
                 WHERE old.company_id = %(company)s
                   AND %(facts)s
                   AND NOT EXISTS (
                       SELECT FROM fact
                        WHERE fact.account_id = old.account_id
                          AND fact.month = old.month
                   )
            )
            INSERT INTO customer_profit_month AS old
                   (account_id, month, company_id, currency_id, %(columns)s,
                    create_uid, create_date, write_uid, write_date)
            SELECT account_id, month, company_id, currency_id, %(columns)s,
                   %(uid)s, %(now)s, %(uid)s, %(now)s
              FROM fact
                ON CONFLICT (account_id, month) DO UPDATE
               SET (currency_id, %(columns)s, write_uid, write_date)
                   = (excluded.currency_id, %(new)s, %(uid)s, %(now)s)
             WHERE (old.currency_id, %(old)s)
                   IS DISTINCT FROM (excluded.currency_id, %(new)s)
            """,
            measures=self._get_measure_totals(company.currency_id.decimal_places),
            sources=SQL(" UNION ALL ").join(sources),
            profit=PROFIT,
            company=company.id,
            facts=facts,
            columns=SQL(", ").join(columns),
            new=SQL(", ").join(SQL("excluded.%s", column) for column in columns),
            old=SQL(", ").join(SQL("old.%s", column) for column in columns),
            uid=self.env.uid,
            now=self.env.cr.now(),
        )

    @api.model
    def _get_measure_totals(self, decimals):
        """Return the sums of the measures, money to the given number of decimals."""

        def total_of(name):
            column = SQL.identifier(name)
            total = SQL("COALESCE(SUM(source.%s), 0)::numeric", column)
            if name == "order_count":
                return SQL("%s::integer AS %s", total, column)
            digits = 2 if "hours" in name else decimals
            return SQL("ROUND(%s, %s) AS %s", total, digits, column)

        dates = [
            SQL(
                "%s(source.%s) AS %s", which, SQL.identifier(name), SQL.identifier(name)
            )
            for name, which in DATES.items()
        ]
        return SQL(", ").join([*map(total_of, MEASURES), *dates])

    # ------------------------------------------------------------------
    # Who has documents
    # ------------------------------------------------------------------

    @api.model
    def _get_partners_without_account(
        self, company, start, end, partners=None, limit=None
    ):
        """Return commercial partners with documents but without account."""
        self.env.flush_all()
        found = [
            SQL(
                "SELECT %s AS partner_id FROM %s WHERE %s",
                source["partner"],
                source["tables"],
                self._get_row_condition(source, start, end, partners),
            )
            for source in self._get_sources(company, start, end)
            if not source.get("every_month")
        ]
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT source.partner_id
                  FROM (%(partners)s) source
                 WHERE source.partner_id IS NOT NULL
                   AND NOT EXISTS (
                       SELECT FROM customer_account account
                        WHERE account.partner_id = source.partner_id
                          AND account.company_id = %(company)s
                   )
                 ORDER BY source.partner_id
                 LIMIT %(limit)s
                """,
                partners=SQL(" UNION ALL ").join(found),
                company=company.id,
                limit=limit,
            )
        )
        return [partner_id for [partner_id] in rows]

    @api.model
    def _get_unattributed(self, company, start, end):
        """Return what no account could be found for, from start to before end."""
        self.env.flush_all()
        queries = [
            self._get_fact_query(source, start, end)
            for source in self._get_sources(company, start, end)
        ]
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT COALESCE(SUM(source.revenue), 0) AS revenue,
                       COALESCE(SUM(source.hours), 0) AS hours,
                       COALESCE(SUM(source.time_cost), 0) AS time_cost
                  FROM (%s) source
                 WHERE source.partner_id IS NULL
                """,
                SQL(" UNION ALL ").join(queries),
            )
        )[0]

    # ------------------------------------------------------------------
    # Merging
    # ------------------------------------------------------------------

    @api.model
    def _fold_into(self, sources, target):
        """Add the months of the source accounts to those of the target."""
        self.env.flush_all()
        totals = dict.fromkeys((*MEASURES, "profit"), SQL("SUM")) | DATES
        columns = [SQL.identifier(name) for name in totals]
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO customer_profit_month
                       (account_id, month, company_id, currency_id, %(columns)s,
                        create_uid, create_date, write_uid, write_date)
                SELECT %(target)s, month, company_id, currency_id, %(totals)s,
                       %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM customer_profit_month
                 WHERE account_id IN %(account_ids)s
                 GROUP BY month, company_id, currency_id
                    ON CONFLICT (account_id, month) DO UPDATE
                   SET (%(columns)s, write_uid, write_date)
                       = (%(new)s, %(uid)s, %(now)s)
                """,
                columns=SQL(", ").join(columns),
                target=target.id,
                totals=SQL(", ").join(
                    SQL("%s(%s)", total, SQL.identifier(name))
                    for name, total in totals.items()
                ),
                account_ids=tuple((sources | target).ids),
                new=SQL(", ").join(SQL("excluded.%s", column) for column in columns),
                uid=self.env.uid,
                now=self.env.cr.now(),
            )
        )
        self.env.cr.execute(
            SQL(
                "DELETE FROM customer_profit_month WHERE account_id IN %s",
                tuple(sources.ids),
            )
        )
        self.invalidate_model()
