from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.date_utils import relativedelta

MANAGER = "customer_centricity.group_manager"
# An intent that nobody looks at again is forgotten: after a quarter, unless another day
# is chosen.
REVIEW_AFTER = relativedelta(months=3)
# Of outcomes that cannot be measured, the settings tell the first ones, in short.
ERRORS_TOLD = 3
ERROR_LENGTH = 300
# Colours of Odoo's palette: green for more, red for less
COLORS = {
    "grow": 10,
    "keep": 4,
    "redesign": 7,
    "reduce_cost": 3,
    "reprice": 2,
    "subcontract": 11,
    "end": 1,
}
# What only starting, measuring and ending write
DECIDED = {
    "state",
    "result",
    "result_note",
    "start_date",
    "end_date",
    "outcome_state",
    "until_date",
    "review_activity_id",
}
# What an intent is: another one of these is another intent
ESSENTIAL = {"kind", "group_id", "account_id", "company_id", "play_ids"}
# What people may change as long as it runs
RUNNING = {"name", "reason", "user_id", "review_date", "outcome_ids"}


class CustomerIntent(models.Model):
    """What is wanted of a group or an account, why, and how one will see it come true.

    An intent is written down as a draft, starts with a reason, and ends with a result.
    Its outcomes (customer_intent_outcome.py) are measured from its start on; its plays
    (customer_intent_play.py) give people something to do for each of its accounts. The
    figures it speaks of are those of one company.
    """

    _name = "customer.intent"
    _description = "Intent"
    _inherit = ["mail.thread", "mail.activity.mixin", "customer.decided.values"]
    _order = "start_date desc nulls first, id desc"
    _check_company_auto = True
    _rec_names_search = ["name", "group_id", "account_id"]
    _mail_post_access = "read"

    name = fields.Char(
        string="Title",
        required=True,
        compute="_compute_name",
        store=True,
        readonly=False,
        precompute=True,
        help="In a few words; the name of the group or account need not be in it.",
    )
    kind = fields.Selection(
        selection=[
            ("grow", "Grow"),
            ("keep", "Keep"),
            ("redesign", "Redesign the dealings"),
            ("reduce_cost", "Reduce the cost to serve"),
            ("reprice", "Reprice"),
            ("subcontract", "Subcontract"),
            ("end", "End the relation"),
        ],
        string="Intent",
        required=True,
        default="grow",
        index=True,
        tracking=True,
    )
    color = fields.Integer(compute="_compute_color")

    # Of whom
    group_id = fields.Many2one(
        comodel_name="customer.group",
        index=True,
        check_company=True,
        ondelete="restrict",
        help="The intent is for all accounts of the group, and of the groups below it.",
    )
    account_id = fields.Many2one(
        comodel_name="customer.account",
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
        help="Figures are those of a company.",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")

    # Why, and who sees to it
    reason = fields.Text(
        tracking=True, help="Why this is what you want; required to start."
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Owner",
        required=True,
        index=True,
        tracking=True,
        default=lambda self: self.env.user,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )

    # Where it is
    state = fields.Selection(
        selection=[("draft", "Draft"), ("running", "Running"), ("ended", "Ended")],
        required=True,
        readonly=True,
        copy=False,
        index=True,
        default="draft",
        tracking=True,
        group_expand=True,
    )
    start_date = fields.Date(readonly=True, copy=False)
    review_date = fields.Date(
        copy=False,
        tracking=True,
        default=lambda self: fields.Date.context_today(self) + REVIEW_AFTER,
        help="When its owner is asked to look at it.",
    )
    end_date = fields.Date(readonly=True, copy=False)
    until_date = fields.Date(
        string="Until",
        compute="_compute_until_date",
        store=True,
        compute_sudo=False,  # a form can name the outcomes of any intent
        help="The day it ended, or until which its last outcome is to be reached.",
    )
    review_activity_id = fields.Many2one(
        comodel_name="mail.activity",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    # What came of it
    result = fields.Selection(
        selection=[
            ("reached", "Reached"),
            ("partly", "Partly reached"),
            ("missed", "Missed"),
            ("stopped", "Stopped"),
        ],
        readonly=True,
        copy=False,
        tracking=True,
    )
    result_note = fields.Text(
        string="What Came of It", readonly=True, copy=False, tracking=True
    )
    outcome_ids = fields.One2many(
        comodel_name="customer.intent.outcome",
        inverse_name="intent_id",
        string="Expected Outcomes",
        copy=True,
    )
    outcome_state = fields.Selection(
        selection=[
            ("on_track", "On track"),
            ("at_risk", "At risk"),
            ("reached", "Reached"),
            ("missed", "Missed"),
        ],
        string="Outcomes",
        compute="_compute_outcome_state",
        store=True,
        compute_sudo=False,  # a form can name the outcomes of any intent
        help="That of the outcome that wants attention most.",
    )
    outcome_summary = fields.Char(
        string="Outcomes in Short", compute="_compute_outcome_summary"
    )
    progress = fields.Float(
        compute="_compute_progress",
        groups=MANAGER,
        help="How much of the way to its targets is done, on average.",
    )

    _group_or_account = models.Constraint(
        "CHECK(num_nonnulls(group_id, account_id) = 1)",
        "An intent is for either a group or an account: choose one of the two.",
    )
    _dates = models.Constraint(
        "CHECK(end_date >= start_date)", "An intent cannot end before it starts."
    )
    # those in force, of which there are few among all there ever were
    _running_group_idx = models.Index(
        "(company_id, group_id) WHERE state = 'running' AND group_id IS NOT NULL"
    )
    _running_account_idx = models.Index(
        "(account_id) WHERE state = 'running' AND account_id IS NOT NULL"
    )

    @api.depends("kind")
    def _compute_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for intent in self:
            intent.name = kinds.get(intent.kind, "")

    @api.depends("kind")
    def _compute_color(self):
        for intent in self:
            intent.color = COLORS.get(intent.kind, 0)

    @api.depends("start_date", "end_date", "review_date", "outcome_ids.target_date")
    def _compute_until_date(self):
        for intent in self:
            dates = intent.outcome_ids.mapped("target_date")
            last = max(filter(None, dates), default=False) or intent.review_date
            intent.until_date = intent.end_date or last or intent.start_date

    @api.depends("outcome_ids.state")
    def _compute_outcome_state(self):
        from ..engine import outcome  # numpy only when needed

        for intent in self:
            states = [state for state in intent.outcome_ids.mapped("state") if state]
            intent.outcome_state = outcome.worst(states) or False

    @api.depends("outcome_ids.state")
    def _compute_outcome_summary(self):
        names = dict(self._fields["outcome_state"]._description_selection(self.env))
        for intent in self:
            counts = {
                state: len(outcomes)
                for state, outcomes in intent.outcome_ids.grouped("state").items()
            }
            intent.outcome_summary = ", ".join(
                self.env._(
                    "%(count)s of %(total)s %(state)s",
                    count=counts[state],
                    total=len(intent.outcome_ids),
                    state=name.lower(),
                )
                for state, name in names.items()
                if state in counts
            )

    @api.depends("outcome_ids.progress")
    def _compute_progress(self):
        for intent in self:
            done = [
                min(1.0, max(0.0, progress))
                for progress in intent.outcome_ids.mapped("progress")
            ]
            intent.progress = sum(done) / len(done) if done else 0.0

    @api.depends("name", "group_id", "account_id")
    @api.depends_context("customer_intent_title")
    def _compute_display_name(self):
        if self.env.context.get("customer_intent_title"):
            # where one sees whose intent it is
            for intent in self:
                intent.display_name = intent.name
            return
        for intent in self:
            # sudo: whoever may read an intent may read whose it is
            subject = (intent.group_id or intent.account_id).sudo().display_name
            intent.display_name = (
                self.env._("%(title)s: %(subject)s", title=intent.name, subject=subject)
                if subject
                else intent.name
            )

    @api.constrains("group_id", "account_id")
    def _check_metric_levels(self):
        self.outcome_ids._check_metric_level()

    # ------------------------------------------------------------------
    # Who may write what
    # ------------------------------------------------------------------

    @api.model
    def _get_decided_names(self):
        return DECIDED

    @api.model
    def _explain_decided(self, names):
        return self.env._(
            "%(fields)s: an intent is started and ended with the buttons of its form.",
            fields=names,
        )

    def _check_changeable(self, vals):
        """Refuse to make another intent of one that has been started."""
        if self.env.su:
            return
        for intent in self:
            fixed = set()
            if intent.state != "draft":
                fixed |= ESSENTIAL
            if intent.state == "ended":
                fixed |= RUNNING
            if names := sorted(fixed.intersection(vals)):
                raise UserError(
                    self.env._(
                        "%(intent)s is no draft any more: its %(fields)s cannot be "
                        "changed. Duplicate it to begin another intent.",
                        intent=intent.display_name,
                        fields=", ".join(
                            self._fields[name]._description_string(self.env)
                            for name in names
                        ),
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_created(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        self._check_human_values(vals)
        self._check_changeable(vals)
        result = super().write(vals)
        if not {"review_date", "user_id"}.isdisjoint(vals):
            self.filtered(lambda intent: intent.state == "running")._ask_for_review()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_started(self):
        for intent in self:
            if intent.state != "draft":
                raise UserError(
                    self.env._(
                        "%s cannot be deleted: what was intended and what came of it "
                        "is kept. End it instead.",
                        intent.display_name,
                    )
                )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_start(self):
        """Show what starting will do, to be confirmed."""
        self.ensure_one()
        self.check_access("write")
        self._check_state("draft")
        self._check_reason()
        return self._open_wizard("customer.intent.start", self.env._("Start intent"))

    def action_end(self):
        """Ask what came of it, and end it."""
        self.ensure_one()
        self.check_access("write")
        self._check_state("running")
        return self._open_wizard("customer.intent.end", self.env._("End intent"))

    def action_open_accounts(self):
        """Open the accounts that the intent is for."""
        self.ensure_one()
        self.check_access("read")
        if self.account_id:
            return self.account_id._get_records_action()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_centricity.customer_account_action"
        )
        action["domain"] = list(self._get_member_domain())
        return action

    @api.model
    def _open_wizard(self, model, name):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": {"default_intent_id": self.id},
        }

    # ------------------------------------------------------------------
    # Starting and ending
    # ------------------------------------------------------------------

    def _check_state(self, state):
        """Refuse to go on when somebody else has been faster."""
        if self.state != state:
            states = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(intent)s: this can be done with an intent in state "
                    "“%(wanted)s” only, and it is in state “%(state)s”.",
                    intent=self.display_name,
                    wanted=states[state],
                    state=states[self.state],
                )
            )

    def _check_reason(self):
        if not (self.reason or "").strip():
            raise UserError(
                self.env._(
                    "%s: give the reason first. Whoever looks at it in a year wants to "
                    "know why.",
                    self.display_name,
                )
            )

    def _start(self):
        """Freeze the baselines, and begin.

        The caller has checked that the user may edit the intent.
        """
        self.ensure_one()
        # sudo: state and baselines are written by starting alone
        intent = self.sudo()
        intent.lock_for_update(allow_referencing=True)
        intent._check_state("draft")
        intent._check_reason()
        today = fields.Date.context_today(self)
        intent.outcome_ids._freeze(today)
        intent.write({"state": "running", "start_date": today})
        intent._ask_for_review()
        self.env["customer.account"]._update_intents(intent.company_id)

    def _end(self, result, note):
        """End the intent with a result; its outcomes keep their last values."""
        self.ensure_one()
        # sudo: as in _start
        intent = self.sudo()
        intent.lock_for_update(allow_referencing=True)
        intent._check_state("running")
        intent.outcome_ids._close()
        intent.review_activity_id.unlink()
        intent.write(
            {
                "state": "ended",
                "result": result,
                "result_note": note,
                "end_date": fields.Date.context_today(self),
            }
        )
        self.env["customer.account"]._update_intents(intent.company_id)

    def _suggest_result(self):
        """Return what came of the intent by its outcomes, None without outcomes."""
        from ..engine import outcome  # numpy only when needed

        self.check_access("read")
        # sudo: the word for what came of it, without a figure
        outcomes = self.sudo().outcome_ids.filtered("state")
        if not outcomes:
            return None
        return outcome.result(outcomes.mapped("state"), outcomes.mapped("progress"))

    def _get_whom_to_ask(self):
        """Return the owner, or an administrator when the owner has left."""
        self.ensure_one()
        return self.company_id._get_whom_to_ask(self.user_id)[:1]

    def _ask_for_review(self):
        """Give the owners something to do on the day of the review, and only once."""
        # sudo: the activity may have been handed on to a colleague
        for intent in self.sudo():
            activity = intent.review_activity_id
            user = intent._get_whom_to_ask()
            if not (intent.review_date and user):
                activity.unlink()
                continue
            vals = {"date_deadline": intent.review_date, "user_id": user.id}
            if activity.active:
                activity.write(vals)
            else:
                asking = intent.with_context(lang=user.lang)
                intent.review_activity_id = asking.activity_schedule(
                    "customer_centricity.mail_activity_intent_review",
                    summary=asking.env._("Look at the intent again"),
                    **vals,
                )

    @api.model
    def _measure_or_log(self, company):
        """Measure; an error is logged and told, and the refresh comes to its end."""
        failed = self._measure_company(company)
        if failed:
            company.customer_refresh_error = self.env._(
                "The outcomes of intents could not be measured: %s",
                "; ".join(
                    f"{outcome.intent_id.display_name}: {str(error)[:ERROR_LENGTH]}"
                    for outcome, error in list(failed.items())[:ERRORS_TOLD]
                ),
            )

    @api.model
    def _measure_company(self, company):
        """Measure the outcomes of a company's running intents; after each refresh.

        Return those that could not be: {outcome: error}.
        """
        outcomes = self.env["customer.intent.outcome"].search(
            [
                ("intent_id.company_id", "=", company.id),
                ("intent_id.state", "=", "running"),
                ("decided_date", "=", False),
            ]
        )
        return outcomes._measure_or_note()

    # ------------------------------------------------------------------
    # Accounts
    # ------------------------------------------------------------------

    def _get_level(self):
        """Return whether it is for a group or an account; None of neither."""
        if self.group_id:
            return "group"
        return "account" if self.account_id else None

    def _get_member_domain(self):
        """Return the domain of the accounts that the intent is for."""
        self.ensure_one()
        if self.account_id:
            return [("id", "=", self.account_id.id)]
        return [
            ("company_id", "=", self.company_id.id),
            ("group_id", "child_of", self.group_id.ids),
        ]
