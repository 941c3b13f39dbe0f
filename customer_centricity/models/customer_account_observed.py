import datetime
from dataclasses import dataclass, replace

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.date_utils import relativedelta

from .number_frame import read_numbers

# Margins and serving costs are learnt from this many months.
MARGIN_MONTHS = 36
EPOCH = datetime.date(1970, 1, 1)
# What an account may ask for; in the database a code, the position here.
OWN_METHODS = ("", "probabilistic", "contract", "plain")


@dataclass(frozen=True)
class Terms:
    """What a valuation goes by: how the nightly refresh and a yearly run differ."""

    date: datetime.date  # as of the end of this day: nothing later is seen
    start: datetime.date  # first day of the profit window
    end: datetime.date  # day after its last
    months_end: datetime.date  # first day of the months that are not seen
    window_months: int
    months: int  # horizon
    rate: float  # of discounting, a year
    method: str
    minimum_months: float  # of history, to learn from it
    # Settled for the portfolio: from it where not given, see _settle
    holdout: float | None = None  # days
    ratio_unit: float | None = None  # money


class CustomerAccountValue(models.Model):
    """From documents to what the engine observes, some accounts at a time.

    Documents are many: the database sends those of a range of accounts in columns of
    plain numbers, and of each account one row is kept. That row depends on the account
    alone, so nothing differs with how many are read at once.
    """

    _inherit = "customer.account.value"

    @api.model
    def _get_terms(self, company, date=None, **changes):
        """Return the terms of the company's settings; meant for runs to change.

        :param date: as-of day, whose last whole month ends the profit window; None:
            today, and the window of the last refresh
        :param changes: fields of Terms that are not the company's
        """
        window_months = changes.get("window_months", company.customer_window_months)
        today = fields.Date.context_today(self)
        if date:
            end = (date + datetime.timedelta(days=1)).replace(day=1)
            start = end - relativedelta(months=window_months)
        else:
            start, end = self.env["customer.account"]._get_window(company)
        # A month that is not over by then is seen only while it is the present: its
        # sums do not tell what the rest of it has brought since
        months_end = end
        if not date or date >= today:
            date = date or today
            months_end = date.replace(day=1) + relativedelta(months=1)
        terms = Terms(
            date=date,
            start=start,
            end=end,
            months_end=months_end,
            window_months=window_months,
            months=company.customer_value_months,
            rate=company.customer_discount_rate,
            method=company.customer_value_method,
            minimum_months=company.customer_minimum_months,
        )
        return replace(terms, **changes)

    @api.model
    def _settle(self, company, terms):
        """Return the engine's settings of a portfolio.

        What depends on the portfolio as a whole comes from its months: to read all
        documents for it would take as long as all the rest. Who observes in several
        transactions puts ``holdout`` and ``ratio_unit`` into the terms of later ones.
        """
        from ..engine import settings  # numpy only when needed

        result = settings.Settings(
            end=_day_number(terms.date),
            method=terms.method,
            months=terms.months,
            yearly_rate=terms.rate,
            minimum_months=terms.minimum_months,
            window_years=terms.window_months / 12,
            holdout=terms.holdout,
            ratio_unit=terms.ratio_unit,
        )
        if None in (terms.holdout, terms.ratio_unit):
            span = self._get_observed_span(company, terms)
            result = result.settled(span, self._get_ratio_unit(company, terms))
        return result

    @api.model
    def _get_observed_span(self, company, terms):
        """Return how many days the portfolio is known, by its first orders."""
        import numpy as np

        from ..engine import transactions  # pandas only when needed

        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT first, COUNT(*)
                  FROM (
                      SELECT %(date)s::date - MIN(month.first_order_date) AS first
                        FROM customer_profit_month month
                        JOIN customer_account account ON account.id = month.account_id
                       WHERE account.company_id = %(company)s
                         AND month.month < %(end)s AND %(profiled)s
                       GROUP BY month.account_id
                  ) account
                 WHERE first >= 0
                 GROUP BY first
                """,
                date=terms.date,
                company=company.id,
                end=terms.months_end,
                profiled=self.env["customer.account"]._get_profiled_condition(),
            )
        )
        ages, accounts = np.array(rows, dtype=int).reshape(-1, 2).T
        return transactions.usual_span(np.repeat(ages, accounts))

    @api.model
    def _get_ratio_unit(self, company, terms):
        """Return the revenue of the average month with any."""
        self.env.flush_all()
        [[unit]] = self.env.execute_query(
            SQL(
                """
                SELECT AVG(revenue)::float
                  FROM (%s) month WHERE revenue > 0
                """,
                self._get_month_query(
                    company,
                    terms,
                    self.env["customer.account"]._get_profiled_condition(),
                ),
            )
        )
        return unit or 0

    @api.model
    def _observe(self, company, terms, first_id, last_id):
        """Return what the engine observes of a range of the company's accounts.

        :return: frame of ``engine.observation.observe``, of all accounts with
            first_id <= id <= last_id, archived ones too, but not of those whose
            customer does not want to be profiled
        """
        scope = SQL("account.id BETWEEN %s AND %s", first_id, last_id)
        return self._observe_scope(company, terms, self._settle(company, terms), scope)

    @api.model
    def _observe_scope(self, company, terms, settings, scope):
        """Return what the engine observes of the accounts in the scope.

        :param scope: SQL condition on ``account``
        """
        profiled = self.env["customer.account"]._get_profiled_condition()
        scope = SQL("%s AND %s", scope, profiled)
        return _observed(self._read_frames(company, terms, scope), settings)

    # ------------------------------------------------------------------
    # Which rows
    # ------------------------------------------------------------------

    @api.model
    def _get_account_query(self, company, terms, scope):
        """Return the accounts, with what the plain rule needs of their window.

        An account that ordered for the first time after the window is seen by what it
        has done since.
        """
        return SQL(
            """
            SELECT account.id AS account,
                   COALESCE(
                       array_position(
                           %(methods)s::varchar[], account.own_value_method) - 1, 0
                   ) AS method,
                   COALESCE(SUM(month.order_count), 0) AS orders_ever,
                   COALESCE(CASE WHEN MIN(month.first_order_date) >= %(end)s
                                 THEN SUM(month.profit)
                                 ELSE SUM(month.profit) FILTER (WHERE in_window)
                            END, 0) AS profit,
                   COALESCE(CASE WHEN MIN(month.first_order_date) >= %(end)s
                                 THEN SUM(month.order_count)
                                 ELSE SUM(month.order_count)
                                      FILTER (WHERE in_window)
                            END, 0) AS orders
              FROM customer_account account
              LEFT JOIN LATERAL (
                  SELECT month.*,
                         month.month >= %(start)s AND month.month < %(end)s
                         AS in_window
                    FROM customer_profit_month month
                   WHERE month.account_id = account.id AND month.month < %(seen)s
              ) month ON TRUE
             WHERE account.company_id = %(company)s AND %(scope)s
             GROUP BY account.id
            """,
            methods=list(OWN_METHODS),
            company=company.id,
            scope=scope,
            start=terms.start,
            end=terms.end,
            seen=terms.months_end,
        )

    @api.model
    def _get_invoice_query(self, company, terms, scope):
        """Return the sale documents seen; dates as numbers of days.

        Amounts are those of the documents, untaxed: what one sees who opens them.
        """
        facts = self.env["customer.profit.month"]
        source = facts._complete(facts._get_sale_documents(company))
        return SQL(
            """
            SELECT account.id AS account,
                   COALESCE(move.invoice_date, move.date) - DATE 'epoch' AS date,
                   move.amount_untaxed_signed AS amount,
                   move.id AS document,
                   move.reversed_entry_id AS reverses
              FROM %(tables)s
              JOIN customer_account account
                ON account.partner_id = %(partner)s
               AND account.company_id = %(company)s
             WHERE %(condition)s AND %(date)s <= %(end)s AND %(scope)s
            """,
            end=terms.date,
            scope=scope,
            **{
                key: source[key]
                for key in ("tables", "partner", "company", "condition", "date")
            },
        )

    @api.model
    def _get_month_query(self, company, terms, scope):
        """Return revenue and costs of the months that margins are learnt from."""
        return SQL(
            """
            SELECT month.account_id AS account, month.revenue, month.product_cost,
                   month.time_cost + month.other_cost + month.serving_cost
                   AS serving_cost
              FROM customer_profit_month month
              JOIN customer_account account ON account.id = month.account_id
             WHERE account.company_id = %s AND %s
               AND month.month > %s AND month.month < %s
            """,
            company.id,
            scope,
            terms.date - relativedelta(months=MARGIN_MONTHS),
            terms.months_end,
        )

    # ------------------------------------------------------------------
    # Rows as columns of numbers
    # ------------------------------------------------------------------

    @api.model
    def _read_frames(self, company, terms, scope):
        """Return frames of accounts, invoices and months."""
        # compiling such a statement takes longer than it saves
        self.env.cr.execute("SET LOCAL jit = off")
        queries = (
            (self._get_account_query, ("profit", "orders", "orders_ever", "method")),
            (self._get_invoice_query, ("date", "amount", "document", "reverses")),
            (self._get_month_query, ("revenue", "product_cost", "serving_cost")),
        )
        return tuple(
            read_numbers(self.env, query(company, terms, scope), names)
            for query, names in queries
        )


def _day_number(day):
    return (day - EPOCH).days


def _observed(frames, settings):
    """Return what the engine observes of accounts with their invoices and months."""
    import numpy as np

    from ..engine import observation  # scipy only when needed

    accounts, invoices, months = frames
    accounts = accounts.set_index("account").sort_index()
    codes = accounts["method"].to_numpy(int)
    accounts["method"] = np.array(OWN_METHODS, dtype=object)[codes]
    return observation.observe(accounts, invoices, months, settings)
