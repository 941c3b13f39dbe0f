from odoo.exceptions import AccessError
from odoo.fields import Command, Date
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.customer_centricity.tests.common import TODAY
from odoo.addons.customer_centricity.tests.common_intent import IntentCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPlayOpportunity(IntentCommon):
    """Opportunities that plays open, for one account or for those of an intent.

    North is to buy another category: customers like it buy lights, and it does not.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.elsewhere = cls.env["res.company"].create({"name": "Elsewhere"})
        cls.seller, cls.stranger = (
            cls._create_member(login, f"{group},customer_centricity.group_user")
            for login, group in (
                ("play_seller", "sales_team.group_sale_salesman"),
                ("play_stranger", "base.group_user"),
            )
        )
        cls.lights = cls.env["product.category"].create({"name": "Lights"})
        # as a refresh would have it
        cls.env["customer.account.advice"].search(
            [("account_id", "=", cls.north_account.id)]
        ).unlink()
        cls.advice = cls.env["customer.account.advice"].create(
            {
                "account_id": cls.north_account.id,
                "behaviour": "cross_sell",
                "reason": "buys_fewer",
                "bought_count": 1,
                "usual_count": 4,
                "missing_category_id": cls.lights.id,
            }
        )
        cls.north_account.write(
            {"next_behaviour": "cross_sell", "user_id": cls.seller.id}
        )
        cls.play = cls.env["customer.play"].create(
            {
                "name": "Sell lights",
                "behaviour": "cross_sell",
                "company_id": cls.company.id,
                "step_ids": [
                    Command.create(
                        {
                            "summary": "Lights for every room",
                            "kind": "opportunity",
                            "note": "<p>Bring samples</p>",
                            "delay_days": 30,
                        }
                    ),
                    Command.create({"summary": "Call them", "delay_days": 3}),
                ],
            }
        )
        cls.step = cls.play.step_ids.filtered(lambda step: step.kind == "opportunity")
        cls.Lead = cls.env["crm.lead"]

    def _start(self, user=None, day=TODAY):
        """Start what is next with North, and return what opens then."""
        with freeze_time(day):
            account = self.north_account.with_user(user or self.seller)
            return account.action_start_next_behaviour()

    def _opportunities(self):
        return self.Lead.search([("customer_play_step_id", "in", self.step.ids)])

    # ------------------------------------------------------------------
    # One account
    # ------------------------------------------------------------------

    def test_what_is_next_becomes_an_opportunity(self):
        action = self._start()
        lead = self._opportunities()
        self.assertEqual((action["res_model"], action["res_id"]), ("crm.lead", lead.id))
        self.assertEqual(
            (lead.type, lead.name, lead.partner_id, lead.user_id, lead.company_id),
            (
                "opportunity",
                "North Hotel: Lights for every room",
                self.north,
                self.seller,
                self.company,
            ),
        )
        self.assertEqual(lead.date_deadline, Date.to_date("2026-08-14"))
        self.assertEqual(
            lead.description,
            "<p>Customers like this one also buy “Lights”.</p><p>Bring samples</p>",
        )
        self.assertEqual(self.north_account.activity_ids.summary, "Call them")

    def test_it_tells_no_amount(self):
        self.north_account.lifetime_value = 36_000
        self._start()
        lead = self._opportunities()
        self.assertEqual((lead.expected_revenue, lead.recurring_revenue), (0, 0))
        for digit in "0123456789":
            self.assertNotIn(digit, f"{lead.name}{lead.description}")

    def test_what_a_customer_said_or_earns_is_not_told(self):
        """Who works with opportunities need not work for the account."""
        told = {
            "loss": "",
            "detractor": "",
            "never_asked": "",
            "at_risk": "Has not ordered for longer than is usual for it.",
            "buys_alike": "Orders as usual: propose more of it, or a better version.",
            "buys_fewer": "Customers like this one buy more product categories.",
        }
        self.advice.missing_category_id = False
        for reason, text in told.items():
            with self.subTest(reason):
                self.advice.reason = reason
                found = self.north_account._get_opportunity_reasons("cross_sell")
                self.assertEqual(found.get(self.north_account, ""), text)
        # what is next is something else by now
        self.assertFalse(self.north_account._get_opportunity_reasons("up_sell"))

    def test_every_reason_has_words_or_none(self):
        from odoo.addons.customer_centricity.engine import behaviours

        for reason in behaviours.REASONS:
            self.advice.reason = reason
            text = self.north_account._get_opportunity_reason(self.advice)
            self.assertNotRegex(text, r"\d|promoter|money")

    def test_who_has_no_right_to_opportunities_opens_one_for_others(self):
        action = self._start(self.stranger)
        self.assertEqual(action["tag"], "display_notification")
        self.assertEqual(self._opportunities().user_id, self.seller)
        with self.assertRaises(AccessError):
            self._opportunities().with_user(self.stranger).read(["name"])

    def test_a_colleague_who_sees_own_opportunities_only(self):
        colleague = self.seller.copy({"login": "play_colleague"})
        self.assertEqual(self._start(colleague)["tag"], "display_notification")
        self.assertEqual(self._opportunities().user_id, self.seller)

    def test_a_manager_of_another_company_is_no_salesperson(self):
        self.seller.write(
            {
                "company_ids": [Command.set(self.elsewhere.ids)],
                "company_id": self.elsewhere.id,
            }
        )
        self._start(self.stranger)
        self.assertEqual(self._opportunities().user_id, self.stranger)

    def test_what_the_screen_proposes_is_not_taken(self):
        account = self.north_account.with_user(self.seller)
        account.with_context(
            default_expected_revenue=99, default_user_id=self.stranger.id
        ).action_start_next_behaviour()
        lead = self._opportunities()
        self.assertEqual((lead.expected_revenue, lead.user_id), (0, self.seller))

    def test_while_it_is_open_there_is_no_second_one(self):
        self._start()
        lead = self._opportunities()
        # it may be with one of the contacts by then
        lead.partner_id = self.north_contact
        self.assertEqual(self._start(day="2026-07-23")["res_id"], lead.id)
        self.assertEqual(self._opportunities(), lead)
        lead.action_set_won()
        again = self._start(day="2026-07-31")
        self.assertNotEqual(again["res_id"], lead.id)
        self.Lead.browse(again["res_id"]).action_set_lost()
        third = self._start(day="2026-08-08")
        self.assertEqual(len(self._opportunities()), 2, "one of three is lost")
        self.assertNotIn(third["res_id"], (lead.id, again["res_id"]))

    def test_who_comes_at_the_same_time_waits(self):
        """Who starts writes the account's row: another one's cannot go on with its own.

        That is how the database notices; a row that is written has moved.
        """

        def place():
            self.cr.execute(
                "SELECT ctid FROM customer_account WHERE id = %s",
                [self.north_account.id],
            )
            return self.cr.fetchone()

        self.env.flush_all()
        before = place()
        self.step._open_opportunities(
            [(self.step, self.north_account, self.seller, Date.to_date(TODAY))]
        )
        self.assertNotEqual(place(), before)

    def test_the_mail_of_a_play_comes_first(self):
        self.play.mail_template_id = self.env.ref(
            "customer_centricity.mail_template_ask_referral"
        )
        self.assertEqual(self._start()["res_model"], "mail.compose.message")
        self.assertEqual(len(self._opportunities()), 1)

    # ------------------------------------------------------------------
    # Intents
    # ------------------------------------------------------------------

    def test_an_intent_opens_one_for_each_account(self):
        intent = self._running(play_ids=[Command.set(self.play.ids)])
        leads = self._opportunities()
        self.assertEqual(leads.partner_id, self.north | self.south)
        self.assertEqual(set(intent.step_ids.mapped("state")), {"done"})
        self.assertEqual(intent.step_ids.lead_id, leads)
        by_partner = {lead.partner_id: lead for lead in leads}
        # South has no account manager: the owner of the intent sells
        self.assertEqual(by_partner[self.north].user_id, self.seller)
        self.assertEqual(by_partner[self.south].user_id, self.manager)
        self.assertIn("Lights”", by_partner[self.north].description)
        self.assertEqual(by_partner[self.south].description, "<p>Bring samples</p>")
        # and nothing is made again
        self.assertEqual(self.Step._make_next(), 0)
        self.assertEqual(self._opportunities(), leads)

    def test_an_intent_takes_up_what_somebody_started(self):
        self._start()
        lead = self._opportunities()
        intent = self._running(play_ids=[Command.set(self.play.ids)])
        own = intent.step_ids.filtered(
            lambda made: (
                made.step_id == self.step and made.account_id == self.north_account
            )
        )
        self.assertEqual(own.lead_id, lead)
        self.assertEqual(len(self._opportunities()), 2, "that, and South's")

    def test_nobody_gets_a_mail_for_each_account(self):
        before = self.env["mail.mail"].search([])
        self._running(play_ids=[Command.set(self.play.ids)])
        mails = self.env["mail.mail"].search([]) - before
        self.assertFalse(mails.filtered(lambda mail: mail.model == "crm.lead"))

    def test_an_opportunity_that_is_refused(self):
        with mute_logger("odoo.sql_db"):
            self.patch(
                type(self.step), "_get_seller", lambda self, user, company: 1 / 0
            )
            intent = self._running(play_ids=[Command.set(self.play.ids)])
        self.assertEqual(intent.step_failed_count, 2)
        self.assertFalse(self._opportunities())
        self.assertEqual(
            self.north_account.activity_ids.mapped("summary")[:1], ["Call them"]
        )

    def test_ending_an_intent_leaves_opportunities(self):
        intent = self._running(play_ids=[Command.set(self.play.ids)])
        intent._end("stopped", "So")
        intent._drop_open()
        self.assertEqual(len(self._opportunities()), 2)

    def test_the_preview_counts_them(self):
        only = self.play.copy({"name": "Only that"})
        only.step_ids.filtered(lambda step: step.kind == "activity").unlink()
        intent = self._draft(play_ids=[Command.set((self.play | only).ids)])
        wizard = self.env["customer.intent.start"].create({"intent_id": intent.id})
        self.assertIn(
            "Sell lights</b>: 2 activities, and 2 opportunities", wizard.play_preview
        )
        self.assertIn("Only that</b>: 2 opportunities", wizard.play_preview)

    def test_queries_do_not_grow_with_the_accounts(self):
        """Finding and explaining take as many for two accounts as for ten."""
        partners = self.env["res.partner"].create(
            [{"name": f"Hotel {number}"} for number in range(10)]
        )
        accounts = self.Account.create(
            [{"partner_id": partner.id} for partner in partners]
        )

        def count(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.step._find_opportunities(self.step, some)
            some._get_opportunity_reasons("cross_sell")
            return self.cr.sql_log_count - before

        count(accounts)
        self.assertEqual(count(accounts), count(accounts[:2]))

    # ------------------------------------------------------------------
    # The plays as installed
    # ------------------------------------------------------------------

    def test_plays_that_sell_open_one(self):
        for name in ("play_grow", "play_category"):
            step = self.env.ref(f"customer_centricity_crm.{name}_opportunity")
            self.assertEqual(
                (step.play_id, step.kind),
                (self.env.ref(f"customer_centricity.{name}"), "opportunity"),
            )

    def test_plays_that_somebody_changed_are_left_alone(self):
        play = self.env.ref("customer_centricity.play_category")

        def install():
            """Return the step that comes with the addon, as if it came now."""
            play.step_ids.filtered(lambda step: step.kind == "opportunity").unlink()
            self.env["customer.play"]._add_opportunities()
            return play.step_ids.filtered(lambda step: step.kind == "opportunity")

        def touch(record, days):
            """Have the database tell that it was changed days after its creation."""
            self.env.flush_all()
            self.cr.execute(
                SQL(
                    "UPDATE %s SET write_date = create_date + %s * interval '1 day' "
                    "WHERE id = ANY(%s)",
                    SQL.identifier(record._table),
                    days,
                    record.ids,
                )
            )
            self.env.invalidate_all()

        activities = play.step_ids.filtered(lambda step: step.kind == "activity")
        touch(play, 0)
        touch(activities, 0)
        self.assertEqual(len(install()), 1)
        for record in (play, activities[0]):
            touch(record, 1)
            self.assertFalse(install())
            touch(record, 0)
        own = activities.create({"play_id": play.id, "summary": "Ours"})
        self.assertFalse(install())
        own.unlink()
        self.assertEqual(len(install()), 1)

    def test_a_play_that_was_deleted_is_not_needed(self):
        self.env.ref("customer_centricity.play_grow").unlink()
        self.env["customer.play"]._add_opportunities()
        self.assertFalse(
            self.env.ref(
                "customer_centricity_crm.play_grow_opportunity",
                raise_if_not_found=False,
            )
        )

    # ------------------------------------------------------------------
    # Screens
    # ------------------------------------------------------------------

    def test_a_step_in_the_form_of_a_play(self):
        with Form(self.env["customer.play"].with_user(self.manager)) as form:
            form.name = "Sell"
            with form.step_ids.new() as step:
                step.summary = "Sell lights"
                step.kind = "opportunity"
        self.assertEqual(form.record.step_ids.kind, "opportunity")

    def test_where_an_opportunity_comes_from_is_for_who_has_the_role(self):
        self._start()
        lead = self._opportunities()
        self.assertIn(
            "customer_play_step_id", Form(lead.with_user(self.seller))._view["fields"]
        )
        plain = self._create_member(
            "play_crm_only", "sales_team.group_sale_salesman_all_leads"
        )
        with self.assertRaises(AccessError):
            lead.with_user(plain).read(["customer_play_step_id"])
        self.assertNotIn(
            "customer_play_step_id", Form(lead.with_user(plain))._view["fields"]
        )
