from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .common_decision import DecisionCommon

# What a form tells of the account that it names
SPEC = {
    name: {}
    for name in (
        "display_name",
        "account_id",
        "company_id",
        "partner_id",
        "guard_summary",
        "plan_summary",
        "window_label",
        "account_revenue",
        "account_product_cost",
        "account_time_cost",
        "account_other_cost",
        "account_serving_cost",
        "account_profit",
        "account_hours",
        "account_lifetime_value",
        "account_service_level_id",
    )
}


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestDecisionDefaults(DecisionCommon):
    """What people keep as their defaults decides nothing."""

    def _keep_default(self, model, name, value):
        """Keep a default of the manager's own."""
        self.env["ir.default"].with_user(self.manager).set(
            model, name, value, user_id=True
        )

    def _propose_by_hand(self, account=None):
        """Propose a case as the manager does, in the dialog."""
        wizard = (
            self.env["customer.decision.propose"]
            .with_user(self.manager)
            .with_company(self.company)
            .create(
                {
                    "account_ids": (account or self.north_account).ids,
                    "reason": "They call every day",
                }
            )
        )
        wizard.action_propose()
        return self.Decision.search(
            [("account_id", "=", (account or self.north_account).id)]
        )

    def test_no_default_decides_a_case(self):
        other = self._propose(self.south_account)
        end = other.option_ids.filtered(lambda option: option.kind == "end")
        kept = {
            "state": "approved",
            "origin": "rule",
            "rule_name": "By nobody",
            "option_id": end.id,
            "choice_reason": "As always",
            "approved_by_id": self.administrator.id,
            "approved_date": "2026-07-01 08:00:00",
            "approval_rule": "By nobody",
            "applied_by_id": self.administrator.id,
            "applied_date": "2026-07-01 08:00:00",
            "undone_by_id": self.administrator.id,
            "undone_date": "2026-07-01 08:00:00",
            "start_date": "2020-01-01",
            "start_months": 1200,
            "start_revenue": 1.0,
            "start_profit": 1.0,
            "start_hours": 1.0,
            "start_lifetime_value": 1.0,
            "start_cost_estimated_rate": 0.5,
            "stake_amount": 1.0,
            "expected_profit": 1.0,
            "expected_value": 1.0,
            "expected_gain": 1.0,
            "recovered_amount": 1.0,
            "reject_reason": "None",
            "error": "None",
            "reviewed_date": "2026-07-01",
            "review_result": "closed",
            "previous_id": other.id,
        }
        for name, value in kept.items():
            self._keep_default("customer.decision", name, value)
        decision = self._propose_by_hand()
        self.assertEqual(decision.state, "proposed")
        self.assertEqual(decision.origin, "hand")
        self.assertEqual(decision.option_id, decision.best_option_id)
        self.assertEqual(decision.option_id.decision_id, decision)
        # 1,000 invoiced for 50 hours at 40 each, within twelve months
        self.assertEqual(decision.start_revenue, 1000)
        self.assertEqual(decision.start_profit, -1000)
        self.assertEqual(decision.start_hours, 50)
        self.assertEqual(decision.start_months, 12)
        self.assertEqual(str(decision.start_date), TODAY)
        self.assertEqual(decision.stake_amount, 1000)
        self.assertNotEqual(decision.start_lifetime_value, 1)
        frozen = {"option_id"} | {name for name in kept if name.startswith("st")}
        for name in kept.keys() - frozen - {"origin"}:
            self.assertFalse(decision[name], name)
        self.assertEqual(self.north_account.service_level_id, self.personal)

    def test_no_default_decides_an_option(self):
        self._keep_default("customer.decision.option", "state", "ruled_out")
        self._keep_default("customer.decision.option", "state_reason", "As always")
        self._keep_default("customer.decision.option", "is_best", True)
        self._keep_default("customer.decision.option", "profit_gain", 5e6)
        options = self._propose_by_hand().option_ids
        self.assertEqual(set(options.mapped("state")), {"open"})
        self.assertFalse(any(options.mapped("state_reason")))
        self.assertEqual(len(options.filtered("is_best")), 1)
        self.assertLess(max(options.mapped("profit_gain")), 5e6)

    def test_no_default_decides_what_an_effect_is(self):
        self._keep_default("customer.decision.effect", "state", "kept")
        self._keep_default("customer.decision.effect", "user_id", self.salesperson.id)
        decision = self._give_thrifty()
        decision.with_user(self.manager)._apply()
        self.assertEqual(decision.state, "applied")
        self.assertEqual(set(decision.effect_ids.mapped("state")), {"applied"})
        self.assertEqual(decision.effect_ids.user_id, self.manager)
        self.assertEqual(self.north_account.service_level_id, self.thrifty)
        decision.with_user(self.manager)._undo("It was wrong")
        self.assertEqual(set(decision.effect_ids.mapped("state")), {"undone"})
        self.assertEqual(self.north_account.service_level_id, self.personal)

    def test_only_an_own_option_that_was_approved_is_applied(self):
        first, second = self._give_thrifty(self.north_account | self.south_account)
        first.write({"approved_by_id": False, "approval_rule": False})
        second.option_id = first.option_id
        self.assertFalse((first | second)._apply())
        for decision in (first, second):
            self.assertEqual(decision.state, "approved")
            self.assertIn("nobody has approved what is chosen", decision.error)
        self.assertEqual(self.north_account.service_level_id, self.personal)
        self.assertEqual(self.south_account.service_level_id, self.personal)

    def test_figures_are_those_of_an_account_by_default(self):
        """1,000 a year is above what the manager may decide on, 100."""
        self.company.customer_decision_manager_amount = 100
        decisions = (
            self.Decision.with_user(self.manager)
            .with_company(self.company)
            .with_context(default_account_id=self.north_account.id)
        )
        decision = decisions.create({"reason": "They call every day"})
        self._check_frozen(decision)
        with (
            self.assertRaisesRegex(UserError, "There is an open case already: North"),
            self.env.cr.savepoint(),
        ):
            decisions.create({"reason": "Once more"})
        self.Decision.browse(decision.id).unlink()
        self._keep_default("customer.decision", "account_id", self.north_account.id)
        self._check_frozen(
            self.Decision.with_user(self.manager)
            .with_company(self.company)
            .create({"reason": "They call every day"})
        )

    def _check_frozen(self, decision):
        self.assertEqual(decision.account_id, self.north_account)
        self.assertEqual(decision.start_revenue, 1000)
        self.assertEqual(decision.stake_amount, 1000)
        self.assertFalse(decision.can_approve)
        with (
            self.assertRaisesRegex(AccessError, "above what account managers decide"),
            self.env.cr.savepoint(),
        ):
            decision._approve()
        self.assertEqual(decision.state, "proposed")

    def test_figures_are_those_of_an_account_in_another_form(self):
        decision = (
            self.Decision.with_user(self.manager)
            .with_company(self.company)
            .create({"account_id": (self.north_account.id, "South")})
        )
        self.assertEqual(decision.account_id, self.north_account)
        self.assertEqual(decision.start_revenue, 1000)


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestDecisionOtherCompany(DecisionCommon):
    """What a form says is of another company tells nothing of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_other_company()
        cls.far = cls.env["res.partner"].create({"name": "Far"})
        cls.secret = cls.env.ref("customer_centricity.service_level_ended").copy(
            {"name": "Secret", "company_id": cls.other.id}
        )
        cls.far_account = cls.Account.create(
            {
                "partner_id": cls.far.id,
                "company_id": cls.other.id,
                "service_level_id": cls.secret.id,
            }
        )
        # what a refresh would have come to
        cls.far_account.write({"revenue": 700, "profit": 700, "hours": 7})
        cls.decision = cls._propose()

    def _as_manager(self, records):
        self.env.flush_all()
        self.env.invalidate_all()
        return records.with_user(self.manager).with_context(
            allowed_company_ids=self.company.ids
        )

    def test_no_case_on_it(self):
        decisions = self._as_manager(self.Decision)
        self.Decision._propose(self.far_account, "They call every day")
        with self.assertRaises(AccessError) as caught, self.env.cr.savepoint():
            decisions.create({"account_id": self.far_account.id})
        self.assertNotIn("There is an open case", str(caught.exception))
        self.assertNotIn("Far", str(caught.exception))
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            decisions.with_context(default_account_id=self.far_account.id).create({})

    def test_a_form_that_names_its_account_tells_nothing(self):
        values = {"account_id": self.far_account.id}
        for records, named, context in (
            (self.Decision, values, {}),
            (self.decision, values, {}),
            (self.Decision, {"account_id": {"id": self.far_account.id}}, {}),
            (self.Decision, {}, {"default_account_id": self.far_account.id}),
        ):
            decisions = self._as_manager(records).with_context(**context)
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                decisions.onchange(dict(named), list(named), SPEC)

    def test_nor_does_one_in_another_form(self):
        """A case that was never kept, below one that is."""
        found = self._as_manager(self.Decision).onchange(
            {"next_ids": [Command.create({"account_id": self.far_account.id})]},
            [],
            {"next_ids": {"fields": SPEC}},
        )
        told = found["value"]["next_ids"][0][2]
        for name in SPEC.keys() - {"account_id", "company_id", "partner_id"}:
            self.assertFalse(told.get(name), name)

    def test_no_plan_with_another_option(self):
        """The manager's own account, and an option of theirs."""
        theirs = self.Decision._propose(self.far_account, "They call every day")
        option = theirs.option_ids.filtered(lambda one: one.kind == "end")
        option.service_level_id = self.secret
        case = self._as_manager(self.decision)
        found = case.onchange(
            {"option_id": option.id}, ["option_id"], {"plan_summary": {}}
        )
        self.assertNotIn("Secret", found["value"].get("plan_summary") or "")

    def test_guards_are_for_who_reads_the_account(self):
        with self.assertRaises(AccessError):
            self._as_manager(self.far_account)._get_decision_guards()

    def test_the_form_of_ones_own_account_tells_all(self):
        found = self._as_manager(self.Decision).onchange(
            {"account_id": self.south_account.id}, ["account_id"], SPEC
        )
        # 500 invoiced for 20 hours that cost 40 each
        self.assertEqual(found["value"]["display_name"], "South Clinic")
        self.assertEqual(found["value"]["account_revenue"], 500)
        self.assertEqual(found["value"]["account_time_cost"], 800)
        self.assertEqual(found["value"]["account_profit"], -300)
        self.assertEqual(found["value"]["account_hours"], 20)
        self.assertEqual(found["value"]["account_service_level_id"], self.personal.id)

    def test_a_task_of_it_warns_of_nothing(self):
        user = self._create_member(
            "decision_technician",
            "project.group_project_user,customer_centricity.group_user",
        )
        self.env.flush_all()
        self.env.invalidate_all()
        tasks = (
            self.env["project.task"]
            .with_user(user)
            .with_context(allowed_company_ids=self.company.ids)
        )
        found = tasks.onchange(
            {"partner_id": self.far.id, "company_id": self.other.id},
            ["partner_id"],
            {"customer_service_warning": {}},
        )
        self.assertFalse(found["value"].get("customer_service_warning"))
