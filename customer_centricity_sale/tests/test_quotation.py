from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged

from odoo.addons.customer_centricity.tests.common import (
    TODAY,
    CustomerCentricityCommon,
)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestQuotation(CustomerCentricityCommon):
    """What a quotation tells of the service level of its customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_other_company()
        cls.seller, cls.stranger = (
            cls._create_member(
                login, f"sales_team.group_sale_salesman_all_leads,{group}"
            )
            for login, group in (
                ("quotation_seller", "customer_centricity.group_user"),
                ("quotation_stranger", "base.group_user"),
            )
        )
        cls.level = cls.env["customer.service.level"].create({"name": "Basic"})
        cls.account, cls.their_account = cls.Account.create(
            [
                {
                    "partner_id": cls.north.id,
                    "company_id": company.id,
                    "service_level_id": level.id,
                }
                for company, level in (
                    (cls.company, cls.level),
                    (
                        cls.other,
                        cls.env.ref("customer_centricity.service_level_ended"),
                    ),
                )
            ]
        )

    def _quotation(self, price=100, partner=None, **vals):
        """Return a quotation of two pieces at a price, untaxed."""
        return self.env["sale.order"].create(
            {
                "partner_id": (partner or self.north_contact).id,
                "company_id": self.company.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.service.id,
                            "product_uom_qty": 2,
                            "price_unit": price,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
                **vals,
            }
        )

    def _as(self, user, records):
        company_ids = self.company.ids
        return records.with_user(user).with_context(allowed_company_ids=company_ids)

    def _warning(self, order):
        self.env.flush_all()
        self.env.invalidate_all()
        return self._as(self.seller, order).customer_service_warning

    # ------------------------------------------------------------------
    # What the level says
    # ------------------------------------------------------------------

    def test_a_usual_level_and_no_account_tell_nothing(self):
        self.assertFalse(self._warning(self._quotation()))
        self.assertFalse(self._warning(self._quotation(partner=self.south)))

    def test_the_warning_of_the_level_until_it_is_confirmed(self):
        self.level.warning = "Ask Nora first."
        order = self._quotation()
        self.assertEqual(self._warning(order), "Ask Nora first.")
        order.action_quotation_sent()
        self.assertEqual(self._warning(order), "Ask Nora first.")
        order.action_confirm()
        self.assertEqual(order.state, "sale", "nothing was blocked")
        self.assertFalse(self._warning(order))

    def test_the_company_of_the_quotation_decides(self):
        self.assertIn(
            "We no longer work for North Hotel",
            self._quotation(company_id=self.other.id).customer_service_warning,
        )
        self.assertFalse(self._quotation().customer_service_warning)

    def test_hours_used_up(self):
        self.level.included_hours = 5
        self.account.hours_status = "over"
        self.assertIn("are used up for North Hotel", self._warning(self._quotation()))

    # ------------------------------------------------------------------
    # Minimum order
    # ------------------------------------------------------------------

    def test_the_minimum_order(self):
        """2 x 100 is enough for 200, and 2 x 99.99 is not."""
        self.level.minimum_order = 200
        self.assertFalse(self._warning(self._quotation(100)))
        warning = self._warning(self._quotation(99.99))
        self.assertIn("minimum order of service level “Basic”", warning)
        self.assertIn("200.00", warning)

    def test_taxes_do_not_count(self):
        self.level.minimum_order = 200
        order = self._quotation(99.99)
        order.order_line.tax_ids = self.company_data["default_tax_sale"]
        self.assertGreater(order.amount_total, 200)
        self.assertIn("minimum order", self._warning(order))

    def test_in_the_currency_of_the_company(self):
        """For one of ours there are 2 of theirs: 2 x 150 are 150, 2 x 200 are 200."""
        currency = self.env["res.currency"].create(
            {
                "name": "XCC",
                "symbol": "X",
                "rate_ids": [
                    Command.create(
                        {
                            "name": "2020-01-01",
                            "rate": 2,
                            "company_id": self.company.id,
                        }
                    )
                ],
            }
        )
        pricelist = self.env["product.pricelist"].create(
            {"name": "Abroad", "currency_id": currency.id, "company_id": False}
        )
        self.level.minimum_order = 200
        for price, is_enough in ((150, False), (199.99, False), (200, True)):
            order = self._quotation(price, pricelist_id=pricelist.id)
            self.assertEqual(order.currency_id, currency)
            self.assertEqual(not self._warning(order), is_enough)

    def test_a_quotation_without_lines_is_yet_to_be_written(self):
        self.level.minimum_order = 200
        note = Command.create({"display_type": "line_note", "name": "Hello"})
        order = self._quotation(order_line=[note])
        self.assertFalse(self._warning(order))
        # a gift is an order of nothing
        self.assertIn("minimum order", self._warning(self._quotation(0)))

    def test_both(self):
        self.level.write({"minimum_order": 200, "warning": "Ask Nora first."})
        first, second = self._warning(self._quotation(10)).split("\n")
        self.assertEqual(first, "Ask Nora first.")
        self.assertIn("minimum order", second)

    # ------------------------------------------------------------------
    # Who reads it, and where
    # ------------------------------------------------------------------

    def test_the_banner_of_the_form(self):
        self.level.write({"minimum_order": 50, "warning": "Ask Nora first."})
        form = Form(self._as(self.seller, self.env["sale.order"]))
        self.assertFalse(form.customer_service_warning)
        form.partner_id = self.north
        self.assertEqual(form.customer_service_warning, "Ask Nora first.")
        with form.order_line.new() as line:
            line.product_id = self.service
            line.price_unit = 20
            line.tax_ids.clear()
        self.assertIn("minimum order", form.customer_service_warning)
        with form.order_line.edit(0) as line:
            line.product_uom_qty = 3
        self.assertEqual(form.customer_service_warning, "Ask Nora first.")

    def test_people_without_the_role_read_nothing(self):
        self.level.warning = "Ask Nora first."
        order = self._as(self.stranger, self._quotation())
        self.assertEqual(order.partner_id, self.north_contact)
        with self.assertRaises(AccessError):
            order.read(["customer_service_warning"])
        form = Form(order)
        self.assertNotIn("customer_service_warning", form._view["fields"])

    def test_the_customer_reads_nothing(self):
        self.level.warning = "Ask Nora first."
        customer = self._create_member("quotation_portal", "base.group_portal")
        customer.partner_id.parent_id = self.north
        order = self._quotation(partner=customer.partner_id)
        order.action_quotation_sent()
        order.message_subscribe(customer.partner_id.ids)
        order = self._as(customer, order)
        self.assertEqual(order.read(["state"])[0]["state"], "sent")
        with self.assertRaises(AccessError):
            order.read(["customer_service_warning"])

    def test_many_quotations_take_no_more_queries(self):
        self.level.write({"minimum_order": 500, "warning": "Ask Nora first."})
        partners = self.env["res.partner"].create(
            [{"name": f"Customer {number}"} for number in range(12)]
        )
        self.Account.create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": self.company.id,
                    "service_level_id": self.level.id,
                }
                for partner in partners
            ]
        )
        orders = self.env["sale.order"].union(
            *(self._quotation(partner=partner) for partner in partners)
        )

        def count(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            warnings = self._as(self.seller, some).mapped("customer_service_warning")
            self.assertEqual(len(warnings), len(some))
            self.assertTrue(all("minimum order" in warning for warning in warnings))
            return self.cr.sql_log_count - before

        count(orders)
        self.assertEqual(count(orders[:3]), count(orders))
