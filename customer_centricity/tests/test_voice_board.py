from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from odoo.addons.customer_centricity.engine.voice import ADVOCACIES, VOICES

from .common import TODAY
from .common_voice import VoiceCommon


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestVoiceBoard(VoiceCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for contact, score in (("Ana", 9), ("Bea", 10), ("Carl", 2)):
            cls._answer(cls.north, score, contact=contact, comment=f"Said {contact}")
        cls._answer(cls.south, 3, day="2026-06-01", comment="Late again")
        cls._answer(cls.south, 4, day="2026-06-02")
        cls._answer(cls.d, 6)
        cls.company.customer_refresh_cursor = 0
        while cls.Account._refresh_voice(cls.company):
            cls.env.invalidate_all()

    def _advise(self):
        self.company.customer_refresh_cursor = 0
        while self.Account._refresh_advise(self.company):
            self.env.invalidate_all()

    def test_names_are_those_of_the_engine(self):
        for name, known in (("voice", VOICES), ("advocacy", ADVOCACIES)):
            selection = self.Account._fields[name].selection
            self.assertEqual(tuple(value for value, _label in selection), known)

    def test_every_column_is_there_in_its_order(self):
        accounts = self._as("manager", self.Account)
        groups = accounts.with_context(read_group_expand=True).web_read_group(
            [("advocacy", "!=", False), ("company_id", "=", self.company.id)],
            ["advocacy"],
            ["__count", "lifetime_value:sum"],
        )["groups"]
        self.assertEqual([group["advocacy"] for group in groups], [*ADVOCACIES])
        counts = [group["__count"] for group in groups]
        # south; north; nobody is lukewarm; a; nobody; d; nobody
        self.assertEqual(counts, [1, 1, 0, 1, 0, 1, 0])

    def test_what_is_for_managers_only(self):
        account = self._as("user", self._account(self.north))
        self.assertEqual(account.voice, "promoter")
        self.assertEqual(account.nps_label[:3], "+33")
        with self.assertRaises(AccessError):
            account.read(["advocacy"])
        with self.assertRaises(AccessError):
            account.get_voice_summary()
        menus = (
            self.env["ir.ui.menu"].with_user(self.people["user"])._visible_menu_ids()
        )
        for name in ("menu_voice_board", "menu_value_by_voice"):
            self.assertNotIn(self.env.ref(f"customer_centricity.{name}").id, menus)

    def test_all_accounts_together(self):
        summary = self._as("manager", self.Account).get_voice_summary()
        # 2 promoters of 5 answers, 3 detractors: m = 8, p = 2.75 / 8, d = 3.75 / 8,
        # 0.8125 - 0.015625 = 0.796875; the root of that / 8 is 0.315610
        self.assertEqual(summary["nps"], "−20 ± 62, 5 answers")
        self.assertEqual(
            summary["parts"],
            "2 (40%) promoters, 0 (0%) passives, 3 (60%) detractors",
        )

    def test_nobody_has_answered(self):
        self.Response.search([]).unlink()
        self._hear()
        summary = self._as("manager", self.Account).get_voice_summary()
        self.assertFalse(summary["nps"])

    def test_what_was_said_last(self):
        accounts = self._account(self.south) | self._account(self.partner_a)
        self.assertEqual(accounts.mapped("voice_comment"), ["Late again", False])
        self._answer(self.south, 3, day="2026-06-03", comment="And later")
        self._answer(self.south, 3, day="2026-06-03", comment="And later still")
        self._answer(self.partner_a, 9, day="2025-07-15", comment="Long ago")
        self.env.invalidate_all()
        self.assertEqual(accounts.mapped("voice_comment"), ["And later still", False])
        self.env.invalidate_all()
        accounts.mapped("company_id.customer_nps_window_months")
        start = self.cr.sql_log_count
        accounts.mapped("voice_comment")
        few = self.cr.sql_log_count - start
        for day in range(1, 30):
            self._answer(self.south, 5, day=f"2026-06-{day:02}", comment="Words")
        self.env.flush_all()
        self.env.invalidate_all()
        accounts.mapped("company_id.customer_nps_window_months")
        start = self.cr.sql_log_count
        accounts.mapped("voice_comment")
        self.assertLessEqual(self.cr.sql_log_count - start, few)

    def test_a_call_is_planned(self):
        account = self._as("manager", self._account(self.south))
        account.sudo().user_id = self.people["manager"]
        action = account.action_schedule_call()
        schedule = self.env[action["res_model"]].with_user(self.people["manager"])
        with Form(schedule.with_context(**action["context"])) as form:
            wizard = form.save()
        wizard.action_schedule_activities()
        [activity] = account.activity_ids
        self.assertEqual(activity.user_id, self.people["manager"])
        self.assertEqual(activity.summary, "Hear what they think of us")
        self.assertEqual(
            activity.activity_type_id, self.env.ref("mail.mail_activity_data_call")
        )

    def test_asking_for_a_referral(self):
        """It goes to who recommends us and can be written to, from the user."""
        contacts = self.north.child_ids
        ana = contacts.filtered(lambda one: one.name == "Ana")
        ana.email = "ana@example.com"
        contacts.filtered(lambda one: one.name == "Carl").email = "carl@example.com"
        account = self._as("manager", self._account(self.north))
        context = account.action_ask_referral()["context"]
        self.assertEqual(context["default_partner_ids"], ana.ids)
        self.assertEqual(context["default_model"], "res.partner")
        self.assertEqual(context["default_res_ids"], self.north.ids)
        self.assertIn("North Hotel", context["default_body"])
        self.assertEqual(context["default_subject"], "Who else could we help?")
        ana.email = False
        context = account.action_ask_referral()["context"]
        self.assertEqual(context["default_partner_ids"], self.north.ids)

    def test_who_is_not_asked_for_a_referral(self):
        """Nor by what was said long ago, nor against one's will."""
        self.north.email = "desk@north.example.com"
        for contact in self.north.child_ids:
            contact.email = f"{contact.name}@north.example.com"
        ana, bea = (
            self.north.child_ids.filtered(lambda one, name=name: one.name == name)
            for name in ("Ana", "Bea")
        )
        account = self._as("manager", self._account(self.north))
        self.assertEqual(account._get_promoters(), ana | bea)
        ana.customer_profiling_opt_out = True
        self.assertEqual(account._get_promoters(), bea)
        self.env["mail.blacklist"].create({"email": "BEA@north.example.com"})
        self.assertEqual(account._get_promoters(), self.north)
        self.env["mail.blacklist"].create({"email": "desk@north.example.com"})
        self.assertFalse(account._get_promoters())
        ana.customer_profiling_opt_out = False
        self.assertEqual(account._get_promoters(), ana)
        ana.customer_nps_response_ids.date = "2025-07-15"
        self.assertFalse(account._get_promoters(), "it counts no more")

    def test_who_was_asked_is_not_asked_again(self):
        """Once the message is sent; a draft that is thrown away asks nobody."""
        for contact in self.north.child_ids:
            contact.email = f"{contact.name}@example.com"
        account = self._as("manager", self._account(self.north))
        context = account.action_ask_referral()["context"]
        self.assertFalse(account.behaviour_start_ids)
        composer = self.env["mail.compose.message"].with_user(self.people["manager"])
        with Form(composer.with_context(**context)) as form:
            draft = form.save()
        draft._action_send_mail()
        start = account.behaviour_start_ids
        self.assertEqual(
            (start.behaviour, start.user_id, str(start.date)),
            ("referral", self.people["manager"], TODAY),
        )
        self.assertFalse(start.play_id)
        self._advise()
        advice = self.env["customer.account.advice"].search(
            [("account_id", "=", account.id)]
        )
        self.assertTrue(advice.is_asked)
        self.assertNotEqual(account.next_behaviour, "referral")

    def test_a_message_to_another_contact_asks_nobody(self):
        account = self._account(self.north)
        south = self.south.with_context(customer_asking_account_id=account.id)
        south.message_post(body="Hello")
        self.assertFalse(account.behaviour_start_ids)

    def test_who_opted_out_is_not_approached(self):
        self.north.customer_profiling_opt_out = True
        account = self._as("manager", self._account(self.north))
        with self.assertRaisesRegex(UserError, "North Hotel does not want"):
            account.action_ask_referral()

    def test_without_its_template(self):
        self.env.ref("customer_centricity.mail_template_ask_referral").unlink()
        account = self._as("manager", self._account(self.north))
        with self.assertRaisesRegex(UserError, "has been deleted"):
            account.action_ask_referral()

    def test_actions_open(self):
        for name in ("voice_board", "value_by_voice"):
            action = self.env.ref(f"customer_centricity.customer_account_action_{name}")
            accounts = self._as("manager", self.Account)
            for view, kind in action.views:
                found = accounts.get_views([(view, kind)])
                self.assertTrue(found["views"][kind]["arch"])
