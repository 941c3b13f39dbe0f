import bisect
import logging

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.date_utils import relativedelta

from .by_halves import DATABASE_ERRORS, by_halves

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
        """Write the numbers of each account, then what they make of it."""
        for company, accounts in self.grouped("company_id").items():
            accounts._write_numbers(company)
            accounts._classify(company)

    def _write_numbers(self, company):
        """Write all numbers of the accounts.

        Sums of months, the value that was computed, what was found in the documents.
        """
        start, end = self._get_window(company)
        window = self._get_window_columns()
        figures = {
            name: SQL("figure.%s", SQL.identifier(name))
            for name in window  # as they come out of the sums
        }
        kept = self._get_kept_numbers()
        for columns, _join in kept:
            figures |= columns
        self._write_differing(
            figures,
            SQL(
                """
                CROSS JOIN LATERAL (
                    SELECT %(columns)s
                      FROM (
                          SELECT month.*,
                                 month.month >= %(start)s AND month.month < %(end)s
                                 AS in_window
                            FROM customer_profit_month month
                           WHERE month.account_id = account.id
                      ) month
                ) figure
                %(kept)s
                """,
                columns=self._name_all(window),
                start=start,
                end=end,
                kept=SQL("\n").join(join for _columns, join in kept),
            ),
        )

    @api.model
    def _get_kept_numbers(self):
        """Return what was computed before and is kept aside; meant to be extended.

        :return: list of pairs: SQL by field, and SQL that joins to ``account`` what it
            is read from
        """
        return [(self._get_value_columns(), self._get_value_join())]

    @api.model
    def _get_kept_columns(self, alias, names):
        """Return where fields come from that are kept aside under the same names.

        Who was not looked at stays as it is.

        :param alias: what the row kept aside is joined as
        """
        return {
            name: SQL(
                "CASE WHEN %(kept)s.id IS NULL THEN account.%(name)s"
                " ELSE %(kept)s.%(name)s END",
                kept=SQL.identifier(alias),
                name=SQL.identifier(name),
            )
            for name in names
        }

    @api.model
    def _name_all(self, columns):
        """Return what to select of columns, by their names."""
        return SQL(", ").join(
            SQL("%s AS %s", column, SQL.identifier(name))
            for name, column in columns.items()
        )

    def _write_differing(self, columns, joins):
        """Write columns of the accounts in bulk, where one of them differs.

        By one statement: whatever is updated of an account makes a new row of it, and
        of each index. The more rows are left behind, the slower is every screen.

        :param columns: dict of SQL by field, of ``account`` and what is joined to it
        :param joins: SQL
        """
        if not self:
            return
        self.env.flush_all()
        names = [SQL.identifier(name) for name in columns]
        self.env.cr.execute(
            SQL(
                """
                UPDATE customer_account account
                   SET (%(names)s) = ROW(%(new)s)
                  FROM (
                      SELECT account.id, %(columns)s
                        FROM customer_account account
                        %(joins)s
                       WHERE account.id IN %(ids)s
                  ) number
                 WHERE account.id = number.id
                   AND (%(old)s) IS DISTINCT FROM (%(new)s)
                """,
                names=SQL(", ").join(names),
                new=SQL(", ").join(SQL("number.%s", name) for name in names),
                old=SQL(", ").join(SQL("account.%s", name) for name in names),
                columns=self._name_all(columns),
                joins=joins,
                ids=tuple(self.ids),
            )
        )
        self.invalidate_recordset(list(columns))

    def _classify(self, company):
        """Tell profit from loss, and where each account stands in its life."""
        from ..engine import portfolio  # numpy only when needed

        accounts = self.sorted("id")
        figures = accounts._get_columns("revenue", "profit", "result")
        results = portfolio.results(
            figures["revenue"], figures["profit"], company.customer_even_rate
        )
        _ids, old_stages, stages = self._get_stages(
            company, SQL("id = ANY(%s)", accounts.ids)
        )
        accounts._write_changed_columns(
            {
                "result": (figures["result"], results),
                "lifecycle_stage": (old_stages, stages),
                **accounts._get_following_columns(company, results),
            }
        )

    def _get_following_columns(self, company, results):
        """Return what else follows from the results; meant to be extended.

        It is written together with them, so that it costs no update of its own.

        :param results: of the accounts, in the order of self
        :return: dict of (old values, new values) by discrete field
        """
        return {}

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
        # none without revenue, which is not 0: of more credit notes than invoices, a
        # loss would look like profit
        columns["profit_rate"] = SQL(
            "CASE WHEN %(revenue)s > 0 THEN %(profit)s / %(revenue)s END",
            profit=sums["profit"],
            revenue=sums["revenue"],
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

        Does at most a batch of changes, so that no transaction grows with the
        portfolio; the next time those of later accounts.

        :return: whether there are later accounts
        """
        ids, columns = self._compare_accounts(company)
        start = bisect.bisect_right(ids, company.customer_refresh_cursor)
        if start == len(ids):
            return False
        later = {
            name: (old[start:], new[start:]) for name, (old, new) in columns.items()
        }
        done = self._write_next(company, ids[start:], later)
        return start + done < len(ids)

    @api.model
    def _compare_accounts(self, company):
        """Return ids of accounts, and columns as of ``_write_changed_columns``."""
        from ..engine import portfolio  # numpy only when needed

        tiers = self.env["customer.tier"]._get_tiers(company)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, COALESCE(lifetime_value, 0), value_band, suggested_tier_id,
                       tier_id, service_level_id
                  FROM customer_account account
                 WHERE company_id = %s AND %s
                 ORDER BY id
                """,
                company.id,
                self._get_profiled_condition(),
            )
        )
        if not rows:
            return [], {}
        ids, value, old_bands, old_suggested, old_tiers, old_levels = map(
            list, zip(*rows, strict=True)
        )
        tier_ids = [*tiers.ids, False]  # -1, no rule met, picks the last
        suggested = [
            tier_ids[index]
            for index in portfolio.tiers(value, [tier._get_rule() for tier in tiers])
        ]
        names = self._fields["value_band"].get_values(self.env)
        bands = [names[band] for band in portfolio.value_bands(value)]
        # An account that never had a tier gets the suggested one, provisionally, and
        # with it a service level if it has none.
        levels = {tier.id: tier.service_level_id.id for tier in tiers}
        new_tiers = [old or new for old, new in zip(old_tiers, suggested, strict=True)]
        new_levels = [
            level or (not old_tier and levels.get(tier)) or False
            for level, old_tier, tier in zip(
                old_levels, old_tiers, new_tiers, strict=True
            )
        ]
        return ids, {
            "value_band": (old_bands, bands),
            "suggested_tier_id": (old_suggested, suggested),
            "tier_id": (old_tiers, new_tiers),
            "service_level_id": (old_levels, new_levels),
        }

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

    @api.model
    def _write_next(self, company, ids, columns):
        """Write what changed of the company's next accounts; return how many are done.

        At most a batch of changes is written, and the accounts up to there are done.

        :param ids: of the accounts, in order
        :param columns: as of ``_write_changed_columns``, in the order of the ids
        """
        changed = sorted(
            {
                position
                for old, new in columns.values()
                for position, (old_value, value) in enumerate(
                    zip(old, new, strict=True)
                )
                if value != (old_value or False)
            }
        )
        count = len(ids)
        if len(changed) > BATCH_SIZE:
            count = changed[BATCH_SIZE]
            changed = changed[:BATCH_SIZE]
        self.browse([ids[position] for position in changed])._write_changed_columns(
            {
                name: tuple([side[position] for position in changed] for side in sides)
                for name, sides in columns.items()
            }
        )
        company.customer_refresh_cursor = ids[count - 1]
        return count

    def _write_changed_columns(self, columns):
        """Write the values that differ through the ORM; return how many accounts.

        At most a batch is written. This is how automation rules and the chatter come to
        know of a change, so it is for the few discrete fields only. An account's first
        value is not a change that anybody need be told of.

        :param columns: dict of (old values, new values) by field, in the order of self
        """
        changes = {}  # {(field names and values, whether these are the first): ids}
        count = 0
        for account_id, *pairs in zip(
            self.ids,
            *(zip(old, new, strict=True) for old, new in columns.values()),
            strict=True,
        ):
            differing = [
                (name, value, not old)
                for name, (old, value) in zip(columns, pairs, strict=True)
                if (old or False) != value
            ]
            if not differing:
                continue
            for is_first in {first for _name, _value, first in differing}:
                vals = tuple(
                    (name, value)
                    for name, value, first in differing
                    if first == is_first
                )
                changes.setdefault((vals, is_first), []).append(account_id)
            count += 1
            if count == BATCH_SIZE:
                break
        return self._write_changes(
            [
                (
                    self.browse(ids).with_context(tracking_disable=True)
                    if is_first
                    else self.browse(ids),
                    dict(vals),
                )
                for (vals, is_first), ids in changes.items()
            ]
        )

    @api.model
    def _write_changes(self, changes):
        """Write pairs of accounts and their values; return how many were written.

        All at once, so that each account is updated once; one by one when one refuses.
        """
        try:
            with self.env.cr.savepoint():
                for accounts, vals in changes:
                    accounts.write(vals)
                self.env.flush_all()
            return len({one for accounts, _vals in changes for one in accounts.ids})
        except DATABASE_ERRORS:
            raise  # a conflict with somebody's save: the whole step is taken up again
        except Exception:
            return sum(accounts._write_or_note(vals) for accounts, vals in changes)

    def _write_or_note(self, vals):
        """Write the accounts and return how many; those that refuse are noted, skipped.

        An automation rule or another addon may raise on some account: that must not
        keep the others from their figures.
        """
        failed = by_halves(lambda accounts: accounts.write(vals), self)
        for account, error in failed.items():
            _logger.error("Account %s cannot be changed", account.id, exc_info=error)
            account.company_id.customer_refresh_error = self.env._(
                "Account %(account)s could not be changed: %(error)s",
                account=account.id,
                error=str(error)[:300],
            )
        return len(self) - len(failed)
