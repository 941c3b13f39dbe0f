from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, new_test_user, tagged

from odoo.addons.customer_centricity.engine import grouping
from odoo.addons.customer_centricity.models import customer_group_proposal

from .common import TODAY, CustomerCentricityCommon

GROUPS = "customer_centricity.group_manager"


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestGroupProposal(CustomerCentricityCommon):
    """Thirty accounts that buy much, twenty that cost more than they pay.

    Their figures are written as the refresh would; how many orders they have and how
    late they pay differs within each kind, so that no two accounts are the same.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Proposal = cls.env["customer.group.proposal"]
        cls.Group = cls.env["customer.group"]
        cls.good = cls._create_accounts(30, "good")
        cls.costly = cls._create_accounts(20, "costly")
        cls.manager = new_test_user(
            cls.env,
            "proposal_manager",
            groups=GROUPS,
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    @classmethod
    def _create_accounts(cls, count, kind, company=None):
        partners = cls.env["res.partner"].create(
            [{"name": f"{kind} {number}"} for number in range(count)]
        )
        return cls.Account.create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": (company or cls.company).id,
                    **cls._get_figures(kind, number),
                }
                for number, partner in enumerate(partners)
            ]
        )

    @classmethod
    def _get_figures(cls, kind, number):
        wobble = number * 7 % 10  # 0 to 9, in no order
        if kind == "good":
            return {
                "last_order_date": "2026-07-01",
                "historic_order_count": 60,
                "order_count": 20 + wobble,
                "revenue": 10000,
                "profit": 4000,
                "profit_rate": 0.4,
                "product_count": 30,
                "hours": 0,
                "time_cost": 0,
                "serving_cost": 100,
                "lifetime_value": 9000,
                "order_gap_variation": 0.2 + 0.01 * (number * 3 % 10),
                "has_payment_delay": True,
                "payment_delay": number % 3,
            }
        return {
            "last_order_date": "2026-01-01",
            "historic_order_count": 6,
            "order_count": 4,
            "revenue": 1000,
            "profit": -200,
            "profit_rate": -0.2,
            "product_count": 3 + number % 2,
            "hours": 20 + wobble,
            "time_cost": 600,
            "serving_cost": 0,
            "lifetime_value": -500,
            "order_gap_variation": 1.1 + 0.01 * (number * 3 % 10),
            "has_payment_delay": True,
            "payment_delay": 25 + number % 3,
        }

    def _propose(self, **vals):
        proposal = self.Proposal.create(vals)
        proposal.action_propose()
        return proposal

    def _accepted(self):
        """Return the groups that the good and the costly accounts come to."""
        proposal = self._propose()
        proposal.action_accept()
        good, costly = proposal.line_ids
        return good.group_id, costly.group_id

    def _become(self, accounts, kind):
        for number, account in enumerate(accounts):
            account.write(self._get_figures(kind, number))

    # ------------------------------------------------------------------
    # Finding
    # ------------------------------------------------------------------

    def test_who_behaves_alike_is_found(self):
        proposal = self._propose()
        self.assertEqual(proposal.state, "draft")
        self.assertEqual(str(proposal.date), TODAY)
        self.assertEqual((proposal.account_count, proposal.count), (50, 2))
        self.assertEqual(proposal.verdict, "clear")
        self.assertEqual([trial["count"] for trial in proposal.trials], [2, 3, 4, 5])
        # those worth most come first
        good, costly = proposal.line_ids
        self.assertEqual(good._get_members(), self.good)
        self.assertEqual(costly._get_members(), self.costly)
        # nobody has moved
        self.assertFalse((self.good + self.costly).group_id)
        self.assertFalse(self.Group.search([("name", "=", good.name)]))

    def test_figures_by_hand(self):
        good, costly = self._propose().line_ids
        self.assertEqual((good.account_count, costly.account_count), (30, 20))
        self.assertEqual((good.account_share, costly.account_share), (0.6, 0.4))
        self.assertEqual((good.revenue, costly.revenue), (300000, 20000))
        self.assertEqual(good.revenue_share, 300 / 320)
        # 120,000 of 116,000, as the others lose 4,000
        self.assertEqual((good.profit, costly.profit), (120000, -4000))
        self.assertAlmostEqual(good.profit_share, 120 / 116)
        self.assertAlmostEqual(costly.profit_share, -4 / 116)
        # 270,000 and -10,000
        self.assertAlmostEqual(good.value_share, 27 / 26)
        self.assertEqual((good.loss, good.loss_count), (0, 0))
        self.assertEqual((costly.loss, costly.loss_count), (-4000, 20))
        self.assertEqual(
            good.typical,
            {
                "recency": 14,  # 1 to 15 July
                "frequency": 24.5,  # of 20 to 29, three times each
                "spend": 10000,
                "margin": 0.4,
                "breadth": 30,
                "hours_per_order": 0,
                "regularity": 0.245,
                "payment_delay": 1,
                "serving_share": 0.01,
            },
        )
        self.assertEqual(costly.typical["hours_per_order"], 24.5 / 4)
        self.assertEqual(costly.typical["serving_share"], 0.6)

    def test_groups_are_told_in_words(self):
        good, costly = self._propose().line_ids
        words = {dimension: level for dimension, level in costly.words}
        self.assertEqual(
            words,
            {
                "recency": "high",
                "frequency": "low",
                "spend": "low",
                "margin": "low",
                "breadth": "low",
                "hours_per_order": "high",
                "regularity": "high",
                "payment_delay": "high",
                "serving_share": "high",
            },
        )
        self.assertEqual(len(costly.description.split(", ")), 4)
        for line in (good, costly):
            for word in ("margin", "serve", "demanding", "consuming"):
                self.assertNotIn(word, line.name, "salespeople read it")
        self.assertNotEqual(good.name, costly.name)

    def test_texts_by_hand(self):
        Line = self.env["customer.group.proposal.line"]
        small = [("spend", "low", False), ("frequency", "high", False)]
        costly = ("serving_share", "high", True)
        silent = ("recency", "high", False)
        late = ("payment_delay", "high", False)
        self.assertEqual(
            Line._get_texts(
                [
                    [*small, costly, silent, late],
                    [*small, silent],
                    small,
                    small,
                    [],
                    [costly, ("margin", "low", False), late],
                    [costly],
                ]
            ),
            [
                (
                    "Small, frequent, very costly to serve, long silent",
                    "Small, frequent",
                ),
                ("Small, frequent, long silent", "Small, frequent, long silent"),
                ("Small, frequent", "Small, frequent 2"),
                ("Small, frequent", "Small, frequent 3"),
                ("About the average", "About the average"),
                ("Very costly to serve, low-margin, late to pay", "Late to pay"),
                ("Very costly to serve", "About the average 2"),
            ],
        )

    def test_every_dimension_has_words_and_a_name(self):
        Line = self.env["customer.group.proposal.line"]
        words = {
            Line._get_word(dimension, level, strong)
            for dimension in grouping.DIMENSIONS
            for level in ("high", "low")
            for strong in (False, True)
        }
        self.assertEqual(len(words), 4 * len(grouping.DIMENSIONS))
        self.assertEqual(
            list(self.Proposal._get_dimension_names()), list(grouping.DIMENSIONS)
        )

    def test_what_is_not_known_does_not_count(self):
        """Nobody has paid, nobody has a rhythm: nothing is said of it."""
        accounts = self.good + self.costly
        accounts.write({"has_payment_delay": False, "historic_order_count": 2})
        proposal = self._propose()
        self.assertNotIn("payment_delay", proposal.dimensions)
        self.assertNotIn("regularity", proposal.dimensions)
        self.assertNotIn("payment_delay", proposal.line_ids[0].typical)
        self.assertIn("days of late payment", proposal.explanation)
        self.assertEqual(proposal.line_ids[0]._get_members(), self.good)

    def test_who_is_left_out(self):
        self.good[0].active = False
        self.good[1].historic_order_count = 1
        self.costly[0].user_id = self.manager
        proposal = self._propose(
            account_domain=f"[('user_id', '!=', {self.manager.id})]"
        )
        self.assertEqual(proposal.account_count, 47)
        members = proposal.line_ids._get_members()
        self.assertEqual(members, self.good[2:] + self.costly[1:])

    def test_a_fixed_number_of_groups(self):
        proposal = self._propose(count_choice="fixed", wanted_count=3)
        self.assertEqual((proposal.count, proposal.suggested_count), (3, 2))
        self.assertEqual(len(proposal.line_ids), 3)
        self.assertEqual(sum(proposal.line_ids.mapped("account_count")), 50)
        self.assertIn("the data suggests 2", proposal.explanation)
        with self.assertRaisesRegex(UserError, "9 groups are too many"):
            self._propose(count_choice="fixed", wanted_count=9)

    def test_found_again_in_place_of_the_first(self):
        proposal = self._propose()
        proposal.write({"count_choice": "fixed", "wanted_count": 4})
        proposal.action_propose()
        self.assertEqual(len(proposal.line_ids), 4)

    def test_same_accounts_same_groups(self):
        one, other = self._propose(), self._propose()
        self.assertEqual(one.trials, other.trials)
        for line, again in zip(one.line_ids, other.line_ids, strict=True):
            self.assertEqual(line._get_members(), again._get_members())
            self.assertEqual(line.name, again.name)

    def test_too_few_accounts(self):
        with self.assertRaisesRegex(UserError, "Only 0 accounts have 100 orders"):
            self._propose(minimum_orders=100)
        self.good.active = False
        self.costly[:3].active = False
        with self.assertRaisesRegex(UserError, "Only 17 accounts .* at least 20"):
            self._propose()

    def test_all_alike(self):
        accounts = self.good + self.costly
        accounts.write(self._get_figures("good", 0))
        with self.assertRaisesRegex(UserError, "no groups can be told apart"):
            self._propose()

    def test_odd_figures(self):
        """Zero revenue, credits, enormous amounts: groups are found all the same."""
        self.costly[0].write({"revenue": 0, "profit": 0, "profit_rate": 0})
        self.costly[1].write({"revenue": -5000, "profit": -5000, "profit_rate": 1})
        self.costly[2].write({"revenue": 1e13, "payment_delay": -1e6})
        self.costly[3].write({"order_count": 0, "hours": 1e9})
        self.costly[4].write({"last_order_date": "0001-01-01"})
        proposal = self._propose()
        self.assertEqual(proposal.account_count, 50)
        self.assertEqual(sum(proposal.line_ids.mapped("account_count")), 50)

    def test_conditions_that_cannot_be_used(self):
        for text in (
            "[('shoe_size', '=', 5)]",
            "[('profit', '=', __import__('os').getpid())]",
            "[('profit', '>', 1",
            "{}",
            "5",
            "[('profit', 'near', 5)]",
            "[('user_id.name.x', '=', 5)]",
            "[" * 500,
        ):
            with (
                self.subTest(text=text[:50]),
                self.cr.savepoint(),
                self.assertRaisesRegex(ValidationError, "cannot be used"),
            ):
                self.Proposal.create({"account_domain": text})

    def test_numbers_out_of_range(self):
        for vals in (
            {"count_choice": "fixed", "wanted_count": 1},
            {"count_choice": "fixed", "wanted_count": 13},
            {"minimum_orders": 0},
            {"minimum_orders": -1},
        ):
            with (
                self.subTest(vals=vals),
                self.assertRaises(Exception) as caught,
                self.cr.savepoint(),
                patch("odoo.sql_db._logger"),
            ):
                self.Proposal.create(vals)
            self.assertIn("range", str(caught.exception))

    def test_queries_do_not_grow_with_accounts(self):
        counts = []
        for _turn in range(3):
            self.env.invalidate_all()
            proposal = self.Proposal.create(
                {"count_choice": "fixed", "wanted_count": 2}
            )
            before = self.cr.sql_log_count
            proposal.action_propose()
            proposal.web_read(
                {
                    "summary": {},
                    "explanation": {},
                    "comparison": {},
                    "line_ids": {"fields": {"entering_count": {}}},
                }
            )
            counts.append(self.cr.sql_log_count - before)
            self._create_accounts(30, "good")
            self._create_accounts(20, "costly")
        # the first time, more is read once for all
        self.assertEqual(counts[1], counts[2])

    # ------------------------------------------------------------------
    # Explaining
    # ------------------------------------------------------------------

    def test_explanation(self):
        proposal = self._propose()
        text = proposal.explanation
        self.assertIn("50 accounts with 2 orders or more", text)
        self.assertIn("2 groups are clear", text)
        self.assertIn('<tr class="table-primary"><th>2</th>', text)
        self.assertEqual(text.count("<tr"), 5)
        comparison = proposal.comparison
        self.assertIn("<th>Profit rate</th>", comparison)
        self.assertIn("<b>40%</b>", comparison)
        self.assertIn("<b>-20%</b>", comparison)
        self.assertIn("10,000", comparison)

    def test_names_are_text(self):
        proposal = self._propose()
        proposal.line_ids[0].name = "<script>alert(1)</script>"
        self.assertNotIn("<script>", proposal.comparison)
        self.assertIn("&lt;script&gt;", proposal.comparison)

    def test_verdicts_are_told(self):
        proposal = self._propose()
        for verdict, text in (
            ("gradual", "no gap between them"),
            ("unstable", "not as a fact"),
        ):
            proposal.sudo().verdict = verdict
            self.assertIn(text, proposal._explain())

    # ------------------------------------------------------------------
    # Accepting
    # ------------------------------------------------------------------

    def test_accept(self):
        proposal = self._propose().with_user(self.manager)
        good, costly = proposal.line_ids
        good.write({"name": " Partners ", "description": "High-margin"})
        self.assertEqual(
            proposal.summary,
            "Of 50 accounts 50 enter a group and 0 change theirs. 0 are where they "
            "belong already, and 0 stay where a person or a rule has put them.",
        )
        proposal.action_accept()
        self.assertEqual(proposal.state, "accepted")
        self.assertEqual(proposal.accepted_by_id, self.manager)
        self.assertEqual(proposal.moved_count, 50)
        self.assertEqual(proposal.summary, "50 accounts were put in groups.")
        group = self.good.group_id
        self.assertEqual(group, good.group_id.sudo())
        self.assertEqual(group.name, "Partners")
        self.assertFalse(group.story)
        self.assertEqual(group.company_id, self.company)
        self.assertEqual(self.costly.group_id, costly.group_id.sudo())
        accounts = self.good + self.costly
        self.assertEqual(set(accounts.mapped("group_origin")), {"found"})
        self.assertEqual(
            set(self.good.mapped("group_reason")),
            {"Found in the data: Partners (07/15/2026)"},
        )
        message = group.message_ids[0]
        self.assertIn("30 accounts were put in this group", message.body)
        self.assertIn("as of 07/15/2026 (Partners)", message.body)
        self.assertEqual(message.author_id, self.manager.partner_id)

    def test_first_groups_are_not_told_and_later_ones_are(self):
        self._flush_tracking()
        good, costly = self._accepted()
        self._flush_tracking()
        self.assertFalse(self.good.message_ids.tracking_value_ids)
        mover = self.costly[0]
        self._become(mover, "good")
        self._accepted()
        self._flush_tracking()
        values = mover.message_ids.tracking_value_ids.filtered(
            lambda value: value.field_id.name == "group_id"
        )
        self.assertEqual(
            [(value.old_value_char, value.new_value_char) for value in values],
            [(costly.name, good.name)],
        )

    def test_whom_a_person_or_a_rule_has_placed(self):
        own, ruled = self.Group.create([{"name": "Own"}, {"name": "Ruled"}])
        self.good[0].group_id = own
        self.good[1].write({"group_id": ruled.id, "group_origin": "rule"})
        # in no group, by hand
        self.good[2].write({"group_id": own.id})
        self.good[2].write({"group_id": False, "group_reason": "On their own"})
        # released: may be moved
        self.good[3].group_id = own
        self.good[3].action_release_group()
        proposal = self._propose()
        line = proposal.line_ids[0]
        self.assertEqual(line.account_count, 30)
        self.assertEqual(
            (line.entering_count, line.moving_count, line.staying_count), (26, 1, 3)
        )
        proposal.action_accept()
        self.assertEqual(self.good[0].group_id, own)
        self.assertEqual(self.good[0].group_origin, "hand")
        self.assertEqual(self.good[1].group_id, ruled)
        self.assertEqual(self.good[1].group_origin, "rule")
        self.assertFalse(self.good[2].group_id)
        self.assertEqual(self.good[3:].group_id, line.group_id)
        self.assertEqual(line.moved_count, 27)

    def test_who_would_move_is_told_before_it_is_saved(self):
        self._accepted()
        proposal = self._propose()
        form = Form(proposal)
        self.assertIn("0 enter a group and 0 change", form.summary)
        other = self.Group.create({"name": "Other"})
        with form.line_ids.edit(0) as line:
            line.group_id = other
        self.assertIn("0 enter a group and 30 change", form.summary)
        with form.line_ids.edit(0) as line:
            line.keep = False
        self.assertIn("Of 20 accounts 0 enter a group and 0 change", form.summary)

    def test_names_that_are_taken(self):
        """A group of that name is there, but its members were not found before."""
        name = self._propose().line_ids[0].name
        self.Group.create({"name": name})
        self.assertNotEqual(self._propose().line_ids[0].name, name)

    def test_what_is_not_kept_stays(self):
        proposal = self._propose()
        good, costly = proposal.line_ids
        costly.keep = False
        self.assertEqual(costly.entering_count, 0)
        proposal.action_accept()
        self.assertFalse(self.costly.group_id)
        self.assertFalse(costly.group_id)
        self.assertEqual(self.good.group_id, good.group_id)
        self.assertEqual(proposal.moved_count, 30)

    def test_nothing_kept(self):
        with self.assertRaisesRegex(UserError, "no group to accept"):
            self.Proposal.create({}).action_accept()
        proposal = self._propose()
        proposal.line_ids.keep = False
        with self.assertRaisesRegex(UserError, "no group to accept"):
            proposal.action_accept()

    def test_two_that_are_one(self):
        proposal = self._propose(count_choice="fixed", wanted_count=3)
        proposal.line_ids.name = "Same"
        with self.assertRaisesRegex(UserError, "Two new groups are called “Same”"):
            proposal.action_accept()
        group = self.Group.create({"name": "One"})
        proposal.line_ids.group_id = group
        proposal.action_accept()
        self.assertEqual((self.good + self.costly).group_id, group)

    def test_found_again_groups_keep_their_names(self):
        good, costly = self._accepted()
        good.name = "Partners"
        # three behave as the others now; one has come
        self._become(self.costly[:3], "good")
        fresh = self._create_accounts(1, "costly")
        proposal = self._propose()
        better, worse = proposal.line_ids
        self.assertEqual((better.group_id, worse.group_id), (good, costly))
        self.assertEqual((better.name, worse.name), ("Partners", costly.name))
        self.assertEqual((better.entering_count, better.moving_count), (0, 3))
        self.assertEqual((worse.entering_count, worse.moving_count), (1, 0))
        self.assertEqual(
            proposal.summary,
            "Of 51 accounts 1 enter a group and 3 change theirs. 47 are where they "
            "belong already, and 0 stay where a person or a rule has put them.",
        )
        proposal.action_accept()
        self.assertEqual(proposal.moved_count, 4)
        self.assertEqual(self.costly[:3].group_id, good)
        self.assertEqual(fresh.group_id, costly)

    def test_archived_groups_are_over(self):
        good, costly = self._accepted()
        (self.good + self.costly).write({"group_id": False, "group_origin": "found"})
        self._accepted()
        good, costly = self.good.group_id, self.costly.group_id
        costly.active = False
        better, worse = self._propose().line_ids
        self.assertEqual(better.group_id, good)
        self.assertFalse(worse.group_id)

    def test_discard(self):
        proposal = self._propose()
        proposal.action_discard()
        self.assertEqual(proposal.state, "discarded")
        self.assertEqual(proposal.summary, "No account was moved.")
        self.assertFalse(self.good.group_id)
        for attempt in (
            proposal.action_accept,
            proposal.action_propose,
            proposal.action_discard,
        ):
            with self.assertRaisesRegex(UserError, "has been decided on"):
                attempt()
        proposal.unlink()
        self.assertFalse(proposal.exists())

    def test_what_was_accepted_cannot_be_deleted(self):
        proposal = self._propose()
        proposal.action_accept()
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            proposal.unlink()

    # ------------------------------------------------------------------
    # In the background
    # ------------------------------------------------------------------

    def _accept_in_background(self, batch=7):
        self._patch("MOVED_AT_ONCE", 0)
        self._patch("BATCH_SIZE", batch)
        proposal = self._propose()
        proposal.action_accept()
        return proposal

    def _patch(self, name, value):
        patcher = patch.object(customer_group_proposal, name, value)
        patcher.start()
        self.addCleanup(patcher.stop)

    def test_many_are_moved_in_the_background(self):
        cron = self.env.ref("customer_centricity.ir_cron_accept_groups")
        triggers = self.env["ir.cron.trigger"]
        before = triggers.search_count([("cron_id", "=", cron.id)])
        proposal = self._accept_in_background()
        self.assertEqual(proposal.state, "accepting")
        self.assertFalse(self.good.group_id)
        self.assertEqual(triggers.search_count([("cron_id", "=", cron.id)]), before + 1)
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(proposal.state, "accepted")
        self.assertEqual(proposal.moved_count, 50)
        self.assertEqual(self.good.group_id, proposal.line_ids[0].group_id)
        self.assertEqual(self.costly.group_id, proposal.line_ids[1].group_id)
        # told once
        self.assertEqual(
            len(
                proposal.line_ids[0].group_id.message_ids.filtered(
                    lambda message: "30 accounts" in message.body
                )
            ),
            1,
        )

    def test_step_by_step(self):
        proposal = self._accept_in_background()
        self.assertEqual(proposal._count_remaining(), 51)
        self.assertEqual(proposal._accept_next(), 7)
        self.assertEqual(self.good.filtered("group_id"), self.good.sorted("id")[:7])
        self.assertIn("7 accounts have been put", proposal.summary)
        # somebody decides on the next one meanwhile
        own = self.Group.create({"name": "Own"})
        self.good[8].group_id = own
        self.assertEqual(proposal._count_remaining(), 43)
        while proposal._accept_next():
            pass
        self.assertEqual(proposal.state, "accepted")
        self.assertEqual(proposal._accept_next(), 0)
        self.assertEqual(self.good[8].group_id, own)
        self.assertEqual(proposal.moved_count, 49)

    def test_who_refuses_does_not_keep_the_others(self):
        proposal = self._accept_in_background()
        stubborn = self.good[3]
        write = type(self.Account).write

        def refuse(accounts, vals):
            if "group_id" in vals and stubborn in accounts:
                raise ValueError("Not me")
            return write(accounts, vals)

        with (
            patch.object(type(self.Account), "write", refuse),
            self.assertLogs("odoo.addons.customer_centricity", "ERROR"),
        ):
            while proposal._accept_next():
                pass
        self.assertEqual(proposal.state, "accepted")
        self.assertEqual(proposal.moved_count, 49)
        self.assertFalse(stubborn.group_id)
        self.assertIn("Not me", self.company.customer_refresh_error)

    def test_a_group_that_goes_meanwhile(self):
        proposal = self._accept_in_background()
        group = proposal.line_ids[0].group_id
        group.unlink()
        while proposal._accept_next():
            pass
        self.assertEqual(proposal.state, "accepted")
        self.assertFalse(self.good.group_id)
        self.assertEqual(self.costly.group_id, proposal.line_ids[1].group_id)

    def test_an_account_that_goes_meanwhile(self):
        proposal = self._propose()
        self.good[0].unlink()
        self.assertEqual(proposal.line_ids[0].entering_count, 29)
        proposal.action_accept()
        self.assertEqual(proposal.moved_count, 49)

    def test_switched_off(self):
        self.env.ref("customer_centricity.ir_cron_accept_groups").active = False
        with self.assertRaisesRegex(UserError, "is switched off"):
            self._accept_in_background()

    # ------------------------------------------------------------------
    # Looking at members
    # ------------------------------------------------------------------

    def test_members_can_be_looked_at(self):
        proposal = self._propose().with_user(self.manager)
        line = proposal.line_ids[1]
        action = line.action_open_accounts()
        self.assertEqual(action["display_name"], line.name)
        Account = self.Account.with_user(self.manager)
        self.assertEqual(Account.search(action["domain"]), self.costly)
        outside = Account.search([("found_line_id", "not in", proposal.line_ids.ids)])
        self.assertFalse(outside & (self.good + self.costly))
        self.assertEqual(
            self.good.with_user(self.manager).found_line_id, proposal.line_ids[0]
        )
        among = [("company_id", "=", self.company.id)]
        found = Account.search([*among, ("found_line_id", "!=", False)])
        self.assertEqual(found, self.good | self.costly)
        others = Account.search([*among, ("found_line_id", "=", False)])
        self.assertEqual(found | others, Account.search(among))
        self.assertFalse(found & others)
        # what has been decided on is proposed no more
        proposal.action_discard()
        self.env.invalidate_all()
        self.assertFalse(self.good.found_line_id)
        self.assertFalse(Account.search([*among, ("found_line_id", "!=", False)]))
        self.assertEqual(Account.search(action["domain"]), self.costly, "still told")

    def test_the_latest_proposal_counts(self):
        self._propose()
        latest = self._propose()
        self.assertEqual(self.good.found_line_id, latest.line_ids[0])

    # ------------------------------------------------------------------
    # Rights and companies
    # ------------------------------------------------------------------

    def test_a_manager_finds_and_decides(self):
        proposal = self.Proposal.with_user(self.manager).create({})
        proposal.action_propose()
        self.assertEqual(proposal.count, 2)
        proposal.line_ids[0].write({"name": "Best", "keep": True, "sequence": 1})
        for record, vals in (
            (proposal, {"state": "accepted"}),
            (proposal, {"count": 7}),
            (proposal, {"accepted_by_id": self.manager.id}),
            (proposal.line_ids[0], {"account_count": 7}),
            (proposal.line_ids[0], {"cursor": 7}),
            (proposal.line_ids[0], {"proposal_id": proposal.id}),
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                record.write(vals)
        Proposal = self.Proposal.with_user(self.manager)
        with self.assertRaises(AccessError):
            Proposal.create({"state": "accepted"})
        with self.assertRaises(AccessError):
            Proposal.with_context(default_state="accepted").create({})
        again = proposal.copy()
        self.assertFalse(again.line_ids or again.date or again.count)
        with self.assertRaisesRegex(UserError, "stays with its company"):
            proposal.company_id = self.company
        proposal.action_accept()
        with self.assertRaisesRegex(UserError, "has been decided on"):
            proposal.line_ids[0].name = "Late"
        with self.assertRaisesRegex(UserError, "has been decided on"):
            proposal.minimum_orders = 5

    def test_names_are_needed(self):
        line = self._propose().line_ids[0]
        with self.assertRaisesRegex(ValidationError, "a name"):
            line.name = "  "

    def test_a_salesperson_gets_nothing(self):
        self._propose()
        user = self._create_member("proposal_user", "customer_centricity.group_user")
        for name in ("customer.group.proposal", "customer.group.proposal.line"):
            with self.assertRaises(AccessError):
                self.env[name].with_user(user).search([])
        with self.assertRaises(AccessError):
            self.good.with_user(user).read(["found_line_id"])
        with self.assertRaises(AccessError):
            self.Account.with_user(user).search([("found_line_id", "=", 1)])

    def test_conditions_tell_nothing_that_is_hidden(self):
        """Conditions are followed as whoever proposes, who may not read it all."""
        with self.assertRaises(ValidationError):
            self.Proposal.with_user(self.manager).create(
                {"account_domain": "[('user_id.password', '!=', False)]"}
            )


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestGroupProposalCompanies(CustomerCentricityCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_other_company()
        create = TestGroupProposal.__dict__["_create_accounts"].__func__
        cls._get_figures = TestGroupProposal._get_figures
        cls.own = create(cls, 25, "good") + create(cls, 25, "costly")
        cls.foreign = create(cls, 15, "good", cls.other) + create(
            cls, 25, "costly", cls.other
        )

    def test_each_company_has_its_own(self):
        proposals = self.env["customer.group.proposal"].create(
            [{"company_id": company.id} for company in (self.company, self.other)]
        )
        for proposal in proposals:
            proposal.action_propose()
        self.assertEqual(proposals.mapped("account_count"), [50, 40])
        self.assertEqual(proposals[1].line_ids._get_members(), self.foreign)
        proposals[1].action_accept()
        self.assertFalse(self.own.group_id)
        self.assertEqual(self.foreign.group_id.company_id, self.other)

    def test_another_company_shows_nothing(self):
        proposal = self.env["customer.group.proposal"].create({})
        proposal.action_propose()
        stranger = new_test_user(
            self.env,
            "proposal_stranger",
            groups=GROUPS,
            company_id=self.other.id,
            company_ids=[Command.set(self.other.ids)],
        )
        self.env = self.env(context={"allowed_company_ids": self.other.ids})
        proposal = proposal.with_env(self.env)
        for name in ("customer.group.proposal", "customer.group.proposal.line"):
            self.assertFalse(self.env[name].with_user(stranger).search([]))
        with self.assertRaises(AccessError):
            proposal.with_user(stranger).action_accept()
        found = (
            self.env["customer.account"]
            .with_user(stranger)
            .search([("found_line_id", "in", proposal.line_ids.ids)])
        )
        self.assertFalse(found)

    def test_a_group_of_another_company(self):
        group = self.env["customer.group"].create(
            {"name": "Theirs", "company_id": self.other.id}
        )
        proposal = self.env["customer.group.proposal"].create({})
        proposal.action_propose()
        with self.assertRaisesRegex(UserError, "Theirs"):
            proposal.line_ids[0].group_id = group
