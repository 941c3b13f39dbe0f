from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .common_run import RunCommon
from .test_ltv_run_apply import MODULE, RunApplyCommon


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestSchedule(RunApplyCommon):
    def _prepare(self):
        run = self.Run._prepare(self.company)
        self.Chunk._work_off()
        return run

    def test_periods(self):
        for interval, day in (
            ("month", date(2026, 6, 30)),
            ("quarter", date(2026, 6, 30)),
            ("year", date(2025, 12, 31)),
            ("none", date(2025, 12, 31)),
        ):
            self.company.customer_run_interval = interval
            with self.subTest(interval=interval):
                self.assertEqual(self.Run._get_last_period_end(self.company), day)
        self.company.customer_run_interval = "year"
        self.company.write({"fiscalyear_last_month": "3", "fiscalyear_last_day": 31})
        self.assertEqual(self.Run._get_last_period_end(self.company), date(2026, 3, 31))

    def test_a_run_is_prepared_and_reviewed(self):
        self.assertFalse(self._prepare())
        self.company.customer_run_interval = "quarter"
        run = self._prepare()
        self.assertEqual((run.state, run.date), ("computed", self.AS_OF))
        self.assertTrue(run.is_scheduled)
        self.assertIn(self.administrator, run.activity_ids.user_id)
        self.assertNotIn(self.manager, run.activity_ids.user_id)
        self.assertFalse(self._prepare(), "once is enough")
        self._apply(run)
        self.assertFalse(run.activity_ids)
        # cancelled is cancelled
        with freeze_time("2026-10-02"):
            run = self._prepare()
            self.assertEqual(run.date, date(2026, 9, 30))
            run.action_cancel()
            self.Chunk._work_off()
            self.assertFalse(self._prepare())

    def test_a_draft_is_no_run_yet(self):
        self.company.customer_run_interval = "month"
        self._new_run()
        self.assertEqual(self.Run._get_next_period_end(self.company), self.AS_OF)
        run = self._prepare()
        self.assertEqual((run.state, run.date), ("computed", self.AS_OF))

    def test_a_later_run_that_was_cancelled_is_none(self):
        self.company.customer_run_interval = "month"
        later = self._compute(date="2026-07-10")
        self.assertFalse(self._prepare(), "a later one tells more")
        later.action_cancel()
        self.assertEqual(self.Run._get_next_period_end(self.company), self.AS_OF)
        self.assertEqual(self._prepare().date, self.AS_OF)

    def test_workers_that_are_off_prepare_nothing(self):
        """The action would be switched off, too, after raising some nights."""
        self.company.customer_run_interval = "month"
        self.Chunk._get_workers().active = False
        self.assertFalse(self.Run._prepare(self.company))
        self.assertFalse(self.Run.search([("company_id", "=", self.company.id)]))

    def test_long_ago_is_not_made_up_for(self):
        self.company.customer_run_interval = "year"
        self.assertFalse(self._prepare())

    def test_applied_by_itself_only_when_wanted(self):
        self.company.write(
            {"customer_run_interval": "month", "customer_run_auto_apply": True}
        )
        run = self._prepare()
        self.assertEqual((run.state, self.riser.tier_id), ("applied", self.b))

    def test_administrators_are_told_of_a_failure(self):
        self.company.customer_run_interval = "month"
        run = self.Run._prepare(self.company)
        run._fail("Out of luck")
        self.assertEqual(run.state, "failed")
        [activity] = run.activity_ids.filtered(
            lambda activity: activity.user_id == self.administrator
        )
        self.assertIn("stopped with an error", activity.summary)
        run.action_cancel()
        self.assertFalse(run.activity_ids)

    def test_the_scheduled_actions(self):
        """They commit what they do; the other tests do it in one transaction."""
        self.company.customer_run_interval = "month"
        progress = []

        def commit(_cron, processed=0, *, remaining=None, deactivate=False):
            progress.append((processed, remaining))
            return float("inf")

        with patch.object(type(self.env["ir.cron"]), "_commit_progress", commit):
            self.Run._cron_prepare()
            self.Chunk._cron_work()
        run = self.Run.search([("company_id", "=", self.company.id)])
        self.assertEqual(run.state, "computed")
        self.assertEqual(progress[-1][1], 0)

    def test_a_run_waits_for_the_refresh(self):
        self.company.customer_refresh_date = "2026-07-14"
        run = self._new_run()
        run.action_compute()
        waiting = set()
        with patch.object(type(run), "_hold_refresh", lambda run: False):
            while self.Chunk._step(waiting):
                pass
        self.assertEqual(len(waiting), 1)
        self.assertEqual((run.state, run.stage), ("computing", "facts"))
        triggers = self.env["ir.cron.trigger"].search([])
        self._refresh()
        woken = (self.env["ir.cron.trigger"].search([]) - triggers).cron_id
        self.assertEqual(woken, self.Chunk._get_workers())
        self.assertEqual(len(woken), 4)
        self.Chunk._work_off()
        self.assertEqual(run.state, "computed")

    def test_a_run_goes_on_when_the_facts_are_there(self):
        """The rest of the refresh is done beside it, by its scheduled action."""
        self.company.customer_refresh_date = "2026-07-14"
        partner = self.riser.partner_id
        self._sell_to(partner, 900, "2026-06-10")
        triggers = self.env["ir.cron.trigger"].search([])
        run = self._new_run()
        run.action_compute()
        self.Chunk._work_off()
        self.assertEqual(run.state, "computed")
        self.assertEqual(self._snapshot(run, partner).revenue, 1300)
        self.assertEqual(self.riser.revenue, 400)
        refresh = self.env.ref("customer_centricity.ir_cron_refresh_accounts")
        woken = (self.env["ir.cron.trigger"].search([]) - triggers).cron_id
        self.assertEqual(woken, self.Chunk._get_workers() | refresh)
        with self.enter_registry_test_mode():
            refresh.method_direct_trigger()
        self.env.invalidate_all()
        self.assertFalse(self.company.customer_refresh_start)
        self.assertEqual(self.riser.revenue, 1300)

    def test_a_customer_of_today_is_moved_by_nothing(self):
        """It gets its first tier from the refresh beside the run, before or after."""
        self.company.customer_refresh_date = "2026-07-14"
        first, second = self.env["res.partner"].create(
            [{"name": "New before"}, {"name": "New after"}]
        )
        self._sell_to(first, 5000, "2026-06-10")
        self._sell_to(second, 5000, "2026-06-11")
        run = self._new_run()
        run.action_compute()
        self.Chunk._work_off()
        snapshots = self._snapshot(run, first) | self._snapshot(run, second)
        self.assertEqual(snapshots.mapped("movement"), ["same", "same"])
        self.assertEqual(snapshots.old_tier_id, snapshots.new_tier_id)
        self.assertTrue(snapshots.new_tier_id)
        accounts = snapshots.account_id
        self.assertFalse(accounts.tier_id, "the refresh has not come so far")
        accounts[0].tier_id = self.a
        self._apply(run)
        self.assertEqual(snapshots.mapped("outcome"), [False, False])
        self.assertEqual([account.tier_id for account in accounts][0], self.a)
        while self.company.customer_refresh_start:
            self.Account._refresh_step(self.company)
        self.assertTrue(all(account.tier_id for account in accounts))

    def test_a_run_does_the_rest_where_the_action_is_off(self):
        """Nobody would: the figures would stay half as they were."""
        self.company.customer_refresh_date = "2026-07-14"
        self.env.ref("customer_centricity.ir_cron_refresh_accounts").active = False
        self._check_a_run_refreshes_all()

    def test_a_run_waits_for_the_first_refresh_of_all(self):
        self.company.customer_refresh_date = False
        self._check_a_run_refreshes_all()

    def _check_a_run_refreshes_all(self):
        """Check that a run ends the refresh that it has begun."""
        self._sell_to(self.riser.partner_id, 900, "2026-06-10")
        run = self._new_run()
        run.action_compute()
        self.Chunk._work_off()
        self.assertEqual(run.state, "computed")
        self.assertFalse(self.company.customer_refresh_start)
        self.assertEqual(self.riser.revenue, 1300)

    def test_workers_that_do_not_work(self):
        run = self._new_run()
        workers = self.Chunk._get_workers()
        workers.nextcall = "2026-07-15 12:00:00"

        def state():
            run.invalidate_recordset()
            return run.worker_state

        self.assertEqual(state(), "ready")
        workers.nextcall = "2026-07-14 12:00:00"
        self.assertEqual(state(), "late")
        workers[0].nextcall = "2026-07-15 12:00:00"
        self.assertEqual(state(), "ready", "one is enough")
        workers.active = False
        self.assertEqual(state(), "off")
        with self.assertRaisesRegex(UserError, "switched off"):
            run.action_compute()


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestRunAccess(RunApplyCommon):
    def test_managers_look_and_keep_administrators_decide(self):
        run = self._compute()
        mine = run.with_user(self.manager)
        self.assertEqual(mine.account_count, 3)
        self.assertEqual(mine.snapshot_ids[0].lifetime_value, 10000)
        self.assertEqual(
            mine.action_open_snapshots()["domain"], [("run_id", "=", run.id)]
        )
        for name in ("apply", "cancel", "compute", "retry", "undo"):
            with self.subTest(name=name), self.assertRaises(AccessError):
                getattr(mine, f"action_{name}")()
        with self.assertRaises(AccessError):
            mine.write({"date": "2026-05-31"})
        administrator = run.with_user(self.administrator)
        with self.assertRaisesRegex(UserError, "is fixed"):
            administrator.write({"date": "2026-05-31"})
        # the state and the results are nobody's to write
        with self.assertRaises(AccessError):
            administrator.write({"state": "applied"})
        with self.assertRaises(AccessError):
            self.Run.with_user(self.administrator).create({"state": "applied"})
        with self.assertRaises(AccessError):
            administrator.snapshot_ids[0].write({"new_tier_id": self.a.id})
        administrator.action_apply()
        self.Chunk._work_off()
        self.assertEqual(run.applied_by_id, self.administrator)

    def test_asked_for_a_day_that_makes_sense(self):
        with self.assertRaisesRegex(ValidationError, "future"):
            self._new_run(date="2026-07-16")
        with self.assertRaisesRegex(ValidationError, "1970"):
            self._new_run(date="1969-12-31")

    def test_defaults_are_those_of_the_last_run(self):
        self.assertEqual(self._new_run().horizon_months, 60)
        run = self._compute(horizon_months=36)
        self._apply(run)
        self.assertEqual(self._new_run().horizon_months, 36)
        # what somebody only had a look at is no default
        self._compute(horizon_months=6)
        self.assertEqual(self._new_run().horizon_months, 36)

    def test_defaults_of_a_context_are_no_way_to_results(self):
        runs = self.Run.with_user(self.administrator).with_context(
            default_state="applied", default_total=1e6
        )
        with self.assertRaises(AccessError):
            runs.create({"date": self.AS_OF})


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestRunCompanies(RunCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_other_company()
        cls.Run = cls.env["customer.ltv.run"].with_company(cls.company)
        cls.Chunk = cls.env["customer.ltv.chunk"]
        cls.Snapshot = cls.env["customer.account.snapshot"]
        cls.partners = cls._customers(riser=400)
        cls.other.write(
            {"customer_value_method": "plain", "customer_run_interval": "none"}
        )

    def test_each_company_has_its_own(self):
        run = self._compute()
        theirs = self.Run.with_company(self.other).create({"date": self.AS_OF})
        mine = self._new_run()
        theirs.action_compute()
        mine.action_compute()
        self.Chunk._work_off()
        self.assertEqual((mine.state, theirs.state), ("computed", "computed"))
        self.assertEqual((mine.account_count, theirs.account_count), (1, 0))
        self._apply(run)
        self.assertFalse(self.other.customer_locked_until)
        self.assertEqual(theirs.previous_id, self.Run)
        stranger = self.env["res.users"].create(
            {
                "name": "Stranger",
                "login": "run_stranger",
                "company_id": self.other.id,
                "company_ids": [(6, 0, self.other.ids)],
                "group_ids": [(4, self.env.ref(f"{MODULE}.group_administrator").id)],
            }
        )
        runs = self.Run.with_context(allowed_company_ids=self.other.ids)
        runs = runs.with_user(stranger)
        self.assertEqual(runs.search([]), theirs)
        self.assertFalse(runs.env["customer.account.snapshot"].search([]))
        with self.assertRaises(AccessError):
            run.with_env(runs.env).action_undo()

    def test_a_company_that_fails_lets_the_others_go_on(self):
        runs, prepare = type(self.Run), type(self.Run)._prepare
        companies = self.company | self.other
        companies.customer_run_interval = "month"
        self.Account.create(
            {"partner_id": self.partners["riser"].id, "company_id": self.other.id}
        )
        self.Account._refresh(self.other)

        def failing(runs, company):
            if company == self.company:
                raise ValueError("Out of luck")
            return prepare(runs, company)

        with (
            patch.object(type(self.Account), "_get_companies", lambda _self: companies),
            patch.object(runs, "_prepare", failing),
            patch.object(type(self.env["ir.cron"]), "_commit_progress"),
            self.assertLogs("odoo.addons.customer_centricity.models", "ERROR"),
        ):
            self.Run._cron_prepare()
        run = self.Run.search([("company_id", "in", companies.ids)])
        self.assertEqual((run.company_id, run.state), (self.other, "computing"))

    def test_nothing_to_review_without_customers(self):
        self.other.customer_run_interval = "month"
        self.Account._refresh(self.other)
        self.assertTrue(self.other.customer_refresh_date)
        self.assertFalse(self.Run._prepare(self.other))
