from odoo import fields, models
from odoo.tools import SQL
from odoo.tools.date_utils import relativedelta

from .customer_decision import OPEN

# What each guard holds up as long as no person has decided otherwise: that a rule
# proposes a case, or that a proposed one is approved without anybody having looked at
# it. An account may have been protected since its case was proposed. Persons may go on
# against all of them but an open case.
GUARDS = {
    "open_decision": ("propose",),
    "opted_out": ("propose", "apply"),
    "protected": ("propose", "apply"),
    "short_history": ("propose",),
    "new_account": ("propose",),
    "single_period": ("propose",),
    "recent_decision": ("propose",),
    "proposal_limit": ("propose",),
    "advocates": ("apply",),
    "detractors": ("apply",),
    "low_goodwill": ("apply",),
    "costs_estimated": ("apply",),
    "administrators_only": ("apply",),
    "automatic_limit": ("apply",),
}
# Stages of accounts that cost before they bring something
NEW_STAGES = ("prospect", "new")
# What an account gives besides money
ADVOCACY_KINDS = ("advocacy", "referral")


class CustomerAccount(models.Model):
    """What speaks against deciding on an account without a person."""

    _inherit = "customer.account"

    def _get_decision_guards(self):
        """Return what speaks against a decision: {account id: {code: text}}.

        The codes are those of GUARDS, in their order. What several find under one code
        is told one after the other. The number of queries does not
        depend on how many accounts there are. What depends on the case, or on how many
        there have been today, only those know who do it (customer_decision_request.py).
        """
        self.check_access("read")
        # sudo: that there is a guard, not the figures it looks at, is for everybody to
        # know who may read the account
        accounts = self.sudo().with_context(active_test=False)
        guards = {account_id: {} for account_id in accounts.ids}
        for company, of_company in accounts.grouped("company_id").items():
            for found in of_company._find_guards(company):
                for account, (code, text) in found:
                    guards[account.id].setdefault(code, {})[text] = True
        return {
            account_id: {
                code: " ".join(texts[code]) for code in GUARDS if code in texts
            }
            for account_id, texts in guards.items()
        }

    def _find_guards(self, company):
        """Return iterables of (account, (code, text)); meant to be extended."""
        return (
            self._find_decided(company),
            self._find_as_they_are(company),
            self._find_without_habit(company),
            self._find_advocates(company),
        )

    # ------------------------------------------------------------------
    # The guards
    # ------------------------------------------------------------------

    def _find_decided(self, company):
        """Find accounts with an open case, or one that came to an end not long ago."""
        months = company.customer_decision_pause_months
        today = fields.Date.context_today(self)
        decisions = self.env["customer.decision"].search_fetch(
            [
                ("account_id", "in", self.ids),
                "|",
                ("state", "in", OPEN),
                ("stage_date", ">", today - relativedelta(months=months)),
            ],
            ["account_id", "state"],
        )
        for decision in decisions:
            if decision.state in OPEN:
                yield (
                    decision.account_id,
                    ("open_decision", self.env._("There is an open case.")),
                )
            elif months:
                text = self.env._(
                    "A case came to an end in the last %s months.", months
                )
                yield decision.account_id, ("recent_decision", text)

    def _find_as_they_are(self, company):
        """Find accounts by what is written on them."""
        limit = company.customer_decision_estimated_limit
        for account in self:
            if account.is_protected:
                yield account, ("protected", self.env._("The account is protected."))
            if (
                company.customer_decision_spare_new
                and account.lifecycle_stage in NEW_STAGES
            ):
                text = self.env._(
                    "The account is new: winning it costs before it brings something."
                )
                yield account, ("new_account", text)
            if account._get_doubt_rate() > limit:
                text = self.env._(
                    "More than %s%% of its costs are estimated or missing.",
                    f"{100 * limit:g}",
                )
                yield account, ("costs_estimated", text)

    def _get_doubt_rate(self):
        """Return the greatest share of its figures that rests on estimates or nothing.

        Of the product cost that is estimated, of the revenue and of the hours that
        count as free because nobody has entered what they cost.
        """
        return max(
            self.cost_estimated_rate,
            self.uncosted_revenue / self.revenue if self.revenue > 0 else 0.0,
            self.uncosted_hours / self.hours if self.hours > 0 else 0.0,
        )

    def _find_without_habit(self, company):
        """Find accounts with a short history, or that did not lose money again."""
        from ..engine import portfolio  # numpy only when needed

        minimum = company.customer_decision_minimum_months
        count = company.customer_decision_periods
        months = company.customer_decision_period_months
        _start, end = self._get_window(company)
        rows = self._get_period_rows(end, count, months)
        losses = dict.fromkeys(self.ids, 0)
        for period in range(count):
            place = 2 + 2 * period
            results = portfolio.results(
                [row[place] for row in rows],
                [row[place + 1] for row in rows],
                company.customer_even_rate,
            )
            for row, result in zip(rows, results, strict=True):
                losses[row[0]] += result == "loss"
        first_months = {row[0]: row[1] for row in rows}
        enough = end - relativedelta(months=minimum)
        for account in self:
            if minimum and first_months.get(account.id, end) > enough:
                text = self.env._(
                    "Its figures go back less than %s closed months.", minimum
                )
                yield account, ("short_history", text)
            if losses[account.id] < count:
                yield (
                    account,
                    (
                        "single_period",
                        self.env._(
                            "It lost money in %(losses)s of the last %(count)s periods "
                            "of %(months)s months: not a habit.",
                            losses=losses[account.id],
                            count=count,
                            months=months,
                        ),
                    ),
                )

    def _get_period_rows(self, end, count, months):
        """Return what accounts earned in the last periods before a day.

        A row has the account's id, its first month, then revenue and profit of each
        period, the last period first.
        """
        if not self:
            return []
        sums = []
        for period in range(count):
            last = end - relativedelta(months=period * months)
            first = last - relativedelta(months=months)
            sums += [
                SQL(
                    "COALESCE(SUM(%s) FILTER"
                    " (WHERE month >= %s AND month < %s), 0)::float",
                    SQL.identifier(name),
                    first,
                    last,
                )
                for name in ("revenue", "profit")
            ]
        self.env["customer.profit.month"].flush_model()
        return self.env.execute_query(
            SQL(
                """
                SELECT account_id, MIN(month), %s
                  FROM customer_profit_month
                 WHERE account_id IN %s
                 GROUP BY account_id
                """,
                SQL(", ").join(sums),
                tuple(self.ids),
            )
        )

    def _find_advocates(self, company):
        """Find accounts that bring more than money; meant to be extended.

        They are weighed with what they bring, and never acted on automatically.
        """
        lines = self.exchange_id.get_line_ids.filtered(
            lambda line: line.kind in ADVOCACY_KINDS and line.rating == "high"
        )
        names = {}
        for line in lines:
            names.setdefault(line.exchange_id, []).append(line.name)
        for account in self:
            if account.exchange_id in names:
                text = self.env._(
                    "What it gives besides money is strong: %s.",
                    ", ".join(names[account.exchange_id]),
                )
                yield account, ("advocates", text)
