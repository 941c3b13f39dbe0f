import psycopg2

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import TODAY, month
from .common_group import GroupCommon

FIGURES = (
    "revenue",
    "profit",
    "lifetime_value",
    "mean_lifetime_value",
    "value_share",
    "loss_share",
)


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestGroup(GroupCommon):
    """What a group is, what its members come to, and what becomes of it.

    The portfolio is worth 600 + 300 + 100 - 40 = 960, and loses 40.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._put(cls.hotels, cls.north, cls.partner_b)
        cls._put(cls.clinics, cls.south)

    @classmethod
    def _put(cls, group, *partners):
        cls.Account.search(
            [
                ("partner_id", "in", [partner.id for partner in partners]),
                ("company_id", "=", cls.company.id),
            ]
        ).group_id = group

    def _figures(self, group):
        self.env.invalidate_all()
        group = self._as("manager", group)
        return tuple(round(group[name], 4) for name in FIGURES)

    # ------------------------------------------------------------------
    # Figures
    # ------------------------------------------------------------------

    def test_figures_of_its_members(self):
        self.assertEqual(self.hotels.account_count, 2)
        self.assertEqual(
            self._figures(self.hotels), (600, 560, 560, 280, round(560 / 960, 4), 1)
        )
        self.assertEqual(self._figures(self.clinics), (300, 300, 300, 300, 0.3125, 0))

    def test_parts_are_included(self):
        small = self.Group.create({"name": "Small", "parent_id": self.clinics.id})
        self._put(small, self.partner_a)
        self.clinics.parent_id = self.hotels
        self.assertEqual(self.hotels.account_count, 4)
        self.assertEqual(self._figures(self.hotels), (1000, 960, 960, 240, 1, 1))
        self.assertEqual(self._figures(self.clinics), (400, 400, 400, 200, 0.4167, 0))
        small.active = False
        self.assertEqual(self._figures(self.clinics)[0], 400, "members are members")
        action = self._as("user", self.clinics).action_open_accounts()
        self.assertEqual(
            self.Account.search(action["domain"]).partner_id,
            self.south | self.partner_a,
        )

    def test_a_group_without_members(self):
        empty = self.Group.create({"name": "Empty"})
        self.assertEqual(empty.account_count, 0)
        self.assertEqual(self._figures(empty), (0, 0, 0, 0, 0, 0))

    def test_archived_accounts_do_not_count(self):
        self._account(self.partner_b).active = False
        self.assertEqual(self.hotels.account_count, 1)
        self.assertEqual(self._figures(self.hotels), (600, 600, 600, 600, 0.6, 0))

    def test_shares_of_a_portfolio_that_is_worth_nothing(self):
        self._account(self.north).active = False
        self._account(self.south).active = False
        self._account(self.partner_a).active = False
        self.assertEqual(self._figures(self.hotels), (0, -40, -40, -40, 0, 1))

    def test_before_the_first_refresh(self):
        self.env.flush_all()
        self.cr.execute(
            "UPDATE customer_account SET revenue = NULL, profit = NULL,"
            " lifetime_value = NULL"
        )
        self.assertEqual(self._figures(self.hotels), (0, 0, 0, 0, 0, 0))

    def test_figures_are_of_the_current_company(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.env.user.company_ids |= other
        self.manager.company_ids |= other
        self.Account._create_accounts(other, self.south.ids)
        self._account(self.south, other).group_id = self.hotels
        there = self._as("manager", self.hotels).with_company(other)
        self.assertEqual((there.account_count, there.revenue), (1, 0))
        self.assertEqual(there.currency_id, other.currency_id)
        self.assertEqual(self._figures(self.hotels)[0], 600)

    def test_salespeople_see_the_number_of_accounts_only(self):
        group = self._as("user", self.hotels)
        self.assertEqual(group.account_count, 2)
        for name in (*FIGURES, "history_ids", "version_ids", "acquisition_cost"):
            with self.subTest(name=name):
                self.assertNotIn(name, group.fields_get())
                with self.assertRaises(AccessError):
                    group.read([name])
        for view_type in ("kanban", "list", "form", "search"):
            arch = group.get_view(view_type=view_type)["arch"]
            for name in (*FIGURES, "account_domain", "version_ids"):
                self.assertNotIn(f'name="{name}"', arch, view_type)
        with self.assertRaises(AccessError):
            group.action_open_history()
        with self.assertRaises(AccessError):
            group.write({"story": "Mine"})
        group.message_post(body="They ask for longer terms")

    def test_a_list_costs_the_same_whatever_its_length(self):
        spec = {name: {} for name in ("account_count", *FIGURES)}
        groups = self.hotels | self.clinics

        def count(records):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self._as("manager", records).web_read(spec)
            return self.cr.sql_log_count - before

        count(groups)
        few = count(groups)
        more = self.Group.create(
            [{"name": f"Group {n}", "parent_id": self.hotels.id} for n in range(20)]
        )
        for group, partner in zip(more, [self.partner_a] * 20, strict=True):
            self._put(group, partner)
        self.assertLessEqual(count(groups | more), few)

    # ------------------------------------------------------------------
    # Structure
    # ------------------------------------------------------------------

    def test_no_group_is_part_of_itself(self):
        small = self.Group.create({"name": "Small", "parent_id": self.clinics.id})
        self.clinics.parent_id = self.hotels
        for parent in (self.hotels, self.clinics, small):
            with (
                self.subTest(parent=parent.name),
                self.cr.savepoint(),
                self.assertRaisesRegex(ValidationError, "“Hotels” cannot be part of"),
            ):
                self.hotels.parent_id = parent

    def test_no_company_over_what_others_have(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.env.user.company_ids |= other
        self.Account._create_accounts(other, self.north.ids)
        theirs = self._account(self.north, other)
        group = self.Group.create({"name": "Shared"})

        def refused(what):
            with (
                self.subTest(what=what),
                self.cr.savepoint(),
                self.assertRaisesRegex(
                    ValidationError,
                    rf"“Shared” cannot be of .* alone: {what} of others .*\(1\)",
                ),
            ):
                group.company_id = self.company
            group.company_id = other
            group.company_id = False

        theirs.group_id = group
        theirs.active = False
        refused("Account")
        theirs.group_id = False
        part = self.Group.create(
            {"name": "Part", "parent_id": group.id, "company_id": other.id}
        )
        refused("Subgroups")
        part.parent_id = False
        intent = self.env["customer.intent"].create(
            {
                "name": "Grow",
                "kind": "grow",
                "group_id": group.id,
                "company_id": other.id,
            }
        )
        refused("Intents")
        intent.unlink()
        self.env["customer.value.exchange"].create(
            {"group_id": group.id, "company_id": other.id}
        )
        refused("Value Exchanges")
        group.copy().company_id = self.company

    def test_behaviours_and_values(self):
        Tag = self._as("manager", self.env["customer.group.tag"])
        seasonal = Tag.create({"name": "Order at full moon", "kind": "behaviour"})
        safe = Tag.create({"name": "Never to be alone", "kind": "value"})
        group = self._as("manager", self.hotels)
        group.write(
            {
                "behaviour_ids": [Command.link(seasonal.id)],
                "value_ids": [Command.link(safe.id)],
            }
        )
        self.assertEqual(group.behaviour_ids, seasonal)
        with self.assertRaisesRegex(
            ValidationError, "“Hotels”, Values: “Order at full moon” is of the other"
        ):
            group.value_ids = [Command.link(seasonal.id)]
        Tag.create({"name": "Order at full moon", "kind": "value"})
        with (
            self.assertRaises(psycopg2.errors.UniqueViolation),
            mute_logger("odoo.sql_db"),
            self.cr.savepoint(),
        ):
            Tag.create({"name": "order AT full moon", "kind": "behaviour"})

    def test_kept_rather_than_deleted(self):
        administrator = "administrator"
        with self.assertRaisesRegex(UserError, "“Hotels” cannot be deleted: 2 acc"):
            self._as(administrator, self.hotels).unlink()
        self._account(self.south).active = False
        with self.assertRaisesRegex(UserError, "1 accounts are in it. Archive it"):
            self._as(administrator, self.clinics).unlink()
        whole = self.Group.create({"name": "Whole"})
        part = self.Group.create({"name": "Part", "parent_id": whole.id})
        part.active = False
        with self.assertRaisesRegex(UserError, "other groups are part of it"):
            self._as(administrator, whole).unlink()
        self._as(administrator, whole | part).unlink()
        self.assertFalse((whole | part).exists())
        self._as("manager", self.hotels).action_archive()
        self.assertEqual(self._account(self.north).group_id, self.hotels)
        with self.assertRaises(AccessError):
            self._as("manager", self.Group.create({"name": "Mine"})).unlink()

    def test_what_has_a_history_stays(self):
        self._refresh()
        self.hotels.account_ids.write({"group_id": False, "group_reason": "Moved"})
        with self.assertRaisesRegex(UserError, "it had members, and its history"):
            self._as("administrator", self.hotels).unlink()

    # ------------------------------------------------------------------
    # Over time
    # ------------------------------------------------------------------

    def _history(self, group, company=None):
        self.env.invalidate_all()
        rows = self.env["customer.group.history"].search(
            [
                ("group_id", "=", group.id),
                ("company_id", "=", (company or self.company).id),
            ],
            order="month",
        )
        return {
            row.month: (
                row.account_count,
                row.revenue,
                row.profit,
                row.lifetime_value,
                row.losses,
            )
            for row in rows
        }

    def test_history_by_month(self):
        self.clinics.parent_id = self.hotels
        empty = self.Group.create({"name": "Empty"})
        self._refresh()
        july = month(2026, 7)
        self.assertEqual(self._history(self.hotels), {july: (3, 900, 860, 860, 40)})
        self.assertEqual(self._history(self.clinics), {july: (1, 300, 300, 300, 0)})
        self.assertEqual(self._history(empty), {})
        # the same month is written anew, a month that is over stays
        self._put(self.clinics, self.partner_a)
        self._refresh()
        self.assertEqual(self._history(self.clinics), {july: (2, 400, 400, 400, 0)})
        with freeze_time("2026-08-02"):
            self._put(self.Group, self.south, self.partner_a)
            self._refresh()
            self.assertEqual(
                self._history(self.clinics),
                {july: (2, 400, 400, 400, 0), month(2026, 8): (0, 0, 0, 0, 0)},
                "empty, and told so",
            )
            action = self._as("manager", self.clinics).action_open_history()
            self.assertEqual(
                self.env["customer.group.history"].search_count(action["domain"]), 2
            )

    def test_history_of_archived_groups_ends_with_their_members(self):
        self._refresh()
        self.clinics.active = False
        self._put(self.Group, self.south)
        with freeze_time("2026-08-02"):
            self._refresh()
            self.assertEqual(set(self._history(self.clinics)), {month(2026, 7)})

    def test_history_of_each_company_by_itself(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.Account._create_accounts(other, self.south.ids)
        self._account(self.south, other).group_id = self.hotels
        self._refresh()
        self._refresh(other)
        july = month(2026, 7)
        self.assertEqual(self._history(self.hotels)[july][0], 2)
        self.assertEqual(self._history(self.hotels, other)[july], (1, 0, 0, 0, 0))
        self.assertEqual(
            self._as("manager", self.env["customer.group.history"])
            .search([("group_id", "=", self.hotels.id)])
            .company_id,
            self.company,
        )

    def test_figures_agree_with_history(self):
        self.clinics.parent_id = self.hotels
        self._refresh()
        for group in self.hotels | self.clinics:
            count, *kept = self._history(group)[month(2026, 7)]
            self.assertEqual(self._figures(group)[:3], tuple(kept[:3]))
            self.assertEqual(group.account_count, count)
