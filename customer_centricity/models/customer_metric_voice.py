from odoo import api, models
from odoo.tools import SQL


class CustomerMetric(models.Model):
    """What customers say, as metrics: for intents, value exchanges and comparisons."""

    _inherit = "customer.metric"

    @api.model
    def _get_expressions(self):
        return super()._get_expressions() | self._get_voice_expressions()

    @api.model
    def _get_voice_expressions(self):
        """What the contacts of accounts say of the company."""
        answers = SQL("account.nps_answer_count")
        promoters = SQL("account.promoter_count")
        detractors = SQL("account.detractor_count")
        return {
            "nps": (SQL("100 * (%s - %s)", promoters, detractors), answers),
            "nps_answers": (answers, None),
            "promoter_share": (promoters, answers),
            "detractor_share": (detractors, answers),
        }
