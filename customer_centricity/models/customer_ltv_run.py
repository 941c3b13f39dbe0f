from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

# What a run goes through in each state in which it is at work
STAGES = {
    "computing": ("facts", "observe", "learn", "value", "compare", "record"),
    "applying": ("apply",),
    "undoing": ("undo",),
}
# What people ask for, as long as a run has not been started
ASKED = {"date", "horizon_months", "discount_rate", "value_method", "window_months"}


def _of_last_run(name, setting):
    """Return a field's default: of the last applied run, else of the company."""

    def default(self):
        last = self._get_last_run(self.env.company, ("applied",))
        # sudo: a setting, told to whoever may start a run
        return last[name] if last else self.env.company.sudo()[setting]

    return default


class CustomerLtvRun(models.Model):
    """One recomputation of a company's portfolio: computed, looked at, applied.

    Computing (customer_ltv_run_compute.py) values every account as of a day and says
    who would move to which tier and why; it changes no account. Applying
    (customer_ltv_run_apply.py) moves them, and can be undone as long as no later run
    was applied. The work goes from step to step (customer_ltv_run_work.py), each cut
    into chunks (customer_ltv_chunk.py) that any number of workers take from a table; a
    run that is killed goes on from the last finished one.

    Every action locks the run first, so that of two people at once the second is told
    what the first has done.
    """

    _name = "customer.ltv.run"
    _description = "Lifetime Value Run"
    _inherit = ["mail.thread", "mail.activity.mixin", "customer.decided.values"]
    _order = "date desc, id desc"
    _rec_name = "date"
    _check_company_auto = True

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")

    # What is asked
    date = fields.Date(
        string="As Of",
        required=True,
        tracking=True,
        default=lambda self: self._get_last_period_end(self.env.company),
        help="Documents up to this day count.",
    )
    horizon_months = fields.Integer(
        string="Horizon (months)",
        required=True,
        default=_of_last_run("horizon_months", "customer_value_months"),
        help="How many months of business the lifetime value counts.",
    )
    discount_rate = fields.Float(
        string="Yearly Discount Rate",
        digits=(16, 4),
        default=_of_last_run("discount_rate", "customer_discount_rate"),
        help="By how much a profit is worth less for coming a year later.",
    )
    value_method = fields.Selection(
        selection=[
            ("automatic", "Automatic"),
            ("probabilistic", "Probabilistic"),
            ("contract", "Contract"),
            ("plain", "Plain rule"),
        ],
        string="Method",
        required=True,
        default=_of_last_run("value_method", "customer_value_method"),
    )
    window_months = fields.Integer(
        string="Profit Window (months)",
        required=True,
        default=_of_last_run("window_months", "customer_window_months"),
        help="Profit and results are those of so many closed months before the day.",
    )
    is_scheduled = fields.Boolean(
        string="Prepared by Schedule", readonly=True, copy=False
    )

    # Where it is
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("computing", "Computing"),
            ("computed", "To Review"),
            ("applying", "Applying"),
            ("applied", "Applied"),
            ("undoing", "Undoing"),
            ("cancelled", "Cancelled"),
            ("failed", "Failed"),
        ],
        required=True,
        readonly=True,
        copy=False,
        index=True,
        default="draft",
        tracking=True,
    )
    stage = fields.Selection(
        selection=[
            ("facts", "Bringing facts up to date"),
            ("observe", "Reading documents"),
            ("learn", "Learning from the portfolio"),
            ("value", "Valuing accounts"),
            ("compare", "Drawing the borders of the tiers"),
            ("record", "Recording movements"),
            ("apply", "Moving accounts"),
            ("undo", "Moving accounts back"),
        ],
        string="Step",
        readonly=True,
        copy=False,
    )
    stage_start = fields.Datetime(readonly=True, copy=False)
    stage_seconds = fields.Json(
        readonly=True, copy=False, help="How long each step took."
    )
    chunk_count = fields.Integer(compute="_compute_progress", string="Parts")
    chunk_done_count = fields.Integer(compute="_compute_progress", string="Parts Done")
    progress = fields.Float(
        compute="_compute_progress", help="Of the step, from 0 to 100."
    )
    worker_state = fields.Selection(
        selection=[
            ("ready", "Ready"),
            ("late", "Late"),
            ("off", "Switched off"),
        ],
        string="Workers",
        compute="_compute_worker_state",
        help="Whether the scheduled actions that work on runs do so.",
    )
    remaining_count = fields.Integer(
        string="Parts to Do", compute="_compute_progress", help="Of this step."
    )
    failure_count = fields.Integer(
        string="Errors",
        compute="_compute_progress",
        help="Parts that had to be tried again.",
    )
    error = fields.Text(readonly=True, copy=False)
    start_date = fields.Datetime(string="Started", readonly=True, copy=False)
    computed_date = fields.Datetime(readonly=True, copy=False)
    applied_date = fields.Datetime(readonly=True, copy=False)
    applied_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False, ondelete="set null"
    )
    previous_id = fields.Many2one(
        comodel_name="customer.ltv.run",
        string="Previous Run",
        readonly=True,
        copy=False,
        index=True,
        ondelete="restrict",
        help="The last applied one when this one was started.",
    )
    locked_until = fields.Date(
        string="Months Were Locked Until",
        readonly=True,
        copy=False,
        help="Before this run was applied.",
    )
    chunk_ids = fields.One2many(
        comodel_name="customer.ltv.chunk", inverse_name="run_id"
    )

    # What came out
    settled = fields.Json(
        readonly=True,
        copy=False,
        help="What is said once of the portfolio before its accounts are read.",
    )
    model_id = fields.Many2one(
        comodel_name="customer.value.model",
        string="What Was Learnt",
        readonly=True,
        copy=False,
        index=True,
        ondelete="set null",
    )
    grade = fields.Selection(
        related="model_id.grade", string="Forecast", related_sudo=False
    )
    method_reason = fields.Char(related="model_id.reason", related_sudo=False)
    total = fields.Monetary(string="Value of the Portfolio", readonly=True, copy=False)
    total_low = fields.Monetary(string="At Least", readonly=True, copy=False)
    total_high = fields.Monetary(string="At Most", readonly=True, copy=False)
    quality_grade = fields.Selection(
        selection=[("a", "A"), ("b", "B"), ("c", "C"), ("d", "D")],
        string="Data Quality",
        readonly=True,
        copy=False,
    )
    quality_doubt_rate = fields.Float(
        string="Share in Doubt", readonly=True, copy=False, digits=(16, 4)
    )
    tier_ids = fields.One2many(
        comodel_name="customer.ltv.run.tier", inverse_name="run_id", readonly=True
    )
    snapshot_ids = fields.One2many(
        comodel_name="customer.account.snapshot", inverse_name="run_id", readonly=True
    )
    account_count = fields.Integer(string="Accounts", readonly=True, copy=False)
    entered_count = fields.Integer(string="Enter", readonly=True, copy=False)
    left_count = fields.Integer(string="Leave", readonly=True, copy=False)
    up_count = fields.Integer(string="Rise", readonly=True, copy=False)
    down_count = fields.Integer(string="Fall", readonly=True, copy=False)
    loss_count = fields.Integer(string="Turn Loss-Making", readonly=True, copy=False)
    kept_count = fields.Integer(string="Kept", readonly=True, copy=False)
    damped_count = fields.Integer(
        string="Stay for a Small Crossing", readonly=True, copy=False
    )
    opted_out_count = fields.Integer(
        string="Not to Be Profiled",
        readonly=True,
        copy=False,
        help="Accounts left out, as their customers do not want to be profiled. They "
        "stay in their tier, and have no part in the totals of the run.",
    )
    problem_count = fields.Integer(
        string="Not Moved",
        readonly=True,
        copy=False,
        help="Accounts that were edited meanwhile, are kept, or refused to move.",
    )

    _one_at_work = models.UniqueIndex(
        "(company_id) WHERE state IN ('computing', 'applying', 'undoing')",
        "Another run of this company is at work. Wait until it is done.",
    )
    _horizon_months_range = models.Constraint(
        "CHECK(horizon_months BETWEEN 1 AND 600)",
        "The horizon of the lifetime value must be between 1 and 600 months.",
    )
    _discount_rate_range = models.Constraint(
        "CHECK(discount_rate >= 0 AND discount_rate <= 1)",
        "The yearly discount rate must be between 0% and 100%.",
    )
    _window_months_range = models.Constraint(
        "CHECK(window_months BETWEEN 1 AND 120)",
        "The profit window must be between 1 and 120 months.",
    )

    # ------------------------------------------------------------------
    # Fields
    # ------------------------------------------------------------------

    @api.depends("date")
    def _compute_display_name(self):
        for run in self:
            run.display_name = self.env._("New run")
            if run.date:
                day = format_date(self.env, run.date, date_format="d MMM")
                run.display_name = f"{run.date.year} · {day}"

    @api.depends("stage", "state")
    def _compute_progress(self):
        # sudo: counts only; the table of the work is not for people
        counts = self.env["customer.ltv.chunk"].sudo()._count_by_stage(self)
        for run in self:
            done = total = failures = 0
            if run.state in (*STAGES, "failed"):
                done, total, failures = counts.get((run.id, run.stage), (0, 0, 0))
            run.chunk_done_count, run.chunk_count = done, total
            run.remaining_count = total - done
            run.failure_count = failures
            run.progress = 100 * done / total if total else 0

    def _compute_worker_state(self):
        # sudo: scheduled actions are for settings administrators; whether they run
        # concerns whoever waits for a run
        self.worker_state = self.env["customer.ltv.chunk"].sudo()._get_worker_state()

    @api.constrains("date")
    def _check_date(self):
        for run in self:
            if run.date > fields.Date.context_today(run):
                raise ValidationError(
                    self.env._("A run looks back: its day cannot be in the future.")
                )
            if run.date.year < 1970:
                raise ValidationError(self.env._("The day must be in 1970 or later."))

    @api.model
    def _get_decided_names(self):
        """Return where a run is, and what came out of it."""
        return {name for name in self._get_own_fields() if self._fields[name].readonly}

    @api.model
    def _explain_decided(self, names):
        return self.env._(
            "%(fields)s: what a run comes to cannot be written.", fields=names
        )

    @api.model
    def _get_own_fields(self):
        """Return the names of the fields that this addon has given the model."""
        return {
            name
            for name, field in self._fields.items()
            if field._module == "customer_centricity" and name != "company_id"
        }

    @api.model_create_multi
    def create(self, vals_list):
        self._check_created(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            self.check_access("write")
            self._check_human_values(vals)
            if not ASKED.isdisjoint(vals) and any(run.state != "draft" for run in self):
                raise UserError(
                    self.env._("What a run computes is fixed once it has been started.")
                )
            if "company_id" in vals:
                raise UserError(self.env._("A run stays with its company."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_use(self):
        for run in self:
            if run.state not in ("draft", "cancelled"):
                raise UserError(
                    self.env._(
                        "%(run)s: only drafts and cancelled runs can be deleted. "
                        "Cancel it first; a run that was applied is part of the "
                        "accounts' history.",
                        run=run.display_name,
                    )
                )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_compute(self):
        """Start computing in the background."""
        self._begin("computing", ("draft", "cancelled"))

    def action_cancel(self):
        """Stop computing, or discard what was computed; no account has changed."""
        self._check_administrator()
        run = self.sudo()  # sudo: the state is not writable; checked above
        run._lock()
        computing = run.state == "failed" and run.stage in STAGES["computing"]
        if run.state not in ("draft", "computing", "computed") and not computing:
            raise UserError(
                self.env._(
                    "%(run)s cannot be cancelled: it is “%(state)s”.",
                    run=run.display_name,
                    state=run._get_state_in_words(),
                )
            )
        run.write({"state": "cancelled", "error": False})
        run.activity_unlink(["mail.mail_activity_data_todo"])
        # what it has recorded is removed by the workers, in steps
        run.chunk_ids._wake()

    def action_retry(self):
        """Go on where the run failed."""
        self._check_administrator()
        run = self.sudo()  # sudo: the state is not writable; checked above
        run._lock()
        run._check_state(("failed",))
        run.chunk_ids.filtered(lambda chunk: chunk.state == "failed").write(
            {"state": "todo", "attempts": 0, "error": False}
        )
        run.write(
            {
                "state": run._get_state_of_stage(),
                "stage_start": fields.Datetime.now(),
                "error": False,
            }
        )
        self.env.flush_all()
        run.chunk_ids._wake()

    def action_apply(self):
        """Move the accounts in the background."""
        self._begin("applying", ("computed",))

    def action_undo(self):
        """Move the accounts back, in the background."""
        self._begin("undoing", ("applied", "failed"))

    def action_download_workbook(self):
        """Download how the values of the run come about, as a spreadsheet."""
        self.env["customer.ltv.workbook"]._check_run(self)
        return {
            "type": "ir.actions.act_url",
            "url": f"/customer/ltv/workbook/run/{self.id}",
            "target": "download",
        }

    # ------------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------------

    @api.model
    def _get_last_run(self, company, states):
        return self.search(
            [("company_id", "=", company.id), ("state", "in", states)],
            order="date desc, id desc",
            limit=1,
        )

    @api.model
    def _get_last_applied(self, company):
        return self.search(
            [
                ("company_id", "=", company.id),
                ("applied_date", "!=", False),
                ("state", "in", ("applied", "undoing", "failed")),
            ],
            order="applied_date desc, id desc",
            limit=1,
        )
