from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.customer_centricity.models.customer_decision_option import LEVEL_KINDS

from .common import TODAY
from .common_decision import DecisionCommon
from .test_decision_request import RequestCommon


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestDecisionToday(DecisionCommon):
    """What has changed since a case was proposed: figures, levels, and what is known.

    North has bought for 1,000 and cost 50 hours at 40: -1,000.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.standard = cls.env.ref("customer_centricity.service_level_standard")
        cls.ended = cls.env.ref("customer_centricity.service_level_ended")

    @classmethod
    def _option(cls, decision, kind):
        return decision.option_ids.filtered(lambda option: option.kind == kind)

    def _earn(self, amount):
        self._invoice(self.north, "2026-04-10", (self.service, 1, amount))
        self._refresh()

    def _refused(self, decision, text):
        with self.assertRaisesRegex(UserError, text), self.cr.savepoint():
            decision._approve()
        self.assertEqual(decision.state, "proposed")

    # ------------------------------------------------------------------
    # Approving
    # ------------------------------------------------------------------

    def test_the_figures_of_today_are_promised(self):
        """Half of 1,000 more was 500, to -500; half of 1,400 is 700, from -600."""
        decision = self._choose(
            self._propose(), "reprice", price_rate=0.5, acceptance_rate=1
        )
        self.assertEqual(decision.option_id.profit_gain, 500)
        self._earn(400)
        decision._approve()
        self.assertEqual(decision.expected_gain, 700)
        self.assertEqual(decision.expected_profit, 100)
        self.assertEqual(decision.start_profit, -1000)

    def test_another_one_is_the_best_today(self):
        """With 8,000 a year nothing is worth the risk that it leaves."""
        decision = self._propose()
        option = decision.option_id
        self.assertNotEqual(option.kind, "mend")
        self._earn(9000)
        self._refused(
            decision, "figures of today more is expected of “Understand and mend”"
        )
        self.assertEqual(decision.option_id, option)
        # somebody has looked at it
        decision._approve("They asked for it")
        self.assertEqual(decision.option_id, option)
        self.assertEqual(decision.choice_reason, "They asked for it")
        self.assertEqual(self._option(decision, "mend").expected_profit, 8000)

    def test_the_one_that_is_the_best_today(self):
        decision = self._propose()
        self._earn(9000)
        decision.option_id = self._option(decision, "mend")
        decision._approve()
        self.assertFalse(decision.choice_reason)
        self.assertEqual((decision.expected_profit, decision.expected_gain), (8000, 0))

    def test_a_level_that_is_archived_before_it_is_approved(self):
        decision = self._choose(
            self._propose(), "change_level", service_level_id=self.thrifty.id
        )
        self.thrifty.active = False
        self._refused(decision, "is not possible. No service level for it")

    def test_an_account_that_is_ended_before_it_is_approved(self):
        decision = self._choose(self._propose(), "change_level")
        self.north_account.service_level_id = self.ended
        self._refused(decision, "is not possible. The account is no longer served")

    # ------------------------------------------------------------------
    # Applying
    # ------------------------------------------------------------------

    def _check_not_applied(self, decision, text):
        level = self.north_account.service_level_id
        self.assertFalse(decision._apply())
        self.assertEqual(decision.state, "approved")
        self.assertIn(text, decision.error)
        self.assertFalse(decision.effect_ids)
        self.assertEqual(self.north_account.service_level_id, level)

    def test_a_level_that_somebody_has_lowered_is_not_raised(self):
        decision = self._give_thrifty()
        self.north_account.service_level_id = self.ended
        self._check_not_applied(decision, "is no step down")
        self.assertIn(self.ended.name, decision.error)
        self.north_account.service_level_id = self.personal
        self.assertEqual(decision._apply(), decision)
        self.assertEqual(self.north_account.service_level_id, self.thrifty)
        self.assertFalse(decision.error)

    def test_a_level_that_is_still_a_step_down(self):
        for level in (self.standard, self.thrifty, self.thrifty.browse()):
            decision = self._give_thrifty()
            self.north_account.service_level_id = level
            with self.subTest(level=level.name):
                self.assertEqual(decision._apply(), decision)
                self.assertEqual(self.north_account.service_level_id, self.thrifty)
            decision._undo("The next one")
            self.north_account.service_level_id = self.personal

    def test_a_level_that_is_archived_before_it_is_applied(self):
        decisions = self._give_thrifty(self.north_account | self.south_account)
        self._option(decisions[1], "change_level").service_level_id = self.standard
        self.thrifty.active = False
        self._check_not_applied(decisions[0], "“Thrifty” is archived")
        # the other one is not held up
        self.assertEqual(decisions._apply(), decisions[1])

    # ------------------------------------------------------------------
    # Coming to the end
    # ------------------------------------------------------------------

    def test_an_emptied_level_has_not_been_tried(self):
        decision = self._propose()
        end = self._option(decision, "end")
        emptied = self._option(decision, "change_level") | self._option(
            decision, "subcontract"
        )
        emptied.with_user(self.manager).service_level_id = False
        self.assertEqual(emptied.mapped("blocked"), ["level", "level"])
        (decision.option_ids - emptied - end).write(
            {"state": "ruled_out", "state_reason": "No"}
        )
        self.assertEqual(end.blocked, "milder")
        self.assertEqual(decision._get_untried(), emptied)
        self.assertIn(emptied[0].rung_id.name, end.blocked_reason)
        decision.write({"option_id": end.id, "choice_reason": "Enough"})
        self._refused(decision, "is not possible")
        # with a reason, or where there is no such level
        emptied[0].write({"state": "ruled_out", "state_reason": "They would not"})
        self.assertEqual(end.blocked, "milder")
        self.env["customer.service.level"].search(
            [("kind", "=", "subcontracted")]
        ).active = False
        decision._approve()
        self.assertEqual(decision.kind, "end")

    # ------------------------------------------------------------------
    # What it brings besides
    # ------------------------------------------------------------------

    def test_what_is_strong_is_weighed_first(self):
        """Half of its hours saved are 1,000 a year, much more than all else."""
        decision = self._propose()
        level = self._option(decision, "change_level")
        level.write(
            {
                "acceptance_rate": 1,
                "hours_saved_rate": 0.5,
                "cost_kept_rate": 0,
                "included_hours": 100,
                "switch_cost": 0,
            }
        )
        self.assertTrue(level.is_best)
        self.assertEqual(level.profit_gain, 1000)
        self._put_in_force(self.north_account)
        decision.option_ids._evaluate()
        self.assertFalse(level.is_best)
        self.assertNotIn(decision.best_option_id.kind, LEVEL_KINDS)
        self.assertTrue(decision.best_option_id)
        self.assertEqual(decision.option_id, decision.best_option_id)
        self.assertTrue(level.is_possible)
        self.assertEqual(level.profit_gain, 1000)
        self.assertIn("as long as “Advocacy a Year” is empty", level.explanation)
        self.assertNotIn("Advocacy a Year", decision.best_option_id.explanation)
        decision.with_user(self.manager).advocacy_value = 100
        self.assertTrue(level.is_best)
        self.assertNotIn("Advocacy a Year", level.explanation)

    def test_no_best_one_before_it_is_weighed(self):
        decision = self._propose()
        self._put_in_force(self.north_account)
        decision.option_ids.filtered(
            lambda option: option.kind not in LEVEL_KINDS
        ).write({"state": "ruled_out", "state_reason": "No"})
        decision.option_ids._evaluate()
        self.assertFalse(decision.best_option_id)
        self._refused(decision, "choose one of the options")
        decision.option_id = self._option(decision, "change_level")
        self._refused(decision, "none of the options is the best by itself")
        decision._approve("They have sent us nobody for years")
        self.assertEqual(decision.kind, "change_level")

    def _put_in_force(self, account):
        """Write down that the account recommends us, strongly."""
        lines = [
            {"name": "Care", "direction": "give", "need": "Calm"},
            {
                "name": "Sends us friends",
                "direction": "get",
                "kind": "referral",
                "typed_score": 9,
            },
        ]
        self.env["customer.value.exchange"].create(
            {
                "account_id": account.id,
                "user_id": self.manager.id,
                "line_ids": [(0, 0, line) for line in lines],
            }
        ).action_put_in_force()


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestAutomaticToday(RequestCommon):
    """A case that waited for its automatic approval while its account changed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["customer.decision.rung"].search([]).is_automatic = True
        cls.company.customer_decision_automatic_limit = 0

    def _go_on(self, **vals):
        """Return the case after these figures have come, and a day with room."""
        self._ask(self.account)
        self._decide()
        case = self._cases(self.account)
        self.assertEqual(self._requests(self.account).guard, "automatic_limit")
        self.account.write(vals)
        self.company.customer_decision_automatic_limit = 20
        self.Request._look_again(self.company)
        self._decide()
        self.assertFalse(self._requests(self.account))
        return case

    def test_it_is_approved_as_it_is(self):
        self.assertTrue(self._go_on().approval_rule)

    def test_it_is_no_longer_at_a_loss(self):
        self.assertEqual(self._go_on(result="profit").state, "proposed")

    def test_another_one_is_the_best(self):
        """It makes 90,000 of 100,000 a year by now: nothing is worth the risk."""
        case = self._go_on(revenue=100000, profit=90000, lifetime_value=450000)
        self.assertEqual(case.state, "proposed")
        self.assertEqual(case.option_id, case.best_option_id)
        self.assertEqual(case.kind, "mend")
