from odoo import api, models
from odoo.tools import SQL
from odoo.tools.date_utils import relativedelta, start_of

from .account_rows import replace_rows

# What is found of a behaviour, with its type in the database
FOUND = {
    "date": SQL("date"),
    "amount": SQL("numeric"),
    "category_id": SQL("integer"),
    "up_sell_way": SQL("varchar"),
}
# How it is told which is which
KEY = ("account_id", "quarter", "kind")


class CustomerBehaviour(models.Model):
    """How behaviours are found in documents and facts.

    Sale documents are summed up once, by account, quarter and product category, and
    facts by account and quarter; all but referrals is found in these two.
    """

    _inherit = "customer.behaviour"

    @api.model
    def _find(self, company, scope, partner_ids=None):
        """Find the behaviours and bought categories of the accounts in the scope.

        :param scope: SQL condition on ``account``
        :param partner_ids: their commercial partners, where these are few
        """
        self.env.flush_all()
        # compiling these statements takes longer than it saves
        self.env.cr.execute("SET LOCAL jit = off")
        self._sum_up_sales(company, scope, partner_ids)
        self._sum_up_facts(company, scope)
        self._keep_differing(
            company,
            SQL("%s AND old.kind <> 'referral'", scope),
            SQL(" UNION ALL ").join(self._get_queries(company)),
        )
        self._write_categories(company, scope)

    @api.model
    def _find_referrals(self, company):
        """Bring the referrals of all accounts of the company up to date.

        These are few and depend on two accounts each: all are looked at each time.
        """
        self.env.flush_all()
        self._keep_differing(
            company,
            SQL("old.kind = 'referral'"),
            self._get_referral_query(company),
        )

    # ------------------------------------------------------------------
    # Sums
    # ------------------------------------------------------------------

    @api.model
    def _sum_up_sales(self, company, scope, partner_ids):
        """Sum up sale documents: ``customer_sold``; category 0 is none.

        Quantities are in the units that others are multiples of: who orders a dozen
        instead of twelve buys the same.
        """
        accounts = self.env["customer.account"]
        tables, condition = accounts._get_documents_of_accounts(
            company,
            scope,
            self.env["customer.profit.month"]._get_sale_rows(company),
            partner_ids=partner_ids,
        )
        start, end = accounts._get_window(company)
        self.env.cr.execute("DROP TABLE IF EXISTS customer_sold")
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE customer_sold ON COMMIT DROP AS
                SELECT account.id AS account_id,
                       COALESCE(product.category_id, 0) AS category_id,
                       date_trunc('quarter', line.date::timestamp)::date AS quarter,
                       SUM(-line.balance) AS revenue,
                       SUM(-line.amount_currency) AS priced,
                       MIN(line.currency_id) AS currency_id,
                       MAX(line.currency_id) AS other_currency_id,
                       SUM(CASE WHEN move.move_type = 'out_refund'
                                THEN -line.quantity ELSE line.quantity END
                           * COALESCE(unit.factor::numeric, 1)) AS quantity,
                       MIN(line.date) FILTER (WHERE line.balance < 0) AS first_date,
                       MAX(line.date) FILTER (WHERE line.balance < 0) AS last_date,
                       SUM(-line.balance) FILTER (
                           WHERE line.date >= %(start)s AND line.date < %(end)s)
                       AS window_revenue
                  FROM %(tables)s
                  LEFT JOIN (
                      SELECT product.id, template.categ_id AS category_id
                        FROM product_product product
                        JOIN product_template template
                          ON template.id = product.product_tmpl_id
                  ) product ON product.id = line.product_id
                  LEFT JOIN uom_uom unit ON unit.id = line.product_uom_id
                 WHERE %(condition)s
                 GROUP BY account.id, product.category_id,
                          date_trunc('quarter', line.date::timestamp)
                """,
                tables=tables,
                condition=condition,
                start=start,
                end=end,
            )
        )
        self.env.cr.execute("ANALYZE customer_sold")

    @api.model
    def _sum_up_facts(self, company, scope):
        """Sum up facts by quarter, beside what was before: ``customer_quarter``.

        Whether an account stays is seen month by month: who orders often does so in
        the middle of a quarter.
        """
        from ..engine import behaviours, lifecycle  # numpy only when needed

        self.env.cr.execute("DROP TABLE IF EXISTS customer_quarter")
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE customer_quarter ON COMMIT DROP AS
                SELECT *,
                       SUM(revenue) OVER year AS year_revenue,
                       SUM(cost) OVER year AS year_cost,
                       SUM(revenue) OVER before AS revenue_before,
                       SUM(cost) OVER before AS cost_before,
                       MIN(quarter) OVER (PARTITION BY account_id)
                       <= quarter - interval '21 months' AS has_year_before
                  FROM (
                      SELECT account_id,
                             date_trunc('quarter', month::timestamp)::date AS quarter,
                             SUM(revenue) AS revenue,
                             SUM(cost) AS cost,
                             MIN(first_date) FILTER (WHERE first_before IS NULL)
                             AS first_ever,
                             MIN(first_date) FILTER (
                                 WHERE first_date - first_before >= %(year)s
                                   -- a gap is known from two orders on
                                   AND orders_before >= 2
                                   AND first_date - last_before <= GREATEST(
                                       %(gaps)s * (last_before - first_before)::numeric
                                       / NULLIF(orders_before - 1, 0), %(least)s))
                             AS staying_date
                        FROM (%(months)s) month
                       GROUP BY 1, 2
                  ) quarter
                WINDOW year AS (PARTITION BY account_id ORDER BY quarter
                           RANGE BETWEEN '9 months' PRECEDING AND CURRENT ROW),
                       before AS (PARTITION BY account_id ORDER BY quarter
                           RANGE BETWEEN '21 months' PRECEDING
                                     AND '12 months' PRECEDING)
                """,
                year=behaviours.STAYING_DAYS,
                gaps=behaviours.USUAL_GAPS,
                least=lifecycle.LEAST_SILENCE,
                months=self._get_months_query(company, scope),
            )
        )

    @api.model
    def _get_months_query(self, company, scope):
        """Return the facts of months, beside the orders of those before."""
        return SQL(
            """
            SELECT month.account_id, month.month, month.revenue,
                   month.time_cost + month.other_cost + month.serving_cost AS cost,
                   month.first_order_date AS first_date,
                   MIN(month.first_order_date) OVER before AS first_before,
                   MAX(month.last_order_date) OVER before AS last_before,
                   SUM(month.order_count) OVER before AS orders_before
              FROM customer_profit_month month
              JOIN customer_account account ON account.id = month.account_id
             WHERE account.company_id = %s AND %s
            WINDOW before AS (PARTITION BY month.account_id ORDER BY month.month
                       ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
            """,
            company.id,
            scope,
        )

    # ------------------------------------------------------------------
    # What is found in them
    # ------------------------------------------------------------------

    @api.model
    def _get_kept_quarter(self, company):
        """Return the first quarter that behaviours which repeat are kept of."""
        from ..engine import behaviours  # numpy only when needed

        _start, end = self.env["customer.account"]._get_window(company)
        return start_of(end, "quarter") - relativedelta(
            months=3 * behaviours.KEPT_QUARTERS
        )

    @api.model
    def _get_queries(self, company):
        """Return queries of KEY and FOUND, in this order, one a kind of behaviour."""
        return [
            self._get_first_purchase_query(),
            self._get_up_sell_query(company),
            self._get_cross_sell_query(),
            self._get_permanence_query(company),
            self._get_goodwill_query(company),
        ]

    @api.model
    def _get_first_purchase_query(self):
        return SQL(
            """
            SELECT account_id, quarter, 'first_purchase', GREATEST(first_ever, quarter),
                   revenue, NULL::integer, NULL
              FROM customer_quarter
             WHERE first_ever IS NOT NULL
            """
        )

    @api.model
    def _get_up_sell_query(self, company):
        """More of a category than a year before, or a better version of it.

        What was priced in one foreign currency both times is compared at the rate of
        the later: that currencies move is nobody's behaviour.
        """
        from ..engine import behaviours  # numpy only when needed

        return SQL(
            """
            SELECT account_id, quarter, 'up_sell', first_date, revenue - old_revenue,
                   NULLIF(category_id, 0),
                   CASE WHEN dearer THEN 'better' ELSE 'more' END
              FROM (
                  SELECT *,
                         quantity > 0 AND old_quantity > 0
                         AND revenue * old_quantity
                             >= old_revenue * quantity * (1 + %(gain)s)
                         AS dearer
                    FROM (
                        SELECT sold.*, before.quantity AS old_quantity,
                               CASE WHEN sold.currency_id = sold.other_currency_id
                                     AND sold.currency_id = before.currency_id
                                     AND sold.currency_id = before.other_currency_id
                                     AND sold.currency_id <> %(currency)s
                                     AND sold.priced <> 0
                                    THEN before.priced * sold.revenue / sold.priced
                                    ELSE before.revenue END AS old_revenue
                          FROM customer_sold sold
                          JOIN customer_sold before
                            ON before.account_id = sold.account_id
                           AND before.category_id = sold.category_id
                           AND before.quarter = (sold.quarter - interval '1 year')::date
                         WHERE sold.quarter >= %(kept)s AND before.revenue > 0
                    ) sold
              ) sold
             WHERE old_revenue > 0
               AND (revenue - old_revenue >= old_revenue * %(gain)s
                    OR revenue > old_revenue AND dearer
                       AND quantity >= old_quantity * (1 - %(gain)s))
            """,
            gain=behaviours.LEAST_GAIN,
            kept=self._get_kept_quarter(company),
            currency=company.currency_id.id,
        )

    @api.model
    def _get_cross_sell_query(self):
        return SQL(
            """
            SELECT account_id, quarter, 'cross_sell', first_date, revenue,
                   category_id, NULL
              FROM (
                  SELECT DISTINCT ON (account_id, category_id) *
                    FROM (
                        SELECT *, MIN(first_date) OVER (PARTITION BY account_id)
                                  AS first_ever
                          FROM customer_sold WHERE revenue > 0
                    ) sold
                   ORDER BY account_id, category_id, quarter
              ) sold
             WHERE category_id <> 0 AND first_date > first_ever
               AND category_id <> ALL(%s)
            """,
            self.env["product.category"]._get_not_proposed_ids(),
        )

    @api.model
    def _get_permanence_query(self, company):
        return SQL(
            """
            SELECT account_id, quarter, 'permanence', GREATEST(staying_date, quarter),
                   revenue, NULL::integer, NULL
              FROM customer_quarter
             WHERE quarter >= %s AND staying_date IS NOT NULL
            """,
            self._get_kept_quarter(company),
        )

    @api.model
    def _get_goodwill_query(self, company):
        """A year beside the one before it: single quarters are a matter of chance.

        The amount is the quarter's share of what the year took less.
        """
        from ..engine import behaviours  # numpy only when needed

        _start, end = self.env["customer.account"]._get_window(company)
        return SQL(
            """
            SELECT account_id, quarter, 'goodwill',
                   (quarter + interval '3 months' - interval '1 day')::date,
                   (year_revenue * cost_before / NULLIF(revenue_before, 0) - year_cost)
                   / 4,
                   NULL::integer, NULL
              FROM customer_quarter
             -- costs of a quarter that is not over are yet to come
             WHERE quarter >= %(kept)s AND quarter + interval '3 months' <= %(end)s
               AND revenue > 0 AND year_revenue > 0 AND has_year_before
               AND revenue_before > 0 AND cost_before >= revenue_before * %(least)s
               AND year_cost * revenue_before
                   <= year_revenue * cost_before * (1 - %(gain)s)
            """,
            kept=self._get_kept_quarter(company),
            end=end,
            least=behaviours.LEAST_COST_SHARE,
            gain=behaviours.LEAST_GAIN,
        )

    @api.model
    def _get_referral_query(self, company):
        return SQL(
            """
            SELECT referrer.id, first.quarter, 'referral', MIN(first.date),
                   SUM(first.revenue), NULL::integer, NULL
              FROM res_partner contact
              JOIN customer_account referred
                ON referred.partner_id = contact.id
               AND referred.company_id = %(company)s
              JOIN res_partner recommending ON recommending.id = contact.referred_by_id
              JOIN customer_account referrer
                ON referrer.partner_id = recommending.commercial_partner_id
               AND referrer.company_id = %(company)s
              JOIN LATERAL (
                  SELECT old.quarter, old.date, old.amount AS revenue
                    FROM customer_behaviour old
                   WHERE old.account_id = referred.id AND old.kind = 'first_purchase'
              ) first ON TRUE
             WHERE contact.referred_by_id IS NOT NULL AND referrer.id <> referred.id
             GROUP BY referrer.id, first.quarter
            """,
            company=company.id,
        )

    # ------------------------------------------------------------------
    # Writing what differs
    # ------------------------------------------------------------------

    @api.model
    def _keep_differing(self, company, scope, query):
        """Make the rows of the scope what the query finds; only those that differ.

        :param scope: SQL condition on ``old`` and its ``account``
        :param query: SQL selecting KEY and FOUND
        """
        columns = SQL(", ").join(map(SQL.identifier, KEY + tuple(FOUND)))
        replace_rows(
            self,
            KEY,
            FOUND,
            SQL(
                "SELECT %s, %s FROM (%s) found (%s)",
                SQL(", ").join(map(SQL.identifier, KEY)),
                SQL(", ").join(self._get_rounded(company, name) for name in FOUND),
                query,
                columns,
            ),
            self._get_kept_query(self, company, scope),
            # without a category, or in the same one
            [SQL("COALESCE(old.category_id, 0) = COALESCE(new.category_id, 0)")],
        )

    @api.model
    def _get_kept_query(self, records, company, scope):
        """Return the rows of a model that there are of the accounts in the scope."""
        return SQL(
            """
            SELECT old.*
              FROM %s old JOIN customer_account account ON account.id = old.account_id
             WHERE account.company_id = %s AND %s
            """,
            SQL.identifier(records._table),
            company.id,
            scope,
        )

    @api.model
    def _get_rounded(self, company, name):
        """Return a column of what was found, as it is stored."""
        if name == "amount":
            return SQL(
                "ROUND(amount, %s) AS amount", company.currency_id.decimal_places
            )
        column = SQL.identifier(name)
        return SQL("%s::%s AS %s", column, FOUND[name], column)

    @api.model
    def _write_categories(self, company, scope):
        """Make bought categories what sale documents tell; only those that differ."""
        categories = self.env["customer.account.category"]
        replace_rows(
            categories,
            ("account_id", "category_id"),
            ("first_date", "last_date", "revenue"),
            SQL(
                """
                SELECT account_id, category_id, MIN(first_date), MAX(last_date),
                       ROUND(COALESCE(SUM(window_revenue), 0), %s)
                  FROM customer_sold
                 WHERE category_id <> 0
                 GROUP BY account_id, category_id
                HAVING SUM(revenue) > 0
                """,
                company.currency_id.decimal_places,
            ),
            self._get_kept_query(categories, company, scope),
        )

    @api.model
    def _move_window(self, company):
        """Bring the revenue of bought categories to the profit window, for all."""
        accounts = self.env["customer.account"]
        self.env.flush_all()
        # compiling this statement takes longer than it saves
        self.env.cr.execute("SET LOCAL jit = off")
        tables, condition = accounts._get_documents_of_accounts(
            company,
            SQL("TRUE"),
            self.env["customer.profit.month"]._get_sale_rows(company),
            *accounts._get_window(company),
        )
        self.env.cr.execute(
            SQL(
                """
                WITH sold AS (
                    SELECT account.id AS account_id, template.categ_id AS category_id,
                           ROUND(SUM(-line.balance), %(digits)s) AS revenue
                      FROM %(tables)s
                      JOIN product_product product ON product.id = line.product_id
                      JOIN product_template template
                        ON template.id = product.product_tmpl_id
                     WHERE %(condition)s
                     GROUP BY account.id, template.categ_id
                )
                UPDATE customer_account_category old
                   SET revenue = new.revenue
                  FROM (
                      SELECT old.id, COALESCE(sold.revenue, 0) AS revenue
                        FROM customer_account_category old
                        JOIN customer_account account ON account.id = old.account_id
                        LEFT JOIN sold ON sold.account_id = old.account_id
                                      AND sold.category_id = old.category_id
                       WHERE account.company_id = %(company)s
                  ) new
                 WHERE new.id = old.id AND old.revenue IS DISTINCT FROM new.revenue
                """,
                digits=company.currency_id.decimal_places,
                tables=tables,
                condition=condition,
                company=company.id,
            )
        )
        self.env["customer.account.category"].invalidate_model()
