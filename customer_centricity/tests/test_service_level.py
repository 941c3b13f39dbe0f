import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .common import TODAY, CustomerCentricityCommon


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestServiceLevel(CustomerCentricityCommon):
    """What a level is, and what giving it to an account writes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_other_company()
        cls.old_manager, cls.new_manager = (
            cls._create_member(name, "customer_centricity.group_user")
            for name in ("level_old", "level_new")
        )
        cls.pricelist, cls.their_pricelist = (
            cls.env["product.pricelist"].create(
                {"name": "Dear", "company_id": company.id}
            )
            for company in (cls.company, cls.other)
        )
        cls.terms = cls.env["account.payment.term"].create({"name": "Cash"})
        cls.kept_tag, cls.tag = cls.env["res.partner.category"].create(
            [{"name": "Hotels"}, {"name": "Self-service"}]
        )
        cls.north.write(
            {
                "user_id": cls.old_manager.id,
                "category_id": [Command.set(cls.kept_tag.ids)],
            }
        )
        cls.account, cls.their_account, cls.south_account = cls.Account.create(
            [
                {"partner_id": cls.north.id, "company_id": cls.company.id},
                {"partner_id": cls.north.id, "company_id": cls.other.id},
                {"partner_id": cls.south.id, "company_id": cls.company.id},
            ]
        )
        cls.level = cls.env["customer.service.level"].create(
            {"name": "Plain", "company_id": cls.company.id}
        )

    def _set_all(self):
        self.level.write(
            {
                "pricelist_id": self.pricelist.id,
                "payment_term_id": self.terms.id,
                "salesperson_id": self.new_manager.id,
                "category_ids": [Command.set(self.tag.ids)],
            }
        )

    # ------------------------------------------------------------------
    # Terms
    # ------------------------------------------------------------------

    def test_a_level_without_terms_writes_nothing(self):
        self.assertEqual(self.level._get_terms(self.account), [])

    def test_all_terms(self):
        self._set_all()
        self.assertEqual(
            self.level._get_terms(self.account),
            [
                (self.north, "specific_property_product_pricelist", self.pricelist),
                (self.north, "property_payment_term_id", self.terms),
                (self.north, "category_id", self.kept_tag | self.tag),
                (self.account, "user_id", self.new_manager),
                (self.north, "user_id", self.new_manager),
            ],
        )

    def test_writing_them_leaves_nothing_to_write(self):
        self._set_all()
        for record, name, value in self.level._get_terms(self.account):
            record[name] = value
        self.assertEqual(self.level._get_terms(self.account), [])
        north = self.north.with_company(self.company)
        self.assertEqual(north.specific_property_product_pricelist, self.pricelist)
        self.assertEqual(self.account.user_id, self.new_manager)

    def test_terms_are_of_the_company_of_the_account(self):
        """Written in company A, they are nothing in company B."""
        self.level.write({"company_id": False, "payment_term_id": self.terms.id})
        [(record, name, value)] = self.level._get_terms(self.their_account)
        self.assertEqual(record.env.company, self.other)
        record[name] = value
        for company, expected in ((self.other, self.terms), (self.company, False)):
            terms = self.north.with_company(company).property_payment_term_id
            self.assertEqual(terms.id or False, expected and expected.id)

    def test_only_assigning_a_level_writes_no_terms(self):
        self._set_all()
        self.account.service_level_id = self.level
        self.assertEqual(self.north.category_id, self.kept_tag)
        self.assertEqual(self.account.user_id, self.old_manager)
        north = self.north.with_company(self.company)
        self.assertFalse(north.specific_property_product_pricelist)

    def test_what_the_company_may_not_use_is_left_out(self):
        """A manager who does not work there, and what was archived since."""
        self._set_all()
        self.level.write({"company_id": False, "pricelist_id": False})
        self.assertEqual(
            self._get_names(self.their_account),
            ["property_payment_term_id", "category_id"],
        )
        self.terms.active = False
        self.assertEqual(self._get_names(self.their_account), ["category_id"])

    def _get_names(self, accounts):
        return [name for _record, name, _value in self.level._get_terms(accounts)]

    def test_the_salesperson_of_the_contact_is_somebody_else(self):
        """The account has a manager of its own: the contact keeps its salesperson."""
        self.level.salesperson_id = self.new_manager
        self.account.user_id = self.env.user
        self.assertEqual(
            self.level._get_terms(self.account),
            [(self.account, "user_id", self.new_manager)],
        )

    def test_the_salesperson_manages_the_account_of_another_company(self):
        """Neither company decides on who manages the other's account."""
        self.level.salesperson_id = self.new_manager
        self.old_manager.company_ids |= self.other
        self.their_account.user_id = self.old_manager
        self.assertEqual(
            self.level._get_terms(self.account),
            [(self.account, "user_id", self.new_manager)],
        )

    def test_queries_do_not_grow_with_the_accounts(self):
        self._set_all()
        partners = self.env["res.partner"].create(
            [{"name": f"{i}", "user_id": self.old_manager.id} for i in range(12)]
        )
        accounts = self.Account.create(
            [
                {"partner_id": partner.id, "company_id": self.company.id}
                for partner in partners
            ]
        )

        def count(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            terms = self.level._get_terms(some)
            self.assertEqual(len(terms), 5 * len(some))
            return self.cr.sql_log_count - before

        count(accounts)
        self.assertEqual(count(accounts[:2]), count(accounts))

    # ------------------------------------------------------------------
    # Settings
    # ------------------------------------------------------------------

    def test_terms_of_another_company_are_refused(self):
        for values in (
            {"pricelist_id": self.their_pricelist.id},
            # a level of every company cannot have what is of one
            {"company_id": False, "pricelist_id": self.pricelist.id},
            {"company_id": self.other.id, "salesperson_id": self.new_manager.id},
        ):
            with (
                self.subTest(values=values),
                self.assertRaises(UserError),
                self.env.cr.savepoint(),
            ):
                self.level.write(values)

    def test_a_minimum_order_out_of_range_is_refused(self):
        for amount in (-1, float("nan"), float("inf"), 1e15):
            with (
                self.subTest(amount=amount),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.IntegrityError),
                self.env.cr.savepoint(),
            ):
                self.level.minimum_order = amount
                self.env.flush_all()

    def test_defaults_of_the_levels(self):
        """Five levels, and who may decide on giving up a customer."""
        levels = [
            self.env.ref(f"customer_centricity.service_level_{name}")
            for name in (
                "personal",
                "standard",
                "self_service",
                "subcontracted",
                "ended",
            )
        ]
        self.assertEqual(
            [(level.relationship_type, level.approval) for level in levels],
            [
                ("dedicated", "manager"),
                ("personal", "manager"),
                ("self_service", "manager"),
                (False, "administrator"),
                (False, "administrator"),
            ],
        )
        self.assertEqual([level.watch_hours for level in levels], [True] * 5)
        self.assertEqual(
            levels[0].channel_ids.mapped("name"), ["Visit", "Phone", "E-mail"]
        )

    def test_an_administrator_sets_a_level_up(self):
        administrator = self._create_member(
            "level_administrator",
            "customer_centricity.group_administrator,product.group_product_pricelist",
        )
        driver = self.env.ref("customer_centricity.cost_driver_invoice")
        shared = self.env["product.pricelist"].create(
            {"name": "Of every company", "company_id": False}
        )
        with Form(self._as(administrator, self.level.browse())) as form:
            form.name = "Web"
            form.relationship_type = "self_service"
            form.pricelist_id = shared
            form.minimum_order = 150
            with form.rate_ids.new() as rate:
                rate.driver_id = driver
                rate.unit_cost = 2.5
        level = form.record
        self.assertEqual(level.rate_ids.unit_cost, 2.5)
        self.assertEqual(level.rate_ids.name, driver.name)
        self.assertEqual((level.approval, level.watch_hours), ("manager", True))

    def test_salespeople_read_a_level_and_no_cost_of_it(self):
        level = self._as(self.old_manager, self.level)
        self.assertEqual(level.read(["name"])[0]["name"], "Plain")
        with self.assertRaises(AccessError):
            level.read(["rate_ids"])
        with self.assertRaises(AccessError):
            level.write({"minimum_order": 1})
        with Form(level) as form:
            self.assertEqual(form.kind, "served")
            self.assertNotIn("rate_ids", form._view["fields"])

    def _as(self, user, records):
        """Return the records as a user sees them, in the first company alone."""
        company_ids = self.company.ids
        return records.with_user(user).with_context(allowed_company_ids=company_ids)
