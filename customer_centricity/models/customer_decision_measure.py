from odoo import fields, models


class CustomerDecisionMeasure(models.Model):
    """What a decision came to, some months after it was applied."""

    _name = "customer.decision.measure"
    _description = "Measured Effect of a Decision"
    _order = "decision_id, id"

    decision_id = fields.Many2one(
        comodel_name="customer.decision", required=True, index=True, ondelete="cascade"
    )
