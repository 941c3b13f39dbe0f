from odoo import api, models
from odoo.tools import SQL

from .customer_account_goodwill import KINDS


class CustomerAccount(models.Model):
    """The goodwill index of whole portfolios: engine/goodwill.py as SQL.

    Of ``fact``, what it rests on, of the window (no prefix), of the one before
    (``previous_``), and, for the trends of that one, of the one before it
    (``earlier_``). A test holds the two to each other.
    """

    _inherit = "customer.account"

    @api.model
    def _get_goodwill_points(self):
        """Return the points of each part, and of the window before: {name: SQL}."""
        points = {}
        for suffix, now, before in (
            ("", "", "previous_"),
            ("_before", "previous_", "earlier_"),
        ):
            points |= {
                f"complaints{suffix}": self._get_complaint_points(now),
                f"hours{suffix}": self._get_trend_points(
                    "hours", "order_count", now, before
                ),
                f"payment{suffix}": self._get_payment_points(now),
                f"cost{suffix}": self._get_trend_points("cost", "revenue", now, before),
            }
        return points

    @api.model
    def _get_complaint_points(self, prefix):
        """Return engine.goodwill.complaint_points of a window as SQL."""
        from ..engine import goodwill  # numpy only when needed

        complaints = SQL(" + ").join(
            SQL("fact.%s", SQL.identifier(f"{prefix}{kind}_count")) for kind in KINDS
        )
        return SQL(
            """
            CASE WHEN fact.%(orders)s > 0
                 THEN %(best)s * (1 - LEAST(
                          (%(complaints)s)::float / fact.%(orders)s / %(worst)s, 1))
                 WHEN %(complaints)s > 0 THEN 0 END
            """,
            orders=SQL.identifier(f"{prefix}order_count"),
            complaints=complaints,
            best=goodwill.BEST,
            worst=goodwill.WORST_COMPLAINT_RATE,
        )

    @api.model
    def _get_payment_points(self, prefix):
        """Return engine.goodwill.payment_points of a window as SQL."""
        from ..engine import goodwill  # numpy only when needed

        return SQL(
            """
            CASE WHEN fact.%s THEN %s * (1 - LEAST(GREATEST(
                fact.%s::float / %s, 0), 1)) END
            """,
            SQL.identifier(f"has_{prefix}payment_delay"),
            goodwill.BEST,
            SQL.identifier(f"{prefix}payment_delay"),
            goodwill.WORST_DELAY_DAYS,
        )

    @api.model
    def _get_trend_points(self, effort, base, now, before):
        """Return engine.goodwill.trend_points of a window beside another as SQL."""
        from ..engine import goodwill  # numpy only when needed

        def of(window, name):
            return SQL("fact.%s", SQL.identifier(f"{window}{name}"))

        return SQL(
            """
            CASE WHEN LEAST(%(orders)s, %(orders_before)s) < %(least)s
                   OR LEAST(%(base)s, %(base_before)s) <= 0
                   OR GREATEST(%(effort)s, %(effort_before)s) <= 0 THEN NULL
                 WHEN %(effort_before)s <= 0 THEN 0
                 WHEN %(effort)s <= 0 THEN %(best)s
                 ELSE LEAST(GREATEST(%(same)s * (1 - ln(
                          %(effort)s::float * %(base_before)s::float
                          / (%(effort_before)s::float * %(base)s::float)
                      ) / ln(2::float)), 0), %(best)s) END
            """,
            orders=of(now, "order_count"),
            orders_before=of(before, "order_count"),
            least=goodwill.TREND_ORDERS,
            effort=of(now, effort),
            effort_before=of(before, effort),
            base=of(now, base),
            base_before=of(before, base),
            best=goodwill.BEST,
            same=goodwill.SAME,
        )

    @api.model
    def _get_goodwill_means(self):
        """Return engine.goodwill.index and change of the points: {name: SQL}."""
        from ..engine import goodwill  # numpy only when needed

        points = {
            part: SQL("point.%s", SQL.identifier(part)) for part in goodwill.WEIGHTS
        }
        changes = {
            part: SQL("%s - point.%s", now, SQL.identifier(f"{part}_before"))
            for part, now in points.items()
        }
        return {
            "goodwill": self._get_weighted_mean(points),
            "change": self._get_weighted_mean(changes),
        }

    @api.model
    def _get_weighted_mean(self, values):
        """Return the mean of the parts that are known; NULL of too few."""
        from ..engine import goodwill  # numpy only when needed

        weights = {part: SQL("%s", goodwill.WEIGHTS[part]) for part in values}
        total = SQL(" + ").join(
            SQL("CASE WHEN (%s) IS NULL THEN 0 ELSE %s END", value, weights[part])
            for part, value in values.items()
        )
        weighted = SQL(" + ").join(
            SQL("COALESCE((%s) * %s, 0)", value, weights[part])
            for part, value in values.items()
        )
        return SQL(
            """
            CASE WHEN ROUND((%(total)s)::numeric, 9) >= %(share)s
                 THEN ROUND(((%(weighted)s) / (%(total)s))::numeric, 1) END
            """,
            total=total,
            weighted=weighted,
            share=goodwill.KNOWN_SHARE,
        )
