from odoo import api, models


class ResCompany(models.Model):
    """As soon as there are several companies, what one has learnt is its own."""

    _inherit = "res.company"

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        self.env["crm.lead"]._forget_ranks_of_nobody()
        return companies

    def write(self, vals):
        result = super().write(vals)
        if vals.get("active"):
            self.env["crm.lead"]._forget_ranks_of_nobody()
        return result
