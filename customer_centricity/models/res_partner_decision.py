from odoo import models

from .customer_decision_letter import LETTER_CONTEXT


class ResPartner(models.Model):
    """Letters about decisions are part of the correspondence with the contact."""

    _inherit = "res.partner"

    def _message_post_after_hook(self, message, msg_values):
        result = super()._message_post_after_hook(message, msg_values)
        self._note_decision_letter(message)
        return result

    def _note_decision_letter(self, message):
        """Tell the case of which this is the letter that it has been sent."""
        decision = (
            self.env["customer.decision"]
            .browse(self.env.context.get(LETTER_CONTEXT))
            .with_context(**{LETTER_CONTEXT: False})
        )
        # the context is the caller's: of the cases that they may read, and of this
        # contact's only
        if (
            decision.exists()
            and decision.has_access("read")
            and decision.partner_id == self
        ):
            decision._note_letter(message)
