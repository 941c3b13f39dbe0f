import logging
import time
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import LockError
from odoo.tools import SQL
from odoo.tools.date_utils import relativedelta

_logger = logging.getLogger(__name__)

# Accounts a transaction: a batch takes one to three seconds and holds locks no longer.
BATCH_SIZE = 2000
# Merging accounts moves their messages and files one by one.
FOLD_SIZE = 50
# Seconds to wait for somebody who is saving an account of the batch.
CONFLICT_PAUSE = 0.5
# An interrupted cycle goes on unless it is older than this: then it begins again, as
# what it has done no longer is up to date.
CYCLE_LIFETIME = timedelta(hours=12)


class CustomerAccount(models.Model):
    """The refresh: from posted documents to figures, values and tiers.

    A cycle of one company goes through these steps, each its own transaction when the
    scheduled action runs it:

    1. accounts of contacts that have come to belong to a company fold into its account
    2. month by month: accounts are created for commercial partners with documents and
       none yet, then the facts are rebuilt
    3. batch by batch of accounts: figures, value and result
    4. value bands and tiers, which compare all accounts of the company
    5. end: what could not be attributed is noted, the cycle is marked complete

    How far a cycle has come is kept on the company, so a killed refresh goes on at the
    next run, and its result is that of an undisturbed one.
    """

    _inherit = "customer.account"

    @api.model
    def _refresh(self, companies):
        """Bring facts, figures, values and tiers of the companies up to date."""
        # sudo: figures rest on documents that no role of ours may read by itself
        # (hourly costs, other people's invoices); they are stored in our own models
        # with rights of their own
        accounts = self.sudo()
        for company in companies.sudo():
            accounts._begin_cycle(company)
            while company.customer_refresh_start:
                accounts._refresh_step(company)

    @api.model
    def _cron_refresh(self):
        """Refresh every company in steps, committing each; resume when interrupted."""
        companies = self._get_companies()
        pending = companies.filtered("customer_refresh_start")
        outdated = fields.Datetime.now() - CYCLE_LIFETIME
        if not pending or min(pending.mapped("customer_refresh_start")) < outdated:
            if not self._guarded(lambda: self._begin_cycles(companies)):
                self.env["ir.cron"]._commit_progress(0, remaining=len(companies))
                return
            # A conflict in a later step must not undo the beginning
            self.env["ir.cron"]._commit_progress(0, remaining=len(companies))
            pending = companies
        time_left = True
        while pending and time_left:
            done = self._guarded_step(pending[0])
            pending = pending.filtered("customer_refresh_start")
            time_left = self.env["ir.cron"]._commit_progress(
                done, remaining=sum(map(self._get_refresh_remaining, pending))
            )

    @api.model
    def _cron_recompute_value(self):
        """Recompute the lifetime value of every account, once a year."""
        # by the one action that refreshes: two at once would get in each other's way
        self.env.ref("customer_centricity.ir_cron_refresh_accounts")._trigger()

    @api.model
    def _guarded_step(self, company):
        """Do a step; an error is noted on its company and lets the others go on."""
        try:
            return self._guarded(lambda: self._refresh_step(company))
        except psycopg2.OperationalError:
            raise  # the database is in trouble, not the data of one company
        except Exception:
            self.env.cr.rollback()
            _logger.exception("Refresh of the accounts of %s failed", company.name)
            company.write(
                {
                    "customer_refresh_start": False,
                    "customer_refresh_error": self.env._(
                        "The refresh stopped with an error; the server's log tells "
                        "which. It begins again at the next run."
                    ),
                }
            )
            return 1

    @api.model
    def _guarded(self, step):
        """Return what the step returns, or 0 when somebody else's save came first."""
        try:
            with self.env.cr.savepoint():
                return step()
        except (LockError, psycopg2.errors.SerializationFailure):
            # People's work comes first. Nothing was done, the step is taken up again.
            self.env.cr.rollback()
            time.sleep(CONFLICT_PAUSE)
            return 0

    # ------------------------------------------------------------------
    # The cycle
    # ------------------------------------------------------------------

    @api.model
    def _get_companies(self):
        return self.env["res.company"].search([("active", "=", True)], order="id")

    @api.model
    def _begin_cycles(self, companies):
        for company in companies:
            self._begin_cycle(company)
        return len(companies)

    @api.model
    def _begin_cycle(self, company):
        company.write(
            {
                "customer_window_end": fields.Date.context_today(self).replace(day=1),
                "customer_refresh_start": fields.Datetime.now(),
                "customer_refresh_month": False,
                "customer_refresh_cursor": 0,
                "customer_refresh_error": False,
            }
        )

    @api.model
    def _refresh_step(self, company):
        """Do the next step of the company's cycle; return how much it did, above 0."""
        if not company.customer_refresh_month:
            if folded := self._fold_strays(company):
                return folded
        months = self.env["customer.profit.month"]
        if month := months._get_next_month(company, company.customer_refresh_month):
            created = self._create_missing(company, month)
            if created < BATCH_SIZE:
                months._rebuild_month(company, month)
                company.customer_refresh_month = month
            return created or 1
        batch = self.with_context(active_test=False).search(
            [
                ("company_id", "=", company.id),
                ("id", ">", company.customer_refresh_cursor),
            ],
            order="id",
            limit=BATCH_SIZE,
        )
        if batch:
            # People's saves wait for us from here, and no longer than this batch
            batch.lock_for_update(allow_referencing=True)
            batch._update_figures()
            company.customer_refresh_cursor = batch[-1].id
            return len(batch)
        changed = self._update_portfolio(company)
        if not changed:
            self._end_cycle(company)
        return changed or 1

    @api.model
    def _end_cycle(self, company):
        start, end = self._get_window(company)
        missing = self.env["customer.profit.month"]._get_unattributed(
            company, start, end
        )
        company.write(
            {
                "customer_refresh_date": company.customer_refresh_start,
                "customer_refresh_start": False,
                "customer_unattributed_revenue": missing["revenue"],
                "customer_unattributed_hours": missing["hours"],
                "customer_unattributed_time_cost": missing["time_cost"],
            }
        )
        _logger.info("Customer accounts of %s are up to date", company.name)

    @api.model
    def _get_refresh_remaining(self, company):
        """Return how many steps' worth of accounts a company's cycle has yet to do."""
        # sudo: counts only; the state of the refresh is not a figure of an account
        company = company.sudo()
        if not company.customer_refresh_start:
            return 0
        return 1 + self.sudo().with_context(active_test=False).search_count(
            [
                ("company_id", "=", company.id),
                ("id", ">", company.customer_refresh_cursor),
            ]
        )

    # ------------------------------------------------------------------
    # Which accounts there are
    # ------------------------------------------------------------------

    @api.model
    def _create_missing(self, company, month):
        """Create accounts for partners with documents in a month and no account yet.

        Does at most a batch and returns how many.
        """
        partner_ids = self.env["customer.profit.month"]._get_partners_without_account(
            company, month, limit=BATCH_SIZE
        )
        self.with_context(
            mail_create_nolog=True, mail_create_nosubscribe=True, tracking_disable=True
        ).create(
            [
                {"partner_id": partner_id, "company_id": company.id}
                for partner_id in partner_ids
            ]
        )
        return len(partner_ids)

    @api.model
    def _fold_strays(self, company):
        """Fold accounts of contacts that have come to belong to a company since.

        Does at most a few and returns how many.
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT account.id, partner.commercial_partner_id
                  FROM customer_account account
                  JOIN res_partner partner ON partner.id = account.partner_id
                 WHERE account.company_id = %s
                   AND partner.commercial_partner_id <> account.partner_id
                 ORDER BY account.id
                 LIMIT %s
                """,
                company.id,
                FOLD_SIZE,
            )
        )
        for account_id, partner_id in rows:
            partner = self.env["res.partner"].browse(partner_id)
            self.browse(account_id)._move_to_partner(partner)
        return len(rows)

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
        """Add up the window's months, then value and classify each account."""
        from ..engine import lifetime_value, portfolio  # numpy only when needed

        for company, accounts in self.grouped("company_id").items():
            start, end = self._get_window(company)
            accounts._sum_months(start, end)
            figures = accounts._get_columns(
                "revenue", "profit", "order_count", "historic_order_count", "result"
            )
            value, frequency = lifetime_value.occasions(
                figures["profit"],
                figures["order_count"],
                figures["historic_order_count"],
                years=company.customer_window_months / 12,
            )
            accounts._write_numbers(
                "lifetime_value",
                lifetime_value.plain_value(
                    value, frequency, company.customer_value_years
                ).round(company.currency_id.decimal_places),
            )
            results = portfolio.results(
                figures["revenue"], figures["profit"], company.customer_even_rate
            )
            accounts._write_changed("result", results, figures["result"])

    def _sum_months(self, start, end):
        """Write the sums of the months from start to before end, and of all months."""
        self.flush_model()
        sums = {
            name: SQL("SUM(month.%s) FILTER (WHERE in_window)", SQL.identifier(name))
            for name in (
                "revenue",
                "refund_amount",
                "product_cost",
                "time_cost",
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

    def _write_numbers(self, name, values):
        """Write a number of each account in bulk; only rows that differ are written."""
        column = SQL.identifier(name)
        self.env.cr.execute(
            SQL(
                """
                UPDATE customer_account account
                   SET %(column)s = new.value
                  FROM unnest(%(ids)s::int[], %(values)s::numeric[]) new(id, value)
                 WHERE account.id = new.id
                   AND account.%(column)s IS DISTINCT FROM new.value
                """,
                column=column,
                ids=self.ids,
                values=list(map(float, values)),
            )
        )
        self.invalidate_recordset([name])

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
