from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from .common import TODAY, CustomerCentricityCommon, month


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestProfitMonth(CustomerCentricityCommon):
    def test_invoice_less_credit_note(self):
        """10 chairs at 100 that cost 60 each; 4 come back a month later."""
        self._invoice(self.north, "2026-03-10", (self.goods, 10, 100))
        self._invoice(
            self.north, "2026-04-02", (self.goods, 4, 100), move_type="out_refund"
        )
        self._refresh()
        self.assertEqual(
            self._months(
                self.north, "revenue", "refund_amount", "product_cost", "profit"
            ),
            {
                month(2026, 3): (1000, 0, 600, 400),
                month(2026, 4): (-400, 400, -240, -160),
            },
        )

    def test_orders_are_days(self):
        """Two invoices of a day are one order; one credited whole is none."""
        self._invoice(self.north, "2026-03-10", (self.service, 1, 100))
        self._invoice(self.north, "2026-03-10", (self.service, 1, 50))
        self._invoice(self.north, "2026-03-20", (self.service, 1, 10))
        returned = self._invoice(self.north, "2026-03-25", (self.service, 1, 70))
        self._reverse_invoice(returned, date="2026-03-26", post=True)
        self.assertEqual(returned.payment_state, "reversed")
        partly = self._invoice(self.north, "2026-04-02", (self.service, 2, 50))
        credit_note = self._reverse_invoice(partly, date="2026-04-20")
        credit_note.invoice_line_ids.quantity = 1
        credit_note.action_post()
        self._refresh()
        self.assertEqual(
            self._months(self.north, "revenue", "order_count"),
            {month(2026, 3): (160, 2), month(2026, 4): (50, 1)},
        )

    def test_drafts_and_cancelled_documents_do_not_count(self):
        self._invoice(self.north, "2026-03-10", (self.service, 1, 100))
        self._invoice(self.north, "2026-03-11", (self.service, 1, 7), post=False)
        cancelled = self._invoice(self.north, "2026-03-12", (self.service, 1, 9))
        cancelled.button_cancel()
        self._refresh()
        self.assertEqual(self._months(self.north, "revenue"), {month(2026, 3): (100,)})

    def test_corrections_show_at_the_next_rebuild(self):
        invoice = self._invoice(self.north, "2026-03-10", (self.service, 1, 100))
        other = self._invoice(self.north, "2026-05-10", (self.service, 1, 30))
        self._refresh()
        invoice.button_draft()
        invoice.invoice_line_ids.price_unit = 80
        invoice.action_post()
        other.button_draft()
        self._refresh()
        self.assertEqual(
            self._months(self.north, "revenue"),
            {month(2026, 3): (80,)},
            "May has no document left, so it has no row either",
        )

    def test_invoices_of_contacts_count_for_their_company(self):
        self._invoice(self.north, "2026-03-10", (self.service, 1, 100))
        self._invoice(self.north_contact, "2026-03-12", (self.service, 1, 11))
        self._refresh()
        self.assertEqual(self._months(self.north, "revenue"), {month(2026, 3): (111,)})
        self.assertFalse(self._account(self.north_contact))

    def test_a_contact_put_under_a_company_brings_its_past_along(self):
        loner = self.env["res.partner"].create({"name": "Freelancer"})
        self._invoice(loner, "2026-03-10", (self.service, 1, 40))
        self._invoice(self.south, "2026-03-10", (self.service, 1, 100))
        self._refresh()
        self._account(loner)._message_log(body="Met at the fair")
        loner.parent_id = self.south
        self._refresh()
        self.assertEqual(self._months(self.south, "revenue"), {month(2026, 3): (140,)})
        self.assertFalse(self._account(loner))
        bodies = "".join(self._account(self.south).message_ids.mapped("body"))
        self.assertIn("Met at the fair", bodies)
        self.assertIn("was merged into this one", bodies)

    def test_foreign_currency_counts_at_its_booked_amount(self):
        """2 foreign for 1 of the company's: 300 foreign are booked as 150."""
        foreign = self.setup_other_currency("CHF", rates=[("2020-01-01", 2.0)])
        invoice = self._invoice(
            self.north, "2026-03-10", (self.service, 1, 300), currency_id=foreign.id
        )
        self._refresh()
        self.assertEqual(self._months(self.north, "revenue"), {month(2026, 3): (150,)})
        foreign.rate_ids.rate = 4.0
        self._refresh()
        self.assertEqual(invoice.currency_id, foreign)
        self.assertEqual(
            self._months(self.north, "revenue"),
            {month(2026, 3): (150,)},
            "today's rate changes no booked amount",
        )

    def test_foreign_invoice_credited_whole_is_no_order(self):
        """Booked at 150, credited at 75 when the rate had changed: still no order."""
        foreign = self.setup_other_currency(
            "CHF", rates=[("2020-01-01", 2.0), ("2026-04-01", 4.0)]
        )
        invoice = self._invoice(
            self.north, "2026-03-10", (self.service, 1, 300), currency_id=foreign.id
        )
        self._reverse_invoice(invoice, date="2026-04-02", post=True)
        self._refresh()
        self.assertEqual(
            self._months(self.north, "revenue", "order_count"),
            {month(2026, 3): (150, 0), month(2026, 4): (-75, 0)},
        )

    def test_accounting_date_counts(self):
        """Invoiced in March, booked in April: April's revenue, as in the ledger."""
        self._invoice(
            self.north, "2026-03-31", (self.service, 1, 100), date="2026-04-02"
        )
        self._refresh()
        self.assertEqual(self._months(self.north, "revenue"), {month(2026, 4): (100,)})
        self.assertEqual(str(self._account(self.north).first_order_date), "2026-03-31")

    def test_units_of_measure(self):
        """A dozen chairs cost 12 x 60."""
        dozen = self.env.ref("uom.product_uom_dozen")
        invoice = self._invoice(
            self.north, "2026-03-10", (self.goods, 1, 1000), post=False
        )
        invoice.invoice_line_ids.product_uom_id = dozen
        invoice.invoice_line_ids.price_unit = 1000
        invoice.action_post()
        self._refresh()
        self.assertEqual(
            self._months(self.north, "revenue", "product_cost", "estimated_cost"),
            {month(2026, 3): (1000, 720, 0)},
        )

    def test_goods_without_cost_are_told(self):
        self._invoice(
            self.north,
            "2026-03-10",
            (self.costless_goods, 1, 90),
            (self.service, 1, 100),
            (self.goods, 1, 100),
        )
        self._refresh()
        self.assertEqual(
            self._months(self.north, "product_cost", "uncosted_revenue"),
            {month(2026, 3): (60, 90)},
        )
        self.assertEqual(self._account(self.north).uncosted_revenue, 90)

    def test_hours(self):
        """3 h of Elena at 40, a day of 8 h, 2 h of Ana whose cost nobody entered."""
        ana = self.env["hr.employee"].create(
            {"name": "Ana", "company_id": self.company.id}
        )
        self._timesheet("2026-03-10", 3)
        self._timesheet("2026-03-11", 2, employee=ana)
        day = self._timesheet("2026-04-01", 1)
        day.product_uom_id = self.env.ref("uom.product_uom_day")
        self._refresh()
        self.assertEqual(
            self._months(self.north, "time_cost", "hours", "uncosted_hours", "profit"),
            {month(2026, 3): (120, 5, 2, -120), month(2026, 4): (40, 8, 0, -40)},
        )

    def test_hours_go_to_the_customer_of_the_task(self):
        task = self.env["project.task"].create(
            {
                "name": "For Nora",
                "project_id": self.project.id,
                "partner_id": self.south.id,
            }
        )
        self._timesheet("2026-03-10", 1)
        self._timesheet("2026-03-10", 5, task_id=task.id)
        self._refresh()
        self.assertEqual(self._months(self.north, "hours"), {month(2026, 3): (1,)})
        self.assertEqual(self._months(self.south, "hours"), {month(2026, 3): (5,)})

    def test_hours_of_nobody_are_told(self):
        """2 h on a project without customer; the company's own 4 h are not missing."""
        internal = self._create_project(self.company.partner_id)
        nobody = self._create_project(self.env["res.partner"])
        self._timesheet("2026-03-10", 4, project=internal)
        self._timesheet("2026-03-10", 2, project=nobody)
        self._refresh()
        self.assertFalse(self._account(self.company.partner_id))
        finding = self.env["customer.quality.finding"].search(
            [("company_id", "=", self.company.id), ("code", "=", "no_customer_hours")]
        )
        self.assertEqual((finding.hours, finding.amount), (2, 80))

    def test_receipts_and_sections(self):
        """A receipt counts like an invoice; lines of text count for nothing."""
        receipt = self._invoice(
            self.north,
            "2026-03-10",
            (self.service, 1, 25),
            move_type="out_receipt",
            post=False,
        )
        receipt.invoice_line_ids = [
            Command.create({"display_type": "line_note", "name": "Thank you"})
        ]
        receipt.action_post()
        self._refresh()
        self.assertEqual(
            self._months(self.north, "revenue", "order_count"),
            {month(2026, 3): (25, 1)},
        )

    def test_taxes_and_purchases_are_no_revenue(self):
        invoice = self._invoice(
            self.north, "2026-03-10", (self.service, 1, 100), post=False
        )
        invoice.invoice_line_ids.tax_ids = self.company_data["default_tax_sale"]
        invoice.action_post()
        self.assertGreater(invoice.amount_total, 100)
        self._invoice(
            self.north, "2026-03-10", (self.goods, 1, 70), move_type="in_invoice"
        )
        self._refresh()
        self.assertEqual(
            self._months(self.north, "revenue", "product_cost"),
            {month(2026, 3): (100, 0)},
        )

    def test_archived_customers_stay_counted(self):
        self._invoice(self.north, "2026-03-10", (self.service, 1, 100))
        self.north.child_ids.action_archive()
        self.north.action_archive()
        self._refresh()
        self.assertEqual(self._account(self.north).revenue, 100)
        self._account(self.north).action_archive()
        self._invoice(self.north, "2026-04-10", (self.service, 1, 20))
        self._refresh()
        self.assertEqual(self._account(self.north).revenue, 120)

    def test_rebuilding_twice_changes_nothing(self):
        self._invoice(self.north, "2026-03-10", (self.goods, 3, 33.33))
        self._timesheet("2026-03-10", 1.1)
        self._refresh()
        query = SQL("SELECT *, xmin FROM customer_profit_month ORDER BY id")
        before = self.env.execute_query(query)
        self.assertTrue(before)
        self._refresh()
        self.Month._rebuild(self.company)
        self.assertEqual(self.env.execute_query(query), before, "no row was written")

    def test_revenue_equals_the_ledger(self):
        """Month by month, to the cent, against a query of its own over the ledger."""
        prices = (19.99, 0.01, 333.33, 1234.56, 7.77)
        for number, price in enumerate(prices * 4):
            self._invoice(
                (self.north, self.south, self.north_contact)[number % 3],
                f"2026-{number % 6 + 1:02}-{number + 1:02}",
                (self.goods, number % 4 + 1, price),
                (self.service, 1, -price / 3),
                move_type="out_refund" if number % 5 == 4 else "out_invoice",
            )
        self._refresh()
        ledger = self.env["account.move.line"]._read_group(
            [
                ("company_id", "=", self.company.id),
                ("parent_state", "=", "posted"),
                ("account_id.account_type", "in", ("income", "income_other")),
            ],
            ["date:month"],
            ["balance:sum"],
        )
        facts = self.Month._read_group(
            [("company_id", "=", self.company.id)], ["month:month"], ["revenue:sum"]
        )
        self.assertEqual(len(facts), 6)
        for (day, balance), (fact_day, revenue) in zip(ledger, facts, strict=True):
            self.assertEqual(day, fact_day)
            self.assertEqual(
                self.company.currency_id.compare_amounts(revenue, -balance), 0
            )

    def test_a_mistyped_year(self):
        """A document far in the past or future costs one more month, not thousands."""
        self._timesheet("0001-01-15", 1)
        self._timesheet("2026-03-10", 2)
        self._timesheet("9999-12-15", 3)
        self._refresh()
        self.assertEqual(
            self._months(self.north, "hours"),
            {month(1, 1): (1,), month(2026, 3): (2,), month(9999, 12): (3,)},
        )
        self.assertEqual(self._account(self.north).hours, 2)

    def test_nothing_at_all(self):
        """No documents, no products, no employees: nothing fails, nothing appears."""
        self._refresh()
        self.assertFalse(self.Account.search([("company_id", "=", self.company.id)]))
        self.assertTrue(self.company.customer_refresh_date)
        self.assertFalse(self.company.customer_refresh_start)

    def test_partner_without_a_name(self):
        nameless = self.env["res.partner"].create(
            {"type": "invoice", "parent_id": False, "name": False}
        )
        self._invoice(nameless, "2026-03-10", (self.service, 1, 100))
        self._refresh()
        account = self._account(nameless)
        self.assertEqual(account.revenue, 100)
        self.assertTrue(account.display_name)


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestProfitMonthCompanies(CustomerCentricityCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_other_company()

    def test_another_company_keeps_its_own_figures(self):
        self._invoice(self.north, "2026-03-10", (self.goods, 1, 100))
        self._invoice(
            self.north, "2026-03-10", (self.goods, 1, 7), company_id=self.other.id
        )
        self.goods.with_company(self.other).standard_price = 2
        self._refresh(self.company | self.other)
        here = self._account(self.north)
        there = self._account(self.north, self.other)
        self.assertEqual((here.revenue, here.product_cost), (100, 60))
        self.assertEqual((there.revenue, there.product_cost), (7, 2))
