from odoo import api, fields, models
from odoo.tools import SQL, format_date
from odoo.tools.date_utils import relativedelta

from .customer_account_observed import EPOCH


class CustomerAccount(models.Model):
    """Where an account stands in its life, by its orders (engine/lifecycle.py).

    A salesperson reads it, and why: the account's own dates, no money.
    """

    _inherit = "customer.account"

    lifecycle_stage = fields.Selection(
        selection=[
            ("prospect", "Prospect"),
            ("new", "New"),
            ("growing", "Growing"),
            ("steady", "Steady"),
            ("at_risk", "At risk"),
            ("lost", "Lost"),
            ("won_back", "Won back"),
        ],
        readonly=True,
        index=True,
        tracking=True,
        group_expand=True,
        help="Where the account stands by its orders, as of the last refresh.",
    )
    # sudo: days between orders and the settings are not for everybody to read; what
    # this tells of them is for all that may read the account
    lifecycle_reason = fields.Char(
        string="Why This Stage", compute="_compute_lifecycle_reason", compute_sudo=True
    )

    @api.depends(
        "company_id",
        "first_order_date",
        "historic_order_count",
        "last_order_date",
        "lifecycle_stage",
        "order_gap",
        "order_gap_variation",
        "returned_date",
    )
    def _compute_lifecycle_reason(self):
        from ..engine import lifecycle  # numpy only when needed

        self.lifecycle_reason = False
        for company, accounts in self.grouped("company_id").items():
            usual = lifecycle.usual_silence(
                accounts.mapped("historic_order_count"),
                accounts.mapped("order_gap"),
                accounts.mapped("order_gap_variation"),
                lifecycle.silence_days(company.customer_lost_months or 1),
            )
            for account, days in zip(accounts, usual, strict=True):
                if account.lifecycle_stage:
                    account.lifecycle_reason = account._get_lifecycle_reason(days)

    def _get_lifecycle_reason(self, usual_days):
        """Return in words why the account is in its stage.

        :param usual_days: without an order, that are nothing unusual for it
        """
        self.ensure_one()
        return getattr(self, f"_get_reason_{self.lifecycle_stage}")(int(usual_days))

    def _get_reason_prospect(self, _usual_days):
        return self.env._("Has not ordered anything yet.")

    def _get_reason_new(self, _usual_days):
        return self.env._(
            "First order on %s, less than a year ago.",
            self._format_day("first_order_date"),
        )

    def _get_reason_growing(self, _usual_days):
        start, end = self._get_window(self.company_id)
        return self.env._(
            "Revenue from %(start)s to %(end)s is at least %(rate)s%% above that of as "
            "long a time before.",
            start=format_date(self.env, start),
            end=format_date(self.env, end - relativedelta(days=1)),
            rate=f"{100 * self.company_id.customer_growing_rate:g}",
        )

    def _get_reason_steady(self, usual_days):
        return self.env._(
            "Orders as usual, last on %(last)s: up to %(days)s days without an order "
            "are nothing unusual for it. Its revenue has not grown by %(rate)s%%.",
            last=self._format_day("last_order_date"),
            days=usual_days,
            rate=f"{100 * self.company_id.customer_growing_rate:g}",
        )

    def _get_reason_at_risk(self, usual_days):
        due = self.last_order_date + relativedelta(days=usual_days)
        last = self._format_day("last_order_date")
        if self._has_rhythm():
            return self.env._(
                "No order since %(last)s. It ordered every %(gap)s days on average, so "
                "that another one was to be expected by %(due)s.",
                last=last,
                gap=round(self.order_gap),
                due=format_date(self.env, due),
            )
        return self.env._(
            "No order since %(last)s, for more than %(days)s days, and too few orders "
            "before to know its rhythm.",
            last=last,
            days=usual_days,
        )

    def _get_reason_lost(self, _usual_days):
        return self.env._(
            "No order since %(last)s, for more than %(months)s months.",
            last=self._format_day("last_order_date"),
            months=self.company_id.customer_lost_months,
        )

    def _get_reason_won_back(self, _usual_days):
        return self.env._(
            "Ordered again on %(returned)s, less than a year ago, after more than "
            "%(months)s months without an order.",
            returned=self._format_day("returned_date"),
            months=self.company_id.customer_lost_months,
        )

    def _has_rhythm(self):
        from ..engine import lifecycle  # numpy only when needed

        return self.historic_order_count >= lifecycle.RHYTHM_ORDERS

    def _format_day(self, name):
        return format_date(self.env, self[name])

    # ------------------------------------------------------------------
    # From figures to stages
    # ------------------------------------------------------------------

    @api.model
    def _refresh_lifecycle(self, company):
        """Put the company's next accounts into their stages; return how many.

        All of them in every refresh: a stage also ends because time goes by.
        """
        count, first, last = self._get_next_range(company)
        if not count:
            return 0
        ids, old, new = self._get_stages(
            company, SQL("id BETWEEN %s AND %s", first, last)
        )
        return self._write_next(company, ids, {"lifecycle_stage": (old, new)})

    @api.model
    def _get_stages(self, company, scope):
        """Return ids of accounts, the stages they are in, and those they belong in.

        :param scope: SQL condition on the company's accounts
        """
        from ..engine import lifecycle  # numpy only when needed

        ids, old, *columns = self._get_lifecycle_columns(company, scope)
        codes = lifecycle.stages(*columns, self._get_lifecycle_terms(company))
        return ids, old, [lifecycle.STAGES[code] for code in codes]

    @api.model
    def _get_lifecycle_terms(self, company):
        from ..engine import lifecycle  # numpy only when needed

        start, end = self._get_window(company)
        before = start - relativedelta(months=company.customer_window_months)
        return lifecycle.Terms(
            today=_day_number(fields.Date.context_today(self)),
            before_start=_day_number(before),
            start=_day_number(start),
            end=_day_number(end),
            lost_days=lifecycle.silence_days(company.customer_lost_months),
            growing_rate=company.customer_growing_rate,
        )

    @api.model
    def _get_lifecycle_columns(self, company, scope):
        """Return ids, stages, and what stages depend on, of accounts in order.

        Days are numbers; None where there is none.
        """
        days = [
            SQL("%s - DATE 'epoch'", SQL.identifier(name))
            for name in ("first_order_date", "last_order_date", "returned_date")
        ]
        numbers = [
            SQL("COALESCE(%s, 0)::float", SQL.identifier(name))
            for name in (
                "historic_order_count",
                "order_gap",
                "order_gap_variation",
                "revenue",
                "previous_revenue",
            )
        ]
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, lifecycle_stage, %s
                  FROM customer_account
                 WHERE company_id = %s AND %s
                 ORDER BY id
                """,
                SQL(", ").join([*days, *numbers]),
                company.id,
                scope,
            )
        )
        return list(map(list, zip(*rows, strict=True)))


def _day_number(day):
    return (day - EPOCH).days
