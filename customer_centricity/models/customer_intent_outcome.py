from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

MANAGER = "customer_centricity.group_manager"
# What only measuring writes
MEASURED = {
    "baseline",
    "value",
    "progress",
    "state",
    "measured_date",
    "decided_date",
    "activity_id",
}


class CustomerIntentOutcome(models.Model):
    """A figure that an intent is expected to change: from where, to where, by when.

    The baseline is what the figure is when the intent starts, and stays. From then on
    it is measured after every refresh, see customer_intent_outcome_measuring.py, and
    judged by the rule of ``engine.outcome``, until its date is over: the first
    measurement after that day decides.
    """

    _name = "customer.intent.outcome"
    _description = "Expected Outcome"
    _inherit = ["customer.decided.values"]
    _order = "intent_id, target_date, id"
    _rec_name = "metric_id"

    intent_id = fields.Many2one(
        comodel_name="customer.intent",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    metric_id = fields.Many2one(
        comodel_name="customer.metric", required=True, ondelete="restrict"
    )
    unit = fields.Selection(related="metric_id.unit")
    metric_description = fields.Text(related="metric_id.description")
    # what the form needs to know of its intent
    intent_state = fields.Selection(
        related="intent_id.state", string="Status of the Intent", related_sudo=False
    )
    metric_levels = fields.Json(compute="_compute_metric_levels")

    # Figures: not for salespeople
    baseline = fields.Float(
        readonly=True,
        copy=False,
        groups=MANAGER,
        aggregator=None,
        help="What it was when the intent was started.",
    )
    target = fields.Float(
        required=True,
        groups=MANAGER,
        aggregator=None,
        help="What it is meant to be, in the unit of the metric.",
    )
    value = fields.Float(
        string="Now",
        readonly=True,
        copy=False,
        groups=MANAGER,
        aggregator=None,
        help="As last measured.",
    )
    progress = fields.Float(
        readonly=True,
        copy=False,
        groups=MANAGER,
        aggregator="avg",
        help="Share of the way from the baseline to the target; below zero when it "
        "went the wrong way.",
    )
    baseline_text = fields.Char(
        string="At the Start", compute="_compute_texts", groups=MANAGER
    )
    target_text = fields.Char(string="Wanted", compute="_compute_texts", groups=MANAGER)
    value_text = fields.Char(
        string="Measured", compute="_compute_texts", groups=MANAGER
    )
    explanation = fields.Char(compute="_compute_explanation", groups=MANAGER)
    measure_ids = fields.One2many(
        comodel_name="customer.intent.measure",
        inverse_name="outcome_id",
        string="Measurements",
        groups=MANAGER,
    )

    # In words
    target_date = fields.Date(
        required=True,
        copy=False,
        default=lambda self: self._default_target_date(),
        help="The last day on which it is to be reached.",
    )
    state = fields.Selection(
        selection=[
            ("on_track", "On track"),
            ("at_risk", "At risk"),
            ("reached", "Reached"),
            ("missed", "Missed"),
        ],
        readonly=True,
        copy=False,
        help="Reached: at the target or beyond. Missed: not reached when its time is "
        "over. At risk: more than a quarter of the way behind the straight line from "
        "the baseline to the target. On track: otherwise.",
    )
    measured_date = fields.Date(readonly=True, copy=False)
    decided_date = fields.Date(
        readonly=True, copy=False, help="Measured no more: its time is over."
    )
    activity_id = fields.Many2one(
        comodel_name="mail.activity",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="What its last turn gave the owner to do.",
    )

    _metric_unique = models.Constraint(
        "UNIQUE(intent_id, metric_id)",
        "An intent has one outcome of each metric: change that one.",
    )
    _figures_range = models.Constraint(
        "CHECK(target > -1e15 AND target < 1e15"
        " AND baseline > -1e15 AND baseline < 1e15"
        " AND value > -1e15 AND value < 1e15)",
        "The target of an outcome is too large, or no number.",
    )

    @api.model
    def _default_target_date(self):
        """A year on: the figures of a window have changed altogether by then."""
        return fields.Date.add(fields.Date.context_today(self), years=1)

    @api.depends("intent_id.group_id", "intent_id.account_id")
    def _compute_metric_levels(self):
        for outcome in self:
            outcome.metric_levels = ["both", outcome.intent_id._get_level()]

    @api.depends("metric_id", "baseline", "target", "value", "intent_id.state")
    def _compute_texts(self):
        drafts = self.filtered(lambda outcome: outcome.intent_id.state == "draft")
        today = drafts._get_measured()
        for outcome in self:
            if not outcome.metric_id or (outcome in drafts and outcome not in today):
                outcome.baseline_text = outcome.target_text = outcome.value_text = False
                continue
            baseline, value = outcome.baseline, outcome.value
            if outcome in drafts:
                baseline = value = today[outcome]
            outcome.baseline_text = outcome._format(baseline)
            outcome.target_text = outcome._format(outcome.target)
            outcome.value_text = outcome._format(value)

    @api.depends(
        "metric_id", "baseline", "target", "value", "target_date", "intent_id.state"
    )
    def _compute_explanation(self):
        drafts = self.filtered(lambda outcome: outcome.intent_id.state == "draft")
        today = drafts._get_measured()
        for outcome in self:
            if not outcome.metric_id or (outcome in drafts and outcome not in today):
                outcome.explanation = False
            elif outcome in drafts:
                outcome.explanation = outcome._foretell(today[outcome])
            else:
                outcome.explanation = outcome._explain()

    # ------------------------------------------------------------------
    # Who may write what
    # ------------------------------------------------------------------

    @api.constrains("metric_id", "intent_id")
    def _check_metric_level(self):
        for outcome in self:
            metric = outcome.metric_id
            if metric.level in ("both", outcome.intent_id._get_level()):
                continue
            levels = dict(metric._fields["level"]._description_selection(self.env))
            raise ValidationError(
                self.env._(
                    "%(intent)s: the metric “%(metric)s” is measured for %(level)s "
                    "only. Choose another one.",
                    intent=outcome.intent_id.display_name,
                    metric=metric.name,
                    level=levels[metric.level].lower(),
                )
            )

    @api.constrains("target", "target_date")
    def _check_target_of_running(self):
        for outcome in self:
            if outcome.intent_id.state == "running":
                outcome._check_target(outcome.baseline, outcome.intent_id.start_date)

    @api.model
    def _get_decided_names(self):
        return MEASURED

    def _check_changeable(self, vals):
        """Refuse to change what was expected once it is known what came of it."""
        if self.env.su:
            return
        for outcome in self:
            state = outcome.intent_id.state
            identity = {"metric_id", "intent_id"}.intersection(vals)
            if state == "draft" or (state == "running" and not identity):
                continue
            raise UserError(
                self.env._(
                    "%(intent)s: the outcome “%(metric)s” cannot be changed any more; "
                    "while an intent runs, its targets and dates can.",
                    intent=outcome.intent_id.display_name,
                    metric=outcome.metric_id.name,
                )
            )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_created(vals_list)
        outcomes = super().create(vals_list)
        for outcome in outcomes:
            if outcome.intent_id.state != "draft":
                raise UserError(
                    self.env._(
                        "%s is no draft any more: what is expected of an intent is "
                        "said before it starts.",
                        outcome.intent_id.display_name,
                    )
                )
        return outcomes

    def write(self, vals):
        self._check_human_values(vals)
        self._check_changeable(vals)
        result = super().write(vals)
        if not self.env.su and not {"target", "target_date"}.isdisjoint(vals):
            self._expect_anew()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_started(self):
        for outcome in self:
            if outcome.intent_id.state != "draft":
                raise UserError(
                    self.env._(
                        "%(intent)s: the outcome “%(metric)s” cannot be deleted, the "
                        "intent has been started.",
                        intent=outcome.intent_id.display_name,
                        metric=outcome.metric_id.name,
                    )
                )

    def _expect_anew(self):
        """Judge running outcomes by a target or a date that has been changed."""
        running = self.filtered(lambda outcome: outcome.intent_id.state == "running")
        for outcome in running:
            # no figures: salespeople read the chatter
            outcome.intent_id._message_log(
                body=self.env._(
                    "What is expected of “%s” has been changed.", outcome.metric_id.name
                )
            )
        # sudo: what measuring writes
        running.sudo().write({"decided_date": False})
        running.sudo()._measure()

    # ------------------------------------------------------------------
    # Starting and ending
    # ------------------------------------------------------------------

    def _freeze(self, today):
        """Keep what the figures are today as the baselines."""
        measured = self._get_measured()
        for outcome in self:
            baseline = measured[outcome]
            if baseline is None:
                raise UserError(
                    self.env._(
                        "%(intent)s: “%(metric)s” has no value yet, so there is "
                        "nothing to start from. Choose another metric, or wait until "
                        "there are documents.",
                        intent=outcome.intent_id.display_name,
                        metric=outcome.metric_id.name,
                    )
                )
            outcome._check_target(baseline, today)
            outcome.write(
                {
                    "baseline": baseline,
                    "value": baseline,
                    "progress": 0.0,
                    "state": "on_track",
                    "measured_date": today,
                }
            )
        self._keep_month(today, [0.0] * len(self))

    def _check_target(self, baseline, start_date):
        """Refuse a target that is not better than the baseline, or not after it."""
        from ..engine import outcome as rules  # numpy only when needed

        if self.target_date <= start_date:
            raise ValidationError(
                self.env._(
                    "%(intent)s: the outcome “%(metric)s” is to be reached by "
                    "%(date)s, which is not after the start of the intent. Choose a "
                    "later day.",
                    intent=self.intent_id.display_name,
                    metric=self.metric_id.name,
                    date=format_date(self.env, self.target_date),
                )
            )
        [way] = rules.directions(
            [baseline], [self.target], [self.metric_id.better == "higher"]
        )
        if way != "better":
            raise ValidationError(self._explain_direction(way, baseline))

    def _explain_direction(self, way, baseline):
        told = {
            "intent": self.intent_id.display_name,
            "metric": self.metric_id.name,
            "target": self._format(self.target),
            "baseline": self._format(baseline),
        }
        if way == "equal":
            return self.env._(
                "%(intent)s: “%(metric)s” is to be %(target)s, which it is already. "
                "Choose a target that differs from the baseline.",
                **told,
            )
        if self.metric_id.better == "higher":
            return self.env._(
                "%(intent)s: of “%(metric)s”, more is better, and the target of "
                "%(target)s is below the baseline of %(baseline)s. Choose a higher "
                "target.",
                **told,
            )
        return self.env._(
            "%(intent)s: of “%(metric)s”, less is better, and the target of %(target)s "
            "is above the baseline of %(baseline)s. Choose a lower target.",
            **told,
        )

    def _close(self):
        """Measure a last time: what is not reached when the intent ends is missed."""
        self.filtered(lambda outcome: not outcome.decided_date)._measure(is_last=True)
        self.activity_id.unlink()

    # ------------------------------------------------------------------
    # Telling in words
    # ------------------------------------------------------------------

    def _format(self, value):
        # sudo: whoever may read the outcome may read its company's currency
        currency = self.intent_id.sudo().company_id.currency_id
        return self.metric_id._format(value, currency)

    def _foretell(self, baseline):
        """Return in words what a draft would expect, or why it cannot be started."""
        from ..engine import outcome as rules  # numpy only when needed

        if baseline is None:
            return self.env._("It has no value yet, so there is nothing to start from.")
        [way] = rules.directions(
            [baseline], [self.target], [self.metric_id.better == "higher"]
        )
        told = {
            "value": self._format(baseline),
            "target": self._format(self.target),
            "date": format_date(self.env, self.target_date) if self.target_date else "",
        }
        if way == "better":
            return self.env._(
                "Today it is %(value)s; it is to be %(target)s by %(date)s.", **told
            )
        if self.metric_id.better == "higher":
            return self.env._(
                "Today it is %(value)s, and more is better: the target must be above.",
                **told,
            )
        return self.env._(
            "Today it is %(value)s, and less is better: the target must be below.",
            **told,
        )

    def _explain(self):
        """Return in words how far the outcome has come, and in how much time."""
        from ..engine import outcome as rules  # numpy only when needed

        start = self.intent_id.start_date
        last = self.decided_date or self.measured_date or start
        [share] = rules.elapsed(
            [start.toordinal()], [self.target_date.toordinal()], [last.toordinal()]
        )
        return self.env._(
            "From %(baseline)s on %(start)s to %(value)s on %(day)s; wanted: "
            "%(target)s by %(date)s. Done: %(progress)s %% of the way in %(elapsed)s "
            "%% of the time.",
            baseline=self._format(self.baseline),
            start=format_date(self.env, start),
            value=self._format(self.value),
            day=format_date(self.env, self.measured_date),
            target=self._format(self.target),
            date=format_date(self.env, self.target_date),
            progress=round(100 * self.progress),
            elapsed=min(100, round(100 * share)),
        )
