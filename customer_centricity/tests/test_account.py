import psycopg2

from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .common import TODAY, CustomerCentricityCommon


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestAccount(CustomerCentricityCommon):
    def test_window_is_the_last_closed_months(self):
        """July 2025 to June 2026; the running month and older ones stay out."""
        self._invoice(self.north, "2025-06-30", (self.service, 1, 1))
        self._invoice(self.north, "2025-07-01", (self.service, 1, 10))
        self._invoice(self.north, "2026-06-30", (self.service, 1, 100))
        self._invoice(self.north, "2026-07-01", (self.service, 1, 1000))
        self._refresh()
        account = self._account(self.north)
        self.assertEqual(account.revenue, 110)
        self.assertEqual(account.window_label, "Jul 2025 – Jun 2026")
        self.assertEqual(account.order_count, 2)
        self.assertEqual(account.historic_value, 1111)
        self.assertEqual(account.historic_order_count, 4)
        self.assertEqual(str(account.first_order_date), "2025-06-30")
        self.assertEqual(str(account.last_order_date), "2026-07-01")

    def test_window_is_a_setting(self):
        self._invoice(self.north, "2026-03-31", (self.service, 1, 1))
        self._invoice(self.north, "2026-04-01", (self.service, 1, 10))
        self.company.customer_window_months = 3
        self._refresh()
        self.assertEqual(self._account(self.north).revenue, 10)

    def test_the_window_is_that_of_the_refresh(self):
        """What is shown a month later is still labelled with the months it covers."""
        self._invoice(self.north, "2026-03-31", (self.service, 1, 1))
        self._refresh()
        account = self._account(self.north)
        with freeze_time("2026-09-15"):
            self.env.invalidate_all()
            self.assertEqual(account.window_label, "Jul 2025 – Jun 2026")
            self._refresh()
            self.env.invalidate_all()
            self.assertEqual(account.window_label, "Sep 2025 – Aug 2026")

    def test_figures_by_hand(self):
        """5 chairs at 100 costing 60; 2 h at 40: 500 - 300 - 80 = 120."""
        self._invoice(self.north, "2026-03-10", (self.goods, 5, 100))
        self._timesheet("2026-03-11", 2)
        self._refresh()
        account = self._account(self.north)
        self.assertEqual(
            (account.revenue, account.product_cost, account.time_cost, account.profit),
            (500, 300, 80, 120),
        )
        self.assertAlmostEqual(account.profit_rate, 0.24)
        self.assertEqual(account.cost_estimated_rate, 0, "kept when it was posted")
        self.assertEqual(account.hours, 2)
        self.assertEqual(account.result, "profit")

    def test_no_profit_rate_without_revenue(self):
        """A loss of 100 of a revenue of -100 is no profit rate of 100%, nor of 0%."""
        self._invoice(self.north, "2026-03-10", (self.service, 1, 500))
        self._invoice(
            self.south, "2026-03-10", (self.service, 1, 100), move_type="out_refund"
        )
        self._refresh()
        north, south = self._account(self.north), self._account(self.south)
        self.assertEqual(south.profit, -100)
        self.assertEqual(
            [account.profit_rate for account in (north, south)], [1.0, 0.0]
        )
        exported = (north | south).export_data(["profit_rate"])["datas"]
        self.assertEqual(exported, [[1.0], [""]])
        [(mean,)] = self.Account._read_group(
            [("id", "in", (north | south).ids)], [], ["profit_rate:avg"]
        )
        self.assertEqual(mean, 1.0, "of those that have one")

    def test_lifetime_value_of_the_hotel(self):
        """24 visits of 300 a year: 7,200 a year and 36,000 in five years."""
        for number in range(24):
            self._invoice(
                self.north,
                f"2026-{number % 6 + 1:02}-{number // 6 * 7 + 1:02}",
                (self.service, 1, 300),
            )
        self._invoice(self.south, "2026-03-10", (self.service, 1, 300))
        self._refresh()
        self.assertEqual(self._account(self.north).profit, 7200)
        self.assertEqual(self._account(self.north).lifetime_value, 36000)
        self.assertEqual(
            self._account(self.south).lifetime_value, 300, "a single visit"
        )
        self.company.customer_value_months = 36
        self._refresh()
        self.assertEqual(self._account(self.north).lifetime_value, 21600)

    def test_results(self):
        """Break-even is within 2% of the revenue unless set otherwise."""
        self._invoice(self.north, "2026-03-10", (self.service, 1, 2000))
        self._timesheet("2026-03-10", 49)  # costs 1,960, leaves 40
        self._refresh()
        account = self._account(self.north)
        self.assertEqual(account.result, "even")
        self._timesheet("2026-03-11", 3)  # 120 more, loses 80
        self._refresh()
        self.assertEqual(account.result, "loss")
        self.company.customer_even_rate = 0.05
        self._refresh()
        self.assertEqual(account.result, "even")
        with freeze_time("2027-07-15"):
            self._refresh()
        self.assertEqual(account.result, "no_activity")
        self.assertEqual(account.historic_value, -80)

    def test_changes_of_result_are_told_in_the_chatter(self):
        self._invoice(self.north, "2026-03-10", (self.service, 1, 100))
        self._refresh()
        account = self._account(self.north)
        self._flush_tracking()
        self.assertFalse(
            account.message_ids.tracking_value_ids, "a first value is no change"
        )
        self._timesheet("2026-03-10", 10)
        self._refresh()
        self._flush_tracking()
        tracked = account.message_ids.tracking_value_ids.filtered(
            lambda value: value.field_id.name == "result"
        )
        self.assertEqual(
            tracked.mapped(lambda value: (value.old_value_char, value.new_value_char)),
            [("Profit", "Loss")],
        )
        self._refresh()
        self._flush_tracking()
        self.assertEqual(len(account.message_ids.tracking_value_ids), len(tracked))

    def test_automation_rules_see_a_change_of_result(self):
        rule = self.env["base.automation"].create(
            {
                "name": "Loss",
                "model_id": self.env["ir.model"]._get_id("customer.account"),
                "trigger": "on_create_or_write",
                "filter_pre_domain": "[('result', '!=', 'loss')]",
                "filter_domain": "[('result', '=', 'loss')]",
            }
        )
        self.env["ir.actions.server"].create(
            {
                "name": "Protect",
                "base_automation_id": rule.id,
                "model_id": rule.model_id.id,
                "state": "code",
                "code": "record.write({'is_protected': True})",
                "usage": "base_automation",
            }
        )
        self._invoice(self.north, "2026-03-10", (self.service, 1, 100))
        self._invoice(self.south, "2026-03-10", (self.service, 1, 100))
        self._refresh()
        self.assertFalse(self._account(self.north).is_protected)
        self._timesheet("2026-03-10", 10)
        self._refresh()
        self.assertTrue(self._account(self.north).is_protected)
        self.assertFalse(self._account(self.south).is_protected)

    def test_account_manager_chosen_by_hand(self):
        salesperson = new_test_user(self.env, "salesperson", company_id=self.company.id)
        chosen = new_test_user(self.env, "chosen", company_id=self.company.id)
        self.north.user_id = salesperson
        self._invoice(self.north, "2026-03-10", (self.service, 1, 100))
        self._invoice(self.south, "2026-03-10", (self.service, 1, 100))
        self._refresh()
        account = self._account(self.north)
        self.assertEqual(account.user_id, salesperson)
        self.assertFalse(self._account(self.south).user_id)
        account.user_id = chosen
        self._refresh()
        self.assertEqual(account.user_id, chosen)
        self.north.user_id = False
        self.assertEqual(account.user_id, chosen)
        self.north.user_id = salesperson
        self.assertEqual(account.user_id, chosen)

    def test_account_manager_changes_with_the_salesperson(self):
        first = new_test_user(self.env, "first", company_id=self.company.id)
        second = new_test_user(self.env, "second", company_id=self.company.id)
        outsider = new_test_user(
            self.env,
            "outsider",
            company_id=self.env["res.company"].create({"name": "Elsewhere"}).id,
        )
        self.north.user_id = first
        self._invoice(self.north, "2026-03-10", (self.service, 1, 100))
        self._refresh()
        account = self._account(self.north)
        self.assertEqual(account.user_id, first)
        self.north.user_id = second
        self.assertEqual(account.user_id, second)
        self.north.user_id = outsider
        self.assertEqual(account.user_id, second, "the other has no access here")

    def test_one_refusing_account_stops_no_other(self):
        rule = self.env["base.automation"].create(
            {
                "name": "Never a loss",
                "model_id": self.env["ir.model"]._get_id("customer.account"),
                "trigger": "on_create_or_write",
                "filter_domain": "[('result', '=', 'loss')]",
            }
        )
        self.env["ir.actions.server"].create(
            {
                "name": "Refuse",
                "base_automation_id": rule.id,
                "model_id": rule.model_id.id,
                "state": "code",
                "code": "raise UserError('Not in my shop')",
                "usage": "base_automation",
            }
        )
        self._invoice(self.south, "2026-03-10", (self.service, 1, 100))
        self._timesheet("2026-03-10", 1)
        lossy = self._create_project(self.partner_a)
        self._timesheet("2026-03-10", 1, project=lossy)
        with self.assertLogs("odoo.addons.customer_centricity", "ERROR"):
            self._refresh()
        self.assertEqual(self._account(self.north).profit, -40, "figures are there")
        self.assertFalse(self._account(self.north).result)
        self.assertEqual(self._account(self.south).result, "profit")
        self.assertTrue(self._account(self.south).tier_id)
        self.assertIn("Not in my shop", self.company.customer_refresh_error)
        self.assertTrue(self.company.customer_refresh_date)
        self.assertFalse(self.company.customer_refresh_start)

    def test_the_customer_is_no_recipient(self):
        self.north.email = "north@example.com"
        self._invoice(self.north, "2026-03-10", (self.service, 1, 100))
        self._refresh()
        account = self._account(self.north)
        self.assertFalse(account._message_get_suggested_recipients())

    def test_value_bands(self):
        self._invoice(self.north, "2026-03-10", (self.service, 1, 1000))
        self._invoice(self.south, "2026-03-10", (self.service, 1, 10))
        self._timesheet("2026-03-10", 1, project=self._create_project(self.partner_a))
        self._refresh()
        # mean of the positive values 505: 1,000 is above it, 10 below a third of it
        self.assertEqual(self._account(self.north).value_band, "3_large")
        self.assertEqual(self._account(self.south).value_band, "1_small")
        self.assertEqual(self._account(self.partner_a).value_band, "0_none")

    def test_one_account_for_each_customer_and_company(self):
        self._invoice(self.north, "2026-03-10", (self.service, 1, 100))
        self._refresh()
        with (
            self.assertRaises(psycopg2.errors.UniqueViolation),
            mute_logger("odoo.sql_db"),
            self.cr.savepoint(),
        ):
            self.Account.create(
                {"partner_id": self.north.id, "company_id": self.company.id}
            )

    def test_figures_stay_finite(self):
        self._invoice(self.north, "2026-03-10", (self.service, 1, 100))
        self._refresh()
        for name in ("hours", "profit_rate"):
            for value in ("NaN", "Infinity"):
                with (
                    self.subTest(name=name, value=value),
                    self.assertRaises(psycopg2.errors.CheckViolation),
                    mute_logger("odoo.sql_db"),
                    self.cr.savepoint(),
                ):
                    self._account(self.north).write({name: float(value)})
                    self.env.flush_all()

    def test_opening_the_months(self):
        self._invoice(self.north, "2026-03-10", (self.service, 1, 100))
        self._refresh()
        account = self._account(self.north)
        action = account.action_open_months()
        months = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(sum(months.mapped("profit")), account.profit)

    def test_settings(self):
        self.env["res.config.settings"].with_company(self.company).create(
            {
                "customer_window_months": 6,
                "customer_value_months": 24,
                "customer_even_rate": 0.1,
            }
        ).execute()
        self.assertEqual(self.company.customer_window_months, 6)
        self.assertEqual(self.company.customer_value_months, 24)
        self.assertEqual(self.company.customer_even_rate, 0.1)

    def test_settings_out_of_range(self):
        wrong = {
            "customer_window_months": (0, -1, 121, 2**31 - 1),
            "customer_value_months": (0, -1, 601),
            "customer_even_rate": (-0.01, 1.01, float("nan")),
        }
        for name, values in wrong.items():
            for value in values:
                with (
                    self.subTest(name=name, value=value),
                    self.assertRaises(psycopg2.errors.CheckViolation),
                    mute_logger("odoo.sql_db"),
                    self.cr.savepoint(),
                ):
                    self.company[name] = value
                    self.env.flush_all()
