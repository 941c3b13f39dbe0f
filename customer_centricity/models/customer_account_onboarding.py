from odoo import api, models


class CustomerAccount(models.Model):
    """The first steps disappear for good when all of them are done."""

    _inherit = "customer.account"

    @api.model
    def _end_cycle(self, company):
        result = super()._end_cycle(company)
        # looked at until then only: who is engaged a year later without a cost is a
        # finding of the data's quality, no first step
        if not company.customer_onboarding_hidden:
            steps = self.env["customer.onboarding"].with_company(company)
            company.customer_onboarding_hidden = steps._is_over(company)
        return result
