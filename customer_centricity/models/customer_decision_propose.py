from odoo import api, fields, models
from odoo.exceptions import UserError

from .customer_decision import ACTIVITY, MANAGER, OPEN

# Of many accounts that refuse, messages tell the first ones
ACCOUNTS_TOLD = 5


class CustomerDecision(models.Model):
    """Proposing cases, with the figures of the day."""

    _inherit = "customer.decision"

    @api.model
    def _propose(self, accounts, reason, origin="hand", rule=None, previous=None):
        """Propose a case for each account that has no open one; return the cases.

        :param accounts: accounts, of one or several companies; a person who names one
            with an open case is refused
        :param reason: why, or why by account id; no amounts when a rule says so, as
            salespeople read it
        :param origin: "hand" or "rule"
        :param rule: the automation rule, or what to call it
        :param previous: the cases that these escalate from
        """
        self.check_access("create")
        accounts.check_access("write")
        if origin == "hand":
            self._check_without_case(accounts)
        else:
            accounts -= self._get_open_cases(accounts).account_id
        before = previous.grouped("account_id") if previous else {}
        # sudo: origin and rule are written by proposing alone; rights were checked
        decisions = self.sudo().create(
            [
                {
                    "account_id": account.id,
                    "reason": reason.get(account.id)
                    if isinstance(reason, dict)
                    else reason,
                    "origin": origin,
                    "rule_name": self._get_rule_name(rule),
                    "previous_id": before[account].id if account in before else False,
                }
                for account in accounts
            ]
        )
        return decisions.with_env(self.env)

    @api.model
    def _get_rule_name(self, rule):
        """Return what a rule is called: a record, its name already, or none."""
        # sudo: rules are for system administrators to read, their names are told
        return rule if isinstance(rule, str) else bool(rule) and rule.sudo().name

    @api.model
    def _get_open_cases(self, accounts):
        # sudo: whether there is one, whoever may see it
        return self.sudo().search(
            [("account_id", "in", accounts.ids), ("state", "in", OPEN)]
        )

    @api.model
    def _check_without_case(self, accounts):
        cases = self._get_open_cases(accounts)
        if not cases:
            return
        names = cases.account_id[:ACCOUNTS_TOLD].mapped("display_name")
        if more := len(cases) - len(names):
            names.append(self.env._("and %s more", more))
        raise UserError(
            self.env._(
                "There is an open case already: %s. Bring it to an end first.",
                ", ".join(names),
            )
        )

    @api.model
    def _prepare_start(self, account):
        """Return the figures of the day, to be kept with the case."""
        company = account.company_id
        months = company.customer_window_months or 12
        return {
            "user_id": company._get_whom_to_ask(account.user_id, MANAGER)[:1].id
            if company
            else False,
            "start_date": fields.Date.context_today(self),
            "start_months": months,
            "start_revenue": account.revenue,
            "start_profit": account.profit,
            "start_lifetime_value": account.lifetime_value,
            "start_hours": account.hours,
            "start_cost_estimated_rate": account.cost_estimated_rate,
            "start_service_level_id": account.service_level_id.id,
            "start_tier_id": account.tier_id.id,
            "stake_amount": max(0.0, -account.profit) * 12 / months,
            # whom it brought may go with it
            "advocacy_value": max(0.0, account.referral_profit) * 12 / months,
        }

    def _begin(self):
        """Prepare the options, tell the accounts, and ask the owners to decide."""
        decisions = self._for_people()
        decisions._prepare_options()
        decisions._let_follow()
        decisions._tell(
            {decision: decision._get_proposal_in_words() for decision in decisions}
        )
        decisions._ask(
            ACTIVITY,
            {
                decision: (self.env._("Decide what to do"), decision.reason)
                for decision in decisions
            },
        )

    def _get_proposal_in_words(self):
        if self.origin == "rule" and self.rule_name:
            text = self.env._(
                "The rule “%s” has found that something is to be decided about this "
                "account.",
                self.rule_name,
            )
        elif self.previous_id:
            text = self.env._("What was decided before did not help enough.")
        else:
            text = self.env._("Something is to be decided about this account.")
        return f"{text} {self.reason or ''}".strip()
