from odoo import api, models


class CustomerAccount(models.Model):
    """What decisions on accounts came to is measured with fresh figures."""

    _inherit = "customer.account"

    @api.model
    def _end_cycle(self, company):
        result = super()._end_cycle(company)
        self.env["customer.decision.measure"]._measure_or_log(company)
        return result
