from datetime import date
from unittest.mock import patch

import psycopg2

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.customer_centricity.models import customer_account_figures

from .common import TODAY
from .common_refresh import RefreshChangesCommon


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestAccountLifecycle(RefreshChangesCommon):
    """Stages, why, and who is told; the rules are tested with the engine."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user, cls.manager = (
            cls._create_member(
                f"lifecycle_{role}",
                f"customer_centricity.group_{role},base.group_partner_manager",
            )
            for role in ("user", "manager")
        )

    def _orders(self, partner, *days, price=100):
        for day in days:
            self._invoice(partner, day, (self.goods, 1, price))

    def _stage(self, partner):
        self._refresh()
        return self._account(partner).lifecycle_stage

    def _reason(self, partner):
        return self._account(partner).with_user(self.user).lifecycle_reason

    # ------------------------------------------------------------------
    # Each stage
    # ------------------------------------------------------------------

    def test_prospect(self):
        """Hours, and no order yet."""
        partner = self.env["res.partner"].create({"name": "Prospect"})
        self._timesheet("2026-03-10", 2, project=self._create_project(partner))
        self.assertEqual(self._stage(partner), "prospect")
        self.assertEqual(self._reason(partner), "Has not ordered anything yet.")

    def test_new(self):
        """First order on 10 March, 127 days ago: less than half of a year."""
        self.assertEqual(self._stage(self.north), "new")
        self.assertEqual(
            self._reason(self.north), "First order on 03/10/2026, less than a year ago."
        )

    def test_growing(self):
        """100 in the window before; 300 and then 100 in this one."""
        self._orders(self.north, "2024-06-10", "2025-06-10", "2026-06-10")
        self.assertEqual(self._stage(self.north), "growing")
        self.assertEqual(
            self._reason(self.north),
            "Revenue from 07/01/2025 to 06/30/2026 is at least 15% above that of as "
            "long a time before.",
        )
        self.company.customer_growing_rate = 3.01
        self.assertEqual(self._stage(self.north), "steady")
        self.company.customer_growing_rate = 3
        self.assertEqual(self._stage(self.north), "growing")

    def test_steady(self):
        """Gaps of 92, 181, 92 and 88 days: 113.25 on average.

        Squares of the deviations: 451.56, 4590.06, 451.56 and 637.56, 1532.69 on
        average, whose root is 39.15, a share of 0.3457. Usual are
        113.25 x (1 + 2 x 0.3457) = 191.55 days.
        """
        self._orders(self.north, "2024-12-12", "2025-03-14", "2025-09-11", "2025-12-12")
        self._orders(self.north, "2025-03-14", price=300)
        self.assertEqual(self._stage(self.north), "steady")
        self.assertEqual(
            self._reason(self.north),
            "Orders as usual, last on 03/10/2026: up to 191 days without an order are "
            "nothing unusual for it. Its revenue has not grown by 15%.",
        )

    def test_at_risk_by_its_rhythm(self):
        """Every 28 days until 10 March: 42 days, to 21 April, are usual."""
        self._orders(self.north, "2026-02-10", "2026-01-13", "2025-12-16")
        self.assertEqual(self._stage(self.north), "at_risk")
        self.assertEqual(
            self._reason(self.north),
            "No order since 03/10/2026. It ordered every 28 days on average, so that "
            "another one was to be expected by 04/21/2026.",
        )

    def test_at_risk_without_a_rhythm(self):
        """Two orders, the last one 183 days ago."""
        west = self.env["res.partner"].create({"name": "West"})
        self._orders(west, "2026-01-10", "2026-01-13")
        self.assertEqual(self._stage(west), "at_risk")
        self.assertEqual(
            self._reason(west),
            "No order since 01/13/2026, for more than 182 days, and too few orders "
            "before to know its rhythm.",
        )

    def test_lost(self):
        west = self.env["res.partner"].create({"name": "West"})
        self._orders(west, "2025-07-14")
        self.assertEqual(self._stage(west), "lost")
        self.assertEqual(
            self._reason(west), "No order since 07/14/2025, for more than 12 months."
        )

    def test_won_back(self):
        """366 days without an order until 10 March 2026."""
        self._orders(self.north, "2025-03-09")
        self.assertEqual(self._stage(self.north), "won_back")
        self.assertEqual(
            self._reason(self.north),
            "Ordered again on 03/10/2026, less than a year ago, after more than 12 "
            "months without an order.",
        )

    # ------------------------------------------------------------------
    # As time goes by
    # ------------------------------------------------------------------

    def test_stages_change_when_nothing_happens(self):
        """A refresh of what changed does nobody's figures, but everybody's stage.

        Without a rhythm 182.5 days are usual: 8 September is 182 days after 10 March,
        and the window has not moved on since the first.
        """
        with freeze_time("2026-09-02"):
            self._settle()
            self.assertEqual(self._account(self.north).lifecycle_stage, "new")
        with freeze_time("2026-09-08"):
            self.assertFalse(self._check(), "nobody is done")
            self.assertEqual(self._account(self.north).lifecycle_stage, "new")
            self._age()
        with freeze_time("2026-09-09"):
            self.assertFalse(self._check(), "nobody is done")
            self.assertEqual(self._account(self.north).lifecycle_stage, "at_risk")
        with freeze_time("2027-03-11"):
            self._refresh()
            self.assertEqual(self._account(self.north).lifecycle_stage, "lost")

    def test_the_chatter_tells_of_a_change_and_not_of_the_first(self):
        self._refresh()
        self._flush_tracking()
        account = self._account(self.north)

        def told():
            return account.message_ids.tracking_value_ids.filtered(
                lambda value: value.field_id.name == "lifecycle_stage"
            )

        self.assertFalse(told())
        with freeze_time("2026-10-15"):
            self._refresh()
            self._flush_tracking()
        self.assertEqual(
            [(value.old_value_char, value.new_value_char) for value in told()],
            [("New", "At risk")],
        )
        with freeze_time("2026-10-16"):
            self._refresh()
            self._flush_tracking()
        self.assertEqual(len(told()), 1, "once")

    def test_automation_rules_see_a_change(self):
        self._refresh()
        field = self.env["ir.model.fields"]._get("customer.account", "lifecycle_stage")
        rule = self.env["base.automation"].create(
            {
                "name": "Call those at risk",
                "model_id": field.model_id.id,
                "trigger": "on_write",
                "trigger_field_ids": [Command.set(field.ids)],
                "filter_domain": "[('lifecycle_stage', '=', 'at_risk')]",
            }
        )
        rule.action_server_ids = self.env["ir.actions.server"].create(
            {
                "name": "Protect",
                "model_id": field.model_id.id,
                "base_automation_id": rule.id,
                "usage": "base_automation",
                "state": "object_write",
                "update_path": "is_protected",
                "update_boolean_value": "true",
            }
        )
        with freeze_time("2026-10-15"):
            self._refresh()
        self.assertTrue(self._account(self.north).is_protected)

    # ------------------------------------------------------------------
    # In steps
    # ------------------------------------------------------------------

    def test_in_steps_it_comes_to_the_same(self):
        self._refresh()
        expected = self._stages()
        self.assertEqual(len(expected), 3)
        self._clear()
        with patch.object(customer_account_figures, "BATCH_SIZE", 2):
            self.company.customer_refresh_cursor = 0
            ids = sorted(account.id for account in expected)
            self.assertEqual(self.Account._refresh_lifecycle(self.company), 2)
            self.assertEqual(self.company.customer_refresh_cursor, ids[1])
            self.assertEqual([*self._stages().values()].count(False), 1)
            self.assertEqual(self.Account._refresh_lifecycle(self.company), 1)
            self.assertEqual(self.Account._refresh_lifecycle(self.company), 0)
        self.assertEqual(self._stages(), expected)

    def test_one_that_refuses_keeps_no_other_from_its_stage(self):
        self._refresh()
        expected = self._stages()
        self._clear()
        refused = self._account(self.south)
        original = type(self.Account).write

        def refuse(accounts, vals):
            if "lifecycle_stage" in vals and refused in accounts:
                raise ValueError("A rule of another addon says no")
            return original(accounts, vals)

        with (
            patch.object(type(self.Account), "write", refuse),
            patch.object(customer_account_figures, "BATCH_SIZE", 1),
            mute_logger("odoo.addons.customer_centricity.models"),
        ):
            self.Account._begin_cycle(self.company)
            self._go_on()
        self.assertEqual(self._stages(), expected | {refused: False})
        self.assertIn("could not be changed", self.company.customer_refresh_error)

    def test_queries_do_not_grow_with_the_accounts(self):
        def count():
            self.company.customer_refresh_cursor = 0
            self.env.flush_all()
            self.env.invalidate_all()
            self.company.fetch(["customer_window_end"])
            before = self.cr.sql_log_count
            self.Account._refresh_lifecycle(self.company)
            return self.cr.sql_log_count - before

        self._refresh()
        few = count()
        partners = self.env["res.partner"].create([{"name": f"{i}"} for i in range(12)])
        for partner in partners:
            self._orders(partner, "2026-03-10")
        self._refresh()
        self.assertEqual(count(), few)

    def _stages(self):
        self.env.invalidate_all()
        accounts = self.Account.search([("company_id", "=", self.company.id)])
        return {account: account.lifecycle_stage for account in accounts}

    def _clear(self):
        self.env.flush_all()
        self.cr.execute("UPDATE customer_account SET lifecycle_stage = NULL")
        self.env.invalidate_all()

    # ------------------------------------------------------------------
    # Companies, people, screens
    # ------------------------------------------------------------------

    def test_everybody_reads_the_stage_and_nobody_writes_it(self):
        self._refresh()
        account = self._account(self.north)
        for user in (self.user, self.manager):
            mine = account.with_user(user)
            self.assertEqual(mine.lifecycle_stage, "new")
            self.assertTrue(mine.lifecycle_reason)
            with self.assertRaises(AccessError):
                mine.write({"lifecycle_stage": "lost"})
        with self.assertRaises(AccessError):
            account.with_user(self.user).read(["order_gap"])

    def test_reasons_of_many_take_no_more_queries(self):
        self._refresh()
        accounts = self.Account.search([("company_id", "=", self.company.id)])

        def count(some):
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            some.with_user(self.user).mapped("lifecycle_reason")
            return self.cr.sql_log_count - before

        count(accounts)
        self.assertEqual(count(accounts[:1]), count(accounts))

    def test_an_account_that_was_not_refreshed_has_no_stage_and_no_reason(self):
        partner = self.env["res.partner"].create({"name": "Later"})
        self.Account._create_accounts(self.company, partner.ids)
        account = self._account(partner)
        self.assertEqual(
            (account.lifecycle_stage, account.lifecycle_reason), (False, False)
        )

    def test_all_stages_are_columns_of_a_kanban(self):
        self._refresh()
        accounts = self.Account.with_context(read_group_expand=True)
        groups = accounts.formatted_read_group(
            [("company_id", "=", self.company.id)], ["lifecycle_stage"], ["__count"]
        )
        self.assertEqual(
            {group["lifecycle_stage"]: group["__count"] for group in groups},
            {
                "prospect": 0,
                "new": 3,
                "growing": 0,
                "steady": 0,
                "at_risk": 0,
                "lost": 0,
                "won_back": 0,
            },
        )

    def test_on_the_contact(self):
        self._refresh()
        partners = self.env["res.partner"].with_user(self.user)
        contact = self.north_contact.with_user(self.user)
        self.assertEqual(contact.customer_lifecycle_stage, "new")
        mine = [("id", "in", (self.north | self.south | self.vendor).ids)]
        new = partners.search([*mine, ("customer_lifecycle_stage", "=", "new")])
        self.assertEqual(new, self.north | self.south)
        none = partners.search([*mine, ("customer_lifecycle_stage", "=", False)])
        self.assertEqual(none, self.vendor)
        groups = partners.formatted_read_group(
            mine, ["customer_lifecycle_stage"], ["__count"]
        )
        self.assertEqual(
            {group["customer_lifecycle_stage"]: group["__count"] for group in groups},
            {"new": 2, False: 1},
        )
        with Form(self.north.with_user(self.user)) as form:
            self.assertEqual(form.customer_lifecycle_stage, "new")

    def test_settings_out_of_range_are_refused(self):
        for name, value in (
            ("customer_lost_months", 0),
            ("customer_lost_months", 121),
            ("customer_growing_rate", -0.01),
            ("customer_growing_rate", 11),
        ):
            with (
                self.subTest(name=name, value=value),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.IntegrityError),
                self.env.cr.savepoint(),
            ):
                self.company[name] = value
                self.env.flush_all()

    def test_a_customer_of_two_companies_has_two_stages(self):
        other = self.env["res.company"].create(
            {"name": "Other", "customer_lost_months": 6}
        )
        accounts = self.Account.create(
            [
                {
                    "partner_id": self.vendor.id,
                    "company_id": company.id,
                }
                for company in (self.company, other)
            ]
        )
        self.env.flush_all()
        self.cr.execute(
            """
            UPDATE customer_account SET first_order_date = '2023-01-10',
                   last_order_date = '2025-12-10', historic_order_count = 9,
                   order_gap = 100, order_gap_variation = 1
             WHERE id IN %s
            """,
            [tuple(accounts.ids)],
        )
        self.env.invalidate_all()
        for company in (self.company, other):
            company.customer_refresh_cursor = 0
            self.Account._refresh_lifecycle(company)
        self.assertEqual(accounts.mapped("lifecycle_stage"), ["steady", "lost"])
        self.assertEqual(accounts[1].last_order_date, date(2025, 12, 10))
        self.assertIn("for more than 6 months", accounts[1].lifecycle_reason)
