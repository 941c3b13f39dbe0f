from odoo import models


class ProjectTask(models.Model):
    _inherit = "project.task"

    def write(self, vals):
        if not {"partner_id", "project_id", "parent_id"}.isdisjoint(vals):
            # hours of the task were those of its customer
            self.env["customer.account.change"]._note_everywhere(
                self.partner_id | self.project_id.partner_id
            )
        return super().write(vals)
