from odoo import api, models
from odoo.fields import Domain

from .customer_decision_assumptions import RANGES
from .customer_decision_option import KINDS_FROM_TOP, LEVEL_KINDS, OWN_RANGES

MONTHS_PER_YEAR = 12
# Figures of an account that add up over the months of a window
SUMS = (
    "revenue",
    "product_cost",
    "time_cost",
    "other_cost",
    "serving_cost",
    "hours",
    "profit",
)
# What the figures of the options rest on
ACCOUNT_FIGURES = (
    *SUMS,
    "order_count",
    "lifetime_value",
    "value_status",
    "cost_estimated_rate",
    "uncosted_revenue",
    "uncosted_hours",
)


def _get_rank(level):
    """Return how far below the top a service level is, to compare it with others."""
    kind = KINDS_FROM_TOP.index(level.kind)
    # of levels that others serve, or nobody, none is below another
    return (kind, level.sequence, level.id) if level.kind == "served" else (kind,)


def is_below(level, other):
    """Return whether a service level is a lower one than another."""
    return _get_rank(level) > _get_rank(other)


class CustomerDecision(models.Model):
    """The options of cases, prepared for many accounts at once."""

    _inherit = "customer.decision"

    @api.onchange("option_ids")
    def _onchange_option_ids(self):
        self.option_ids._show_results()

    # ------------------------------------------------------------------
    # The account's own figures
    # ------------------------------------------------------------------

    def _get_yearly_figures(self):
        """Return {case: figures of its account a year}, as they are today.

        The number of queries does not depend on how many cases there are.
        """
        from ..engine import decision as engine  # numpy only when needed
        from ..engine.effect import a_year

        accounts = self.account_id._origin
        accounts.fetch(ACCOUNT_FIGURES)
        known = self.env["customer.account.value"].search_fetch(
            [("account_id", "in", accounts.ids)],
            ["account_id", "expected_orders", "discount"],
        )
        values = {value.account_id: value for value in known}
        figures = {}
        for company, group in accounts.grouped("company_id").items():
            # sudo: how long the windows are, and how sure costs must be, are settings
            settings = company.sudo()
            months = settings.customer_window_months
            rows = [values.get(account) for account in group]
            years = engine.years_worth(
                # never valued: worth what the window was, once
                [
                    row.expected_orders if row else max(account.order_count, 1)
                    for row, account in zip(rows, group, strict=True)
                ],
                [row.discount if row else 1 for row in rows],
                group.mapped("order_count"),
                months / MONTHS_PER_YEAR,
                settings.customer_value_months / MONTHS_PER_YEAR,
            ).tolist()
            table = {
                name: a_year(group.mapped(name), [months] * len(group)).tolist()
                for name in SUMS
            }
            limit = settings.customer_decision_estimated_limit
            for number, account in enumerate(group):
                uncertain = account._get_doubt_rate()
                row = {name: column[number] for name, column in table.items()}
                figures[account] = row | {
                    "value": account.lifetime_value
                    if account.value_status
                    else row["profit"] * years[number],
                    "years": years[number],
                    "reducible": sum(
                        max(row[name], 0.0)
                        for name in ("time_cost", "other_cost", "serving_cost")
                    ),
                    "uncertain": uncertain,
                    "is_uncertain": uncertain > limit,
                }
        return {
            decision: figures[decision.account_id._origin]
            | {"advocacy": decision.advocacy_value}
            for decision in self
        }

    def _find_unweighed(self):
        """Return the cases of accounts that bring more than money, without its worth.

        The number of queries does not depend on how many cases there are.
        """
        decisions = self.filtered(lambda decision: not decision.advocacy_value)
        # sudo: as for the guards, whether there is something and not what it is
        accounts = decisions.account_id._origin.sudo()
        found = set()
        for company, of_company in accounts.grouped("company_id").items():
            found.update(
                account.id for account, _guard in of_company._find_advocates(company)
            )
        return decisions.filtered(
            lambda decision: decision.account_id._origin.id in found
        )

    # ------------------------------------------------------------------
    # Preparing options
    # ------------------------------------------------------------------

    def _prepare_options(self):
        """Create the options that the cases do not have yet; return all of theirs.

        Each rung of the company's ladder is one, also what cannot be done now: people
        see the whole ladder, and why.
        """
        # sudo: options are prepared and not typed in; who may propose a case has been
        # checked by then
        decisions = self.sudo()
        figures = decisions._get_yearly_figures()
        vals_list = []
        for company, group in decisions.grouped("company_id").items():
            ladder = self.env["customer.decision.rung"].sudo()._get_ladder(company)
            levels = group._get_service_levels(company)
            for decision in group:
                there = set(decision.option_ids.mapped("kind"))
                vals_list += [
                    decision._prepare_option_vals(rung, levels, figures[decision])
                    for rung in ladder
                    if rung.kind not in there
                ]
        options = self.env["customer.decision.option"].sudo().create(vals_list)
        options._evaluate()
        return self.option_ids

    def _prepare_option_vals(self, rung, levels, row):
        """Return the values of the option of a rung; may be extended."""
        from ..engine.decision import cost_of_hours  # numpy only when needed

        level = self._get_target_level(rung.kind, levels)
        included = level if rung.kind in LEVEL_KINDS else self._get_level_then()
        # that of an option is not known yet while it is created
        currency = self.company_id.currency_id
        hour_price, switch_cost = cost_of_hours(
            row["time_cost"], row["hours"], [rung.hour_price_rate, rung.switch_hours]
        )
        return {
            "decision_id": self.id,
            "rung_id": rung.id,
            "service_level_id": level.id,
            "included_hours": min(
                included.included_hours, OWN_RANGES["included_hours"][1]
            ),
            "hour_price": currency.round(float(hour_price)),
            "switch_cost": currency.round(float(switch_cost)),
            **{name: rung[name] for name in RANGES},
        }

    # ------------------------------------------------------------------
    # Service levels
    # ------------------------------------------------------------------

    @api.model
    def _get_service_levels(self, company):
        """Return the levels that accounts of the company may have, from the highest."""
        levels = self.env["customer.service.level"].with_context(active_test=True)
        return levels.search(
            Domain("company_id", "=", False)
            | Domain("company_id", "parent_of", company.id)
        )

    def _get_level_then(self):
        """Return the level that the account had when the case was proposed."""
        self.ensure_one()
        return self.start_service_level_id or self.start_tier_id.service_level_id

    def _get_target_level(self, kind, levels):
        """Return the level that an option of this kind gives the account.

        The next one below; an account without level gets the lowest that is served.
        """
        self.ensure_one()
        account = self.account_id
        present = account.service_level_id or account.tier_id.service_level_id
        wanted = LEVEL_KINDS.get(kind)
        levels = levels.filtered(lambda level: level.kind == wanted)
        if not present:
            return levels[-1:] if wanted == "served" else levels[:1]
        return levels.filtered(lambda level: is_below(level, present))[:1]
