from odoo import api, fields, models
from odoo.exceptions import UserError

# The state from which each step begins
BEGINS = {
    "approve": ("proposed",),
    "reject": ("proposed", "approved"),
    "apply": ("approved",),
    "undo": ("applied", "reviewed"),
}


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
        readonly=True,
    )
    reason = fields.Text(help="Kept with each of the decisions.")
