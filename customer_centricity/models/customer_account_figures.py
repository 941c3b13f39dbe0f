import logging

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.date_utils import relativedelta

_logger = logging.getLogger(__name__)

# Accounts a transaction: a batch takes one to three seconds and holds locks no longer.
BATCH_SIZE = 2000


class CustomerAccountFigures(models.AbstractModel):
    """The figures of accounts: summed from months, compared, classified.

    Numbers are written in bulk; result, value band and tiers go through the ORM, where
    only a change is written, so that the chatter and automation rules see it.
    """

    _name = "customer.account.figures"
    _description = "Customer Account Figures"

    # ------------------------------------------------------------------
    # Figures of each account
    # ------------------------------------------------------------------

    @api.model
    def _get_window(self, company):
        """Return the first day of the profit window and the day after its last.

        The window is that of the last refresh: figures of different windows must not
        stand side by side, nor be labelled with another.
        """
        today = fields.Date.context_today(self)
        end = company.customer_window_end or today.replace(day=1)
        return end - relativedelta(months=company.customer_window_months), end

    def _update_figures(self):
        """Add up the window's months, take over the value, classify each account."""
        from ..engine import portfolio  # numpy only when needed

        self._take_over_values()
        for company, accounts in self.grouped("company_id").items():
            start, end = self._get_window(company)
            accounts._sum_months(start, end)
            figures = accounts._get_columns("revenue", "profit", "result")
            results = portfolio.results(
                figures["revenue"], figures["profit"], company.customer_even_rate
            )
            accounts._write_changed("result", results, figures["result"])

    def _sum_months(self, start, end):
        """Write the sums of the months from start to before end, and of all months."""
        self.flush_model()
        columns = self._get_window_columns()
        names = [SQL.identifier(name) for name in columns]
        self.env.cr.execute(
            SQL(
                """
                UPDATE customer_account account
                   SET (%(names)s) = (%(new)s)
                  FROM (
                      SELECT account.id, %(columns)s
                        FROM customer_account account
                        LEFT JOIN LATERAL (
                            SELECT month.*,
                                   month.month >= %(start)s AND month.month < %(end)s
                                   AS in_window
                              FROM customer_profit_month month
                             WHERE month.account_id = account.id
                        ) month ON TRUE
                       WHERE account.id IN %(ids)s
                       GROUP BY account.id
                  ) figure
                 WHERE account.id = figure.id
                   AND (%(old)s) IS DISTINCT FROM (%(new)s)
                """,
                names=SQL(", ").join(names),
                new=SQL(", ").join(SQL("figure.%s", name) for name in names),
                old=SQL(", ").join(SQL("account.%s", name) for name in names),
                columns=SQL(", ").join(
                    SQL("%s AS %s", column, SQL.identifier(name))
                    for name, column in columns.items()
                ),
                start=start,
                end=end,
                ids=tuple(self.ids),
            )
        )
        self.invalidate_recordset()

    @api.model
    def _get_window_columns(self):
        """Return the aggregates of an account's months, by the field they fill.

        ``in_window`` tells whether a month is within the profit window.
        """
        sums = {
            name: SQL("SUM(month.%s) FILTER (WHERE in_window)", SQL.identifier(name))
            for name in (
                "revenue",
                "refund_amount",
                "product_cost",
                "time_cost",
                "other_cost",
                "serving_cost",
                "profit",
                "hours",
                "order_count",
                "uncosted_revenue",
                "uncosted_hours",
            )
        }
        sums["historic_value"] = SQL("SUM(month.profit)")
        sums["historic_order_count"] = SQL("SUM(month.order_count)")
        columns = {name: SQL("COALESCE(%s, 0)", total) for name, total in sums.items()}
        columns["profit_rate"] = SQL(
            "COALESCE(%s / NULLIF(%s, 0), 0)", sums["profit"], sums["revenue"]
        )
        columns["cost_estimated_rate"] = SQL(
            "COALESCE(SUM(month.estimated_cost) FILTER (WHERE in_window)"
            " / NULLIF(%s, 0), 0)",
            sums["product_cost"],
        )
        columns["first_order_date"] = SQL("MIN(month.first_order_date)")
        columns["last_order_date"] = SQL("MAX(month.last_order_date)")
        return columns

    # ------------------------------------------------------------------
    # What compares the accounts of a company
    # ------------------------------------------------------------------

    @api.model
    def _update_portfolio(self, company):
        """Compare all accounts of the company: value bands, tiers, service levels.

        Does at most a batch of changes and returns how many, so that no transaction
        grows with the portfolio; it is called again until nothing is left to change.
        """
        from ..engine import portfolio  # numpy only when needed

        tiers = self.env["customer.tier"]._get_tiers(company)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, COALESCE(lifetime_value, 0), value_band, suggested_tier_id
                  FROM customer_account WHERE company_id = %s ORDER BY id
                """,
                company.id,
            )
        )
        if not rows:
            return 0
        ids, value, old_bands, old_tiers = map(list, zip(*rows, strict=True))
        accounts = self.browse(ids)
        tier_ids = [*tiers.ids, False]  # -1, no rule met, picks the last
        suggested = [
            tier_ids[index]
            for index in portfolio.tiers(value, [tier._get_rule() for tier in tiers])
        ]
        bands = [
            self._fields["value_band"].get_values(self.env)[band]
            for band in portfolio.value_bands(value)
        ]
        return (
            accounts._write_changed("value_band", bands, old_bands)
            + accounts._write_changed("suggested_tier_id", suggested, old_tiers)
        ) or self._give_first_tier(company)

    @api.model
    def _give_first_tier(self, company):
        """Give accounts that never had a tier the suggested one, provisionally."""
        fresh = self.with_context(active_test=False).search(
            [
                ("company_id", "=", company.id),
                ("tier_id", "=", False),
                ("suggested_tier_id", "!=", False),
            ],
            order="id",
            limit=BATCH_SIZE,
        )
        # nothing changed for these accounts: the chatter has nothing to tell
        fresh = fresh.with_context(tracking_disable=True)
        written = sum(
            accounts._write_or_note({"tier_id": tier.id})
            for tier, accounts in fresh.grouped("suggested_tier_id").items()
        )
        fresh.filtered("tier_id")._give_default_service_level()
        return written

    # ------------------------------------------------------------------
    # Columns of many accounts, in the order of self
    # ------------------------------------------------------------------

    def _get_columns(self, *names):
        """Return columns of the accounts as lists, in the order of self."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT %s FROM customer_account account
                  JOIN unnest(%s) WITH ORDINALITY AS wanted(id, position)
                    ON wanted.id = account.id
                 ORDER BY wanted.position
                """,
                SQL(", ").join(self._field_to_sql("account", name) for name in names),
                self.ids,
            )
        )
        return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))

    def _write_changed(self, name, values, old):
        """Write the values that differ through the ORM; return how many were written.

        At most a batch is written. This is how automation rules and the chatter come to
        know of a change, so it is for the few discrete fields only. An account's first
        value is not a change that anybody need be told of.
        """
        rows = zip(self.ids, old, values, strict=True)
        differing = [row for row in rows if (row[1] or False) != row[2]]
        changes = {}
        for account_id, old_value, value in differing[:BATCH_SIZE]:
            changes.setdefault((value, not old_value), []).append(account_id)
        written = 0
        for (value, is_first), account_ids in changes.items():
            accounts = self.browse(account_ids)
            if is_first:
                accounts = accounts.with_context(tracking_disable=True)
            written += accounts._write_or_note({name: value})
        return written

    def _write_or_note(self, vals):
        """Write the accounts and return how many; those that refuse are noted, skipped.

        An automation rule or another addon may raise on some account: that must not
        keep the others from their figures.
        """
        try:
            with self.env.cr.savepoint():
                self.write(vals)
                self.env.flush_all()
            return len(self)
        except psycopg2.OperationalError:
            raise  # a conflict with somebody's save: the whole step is taken up again
        except Exception as error:
            if len(self) > 1:
                return sum(account._write_or_note(vals) for account in self)
            _logger.exception("Account %s cannot be changed", self.id)
            self.company_id.customer_refresh_error = self.env._(
                "Account %(account)s could not be changed: %(error)s",
                account=self.id,
                error=str(error)[:300],
            )
            return 0
