from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from .res_company import USER

# Digests are sent to all by people who may not be ours; what the figures are, each
# reader's own rights decide.
READERS = f"base.group_user,{USER}"
LOSSES = Domain("kind", "=", "result") & Domain("new_code", "=", "loss")


class DigestDigest(models.Model):
    """What a digest mail tells of the customers: won, turned to a loss, and unhappy."""

    _inherit = "digest.digest"

    kpi_customer_won = fields.Boolean(string="Customers Won", groups=READERS)
    kpi_customer_won_value = fields.Integer(
        compute="_compute_kpi_customer_won_value", groups=READERS
    )
    kpi_customer_loss = fields.Boolean(
        string="Customers Turned to a Loss", groups=READERS
    )
    kpi_customer_loss_value = fields.Integer(
        compute="_compute_kpi_customer_loss_value", groups=READERS
    )
    kpi_customer_unhappy = fields.Boolean(string="Unhappy Answers", groups=READERS)
    kpi_customer_unhappy_value = fields.Integer(
        compute="_compute_kpi_customer_unhappy_value", groups=READERS
    )

    def _check_customer_kpi(self):
        """Leave the figure out of the mails of who may not see accounts."""
        if not self.env.user.has_group(USER):
            raise AccessError(
                self.env._("Figures of customers are for those who work with accounts.")
            )

    def _compute_kpi_customer_won_value(self):
        self._check_customer_kpi()
        self._calculate_company_based_kpi(
            "customer.account", "kpi_customer_won_value", date_field="first_order_date"
        )

    def _compute_kpi_customer_loss_value(self):
        self._check_customer_kpi()
        self._calculate_company_based_kpi(
            "customer.account.turn",
            "kpi_customer_loss_value",
            date_field="date",
            additional_domain=LOSSES,
        )

    def _compute_kpi_customer_unhappy_value(self):
        self._check_customer_kpi()
        self._calculate_company_based_kpi(
            "customer.nps.response",
            "kpi_customer_unhappy_value",
            date_field="date",
            additional_domain=[("kind", "=", "detractor")],
        )

    def _compute_kpis_actions(self, company, user):
        actions = super()._compute_kpis_actions(company, user)
        menu = self.env.ref("customer_centricity.menu_root").id
        for name, action in (
            ("won", "customer_account_action"),
            ("loss", "customer_account_turn_action"),
            ("unhappy", "customer_nps_response_action"),
        ):
            actions[f"kpi_customer_{name}"] = (
                f"customer_centricity.{action}?menu_id={menu}"
            )
        return actions
