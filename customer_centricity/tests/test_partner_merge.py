from odoo.tests import freeze_time, tagged

from .common import TODAY, CustomerCentricityCommon, month


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPartnerMerge(CustomerCentricityCommon):
    def _merge(self, sources, target):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((sources | target).ids, target)
        self.env.invalidate_all()

    def test_both_have_an_account(self):
        """Every month of both is kept, at once and after the next refresh."""
        self._invoice(self.north, "2026-02-10", (self.goods, 1, 100))
        self._invoice(self.north, "2026-03-10", (self.goods, 1, 100))
        self._invoice(self.south, "2026-03-12", (self.goods, 2, 100))
        self._invoice(self.south, "2026-04-12", (self.service, 1, 50))
        self._timesheet("2026-03-10", 1)
        self._refresh()
        account = self._account(self.south)
        gone = self._account(self.north)
        gone._message_log(body="Prefers mornings")
        gone.activity_schedule("mail.mail_activity_data_todo", summary="Call")
        gone.message_subscribe(self.partner_a.ids)
        gone.is_protected = True
        account.action_archive()
        self.env["ir.attachment"].create(
            {"name": "Contract", "res_model": gone._name, "res_id": gone.id}
        )
        self._merge(self.north, self.south)
        self.assertFalse(gone.exists())
        expected = {
            month(2026, 2): (100, 60, 0, 40, 1),
            month(2026, 3): (300, 180, 40, 80, 2),
            month(2026, 4): (50, 0, 0, 50, 1),
        }
        names = ("revenue", "product_cost", "time_cost", "profit", "order_count")
        self.assertEqual(self._months(self.south, *names), expected)
        self.assertEqual(account.revenue, 450)
        self.assertEqual(
            self.env["ir.cron.trigger"].search([], order="id desc", limit=1).cron_id,
            self.env.ref("customer_centricity.ir_cron_refresh_accounts"),
            "tiers follow",
        )
        self.assertEqual(account.historic_order_count, 4)
        bodies = "".join(account.message_ids.mapped("body"))
        self.assertIn("Prefers mornings", bodies)
        self.assertIn("was merged into this one", bodies)
        self.assertEqual(account.activity_ids.summary, "Call")
        self.assertIn(self.partner_a, account.message_partner_ids)
        self.assertTrue(account.is_protected)
        self.assertTrue(account.active, "the merged customer is an active one")
        attachment = self.env["ir.attachment"].search(
            [("res_model", "=", account._name), ("res_id", "=", account.id)]
        )
        self.assertEqual(attachment.name, "Contract")
        self._refresh()
        self.assertEqual(self._months(self.south, *names), expected)

    def test_only_the_source_has_an_account(self):
        self._invoice(self.north, "2026-03-10", (self.goods, 1, 100))
        self._refresh()
        account = self._account(self.north)
        account.service_level_id = self.env.ref(
            "customer_centricity.service_level_personal"
        )
        self._merge(self.north, self.south)
        self.assertEqual(account.partner_id, self.south)
        self.assertEqual(account.revenue, 100)
        self._refresh()
        self.assertEqual(self._account(self.south), account)
        self.assertEqual(account.revenue, 100)
        self.assertEqual(account.service_level_id.name, "Personal")

    def test_into_a_contact_of_a_company(self):
        loner = self.env["res.partner"].create({"name": "Nora, before"})
        self._invoice(loner, "2026-03-10", (self.goods, 1, 100))
        self._invoice(self.north, "2026-03-12", (self.goods, 1, 100))
        self._refresh()
        self._merge(loner, self.north_contact)
        self.assertEqual(self._account(self.north).revenue, 200)
        self._refresh()
        self.assertEqual(self._account(self.north).revenue, 200)

    def test_three_at_once(self):
        for partner in (self.north, self.south, self.partner_a):
            self._invoice(partner, "2026-03-10", (self.goods, 1, 100))
        self._refresh()
        self._merge(self.north | self.south, self.partner_a)
        self.assertEqual(
            self._months(self.partner_a, "revenue", "order_count"),
            {month(2026, 3): (300, 3)},
            "added up as they stood",
        )
        self._refresh()
        self.assertEqual(
            self._months(self.partner_a, "revenue", "order_count"),
            {month(2026, 3): (300, 1)},
            "three invoices of one day are one order of the merged customer",
        )


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPartnerMergeCompanies(CustomerCentricityCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_other_company()

    def test_each_company_keeps_its_own(self):
        self._invoice(self.north, "2026-03-10", (self.goods, 1, 100))
        self._invoice(self.south, "2026-03-10", (self.goods, 1, 30))
        self._invoice(
            self.north, "2026-03-10", (self.goods, 1, 7), company_id=self.other.id
        )
        self._refresh(self.company | self.other)
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (self.north | self.south).ids, self.south
        )
        self.env.invalidate_all()
        self.assertEqual(self._account(self.south).revenue, 130)
        self.assertEqual(self._account(self.south, self.other).revenue, 7)
