from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.customer_centricity.models import customer_account_refresh

from .common import TODAY
from .common_profit import ProfitCommon

# Tables whose rows tell of their changes by their date
DATED = (
    "account_analytic_line",
    "account_move",
    "account_move_line",
    "account_partial_reconcile",
    "project_project",
    "project_task",
    "res_partner",
)
# What a refresh decides for an account
FIGURES = (
    "revenue",
    "refund_amount",
    "product_cost",
    "time_cost",
    "other_cost",
    "serving_cost",
    "profit",
    "profit_rate",
    "hours",
    "uncosted_revenue",
    "uncosted_hours",
    "order_count",
    "cost_estimated_rate",
    "historic_value",
    "historic_order_count",
    "first_order_date",
    "last_order_date",
    "result",
)


class RefreshChangesCommon(ProfitCommon):
    """A portfolio that counts as large: a refresh does only what changed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(
            patch.object(customer_account_refresh, "SMALL_PORTFOLIO", 0)
        )
        cls.east = cls.env["res.partner"].create({"name": "East", "is_company": True})
        cls.task = cls.env["project.task"].create(
            {
                "name": "For South",
                "project_id": cls.project.id,
                "partner_id": cls.south.id,
            }
        )
        cls.invoices = {
            partner: cls._invoice(
                partner,
                "2026-03-10",
                (cls.goods, 3, 100),
                invoice_date_due="2026-03-10",
            )
            for partner in (cls.north, cls.south, cls.east)
        }
        cls.sheet = cls._timesheet("2026-03-10", 3)
        cls.task_sheet = cls._timesheet("2026-03-10", 2, task_id=cls.task.id)
        cls.bill = cls._bill(
            "2026-03-10",
            (cls.nothing, 1, 100, {cls.project: 60, cls.south_project: 40}),
        )

    def _settle(self):
        """Bring everything up to date, as of a long time ago."""
        self._refresh()
        # service levels given at first have been noted: they are done, too
        self._refresh()
        self._age()

    def _age(self):
        """Make all documents old, so that only what changes from now on is new."""
        self.env.flush_all()
        for table in DATED:
            self.cr.execute(
                SQL(
                    "UPDATE %s SET write_date = %s",
                    SQL.identifier(table),
                    self.cr.now() - timedelta(days=3),
                )
            )
        self.cr.execute(SQL("DELETE FROM customer_account_change"))
        self.env.invalidate_all()

    def _all_facts(self):
        """Return all facts and figures of the company, by customer."""
        self.env.invalidate_all()
        accounts = self.Account.with_context(active_test=False).search(
            [("company_id", "=", self.company.id)]
        )
        figures = {
            account.partner_id: {name: account[name] for name in FIGURES}
            for account in accounts
        }
        return {"facts": self._facts(), "figures": figures}

    def _check(self, full=False):
        """Refresh, and compare with what doing everything anew comes to."""
        self.Account._begin_cycle(self.company)
        self.assertEqual(bool(self.company.customer_refresh_full), full)
        taken = set()
        original = type(self.env["customer.account.change"])._take

        def spy(model, company, limit):
            partner_ids = original(model, company, limit)
            taken.update(partner_ids)
            return partner_ids

        with patch.object(type(self.env["customer.account.change"]), "_take", spy):
            self._go_on()
        changed = self._all_facts()
        self.Account._begin_cycle(self.company, full=True)
        self._go_on()
        anew = self._all_facts()
        self.assertEqual(changed["facts"], anew["facts"])
        self.assertEqual(changed["figures"], anew["figures"])
        return self.env["res.partner"].browse(taken)

    def _go_on(self):
        while self.company.customer_refresh_start:
            self.Account._refresh_step(self.company)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestRefreshChanges(RefreshChangesCommon):
    """After each kind of change, what changed alone comes to what everything would."""

    def setUp(self):
        super().setUp()
        self._settle()

    def test_nothing(self):
        before = self._all_facts()
        self.assertEqual(len(before["figures"]), 3)
        self.assertFalse(self._check(), "nobody is done")
        self.assertEqual(self._all_facts(), before)

    # ------------------------------------------------------------------
    # Sale documents
    # ------------------------------------------------------------------

    def test_invoice_posted(self):
        self._invoice(self.north, "2026-04-10", (self.goods, 1, 100))
        self.assertEqual(self._check(), self.north, "and nobody else")
        self.assertEqual(self._account(self.north).revenue, 400)

    def test_first_invoice_of_a_customer(self):
        west = self.env["res.partner"].create({"name": "West"})
        self._invoice(west, "2026-04-10", (self.goods, 1, 100))
        self._check()
        self.assertEqual(self._account(west).revenue, 100)

    def test_invoice_reset_to_draft(self):
        self.invoices[self.north].button_draft()
        self._check()
        self.assertEqual(self._account(self.north).revenue, 0)

    def test_invoice_reset_to_draft_and_deleted(self):
        self.invoices[self.north].button_draft()
        self.invoices[self.north].with_context(force_delete=True).unlink()
        self._check()
        self.assertEqual(self._account(self.north).revenue, 0)

    def test_invoice_deleted_after_a_refresh(self):
        self.invoices[self.north].button_draft()
        self._refresh()
        self._age()
        self.invoices[self.north].with_context(force_delete=True).unlink()
        self._check()

    def test_invoice_changed_and_posted_again(self):
        self.invoices[self.north].button_draft()
        self.invoices[self.north].invoice_line_ids.price_unit = 80
        self.invoices[self.north].action_post()
        self._check()
        self.assertEqual(self._account(self.north).revenue, 240)

    def test_invoice_credited(self):
        credit_note = self._reverse_invoice(
            self.invoices[self.north], date="2026-04-02", post=True
        )
        self._check()
        self.assertEqual(self._account(self.north).order_count, 0)
        credit_note.button_draft()
        self._age()
        credit_note.with_context(force_delete=True).unlink()
        self._check()

    def test_partner_of_an_invoice_changed(self):
        self.invoices[self.north].button_draft()
        self.invoices[self.north].partner_id = self.south
        self.invoices[self.north].action_post()
        self._check()
        self.assertEqual(self._account(self.north).revenue, 0)
        self.assertEqual(self._account(self.south).revenue, 600)

    def test_credit_note_given_to_somebody_else(self):
        """It credits another's invoice, which no longer is an order."""
        credit_note = self._reverse_invoice(
            self.invoices[self.north], date="2026-04-02"
        )
        credit_note.partner_id = self.south
        self._age()
        credit_note.action_post()
        self._check()
        self.assertEqual(self._account(self.north).order_count, 0)
        self._age()
        credit_note.button_draft()
        credit_note.with_context(force_delete=True).unlink()
        self._check()
        self.assertEqual(self._account(self.north).order_count, 1)

    def test_invoice_of_a_contact_that_moved_since(self):
        """The invoice stays with the company it was written to."""
        invoice = self._invoice(self.north_contact, "2026-04-10", (self.goods, 1, 100))
        self.north_contact.parent_id = self.south
        self._settle()
        self.assertEqual(self._account(self.north).revenue, 400)
        invoice.button_draft()
        self._check()
        self.assertEqual(self._account(self.north).revenue, 300)

    # ------------------------------------------------------------------
    # Hours
    # ------------------------------------------------------------------

    def test_timesheet_added(self):
        self._timesheet("2026-04-10", 2, task_id=self.task.id)
        self.assertEqual(self._check() & self.south, self.south)
        self.assertEqual(self._account(self.south).hours, 4)

    def test_timesheet_changed(self):
        self.sheet.unit_amount = 7
        self._check()
        self.assertEqual(self._account(self.north).time_cost, 280)

    def test_timesheet_moved_to_another_day(self):
        self.sheet.date = "2026-05-10"
        self._check()

    def test_timesheet_moved_to_a_task(self):
        self.sheet.task_id = self.task
        self._check()
        self.assertEqual(self._account(self.north).hours, 0)

    def test_timesheet_moved_to_another_project(self):
        self.sheet.project_id = self.south_project
        self._check()
        self.assertEqual(self._account(self.north).hours, 0)

    def test_timesheet_deleted(self):
        (self.sheet | self.task_sheet).unlink()
        self._check()
        self.assertEqual(self._account(self.south).hours, 0)

    def test_task_given_to_another_customer(self):
        self.task.partner_id = self.east
        self._check()
        self.assertEqual(self._account(self.east).hours, 2)
        self.assertEqual(self._account(self.south).hours, 0)

    def test_task_moved_to_another_project(self):
        self.task.project_id = self.south_project
        self.task.partner_id = False
        self._check()

    def test_project_given_to_another_customer(self):
        self.project.partner_id = self.east
        self._check()
        self.assertEqual(self._account(self.north).hours, 0)
        self.assertEqual(self._account(self.north).other_cost, 0)
        self.assertEqual(self._account(self.east).other_cost, 60)

    def test_project_given_to_nobody(self):
        self.project.partner_id = False
        self._check()
        self.assertEqual(self._account(self.north).other_cost, 0)

    # ------------------------------------------------------------------
    # Other costs
    # ------------------------------------------------------------------

    def test_vendor_bill_posted(self):
        self._bill(
            "2026-04-10",
            (self.nothing, 1, 50, {self.project: 50, self.south_project: 50}),
        )
        self.assertEqual(self._check(), self.north | self.south)
        self.assertEqual(self._account(self.south).other_cost, 65)

    def test_vendor_bill_reset_to_draft(self):
        self.bill.button_draft()
        self._check()
        self.assertEqual(self._account(self.south).other_cost, 0)

    def test_distribution_of_a_posted_bill_changed(self):
        self.bill.invoice_line_ids.analytic_distribution = self._distribution(
            {self.south_project: 100}
        )
        self._check()
        self.assertEqual(self._account(self.north).other_cost, 0)
        self.assertEqual(self._account(self.south).other_cost, 100)

    def test_analytic_item_moved_and_deleted(self):
        item = self._item("2026-04-10", -10)
        self._check()
        self._age()
        item.account_id = self.south_project.account_id
        self._check()
        self.assertEqual(self._account(self.south).other_cost, 50)
        self._age()
        item.unlink()
        self._check()
        self.assertEqual(self._account(self.south).other_cost, 40)

    def test_goods_bought_then_invoiced(self):
        self._bill("2026-04-10", (self.goods, 1, 58, {self.project: 100}))
        self._check()
        # North was invoiced chairs already: they are in its product cost
        self.assertEqual(self._account(self.north).other_cost, 60)

    def test_another_project_shares_the_account(self):
        """What was North's is nobody's, until the other project is gone."""
        shared = self._create_project(self.east)
        shared.account_id = self.project.account_id
        self._check()
        self.assertEqual(self._account(self.north).other_cost, 0)
        self._age()
        shared.partner_id = self.north
        self._check()
        self.assertEqual(self._account(self.north).other_cost, 60)
        shared.partner_id = self.east
        self._check()
        self._age()
        shared.account_id = False
        shared.unlink()
        self._check()
        self.assertEqual(self._account(self.north).other_cost, 60)

    def test_project_gets_another_account(self):
        self.project.account_id = self.south_project.account_id
        self._check()
        self.assertEqual(self._account(self.south).other_cost, 0)
        self._age()
        self.project.account_id = False
        self._check()
        self.assertEqual(self._account(self.south).other_cost, 40)

    # ------------------------------------------------------------------
    # Contacts
    # ------------------------------------------------------------------

    def test_customer_put_under_another_company(self):
        self.east.write({"parent_id": self.south.id, "is_company": False})
        self._check()
        self.assertFalse(self._account(self.east))
        self.assertEqual(self._account(self.south).revenue, 600)

    def test_contact_with_a_project_put_under_another_company(self):
        project = self._create_project(self.north_contact)
        self._timesheet("2026-03-10", 1, project=project)
        self._settle()
        self.north_contact.parent_id = self.south
        self._check()
        self.assertEqual(self._account(self.north).hours, 3)
        self.assertEqual(self._account(self.south).hours, 3)
        self._age()
        self.north_contact.parent_id = False
        self._check()
        self.assertEqual(self._account(self.north_contact).hours, 1)

    def test_contact_becomes_a_company(self):
        project = self._create_project(self.north_contact)
        self._timesheet("2026-03-10", 1, project=project)
        self._settle()
        self.north_contact.is_company = True
        self._check()
        self.assertEqual(self._account(self.north_contact).hours, 1)

    def test_customers_merged(self):
        self._invoice(self.south, "2026-04-10", (self.goods, 1, 100))
        self._settle()
        self._merge(self.south, self.north)
        self._check()
        self.assertEqual(self._account(self.north).revenue, 700)
        self.assertEqual(
            self._account(self.north).order_count, 2, "two invoices were of one day"
        )

    def test_contact_merged_into_that_of_another_company(self):
        contact = self.env["res.partner"].create(
            {"name": "Sol of South", "parent_id": self.south.id}
        )
        project = self._create_project(self.north_contact)
        self._timesheet("2026-03-10", 1, project=project)
        self._settle()
        self._merge(self.north_contact, contact)
        self._check()
        self.assertEqual(self._account(self.north).hours, 3)
        self.assertEqual(self._account(self.south).hours, 3)

    def _merge(self, sources, target):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((sources | target).ids, target)
        self.env.invalidate_all()
        # the wizard writes by SQL: nothing tells the date of its changes
        self.env.flush_all()
        for table in DATED:
            self.cr.execute(
                SQL(
                    "UPDATE %s SET write_date = %s",
                    SQL.identifier(table),
                    self.cr.now() - timedelta(days=3),
                )
            )
        self.env.invalidate_all()

    # ------------------------------------------------------------------
    # Products
    # ------------------------------------------------------------------

    def test_product_gets_its_first_cost(self):
        self._invoice(self.north, "2026-04-10", (self.costless_goods, 2, 100))
        self._settle()
        self.costless_goods.standard_price = 30
        self.assertEqual(self._check(), self.north)
        self.assertEqual(self._account(self.north).product_cost, 240)

    def test_product_with_captured_cost_changes(self):
        self.goods.standard_price = 99
        self.assertFalse(self._check(), "no past month changes")

    def test_product_loses_its_cost(self):
        """Bought for the project and sold: it still is in the product cost."""
        self._bill("2026-04-10", (self.goods, 1, 58, {self.project: 100}))
        self._settle()
        self.goods.standard_price = 0
        self._check()

    def test_goods_become_a_service(self):
        """A service sold by the hour has its cost in the hours."""
        rent = self.env["product.product"].create(
            {
                "name": "Hour on the machine",
                "type": "consu",
                "uom_id": self.env.ref("uom.product_uom_hour").id,
                "standard_price": 30,
            }
        )
        self._invoice(self.north, "2026-04-10", (rent, 2, 100))
        self._settle()
        self.assertEqual(self._account(self.north).product_cost, 240)
        rent.type = "service"
        self.assertEqual(self._check(), self.north)
        self.assertEqual(self._account(self.north).product_cost, 180)


@tagged("post_install", "-at_install")
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


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestRefreshChangesOfOthers(RefreshChangesCommon):
    """A change in one company is no change in another."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_other_company()
        cls.company = cls.company.with_env(cls.env)

    def test_each_company_does_its_own(self):
        self._invoice(
            self.north, "2026-04-10", (self.goods, 1, 7), company_id=self.other.id
        )
        self._refresh(self.company | self.other)
        self._refresh(self.company | self.other)
        self._age()
        self._invoice(
            self.north, "2026-05-10", (self.goods, 1, 7), company_id=self.other.id
        )
        self.assertFalse(self._check())
        self._refresh(self.other)
        self.assertFalse(self.other.customer_refresh_start)
        self.assertEqual(self._account(self.north, self.other).revenue, 14)

    def test_a_timesheet_goes_to_another_company(self):
        there = self._create_project(self.north, self.other)
        self._settle()
        self.sheet.write({"project_id": there.id, "company_id": self.other.id})
        self._check()
        self.assertEqual(self._account(self.north).hours, 0)
