from odoo import api, models

# What decides whose cost an item is
OWNERS = {"partner_id", "project_id", "task_id", "account_id", "company_id"}


class AccountAnalyticLine(models.Model):
    _inherit = "account.analytic.line"

    # Hours that cost nothing, of an employee: few, once costs are set
    _customer_costless_idx = models.Index(
        "(employee_id, date)"
        " WHERE amount = 0 AND unit_amount <> 0 AND project_id IS NOT NULL"
    )

    def write(self, vals):
        if not OWNERS.isdisjoint(vals):
            # the one it belonged to must let it go
            self._note_customers()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_note_customers(self):
        self._note_customers()

    def _note_customers(self):
        # sudo: the project may be hidden from whoever changes the item
        for company, items in self.sudo().grouped("company_id").items():
            projects = items.project_id | items.account_id.project_ids
            self.env["customer.account.change"]._note_partners(
                company,
                items.partner_id | items.task_id.partner_id | projects.partner_id,
            )
