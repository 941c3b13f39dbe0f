from odoo import api, fields, models
from odoo.fields import Domain


class CustomerAccount(models.Model):
    """What we give an account, and what we get from it."""

    _inherit = "customer.account"

    exchange_ids = fields.One2many(
        comodel_name="customer.value.exchange",
        inverse_name="account_id",
        string="Value Exchanges",
    )
    exchange_id = fields.Many2one(
        comodel_name="customer.value.exchange",
        string="Value Exchange",
        compute="_compute_exchange_id",
        help="The one in force with the account, or else with its group, or with what "
        "the group is part of.",
    )
    exchange_verdict = fields.Selection(
        selection="_get_exchange_verdict_selection",
        string="Balance of the Value Exchange",
        compute="_compute_exchange_id",
        search="_search_exchange_verdict",
    )

    @api.model
    def _get_exchange_verdict_selection(self):
        return self.env["customer.value.exchange"]._get_verdict_selection()

    @api.depends(
        "exchange_ids.state",
        "exchange_ids.verdict",
        "group_id.exchange_ids.state",
        "group_id.exchange_ids.company_id",
        "group_id.exchange_ids.verdict",
        "company_id",
    )
    def _compute_exchange_id(self):
        Exchange = self.env["customer.value.exchange"]
        for company, accounts in self.grouped("company_id").items():
            own = Exchange._get_in_force(company, accounts)
            of_group = accounts.group_id._get_exchanges(company)
            for account in accounts:
                account.exchange_id = own.get(account._origin) or of_group.get(
                    account.group_id
                )
                account.exchange_verdict = account.exchange_id.verdict

    def _search_exchange_verdict(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self._get_exchanged_domain([one for one in value if one])
        if False in value:
            verdicts = [name for name, _label in self._get_exchange_verdict_selection()]
            domain |= Domain("company_id", "in", self.env.companies.ids) & (
                ~self._get_exchanged_domain(verdicts)
            )
        return domain

    @api.model
    def _get_exchanged_domain(self, verdicts):
        """Return the domain of accounts with an exchange of one of the verdicts."""
        return Domain.OR(
            Domain("company_id", "=", company.id)
            & self._get_exchange_domain(company, verdicts)
            for company in self.env.companies
        )

    @api.model
    def _get_exchange_domain(self, company, verdicts):
        """Return the domain of accounts whose exchange has come to a verdict."""
        in_force = self.env["customer.value.exchange"]._get_in_force_domain(company)
        # the groups are few; archived ones have members, too
        groups = self.env["customer.group"].with_context(active_test=False)
        exchanges = groups.search_fetch([], ["parent_id"])._get_exchanges(company)
        group_ids = [
            group.id
            for group, exchange in exchanges.items()
            if exchange.verdict in verdicts
        ]
        return Domain(
            "exchange_ids", "any", in_force & Domain("verdict", "in", verdicts)
        ) | (
            Domain("exchange_ids", "not any", in_force)
            & Domain("group_id", "in", group_ids)
        )

    def action_open_exchange(self):
        """Open the value exchange with the account or its group, or a new one."""
        self.ensure_one()
        return self.env["customer.value.exchange"]._get_action_of(
            self, self.exchange_id, self.company_id
        )

    @api.model
    def _end_cycle(self, company):
        result = super()._end_cycle(company)
        self.env["customer.value.exchange"]._follow_refresh(company)
        return result

    def _fold_into(self, target):
        # sudo: merging contacts moves what is written about them, whoever does it
        exchanges = self.env["customer.value.exchange"].sudo()
        exchanges.search([("account_id", "in", self.ids)])._move_to_account(target)
        return super()._fold_into(target)
