from odoo import api, fields, models
from odoo.tools import SQL

from . import customer_account_refresh
from .customer_account_figures import BATCH_SIZE

# Accounts whose behaviours are found in one transaction. All documents are read for
# any number of them, and nothing but our own rows is written, which nobody waits for.
FOUND_AT_ONCE = 200_000


class CustomerAccount(models.Model):
    """What an account has done that earns more of it: its six economic behaviours."""

    _inherit = "customer.account"

    has_behaviours = fields.Boolean(
        string="Has Shown a Behaviour", compute="_compute_has_behaviours"
    )

    def _compute_has_behaviours(self):
        shown = dict(
            self.env["customer.behaviour"]._read_group(
                [("account_id", "in", self.ids)], ["account_id"], ["__count"]
            )
        )
        for account in self:
            account.has_behaviours = account._origin in shown

    def action_open_behaviours(self):
        """Open what the account did, the latest first."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_centricity.customer_behaviour_action"
        )
        action["domain"] = [("account_id", "=", self.id)]
        action["context"] = {"search_default_group_quarter": True}
        action["view_mode"] = "list,kanban,pivot,graph"
        return action

    # ------------------------------------------------------------------
    # The stage of the refresh
    # ------------------------------------------------------------------

    @api.model
    def _refresh_occasions(self, company):
        """Find the behaviours of the company's next accounts; return how many."""
        changes = self.env["customer.behaviour.change"]
        if not company.customer_refresh_cursor and self._must_find_all(company):
            # noted, so that a refresh that is interrupted goes on with all
            company.customer_occasion_month = False
            company.customer_goodwill_basis = False
        if company.customer_occasion_month:
            return self._find_noted(company)
        count, first, last = self._get_next_range(company, FOUND_AT_ONCE)
        if count:
            self.env["customer.behaviour"]._find(
                company, SQL("account.id BETWEEN %s AND %s", first, last)
            )
            company.customer_refresh_cursor = last
        elif company.customer_refresh_cursor:
            changes._forget(company)
            company.customer_occasion_month = company.customer_window_end
        return count

    @api.model
    def _must_find_all(self, company):
        changes = self.env["customer.behaviour.change"]
        count = self._count_accounts(company)
        return (
            changes._are_all_due(company)
            or count < customer_account_refresh.SMALL_PORTFOLIO
            or changes._are_many(company, count)
        )

    @api.model
    def _find_noted(self, company):
        """Find the behaviours of the next accounts that were noted; return how many.

        And their goodwill, unless that of all comes next.
        """
        partner_ids = self.env["customer.behaviour.change"]._take(company, BATCH_SIZE)
        if partner_ids:
            self._find_behaviours_of(company, partner_ids)
            if not self._must_find_goodwill(company):
                accounts = self.with_context(active_test=False).search(
                    [("company_id", "=", company.id), ("partner_id", "in", partner_ids)]
                )
                scope = SQL("account.id = ANY(%s)", accounts.ids)
                self._find_goodwill(company, scope, partner_ids)
        elif self._must_find_goodwill(company):
            # what is bought in another window, which nothing else here depends on
            self.env["customer.behaviour"]._move_window(company)
            company.customer_occasion_month = company.customer_window_end
        return len(partner_ids)

    @api.model
    def _find_behaviours_of(self, company, partner_ids):
        self.env["customer.behaviour"]._find(
            company, SQL("account.partner_id = ANY(%s)", partner_ids), partner_ids
        )
