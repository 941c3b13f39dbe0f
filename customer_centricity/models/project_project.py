from odoo import models


class ProjectProject(models.Model):
    _inherit = "project.project"

    def write(self, vals):
        if not {"partner_id", "account_id"}.isdisjoint(vals):
            # hours and costs of the project were those of its customer
            self.env["customer.account.change"]._note_everywhere(self.partner_id)
        return super().write(vals)
