from datetime import date

from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from odoo.addons.customer_centricity.tests.common import (
    TODAY,
    CustomerCentricityCommon,
)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestDelivery(CustomerCentricityCommon):
    """Deliveries counted and priced by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.driver = cls.env.ref("customer_centricity_stock.cost_driver_delivery")
        cls.other = cls._create_other_company()
        cls.company.partner_id.tz = "UTC"
        cls.parcel = cls.env["product.product"].create(
            {"name": "Parcel", "type": "consu", "is_storable": False}
        )

    def _picking(self, partner, moment, code="outgoing", company=None, quantity=1):
        """Return a transfer of parcels, done at a moment in UTC."""
        company = company or self.company
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", company.id)], limit=1
        )
        operation = {
            "outgoing": warehouse.out_type_id,
            "incoming": warehouse.in_type_id,
            "internal": warehouse.int_type_id,
        }[code]
        stock = warehouse.lot_stock_id
        customers = self.env.ref("stock.stock_location_customers")
        source, destination = {
            "outgoing": (stock, customers),
            "incoming": (customers, stock),
            "internal": (stock, stock),
        }[code]
        picking = self.env["stock.picking"].create(
            {
                "partner_id": partner.id,
                "picking_type_id": operation.id,
                "location_id": source.id,
                "location_dest_id": destination.id,
            }
        )
        self.env["stock.move"].create(
            {
                "picking_id": picking.id,
                "product_id": self.parcel.id,
                "product_uom_qty": quantity,
                "location_id": source.id,
                "location_dest_id": destination.id,
                "company_id": company.id,
            }
        )
        picking.action_confirm()
        if moment:
            self._do(picking, moment, quantity)
        return picking

    def _do(self, picking, moment, quantity):
        picking.move_ids.write({"quantity": quantity, "picked": True})
        picking.with_context(
            skip_backorder=True, skip_immediate=True, skip_sms=True
        ).button_validate()
        self.assertEqual(picking.state, "done")
        picking.date_done = moment

    def _rows(self, start, end, company=None):
        self.env.flush_all()
        query = self.driver._get_rows(company or self.company, start, end)
        return [
            (row["partner_id"], str(row["date"]), row["quantity"], row["res_id"])
            for row in self.env.execute_query_dict(
                SQL("SELECT * FROM (%s) served ORDER BY date, res_id", query)
            )
        ]

    def test_deliveries_done(self):
        """Two in March, one of them to a contact; one on the first of April."""
        first = self._picking(self.north, "2026-03-01 00:00:00")
        second = self._picking(self.north_contact, "2026-03-31 23:59:59")
        third = self._picking(self.south, "2026-04-01 00:00:00")
        nobody = self._picking(self.env["res.partner"], "2026-03-10 10:00:00")
        # none of these is a delivery done by the company
        self._picking(self.north, None)
        self._picking(self.north, "2026-03-10 10:00:00", code="incoming")
        self._picking(self.north, "2026-03-10 10:00:00", code="internal")
        self._picking(self.company.partner_id, "2026-03-10 10:00:00")
        elsewhere = self._picking(self.north, "2026-03-10 10:00:00", company=self.other)
        self._picking(self.north, None).action_cancel()
        self.assertEqual(
            self._rows(date(2026, 3, 1), date(2026, 4, 1)),
            [
                (self.north.id, "2026-03-01", 1, first.id),
                (None, "2026-03-10", 1, nobody.id),
                (self.north.id, "2026-03-31", 1, second.id),
            ],
        )
        self.assertEqual(
            self._rows(date(2026, 4, 1), date(2026, 5, 1)),
            [(self.south.id, "2026-04-01", 1, third.id)],
        )
        self.assertEqual(
            self._rows(date(1, 1, 1), date(9999, 12, 31), self.other),
            [(self.north.id, "2026-03-10", 1, elsewhere.id)],
        )

    def test_the_remainder_is_another_delivery(self):
        picking = self._picking(self.north, None, quantity=5)
        picking.move_ids.write({"quantity": 2, "picked": True})
        picking.with_context(skip_sms=True)._action_done()
        picking.date_done = "2026-03-10 10:00:00"
        [rest] = self.env["stock.picking"].search([("backorder_id", "=", picking.id)])
        self._do(rest, "2026-03-20 10:00:00", 3)
        self.assertEqual(
            self._rows(date(2026, 3, 1), date(2026, 4, 1)),
            [
                (self.north.id, "2026-03-10", 1, picking.id),
                (self.north.id, "2026-03-20", 1, rest.id),
            ],
        )

    def test_the_day_is_that_of_the_company(self):
        """1 a.m. in London is still the day before in Mexico."""
        self.company.partner_id.tz = "America/Mexico_City"
        picking = self._picking(self.north, "2026-04-01 01:00:00")
        row = (self.north.id, "2026-03-31", 1, picking.id)
        self.assertEqual(self._rows(date(2026, 3, 1), date(2026, 4, 1)), [row])
        self.assertFalse(self._rows(date(2026, 4, 1), date(2026, 5, 1)))

    def test_rates(self):
        """3 deliveries at 7.50 make 22.50."""
        self.env["customer.cost.rate"].create(
            {
                "driver_id": self.driver.id,
                "unit_cost": 7.5,
                "company_id": self.company.id,
            }
        )
        for day in (1, 2, 3):
            self._picking(self.north, f"2026-03-0{day} 10:00:00")
        self.env.flush_all()
        query = self.env["customer.cost.rate"]._get_serving_query(
            self.company, date(2026, 3, 1), date(2026, 4, 1)
        )
        rows = self.env.execute_query_dict(query)
        self.assertEqual(sum(row["amount"] for row in rows), 22.5)
        self.assertEqual({row["partner_id"] for row in rows}, {self.north.id})
        self.assertEqual({row["res_model"] for row in rows}, {"stock.picking"})

    def test_a_delivery_tells_of_its_customer(self):
        """A refresh of what changed does whom something was delivered to."""
        self._picking(self.north, "2026-03-10 10:00:00")
        self._picking(self.south, "2026-03-10 10:00:00", company=self.other)
        changes = self.env["customer.account.change"]
        changes.search([]).unlink()
        self.env.flush_all()
        self.cr.execute("UPDATE res_partner SET write_date = '2020-01-01'")
        since = self.cr.now()
        changes._gather(self.company, since)
        noted = changes.search([("company_id", "=", self.company.id)]).partner_id
        self.assertIn(self.north, noted)
        self.assertNotIn(self.south, noted)
