from odoo import api, fields, models
from odoo.exceptions import UserError

# The customer is told of what has been decided, not of what is being considered
TOLD = ("approved", "applied")
# With what a message has been written: the case whose letter it is
LETTER_CONTEXT = "customer_decision_letter_id"


class CustomerDecision(models.Model):
    """The letter that tells the customer what has been decided.

    It is written in the customer's language from the template of the option's rung,
    and opened for a person to read, change and send: it never goes out by itself. What
    is sent belongs to the correspondence with the contact, and is written there: what
    the team writes about the case must not reach the customer with it.
    """

    _inherit = "customer.decision"

    letter_date = fields.Datetime(
        string="Letter Sent",
        readonly=True,
        copy=False,
        help="When the customer was last written to about the decision.",
    )
    can_write_letter = fields.Boolean(compute="_compute_can_write_letter")

    @api.depends("state", "option_id")
    def _compute_can_write_letter(self):
        for decision in self:
            decision.can_write_letter = bool(
                decision.state in TOLD and decision._get_letter_template()
            )

    def action_write_letter(self):
        """Open the letter to the customer, to be read, changed and sent by a person."""
        self.ensure_one()
        self.check_access("read")
        if self.state not in TOLD:
            raise UserError(
                self.env._(
                    "%s: the customer is written to once the decision is approved.",
                    self.display_name,
                )
            )
        template = self._get_letter_template()
        if not template:
            raise UserError(
                self.env._(
                    "%s: there is no letter for what has been chosen. Choose a "
                    "template in the decision ladder.",
                    self.display_name,
                )
            )
        subject, body = self._render_letter(template)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Letter to the customer"),
            "res_model": "mail.compose.message",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_composition_mode": "comment",
                "default_model": "res.partner",
                "default_res_ids": self.partner_id.ids,
                "default_partner_ids": self.partner_id.ids,
                "default_attachment_ids": template.attachment_ids.ids,
                "default_subject": subject,
                "default_body": body,
                # the letter ends with its sender already
                "default_email_add_signature": False,
                LETTER_CONTEXT: self.id,
            },
        }

    def _get_letter_template(self):
        # sudo: how the ladder is set up is no secret, and whoever may read the case may
        # write its letter
        return self.option_id.rung_id.sudo().mail_template_id.sudo(False)

    def _render_letter(self, template):
        """Return subject and body in the customer's language, written by the user."""
        subject, body = (
            template._render_field(
                name, self.ids, compute_lang=True, options={"post_process": True}
            )[self.id]
            for name in ("subject", "body_html")
        )
        return subject, body

    def _note_letter(self, message):
        """Tell in the case that a letter has been sent."""
        # sudo: whoever may write to the customer may leave word of it
        self.sudo().letter_date = fields.Datetime.now()
        self.message_post(
            body=self.env._(
                "%(user)s has written to %(customer)s: “%(subject)s”.",
                user=self.env.user.name,
                customer=self.partner_id.display_name,
                subject=message.subject or "",
            )
        )
