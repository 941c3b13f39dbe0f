from unittest.mock import patch

from odoo import fields
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import TODAY
from .common_refresh import RefreshChangesCommon


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestRefreshRates(RefreshChangesCommon):
    """Serving costs: what changes everybody's makes the next refresh a full one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Rate = cls.env["customer.cost.rate"]
        cls.rate = cls._create_rate("invoice", 5)
        cls.basic, cls.level = cls.env["customer.service.level"].create(
            [{"name": "Basic"}, {"name": "Personal", "included_hours": 1}]
        )

    @classmethod
    def _create_rate(cls, driver, unit_cost, **vals):
        return cls.Rate.create(
            {
                "driver_id": cls.env.ref(
                    f"customer_centricity.cost_driver_{driver}"
                ).id,
                "unit_cost": unit_cost,
                "company_id": cls.company.id,
                **vals,
            }
        )

    def setUp(self):
        super().setUp()
        self._settle()

    def test_rate_added(self):
        self._create_rate("invoice_line", 1)
        self._check(full=True)
        self.assertEqual(self._account(self.north).serving_cost, 6)

    def test_rate_changed(self):
        self.rate.unit_cost = 7
        self._check(full=True)
        self.assertEqual(self._account(self.north).serving_cost, 7)

    def test_rate_archived(self):
        self.rate.active = False
        self._check(full=True)
        self.assertEqual(self._account(self.north).serving_cost, 0)

    def test_rate_deleted(self):
        self.rate.unlink()
        self._check(full=True)
        self.assertEqual(self._account(self.north).serving_cost, 0)

    def test_rate_changed_while_everything_is_done(self):
        """What was done before it changed is done again the next time."""
        self.Account._begin_cycle(self.company, full=True)
        self.Account._refresh_step(self.company)
        self.rate.unit_cost = 7
        self._go_on()
        self._check(full=True)
        self.assertEqual(self._account(self.north).serving_cost, 7)
        self._age()
        self.assertFalse(self._check(), "once")

    def test_interrupted_while_everything_is_done(self):
        """Whatever had changed, the next one begins with everything again."""
        self.rate.unit_cost = 7
        self.Account._begin_cycle(self.company)
        self._check(full=True)
        self.assertEqual(self._account(self.north).serving_cost, 7)

    def test_failed_while_everything_is_done(self):
        self.rate.unit_cost = 7
        self.Account._begin_cycle(self.company)
        with (
            patch.object(type(self.Account), "_refresh_step", side_effect=ValueError),
            patch.object(self.env.cr, "rollback"),
            mute_logger("odoo.addons.customer_centricity.models"),
        ):
            self.Account._guarded_step(self.company)
        self.assertFalse(self.company.customer_refresh_start)
        self._check(full=True)
        self.assertEqual(self._account(self.north).serving_cost, 7)

    def test_rate_renamed(self):
        """What it is called changes no figure."""
        self.rate.write({"name": "An invoice", "note": "Paper, post"})
        self.assertFalse(self._check())

    def test_driver_archived(self):
        self.rate.driver_id.active = False
        self._check(full=True)
        self.assertEqual(self._account(self.north).serving_cost, 0)

    def test_rate_of_another_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._create_rate("invoice", 9, company_id=other.id)
        self._check()

    def test_service_level_of_an_account(self):
        self._create_rate("extra_hour", 10)
        self._account(self.north).service_level_id = self.basic
        self._settle()
        self.assertEqual(self._account(self.north).serving_cost, 5 + 3 * 10)
        self._account(self.north).service_level_id = self.level
        self.assertEqual(self._check(), self.north)
        self.assertEqual(self._account(self.north).serving_cost, 5 + 2 * 10)

    def test_included_hours_of_a_service_level(self):
        self._create_rate("extra_hour", 10)
        self._account(self.north).service_level_id = self.level
        self._settle()
        self.level.included_hours = 2.5
        self._check(full=True)
        self.assertEqual(self._account(self.north).serving_cost, 5 + 0.5 * 10)

    def test_name_of_a_service_level(self):
        self.level.name = "One to one"
        self.assertFalse(self._check())

    def test_settings(self):
        for name, value in (
            ("customer_window_months", 6),
            ("customer_even_rate", 0.5),
            ("customer_discount_rate", 0.2),
            ("customer_value_method", "plain"),
        ):
            with self.subTest(name):
                self.company[name] = value
                self._check(full=True)
                self._age()
        self.company.name = "Renamed"
        self.assertLessEqual(self._check(), self.company.partner_id)

    # ------------------------------------------------------------------
    # Time that goes by
    # ------------------------------------------------------------------

    def test_late_days_go_by_while_nothing_changes(self):
        """3 invoices due on the 10th of March; one is paid on the 14th of July."""
        self._create_rate("late_day", 1)
        self._settle()
        until = (fields.Date.to_date(TODAY) - fields.Date.to_date("2026-03-10")).days
        for partner in self.invoices:
            self.assertEqual(
                self._account(partner).historic_value,
                300
                - 180
                - 5
                - until
                - self._account(partner).time_cost
                - self._account(partner).other_cost,
            )
        self._pay(self.invoices[self.east], "2026-07-14")
        self._check()
        before = self._all_facts()["facts"]
        self._age()
        with freeze_time("2026-07-18"):
            self.assertEqual(self._check(), self.north | self.south)
            after = self._all_facts()["facts"]
        late = {
            key[0]: values["serving_cost"] - before.get(key, {}).get("serving_cost", 0)
            for key, values in after.items()
            if values != before.get(key)
        }
        self.assertEqual(late, {self.north: 3, self.south: 3})

    def test_invoice_becomes_late(self):
        self._create_rate("late_day", 1)
        invoice = self._invoice(
            self.east, "2026-07-10", (self.goods, 1, 100), invoice_date_due="2026-07-16"
        )
        self._pay(self.invoices[self.east], "2026-03-10")
        self._settle()
        self.assertEqual(invoice.payment_state, "not_paid")
        before = self._account(self.east).historic_value
        with freeze_time("2026-07-16"):
            self._check()
            self._age()
        with freeze_time("2026-07-17"):
            self._check()
        self.assertEqual(self._account(self.east).historic_value, before - 1)

    def test_payment_registered_and_taken_back(self):
        self._create_rate("late_day", 1)
        self._settle()
        payment = self._pay(self.invoices[self.east], "2026-03-20")
        self._check()
        self.assertEqual(self._account(self.east).serving_cost, 5 + 10)
        self._age()
        payment.action_draft()
        payment.action_cancel()
        self._check()

    def test_part_payment(self):
        self._create_rate("late_day", 1)
        self._settle()
        self._pay(self.invoices[self.east], "2026-03-20", amount=100)
        self._check()
        self._age()
        self._pay(self.invoices[self.east], "2026-03-30", amount=200)
        self._check()
        self.assertEqual(self._account(self.east).serving_cost, 5 + 20)

    def test_without_a_rate_for_late_days_nobody_is_gathered(self):
        with freeze_time("2026-07-18"):
            self.assertFalse(self._check())

    def _pay(self, invoice, day, **vals):
        return self._register_payment(invoice, payment_date=day, **vals)
