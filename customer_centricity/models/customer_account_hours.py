from odoo import api, fields, models
from odoo.tools import SQL

from .customer_account import MANAGER


class CustomerAccount(models.Model):
    """Hours of the month beside those that the service level includes.

    Managers see the hours; everybody who works for the account sees how they stand.
    """

    _inherit = "customer.account"

    month_hours = fields.Float(
        string="Hours This Month",
        compute="_compute_month_hours",
        groups=MANAGER,
        help="Hours of the current month, as of the last refresh.",
    )
    # Not a related field: that could be searched, and so guessed, by users who may not
    # read it
    included_hours = fields.Float(
        compute="_compute_included_hours",
        groups=MANAGER,
        help="Hours a month that the service level includes.",
    )
    hours_used_rate = fields.Float(
        string="Hours Used",
        compute="_compute_hours_used_rate",
        groups=MANAGER,
        help="Hours of the current month as a share of those included, if any are.",
    )
    hours_status = fields.Selection(
        selection=[
            ("within", "Within"),
            ("near", "Nearly used up"),
            ("over", "Over"),
        ],
        string="Included Hours Status",
        readonly=True,
        index="btree_not_null",
        help="How the hours of the current month stand beside those that the service "
        "level includes, as of the last refresh. Nearly used up: from 80% on.",
    )

    @api.depends("month_ids.hours", "month_ids.month")
    def _compute_month_hours(self):
        months = self.env["customer.profit.month"].search_fetch(
            [
                ("account_id", "in", self.ids),
                ("month", "=", self._get_current_month()),
            ],
            ["account_id", "hours"],
        )
        hours = {month.account_id.id: month.hours for month in months}
        for account in self:
            account.month_hours = hours.get(account._origin.id, 0)

    @api.depends("service_level_id.included_hours")
    def _compute_included_hours(self):
        for account in self:
            account.included_hours = account.service_level_id.included_hours

    @api.depends("month_hours", "included_hours")
    def _compute_hours_used_rate(self):
        from ..engine import service  # numpy only when needed

        rates = service.used_rates(
            self.mapped("month_hours"), self.mapped("included_hours")
        )
        for account, rate in zip(self, rates.tolist(), strict=True):
            account.hours_used_rate = rate

    @api.model
    def _get_current_month(self):
        """Return the first day of the month whose hours are looked at."""
        return fields.Date.context_today(self).replace(day=1)

    @api.model
    def _refresh_service(self, company):
        """Note how the hours of the company's next accounts stand; return how many.

        All of them in every refresh: what was used up is there again when a month
        begins.
        """
        from ..engine import service  # numpy only when needed

        count, first, last = self._get_next_range(company)
        if not count:
            return 0
        ids, old, *columns = self._get_hours_columns(company, first, last)
        new = [
            service.STATUSES[code] or False for code in service.hours_statuses(*columns)
        ]
        return self._write_next(company, ids, {"hours_status": (old, new)})

    @api.model
    def _get_watched_condition(self):
        """Return the condition on ``level`` that its hours are worth a look.

        A customer served by us whose level includes no hours has none to use up: it
        pays for each. One that is not ours to serve should have had none.
        """
        return SQL("(level.included_hours > 0 OR level.kind <> 'served')")

    @api.model
    def _get_hours_columns(self, company, first, last):
        """Return ids, statuses, hours, included hours, and whether they are watched."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT account.id, account.hours_status,
                       COALESCE(month.hours, 0)::float,
                       COALESCE(level.included_hours, 0),
                       COALESCE(level.watch_hours AND %s, FALSE)
                  FROM customer_account account
                  LEFT JOIN customer_service_level level
                         ON level.id = account.service_level_id
                  LEFT JOIN customer_profit_month month
                         ON month.account_id = account.id AND month.month = %s
                 WHERE account.company_id = %s AND account.id BETWEEN %s AND %s
                 ORDER BY account.id
                """,
                self._get_watched_condition(),
                self._get_current_month(),
                company.id,
                first,
                last,
            )
        )
        return list(map(list, zip(*rows, strict=True)))
