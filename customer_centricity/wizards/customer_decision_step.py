from odoo import api, fields, models
from odoo.exceptions import UserError

# From which states each step goes on
BEGINS = {
    "approve": ("proposed",),
    "reject": ("proposed", "approved"),
    "apply": ("approved",),
    "undo": ("applied", "reviewed"),
}
# Steps that nobody takes without saying why
REASONED = ("reject", "undo")
# As many cases or values are told about one by one; of more, how many there are
LINES_TOLD = 10


class CustomerDecisionStep(models.TransientModel):
    """Approve, reject, apply or undo decisions, all for the same reason."""

    _name = "customer.decision.step"
    _description = "Go On with Decisions"

    decision_ids = fields.Many2many(
        comodel_name="customer.decision", string="Decisions", required=True
    )
    step = fields.Selection(
        selection=[
            ("approve", "Approve"),
            ("reject", "Reject"),
            ("apply", "Apply"),
            ("undo", "Undo"),
        ],
        required=True,
    )
    reason = fields.Text(help="Kept with each of the decisions.")
    # Of cases that whoever asks may read: a form can name any
    ready_ids = fields.Many2many(
        comodel_name="customer.decision",
        string="Cases",
        compute="_compute_ready_ids",
        compute_sudo=False,
    )
    left_out_summary = fields.Text(
        string="Left Out", compute="_compute_ready_ids", compute_sudo=False
    )
    is_reason_required = fields.Boolean(
        compute="_compute_is_reason_required", compute_sudo=False
    )
    changed_summary = fields.Text(
        string="Changed Since",
        compute="_compute_changed_summary",
        compute_sudo=False,
    )
    changed_values = fields.Selection(
        selection=[
            ("keep", "Leave as it is now"),
            ("restore", "Put back what was there before"),
        ],
        string="What Has Changed Since",
        help="Values that somebody has changed after the decision had written them.",
    )

    @api.depends("decision_ids", "step")
    def _compute_ready_ids(self):
        for wizard in self:
            decisions = wizard.decision_ids._origin
            why = {one: wizard._explain_left_out(one) for one in decisions}
            wizard.ready_ids = decisions.filtered(lambda one, why=why: not why[one])
            wizard.left_out_summary = self._tell(
                [text for text in why.values() if text]
            )

    def _explain_no_right(self, decision):
        """Return why the user may not take the step with a case; nothing when so."""
        if self.step == "approve":
            return decision._explain_no_right()
        return decision._explain_no_undo() if self.step == "undo" else ""

    def _explain_left_out(self, decision):
        """Return why the step cannot be taken with a case; nothing when it can."""
        if decision.state not in BEGINS.get(self.step, ()):
            states = dict(decision._fields["state"]._description_selection(self.env))
            return self.env._(
                "%(decision)s: it is in state “%(state)s”.",
                decision=decision.display_name,
                state=states[decision.state],
            )
        if why := self._explain_no_right(decision):
            return self.env._(
                "%(decision)s: %(why)s", decision=decision.display_name, why=why
            )
        # the reason for another option than the best is asked for in the dialog
        return decision._explain_choice() if self.step == "approve" else ""

    @api.model
    def _tell(self, lines):
        """Return the lines as a text, the first ones of many."""
        told = lines[:LINES_TOLD]
        if more := len(lines) - len(told):
            told.append(self.env._("And %s more.", more))
        return "\n".join(told)

    @api.depends("ready_ids", "step")
    def _compute_is_reason_required(self):
        for wizard in self:
            wizard.is_reason_required = wizard.step in REASONED or (
                wizard.step == "approve"
                and any(
                    not decision.is_best_chosen and not decision.choice_reason
                    for decision in wizard.ready_ids
                )
            )

    @api.depends("ready_ids", "step")
    def _compute_changed_summary(self):
        for wizard in self:
            wizard.changed_summary = (
                self._tell(
                    [
                        self._explain_changed(effect)
                        for effect in wizard.ready_ids._origin._get_changed_effects()
                    ]
                )
                if wizard.step == "undo"
                else False
            )

    @api.model
    def _explain_changed(self, effect):
        return self.env._(
            "%(decision)s: %(field)s was made “%(new)s” by the decision, and “%(old)s” "
            "before.",
            decision=effect.decision_id.display_name,
            field=effect.label,
            new=effect.new_text,
            old=effect.old_text,
        )

    def action_go_on(self):
        """Take the step with every case that is ready for it."""
        self.ensure_one()
        reason = (self.reason or "").strip()
        decisions = self.ready_ids
        decisions.check_access("write")
        self._check_ready(decisions, reason)
        if self.step == "approve":
            decisions._approve(reason or None)
        elif self.step == "reject":
            decisions._reject(reason)
        elif self.step == "apply":
            decisions._apply()
        else:
            decisions._undo(reason, restore_changed=self.changed_values == "restore")
        return self._tell_failed(decisions)

    def _check_ready(self, decisions, reason):
        if not decisions:
            raise UserError(
                self.env._(
                    "None of these cases is ready for this step:\n%s",
                    self.left_out_summary,
                )
            )
        if self.is_reason_required and not reason:
            raise UserError(self.env._("Give the reason: it is kept with the case."))
        if self.changed_summary and not self.changed_values:
            raise UserError(
                self.env._(
                    "Some values have been changed since. Say whether to leave them as "
                    "they are now, or to put back what was there before."
                )
            )

    def _tell_failed(self, decisions):
        """Close the dialog; say so when some cases could not be applied.

        Also when they were to be approved only: rules apply what is approved.
        """
        close = {"type": "ir.actions.act_window_close"}
        failed = decisions.filtered("error")
        if self.step not in ("approve", "apply") or not failed:
            return close
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "message": self.env._(
                    "%(failed)s of %(count)s cases could not be applied:\n%(names)s",
                    failed=len(failed),
                    count=len(decisions),
                    names=self._tell(
                        [f"{one.display_name}: {one.error}" for one in failed]
                    ),
                ),
                "next": close,
            },
        }
