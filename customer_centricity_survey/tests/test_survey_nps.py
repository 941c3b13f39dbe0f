from datetime import date

from odoo.exceptions import ValidationError
from odoo.tests import Form, TransactionCase, freeze_time, new_test_user, tagged


@tagged("post_install", "-at_install")
@freeze_time("2026-07-15")
class TestSurveyNps(TransactionCase):
    """Which answers to a survey become answers on recommendation."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.survey = cls.env["survey.survey"].create(
            {"title": "How are we doing?", "user_id": cls.env.user.id}
        )
        cls.question, cls.other = cls.env["survey.question"].create(
            [
                {
                    "survey_id": cls.survey.id,
                    "title": title,
                    "question_type": "scale",
                    "is_customer_nps": counts,
                }
                for title, counts in (
                    ("Would you recommend us?", True),
                    ("Ease", False),
                )
            ]
        )
        cls.hotel = cls.env["res.partner"].create({"name": "Hotel", "is_company": True})
        cls.nora = cls.env["res.partner"].create(
            {"name": "Nora", "parent_id": cls.hotel.id, "email": "Nora@hotel.test"}
        )
        cls.account = cls.env["customer.account"].create(
            {"partner_id": cls.hotel.id, "company_id": cls.company.id}
        )
        cls.Response = cls.env["customer.nps.response"]

    def _take_part(self, score, **vals):
        """Return what came of a participation, and the participation."""
        participation = self.env["survey.user_input"].create(
            {"survey_id": self.survey.id, **vals}
        )
        for question in self.question | self.other:
            participation._save_lines(question, score)
        before = self.Response.search([])
        self.assertFalse(
            before.filtered(
                lambda one: one.survey_line_id.user_input_id == participation
            ),
            "not done yet",
        )
        participation._mark_done()
        return self.Response.search([]) - before, participation

    def test_what_a_contact_answers_counts_once(self):
        response, participation = self._take_part("0", partner_id=self.nora.id)
        self.assertEqual(
            (response.partner_id, response.account_id, response.company_id),
            (self.nora, self.account, self.company),
        )
        self.assertEqual(
            (response.score, response.kind, response.channel, response.date),
            (0, "detractor", "survey", date(2026, 7, 15)),
        )
        self.assertFalse(response.user_id)
        participation._mark_done()
        self.assertEqual(self.Response.search_count([("id", ">=", response.id)]), 1)
        again, _participation = self._take_part("9", partner_id=self.nora.id)
        self.assertEqual(again.kind, "promoter")

    def test_anybody_may_type_in_the_address_of_a_customer(self):
        self.survey.access_mode = "public"
        self.assertFalse(self._take_part("0", email="nora@hotel.test")[0])
        self.survey.access_mode = "token"
        self.assertTrue(self._take_part("0", email="nora@hotel.test")[0])
        address = self.env["survey.question"].create(
            {
                "survey_id": self.survey.id,
                "title": "Your address",
                "question_type": "char_box",
                "validation_email": True,
                "save_as_email": True,
            }
        )
        participation = self.env["survey.user_input"].create(
            {"survey_id": self.survey.id, "email": "otto@hotel.test"}
        )
        participation._save_lines(self.question, "0")
        participation._save_lines(address, "nora@hotel.test")
        self.assertEqual(participation.email, "nora@hotel.test")
        participation._mark_done()
        self.assertFalse(
            self.Response.search(
                [("survey_line_id.user_input_id", "=", participation.id)]
            ),
            "an invited guest may type in that of a customer, too",
        )

    def test_an_address_is_looked_for_in_the_company_of_the_survey(self):
        self.survey.access_mode = "token"
        self.nora.company_id = self.env["res.company"].create({"name": "Elsewhere"})
        self.assertFalse(self._take_part("9", email="nora@hotel.test")[0])

    def test_a_contact_is_known_by_an_address_of_its_own(self):
        self.survey.access_mode = "token"
        response, _participation = self._take_part("8", email="nora@HOTEL.test")
        self.assertEqual(response.partner_id, self.nora)
        self.hotel.email = "nora@hotel.test"
        response, _participation = self._take_part("8", email="nora@hotel.test")
        self.assertFalse(response, "it may be either of them")

    def test_who_is_unknown_or_no_customer_does_not_count(self):
        colleague = new_test_user(self.env, "survey_colleague").partner_id
        guest = new_test_user(
            self.env, "survey_guest", groups="base.group_portal"
        ).partner_id
        for vals in (
            {},
            {"email": "stranger@nowhere.test"},
            {"email": "no address"},
            {"partner_id": colleague.id},
            {"partner_id": self.nora.id, "test_entry": True},
        ):
            with self.subTest(vals=vals):
                self.assertFalse(self._take_part("9", **vals)[0])
        self.assertTrue(self._take_part("9", partner_id=guest.id)[0])

    def test_a_question_that_was_skipped_does_not_count(self):
        self.assertFalse(self._take_part("", partner_id=self.nora.id)[0])

    def test_a_company_of_its_own_is_that_of_its_answers(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        guest = self.env["res.partner"].create(
            {"name": "Guest", "company_id": elsewhere.id}
        )
        response, _participation = self._take_part("9", partner_id=guest.id)
        self.assertEqual(response.company_id, elsewhere)

    def test_only_a_scale_from_0_to_10_counts(self):
        for vals in ({"scale_min": 1}, {"scale_max": 5}, {"question_type": "date"}):
            with (
                self.subTest(vals=vals),
                self.assertRaisesRegex(ValidationError, "Would you recommend us"),
                self.env.cr.savepoint(),
            ):
                self.question.write(vals)

    def test_the_form_of_the_question_has_the_box(self):
        with Form(self.question) as form:
            form.is_customer_nps = False
        self.assertFalse(self.question.is_customer_nps)
