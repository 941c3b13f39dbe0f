from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

# Runs whose accounts are of no use to anybody any more when they are old
PAST = ("computed", "applied", "cancelled", "failed")


class CustomerAccountSnapshot(models.Model):
    """Rows of old runs are deleted; what the run came to stays, and what it locked.

    Those of the run that was applied last, and of the one before, are kept however old
    they are: the next run is compared with the last one, which can be undone, after
    which it is compared with the one before.
    """

    _name = "customer.account.snapshot"
    _inherit = ["customer.account.snapshot", "customer.retention"]

    @api.model
    def _get_overdue_domain(self, company):
        years = company.customer_snapshot_years
        if not years:
            return Domain.FALSE
        today = fields.Date.context_today(self)
        last = self.env["customer.ltv.run"]._get_last_applied(company)
        return Domain(
            "run_id",
            "any",
            [
                ("company_id", "=", company.id),
                ("date", "<", fields.Date.subtract(today, years=years)),
                ("state", "in", PAST),
                ("id", "not in", (last | last.previous_id).ids),
            ],
        )

    def _remove_overdue(self):
        runs = self.run_id
        for run in runs.filtered(lambda run: run.state == "computed"):
            run.action_cancel()  # nobody has applied it in all these years
        # by SQL: what an applied run says is not for anybody to delete
        self.env.flush_all()
        self.env.cr.execute(
            SQL("DELETE FROM customer_account_snapshot WHERE id = ANY(%s)", self.ids)
        )
        self.env.invalidate_all(flush=False)
        self.env["customer.ltv.chunk"]._forget_runs(runs)
        runs.snapshot_removed_date = fields.Date.context_today(self)


class CustomerLtvRun(models.Model):
    _inherit = "customer.ltv.run"

    snapshot_removed_date = fields.Date(
        string="Accounts Removed On",
        readonly=True,
        copy=False,
        help="The rows of single accounts were removed on this day, as they were older "
        "than the settings ask to keep them.",
    )
