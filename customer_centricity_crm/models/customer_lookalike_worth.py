from odoo import api, models
from odoo.tools import SQL
from odoo.tools.date_utils import relativedelta

from .customer_lookalike_facets import FIRST_ORDER, OF_CUSTOMERS, TEST_MONTHS

# How long those tested must have been customers
LEAST_MONTHS = 3
# Who was one of the best then: one of so many, by profit
BEST_OF = 5


class CustomerLookalikeModel(models.Model):
    """What it was worth: those who have come since, ranked as of a year ago.

    What is known of them is what is known now: an industry entered since helps the test
    as it would not have helped then.
    """

    _inherit = "customer.lookalike.model"

    @api.model
    def _prepare_test_vals(self, company, rows):
        """Return how those have done that it would have picked a year ago."""
        from odoo.addons.customer_centricity.engine import lookalike

        _start, end = self.env["customer.account"]._get_window(company)
        then = end - relativedelta(months=TEST_MONTHS)
        earned = self._read_earned(company, then, end)
        before = [row for row in rows if row[FIRST_ORDER] < then]
        recent = end - relativedelta(months=LEAST_MONTHS)
        since = [row for row in rows if then <= row[FIRST_ORDER] <= recent]
        score, profit = [], []
        found = self._study(before, self._pick_best(before, earned)) if since else {}
        if found:
            # what they ordered first was not known of them
            columns = self.env["customer.lookalike.facets"]._spread(
                since, found["vocabulary"], without=OF_CUSTOMERS
            )
            evidence = lookalike.evidence(*columns, found["weights"], len(since))
            score = evidence.total
            profit = [
                earned.get(row[0], (0, 0))[1] / self._count_months(row, end)
                for row in since
            ]
        worth = lookalike.worth(score, profit)
        return {
            "test_date": then,
            "verdict": worth.verdict,
            "picked_count": worth.picked,
            "other_count": worth.others,
            "picked_profit": worth.picked_mean,
            "other_profit": worth.others_mean,
            "pair_share": worth.share,
            "pair_chance": worth.chance,
        }

    @api.model
    def _count_months(self, row, end):
        """Return the months from that of the first order, up to the end."""
        first = row[FIRST_ORDER]
        return 12 * (end.year - first.year) + end.month - first.month

    @api.model
    def _pick_best(self, rows, earned):
        """Return which had earned most by then: a fifth of them, and a profit."""
        profit = [earned.get(row[0], (0, 0))[0] for row in rows]
        border = sorted(profit, reverse=True)[len(rows) // BEST_OF : len(rows)][:1]
        return [one > max(0, *border) for one in profit]

    @api.model
    def _read_earned(self, company, then, end):
        """Return what accounts earned in the year before a day, and since."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT month.account_id,
                       SUM(month.profit) FILTER (WHERE month.month < %(then)s),
                       SUM(month.profit) FILTER (WHERE month.month >= %(then)s)
                  FROM customer_profit_month month
                  JOIN customer_account account ON account.id = month.account_id
                 WHERE account.company_id = %(company)s
                   AND month.month >= %(start)s AND month.month < %(end)s
                 GROUP BY month.account_id
                """,
                company=company.id,
                start=then - relativedelta(months=TEST_MONTHS),
                then=then,
                end=end,
            )
        )
        return {
            account: (float(before or 0), float(since or 0))
            for account, before, since in rows
        }
