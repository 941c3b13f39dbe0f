from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from odoo.addons.customer_centricity.tests.common import (
    TODAY,
    CustomerCentricityCommon,
)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPurchasePrice(CustomerCentricityCommon):
    """The purchase price of invoice lines, worked out by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.goods | cls.costless_goods | cls.service).invoice_policy = "order"
        cls.dozen = cls.env.ref("uom.product_uom_dozen")

    def _order(self, *lines, **vals):
        """Return a confirmed order of (product, quantity, values) lines."""
        order = self.env["sale.order"].create(
            {
                "partner_id": self.north.id,
                "company_id": self.company.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": quantity,
                            "price_unit": 100,
                            "tax_ids": [Command.clear()],
                            **values,
                        }
                    )
                    for product, quantity, values in lines
                ],
                **vals,
            }
        )
        order.action_confirm()
        return order

    def _post(self, order):
        invoice = order._create_invoices()
        invoice.invoice_date = "2026-03-10"
        invoice.action_post()
        return invoice

    def _prices(self, invoice):
        """Return the purchase price of each line of goods, in order."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                "SELECT (%s) FROM account_move_line line WHERE line.id IN %s"
                " ORDER BY line.id",
                self.env["customer.profit.source"]._get_purchase_price(),
                tuple(invoice.invoice_line_ids.ids),
            )
        )
        return [price and round(float(price), 6) for [price] in rows]

    def test_noted_on_the_order(self):
        """60 when it was sold, whatever it costs today; also when it comes back."""
        order = self._order((self.goods, 3, {}))
        invoice = self._post(order)
        self.goods.standard_price = 95
        self.assertEqual(self._prices(invoice), [60])
        credit_note = self._reverse_invoice(invoice, date="2026-04-02", post=True)
        self.assertEqual(self._prices(credit_note), [60])

    def test_typed_in(self):
        order = self._order((self.goods, 3, {}))
        order.order_line.purchase_price = 71.5
        self.assertEqual(self._prices(self._post(order)), [71.5])

    def test_foreign_currency(self):
        """2 foreign for 1 of the company's: 60 are noted as 120, which are 60."""
        foreign = self.setup_other_currency(
            "CHF", rates=[("2020-01-01", 2.0), ("2026-07-15", 2.0)]
        )
        pricelist = self.env["product.pricelist"].create(
            {"name": "Foreign", "currency_id": foreign.id}
        )
        order = self._order((self.goods, 3, {}), pricelist_id=pricelist.id)
        self.assertEqual(order.currency_id, foreign)
        self.assertEqual(order.order_line.purchase_price, 120)
        invoice = self._post(order)
        self.assertEqual(invoice.currency_id, foreign)
        self.assertEqual(self._prices(invoice), [60])
        foreign.rate_ids.rate = 5
        self.assertEqual(self._prices(invoice), [60], "the order keeps its rate")

    def test_units_of_measure(self):
        """Sold by the dozen at a cost of 720; invoiced by the dozen, then by one."""
        order = self._order((self.goods, 2, {"product_uom_id": self.dozen.id}))
        self.assertEqual(order.order_line.purchase_price, 720)
        invoice = order._create_invoices()
        self.assertEqual(self._prices(invoice), [720])
        invoice.invoice_line_ids.product_uom_id = self.goods.uom_id
        self.assertEqual(self._prices(invoice), [60])
        # and the other way round
        order = self._order((self.goods, 24, {}))
        invoice = order._create_invoices()
        invoice.invoice_line_ids.product_uom_id = self.dozen
        self.assertEqual(self._prices(invoice), [720])

    def test_several_sale_lines(self):
        """1 at 60 and 2 dozen at 840 each, 70 apiece: (60 + 24 x 70) / 25 = 69.6."""
        order = self._order(
            (self.goods, 1, {}), (self.goods, 2, {"product_uom_id": self.dozen.id})
        )
        order.order_line[1].purchase_price = 840
        invoice = order._create_invoices()
        first, second = invoice.invoice_line_ids
        second.unlink()
        first.sale_line_ids = order.order_line
        self.assertEqual(self._prices(invoice), [69.6])
        # nothing ordered of either: the plain mean, (60 + 70) / 2
        order.order_line.product_uom_qty = 0
        order.order_line[1].purchase_price = 840
        self.assertEqual(self._prices(invoice), [65])

    def test_several_currencies(self):
        """3 at 60 and 1 at 200 foreign, 100 of ours: (180 + 100) / 4 = 70."""
        foreign = self.setup_other_currency("CHF", rates=[("2020-01-01", 2.0)])
        pricelist = self.env["product.pricelist"].create(
            {"name": "Foreign", "currency_id": foreign.id}
        )
        ours = self._order((self.goods, 3, {}))
        theirs = self._order((self.goods, 1, {}), pricelist_id=pricelist.id)
        theirs.order_line.purchase_price = 200
        invoice = ours._create_invoices()
        invoice.invoice_line_ids.sale_line_ids |= theirs.order_line
        self.assertEqual(self._prices(invoice), [70])

    def test_nothing_noted(self):
        """No order; a product without cost; another product than was ordered."""
        self.assertEqual(
            self._prices(self._invoice(self.north, "2026-03-10", (self.goods, 1, 9))),
            [None],
        )
        order = self._order((self.costless_goods, 3, {}))
        self.assertEqual(self._prices(self._post(order)), [None])
        order = self._order((self.goods, 3, {}))
        invoice = order._create_invoices()
        invoice.invoice_line_ids.product_id = self.service
        self.assertEqual(self._prices(invoice), [None])

    def test_down_payments(self):
        """A down payment is no goods and has no cost, nor has its settlement."""
        order = self._order((self.goods, 3, {}))
        self.env["sale.advance.payment.inv"].create(
            {
                "sale_order_ids": [Command.set(order.ids)],
                "advance_payment_method": "fixed",
                "fixed_amount": 50,
            }
        ).create_invoices()
        down_payment = order.invoice_ids
        down_payment.action_post()
        self.assertEqual(set(self._prices(down_payment)), {None})
        rest = order._create_invoices(final=True)
        self.assertEqual(
            [price for price in self._prices(rest) if price is not None], [60]
        )

    def test_another_price_tells_of_its_customer(self):
        """A refresh of what changed does whoever was invoiced the line."""
        order = self._order((self.costless_goods, 3, {"purchase_price": 40}))
        self._post(order)
        changes = self.env["customer.account.change"]
        self.env.flush_all()
        for table in (
            "account_analytic_line",
            "account_move",
            "project_project",
            "project_task",
            "res_partner",
        ):
            self.cr.execute(
                SQL("UPDATE %s SET write_date = '2020-01-01'", SQL.identifier(table))
            )
        changes.search([]).unlink()
        order.order_line.purchase_price = 45
        changes._gather(self.company, self.cr.now())
        noted = changes.search([("company_id", "=", self.company.id)]).partner_id
        self.assertEqual(noted, self.north)
