from datetime import date

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import SQL, file_open, mute_logger

from .common import TODAY, CustomerCentricityCommon
from .common_nps import NpsMixin

MODULE = "customer_centricity"


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestNps(NpsMixin, CustomerCentricityCommon):
    """Answers on recommendation: who may say what, and what follows from it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Response = cls.env["customer.nps.response"]
        cls.seller, cls.manager = (
            cls._create_member(
                f"nps_{role}", f"{MODULE}.group_{role},base.group_partner_manager"
            )
            for role in ("user", "manager")
        )
        cls.account = cls.Account.create(
            {
                "partner_id": cls.north.id,
                "company_id": cls.company.id,
                "user_id": cls.seller.id,
            }
        )

    def _activities(self):
        """Return the calls that were asked for, those that are done, too."""
        answers = self.Response.search([("company_id", "=", self.company.id)])
        return answers.with_context(active_test=False).call_back_id

    # ------------------------------------------------------------------
    # Answers
    # ------------------------------------------------------------------

    def test_the_score_tells_the_kind(self):
        for score, kind in (
            (0, "detractor"),
            (6, "detractor"),
            (7, "passive"),
            (8, "passive"),
            (9, "promoter"),
            (10, "promoter"),
        ):
            with self.subTest(score=score):
                self.assertEqual(self._answer(self.north_contact, score).kind, kind)

    def test_a_score_is_from_0_to_10(self):
        for score in (-1, 11):
            with (
                self.subTest(score=score),
                self.assertRaises(IntegrityError),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self._answer(self.north_contact, score).flush_recordset()

    def test_no_score_is_not_the_worst_one(self):
        answer = self._answer(self.north_contact, 9)
        for vals in ({}, {"score": False}, {"score": None}, {"score_choice": False}):
            with (
                self.subTest(vals=vals),
                self.assertRaisesRegex(
                    ValidationError, "North Hotel: An answer without a score"
                ),
            ):
                self.Response.create({"partner_id": self.north.id, **vals})
        for nothing in (False, None):
            with (
                self.subTest(nothing=nothing),
                self.assertRaisesRegex(ValidationError, "Nora of North: An answer"),
            ):
                answer.write({"score": nothing})
        self.assertEqual(answer.score, 9)
        self.assertEqual(self._answer(self.north_contact, 0).score, 0)
        result = (
            self.Response.with_user(self.manager)
            .with_context(import_file=True)
            .load(
                ["partner_id/.id", "score"],
                [[str(self.north.id), "8"], [str(self.south.id), ""]],
            )
        )
        self.assertFalse(result["ids"])
        self.assertIn("South Clinic: An answer", result["messages"][0]["message"])

    def test_an_answer_is_not_of_a_day_to_come(self):
        with (
            self.assertRaisesRegex(ValidationError, "Nora of North.*in the future"),
            self.env.cr.savepoint(),
        ):
            self._answer(self.north_contact, 9, "2026-07-16")

    def test_an_answer_belongs_to_the_account_of_the_company(self):
        answer = self._answer(self.north_contact, 9)
        self.assertEqual(answer.account_id, self.account)
        self.assertEqual(self.account.nps_response_count, 1)
        self.assertFalse(self._answer(self.south, 9).account_id, "it has none")
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.assertFalse(
            self._answer(self.north_contact, 9, company_id=elsewhere.id).account_id
        )

    def test_who_changes_employer_leaves_its_answers(self):
        south_account = self.Account.create(
            {"partner_id": self.south.id, "company_id": self.company.id}
        )
        before = self._answer(self.north_contact, 2, "2026-07-01")
        self.north_contact.parent_id = self.south
        after = self._answer(self.north_contact, 9)
        self.assertEqual(self.north_contact.commercial_partner_id, self.south)
        self.assertEqual(before.account_id, self.account)
        self.assertEqual(after.account_id, south_account)
        # of another contact after all
        before.partner_id = self.south
        self.assertEqual(before.account_id, south_account)

    def test_a_topic_that_is_used_is_archived(self):
        topic, other = self.env["customer.nps.topic"].create(
            [{"name": "Parking"}, {"name": "Noise"}]
        )
        self._answer(self.north, 9, topic_id=topic.id)
        with self.assertRaisesRegex(UserError, "Parking.*Archive"):
            (topic | other).unlink()
        other.unlink()
        self.assertFalse(other.exists())

    def test_accounts_adopt_the_answers_of_their_contacts(self):
        answers = self._answer(self.south, 9) | self._answer(self.south, 3)
        account, other = self.Account.create(
            [
                {"partner_id": partner.id, "company_id": self.company.id}
                for partner in (
                    self.south,
                    self.env["res.partner"].create({"name": "East"}),
                )
            ]
        )
        self.Account._adopt_answers(self.company, SQL("account.id = %s", other.id))
        self.assertFalse(answers.account_id, "it is not the turn of their account")
        self.Account._adopt_answers(self.company, SQL("TRUE"))
        self.assertEqual(answers.account_id, account)

    def test_the_account_counts_many_with_one_query(self):
        self._answer(self.north_contact, 9)
        accounts = self.account | self.Account.create(
            {"partner_id": self.south.id, "company_id": self.company.id}
        )
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(1):
            self.assertEqual(accounts.mapped("nps_response_count"), [1, 0])

    def test_a_contact_counts_its_own_and_those_below(self):
        self._answer(self.north_contact, 9)
        self._answer(self.north, 8)
        self._answer(self.south, 8)
        self.assertEqual(self.north.customer_nps_response_count, 2)
        self.assertEqual(self.north_contact.customer_nps_response_count, 1)
        action = self.north.action_open_nps_responses()
        self.assertEqual(self.Response.search_count(action["domain"]), 2)
        action = self.account.action_open_nps_responses()
        self.assertEqual(self.Response.search_count(action["domain"]), 2)

    # ------------------------------------------------------------------
    # Who may
    # ------------------------------------------------------------------

    def test_salespeople_note_what_they_hear(self):
        with Form(self.Response.with_user(self.seller)) as form:
            form.partner_id = self.north_contact
            form.score_choice = "9"
            form.comment = "Would buy again"
        answer = form.record
        self.assertEqual(answer.channel, "typed")
        self.assertEqual(answer.user_id, self.seller)
        self.assertEqual((answer.score, answer.score_choice), (9, "9"))
        answer.score_choice = "8"
        answer.flush_recordset()
        self.assertEqual(answer.kind, "passive")

    def test_an_answer_that_is_not_chosen_is_not_the_worst(self):
        with self.assertRaisesRegex(AssertionError, "score_choice is a required"):
            with Form(self.Response.with_user(self.seller)) as form:
                self.assertFalse(form.score_choice)
                form.partner_id = self.north_contact

    def test_salespeople_change_their_own_of_today(self):
        own = self.Response.with_user(self.seller).create(
            {"partner_id": self.north.id, "score": 9}
        )
        others = self._answer(self.north, 9)
        with self.assertRaises(AccessError):
            others.with_user(self.seller).score = 10
        for answer in (own, others):
            with self.assertRaises(AccessError):
                answer.with_user(self.seller).unlink()
            answer.with_user(self.manager).comment = "Told on the phone"
            with self.assertRaises(AccessError):
                answer.with_user(self.manager).unlink()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE customer_nps_response SET create_date = '2026-07-14 20:00:00'"
        )
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            own.score = 10
        own.with_user(self.manager).score = 10

    def test_nobody_says_that_a_customer_answered_on_the_page(self):
        answer = self.Response.with_user(self.manager).create(
            {
                "partner_id": self.north.id,
                "score": 9,
                "channel": "page",
                "user_id": self.seller.id,
            }
        )
        self.assertEqual((answer.channel, answer.user_id), ("typed", self.manager))
        for vals in ({"channel": "page"}, {"user_id": self.seller.id}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                answer.write(vals)

    def test_salespeople_say_what_they_heard_and_nothing_else(self):
        secret = self.north.activity_schedule(
            "mail.mail_activity_data_todo", summary="Secret", note="<p>Kept</p>"
        )
        elsewhere = self.Account.create(
            {"partner_id": self.south.id, "company_id": self.company.id}
        )
        said = {"partner_id": self.north.id, "score": 9, "company_id": self.company.id}
        forged = {
            "call_back_id": secret.id,
            "is_passed_on": True,
            "account_id": elsewhere.id,
            "kind": "detractor",
        }
        Response = self.Response.with_user(self.seller)
        self.env["ir.default"].with_user(self.seller).set(
            Response._name, "call_back_id", secret.id, user_id=True
        )
        answers = Response.create({**said, **forged})
        answers |= Response.with_context(
            default_account_id=elsewhere.id, default_kind="detractor"
        ).create(said)
        with self.assertRaises(AccessError):
            Response.with_context(default_call_back_id=secret.id).create(said)
        answers.comment = "Overwritten"
        for answer in answers.sudo():
            self.assertFalse(answer.call_back_id or answer.is_passed_on)
            self.assertEqual(answer.account_id, self.account)
            self.assertEqual(answer.kind, "promoter")
        self.assertEqual(secret.note, "<p>Kept</p>")
        for name, value in forged.items():
            with self.subTest(name=name), self.assertRaises(AccessError):
                answers.write({name: value})
        for name in ("call_back_id", "is_passed_on"):
            with self.subTest(name=name), self.assertRaises(AccessError):
                answers.read([name])

    def test_the_kind_is_that_of_the_score(self):
        answer = self._answer(self.north, 9)
        answer.score = 3
        # what is looked for is written first, and with it what follows from it
        self.assertIn(answer, self.Response.search([("score", "=", 3)]))
        with (
            self.assertRaises(IntegrityError),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            answer.kind = "promoter"
            answer.flush_recordset()

    def test_nobody_gets_a_link_to_answer_for_others(self):
        invitation = self._invite(self.north_contact).with_user(self.manager)
        self.assertTrue(invitation.get_answer_url._api_private)
        self.assertTrue(invitation.get_stop_url._api_private)
        self.assertTrue(invitation.get_stop_url().endswith("/nps/example"))
        self.assertNotIn("url", " ".join(invitation.fields_get()))
        with self.assertRaises(AccessError):
            invitation.create({"partner_id": self.north.id})

    # ------------------------------------------------------------------
    # Calling back
    # ------------------------------------------------------------------

    def test_a_detractor_is_called_back_once(self):
        answer = self._answer(self.north_contact, 6, comment="<b>Late</b>\nagain")
        activity = self._activities()
        self.assertEqual(activity.user_id, self.seller)
        self.assertEqual(activity.res_model, "customer.account")
        self.assertEqual(activity.res_id, self.account.id)
        self.assertEqual(activity.date_deadline, date(2026, 7, 15))
        self.assertIn("Nora of North answered 6 of 10", activity.note)
        self.assertIn(f'data-oe-id="{answer.id}"', activity.note)
        self.assertNotIn("Late", activity.note, "the answer alone tells it")
        answer.topic_id = self.env.ref(f"{MODULE}.nps_topic_delivery")
        self.assertIn("Delivery", activity.note)
        activity.action_feedback("Mended")
        answer.write({"score": 2, "comment": "Worse"})
        self.assertEqual(len(self._activities()), 1)

    def test_who_is_content_is_not_called_back(self):
        answer = self._answer(self.north_contact, 7)
        self._answer(self.north_contact, 10)
        self._answer(self.north_contact, 1, "2026-06-14")
        self.assertFalse(self._activities(), "the worst one is a month old")
        answer.score = 5
        self.assertEqual(len(self._activities()), 1)

    def test_a_call_to_who_is_content_after_all_is_called_off(self):
        answer = self._answer(self.north_contact, 2)
        self.assertTrue(self._activities().active)
        answer.with_user(self.manager).score = 9
        self.assertFalse(self._activities())
        self.assertFalse(self.account.with_context(active_test=False).activity_ids)
        answer.score = 3
        self.assertIn("answered 3 of 10", self._activities().note)
        self._activities().action_feedback("Called")
        answer.score = 9
        self.assertTrue(self._activities(), "what was done stays")

    def test_detractors_of_an_import_are_passed_on_at_once(self):
        def count(number):
            people = self.env["res.partner"].create(
                [
                    {"name": f"Guest {index}", "parent_id": self.north.id}
                    for index in range(number)
                ]
            )
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            answers = self.Response.with_user(self.manager).create(
                [{"partner_id": one.id, "score": 2} for one in people]
            )
            self.env.flush_all()
            self.assertEqual(len(answers.sudo().call_back_id), number)
            return self.env.cr.sql_log_count - before

        count(2)
        mails = self.env["mail.mail"].search_count([])
        # rows of a statement come in portions
        self.assertLess(abs(count(40) - count(20)), 5)
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)

    def test_who_cannot_see_the_account_is_asked_on_the_contact(self):
        outsider = self._create_member("nps_outsider", "base.group_user")
        self.account.user_id = outsider
        self._answer(self.north_contact, 3)
        activity = self._activities()
        self.assertEqual(
            (activity.user_id, activity.res_model, activity.res_id),
            (outsider, "res.partner", self.north_contact.id),
        )

    def test_a_detractor_nobody_looks_after_is_not_lost(self):
        self.account.user_id = False
        self._answer(self.north_contact, 3)
        activity = self._activities()
        self.assertFalse(activity.user_id)
        self.assertEqual(activity.res_id, self.account.id)

    # ------------------------------------------------------------------
    # Merging and importing
    # ------------------------------------------------------------------

    def _merge(self, sources, target):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((sources | target).ids, target)
        self.env.invalidate_all()

    def test_merged_contacts_keep_what_they_said(self):
        south_account = self.Account.create(
            {"partner_id": self.south.id, "company_id": self.company.id}
        )
        sam = self.env["res.partner"].create(
            {"name": "Sam", "parent_id": self.south.id}
        )
        answers = self._answer(self.north_contact, 9) | self._answer(sam, 4)
        invitation = self._invite(self.north_contact)
        waiting = self.env["customer.nps.invitation"].create(
            [{"partner_id": one.id} for one in (self.north_contact, sam)]
        )
        sam.parent_id = self.north
        before = self._answer(sam, 8)
        sam.parent_id = self.south
        self._merge(self.north_contact, sam)
        self.assertEqual(answers.partner_id, sam)
        self.assertEqual(answers.account_id, south_account)
        self.assertEqual(before.account_id, self.account, "of an employer left since")
        self.assertEqual(invitation.partner_id, sam)
        self.assertEqual(waiting.exists().partner_id, sam)
        self.assertEqual(len(waiting.exists()), 1)

    def test_merged_customers_keep_what_they_said(self):
        south_account = self.Account.create(
            {"partner_id": self.south.id, "company_id": self.company.id}
        )
        answers = self._answer(self.north, 9) | self._answer(self.north_contact, 4)
        self._merge(self.north, self.south)
        self.assertFalse(self.account.exists())
        self.assertEqual(answers.account_id, south_account)
        self.assertEqual(answers[0].partner_id, self.south)
        self.assertEqual(south_account.nps_response_count, 2)

    def test_the_import_template_can_be_imported(self):
        names = ("Azure Interior", "Deco Addict", "Gemini Furniture")
        partners = self.env["res.partner"].create([{"name": name} for name in names])
        template = self.Response.get_import_templates()[0]
        with file_open(template["template"].removeprefix("/"), "rb") as file:
            content = file.read()
        importer = (
            self.env["base_import.import"]
            .with_user(self.manager)
            .create(
                {
                    "res_model": "customer.nps.response",
                    "file": content,
                    "file_name": "answers.xlsx",
                    "file_type": "application/vnd.openxmlformats-officedocument"
                    ".spreadsheetml.sheet",
                }
            )
        )
        options = {
            "has_headers": True,
            "quoting": '"',
            "separator": ",",
            "date_format": "%Y-%m-%d",
            "datetime_format": "",
            "float_thousand_separator": ",",
            "float_decimal_separator": ".",
            "advanced": False,
        }
        preview = importer.parse_preview(options)
        matched = [preview["matches"][index] for index in sorted(preview["matches"])]
        columns = ["partner_id", "date", "score", "topic_id", "comment"]
        self.assertEqual([path[0] for path in matched], columns)
        result = importer.execute_import(columns, preview["headers"], options)
        self.assertEqual(result["messages"], [])
        answers = self.Response.search([("partner_id", "in", partners.ids)])
        self.assertEqual(
            [
                (answer.partner_id.name, answer.score, answer.date, answer.channel)
                for answer in answers.sorted("date")
            ],
            [
                ("Azure Interior", 9, date(2026, 3, 2), "imported"),
                ("Deco Addict", 4, date(2026, 3, 5), "imported"),
                ("Gemini Furniture", 7, date(2026, 3, 9), "imported"),
            ],
        )
        self.assertEqual(
            answers.sorted("date").mapped("topic_id.name"), ["Delivery", "Invoicing"]
        )
        self.assertFalse(self._activities(), "they are months old")


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestNpsInvite(NpsMixin, CustomerCentricityCommon):
    """Who is asked, who is not and why, and what they receive."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Invitation = cls.env["customer.nps.invitation"]
        cls.manager, cls.seller = (
            cls._create_member(f"nps_{role}", f"{MODULE}.group_{role}")
            for role in ("manager", "user")
        )
        cls.accounts = cls.Account.create(
            [
                {"partner_id": partner.id, "company_id": cls.company.id}
                for partner in (cls.north, cls.south)
            ]
        )
        cls.north_contact.email = "nora@north.test"
        cls.otto, cls.quiet, cls.store = cls.env["res.partner"].create(
            [
                {"name": "Otto", "parent_id": cls.north.id, "email": "otto@north.test"},
                {"name": "Quiet", "parent_id": cls.north.id},
                {
                    "name": "Store",
                    "parent_id": cls.north.id,
                    "type": "delivery",
                    "email": "store@north.test",
                },
            ]
        )

    def _wizard(self, records=None, **vals):
        records = self.accounts if records is None else records
        action = records.with_user(self.manager).action_invite_nps()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        wizard = wizard.with_user(self.manager)
        wizard.write(vals)
        return wizard

    def _invitations(self, *domain):
        return self.Invitation.search([("company_id", "=", self.company.id), *domain])

    def _asked(self, wizard):
        return wizard._sort_out()[0]

    def test_the_main_contact_or_all(self):
        wizard = self._wizard()
        self.assertEqual(self._asked(wizard), self.north_contact)
        self.assertEqual((wizard.asked_count, wizard.left_out_count), (1, 1))
        self.assertEqual(wizard.left_out, "1 without an e-mail address: South Clinic")
        wizard.whom = "all"
        self.assertEqual(self._asked(wizard), self.north_contact | self.otto)
        self.north.email = "info@north.test"
        self.south.email = "info@south.test"
        wizard.whom = "main"
        self.assertEqual(self._asked(wizard), self.north | self.south)

    def test_chosen_contacts_are_asked_themselves(self):
        wizard = self._wizard(self.otto | self.store | self.quiet)
        self.assertEqual(self._asked(wizard), self.otto | self.store)
        self.assertIn("North Hotel, Quiet", wizard.left_out)

    def test_who_is_left_out_and_why(self):
        people = self.env["res.partner"].create(
            [
                {"name": name, "email": f"{name}@people.test"}
                for name in ("Ann", "Bob", "Cid", "Dot", "Eve", "Fay", "Gil")
            ]
        )
        ann, bob, cid, dot, eve, fay, gil = people
        ann.customer_profiling_opt_out = True
        self.env["mail.blacklist"].create({"email": "BOB@people.test"})
        self._invite(cid, "2026-04-17")  # 89 days ago
        self._invite(dot, "2026-04-16")  # 90 days ago
        self._answer(eve, 9, "2026-07-01")
        fay.email = '"Fay" <DOT@people.test>'
        gil.email = "no address"
        wizard = self._wizard(people)
        self.assertEqual(self._asked(wizard), dot)
        self.assertEqual(
            wizard.left_out.splitlines(),
            [
                "1 opted out of profiling: Ann",
                "1 without an e-mail address: Gil",
                "1 blacklisted: Bob",
                "2 asked, or answered, in the last 90 days: Cid; Eve",
                "1 with the address of another contact: Fay",
            ],
        )
        self.company.customer_nps_pause_days = 0
        self.env.invalidate_all()
        self.assertEqual(self._asked(wizard), cid | dot | eve)

    def test_contacts_of_a_customer_who_opted_out_are_not_asked(self):
        self.otto.commercial_partner_id.customer_profiling_opt_out = True
        self.assertFalse(self.otto.customer_profiling_opt_out)
        wizard = self._wizard(self.otto)
        self.assertFalse(self._asked(wizard))
        self.assertIn("1 opted out of profiling: ", wizard.left_out)

    def test_names_of_many_are_cut(self):
        people = self.env["res.partner"].create(
            [{"name": f"P{number:02}"} for number in range(23)]
        )
        left_out = self._wizard(people).left_out
        self.assertTrue(left_out.startswith("23 without an e-mail address: P00; P01"))
        self.assertTrue(left_out.endswith("P19 and 3 more"))

    def test_a_group_is_asked(self):
        group = self.env["customer.group"].create({"name": "Hotels"})
        self.accounts[0].group_id = group
        self.assertEqual(self._asked(self._wizard(group)), self.north_contact)
        self.accounts[0].group_id = False
        with self.assertRaisesRegex(UserError, "nobody to ask"):
            group.with_user(self.manager).action_invite_nps()

    def test_accounts_of_two_companies_are_not_asked_at_once(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        other = self.Account.create(
            {"partner_id": self.north.id, "company_id": elsewhere.id}
        )
        with self.assertRaisesRegex(UserError, "accounts of one company"):
            (self.accounts | other).action_invite_nps()

    def test_salespeople_do_not_send_letters(self):
        with self.assertRaises(AccessError):
            self.accounts.with_user(self.seller).action_invite_nps()

    def test_whom_to_ask_is_found_with_few_queries(self):
        def count(number):
            people = self.env["res.partner"].create(
                [
                    {
                        "name": f"Firm {index}",
                        "is_company": True,
                        "child_ids": [
                            Command.create({"name": "X", "email": f"x{index}@f.test"})
                        ],
                    }
                    for index in range(number)
                ]
            )
            wizard = self._wizard(people, whom="all")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(wizard.asked_count, number)
            return self.env.cr.sql_log_count - before

        count(2)
        # caches of the registry may be filled on the way
        self.assertLess(abs(count(40) - count(5)), 5)

    # ------------------------------------------------------------------
    # The letters
    # ------------------------------------------------------------------

    def _send(self, wizard):
        with self.enter_registry_test_mode():
            wizard.action_send()
            self.env.ref(f"{MODULE}.ir_cron_send_invitations").method_direct_trigger()
        return self._invitations()

    def test_the_letter_has_eleven_links_and_leaves_no_trace(self):
        self.north_contact.name = "Nora <b>"
        invitation = self._send(self._wizard())
        self.assertEqual(invitation.partner_id, self.north_contact)
        self.assertEqual(invitation.user_id, self.manager)
        self.assertEqual(invitation.state, "sent")
        self.assertEqual(invitation.sent_date, date(2026, 7, 15))
        self.assertEqual(invitation.expiry_date, date(2026, 8, 14))
        mail = self.env["mail.mail"].search([], order="id desc", limit=1)
        self.assertEqual(mail.recipient_ids, self.north_contact)
        self.assertEqual(mail.state, "outgoing")
        self.assertTrue(mail.auto_delete)
        self.assertIn("Nora &lt;b&gt;", mail.body_html)
        url = invitation.get_answer_url()
        for score in range(11):
            self.assertIn(f'href="{url}?score={score}"', mail.body_html)
        self.assertEqual(mail.body_html.count(url), 11)
        self.assertIn("08/14/2026", mail.body_html)
        stop = invitation.get_stop_url()
        self.assertIn(f'href="{stop}"', mail.body_html)
        self.assertIn(f"'List-Unsubscribe': '<{stop}>'", mail.headers)
        self.assertFalse(mail.mail_message_id.res_id)
        self.assertNotIn("North Hotel", mail.body_html)
        with self.assertRaises(AccessError):
            mail.mail_message_id.with_user(self.seller).read(["body"])

    def test_who_writes_with_the_template_gets_no_link_that_works(self):
        invitation = self._invite(self.otto)
        template = self.env.ref(f"{MODULE}.mail_template_nps")
        composer = (
            self.env["mail.compose.message"]
            .with_user(self.manager)
            .create(
                {
                    "model": invitation._name,
                    "res_ids": str(invitation.ids),
                    "template_id": template.id,
                    "composition_mode": "comment",
                }
            )
        )
        preview = (
            self.env["mail.template.preview"]
            .with_user(self.manager)
            .create(
                {
                    "mail_template_id": template.id,
                    "resource_ref": f"{invitation._name},{invitation.id}",
                }
            )
        )
        for body in (composer.body, preview.body_html):
            self.assertIn("/customer/nps/example?score=10", body)
            self.assertNotIn(invitation.get_answer_url(), body)

    def test_the_letter_is_in_the_language_of_the_contact(self):
        self.env["res.lang"]._activate_lang("es_ES")
        template = self.env.ref(f"{MODULE}.mail_template_nps")
        template.with_context(lang="es_ES").subject = "Una pregunta"
        self.north_contact.lang = "es_ES"
        self._send(self._wizard(whom="all"))
        mails = self.env["mail.mail"].search([], order="id desc", limit=2)
        subjects = {mail.recipient_ids: mail.subject for mail in mails}
        self.assertEqual(subjects[self.north_contact], "Una pregunta")
        self.assertEqual(subjects[self.otto], f"A question from {self.company.name}")

    def test_only_a_letter_that_asks_is_sent(self):
        other = self.env["mail.template"].create(
            {
                "name": "Salaries",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "subject": "{{ object.name }}",
                "body_html": "<p>Secret</p>",
            }
        )
        for act in (
            lambda: self._wizard(template_id=other.id),
            lambda: self.Invitation.create(
                {"partner_id": self.otto.id, "template_id": other.id}
            ),
        ):
            with (
                self.assertRaisesRegex(ValidationError, "Salaries.*not a letter"),
                self.env.cr.savepoint(),
            ):
                act()
        # a template that was changed since
        waiting = self.Invitation.create({"partner_id": self.otto.id})
        self.env.cr.execute(
            "UPDATE customer_nps_invitation SET template_id = %s WHERE id = %s",
            [other.id, waiting.id],
        )
        waiting.invalidate_recordset()
        waiting._send_or_note()
        self.assertEqual(waiting.state, "failed")
        self.assertIn("is not a letter", waiting.failure)

    def test_who_objects_before_the_letter_is_written_gets_none(self):
        self.env["res.lang"]._activate_lang("es_ES")
        ann, bob, cid, dot = self.env["res.partner"].create(
            [
                {"name": name, "email": f"{name}@people.test"}
                for name in ("Ann", "Bob", "Cid", "Dot")
            ]
        )
        waiting = self.Invitation.create(
            [{"partner_id": one.id} for one in (ann, bob, cid, dot)]
        )
        ann.customer_profiling_opt_out = True
        self.env["mail.blacklist"].create({"email": "bob@people.test"})
        cid.parent_id = self.south
        self.south.customer_profiling_opt_out = True
        self.env.invalidate_all()
        waiting._send_or_note()
        failures = [one.failure or one.state for one in waiting]
        self.assertEqual(
            failures,
            [
                "The contact does not want to be profiled.",
                "The contact's address is blacklisted.",
                "The contact does not want to be profiled.",
                "sent",
            ],
        )

    def test_a_failure_is_told_in_the_language_of_who_invited(self):
        self.env["res.lang"]._activate_lang("es_ES")
        self.manager.lang = "es_ES"
        waiting = self.Invitation.create(
            [
                {"partner_id": partner.id, "user_id": user.id}
                for partner, user in (
                    (self.otto, self.manager),
                    (self.quiet, self.seller),
                )
            ]
        )
        waiting._note_failure(lambda env: env.lang)
        self.assertEqual(waiting.mapped("failure"), ["es_ES", "en_US"])

    def test_who_is_of_another_company_is_left_out(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.otto.company_id = elsewhere
        wizard = self._wizard(self.otto | self.north_contact)
        self.assertEqual(self._asked(wizard), self.north_contact)
        self.assertEqual(
            wizard.left_out.splitlines(), ["1 of another company: North Hotel, Otto"]
        )
        wizard.action_send()
        self.assertEqual(self._invitations().partner_id, self.north_contact)

    def test_two_people_do_not_invite_a_contact_at_once(self):
        self.Invitation.create({"partner_id": self.otto.id, "failure": "Refused"})
        self._invite(self.otto)
        self.Invitation.create({"partner_id": self.otto.id})
        with (
            self.assertRaises(IntegrityError),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self.Invitation.create({"partner_id": self.otto.id})

    def test_who_waits_or_was_asked_is_not_asked_again(self):
        wizard = self._wizard()
        wizard.action_send()
        self.assertEqual(self._invitations().state, "waiting")
        with self.assertRaisesRegex(
            UserError, r"in the last 90 days: North Hotel, Nora"
        ):
            wizard.action_send()
        self.assertEqual(len(self._invitations()), 1)

    def test_letters_that_cannot_be_written_are_noted(self):
        wizard = self._wizard(whom="all")
        wizard.action_send()
        self.otto.email = False
        waiting = self._invitations()
        waiting._send_or_note()
        states = {one.partner_id: one.state for one in waiting}
        self.assertEqual(states, {self.north_contact: "sent", self.otto: "failed"})
        failed = waiting.filtered("failure")
        self.assertIn("no valid e-mail address", failed.failure)
        failed.failure = False
        self.otto.email = "otto@north.test"
        fine = self.Invitation.create({"partner_id": self.store.id})
        send = type(fine)._send

        def refuse_otto(invitations, template):
            if self.otto in invitations.partner_id:
                raise ValueError("Not this one")
            return send(invitations, template)

        self.patch(type(fine), "_send", refuse_otto)
        (failed | fine)._send_or_note()
        self.assertEqual((failed.state, fine.state), ("failed", "sent"))
        self.assertEqual(failed.failure, "ValueError: Not this one")

    def test_a_mail_that_is_refused_is_noted_and_the_contact_asked_again(self):
        wizard = self._wizard()
        invitation = self._send(wizard)
        self.assertEqual(invitation.state, "sent")
        mail = invitation.mail_id

        def refuse(*_args, **_kwargs):
            raise OSError("Connection refused")

        self.patch(type(self.env["ir.mail_server"]), "_connect__", refuse)
        mail.send()
        self.assertEqual(mail.state, "exception")
        self.assertEqual(invitation.state, "failed")
        self.assertIn("Connection refused", invitation.failure)
        self.assertEqual(self._asked(wizard), self.north_contact)
        # somebody sends the mail again
        mail.write({"state": "sent", "failure_reason": False})
        mail._postprocess_sent_message([], [])
        self.assertEqual(invitation.state, "sent")
        with self.assertRaises(AccessError):
            invitation.with_user(self.manager).read(["mail_id"])

    def test_states_can_be_searched_for(self):
        sent = self._invite(self.otto)
        expired = self._invite(self.otto, "2026-06-14")
        answered = self._invite(self.otto, "2026-06-14")
        answered.answered_date = "2026-06-15 10:00:00"
        waiting, failed = self.Invitation.create(
            [{"partner_id": self.otto.id}, {"partner_id": self.otto.id, "failure": "x"}]
        )
        for state, invitation in (
            ("sent", sent),
            ("expired", expired),
            ("answered", answered),
            ("waiting", waiting),
            ("failed", failed),
        ):
            with self.subTest(state=state):
                self.assertEqual(invitation.state, state)
                self.assertEqual(self._invitations(("state", "=", state)), invitation)
        self.assertEqual(
            self._invitations(("state", "!=", "sent")),
            (expired | answered | waiting | failed).sorted(),
        )
