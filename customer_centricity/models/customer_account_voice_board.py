from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from .customer_voiced import COUNTS
from .res_partner_behaviour import ASKING

MANAGER = "customer_centricity.group_manager"


class CustomerAccount(models.Model):
    """The board of profit and voice: what it tells, and what one does from it."""

    _inherit = "customer.account"

    @api.model
    @api.readonly
    def get_voice_summary(self):
        """Return what all contacts of the current company say, as text.

        :return: dict of the net promoter score in words, if there are answers, and of
            what it is made of
        """
        self.check_access("read")
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._("Profit and voice together are for account managers.")
            )
        [counts] = self._read_group(
            [("company_id", "=", self.env.company.id)],
            [],
            [f"{name}:sum" for name in COUNTS],
        )
        [told] = self.env["customer.voiced"]._tell_nps(
            [tuple(count or 0 for count in counts)]
        )
        return {
            "nps": told["nps_label"],
            "parts": told["nps_parts"],
            "company": self.env.company.name,
        }

    def action_schedule_call(self):
        """Plan a call with the customer."""
        self.check_access("read")
        call = self.env.ref("mail.mail_activity_data_call", raise_if_not_found=False)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Schedule a call"),
            "res_model": "mail.activity.schedule",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "active_model": self._name,
                "active_ids": self.ids,
                "default_activity_type_id": call.id if call else False,
                "default_summary": self.env._("Hear what they think of us"),
                # whoever manages the account knows whom to call
                "default_activity_user_id": self.user_id.id
                if len(self.user_id) == 1
                else self.env.uid,
            },
        }

    def action_ask_referral(self):
        """Open a message that asks the customer to recommend us, for a person to send.

        It goes to those of its contacts who said that they would, and is written with
        the contact: what the team writes about the account must not reach anybody. As
        soon as it is sent, the customer counts as asked.
        """
        self.ensure_one()
        self.check_access("read")
        if self.profiling_opt_out:
            raise UserError(
                self.env._(
                    "%s does not want to be profiled: what its contacts answered is "
                    "not used to approach them.",
                    self.display_name,
                )
            )
        template = self.env.ref(
            "customer_centricity.mail_template_ask_referral", raise_if_not_found=False
        )
        if not template:
            raise UserError(
                self.env._(
                    "The message that asks for a referral has been deleted. Write to "
                    "the contact from its own form."
                )
            )
        action = self._open_draft(
            template, self.env._("Ask for a referral"), self._get_promoters()
        )
        action["context"][ASKING] = self.id
        return action

    def _open_draft(self, template, name, partners):
        """Return the composer with a mail to contacts of the customer, to be sent."""
        self.ensure_one()
        subject, body = (
            template._render_field(
                field, self.ids, compute_lang=True, options={"post_process": True}
            )[self.id]
            for field in ("subject", "body_html")
        )
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "mail.compose.message",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_composition_mode": "comment",
                "default_model": "res.partner",
                "default_res_ids": self.partner_id.ids,
                "default_partner_ids": partners.ids,
                "default_subject": subject,
                "default_body": body,
                # the message ends with its sender already
                "default_email_add_signature": False,
            },
        }

    def _get_promoters(self):
        """Return the contacts who recommend us, else the customer itself.

        Those whose latest answer that counts was 9 or 10, and who can be written to.
        """
        self.ensure_one()
        latest = self._get_latest_answers(
            self.company_id, Domain("account_id", "=", self.id), "kind", by="partner_id"
        )
        customer = self.partner_id
        promoters = customer.browse(
            [partner_id for partner_id, kind in latest.items() if kind == "promoter"]
        ).filtered(lambda one: one.active and one.commercial_partner_id == customer)
        hindered = self.env["customer.nps.invitation"]._find_hindered(
            promoters | customer, self.company_id
        )
        # the customer itself is written to by whoever knows its address
        is_willing = hindered.get(customer.id) in (None, "no_email")
        return promoters.filtered(lambda one: one.id not in hindered) or (
            customer if is_willing else customer.browse()
        )
