from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.date_utils import relativedelta

from .account_rows import replace_differing
from .customer_account_goodwill import KINDS

MANAGER = "customer_centricity.group_manager"
# The fields that tell how well an account and we get on
GOODWILL = ("goodwill", "has_goodwill", "goodwill_change", "has_goodwill_change")
# What is found of an account in the months, with its type in the database: of the
# window, of the one before it, and of the one before that. Floats add up fast; what
# they come to is rounded before anything rests on it.
EFFORT = {
    f"{name}_{window}": kind
    for name, kind in {
        "orders": SQL("integer"),
        "hours": SQL("float"),
        "cost": SQL("float"),
        "revenue": SQL("float"),
    }.items()
    for window in range(3)
}
# How many complaints of each kind there are in the window and before
COMPLAINTS = {
    f"{kind}_{window}": SQL("integer") for kind in KINDS for window in range(2)
}
DELAY = {"delay_1": SQL("float")}
FOUND = EFFORT | COMPLAINTS | DELAY
# An invoice written anew within so many days after it was credited whole was wrong
# itself: that was a correction, and no complaint. Of who orders about as often as that,
# it may as well be the next order.
CORRECTION_DAYS = 7


class CustomerAccount(models.Model):
    """How well an account and we get on: the goodwill index.

    What it rests on is found by the refresh in facts and documents, set-based, and kept
    aside with the index (customer_account_goodwill.py). What the index is, is told in
    engine/goodwill.py; customer_account_goodwill_index.py has it as SQL.
    """

    _inherit = "customer.account"

    goodwill = fields.Float(
        readonly=True,
        digits=(16, 1),
        groups=MANAGER,
        aggregator="avg",
        help="0 to 100: complaints, hours of an order and cost to serve beside the "
        "window before, and how late it pays. 100 is as good as it can be.",
    )
    has_goodwill = fields.Boolean(
        string="Goodwill Is Known",
        readonly=True,
        groups=MANAGER,
        help="Enough is known of the account for an index.",
    )
    goodwill_change = fields.Float(
        readonly=True,
        digits=(16, 1),
        groups=MANAGER,
        aggregator="avg",
        help="By how much the index changed since the window before, by those parts "
        "that are known of both.",
    )
    has_goodwill_change = fields.Boolean(
        string="Change of Goodwill Is Known", readonly=True, groups=MANAGER
    )

    # 'NaN' is above every number
    _goodwill_range = models.Constraint(
        "CHECK(goodwill >= 0 AND goodwill <= 100"
        " AND goodwill_change >= -100 AND goodwill_change <= 100)",
        "The goodwill of an account is between 0 and 100.",
    )

    # ------------------------------------------------------------------
    # From facts and documents to columns
    # ------------------------------------------------------------------

    @api.model
    def _refresh_goodwill(self, company):
        """Find the goodwill of the company's next accounts; return of how many.

        Of all, when the window is another one; otherwise of those only that were noted,
        with their behaviours (customer_account_occasion.py): whoever had no document,
        fact or answer changed has the same goodwill.
        """
        if not self._must_find_goodwill(company):
            return 0
        count, first, last = self._get_next_range(company)
        if count:
            self._find_goodwill(
                company, SQL("account.id BETWEEN %s AND %s", first, last)
            )
            company.customer_refresh_cursor = last
        else:
            company.customer_goodwill_basis = self._get_goodwill_basis(company)
        return count

    @api.model
    def _must_find_goodwill(self, company):
        """Return whether a whole refresh finds the goodwill of all accounts."""
        return company.customer_goodwill_basis != self._get_goodwill_basis(company)

    @api.model
    def _get_goodwill_basis(self, company):
        return f"{company.customer_window_end} {company.customer_window_months}"

    @api.model
    def _find_goodwill(self, company, scope, partner_ids=None):
        """Keep the goodwill of the accounts in the scope, and what it rests on.

        :param scope: SQL condition on ``account``
        :param partner_ids: their commercial partners, where these are few
        """
        # answers from before the account are its own: those of the first refresh, too
        self._adopt_answers(company, scope)
        self.env.flush_all()
        # compiling this statement takes longer than it saves
        self.env.cr.execute("SET LOCAL jit = off")
        kept = self._get_goodwill_facts(company)
        columns = {name: SQL("fact.%s", SQL.identifier(name)) for name in kept}
        columns |= {
            "goodwill": SQL("COALESCE(mean.goodwill, 0)"),
            "has_goodwill": SQL("mean.goodwill IS NOT NULL"),
            "goodwill_change": SQL("COALESCE(mean.change, 0)"),
            "has_goodwill_change": SQL("mean.change IS NOT NULL"),
        }
        replace_differing(
            self.env["customer.account.goodwill"],
            list(columns),
            SQL(
                """
                SELECT fact.account_id, %(columns)s
                  FROM (
                      SELECT account.id AS account_id, %(facts)s
                        FROM customer_account account
                        LEFT JOIN customer_account_habit habit
                               ON habit.account_id = account.id AND %(profiled)s
                        LEFT JOIN (%(found)s) found
                               ON found.account = account.id AND %(profiled)s
                       WHERE account.company_id = %(company)s AND %(scope)s
                      -- each step once a row, and not where it is referred to
                      OFFSET 0
                  ) fact
                  CROSS JOIN LATERAL (SELECT %(points)s OFFSET 0) point
                  CROSS JOIN LATERAL (SELECT %(means)s OFFSET 0) mean
                """,
                columns=SQL(", ").join(columns.values()),
                facts=self._name_all(kept | self._get_earlier_facts()),
                found=self._get_goodwill_query(company, scope, partner_ids),
                company=company.id,
                profiled=self._get_profiled_condition(),
                scope=scope,
                points=self._name_all(self._get_goodwill_points()),
                means=self._name_all(self._get_goodwill_means()),
            ),
        )

    @api.model
    def _get_kept_numbers(self):
        columns = self._get_kept_columns("regard", GOODWILL)
        join = SQL(
            """
            LEFT JOIN customer_account_goodwill regard
                   ON regard.account_id = account.id
            """
        )
        return [*super()._get_kept_numbers(), (columns, join)]

    # ------------------------------------------------------------------
    # What it rests on
    # ------------------------------------------------------------------

    @api.model
    def _get_goodwill_facts(self, company):
        """Return what is kept of what was ``found``, rounded as it is stored."""
        decimals = company.currency_id.decimal_places
        facts = {}
        for prefix, window in (("", 0), ("previous_", 1)):
            facts |= {
                f"{prefix}order_count": self._get_total("orders", window),
                **{
                    f"{prefix}{kind}_count": self._get_total(kind, window)
                    for kind in KINDS
                },
                f"{prefix}hours": self._get_total("hours", window, 2),
                f"{prefix}cost": self._get_total("cost", window, decimals),
                f"{prefix}revenue": self._get_total("revenue", window, decimals),
            }
        return facts | {
            "payment_delay": SQL("COALESCE(habit.payment_delay, 0)"),
            "has_payment_delay": SQL("COALESCE(habit.has_payment_delay, FALSE)"),
            "previous_payment_delay": self._get_total("delay", 1, 2),
            "has_previous_payment_delay": SQL("found.delay_1 IS NOT NULL"),
        }

    @api.model
    def _get_earlier_facts(self):
        """Return what the trends of the window before are measured by."""
        return {
            f"earlier_{name}": self._get_total(found, 2)
            for name, found in {
                "order_count": "orders",
                "hours": "hours",
                "cost": "cost",
                "revenue": "revenue",
            }.items()
        }

    @api.model
    def _get_total(self, name, window, decimals=None):
        column = SQL("COALESCE(found.%s, 0)", SQL.identifier(f"{name}_{window}"))
        if decimals is None:
            return column
        return SQL("ROUND(%s::numeric, %s)", column, decimals)

    @api.model
    def _get_goodwill_query(self, company, scope, partner_ids):
        """Return all that is FOUND, a row an account."""
        start, end = self._get_window(company)
        length = relativedelta(months=company.customer_window_months)
        parts = (
            (EFFORT, self._get_effort_query(scope, start, end, length)),
            (
                COMPLAINTS,
                self._get_counted_complaints(
                    company, scope, start, end, length, partner_ids
                ),
            ),
            (
                DELAY,
                SQL(
                    "SELECT account, delay AS delay_1 FROM (%s) paid",
                    self._get_paid_query(
                        company, scope, start - length, start, partner_ids
                    ),
                ),
            ),
        )
        return self._combine(FOUND, parts)

    @api.model
    def _get_effort_query(self, scope, start, end, length):
        """What accounts brought and what serving them took, month by month."""
        before = start - length
        windows = (
            SQL("month >= %s", start),
            SQL("month < %s AND month >= %s", start, before),
            SQL("month < %s", before),
        )
        sums = {
            "orders": SQL("order_count"),
            "hours": SQL("hours::float"),
            "cost": SQL(
                "(COALESCE(time_cost, 0) + COALESCE(other_cost, 0)"
                " + COALESCE(serving_cost, 0))::float"
            ),
            "revenue": SQL("revenue::float"),
        }
        return SQL(
            """
            SELECT account.id AS account, %(sums)s
              FROM (
                  -- a scope is one of ids, which the months have themselves
                  SELECT account_id AS id, month, order_count, hours, revenue,
                         time_cost, other_cost, serving_cost
                    FROM customer_profit_month
              ) account
             WHERE %(scope)s AND month >= %(earliest)s AND month < %(end)s
             GROUP BY account.id
            """,
            sums=self._name_all(
                {
                    f"{name}_{window}": SQL(
                        "SUM(%s) FILTER (WHERE %s)", amount, condition
                    )
                    for name, amount in sums.items()
                    for window, condition in enumerate(windows)
                }
            ),
            scope=scope,
            earliest=before - length,
            end=end,
        )

    @api.model
    def _get_counted_complaints(self, company, scope, start, end, length, partner_ids):
        """How many complaints of each kind there are, in the window and before."""
        windows = (SQL("day >= %s", start), SQL("day < %s", start))
        return SQL(
            """
            SELECT account, %(counts)s
              FROM (%(queries)s) complaint (account, day, kind)
             GROUP BY account
            """,
            counts=self._name_all(
                {
                    f"{kind}_{window}": SQL(
                        "COUNT(*) FILTER (WHERE kind = %s AND %s)", kind, condition
                    )
                    for kind in KINDS
                    for window, condition in enumerate(windows)
                }
            ),
            queries=SQL(" UNION ALL ").join(
                self._get_complaint_queries(
                    company, scope, start - length, end, partner_ids
                )
            ),
        )

    @api.model
    def _get_complaint_queries(self, company, scope, start, end, partner_ids=None):
        """Return queries of complaints; meant to be extended, as by a helpdesk.

        With ``customer.account.change._get_change_queries``, which has to tell whose
        complaints have changed.

        :return: list of SQL selecting the account's id, the day, and the kind, which is
            one of KINDS: ``case`` for what people have opened as a case
        """
        return [
            self._get_reasoned_credit_query(company, scope, start, end, partner_ids),
            self._get_negative_answer_query(company, scope, start, end),
        ]

    @api.model
    def _get_reasoned_credit_query(self, company, scope, start, end, partner_ids):
        """Credit notes that say why they were written, and are no corrections.

        The reason is written behind the number of the invoice: a reference in which
        nothing follows that number has none, and a credit of no invoice, as a rebate of
        the year, is none. A correction is another invoice soon after, of the same
        products, for as much money or of as many of them; of who orders that often
        anyway, one of the day of the credit note.
        """
        facts = self.env["customer.profit.month"]
        documents = facts._get_sale_documents(company)
        tables, condition = self._get_documents_of_accounts(
            company,
            scope,
            facts._complete(
                documents
                | {
                    "lines": SQL(
                        """
                        account_move move
                        -- one by one: credit notes are few among invoices
                        JOIN LATERAL (
                            SELECT id, name, amount_untaxed, currency_id
                              FROM account_move
                             WHERE id = move.reversed_entry_id
                            OFFSET 0
                        ) credited ON TRUE
                        """
                    ),
                    "where": SQL(
                        "%s AND move.move_type = 'out_refund'", documents["where"]
                    ),
                }
            ),
            *(start, end, partner_ids),
        )
        return SQL(
            """
            SELECT account.id, move.date, 'credit_note'
              FROM %(tables)s
             WHERE %(condition)s
               AND strpos(move.ref, credited.name) > 0
               AND substr(move.ref, strpos(move.ref, credited.name)
                                    + length(credited.name)) ~ '[^[:space:][:punct:]]'
               AND NOT (
                   move.amount_untaxed >= credited.amount_untaxed
                   AND EXISTS (
                       SELECT FROM account_move anew
                         CROSS JOIN LATERAL (%(sold_anew)s) sold_anew
                         CROSS JOIN LATERAL (%(sold)s) sold
                        WHERE anew.partner_id = move.partner_id
                          AND anew.company_id = move.company_id
                          AND anew.state = 'posted'
                          AND anew.move_type = 'out_invoice'
                          AND anew.id <> credited.id
                          AND anew.date >= move.date
                          AND anew.date <= move.date + (
                              CASE WHEN %(often)s THEN 0 ELSE %(days)s END)
                          AND sold_anew.products = sold.products
                          AND (sold_anew.quantities = sold.quantities
                               OR anew.amount_untaxed = credited.amount_untaxed
                              AND anew.currency_id = credited.currency_id)))
            """,
            tables=tables,
            condition=condition,
            days=CORRECTION_DAYS,
            sold=self._get_sold_query(SQL("credited.id")),
            sold_anew=self._get_sold_query(SQL("anew.id")),
            often=SQL(
                """
                EXISTS (SELECT FROM customer_account_habit habit
                         WHERE habit.account_id = account.id
                           AND habit.order_gap > 0 AND habit.order_gap < %s)
                """,
                2 * CORRECTION_DAYS,
            ),
        )

    @api.model
    def _get_sold_query(self, move_id):
        """Return the products that an invoice sold, and how many of each, as arrays."""
        return SQL(
            """
            SELECT array_agg(product_id ORDER BY product_id) AS products,
                   array_agg(quantity ORDER BY product_id) AS quantities
              FROM (
                  SELECT COALESCE(product_id, 0) AS product_id,
                         SUM(quantity) AS quantity
                    FROM account_move_line
                   WHERE move_id = %s AND display_type = 'product'
                   GROUP BY 1
              ) sold
            """,
            move_id,
        )

    @api.model
    def _get_negative_answer_query(self, company, scope, start, end):
        """Answers of contacts who would not recommend us."""
        return SQL(
            """
            SELECT account.id, response.date, 'answer'
              FROM customer_nps_response response
              JOIN customer_account account ON account.id = response.account_id
             WHERE response.company_id = %s AND response.kind = 'detractor'
               AND response.date >= %s AND response.date < %s AND %s
            """,
            company.id,
            start,
            end,
            scope,
        )
