from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import NO_ACCESS

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
    # for nobody to read: it holds the link, and is gone as soon as it is sent
    mail_id = fields.Many2one(
        comodel_name="mail.mail",
        readonly=True,
        copy=False,
        groups=NO_ACCESS,
        index="btree_not_null",
        ondelete="set null",
    )

    # of two people who invite a contact at once the second is refused
    _waiting_uniq = models.UniqueIndex(
        "(partner_id, company_id) WHERE sent_date IS NULL AND failure IS NULL",
        "Somebody else has just invited one of these contacts. Open the dialog again.",
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

    @api.constrains("template_id")
    def _check_template(self):
        self._refuse_other_letters(self.template_id)

    @api.model
    def _refuse_other_letters(self, templates):
        """Refuse templates of other records: they would tell of others' records."""
        # sudo: which records a template is for, to whoever chooses it
        for template in templates.sudo():
            if template.model != self._name:
                raise ValidationError(
                    self.env._(
                        "“%s” is not a letter that asks for a recommendation: choose "
                        "a template for invitations.",
                        template.display_name,
                    )
                )

    def _send_or_note(self):
        """Write the letters; note why on invitations whose letter cannot be written."""
        self._note_hindered()
        ready = self.filtered(lambda one: not one.failure)
        for template, invitations in ready.grouped(
            lambda one: one.template_id or self._get_default_template()
        ).items():
            if not template:
                invitations._note_failure(
                    lambda env: env._("The template of the letter was deleted.")
                )
                continue
            failed = by_halves(
                lambda batch, template=template: batch._send(template), invitations
            )
            for invitation, error in failed.items():
                invitation._note_failure(lambda _env, error=error: shorten(error))

    def _note_hindered(self):
        """Leave out who must not be written to any more, since they were chosen."""
        told = {
            "opted_out": lambda env: env._("The contact does not want to be profiled."),
            "no_email": lambda env: env._(
                "The contact has no valid e-mail address any more."
            ),
            "blacklisted": lambda env: env._("The contact's address is blacklisted."),
            "company": lambda env: env._("The contact belongs to another company."),
        }
        for company, invitations in self.grouped("company_id").items():
            hindered = self._find_hindered(invitations.partner_id, company)
            for reason, chosen in invitations.grouped(
                lambda one, hindered=hindered: hindered.get(one.partner_id.id)
            ).items():
                if reason:
                    chosen._note_failure(told[reason])

    @api.model
    def _find_hindered(self, partners, company):
        """Return {id: reason} of contacts who must not, or cannot, be written to.

        Asked when they are chosen, and again when the letter is written.
        """
        partners = partners.sudo()  # sudo: who wants no profiling, whoever asks
        # sudo: who must not be written to is looked up as when a mail is sent
        blacklist = self.env["mail.blacklist"].sudo()
        emails = [email for email in partners.mapped("email_normalized") if email]
        blacklisted = set(blacklist.search([("email", "in", emails)]).mapped("email"))
        hindered = {}
        for partner in partners:
            if partner.company_id and partner.company_id != company:
                hindered[partner.id] = "company"
            elif partner.customer_profiling_opt_out or partner.is_customer_opted_out:
                hindered[partner.id] = "opted_out"
            elif not partner.email_normalized:
                hindered[partner.id] = "no_email"
            elif partner.email_normalized in blacklisted:
                hindered[partner.id] = "blacklisted"
        return hindered

    def _note_failure(self, tell):
        """Note why the letters could not be sent, for those who invited.

        :param tell: function of an environment, whose language it tells it in
        """
        for user, invitations in self.grouped("user_id").items():
            env = self.with_context(lang=user.lang or self.env.lang).env
            invitations.write({"failure": tell(env)})

    def _send(self, template):
        """Put the letters in the mail queue; the links are valid from today on."""
        self._refuse_other_letters(template)
        today = fields.Date.context_today(self)
        for company, invitations in self.grouped("company_id").items():
            days = timedelta(days=company.customer_nps_link_days)
            invitations.write({"sent_date": today, "expiry_date": today + days})
        # The link is for who receives it: no message on a record, which the team could
        # read, and none kept once it is sent
        mails = template.send_mail_batch(
            self.ids,
            email_values={"model": False, "res_id": False, "auto_delete": True},
        )
        for invitation, mail in zip(self, mails, strict=True):
            invitation.mail_id = mail
            mail.headers = repr(
                {
                    "List-Unsubscribe": f"<{invitation.get_stop_url()}>",
                    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                }
            )
