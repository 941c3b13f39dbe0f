from ast import literal_eval
from datetime import date, timedelta
from unittest.mock import patch

from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, new_test_user, tagged

from ..models import customer_ltv_run_progress as progress
from .common import TODAY
from .common_run import RunCommon


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestRunProgress(RunCommon):
    """What the page of a run and the list of runs tell."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls._customers(top=2000, mid=500, low=100, lossy=-200)
        cls.administrator, cls.manager, cls.salesperson = (
            cls._create_member(f"progress_{role}", f"customer_centricity.group_{role}")
            for role in ("administrator", "manager", "user")
        )

    def _account_of(self, partner):
        if not self.company.customer_refresh_date:
            self.Account._refresh(self.company)
        return self.Account.search([("partner_id", "=", partner.id)])

    def _get_statuses(self, run):
        return {stage["key"]: stage["status"] for stage in run.get_progress()["stages"]}

    # ------------------------------------------------------------------
    # Progress
    # ------------------------------------------------------------------

    def test_steps_are_told_one_after_the_other(self):
        run = self._new_run()
        self.assertEqual(run.get_progress()["stages"], [])
        run.action_compute()
        told = run.get_progress()
        self.assertTrue(told["is_working"])
        self.assertEqual((told["state"], told["percent"]), ("computing", 0))
        self.assertEqual(
            self._get_statuses(run),
            {
                "facts": "current",
                "observe": "todo",
                "learn": "todo",
                "value": "todo",
                "compare": "todo",
                "record": "todo",
            },
        )
        percents = []
        while self.Chunk._step(set()):
            told = run.get_progress()
            # the facts are gone through more than once
            if told["stages"][0]["status"] == "done":
                percents.append(told["percent"])
        self.assertEqual(percents, sorted(percents))
        self.assertGreater(len(set(percents)), 4)
        told = run.get_progress()
        self.assertFalse(told["is_working"])
        self.assertEqual((told["state"], told["percent"]), ("computed", 100))
        self.assertEqual(set(self._get_statuses(run).values()), {"done"})
        self.assertNotIn(None, [stage["seconds"] for stage in told["stages"]])

    def test_the_steps_of_applying(self):
        run = self._compute()
        run.action_apply()
        self.assertEqual(list(self._get_statuses(run)), ["apply"])
        self.Chunk._work_off()
        # when it is over, how long all of it took
        self.assertEqual(len(self._get_statuses(run)), 7)
        self.assertEqual(set(self._get_statuses(run).values()), {"done"})

    def test_a_failed_step_is_shown(self):
        run = self._new_run()
        run.action_compute()
        run._fail("ValueError: no")
        told = run.get_progress()
        self.assertEqual((told["state"], told["error"]), ("failed", "ValueError: no"))
        self.assertFalse(told["is_working"])
        self.assertEqual(told["stages"][0]["status"], "failed")

    def test_waiting_for_a_person_is_no_step_s_time(self):
        def seconds(run):
            return {stage["key"]: stage["seconds"] for stage in run._get_stages()}

        with freeze_time("2026-07-15 08:00:00"):
            run = self._new_run()
            run.action_compute()
        with freeze_time("2026-07-15 08:00:07"):
            self.assertEqual(seconds(run)["facts"], 7)
            run._fail("ValueError: no")
        with freeze_time("2026-07-15 12:00:00"):
            self.assertEqual(seconds(run)["facts"], 7)
            run.action_retry()
        with freeze_time("2026-07-15 12:00:05"):
            self.assertEqual(seconds(run)["facts"], 12)
            self.Chunk._work_off()
            self.assertEqual(seconds(run)["facts"], 12)
        with freeze_time("2026-07-16 08:00:00"):
            run.action_apply()
        with freeze_time("2026-07-16 08:00:03"):
            self.Chunk._work_off()
        self.assertEqual(run.state, "applied")
        self.assertEqual((seconds(run)["record"], seconds(run)["apply"]), (0, 3))

    def test_parts_of_a_step(self):
        run = self._new_run()
        run.action_compute()
        run.sudo().write({"stage": "value", "stage_start": fields.Datetime.now()})
        self.Chunk.create(
            [
                {"run_id": run.id, "stage": "value", "state": state, "attempts": tries}
                for state, tries in (("done", 0), ("done", 1), ("done", 0), ("todo", 0))
            ]
        )
        told = run.get_progress()
        stage = told["stages"][3]
        self.assertEqual((stage["done"], stage["total"], stage["share"]), (3, 4, 0.75))
        self.assertEqual(told["failures"], 1)
        # facts 15, observe 40, learn 10 and three quarters of value's 15
        self.assertEqual(told["percent"], 76)

    # ------------------------------------------------------------------
    # The bus
    # ------------------------------------------------------------------

    def _watch_bus(self):
        told = []
        self.startPatcher(
            patch.object(
                self.env.registry["bus.bus"],
                "_sendone",
                lambda bus, target, kind, message: (
                    told.append((target, message)) if kind == progress.NOTICE else None
                ),
            )
        )
        return told

    def test_administrators_of_the_company_are_told(self):
        elsewhere = new_test_user(
            self.env,
            "progress_elsewhere",
            groups="customer_centricity.group_administrator",
            company_id=self.env["res.company"].create({"name": "Elsewhere"}).id,
        )
        run = self._new_run()
        told = self._watch_bus()
        run.action_compute()
        targets = {target for target, _message in told}
        self.assertIn(self.administrator.partner_id, targets)
        for user in (self.manager, self.salesperson, elsewhere):
            self.assertNotIn(user.partner_id, targets)
        # nothing but which run it is
        self.assertEqual([message for _t, message in told][:1], [{"id": run.id}])

    def test_the_bus_is_not_flooded(self):
        run = self._new_run()
        told = self._watch_bus()
        with patch.object(progress.time, "monotonic", return_value=1000.0):
            run._notify_progress()
            run._notify_progress()
        once = len(told)
        self.assertTrue(once)
        with patch.object(progress.time, "monotonic", return_value=1000.5):
            run._notify_progress()
            self.assertEqual(len(told), once)
            run._notify_progress(at_once=True)
            self.assertEqual(len(told), 2 * once)
        with patch.object(progress.time, "monotonic", return_value=1001.6):
            run._notify_progress()
        self.assertEqual(len(told), 3 * once)

    # ------------------------------------------------------------------
    # Health
    # ------------------------------------------------------------------

    def _get_health(self, user=None):
        runs = self.Run.with_user(user or self.manager)
        return runs.with_context(allowed_company_ids=self.company.ids).get_health()

    def _get_lines(self):
        [company] = self._get_health()["companies"]
        return [(line["kind"], line["text"]) for line in company["lines"]]

    def test_health_in_sentences(self):
        self.assertEqual(
            self._get_lines(),
            [
                ("muted", "No run has been applied yet."),
                ("muted", "No run is prepared by itself."),
            ],
        )
        self.company.customer_run_interval = "month"
        run = self._compute()
        self.assertEqual(
            self._get_lines(),
            [
                ("muted", "No run has been applied yet."),
                ("info", "2026 · 30 Jun is computed and waits for review."),
                ("muted", "The next run is prepared as of 07/31/2026."),
            ],
        )
        self._apply(run)
        [success, _next] = self._get_lines()
        self.assertEqual(
            success, ("success", "Last applied: 2026 · 30 Jun, on 07/15/2026.")
        )
        later = self._new_run(date="2026-07-10")
        later.action_compute()
        self.assertEqual(
            self._get_lines()[1],
            (
                "info",
                "2026 · 10 Jul is at work: Bringing facts up to date, 1 of 1 parts to "
                "do.",
            ),
        )
        later._fail("ValueError: no")
        self.assertEqual(
            self._get_lines()[1],
            ("danger", "2026 · 10 Jul has stopped with an error: ValueError: no"),
        )

    def test_warnings_when_scheduled_actions_are_off_or_late(self):
        self.company.customer_run_interval = "year"
        workers = self.Chunk._get_workers()
        prepare = self.env.ref("customer_centricity.ir_cron_prepare_run")
        soon = fields.Datetime.now() + timedelta(hours=1)
        (workers | prepare).write({"nextcall": soon})
        self.env["ir.cron.trigger"].search([]).unlink()
        self.assertEqual(self._get_health()["warnings"], [])
        prepare.nextcall = fields.Datetime.now() - timedelta(hours=3)
        [warning] = self._get_health()["warnings"]
        self.assertIn("is late", warning)
        prepare.active = False
        [warning] = self._get_health()["warnings"]
        self.assertIn("switched off", warning)
        # nothing is to be prepared: nothing is missed
        self.company.customer_run_interval = "none"
        self.assertEqual(self._get_health()["warnings"], [])
        workers.write({"nextcall": fields.Datetime.now() - timedelta(hours=1)})
        [warning] = self._get_health()["warnings"]
        self.assertIn("are late", warning)
        workers.write({"active": False})
        [warning] = self._get_health()["warnings"]
        self.assertIn("are switched off", warning)

    def test_salespeople_are_told_nothing(self):
        run = self._compute()
        with self.assertRaises(AccessError):
            self._get_health(self.salesperson)
        with self.assertRaises(AccessError):
            run.with_user(self.salesperson).get_progress()
        self.assertEqual(run.with_user(self.manager).get_progress()["percent"], 100)

    def test_the_next_period(self):
        def next_end():
            return self.Run._get_next_period_end(self.company)

        self.company.customer_run_interval = "month"
        # June has ended without a run
        self.assertEqual(next_end(), date(2026, 6, 30))
        # a draft that was forgotten is none
        self._new_run(date="2026-06-30")
        self.assertEqual(next_end(), date(2026, 6, 30))
        self._compute(date="2026-06-30")
        self.assertEqual(next_end(), date(2026, 7, 31))
        self.company.customer_run_interval = "quarter"
        self.assertEqual(next_end(), date(2026, 9, 30))
        self.company.customer_run_interval = "year"
        self.assertEqual(next_end(), date(2026, 12, 31))

    # ------------------------------------------------------------------
    # The result
    # ------------------------------------------------------------------

    def test_change_since_the_last_run(self):
        first = self._compute(date="2026-04-30")
        # one order each makes no rate: 1000 + 250 + 50 - 100
        self.assertEqual((first.total, first.total_change), (1200, 0))
        self._apply(first)
        second = self._compute()
        self.assertEqual((second.total, second.previous_total), (12800, 1200))
        self.assertEqual(second.total_change, 11600)
        self.assertAlmostEqual(second.total_change_rate, 9.6667, places=4)
        self.assertEqual(second.best_tier_name, "Tier A")
        self.assertEqual(
            self.Run.search(
                [("is_latest", "=", True), ("company_id", "=", self.company.id)]
            ),
            second,
        )
        self.assertEqual((first | second).mapped("is_latest"), [False, True])
        self.assertIn(first, self.Run.search([("is_latest", "=", False)]))

    def test_cards_open_what_they_count(self):
        for partner, tier in (("top", self.b), ("mid", self.a), ("lossy", self.c)):
            self._account_of(self.partners[partner]).tier_id = tier
        self._account_of(self.partners["low"]).write(
            {"tier_id": self.a.id, "is_protected": True, "protected_reason": "So"}
        )
        run = self._compute()
        search = self.env.ref(
            "customer_centricity.customer_account_snapshot_view_search"
        )
        domains = {
            node.get("name"): node.get("domain")
            for node in search._get_combined_arch().iter("filter")
        }
        found = {}
        for name in ("entered", "left", "loss", "up", "down", "kept", "damped"):
            action = run.with_context(customer_movement=name).action_open_snapshots()
            self.assertEqual(action["context"], {f"search_default_{name}": True})
            domain = fields.Domain.AND([action["domain"], literal_eval(domains[name])])
            found[name] = self.Snapshot.search_count(domain)
            self.assertEqual(found[name], run[f"{name}_count"], name)
        self.assertEqual(
            found,
            {
                "entered": 1,
                "left": 1,
                "loss": 1,
                "up": 1,
                "down": 2,
                "kept": 1,
                "damped": 0,
            },
        )
        action = run.with_context(customer_movement="all").action_open_snapshots()
        self.assertEqual(self.Snapshot.search_count(action["domain"]), 4)
        matrix = run.action_open_matrix()
        self.assertEqual(matrix["domain"], [("run_id", "=", run.id)])

    def test_history_of_an_account(self):
        account = self._account_of(self.partners["top"])
        self.assertEqual(account.snapshot_count, 0)
        run = self._compute()
        self.assertEqual(account.snapshot_count, 0)
        self._apply(run)
        account.invalidate_recordset(["snapshot_count"])
        self.assertEqual(account.snapshot_count, 1)

    def test_movements_are_shown_from_the_best(self):
        self._account_of(self.partners["top"]).tier_id = self.b
        self._account_of(self.partners["lossy"]).tier_id = self.c
        run = self._compute()
        # as the cards ask
        snapshots = self.Snapshot.with_context(read_group_expand=True)
        groups = snapshots.web_read_group([("run_id", "=", run.id)], ["movement"])
        self.assertEqual(
            [group["movement"] for group in groups["groups"]],
            ["entered", "same", "down"],
        )

    def test_movements_open_with_as_many_queries_for_many(self):
        run = self._compute()
        self._apply(run)
        for partner in ("top", "mid"):
            self._account_of(self.partners[partner]).tier_id = self.c
        second = self._compute(date="2026-07-10")
        snapshots = self.Snapshot.with_user(self.manager)
        views = self.Snapshot.get_views([(False, "list"), (False, "kanban")])
        names = {
            name: {"fields": {"display_name": {}}}
            if snapshots._fields[name].type == "many2one"
            else {}
            for view in views["views"].values()
            for name in self._get_field_names(view["arch"])
        }
        self.assertIn("reason", names)

        def count(limit):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            found = snapshots.web_search_read(
                [("run_id", "=", second.id)], names, limit=limit
            )
            self.assertEqual(len(found["records"]), limit)
            return self.env.cr.sql_log_count - before

        count(4)
        count(1)  # what is kept from one request to the next is there
        self.assertLessEqual(count(4), count(1))

    @staticmethod
    def _get_field_names(arch):
        return {
            node.get("name")
            for node in etree.fromstring(arch).iter("field")
            if not list(node.iterancestors("header"))
        }
