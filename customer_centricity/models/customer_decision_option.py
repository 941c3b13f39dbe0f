from odoo import fields, models

MANAGER = "customer_centricity.group_manager"


class CustomerDecisionOption(models.Model):
    """What could be done about an account, and what would come of it."""

    _name = "customer.decision.option"
    _description = "Option of a Decision"
    _order = "decision_id, id"

    decision_id = fields.Many2one(
        comodel_name="customer.decision", required=True, index=True, ondelete="cascade"
    )
    rung_id = fields.Many2one(comodel_name="customer.decision.rung")
    kind = fields.Selection(
        selection=[
            ("mend", "Understand and mend"),
            ("reduce_cost", "Reduce the cost to serve"),
            ("reprice", "Reprice"),
            ("change_level", "Change the service level"),
            ("subcontract", "Subcontract"),
            ("end", "End the relation"),
        ],
    )
    is_best = fields.Boolean()
