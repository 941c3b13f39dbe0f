from datetime import timedelta

from odoo import api, fields, models

from .by_halves import by_halves, shorten

# Letters that are written in one transaction
BATCH = 200
WAITING = [("sent_date", "=", False), ("failure", "=", False)]


class CustomerNpsInvitation(models.Model):
    """The letters with the links: written in batches, sent by Odoo's mail queue."""

    _inherit = "customer.nps.invitation"

    template_id = fields.Many2one(
        comodel_name="mail.template",
        readonly=True,
        ondelete="set null",
        help="The letter; empty: the one that comes with the addon.",
    )

    @api.model
    def _get_default_template(self):
        return self.env.ref(
            "customer_centricity.mail_template_nps", raise_if_not_found=False
        )

    @api.model
    def _cron_send(self):
        """Write the letters that wait, committing each batch."""
        time_left = True
        while time_left and (waiting := self.search(WAITING, order="id", limit=BATCH)):
            waiting._send_or_note()
            time_left = self.env["ir.cron"]._commit_progress(
                len(waiting), remaining=self.search_count(WAITING)
            )
        if not time_left and self.search_count(WAITING, limit=1):
            # others have their turn, and this goes on at once
            self.env.ref("customer_centricity.ir_cron_send_invitations")._trigger()

    def _send_or_note(self):
        """Write the letters; note why on invitations whose letter cannot be written."""
        self._note_failure(
            self.filtered(lambda one: not one.partner_id.email_normalized),
            self.env._("The contact has no valid e-mail address any more."),
        )
        ready = self.filtered(lambda one: not one.failure)
        for template, invitations in ready.grouped(
            lambda one: one.template_id or self._get_default_template()
        ).items():
            if not template:
                self._note_failure(
                    invitations, self.env._("The template of the letter was deleted.")
                )
                continue
            failed = by_halves(
                lambda batch, template=template: batch._send(template), invitations
            )
            for invitation, error in failed.items():
                self._note_failure(invitation, shorten(error))

    @api.model
    def _note_failure(self, invitations, failure):
        invitations.write({"failure": failure})

    def _send(self, template):
        """Put the letters in the mail queue; the links are valid from today on."""
        today = fields.Date.context_today(self)
        for company, invitations in self.grouped("company_id").items():
            days = timedelta(days=company.customer_nps_link_days)
            invitations.write({"sent_date": today, "expiry_date": today + days})
        # The link is for who receives it: no message on a record, which the team could
        # read, and none kept once it is sent
        template.send_mail_batch(
            self.ids,
            email_values={"model": False, "res_id": False, "auto_delete": True},
        )
