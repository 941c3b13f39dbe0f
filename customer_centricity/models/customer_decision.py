from odoo import api, fields, models

MANAGER = "customer_centricity.group_manager"
# States of a case that is not over: an account has one at a time
OPEN = ("proposed", "approved", "applied")
ACTIVITY = "customer_centricity.mail_activity_decision"
STEP_ACTIVITY = "customer_centricity.mail_activity_decision_step"
# Colours of Odoo's palette, from mild to the last
COLORS = {
    "mend": 4,
    "reduce_cost": 3,
    "reprice": 2,
    "change_level": 7,
    "subcontract": 11,
    "end": 1,
}


class CustomerDecision(models.Model):
    """What is to be done about an account that the company loses money on: a case.

    A case is proposed by a person or a rule with the figures of that day and the
    options of the ladder; a person, or the settings, approve one of them
    (customer_decision_approve.py); it is applied, and can be undone
    (customer_decision_apply.py); and months later it is seen what came of it.
    """

    _name = "customer.decision"
    _description = "Decision"
    _inherit = ["mail.thread", "mail.activity.mixin", "customer.decided.values"]
    # cases of a day in the order in which they were proposed: the worst losses first
    _order = "stage_date desc, id"
    _check_company_auto = True
    _rec_names_search = ["account_id"]
    _mail_post_access = "read"
    _settled = True

    # Of whom
    account_id = fields.Many2one(
        comodel_name="customer.account",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    partner_id = fields.Many2one(related="account_id.partner_id", related_sudo=False)
    company_id = fields.Many2one(
        related="account_id.company_id", store=True, precompute=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    group_id = fields.Many2one(
        related="account_id.group_id", related_sudo=False, store=True, index=True
    )
    tier_id = fields.Many2one(
        related="account_id.tier_id", related_sudo=False, store=True
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Owner",
        index=True,
        tracking=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Who is asked to decide, and sees to it.",
    )

    # Where it is
    state = fields.Selection(
        selection=[
            ("proposed", "Proposed"),
            ("approved", "Approved"),
            ("applied", "Applied"),
            ("reviewed", "Reviewed"),
            ("rejected", "Rejected"),
            ("undone", "Undone"),
        ],
        required=True,
        readonly=True,
        copy=False,
        index=True,
        default="proposed",
        group_expand=True,
    )
    stage_date = fields.Date(
        string="In This State Since",
        readonly=True,
        copy=False,
        default=lambda self: fields.Date.context_today(self),
    )
    stage_days = fields.Integer(
        string="Days in This State", compute="_compute_stage_days"
    )
    color = fields.Integer(compute="_compute_color")

    # Why
    origin = fields.Selection(
        selection=[("hand", "A person"), ("rule", "A rule")],
        string="Proposed By",
        required=True,
        readonly=True,
        copy=False,
        default="hand",
    )
    rule_name = fields.Char(string="Rule", readonly=True, copy=False)
    reason = fields.Text(
        tracking=True, help="Why something is to be done about the account."
    )

    # What could be done, and what is chosen
    option_ids = fields.One2many(
        comodel_name="customer.decision.option",
        inverse_name="decision_id",
        string="Options",
    )
    best_option_id = fields.Many2one(
        comodel_name="customer.decision.option",
        compute="_compute_best_option_id",
        help="By what is expected to come of it.",
    )
    option_id = fields.Many2one(
        comodel_name="customer.decision.option",
        string="Decision",
        compute="_compute_option_id",
        store=True,
        readonly=False,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        tracking=True,
        domain="[('decision_id', '=', id)]",
        help="What is to be done; the best option until another is chosen.",
    )
    kind = fields.Selection(related="option_id.kind", store=True, index=True)
    choice_reason = fields.Text(
        string="Why Not the Best",
        copy=False,
        help="Required to choose another option than the best.",
    )
    guard_summary = fields.Text(
        string="Before You Decide",
        compute="_compute_guard_summary",
        groups=MANAGER,
        help="What would keep a rule from going on by itself.",
    )

    # The figures of the day on which it was proposed
    start_date = fields.Date(string="Figures Of", readonly=True, copy=False)
    start_months = fields.Integer(
        string="Over Months",
        readonly=True,
        copy=False,
        aggregator=None,
        help="How many closed months the figures then are the sum of.",
    )
    start_revenue = fields.Monetary(
        string="Revenue Then", readonly=True, copy=False, groups=MANAGER
    )
    start_profit = fields.Monetary(
        string="Profit Then", readonly=True, copy=False, groups=MANAGER
    )
    start_lifetime_value = fields.Monetary(
        string="Lifetime Value Then", readonly=True, copy=False, groups=MANAGER
    )
    start_hours = fields.Float(
        string="Hours Then", readonly=True, copy=False, groups=MANAGER
    )
    start_cost_estimated_rate = fields.Float(
        string="Cost Estimated Then",
        readonly=True,
        copy=False,
        groups=MANAGER,
        aggregator="avg",
    )
    start_service_level_id = fields.Many2one(
        comodel_name="customer.service.level",
        string="Service Level Then",
        readonly=True,
        copy=False,
        ondelete="set null",
    )
    start_tier_id = fields.Many2one(
        comodel_name="customer.tier",
        string="Tier Then",
        readonly=True,
        copy=False,
        ondelete="set null",
    )
    stake_amount = fields.Monetary(
        string="At Stake",
        readonly=True,
        copy=False,
        groups=MANAGER,
        help="What the company was losing on the account in a year.",
    )
    advocacy_value = fields.Monetary(
        string="Advocacy a Year",
        copy=False,
        groups=MANAGER,
        help="What the account brings besides its own orders in a year, such as "
        "customers it sends: it would be lost with the account. As long as it is empty, "
        "an account that is strong in what it gives besides money is not proposed to "
        "be served less.",
    )

    # What was promised when it was approved, and what came of it
    expected_profit = fields.Monetary(readonly=True, copy=False, groups=MANAGER)
    expected_value = fields.Monetary(
        string="Expected Lifetime Value", readonly=True, copy=False, groups=MANAGER
    )
    expected_gain = fields.Monetary(
        string="Promised",
        readonly=True,
        copy=False,
        groups=MANAGER,
        help="How much more profit a year the option was expected to bring.",
    )
    recovered_amount = fields.Monetary(
        string="Recovered",
        readonly=True,
        copy=False,
        groups=MANAGER,
        help="How much better off the company is a year, as measured: beside similar "
        "accounts, and without what is still paid for hours that are no longer spent.",
    )
    recovered_rate = fields.Float(
        string="Recovered of What Was Promised",
        compute="_compute_recovered_rate",
        store=True,
        groups=MANAGER,
        aggregator="avg",
    )
    measure_ids = fields.One2many(
        comodel_name="customer.decision.measure",
        inverse_name="decision_id",
        string="Measured Effect",
        readonly=True,
        groups=MANAGER,
    )

    # Who did what, and when
    approved_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False
    )
    approved_date = fields.Datetime(string="Approved On", readonly=True, copy=False)
    approval_rule = fields.Char(
        readonly=True,
        copy=False,
        help="The rule that approved it, where no person did.",
    )
    applied_by_id = fields.Many2one(comodel_name="res.users", readonly=True, copy=False)
    applied_date = fields.Datetime(string="Applied On", readonly=True, copy=False)
    undone_by_id = fields.Many2one(comodel_name="res.users", readonly=True, copy=False)
    undone_date = fields.Datetime(string="Undone On", readonly=True, copy=False)
    reject_reason = fields.Text(
        string="Why Not",
        readonly=True,
        copy=False,
        help="Why it was rejected or undone.",
    )
    error = fields.Char(
        string="Why It Could Not Be Applied",
        readonly=True,
        copy=False,
        groups=MANAGER,
    )
    effect_ids = fields.One2many(
        comodel_name="customer.decision.effect",
        inverse_name="decision_id",
        string="Effects",
        readonly=True,
        groups=MANAGER,
    )

    # Review
    review_months = fields.Selection(
        selection=[("3", "3 months"), ("6", "6 months"), ("12", "12 months")],
        string="Review After",
        compute="_compute_review_months",
        store=True,
        readonly=False,
        precompute=True,
    )
    review_date = fields.Date(
        copy=False,
        tracking=True,
        index="btree_not_null",
        help="When it is measured what came of it.",
    )
    reviewed_date = fields.Date(string="Reviewed On", readonly=True, copy=False)
    review_result = fields.Selection(
        selection=[("closed", "Closed"), ("escalated", "Escalated")],
        readonly=True,
        copy=False,
        help="Escalated: it did not help enough, and the next step is proposed.",
    )
    previous_id = fields.Many2one(
        comodel_name="customer.decision",
        string="Escalated From",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    next_ids = fields.One2many(
        comodel_name="customer.decision",
        inverse_name="previous_id",
        string="Escalated To",
    )

    _open_account_unique = models.UniqueIndex(
        "(account_id) WHERE state IN ('proposed', 'approved', 'applied')",
        "An account has one open case at a time.",
    )

    @api.depends("stage_date")
    def _compute_stage_days(self):
        today = fields.Date.context_today(self)
        for decision in self:
            since = decision.stage_date or today
            decision.stage_days = (today - since).days

    @api.depends("kind")
    def _compute_color(self):
        for decision in self:
            decision.color = COLORS.get(decision.kind, 0)

    @api.depends("option_ids.is_best")
    def _compute_best_option_id(self):
        for decision in self:
            decision.best_option_id = decision.option_ids.filtered("is_best")[:1]

    @api.depends("option_ids.is_best", "choice_reason")
    def _compute_option_id(self):
        for decision in self:
            if decision.state == "proposed" and not decision.choice_reason:
                decision.option_id = decision.best_option_id
            else:
                decision.option_id = decision.option_id

    @api.depends("state", "account_id")
    def _compute_guard_summary(self):
        waiting = self.filtered(lambda decision: decision.state in OPEN[:2])
        account_of = waiting._get_accounts_shown()
        nothing = self.env["customer.account"]
        accounts = nothing.union(*account_of.values())._origin
        guards = accounts._get_decision_guards()
        for decision in self:
            account = account_of.get(decision, nothing)
            texts = guards.get(account._origin.id, {})
            decision.guard_summary = "\n".join(
                # the open case is this one
                text
                for code, text in texts.items()
                if code != "open_decision"
            )

    @api.depends("recovered_amount", "expected_gain")
    def _compute_recovered_rate(self):
        for decision in self:
            # of a loss that was promised there is no share to recover
            decision.recovered_rate = (
                decision.recovered_amount / decision.expected_gain
                if decision.expected_gain > 0
                else 0.0
            )

    @api.depends("company_id")
    def _compute_review_months(self):
        for decision in self:
            decision.review_months = (
                decision.review_months
                or decision.company_id.customer_decision_review_months
            )

    @api.depends("account_id", "kind")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        account_of = self._get_accounts_shown()
        for decision in self:
            # sudo: whoever may read a case may read whose it is
            name = account_of[decision].sudo().display_name or ""
            decision.display_name = (
                self.env._(
                    "%(account)s: %(kind)s", account=name, kind=kinds[decision.kind]
                )
                if decision.kind
                else name
            )
