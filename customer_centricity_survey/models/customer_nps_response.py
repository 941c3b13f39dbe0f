from odoo import fields, models


class CustomerNpsResponse(models.Model):
    _inherit = "customer.nps.response"

    survey_line_id = fields.Many2one(
        comodel_name="survey.user_input.line",
        string="Survey Answer",
        readonly=True,
        copy=False,
        ondelete="set null",
        help="What was answered in a survey; it counts once.",
    )

    _survey_line_uniq = models.UniqueIndex(
        "(survey_line_id) WHERE survey_line_id IS NOT NULL",
        "The answer to the survey counts already.",
    )
