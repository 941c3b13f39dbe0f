from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

USER = "customer_centricity.group_user"
MANAGER = "customer_centricity.group_manager"
# Fields of the contact that show a field of its account in the current company
ACCOUNT_FIELDS = {
    "customer_account_id": "id",
    "customer_intent_kind": "intent_kind",
    "customer_tier_id": "tier_id",
    "customer_service_level_id": "service_level_id",
    "customer_group_id": "group_id",
    "customer_lifecycle_stage": "lifecycle_stage",
    "customer_hours_status": "hours_status",
}


class ResPartner(models.Model):
    """The account of a contact is that of its commercial entity."""

    _inherit = "res.partner"

    customer_account_ids = fields.One2many(
        comodel_name="customer.account",
        inverse_name="partner_id",
        string="Customer Accounts by Company",
        groups=USER,
        help="One in each company; empty for contacts of a company.",
    )
    customer_account_id = fields.Many2one(
        comodel_name="customer.account",
        compute="_compute_customer_account",
        search="_search_customer_account_id",
        groups=USER,
        help="The account of the contact's company in the current company.",
    )
    customer_tier_id = fields.Many2one(
        comodel_name="customer.tier",
        compute="_compute_customer_account",
        search="_search_customer_tier_id",
        groups=USER,
    )
    customer_tier_color = fields.Integer(
        compute="_compute_customer_account", groups=USER
    )
    customer_service_level_id = fields.Many2one(
        comodel_name="customer.service.level",
        string="Service Level",
        compute="_compute_customer_account",
        inverse="_inverse_customer_service_level_id",
        search="_search_customer_service_level_id",
        groups=USER,
    )
    customer_group_id = fields.Many2one(
        comodel_name="customer.group",
        compute="_compute_customer_account",
        inverse="_inverse_customer_group_id",
        search="_search_customer_group_id",
        groups=USER,
    )
    customer_group_origin = fields.Selection(
        selection="_get_customer_group_origin_selection",
        string="Group Assigned",
        compute="_compute_customer_account",
        groups=USER,
    )
    # Not related fields: those could be searched, and so guessed, by users who may not
    # read them
    customer_result = fields.Selection(
        selection="_get_customer_result_selection",
        string="Result",
        compute="_compute_customer_account",
        groups=USER,
    )
    customer_lifecycle_stage = fields.Selection(
        selection="_get_customer_lifecycle_stage_selection",
        string="Lifecycle Stage",
        compute="_compute_customer_account",
        search="_search_customer_lifecycle_stage",
        groups=USER,
    )
    customer_value_band = fields.Selection(
        selection="_get_customer_value_band_selection",
        string="Value Band",
        compute="_compute_customer_account",
        groups=USER,
    )
    customer_currency_id = fields.Many2one(
        comodel_name="res.currency",
        string="Currency of the Customer Account",
        compute="_compute_customer_account",
        groups=USER,
    )
    customer_revenue = fields.Monetary(
        string="Revenue",
        compute="_compute_customer_figures",
        currency_field="customer_currency_id",
        groups=MANAGER,
    )
    customer_profit = fields.Monetary(
        string="Profit",
        compute="_compute_customer_figures",
        currency_field="customer_currency_id",
        groups=MANAGER,
    )
    customer_lifetime_value = fields.Monetary(
        string="Lifetime Value",
        compute="_compute_customer_figures",
        currency_field="customer_currency_id",
        groups=MANAGER,
    )

    @api.model
    def _get_customer_group_origin_selection(self):
        return (
            self.env["customer.account"]
            ._fields["group_origin"]
            ._description_selection(self.env)
        )

    @api.model
    def _get_customer_result_selection(self):
        return (
            self.env["customer.account"]
            ._fields["result"]
            ._description_selection(self.env)
        )

    @api.model
    def _get_customer_lifecycle_stage_selection(self):
        return (
            self.env["customer.account"]
            ._fields["lifecycle_stage"]
            ._description_selection(self.env)
        )

    @api.model
    def _get_customer_value_band_selection(self):
        return (
            self.env["customer.account"]
            ._fields["value_band"]
            ._description_selection(self.env)
        )

    @api.depends(
        "commercial_partner_id",
        "commercial_partner_id.customer_account_ids.tier_id",
        "commercial_partner_id.customer_account_ids.service_level_id",
        "commercial_partner_id.customer_account_ids.group_id",
        "commercial_partner_id.customer_account_ids.group_origin",
    )
    @api.depends_context("company")
    def _compute_customer_account(self):
        accounts = (
            self.env["customer.account"]
            .with_context(active_test=False)
            .search_fetch(
                [
                    ("partner_id", "in", self.commercial_partner_id.ids),
                    ("company_id", "=", self.env.company.id),
                ],
                # also what other fields of contacts show of it, read at once
                [
                    "partner_id",
                    "currency_id",
                    "group_origin",
                    "result",
                    "value_band",
                    *ACCOUNT_FIELDS.values(),
                ],
            )
        )
        account_of = {account.partner_id: account for account in accounts}
        for partner in self:
            account = account_of.get(partner.commercial_partner_id, accounts.browse())
            partner.customer_account_id = account
            partner.customer_tier_id = account.tier_id
            partner.customer_tier_color = account.tier_id.color
            partner.customer_service_level_id = account.service_level_id
            partner.customer_group_id = account.group_id
            partner.customer_group_origin = account.group_origin
            partner.customer_result = account.result
            partner.customer_lifecycle_stage = account.lifecycle_stage
            partner.customer_value_band = account.value_band
            partner.customer_currency_id = account.currency_id

    @api.depends("customer_account_id")
    @api.depends_context("company")
    def _compute_customer_figures(self):
        for partner in self:
            account = partner.customer_account_id
            partner.customer_revenue = account.revenue
            partner.customer_profit = account.profit
            partner.customer_lifetime_value = account.lifetime_value

    def _inverse_customer_service_level_id(self):
        for partner in self:
            # written with the rights of whoever edits the contact
            partner._get_account_to_edit().service_level_id = (
                partner.customer_service_level_id
            )

    def _inverse_customer_group_id(self):
        for partner in self:
            # as the service level; an account that a rule has placed asks for a reason
            partner._get_account_to_edit().group_id = partner.customer_group_id

    def _get_account_to_edit(self):
        self.ensure_one()
        if not self.customer_account_id:
            raise UserError(
                self.env._(
                    "%s has no customer account yet: it gets one with its first "
                    "invoice or timesheet.",
                    self.display_name,
                )
            )
        return self.customer_account_id

    def write(self, vals):
        if not {"parent_id", "is_company"}.isdisjoint(vals):
            # documents of the contact were those of its company
            self.env["customer.account.change"]._note_everywhere(self)
        followers = self.env["customer.account"]
        if "user_id" in vals:
            # sudo: accounts follow the salesperson, whoever edits the contact
            followers = (
                followers.sudo()
                .with_context(active_test=False)
                .search([("partner_id", "in", self.ids)])
                .filtered(lambda account: account.user_id == account.partner_id.user_id)
            )
        result = super().write(vals)
        for account in followers:
            salesperson = account.partner_id.user_id
            if account.company_id in salesperson.company_ids:
                account.user_id = salesperson
        return result

    def unlink(self):
        # sudo: the database deletes the accounts along, whoever deletes the contact
        accounts = self.env["customer.account"].sudo().with_context(active_test=False)
        accounts = accounts.search([("partner_id", "in", self.ids)])
        self.env["customer.profit.total"]._take_off(accounts)
        accounts.decision_ids._erase()
        return super().unlink()

    def _search_customer_account_id(self, operator, value):
        return self._search_customer_account("id", operator, value)

    def _search_customer_tier_id(self, operator, value):
        return self._search_customer_account("tier_id", operator, value)

    def _search_customer_service_level_id(self, operator, value):
        return self._search_customer_account("service_level_id", operator, value)

    def _search_customer_group_id(self, operator, value):
        return self._search_customer_account("group_id", operator, value)

    def _search_customer_lifecycle_stage(self, operator, value):
        return self._search_customer_account("lifecycle_stage", operator, value)

    @api.model
    def _search_customer_account(self, name, operator, value):
        """Return the contacts whose account in the current company fits."""

        def having(condition):
            accounts = (
                self.env["customer.account"]
                .with_context(active_test=False)
                ._search(Domain("company_id", "=", self.env.company.id) & condition)
            )
            return Domain(
                "commercial_partner_id", "in", accounts.subselect("partner_id")
            )

        if operator == "any":
            inside = Domain(value)
            return having(inside if name == "id" else Domain(name, "any", inside))
        if operator != "in":
            return NotImplemented
        wanted = [item for item in value if item]
        domain = having(Domain(name, "in", wanted)) if wanted else Domain.FALSE
        if len(wanted) < len(value):
            domain |= ~having(Domain(name, "!=", False))
        return domain

    def _field_to_sql(self, alias, field_expr, query=None):
        """Let contact lists group and sort by the fields of the account."""
        if query is None or field_expr not in ACCOUNT_FIELDS:
            return super()._field_to_sql(alias, field_expr, query)
        self._check_field_access(self._fields[field_expr], "read")
        account = query.make_alias(alias, "customer_account")
        query.add_join(
            "LEFT JOIN",
            account,
            "customer_account",
            SQL(
                "%s = %s AND %s = %s",
                SQL.identifier(account, "partner_id"),
                super()._field_to_sql(alias, "commercial_partner_id", query),
                SQL.identifier(account, "company_id"),
                self.env.company.id,
            ),
        )
        return SQL.identifier(account, ACCOUNT_FIELDS[field_expr])

    def action_open_customer_account(self):
        """Open the account of the contact's company."""
        self.ensure_one()
        return self.customer_account_id._get_records_action()
