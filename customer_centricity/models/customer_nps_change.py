from odoo import api, models


class CustomerNpsResponse(models.Model):
    """Answers that move or go: whose they were is noted, as of a document.

    A negative answer is a complaint. What changes tells by its own date, which an
    answer that is somebody else's now, or that is deleted, does not for whose it was.
    """

    _inherit = "customer.nps.response"

    # what changed since the last refresh is looked for by every refresh
    _company_write_date_idx = models.Index("(company_id, write_date)")

    def write(self, vals):
        if not {"partner_id", "company_id"}.isdisjoint(vals):
            self._note_whose()
        return super().write(vals)

    def unlink(self):
        self._leave_no_trace()
        return super().unlink()

    def _note_whose(self):
        """Note that the accounts they count for are to be brought up to date."""
        # sudo: whoever changes an answer; the notes tell nothing
        self.env["customer.account.change"]._note_accounts(self.sudo().account_id)

    # ------------------------------------------------------------------
    # What is told of them elsewhere
    # ------------------------------------------------------------------

    def _leave_no_trace(self):
        """See to it that nothing elsewhere tells of answers that are deleted."""
        self._note_whose()
        # sudo: the work of those who were asked to call, see _ask_to_call_back
        calls = self.sudo().with_context(active_test=False).call_back_id
        self._get_messages_of_calls(calls).unlink()
        calls.unlink()

    @api.model
    def _get_messages_of_calls(self, calls):
        """Return what the chatter tells of calls that were made: it has their notes."""
        messages = self.env["mail.message"].sudo()  # as the calls themselves
        told = messages.search(
            [
                ("mail_activity_type_id", "in", calls.activity_type_id.ids),
                ("model", "in", [*set(calls.mapped("res_model"))]),
                ("res_id", "in", calls.mapped("res_id")),
            ]
        ).grouped(lambda message: (message.model, message.res_id))
        return messages.browse(
            {
                message.id
                for call in calls
                if call.note
                for message in told.get((call.res_model, call.res_id), ())
                if call.note in message.body
            }
        )
