from datetime import datetime, timedelta
from unittest.mock import patch

import psycopg2

from odoo import SUPERUSER_ID, fields
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from odoo.addons.customer_centricity.tests.common import TODAY
from odoo.addons.customer_centricity.tests.common_run import RunCommon
from odoo.addons.queue_job.exception import RetryableJobError
from odoo.addons.queue_job.job import Job

from ..hooks import uninstall_hook


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestJobs(RunCommon):
    """Runs that are worked on by jobs, one after the other as a job runner has them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Job = cls.env["queue.job"]
        cls.Job.search([]).unlink()
        cls.env["ir.cron.trigger"].search([]).unlink()
        cls.partners = cls._customers(top=2000, mid=500, low=100, lossy=-50)

    def _get_jobs(self, *states):
        return self.Job.search(
            [
                *self.Chunk._get_jobs_domain(),
                ("state", "in", states or ("pending",)),
            ],
            order="id",
        )

    def _perform(self, record):
        """Do a job as the job runner's worker does."""
        job = Job.load(self.env, record.uuid)
        job.set_started()
        job.store()
        with self.env.cr.savepoint():
            job.perform()
        job.set_done()
        job.store()

    def _perform_all(self):
        """Do jobs until there are none left; return how many there were."""
        done = 0
        while jobs := self._get_jobs():
            self._perform(jobs[0])
            done += 1
            self.assertLess(done, 100, "jobs that ask for jobs without end")
        return done

    def _start(self):
        run = self._new_run()
        run.action_compute()
        return run

    def test_jobs_do_a_whole_run(self):
        """Computed, applied and undone by jobs, as by scheduled actions."""
        run = self._start()
        self._perform_all()
        self.assertEqual(run.state, "computed", run.error)
        self.assertEqual((run.account_count, run.total), (4, 12950))
        self.assertEqual(set(run.chunk_ids.mapped("attempts")), {0})
        run.action_apply()
        self._perform_all()
        self.assertEqual(run.state, "applied", run.error)
        run.action_undo()
        self._perform_all()
        self.assertEqual(run.state, "computed", run.error)
        self.assertFalse(self._get_jobs("failed", "started", "enqueued"))

    def test_a_job_does_one_chunk(self):
        """What a job writes is committed once, by the queue."""
        run = self._start()
        [job] = self._get_jobs()
        with patch.object(type(self.env.cr), "commit", side_effect=AssertionError):
            self._perform(job)
        [chunk] = run.chunk_ids
        self.assertEqual(chunk.stage, "facts")
        [following] = self._get_jobs()
        self.assertNotEqual(following, job)

    def test_jobs_are_nobodys(self):
        """As scheduled actions: not in the name of who pressed, nor in its language."""
        user = new_test_user(
            self.env,
            "run_administrator",
            "customer_centricity.group_administrator",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        run = self._new_run().with_user(user).with_context(lang="en_US", foo="bar")
        run.action_compute()
        [job] = self._get_jobs()
        self.assertEqual(job.records.env.uid, SUPERUSER_ID)
        self.assertFalse({"lang", "foo"}.intersection(job.records.env.context))
        self.assertEqual(job.channel, "root.customer_ltv")

    def test_no_storm_of_jobs(self):
        """However often somebody wakes: as many jobs as parts, and sixteen at most."""
        run = self._start()
        for _press in range(5):
            self.Chunk._wake()
        self.assertEqual(len(self._get_jobs()), 1)
        self.Chunk.create(
            [
                {"run_id": run.id, "stage": "facts", "first_id": 0, "last_id": 0}
                for _chunk in range(40)
            ]
        )
        for _press in range(5):
            self.Chunk._wake()
        self.assertEqual(len(self._get_jobs()), 16)

    def test_nothing_to_do(self):
        self.Chunk._wake()
        self.assertEqual(self._perform_all(), 1)

    def test_a_conflict_is_tried_again(self):
        self._start()
        [job] = self._get_jobs()
        error = psycopg2.errors.SerializationFailure("somebody was faster")
        with (
            patch.object(type(self.Chunk), "_step", side_effect=error),
            self.assertRaises(RetryableJobError) as raised,
        ):
            Job.load(self.env, job.uuid).perform()
        self.assertEqual(raised.exception.seconds, 1)

    def test_waiting_for_somebody_else(self):
        """A run that waits for the facts is looked at again in a minute."""
        run = self._start()
        with patch.object(type(run), "_hold_refresh", lambda run: False):
            self._perform(self._get_jobs())
        [job] = self._get_jobs()
        self.assertEqual(job.eta, fields.Datetime.now() + timedelta(minutes=1))
        self.assertEqual(run.chunk_ids.state, "todo")
        # unless whoever it waits for tells
        self.Chunk._wake()
        self.assertEqual(len(self._get_jobs()), 2)
        self._perform_all()
        self.assertEqual(run.state, "computed")

    def test_a_part_that_fails(self):
        """Three errors stop the run; "Try again" has jobs go on."""
        run = self._start()
        with (
            patch.object(type(run), "_do_observe", side_effect=ValueError("no")),
            self.assertLogs("odoo.addons.customer_centricity", "ERROR"),
        ):
            self._perform_all()
        self.assertEqual((run.state, run.error), ("failed", "ValueError: no"))
        run.action_retry()
        self._perform_all()
        self.assertEqual(run.state, "computed")

    def test_scheduled_actions_leave_work_to_jobs(self):
        """They look after a minute, and do it when no job has begun."""
        run = self._start()
        triggers = self.env["ir.cron.trigger"].search([])
        self.assertEqual(triggers.cron_id, self.Chunk._get_workers())
        minute = fields.Datetime.now() + timedelta(minutes=1)
        self.assertEqual(set(triggers.mapped("call_at")), {minute})
        job = self._get_jobs()
        with patch.object(type(self.Chunk), "_take_turns", return_value=0) as take:
            self._perform(job)
            self.Chunk._cron_work()
            take.assert_not_called()
            self.assertGreater(self.env["ir.cron.trigger"].search_count([]), 4)
            # the runner was killed: its job began long ago, and nothing came of it
            job.date_started = datetime.now() - timedelta(minutes=2)
            self.Chunk._cron_work()
            take.assert_called_once()
            self.assertEqual(run.state, "computing")

    def test_scheduled_actions_that_are_off(self):
        """Jobs do without them, until they are late themselves."""
        self.Chunk._get_workers().active = False
        run = self._start()
        self.assertEqual(self.Chunk._get_worker_state(), "ready")
        with freeze_time(fields.Datetime.now() + timedelta(minutes=16)):
            self.assertEqual(self.Chunk._get_worker_state(), "late")
        self._perform_all()
        self.assertEqual(run.state, "computed")
        self.assertEqual(self.Chunk._get_worker_state(), "ready")

    def test_without_delay(self):
        """Where jobs are done at once, scheduled actions do the work."""
        run = self._new_run().with_context(queue_job__no_delay=True)
        run.action_compute()
        self.assertFalse(self._get_jobs("pending", "done"))
        triggers = self.env["ir.cron.trigger"].search([])
        self.assertEqual(set(triggers.mapped("call_at")), {fields.Datetime.now()})

    def test_uninstall(self):
        """No job is left that nobody could do; the run goes on without."""
        run = self._start()
        self.env["ir.cron.trigger"].search([]).unlink()
        uninstall_hook(self.env)
        self.assertFalse(self._get_jobs("pending", "done", "failed"))
        triggers = self.env["ir.cron.trigger"].search([])
        self.assertEqual(triggers.cron_id, self.Chunk._get_workers())
        self.Chunk._work_off()
        self.assertEqual(run.state, "computed")
