import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from .by_halves import by_halves, shorten
from .customer_account_guard import GUARDS
from .customer_account_refresh import CYCLE_LIFETIME
from .customer_ltv_chunk import CONFLICTS

_logger = logging.getLogger(__name__)

# Requests a transaction: some seconds if a case comes of each
REQUEST_BATCH = 200
# While a transaction asks for more than one decision, one awakening is enough
AWAKE = "customer_centricity.decision_request"
# What can be asked for, and about what
CAUSES = {
    "loss": "customer.account",
    "approval": "customer.decision",
    "review": "customer.decision",
}


class CustomerDecisionRequest(models.Model):
    """Something to be decided, as a rule has asked for: yet to be done, or waiting.

    A rule runs within the transaction that it follows, once a record, in the middle of
    somebody's save or of a refresh: it only leaves a note here, by one statement. A
    scheduled action, which a note awakens, does what is asked for, many at once, the
    worst losses first:

    - loss: a case is proposed, unless something speaks against it
    - approval: a proposed case is approved without a person, where the settings say so
      and nothing speaks against it
    - review: it is measured what came of a case, and the case closed or taken further

    What something speaks against waits, and is looked at again after every refresh.
    Notes and what comes of them are committed together, and there is one note of an
    account and cause: nothing is done twice, and a killed worker leaves nothing half
    done. Notes that are done with are removed.
    """

    _name = "customer.decision.request"
    _description = "Decision Asked For"
    _order = "requested_date desc, id desc"
    _rec_name = "account_id"
    _log_access = False

    account_id = fields.Many2one(
        comodel_name="customer.account",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    partner_id = fields.Many2one(related="account_id.partner_id")
    company_id = fields.Many2one(related="account_id.company_id")
    currency_id = fields.Many2one(related="account_id.currency_id")
    user_id = fields.Many2one(related="account_id.user_id")
    tier_id = fields.Many2one(related="account_id.tier_id")
    profit = fields.Monetary(related="account_id.profit")
    cause = fields.Selection(
        selection=[
            ("review", "Review a case"),
            ("approval", "Approve a case"),
            ("loss", "Propose a case"),
        ],
        string="What For",
        required=True,
        readonly=True,
    )
    decision_id = fields.Many2one(
        comodel_name="customer.decision",
        string="Case",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    rule_id = fields.Many2one(
        comodel_name="base.automation",
        string="Automation Rule",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        groups="base.group_system",
        help="The automation rule that asked for it.",
    )
    # rules are for system administrators to read, what they are called is for managers
    rule_name = fields.Char(string="Rule", related="rule_id.name")
    requested_date = fields.Datetime(string="Asked For On", readonly=True)
    state = fields.Selection(
        selection=[("todo", "To do"), ("waiting", "Waiting"), ("failed", "Failed")],
        required=True,
        readonly=True,
        default="todo",
        help="What waits or has failed is looked at again after every refresh.",
    )
    guard = fields.Selection(
        selection=[
            ("opted_out", "Not to be profiled"),
            ("protected", "Protected account"),
            ("short_history", "Short history"),
            ("new_account", "New account"),
            ("single_period", "Not a habit"),
            ("recent_decision", "Recent decision"),
            ("proposal_limit", "Enough cases for today"),
            ("advocates", "Brings more than money"),
            ("detractors", "Unhappy contacts"),
            ("low_goodwill", "Low goodwill"),
            ("costs_estimated", "Costs estimated"),
            ("administrators_only", "For administrators"),
            ("automatic_limit", "Enough decisions for today"),
        ],
        string="Waits For",
        readonly=True,
        help="The first of what speaks against it.",
    )
    guard_text = fields.Text(
        string="Waits Because",
        compute="_compute_guard_text",
        help="All that speaks against it.",
    )
    error = fields.Char(readonly=True)

    _account_cause_unique = models.Constraint(
        "UNIQUE(account_id, cause)", "It has been asked for already."
    )
    _todo_idx = models.Index("(id) WHERE state = 'todo'")

    @api.depends("state", "guard", "account_id", "cause")
    def _compute_guard_text(self):
        waiting = self.filtered(lambda request: request.state == "waiting")
        self.guard_text = False
        for request, texts in waiting._get_held().items():
            # sudo: how much is decided in a day is a setting, not a figure
            company = request.company_id.sudo()
            if request.guard == "proposal_limit":
                texts["proposal_limit"] = self.env._(
                    "Rules propose at most %s cases a day, and others had worse "
                    "losses.",
                    company.customer_decision_proposal_limit,
                )
            elif request.guard == "automatic_limit":
                texts["automatic_limit"] = self.env._(
                    "At most %s decisions a day are applied without approval.",
                    company.customer_decision_automatic_limit,
                )
            request.guard_text = "\n".join(texts.values())

    # ------------------------------------------------------------------
    # Noting
    # ------------------------------------------------------------------

    @api.model
    def _note_accounts(self, accounts, cause, rule=None):
        """Note that something is to be decided about accounts, by one statement."""
        self._check_cause(cause, accounts)
        if not accounts:
            return
        self._note(
            SQL(
                "SELECT id AS account_id, NULL::integer AS decision_id"
                " FROM unnest(%s) AS account (id)",
                accounts.ids,
            ),
            cause,
            rule,
        )

    @api.model
    def _note_decisions(self, decisions, cause, rule=None):
        """Note that something is to be done about cases, by one statement."""
        self._check_cause(cause, decisions)
        if not decisions:
            return
        decisions.flush_recordset(["account_id"])
        self._note(
            SQL(
                "SELECT account_id, id AS decision_id FROM customer_decision"
                " WHERE id = ANY(%s) ORDER BY id",
                decisions.ids,
            ),
            cause,
            rule,
        )

    @api.model
    def _check_cause(self, cause, records):
        """Refuse what nobody would know how to do, where it is asked for.

        Rules are there to be copied and changed: whoever does so is told at once.
        """
        if CAUSES.get(cause) != records._name:
            known = ", ".join(
                f"{name!r} about {model}" for name, model in CAUSES.items()
            )
            raise ValueError(
                f"{cause!r} cannot be asked for about {records._name}. "
                f"What can be asked for is {known}."
            )

    @api.model
    def _note(self, asked, cause, rule):
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO customer_decision_request
                       (account_id, decision_id, cause, rule_id, state, requested_date)
                SELECT account_id, decision_id, %s, %s, 'todo', %s
                  FROM (%s) asked
                    ON CONFLICT (account_id, cause) DO NOTHING
                """,
                cause,
                rule.id if rule else None,
                fields.Datetime.now(),
                asked,
            )
        )
        self.invalidate_model(flush=False)
        awake = self.env.cr.precommit.data
        if not awake.get(AWAKE):
            self._wake()
            awake[AWAKE] = True

    @api.model
    def _wake(self, at=None):
        """Let the scheduled action begin at once, or at a time."""
        cron = self.env.ref(
            "customer_centricity.ir_cron_decide", raise_if_not_found=False
        )
        # nobody's save is to fail because the scheduled action has been deleted
        if cron:
            # sudo: whoever's save makes a rule ask need not administrate the database
            cron.sudo()._trigger(at=at)

    @api.model
    def _look_again(self, company):
        """Look at what waits in a company, or failed: figures have changed."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE customer_decision_request request SET state = 'todo'
                  FROM customer_account account
                 WHERE account.id = request.account_id AND account.company_id = %s
                   AND request.state <> 'todo'
                """,
                company.id,
            )
        )
        self.invalidate_model(flush=False)
        if self._count_todo():
            self._wake()

    # ------------------------------------------------------------------
    # Doing it
    # ------------------------------------------------------------------

    @api.model
    def _cron_decide(self):
        """Do what rules have asked for, committing each batch."""
        done = time_left = True
        while done and time_left:
            done = self._guarded()
            time_left = self.env["ir.cron"]._commit_progress(
                done, remaining=self._count_todo()
            )
        if done:
            # Time is over: the scheduler gives others a turn, and would come back only
            # when it looks around the next time.
            self._wake()
        elif self._count_todo():
            # somebody's save came first, or somebody else is at it
            self._wake(at=fields.Datetime.now() + timedelta(minutes=1))

    @api.model
    def _guarded(self):
        """Do a batch, or return 0 when somebody else's save came first."""
        try:
            return self._decide_next()
        except CONFLICTS:
            self.env.cr.rollback()
            return 0

    @api.model
    def _get_ready(self):
        """Return SQL of what can be done: of companies that no refresh is going on in.

        In the middle of one nobody knows yet whose losses are the worst. One that did
        not come to its end is not waited for any longer than it would be resumed.
        """
        return SQL(
            """
            FROM customer_decision_request request
            JOIN customer_account account ON account.id = request.account_id
            JOIN res_company company ON company.id = account.company_id
           WHERE request.state = 'todo'
             AND (company.customer_refresh_start IS NULL
                  OR company.customer_refresh_start < %s)
            """,
            fields.Datetime.now() - CYCLE_LIFETIME,
        )

    @api.model
    def _count_todo(self):
        self.env.flush_all()
        [[count]] = self.env.execute_query(SQL("SELECT COUNT(*) %s", self._get_ready()))
        return count

    @api.model
    def _claim(self):
        """Lock and return the next requests that nobody else has locked.

        Reviews first, then approvals, then losses, the worst ones first.
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT request.id %s
                 ORDER BY array_position(ARRAY['review', 'approval', 'loss'],
                                         request.cause),
                          account.profit, request.id
                 LIMIT %s
                   FOR UPDATE OF request SKIP LOCKED
                """,
                self._get_ready(),
                REQUEST_BATCH,
            )
        )
        requests = self.browse([request_id for [request_id] in rows])
        requests.invalidate_recordset(flush=False)
        return requests

    @api.model
    def _decide_next(self):
        """Do the next requests that nobody else is doing; return how many."""
        # nobody gets a mail for each case: there is an activity
        requests = self.with_context(
            mail_activity_quick_update=True,
            mail_auto_subscribe_no_notify=True,
            mail_notify_force_send=False,
        )._claim()
        for (company, cause), same in requests.grouped(
            lambda request: (request.company_id, request.cause)
        ).items():
            same.with_company(company)._do_or_note(cause)
        return len(requests)

    def _do_or_note(self, cause):
        """Do what is asked for; those that are refused are noted, the others done.

        Looking at what speaks against it is part of it: it may be refused there, too.
        """

        def do(requests):
            ready = getattr(requests, f"_check_{cause}")(requests.env.company)
            if ready:
                getattr(ready, f"_do_{cause}")()
                ready.unlink()

        for request, error in by_halves(do, self).items():
            _logger.error("Request %s cannot be done", request.id, exc_info=error)
            request.write({"state": "failed", "error": shorten(error), "guard": False})

    def _get_held(self):
        """Return what holds up what is asked for: {request: {code: text}}."""
        guards = self.account_id._get_decision_guards()
        held = {}
        for request in self:
            step = "propose" if request.cause == "loss" else "apply"
            held[request] = {
                code: text
                for code, text in guards[request.account_id.id].items()
                if step in GUARDS[code]
            }
            if request.cause == "approval" and (
                why := request.decision_id._explain_for_administrators()
            ):
                held[request]["administrators_only"] = why
        return held

    def _sort_out(self, held, room, limit):
        """Return the requests that are to be done; the others wait.

        They are in the order in which they are to be done.

        :param held: what ``_get_held`` returns
        :param room: how many may be done
        :param limit: the code of the guard of those that there is no room for
        """
        waiting, ready = {}, self.browse()
        for request in self:
            if held[request]:
                waiting.setdefault(next(iter(held[request])), []).append(request.id)
            elif len(ready) < room:
                ready += request
            else:
                waiting.setdefault(limit, []).append(request.id)
        for code, request_ids in waiting.items():
            self.browse(request_ids).write(
                {"state": "waiting", "guard": code, "error": False}
            )
        return ready

    @api.model
    def _get_beginning_of_day(self):
        return fields.Datetime.now().replace(hour=0, minute=0, second=0, microsecond=0)
