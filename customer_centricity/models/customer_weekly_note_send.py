import logging

import psycopg2

from odoo import api, fields, models
from odoo.fields import Command, Domain
from odoo.tools import format_date
from odoo.tools.date_utils import relativedelta, start_of

_logger = logging.getLogger(__name__)


class CustomerWeeklyNote(models.Model):
    """Writing the notes: one a transaction, sent by Odoo's mail queue."""

    _inherit = "customer.weekly.note"

    @api.model
    def _cron_send(self):
        """Write the notes of the week that are missing, committing each."""
        week = start_of(fields.Date.context_today(self), "week")
        due = self._get_due(week)
        for number, (company, user) in enumerate(due, start=1):
            self._write_or_log(company, user, week)
            if not self.env["ir.cron"]._commit_progress(1, remaining=len(due) - number):
                # others have their turn, and this goes on at once
                self.env.ref("customer_centricity.ir_cron_send_weekly_notes")._trigger()
                return

    @api.model
    def _get_due(self, week):
        """Return the pairs of company and account manager without a note of the week.

        Of companies that want it, and users who do and have an address.
        """
        companies = self.env["res.company"].search(
            [("customer_weekly_note", "=", True)], order="id"
        )
        group = self.env.ref("customer_centricity.group_user")
        managers = self.env["customer.account"]._read_group(
            Domain("company_id", "in", companies.ids)
            & Domain("user_id.active", "=", True)
            & Domain("user_id.customer_weekly_note", "=", True)
            & Domain("user_id.all_group_ids", "in", group.ids),
            ["company_id", "user_id"],
            order="company_id, user_id",
        )
        noted = {
            (note.company_id, note.user_id)
            for note in self.search([("week", "=", week)])
        }
        return [
            (company, user)
            for company, user in managers
            if user.email and company in user.company_ids
            if (company, user) not in noted
        ]

    @api.model
    def _write_or_log(self, company, user, week):
        """Write a note; an error is logged, and the others go on."""
        try:
            with self.env.cr.savepoint():
                self._write_note(company, user, week)
        except psycopg2.OperationalError:
            raise  # the database is in trouble, not this note
        except Exception:
            _logger.exception("The weekly note of user %s failed", user.id)

    @api.model
    def _write_note(self, company, user, week):
        """Put the note of a manager in the mail queue, and keep that it was written."""
        reader = self.with_user(user).with_context(
            allowed_company_ids=company.ids, lang=user.lang, tz=user.tz
        )
        parts = reader._get_parts(week)
        self.create(
            {
                "company_id": company.id,
                "user_id": user.id,
                "week": week,
                "change_count": sum(part["count"] for part in parts),
            }
        )
        if not parts:
            return
        subject, body = reader._render_note(parts, week)
        self.env["mail.mail"].create(
            {
                "subject": subject,
                "body_html": body,
                "email_from": company.email_formatted or user.email_formatted,
                "author_id": company.partner_id.id,
                "recipient_ids": [Command.link(user.partner_id.id)],
                "auto_delete": True,
            }
        )

    @api.model
    def _render_note(self, parts, week):
        """Return subject and body in the language of the reader."""
        start, end = week - relativedelta(days=7), week - relativedelta(days=1)
        period = " – ".join(format_date(self.env, day) for day in (start, end))
        values = {
            "parts": parts,
            "period": period,
            "company": self.env.company.name,
            "user": self.env.user.name,
            "dashboard_url": f"{self.get_base_url()}/odoo/customer-dashboard",
            "preferences_url": (
                f"{self.get_base_url()}/odoo/my-preferences/{self.env.uid}"
            ),
        }
        # sudo: templates are nobody's to read; the values were read as the reader
        body = (
            self.env["ir.qweb"]
            .sudo()
            ._render("customer_centricity.weekly_note", values, minimal_qcontext=True)
        )
        subject = self.env._("What changed with your accounts: %s", period)
        return subject, body
