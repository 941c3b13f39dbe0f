from odoo import api, fields, models

USER = "customer_centricity.group_user"
MANAGER = "customer_centricity.group_manager"


class ResPartner(models.Model):
    """Hours of the month spent for a contact: those of its account."""

    _inherit = "res.partner"

    customer_hours_status = fields.Selection(
        selection="_get_customer_hours_statuses",
        string="Included Hours Status",
        compute="_compute_customer_hours_status",
        search="_search_customer_hours_status",
        groups=USER,
    )
    customer_month_hours = fields.Float(
        string="Hours This Month",
        compute="_compute_customer_month_hours",
        groups=MANAGER,
    )
    customer_included_hours = fields.Float(
        string="Included Hours",
        compute="_compute_customer_month_hours",
        groups=MANAGER,
    )

    @api.model
    def _get_customer_hours_statuses(self):
        return (
            self.env["customer.account"]
            ._fields["hours_status"]
            ._description_selection(self.env)
        )

    @api.depends("customer_account_id.hours_status")
    @api.depends_context("company")
    def _compute_customer_hours_status(self):
        for partner in self:
            partner.customer_hours_status = partner.customer_account_id.hours_status

    @api.depends("customer_account_id.month_hours")
    @api.depends_context("company")
    def _compute_customer_month_hours(self):
        for partner in self:
            account = partner.customer_account_id
            partner.customer_month_hours = account.month_hours
            partner.customer_included_hours = account.included_hours

    def _search_customer_hours_status(self, operator, value):
        return self._search_customer_account("hours_status", operator, value)
