import logging

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from .by_halves import DATABASE_ERRORS
from .customer_account import ADMINISTRATOR
from .customer_ltv_run import STAGES

_logger = logging.getLogger(__name__)


class CustomerLtvRun(models.Model):
    """How a run comes from one step to the next: begin, advance, fail, clean up."""

    _inherit = "customer.ltv.run"

    def _check_administrator(self):
        self.ensure_one()
        self.check_access("write")
        if not self.env.su and not self.env.user.has_group(ADMINISTRATOR):
            raise AccessError(
                self.env._(
                    "Only customer centricity administrators may start, apply or undo "
                    "a run."
                )
            )

    def _lock(self):
        """Wait until nobody else decides on the run; references to it go on."""
        self.ensure_one()
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "SELECT id FROM customer_ltv_run WHERE id = %s FOR NO KEY UPDATE",
                self.id,
            ),
            log_exceptions=False,  # who comes second tries again and sees the first
        )
        self.invalidate_recordset()

    def _check_state(self, states):
        if self.state not in states:
            raise UserError(
                self.env._(
                    "This is not possible now: the run is “%s”. Somebody else may "
                    "have been faster; reload the page.",
                    self._get_state_in_words(),
                )
            )

    def _get_state_in_words(self):
        return dict(self._fields["state"]._description_selection(self.env))[self.state]

    def _get_state_of_stage(self):
        """Return the state that the run's step belongs to."""
        return next(state for state, stages in STAGES.items() if self.stage in stages)

    def _begin(self, state, allowed):
        """Open the first step of a state, for an administrator."""
        self._check_administrator()
        # sudo: state and results are not writable by people; rights are checked above
        run = self.sudo()
        run._lock()
        run._check_state(allowed)
        chunks = run.env["customer.ltv.chunk"]
        if chunks._get_worker_state() == "off":
            raise UserError(
                self.env._(
                    "The scheduled actions that work on runs are switched off. Ask a "
                    "system administrator to switch them on under Settings > Technical "
                    "> Scheduled Actions."
                )
            )
        others = run.search(
            [("company_id", "=", run.company_id.id), ("state", "in", list(STAGES))]
        )
        if others:
            raise UserError(
                self.env._(
                    "%s of this company is at work. Wait until it is done.",
                    others[0].display_name,
                )
            )
        getattr(run, f"_prepare_{state}")()
        run.write({"state": state, "error": False})
        run._open_stage(STAGES[state][0])

    def _open_stage(self, stage):
        """Begin a step: cut its work into chunks and wake the workers."""
        chunks = self.env["customer.ltv.chunk"]
        self._note_seconds()
        seconds = {
            name: passed
            for name, passed in (self.stage_seconds or {}).items()
            if name != stage
        }
        self.write(
            {
                "stage": stage,
                "stage_start": fields.Datetime.now(),
                "stage_seconds": seconds,
            }
        )
        chunks.create(
            [
                {"run_id": self.id, "stage": stage, "first_id": first, "last_id": last}
                for first, last in getattr(self, f"_cut_{stage}")()
            ]
        )
        chunks._wake()

    def _note_seconds(self):
        """Note how long the step took that is over, or was until it failed.

        Waiting for a person to go on is not counted.
        """
        if self.stage and self.stage_start and self.state != "draft":
            seconds = dict(self.stage_seconds or {})
            passed = fields.Datetime.now() - self.stage_start
            seconds[self.stage] = seconds.get(self.stage, 0) + int(
                passed.total_seconds()
            )
            self.write({"stage_seconds": seconds, "stage_start": False})

    def _advance_or_fail(self):
        """Open the next step; an error stops the run and is told, as in a chunk."""
        try:
            with self.env.cr.savepoint():
                return self._advance()
        except DATABASE_ERRORS:
            raise
        except Exception as error:
            _logger.exception("Run %s after the step %s", self.id, self.stage)
            self._fail(f"{type(error).__name__}: {error}"[:1000])
            return True

    def _advance(self):
        """Open the next step if this one is done; return whether there was anything.

        Called by each worker that finds nothing to do: the one that finished last sees
        that all chunks are done.
        """
        if self.state == "cancelled":
            return self._clean()
        if self.chunk_ids.filtered(
            lambda chunk: chunk.stage == self.stage and chunk.state != "done"
        ):
            return False
        self._lock()
        if self.state not in STAGES:
            return False
        stages = STAGES[self.state]
        following = stages[stages.index(self.stage) + 1 :]
        if following:
            self._open_stage(following[0])
        else:
            self._note_seconds()
            getattr(self, f"_finish_{self.state}")()
        return True

    # ------------------------------------------------------------------
    # Failing and cleaning up
    # ------------------------------------------------------------------

    def _fail(self, error):
        """Stop until somebody has the run go on."""
        self._lock()
        if self.state in ("cancelled", "failed"):
            return
        self._note_seconds()
        self.write({"state": "failed", "error": error})
        self.message_post(
            body=self.env._(
                "The run stopped with an error: %s. “Try again” goes on where it "
                "stopped.",
                error,
            )
        )
        if self.is_scheduled:  # nobody sits in front of it
            self._ask_administrators(
                lambda run, day: run.env._(
                    "The lifetime value run as of %s stopped with an error", day
                )
            )

    def _clean(self):
        """Remove what a cancelled run has recorded, when nobody works on it any more.

        :return: whether there was anything to do
        """
        self.env.cr.execute(
            SQL(
                "SELECT id FROM customer_ltv_chunk WHERE run_id = %s"
                " FOR UPDATE SKIP LOCKED",
                self.id,
            )
        )
        if self.env.cr.rowcount < len(self.chunk_ids):
            return False  # whoever finishes last will come by here
        if self._delete_snapshots(limit=20000):
            return True
        self.chunk_ids.unlink()
        self.tier_ids.unlink()
        self.model_id.unlink()
        return True

    def _delete_snapshots(self, limit=None):
        """Remove snapshots of a run that has not been applied; return how many."""
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM customer_account_snapshot
                 WHERE id IN (
                     SELECT id FROM customer_account_snapshot
                      WHERE run_id = %s LIMIT %s)
                """,
                self.id,
                limit,
            )
        )
        removed = self.env.cr.rowcount
        self.env["customer.account.snapshot"].invalidate_model()
        return removed
