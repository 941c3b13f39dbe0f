from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models

from odoo.addons.customer_centricity.models.customer_ltv_chunk import (
    CONFLICTS,
    LATE,
    MOST_CONFLICTS,
)
from odoo.addons.queue_job.exception import RetryableJobError
from odoo.addons.queue_job.utils import must_run_without_delay

# Jobs that are asked for at once; how many of them work at once is up to the channel.
MOST_JOBS = 16
# Scheduled actions leave the work to jobs as long as one has begun within this time,
# and look again after it.
PATIENCE = timedelta(minutes=1)
# Until somebody whose save came first, or who brings the facts up to date, is done
CONFLICT_SECONDS = 1
WAIT_SECONDS = 60
METHOD = "_work_in_job"


class CustomerLtvChunk(models.Model):
    """Jobs of the queue do what scheduled actions would do.

    A job takes whichever chunk is next, as a scheduled action does, but only one: the
    queue allows a job one transaction. Then it asks for another job, until there is
    nothing to do. The scheduled actions remain, for when no job runner is there:
    chunks are locked, so it does no harm when both work.
    """

    _inherit = "customer.ltv.chunk"

    @api.model
    def _wake(self, at=None):
        """Ask for jobs; scheduled actions look whether these have begun."""
        if must_run_without_delay(self.env):
            return super()._wake(at=at)
        now = fields.Datetime.now()
        if at:
            self._ask_for_job("later", eta=at)
        else:
            for number in range(min(max(1, self._count_remaining(())), MOST_JOBS)):
                self._ask_for_job(number)
        return self._trigger_workers(at=max(at or now, now + PATIENCE))

    @api.model
    def _cron_work(self):
        """Leave the work to jobs as long as they do it."""
        if not self._are_jobs_at_work():
            return super()._cron_work()
        # not `_wake`, which asks for more jobs
        return self._trigger_workers(at=fields.Datetime.now() + PATIENCE)

    @api.model
    def _get_worker_state(self):
        """Jobs may do without scheduled actions, unless nobody runs them either."""
        state = super()._get_worker_state()
        if state == "ready":
            return state
        due = fields.Datetime.now() - LATE
        # sudo: jobs are for the queue's administrators; here it counts that they wait
        waiting = self.env["queue.job"].sudo()
        late = waiting.search_count(
            [
                *self._get_jobs_domain(),
                ("state", "in", ("pending", "enqueued")),
                ("date_created", "<", due),
                "|",
                ("eta", "=", False),
                ("eta", "<", due),
            ],
            limit=1,
        )
        return "late" if late else "ready"

    # ------------------------------------------------------------------
    # Jobs
    # ------------------------------------------------------------------

    @api.model
    def _work_in_job(self):
        """Do one chunk, or open the next step of a run; then ask for another job.

        A job that is killed leaves nothing half done. The queue begins it again, and
        meanwhile others take the chunk.
        """
        waiting = set()
        try:
            done = self._step(waiting)
            left = 0
            while len(waiting) > left:  # somebody else has to do something for it
                left = len(waiting)
                done = self._step(waiting)
        except CONFLICTS as error:
            # this transaction cannot see what came first: another one can
            raise RetryableJobError(
                f"{type(error).__name__}: {error}", seconds=CONFLICT_SECONDS
            ) from error
        # Always one, whoever else has been asked for: what this transaction still sees
        # of others may have come and gone, and all are done when nobody looks any more.
        if done:
            self._ask_for_job()
        elif waiting:
            self._ask_for_job(eta=WAIT_SECONDS)

    @api.model
    def _ask_for_job(self, key=None, eta=None):
        """Add a job to the queue, unless one with the same key has not begun yet."""
        # sudo: as scheduled actions, which are no person's, in no person's language
        chunks = self.with_env(self.env(user=SUPERUSER_ID, su=True, context={}))
        chunks.with_delay(
            description=self.env._("Part of a lifetime value run"),
            eta=eta,
            identity_key=None if key is None else f"{self._name}:{key}",
            max_retries=MOST_CONFLICTS,
        )._work_in_job()

    @api.model
    def _get_jobs_domain(self):
        return [("model_name", "=", self._name), ("method_name", "=", METHOD)]

    @api.model
    def _are_jobs_at_work(self):
        """Return whether there is work and a job has begun some lately."""
        if not self._count_remaining(()):
            return False
        begun = fields.Datetime.now() - PATIENCE
        # sudo: as above
        jobs = self.env["queue.job"].sudo()
        return bool(
            jobs.search_count(
                [
                    *self._get_jobs_domain(),
                    ("state", "in", ("started", "done")),
                    ("date_started", ">=", begun),
                ],
                limit=1,
            )
        )
