from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.customer_centricity.models import customer_onboarding_hours

from .common import TODAY, CustomerCentricityCommon


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestOnboarding(CustomerCentricityCommon):
    """How far the first steps are follows from what is in the database."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = cls._new_user(
            "onboarding_administrator",
            "administrator",
            groups=",hr.group_hr_user,account.group_account_invoice",
        )
        cls.manager = cls._new_user("onboarding_manager", "manager")
        cls.cron = cls.env.ref("customer_centricity.ir_cron_refresh_accounts")
        # whatever has asked for a refresh when this database was made
        cls.env["ir.cron.trigger"].search([("cron_id", "=", cls.cron.id)]).unlink()
        cls.employee.hourly_cost = 0

    def _onboarding(self, user=None):
        return self.env["customer.onboarding"].with_user(user or self.administrator)

    def _step(self, key, user=None):
        panel = self._onboarding(user).get_panel()
        [step] = [step for step in panel["steps"] if step["key"] == key]
        return step

    def _buttons(self, step):
        return [button["name"] for button in step["buttons"]]

    def _assert_step(self, key, state, *buttons, status="", user=None):
        step = self._step(key, user)
        self.assertEqual((step["state"], self._buttons(step)), (state, list(buttons)))
        self.assertIn(status, step["status"])

    def _apply_preset(self):
        self.env["customer.preset"].with_user(self.administrator).create(
            {"preset": "keep"}
        ).action_apply()

    # ------------------------------------------------------------------
    # Whom they are for
    # ------------------------------------------------------------------

    def test_they_are_for_who_sees_figures(self):
        panel = self._onboarding().get_panel()
        self.assertEqual(
            [step["key"] for step in panel["steps"]],
            ["costs", "preset", "figures", "run", "review"],
        )
        self.assertTrue(panel["can_hide"])
        self.assertFalse(self._onboarding(self.manager).get_panel()["can_hide"])
        user = self._new_user("onboarding_user", "user")
        self.assertFalse(self._onboarding(user).get_panel())
        with self.assertRaises(AccessError):
            self._onboarding(user).open_step("accounts")

    def test_administrators_put_them_away_for_the_company(self):
        with self.assertRaises(AccessError):
            self._onboarding(self.manager).hide()
        self._onboarding().hide()
        # nothing is looked at any more
        with patch.object(type(self._onboarding()), "_get_steps") as look:
            self.assertFalse(self._onboarding().get_panel())
            self.assertFalse(self._onboarding(self.manager).get_panel())
        look.assert_not_called()
        self.company.customer_onboarding_hidden = False
        self.assertTrue(self._onboarding().get_panel())

    def test_a_button_that_there_is_not_is_refused(self):
        for name in ("hide", "_open_costs", "", None):
            with self.subTest(name=name), self.assertRaises(UserError):
                self._onboarding().open_step(name)

    def test_what_managers_may_not_do_has_no_button(self):
        self._timesheet("2026-03-10", 2)
        step = self._step("costs", self.manager)
        self.assertEqual(self._buttons(step), [])
        self.assertIn("looks after employees", step["warning"])
        self._assert_step(
            "preset", "todo", status="administrator chooses", user=self.manager
        )
        self._assert_step("figures", "todo", user=self.manager)
        for name in ("costs", "hours", "refresh"):
            with self.subTest(name=name), self.assertRaises(AccessError):
                self._onboarding(self.manager).open_step(name)

    # ------------------------------------------------------------------
    # Hourly costs
    # ------------------------------------------------------------------

    def test_without_hours_costs_can_wait(self):
        self._assert_step("costs", "optional", "costs", status="Nobody has logged")
        # hours for the company itself are no customer's
        own = self._create_project(self.company.partner_id)
        self._timesheet("2026-03-10", 2, project=own)
        self._timesheet("2026-03-10", 0)
        self._assert_step("costs", "optional", "costs")

    def test_employees_with_hours_need_a_cost(self):
        self._timesheet("2026-03-10", 2)
        self._assert_step("costs", "todo", "costs", status="1 of 1")
        action = self._onboarding().open_step("costs")
        employees = self.env["hr.employee"].search(action["domain"])
        self.assertIn(self.employee, employees)
        self.assertEqual(employees.company_id, self.company)

    def test_hours_from_before_the_cost_are_given_it(self):
        """Elena costs 40: 3 hours cost 120; those that have a cost keep it."""
        before = self._timesheet("2026-03-10", 3)
        self.employee.hourly_cost = 40
        after = self._timesheet("2026-03-11", 1)
        self.employee.hourly_cost = 50
        self._assert_step("costs", "todo", "hours", status="Hours were entered")
        self.employee.hourly_cost = 40
        action = self._onboarding().open_step("hours")
        self.assertIn("got their cost: 1", action["params"]["message"])
        self.assertEqual((before.amount, after.amount), (-120, -40))
        self._assert_step("costs", "done")
        with self.assertRaisesRegex(UserError, "no hours to cost"):
            self._onboarding().open_step("hours")
        self._refresh()
        self.assertEqual(self._account(self.north).time_cost, 160)

    def test_hours_are_not_counted_to_show_the_steps(self):
        """The first that cost nothing are enough, and have an index."""
        self._timesheet("2026-03-10", 3)
        self.employee.hourly_cost = 40
        onboarding = self._onboarding()
        with patch.object(type(onboarding), "_count_past_hours") as count:
            self._assert_step("costs", "todo", "hours")
        count.assert_not_called()
        self.env.cr.execute(
            "SELECT FROM pg_indexes"
            " WHERE indexname = 'account_analytic_line_customer_costless_idx'"
        )
        self.assertTrue(self.env.cr.rowcount)

    def test_many_hours_are_costed_in_parts(self):
        lines = [self._timesheet("2026-03-10", hours) for hours in (1, 2, 3)]
        self.employee.hourly_cost = 10
        with patch.object(customer_onboarding_hours, "HOURS_AT_ONCE", 2):
            action = self._onboarding().open_step("hours")
        self.assertIn("1 are left", action["params"]["message"])
        self.assertEqual([line.amount for line in lines], [-10, -20, 0])

    def test_hours_of_locked_months_stay_as_they_are(self):
        line = self._timesheet("2026-03-10", 3)
        self.employee.hourly_cost = 40
        self.company.customer_locked_until = "2026-03-31"
        self._assert_step("costs", "done")
        self.company.customer_locked_until = "2026-02-28"
        self._onboarding().open_step("hours")
        self.assertEqual(line.amount, -120)

    # ------------------------------------------------------------------
    # The kind of business
    # ------------------------------------------------------------------

    def test_a_preset_was_chosen(self):
        self._assert_step("preset", "todo", "preset")
        action = self._onboarding().open_step("preset")
        self.assertEqual(action["res_model"], "customer.preset")
        self._apply_preset()
        self._assert_step("preset", "done", status="Keep what is there")

    # ------------------------------------------------------------------
    # First figures
    # ------------------------------------------------------------------

    def test_a_refresh_is_asked_for_and_waited_for(self):
        self._assert_step("figures", "todo", "refresh")
        self._onboarding().open_step("refresh")
        self.assertTrue(
            self.env["ir.cron.trigger"].search([("cron_id", "=", self.cron.id)])
        )
        self._assert_step("figures", "working", status="being computed")
        self.company.customer_refresh_start = False
        self.env["ir.cron.trigger"].search([("cron_id", "=", self.cron.id)]).unlink()
        trigger = self.env["ir.cron.trigger"].create(
            {"cron_id": self.cron.id, "call_at": "2026-07-14 23:58:00"}
        )
        self._assert_step("figures", "working", status="Begins by itself")
        # since ten minutes, and nobody has come
        trigger.call_at = "2026-07-14 23:50:00"
        self.assertIn("no scheduled", self._step("figures")["warning"])
        self._assert_step("figures", "todo")

    def test_a_refresh_that_does_not_run_says_so(self):
        self.cron.active = False
        self.assertIn("switched off", self._step("figures")["warning"])
        self.cron.active = True
        self.company.customer_refresh_error = "The refresh stopped with an error"
        self.assertIn("stopped with an error", self._step("figures")["warning"])

    def test_without_documents_there_are_no_figures(self):
        self._refresh()
        self._assert_step(
            "figures", "todo", "invoices", "refresh", status="No customer has a posted"
        )
        self._assert_step("run", "later")
        action = self._onboarding().open_step("invoices")
        self.assertEqual(action["res_model"], "account.move")
        self.assertTrue(self._onboarding().get_panel(True))

    def test_documents_of_this_month_come_in_when_it_is_over(self):
        self._invoice(self.north, "2026-07-10", (self.goods, 1, 100))
        self._refresh()
        self._assert_step(
            "figures", "todo", "invoices", "refresh", status="come in on 08/01/2026"
        )

    def test_figures_are_there(self):
        self._invoice(self.north, "2026-06-10", (self.goods, 1, 100))
        self._refresh()
        self._assert_step(
            "figures", "done", status="Accounts: 1. Figures of 07/01/2025 to 06/30/2026"
        )
        self._assert_step("run", "todo", "run")
        # above lists of accounts they are in the way from now on
        self.assertFalse(self._onboarding().get_panel(True))
        self.company.customer_lost_months = 18
        self._assert_step("figures", "done", "refresh", status="Settings have changed")

    # ------------------------------------------------------------------
    # The lifetime value, and what follows
    # ------------------------------------------------------------------

    def test_the_first_run_looks_back_from_the_last_closed_month(self):
        self._invoice(self.north, "2026-06-10", (self.goods, 1, 100))
        self._refresh()
        action = self._onboarding().open_step("run")
        self.assertFalse(action["res_id"])
        self.assertEqual(action["context"]["default_date"], "2026-06-30")
        self._assert_step("run", "todo", status="administrator", user=self.manager)

    def test_a_run_is_followed_to_its_end(self):
        self._invoice(self.north, "2026-06-10", (self.goods, 1, 100))
        self._refresh()
        run = self.env["customer.ltv.run"].create({"company_id": self.company.id})
        self.assertEqual(self._onboarding().open_step("run")["res_id"], run.id)
        for state, expected, status in (
            ("draft", "todo", "A draft is there"),
            ("computed", "todo", "look at who moves"),
            ("failed", "todo", "Stopped with an error"),
        ):
            run.state = state
            with self.subTest(state=state):
                step = self._step("run")
                self.assertEqual(step["state"], expected)
                self.assertIn(status, step["status"])
        run.write({"state": "computing", "stage": "value"})
        self._assert_step("run", "working", "run", status="Valuing accounts")
        self._timesheet("2026-06-10", 1)  # something is left to do when it is applied
        run.write({"state": "applied", "applied_date": "2026-07-15 10:00:00"})
        self._assert_step("run", "done")

    def _apply_run(self):
        self.env["customer.ltv.run"].create(
            {
                "company_id": self.company.id,
                "date": "2026-06-30",
                "state": "applied",
                "applied_date": "2026-07-15 10:00:00",
            }
        )

    def test_who_loses_money_is_to_be_decided_about(self):
        """A chair that costs 60 is sold for 10 to North, for 100 to South."""
        self._invoice(self.north, "2026-06-10", (self.goods, 1, 10))
        self._invoice(self.south, "2026-06-10", (self.goods, 1, 100))
        self._timesheet("2026-06-10", 1)  # costs nothing, and is left to be done
        self._refresh()
        self._assert_step("review", "later")
        self._apply_run()
        self._assert_step("review", "todo", "loss", status="Accounts: 1;")
        self.assertIn("50.00", self._step("review")["status"])
        action = self._onboarding().open_step("loss")
        self.assertEqual(action["context"], {"search_default_result_loss": 1})
        self.env["customer.decision"]._propose(
            self._account(self.north), "They pay too little"
        )
        self._assert_step("review", "done", status="Decisions are at work")

    def test_settings_switch_them_on_and_off(self):
        settings = self.env["res.config.settings"].with_company(self.company)
        self.assertTrue(settings.create({}).customer_onboarding_shown)
        settings.create({"customer_onboarding_shown": False}).execute()
        self.assertTrue(self.company.customer_onboarding_hidden)
        self.assertFalse(self._onboarding().get_panel())
        # what is saved without touching it stays
        settings.create({}).execute()
        self.assertTrue(self.company.customer_onboarding_hidden)
        settings.create({"customer_onboarding_shown": True}).execute()
        self.assertTrue(self._onboarding().get_panel())

    def test_they_disappear_when_all_are_done_and_do_not_come_back(self):
        self.employee.hourly_cost = 40
        self._invoice(self.south, "2026-06-10", (self.goods, 1, 100))
        self._refresh()
        self._apply_preset()
        self.assertFalse(self.company.customer_onboarding_hidden)
        self._apply_run()
        self.assertFalse(self._onboarding().get_panel())
        self._refresh()
        self.assertTrue(self.company.customer_onboarding_hidden)
        # somebody new who has no cost yet is a finding, no first step
        self.env["hr.employee"].create({"name": "New", "company_id": self.company.id})
        self.assertFalse(self._onboarding().get_panel())

    def test_queries_do_not_grow_with_the_data(self):
        def count():
            self._onboarding().get_panel()  # what is kept between requests is there
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._onboarding().get_panel()
            return self.env.cr.sql_log_count - before

        self._invoice(self.north, "2026-06-10", (self.goods, 1, 10))
        self._refresh()
        few = count()
        employees = self.env["hr.employee"].create(
            [
                {"name": f"Employee {number}", "company_id": self.company.id}
                for number in range(12)
            ]
        )
        for employee in employees:
            self._timesheet("2026-03-10", 1, employee=employee)
            partner = self.env["res.partner"].create({"name": employee.name})
            self._invoice(partner, "2026-06-10", (self.goods, 1, 10))
        self._refresh()
        self.assertLessEqual(count(), few)


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestOnboardingCompanies(CustomerCentricityCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = cls._new_user("onboarding_administrator", "administrator")
        cls.other = cls._create_other_company()

    def test_hours_of_other_companies_are_theirs(self):
        other = self.other
        employee = self.env["hr.employee"].create(
            {"name": "Otto", "company_id": other.id}
        )
        project = self._create_project(self.south, other)
        line = self._timesheet(
            "2026-03-10", 3, project=project, employee=employee, company_id=other.id
        )
        employee.hourly_cost = 40
        steps = self.env["customer.onboarding"].with_user(self.administrator)
        steps = steps.with_context(allowed_company_ids=self.company.ids)
        with self.assertRaisesRegex(UserError, "no hours to cost"):
            steps.open_step("hours")
        self.assertEqual(line.amount, 0)
