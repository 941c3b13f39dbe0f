from odoo.tests import freeze_time, tagged

from .common import TODAY, CustomerCentricityCommon, month


@tagged("post_install", "-at_install", "-standard", "wide_stack")
@freeze_time(TODAY)
class TestCostOfGoods(CustomerCentricityCommon):
    """What the facts take from inventory valuation and sales, where these are."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.category = cls.env["product.category"].create(
            {
                "name": "Valued as they move",
                "property_valuation": "real_time",
                "property_cost_method": "standard",
            }
        )
        cls.valued = cls.env["product.product"].create(
            {
                "name": "Desk",
                "type": "consu",
                "is_storable": True,
                "categ_id": cls.category.id,
                "standard_price": 70,
            }
        )

    def test_posted_cost_of_goods_comes_first(self):
        """3 desks at a posted cost of 70, whatever they cost today; 1 comes back."""
        invoice = self._invoice(
            self.north, "2026-03-10", (self.valued, 3, 100), (self.goods, 1, 100)
        )
        posted = invoice.line_ids.filtered(
            lambda line: line.display_type == "cogs" and line.balance > 0
        )
        self.assertEqual(posted.balance, 210, "Odoo posted the cost of goods")
        credit_note = self._reverse_invoice(invoice, date="2026-04-02")
        credit_note.invoice_line_ids.filtered(
            lambda line: line.product_id == self.goods
        ).unlink()
        credit_note.invoice_line_ids.quantity = 1
        credit_note.action_post()
        self.valued.standard_price = 95
        self._refresh()
        self.assertEqual(
            self._months(self.north, "revenue", "product_cost", "estimated_cost"),
            {month(2026, 3): (400, 270, 0), month(2026, 4): (-100, -70, 0)},
        )
        self.assertEqual(self._account(self.north).cost_estimated_rate, 0)

    def test_posted_before_the_addon_was_there(self):
        """What was posted is no estimate: 210 of desks, beside 60 of a chair."""
        invoice = self._invoice(
            self.north, "2026-03-10", (self.valued, 3, 100), (self.goods, 1, 100)
        )
        self.env.flush_all()
        self.cr.execute(
            "UPDATE account_move_line SET customer_unit_cost = NULL WHERE move_id = %s",
            [invoice.id],
        )
        self.env.invalidate_all()
        self.valued.standard_price = 95
        self.goods.standard_price = 65
        self._refresh()
        self.assertEqual(
            self._months(self.north, "revenue", "product_cost", "estimated_cost"),
            {month(2026, 3): (400, 270, 60)},
        )
        self.assertAlmostEqual(self._account(self.north).cost_estimated_rate, 60 / 270)

    def test_a_service_sold_by_the_hour_costs_its_hours_only(self):
        hourly = self.env["product.product"].create(
            {
                "name": "Hour of advice",
                "type": "service",
                "invoice_policy": "delivery",
                "service_type": "timesheet",
                "standard_price": 55,
            }
        )
        self._invoice(self.north, "2026-03-10", (hourly, 2, 100))
        self._timesheet("2026-03-10", 2)
        self._refresh()
        self.assertEqual(
            self._months(self.north, "product_cost", "time_cost", "uncosted_revenue"),
            {month(2026, 3): (0, 80, 0)},
        )
