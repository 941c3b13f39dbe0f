import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_date
from odoo.tools.date_utils import end_of, start_of

from .by_halves import DATABASE_ERRORS

_logger = logging.getLogger(__name__)

# A company that never had a run waits for its next period unless the last one has
# ended within this time: nobody asks for the figures of long ago.
FIRST_TIME = timedelta(days=92)


class CustomerLtvRun(models.Model):
    """The schedule: when a period has ended, a run of it is prepared for review."""

    _inherit = "customer.ltv.run"

    @api.model
    def _cron_prepare(self):
        """Prepare a run in each company whose period has ended; release accounts."""
        for company in self.env["customer.account"]._get_companies():
            self.env["customer.account"]._release_protected(company)
            self.env["ir.cron"]._commit_progress()
            self._prepare_or_log(company)
            self.env["ir.cron"]._commit_progress()

    @api.model
    def _prepare_or_log(self, company):
        """Prepare a run; an error is logged and lets the other companies go on.

        Raised, it would after some nights switch the scheduled action off for all.
        """
        try:
            with self.env.cr.savepoint():
                self._prepare(company)
        except DATABASE_ERRORS:
            raise
        except Exception:
            _logger.exception("No lifetime value run prepared of %s", company.name)

    @api.model
    def _prepare(self, company):
        """Start a run as of the end of the last period, unless there was one."""
        runs = self.with_company(company)
        if company.customer_run_interval == "none" or not company.customer_refresh_date:
            return runs.browse()
        if self.env["customer.ltv.chunk"]._get_worker_state() == "off":
            return runs.browse()  # nobody to work on it, which is told on the screens
        if not self.env["customer.account"]._count_accounts(company):
            return runs.browse()  # nothing to review
        day = self._get_last_period_end(company)
        if self._is_prepared(company, day):
            return runs.browse()
        mine = [("company_id", "=", company.id)]
        if runs.search_count([*mine, ("state", "in", self._get_states_at_work())]):
            return runs.browse()  # tomorrow
        is_first = not runs.search_count(mine, limit=1)
        if is_first and day + FIRST_TIME < fields.Date.context_today(self):
            return runs.browse()
        run = runs.create({"company_id": company.id, "date": day, "is_scheduled": True})
        run.action_compute()
        return run

    @api.model
    def _is_prepared(self, company, day):
        """Return whether there is a run of a period that has ended, or of a later day.

        A draft that somebody has left is no run yet. A run of the period that somebody
        has cancelled is not wanted; a later one is as if it had never been.
        """
        return bool(
            # sudo: which runs there are; no figures
            self.sudo().search_count(
                [
                    ("company_id", "=", company.id),
                    ("state", "!=", "draft"),
                    "|",
                    ("date", "=", day),
                    "&",
                    ("date", ">", day),
                    ("state", "!=", "cancelled"),
                ],
                limit=1,
            )
        )

    @api.model
    def _get_states_at_work(self):
        return ["computing", "applying", "undoing"]

    @api.model
    def _get_last_period_end(self, company):
        """Return the last day of the company's last period that has ended."""
        today = fields.Date.context_today(self)
        # sudo: settings, told to whoever may start a run
        company = company.sudo()
        interval = company.customer_run_interval
        if interval in ("month", "quarter"):
            start = start_of(today, interval)
        else:
            start = company.compute_fiscalyear_dates(today)["date_from"]
        return start - timedelta(days=1)

    @api.model
    def _get_next_period_end(self, company):
        """Return the last day of the period that the schedule prepares a run of next.

        A period that has ended without a run is one, too: it is prepared tonight.
        """
        last = self._get_last_period_end(company)
        today = fields.Date.context_today(self)
        # sudo: which runs there are, and settings; no figures
        mine = self.sudo().search_count([("company_id", "=", company.id)], limit=1)
        is_due = mine or last + FIRST_TIME >= today
        if is_due and not self._is_prepared(company, last):
            return last
        interval = company.sudo().customer_run_interval
        if interval in ("month", "quarter"):
            return end_of(today, interval)
        return company.sudo().compute_fiscalyear_dates(today)["date_to"]

    def _ask_for_review(self):
        """Apply a run of the schedule where that is wanted, else ask for its review."""
        if not self.is_scheduled:
            return
        if self.company_id.customer_run_auto_apply:
            self.action_apply()
            return
        self._ask_administrators(
            lambda run, day: run.env._("Review the lifetime value run as of %s", day)
        )

    def _ask_administrators(self, summary):
        """Give the administrators of the company something to do about the run.

        :param summary: function of the run and its day, both in a person's language
        """
        for user in self._get_administrators():
            run = self.with_context(lang=user.lang)
            run.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=user.id,
                summary=summary(run, format_date(run.env, run.date)),
            )

    @api.model
    def _notice_refresh(self, company):
        """Let a run that waits for the facts of a company go on."""
        if self.search_count(
            [
                ("company_id", "=", company.id),
                ("state", "=", "computing"),
                ("stage", "=", "facts"),
            ]
        ):
            self.env["customer.ltv.chunk"]._wake()
