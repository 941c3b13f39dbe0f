from datetime import date

from odoo import api, fields, models
from odoo.tools import SQL

from .customer_profit_source import DATES, DETAILS, KINDS, MEASURES, PROFIT

# The columns of a fact, of an account and a month
FACTS = (*MEASURES, *DATES, "profit")

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
    # Sums of all accounts, which are kept
    # ------------------------------------------------------------------

    @api.model
    def _read_group(
        self,
        domain,
        groupby=(),
        aggregates=(),
        having=(),
        offset=0,
        limit=None,
        order=None,
    ):
        totals = self.env["customer.profit.total"]
        answer = None
        if not having:
            answer = totals._answer_groups(
                self, domain, groupby, aggregates, offset, limit, order
            )
        if answer is not None:
            return answer
        return super()._read_group(
            domain, groupby, aggregates, having, offset, limit, order
        )

    @api.model
    def _read_grouping_sets(self, domain, grouping_sets, aggregates=(), order=None):
        answer = self.env["customer.profit.total"]._answer_sets(
            self, domain, grouping_sets, aggregates, order
        )
        if answer is not None:
            return answer
        return super()._read_grouping_sets(domain, grouping_sets, aggregates, order)

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
                self.env.invalidate_all()  # memory does not grow with the portfolio
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
        self._compare(
            company,
            SQL("old.month >= %s AND old.month < %s", first, end),
            *(first, end),
        )
        if created := self._create_missing_accounts(company):
            return created
        self.env["customer.behaviour.change"]._note_facts(company)
        self._take_over_changes(company)
        return 0

    @api.model
    def _rebuild_partners(self, company, partner_ids):
        """Rebuild all months of some commercial partners."""
        self.env.flush_all()
        # Told by their ids, few contacts' documents are found by an index; of a
        # subquery the database thinks last, after it has read everybody's.
        contacts = self.env.execute_query(
            SQL(
                "SELECT id FROM res_partner WHERE commercial_partner_id = ANY(%s)",
                partner_ids,
            )
        )
        self._compare(
            company,
            SQL("account.partner_id = ANY(%s)", partner_ids),
            *(date.min, date.max, [contact_id for [contact_id] in contacts]),
        )
        while self._create_missing_accounts(company):
            pass
        self._take_over_changes(company)

    @api.model
    def _compare(self, company, scope, start, end, contact_ids=None):
        """Put aside which facts differ from what the company's documents come to.

        Rows have the commercial partner and the month; ``old_id``, the fact that is
        there, if one is; and what it should be, empty where it should not be.
        Months that a run has locked stay as they are.

        :param scope: SQL condition on ``old`` and its ``account``: the facts that are
            of these dates and contacts
        """
        self.env.flush_all()
        # compiling this statement takes longer than it saves
        self.env.cr.execute("SET LOCAL jit = off")
        self.env.cr.execute("DROP TABLE IF EXISTS customer_profit_change")
        columns = [SQL.identifier(name) for name in FACTS]
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE customer_profit_change ON COMMIT DROP AS
                SELECT COALESCE(new.partner_id, old.partner_id) AS partner_id,
                       COALESCE(new.month, old.month) AS month,
                       old.id AS old_id, %(new)s
                  FROM (%(facts)s) new
                  FULL JOIN (
                      SELECT old.*, account.partner_id
                        FROM customer_profit_month old
                        JOIN customer_account account ON account.id = old.account_id
                       WHERE account.company_id = %(company)s AND %(scope)s
                  ) old ON old.partner_id = new.partner_id AND old.month = new.month
                 WHERE COALESCE(new.month, old.month) > %(locked)s
                   AND (%(old)s) IS DISTINCT FROM (%(new)s)
                """,
                new=SQL(", ").join(SQL("new.%s", column) for column in columns),
                old=SQL(", ").join(SQL("old.%s", column) for column in columns),
                facts=self._get_fact_query(company, start, end, contact_ids),
                company=company.id,
                scope=scope,
                # a date that comes before all of them
                locked=SQL("%s::date", self._get_locked_month(company) or "-infinity"),
            )
        )
        self.env.cr.execute("ANALYZE customer_profit_change")

    @api.model
    def _get_fact_query(self, company, start, end, contact_ids=None):
        """Return what the documents of the company come to, by partner and month."""
        rows = [
            self._get_row_query(source, start, end, contact_ids)
            for source in self._get_sources(company, start, end)
        ]
        return SQL(
            """
            SELECT *, %(profit)s AS profit
              FROM (
                  SELECT row.partner_id, row.month, %(totals)s
                    FROM (%(rows)s) row (partner_id, month, %(columns)s, order_date)
                   WHERE row.partner_id IS NOT NULL
                   GROUP BY row.partner_id, row.month
              ) total
            """,
            profit=PROFIT,
            totals=self._get_totals(company.currency_id.decimal_places),
            rows=SQL(" UNION ALL ").join(rows),
            columns=SQL(", ").join(map(SQL.identifier, (*KINDS, *DETAILS))),
        )

    @api.model
    def _get_totals(self, decimals):
        """Return the sums of rows, money to the given number of decimals."""
        sums = [
            SQL(
                "ROUND(COALESCE(SUM(row.%(name)s), 0), %(digits)s) AS %(name)s",
                name=SQL.identifier(name),
                digits=2 if "hours" in name else decimals,
            )
            for name in (*KINDS, *DETAILS)
        ]
        dates = [
            SQL("%s(row.order_date) AS %s", which, SQL.identifier(name))
            for name, which in DATES.items()
        ]
        # a single pass of the database needs this kind of count: with others it sums up
        # twice, in parts and these parts again, which takes longer
        orders = SQL("COUNT(DISTINCT row.order_date)::integer AS order_count")
        return SQL(", ").join([*sums, orders, *dates])

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
        """Create accounts for partners with new facts that have none yet.

        :return: how many, if it was a whole batch and there may be more
        """
        created = self._create_accounts_of(
            company,
            SQL("SELECT partner_id FROM customer_profit_change WHERE old_id IS NULL"),
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
    def _take_over_changes(self, company):
        """Make facts what they should be; only those put aside are written."""
        columns = [SQL.identifier(name) for name in FACTS]
        names = SQL(", ").join(columns)
        changed = SQL(", ").join(SQL("changed.%s", column) for column in columns)
        statements = (
            SQL(
                """
                DELETE FROM customer_profit_month
                 WHERE id IN (SELECT old_id FROM customer_profit_change
                               WHERE revenue IS NULL)
                """
            ),
            SQL(
                """
                UPDATE customer_profit_month old
                   SET (%s) = (%s)
                  FROM customer_profit_change changed
                 WHERE old.id = changed.old_id AND changed.revenue IS NOT NULL
                """,
                names,
                changed,
            ),
            SQL(
                """
                INSERT INTO customer_profit_month (account_id, month, %s)
                SELECT account.id, changed.month, %s
                  FROM customer_profit_change changed
                  JOIN customer_account account
                    ON account.partner_id = changed.partner_id
                   AND account.company_id = %s
                 WHERE changed.old_id IS NULL
                 ORDER BY account.id, changed.month
                """,
                names,
                changed,
                company.id,
            ),
        )
        self.env["customer.profit.total"]._take_over_changes(company)
        for statement in statements:
            self.env.cr.execute(statement)
        self.invalidate_model()

    # ------------------------------------------------------------------
    # Merging
    # ------------------------------------------------------------------

    @api.model
    def _fold_into(self, sources, target):
        """Add the months of the source accounts to those of the target."""
        self.env.flush_all()
        kept = self.env["customer.profit.total"]
        kept._take_off(sources | target)
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
        kept._put_on(sources | target)
        self.invalidate_model()
