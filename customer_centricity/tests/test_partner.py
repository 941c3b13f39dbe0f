from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import TODAY, CustomerCentricityCommon


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestPartner(CustomerCentricityCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._invoice(cls.north, "2026-03-10", (cls.service, 1, 600))
        cls._invoice(cls.south, "2026-03-10", (cls.service, 1, 400))
        cls.Account._refresh(cls.company)
        cls.tier_a = cls.env.ref("customer_centricity.tier_a")
        cls.tier_b = cls.env.ref("customer_centricity.tier_b")
        cls.level = cls.env.ref("customer_centricity.service_level_self_service")
        cls.stranger = cls.env["res.partner"].create({"name": "Stranger"})
        cls.all = cls.north | cls.north_contact | cls.south | cls.stranger

    def _search(self, *condition):
        return self.env["res.partner"].search(
            [("id", "in", self.all.ids), condition], order="id"
        )

    def test_contacts_show_the_account_of_their_company(self):
        self.assertEqual(self.north.customer_account_id, self._account(self.north))
        self.assertEqual(self.north_contact.customer_tier_id, self.tier_a)
        self.assertEqual(self.south.customer_tier_id, self.tier_b)
        self.assertFalse(self.stranger.customer_tier_id)
        self.assertEqual(self.north_contact.customer_profit, 600)
        action = self.north_contact.action_open_customer_account()
        self.assertEqual(action["res_id"], self._account(self.north).id)

    def test_search(self):
        north = self.north | self.north_contact
        self.assertEqual(self._search("customer_tier_id", "=", self.tier_a.id), north)
        self.assertEqual(
            self._search("customer_tier_id", "in", (self.tier_a | self.tier_b).ids),
            north | self.south,
        )
        self.assertEqual(
            self._search("customer_tier_id", "!=", self.tier_a.id),
            self.south | self.stranger,
        )
        self.assertEqual(self._search("customer_tier_id", "=", False), self.stranger)
        self.assertEqual(
            self._search("customer_tier_id", "in", [self.tier_b.id, False]),
            self.south | self.stranger,
        )
        self.assertEqual(
            self._search("customer_account_id", "!=", False), north | self.south
        )
        self.assertEqual(self._search("customer_tier_id.name", "=", "B"), self.south)

    def test_group_and_sort(self):
        partners = self.env["res.partner"]
        domain = [("id", "in", self.all.ids)]
        groups = dict(partners._read_group(domain, ["customer_tier_id"], ["__count"]))
        self.assertEqual(
            groups,
            {self.tier_a: 2, self.tier_b: 1, self.env["customer.tier"]: 1},
        )
        for name in ("customer_tier_id", "customer_service_level_id"):
            self.assertTrue(partners.fields_get([name])[name]["groupable"])
        self.assertEqual(
            partners.search(domain, order="customer_tier_id desc, id")[0].id,
            self.stranger.id,
        )
        web = partners.web_read_group(domain, ["customer_tier_id"], ["__count"])
        self.assertEqual([group["__count"] for group in web["groups"]], [2, 1, 1])

    def test_managers_set_the_level_from_the_contact(self):
        manager = self._create_member(
            "partner_manager",
            "customer_centricity.group_manager,base.group_partner_manager",
        )
        contact = self.north_contact.with_user(manager)
        contact.customer_service_level_id = self.level
        self.assertEqual(self._account(self.north).service_level_id, self.level)
        self.assertEqual(self.north.customer_service_level_id, self.level)

    def test_a_contact_without_account_has_no_level(self):
        with self.assertRaisesRegex(UserError, "Stranger has no customer account yet"):
            self.stranger.customer_service_level_id = self.level

    def test_current_company_decides(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.env.user.company_ids |= other
        there = self.north.with_company(other)
        self.assertFalse(there.customer_account_id)
        self.assertFalse(
            there.search(
                [("id", "in", self.all.ids), ("customer_tier_id", "!=", False)]
            )
        )

    def test_a_list_costs_the_same_whatever_its_length(self):
        partners = self.env["res.partner"].create(
            [{"name": f"Customer {number}"} for number in range(40)]
        )
        for partner in partners:
            self._invoice(partner, "2026-03-10", (self.service, 1, 1))
        self._refresh()
        names = {
            "customer_tier_id": {"fields": {"display_name": {}}},
            "customer_tier_color": {},
            "customer_service_level_id": {"fields": {"display_name": {}}},
        }

        def count(records):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            records.web_read(names)
            return self.cr.sql_log_count - before

        few = count(partners[:20])
        self.assertLessEqual(count(partners), few)
