import datetime

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL, mute_logger

from .common import TODAY, CustomerCentricityCommon, month


def day(text):
    return datetime.date.fromisoformat(text)


class CostDriverCommon(CustomerCentricityCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Driver = cls.env["customer.cost.driver"]
        cls.at_once = cls.env["account.payment.term"].create(
            {
                "name": "At once",
                "line_ids": [Command.create({"value": "percent", "value_amount": 100})],
            }
        )
        cls.in_two_parts = cls.env["account.payment.term"].create(
            {
                "name": "Half at once, half after 30 days",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": 0}
                    ),
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": 30}
                    ),
                ],
            }
        )
        cls.level = cls.env["customer.service.level"].create(
            {"name": "Two hours", "included_hours": 2}
        )

    def _rows(self, code, start="2026-01-01", end="2027-01-01", company=None):
        """Return (customer, date, quantity) of a driver's rows."""
        return [
            (row["partner_id"], row["date"], row["quantity"])
            for row in self._all_rows(code, start, end, company)
        ]

    def _all_rows(self, code, start="2026-01-01", end="2027-01-01", company=None):
        driver = self.Driver.search([("code", "=", code)])
        company = company or self.company
        self.env.flush_all()
        query = driver._get_rows(company, day(start), day(end))
        rows = self.env.execute_query_dict(
            SQL("SELECT * FROM (%s) served ORDER BY date, res_id, partner_id", query)
        )
        for row in rows:
            self.assertEqual(
                list(row),
                ["partner_id", "company_id", "date", "quantity", "res_model", "res_id"],
            )
            self.assertIn(row["company_id"], company.ids)
            self.assertEqual(bool(row["res_model"]), bool(row["res_id"]))
        return rows

    def _pay(self, invoice, date, amount=None):
        register = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        vals = {"payment_date": date, **({"amount": amount} if amount else {})}
        return register.create(vals)._create_payments()

    def _due(self, date, due, amount=100, **vals):
        """Return a posted invoice with one instalment."""
        invoice = self._invoice(
            self.north, date, (self.service, 1, amount), post=False, **vals
        )
        invoice.invoice_payment_term_id = False
        invoice.invoice_date_due = due
        invoice.action_post()
        return invoice


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCostDriver(CostDriverCommon):
    """What each driver counts, in documents counted by hand."""

    # ------------------------------------------------------------------
    # Documents
    # ------------------------------------------------------------------

    def test_invoices_and_credit_notes(self):
        """Two invoices and a receipt; a credit note of its own; no draft, no bill."""
        north = self.north.id
        sale = [(self.service, 1, 100), (self.goods, 2, 10)]
        invoice = self._invoice(self.north, "2026-03-10", *sale)
        # posted in April, though dated in March: April's work, as April's revenue
        late = self._invoice(self.north_contact, "2026-03-31", *sale, date="2026-04-01")
        receipt = self._invoice(
            self.north, "2026-04-30", *sale, move_type="out_receipt"
        )
        credit = self._reverse_invoice(invoice, date="2026-05-02", post=True)
        self._invoice(self.north, "2026-03-11", *sale, post=False)
        self._invoice(self.north, "2026-03-12", *sale).button_cancel()
        self._invoice(self.north, "2026-03-13", *sale, move_type="in_invoice")
        self.assertEqual(
            self._all_rows("invoice"),
            [
                {
                    "partner_id": north,
                    "company_id": self.company.id,
                    "date": date,
                    "quantity": 1,
                    "res_model": "account.move",
                    "res_id": move.id,
                }
                for date, move in (
                    (day("2026-03-10"), invoice),
                    (day("2026-04-01"), late),
                    (day("2026-04-30"), receipt),
                )
            ],
            "the credited invoice counts, too",
        )
        [row] = self._all_rows("credit_note")
        self.assertEqual(
            (row["partner_id"], row["date"], row["quantity"], row["res_id"]),
            (north, day("2026-05-02"), 1, credit.id),
        )

    def test_from_the_first_day_to_before_the_last(self):
        for date in ("2026-03-31", "2026-04-01", "2026-04-30", "2026-05-01"):
            self._invoice(self.north, date, (self.service, 1, 1))
        for code in ("invoice", "invoice_line"):
            self.assertEqual(
                [
                    date
                    for _partner, date, _n in self._rows(
                        code, "2026-04-01", "2026-05-01"
                    )
                ],
                [day("2026-04-01"), day("2026-04-30")],
            )

    def test_customers_are_those_of_the_revenue(self):
        """A contact put under a company takes its past there; it leaves it behind."""
        loner = self.env["res.partner"].create({"name": "Freelancer"})
        self._invoice(loner, "2026-03-10", (self.service, 1, 40))
        loner.parent_id = self.south
        self._invoice(self.north_contact, "2026-03-11", (self.service, 1, 40))
        self.north_contact.parent_id = self.south
        nobody = self._invoice(
            self.env["res.partner"],
            "2026-03-12",
            (self.service, 1, 40),
            move_type="out_receipt",
        )
        self.assertEqual(nobody.state, "posted")
        self._refresh()
        self.assertEqual(self._months(self.south, "revenue"), {month(2026, 3): (40,)})
        self.assertEqual(self._months(self.north, "revenue"), {month(2026, 3): (40,)})
        for code in ("invoice", "invoice_line"):
            self.assertEqual(
                [partner for partner, _date, _n in self._rows(code)],
                [self.south.id, self.north.id, None],
            )

    def test_invoice_lines(self):
        """3 lines, one of them a discount; text, taxes and credit notes are none."""
        invoice = self._invoice(
            self.north,
            "2026-03-10",
            (self.service, 1, 100),
            (self.goods, 5, 10),
            (self.service, 1, -10),
            post=False,
        )
        invoice.invoice_line_ids[0].tax_ids = self.company_data["default_tax_sale"]
        invoice.invoice_line_ids = [
            Command.create({"display_type": "line_section", "name": "Advice"}),
            Command.create({"display_type": "line_note", "name": "Thank you"}),
        ]
        invoice.action_post()
        products = invoice.invoice_line_ids.filtered("product_id")
        self._invoice(
            self.north, "2026-03-11", (self.goods, 1, 10), move_type="out_refund"
        )
        rows = self._all_rows("invoice_line")
        self.assertEqual([row["res_id"] for row in rows], products.ids)
        self.assertEqual({row["quantity"] for row in rows}, {1})
        self.assertEqual({row["res_model"] for row in rows}, {"account.move.line"})

    def test_distinct_products(self):
        """March: advice twice and chairs, so 2; April: lamps, 1; one for South."""
        north, south = self.north.id, self.south.id
        self._invoice(
            self.north, "2026-03-01", (self.service, 1, 100), (self.goods, 5, 10)
        )
        self._invoice(self.north_contact, "2026-03-31", (self.service, 1, 100))
        self._invoice(self.south, "2026-03-31", (self.service, 1, 100))
        april = self._invoice(
            self.north, "2026-04-15", (self.costless_goods, 1, 1), post=False
        )
        april.invoice_line_ids = [Command.create({"name": "No product", "quantity": 1})]
        april.action_post()
        self.assertEqual(
            self._rows("distinct_product"),
            [
                (north, month(2026, 3), 2),
                (south, month(2026, 3), 1),
                (north, month(2026, 4), 1),
            ],
        )
        # A month is counted whole where its first day is asked for, else not at all
        self.assertEqual(
            self._rows("distinct_product", "2026-04-01", "2026-04-02"),
            [(north, month(2026, 4), 1)],
        )
        self.assertFalse(self._rows("distinct_product", "2026-04-02", "2026-05-01"))

    def test_extra_hours(self):
        """2 h included: 5 h in March are 3 too many, 2 h in April are none."""
        self._timesheet("2026-03-01", 1)
        self._timesheet("2026-03-31", 4)
        self._timesheet("2026-04-10", 2)
        self._timesheet("2026-05-10", 2.25)
        june = self._timesheet("2026-06-10", 1)
        june.product_uom_id = self.env.ref("uom.product_uom_day")
        # South has no level, so nothing is included; nobody's hours are no extra ones
        self._timesheet("2026-03-10", 1, project=self._create_project(self.south))
        self._timesheet(
            "2026-03-10", 9, project=self._create_project(self.env["res.partner"])
        )
        self.Account.create(
            {"partner_id": self.north.id, "company_id": self.company.id}
        )
        self._account(self.north).service_level_id = self.level
        self.assertEqual(
            [row for row in self._rows("extra_hour") if row[0] == self.north.id],
            [
                (self.north.id, month(2026, 3), 3),
                (self.north.id, month(2026, 5), 0.25),
                (self.north.id, month(2026, 6), 6),
            ],
        )
        self.assertEqual(
            [row for row in self._rows("extra_hour") if row[0] != self.north.id],
            [(self.south.id, month(2026, 3), 1)],
        )

    # ------------------------------------------------------------------
    # Late days
    # ------------------------------------------------------------------

    def test_paid_late(self):
        """Due on 10 March, paid on the 15th: the 11th to the 15th."""
        invoice = self._due("2026-03-01", "2026-03-10")
        self._pay(invoice, "2026-03-15")
        receivable = invoice.line_ids.filtered("date_maturity")
        self.assertEqual(
            self._all_rows("late_day"),
            [
                {
                    "partner_id": self.north.id,
                    "company_id": self.company.id,
                    "date": day("2026-03-11"),
                    "quantity": 5,
                    "res_model": "account.move.line",
                    "res_id": receivable.id,
                }
            ],
        )

    def test_paid_on_time_or_before(self):
        self._pay(self._due("2026-03-01", "2026-03-10"), "2026-03-10")
        self._pay(self._due("2026-03-01", "2026-03-10"), "2026-03-02")
        # paid before it was written
        self._pay(self._due("2026-03-01", "2026-03-10"), "2026-02-10")
        self.assertFalse(self._rows("late_day"))
        self._pay(self._due("2026-03-01", "2026-03-10"), "2026-03-11")
        self.assertEqual(
            self._rows("late_day"), [(self.north.id, day("2026-03-11"), 1)]
        )

    def test_late_over_the_ends_of_months(self):
        """Due on 29 January, paid on 2 March: 2 + 28 + 2 days."""
        invoice = self._due("2026-01-01", "2026-01-29")
        self._pay(invoice, "2026-03-02")
        parts = [
            (self.north.id, day("2026-01-30"), 2),
            (self.north.id, day("2026-02-01"), 28),
            (self.north.id, day("2026-03-01"), 2),
        ]
        self.assertEqual(self._rows("late_day"), parts)
        # month by month the same rows
        for (_partner, date, _days), part in zip(parts, parts, strict=True):
            start = date.replace(day=1)
            end = (start + datetime.timedelta(days=31)).replace(day=1)
            self.assertEqual(self._rows("late_day", str(start), str(end)), [part])
        self.assertFalse(self._rows("late_day", "2026-04-01", "2026-05-01"))
        self.assertFalse(self._rows("late_day", "2025-12-01", "2026-01-01"))
        # Due on the last day of a month: the next one begins with the first late day
        self._pay(self._due("2026-05-01", "2026-05-31"), "2026-06-01")
        self.assertEqual(
            self._rows("late_day", "2026-04-01", "2026-07-01"),
            [(self.north.id, day("2026-06-01"), 1)],
        )
        self.assertFalse(self._rows("late_day", "2026-05-01", "2026-06-01"))

    def test_leap_day(self):
        self._pay(self._due("2024-02-01", "2024-02-10"), "2024-03-01")
        self.assertEqual(
            self._rows("late_day", "2024-01-01", "2025-01-01"),
            [
                (self.north.id, day("2024-02-11"), 19),
                (self.north.id, day("2024-03-01"), 1),
            ],
        )

    def test_unpaid_until_today(self):
        """Due on 10 June, today is 15 July: 20 + 15 days."""
        invoice = self._due("2026-06-01", "2026-06-10")
        self._due("2026-07-01", "2026-07-15")  # due today, late from tomorrow on
        expected = [
            (self.north.id, day("2026-06-11"), 20),
            (self.north.id, day("2026-07-01"), 15),
        ]
        self.assertEqual(self._rows("late_day"), expected)
        # a part of it changes nothing: the rest is still late
        self._pay(invoice, "2026-06-12", amount=60)
        self.assertEqual(self._rows("late_day"), expected)
        # the rest ends it
        self._pay(invoice, "2026-07-03")
        self.assertEqual(
            self._rows("late_day"),
            [
                (self.north.id, day("2026-06-11"), 20),
                (self.north.id, day("2026-07-01"), 3),
            ],
        )

    def test_paid_with_a_date_to_come(self):
        self._pay(self._due("2026-07-01", "2026-07-10"), "2026-07-20")
        self.assertEqual(
            self._rows("late_day"),
            [(self.north.id, day("2026-07-11"), 5)],
            "only days that have passed are late",
        )

    def test_credited_late(self):
        """A credit note settles an invoice like a payment."""
        invoice = self._due("2026-03-01", "2026-03-10")
        self._reverse_invoice(invoice, date="2026-03-13", post=True)
        self.assertEqual(invoice.payment_state, "reversed")
        self.assertEqual(
            self._rows("late_day"), [(self.north.id, day("2026-03-11"), 3)]
        )

    def test_instalments(self):
        """Half due on 1 March, half on the 31st; paid on 6 March and 3 April."""
        invoice = self._invoice(
            self.north,
            "2026-03-01",
            (self.service, 1, 100),
            invoice_payment_term_id=self.in_two_parts.id,
        )
        first, second = invoice.line_ids.filtered("date_maturity").sorted(
            "date_maturity"
        )
        self.assertEqual(
            (first.date_maturity, second.date_maturity),
            (day("2026-03-01"), day("2026-03-31")),
        )
        self._pay(invoice, "2026-03-06", amount=50)
        self._pay(invoice, "2026-04-03", amount=50)
        self.assertEqual(
            [
                (row["res_id"], row["date"], row["quantity"])
                for row in self._all_rows("late_day")
            ],
            [
                (first.id, day("2026-03-02"), 5),
                (second.id, day("2026-04-01"), 3),
            ],
        )

    def test_due_before_it_was_written(self):
        """Nobody is late with an invoice that is not there yet."""
        self._pay(self._due("2026-03-20", "2026-03-20"), "2026-03-20")
        self.assertFalse(self._rows("late_day"))
        early = self._due("2026-03-20", "2026-03-20")
        self._pay(early, "2026-03-22")
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE account_move_line SET date_maturity = '0001-01-01'"
                " WHERE date_maturity IS NOT NULL AND move_id = %s",
                early.id,
            )
        )
        self.assertEqual(
            self._rows("late_day", "0001-01-01", "9999-12-31"),
            [(self.north.id, day("2026-03-21"), 2)],
        )

    def test_exchange_differences_are_no_payments(self):
        """Paid on 12 March at another rate; the difference is booked on the 31st."""
        foreign = self.setup_other_currency(
            "CHF", rates=[("2020-01-01", 2.0), ("2026-03-11", 4.0)]
        )
        invoice = self._due("2026-03-01", "2026-03-10", currency_id=foreign.id)
        self._pay(invoice, "2026-03-12")
        difference = invoice.line_ids.matched_credit_ids.exchange_move_id
        self.assertTrue(difference)
        self.assertGreater(difference.date, day("2026-03-12"))
        self.assertEqual(
            self._rows("late_day"), [(self.north.id, day("2026-03-11"), 2)]
        )

    def test_payments_the_bank_has_not_confirmed(self):
        """Where payments have no entry of their own, registering one ends it."""
        invoice = self._due("2026-06-01", "2026-06-10")
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_id": self.north.id,
                "amount": 100,
                "date": "2026-06-14",
                "journal_id": self.company_data["default_journal_bank"].id,
            }
        )
        payment.action_post()
        invoice.matched_payment_ids = payment
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE account_move SET payment_state = 'in_payment' WHERE id = %s",
                invoice.id,
            )
        )
        self.assertEqual(
            self._rows("late_day"), [(self.north.id, day("2026-06-11"), 4)]
        )

    def test_what_is_never_late(self):
        """Credit notes, bills, drafts and invoices of nothing."""
        for price, vals in (
            (100, {"move_type": "out_refund"}),
            (100, {"move_type": "in_invoice"}),
            (100, {"post": False}),
            (0, {}),
        ):
            self._invoice(
                self.north,
                "2026-03-01",
                (self.service, 1, price),
                invoice_payment_term_id=self.at_once.id,
                **vals,
            )
        self.assertFalse(self._rows("late_day"))

    # ------------------------------------------------------------------
    # Drivers as records
    # ------------------------------------------------------------------

    def test_a_driver_needs_a_method(self):
        for code in ("telepathy", "", "__class__", "Invoice", "rows", "x" * 10000):
            with self.subTest(code=code[:20]), self.assertRaises(ValidationError):
                self.Driver.create({"name": "No", "unit": "no", "code": code})

    @mute_logger("odoo.sql_db")
    def test_codes_are_unique(self):
        with self.assertRaisesRegex(Exception, "customer_cost_driver_code_unique"):
            self.Driver.create({"name": "No", "unit": "no", "code": "invoice"})

    def test_every_driver_explains_itself(self):
        for driver in self.Driver.with_context(active_test=False).search([]):
            self.assertTrue(driver.description, driver.code)
            self.assertTrue(driver._is_known(), driver.code)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCostDriverCompanies(CostDriverCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_other_company()
        cls.branch = cls._create_branch()

    def test_companies_apart(self):
        documents = {
            company: self._invoice(
                self.north,
                "2026-03-10",
                (self.service, 1, 10),
                company_id=company.id,
                invoice_payment_term_id=self.at_once.id,
            )
            for company in (self.company, self.other, self.branch)
        }
        for code in ("invoice", "invoice_line", "distinct_product", "late_day"):
            for company in documents:
                with self.subTest(code=code, company=company.name):
                    self.assertTrue(self._rows(code, company=company))
        for company, document in documents.items():
            [row] = self._all_rows("invoice", company=company)
            self.assertEqual(row["res_id"], document.id)
