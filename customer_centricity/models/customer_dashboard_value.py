from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

# Points of the whale curve: more cannot be told apart on a screen
MOST_POINTS = 800
VALUE = ("lifetime_value", "lifetime_value_low", "lifetime_value_high")
LOSES = ("profit", "<", 0)
# Something is known of its value
VALUED = ("value_status", "not in", [False, "opted_out"])
SHARES = (10, 20)  # percent of the accounts


class CustomerDashboard(models.AbstractModel):
    """What the portfolio is worth and earns, and who makes the profit."""

    _inherit = "customer.dashboard"

    @api.model
    def _get_sections(self):
        return {**super()._get_sections(), "value": False, "whale": True}

    @api.model
    def _get_targets(self):
        return {
            **super()._get_targets(),
            "valued": (0, True),
            "losers": (0, True),
            "top": (1, True),
            "review": (0, True),
            "band": (1, False),
        }

    # ------------------------------------------------------------------
    # Value
    # ------------------------------------------------------------------

    @api.model
    def _section_value(self, scope):
        if not self._is_manager():
            return self._get_bands(scope)
        count, value, low, high, profit, revenue = scope.total(
            (*VALUE, "profit", "revenue")
        )
        valued_count, *_sums = scope.total((), scope.where(VALUED))
        loss_count, loss = scope.total(("profit",), scope.where(LOSES))
        amount = (value or 0) if valued_count else None
        low, high = self._get_interval(scope, amount)
        return {
            "amount": amount,
            "low": low,
            "high": high,
            **self._get_change(scope, amount),
            "account_count": count,
            "valued_count": valued_count,
            "profit": (profit or 0) if count else None,
            "revenue": (revenue or 0) if count else None,
            "loss_count": loss_count,
            "loss_amount": loss or 0,
            "as_of": self._get_as_of(scope),
            "window": self._get_window_label(scope),
            "review": self._get_review(scope),
            "open": ["all"],
            "open_valued": ["valued"],
            "open_losers": ["losers"],
        }

    @api.model
    def _get_review(self, scope):
        """Return the run that waits for somebody to decide on it, if there is one."""
        run = self._get_runs_to_review()[:1]
        if scope.run or not run:
            return None
        return {
            "label": self.env._(
                "The run as of %s waits for review", self._format_day(run.date)
            ),
            "open": ["review"],
        }

    @api.model
    def _get_runs_to_review(self):
        return self.env["customer.ltv.run"].search(
            [("company_id", "=", self.env.company.id), ("state", "=", "computed")]
        )

    @api.model
    def _get_interval(self, scope, amount):
        """Return between what the value of all together lies, with 80% probability.

        Of the whole portfolio it is the one that was computed with its value, from the
        variances of all accounts. These are not kept: of a part of the portfolio, or
        where values were set since, they are taken from the accounts' own intervals,
        with what the whole tells of these being too narrow.
        """
        if amount is None:
            return None, None
        whole = scope.run or self.env["customer.value.model"]._get_latest(scope.company)
        currency = scope.company.currency_id
        count, squares = self._get_squares(scope)
        # the whole was added up before its values were rounded one by one
        if (
            not scope.filters
            and abs(whole.total - amount) <= max(count, 1) * currency.rounding
        ):
            return whole.total_low, whole.total_high

        from ..engine import uncertainty  # scipy only when needed

        model = scope.run.model_id if scope.run else whole
        # nothing has been learnt where all values were set by hand
        common = (model.learnt or {}).get("common_error", uncertainty.COMMON_ERROR)
        _count, all_squares = self._get_squares(scope.of_all())
        excess = uncertainty.variance_excess(
            (whole.total_low, whole.total_high), all_squares, common
        )
        low, high = uncertainty.part_interval(amount, squares, common, excess=excess)
        return currency.round(low), currency.round(high)

    @api.model
    def _get_squares(self, scope):
        """Return how many there are, and how wide their intervals are, squared."""
        query = scope.records._search(scope.domain)
        [row] = self.env.execute_query(
            query.select(
                SQL("COUNT(*)"),
                SQL(
                    "COALESCE(SUM(POWER(%s - %s, 2)), 0)::float",
                    SQL.identifier(query.table, "lifetime_value_high"),
                    SQL.identifier(query.table, "lifetime_value_low"),
                ),
            )
        )
        return row

    @api.model
    def _get_change(self, scope, amount):
        """Return the change of the value since the last run before, and what made it.

        What runs keep tells of accounts that have come and gone since; the rest are
        those that were there. A change within what was likely then is no news.
        """
        runs = self.env["customer.ltv.run"]
        before = (
            scope.run.previous_id
            if scope.run
            else runs._get_last_applied(scope.company)
        )
        if not before or amount is None:
            return {"change": None, "change_rate": None, "since": None}
        then = scope.of_run(before)
        _count, old = then.total(("lifetime_value",))
        old = old or 0
        money = scope.company.currency_id.round
        change = money(amount - old)
        come, gone = self._get_come_and_gone(scope, then)
        low, high = self._get_interval(then, old)
        return {
            "change": change,
            "change_rate": change / abs(old) if old else None,
            "since": before.date.isoformat(),
            "change_come": money(come),
            "change_gone": money(-gone),
            "change_rest": money(change - come + gone),
            "was_likely": bool(old) and low <= amount <= high,
        }

    @api.model
    def _get_come_and_gone(self, scope, then):
        """Return what accounts are worth that were not there then, and were only then.

        Rows of two runs know each other; an account that was deleted since has nothing
        but its row of then.
        """
        if scope.run:
            known = Domain("previous_id", "!=", False)
            come = ~known
            stayed = self._select(scope, known, "previous_id")
            gone = Domain("id", "not in", stayed)
        else:
            known = Domain("account_id", "!=", False)
            come = Domain("id", "not in", self._select(then, known, "account_id"))
            stayed = self._select(scope, Domain.TRUE, "id")
            gone = ~known | Domain("account_id", "not in", stayed)
        _count, come_value = scope.total(("lifetime_value",), come)
        _count, gone_value = then.total(("lifetime_value",), gone)
        return come_value or 0, gone_value or 0

    @api.model
    def _select(self, scope, domain, name):
        """Return a column of records of the scope, to be compared with in a query."""
        query = scope.records._search(scope.domain & domain)
        return query.subselect(SQL.identifier(query.table, name))

    @api.model
    def _get_as_of(self, scope):
        # sudo: when figures were computed is told to whoever may see them
        moment = (
            scope.run.computed_date
            if scope.run
            else scope.company.sudo().customer_refresh_date
        )
        return f"{moment.isoformat()}+00:00" if moment else None

    @api.model
    def _get_window_label(self, scope):
        """Return the months that profit and revenue are those of."""
        accounts = self.env["customer.account"]
        if scope.run:
            return accounts._tell_window(*scope.run._get_window())
        return accounts._get_window_label(scope.company)

    @api.model
    def _get_bands(self, scope):
        """Return what everybody may know of what accounts are worth: its size."""
        counts = dict(scope.sums("value_band", ()))
        names = self._get_labels("value_band")
        count, *_sums = scope.total(())
        return {
            "account_count": count,
            "by_band": [
                {
                    "key": key,
                    "name": names[key],
                    "count": counts.get(key, 0),
                    "open": ["band", key],
                }
                for key in reversed(names)
                if key or counts.get(key)
            ],
            "open": ["all"],
        }

    # ------------------------------------------------------------------
    # The whale curve
    # ------------------------------------------------------------------

    @api.model
    def _section_whale(self, scope):
        from ..engine import portfolio  # numpy only when needed

        ids, profits = self._get_profits(scope)
        curve = portfolio.whale_curve(profits)
        count = len(ids)

        def money(amount):
            """Return an amount without what adding up floats has left; None of none."""
            return scope.company.currency_id.round(float(amount)) if count else None

        result = {
            "points": self._get_points(scope, ids, profits, curve),
            "count": count,
            "total": money(curve.total),
            "peak": money(curve.peak),
            "peak_rank": round(curve.peak_account_share * count),
            "given_back": money(curve.peak - curve.total),
            "gini": portfolio.gini(profits),
            "open": ["all"],
            "open_losers": ["losers"],
        }
        for share in SHARES:
            best = portfolio.best_count(count, share / 100)
            result |= {
                f"top{share}_share": portfolio.concentration(profits, share / 100),
                f"top{share}_profit": money(curve.cumulative_profit[best]),
                f"top{share}_count": best,
                f"open_top{share}": ["top", share],
            }
        return result

    @api.model
    def _get_profits(self, scope):
        """Return ids and profits of all, the most profitable first."""
        query = scope.records._search(scope.domain)
        ids, profits = SQL.identifier(query.table, "id"), SQL("profit")
        query.order = SQL("profit DESC, %s", ids)
        rows = self.env.execute_query(
            query.select(ids, SQL("COALESCE(%s, 0)::float AS profit", profits))
        )
        return list(map(list, zip(*rows, strict=True))) if rows else ([], [])

    @api.model
    def _get_points(self, scope, ids, profits, curve):
        """Return points of the curve, with whom each one adds.

        Whoever does not want to be profiled is in the curve, and not named.
        """
        from ..engine import portfolio  # numpy only when needed

        chosen = portfolio.curve_points(
            curve.cumulative_profit[1:], MOST_POINTS
        ).tolist()
        account_of, name_of = self._get_names(scope, [ids[one] for one in chosen])
        decimals = scope.company.currency_id.decimal_places
        return [
            [
                position + 1,
                round(float(curve.cumulative_profit[position + 1]), decimals),
                account_of.get(ids[position], False),
                name_of.get(ids[position]) or self.env._("Not named"),
                profits[position],
            ]
            for position in chosen
        ]

    @api.model
    def _get_names(self, scope, ids):
        """Return accounts and their names by record, of those that may be named."""
        accounts = self.env["customer.account"].with_context(active_test=False)
        if scope.run:
            rows = scope.records.browse(ids)
            account_of = {row.id: row.account_id.id for row in rows if row.account_id}
        else:
            account_of = {record_id: record_id for record_id in ids}
        named = accounts.search_fetch(
            Domain("id", "in", list(account_of.values()))
            & accounts._get_profiled_domain(),
            ["partner_id"],
        )
        names = {account.id: account.display_name for account in named}
        account_of = {one: acc for one, acc in account_of.items() if acc in names}
        return account_of, {one: names[acc] for one, acc in account_of.items()}

    # ------------------------------------------------------------------
    # What opens it
    # ------------------------------------------------------------------

    @api.model
    def _target_valued(self, scope):
        return self._open(scope, self.env._("Accounts with a lifetime value"), VALUED)

    @api.model
    def _target_losers(self, scope):
        return self._open(scope, self.env._("Accounts that cost you money"), LOSES)

    @api.model
    def _target_review(self, scope):
        """Open the run that waits; the list of them, if several do."""
        runs = self._get_runs_to_review()
        action = self._open_records(
            "customer_centricity.customer_ltv_run_action",
            self.env._("To Review"),
            Domain("id", "in", runs.ids),
        )
        if len(runs) == 1:
            forms = [view for view in action["views"] if view[1] == "form"]
            action |= {"res_id": runs.id, "views": forms, "view_mode": "form"}
        return action

    @api.model
    def _target_band(self, scope, key):
        name = self._get_title("value_band", key)
        return self._open(scope, name, ("value_band", "=", key))

    @api.model
    def _target_top(self, scope, share):
        """Open the best accounts: down to the last one, told by profit and id."""
        from ..engine import portfolio  # numpy only when needed

        self._check_choice(share, SHARES)
        ids, profits = self._get_profits(scope)
        best = portfolio.best_count(len(ids), share / 100)
        name = self.env._("The most profitable %(share)s%% of accounts", share=share)
        if not best:
            return self._open(scope, name, ("id", "in", []))
        action = self._open(scope, name)
        last, profit = ids[best - 1], profits[best - 1]
        action["domain"] = list(
            scope.domain
            & (
                Domain("profit", ">", profit)
                | Domain("profit", "=", profit) & Domain("id", "<=", last)
            )
        )
        return action
