from odoo import api, fields, models
from odoo.exceptions import UserError

MANAGER = "customer_centricity.group_manager"
# Figures of the account that a case shows
FIGURES = {
    "window_label": "window_label",
    "account_revenue": "revenue",
    "account_product_cost": "product_cost",
    "account_time_cost": "time_cost",
    "account_other_cost": "other_cost",
    "account_serving_cost": "serving_cost",
    "account_profit": "profit",
    "account_hours": "hours",
    "account_lifetime_value": "lifetime_value",
}
# States in which one wants to know what applying would do
WAITING = ("proposed", "approved")


class CustomerDecision(models.Model):
    """What screens of a case show besides: the account today, and the next step."""

    _inherit = "customer.decision"

    # What the account costs today, beside what it cost when the case was proposed
    window_label = fields.Char(
        string="Period", compute="_compute_account_figures", groups=MANAGER
    )
    account_revenue = fields.Monetary(
        string="Revenue", compute="_compute_account_figures", groups=MANAGER
    )
    account_product_cost = fields.Monetary(
        string="Product Cost", compute="_compute_account_figures", groups=MANAGER
    )
    account_time_cost = fields.Monetary(
        string="Time Cost", compute="_compute_account_figures", groups=MANAGER
    )
    account_other_cost = fields.Monetary(
        string="Other Cost", compute="_compute_account_figures", groups=MANAGER
    )
    account_serving_cost = fields.Monetary(
        string="Cost to Serve", compute="_compute_account_figures", groups=MANAGER
    )
    account_profit = fields.Monetary(
        string="Profit", compute="_compute_account_figures", groups=MANAGER
    )
    account_hours = fields.Float(
        string="Hours", compute="_compute_account_figures", groups=MANAGER
    )
    account_lifetime_value = fields.Monetary(
        string="Lifetime Value", compute="_compute_account_figures", groups=MANAGER
    )
    account_service_level_id = fields.Many2one(
        comodel_name="customer.service.level",
        string="Service Level",
        compute="_compute_account_service_level_id",
    )
    is_best_chosen = fields.Boolean(compute="_compute_is_best_chosen")
    approval_hint = fields.Char(
        compute="_compute_approval_hint",
        groups=MANAGER,
        help="Why the user may not approve what is chosen.",
    )
    plan_summary = fields.Text(
        string="When It Is Applied",
        compute="_compute_plan_summary",
        groups=MANAGER,
        help="What is written, and what remains for people to do.",
    )

    def onchange(self, values, field_names, fields_spec):
        # A form names any account: whoever may not read it is refused before anything
        # of it is told or computed
        defaults = {} if field_names else self.default_get(["account_id"])
        value = {**defaults, **values}.get("account_id")
        self._get_named_account(value).check_access("read")
        return super().onchange(values, field_names, fields_spec)

    def _get_accounts_shown(self):
        """Return {case: its account}, without those that a form alone has named.

        Cases that are kept are of accounts that their readers may read. A form that is
        never saved can name any, and what has been fetched as superuser in the meantime
        is there to be read without any check.
        """
        drafts = self.filtered(lambda decision: not decision.id)
        readable = set(drafts.account_id._origin._filtered_access("read").ids)
        return {
            decision: decision.account_id
            if decision.id or decision.account_id._origin.id in readable
            else decision.account_id.browse()
            for decision in self
        }

    @api.depends(*(f"account_id.{name}" for name in FIGURES.values()))
    @api.depends_context("lang")
    def _compute_account_figures(self):
        for decision, account in self._get_accounts_shown().items():
            for name, of_account in FIGURES.items():
                decision[name] = account[of_account]

    @api.depends("account_id.service_level_id")
    def _compute_account_service_level_id(self):
        for decision, account in self._get_accounts_shown().items():
            decision.account_service_level_id = account.service_level_id

    @api.depends("option_id", "option_ids.is_best")
    def _compute_is_best_chosen(self):
        for decision in self:
            best = decision.best_option_id
            decision.is_best_chosen = not best or decision.option_id == best

    @api.depends("can_approve")
    @api.depends_context("uid", "lang")
    def _compute_approval_hint(self):
        for decision in self:
            decision.approval_hint = (
                decision._explain_no_right() if decision.state == "proposed" else False
            )

    @api.depends(
        "state",
        "option_id",
        "option_ids.service_level_id",
        "option_ids.pricelist_id",
    )
    @api.depends_context("lang")
    def _compute_plan_summary(self):
        account_of = self._get_accounts_shown()
        waiting = self.filtered(
            lambda decision: (
                decision.state in WAITING
                and account_of[decision]
                and decision._has_own_option()
            )
        )
        (self - waiting).plan_summary = False
        for decision in waiting:
            company = decision.company_id
            # sudo: what would be written is told to whoever may read the plan, also
            # of contacts and pricelists
            planned = decision.sudo().with_company(company)
            decision.plan_summary = "\n".join(planned._get_plan())

    def _has_own_option(self):
        """Return whether an option of the case is chosen that gives what one may read.

        A form can name any option, and any service level in it.
        """
        option = self.option_id
        # sudo: whose option it is, which is not told
        if not option or option._origin.sudo().decision_id != self._origin:
            return False
        level = option.service_level_id._origin
        return not level or level.has_access("read")

    def _get_plan(self):
        """Return in words what applying the case would write and ask people to do."""
        try:
            changes = self._get_changes()
        except UserError as error:
            return [str(error)]
        effects = self.env["customer.decision.effect"]
        lines = [
            self.env._(
                "%(field)s: %(old)s → %(new)s",
                field=effects._get_label(record._fields[name]),
                old=self._get_in_words(record[name]),
                new=self._get_in_words(value),
            )
            for _decision, record, name, value in changes
            if record[name] != value
        ]
        summary, _note = self._get_next_step()
        return [
            *(lines or [self.env._("No value is written.")]),
            self.env._("An activity for the owner: %s", summary),
        ]

    @api.model
    def _get_in_words(self, value):
        """Return a value of a record in words."""
        if isinstance(value, models.BaseModel):
            value = ", ".join(value.mapped("display_name"))
        return str(value) if value else self.env._("none")

    def action_step(self):
        """Ask for a reason, and go on with the chosen cases.

        The context names the step: approve, reject, apply or undo.
        """
        self.check_access("write")
        step = self.env.context.get("customer_decision_step")
        steps = dict(
            self.env["customer.decision.step"]
            ._fields["step"]
            ._description_selection(self.env)
        )
        if step not in steps:
            raise UserError(self.env._("Use the buttons of a decision to go on."))
        return {
            "type": "ir.actions.act_window",
            "name": steps[step],
            "res_model": "customer.decision.step",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_decision_ids": self.ids,
                "default_step": step,
            },
        }

    def action_open_statement(self):
        """Open the profit and loss of the account."""
        self.ensure_one()
        return self.account_id.action_open_statement()
