from datetime import date

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.date_utils import relativedelta

# What each source of facts brings, in the order of its columns. A source leaves at 0
# what it knows nothing of.
MEASURES = (
    "revenue",
    "refund_amount",
    "product_cost",
    "estimated_cost",
    "uncosted_revenue",
    "time_cost",
    "hours",
    "uncosted_hours",
    "order_count",
)
# Dates that a source may bring besides, and which of several counts
DATES = {"first_order_date": SQL("MIN"), "last_order_date": SQL("MAX")}


class CustomerProfitMonth(models.Model):
    """What one account earned and cost in one month: the facts under every figure.

    Rows are computed from posted documents alone, set-based and idempotently: the same
    documents give the same rows, and a rebuild writes only what differs. Money is in
    company currency, untaxed and signed.

        revenue      = - balance of the product lines of posted sale documents
        product cost = the cost of goods posted with the line, or, where none was,
                       quantity x today's product cost (an estimate)
        time cost    = - amount of the account's timesheets
        profit       = revenue - product cost - time cost

    A document belongs to the commercial entity of its contact, as contacts are linked
    today.
    """

    _name = "customer.profit.month"
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
        help="The part of the product cost that rests on today's product cost.",
    )
    uncosted_revenue = fields.Monetary(
        string="Revenue without Cost",
        readonly=True,
        help="Goods sold whose cost nobody has entered.",
    )
    time_cost = fields.Monetary(readonly=True)
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
                while accounts._create_missing(company, month):
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
        start = after + relativedelta(months=1) if after else date.min
        earliest = [
            SQL(
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
            for source in self._get_sources(company)
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
    def _rebuild_month(self, company, month):
        """Rebuild one month of the company; only rows that differ are written."""
        self.env.flush_all()
        self.env.cr.execute(self._get_rebuild_query(company, month))
        self.invalidate_model()

    @api.model
    def _get_rebuild_query(self, company, month):
        """Return the statement that makes the company's facts of a month right."""
        sources = [
            self._get_source_query(source, month, month + relativedelta(months=1))
            for source in self._get_sources(company)
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
                SELECT *, revenue - product_cost - time_cost AS profit FROM measured
            ), removed AS (
                DELETE FROM customer_profit_month old
                 WHERE old.company_id = %(company)s
                   AND old.month = %(month)s
                   AND NOT EXISTS (
                       SELECT FROM fact WHERE fact.account_id = old.account_id
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
            company=company.id,
            month=month,
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
    # Sources of facts
    # ------------------------------------------------------------------

    @api.model
    def _get_sources(self, companies):
        """Return where facts come from; meant to be extended by other addons.

        :return: list of dict of SQL:
            - partner: the commercial partner that a row belongs to, NULL for nobody
            - company, date: of the row
            - tables, condition: the rows of the source, one a document line
            - details: joins that only the measures need
            - measures: dict of aggregates by name, of those in MEASURES and DATES that
              it knows
        """
        return [self._get_sale_source(companies), self._get_timesheet_source(companies)]

    @api.model
    def _get_source_query(self, source, start, end):
        """Return the source's facts from start to before end.

        :return: SQL selecting partner_id, company_id, month and all measures
        """
        measures = dict.fromkeys(MEASURES, SQL("0"))
        measures |= dict.fromkeys(DATES, SQL("NULL::date"))
        measures |= source["measures"]
        columns = [
            SQL("%s AS %s", measure, SQL.identifier(name))
            for name, measure in measures.items()
        ]
        return SQL(
            """
            SELECT %(partner)s AS partner_id, %(company)s AS company_id,
                   date_trunc('month', %(date)s)::date AS month, %(columns)s
              FROM %(tables)s %(details)s
             WHERE %(condition)s AND %(date)s >= %(start)s AND %(date)s < %(end)s
             GROUP BY 1, 2, 3
            """,
            partner=source["partner"],
            company=source["company"],
            date=source["date"],
            columns=SQL(", ").join(columns),
            tables=source["tables"],
            details=source["details"],
            condition=source["condition"],
            start=start,
            end=end,
        )

    @api.model
    def _get_sale_source(self, companies):
        """Revenue, product cost and orders, from posted sale documents."""
        # An invoice that was credited whole was no order
        is_order = SQL(
            "move.move_type <> 'out_refund'"
            " AND move.amount_untaxed > COALESCE(credited.amount, 0)"
        )
        return {
            # The contact's commercial entity of today, not the one noted on the
            # document: a contact put under a company brings its past along.
            "partner": SQL("partner.commercial_partner_id"),
            "company": SQL("line.company_id"),
            "date": SQL("line.date"),
            "tables": SQL(
                """
                account_move_line line
                JOIN account_move move ON move.id = line.move_id
                LEFT JOIN res_partner partner ON partner.id = line.partner_id
                """
            ),
            "condition": SQL(
                """
                line.parent_state = 'posted'
                AND line.display_type = 'product'
                AND move.move_type IN %s
                AND line.company_id IN %s
                """,
                tuple(self.env["account.move"].get_sale_types(include_receipts=True)),
                tuple(companies.ids),
            ),
            "details": SQL(
                """
                LEFT JOIN product_product product ON product.id = line.product_id
                LEFT JOIN product_template template
                       ON template.id = product.product_tmpl_id
                LEFT JOIN uom_uom line_uom ON line_uom.id = line.product_uom_id
                LEFT JOIN uom_uom product_uom ON product_uom.id = template.uom_id
                CROSS JOIN LATERAL (
                    SELECT COALESCE(%(unit_cost)s, 0) AS cost,
                           CASE WHEN move.move_type = 'out_refund' THEN -1 ELSE 1 END
                           * line.quantity * COALESCE(line_uom.factor, 1)
                           / COALESCE(product_uom.factor, 1) AS quantity
                ) unit
                LEFT JOIN LATERAL (%(goods)s) goods ON TRUE
                LEFT JOIN (
                    -- in the documents' currency: rates differ from day to day
                    SELECT refund.reversed_entry_id AS move_id,
                           SUM(refund.amount_untaxed) AS amount
                      FROM account_move refund
                     WHERE refund.state = 'posted'
                       AND refund.move_type = 'out_refund'
                       AND refund.reversed_entry_id IS NOT NULL
                     GROUP BY refund.reversed_entry_id
                ) credited ON credited.move_id = move.id
                """,
                unit_cost=self._get_unit_cost(),
                goods=self._get_cost_of_goods(),
            ),
            "measures": {
                "revenue": SQL("SUM(-line.balance)"),
                "refund_amount": SQL(
                    "SUM(line.balance) FILTER (WHERE move.move_type = 'out_refund')"
                ),
                "product_cost": SQL(
                    "SUM(COALESCE(goods.cost, unit.cost * unit.quantity))"
                ),
                "estimated_cost": SQL(
                    "SUM(unit.cost * unit.quantity) FILTER (WHERE goods.cost IS NULL)"
                ),
                "uncosted_revenue": SQL(
                    "SUM(-line.balance) FILTER (WHERE goods.cost IS NULL"
                    " AND unit.cost = 0 AND template.type <> 'service')"
                ),
                # Several invoices of a day are one order
                "order_count": SQL(
                    "COUNT(DISTINCT move.invoice_date) FILTER (WHERE %s)", is_order
                ),
                **{
                    name: SQL(
                        "%s(move.invoice_date) FILTER (WHERE %s)", which, is_order
                    )
                    for name, which in DATES.items()
                },
            },
        }

    @api.model
    def _get_unit_cost(self):
        """Return today's cost of the line's product, in its company, or NULL."""
        cost = SQL("(product.standard_price ->> line.company_id::text)::numeric")
        if "service_type" not in self.env["product.template"]._fields:
            return cost
        # What is sold by the hour has its cost in the hours
        return SQL(
            "CASE WHEN template.service_type = 'timesheet' THEN 0 ELSE %s END", cost
        )

    @api.model
    def _get_cost_of_goods(self):
        """Return a query of the cost posted with the line; NULL where none was."""
        if "cogs_origin_id" not in self.env["account.move.line"]._fields:
            # Without inventory valuation nothing posts a cost of goods
            return SQL("SELECT NULL::numeric AS cost")
        return SQL(
            """
            SELECT SUM(cogs.balance) AS cost
              FROM account_move_line cogs
              JOIN account_account ledger ON ledger.id = cogs.account_id
             WHERE cogs.cogs_origin_id = line.id
               AND cogs.display_type = 'cogs'
               AND cogs.parent_state = 'posted'
               AND starts_with(ledger.account_type, 'expense')
            """
        )

    @api.model
    def _get_timesheet_source(self, companies):
        """Hours and their cost, billable or not."""
        # All quantities of time are told in hours, whatever unit they were entered in
        hours = SQL(
            "sheet.unit_amount::numeric * COALESCE(sheet_uom.factor / %(hour)s, 1)",
            hour=self.env.ref("uom.product_uom_hour").factor,
        )
        return {
            "partner": SQL("partner.commercial_partner_id"),
            "company": SQL("sheet.company_id"),
            "date": SQL("sheet.date"),
            "tables": SQL(
                """
                account_analytic_line sheet
                JOIN res_company company ON company.id = sheet.company_id
                JOIN res_partner own ON own.id = company.partner_id
                JOIN project_project project ON project.id = sheet.project_id
                LEFT JOIN project_task task ON task.id = sheet.task_id
                LEFT JOIN res_partner partner
                       ON partner.id = COALESCE(
                              sheet.partner_id, task.partner_id, project.partner_id)
                """
            ),
            # hours for the company itself are no customer's, and none is missing
            "condition": SQL(
                """
                sheet.company_id IN %s
                AND partner.commercial_partner_id
                    IS DISTINCT FROM own.commercial_partner_id
                """,
                tuple(companies.ids),
            ),
            "details": SQL(
                "LEFT JOIN uom_uom sheet_uom ON sheet_uom.id = sheet.product_uom_id"
            ),
            "measures": {
                "time_cost": SQL("SUM(-sheet.amount)"),
                "hours": SQL("SUM(%s)", hours),
                "uncosted_hours": SQL("SUM(%s) FILTER (WHERE sheet.amount = 0)", hours),
            },
        }

    # ------------------------------------------------------------------
    # Who has documents
    # ------------------------------------------------------------------

    @api.model
    def _get_partners_without_account(self, company, month, limit=None):
        """Return commercial partners with documents in a month but without account."""
        self.env.flush_all()
        partners = [
            SQL(
                """
                SELECT %(partner)s AS partner_id FROM %(tables)s
                 WHERE %(condition)s AND %(date)s >= %(start)s AND %(date)s < %(end)s
                """,
                start=month,
                end=month + relativedelta(months=1),
                **{
                    key: source[key]
                    for key in ("partner", "tables", "condition", "date")
                },
            )
            for source in self._get_sources(company)
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
                partners=SQL(" UNION ALL ").join(partners),
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
            self._get_source_query(source, start, end)
            for source in self._get_sources(company)
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
