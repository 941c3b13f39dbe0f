from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.misc import formatLang

MANAGER = "customer_centricity.group_manager"

# The middle of the scale, until somebody has judged
MIDDLE = 5.0
# From where to where what people type may go
LIMITS = {
    "typed_score": (0, 10),
    "weight": (0, 1000),
    "scale_low": (-1e14, 1e14),
    "scale_high": (-1e14, 1e14),
    "cost": (-1e14, 1e14),
}
# What is measured, or follows from it
MEASURED = {"value", "has_value", "score", "has_score", "rating", "scale_basis"}
SUBJECT = ("exchange_id.group_id", "exchange_id.account_id", "exchange_id.company_id")


class CustomerValueExchangeLine(models.Model):
    """One thing that is given to customers, or got from them, on a scale from 0 to 10.

    What is given is judged: which need it meets, what shows that it does. What is got
    is measured where a metric can tell, on a scale whose ends are what is usual in the
    portfolio, or chosen by hand. The scale stays as it was when the metric was chosen,
    so that a score moves when the measured figure does, and not because others moved.
    """

    _name = "customer.value.exchange.line"
    _description = "Line of a Value Exchange"
    _inherit = ["customer.decided.values"]
    _order = "exchange_id, direction, sequence, id"

    exchange_id = fields.Many2one(
        comodel_name="customer.value.exchange",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="exchange_id.company_id")
    currency_id = fields.Many2one(related="exchange_id.currency_id")
    subject = fields.Selection(
        selection=[("group", "Group"), ("account", "Account")],
        compute="_compute_subject",
    )
    direction = fields.Selection(
        selection=[("give", "We give"), ("get", "We get")], required=True
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(
        string="What",
        compute="_compute_name",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    weight = fields.Float(
        default=1,
        aggregator=None,
        help="How much it counts beside the other lines of its side: 2 counts twice as "
        "much as 1, and 0 does not count.",
    )

    # What we give
    need = fields.Text(
        string="Need It Meets", help="What they could not do, or not so well, without."
    )
    evidence = fields.Text(
        help="What shows that it meets the need: what they say, use, or come back for."
    )
    cost_metric_id = fields.Many2one(
        comodel_name="customer.metric",
        string="Cost Is",
        ondelete="restrict",
        domain="[('unit', '=', 'money'), ('better', '=', 'lower'),"
        " ('level', 'in', ('both', subject))]",
        help="The measured figure that is what giving it costs; empty: typed.",
    )
    cost = fields.Monetary(
        compute="_compute_cost",
        store=True,
        readonly=False,
        compute_sudo=False,
        groups=MANAGER,
        help="What giving it costs in the last closed months.",
    )

    # What we get
    kind = fields.Selection(
        selection=[
            ("money", "Money"),
            ("advocacy", "Advocacy"),
            ("referral", "Referrals"),
            ("learning", "Learning"),
            ("steadiness", "Steadiness"),
        ],
        help="Money: what they pay and leave. Advocacy: that they speak well of you. "
        "Referrals: whom they bring. Learning: what you learn from them. Steadiness: "
        "that you can count on them.",
    )
    metric_id = fields.Many2one(
        comodel_name="customer.metric",
        ondelete="restrict",
        domain="[('level', 'in', ('both', subject))]",
        help="The measured figure that tells how much of it you get; empty: judged.",
    )
    unit = fields.Selection(related="metric_id.unit")
    scale_by_hand = fields.Boolean(
        string="Scale by Hand",
        help="Otherwise the scale goes from what one in ten to what nine in ten of the "
        "portfolio stay below at the time the metric is chosen.",
    )
    scale_low = fields.Float(
        string="0 Points at",
        compute="_compute_scale",
        store=True,
        readonly=False,
        compute_sudo=False,
        copy=False,
        digits=(16, 4),
        aggregator=None,
        groups=MANAGER,
    )
    scale_high = fields.Float(
        string="10 Points at",
        compute="_compute_scale",
        store=True,
        readonly=False,
        compute_sudo=False,
        copy=False,
        digits=(16, 4),
        aggregator=None,
        groups=MANAGER,
        help="Below the other end where less is better.",
    )
    scale_basis = fields.Selection(
        selection=[
            ("groups", "Usual among the groups"),
            ("accounts", "Usual among the accounts"),
            ("none", "Nothing to compare with"),
            ("hand", "By hand"),
        ],
        string="Scale Is",
        compute="_compute_scale_basis",
        store=True,
        compute_sudo=False,
        copy=False,
        groups=MANAGER,
    )
    value = fields.Float(
        string="Measured",
        compute="_compute_value",
        store=True,
        compute_sudo=False,
        copy=False,
        digits=(16, 4),
        aggregator=None,
        groups=MANAGER,
    )
    has_value = fields.Boolean(
        string="Was Measured",
        compute="_compute_value",
        store=True,
        compute_sudo=False,
        copy=False,
        groups=MANAGER,
        help="Otherwise there is nothing to measure yet, and the line does not count.",
    )
    value_text = fields.Char(
        string="Measured Now", compute="_compute_explanation", groups=MANAGER
    )

    # Points
    typed_score = fields.Float(
        string="Judged (0–10)",
        default=MIDDLE,
        digits=(3, 1),
        aggregator=None,
        groups=MANAGER,
        help="Points from 0, nothing of it, to 10, as good as it can be.",
    )
    score = fields.Float(
        compute="_compute_score",
        store=True,
        compute_sudo=False,
        digits=(4, 2),
        aggregator="avg",
        groups=MANAGER,
        help="Points from 0 to 10.",
    )
    has_score = fields.Boolean(
        compute="_compute_score",
        store=True,
        compute_sudo=False,
        groups=MANAGER,
        help="Whether it counts.",
    )
    rating = fields.Selection(
        selection=[
            ("none", "Not weighed"),
            ("low", "Weak"),
            ("medium", "Fair"),
            ("high", "Strong"),
        ],
        compute="_compute_score",
        store=True,
        compute_sudo=False,
    )
    explanation = fields.Char(compute="_compute_explanation", groups=MANAGER)

    # 'NaN' is above every number
    _judged_range = models.Constraint(
        "CHECK(typed_score >= 0 AND typed_score <= 10)",
        "What is judged by hand gets 0 to 10 points.",
    )
    _weight_range = models.Constraint(
        "CHECK(weight >= 0 AND weight <= 1000)",
        "The weight of a line must be between 0 and 1,000.",
    )
    _figures_finite = models.Constraint(
        "CHECK(scale_low >= -1e14 AND scale_low <= 1e14"
        " AND scale_high >= -1e14 AND scale_high <= 1e14"
        " AND cost >= -1e14 AND cost <= 1e14)",
        "Scale and cost of a line must be finite numbers.",
    )

    # ------------------------------------------------------------------
    # What is measured
    # ------------------------------------------------------------------

    @api.depends("exchange_id.account_id")
    def _compute_subject(self):
        for line in self:
            line.subject = "account" if line.exchange_id.account_id else "group"

    @api.depends("metric_id")
    def _compute_name(self):
        for line in self:
            line.name = line.name or line.metric_id.name

    @api.depends("metric_id", *SUBJECT)
    def _compute_value(self):
        measured = self._measure("metric_id")
        for line in self:
            if line not in measured:  # kept as it was on its last day
                line.value, line.has_value = line.value, line.has_value
                continue
            value = measured[line]
            line.value, line.has_value = value or 0.0, value is not None

    @api.depends("cost_metric_id", *SUBJECT)
    def _compute_cost(self):
        measured = self._measure("cost_metric_id")
        for line in self:
            cost = measured.get(line)
            line.cost = line.cost if cost is None else cost

    @api.depends("metric_id", "scale_by_hand", *SUBJECT)
    def _compute_scale(self):
        scales = self._get_usual_scales()
        for line in self:
            if line.scale_by_hand or line._is_kept():
                low, high = line.scale_low, line.scale_high
            else:
                low, high = scales.get(line, (0.0, 0.0))
            line.scale_low, line.scale_high = low, high

    # apart from the scale: who writes that does not say what it rests on
    @api.depends("metric_id", "scale_by_hand", "scale_low", "scale_high", *SUBJECT)
    def _compute_scale_basis(self):
        for line in self:
            if not line.metric_id:
                line.scale_basis = False
            elif line.scale_low == line.scale_high:
                line.scale_basis = "none"
            elif line.scale_by_hand:
                line.scale_basis = "hand"
            else:
                line.scale_basis = f"{line._get_scale_kind()}s"

    def _measure(self, name):
        """Return what the metrics in a field come to: {line: value, None if unknown}.

        Lines of replaced exchanges are left out: they keep what they have.
        """
        Metric = self.env["customer.metric"]
        values = {}
        for (company, kind), lines in self._group_by_subject().items():
            metrics = lines[name]
            measured = {}
            if metrics:
                subjects = self.env[f"customer.{kind}"].browse(
                    {line._get_subject().id for line in lines if line[name]}
                )
                measured = Metric._measure(
                    company, metrics.mapped("code"), **{f"{kind}s": subjects}
                )
            for line in lines:
                figures = measured.get(line._get_subject().id, {})
                values[line] = figures.get(line[name].code)
        return values

    def _get_usual_scales(self):
        """Return the scales of measured lines: {line: (low, high)}.

        There is none where all are alike, or nobody is.
        """
        scales = {}
        for (company, _kind), lines in self._group_by_subject().items():
            measured = lines.filtered(
                lambda line: line.metric_id and not line.scale_by_hand
            )
            for kind, alike in measured.grouped(
                lambda line: line._get_scale_kind()
            ).items():
                usual = self.env["customer.metric"]._get_usual_range(
                    company, alike.metric_id.mapped("code"), groups=kind == "group"
                )
                for line in alike:
                    if ends := usual[line.metric_id.code]:
                        is_lower_better = line.metric_id.better == "lower"
                        scales[line] = ends[::-1] if is_lower_better else ends
        return scales

    def _get_scale_kind(self):
        """Return whether the scale is that of accounts, or that of groups.

        Rates and means do not grow with the size of a group, so that a group is put
        beside the accounts: they are many, and a scale between a few groups that hardly
        differ would tell noise. Sums are compared with those of other groups.
        """
        is_sum = not self.metric_id._is_mean()
        return "group" if self.subject == "group" and is_sum else "account"

    def _group_by_subject(self):
        """Return the lines that can be measured by (company, "group" or "account")."""
        lines = self.filtered(
            lambda line: (
                not line._is_kept()
                and line._get_subject()
                and line.exchange_id.company_id
            )
        )
        return lines.grouped(
            lambda line: (line.exchange_id.company_id._origin, line.subject)
        )

    def _get_subject(self):
        return self.exchange_id._get_subject()._origin

    def _is_kept(self):
        """Return whether the line keeps the figures of its last day."""
        return self.exchange_id.state == "replaced"

    def _measure_again(self):
        """Bring the measured figures of the lines up to date."""
        names = ("value", "has_value", "cost")
        for name in names:
            self.env.add_to_compute(self._fields[name], self)
        self.modified(names)
        self.env.flush_all()

    # ------------------------------------------------------------------
    # Points, and why
    # ------------------------------------------------------------------

    @api.depends(
        "direction",
        "metric_id",
        "value",
        "has_value",
        "scale_low",
        "scale_high",
        "typed_score",
    )
    def _compute_score(self):
        from ..engine import exchange  # numpy only when needed

        points = {
            line: line.typed_score
            for line in self
            # until what a form contains is refused
            if not line._is_measured() and 0 <= line.typed_score <= 10
        }
        known = self.filtered(
            lambda line: (
                line._is_measured()
                and line.has_value
                and line.scale_low != line.scale_high
            )
        )
        points |= dict(
            zip(
                known,
                exchange.scores(
                    known.mapped("value"),
                    known.mapped("scale_low"),
                    known.mapped("scale_high"),
                ).tolist(),
                strict=True,
            )
        )
        ratings = dict(
            zip(points, exchange.ratings(list(points.values())), strict=True)
        )
        for line in self:
            line.has_score = line in points
            line.score = points.get(line, 0.0)
            line.rating = ratings.get(line, "none")

    @api.depends("score", "has_score", "scale_basis", "metric_id", "value", "has_value")
    def _compute_explanation(self):
        for line in self:
            line.value_text = (
                line._format(line.value if line.has_value else None)
                if line._is_measured()
                else False
            )
            line.explanation = line._explain()

    def _is_measured(self):
        return self.direction == "get" and bool(self.metric_id)

    def _format(self, value):
        return self.metric_id._format(value, self.currency_id)

    def _explain(self):
        """Return in words where the points of the line come from."""
        self.ensure_one()
        if not self._is_measured():
            return self.env._("Judged by hand.")
        if not self.has_value:
            return self.env._("There is nothing to measure yet: it does not count.")
        if not self.has_score:
            return self.env._(
                "There is nothing to compare %s with: set the scale by hand, or it "
                "does not count.",
                self._format(self.value),
            )
        scales = {
            "groups": self.env._("what is usual among the groups"),
            "accounts": self.env._("what is usual among the accounts"),
            "hand": self.env._("set by hand"),
        }
        return self.env._(
            "%(metric)s is %(value)s, on a scale from %(low)s (0) to %(high)s (10): "
            "%(basis)s.",
            metric=self.metric_id.name,
            value=self._format(self.value),
            low=self._format(self.scale_low),
            high=self._format(self.scale_high),
            basis=scales.get(self.scale_basis, scales["hand"]),
        )

    def _get_pulling(self, level):
        """Return the lines of one side that lift it and those that lower it.

        Those that do most come first.

        :param level: points of the other side
        """
        from ..engine import exchange  # numpy only when needed

        pulls = exchange.pulls(self.mapped("score"), self.mapped("weight"), level)
        ordered = sorted(zip(pulls.tolist(), self, strict=True), key=lambda row: row[0])
        lowering = [line for pull, line in ordered if pull < 0]
        lifting = [line for pull, line in reversed(ordered) if pull > 0]
        return lifting, lowering

    def _get_name_with_points(self):
        return self.env._(
            "%(name)s (%(points)s)",
            name=self.name,
            points=self.exchange_id._format_points(self.score),
        )

    # ------------------------------------------------------------------
    # What may be written
    # ------------------------------------------------------------------

    @api.constrains("direction", "kind")
    def _check_kind(self):
        for line in self:
            if line.direction == "get" and not line.kind:
                raise ValidationError(
                    self.env._(
                        "%s: say what kind of thing it is that you get.", line.name
                    )
                )

    @api.constrains("metric_id", "cost_metric_id", "direction", "exchange_id")
    def _check_metrics(self):
        for line in self:
            for metric in line.metric_id | line.cost_metric_id:
                if metric.level not in ("both", line.subject):
                    raise ValidationError(
                        self.env._(
                            "%(line)s: “%(metric)s” cannot be measured for "
                            "%(subject)s. Choose another metric.",
                            line=line.name,
                            metric=metric.name,
                            subject=line.exchange_id.display_name,
                        )
                    )
            cost = line.cost_metric_id
            if cost and (cost.unit != "money" or cost.better != "lower"):
                raise ValidationError(
                    self.env._(
                        "%(line)s: “%(metric)s” is not a cost. Choose a metric of "
                        "money of which less is better.",
                        line=line.name,
                        metric=cost.name,
                    )
                )

    @api.model
    def _get_decided_names(self):
        return MEASURED

    @api.model
    def _check_human_values(self, vals):
        for name, (low, high) in LIMITS.items():
            # what is no number is not within any limits
            if not low <= (vals.get(name) or 0) <= high:
                raise ValidationError(
                    self.env._(
                        "%(line)s: “%(field)s” must be a number from %(low)s to "
                        "%(high)s.",
                        line=vals.get("name") or self[:1].name or self.env._("Line"),
                        field=self._fields[name]._description_string(self.env),
                        low=formatLang(self.env, low, digits=0),
                        high=formatLang(self.env, high, digits=0),
                    )
                )
        return super()._check_human_values(vals)

    @api.model
    def _complete(self, vals):
        """Return the values with what follows from them: a typed scale is by hand."""
        if not {"scale_low", "scale_high"}.isdisjoint(vals):
            return {"scale_by_hand": True, **vals}
        return vals

    @api.private  # as creating by way of it asks for the rights to create
    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for line, vals in zip(self, vals_list, strict=True):
            # another scale is new: it is of the portfolio of today
            if line.scale_by_hand:
                vals.update(scale_low=line.scale_low, scale_high=line.scale_high)
        return vals_list

    @api.model_create_multi
    def create(self, vals_list):
        self._check_created(vals_list)
        lines = super().create([self._complete(vals) for vals in vals_list])
        lines.exchange_id._check_editable()
        return lines

    def write(self, vals):
        self._check_human_values(vals)
        self.check_access("write")
        self.exchange_id._check_editable()
        result = super().write(self._complete(vals))
        if "exchange_id" in vals:
            self.exchange_id._check_editable()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_written_down(self):
        self.exchange_id._check_editable()
