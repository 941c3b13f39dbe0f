from odoo.tests import freeze_time, tagged

from .common import TODAY
from .common_refresh import RefreshChangesCommon


@tagged("post_install", "-at_install", "plain_stack")
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

    def test_what_changes_after_the_months_are_done_waits(self):
        """What follows from months would follow from those of before."""
        changes = self.env["customer.account.change"]
        self._invoice(self.north, "2026-04-10", (self.goods, 1, 100))
        self.Account._begin_cycle(self.company)
        while self.company.customer_refresh_stage != "changes":
            self.Account._refresh_step(self.company)
        self.assertEqual(changes.search([]).mapped("has_facts"), [True])
        self.assertEqual(self._account(self.north).revenue, 300)
        changes._note_partners(self.company, self.north | self.south)
        self._go_on()
        self.assertEqual(self._account(self.north).revenue, 400)
        left = changes.search([])
        self.assertEqual(left.partner_id, self.north | self.south)
        self.assertFalse(any(left.mapped("has_facts")))
        self.assertEqual(self._check(), self.north | self.south)

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
        self._age_documents()

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


@tagged("post_install", "-at_install", "plain_stack")
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
