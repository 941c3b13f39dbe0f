import contextlib

import psycopg2

from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import TODAY
from .common_run import RunCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReadonly(RunCommon):
    """What Odoo may ask of a read replica, asked of a database that is read only."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids |= cls.env.ref("account.group_account_readonly")
        cls.env.user.group_ids |= cls.env.ref("customer_centricity.group_manager")
        cls._invoice(cls.north, "2026-03-10", (cls.goods, 3, 100))
        cls._invoice(cls.north, "2026-04-10", (cls.costless_goods, 1, 70))
        cls._timesheet("2026-03-10", 1)
        cls.Account._refresh(cls.company)
        cls.env.flush_all()

    @contextlib.contextmanager
    def _readonly(self):
        """Have PostgreSQL refuse to write, as a replica does, for a while."""
        self.env.flush_all()
        self.env.invalidate_all()
        savepoint = self.env.cr.savepoint(flush=False)
        self.env.cr.execute("SET LOCAL transaction_read_only = on")
        try:
            yield
            # what has been put off would be written afterwards
            self.env.flush_all()
        finally:
            savepoint.close(rollback=True)

    def _get_calls(self):
        """Return what calls each method: (model, method): function."""
        account = self._account(self.north)
        run = self._compute()
        row = self.env["customer.reconciliation"].search(
            [("company_id", "=", self.company.id), ("ledger_revenue", "!=", 0)], limit=1
        )
        findings = self.env["customer.quality.finding"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertTrue(findings)
        items = self.env["customer.profit.item"].with_context(
            customer_account_id=account.id,
            customer_kind="revenue",
            customer_period=["2026-03-01", "2026-05-01"],
        )
        figure = {"customer_figure": "ledger_revenue"}
        dashboard = self.env["customer.dashboard"]
        return {
            ("customer.account", "get_profit_statement"): lambda: [
                account.get_profit_statement(unit)
                for unit in ("window", "month", "year")
            ],
            ("customer.account", "action_open_items"): lambda: [
                account.action_open_items(kind, "2026-03-01", "2026-04-01")
                for kind in ("revenue", "product_cost")
            ],
            ("customer.account", "get_voice_summary"): account.get_voice_summary,
            ("customer.behaviour", "get_transitions"): (
                self.env["customer.behaviour"].get_transitions
            ),
            ("customer.dashboard", "get_action"): lambda: [
                dashboard.get_action(target, {})
                for target in (["all"], ["top", 10], ["finding", "no_cost_goods"])
            ],
            ("customer.dashboard", "get_filters"): dashboard.get_filters,
            ("customer.dashboard", "get_section"): lambda: [
                dashboard.get_section(name, {}) for name in dashboard._get_sections()
            ],
            ("customer.ltv.run", "get_progress"): run.get_progress,
            ("customer.ltv.run", "get_health"): self.Run.get_health,
            ("customer.onboarding", "get_panel"): self.env[
                "customer.onboarding"
            ].get_panel,
            ("customer.profit.item", "web_search_read"): lambda: items.web_search_read(
                [("account_id", "=", account.id)], {"amount": {}, "document": {}}
            ),
            ("customer.quality.finding", "get_grades"): findings.get_grades,
            ("customer.quality.finding", "action_open"): lambda: [
                finding.action_open() for finding in findings
            ],
            ("customer.reconciliation", "action_open_items"): (
                row.with_context(**figure).action_open_items
            ),
        }

    def test_every_method_that_may_be_asked(self):
        calls = self._get_calls()
        found = {
            (name, attribute)
            for name in self.env.registry
            for base in type(self.env[name]).__mro__
            if base.__module__.startswith("odoo.addons.customer_centricity.")
            for attribute, value in vars(base).items()
            if getattr(value, "_readonly", False)
        }
        self.assertEqual(found, set(calls))
        for (model, name), call in calls.items():
            with self.subTest(model=model, name=name), self._readonly():
                self.assertTrue(call())

    def test_screens(self):
        """Lists, pivots and forms read what they show, and write nothing."""
        run = self._compute()
        records = (
            self._account(self.north),
            run,
            run.snapshot_ids[:1],
            self.env["customer.profit.month"].search([], limit=1),
            self.env["customer.quality.finding"].search([], limit=1),
            self.env["customer.reconciliation"].search([], limit=1),
        )
        for record in records:
            with self.subTest(model=record._name), self._readonly():
                names = {
                    name: {}
                    for name, field in record._fields.items()
                    if field.type not in ("binary", "properties")
                }
                self.assertTrue(record.web_read(names))
                record.web_read_group([], ["company_id"], ["__count"])

    def test_writing_is_refused(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.ReadOnlySqlTransaction),
            self._readonly(),
        ):
            self.company.customer_window_months = 6
            self.env.flush_all()
