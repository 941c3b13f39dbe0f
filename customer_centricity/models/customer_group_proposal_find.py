from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .conditions import parse_conditions

# From so many orders on it is known how regular they are: two gaps between them
ORDERS_OF_A_RHYTHM = 3
# What dealing with an account costs, beside what it buys
SERVING_COSTS = ("time_cost", "other_cost", "serving_cost")
# Figures of each account beside how it behaves
MONEY = ("revenue", "profit", "lifetime_value")


class CustomerGroupProposal(models.Model):
    """Finding groups: from the figures of accounts to groups and words.

    The figures are those of the last refresh, read by one statement. Groups, their
    number and how far it can be relied on come from engine/grouping.py.
    """

    _inherit = "customer.group.proposal"

    def _find_groups(self):
        """Find groups among the accounts and write what is known of each."""
        from ..engine import grouping  # scipy only when needed

        self.ensure_one()
        today = fields.Date.context_today(self)
        accounts = self._read_accounts(today)
        self._check_enough(len(accounts), grouping.FEWEST)
        behaviour = accounts[list(grouping.DIMENSIONS)]
        counts = set(grouping.COUNTS)
        if self.count_choice == "fixed":
            counts.add(self.wanted_count)
        try:
            portfolio = grouping.features(behaviour)
            choice = grouping.choose(portfolio.points, sorted(counts))
        except ValueError as error:
            raise UserError(
                self.env._("These accounts behave alike: no groups can be told apart.")
            ) from error
        trial = self._get_trial(choice)
        clusters = grouping.cluster(portfolio.points, trial.count)
        # sudo: what is found is not writable; whoever gets here may edit the proposal
        proposal = self.sudo()
        proposal.line_ids.unlink()
        proposal.write(
            {
                "date": today,
                "account_count": len(accounts),
                "count": trial.count,
                "suggested_count": choice.count,
                "verdict": grouping.judge(trial),
                "trials": [
                    {
                        "count": trial.count,
                        "stability": round(trial.stability, 4),
                        "separation": round(trial.separation, 4),
                        "smallest": round(trial.smallest, 4),
                    }
                    for trial in choice.trials
                ],
                "dimensions": list(portfolio.names),
            }
        )
        proposal._create_lines(accounts, clusters, portfolio)

    def _check_enough(self, count, fewest):
        if count < fewest:
            raise UserError(
                self.env._(
                    "Only %(count)s accounts have %(orders)s orders or more and fit "
                    "the conditions. It takes at least %(fewest)s to find groups: "
                    "lower the least number of orders, or widen the conditions.",
                    count=count,
                    orders=self.minimum_orders,
                    fewest=fewest,
                )
            )

    def _get_trial(self, choice):
        """Return the number of groups to take: the one asked for, or the best."""
        wanted = choice.count
        if self.count_choice == "fixed":
            wanted = self.wanted_count
        for trial in choice.trials:
            if trial.count == wanted:
                return trial
        raise UserError(
            self.env._(
                "%s groups are too many for these accounts. Ask for fewer.", wanted
            )
        )

    # ------------------------------------------------------------------
    # Reading
    # ------------------------------------------------------------------

    def _get_accounts_query(self):
        """Return the query of the accounts among which groups are sought.

        It is asked as whoever proposes: conditions tell nothing that is not for them.
        """
        return self.env["customer.account"]._search(
            Domain("company_id", "=", self.company_id.id)
            & Domain("active", "=", True)
            & Domain("historic_order_count", ">=", self.minimum_orders)
            & self.env["customer.account"]._get_profiled_domain()
            & parse_conditions(self.env, self.account_domain)
        )

    def _read_accounts(self, today):
        """Return a frame of the accounts' figures, one row an account."""
        import numpy as np
        import pandas as pd

        self.env["customer.account"].flush_model()
        query = self._get_accounts_query()
        query.order = SQL.identifier(query.table, "id")
        columns = self._get_columns(query.table, today)
        rows = self.env.execute_query(
            query.select(*(SQL("(%s)::float8", column) for column in columns.values()))
        )
        values = np.array(rows, dtype=float).reshape(len(rows), len(columns))
        frame = pd.DataFrame(values, columns=list(columns))
        return frame.set_index(frame.pop("id").astype(int))

    @api.model
    def _get_columns(self, table, today):
        """Return how each figure of an account is read; NULL where it is not known."""

        def column(name):
            return SQL.identifier(table, name)

        return {
            "id": column("id"),
            # the group it was found in before
            "former": SQL(
                "CASE WHEN %s = 'found' THEN %s END",
                column("group_origin"),
                column("group_id"),
            ),
            "recency": SQL("%s - %s", today, column("last_order_date")),
            "frequency": column("order_count"),
            "spend": column("revenue"),
            "margin": SQL(
                "CASE WHEN %s > 0 THEN %s END", column("revenue"), column("profit_rate")
            ),
            "breadth": column("product_count"),
            "hours_per_order": SQL(
                "%s / NULLIF(%s, 0)", column("hours"), column("order_count")
            ),
            "regularity": SQL(
                "CASE WHEN %s >= %s THEN %s END",
                column("historic_order_count"),
                ORDERS_OF_A_RHYTHM,
                column("order_gap_variation"),
            ),
            "payment_delay": SQL(
                "CASE WHEN %s THEN %s END",
                column("has_payment_delay"),
                column("payment_delay"),
            ),
            "serving_share": SQL(
                "CASE WHEN %(revenue)s > 0 THEN (%(costs)s) / %(revenue)s END",
                revenue=column("revenue"),
                costs=SQL(" + ").join(
                    SQL("COALESCE(%s, 0)", column(name)) for name in SERVING_COSTS
                ),
            ),
            **{name: SQL("COALESCE(%s, 0)", column(name)) for name in MONEY},
        }

    # ------------------------------------------------------------------
    # Writing
    # ------------------------------------------------------------------

    def _create_lines(self, accounts, clusters, portfolio):
        """Write the groups, those that are worth most first."""
        from ..engine import grouping  # scipy only when needed

        labels, count = clusters.labels, len(clusters.centres)
        words = [
            [(word.dimension, word.level, word.is_strong) for word in group]
            for group in grouping.describe(clusters.centres, portfolio)
        ]
        figures = self._get_figures(accounts, labels, count)
        former = self._match_former(accounts, labels, count)
        typical = grouping.typical(accounts[list(portfolio.names)], labels, count)
        best = sorted(range(count), key=lambda label: -figures[label]["lifetime_value"])
        Line = self.env["customer.group.proposal.line"]
        taken = self.env["customer.group"]._get_groups(self.company_id).mapped("name")
        texts = Line._get_texts([words[label] for label in best], taken)
        lines = Line.create(
            [
                {
                    "proposal_id": self.id,
                    "sequence": 10 * rank,
                    "name": former[label].name or name,
                    "description": description,
                    "group_id": former[label].id,
                    "words": [word[:2] for word in words[label]],
                    "typical": typical.loc[label].dropna().round(6).to_dict(),
                    **figures[label],
                }
                for rank, (label, (description, name)) in enumerate(
                    zip(best, texts, strict=True), 1
                )
            ]
        )
        for label, line in zip(best, lines, strict=True):
            line._set_members(accounts.index[labels == label].tolist())
        lines.invalidate_recordset(["entering_count", "moving_count", "staying_count"])

    @api.model
    def _get_figures(self, accounts, labels, count):
        """Return sizes, sums and shares of the groups, as values of lines."""
        from ..engine import grouping  # scipy only when needed

        sizes = grouping.sums([1.0] * len(labels), labels, count)
        sums = {name: grouping.sums(accounts[name], labels, count) for name in MONEY}
        losing = accounts["profit"].clip(upper=0)
        losses = grouping.sums(losing, labels, count)
        losers = grouping.sums(losing < 0, labels, count)
        shares = {
            "account_share": grouping.shares(sizes),
            "revenue_share": grouping.shares(sums["revenue"]),
            "profit_share": grouping.shares(sums["profit"]),
            "value_share": grouping.shares(sums["lifetime_value"]),
        }
        return [
            {
                "account_count": int(sizes[label]),
                "loss": losses[label],
                "loss_count": int(losers[label]),
                **{name: values[label] for name, values in (sums | shares).items()},
            }
            for label in range(count)
        ]

    def _match_former(self, accounts, labels, count):
        """Return for each group the one it was found as before, if any."""
        from ..engine import grouping  # scipy only when needed

        # archived ones are over
        groups = self.env["customer.group"]._get_groups(self.company_id)
        former = accounts["former"].where(accounts["former"].isin(groups.ids))
        return [
            groups.browse(group_id)
            for group_id in grouping.match(labels, former, count)
        ]
