from odoo import fields, models


class CustomerDecisionRung(models.Model):
    """A step of the ladder, from the mildest to the last."""

    _name = "customer.decision.rung"
    _description = "Rung of the Decision Ladder"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
