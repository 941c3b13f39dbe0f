from odoo import api, fields, models


class ProjectTask(models.Model):
    _inherit = "project.task"

    # sudo: whoever may read the task and knows accounts at all reads what is told of
    # its customer, also where a rule hides the contact
    customer_service_warning = fields.Text(
        string="Warning of the Service Level",
        compute="_compute_customer_service_warning",
        compute_sudo=True,
        groups="customer_centricity.group_user",
        help="What to know of the customer's service level before working for them.",
    )

    @api.depends("partner_id", "company_id")
    @api.depends_context("company", "lang", "uid")
    def _compute_customer_service_warning(self):
        accounts = self.env["customer.account"]
        for company, tasks in self.grouped(
            lambda task: task.company_id or self.env.company
        ).items():
            account_of = accounts._get_accounts_of(tasks.partner_id, company)
            for task in tasks:
                account = account_of.get(task.partner_id, accounts)
                task.customer_service_warning = "\n".join(
                    account._get_service_warnings()
                )

    def write(self, vals):
        if not {"partner_id", "project_id", "parent_id"}.isdisjoint(vals):
            # hours of the task were those of its customer
            self.env["customer.account.change"]._note_everywhere(
                self.partner_id | self.project_id.partner_id
            )
        return super().write(vals)
