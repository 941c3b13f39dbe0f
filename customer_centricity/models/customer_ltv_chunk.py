import logging
import time
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import LockError
from odoo.tools import SQL

from .by_halves import DATABASE_ERRORS
from .customer_ltv_run import STAGES

_logger = logging.getLogger(__name__)

# After so many errors a chunk is left, and the run fails.
MOST_ATTEMPTS = 3
# Whoever has not begun after this time is late.
LATE = timedelta(minutes=15)
# Seconds to wait for somebody whose save came first, and how often
CONFLICT_PAUSE = 0.2
MOST_CONFLICTS = 50
# What somebody else's work at the same time looks like
CONFLICTS = (
    LockError,
    psycopg2.errors.SerializationFailure,
    psycopg2.errors.DeadlockDetected,
    psycopg2.errors.LockNotAvailable,
)


class CustomerLtvChunk(models.Model):
    """A part of a run's work, for whichever worker takes it first.

    A chunk is done in one transaction, together with being marked as done: when a
    worker is killed, its lock and all it wrote are gone, and another one takes it.
    Workers are identical scheduled actions; the database hands each a chunk of its own
    (``FOR UPDATE SKIP LOCKED``).
    """

    _name = "customer.ltv.chunk"
    _description = "Part of a Lifetime Value Run"
    _order = "id"
    _log_access = False

    run_id = fields.Many2one(
        comodel_name="customer.ltv.run",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="run_id.company_id")
    stage = fields.Selection(
        selection="_get_stages", string="Step", required=True, readonly=True
    )
    first_id = fields.Integer(readonly=True, help="Accounts from this id on ...")
    last_id = fields.Integer(readonly=True, help="... to this one.")
    state = fields.Selection(
        selection=[("todo", "To Do"), ("done", "Done"), ("failed", "Failed")],
        required=True,
        readonly=True,
        default="todo",
    )
    attempts = fields.Integer(readonly=True)
    error = fields.Text(readonly=True)
    seconds = fields.Float(readonly=True)
    # Columns of numbers on their way to the next step. Not an attachment: it goes with
    # the transaction. When the run is computed, only what was read of the accounts
    # stays, for whoever wants to follow a value (customer_ltv_workbook.py).
    data = fields.Binary(attachment=False, readonly=True)

    _run_stage_idx = models.Index("(run_id, stage, first_id)")

    @api.model
    def _get_stages(self):
        return (
            self.env["customer.ltv.run"]
            ._fields["stage"]
            ._description_selection(self.env)
        )

    # ------------------------------------------------------------------
    # Workers
    # ------------------------------------------------------------------

    @api.model
    def _get_workers(self):
        """Return the scheduled actions that work on chunks, on or off."""
        action = self.env.ref(
            "customer_centricity.ir_cron_work_run_1", raise_if_not_found=False
        )
        if not action:
            return self.env["ir.cron"]
        return (
            self.env["ir.cron"]
            .with_context(active_test=False)
            .search([("model_id", "=", action.model_id.id), ("code", "=", action.code)])
        )

    @api.model
    def _get_worker_state(self):
        """Return whether the workers are ready, late, or switched off."""
        workers = self._get_workers().filtered("active")
        if not workers:
            return "off"
        due = fields.Datetime.now() - LATE
        # asked to begin and not begun: no thread has time for any of them
        waiting = self.env["ir.cron.trigger"].search(
            [("cron_id", "in", workers.ids), ("call_at", "<", due)]
        )
        late = waiting.cron_id | workers.filtered(lambda one: one.nextcall < due)
        return "late" if late == workers else "ready"

    @api.model
    def _wake(self, at=None):
        """Let whoever works on runs begin at once, or at a time; may be extended."""
        self._trigger_workers(at=at)

    @api.model
    def _trigger_workers(self, at=None):
        """Let the scheduled actions begin at once, or at a time."""
        for worker in self._get_workers().filtered("active"):
            worker._trigger(at=at)

    @api.model
    def _cron_work(self):
        """Take chunks until none is left, committing each."""
        waiting = set()
        try:
            done = self._take_turns(waiting)
        except psycopg2.Error:
            # not before the next regular call, otherwise
            self.env.cr.rollback()
            self._wake(at=fields.Datetime.add(fields.Datetime.now(), minutes=1))
            self.env["ir.cron"]._commit_progress()
            raise
        if done:
            # Time is over: the scheduler gives others a turn, and would come back only
            # when it looks around the next time.
            self.env["ir.cron"].browse(self.env.context["cron_id"])._trigger()
        elif waiting or self._count_remaining(waiting):
            # Somebody else brings the facts up to date and will wake us, or is at the
            # last chunks; if that one is killed too often, Odoo lets it rest, so we
            # have a look ourselves.
            self._wake(at=fields.Datetime.add(fields.Datetime.now(), minutes=1))

    @api.model
    def _take_turns(self, waiting):
        """Take chunks as long as there is time; return whether there may be more."""
        done = time_left = True
        while done and time_left:
            done = self._guarded(waiting)
            # after the last chunk the next step is still to be opened
            remaining = max(1, self._count_remaining(waiting)) if done else 0
            time_left = self.env["ir.cron"]._commit_progress(done, remaining=remaining)
        return done

    @api.model
    def _guarded(self, waiting):
        """Do a step, again when somebody else's save came first."""
        for _attempt in range(MOST_CONFLICTS):
            try:
                return self._step(waiting)
            except CONFLICTS:
                self.env.cr.rollback()
                time.sleep(CONFLICT_PAUSE)
        waiting.add(0)  # for whoever is so long about it
        return 0

    @api.model
    def _step(self, waiting=None):
        """Do one chunk, or open the next step of a run; return whether there was any.

        :param set waiting: ids of chunks that somebody else has to do something for;
            added to here
        """
        waiting = set() if waiting is None else waiting
        if chunk := self._claim(waiting):
            if chunk._work() is None:
                waiting.add(chunk.id)
            return 1
        runs = self.env["customer.ltv.run"].search(
            [
                "|",
                ("state", "in", list(STAGES)),
                "&",
                ("state", "=", "cancelled"),
                ("chunk_ids", "!=", False),
            ],
            order="id",
        )
        return int(any(run._advance_or_fail() for run in runs))

    @api.model
    def _work_off(self):
        """Do all there is to do, in this transaction; for the shell and tests."""
        waiting = set()
        while self._step(waiting):
            pass

    @api.model
    def _claim(self, waiting):
        """Lock and return a chunk that is to be done and that nobody else has."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                SELECT chunk.id
                  FROM customer_ltv_chunk chunk
                  JOIN customer_ltv_run run
                    ON run.id = chunk.run_id AND run.stage = chunk.stage
                 WHERE chunk.state = 'todo' AND run.state = ANY(%s)
                   AND chunk.id <> ALL(%s)
                 ORDER BY chunk.id
                 LIMIT 1
                   FOR UPDATE OF chunk SKIP LOCKED
                """,
                list(STAGES),
                list(waiting),
            ),
            # that another worker was faster is nothing to be told of
            log_exceptions=False,
        )
        chunk = self.browse([row[0] for row in self.env.cr.fetchall()])
        chunk.invalidate_recordset(flush=False)
        return chunk

    def _work(self):
        """Do the chunk and mark it; an error is noted and leaves nothing half done.

        :return: False when it is to be called again, None when it has to wait
        """
        start = time.monotonic()
        run = self.run_id.with_company(self.run_id.company_id)
        try:
            with self.env.cr.savepoint():
                done = getattr(run, f"_do_{self.stage}")(self)
                self.env.flush_all()
        except DATABASE_ERRORS:
            raise
        except Exception as error:
            _logger.exception("Run %s, part %s of %s", run.id, self.id, self.stage)
            self._note_error(error)
            return True
        self.seconds += time.monotonic() - start
        if done:
            self.write({"state": "done", "error": False})
        run._notify_progress()
        return done

    def _note_error(self, error):
        attempts = self.attempts + 1
        failed = attempts >= MOST_ATTEMPTS
        text = f"{type(error).__name__}: {error}"[:1000]
        self.write(
            {
                "attempts": attempts,
                "error": text,
                "state": "failed" if failed else "todo",
            }
        )
        if failed:
            self.run_id._fail(text)

    @api.model
    def _count_remaining(self, waiting):
        return self.search_count(
            [
                ("state", "=", "todo"),
                ("run_id.state", "in", list(STAGES)),
                ("id", "not in", list(waiting)),
            ]
        )

    @api.model
    def _count_by_stage(self, runs):
        """Return (done, all, failures) by run and stage."""
        counts = {}
        for run, stage, state, count, attempts in self._read_group(
            [("run_id", "in", runs.ids)],
            ["run_id", "stage", "state"],
            ["__count", "attempts:sum"],
        ):
            done, total, failures = counts.get((run.id, stage), (0, 0, 0))
            counts[run.id, stage] = (
                done + count * (state == "done"),
                total + count,
                failures + attempts,
            )
        return counts

    # ------------------------------------------------------------------
    # Columns on their way
    # ------------------------------------------------------------------

    def _put(self, frame):
        """Keep a frame's columns with the chunk."""
        from ..engine import packing  # numpy only when needed

        self.env.cr.execute(
            SQL(
                "UPDATE customer_ltv_chunk SET data = %s WHERE id = %s",
                psycopg2.Binary(packing.pack(frame)),
                self.id,
            )
        )

    def _get(self, names=None):
        """Return what was kept with the chunk, or some of its columns."""
        from ..engine import packing  # numpy only when needed

        [[data]] = self.env.execute_query(
            SQL("SELECT data FROM customer_ltv_chunk WHERE id = %s", self.id)
        )
        return packing.unpack(bytes(data), names)

    def _get_if_kept(self):
        """Return what was kept with the chunk, None if nothing is any more."""
        [[is_kept]] = self.env.execute_query(
            SQL(
                "SELECT data IS NOT NULL FROM customer_ltv_chunk WHERE id = %s",
                self.id,
            )
        )
        return self._get() if is_kept else None

    @api.model
    def _forget_accounts(self, accounts):
        """Forget what was read of some accounts, with those of the same chunks.

        It can be read again, of whoever may still be read of.
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE customer_ltv_chunk chunk SET data = NULL
                  FROM customer_ltv_run run
                 WHERE run.id = chunk.run_id AND run.computed_date IS NOT NULL
                   AND chunk.stage = 'observe' AND chunk.data IS NOT NULL
                   AND EXISTS (
                       SELECT FROM customer_account account
                        WHERE account.id = ANY(%s)
                          AND account.company_id = run.company_id
                          AND account.id BETWEEN chunk.first_id AND chunk.last_id)
                """,
                accounts.ids,
            )
        )

    @api.model
    def _forget_runs(self, runs):
        """Forget what some runs have read."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE customer_ltv_chunk SET data = NULL WHERE run_id = ANY(%s)",
                runs.ids,
            )
        )

    def _get_source(self, stage):
        """Return the chunk of the same accounts in an earlier step."""
        return self.search(
            [
                ("run_id", "=", self.run_id.id),
                ("stage", "=", stage),
                ("first_id", "=", self.first_id),
            ]
        )
