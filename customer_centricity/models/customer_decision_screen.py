from odoo import api, fields, models
from odoo.exceptions import UserError

MANAGER = "customer_centricity.group_manager"
# States in which one wants to know what applying would do
WAITING = ("proposed", "approved")


class CustomerDecision(models.Model):
    """What screens of a case show besides: the account today, and the next step."""

    _inherit = "customer.decision"

    # What the account costs today, beside what it cost when the case was proposed
    window_label = fields.Char(
        related="account_id.window_label", related_sudo=False, groups=MANAGER
    )
    account_revenue = fields.Monetary(
        related="account_id.revenue",
        related_sudo=False,
        string="Revenue",
        groups=MANAGER,
    )
    account_product_cost = fields.Monetary(
        related="account_id.product_cost",
        related_sudo=False,
        string="Product Cost",
        groups=MANAGER,
    )
    account_time_cost = fields.Monetary(
        related="account_id.time_cost",
        related_sudo=False,
        string="Time Cost",
        groups=MANAGER,
    )
    account_other_cost = fields.Monetary(
        related="account_id.other_cost",
        related_sudo=False,
        string="Other Cost",
        groups=MANAGER,
    )
    account_serving_cost = fields.Monetary(
        related="account_id.serving_cost",
        related_sudo=False,
        string="Cost to Serve",
        groups=MANAGER,
    )
    account_profit = fields.Monetary(
        related="account_id.profit", related_sudo=False, string="Profit", groups=MANAGER
    )
    account_hours = fields.Float(
        related="account_id.hours", related_sudo=False, string="Hours", groups=MANAGER
    )
    account_lifetime_value = fields.Monetary(
        related="account_id.lifetime_value",
        related_sudo=False,
        string="Lifetime Value",
        groups=MANAGER,
    )
    account_service_level_id = fields.Many2one(
        related="account_id.service_level_id",
        related_sudo=False,
        string="Service Level",
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
        waiting = self.filtered(
            lambda decision: decision.state in WAITING and decision.option_id
        )
        (self - waiting).plan_summary = False
        for decision in waiting:
            company = decision.company_id
            # sudo: what would be written is told to whoever may read the plan, also
            # of contacts and pricelists
            planned = decision.sudo().with_company(company)
            decision.plan_summary = "\n".join(planned._get_plan())

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
