from odoo import api, fields, models
from odoo.tools import SQL

from .by_halves import by_halves, shorten
from .customer_ltv_chunk import CONFLICTS

# Activities or tasks a transaction: a second or two
STEP_BATCH = 100


class CustomerIntentStep(models.Model):
    """What a step of a play is for one account of an intent: yet to be made, or made.

    All are noted when the intent starts, by one statement, so that it is known what is
    to be made and for whom; then made some a transaction. The note and what it asks for
    are committed together, and there is one note of an intent, step and account:
    nothing is made twice, and a killed worker leaves nothing half done.
    """

    _name = "customer.intent.step"
    _description = "Step of an Intent"
    _order = "deadline, id"
    _rec_name = "step_id"
    _log_access = False

    intent_id = fields.Many2one(
        comodel_name="customer.intent",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    step_id = fields.Many2one(
        comodel_name="customer.play.step",
        readonly=True,
        index=True,
        ondelete="set null",
        help="Empty: it has been taken out of the play since.",
    )
    account_id = fields.Many2one(
        comodel_name="customer.account",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    deadline = fields.Date(required=True, readonly=True)
    state = fields.Selection(
        selection=[
            ("todo", "To be created"),
            ("done", "Created"),
            ("failed", "Failed"),
            ("dropping", "To be removed"),
            ("dropped", "Dropped"),
        ],
        required=True,
        readonly=True,
        default="todo",
        help="Dropped: the intent ended before it was created or done.",
    )
    error = fields.Char(readonly=True)
    activity_id = fields.Many2one(
        comodel_name="mail.activity",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    task_id = fields.Many2one(
        comodel_name="project.task",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )

    _step_unique = models.Constraint(
        "UNIQUE(intent_id, step_id, account_id)",
        "A step of an intent is made once for an account.",
    )
    _todo_idx = models.Index("(id) WHERE state IN ('todo', 'dropping')")

    # ------------------------------------------------------------------
    # Noting
    # ------------------------------------------------------------------

    @api.model
    def _note_intent(self, intent):
        """Note every step of an intent's plays for every account of it."""
        accounts = self.env["customer.account"]._search(intent._get_member_domain())
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO customer_intent_step
                       (intent_id, step_id, account_id, deadline, state)
                SELECT %(intent)s, step.id, account.id,
                       %(start)s::date + COALESCE(step.delay_days, 0), 'todo'
                  FROM customer_play_step step
                 CROSS JOIN customer_account account
                 WHERE step.play_id = ANY(%(plays)s) AND account.id IN %(accounts)s
                 ORDER BY account.id, step.id
                    ON CONFLICT (intent_id, step_id, account_id) DO NOTHING
                """,
                intent=intent.id,
                start=intent.start_date,
                plays=intent.play_ids.ids,
                accounts=accounts.subselect(),
            )
        )
        self.invalidate_model()

    @api.model
    def _count_by_state(self, intents):
        """Return {intent: {state: number}}."""
        counts = {intent: {} for intent in intents}
        for intent, state, count in self._read_group(
            [("intent_id", "in", intents.ids)], ["intent_id", "state"], ["__count"]
        ):
            counts[intent][state] = count
        return counts

    @api.model
    def _count_waiting(self):
        return self.search_count([("state", "in", ("todo", "dropping"))])

    # ------------------------------------------------------------------
    # Making, and removing what nobody has done
    # ------------------------------------------------------------------

    @api.model
    def _cron_make(self):
        """Do what is noted, committing each batch; resume when interrupted."""
        done = time_left = True
        while done and time_left:
            done = self._guarded()
            time_left = self.env["ir.cron"]._commit_progress(
                done, remaining=self._count_waiting()
            )
        if done:
            # Time is over: the scheduler gives others a turn, and would come back only
            # when it looks around the next time.
            self._wake()
        elif self._count_waiting():
            # somebody else is at it: have a look whether they came to an end
            self._wake(at=fields.Datetime.add(fields.Datetime.now(), minutes=1))

    @api.model
    def _guarded(self):
        """Do a batch, or return 0 when somebody else's save came first."""
        try:
            return self._make_next() or self._drop_next()
        except CONFLICTS:
            self.env.cr.rollback()
            return 0

    @api.model
    def _get_cron(self):
        # sudo: whoever starts or ends an intent need not administrate the database
        return self.env.ref("customer_centricity.ir_cron_make_steps").sudo()

    @api.model
    def _wake(self, at=None):
        """Let the scheduled action begin again at once, or at a time."""
        self._get_cron()._trigger(at=at)

    @api.model
    def _begin(self):
        """Let the scheduled action begin at once; refuse when it is switched off."""
        self._get_cron()._trigger_or_refuse()

    @api.model
    def _claim(self, state, intent=None):
        """Lock and return the next steps in a state that nobody else has locked."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT step.id
                  FROM customer_intent_step step
                 WHERE step.state = %s AND %s
                 ORDER BY step.id
                 LIMIT %s
                   FOR UPDATE OF step SKIP LOCKED
                """,
                state,
                SQL("step.intent_id = %s", intent.id) if intent else SQL("TRUE"),
                STEP_BATCH,
            )
        )
        steps = self.browse([step_id for [step_id] in rows])
        steps.invalidate_recordset(flush=False)
        return steps

    @api.model
    def _drop_next(self, intent=None):
        """Remove the next activities that nobody has done; return how many."""
        steps = self._claim("dropping", intent)
        steps.activity_id.filtered("active").unlink()
        steps.state = "dropped"
        return len(steps)

    @api.model
    def _make_next(self, intent=None):
        """Make the next steps that nobody else is making; return how many."""
        steps = self._claim("todo", intent)
        gone = steps.filtered(lambda step: not step.step_id)
        gone.state = "dropped"
        for (of_intent, kind), same in (
            (steps - gone)
            .grouped(lambda step: (step.intent_id, step.step_id.kind))
            .items()
        ):
            same._for_people(of_intent)._make_or_note(kind)
        return len(steps)

    def _for_people(self, intent):
        """Return the steps as the intent's owner makes them.

        Nobody gets a mail for each account.
        """
        user = intent.user_id
        return (
            self.with_user(user)
            # sudo: who starts an intent need not be allowed to create tasks in the
            # projects that a play names
            .sudo()
            .with_company(intent.company_id)
            .with_context(
                lang=user.lang,
                mail_activity_quick_update=True,
                mail_notify_force_send=False,
            )
        )

    def _make_or_note(self, kind):
        """Make activities or tasks; those that are refused are noted, others made."""
        failed = by_halves(lambda steps: getattr(steps, f"_make_{kind}")(), self)
        for step, error in failed.items():
            step.write({"state": "failed", "error": shorten(error)})
        self.filtered(lambda step: step not in failed).state = "done"

    def _make_activity(self):
        activities = self.env["mail.activity"].create(
            [
                made.step_id._prepare_activity_vals(
                    made.account_id, made._get_responsible(), made.deadline
                )
                for made in self
            ]
        )
        for made, activity in zip(self, activities, strict=True):
            made.activity_id = activity

    def _make_task(self):
        tasks = self.env["project.task"].create(
            [
                made.step_id._prepare_task_vals(
                    made.account_id, made._get_responsible(), made.deadline
                )
                for made in self
            ]
        )
        for made, task in zip(self, tasks, strict=True):
            made.task_id = task

    def _get_responsible(self):
        return self.step_id._get_responsible(self.intent_id, self.account_id)

    # ------------------------------------------------------------------
    # Folding accounts
    # ------------------------------------------------------------------

    @api.model
    def _fold_into(self, accounts, target):
        """Move what was made for accounts to the account that they fold into.

        Where the same step was made for both, that of the target stays.
        """
        self.env.flush_all()
        for account in accounts:
            self._move(account, target)
        self.invalidate_model()

    @api.model
    def _move(self, account, target):
        self.env.cr.execute(
            SQL(
                """
                UPDATE customer_intent_step step SET account_id = %(target)s
                 WHERE step.account_id = %(account)s
                   AND NOT EXISTS (
                       SELECT FROM customer_intent_step other
                        WHERE other.account_id = %(target)s
                          AND other.intent_id = step.intent_id
                          AND other.step_id = step.step_id)
                """,
                account=account.id,
                target=target.id,
            )
        )
