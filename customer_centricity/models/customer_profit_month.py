from datetime import date

from odoo import api, fields, models
from odoo.tools import SQL

from .customer_profit_source import DATES, MEASURES, PROFIT

# Journal items that are read at once: a step takes some seconds, whatever the company,
# and each of them reads whole tables.
ROWS_AT_ONCE = 4_000_000
# Accounts that are created in one transaction: about a second a thousand.
ACCOUNTS_AT_ONCE = 5000
LAST_MONTH = date(9999, 12, 1)


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
    _inherit = ["customer.one.currency", "customer.profit.source"]
    _description = "Customer Profit by Month"
    _order = "month desc, account_id"
    _rec_name = "account_id"
    _log_access = False

    account_id = fields.Many2one(
        comodel_name="customer.account",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    month = fields.Date(required=True, readonly=True, help="First day of the month.")
    # Of the account, to filter and group by. Not columns: every foreign key is looked
    # up for every row that is written.
    company_id = fields.Many2one(related="account_id.company_id")
    currency_id = fields.Many2one(related="account_id.currency_id")
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
        "UNIQUE(month, account_id)", "An account has one row a month."
    )

    # ------------------------------------------------------------------
    # Rebuild
    # ------------------------------------------------------------------

    @api.model
    def _rebuild(self, companies):
        """Rebuild the facts of the companies from their documents."""
        # sudo: the documents belong to people of other departments; what is computed
        # from them is stored here, under rights of its own
        months = self.sudo()
        for company in companies:
            while not company.sudo().customer_full_date and (
                months._create_first_accounts(company)
            ):
                pass
            period = months._get_next_period(company)
            while period:
                while months._rebuild_period(company, *period):
                    pass
                period = months._get_next_period(company, after=period[1])

    @api.model
    def _get_next_period(self, company, after=None):
        """Return the first and the last month of what to rebuild at once, or None.

        A period begins after the last month that is done, or with the first that has
        documents or facts, and is as long as has about ROWS_AT_ONCE documents.
        """
        self.env.flush_all()
        if after == LAST_MONTH:
            return None
        # months that a run has locked stay as they are
        locked = self._get_locked_month(company)
        after = max(filter(None, (after, locked)), default=None)
        start = self._get_month_end(after) if after else SQL("%s::date", date.min)
        earliest = [
            SQL(
                """
                (SELECT %(date)s FROM %(tables)s
                  WHERE %(condition)s AND %(date)s >= %(start)s
                  ORDER BY %(date)s LIMIT 1)
                """,
                start=start,
                **{key: source[key] for key in ("date", "tables", "condition")},
            )
            for source in self._get_sources(company)
            if not source.get("every_month")
        ]
        facts = SQL(
            """
            (SELECT month.month
               FROM customer_profit_month month
               JOIN customer_account account ON account.id = month.account_id
              WHERE account.company_id = %s AND month.month >= %s
              ORDER BY month.month LIMIT 1)
            """,
            company.id,
            start,
        )
        # the tables' sizes as the database estimates them: counting takes as long as
        # reading
        limits = [
            SQL(
                """
                CASE WHEN (SELECT reltuples NOT BETWEEN 1 AND %(rows)s
                             FROM pg_class WHERE oid = %(name)s::regclass)
                     THEN (SELECT date FROM %(table)s WHERE date >= first.month
                            ORDER BY date OFFSET %(rows)s LIMIT 1) END
                """,
                name=table,
                table=SQL.identifier(table),
                rows=ROWS_AT_ONCE,
            )
            for table in ("account_move_line", "account_analytic_line")
        ]
        [[first, last]] = self.env.execute_query(
            SQL(
                """
                SELECT first.month,
                       GREATEST(
                           first.month,
                           COALESCE(
                               date_trunc('month', LEAST(%(limits)s))
                               - interval '1 month',
                               %(last)s)
                       )::date
                  FROM (
                      SELECT date_trunc('month', LEAST(%(dates)s))::date AS month
                  ) first
                """,
                limits=SQL(", ").join(limits),
                last=LAST_MONTH,
                dates=SQL(", ").join([*earliest, facts]),
            )
        )
        return first and (first, last)

    @api.model
    def _get_locked_month(self, company):
        """Return the last month whose facts a run has locked, or False."""
        return company.sudo().customer_locked_until  # sudo: a state, not a figure

    @api.model
    def _get_month_end(self, month):
        """Return the first day after a month, as SQL.

        The database counts on after the year 9999, with which Python's calendar ends.
        """
        return SQL("(%s::date + interval '1 month')::date", month)

    @api.model
    def _rebuild_period(self, company, first, last):
        """Rebuild the months from first to last; only rows that differ are written.

        :return: how many accounts were created if there are more to create; it is to
            be called again then
        """
        end = self._get_month_end(last)
        self._stage(company, first, end)
        if created := self._create_missing_accounts(company):
            return created
        self._take_over_stage(
            company, SQL("old.month >= %s AND old.month < %s", first, end)
        )
        return 0

    @api.model
    def _rebuild_partners(self, company, partner_ids):
        """Rebuild all months of some commercial partners."""
        self._stage(company, date.min, date.max, partner_ids)
        while self._create_missing_accounts(company):
            pass
        self._take_over_stage(company, SQL("account.partner_id = ANY(%s)", partner_ids))

    @api.model
    def _stage(self, company, start, end, partner_ids=None):
        """Put the facts of the company's documents aside, by commercial partner."""
        self.env.flush_all()
        sources = [
            self._get_fact_query(source, start, end, partner_ids)
            for source in self._get_sources(company, start, end)
        ]
        # compiling this statement takes longer than it saves
        self.env.cr.execute("SET LOCAL jit = off")
        self.env.cr.execute("DROP TABLE IF EXISTS customer_profit_stage")
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE customer_profit_stage ON COMMIT DROP AS
                SELECT *, %(profit)s AS profit
                  FROM (
                      SELECT source.partner_id, source.month, %(measures)s
                        FROM (%(sources)s)
                             source (partner_id, month, %(columns)s)
                       WHERE source.partner_id IS NOT NULL
                       GROUP BY source.partner_id, source.month
                  ) measured
                """,
                profit=PROFIT,
                measures=self._get_measure_totals(company.currency_id.decimal_places),
                sources=SQL(" UNION ALL ").join(sources),
                columns=SQL(", ").join(
                    SQL.identifier(name) for name in (*MEASURES, *DATES)
                ),
            )
        )
        self.env.cr.execute("ANALYZE customer_profit_stage")

    @api.model
    def _create_first_accounts(self, company):
        """Create accounts of a company that has none yet; return how many, a batch.

        Later on, the few that have come since are created with their facts.
        """
        self.env.flush_all()
        contacts = [
            SQL(
                "SELECT DISTINCT %s FROM %s WHERE %s",
                *(source[key] for key in ("contact", "lines", "where")),
            )
            for source in self._get_sources(company)
            if not source.get("every_month")
        ]
        partners = SQL(
            """
            SELECT partner.commercial_partner_id
              FROM (%s) contact (id)
              JOIN res_partner partner ON partner.id = contact.id
             WHERE partner.commercial_partner_id <> %s
            """,
            SQL(" UNION ALL ").join(contacts),
            company.partner_id.commercial_partner_id.id,
        )
        return self._create_accounts_of(company, partners)

    @api.model
    def _create_missing_accounts(self, company):
        """Create accounts for partners that were put aside and have none yet.

        :return: how many, if it was a whole batch and there may be more
        """
        created = self._create_accounts_of(
            company, SQL("SELECT partner_id FROM customer_profit_stage")
        )
        return created if created == ACCOUNTS_AT_ONCE else 0

    @api.model
    def _create_accounts_of(self, company, partners):
        """Create accounts for some of the partners without one; return how many.

        :param partners: SQL selecting ids of commercial partners
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT found.partner_id
                  FROM (%(partners)s) found (partner_id)
                 WHERE NOT EXISTS (
                           SELECT FROM customer_account account
                            WHERE account.partner_id = found.partner_id
                              AND account.company_id = %(company)s)
                 ORDER BY found.partner_id
                 LIMIT %(limit)s
                """,
                partners=partners,
                company=company.id,
                limit=ACCOUNTS_AT_ONCE,
            )
        )
        partner_ids = [partner_id for [partner_id] in rows]
        self.env["customer.account"]._create_accounts(company, partner_ids)
        return len(partner_ids)

    @api.model
    def _take_over_stage(self, company, scope):
        """Make facts equal to those put aside; only rows that differ are written.

        Months that a run has locked stay as they are.

        :param scope: SQL condition on ``old`` and its ``account``: these facts, and no
            others
        """
        self.env.flush_all()
        # a date that comes before all of them
        locked = SQL("%s::date", self._get_locked_month(company) or "-infinity")
        columns = [SQL.identifier(name) for name in (*MEASURES, *DATES, "profit")]
        pieces = {
            "company": company.id,
            "scope": SQL("(%s) AND old.month > %s", scope, locked),
            "locked": locked,
            "columns": SQL(", ").join(columns),
            "old": SQL(", ").join(SQL("old.%s", column) for column in columns),
            "new": SQL(", ").join(SQL("stage.%s", column) for column in columns),
        }
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM customer_profit_month old
                 USING customer_account account
                 WHERE account.id = old.account_id
                   AND account.company_id = %(company)s
                   AND %(scope)s
                   AND NOT EXISTS (
                       SELECT FROM customer_profit_stage stage
                        WHERE stage.partner_id = account.partner_id
                          AND stage.month = old.month
                   )
                """,
                **pieces,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE customer_profit_month old
                   SET (%(columns)s) = (%(new)s)
                  FROM customer_profit_stage stage
                  JOIN customer_account account
                    ON account.partner_id = stage.partner_id
                   AND account.company_id = %(company)s
                 WHERE old.account_id = account.id AND old.month = stage.month
                   AND old.month > %(locked)s
                   AND (%(old)s) IS DISTINCT FROM (%(new)s)
                """,
                **pieces,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO customer_profit_month (account_id, month, %(columns)s)
                SELECT account.id, stage.month, %(new)s
                  FROM customer_profit_stage stage
                  JOIN customer_account account
                    ON account.partner_id = stage.partner_id
                   AND account.company_id = %(company)s
                  LEFT JOIN customer_profit_month old
                         ON old.account_id = account.id AND old.month = stage.month
                 WHERE old.id IS NULL AND stage.month > %(locked)s
                 ORDER BY account.id, stage.month
                """,
                **pieces,
            )
        )
        self.invalidate_model()

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
                       (account_id, month, %(columns)s)
                SELECT %(target)s, month, %(totals)s
                  FROM customer_profit_month
                 WHERE account_id IN %(account_ids)s
                 GROUP BY month
                    ON CONFLICT (account_id, month) DO UPDATE
                   SET (%(columns)s) = (%(new)s)
                """,
                columns=SQL(", ").join(columns),
                target=target.id,
                totals=SQL(", ").join(
                    SQL("%s(%s)", total, SQL.identifier(name))
                    for name, total in totals.items()
                ),
                account_ids=tuple((sources | target).ids),
                new=SQL(", ").join(SQL("excluded.%s", column) for column in columns),
            )
        )
        self.env.cr.execute(
            SQL(
                "DELETE FROM customer_profit_month WHERE account_id IN %s",
                tuple(sources.ids),
            )
        )
        self.invalidate_model()
