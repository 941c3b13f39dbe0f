import psycopg2
from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, new_test_user, tagged
from odoo.tools import SQL, mute_logger

from .common import TODAY, CustomerCentricityCommon


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestTier(CustomerCentricityCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tier_a = cls.env.ref("customer_centricity.tier_a")
        cls.tier_b = cls.env.ref("customer_centricity.tier_b")
        cls.tier_d = cls.env.ref("customer_centricity.tier_d")
        cls.tier_loss = cls.env.ref("customer_centricity.tier_loss")
        cls.manager = cls._create_member(
            "tier_manager", "customer_centricity.group_manager"
        )
        # single visits: each account is worth its one invoice
        cls._invoice(cls.north, "2026-03-10", (cls.service, 1, 600))
        cls._invoice(cls.south, "2026-03-10", (cls.service, 1, 390))
        cls._invoice(cls.partner_a, "2026-03-10", (cls.service, 1, 10))
        cls._timesheet("2026-03-10", 1, project=cls._create_project(cls.partner_b))

    def test_tiers_by_share_of_value(self):
        """Of 1,000: 600 reach 60% (A), 990 reach 99% (B), 10 the rest; one loses."""
        self._refresh()
        for partner, tier in (
            (self.north, self.tier_a),
            (self.south, self.tier_b),
            (self.partner_a, self.tier_d),
            (self.partner_b, self.tier_loss),
        ):
            self.assertEqual(self._account(partner).tier_id, tier)
            self.assertEqual(self._account(partner).suggested_tier_id, tier)

    def test_the_tier_in_force_stays(self):
        """New figures change the suggestion; the tier in force is for people."""
        self._refresh()
        self._invoice(self.south, "2026-04-10", (self.service, 1, 5000))
        self._refresh()
        account = self._account(self.south)
        self.assertEqual(account.tier_id, self.tier_b)
        self.assertEqual(account.suggested_tier_id, self.tier_a)
        self.assertTrue(account.tier_differs)
        self.assertEqual(
            self.Account.search(
                [("tier_differs", "=", True), ("company_id", "=", self.company.id)]
            ),
            account | self._account(self.north),
        )
        self.assertNotIn(account, self.Account.search([("tier_differs", "=", False)]))

    def test_a_tier_gives_its_default_service_level_once(self):
        self._refresh()
        account = self._account(self.north)
        self.assertEqual(account.service_level_id, self.tier_a.service_level_id)
        other = self.env.ref("customer_centricity.service_level_self_service")
        account.service_level_id = other
        account._set_tier(self.tier_d, "Lost its main site")
        self._refresh()
        self.assertEqual(account.service_level_id, other, "chosen by a person")

    def test_percentile_and_amount(self):
        (self.tier_a | self.tier_b).write({"rule_type": "amount"})
        self.tier_a.threshold_amount = 600
        self.tier_b.write({"rule_type": "percentile", "threshold_rate": 0.5})
        self._refresh()
        self.assertEqual(self._account(self.north).tier_id, self.tier_a)
        self.assertEqual(self._account(self.south).tier_id, self.tier_b)
        self.assertEqual(self._account(self.partner_a).tier_id, self.tier_d)

    def test_a_company_may_have_tiers_of_its_own(self):
        gold = self.env["customer.tier"].create(
            {
                "name": "Gold",
                "sequence": 1,
                "rule_type": "amount",
                "threshold_amount": 300,
                "company_id": self.company.id,
            }
        )
        self._refresh()
        self.assertEqual(self._account(self.south).tier_id, gold)

    def test_without_tiers(self):
        self.env["customer.tier"].search([]).action_archive()
        self._refresh()
        self.assertFalse(self._account(self.north).tier_id)
        self.assertTrue(self.company.customer_refresh_date)

    def test_unusable_rules_are_refused(self):
        wrong = [("threshold_rate", rate) for rate in (0, -1, 1.5, float("nan"))]
        wrong += [
            ("threshold_amount", amount)
            for amount in (1e308, float("nan"), float("-inf"))
        ]
        for name, value in wrong:
            with (
                self.subTest(name=name, value=value),
                self.assertRaises(psycopg2.errors.CheckViolation),
                mute_logger("odoo.sql_db"),
                self.cr.savepoint(),
            ):
                self.tier_a[name] = value
                self.env.flush_all()

    def test_dragging_is_refused_with_a_reason(self):
        self._refresh()
        account = self._account(self.north).with_user(self.manager)
        with self.assertRaisesRegex(UserError, "computed from what an account is"):
            account.write({"tier_id": self.tier_b.id})

    def test_a_tier_in_force_cannot_be_deleted(self):
        self._refresh()
        with self.assertRaisesRegex(
            UserError, r"Tier A cannot be deleted: \d+ accounts"
        ):
            self.tier_a.unlink()
        self.tier_a.action_archive()
        self._refresh()
        account = self._account(self.north)
        self.assertEqual(account.tier_id, self.tier_a, "archived, but in force")
        self.assertEqual(account.suggested_tier_id, self.tier_b)

    def test_a_blank_reason_is_none(self):
        self._refresh()
        wizard = self.env["customer.tier.change"].create(
            {
                "account_ids": [Command.set(self._account(self.north).ids)],
                "tier_id": self.tier_b.id,
                "reason": "  ",
            }
        )
        with self.assertRaisesRegex(UserError, "Give the reason"):
            wizard.action_apply()

    def test_by_hand_with_a_reason(self):
        self._refresh()
        self._flush_tracking()
        account = self._account(self.north).with_user(self.manager)
        action = account.action_change_tier()
        wizard = Form(
            self.env[action["res_model"]]
            .with_user(self.manager)
            .with_context(**action["context"])
        )
        self.assertEqual(wizard.account_ids[:], account)
        wizard.tier_id = self.tier_b
        wizard.reason = "Their <b>site</b> closes in May"
        wizard.save().action_apply()
        self.assertEqual(account.tier_id, self.tier_b)
        self._flush_tracking()
        tracked = account.sudo().message_ids.tracking_value_ids
        self.assertEqual(
            tracked.mapped(lambda value: (value.old_value_char, value.new_value_char)),
            [("A", "B")],
        )
        bodies = "".join(account.message_ids.mapped("body"))
        self.assertIn("Their &lt;b&gt;site&lt;/b&gt; closes in May", bodies)
        self._refresh()
        self.assertEqual(account.tier_id, self.tier_b, "a refresh leaves it alone")

    def test_people_cannot_write_figures(self):
        self._refresh()
        account = self._account(self.north).with_user(self.manager)
        for name, value in (
            ("profit", 1),
            ("result", "loss"),
            ("lifetime_value", 1),
            ("suggested_tier_id", self.tier_b.id),
            ("partner_id", self.south.id),
            ("company_id", self.company.id),
            ("value_band", "0_none"),
        ):
            with self.subTest(name=name), self.assertRaises(AccessError):
                account.write({name: value})
        account.write({"is_protected": True, "user_id": self.manager.id})
        self.assertEqual(account.user_id, self.manager)

    def test_kanban_shows_every_tier(self):
        self._refresh()
        accounts = self.Account.with_user(self.manager).with_context(
            read_group_expand=True
        )
        groups = accounts.web_read_group(
            [("company_id", "=", self.company.id)], ["tier_id"], ["__count"]
        )["groups"]
        self.assertEqual(
            [group["tier_id"][1] for group in groups], ["A", "B", "C", "D", "Loss"]
        )

    def test_sums_of_cards_and_pivot_are_in_an_index(self):
        """Else a large portfolio is read whole, from a table that is much larger."""
        manager = new_test_user(
            self.env, "sums_manager", groups="customer_centricity.group_manager"
        )
        accounts = self.Account.with_user(manager)
        views = {
            kind: etree.fromstring(accounts.get_view(view_type=kind)["arch"])
            for kind in ("kanban", "pivot")
        }
        sums = views["kanban"].xpath("//progressbar/@sum_field")
        self.assertEqual(sums, ["profit"])
        measures = views["pivot"].xpath("//field[@type='measure']/@name")
        self.assertEqual(
            sorted(measures), ["hours", "lifetime_value", "profit", "revenue"]
        )
        indexes = dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT indexname, substring(indexdef FROM 'INCLUDE [(](.*?)[)]')
                      FROM pg_indexes WHERE tablename = 'customer_account'
                    """
                )
            )
        )
        for name, kept in (("result", sums), ("figures", measures)):
            found = indexes[f"customer_account_company_tier_{name}_idx"]
            self.assertEqual(set(found.split(", ")), set(kept))

    def test_a_page_has_room_for_the_next_refresh(self):
        [[options]] = self.env.execute_query(
            SQL("SELECT reloptions FROM pg_class WHERE relname = 'customer_account'")
        )
        self.assertIn("fillfactor=50", options)

    def test_the_most_valuable_first_and_sums_of_all(self):
        self._refresh()
        partners = self.partner_a | self.south | self.north
        accounts = self.Account.search([("partner_id", "in", partners.ids)])
        accounts.tier_id = self.tier_d
        accounts.value_band = "1_small"
        domain = [("id", "in", accounts.ids)]
        manager = self.Account.with_user(self.manager)
        self.assertEqual(
            manager.search(domain).partner_id.mapped("name"),
            [self.north.name, self.south.name, self.partner_a.name],
        )
        self.assertEqual(
            manager._read_group(domain, ["tier_id"], ["profit:sum"]),
            [(self.tier_d, 1000)],
        )
        salesperson = new_test_user(
            self.env, "tier_sales", groups="customer_centricity.group_user"
        )
        salesperson.write(
            {
                "company_ids": [Command.link(self.company.id)],
                "company_id": self.company.id,
            }
        )
        # in no order of figures, which would tell them
        self.assertEqual(
            self.Account.with_user(salesperson).search(domain).ids, sorted(accounts.ids)
        )
