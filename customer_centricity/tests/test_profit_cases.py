from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import TODAY, month
from .common_profit import ProfitCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestProfitCases(ProfitCommon):
    """Each kind of sale document and line, with figures worked out by hand.

    A chair costs 60, advice nothing.
    """

    # ------------------------------------------------------------------
    # Credit notes
    # ------------------------------------------------------------------

    def test_refund(self):
        """An invoice of 5 chairs at 100, credited whole a month later."""
        invoice = self._invoice(self.north, "2026-03-10", (self.goods, 5, 100))
        self._reverse_invoice(invoice, date="2026-04-02", post=True)
        self.assertEqual(
            self._figures(
                self.north,
                "revenue",
                "refund_amount",
                "product_cost",
                "profit",
                "order_count",
            ),
            {
                month(2026, 3): (500, 0, 300, 200, 0),
                month(2026, 4): (-500, 500, -300, -200, 0),
            },
        )
        self.assertEqual(self._account(self.north).profit, 0)

    def test_partial_refund(self):
        """2 of 5 chairs come back, and 30 of the advice."""
        invoice = self._invoice(
            self.north, "2026-03-10", (self.goods, 5, 100), (self.service, 1, 80)
        )
        credit_note = self._reverse_invoice(invoice, date="2026-04-02")
        credit_note.invoice_line_ids[0].quantity = 2
        credit_note.invoice_line_ids[1].price_unit = 30
        credit_note.action_post()
        self.assertEqual(
            self._figures(
                self.north, "revenue", "refund_amount", "product_cost", "order_count"
            ),
            {
                month(2026, 3): (580, 0, 300, 1),
                month(2026, 4): (-230, 230, -120, 0),
            },
        )

    def test_reversed_and_written_anew(self):
        """Credited whole and replaced by another invoice, of the same day."""
        invoice = self._invoice(self.north, "2026-03-10", (self.goods, 5, 100))
        draft = self._reverse_invoice(invoice, is_modify=True, date="2026-04-02")
        draft.invoice_line_ids.price_unit = 90
        draft.write({"invoice_date": "2026-04-02", "date": "2026-04-02"})
        draft.action_post()
        self.assertEqual(invoice.payment_state, "reversed")
        self.assertEqual(
            self._figures(
                self.north, "revenue", "refund_amount", "product_cost", "order_count"
            ),
            {
                month(2026, 3): (500, 0, 300, 0),
                month(2026, 4): (450 - 500, 500, 0, 1),
            },
        )

    def test_credit_note_without_invoice(self):
        """A bonus for last year: no order, and none that it takes away."""
        self._invoice(self.north, "2026-03-10", (self.goods, 1, 100))
        self._invoice(
            self.north, "2026-03-20", (self.service, 1, 100), move_type="out_refund"
        )
        self.assertEqual(
            self._figures(
                self.north, "revenue", "refund_amount", "product_cost", "order_count"
            ),
            {month(2026, 3): (0, 100, 60, 1)},
        )

    # ------------------------------------------------------------------
    # Lines
    # ------------------------------------------------------------------

    def test_down_payment(self):
        """300 in advance; the rest of 1000 with the 300 taken off again."""
        deposit = self.env["product.product"].create(
            {"name": "Down payment", "type": "service"}
        )
        self._invoice(self.north, "2026-03-10", (deposit, 1, 300))
        self._invoice(
            self.north, "2026-04-10", (self.goods, 10, 100), (deposit, -1, 300)
        )
        self.assertEqual(
            self._figures(self.north, "revenue", "product_cost", "uncosted_revenue"),
            {month(2026, 3): (300, 0, 0), month(2026, 4): (700, 600, 0)},
        )

    def test_discount_on_the_line(self):
        """15 percent off 3 chairs of 33.33: 84.99 of 99.99; the cost is not less."""
        self._sell(
            self.north,
            "2026-03-10",
            {
                "product_id": self.goods.id,
                "quantity": 3,
                "price_unit": 33.33,
                "discount": 15,
            },
        )
        self.assertEqual(
            self._figures(self.north, "revenue", "product_cost"),
            {month(2026, 3): (84.99, 180)},
        )

    def test_discount_on_an_account_of_its_own(self):
        """The ledger tells 100 of income and 10 of discount; the revenue is 90."""
        self.company.account_discount_expense_allocation_id = self.company_data[
            "default_account_expense"
        ]
        self._sell(
            self.north,
            "2026-03-10",
            {
                "product_id": self.goods.id,
                "quantity": 1,
                "price_unit": 100,
                "discount": 10,
            },
        )
        self.assertEqual(
            self._figures(self.north, "revenue", "product_cost"),
            {month(2026, 3): (90, 60)},
        )

    def test_negative_line(self):
        """A chair taken back on the invoice of five others, and a rebate."""
        self._sell(
            self.north,
            "2026-03-10",
            {"product_id": self.goods.id, "quantity": 5, "price_unit": 100},
            {"product_id": self.goods.id, "quantity": -1, "price_unit": 100},
            {"name": "Rebate", "quantity": 1, "price_unit": -25},
        )
        self.assertEqual(
            self._figures(self.north, "revenue", "product_cost", "uncosted_revenue"),
            {month(2026, 3): (375, 240, 0)},
        )

    def test_invoice_that_comes_to_nothing(self):
        """Given away: a cost, and no order."""
        self._sell(
            self.north,
            "2026-03-10",
            {
                "product_id": self.goods.id,
                "quantity": 1,
                "price_unit": 100,
                "discount": 100,
            },
        )
        self.assertEqual(
            self._figures(self.north, "revenue", "product_cost", "order_count"),
            {month(2026, 3): (0, 60, 0)},
        )

    def test_tax_included_prices(self):
        """3 at 11.99 with 21 % within: 35.97 / 1.21 = 29.73."""
        tax = self.env["account.tax"].create(
            {
                "name": "21 % within",
                "amount": 21,
                "price_include_override": "tax_included",
                "company_id": self.company.id,
            }
        )
        self._sell(
            self.north,
            "2026-03-10",
            {
                "product_id": self.goods.id,
                "quantity": 3,
                "price_unit": 11.99,
                "tax_ids": [Command.set(tax.ids)],
            },
        )
        self.assertEqual(
            self._figures(self.north, "revenue", "product_cost"),
            {month(2026, 3): (29.73, 180)},
        )

    # ------------------------------------------------------------------
    # Documents
    # ------------------------------------------------------------------

    def test_receipts(self):
        """With a customer they are an order like others, without one nobody's."""
        self._invoice(
            self.north, "2026-03-10", (self.goods, 1, 100), move_type="out_receipt"
        )
        self._invoice(
            self.env["res.partner"],
            "2026-03-11",
            (self.goods, 1, 40),
            move_type="out_receipt",
        )
        self.assertEqual(
            self._figures(self.north, "revenue", "product_cost", "order_count"),
            {month(2026, 3): (100, 60, 1)},
        )
        self.assertEqual(self._nobody()["revenue"], 40)

    def test_cash_rounding(self):
        """99.98 rounded to 100.00 on a line, to 99.95 in the tax: 99.98 is revenue."""
        self.env.user.group_ids += self.env.ref("account.group_cash_rounding")
        tax = self.company_data["default_tax_sale"]
        account = self.company_data["default_account_revenue"]
        on_a_line, in_the_tax = self.env["account.cash.rounding"].create(
            [
                {
                    "name": strategy,
                    "strategy": strategy,
                    "rounding": 0.05,
                    "rounding_method": method,
                    "profit_account_id": account.copy().id,
                    "loss_account_id": account.copy().id,
                }
                for strategy, method in (
                    ("add_invoice_line", "UP"),
                    ("biggest_tax", "DOWN"),
                )
            ]
        )
        for rounding, taxes in ((on_a_line, tax.browse()), (in_the_tax, tax)):
            invoice = self._sell(
                self.north,
                "2026-03-10",
                {
                    "product_id": self.service.id,
                    "price_unit": 99.98,
                    "tax_ids": [Command.set(taxes.ids)],
                },
                invoice_cash_rounding_id=rounding.id,
            )
            self.assertAlmostEqual(invoice.amount_total * 20 % 1, 0, 6)
        self.assertEqual(
            self._figures(self.north, "revenue", "order_count"),
            {month(2026, 3): (199.96, 1)},
        )

    def test_early_payment_discount(self):
        """2 % for paying early is a cost of finance, as in the ledger."""
        term = self.env["account.payment.term"].create(
            {
                "name": "2/7 Net 30",
                "early_discount": True,
                "discount_percentage": 2,
                "discount_days": 7,
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 100, "nb_days": 30}
                    )
                ],
            }
        )
        for computation in ("included", "excluded", "mixed"):
            term.early_pay_discount_computation = computation
            invoice = self._sell(
                self.north,
                "2026-03-10",
                {
                    "product_id": self.goods.id,
                    "price_unit": 100,
                    "tax_ids": [Command.set(self.company_data["default_tax_sale"].ids)],
                },
                invoice_payment_term_id=term.id,
            )
            self._register_payment(invoice, payment_date="2026-03-12")
            self.assertNotEqual(invoice.payment_state, "not_paid")
        self.assertEqual(
            self._figures(self.north, "revenue", "product_cost", "order_count"),
            {month(2026, 3): (300, 180, 1)},
        )

    def test_cancelled_and_posted_again(self):
        invoice = self._invoice(self.north, "2026-03-10", (self.goods, 2, 100))
        invoice.button_draft()
        invoice.button_cancel()
        self.assertEqual(self._figures(self.north, "revenue"), {})
        invoice.button_draft()
        invoice.write({"invoice_date": "2026-05-04", "date": "2026-05-04"})
        self.goods.standard_price = 75
        invoice.action_post()
        self.assertEqual(
            self._figures(self.north, "revenue", "product_cost", "order_count"),
            {month(2026, 5): (200, 120, 1)},
        )

    # ------------------------------------------------------------------
    # Whose it is
    # ------------------------------------------------------------------

    def test_partner_changed(self):
        """By way of draft, from North to South."""
        invoice = self._invoice(self.north, "2026-03-10", (self.goods, 2, 100))
        self._invoice(self.north, "2026-03-11", (self.goods, 1, 100))
        self._refresh()
        invoice.button_draft()
        invoice.partner_id = self.south
        invoice.action_post()
        self.assertEqual(
            self._figures(self.south, "revenue", "product_cost"),
            {month(2026, 3): (200, 120)},
        )
        self.assertEqual(
            self._months(self.north, "revenue", "product_cost"),
            {month(2026, 3): (100, 60)},
        )

    def test_parent_of_a_contact_changes(self):
        """What was written to North stays; hours follow the contact."""
        self._invoice(self.north_contact, "2026-03-10", (self.goods, 1, 100))
        project = self._create_project(self.north_contact)
        self._timesheet("2026-03-10", 1, project=project)
        self.north_contact.parent_id = self.south
        self._invoice(self.north_contact, "2026-04-10", (self.goods, 1, 7))
        self.assertEqual(
            self._figures(self.north, "revenue", "hours"), {month(2026, 3): (100, 0)}
        )
        self.assertEqual(
            self._months(self.south, "revenue", "hours"),
            {month(2026, 3): (0, 1), month(2026, 4): (7, 0)},
        )

    def test_parent_changes_company(self):
        """A part of North with its people goes to South."""
        part = self.env["res.partner"].create(
            {"name": "North Kitchen", "parent_id": self.north.id}
        )
        self.north_contact.parent_id = part
        project = self._create_project(self.north_contact)
        self._timesheet("2026-03-10", 2, project=project)
        self.assertEqual(self._figures(self.north, "hours"), {month(2026, 3): (2,)})
        part.parent_id = self.south
        self.assertEqual(self._figures(self.south, "hours"), {month(2026, 3): (2,)})
        self.assertEqual(self._months(self.north, "hours"), {})

    def test_merged(self):
        """Two customers become one: of each month the sum, of each day one order."""
        self._invoice(self.north, "2026-03-10", (self.goods, 1, 100))
        self._invoice(self.south, "2026-03-10", (self.goods, 2, 100))
        self._timesheet("2026-03-10", 1, project=self.south_project)
        self._refresh()
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.north | self.south).ids, self.north)
        self.env.invalidate_all()
        self.assertEqual(
            self._figures(
                self.north, "revenue", "product_cost", "time_cost", "order_count"
            ),
            {month(2026, 3): (300, 180, 40, 1)},
        )

    def test_archived(self):
        """Customer, product, project and employee are archived: nothing changes."""
        self._invoice(self.north, "2026-03-10", (self.goods, 1, 100))
        self._timesheet("2026-03-10", 1)
        self._item("2026-03-10", -5)
        names = ("revenue", "product_cost", "time_cost", "other_cost")
        before = self._figures(self.north, *names)
        self.assertEqual(before, {month(2026, 3): (100, 60, 40, 5)})
        self.goods.action_archive()
        self.project.action_archive()
        self.employee.active = False
        self.north_contact.action_archive()
        self.north.action_archive()
        self.assertEqual(self._figures(self.north, *names), before)

    def test_nothing_at_all(self):
        """A company without any document, and one that lost all it had."""
        self._refresh()
        self.assertEqual(self._facts(), {})
        invoice = self._invoice(self.north, "2026-03-10", (self.goods, 1, 100))
        self._refresh()
        invoice.button_draft()
        invoice.unlink()
        self.assertEqual(self._figures(self.north, "revenue"), {})
        account = self._account(self.north)
        self.assertEqual((account.revenue, account.result), (0, "no_activity"))
