import logging
import time
from datetime import date, timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import LockError
from odoo.tools import SQL

from .customer_account_figures import BATCH_SIZE

_logger = logging.getLogger(__name__)

# Merging accounts moves their messages and files one by one.
FOLD_SIZE = 50
# Accounts whose documents are read in one transaction: some seconds' work. Documents
# are not stored by account: those of fewer accounts take as long to find.
ACCOUNTS_AT_ONCE = 50_000
# Seconds to wait for somebody who is saving an account of the batch.
CONFLICT_PAUSE = 0.5
# An interrupted cycle goes on unless it is older than this: then it begins again, as
# what it has done no longer is up to date.
CYCLE_LIFETIME = timedelta(hours=12)


# Portfolios of fewer accounts are done whole every time: it takes seconds.
SMALL_PORTFOLIO = 2000
# Everything is done anew after this time, whatever the documents tell of changes.
FULL_AGAIN = timedelta(days=7)

# Indexes for lists, cards and sums, of figures that a refresh of all writes anew
FIGURE_INDEXES = (
    "customer_account_company_profit_idx",
    "customer_account_company_value_idx",
    "customer_account_company_tier_value_idx",
    "customer_account_company_tier_result_idx",
    "customer_account_company_tier_figures_idx",
)
# They are left as they are when somebody reads the accounts for so long.
PATIENCE = "200ms"

# Settings that decide what the figures of every account are
SETTINGS = (
    "customer_discount_rate",
    "customer_even_rate",
    "customer_lost_months",
    "customer_minimum_months",
    "customer_value_method",
    "customer_value_months",
    "customer_window_months",
)

# What a cycle goes through, in order; whole, or for changed documents only
STAGES = {
    True: (
        "fold",
        "accounts",
        "months",
        "observe",
        "learn",
        "value",
        "behaviour",
        "occasions",
        "goodwill",
        "figures",
        "compare",
        "referrals",
        "voice",
        "advise",
        "service",
        "group",
    ),
    False: (
        "fold",
        "gather",
        "facts",
        "changes",
        "lifecycle",
        "compare",
        "referrals",
        "voice",
        "advise",
        "service",
        "group",
    ),
}
# After these the facts are up to date.
FACT_STAGES = ("fold", "accounts", "months", "gather", "facts")


class CustomerAccount(models.Model):
    """The refresh: from posted documents to figures, values and tiers.

    A cycle of one company goes through stages, in steps that are each a transaction
    when the scheduled action runs them:

    - fold: accounts of contacts that have come to belong to a company fold into its
      account
    - accounts: the first time, one for every commercial partner with documents; those
      of later are created with their facts
    - months: period by period, the facts are rebuilt
    - value: the lifetime value of all accounts (customer_account_value.py)
    - behaviour: what accounts buy, how often, how they pay
      (customer_account_behaviour.py)
    - occasions: what accounts did that earns more of them
      (customer_account_occasion.py)
    - goodwill: how well the accounts and we get on (customer_account_goodwill_find.py)
    - figures: batch by batch of accounts, all their numbers, the result, and where each
      stands by its orders (customer_account_lifecycle.py)
    - compare: value bands and tiers, which compare all accounts of the company
    - referrals: what an account has brought by recommending us
      (customer_account_referral.py)
    - voice: what the contacts have answered lately (customer_account_voice.py)
    - advise: what to aim for next with each account (customer_account_advise.py)
    - service: the hours of the month beside those that the service level includes,
      which the first tier has given (customer_account_hours.py)
    - group: rules of groups, which look at all of this (customer_group_rule.py); in the
      end, what is missing in the data is noted and graded

    In a large portfolio only those whose documents changed are done: who that is
    (gather, customer_account_change.py), then months (facts), value, behaviour and
    figures of these (changes), and of all where they stand by their orders (lifecycle),
    which also changes when nothing happens. Once a week, when the profit window moves
    on, when something changed that concerns everybody (cost rates, settings) and when
    asked for, everything is done.

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
                # what a step has read is not needed by the next: memory is not to grow
                # with the portfolio
                self.env.invalidate_all()

    @api.model
    def _cron_refresh(self):
        """Refresh every company in steps, committing each; resume when interrupted."""
        companies = self._get_companies()
        if due := self._get_due(companies):
            begun = self._guarded(lambda: self._begin_cycles(due))
            # A conflict in a later step must not undo the beginning
            self.env["ir.cron"]._commit_progress(0, remaining=len(companies))
            if not begun:
                return
        pending = companies.filtered("customer_refresh_start")
        time_left = True
        while pending and time_left:
            done = self._guarded_step(pending[0])
            # those, too, whose cycle a run has begun meanwhile
            pending = companies.filtered("customer_refresh_start")
            time_left = self.env["ir.cron"]._commit_progress(
                done, remaining=sum(map(self._get_refresh_remaining, pending))
            )
        if pending:
            # Time is over: the scheduler gives others a turn, and would come back only
            # when it looks around the next time.
            self.env.ref("customer_centricity.ir_cron_refresh_accounts")._trigger()

    @api.model
    def _get_due(self, companies):
        """Return the companies whose refresh is to begin, or to begin again.

        All when none is at work; else those that were not refreshed for long: a run
        that has begun a refresh of one company keeps none from theirs.
        """
        pending = companies.filtered("customer_refresh_start")
        outdated = fields.Datetime.now() - CYCLE_LIFETIME
        if not pending or min(pending.mapped("customer_refresh_start")) < outdated:
            return companies
        return (companies - pending).filtered(
            lambda company: (
                not company.customer_refresh_error
                and (company.customer_refresh_date or outdated) <= outdated
            )
        )

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
                    # the next one is whole, whichever failed
                    "customer_refresh_basis": False,
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
    def _begin_cycles(self, companies, full=False):
        for company in companies:
            self._begin_cycle(company, full)
        return len(companies)

    @api.model
    def _begin_cycle(self, company, full=False):
        window_end = fields.Date.context_today(self).replace(day=1)
        basis = self._get_basis(company)
        if full or company.customer_refresh_basis != basis:
            # asked for, or everybody's figures are others: behaviours are found anew,
            # too, whatever the documents tell of changes
            company.customer_occasion_month = False
        full = bool(full or self._must_be_full(company, window_end))
        if full:
            # those of the beginning: what changes meanwhile is for the next cycle
            company.customer_refresh_basis = basis
        company.write(
            {
                "customer_window_end": window_end,
                "customer_refresh_start": fields.Datetime.now(),
                "customer_refresh_full": full,
                "customer_refresh_stage": STAGES[full][0],
                "customer_refresh_month": False,
                "customer_refresh_cursor": 0,
                "customer_refresh_error": False,
                "customer_refresh_moment": self.env.cr.now(),
            }
        )
        if full:
            self.env["customer.behaviour.change"]._note_documents(company)
            self.env["customer.account.change"]._forget(company)
            self.env["customer.account.observation"]._forget(company)

    @api.model
    def _must_be_full(self, company, window_end):
        """Return whether a cycle has to do more than what changed."""
        last_full = company.customer_full_date
        return (
            not last_full
            or not company.customer_changes_since
            or last_full + FULL_AGAIN <= self.env.cr.now()
            or company.customer_window_end != window_end
            # what an interrupted cycle left undone is known to none of the documents
            or (company.customer_refresh_start and company.customer_refresh_full)
            or company.customer_refresh_basis != self._get_basis(company)
            or self._count_accounts(company) < SMALL_PORTFOLIO
        )

    @api.model
    def _get_basis(self, company):
        """Return a text that differs when everybody's figures would be others.

        It stands for the settings that figures depend on, and for the cost rates.
        """
        settings = [repr(company[name]) for name in SETTINGS]
        rates = self.env["customer.cost.rate"]._get_signature(company)
        return " ".join([*settings, rates])

    @api.model
    def _refresh_step(self, company):
        """Do the next step of the company's cycle; return how much it did, above 0."""
        stages = STAGES[company.customer_refresh_full]
        for stage in stages[stages.index(company.customer_refresh_stage) :]:
            if company.customer_refresh_stage != stage:
                company.write(
                    {"customer_refresh_stage": stage, "customer_refresh_cursor": 0}
                )
            if done := getattr(self, f"_refresh_{stage}")(company):
                return done
        self._end_cycle(company)
        return 1

    @api.model
    def _end_stage(self, company):
        """Have the next step begin the next stage; return how much this one did."""
        stages = STAGES[company.customer_refresh_full]
        stage = company.customer_refresh_stage
        following = stages[stages.index(stage) + 1]
        if stage in FACT_STAGES and following not in FACT_STAGES:
            self.env["customer.ltv.run"]._notice_refresh(company)
        company.write(
            {"customer_refresh_stage": following, "customer_refresh_cursor": 0}
        )
        return 1

    @api.model
    def _refresh_fold(self, company):
        return self._fold_strays(company)

    @api.model
    def _refresh_accounts(self, company):
        if company.customer_full_date:
            return 0
        return self.env["customer.profit.month"]._create_first_accounts(company)

    @api.model
    def _refresh_months(self, company):
        months = self.env["customer.profit.month"]
        period = months._get_next_period(company, company.customer_refresh_month)
        if not period:
            self._tell_planner()
            return self._end_stage(company)
        if created := months._rebuild_period(company, *period):
            return created
        company.customer_refresh_month = period[1]
        return 1

    @api.model
    def _tell_planner(self):
        """Have the database know how many rows the facts are by now.

        It finds out by itself some time later. Until then, in a first night, it takes
        full tables for empty ones, and reads them once an account instead of once.
        """
        self.env.flush_all()
        for table in (self._table, self.env["customer.profit.month"]._table):
            self.env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))

    @api.model
    def _refresh_observe(self, company):
        return self.env["customer.account.observation"]._observe_next(company)

    @api.model
    def _refresh_learn(self, company):
        self.env["customer.account.observation"]._learn(company)
        return self._end_stage(company)

    @api.model
    def _refresh_value(self, company):
        return self.env["customer.account.observation"]._value_next(company)

    @api.model
    def _refresh_figures(self, company):
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

    @api.model
    def _refresh_gather(self, company):
        self.env["customer.account.change"]._gather(
            company, company.customer_changes_since
        )
        return self._end_stage(company)

    @api.model
    def _refresh_facts(self, company):
        changes = self.env["customer.account.change"]
        partner_ids = changes._take_for_facts(company, BATCH_SIZE)
        if not partner_ids:
            return self._end_stage(company)
        self.env["customer.profit.month"]._rebuild_partners(company, partner_ids)
        return len(partner_ids)

    @api.model
    def _refresh_changes(self, company):
        partner_ids = self.env["customer.account.change"]._take(company, BATCH_SIZE)
        if not partner_ids:
            return 0
        self._find_behaviours_of(company, partner_ids)
        accounts = self.with_context(active_test=False).search(
            [("company_id", "=", company.id), ("partner_id", "in", partner_ids)],
            order="id",
        )
        if accounts:
            accounts.lock_for_update(allow_referencing=True)
            self.env["customer.account.value"]._value_changed(company, accounts)
            scope = SQL("account.id = ANY(%s)", accounts.ids)
            self._find_behaviour(company, scope, partner_ids)
            self._find_goodwill(company, scope, partner_ids)
            accounts._update_figures()
        return len(partner_ids)

    @api.model
    def _refresh_compare(self, company):
        if done := self._forget_profiles(company):
            return done
        if self._update_portfolio(company):
            return 1
        return self._end_stage(company)

    @api.model
    def _end_cycle(self, company):
        start, end = self._get_window(company)
        self.env["customer.quality.finding"]._update(company, start, end)
        totals = self.env["customer.profit.total"]
        if company.customer_refresh_full:
            totals._replace(company, date.min, date.max)
        else:
            totals._compact(company)
        company.write(
            {
                "customer_refresh_date": company.customer_refresh_start,
                "customer_refresh_start": False,
                "customer_changes_since": company.customer_refresh_moment,
                "customer_full_date": company.customer_refresh_moment
                if company.customer_refresh_full
                else company.customer_full_date,
            }
        )
        _logger.info("Customer accounts of %s are up to date", company.name)
        self.env["customer.ltv.run"]._notice_refresh(company)
        if (
            company.customer_refresh_full
            and self._count_accounts(company) >= SMALL_PORTFOLIO
        ):
            self._renew_indexes()

    @api.model
    def _renew_indexes(self):
        """Write the indexes of figures anew, without the room of what was before.

        Each step of a refresh of all leaves the rows of the one before behind. What
        they took of an index is used again but never given back, and the database
        finds reading an index of four times its size dearer than reading the table.
        It takes less than a second for 100,000 accounts, in which nobody reads or saves
        any: it is the last that a refresh does.
        """
        self.env.flush_all()
        try:
            with self.env.cr.savepoint():
                self.env.cr.execute(SQL("SET LOCAL lock_timeout = %s", PATIENCE))
                for index in FIGURE_INDEXES:
                    self.env.cr.execute(
                        SQL("REINDEX INDEX %s", SQL.identifier(index)),
                        log_exceptions=False,
                    )
                self.env.cr.execute("SET LOCAL lock_timeout TO DEFAULT")
        except psycopg2.errors.LockNotAvailable:
            _logger.info("Accounts are being read: their indexes stay as they are")

    @api.model
    def _has_facts_since(self, company, moment):
        """Return whether a cycle that began since has the facts, and goes on.

        The first cycle of all is never so far before its end: until then nothing is
        known of a company, not even how good its data are.
        """
        return (
            bool(company.customer_refresh_date)
            and bool(company.customer_refresh_start)
            and company.customer_refresh_start >= moment
            and company.customer_refresh_stage not in FACT_STAGES
        )

    @api.model
    def _get_refresh_remaining(self, company):
        """Return how many steps' worth of accounts a company's cycle has yet to do."""
        # sudo: counts only; the state of the refresh is not a figure of an account
        company = company.sudo()
        if not company.customer_refresh_start:
            return 0
        if not company.customer_refresh_full:
            changes = self.env["customer.account.change"].sudo()
            return 1 + changes.search_count([("company_id", "=", company.id)])
        return 1 + self._count_accounts(company, after=company.customer_refresh_cursor)

    @api.model
    def _get_next_range(self, company, limit=None):
        """Return how many accounts come next in the refresh, their first and last id.

        Archived ones too: their documents count as long as they are there.
        """
        self.env.flush_all()
        [row] = self.env.execute_query(
            SQL(
                """
                SELECT COUNT(*), MIN(id), MAX(id)
                  FROM (
                      SELECT id FROM customer_account
                       WHERE company_id = %s AND id > %s
                       ORDER BY id LIMIT %s
                  ) account
                """,
                company.id,
                company.customer_refresh_cursor,
                limit or ACCOUNTS_AT_ONCE,
            )
        )
        return row

    @api.model
    def _count_accounts(self, company, after=0):
        # sudo: counts only
        return (
            self.sudo()
            .with_context(active_test=False)
            .search_count([("company_id", "=", company.id), ("id", ">", after)])
        )

    # ------------------------------------------------------------------
    # Which accounts there are
    # ------------------------------------------------------------------

    @api.model
    def _create_accounts(self, company, partner_ids):
        """Create accounts of commercial partners."""
        self.with_context(
            mail_create_nolog=True, mail_create_nosubscribe=True, tracking_disable=True
        ).create(
            [
                {"partner_id": partner_id, "company_id": company.id}
                for partner_id in partner_ids
            ]
        )

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
