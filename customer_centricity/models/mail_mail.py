from odoo import models


class MailMail(models.Model):
    """Letters that ask for a recommendation tell whether they could be sent."""

    _inherit = "mail.mail"

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        # before the mails are deleted
        failed = self.browse()
        if failure_type:
            failed = self.filtered(lambda mail: mail.state == "exception")
        # sudo: whoever sends the mails of the queue
        invitations = self.env["customer.nps.invitation"].sudo()
        for invitation in invitations.search([("mail_id", "in", self.ids)]):
            mail = invitation.mail_id
            failure = failure_reason or mail.failure_reason or failure_type
            invitation.failure = failure[:300] if mail in failed else False
        return super()._postprocess_sent_message(
            success_pids,
            success_emails,
            failure_reason=failure_reason,
            failure_type=failure_type,
        )
