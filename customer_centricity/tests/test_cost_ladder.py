from datetime import date

from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from .common import TODAY, month
from .common_profit import ProfitCommon


class CostLadderCommon(ProfitCommon):
    def _forget_captured(self, *moves):
        """Make documents look as if posted before the addon was installed."""
        self.env.flush_all()
        for move in moves:
            self.cr.execute(
                SQL(
                    "UPDATE account_move_line SET customer_unit_cost = NULL"
                    " WHERE move_id = %s",
                    move.id,
                )
            )
        self.env.invalidate_all()

    def _costs(self, partner=None):
        """Return {month: (product cost, the estimated part of it)} after a refresh."""
        self._refresh()
        self._check_items()
        return self._months(partner or self.north, "product_cost", "estimated_cost")

    def _origins(self, partner=None):
        items = self.env["customer.profit.item"].with_context(
            customer_account_id=self._account(partner or self.north).id,
            customer_kind="product_cost",
        )
        return set(items.search([]).mapped("origin"))


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCostLadder(CostLadderCommon):
    """Which cost a sold product has, and that no later change touches it.

    A chair costs 60 unless a test says otherwise.
    """

    # ------------------------------------------------------------------
    # Captured when posted
    # ------------------------------------------------------------------

    def test_a_posted_line_keeps_its_cost(self):
        self._invoice(self.north, "2026-03-10", (self.goods, 10, 100))
        self.assertEqual(self._costs(), {month(2026, 3): (600, 0)})
        self.assertEqual(self._origins(), {"captured"})
        for cost in (75, 0, 1):
            self.goods.standard_price = cost
            self.assertEqual(self._costs(), {month(2026, 3): (600, 0)})

    def test_posted_again_after_the_cost_changed(self):
        """The document is still of its first day."""
        invoice = self._invoice(self.north, "2026-03-10", (self.goods, 10, 100))
        self.goods.standard_price = 75
        invoice.button_draft()
        invoice.invoice_line_ids.write({"quantity": 8, "price_unit": 110})
        invoice.action_post()
        self.assertEqual(self._costs(), {month(2026, 3): (480, 0)})
        invoice.button_draft()
        invoice.button_cancel()
        self.assertEqual(self._costs(), {})
        invoice.button_draft()
        invoice.action_post()
        self.assertEqual(self._costs(), {month(2026, 3): (480, 0)})

    def test_the_same_product_written_again_is_no_other_product(self):
        invoice = self._invoice(self.north, "2026-03-10", (self.goods, 10, 100))
        self.goods.standard_price = 75
        invoice.button_draft()
        invoice.invoice_line_ids.write({"product_id": self.goods.id, "price_unit": 99})
        invoice.action_post()
        self.assertEqual(self._costs(), {month(2026, 3): (600, 0)})

    def test_another_product_on_the_line_has_its_own_cost(self):
        table = self.goods.create(
            {"name": "Table", "type": "consu", "standard_price": 200}
        )
        invoice = self._invoice(self.north, "2026-03-10", (self.goods, 2, 100))
        invoice.button_draft()
        invoice.invoice_line_ids.product_id = table
        self.assertFalse(invoice.invoice_line_ids.customer_unit_cost)
        invoice.action_post()
        self.assertEqual(self._costs(), {month(2026, 3): (400, 0)})

    def test_a_line_added_when_posted_again_costs_what_it_costs_now(self):
        invoice = self._invoice(self.north, "2026-03-10", (self.goods, 1, 100))
        self.goods.standard_price = 75
        invoice.button_draft()
        invoice.invoice_line_ids = [
            Command.create({"product_id": self.goods.id, "quantity": 2})
        ]
        invoice.action_post()
        self.assertEqual(self._costs(), {month(2026, 3): (60 + 2 * 75, 0)})

    def test_a_copy_is_a_new_document(self):
        invoice = self._invoice(self.north, "2026-03-10", (self.goods, 1, 100))
        self.goods.standard_price = 75
        copy = invoice.copy({"invoice_date": "2026-05-10", "date": "2026-05-10"})
        copy.action_post()
        self.assertEqual(
            self._costs(), {month(2026, 3): (60, 0), month(2026, 5): (75, 0)}
        )

    # ------------------------------------------------------------------
    # Credit notes give the cost back
    # ------------------------------------------------------------------

    def test_credit_note_of_an_invoice(self):
        """4 of 10 chairs come back at the 60 they cost, not at today's 75."""
        invoice = self._invoice(self.north, "2026-03-10", (self.goods, 10, 100))
        self.goods.standard_price = 75
        credit_note = self._reverse_invoice(invoice, date="2026-04-02")
        credit_note.invoice_line_ids.quantity = 4
        credit_note.action_post()
        self.assertEqual(
            self._costs(), {month(2026, 3): (600, 0), month(2026, 4): (-240, 0)}
        )

    def test_credit_note_of_lines_of_different_cost(self):
        """2 chairs at 60 and 1 at 75 are 65 a chair; 2 of them come back."""
        invoice = self._invoice(self.north, "2026-03-10", (self.goods, 2, 100))
        self.goods.standard_price = 75
        invoice.button_draft()
        invoice.invoice_line_ids = [
            Command.create({"product_id": self.goods.id, "quantity": 1})
        ]
        invoice.action_post()
        self.goods.standard_price = 90
        credit_note = self._reverse_invoice(invoice, date="2026-04-02")
        credit_note.invoice_line_ids[1].unlink()
        credit_note.invoice_line_ids.quantity = 2
        credit_note.action_post()
        self.assertEqual(
            self._costs(), {month(2026, 3): (195, 0), month(2026, 4): (-130, 0)}
        )

    def test_credit_note_in_another_unit(self):
        """A dozen chairs at 60 each; 3 single ones come back."""
        dozen = self.env.ref("uom.product_uom_dozen")
        invoice = self._sell(
            self.north,
            "2026-03-10",
            {
                "product_id": self.goods.id,
                "product_uom_id": dozen.id,
                "quantity": 1,
                "price_unit": 1000,
            },
        )
        self.goods.standard_price = 75
        credit_note = self._reverse_invoice(invoice, date="2026-04-02")
        credit_note.invoice_line_ids.write(
            {"product_uom_id": self.goods.uom_id.id, "quantity": 3}
        )
        credit_note.action_post()
        self.assertEqual(
            self._costs(), {month(2026, 3): (720, 0), month(2026, 4): (-180, 0)}
        )

    def test_credit_note_of_an_invoice_from_before(self):
        """The invoice is estimated at the 60 of its day, so is what comes back."""
        invoice = self._invoice(self.north, "2026-03-10", (self.goods, 10, 100))
        self._forget_captured(invoice)
        self.goods.standard_price = 75
        credit_note = self._reverse_invoice(invoice, date="2026-07-15")
        credit_note.invoice_line_ids.quantity = 4
        credit_note.action_post()
        self.assertEqual(
            {day: costs[0] for day, costs in self._costs().items()},
            {month(2026, 3): 600, month(2026, 7): -240},
        )

    def test_credit_note_without_an_invoice(self):
        """Nobody knows what was sold: it comes back at what it costs now."""
        self._invoice(self.north, "2026-03-10", (self.goods, 10, 100))
        self.goods.standard_price = 75
        self._invoice(
            self.north, "2026-04-02", (self.goods, 4, 100), move_type="out_refund"
        )
        self.assertEqual(
            self._costs(), {month(2026, 3): (600, 0), month(2026, 4): (-300, 0)}
        )

    # ------------------------------------------------------------------
    # Estimates
    # ------------------------------------------------------------------

    def test_lines_from_before_are_estimated(self):
        """At 60 until the 15th of July, at 75 from then on, whatever comes later."""
        old = self._invoice(self.north, "2026-03-10", (self.goods, 10, 100))
        self._forget_captured(old)
        self.assertEqual(self._costs(), {month(2026, 3): (600, 600)})
        self.assertEqual(self._origins(), {"estimate"})
        self.goods.standard_price = 75
        self.assertEqual(self._costs(), {month(2026, 3): (600, 600)})
        new = self._invoice(self.north, "2026-07-15", (self.goods, 1, 100))
        self._forget_captured(new)
        with freeze_time("2026-07-20"):
            self.goods.standard_price = 99
            self.assertEqual(
                self._costs(), {month(2026, 3): (600, 600), month(2026, 7): (75, 75)}
            )

    def test_a_cost_typed_wrong_and_corrected_the_same_day(self):
        """What was typed in between never counts for a past month."""
        old = self._invoice(self.north, "2026-03-10", (self.goods, 10, 100))
        self._forget_captured(old)
        self.goods.standard_price = 7500
        self.goods.standard_price = 75
        self.assertEqual(self._costs(), {month(2026, 3): (600, 600)})
        today = self._invoice(self.north, "2026-07-15", (self.goods, 1, 100))
        self._forget_captured(today)
        self.assertEqual(
            self._costs(), {month(2026, 3): (600, 600), month(2026, 7): (75, 75)}
        )
        costs = self.env["customer.product.cost"].search(
            [("product_id", "=", self.goods.id)]
        )
        self.assertEqual(sorted(costs.mapped("unit_cost")), [60, 75])

    def test_the_first_cost_counts_for_the_past(self):
        """Sold without a cost; entered later, corrected the same day, then changed."""
        self._invoice(self.north, "2026-03-10", (self.costless_goods, 10, 100))
        self.assertEqual(self._costs(), {month(2026, 3): (0, 0)})
        self.assertEqual(self._account(self.north).uncosted_revenue, 1000)
        self.costless_goods.standard_price = 4000
        self.costless_goods.standard_price = 40
        self.assertEqual(self._costs(), {month(2026, 3): (400, 400)})
        self.assertEqual(self._account(self.north).uncosted_revenue, 0)
        with freeze_time("2026-07-20"):
            self.costless_goods.standard_price = 55
            self.assertEqual(self._costs(), {month(2026, 3): (400, 400)})

    def test_a_cost_that_was_away_for_some_days(self):
        """Sold while it had none: the next cost counts, not the one after."""
        self.goods.standard_price = 0
        with freeze_time("2026-07-17"):
            self._invoice(self.north, "2026-07-17", (self.goods, 1, 100))
        with freeze_time("2026-07-20"):
            self.goods.standard_price = 70
            self.assertEqual(self._costs(), {month(2026, 7): (70, 70)})
        with freeze_time("2026-07-25"):
            self.goods.standard_price = 80
            self.assertEqual(self._costs(), {month(2026, 7): (70, 70)})

    def test_estimated_rate(self):
        """600 captured, 200 of 5 lamps estimated: a quarter."""
        self._invoice(
            self.north,
            "2026-03-10",
            (self.goods, 10, 100),
            (self.costless_goods, 5, 100),
        )
        self.costless_goods.standard_price = 40
        self.assertEqual(self._costs(), {month(2026, 3): (800, 200)})
        self.assertAlmostEqual(self._account(self.north).cost_estimated_rate, 0.25)

    def test_history_of_costs(self):
        self.goods.standard_price = 60  # no change
        History = self.env["customer.product.cost"]
        self.assertFalse(History.search([("product_id", "=", self.goods.id)]))
        self.goods.product_tmpl_id.standard_price = 75
        with freeze_time("2026-07-20"):
            self.goods.standard_price = 99
        costs = History.search([("product_id", "=", self.goods.id)])
        self.assertEqual(
            costs.mapped(lambda cost: (cost.date_from, cost.date_to, cost.unit_cost)),
            [
                (date(1, 1, 1), date(2026, 7, 15), 60),
                (date(2026, 7, 15), date(2026, 7, 20), 75),
                (date(2026, 7, 20), date(9999, 12, 31), 99),
            ],
        )

    # ------------------------------------------------------------------
    # Services
    # ------------------------------------------------------------------

    def test_a_service_sold_by_time_costs_its_hours_only(self):
        """2 hours and 1 day sold, of services with a cost; 3 hours of 40 worked."""
        for unit in ("uom.product_uom_hour", "uom.product_uom_day"):
            service = self.env["product.product"].create(
                {
                    "name": f"Advice by {unit}",
                    "type": "service",
                    "uom_id": self.env.ref(unit).id,
                    "standard_price": 55,
                }
            )
            self._invoice(self.north, "2026-03-10", (service, 2, 100))
        self._timesheet("2026-03-10", 3)
        self._refresh()
        self._check_items()
        self.assertEqual(
            self._months(
                self.north, "revenue", "product_cost", "time_cost", "uncosted_revenue"
            ),
            {month(2026, 3): (400, 0, 120, 0)},
        )

    def test_a_service_sold_by_the_piece_has_a_cost(self):
        """An inspection that is bought in; services without cost are not missing."""
        inspection = self.env["product.product"].create(
            {"name": "Inspection", "type": "service", "standard_price": 30}
        )
        self._invoice(
            self.north, "2026-03-10", (inspection, 2, 100), (self.service, 1, 100)
        )
        self._refresh()
        self.assertEqual(
            self._months(self.north, "product_cost", "uncosted_revenue"),
            {month(2026, 3): (60, 0)},
        )


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCostLadderCompanies(CostLadderCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_other_company()
        cls.goods = cls.goods.with_env(cls.env)
        cls.goods.with_company(cls.other).standard_price = 20

    def test_each_company_has_its_own_cost(self):
        """60 here and 20 there, captured and estimated; changed there only."""
        here = self._invoice(self.north, "2026-03-10", (self.goods, 1, 100))
        there = self._invoice(
            self.north, "2026-03-10", (self.goods, 1, 100), company_id=self.other.id
        )
        self._forget_captured(here, there)
        with freeze_time("2026-07-20"):
            self.goods.with_company(self.other).standard_price = 25
        self._invoice(
            self.north, "2026-04-10", (self.goods, 1, 100), company_id=self.other.id
        )
        self._refresh(self.company | self.other)
        facts = {
            (company.name, key[1]): (values["product_cost"], values["estimated_cost"])
            for company in self.company | self.other
            for key, values in self._facts(company).items()
        }
        self.assertEqual(
            facts,
            {
                (self.company.name, month(2026, 3)): (60, 60),
                (self.other.name, month(2026, 3)): (20, 20),
                (self.other.name, month(2026, 4)): (25, 0),
            },
        )
        self._check_items(self.other)


@tagged("post_install", "-at_install", "-standard", "wide_stack")
@freeze_time(TODAY)
class TestCostLadderSales(CostLadderCommon):
    """Where sales and timesheets are sold together."""

    def test_a_service_invoiced_by_timesheets_costs_its_hours_only(self):
        """Whatever its unit: what it was invoiced for are the hours."""
        service = self.env["product.product"].create(
            {
                "name": "Advice in units",
                "type": "service",
                "invoice_policy": "delivery",
                "service_type": "timesheet",
                "standard_price": 55,
            }
        )
        self._invoice(self.north, "2026-03-10", (service, 2, 100))
        service.service_type = "manual"
        self._invoice(self.north, "2026-04-10", (service, 2, 100))
        service.service_type = "timesheet"
        self.assertEqual(
            self._costs(), {month(2026, 3): (0, 0), month(2026, 4): (0, 0)}
        )
