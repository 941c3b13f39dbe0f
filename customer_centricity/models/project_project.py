from odoo import models


class ProjectProject(models.Model):
    _inherit = "project.project"

    def write(self, vals):
        if not {"partner_id", "account_id"}.isdisjoint(vals):
            # hours and costs of the project were those of its customer
            self._note_customers()
        return super().write(vals)

    def _note_customers(self):
        """Note the projects' customers, and those of projects that share an account.

        Costs of a shared account are one customer's or nobody's.
        """
        # sudo: projects that are hidden from whoever changes these
        projects = self.sudo()
        sharing = projects | projects.account_id.project_ids
        self.env["customer.account.change"]._note_in_all_companies(sharing.partner_id)
