from odoo import api, fields, models

from .customer_decision_letter import LETTER_CONTEXT

USER = "customer_centricity.group_user"


class ResPartner(models.Model):
    """What is being decided on a contact's account; letters about it are part of the
    correspondence with the contact.
    """

    _inherit = "res.partner"

    customer_decision_id = fields.Many2one(
        comodel_name="customer.decision",
        string="Open Decision",
        compute="_compute_customer_decision_id",
        groups=USER,
        help="The open case of the contact's account, in the current company.",
    )

    @api.depends("customer_account_id")
    @api.depends_context("company")
    def _compute_customer_decision_id(self):
        for partner in self:
            partner.customer_decision_id = partner.customer_account_id.decision_id

    def _message_post_after_hook(self, message, msg_values):
        result = super()._message_post_after_hook(message, msg_values)
        self._note_decision_letter(message)
        return result

    def _note_decision_letter(self, message):
        """Tell the case of which this is the letter that it has been sent."""
        # the context is the caller's: of the cases that they may read, and of this
        # contact's only
        decision_id = self.env.context.get(LETTER_CONTEXT)
        if type(decision_id) is not int:
            return
        decision = (
            self.env["customer.decision"]
            .browse(decision_id)
            .with_context(**{LETTER_CONTEXT: False})
        )
        if (
            decision.exists()
            and decision.has_access("read")
            and decision.partner_id == self
        ):
            decision._note_letter(message)
