from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import clean_context, plaintext2html

MANAGER = "customer_centricity.group_manager"
# States of a case that is not over: an account has one at a time
OPEN = ("proposed", "approved", "applied")
ACTIVITY = "customer_centricity.mail_activity_decision"
STEP_ACTIVITY = "customer_centricity.mail_activity_decision_step"
# Of many accounts that refuse, messages tell the first ones
ACCOUNTS_TOLD = 5
# What people write: the rest is written by proposing, approving, applying and undoing
CHOICE = {"reason", "option_id", "choice_reason", "advocacy_value", "option_ids"}
RUNNING = {"user_id", "review_months", "review_date"}
DECIDED = {
    "state",
    "stage_date",
    "origin",
    "rule_name",
    "start_date",
    "start_revenue",
    "start_profit",
    "start_lifetime_value",
    "start_hours",
    "start_cost_estimated_rate",
    "start_service_level_id",
    "start_tier_id",
    "stake_amount",
    "expected_profit",
    "expected_value",
    "expected_gain",
    "recovered_amount",
    "recovered_rate",
    "measure_ids",
    "approved_by_id",
    "approved_date",
    "approval_rule",
    "applied_by_id",
    "applied_date",
    "undone_by_id",
    "undone_date",
    "reject_reason",
    "error",
    "effect_ids",
    "reviewed_date",
    "review_result",
    "previous_id",
    "next_ids",
    "kind",
    "company_id",
    "group_id",
    "tier_id",
}
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
        "customers it sends: it would be lost with the account.",
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
        help="How much more profit a year it has brought, as measured.",
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
    error = fields.Char(string="Why It Could Not Be Applied", readonly=True, copy=False)
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
        tracking=True,
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
        guards = waiting.account_id._get_decision_guards()
        for decision in self:
            texts = (
                guards.get(decision.account_id._origin.id, {})
                if decision in waiting
                else {}
            )
            decision.guard_summary = "\n".join(
                # the open case is this one
                text
                for code, text in texts.items()
                if code != "open_decision"
            )

    @api.depends("recovered_amount", "expected_gain")
    def _compute_recovered_rate(self):
        for decision in self:
            decision.recovered_rate = (
                decision.recovered_amount / decision.expected_gain
                if decision.expected_gain
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
        for decision in self:
            # sudo: whoever may read a case may read whose it is
            name = decision.account_id.sudo().display_name or ""
            decision.display_name = (
                self.env._(
                    "%(account)s: %(kind)s", account=name, kind=kinds[decision.kind]
                )
                if decision.kind
                else name
            )

    # ------------------------------------------------------------------
    # Who may write what
    # ------------------------------------------------------------------

    def _mail_get_partner_fields(self, introspect_fields=False):
        # The customer is whom the case is about: what the team writes here must never
        # be suggested to be sent to them.
        return []

    @api.model
    def _get_decided_names(self):
        return DECIDED

    @api.model
    def _explain_decided(self, names):
        return self.env._(
            "%(fields)s: a case goes on with the buttons of its form, and its figures "
            "are those of the day on which it was proposed.",
            fields=names,
        )

    def _check_changeable(self, vals):
        """Refuse to change what a case is about, and what has been decided in it."""
        if self.env.su:
            return
        for decision in self:
            fixed = {"account_id"}
            if decision.state != "proposed":
                fixed |= CHOICE
            if decision.state not in OPEN:
                fixed |= RUNNING
            if names := sorted(fixed.intersection(vals)):
                raise UserError(
                    self.env._(
                        "%(decision)s: %(fields)s cannot be changed any more.",
                        decision=decision.display_name,
                        fields=", ".join(
                            self._fields[name]._description_string(self.env)
                            for name in names
                        ),
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_created(vals_list)
        # sudo: whoever may not propose a case on an account is refused below, by the
        # rules on cases; figures are frozen for whoever may
        accounts = (
            self.env["customer.account"]
            .sudo()
            .browse(
                [vals["account_id"] for vals in vals_list if vals.get("account_id")]
            )
        )
        self._check_without_case(accounts)
        figures = {account.id: self._prepare_start(account) for account in accounts}
        # what the chatter tells is told below, of all cases by one statement
        quiet = self.with_context(tracking_disable=True)
        decisions = super(CustomerDecision, quiet).create(
            [{**figures.get(vals.get("account_id"), {}), **vals} for vals in vals_list]
        )
        decisions = decisions.with_env(self.env)
        decisions._begin()
        return decisions

    def write(self, vals):
        self._check_human_values(vals)
        self._check_changeable(vals)
        result = super().write(vals)
        if "advocacy_value" in vals:
            self.option_ids._evaluate()
        if "review_months" in vals and "review_date" not in vals:
            self.filtered(lambda decision: decision.state == "applied")._set_review()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_decided(self):
        if self.env.su and self.env.context.get("customer_decision_erase"):
            return
        for decision in self:
            if decision.state not in ("proposed", "rejected"):
                raise UserError(
                    self.env._(
                        "%s cannot be deleted: what was decided and what came of it is "
                        "kept. Undo it, if it is not to hold.",
                        decision.display_name,
                    )
                )

    def _erase(self):
        """Delete the cases with all that was written about them, in whatever state.

        For accounts that go: the database would delete the cases, and leave what the
        chatter tells of them.
        """
        # sudo: whoever may delete the account
        self.sudo().with_context(customer_decision_erase=True).unlink()

    # ------------------------------------------------------------------
    # Proposing
    # ------------------------------------------------------------------

    @api.model
    def _propose(self, accounts, reason, origin="hand", rule=None, previous=None):
        """Propose a case for each account that has no open one; return the cases.

        :param accounts: accounts, of one or several companies; a person who names one
            with an open case is refused
        :param reason: why, or why by account id; no amounts when a rule says so, as
            salespeople read it
        :param origin: "hand" or "rule"
        :param rule: the automation rule, or what to call it
        :param previous: the cases that these escalate from
        """
        self.check_access("create")
        accounts.check_access("write")
        if origin == "hand":
            self._check_without_case(accounts)
        else:
            accounts -= self._get_open_cases(accounts).account_id
        before = previous.grouped("account_id") if previous else {}
        # sudo: origin and rule are written by proposing alone; rights were checked
        decisions = self.sudo().create(
            [
                {
                    "account_id": account.id,
                    "reason": reason.get(account.id)
                    if isinstance(reason, dict)
                    else reason,
                    "origin": origin,
                    "rule_name": self._get_rule_name(rule),
                    "previous_id": before[account].id if account in before else False,
                }
                for account in accounts
            ]
        )
        return decisions.with_env(self.env)

    @api.model
    def _get_rule_name(self, rule):
        """Return what a rule is called: a record, its name already, or none."""
        # sudo: rules are for system administrators to read, their names are told
        return rule if isinstance(rule, str) else bool(rule) and rule.sudo().name

    @api.model
    def _get_open_cases(self, accounts):
        # sudo: whether there is one, whoever may see it
        return self.sudo().search(
            [("account_id", "in", accounts.ids), ("state", "in", OPEN)]
        )

    @api.model
    def _check_without_case(self, accounts):
        cases = self._get_open_cases(accounts)
        if not cases:
            return
        names = cases.account_id[:ACCOUNTS_TOLD].mapped("display_name")
        if more := len(cases) - len(names):
            names.append(self.env._("and %s more", more))
        raise UserError(
            self.env._(
                "There is an open case already: %s. Bring it to an end first.",
                ", ".join(names),
            )
        )

    @api.model
    def _prepare_start(self, account):
        """Return the figures of the day, to be kept with the case."""
        company = account.company_id
        months = company.customer_window_months or 12
        return {
            "user_id": company._get_whom_to_ask(account.user_id)[:1].id
            if company
            else False,
            "start_date": fields.Date.context_today(self),
            "start_revenue": account.revenue,
            "start_profit": account.profit,
            "start_lifetime_value": account.lifetime_value,
            "start_hours": account.hours,
            "start_cost_estimated_rate": account.cost_estimated_rate,
            "start_service_level_id": account.service_level_id.id,
            "start_tier_id": account.tier_id.id,
            "stake_amount": max(0.0, -account.profit) * 12 / months,
        }

    def _begin(self):
        """Prepare the options, tell the accounts, and ask the owners to decide."""
        decisions = self._for_people()
        decisions._prepare_options()
        decisions._tell(
            {decision: decision._get_proposal_in_words() for decision in decisions}
        )
        decisions._ask(
            ACTIVITY,
            {
                decision: (self.env._("Decide what to do"), decision.reason)
                for decision in decisions
            },
        )

    def _get_proposal_in_words(self):
        if self.origin == "rule":
            text = self.env._(
                "The rule “%s” has found that something is to be decided about this "
                "account.",
                self.rule_name or "",
            )
        elif self.previous_id:
            text = self.env._("What was decided before did not help enough.")
        else:
            text = self.env._("Something is to be decided about this account.")
        return f"{text} {self.reason or ''}".strip()

    # ------------------------------------------------------------------
    # Telling, asking
    # ------------------------------------------------------------------

    def _for_people(self):
        """Return the cases as they go on: in the name and language of who does it.

        Nobody gets a mail for each case.
        """
        context = {
            **clean_context(self.env.context),
            "lang": self.env.context.get("lang") or self.env.user.lang,
            "mail_activity_quick_update": True,
            "mail_auto_subscribe_no_notify": True,
            "mail_notify_force_send": False,
            "tracking_disable": False,
            "active_test": False,
        }
        # sudo: states, effects and activities are written by going on alone, which
        # checks what the user may do
        env = self.env(su=True, context=context)
        # with a prefetch of their own, which holds when the cache is emptied
        return env[self._name].browse(self.ids)

    def _tell(self, texts):
        """Tell the chatter of cases and their accounts what is done: {case: text}.

        No amounts, as salespeople read it.
        """
        self._message_log_batch(
            bodies={decision.id: text for decision, text in texts.items()}
        )
        self.account_id._message_log_batch(
            bodies={decision.account_id.id: text for decision, text in texts.items()}
        )

    def _ask(self, xmlid, texts):
        """Give the owners something to do.

        :param texts: {case: (summary, note)}
        """
        activity_type = self.env.ref(xmlid, raise_if_not_found=False)
        if not activity_type:
            return
        deadline = fields.Date.add(
            fields.Date.context_today(self), days=activity_type.delay_count
        )
        model_id = self.env["ir.model"]._get_id(self._name)
        # an activity asks for the name of each case: have them all at once
        self.mapped("display_name")
        self.env["mail.activity"].create(
            [
                {
                    "activity_type_id": activity_type.id,
                    "automated": True,
                    "res_model_id": model_id,
                    "res_id": decision.id,
                    "user_id": user.id,
                    "date_deadline": deadline,
                    "summary": summary,
                    "note": plaintext2html(note) if note else False,
                }
                for decision, (summary, note) in texts.items()
                if (user := decision._get_whom_to_ask())
            ]
        )

    def _get_whom_to_ask(self):
        """Return the owner, or an administrator when the owner has left."""
        self.ensure_one()
        return self.company_id._get_whom_to_ask(self.user_id)[:1]

    def _drop_activities(self, *xmlids):
        """Remove what the cases gave people to do and is still open."""
        types = self.env["mail.activity.type"]
        for xmlid in xmlids:
            types += self.env.ref(xmlid, raise_if_not_found=False) or types.browse()
        self.env["mail.activity"].search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("activity_type_id", "in", types.ids),
                ("automated", "=", True),
            ]
        ).unlink()

    # ------------------------------------------------------------------
    # States
    # ------------------------------------------------------------------

    def _take_up(self, *states):
        """Return the cases to go on with, nobody else having gone on with them.

        A case in another state is refused, naming it.
        """
        self.check_access("write")
        decisions = self._for_people()
        decisions.lock_for_update(allow_referencing=True)
        decisions.invalidate_recordset(["state"])
        names = dict(self._fields["state"]._description_selection(self.env))
        for decision in decisions:
            if decision.state not in states:
                raise UserError(
                    self.env._(
                        "%(decision)s is in state “%(state)s”: this can be done in "
                        "state “%(wanted)s” only.",
                        decision=decision.display_name,
                        state=names[decision.state],
                        wanted=", ".join(names[state] for state in states),
                    )
                )
        return decisions

    def _set_state(self, state, texts, **vals):
        """Put the cases in a state, and tell it: {case: text}."""
        self._tell(texts)
        # the text tells more than the two names of states, and costs one statement
        self.with_context(tracking_disable=True).write(
            {"state": state, "stage_date": fields.Date.context_today(self), **vals}
        )

    def _set_review(self):
        """Set when it is measured what came of applied cases."""
        for day, decisions in self.grouped(
            lambda decision: decision._get_review_day()
        ).items():
            decisions.review_date = day

    def _get_title(self):
        """Return what is decided, in words."""
        # sudo: how the ladder is set up is no secret
        return self.option_id.sudo().rung_id.name or self.env._("Undecided")

    # ------------------------------------------------------------------
    # Accounts that go
    # ------------------------------------------------------------------

    @api.model
    def _fold_into(self, accounts, target):
        """Move the cases of accounts to the account that they fold into.

        Of several that are open, the one that has been applied stays, else the oldest.
        """
        decisions = self.search([("account_id", "in", (accounts | target).ids)])
        open_ones = decisions.filtered(lambda one: one.state in OPEN).sorted(
            lambda one: (one.state != "applied", one.id)
        )
        for decision in open_ones[1:]:
            decision._close_folded()
        # before the account has two of them
        self.env.flush_all()
        decisions.account_id = target
        self.env["customer.decision.effect"]._move(accounts, target)
        self._fold_requests(accounts, target)

    @api.model
    def _fold_requests(self, accounts, target):
        """Move what is asked for accounts; of the same for several, once.

        What was asked of a case that has come to its end is asked for no more.
        """
        requests = self.env["customer.decision.request"].search(
            [("account_id", "in", (accounts | target).ids)]
        )
        live = requests.filtered(
            lambda request: not request.decision_id or request.decision_id.state in OPEN
        )
        kept = requests.browse()
        for same in live.grouped("cause").values():
            kept += same.sorted(lambda one: one.account_id != target)[:1]
        (requests - kept).unlink()
        self.env.flush_all()
        kept.account_id = target

    def _close_folded(self):
        """End the case of an account that folds into one with an open case."""
        decision = self._for_people()
        reason = self.env._("The account was merged with one that has an open case.")
        if decision.state == "applied":
            # what it wrote holds, and can still be undone
            decision._set_state(
                "reviewed",
                {decision: reason},
                review_result="closed",
                reviewed_date=fields.Date.context_today(self),
            )
            decision._drop_activities(ACTIVITY, STEP_ACTIVITY)
        else:
            decision._reject(reason)
