from odoo import fields, models


class CustomerIntentMeasure(models.Model):
    """What an outcome came to in a month: the way from its baseline to its target.

    Of a month, the last measurement is kept.
    """

    _name = "customer.intent.measure"
    _description = "Measurement of an Outcome"
    _order = "month, id"
    _rec_name = "month"
    _log_access = False

    outcome_id = fields.Many2one(
        comodel_name="customer.intent.outcome",
        string="Expected Outcome",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    intent_id = fields.Many2one(related="outcome_id.intent_id")
    metric_id = fields.Many2one(related="outcome_id.metric_id")
    month = fields.Date(required=True, readonly=True)
    day = fields.Date(required=True, readonly=True, string="Measured On")
    value = fields.Float(readonly=True, aggregator="avg")
    value_text = fields.Char(string="Measured", compute="_compute_value_text")
    progress = fields.Float(
        readonly=True, aggregator="avg", help="Share of the way that was done."
    )
    expected = fields.Float(
        string="On the Straight Line",
        readonly=True,
        aggregator="avg",
        help="What it would have been, going evenly from the baseline to the target.",
    )
    expected_text = fields.Char(
        string="On a Straight Line", compute="_compute_value_text"
    )

    _outcome_month_unique = models.Constraint(
        "UNIQUE(outcome_id, month)", "An outcome has one measurement a month."
    )
    _figures_range = models.Constraint(
        "CHECK(value > -1e15 AND value < 1e15 AND expected > -1e15"
        " AND expected < 1e15 AND progress > '-Infinity' AND progress < 'Infinity')",
        "The figures of a measurement must be finite numbers.",
    )

    def _compute_value_text(self):
        for measure in self:
            measure.value_text = measure.outcome_id._format(measure.value)
            measure.expected_text = measure.outcome_id._format(measure.expected)
