from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from .common import TODAY
from .common_decision import DecisionCommon


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestDecisionPropose(DecisionCommon):
    """Choosing accounts to decide on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.both = cls.north_account | cls.south_account

    def _wizard(self, accounts, user=None, **vals):
        action = accounts.with_user(user or self.manager).action_propose_decision()
        return (
            self.env[action["res_model"]]
            .with_user(user or self.manager)
            .with_context(**action["context"])
            .create({"reason": "They call every day", **vals})
        )

    def test_a_case_for_each_account_with_one_reason(self):
        wizard = self._wizard(self.both)
        self.assertEqual(wizard.new_count, 2)
        self.assertFalse(wizard.open_account_ids)
        action = wizard.action_propose()
        decisions = self.Decision.search([("account_id", "in", self.both.ids)])
        self.assertEqual(len(decisions), 2)
        self.assertEqual(set(decisions.mapped("reason")), {"They call every day"})
        self.assertEqual(set(decisions.mapped("origin")), {"hand"})
        self.assertEqual(action["res_model"], "customer.decision")
        self.assertEqual(action["domain"], [("id", "in", decisions.sorted("id").ids)])

    def test_an_account_with_an_open_case_gets_no_other_one(self):
        first = self._propose()
        wizard = self._wizard(self.both)
        self.assertEqual(wizard.open_account_ids, self.north_account)
        self.assertEqual(wizard.new_count, 1)
        action = wizard.action_propose()
        self.assertEqual(self.north_account.decision_ids, first)
        self.assertEqual(action["res_id"], self.south_account.decision_id.id)

    def test_nothing_to_propose(self):
        self._propose(self.both)
        with self.assertRaisesRegex(UserError, "an open case for each"):
            self._wizard(self.both).action_propose()
        with self.assertRaisesRegex(UserError, "Say why"):
            self._wizard(self.both, reason="  ").action_propose()

    def test_what_would_hold_up_a_rule_is_told_and_holds_up_nobody(self):
        self.south_account.write(
            {"is_protected": True, "protected_reason": "The mayor's cousin"}
        )
        wizard = self._wizard(self.both)
        [line] = [
            line
            for line in wizard.guard_summary.split("\n")
            if line.startswith("South Clinic:")
        ]
        self.assertIn("The account is protected.", line)
        self.assertNotIn("open case", wizard.guard_summary)
        wizard.action_propose()
        self.assertEqual(self.south_account.decision_id.state, "proposed")

    def test_of_many_accounts_the_first_ones_are_told(self):
        accounts = self._lose_many(12)
        accounts.write({"is_protected": True, "protected_reason": "Friends"})
        lines = self._wizard(accounts).guard_summary.split("\n")
        self.assertEqual(len(lines), 11)
        self.assertEqual(lines[-1], "And 2 more accounts.")

    def test_it_is_for_managers(self):
        with self.assertRaises(AccessError):
            self.both.with_user(self.salesperson).action_propose_decision()
        with self.assertRaises(AccessError):
            self.env["customer.decision.propose"].with_user(self.salesperson).create(
                {"account_ids": self.both.ids, "reason": "Because"}
            )

    def test_what_waits_can_be_gone_on_with(self):
        requests = self.env["customer.decision.request"].create(
            [
                {"account_id": account.id, "cause": "loss", "state": "waiting"}
                for account in self.both
            ]
        )
        action = requests.with_user(self.manager).action_propose_decision()
        self.assertEqual(action["res_model"], "customer.decision.propose")
        self.assertEqual(action["context"], {"default_account_ids": self.both.ids})
        with self.assertRaises(AccessError):
            requests.with_user(self.salesperson).action_propose_decision()

    def test_the_account_and_its_contact_lead_to_the_case(self):
        decision = self._propose()
        account = self.north_account.with_user(self.salesperson)
        self.assertEqual(account.open_decision_state, "proposed")
        self.assertEqual(account.action_open_decision()["res_id"], decision.id)
        partner = self.north.with_user(self.salesperson).with_company(self.company)
        self.assertEqual(partner.customer_decision_id, decision)
        contact = self.north_contact.with_company(self.company)
        self.assertEqual(contact.customer_decision_id, decision)
        self.assertFalse(self.south.with_company(self.company).customer_decision_id)


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestDecisionStep(DecisionCommon):
    """Going on with a selection of cases, all for the same reason."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.decisions = cls._propose(cls.north_account | cls.south_account)
        cls.first, cls.second = cls.decisions
        cls._choose(cls.decisions, "mend")

    def _wizard(self, step, decisions=None, user=None, **vals):
        decisions = self.decisions if decisions is None else decisions
        action = (
            decisions.with_user(user or self.manager)
            .with_context(customer_decision_step=step)
            .action_step()
        )
        return (
            self.env[action["res_model"]]
            .with_user(user or self.manager)
            .with_context(**action["context"])
            .create(vals)
        )

    # ------------------------------------------------------------------
    # Approve, reject, apply
    # ------------------------------------------------------------------

    def test_all_are_approved_with_one_reason(self):
        self.decisions.choice_reason = "We know them"
        wizard = self._wizard("approve", reason="Agreed in the meeting")
        self.assertEqual(wizard.ready_ids, self.decisions)
        self.assertFalse(wizard.left_out_summary)
        wizard.action_go_on()
        self.assertEqual(self.decisions.mapped("state"), ["approved"] * 2)
        self.assertEqual(self.decisions.approved_by_id, self.manager)
        for decision in self.decisions:
            self.assertIn("Agreed in the meeting", self._bodies(decision.account_id))

    def test_those_in_another_state_are_told_and_left_out(self):
        self.first.with_user(self.manager)._approve("We know them")
        wizard = self._wizard("approve", reason="Agreed")
        self.assertEqual(wizard.ready_ids, self.second)
        self.assertEqual(
            wizard.left_out_summary,
            "North Hotel: Understand and mend: it is in state “Approved”.",
        )
        wizard.action_go_on()
        self.assertEqual(self.decisions.mapped("state"), ["approved"] * 2)
        with self.assertRaisesRegex(UserError, "None of these cases is ready"):
            self._wizard("approve", reason="Again").action_go_on()

    def test_those_for_an_administrator_are_left_to_them(self):
        self._choose(self.first, "subcontract")
        wizard = self._wizard("approve", reason="Agreed")
        self.assertEqual(wizard.ready_ids, self.second)
        self.assertIn("is for administrators to approve", wizard.left_out_summary)
        wizard.action_go_on()
        self.assertEqual(self.decisions.mapped("state"), ["proposed", "approved"])
        other = self._wizard(
            "approve", self.first, user=self.administrator, reason="Agreed"
        )
        other.action_go_on()
        self.assertEqual(self.first.state, "approved")

    def test_those_that_the_ladder_refuses_stop_no_other(self):
        self._choose(self.first, "end")
        wizard = self._wizard("approve", user=self.administrator, reason="Agreed")
        self.assertEqual(wizard.ready_ids, self.second)
        self.assertIn("North Hotel", wizard.left_out_summary)
        self.assertIn("First try these", wizard.left_out_summary)
        wizard.action_go_on()
        self.assertEqual(self.decisions.mapped("state"), ["proposed", "approved"])
        with self.assertRaisesRegex(UserError, "First try these"):
            self._wizard(
                "approve", self.first, user=self.administrator, reason="Agreed"
            ).action_go_on()

    def test_rejecting_takes_a_reason(self):
        wizard = self._wizard("reject")
        self.assertTrue(wizard.is_reason_required)
        with self.assertRaisesRegex(UserError, "Give the reason"):
            wizard.action_go_on()
        wizard.reason = "  "
        with self.assertRaisesRegex(UserError, "Give the reason"):
            wizard.action_go_on()
        wizard.reason = "They have ordered for a year"
        wizard.action_go_on()
        self.assertEqual(self.decisions.mapped("state"), ["rejected"] * 2)
        self.assertEqual(
            self.decisions.mapped("reject_reason"), ["They have ordered for a year"] * 2
        )

    def test_another_option_than_the_best_takes_a_reason(self):
        mend = self.first.option_id
        self.first.choice_reason = False
        self.assertEqual(self.first.option_id, self.first.best_option_id)
        self.assertNotEqual(self.first.option_id, mend)
        self.assertFalse(self._wizard("approve", self.first).is_reason_required)
        self.first.option_id = mend
        wizard = self._wizard("approve", self.first)
        self.assertTrue(wizard.is_reason_required)
        with self.assertRaisesRegex(UserError, "Give the reason"):
            wizard.action_go_on()
        wizard.reason = "First find out"
        wizard.action_go_on()
        self.assertEqual(self.first.state, "approved")
        self.assertEqual(self.first.option_id, mend)
        self.assertEqual(self.first.choice_reason, "First find out")

    def test_applying(self):
        self.decisions.with_user(self.manager)._approve("We know them")
        action = self._wizard("apply").action_go_on()
        self.assertEqual(action["type"], "ir.actions.act_window_close")
        self.assertEqual(self.decisions.mapped("state"), ["applied"] * 2)
        self.assertEqual(self.decisions.applied_by_id, self.manager)

    def test_what_a_rule_could_not_apply_is_told_by_approving(self):
        self._switch_rules(True)
        original = type(self.decisions)._get_changes
        gone = "The pricelist is gone"

        def refuse(decisions):
            if self.second in decisions:
                raise UserError(gone)
            return original(decisions)

        with patch.object(type(self.decisions), "_get_changes", refuse):
            action = self._wizard("approve", reason="Agreed").action_go_on()
        self.assertEqual(self.decisions.mapped("state"), ["applied", "approved"])
        message = action["params"]["message"]
        self.assertIn("1 of 2 cases could not be applied", message)
        self.assertIn("South Clinic: ", message)
        self.assertIn(gone, message)

    def test_what_could_not_be_applied_is_told(self):
        self.decisions.with_user(self.manager)._approve("We know them")
        original = type(self.decisions)._get_changes
        gone = "The pricelist is gone"

        def refuse(decisions):
            if self.second in decisions:
                raise UserError(gone)
            return original(decisions)

        with patch.object(type(self.decisions), "_get_changes", refuse):
            action = self._wizard("apply").action_go_on()
        self.assertEqual(self.decisions.mapped("state"), ["applied", "approved"])
        message = action["params"]["message"]
        self.assertIn("1 of 2 cases could not be applied", message)
        self.assertIn("South Clinic", message)
        self.assertIn(gone, message)
        self.assertNotIn("North Hotel", message)

    # ------------------------------------------------------------------
    # Undo
    # ------------------------------------------------------------------

    def _apply_thrifty(self):
        decision = self.first
        self._choose(decision, "change_level", service_level_id=self.thrifty.id)
        decision.with_user(self.manager)._approve()
        decision.with_user(self.manager)._apply()
        self.assertEqual(self.north_account.service_level_id, self.thrifty)
        return decision

    def test_undoing_what_nobody_has_changed(self):
        decision = self._apply_thrifty()
        wizard = self._wizard("undo", decision, reason="They pay more now")
        self.assertFalse(wizard.changed_summary)
        wizard.action_go_on()
        self.assertEqual(decision.state, "undone")
        self.assertEqual(self.north_account.service_level_id, self.personal)

    def test_undoing_asks_about_what_has_been_changed_since(self):
        standard = self.env.ref("customer_centricity.service_level_standard")
        decision = self._apply_thrifty()
        self.north_account.service_level_id = standard
        wizard = self._wizard("undo", decision, reason="They pay more now")
        self.assertIn(
            "Service Level was made “Thrifty” by the decision, and “Personal” before.",
            wizard.changed_summary,
        )
        with self.assertRaisesRegex(UserError, "changed since"):
            wizard.action_go_on()
        self.assertEqual(decision.state, "applied")
        wizard.changed_values = "keep"
        wizard.action_go_on()
        self.assertEqual(decision.state, "undone")
        self.assertEqual(self.north_account.service_level_id, standard)
        self.assertNotIn(self.tag, self.north.category_id)

    def test_undoing_puts_back_what_has_been_changed_if_asked_to(self):
        decision = self._apply_thrifty()
        self.north_account.service_level_id = self.env.ref(
            "customer_centricity.service_level_standard"
        )
        wizard = self._wizard(
            "undo", decision, reason="They pay more now", changed_values="restore"
        )
        wizard.action_go_on()
        self.assertEqual(self.north_account.service_level_id, self.personal)

    # ------------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------------

    def test_going_on_is_for_managers(self):
        with self.assertRaises(AccessError):
            self._wizard("approve", user=self.salesperson)
        with self.assertRaises(AccessError):
            self.env["customer.decision.step"].with_user(self.salesperson).create(
                {"decision_ids": self.decisions.ids, "step": "approve"}
            )
        with self.assertRaisesRegex(UserError, "Use the buttons"):
            self.decisions.with_user(self.manager).action_step()


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestDecisionForm(DecisionCommon):
    """The form of a case: what if, what will be written, who may."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.decision = cls._propose()

    def test_what_will_be_written_is_told_before(self):
        self._choose(self.decision, "change_level", service_level_id=self.thrifty.id)
        lines = self.decision.with_user(self.manager).plan_summary.split("\n")
        self.assertIn("Service Level: Personal → Thrifty", lines)
        self.assertTrue([line for line in lines if line.endswith("→ In advance")])
        self.assertTrue(
            [line for line in lines if line.startswith("Pricelist: none → Full prices")]
        )
        self.assertTrue([line for line in lines if "Served by mail" in line])
        self.assertEqual(
            lines[-1],
            "An activity for the owner: Tell the customer about the service level "
            "“Thrifty”",
        )
        self.decision.with_user(self.manager)._approve()
        self.assertTrue(self.decision.plan_summary)
        self.decision.with_user(self.manager)._apply()
        self.assertFalse(self.decision.plan_summary)

    def test_where_nothing_is_written_people_have_something_to_do(self):
        self._choose(self.decision, "mend")
        self.assertEqual(
            self.decision.plan_summary,
            "No value is written.\n"
            "An activity for the owner: Find out what is wrong, and mend it",
        )

    def test_why_one_may_not_approve(self):
        self._choose(self.decision, "subcontract")
        case = self.decision.with_user(self.manager)
        self.assertIn("is for administrators", case.approval_hint)
        case = self.decision.with_user(self.administrator)
        case.invalidate_recordset(["approval_hint"])
        self.assertFalse(case.approval_hint)

    def test_assumptions_are_edited_in_the_form_with_results_at_once(self):
        case = self.decision.with_user(self.manager)
        with Form(case) as form:
            number = case.option_ids.mapped("kind").index("reprice")
            with form.option_ids.edit(number) as option:
                before = option.profit_gain
                option.price_rate = 0.3
                self.assertGreater(option.profit_gain, before)
                gain = option.profit_gain
        option = self.decision.option_ids[number]
        self.assertAlmostEqual(option.profit_gain, gain)
        self.assertAlmostEqual(option.price_rate, 0.3)

    def test_a_salesperson_sees_the_case_without_figures(self):
        case = self.decision.with_user(self.salesperson)
        arch = case.get_view(view_type="form")["arch"]
        for name in (
            "stake_amount",
            "account_profit",
            "expected_profit",
            "plan_summary",
        ):
            self.assertNotIn(f'name="{name}"', arch)
        self.assertIn('name="reason"', arch)
        for name in ("account_profit", "plan_summary", "approval_hint"):
            with self.subTest(name=name), self.assertRaises(AccessError):
                case.read([name])
        for view_type in ("kanban", "list", "pivot", "graph", "calendar"):
            arch = case.get_view(view_type=view_type)["arch"]
            self.assertNotIn("stake_amount", arch)
            self.assertNotIn("recovered_amount", arch)

    def test_the_profit_and_loss_is_that_of_the_account(self):
        action = self.decision.with_user(self.manager).action_open_statement()
        expected = self.north_account.with_user(self.manager).action_open_statement()
        self.assertEqual(action, expected)
