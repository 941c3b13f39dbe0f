from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.date_utils import relativedelta

from .account_rows import replace_differing

MANAGER = "customer_centricity.group_manager"
# The fields that tell how an account behaves
BEHAVIOUR = (
    "product_count",
    "category_count",
    "payment_delay",
    "has_payment_delay",
    "previous_revenue",
    "order_gap",
    "order_gap_variation",
    "returned_date",
)
# What is found in the documents of an account, with its type in the database
FOUND = {
    "products": SQL("integer"),
    "categories": SQL("integer"),
    "delay": SQL("numeric"),
    "revenue_before": SQL("numeric"),
    "gap": SQL("numeric"),
    "variation": SQL("numeric"),
    "returned": SQL("date"),
}


class CustomerAccount(models.Model):
    """How an account behaves: what it buys, in what rhythm, how it pays.

    Found by the refresh in the documents that the facts are computed from, set-based.
    What was found is kept aside (customer_account_habit.py) and taken over with the
    account's other numbers.
    """

    _inherit = "customer.account"

    # Of the profit window
    product_count = fields.Integer(
        string="Products",
        readonly=True,
        groups=MANAGER,
        aggregator="avg",
        help="Different products that brought revenue in the window, net of credit "
        "notes.",
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
        digits=(16, 2),
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
        digits=(16, 2),
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

    # ------------------------------------------------------------------
    # From documents to columns
    # ------------------------------------------------------------------

    @api.model
    def _refresh_behaviour(self, company):
        """Find how the company's next accounts behave; return how many."""
        count, first, last = self._get_next_range(company)
        if count:
            self._find_behaviour(
                company, SQL("account.id BETWEEN %s AND %s", first, last)
            )
            company.customer_refresh_cursor = last
        return count

    @api.model
    def _find_behaviour(self, company, scope, partner_ids=None):
        """Keep what the documents tell of the accounts in the scope.

        :param scope: SQL condition on ``account``
        :param partner_ids: their commercial partners, where these are few
        """
        self.env.flush_all()
        # compiling this statement takes longer than it saves
        self.env.cr.execute("SET LOCAL jit = off")
        columns = self._get_found_columns(company)
        replace_differing(
            self.env["customer.account.habit"],
            list(columns),
            SQL(
                """
                SELECT account.id, %(columns)s
                  FROM customer_account account
                  LEFT JOIN (%(found)s) found ON found.account = account.id
                 WHERE account.company_id = %(company)s AND %(scope)s
                """,
                columns=SQL(", ").join(columns.values()),
                found=self._combine(
                    FOUND, self._get_behaviour_queries(company, scope, partner_ids)
                ),
                company=company.id,
                scope=scope,
            ),
        )

    @api.model
    def _combine(self, found, parts):
        """Return a query of all that is found of accounts, a row each.

        :param found: types in the database by name, of all that is found
        :param parts: pairs of names, and of the query by account that tells these
        """
        names = [SQL.identifier(name) for name in found]
        return SQL(
            """
            SELECT account, %(found)s
              FROM (%(queries)s) row (account, %(names)s)
             GROUP BY account
            """,
            # each is told by one query
            found=SQL(", ").join(SQL("MAX(%s) AS %s", name, name) for name in names),
            queries=SQL(" UNION ALL ").join(
                SQL(
                    "SELECT account, %s FROM (%s) part",
                    SQL(", ").join(
                        SQL("%s::%s", SQL.identifier(name), kind)
                        if name in part
                        else SQL("NULL::%s", kind)
                        for name, kind in found.items()
                    ),
                    query,
                )
                for part, query in parts
            ),
            names=SQL(", ").join(names),
        )

    @api.model
    def _get_kept_numbers(self):
        return [
            *super()._get_kept_numbers(),
            (self._get_kept_columns("habit", BEHAVIOUR), self._get_behaviour_join()),
        ]

    @api.model
    def _get_behaviour_join(self):
        return SQL(
            """
            LEFT JOIN customer_account_habit habit ON habit.account_id = account.id
            """
        )

    @api.model
    def _get_found_columns(self, company):
        """Return what each field is of what was ``found``, rounded as it is stored."""

        def rounded(name, digits):
            return SQL("ROUND(COALESCE(found.%s, 0), %s)", SQL.identifier(name), digits)

        decimals = company.currency_id.decimal_places
        columns = {
            "product_count": SQL("COALESCE(found.products, 0)"),
            "category_count": SQL("COALESCE(found.categories, 0)"),
            "payment_delay": rounded("delay", 2),
            "has_payment_delay": SQL("found.delay IS NOT NULL"),
            "previous_revenue": rounded("revenue_before", decimals),
            "order_gap": rounded("gap", 2),
            "order_gap_variation": rounded("variation", 4),
            "returned_date": SQL("found.returned"),
        }
        return {name: columns[name] for name in BEHAVIOUR}

    @api.model
    def _get_behaviour_queries(self, company, scope, partner_ids):
        """Return queries of all that is FOUND by account, and the names each tells."""
        start, end = self._get_window(company)
        return [
            (
                ("products", "categories"),
                self._get_bought_query(company, scope, start, end, partner_ids),
            ),
            (
                ("delay",),
                self._get_paid_query(company, scope, start, end, partner_ids),
            ),
            (
                ("gap", "variation", "returned"),
                self._get_rhythm_query(company, scope, partner_ids),
            ),
            (("revenue_before",), self._get_before_query(company, scope, start)),
        ]

    # ------------------------------------------------------------------
    # Queries
    # ------------------------------------------------------------------

    @api.model
    def _get_documents_of_accounts(
        self, company, scope, source, start=None, end=None, partner_ids=None
    ):
        """Return the tables and the condition of a source's rows, with ``account``.

        :param source: dict of ``customer.profit.source``, completed
        """
        facts = self.env["customer.profit.month"]
        tables = SQL(
            """
            %s JOIN customer_account account
                 ON account.partner_id = %s AND account.company_id = %s
            """,
            source["tables"],
            source["partner"],
            company.id,
        )
        condition = facts._get_row_condition(
            source, source["condition"], start, end, partner_ids
        )
        return tables, SQL("%s AND %s", condition, scope)

    @api.model
    def _get_bought_query(self, company, scope, start, end, partner_ids):
        """Products that brought revenue; in the documents' currency: rates differ."""
        tables, condition = self._get_documents_of_accounts(
            company,
            scope,
            self.env["customer.profit.month"]._get_sale_rows(company),
            *(start, end, partner_ids),
        )
        return SQL(
            """
            SELECT account, COUNT(DISTINCT product.id) AS products,
                   COUNT(DISTINCT template.categ_id) AS categories
              FROM (
                  SELECT account.id AS account, line.product_id
                    FROM %s
                   WHERE %s AND line.product_id IS NOT NULL
                   GROUP BY account.id, line.product_id, line.currency_id
                  HAVING SUM(line.amount_currency) < 0
              ) bought
              JOIN product_product product ON product.id = bought.product_id
              JOIN product_template template ON template.id = product.product_tmpl_id
             GROUP BY account
            """,
            tables,
            condition,
        )

    @api.model
    def _get_paid_query(self, company, scope, start, end, partner_ids):
        """Days from due to paid, of each part that was paid of each instalment.

        What is credited is not paid, nor are differences of exchange. A payment that
        came before its invoice counts from the invoice on. Where payments are booked
        only when the bank confirms them, an invoice is paid when its payment was
        registered.
        """
        facts = self.env["customer.profit.month"]
        tables, condition = self._get_documents_of_accounts(
            company,
            scope,
            facts._complete(facts._get_sale_documents(company)),
            *(start, end, partner_ids),
        )
        due = SQL("GREATEST(line.date_maturity, line.date)")
        # of a sale document only receivable lines have a due date
        instalments = SQL(
            """
            %s JOIN account_move_line line
                 ON line.move_id = move.id AND line.date_maturity IS NOT NULL
            """,
            tables,
        )
        return SQL(
            """
            SELECT account, SUM(amount * days) / SUM(amount) AS delay
              FROM (
                  SELECT account.id AS account, settled.amount,
                         settled.max_date - %(due)s AS days
                    FROM %(instalments)s
                    JOIN account_partial_reconcile settled
                      ON settled.debit_move_id = line.id
                    JOIN account_move_line counterpart
                      ON counterpart.id = settled.credit_move_id
                    JOIN account_move payer ON payer.id = counterpart.move_id
                   WHERE %(condition)s
                     -- of the invoice or after it, which spares most of the others
                     AND settled.max_date >= %(start)s
                     AND payer.move_type NOT IN %(sale_types)s
                     AND NOT EXISTS (
                             SELECT FROM account_partial_reconcile other
                              WHERE other.exchange_move_id = payer.id)
                  UNION ALL
                  SELECT account.id, line.amount_residual,
                         GREATEST(registered.date, line.date) - %(due)s
                    FROM %(instalments)s
                    JOIN LATERAL (
                         SELECT MAX(payment.date) AS date
                           FROM account_move__account_payment link
                           JOIN account_payment payment ON payment.id = link.payment_id
                          WHERE link.invoice_id = move.id
                            AND payment.state IN ('in_process', 'paid')
                         ) registered ON registered.date IS NOT NULL
                   WHERE %(condition)s
                     AND move.payment_state = 'in_payment'
                     AND line.amount_residual > 0
              ) paid
             WHERE amount > 0
             GROUP BY account
            """,
            due=due,
            instalments=instalments,
            condition=condition,
            start=start,
            sale_types=facts._get_sale_types(),
        )

    @api.model
    def _get_rhythm_query(self, company, scope, partner_ids):
        """Days between orders, which are days on which something was sold."""
        from ..engine import lifecycle  # numpy only when needed

        source = self.env["customer.profit.month"]._get_order_source(company)
        tables, condition = self._get_documents_of_accounts(
            company, scope, source, partner_ids=partner_ids
        )
        return SQL(
            """
            SELECT account, AVG(gap) AS gap,
                   STDDEV_POP(gap) / AVG(gap) AS variation,
                   MAX(day) FILTER (WHERE gap > %(lost)s) AS returned
              FROM (
                  SELECT account.id AS account, %(day)s AS day,
                         %(day)s - LAG(%(day)s) OVER (
                             PARTITION BY account.id ORDER BY %(day)s) AS gap
                    FROM %(tables)s
                   WHERE %(condition)s
              ) orders
              -- several documents of a day are one order
             WHERE gap > 0
             GROUP BY account
            """,
            lost=lifecycle.silence_days(company.customer_lost_months),
            day=source["order_date"],
            tables=tables,
            condition=condition,
        )

    @api.model
    def _get_before_query(self, company, scope, start):
        return SQL(
            """
            SELECT account.id AS account, SUM(month.revenue) AS revenue_before
              FROM customer_profit_month month
              JOIN customer_account account ON account.id = month.account_id
             WHERE account.company_id = %s AND %s
               AND month.month >= %s AND month.month < %s
             GROUP BY account.id
            """,
            company.id,
            scope,
            start - relativedelta(months=company.customer_window_months),
            start,
        )
