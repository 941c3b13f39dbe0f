from datetime import datetime, time, timedelta

from odoo import api, models
from odoo.fields import Command
from odoo.tools.misc import remove_accents

from .customer_demo import RETURN_DAYS
from .customer_demo_strategy import DILIGENT
from .schedule import month_start, months_between
from .voices import (
    ANSWERED_AFTER,
    ASKED_TO_REFER,
    COMPLAINTS,
    LINK_DAYS,
    OPTED_OUT,
    REFERRALS,
    VOICES,
)

# Days of the month on which it was noted who sent a customer, on which customers
# said that they do not want to be profiled, and on which they were asked
NOTED, OPTED_OUT_ON, ASKED_ON = 15, 11, 7
# Answers on a page come in the morning
MORNING = time(9, 30)


class CustomerDemo(models.AbstractModel):
    """Makes what customers say, whom they sent, and what they complained about."""

    _inherit = "customer.demo"

    # ------------------------------------------------------------------
    # Complaints
    # ------------------------------------------------------------------

    @api.model
    def _load_complaints(self, today, invoices):
        """Credit notes over a part of an invoice, with the reason, as people write
        them.
        """
        credited = [
            self._get_invoice_of(invoices[complaint.customer], complaint, today)
            for complaint in COMPLAINTS
        ]
        moves = self.env["account.move"].union(*credited)
        back = timedelta(days=RETURN_DAYS)
        credit_notes = moves._reverse_moves(
            [
                {
                    "invoice_date": move.invoice_date + back,
                    "date": move.invoice_date + back,
                    "ref": f"Reversal of: {move.name}, {complaint.reason}",
                }
                for move, complaint in zip(credited, COMPLAINTS, strict=True)
            ]
        )
        for credit_note, complaint in zip(credit_notes, COMPLAINTS, strict=True):
            self._keep_only(credit_note, complaint)
        credit_notes.action_post()

    @api.model
    def _get_invoice_of(self, invoices, complaint, today):
        """Return the first invoice of the month that has what was complained about."""
        product = self._ref(f"product_{complaint.product}")
        return invoices.filtered(
            lambda move: (
                months_between(move.invoice_date, today) == complaint.months_ago
                and product in move.invoice_line_ids.product_id
            )
        )[:1]

    @api.model
    def _keep_only(self, credit_note, complaint):
        product = self._ref(f"product_{complaint.product}")
        credit_note.invoice_line_ids = [
            Command.update(line.id, {"quantity": complaint.quantity})
            if line.product_id == product
            else Command.delete(line.id)
            for line in credit_note.invoice_line_ids
        ]

    # ------------------------------------------------------------------
    # Contacts and what they answer
    # ------------------------------------------------------------------

    @api.model
    def _load_voices(self, company, today):
        """Make contacts and what they answered, but the answers of the last days."""
        people = self._load_people()
        self._load_answers(company, today, people, fresh=False)
        self._load_asked(company, today, people)
        self._load_referrals(today, people)
        for key, months_ago in OPTED_OUT.items():
            partner = self._ref(f"partner_{key}")
            partner.customer_profiling_opt_out = True
            partner.customer_profiling_opt_out_date = month_start(
                today, months_ago
            ).replace(day=OPTED_OUT_ON)

    @api.model
    def _load_fresh_answers(self, company, today):
        """Make the answers of the last days: somebody is asked to call back."""
        demo = self.with_context(**DILIGENT)
        demo._load_answers(company, today, demo._load_people(), fresh=True)
        demo._load_starts(company, today)

    @api.model
    def _load_people(self):
        """Return the contacts who were asked, ``{(customer, name): contact}``, and
        make those that are not there.
        """
        partners = {key: self._ref(f"partner_{key}") for key in VOICES}
        people = {
            (key, contact.name): contact
            for key, partner in partners.items()
            for contact in partner.child_ids
        }
        missing = [
            (key, person)
            for key, persons in VOICES.items()
            for person in persons
            if (key, person.name) not in people
        ]
        contacts = self.env["res.partner"].create(
            [
                {
                    "name": person.name,
                    "function": person.function,
                    "parent_id": partners[key].id,
                    "email": f"{'.'.join(remove_accents(person.name).lower().split())}"
                    "@example.com",
                }
                for key, person in missing
            ]
        )
        return people | {
            (key, person.name): contact
            for (key, person), contact in zip(missing, contacts, strict=True)
        }

    @api.model
    def _load_answers(self, company, today, people, fresh):
        given = [
            (people[key, person.name], answer)
            for key, persons in VOICES.items()
            for person in persons
            for answer in person.answers
            if (answer.days_ago is not None) == fresh
        ]
        responses = self.env["customer.nps.response"].create(
            [
                {
                    "partner_id": contact.id,
                    "company_id": company.id,
                    "date": self._get_day(answer, today),
                    "score": answer.score,
                    "topic_id": answer.topic
                    and self._ref(f"nps_topic_{answer.topic}").id,
                    "comment": answer.comment,
                    "channel": answer.channel,
                    "user_id": answer.channel != "page"
                    and contact.commercial_partner_id.user_id.id,
                }
                for contact, answer in given
            ]
        )
        self.env["customer.nps.invitation"].create(
            [
                {
                    **self._prepare_invitation_vals(
                        company,
                        response.partner_id,
                        response.date - timedelta(days=ANSWERED_AFTER),
                    ),
                    "answered_date": datetime.combine(response.date, MORNING),
                    "response_id": response.id,
                }
                for response in responses
                if response.channel == "page"
            ]
        )

    @api.model
    def _get_day(self, answer, today):
        if answer.days_ago is not None:
            return today - timedelta(days=answer.days_ago)
        return month_start(today, answer.months_ago).replace(day=answer.day)

    @api.model
    def _load_asked(self, company, today, people):
        """Invitations that nobody has answered: two may still be, two may not."""
        asked = {
            people[key, person.name]: (
                today - timedelta(days=person.asked_days_ago)
                if person.asked_days_ago
                else month_start(today, person.asked_months_ago).replace(day=ASKED_ON)
            )
            for key, persons in VOICES.items()
            for person in persons
            if person.asked_days_ago or person.asked_months_ago
        }
        self.env["customer.nps.invitation"].create(
            [
                self._prepare_invitation_vals(company, contact, day)
                for contact, day in asked.items()
            ]
        )

    @api.model
    def _prepare_invitation_vals(self, company, contact, day):
        return {
            "partner_id": contact.id,
            "company_id": company.id,
            "user_id": contact.commercial_partner_id.user_id.id,
            "sent_date": day,
            "expiry_date": day + timedelta(days=LINK_DAYS),
        }

    # ------------------------------------------------------------------
    # Who sent whom
    # ------------------------------------------------------------------

    @api.model
    def _load_referrals(self, today, people):
        for referral in REFERRALS:
            day = month_start(today, referral.months_ago).replace(day=NOTED)
            self._ref(f"partner_{referral.customer}").write(
                {
                    "referred_by_id": people[referral.by, referral.person].id,
                    "referred_date": min(day, today),
                }
            )

    @api.model
    def _load_starts(self, company, today):
        """Promoters were asked for a recommendation, and are not asked again."""
        for key, months_ago in ASKED_TO_REFER.items():
            account = self._get_accounts(company, [key])
            self.env["customer.behaviour.start"].create(
                {
                    "account_id": account.id,
                    "behaviour": "referral",
                    "play_id": self.env["customer.play"]
                    ._get_play_for("referral", company)
                    .id,
                    "user_id": account.partner_id.user_id.id,
                    "date": month_start(today, months_ago).replace(day=NOTED),
                }
            )
