from odoo import fields, models
from odoo.tools import email_normalize


class SurveyUserInput(models.Model):
    """What customers answer in a survey is what they say of the company."""

    _inherit = "survey.user_input"

    def _mark_done(self):
        result = super()._mark_done()
        self._note_nps_responses()
        return result

    def _note_nps_responses(self):
        """Note recommendations of known contacts, each answer once."""
        # sudo: participants may be anybody, and read no question's settings
        inputs = self.sudo().filtered(lambda one: not one.test_entry)
        lines = inputs.user_input_line_ids.filtered(
            lambda line: (
                line.question_id.is_customer_nps
                and line.answer_type == "scale"
                and not line.skipped
            )
        )
        responses = self.env["customer.nps.response"].sudo()  # sudo: as above
        counted = responses.search([("survey_line_id", "in", lines.ids)])
        lines -= counted.survey_line_id
        partner_of = lines.user_input_id._find_nps_partners()
        responses.create(
            [
                line.user_input_id._prepare_nps_response_vals(
                    line, partner_of[line.user_input_id]
                )
                for line in lines
                if line.user_input_id in partner_of
            ]
        )

    def _find_nps_partners(self):
        """Return {participation: contact} of those whose contact is known.

        An e-mail address that two contacts share is that of nobody. Colleagues who take
        part are no customers.
        """
        people_of = {}
        addressed = self.filtered(lambda one: one._is_nps_address_proven())
        for company, inputs in addressed.grouped(
            lambda one: one._get_nps_company()
        ).items():
            emails = [email_normalize(email) for email in inputs.mapped("email")]
            people = self.env["res.partner"].search(
                [
                    ("email_normalized", "in", [email for email in emails if email]),
                    ("company_id", "in", [False, company.id]),
                ]
            )
            by_email = people.grouped("email_normalized")
            for one in inputs:
                people_of[one] = by_email.get(email_normalize(one.email))
        partner_of = {}
        for one in self:
            partner = one.partner_id or people_of.get(one) or one.partner_id
            if len(partner) == 1 and all(partner.user_ids.mapped("share")):
                partner_of[one] = partner
        return partner_of

    def _is_nps_address_proven(self):
        """Return whether an address, without a contact, is that of who was invited.

        Where anybody may take part, anybody may type in the address of a customer.
        """
        self.ensure_one()
        return (
            not self.partner_id
            and bool(self.email)
            and self.survey_id.access_mode == "token"
            and not any(self.user_input_line_ids.question_id.mapped("save_as_email"))
        )

    def _get_nps_company(self):
        self.ensure_one()
        return self.survey_id.user_id.company_id or self.env.company

    def _prepare_nps_response_vals(self, line, partner):
        self.ensure_one()
        company = partner.commercial_partner_id.company_id or self._get_nps_company()
        return {
            "partner_id": partner.id,
            "company_id": company.id,
            "score": line.value_scale,
            "date": fields.Date.context_today(self, self.end_datetime),
            "channel": "survey",
            "survey_line_id": line.id,
        }
