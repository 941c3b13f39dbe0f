from odoo import models


class CustomerAccount(models.Model):
    """The printed documents about accounts."""

    _inherit = "customer.account"

    def action_print_review_pack(self):
        """Print the accounts in one document for a meeting, in the order chosen."""
        self.check_access("read")
        # refused here, before the screen waits for a document
        self.env["report.customer_centricity.customer_account_scorecard"]._check_count(
            len(self)
        )
        return self.env.ref(
            "customer_centricity.customer_account_report_review_pack"
        ).report_action(self)
