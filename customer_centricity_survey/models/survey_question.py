from odoo import api, fields, models
from odoo.exceptions import ValidationError


class SurveyQuestion(models.Model):
    """Questions how likely the participant is to recommend the company."""

    _inherit = "survey.question"

    is_customer_nps = fields.Boolean(
        string="Counts as Recommendation",
        groups="survey.group_survey_user",
        help="What known contacts answer becomes their answer on recommendation, with "
        "which customers are promoters, passives or detractors. Known are those who "
        "are logged in, contacts whom you invited, and addresses that you invited to a "
        "survey that is for invited people only. Other answers, and those of "
        "colleagues, do not count.",
    )

    @api.constrains("is_customer_nps", "question_type", "scale_min", "scale_max")
    def _check_is_customer_nps(self):
        for question in self:
            scale = (question.question_type, question.scale_min, question.scale_max)
            if question.is_customer_nps and scale != ("scale", 0, 10):
                raise ValidationError(
                    self.env._(
                        "“%s” counts as a recommendation: its answers must be on a "
                        "scale from 0 to 10. Change the scale, or do not let it count.",
                        question.title,
                    )
                )
