import psycopg2

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import TODAY
from .common_decision import DecisionCommon

MONEY = ("expected_profit", "expected_value", "profit_gain", "value_gain")
FIGURES = {
    "included_hours",
    "hour_price",
    "switch_cost",
    "price_rate",
    "acceptance_rate",
    "hours_saved_rate",
    "cost_kept_rate",
    "serving_saved_rate",
    "other_saved_rate",
    "commission_rate",
    *MONEY,
    "basis",
    "explanation",
}


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestDecisionOption(DecisionCommon):
    """What would come of each option, by hand.

    East was invoiced 1,000 in each of four months, of which 500 are five chairs that
    cost 60 each, and was served for 100 hours at 40: 4,000 - 1,200 - 4,000 = -1,200 a
    year. By the plain rule it is worth five such years, -6,000.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.east = cls.env["res.partner"].create({"name": "East", "is_company": True})
        cls.east_project = cls._create_project(cls.east)
        for month in (3, 4, 5, 6):
            cls._invoice(
                cls.east,
                f"2026-{month:02}-10",
                (cls.service, 1, 500),
                (cls.goods, 5, 100),
            )
            cls._timesheet(f"2026-{month:02}-11", 25, cls.east_project)
        cls.Account._refresh(cls.company)
        cls.east_account = cls._account_of(cls.east)
        cls.standard = cls.env.ref("customer_centricity.service_level_standard")
        cls.self_service = cls.env.ref("customer_centricity.service_level_self_service")
        cls.subcontracted = cls.env.ref(
            "customer_centricity.service_level_subcontracted"
        )
        cls.ended = cls.env.ref("customer_centricity.service_level_ended")
        cls.east_account.write(
            {"service_level_id": cls.standard.id, "user_id": cls.manager.id}
        )
        cls.thrifty.active = False

    @classmethod
    def _option(cls, decision, kind):
        return decision.option_ids.filtered(lambda option: option.kind == kind)

    def _figures(self, decision):
        return {
            option.kind: (
                round(option.expected_profit, 2),
                round(option.expected_value, 2),
                round(option.profit_gain, 2),
                round(option.value_gain, 2),
            )
            for option in decision.option_ids
        }

    # ------------------------------------------------------------------
    # By hand
    # ------------------------------------------------------------------

    def test_the_usual_assumptions_on_the_accounts_own_figures(self):
        self.assertEqual(self.east_account.profit, -1200)
        self.assertEqual(self.east_account.lifetime_value, -6000)
        decision = self._propose(self.east_account)
        # of one that leaves half of 4,000 remains: -2,000 a year, -10,000 in five
        expected = {
            # as it is
            "mend": (-1200, -6000, 0, 0),
            # 15% of the hours' 4,000, half of it: +300, staying -900;
            # 0.98 x -900 + 0.02 x -2,000; and 0.98 x (-6,000 + 1,500) + 0.02 x -10,000
            # - 4 hours at 40
            "reduce_cost": (-922, -4770, 278, 1230),
            # 10% of 4,000: +400, staying -800; 0.85 x -800 + 0.15 x -2,000;
            # 0.85 x (-6,000 + 2,000) + 0.15 x -10,000 - 160
            "reprice": (-980, -5060, 220, 940),
            # 30% of 4,000, half of it: +600, staying -600; 0.9 x -600 + 0.1 x -2,000;
            # 0.9 x (-6,000 + 3,000) + 0.1 x -10,000 - 160
            "change_level": (-740, -3860, 460, 2140),
            # 400 are left of 4,000, 1,200 for goods and 90% of the hours saved, half of
            # it 1,800: -600, staying -1,800; 0.7 x -1,800 + 0.3 x -2,000;
            # 0.7 x (-6,000 - 3,000) + 0.3 x -10,000 - 8 hours at 40
            "subcontract": (-1860, -9620, -660, -3620),
            # nobody stays: -2,000; -10,000 - 320
            "end": (-2000, -10320, -800, -4320),
        }
        self.assertEqual(self._figures(decision), expected)
        self.assertEqual(decision.option_ids.mapped("kind"), list(expected))
        self.assertEqual(
            decision.option_ids.filtered("is_best"),
            self._option(decision, "change_level"),
        )
        self.assertEqual(decision.option_id.kind, "change_level")
        self.assertEqual(
            decision.option_ids.mapped("switch_cost"), [0] + [160] * 3 + [320] * 2
        )
        self.assertEqual(set(decision.option_ids.mapped("hour_price")), {0})

    def test_another_assumption_and_another_best(self):
        decision = self._propose(self.east_account)
        reprice = self._option(decision, "reprice")
        # 30% of 4,000: +1,200, staying 0; all stay; five years, less 160
        reprice.with_user(self.manager).write({"price_rate": 0.3, "acceptance_rate": 1})
        self.assertEqual(self._figures(decision)["reprice"], (0, -160, 1200, 5840))
        self.assertTrue(reprice.is_best)
        self.assertFalse(self._option(decision, "change_level").is_best)
        self.assertEqual(decision.option_id, reprice)

    def test_hours_beyond_the_included_ones(self):
        """100 hours a year, 2 a month are included: 76 at 10 are 760 a year."""
        decision = self._propose(self.east_account)
        option = self._option(decision, "mend")
        option.write({"included_hours": 2, "hour_price": 10})
        self.assertEqual(self._figures(decision)["mend"], (-440, -2200, 760, 3800))
        self.assertIn("760 for hours beyond the 2 a month", option.explanation)

    def test_without_a_new_level_the_hours_of_the_present_one_are_included(self):
        """100 hours a year, of which 60 are included: 40 at 30 are 1,200 a year."""
        self.standard.write({"included_hours": 5, "name": "Standard, 100%"})
        decision = self._propose(self.east_account)
        for kind in ("mend", "reduce_cost", "reprice"):
            self.assertEqual(self._option(decision, kind).included_hours, 5, kind)
        self.assertEqual(self._option(decision, "end").included_hours, 0)
        option = self._option(decision, "reprice")
        option.write({"hour_price": 30, "price_rate": 0, "acceptance_rate": 1})
        # worth five years of 1,200 more, less 160
        self.assertEqual(self._figures(decision)["reprice"], (0, -160, 1200, 5840))
        self.assertIn(
            "1,200 for hours beyond the 5 a month that “Standard, 100%” includes",
            option.explanation.replace("\xa0", " ").replace("$", ""),
        )
        # four a month are 48 a year: 52 at 30
        option.included_hours = 4
        self.assertIn(
            "1,560 for hours beyond the 4 a month that are included",
            option.explanation,
        )
        # nothing included: all of it
        option.included_hours = 0
        self.assertEqual(option.profit_gain, 3000)
        self.assertIn("3,000 for its hours", option.explanation)

    def test_the_hours_that_the_level_of_the_tier_includes(self):
        self.east_account.service_level_id = False
        self.east_account.tier_id.service_level_id = self.personal
        option = self._option(self._propose(self.east_account), "reprice")
        self.assertEqual(option.included_hours, self.personal.included_hours)

    def test_a_level_with_more_hours_than_a_month_has(self):
        """A whole team may serve the account."""
        self.self_service.included_hours = 1200
        option = self._option(self._propose(self.east_account), "change_level")
        self.assertEqual(option.included_hours, 1200)

    def test_a_rung_may_charge_hours_at_what_they_cost(self):
        self.env.ref(
            "customer_centricity.decision_rung_change_level"
        ).hour_price_rate = 1.5
        option = self._option(self._propose(self.east_account), "change_level")
        self.assertEqual(option.hour_price, 60)
        self.assertEqual(option.included_hours, self.self_service.included_hours)

    def test_a_window_of_half_a_year_counts_twice(self):
        """All of it happened since March: -1,200 in half a year are -2,400 in one.

        Eight orders a year with a loss of 300 each are worth -12,000 in five.
        """
        self.company.customer_window_months = 6
        self._refresh()
        self.assertEqual(self.east_account.lifetime_value, -12000)
        decision = self._propose(self.east_account)
        # a price of 10% brings 800 a year: staying -1,600, leaving -4,000
        self.assertEqual(self._figures(decision)["mend"], (-2400, -12000, 0, 0))
        self.assertEqual(
            self._figures(decision)["reprice"],
            (
                round(0.85 * -1600 + 0.15 * -4000, 2),
                round(0.85 * (-12000 + 4000) + 0.15 * -20000 - 160, 2),
                440,
                2040,
            ),
        )

    def test_what_is_at_stake_and_promised_is_that_of_a_year(self):
        """By the same half a year: 2,400 are at stake, and a price of 10% gains 440."""
        self.company.customer_window_months = 6
        self._refresh()
        decision = self._propose(self.east_account)
        self.assertEqual(decision.start_months, 6)
        self.assertEqual((decision.start_profit, decision.start_hours), (-1200, 100))
        self.assertEqual(decision.stake_amount, 2400)
        self._choose(decision, "reprice")
        # revenue of 4,000 in half a year is 8,000 in one, whatever is set afterwards
        self.company.customer_decision_manager_amount = 7999
        self.company.customer_window_months = 12
        self.assertFalse(decision.with_user(self.manager).can_approve)
        self.company.customer_decision_manager_amount = 8000
        decision.invalidate_recordset(["can_approve"])
        self.assertTrue(decision.with_user(self.manager).can_approve)
        # what is promised is that of the window of the day
        self.company.customer_window_months = 6
        decision.with_user(self.manager)._approve()
        self.assertEqual(decision.expected_gain, 440)
        self.assertEqual(decision.expected_profit, -1960)

    def test_what_it_brings_besides_is_lost_with_it(self):
        decision = self._propose(self.east_account)
        decision.with_user(self.manager).advocacy_value = 1000
        figures = self._figures(decision)
        self.assertEqual(figures["end"], (-3000, -15320, -1800, -9320))
        # one of ten leaves: 100 a year
        self.assertEqual(figures["change_level"][:2], (-840, -4360))
        self.assertEqual(figures["mend"], (-1200, -6000, 0, 0))
        self.assertIn(
            "1,000 a year that it brings besides",
            self._option(decision, "end").explanation,
        )

    def test_costs_alone_are_counted_once(self):
        """An account with hours and no order is worth what it cost, once."""
        west = self.env["res.partner"].create({"name": "West", "is_company": True})
        self._timesheet("2026-03-10", 10, self._create_project(west))
        self._refresh()
        account = self._account_of(west)
        self.assertEqual(account.lifetime_value, -400)
        decision = self._propose(account)
        # half of 15% of 400 is saved: 0.98 x (-400 + 30) + 0.02 x -200 - 160
        self.assertEqual(self._figures(decision)["reduce_cost"][1], -526.6)
        self.assertEqual(self._option(decision, "reprice").blocked, "revenue")
        self.assertEqual(self._option(decision, "subcontract").blocked, "revenue")
        self.assertIn(
            "nothing was sold", self._option(decision, "reprice").blocked_reason
        )

    # ------------------------------------------------------------------
    # The ladder
    # ------------------------------------------------------------------

    def test_the_end_comes_after_the_milder_ones(self):
        decision = self._propose(self.east_account)
        end = self._option(decision, "end")
        self.assertFalse(end.is_possible)
        self.assertIn("First try these", end.blocked_reason)
        self.assertIn("Change the price", end.blocked_reason)
        milder = (decision.option_ids - end).with_user(self.manager)
        milder[:-1].write({"state": "ruled_out", "state_reason": "They would not pay"})
        self.assertEqual(end.blocked, "milder")
        self.assertIn("Subcontract", end.blocked_reason)
        self.assertNotIn("Change the price", end.blocked_reason)
        self.assertTrue(milder[-1].is_best)
        milder[-1].write({"state": "tried", "state_reason": "In spring"})
        self.assertTrue(end.is_possible)
        self.assertFalse(end.blocked_reason)
        self.assertTrue(end.is_best)
        self.assertEqual(decision.option_id, end)
        self.assertEqual(milder[0].blocked_reason, "Ruled out: They would not pay")
        self.assertEqual(milder[-1].blocked_reason, "Tried before: In spring")
        bodies = self._bodies(decision)
        self.assertIn("“Change the price” is ruled out: They would not pay", bodies)
        self.assertIn("“Subcontract” was tried before: In spring", bodies)
        milder[0].write({"state": "open"})
        self.assertEqual(end.blocked, "milder")
        self.assertIn("“Understand and mend” is open again", self._bodies(decision))

    def test_what_cannot_be_done_does_not_keep_from_the_end(self):
        """Nobody has to rule out what is not there."""
        self.subcontracted.active = False
        decision = self._propose(self.east_account)
        self.assertEqual(self._option(decision, "subcontract").blocked, "level")
        for kind in ("mend", "reduce_cost", "reprice", "change_level"):
            self._option(decision, kind).write(
                {"state": "ruled_out", "state_reason": "No"}
            )
        self.assertTrue(self._option(decision, "end").is_possible)

    def test_a_reason_is_needed(self):
        decision = self._propose(self.east_account)
        option = self._option(decision, "reprice").with_user(self.manager)
        for state in ("ruled_out", "tried"):
            with (
                self.subTest(state=state),
                self.assertRaisesRegex(
                    ValidationError, "East: say why “Change the price” is ruled out"
                ),
                self.cr.savepoint(),
            ):
                option.write({"state": state, "state_reason": " "})

    def test_the_next_lower_level(self):
        wanted = {
            self.personal: self.standard,
            self.standard: self.self_service,
            self.self_service: self.self_service.browse(),
            self.subcontracted: self.self_service.browse(),
            self.ended: self.self_service.browse(),
        }
        for level, below in wanted.items():
            self.east_account.service_level_id = level
            decision = self._propose(self.east_account)
            option = self._option(decision, "change_level")
            with self.subTest(level=level.name):
                self.assertEqual(option.service_level_id, below)
                self.assertEqual(option.is_possible, bool(below))
                self.assertEqual(option.included_hours, below.included_hours)
            decision.unlink()

    def test_levels_of_others_and_of_nobody(self):
        wanted = {
            self.standard: (self.subcontracted, self.ended),
            self.subcontracted: (self.ended.browse(), self.ended),
            self.ended: (self.ended.browse(), self.ended.browse()),
        }
        for level, (others, nobody) in wanted.items():
            self.east_account.service_level_id = level
            decision = self._propose(self.east_account)
            subcontract = self._option(decision, "subcontract")
            end = self._option(decision, "end")
            with self.subTest(level=level.name):
                self.assertEqual(subcontract.service_level_id, others)
                self.assertEqual(end.service_level_id, nobody)
                if not others:
                    self.assertEqual(subcontract.blocked, "there")
                    self.assertIn("no longer served", subcontract.blocked_reason)
            decision.unlink()

    def test_without_a_level_the_lowest(self):
        self.east_account.service_level_id = False
        self.east_account.tier_id.service_level_id = False
        option = self._option(self._propose(self.east_account), "change_level")
        self.assertEqual(option.service_level_id, self.self_service)

    def test_the_level_of_the_tier_counts_where_there_is_none(self):
        self.east_account.service_level_id = False
        self.east_account.tier_id.service_level_id = self.personal
        option = self._option(self._propose(self.east_account), "change_level")
        self.assertEqual(option.service_level_id, self.standard)

    def test_a_level_of_the_wrong_kind(self):
        decision = self._propose(self.east_account)
        for kind, level in (
            ("end", self.standard),
            ("change_level", self.ended),
            ("subcontract", self.ended),
            ("reprice", self.standard),
        ):
            with (
                self.subTest(kind=kind),
                self.assertRaisesRegex(ValidationError, "East: .* cannot give the"),
                self.cr.savepoint(),
            ):
                self._option(decision, kind).service_level_id = level
        # a level that is chosen makes possible what was not
        option = self._option(decision, "change_level")
        option.service_level_id = False
        self.assertEqual(option.blocked, "level")
        self.assertIn("choose one here", option.blocked_reason)
        option.service_level_id = self.self_service
        self.assertFalse(option.blocked)

    # ------------------------------------------------------------------
    # Doubtful figures
    # ------------------------------------------------------------------

    def test_doubtful_costs_are_mended_first(self):
        """A third of the hours has no cost: what they cost is not in the loss."""
        nobody = self.env["hr.employee"].create(
            {"name": "New", "company_id": self.company.id}
        )
        self._timesheet("2026-06-12", 50, self.east_project, nobody)
        self._refresh()
        self.assertEqual(self.east_account.uncosted_hours, 50)
        decision = self._propose(self.east_account)
        mend = self._option(decision, "mend")
        self.assertTrue(mend.is_best)
        self.assertEqual(decision.option_ids.filtered("is_best"), mend)
        self.assertIn("Look here first: 33% of its costs", mend.explanation)
        reprice = self._option(decision, "reprice")
        self.assertIn("With care: 33% of its costs", reprice.explanation)
        # what has been looked into is no reason any more
        mend.write({"state": "ruled_out", "state_reason": "A trainee, unpaid"})
        self.assertEqual(decision.option_id.kind, "change_level")
        # nor is it where the company puts up with it
        self.company.customer_decision_estimated_limit = 0.34
        mend.state = "open"
        self.assertEqual(decision.option_id.kind, "change_level")
        self.assertNotIn("estimated", mend.explanation)

    # ------------------------------------------------------------------
    # In the form
    # ------------------------------------------------------------------

    def _onchange(self, decision, kind, **vals):
        """Return what a form shows anew when this is typed into an option.

        As a browser does, it asks for the option first, and then for the others.
        """
        spec = {name: {} for name in ("is_best", "blocked", *MONEY, "explanation")}
        option = self._option(decision, kind)
        own = option.onchange(
            {**vals, "decision_id": {"id": decision.id}}, [*vals], spec
        )
        command = Command.update(option.id, {**vals, **own["value"]})
        spec = {"option_ids": {"fields": {**spec, **{name: {} for name in vals}}}}
        answer = decision.onchange({"option_ids": [command]}, ["option_ids"], spec)
        shown = {one.id: {} for one in decision.option_ids} | {option.id: own["value"]}
        for _operation, option_id, values in answer["value"].get("option_ids", []):
            shown[option_id] = {**shown[option_id], **values}
        return {one.kind: shown[one.id] for one in decision.option_ids}

    def test_results_are_live(self):
        decision = self._propose(self.east_account).with_user(self.manager)
        shown = self._onchange(decision, "reprice", price_rate=0.3, acceptance_rate=1)
        self.assertEqual(shown["reprice"]["expected_profit"], 0)
        self.assertTrue(shown["reprice"]["is_best"])
        self.assertFalse(shown["change_level"]["is_best"])
        self.assertIn("neither profit nor loss", shown["reprice"]["explanation"])
        # nothing has been written
        decision.invalidate_recordset()
        self.assertEqual(self._figures(decision)["reprice"][0], -980)

    def test_results_are_live_in_the_line(self):
        decision = self._propose(self.east_account).with_user(self.manager)
        option = self._option(decision, "reprice")
        answer = option.onchange(
            {"price_rate": 0.2}, ["price_rate"], {"expected_profit": {}}
        )
        # 20%: +800, staying -400: 0.85 x -400 + 0.15 x -2,000
        self.assertAlmostEqual(answer["value"]["expected_profit"], -640)

    def test_a_chosen_level_brings_its_hours(self):
        decision = self._propose(self.east_account).with_user(self.manager)
        option = self._option(decision, "change_level")
        answer = option.onchange(
            {"service_level_id": self.personal.id},
            ["service_level_id"],
            {"included_hours": {}},
        )
        self.assertEqual(answer["value"]["included_hours"], 8)

    def test_what_cannot_be_assumed(self):
        decision = self._propose(self.east_account)
        option = self._option(decision, "reprice").with_user(self.manager)
        cases = {
            "price_rate": (-1, 10.5),
            "acceptance_rate": (-0.1, 1.1),
            "hours_saved_rate": (-1, 2),
            "cost_kept_rate": (-1, 2),
            "serving_saved_rate": (-1, 2),
            "other_saved_rate": (-1, 2),
            "commission_rate": (-1, 2),
            "included_hours": (-1, 1e7, float("nan"), float("inf")),
            "hour_price": (-1, 1e13),
            "switch_cost": (-1, 1e16),
        }
        for name, values in cases.items():
            for value in values:
                with self.subTest(name=name, value=value):
                    # a form tells what is wrong, and does not break
                    shown = self._onchange(decision, "reprice", **{name: value})
                    self.assertEqual(shown["reprice"]["blocked"], "assumptions")
                    self.assertEqual(shown["reprice"]["expected_profit"], 0)
                with (
                    self.subTest(name=name, value=value),
                    mute_logger("odoo.sql_db"),
                    self.assertRaises(psycopg2.errors.CheckViolation),
                    self.cr.savepoint(),
                ):
                    option.write({name: value})
                    self.env.flush_all()
                option.invalidate_recordset()

    # ------------------------------------------------------------------
    # In words
    # ------------------------------------------------------------------

    def test_explained_in_words(self):
        decision = self._propose(self.east_account)
        symbol = self.company.currency_id.symbol

        def words(kind):
            text = self._option(decision, kind).explanation
            for character in ("\xa0", "\ufeff", symbol):
                text = text.replace(character, "")
            return text.split("\n")

        self.assertEqual(
            words("mend"),
            [
                "As long as it stays as it is: a loss of 1,200 a year.",
                "Expected of a year: a loss of 1,200, as it is.",
                "Worth -6,000 over the years to come.",
            ],
        )
        self.assertEqual(
            words("change_level"),
            [
                "If it stays: a loss of 600 a year instead of a loss of 1,200, by 600 "
                "less for hours.",
                "Of ten customers like it, 9 are expected to stay. When it leaves, "
                "2,000 a year still have to be paid, for people that are there anyway.",
                "Expected of a year: a loss of 740, 460 more than as it is.",
                "Worth -3,860 over the years to come instead of -6,000, after 160 for "
                "the change itself.",
            ],
        )
        self.assertEqual(
            words("subcontract")[0],
            "If it stays: a loss of 1,800 a year instead of a loss of 1,200, by 3,600 "
            "less revenue, 1,200 less for what it buys, and 1,800 less for hours.",
        )
        self.assertEqual(
            words("end")[0],
            "It leaves, and nothing is sold to it any more. When it leaves, 2,000 a "
            "year still have to be paid, for people that are there anyway.",
        )
        self.assertEqual(
            words("end")[1],
            "Expected of a year: a loss of 2,000, 800 less than as it is.",
        )

    # ------------------------------------------------------------------
    # What was decided stays
    # ------------------------------------------------------------------

    def test_what_was_decided_stays(self):
        decision = self._propose(self.east_account)
        before = self._figures(decision)
        decision.with_user(self.administrator)._approve()
        self._invoice(self.east, "2026-06-20", (self.service, 1, 5000))
        self._refresh()
        decision.option_ids._evaluate()
        self.assertEqual(self._figures(decision), before)
        option = self._option(decision, "reprice").with_user(self.manager)
        for vals in ({"price_rate": 0.2}, {"state": "ruled_out", "state_reason": "No"}):
            with (
                self.subTest(vals=vals),
                self.assertRaisesRegex(UserError, "East: the case is no longer"),
            ):
                option.write(vals)

    def test_todays_figures_when_asked_for(self):
        decision = self._propose(self.east_account)
        self._invoice(self.east, "2026-06-20", (self.service, 1, 5000))
        self._refresh()
        self.assertEqual(self._figures(decision)["mend"][0], -1200)
        decision.option_ids._evaluate()
        self.assertEqual(self._figures(decision)["mend"][0], 3800)

    # ------------------------------------------------------------------
    # Who may what
    # ------------------------------------------------------------------

    def test_results_are_not_typed_in(self):
        decision = self._propose(self.east_account)
        option = self._option(decision, "reprice").with_user(self.manager)
        other = self._propose(self.north_account)
        for vals in (
            {"expected_profit": 1},
            {"expected_value": 1},
            {"is_best": True},
            {"is_possible": True},
            {"blocked": False},
            {"basis": {}},
            {"rung_id": self._option(decision, "mend").rung_id.id},
            {"decision_id": other.id},
        ):
            with (
                self.subTest(vals=vals),
                self.assertRaisesRegex(AccessError, "follows from the assumptions"),
            ):
                option.write(vals)
        with self.assertRaises(AccessError):
            option.create({"decision_id": decision.id, "rung_id": option.rung_id.id})
        with self.assertRaises(AccessError):
            option.unlink()

    def test_salespeople_see_the_ladder_and_no_figure(self):
        decision = self._propose(self.east_account)
        option = self._option(decision, "reprice").with_user(self.salesperson)
        self.assertEqual(option.read(["kind", "state"])[0]["kind"], "reprice")
        self.assertFalse(option.blocked_reason)
        guarded = {
            name
            for name, field in option._fields.items()
            if field.groups and name not in ("create_uid", "write_uid")
        }
        self.assertEqual(guarded, FIGURES)
        for name in FIGURES:
            with self.subTest(name=name):
                self.assertNotIn(name, option.fields_get())
                with self.assertRaises(AccessError):
                    option.read([name])
        with self.assertRaises(AccessError):
            option.write({"state": "ruled_out", "state_reason": "No"})
        rung = option.rung_id
        self.assertTrue(rung.read(["name", "description"])[0]["description"])
        for name in ("price_rate", "acceptance_rate", "switch_hours"):
            with self.subTest(name=name), self.assertRaises(AccessError):
                rung.read([name])

    # ------------------------------------------------------------------
    # Rungs
    # ------------------------------------------------------------------

    def test_nothing_is_automatic_and_everything_says_why(self):
        rungs = self.env["customer.decision.rung"].search([("company_id", "=", False)])
        self.assertEqual(
            rungs.mapped("kind"),
            ["mend", "reduce_cost", "reprice", "change_level", "subcontract", "end"],
        )
        self.assertFalse(any(rungs.mapped("is_automatic")))
        self.assertTrue(all(rungs.mapped("description")))
        self.assertEqual(rungs[-1].approval, "administrator")

    def test_one_rung_of_a_kind(self):
        Rung = self.env["customer.decision.rung"]
        vals = {"name": "Our prices", "kind": "reprice", "company_id": self.company.id}
        own = Rung.create(vals)
        for company in (self.company.id, False):
            with (
                self.subTest(company=company),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.errors.UniqueViolation),
                self.cr.savepoint(),
            ):
                Rung.create({**vals, "company_id": company})
        own.active = False
        own.flush_recordset()
        Rung.create(vals)

    def test_rungs_that_cannot_be(self):
        rung = self.env.ref("customer_centricity.decision_rung_reprice")
        for vals in (
            {"acceptance_rate": 1.5},
            {"price_rate": -1},
            {"hour_price_rate": -1},
            {"hour_price_rate": 101},
            {"switch_hours": -1},
            {"switch_hours": float("nan")},
            {"switch_hours": float("inf")},
        ):
            with (
                self.subTest(vals=vals),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.errors.CheckViolation),
                self.cr.savepoint(),
            ):
                rung.write(vals)
                rung.flush_recordset()

    def test_options_are_prepared_once(self):
        decision = self._propose(self.east_account)
        options = decision.option_ids
        self.assertEqual(decision._prepare_options(), options)
        self._option(decision, "mend").sudo().unlink()
        self.assertEqual(len(decision._prepare_options()), 6)
        self.assertEqual(len(options & decision.option_ids), 5)

    # ------------------------------------------------------------------
    # Many at once
    # ------------------------------------------------------------------

    def test_queries_do_not_grow_with_the_cases(self):
        few = self._propose(self._lose_many(2, "Few"))
        many = self._propose(self._lose_many(12, "Many"))

        def count(work):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            work()
            self.env.flush_all()
            return self.cr.sql_log_count - before

        count(few.option_ids._evaluate)
        self.assertEqual(
            count(many.option_ids._evaluate), count(few.option_ids._evaluate)
        )
        count(lambda: few.option_ids.write({"price_rate": 0.05}))
        self.assertLessEqual(
            count(lambda: many.option_ids.write({"price_rate": 0.07})),
            count(lambda: few.option_ids.write({"price_rate": 0.07})),
        )
        for decisions in (few, many):
            decisions.option_ids.sudo().unlink()
        queries = count(few._prepare_options)
        self.assertLessEqual(count(many._prepare_options), queries)
        self.assertEqual(len(many.option_ids), 72)


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestDecisionOptionCompanies(DecisionCommon):
    """The ladder and the figures of one company, of its branch and of another one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_other_company()
        cls.branch = cls._create_branch()
        cls.company = cls.company.with_env(cls.env)
        cls.Decision = cls.Decision.with_env(cls.env)

    @classmethod
    def _option(cls, decision, kind):
        return decision.option_ids.filtered(lambda option: option.kind == kind)

    def test_no_figure_of_another_company(self):
        other = self.other
        partner = self.env["res.partner"].create({"name": "Far", "is_company": True})
        self._invoice(
            partner, "2026-03-10", (self.service, 1, 700), company_id=other.id
        )
        self.Account._refresh(other)
        account = self._account_of(partner, other)
        decision = self._propose(account)
        option = self._option(decision, "reprice")
        self.assertEqual(option.company_id, other)
        mine = option.with_user(self.manager).with_context(
            allowed_company_ids=self.company.ids
        )
        self.assertFalse(mine.search([("id", "=", option.id)]))
        with self.assertRaises(AccessError):
            mine.read(["expected_profit"])
        # nor in a form that is never saved
        spec = {"expected_profit": {}, "explanation": {}}
        own = self._option(self._propose(), "reprice")
        with self.assertRaises(AccessError):
            mine.browse().onchange(
                {
                    "decision_id": decision.id,
                    "rung_id": own.rung_id.id,
                    "price_rate": 0.2,
                },
                ["price_rate"],
                spec,
            )

    def test_the_ladder_of_a_company(self):
        Rung = self.env["customer.decision.rung"]
        branch = self.branch
        shared = Rung._get_ladder(self.company)
        own = Rung.create(
            {
                "name": "Our prices",
                "kind": "reprice",
                "sequence": 30,
                "company_id": self.company.id,
                "price_rate": 0.5,
            }
        )
        Rung.create({"name": "Ours", "kind": "mend", "company_id": branch.id})
        self.env.ref("customer_centricity.decision_rung_subcontract").active = False
        ladder = Rung.with_context(active_test=False)._get_ladder(self.company)
        self.assertEqual(
            ladder.mapped("kind"),
            ["mend", "reduce_cost", "reprice", "change_level", "end"],
        )
        self.assertEqual(ladder - shared, own)
        of_branch = Rung._get_ladder(branch)
        self.assertEqual(of_branch.filtered(lambda rung: rung.kind == "reprice"), own)
        self.assertEqual(
            of_branch.filtered(lambda rung: rung.kind == "mend").name, "Ours"
        )
        decision = self._propose()
        self.assertEqual(len(decision.option_ids), 5)
        self.assertEqual(self._option(decision, "reprice").price_rate, 0.5)
