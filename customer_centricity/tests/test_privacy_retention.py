from datetime import date
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.customer_centricity.models import customer_retention

from .common import TODAY
from .common_run import RunCommon

CRON = "customer_centricity.ir_cron_clean_up"
LOGGER = "odoo.addons.customer_centricity.models.customer_retention"


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestPrivacyRetention(RunCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["customer.nps.response"].search([]).unlink()
        cls.Response = cls.env["customer.nps.response"].with_company(cls.company)
        cls.Retention = cls.env["customer.retention"]
        cls._customers(big=2000, small=100)
        cls.runs = cls.Run.browse().concat(
            *map(cls._get_applied_run, ("2026-04-30", "2026-05-31", "2026-06-30"))
        )
        cls.old = cls.runs[0]

    @classmethod
    def _get_applied_run(cls, day):
        run = cls._new_run(date=day)
        run.action_compute()
        cls.Chunk._work_off()
        run.action_apply()
        cls.Chunk._work_off()
        return run

    def _answer(self, *days):
        return self.Response.create(
            [
                {
                    "partner_id": self.north_contact.id,
                    "company_id": self.company.id,
                    "date": day,
                    "score": 9,
                    "channel": "typed",
                }
                for day in days
            ]
        )

    def _get_progress(self, time_left=10.0):
        """Run the scheduled action; return what it says of its progress."""
        progress = []

        def note(_model, processed=0, *, remaining=None, deactivate=False):
            progress.append((processed, remaining))
            return time_left

        with (
            patch.object(type(self.env["ir.cron"]), "_commit_progress", note),
            patch.object(customer_retention, "BATCH_SIZE", 2),
        ):
            self.Retention._cron_clean_up()
        return progress

    # ------------------------------------------------------------------
    # Answers
    # ------------------------------------------------------------------

    def test_answers_of_the_last_three_years_are_kept(self):
        answers = self._answer("2020-01-01", "2023-07-14", "2023-07-15", "2026-07-01")
        with self.enter_registry_test_mode():
            self.env.ref(CRON).method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(answers.exists(), answers[2:])

    def test_other_times_and_for_ever(self):
        answers = self._answer("2020-01-01", "2026-06-14", "2026-06-15")
        self.company.customer_answer_months = 0
        self.assertEqual(self._get_progress(), [])
        self.assertEqual(answers.exists(), answers)
        self.company.customer_nps_window_months = 1
        self.company.customer_answer_months = 1
        self.assertEqual(self._get_progress(), [(2, 0)])
        self.assertEqual(answers.exists(), answers[2:])

    def test_answers_that_count_are_kept(self):
        answers = self._answer("2025-07-14", "2025-07-15")
        self.company.write(
            {"customer_answer_months": 6, "customer_nps_window_months": 12}
        )
        self._get_progress()
        self.assertEqual(answers.exists(), answers[1])

    def test_invitations_until_the_contact_may_be_asked_again(self):
        self.company.customer_nps_pause_days = 90
        past, present = "2026-04-15", "2026-04-16"  # 91 and 90 days ago
        kinds = [
            {"sent_date": past, "expiry_date": "2026-05-15"},
            {
                "sent_date": past,
                "expiry_date": "2026-09-15",
                "answered_date": "2026-04-17",
            },
            {"failure": "No such address"},
            # of no use yet
            {"sent_date": present, "expiry_date": "2026-05-16"},
            {"sent_date": past, "expiry_date": "2026-09-15"},
            {},
        ]
        invitations = self.env["customer.nps.invitation"].create(
            [
                {
                    "partner_id": self.north_contact.id,
                    "company_id": self.company.id,
                    **kind,
                }
                for kind in kinds
            ]
        )
        invitations.flush_recordset()
        self.cr.execute(
            "UPDATE customer_nps_invitation SET create_date = %s WHERE id = ANY(%s)",
            (past, invitations.ids),
        )
        self.env.invalidate_all()
        self._get_progress()
        self.assertEqual(invitations.exists(), invitations[3:])

    def test_each_company_has_its_own_time(self):
        other = self.env["res.company"].create(
            {"name": "Elsewhere", "customer_answer_months": 0}
        )
        answers = self._answer("2020-01-01", "2020-01-02")
        answers[1].company_id = other
        self._get_progress()
        self.assertEqual(answers.exists(), answers[1])

    def test_an_interrupted_clean_up_goes_on(self):
        answers = self._answer(*["2020-01-01"] * 5)
        triggers = self.env["ir.cron.trigger"]
        cron = self.env.ref(CRON)
        before = triggers.search_count([("cron_id", "=", cron.id)])
        self.assertEqual(self._get_progress(time_left=0.0), [(2, 3)])
        self.assertEqual(len(answers.exists()), 3)
        self.assertEqual(triggers.search_count([("cron_id", "=", cron.id)]), before + 1)
        self.assertEqual(self._get_progress(), [(2, 1), (1, 0)])
        self.assertFalse(answers.exists())

    def test_what_cannot_be_deleted_keeps_nothing_else(self):
        answers = self._answer("2020-01-01")
        self.old.date = "2021-07-14"
        original = type(self.Response).unlink

        def refuse(records):
            if records & answers:
                raise ValueError("not these")
            return original(records)

        self.patch(type(self.Response), "unlink", refuse)
        # those that refuse come first
        names = [self.Response._name, "customer.account.snapshot"]
        self.patch(type(self.Retention), "_get_retained_models", lambda _model: names)
        with (
            patch.object(self.env.cr, "rollback"),
            self.assertLogs(LOGGER, "ERROR"),
        ):
            progress = self._get_progress()
        self.assertEqual(progress[0], (0, 2))
        self.assertEqual(progress[-1], (2, 0))
        self.assertTrue(answers.exists())
        self.assertFalse(self.old.snapshot_ids)

    # ------------------------------------------------------------------
    # Accounts of runs
    # ------------------------------------------------------------------

    def test_accounts_of_runs_of_more_than_five_years_ago(self):
        run = self.old
        self.assertEqual(len(run.snapshot_ids), 2)
        total = run.total
        tiers = run.tier_ids.mapped("account_count")
        run.date = "2021-07-15"
        self.assertEqual(self._get_progress(), [])
        run.date = "2021-07-14"
        self.assertEqual(self._get_progress(), [(2, 0)])
        self.assertFalse(run.snapshot_ids)
        self.assertEqual(run.snapshot_removed_date, date(2026, 7, 15))
        # what the run came to stays
        self.assertEqual((run.state, run.total), ("applied", total))
        self.assertEqual(run.tier_ids.mapped("account_count"), tiers)
        arch = run.get_view(view_type="form")["arch"]
        self.assertIn("was removed on", arch)

    def test_the_last_two_runs_are_kept_however_old_they_are(self):
        first, runs = self.old, self.runs
        runs.write({"date": "2010-01-31"})
        self._get_progress()
        self.assertFalse(first.snapshot_ids)
        self.assertEqual([len(run.snapshot_ids) for run in (runs - first)], [2, 2])
        # so the last one can be undone, and there is one to compare the next with
        last = self.Run._get_last_applied(self.company)
        self._undo(last)
        self.assertEqual(self.Run._get_last_applied(self.company), runs - first - last)

    def test_what_was_never_applied_is_given_up(self):
        run = self._compute()
        self._get_progress()
        self.assertEqual(run.state, "computed")
        run.date = "2010-01-31"
        self._get_progress()
        self.assertEqual(run.state, "cancelled")
        self.assertFalse(run.snapshot_ids)

    def test_for_ever(self):
        run = self.old
        run.date = "2021-07-14"
        self.company.customer_snapshot_years = 0
        self.assertEqual(self._get_progress(), [])
        self.assertEqual(len(run.snapshot_ids), 2)

    # ------------------------------------------------------------------
    # Settings
    # ------------------------------------------------------------------

    def test_settings_are_on_the_page(self):
        administrator = self._create_member(
            "retention_administrator",
            "customer_centricity.group_administrator,base.group_system",
        )
        settings = self.env["res.config.settings"].with_user(administrator)
        with Form(settings.with_company(self.company)) as form:
            self.assertEqual(form.customer_answer_months, 36)
            self.assertEqual(form.customer_snapshot_years, 5)
            form.customer_answer_months = 24
            form.customer_snapshot_years = 7
        form.record.set_values()
        self.assertEqual(self.company.customer_answer_months, 24)
        self.assertEqual(self.company.customer_snapshot_years, 7)

    @mute_logger("odoo.sql_db")
    def test_settings_out_of_range_are_refused(self):
        for name, value in (
            ("customer_answer_months", -1),
            ("customer_answer_months", 1201),
            ("customer_snapshot_years", -1),
            ("customer_snapshot_years", 101),
        ):
            with (
                self.subTest(name=name, value=value),
                self.assertRaises(IntegrityError),
                self.cr.savepoint(),
            ):
                self.company[name] = value
                self.env.flush_all()

    def test_what_is_left_is_counted_once(self):
        self._answer(*["2020-01-01"] * 7)
        original = type(self.Retention)._get_left
        counted = []

        def count(model):
            counted.append(model)
            return original(model)

        self.patch(type(self.Retention), "_get_left", count)
        self.assertEqual(self._get_progress(), [(2, 5), (2, 3), (2, 1), (1, 0)])
        self.assertEqual(len(counted), 1)

    def test_every_model_that_says_so_is_cleaned(self):
        self.assertLessEqual(
            {"customer.nps.response", "customer.nps.invitation"},
            set(self.Retention._get_retained_models()),
        )
        self.assertEqual(
            {
                name
                for name in self.env
                if not self.env[name]._abstract
                and hasattr(self.env[name], "_get_overdue_domain")
            },
            set(self.Retention._get_retained_models()),
        )
