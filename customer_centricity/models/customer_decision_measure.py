from odoo import fields, models


class CustomerDecisionMeasure(models.Model):
    """What a decision came to after some months, beside what was promised of it and
    beside similar accounts about which nothing was decided.
    """

    _name = "customer.decision.measure"
    _inherit = ["customer.one.currency"]
    _description = "Measured Effect of a Decision"
    _order = "decision_id, months, id"
    _rec_name = "decision_id"

    decision_id = fields.Many2one(
        comodel_name="customer.decision",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    account_id = fields.Many2one(related="decision_id.account_id", store=True)
    company_id = fields.Many2one(related="decision_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id", store=True)
    kind = fields.Selection(related="decision_id.kind", store=True)
    months = fields.Integer(
        required=True,
        readonly=True,
        aggregator=None,
        help="Whole months before and after the change that are compared.",
    )
    date = fields.Date(string="Measured On", required=True, readonly=True)
    profit_before = fields.Monetary(readonly=True)
    profit_after = fields.Monetary(readonly=True)
    hours_before = fields.Float(readonly=True, digits=(16, 2))
    hours_after = fields.Float(readonly=True, digits=(16, 2))
    change = fields.Monetary(
        readonly=True, help="Profit after the change less profit before it."
    )
    expected_gain = fields.Monetary(
        string="Promised", readonly=True, help="What was expected of these months."
    )
    peer_count = fields.Integer(
        string="Similar Accounts",
        readonly=True,
        aggregator="avg",
        help="Accounts of the same company and tier, with half to twice the revenue, "
        "about which nothing was decided in these months.",
    )
    peers_change = fields.Monetary(
        string="Without a Decision",
        readonly=True,
        help="By how much the profit of similar accounts changed in the same months, "
        "for as much revenue. Nothing with fewer than five of them.",
    )
    effect_amount = fields.Monetary(
        string="Effect",
        readonly=True,
        help="The change, less what would have changed without a decision.",
    )
    summary = fields.Char(string="In Words", compute="_compute_summary")

    _decision_months_unique = models.Constraint(
        "UNIQUE(decision_id, months)",
        "The effect of a decision is measured once for each time.",
    )
