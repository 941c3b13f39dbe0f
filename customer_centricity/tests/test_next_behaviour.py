import itertools
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command, Date
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from odoo.addons.customer_centricity.engine import behaviours, lifecycle, voice

from .common import TODAY, CustomerCentricityCommon


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestNextBehaviour(CustomerCentricityCommon):
    """What to aim for next, by hand: peers are the members of a group of four.

    All of the group buy seats, three of the four buy lights (North does not), two buy
    tables; one buys a rug, which is a quarter of them and therefore usual.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(patch.object(behaviours, "LEAST_PEERS", 3))
        categories = cls.env["product.category"].create(
            [{"name": name} for name in ("Seats", "Lights", "Tables", "Rugs")]
        )
        cls.seats, cls.lights, cls.tables, cls.rugs = categories
        products = cls.env["product.product"].create(
            [
                {"name": category.name, "type": "consu", "categ_id": category.id}
                for category in categories
            ]
        )
        partners = cls.env["res.partner"].create(
            [{"name": name, "is_company": True} for name in ("East", "West")]
        )
        cls.east, cls.west = partners
        bought = {
            cls.north: products[0],
            cls.south: products[:2],
            cls.east: products[:3],
            cls.west: products,
        }
        # regular orders, the last of them not long ago
        for partner, those in bought.items():
            for day in ("2025-09-10", "2026-01-10", "2026-05-10"):
                cls._invoice(partner, day, *[(product, 1, 100) for product in those])
        cls.prospect = cls.env["res.partner"].create({"name": "Prospect"})
        cls.Account._create_accounts(cls.company, cls.prospect.ids)
        cls.group = cls.env["customer.group"].create({"name": "Hotels"})
        cls.Account._refresh(cls.company)
        cls.members = cls.Account.search(
            [("partner_id", "in", [partner.id for partner in bought])]
        )
        cls.members.write({"group_id": cls.group.id})
        cls.account = cls.members.filtered(lambda one: one.partner_id == cls.north)
        cls._advise()
        cls.salesperson, cls.manager = (
            cls._create_member(f"next_{role}", f"customer_centricity.group_{role}")
            for role in ("user", "manager")
        )

    @classmethod
    def _advise(cls):
        """Advise on all accounts as the refresh does."""
        cls.company.customer_refresh_cursor = 0
        while cls.Account._refresh_advise(cls.company):
            pass
        cls.env.invalidate_all()

    def _advice(self, account):
        return self.env["customer.account.advice"].search(
            [("account_id", "=", account.id)]
        )

    def test_cross_sell_names_what_most_peers_buy(self):
        advice = self._advice(self.account)
        # of seats, lights, tables and rugs it buys seats; of the others most buy lights
        self.assertEqual((advice.bought_count, advice.usual_count), (1, 4))
        self.assertEqual(advice.missing_category_id, self.lights)
        self.assertEqual(self.account.next_behaviour, "cross_sell")
        self.assertEqual(
            self.account.next_behaviour_reason,
            "Buys 1 of the 4 product categories that its peers buy, not yet “Lights”.",
        )
        west = self._account(self.west)
        self.assertEqual(self._advice(west).bought_count, 4)
        self.assertFalse(self._advice(west).missing_category_id)

    def test_what_is_no_offer_is_not_proposed(self):
        self.lights.customer_not_proposed = True
        self._advise()
        advice = self._advice(self.account)
        self.assertEqual(advice.usual_count, 3)
        self.assertEqual(advice.missing_category_id, self.tables)

    def test_a_rare_category_is_not_usual(self):
        with patch.object(behaviours, "USUAL_SHARE", 0.26):
            self._advise()
        self.assertEqual(self._advice(self.account).usual_count, 3)

    def test_too_few_peers_are_those_of_the_company(self):
        with patch.object(behaviours, "LEAST_PEERS", 5):
            self._advise()
        # four accounts buy at all
        self.assertEqual(self._advice(self.account).usual_count, 0)
        self.members[1:].group_id = False
        self._advise()
        self.assertEqual(self._advice(self.account).usual_count, 4)

    def test_the_database_advises_what_the_engine_does(self):
        cases = list(
            itertools.product(
                ["", *lifecycle.STAGES],
                ["profit", "loss"],
                ["", *voice.VOICES],
                (0, 1, 9),  # orders
                (False, True),  # worth anything
                (False, True),  # asked
                (3, 5),  # categories bought of five
                (5,),
                (False, True),  # another category proposed
                (False, True),  # more proposed
                (False, True),  # excluded
            )
        )
        columns = list(map(list, zip(*cases, strict=True)))
        names = (
            "stage result voice orders worth asked bought usual cross_sell_started"
            " up_sell_started excluded"
        ).split()
        reasons = behaviours.next_behaviours(dict(zip(names, columns, strict=True)))
        found = self.env.execute_query(
            SQL(
                """
                SELECT %s
                  FROM (
                      SELECT *, NOT excluded AS is_told
                        FROM unnest(%s::text[], %s::text[], %s::text[], %s::int[],
                                    %s::bool[], %s::bool[], %s::int[], %s::int[],
                                    %s::bool[], %s::bool[], %s::bool[])
                             WITH ORDINALITY AS row (
                                 lifecycle_stage, result, voice, historic_order_count,
                                 is_worth, is_asked, bought_count, usual_count,
                                 is_cross_sell_started, is_up_sell_started, excluded,
                                 place)
                  ) account
                 ORDER BY place
                """,
                self.Account._get_reason_expression(),
                *columns,
            )
        )
        self.assertEqual([reason or "" for [reason] in found], reasons.tolist())

    def test_the_database_finds_the_missing_category_of_the_engine(self):
        peers = list(range(101, 163))  # as many as are looked at
        masks = [0, 1, 5, 2**61 - 1, 2**62 - 1, 2**62 - 2]
        bought, usual, missing = behaviours.missing_categories(
            masks, ["all"] * len(masks), {"all": peers}
        )
        found = self.env.execute_query(
            SQL(
                """
                SELECT %s
                  FROM unnest(%s::bigint[], %s::int[], %s::int[])
                       WITH ORDINALITY AS row (
                           bought, bought_count, usual_count, place)
                 CROSS JOIN (SELECT %s::int[] AS categories) peer
                 ORDER BY place
                """,
                self.Account._get_missing_expression(),
                masks,
                bought.tolist(),
                usual.tolist(),
                peers,
            )
        )
        self.assertEqual(missing.tolist(), [101, 102, 102, 162, 0, 101])
        self.assertEqual([one or 0 for [one] in found], missing.tolist())

    def test_prospects_are_to_order(self):
        account = self._account(self.prospect)
        self.assertEqual(account.next_behaviour, "first_purchase")
        self.assertEqual(account.next_behaviour_reason, "Has not ordered anything yet.")

    def test_a_promoter_is_asked_to_recommend_once(self):
        self.account.voice = "promoter"
        self._advise()
        self.assertEqual(self.account.next_behaviour, "referral")
        self.assertEqual(
            self.account.next_behaviour_reason,
            "Promoter; not asked to recommend you; buys 1 of the 4 product categories "
            "that its peers buy, not yet “Lights”.",
        )
        self.account.with_user(self.salesperson).action_start_next_behaviour()
        self._advise()
        self.assertEqual(self.account.next_behaviour, "cross_sell")
        self.assertEqual(
            self.account.next_behaviour_reason,
            "Buys 1 of the 4 product categories that its peers buy, not yet “Lights”; "
            "promoter.",
        )

    def test_who_recommended_somebody_is_not_asked(self):
        self.account.voice = "promoter"
        self.prospect.referred_by_id = self.north_contact
        self._advise()
        self.assertEqual(self.account.next_behaviour, "cross_sell")

    def test_who_came_to_another_company_counts_there(self):
        self.account.voice = "promoter"
        other = self.env["res.company"].create({"name": "Other"})
        elsewhere = self.env["res.partner"].create(
            {"name": "Elsewhere", "referred_by_id": self.north_contact.id}
        )
        self.Account.sudo()._create_accounts(other, elsewhere.ids)
        self._advise()
        self.assertEqual(self.account.next_behaviour, "referral")
        self.Account._create_accounts(self.company, elsewhere.ids)
        self._advise()
        self.assertEqual(self.account.next_behaviour, "cross_sell")

    def test_nobody_is_kept_whose_relation_is_to_end(self):
        case = self.env["customer.decision"].create({"account_id": self.account.id})
        self.env.flush_all()
        self.cr.execute("UPDATE customer_decision SET kind = 'reprice'")
        self._advise()
        self.assertEqual(self.account.next_behaviour, "cross_sell")
        for state, behaviour in (
            ("proposed", False),
            ("applied", False),
            ("undone", "cross_sell"),
        ):
            self.cr.execute(
                "UPDATE customer_decision SET kind = 'end', state = %s WHERE id = %s",
                [state, case.id],
            )
            self._advise()
            self.assertEqual(self.account.next_behaviour, behaviour)

    def test_a_detractor_is_heard_first(self):
        self.account.voice = "detractor"
        self._advise()
        self.assertEqual(self.account.next_behaviour, "permanence")
        self.assertIn("hear what went wrong", self.account.next_behaviour_reason)

    def test_advice_is_told_to_nobody(self):
        """It is no decision, and may be another tomorrow, of many accounts at once."""
        self.members.voice = "detractor"
        self._flush_tracking()
        before = self.members.message_ids
        self._advise()
        self._flush_tracking()
        self.assertEqual(set(self.members.mapped("next_behaviour")), {"permanence"})
        self.assertEqual(self.members.message_ids, before)

    def test_many_are_taken_over_by_one_statement(self):
        self.members.voice = "detractor"
        ids = self.Account.with_context(active_test=False).search([]).ids
        self.Account._advise(self.company, min(ids), max(ids))
        others = self.members.filtered(lambda one: one.next_behaviour != "permanence")
        self.assertGreater(len(others), 1)
        with self.assertQueryCount(1):
            self.assertEqual(self.Account._take_over(self.company), len(others))
        self.assertEqual(self.Account._take_over(self.company), 0)

    def test_who_opted_out_gets_none_and_is_nobodys_peer(self):
        self.west.customer_profiling_opt_out = True
        # at once, and after a refresh
        self.assertFalse(self._account(self.west).next_behaviour)
        self.assertFalse(self._advice(self._account(self.west)))
        self._advise()
        self.assertFalse(self._account(self.west).next_behaviour)
        self.assertFalse(self._account(self.west).next_behaviour_reason)
        # nobody else buys rugs
        self.assertEqual(self._advice(self.account).usual_count, 3)
        with self.assertRaises(UserError):
            self._account(self.west).action_start_next_behaviour()

    def test_archived_accounts_get_none(self):
        self._account(self.east).active = False
        self._advise()
        self.assertFalse(self._account(self.east).next_behaviour)

    def test_no_reason_is_told_until_its_behaviour_is_taken_over(self):
        east, north = self._account(self.east), self.account
        east.active = False
        north.voice = "detractor"
        self.assertTrue(east.next_behaviour_reason)
        ids = self.Account.with_context(active_test=False).search([]).ids
        self.Account._advise(self.company, min(ids), max(ids))
        self.env.invalidate_all()
        # what both have is that of before, of which the reason is not known any more
        self.assertTrue(east.next_behaviour)
        self.assertNotEqual(north.next_behaviour, self._advice(north).behaviour)
        self.assertFalse(east.next_behaviour_reason)
        self.assertFalse(north.next_behaviour_reason)
        self._advise()
        self.assertFalse(east.next_behaviour)
        self.assertIn("hear what went wrong", north.next_behaviour_reason)

    def test_advising_again_writes_nothing(self):
        advice = self.env["customer.account.advice"].search([])
        rows = "SELECT id, xmin FROM customer_account_advice ORDER BY id"
        self.env.flush_all()
        self.cr.execute(rows)
        before = self.cr.fetchall()
        self._advise()
        self.cr.execute(rows)
        self.assertEqual(self.cr.fetchall(), before)
        self.assertEqual(len(advice), len(before))

    def test_the_number_of_queries_does_not_grow_with_the_accounts(self):
        def count(accounts):
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            accounts.mapped("next_behaviour_reason")
            return self.cr.sql_log_count - before

        count(self.members)
        two = self.account | self._account(self.south)
        self.assertEqual(count(self.members), count(two))

    # ------------------------------------------------------------------
    # Starting the play
    # ------------------------------------------------------------------

    def test_a_salesperson_starts_the_play(self):
        self.account.user_id = self.env.ref("base.user_admin")
        account = self.account.with_user(self.salesperson)
        action = account.action_start_next_behaviour()
        self.assertEqual(action["tag"], "display_notification")
        activities = self.account.activity_ids.sorted("date_deadline")
        play = self.env.ref("customer_centricity.play_category")
        self.assertEqual(
            activities.mapped("summary"),
            [
                "Show them what customers like them buy besides",
                "Ask what they think of it",
            ],
        )
        # after 7 and 21 days, for the manager of the account
        self.assertEqual(
            activities.mapped("date_deadline"),
            [Date.to_date("2026-07-22"), Date.to_date("2026-08-05")],
        )
        self.assertEqual(activities.user_id, self.account.user_id)
        start = self.account.behaviour_start_ids
        self.assertEqual(
            (start.behaviour, start.play_id, start.user_id, start.date),
            ("cross_sell", play, self.salesperson, Date.to_date(TODAY)),
        )
        self.assertIn("Open Another Category", self.account.message_ids[0].body)

    def test_it_is_not_started_twice_within_a_week(self):
        self.account.action_start_next_behaviour()
        count = len(self.account.activity_ids)
        with self.assertRaisesRegex(UserError, "started this on"):
            self.account.action_start_next_behaviour()
        self.assertEqual(len(self.account.activity_ids), count)
        with freeze_time("2026-07-22"):
            self.account.action_start_next_behaviour()
        self.assertEqual(len(self.account.activity_ids), 2 * count)

    def test_what_was_proposed_waits(self):
        self.account.lifecycle_stage = "steady"
        self._advise()
        for behaviour, reason in (
            (
                "up_sell",
                "Orders as usual: propose more of it, or a better version; another "
                "product category was proposed not long ago.",
            ),
            (
                "permanence",
                "Nothing else stands out: keep in touch; another product category was "
                "proposed not long ago.",
            ),
        ):
            self.account.action_start_next_behaviour()
            self._advise()
            self.assertEqual(self.account.next_behaviour, behaviour)
            self.assertEqual(self.account.next_behaviour_reason, reason)
        with freeze_time("2026-10-16"):
            self._advise()
            self.assertEqual(self.account.next_behaviour, "cross_sell")

    def test_the_mail_of_a_play_is_a_draft_to_the_customer(self):
        self.account.voice = "promoter"
        self._advise()
        mails = self.env["mail.mail"].search_count([])
        action = self.account.with_user(self.salesperson).action_start_next_behaviour()
        self.assertEqual(action["res_model"], "mail.compose.message")
        self.assertEqual(action["context"]["default_model"], "res.partner")
        self.assertEqual(action["context"]["default_partner_ids"], self.north.ids)
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)

    def test_the_play_of_the_company_comes_first(self):
        own = self.env["customer.play"].create(
            {
                "name": "Ours",
                "behaviour": "cross_sell",
                "company_id": self.company.id,
                "sequence": 999,
                "step_ids": [Command.create({"summary": "Ours first"})],
            }
        )
        self.account.action_start_next_behaviour()
        self.assertEqual(self.account.behaviour_start_ids.play_id, own)
        self.assertEqual(self.account.activity_ids.summary, "Ours first")

    def test_a_task_is_created_in_its_project(self):
        project = self._create_project(self.south)
        self.env["customer.play"].create(
            {
                "name": "Ours",
                "behaviour": "cross_sell",
                "company_id": self.company.id,
                "step_ids": [
                    Command.create(
                        {
                            "summary": "Draw their room",
                            "kind": "task",
                            "project_id": project.id,
                        }
                    )
                ],
            }
        )
        self.account.with_user(self.salesperson).action_start_next_behaviour()
        task = self.env["project.task"].search([("name", "=", "Draw their room")])
        self.assertEqual(task.project_id, project)
        self.assertEqual(task.partner_id, self.north)

    def test_without_a_play_one_is_told_what_to_do(self):
        plays = self.env["customer.play"].search([("behaviour", "=", "cross_sell")])
        plays.active = False
        with self.assertRaisesRegex(UserError, "There is no play that brings about"):
            self.account.action_start_next_behaviour()
        self.env["customer.play"].create({"name": "Empty", "behaviour": "cross_sell"})
        with self.assertRaisesRegex(UserError, "neither steps nor a mail"):
            self.account.action_start_next_behaviour()

    def test_a_play_has_a_mail_about_accounts(self):
        other = self.env["mail.template"].create(
            {
                "name": "Contact mail",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
            }
        )
        play = self.env.ref("customer_centricity.play_category")
        with self.assertRaisesRegex(ValidationError, "Contact mail"):
            play.mail_template_id = other

    def test_a_contact_shows_and_starts_that_of_its_account(self):
        contact = self.north_contact.with_user(self.salesperson)
        self.assertEqual(contact.customer_next_behaviour, "cross_sell")
        self.assertIn("peers", contact.customer_next_behaviour_reason)
        found = self.env["res.partner"].search(
            [("customer_next_behaviour", "=", "first_purchase")]
        )
        self.assertIn(self.prospect, found)
        self.assertNotIn(self.north, found)
        contact.action_start_next_behaviour()
        self.assertTrue(self.account.behaviour_start_ids)

    def test_a_contact_without_an_account_has_nothing_to_start(self):
        nobody = self.env["res.partner"].create({"name": "Nobody"})
        with self.assertRaisesRegex(UserError, "Nobody: there is no next best"):
            nobody.action_start_next_behaviour()

    def test_plays_started_move_with_a_merged_account(self):
        self.account.action_start_next_behaviour()
        target = self._account(self.south)
        self.account._fold_into(target)
        self.assertEqual(target.behaviour_start_ids.behaviour, "cross_sell")

    # ------------------------------------------------------------------
    # What leads to what
    # ------------------------------------------------------------------

    def _show(self, account, *shown):
        self.env["customer.behaviour"].create(
            [
                {
                    "account_id": account.id,
                    "quarter": quarter,
                    "date": quarter,
                    "kind": kind,
                }
                for quarter, kind in shown
            ]
        )

    def _transitions(self, **kwargs):
        behaviours_of = self.env["customer.behaviour"].with_user(self.manager)
        return behaviours_of.get_transitions(**kwargs)

    def test_transitions_by_hand(self):
        """Quarters up to April 2024 have eight behind them that are over.

        North: first purchase in 2023-10, followed by a cross-sell within eight quarters
        (2025-07); permanence in 2024-04, followed by that cross-sell, too. South: first
        purchase in 2023-10, followed by something in the ninth quarter only.
        """
        self.env["customer.behaviour"].search([]).unlink()
        account, other = self.account, self._account(self.south)
        self._show(
            account,
            ("2023-10-01", "first_purchase"),
            ("2024-04-01", "permanence"),
            ("2025-07-01", "cross_sell"),
        )
        self._show(other, ("2023-10-01", "first_purchase"), ("2026-01-01", "up_sell"))
        with (
            patch.object(behaviours, "LEAST_CASES", 1),
            patch.object(behaviours, "LEAST_EXPECTED", 0),
        ):
            found = self._transitions(group_id=self.group.id)
        rows = {row["kind"]: row for row in found["rows"]}
        places = {kind: place for place, (kind, _name) in enumerate(found["kinds"])}
        # two first purchases, of which one led to a cross-sell and to permanence
        self.assertEqual(found["total"], 3)
        self.assertEqual(rows["first_purchase"]["cases"], 2)
        cell = rows["first_purchase"]["cells"][places["cross_sell"]]
        # half of them; of all three quarters two were followed by a cross-sell
        self.assertEqual((cell["count"], cell["share"], cell["lift"]), (1, 0.5, 0.75))
        # an error of sqrt(2 / 9 / 2), a third, is more than the difference
        self.assertFalse(cell["clear"])
        cell = rows["permanence"]["cells"][places["cross_sell"]]
        self.assertEqual((cell["count"], cell["share"], cell["lift"]), (1, 1.0, 1.5))
        cell = rows["first_purchase"]["cells"][places["up_sell"]]
        self.assertEqual((cell["count"], cell["share"]), (0, 0.0))
        self.assertIsNone(rows["goodwill"]["cells"][0]["share"])
        # few would have followed: no lift
        with patch.object(behaviours, "LEAST_CASES", 1):
            found = self._transitions(group_id=self.group.id)
        self.assertEqual(
            {cell["lift"] for row in found["rows"] for cell in row["cells"]}, {None}
        )

    def test_few_cases_tell_no_share(self):
        self._show(self.account, ("2024-04-01", "permanence"))
        found = self._transitions()
        for row in found["rows"]:
            self.assertEqual({cell["share"] for cell in row["cells"]}, {None})

    def test_who_opted_out_is_no_example(self):
        self._show(self.account, ("2024-04-01", "permanence"))
        self.assertEqual(self._transitions()["total"], 1)
        # by a number of no group, or none, there is nothing to see, and no error
        self.assertEqual(self._transitions(group_id=0)["total"], 1)
        self.assertEqual(self._transitions(group_id="none of these")["total"], 0)
        self.north.customer_profiling_opt_out = True
        self._show(self.account, ("2024-04-01", "up_sell"))
        self.assertEqual(self._transitions()["total"], 0)

    def test_transitions_are_for_managers(self):
        with self.assertRaises(AccessError):
            self.env["customer.behaviour"].with_user(self.salesperson).get_transitions()

    def test_transitions_of_nobody(self):
        empty = self.env["customer.group"].create({"name": "Empty"})
        found = self._transitions(group_id=empty.id)
        self.assertEqual(found["total"], 0)

    def test_a_salesperson_sees_behaviours_without_amounts(self):
        behaviours = self.env["customer.behaviour"].with_user(self.salesperson)
        shown = behaviours.search([("account_id", "=", self.account.id)])
        self.assertIn("first_purchase", shown.mapped("kind"))
        with self.assertRaises(AccessError):
            shown.mapped("amount")
