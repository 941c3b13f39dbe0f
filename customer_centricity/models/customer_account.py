from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date
from odoo.tools.date_utils import relativedelta

MANAGER = "customer_centricity.group_manager"
ADMINISTRATOR = "customer_centricity.group_administrator"
DIRECTIONS = ("", "ASC", "DESC")
# Of a page of the table; the rest is for the next version of each row.
FILL_PERCENT = 50


class Rate(fields.Float):
    """A share of the revenue: unknown where there is none, which is not 0."""

    def convert_to_export(self, value, record):
        return super().convert_to_export(value, record) if record.revenue > 0 else ""


class CustomerAccount(models.Model):
    """The portfolio entry of one commercial partner in one company.

    Figures come from posted documents (customer_account_figures.py) and are written by
    the refresh alone (customer_account_refresh.py); people assign managers, service
    levels and, with a reason, tiers.
    """

    _name = "customer.account"
    _description = "Customer Account"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "customer.one.currency",
        "customer.account.figures",
        "customer.account.valued",
    ]
    _order = "value_band desc nulls last, id"
    _check_company_auto = True
    _rec_names_search = ["partner_id"]
    _mail_post_access = "read"

    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(
        related="company_id.currency_id", store=True, precompute=True
    )
    active = fields.Boolean(default=True)
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Account Manager",
        compute="_compute_user_id",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        tracking=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Follows the salesperson of the contact until another is chosen here.",
    )
    country_id = fields.Many2one(related="partner_id.country_id")
    service_level_id = fields.Many2one(
        comodel_name="customer.service.level",
        index=True,
        tracking=True,
        check_company=True,
        ondelete="restrict",
        group_expand="_read_group_expand_full",
    )

    group_id = fields.Many2one(
        comodel_name="customer.group",
        index=True,
        tracking=True,
        check_company=True,
        ondelete="restrict",
        group_expand="_read_group_expand_full",
    )

    # Tier
    tier_id = fields.Many2one(
        comodel_name="customer.tier",
        index=True,
        tracking=True,
        check_company=True,
        ondelete="restrict",
        group_expand="_read_group_expand_full",
        help="The tier in force. It is given once, provisionally, and changed by hand "
        "with a reason; new figures only change the suggested tier.",
    )
    tier_color = fields.Integer(related="tier_id.color", aggregator=None)
    suggested_tier_id = fields.Many2one(
        comodel_name="customer.tier",
        check_company=True,
        ondelete="set null",
        readonly=True,
        help="The tier that today's figures would give.",
    )
    tier_differs = fields.Boolean(
        string="Another Tier Suggested",
        compute="_compute_tier_differs",
        search="_search_tier_differs",
    )
    is_protected = fields.Boolean(
        string="Protected", tracking=True, help="Never acted on automatically."
    )

    # Figures of the profit window
    window_label = fields.Char(
        string="Period", compute="_compute_window_label", groups=MANAGER
    )
    result = fields.Selection(
        selection=[
            ("profit", "Profit"),
            ("even", "Break-even"),
            ("loss", "Loss"),
            ("no_activity", "No activity"),
        ],
        readonly=True,
        index=True,
        tracking=True,
        help="What the account came to over the last closed months.",
    )
    revenue = fields.Monetary(
        readonly=True,
        groups=MANAGER,
        help="Posted sales of the window, untaxed, net of credit notes.",
    )
    refund_amount = fields.Monetary(
        string="Credited",
        readonly=True,
        groups=MANAGER,
        help="Credit notes of the window, already taken off the revenue.",
    )
    product_cost = fields.Monetary(
        readonly=True, groups=MANAGER, help="Cost of the products sold in the window."
    )
    time_cost = fields.Monetary(
        readonly=True, groups=MANAGER, help="Cost of all hours spent in the window."
    )
    other_cost = fields.Monetary(
        readonly=True,
        groups=MANAGER,
        help="Subcontractors, expenses and the like on its projects in the window.",
    )
    serving_cost = fields.Monetary(
        readonly=True,
        groups=MANAGER,
        help="What serving the account cost in the window by the cost rates.",
    )
    profit = fields.Monetary(
        readonly=True, groups=MANAGER, help="Revenue less all costs of the account."
    )
    profit_rate = Rate(
        readonly=True,
        groups=MANAGER,
        aggregator="avg",
        help="Profit as a share of the revenue; none where there is no revenue.",
    )
    hours = fields.Float(
        readonly=True, groups=MANAGER, help="Hours spent in the window."
    )
    order_count = fields.Integer(
        string="Orders",
        readonly=True,
        groups=MANAGER,
        help="Days of the window on which the account was invoiced.",
    )
    cost_estimated_rate = fields.Float(
        string="Cost Estimated",
        readonly=True,
        groups=MANAGER,
        aggregator="avg",
        help="Share of the product cost that rests on the product's cost because no "
        "cost was kept with the sale.",
    )
    uncosted_revenue = fields.Monetary(
        string="Revenue without Cost",
        readonly=True,
        groups=MANAGER,
        help="Goods sold in the window whose cost nobody has entered: counted as free.",
    )
    uncosted_hours = fields.Float(
        string="Hours without Cost",
        readonly=True,
        groups=MANAGER,
        help="Hours in the window of employees without an hourly cost: counted as "
        "free.",
    )

    # Value
    value_band = fields.Selection(
        selection=[
            ("0_none", "No value"),
            ("1_small", "Small"),
            ("2_medium", "Medium"),
            ("3_large", "Large"),
            ("4_major", "Major"),
        ],
        readonly=True,
        help="The order of size of the lifetime value beside the other accounts'.",
    )
    historic_value = fields.Monetary(
        string="Profit to Date",
        readonly=True,
        groups=MANAGER,
        help="Profit over the whole history.",
    )
    historic_order_count = fields.Integer(
        string="Orders to Date", readonly=True, groups=MANAGER
    )
    first_order_date = fields.Date(readonly=True, string="Customer Since")
    last_order_date = fields.Date(readonly=True, string="Last Order")

    # What it cost to win the account
    has_own_acquisition_cost = fields.Boolean(
        groups=MANAGER,
        tracking=True,
        help="Otherwise it is that of the account's group.",
    )
    own_acquisition_cost = fields.Monetary(
        string="Acquisition Cost of This Account", groups=MANAGER, tracking=True
    )
    acquisition_cost = fields.Monetary(
        compute="_compute_acquisition_cost",
        groups=MANAGER,
        help="What it cost to win the account: its own, else that of its group.",
    )
    acquisition_return = fields.Float(
        string="Lifetime Value : Acquisition Cost",
        compute="_compute_acquisition_cost",
        groups=MANAGER,
        digits=(16, 1),
        help="How many times its acquisition cost the account is worth (CLV : CAC).",
    )

    month_ids = fields.One2many(
        comodel_name="customer.profit.month",
        inverse_name="account_id",
        groups=MANAGER,
    )

    _partner_company_unique = models.Constraint(
        "UNIQUE(company_id, partner_id)",
        "A customer has one account in each company.",
    )
    _figures_finite = models.Constraint(
        "CHECK(profit_rate < 'Infinity' AND profit_rate > '-Infinity'"
        " AND hours < 'Infinity' AND hours > '-Infinity'"
        " AND uncosted_hours < 'Infinity' AND uncosted_hours > '-Infinity')",
        "The figures of an account must be finite numbers.",
    )
    _own_acquisition_cost_range = models.Constraint(
        "CHECK(own_acquisition_cost >= 0)", "An acquisition cost must be 0 or more."
    )
    # for lists and cards, the weightiest first
    _company_profit_idx = models.Index("(company_id, profit)")
    _company_value_idx = models.Index(
        "(company_id, ABS(lifetime_value) DESC NULLS LAST, id)"
    )
    _company_tier_value_idx = models.Index(
        "(company_id, tier_id, ABS(lifetime_value) DESC NULLS LAST, id)"
    )
    # For the sums on top of the cards and of the pivot, which find all they need in the
    # index. One each: the smaller it is beside the table, the surer it is preferred.
    _company_tier_result_idx = models.Index(
        "(company_id, tier_id, result) INCLUDE (profit) WHERE active IS TRUE"
    )
    _company_tier_figures_idx = models.Index(
        "(company_id, tier_id) INCLUDE (revenue, profit, lifetime_value, hours)"
        " WHERE active IS TRUE"
    )

    @api.private
    def init(self):
        # A refresh of all writes every row anew. With room for it on its page the table
        # does not grow, and what the indexes refer to stays in its place, so that they
        # fill up again where they were emptied: after some refreshes those of the sums
        # are two thirds the size.
        self.env.cr.execute(
            SQL(
                "ALTER TABLE %s SET (fillfactor = %s)",
                SQL.identifier(self._table),
                FILL_PERCENT,
            )
        )

    @api.depends("partner_id")
    def _compute_user_id(self):
        for account in self:
            salesperson = account.partner_id.user_id
            if not account.user_id and account.company_id in salesperson.company_ids:
                account.user_id = salesperson
            else:
                account.user_id = account.user_id

    @api.depends("tier_id", "suggested_tier_id")
    def _compute_tier_differs(self):
        for account in self:
            account.tier_differs = bool(account.suggested_tier_id) and (
                account.tier_id != account.suggested_tier_id
            )

    @api.depends("company_id")
    def _compute_window_label(self):
        for company, accounts in self.grouped("company_id").items():
            accounts.window_label = self._get_window_label(company)

    @api.model
    def _get_window_label(self, company):
        """Return the months that the figures of a company are of."""
        # sudo: the window is a setting, not a figure
        return self._tell_window(*self._get_window(company.sudo()))

    @api.model
    def _tell_window(self, start, end):
        """Return the first and the last month of a window in words."""
        return " – ".join(
            format_date(self.env, day, date_format="MMM yyyy")
            for day in (start, end - relativedelta(days=1))
        )

    @api.depends(
        "has_own_acquisition_cost",
        "own_acquisition_cost",
        "group_id.acquisition_cost",
        "lifetime_value",
    )
    def _compute_acquisition_cost(self):
        from ..engine import acquisition  # numpy only when needed

        for account in self:
            account.acquisition_cost = (
                account.own_acquisition_cost
                if account.has_own_acquisition_cost
                else account.group_id.acquisition_cost
            )
        returns = acquisition.return_on_acquisition(
            self.mapped("lifetime_value"), self.mapped("acquisition_cost")
        )
        for account, times in zip(self, returns, strict=True):
            account.acquisition_return = times

    def _search_tier_differs(self, operator, value):
        if operator != "in" or set(value) != {True}:
            return NotImplemented
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "(%(suggested)s IS NOT NULL"
                " AND %(suggested)s IS DISTINCT FROM %(tier)s)",
                suggested=model._field_to_sql(alias, "suggested_tier_id", query),
                tier=model._field_to_sql(alias, "tier_id", query),
            )
        )

    @api.depends("partner_id")
    def _compute_display_name(self):
        for account in self:
            # sudo: whoever may read the account may read whose account it is, also
            # where a rule hides the contact
            partner = account.partner_id.sudo()
            account.display_name = partner.display_name or self.env._(
                "Customer %s without a name", partner.id
            )

    # ------------------------------------------------------------------
    # Who may write what
    # ------------------------------------------------------------------

    def _mail_get_partner_fields(self, introspect_fields=False):
        # The customer is whom the account is about: what the team writes here must
        # never be suggested to be sent to them.
        return []

    @api.model
    def _check_human_values(self, vals):
        """Refuse to let people write figures, which only documents may change."""
        if self.env.su:
            return
        if "tier_id" in vals:
            raise UserError(
                self.env._(
                    "The tier is computed from what an account is worth, so it cannot "
                    "be dragged or typed in. An account manager can set one by hand "
                    "with “Change tier” on the account, giving the reason."
                )
            )
        computed = [name for name in vals if self._fields[name].readonly]
        if computed:
            raise AccessError(
                self.env._(
                    "%(fields)s: figures of an account are computed from posted "
                    "documents and cannot be written.",
                    fields=", ".join(
                        sorted(
                            self._fields[name]._description_string(self.env)
                            for name in computed
                        )
                    ),
                )
            )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_human_values(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_human_values(vals)
        if "service_level_id" in vals:
            # another level has other included hours and cost rates
            self.env["customer.account.change"]._note_accounts(self)
        return super().write(vals)

    def unlink(self):
        self.env["customer.profit.total"]._take_off(self)
        return super().unlink()

    @api.model
    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        # The band is nothing but the order of size of the lifetime value: those who may
        # know it see the weightiest account first, be its value a gain or a loss.
        if field_name == "value_band" and self._has_field_access(
            self._fields["lifetime_value"], "read"
        ):
            value = self._field_to_sql(alias, "lifetime_value", query)
            query._order_groupby.append(value)
            return SQL("ABS(%s) %s %s", value, direction, nulls)
        return super()._order_field_to_sql(alias, field_name, direction, nulls, query)

    @api.model
    def _read_group_orderby(self, order, groupby_terms, query):
        # The tiers are few, and so are the groups to be put in their order: nothing is
        # gained by joining the tier to every account first.
        if "tier_id" not in groupby_terms or not order:
            return super()._read_group_orderby(order, groupby_terms, query)
        parts = []
        for part in order.split(","):
            name, _space, direction = part.strip().partition(" ")
            if name == "tier_id" and direction.upper() in DIRECTIONS:
                tier = groupby_terms[name]
                way = SQL(direction.upper())
                sequence = SQL(
                    "(SELECT sequence FROM customer_tier WHERE id = %s)", tier
                )
                parts.append(SQL("%s %s, %s %s", sequence, way, tier, way))
            else:
                parts.append(super()._read_group_orderby(part, groupby_terms, query))
        return SQL(", ").join(parts)

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_open_months(self):
        """Open the account's profit by month."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_centricity.customer_profit_month_action"
        )
        action["domain"] = [("account_id", "=", self.id)]
        action["context"] = {"search_default_group_month": True}
        return action

    def action_explain_value(self):
        """Open why the account is worth what it is."""
        self.ensure_one()
        self.check_access("read")
        explanation = self.env["customer.account.value"].search(
            [("account_id", "=", self.id)]
        )
        if not explanation and self.profiling_opt_out:
            raise UserError(
                self.env._(
                    "%s does not want to be profiled: nothing is forecast.",
                    self.partner_id.display_name,
                )
            )
        if not explanation:
            raise UserError(
                self.env._("The value of this account has not been computed yet.")
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Why this value"),
            "res_model": explanation._name,
            "res_id": explanation.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_download_workbook(self):
        """Download how the account's value comes about, as a spreadsheet."""
        self.action_explain_value()  # refused where there is nothing to tell
        return {
            "type": "ir.actions.act_url",
            "url": f"/customer/ltv/workbook/account/{self.id}",
            "target": "download",
        }

    def action_change_tier(self):
        """Ask for a tier and the reason, then set it by hand."""
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Change tier"),
            "res_model": "customer.tier.change",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_account_ids": [fields.Command.set(self.ids)],
                "default_tier_id": self.suggested_tier_id.id
                if len(self) == 1 and self.tier_differs
                else False,
            },
        }

    @api.model
    def action_refresh(self):
        """Start the refresh in the background, for every company."""
        self.env.user._check_customer_administrator()
        # sudo: an administrator of this addon need not administrate the database
        cron = self.env.ref("customer_centricity.ir_cron_refresh_accounts").sudo()
        # A refresh in progress has passed some months already: begin again, so that it
        # takes what was posted since. sudo: the state of the refresh is not writable.
        accounts = self.sudo()
        accounts._begin_cycles(accounts._get_companies(), full=True)
        cron._trigger_or_refuse()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "The figures are being recomputed in the background. "
                    "New figures appear account by account."
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _set_tier(self, tier, reason):
        """Put the accounts in a tier, telling the chatter why."""
        self.write({"tier_id": tier.id})
        self._message_log_batch(bodies=dict.fromkeys(self.ids, reason))
        self._give_default_service_level()

    def _give_default_service_level(self):
        """Give accounts without a service level the default one of their tier."""
        for tier, accounts in (
            self.filtered(lambda account: not account.service_level_id)
            .grouped("tier_id")
            .items()
        ):
            if tier.service_level_id:
                accounts.write({"service_level_id": tier.service_level_id.id})

    def _forget_profile(self):
        """Forget what tells the accounts from others; meant to be extended."""

    @api.model
    def _get_profile_fields(self):
        """Return the discrete fields that are empty for who is not to be profiled.

        Meant to be extended by who adds such a field.
        """
        return ["value_band", "suggested_tier_id"]

    @api.model
    def _get_erased_values(self):
        """Return what to put in the place of what is said of an erased customer.

        Of all that people, rules or answers have said, and that nothing else forgets.
        The account manager, and what it took to win the customer, are facts of the
        company's own. Meant to be extended by who adds such a field.
        """
        return {
            **super()._get_erased_values(),
            **dict.fromkeys(self._get_profile_fields(), False),
            "is_protected": False,
            "service_level_id": False,
            "tier_id": False,
        }

    def _move_to_partner(self, partner):
        """Make these accounts of one company the account of the given contact."""
        target = self.with_context(active_test=False).search(
            [
                ("partner_id", "=", partner.id),
                ("company_id", "=", self.company_id.id),
            ]
        )
        if not target:
            target = self[0]
            target.partner_id = partner
        if rest := self - target:
            rest._fold_into(target)

    def _fold_into(self, target):
        """Merge these accounts into ``target``, keeping every month and message.

        Used when contacts are merged or put under a company. Months that both sides
        have are added up, so that the figures hold at once; the next refresh comes to
        the same sums, because the documents have moved as well.
        """
        target.ensure_one()
        self.env["customer.profit.month"]._fold_into(self, target)
        self.env["customer.account.value"]._fold_into(self, target)
        # sudo: what people wrote and attached moves along, whoever it was
        attachments = self.env["ir.attachment"].sudo()
        for account in self.sudo():
            account.message_change_thread(target)
            account.activity_ids.write({"res_id": target.id})
            target._message_log(
                body=self.env._(
                    "Another account (tier %(tier)s, service level %(level)s) was "
                    "merged into this one.",
                    tier=account.tier_id.name or "-",
                    level=account.service_level_id.name or "-",
                )
            )
        attachments.search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("res_field", "=", False),
            ]
        ).write({"res_id": target.id})
        target.message_subscribe(self.message_partner_ids.ids)
        accounts = target | self
        target.write(
            {
                "active": any(accounts.mapped("active")),
                "is_protected": any(accounts.mapped("is_protected")),
                "tier_id": accounts.tier_id[:1].id,
                "service_level_id": accounts.service_level_id[:1].id,
                "group_id": accounts.group_id[:1].id,
                "user_id": accounts.user_id[:1].id,
            }
        )
        self.unlink()
        target._update_figures()
