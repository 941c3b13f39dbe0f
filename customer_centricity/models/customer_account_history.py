from odoo import fields, models


class CustomerAccount(models.Model):
    """What the runs of the years have said of an account."""

    _inherit = "customer.account"

    snapshot_ids = fields.One2many(
        comodel_name="customer.account.snapshot",
        inverse_name="account_id",
        string="Runs",
        groups="customer_centricity.group_manager",
    )
    snapshot_count = fields.Integer(
        compute="_compute_snapshot_count",
        string="Applied Runs",
        groups="customer_centricity.group_manager",
    )

    def _compute_snapshot_count(self):
        counts = dict(
            self.env["customer.account.snapshot"]._read_group(
                [("account_id", "in", self.ids), ("run_id.state", "=", "applied")],
                ["account_id"],
                ["__count"],
            )
        )
        for account in self:
            account.snapshot_count = counts.get(account, 0)
