from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .common_decision import DecisionCommon

# Words that tell a customer what they are to us
UNTOLD = ("profit", "loss", "margin", "cost", "value")


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestDecisionLetter(DecisionCommon):
    """The letter to the customer: opened for a person, in the customer's language."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator.group_ids += cls.env.ref("base.group_partner_manager")
        cls.north.email = "north@example.com"

    def _approve_kind(self, kind, accounts=None, **vals):
        decision = self._propose(accounts)
        if kind == "end":
            self._rule_out_milder(decision)
        self._choose(decision, kind, **vals)
        decision.with_user(self.administrator)._approve()
        return decision

    def _compose(self, decision, user=None):
        """Return what the dialog of the letter begins with."""
        action = decision.with_user(user or self.administrator).action_write_letter()
        self.assertEqual(action["target"], "new")
        return (
            self.env[action["res_model"]]
            .with_user(user or self.administrator)
            .with_context(**action["context"])
            .create({})
        )

    def test_each_option_has_a_letter_without_figures(self):
        kinds = ("mend", "reduce_cost", "reprice", "change_level", "subcontract", "end")
        subjects = set()
        for kind in kinds:
            with self.subTest(kind=kind):
                decision = self._approve_kind(kind)
                letter = self._compose(decision)
                text = f"{letter.subject} {letter.body}"
                self.assertIn("Dear North Hotel,", text)
                self.assertIn(self.administrator.name, text)
                self.assertNotIn("t-out", text)
                self.assertNotIn("1,000", text)
                self.assertNotIn("-1000", text)
                for word in UNTOLD:
                    self.assertNotIn(word, text.lower())
                subjects.add(letter.subject)
                decision._reject("Only to see its letter")
        self.assertEqual(len(subjects), len(kinds))

    def test_the_letter_tells_the_terms_of_the_service_level(self):
        self.thrifty.write(
            {"included_hours": 2.5, "response_hours": 8, "minimum_order": 200}
        )
        self.thrifty.channel_ids = self.env.ref("customer_centricity.channel_mail")
        self.thrifty.channel_ids.name = "Carrier pigeon"
        decision = self._approve_kind("change_level", service_level_id=self.thrifty.id)
        body = " ".join(self._compose(decision).body.split())
        self.assertIn("“Thrifty” applies to you", body)
        self.assertIn("included each month: 2.5;", body)
        self.assertIn("within which we answer you: 8;", body)
        self.assertIn("200.00", body)
        self.assertIn("how to reach us: Carrier pigeon.", body)

    def test_a_level_without_terms_promises_none(self):
        decision = self._approve_kind("change_level", service_level_id=self.thrifty.id)
        body = self._compose(decision).body
        self.assertIn("“Thrifty”", " ".join(body.split()))
        self.assertNotIn("<li>", body)
        self.assertNotIn("what it means for you", body)

    def test_whoever_serves_the_customer_is_introduced(self):
        level = self.env.ref("customer_centricity.service_level_subcontracted")
        level.subcontractor_id = self.south
        self.south.phone = "+34 600 000 000"
        decision = self._approve_kind("subcontract", service_level_id=level.id)
        body = " ".join(self._compose(decision).body.split())
        self.assertIn("South Clinic", body)
        self.assertIn("+34 600 000 000", body)
        self.assertNotIn("a company that we work with", body)

    def test_it_is_in_the_language_of_the_customer(self):
        self._activate_spanish()
        template = self.env.ref("customer_centricity.mail_template_decision_end")
        template.update_field_translations("subject", {"es_ES": "Un cambio"})
        template.with_context(lang="es_ES").body_html = template.body_html.replace(
            "We wish you every success.", "Le deseamos mucho éxito."
        )
        decision = self._approve_kind("end")
        self.north.lang = "es_ES"
        self.assertEqual(self.administrator.lang, "en_US")
        letter = self._compose(decision)
        self.assertEqual(letter.subject, "Un cambio")
        self.assertIn("Le deseamos mucho éxito.", letter.body)
        self.north.lang = "en_US"
        self.assertIn("We wish you every success.", self._compose(decision).body)

    def test_it_is_never_sent_by_itself(self):
        decision = self._approve_kind("reprice")
        decision._apply()
        self._compose(decision)
        self._flush_tracking()
        self.assertFalse(decision.letter_date)
        self.assertFalse(
            self.env["mail.notification"].search(
                [("res_partner_id", "=", self.north.id)]
            )
        )
        self.assertFalse(
            self.env["mail.mail"].search([("recipient_ids", "in", self.north.ids)])
        )
        self.assertFalse(self.north.message_ids.filtered("subject"))

    def test_what_is_sent_stands_with_the_contact_and_the_case_tells_of_it(self):
        decision = self._approve_kind("reprice")
        follower = self.env["res.partner"].create({"name": "Follower of the case"})
        decision.message_subscribe(follower.ids)
        letter = self._compose(decision)
        self.assertEqual(letter.partner_ids, self.north)
        self.assertFalse(letter.email_add_signature)
        letter.action_send_mail()
        message = self.north.message_ids.filtered(
            lambda one: one.subject == "Our prices for you"
        )
        self.assertEqual(len(message), 1)
        self.assertEqual(message.partner_ids, self.north)
        self.assertNotIn(follower, message.notified_partner_ids)
        self.assertTrue(decision.letter_date)
        note = decision.message_ids[0]
        self.assertIn("North Hotel", note.body)
        self.assertIn("“Our prices for you”", note.body)
        self.assertFalse(note.notified_partner_ids)

    def test_another_message_is_no_letter(self):
        decision = self._approve_kind("reprice")
        self.north.message_post(body="Hello")
        self.south.with_context(customer_decision_letter_id=decision.id).message_post(
            body="Hello"
        )
        # a context from outside may hold anything
        for strange in ("x", [decision.id], True, -1):
            self.north.with_context(customer_decision_letter_id=strange).message_post(
                body="Hello"
            )
        self.assertFalse(decision.letter_date)
        with self.assertRaises(AccessError):
            decision.with_user(self.manager).letter_date = "2026-07-01 10:00:00"
        nobody = self._new_user("letter_nobody", "user", groups=",base.group_user")
        nobody.group_ids = self.env.ref("base.group_partner_manager") + self.env.ref(
            "base.group_user"
        )
        self.north.with_user(nobody).with_context(
            customer_decision_letter_id=decision.id
        ).message_post(body="Hello")
        self.assertFalse(decision.letter_date)

    def test_before_it_is_approved_there_is_nothing_to_tell(self):
        decision = self._propose()
        self.assertFalse(decision.can_write_letter)
        with self.assertRaisesRegex(UserError, "once the decision is approved"):
            decision.with_user(self.administrator).action_write_letter()

    def test_a_rung_without_a_letter(self):
        decision = self._approve_kind("reprice")
        self.assertTrue(decision.can_write_letter)
        decision.option_id.rung_id.mail_template_id = False
        decision.invalidate_recordset(["can_write_letter"])
        self.assertFalse(decision.can_write_letter)
        with self.assertRaisesRegex(UserError, "there is no letter"):
            decision.with_user(self.administrator).action_write_letter()

    def test_a_salesperson_may_write_it_too(self):
        decision = self._approve_kind("change_level", service_level_id=self.thrifty.id)
        self.salesperson.group_ids += self.env.ref("base.group_partner_manager")
        letter = self._compose(decision, self.salesperson)
        self.assertIn("Thrifty", letter.body)
        letter.action_send_mail()
        self.assertTrue(decision.letter_date)

    def test_it_is_for_whoever_may_read_the_case(self):
        decision = self._approve_kind("reprice")
        self.salesperson.group_ids = self.env.ref("base.group_user")
        with self.assertRaises(AccessError):
            decision.with_user(self.salesperson).action_write_letter()
