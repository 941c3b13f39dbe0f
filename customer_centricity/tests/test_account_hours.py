from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged

from odoo.addons.customer_centricity.models import customer_account_figures

from .common import TODAY, CustomerCentricityCommon
from .common_refresh import RefreshChangesCommon


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestAccountHours(RefreshChangesCommon):
    """Hours of July 2026 beside those included, counted by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user, cls.manager = (
            cls._create_member(
                f"hours_{role}",
                f"customer_centricity.group_{role},base.group_partner_manager",
            )
            for role in ("user", "manager")
        )
        cls.level = cls.env["customer.service.level"].create(
            {"name": "Five hours", "included_hours": 5}
        )
        # of last month: the hours of July begin at 0
        cls._timesheet("2026-06-30", 9)
        cls.Account._refresh(cls.company)
        cls.account = cls.Account.search(
            [("partner_id", "=", cls.north.id), ("company_id", "=", cls.company.id)]
        )
        cls.Account.search(
            [("company_id", "=", cls.company.id)]
        ).service_level_id = cls.level

    def _status(self):
        self._refresh()
        return self.account.hours_status

    # ------------------------------------------------------------------
    # Statuses
    # ------------------------------------------------------------------

    def test_hours_of_this_month_alone_count(self):
        """0.8 x 5 = 4 hours are nearly all; more than 5 are beyond."""
        self.assertEqual(self._status(), "within")
        self._timesheet("2026-07-01", 3.75)
        self.assertEqual(self._status(), "within")
        self._timesheet("2026-07-10", 0.25)
        self.assertEqual(self._status(), "near")
        self._timesheet("2026-07-15", 1)
        self.assertEqual(self._status(), "near")
        sheet = self._timesheet("2026-07-15", 0.5)
        self.assertEqual(self._status(), "over")
        sheet.unlink()
        self.assertEqual(self._status(), "near")

    def test_who_has_no_hours_included_pays_for_each(self):
        self.level.included_hours = 0
        self._timesheet("2026-07-10", 0.5)
        self.assertFalse(self._status())

    def test_who_is_not_ours_to_serve_should_have_none(self):
        self.level.included_hours = 0
        for kind in ("subcontracted", "ended"):
            self.level.kind = kind
            self.assertFalse(self._status())
            sheet = self._timesheet("2026-07-10", 0.5)
            self.assertEqual(self._status(), "over")
            self.level.watch_hours = False
            self.assertFalse(self._status())
            self.level.watch_hours = True
            sheet.unlink()

    def test_not_watched_and_no_level(self):
        self._timesheet("2026-07-10", 6)
        self.assertEqual(self._status(), "over")
        self.level.watch_hours = False
        self.assertFalse(self._status())
        self.level.watch_hours = True
        self.assertEqual(self._status(), "over")
        self.account.service_level_id = False
        # the refresh would give a level again where the tier has a default
        self.account.tier_id.service_level_id = False
        self.assertFalse(self._status())

    def test_another_level_includes_more(self):
        self._timesheet("2026-07-10", 6)
        self.assertEqual(self._status(), "over")
        self.account.service_level_id = self.level.copy({"included_hours": 8})
        self.assertEqual(self._status(), "within")

    def test_the_first_refresh_knows_them(self):
        """The level that a first tier gives counts at once: Personal, 8 hours."""
        partner = self.env["res.partner"].create({"name": "Newcomer"})
        self._invoice(partner, "2026-07-01", (self.service, 1, 100_000))
        self._timesheet("2026-07-10", 7, project=self._create_project(partner))
        self._refresh()
        account = self._account(partner)
        self.assertEqual(account.service_level_id.name, "Personal")
        self.assertEqual(account.hours_status, "near")

    # ------------------------------------------------------------------
    # As time goes by
    # ------------------------------------------------------------------

    def test_a_refresh_of_what_changed_knows_them(self):
        self._settle()
        self._timesheet("2026-07-10", 6)
        self.assertIn(self.north, self._check())
        self.assertEqual(self.account.hours_status, "over")

    def test_a_refresh_of_what_changed_looks_at_all(self):
        """No document changed, only whether hours are watched."""
        self._timesheet("2026-07-10", 6)
        self._settle()
        self.assertEqual(self.account.hours_status, "over")
        self.level.watch_hours = False
        self.assertFalse(self._check(), "nobody is done")
        self.assertFalse(self.account.hours_status)

    def test_a_new_month_begins_at_nothing(self):
        self._timesheet("2026-07-10", 6)
        self.assertEqual(self._status(), "over")
        with freeze_time("2026-07-31"):
            self.assertEqual(self._status(), "over")
        with freeze_time("2026-08-01"):
            self.assertEqual(self._status(), "within")
            self.env.invalidate_all()
            self.assertEqual(self.account.month_hours, 0)

    def test_automation_rules_see_it_once(self):
        field = self.env["ir.model.fields"]._get("customer.account", "hours_status")
        rule = self.env["base.automation"].create(
            {
                "name": "Talk about hours",
                "model_id": field.model_id.id,
                "trigger": "on_write",
                "trigger_field_ids": [Command.set(field.ids)],
                "filter_pre_domain": "[('hours_status', '!=', 'over')]",
                "filter_domain": "[('hours_status', '=', 'over')]",
            }
        )
        rule.action_server_ids = self.env["ir.actions.server"].create(
            {
                "name": "Activity",
                "model_id": field.model_id.id,
                "base_automation_id": rule.id,
                "usage": "base_automation",
                "state": "next_activity",
                "activity_type_id": self.env.ref("mail.mail_activity_data_todo").id,
                "activity_summary": "Hours",
                "activity_user_type": "specific",
                "activity_user_id": self.manager.id,
            }
        )
        self._timesheet("2026-07-10", 6)
        for _again in range(2):
            self._refresh()
            self.assertEqual(len(self.account.activity_ids), 1)

    # ------------------------------------------------------------------
    # In steps
    # ------------------------------------------------------------------

    def _statuses(self):
        self.env.invalidate_all()
        accounts = self.Account.search([("company_id", "=", self.company.id)])
        return {account: account.hours_status for account in accounts}

    def _clear(self):
        self.env.flush_all()
        self.cr.execute("UPDATE customer_account SET hours_status = NULL")
        self.env.invalidate_all()

    def test_in_steps_it_comes_to_the_same(self):
        self._timesheet("2026-07-10", 6)
        self._refresh()
        expected = self._statuses()
        self.assertEqual(len(expected), 3)
        self.assertNotIn(False, expected.values())
        self._clear()
        ids = sorted(account.id for account in expected)
        with patch.object(customer_account_figures, "BATCH_SIZE", 2):
            self.company.customer_refresh_cursor = 0
            self.assertEqual(self.Account._refresh_service(self.company), 2)
            self.assertEqual(self.company.customer_refresh_cursor, ids[1])
            self.assertEqual([*self._statuses().values()].count(False), 1)
            # whoever goes on after a killed step does the rest
            self.assertEqual(self.Account._refresh_service(self.company), 1)
            self.assertEqual(self.Account._refresh_service(self.company), 0)
        self.assertEqual(self._statuses(), expected)

    def test_a_database_in_the_middle_of_a_refresh_goes_on(self):
        """One that was begun before there was this stage."""
        self._timesheet("2026-07-10", 6)
        self.Account._begin_cycle(self.company, full=True)
        self.company.customer_refresh_stage = "compare"
        self._clear()
        self._go_on()
        self.assertEqual(self.account.hours_status, "within", "hours of before")
        self.assertEqual(self._status(), "over")

    def test_queries_do_not_grow_with_the_accounts(self):
        def count():
            self.company.customer_refresh_cursor = 0
            self.env.flush_all()
            self.env.invalidate_all()
            self.company.fetch(["customer_window_end"])
            before = self.cr.sql_log_count
            self.Account._refresh_service(self.company)
            return self.cr.sql_log_count - before

        self._refresh()
        few = count()
        self._create_many()
        self.assertEqual(count(), few)

    def _create_many(self):
        partners = self.env["res.partner"].create(
            [{"name": f"Customer {number}"} for number in range(12)]
        )
        for partner in partners:
            self._timesheet("2026-07-10", 1, project=self._create_project(partner))
        self._refresh()
        return partners

    # ------------------------------------------------------------------
    # Figures
    # ------------------------------------------------------------------

    def test_figures_of_the_account(self):
        """3 of 5 hours; then 6, and none included."""
        self._timesheet("2026-07-10", 3)
        self._refresh()
        self.assertEqual(
            (self.account.month_hours, self.account.included_hours), (3, 5)
        )
        self.assertEqual(self.account.hours_used_rate, 0.6)
        self._timesheet("2026-07-10", 3)
        self.level.included_hours = 0
        self._refresh()
        self.env.invalidate_all()
        self.assertEqual(
            (self.account.month_hours, self.account.hours_used_rate), (6, 0)
        )

    def test_figures_of_many_take_no_more_queries(self):
        partners = self._create_many()
        accounts = self.Account.search([("partner_id", "in", partners.ids)])
        names = ["month_hours", "included_hours", "hours_used_rate", "hours_status"]

        def count(records, names):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            records.with_user(self.manager).read(names)
            return self.cr.sql_log_count - before

        count(accounts, names)
        self.assertEqual(count(accounts[:3], names), count(accounts, names))
        self.assertEqual(set(accounts.mapped("month_hours")), {1})
        names = [
            "customer_month_hours",
            "customer_included_hours",
            "customer_hours_status",
        ]
        count(partners, names)
        self.assertEqual(count(partners[:3], names), count(partners, names))

    # ------------------------------------------------------------------
    # Who sees what, and where
    # ------------------------------------------------------------------

    def test_salespeople_see_the_status_and_no_hours(self):
        self._timesheet("2026-07-10", 6)
        self._refresh()
        for records, status, figures in (
            (
                self.account,
                "hours_status",
                ["month_hours", "included_hours", "hours_used_rate"],
            ),
            (
                self.north_contact,
                "customer_hours_status",
                ["customer_month_hours", "customer_included_hours"],
            ),
        ):
            self.assertEqual(records.with_user(self.user)[status], "over")
            self.assertEqual(
                records.with_user(self.manager).read(figures)[0],
                {"id": records.id, **dict(zip(figures, (6, 5, 1.2), strict=False))},
            )
            for name in figures:
                with self.subTest(name=name), self.assertRaises(AccessError):
                    records.with_user(self.user).read([name])
            for view_type in ("form", "list", "kanban", "search"):
                arch = records.with_user(self.user).get_view(view_type=view_type)[
                    "arch"
                ]
                for name in figures:
                    self.assertNotIn(f'"{name}"', arch)

    def test_nobody_writes_it(self):
        for user in (self.user, self.manager):
            with self.assertRaises(AccessError):
                self.account.with_user(user).write({"hours_status": "within"})

    def test_contacts_are_found_by_it(self):
        self._timesheet("2026-07-10", 6)
        self._refresh()
        partners = self.env["res.partner"].with_user(self.user)
        mine = [("id", "in", (self.north | self.south | self.vendor).ids)]
        over = partners.search([*mine, ("customer_hours_status", "=", "over")])
        self.assertEqual(over, self.north)
        none = partners.search([*mine, ("customer_hours_status", "=", False)])
        self.assertEqual(none, self.vendor)
        groups = partners.formatted_read_group(
            mine, ["customer_hours_status"], ["__count"]
        )
        self.assertEqual(
            {group["customer_hours_status"]: group["__count"] for group in groups},
            {"within": 1, "over": 1, False: 1},
        )

    def test_forms(self):
        self._timesheet("2026-07-10", 6)
        self._refresh()
        for user, sees in ((self.user, False), (self.manager, True)):
            form = Form(self.account.with_user(user))
            self.assertEqual(form.hours_status, "over")
            self.assertEqual("month_hours" in form._view["fields"], sees)
            form = Form(self.north.with_user(user))
            self.assertEqual(form.customer_hours_status, "over")
            self.assertEqual("customer_month_hours" in form._view["fields"], sees)


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestAccountHoursCompanies(CustomerCentricityCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_other_company()
        cls._invoice(cls.north, "2026-03-10", (cls.goods, 3, 100))

    def test_each_company_has_its_own(self):
        other = self.other
        theirs = self._create_project(self.north, other)
        worker = self.env["hr.employee"].create(
            {"name": "Oscar", "hourly_cost": 40, "company_id": other.id}
        )
        self._timesheet("2026-07-10", 6, project=theirs, employee=worker)
        self._refresh(self.company | other)
        level = self.env["customer.service.level"].create(
            {"name": "Five hours", "included_hours": 5}
        )
        account, ours = (
            self._account(self.north, company) for company in (other, self.company)
        )
        ours.service_level_id = level
        account.service_level_id = level
        self._refresh(self.company | other)
        self.assertEqual((account.month_hours, account.hours_status), (6, "over"))
        self.assertEqual((ours.month_hours, ours.hours_status), (0, "within"))
        for company, hours, status in (
            (self.company, 0, "within"),
            (other, 6, "over"),
        ):
            north = self.north.with_company(company)
            self.assertEqual(north.customer_month_hours, hours)
            self.assertEqual(north.customer_hours_status, status)
