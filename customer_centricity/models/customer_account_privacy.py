from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .customer_account_figures import BATCH_SIZE
from .customer_account_group import DECIDED_BY_DATA


class CustomerAccount(models.Model):
    """Accounts whose customer does not want to be profiled.

    They stay in revenue, costs, profit and all totals, which agree with the books. They
    are left out of whatever tells one customer from others: what is learnt, forecasts,
    bands and tiers, groups, advice, and decisions that no person takes.
    """

    _inherit = "customer.account"

    profiling_opt_out = fields.Boolean(
        related="partner_id.customer_profiling_opt_out",
        related_sudo=False,
        string="No Profiling",
    )
    profiling_opt_out_date = fields.Date(
        related="partner_id.customer_profiling_opt_out_date",
        related_sudo=False,
        string="No Profiling Since",
    )

    # ------------------------------------------------------------------
    # Who it is
    # ------------------------------------------------------------------

    @api.model
    def _get_profiled_condition(self, alias="account"):
        """Return the SQL condition that an account's customer may be profiled.

        The one place that says so.

        :param alias: name of ``customer_account`` in the query
        """
        return SQL(
            "%s NOT IN (%s)",
            SQL.identifier(alias, "partner_id"),
            self._get_opted_out_partners(),
        )

    @api.model
    def _get_profiled_domain(self):
        """Return the same condition, for a search."""
        return Domain("partner_id", "not in", self._get_opted_out_partners())

    @api.model
    def _get_opted_out_partners(self):
        """Return the query of the customers: they are few, and have an index."""
        return SQL(
            "SELECT id FROM res_partner WHERE customer_profiling_opt_out",
            to_flush=self.env["res.partner"]._fields["customer_profiling_opt_out"],
        )

    @api.model
    def _get_opted_out_domain(self, company):
        """Return which accounts of a company are not to be profiled."""
        return Domain("company_id", "=", company.id) & ~self._get_profiled_domain()

    @api.model
    def _get_opted_out(self, company):
        """Return all accounts of a company whose customers are not to be profiled."""
        return self.with_context(active_test=False).search(
            self._get_opted_out_domain(company), order="id"
        )

    @api.model
    def _count_opted_out(self, company):
        return self.with_context(active_test=False).search_count(
            self._get_opted_out_domain(company)
        )

    # ------------------------------------------------------------------
    # What is forgotten
    # ------------------------------------------------------------------

    @api.model
    def _forget_profiles(self, company):
        """Forget what tells customers from others who do not want that.

        When a customer opts out it is forgotten at once; here what has come back since,
        from contacts merged or accounts restored. Does at most a batch and returns how
        many: those that refuse are none of them.
        """
        domain = Domain("company_id", "=", company.id) & self._get_profile_left_domain()
        model = self.with_context(active_test=False)
        accounts = model.search(domain, order="id", limit=BATCH_SIZE)
        accounts._forget_profile()
        return len(accounts) - model.search_count(
            domain & Domain("id", "in", accounts.ids)
        )

    @api.model
    def _get_profile_left_domain(self):
        """Return which accounts are told apart although their customers object."""
        return ~self._get_profiled_domain() & (
            Domain("value_status", "not in", ["opted_out", "typed"])
            | Domain.OR(
                Domain(name, "!=", False) for name in self._get_profile_fields()
            )
        )

    def _forget_profile(self):
        """Forget forecasts, comparisons and what follows from them."""
        result = super()._forget_profile()
        if not self:
            return result
        self.env["customer.account.value"]._forget_accounts(self)
        self.env["customer.account.snapshot"]._forget_accounts(self)
        self.env["customer.group.proposal.line"]._forget_accounts(self)
        self._take_over_values()
        for name in self._get_profile_fields():
            accounts = self.filtered(name)
            if accounts:
                accounts._write_or_note({name: False})
        placed = self.filtered(lambda account: account.group_origin in DECIDED_BY_DATA)
        if placed:
            placed._write_or_note(
                {"group_id": False, "group_origin": False, "group_reason": False}
            )
        return result

    # ------------------------------------------------------------------
    # What no person has decided
    # ------------------------------------------------------------------

    def _find_guards(self, company):
        return (*super()._find_guards(company), self._find_opted_out())

    def _find_opted_out(self):
        """Find accounts that only a person decides on."""
        for account in self:
            if account.profiling_opt_out:
                text = self.env._(
                    "The customer does not want to be profiled: only a person decides."
                )
                yield account, ("opted_out", text)
