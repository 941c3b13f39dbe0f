import math

from odoo import api, fields, models
from odoo.tools import format_date, formatLang
from odoo.tools.date_utils import relativedelta

from ..models.customer_account_statement import COSTS

# Months whose revenue and profit are drawn
MONTHS = 24
# Runs whose values are drawn
RUNS = 6
# Characters of the goodwill in words: three lines
LONGEST_SUMMARY = 150
# Where there is no figure
UNKNOWN = "–"


class CustomerAccountScorecard(models.AbstractModel):
    """The figures of a scorecard: for who may see what accounts earn and cost."""

    _inherit = "report.customer_centricity.customer_account_scorecard"

    @api.model
    def _get_figures(self, accounts):
        """Return what managers are told of each account, in the order of accounts.

        :return: list of dict of

            - window: the months that the figures are of, in words
            - tiles: list of dict of name, text, and what it is beside; the first
              things one looks at
            - statement, months: drawings of revenue, costs and profit
            - value: dict of drawings of the value and of that in the last runs
              (history), how it came about (reason) and in words (summary)
            - hours: drawing of the hours used
            - goodwill: the index in words
            - notes: list of texts, what the figures rest on
        """
        months = self._get_months(accounts)
        values = (
            self.env["customer.account.value"]
            .search([("account_id", "in", accounts.ids)])
            .grouped("account_id")
        )
        runs = self._get_runs(accounts)
        return [
            {
                "window": account.window_label,
                "tiles": self._get_tiles(account),
                "statement": self._get_statement(account),
                "months": self._draw_months(account, months),
                "value": self._get_value(
                    account, values.get(account), runs.get(account, [])
                ),
                "hours": self._draw_hours(account),
                "goodwill": self._shorten(account.goodwill_summary, LONGEST_SUMMARY),
                "notes": self._get_notes(account),
            }
            for account in accounts
        ]

    # ------------------------------------------------------------------
    # The first things one looks at
    # ------------------------------------------------------------------

    @api.model
    def _get_tiles(self, account):
        tiles = [
            *self._get_money_tiles(account),
            *self._get_relation_tiles(account),
            self._get_hours_tile(account),
        ]
        return [
            {"name": name, "text": text, "beside": beside}
            for name, text, beside in tiles
        ]

    @api.model
    def _get_money_tiles(self, account):
        """Return what the account brings, and what it is expected to."""
        money = account._format_money
        is_valued = self._is_valued(account)
        return [
            (
                self.env._("Profit"),
                money(account.profit),
                self.env._(
                    "%(rate)s of %(revenue)s",
                    rate=self._format_rate(account.profit, account.revenue),
                    revenue=money(account.revenue),
                ),
            ),
            (
                self.env._("Lifetime value"),
                money(account.lifetime_value) if is_valued else UNKNOWN,
                self.env._("over %s", account._get_horizon_in_words())
                if is_valued
                else self.env._("not forecast"),
            ),
        ]

    @api.model
    def _is_valued(self, account):
        return account.value_status and account.value_status != "opted_out"

    @api.model
    def _get_relation_tiles(self, account):
        """Return whether it is still a customer, and how it stands to us."""
        has_alive = self._is_valued(account) and account.value_status not in (
            "typed",
            "no_purchase",
        )
        return [
            (
                self.env._("Still a customer"),
                # nothing about people is certain
                f"{min(99, max(1, round(100 * account.probability_alive)))}%"
                if has_alive
                else UNKNOWN,
                self._get_label(account, "value_status") or "",
            ),
            (
                self.env._("Goodwill"),
                str(round(account.goodwill)) if account.has_goodwill else UNKNOWN,
                self._get_goodwill_change(account),
            ),
            (self.env._("Would recommend us"), *self._get_nps(account)),
        ]

    @api.model
    def _get_hours_tile(self, account):
        return (
            self.env._("Hours this month"),
            self._format_number(account.month_hours),
            self.env._("of %s included", self._format_number(account.included_hours))
            if account.included_hours
            else self.env._("none included"),
        )

    @api.model
    def _get_nps(self, account):
        """Return the score of an account, and of how many it is."""
        heard = self.env._("%s contacts heard", account.nps_answer_count)
        if account.nps_answer_count < 2:
            return UNKNOWN, account.nps_label or heard
        score, _comma, beside = account.nps_label.partition(", ")
        return score, beside or heard

    @api.model
    def _get_goodwill_change(self, account):
        if not account.has_goodwill:
            return self.env._("nothing to go by")
        if not account.has_goodwill_change:
            return self.env._("of 100")
        change = round(account.goodwill_change)
        return self.env._("of 100, %s in a year", f"{change:+d}" if change else "±0")

    @api.model
    def _format_number(self, value):
        return self.env["customer.metric"]._format_number(value)

    @api.model
    def _format_rate(self, part, whole):
        """Return a share in words; of nothing there is none, nor of less."""
        return f"{round(100 * part / whole)}%" if whole > 0 else "–"

    # ------------------------------------------------------------------
    # Profit
    # ------------------------------------------------------------------

    @api.model
    def _get_statement(self, account):
        """Return the drawing from revenue to profit, of the window."""
        labels = account._get_figure_labels()
        steps = [("revenue", account.revenue, True)]
        # what it never cost is left out; product cost stays: it may be missing
        steps += [
            (name, -account[name], False)
            for name in COSTS
            if account[name] or name == "product_cost"
        ]
        rows = [
            (labels[name], amount, account._format_money(amount), total)
            for name, amount, total in steps
        ]
        profit = self.env._("Profit")
        rows.append(
            (profit, account.profit, account._format_money(account.profit), True)
        )
        told = ", ".join(f"{name}: {text}" for name, _amount, text, _total in rows)
        label = self.env._("From revenue to profit. %s", told)
        return self.env["customer.chart"]._draw_waterfall(rows, label)

    @api.model
    def _get_months(self, accounts):
        """Return {(account, month): (revenue, profit)} of all the months drawn."""
        windows = [
            accounts._get_window(company.sudo())  # sudo: a setting, not a figure
            for company in accounts.company_id
        ]
        rows = self.env["customer.profit.month"]._read_group(
            [
                ("account_id", "in", accounts.ids),
                (
                    "month",
                    ">=",
                    min(end for _start, end in windows) - relativedelta(months=MONTHS),
                ),
                ("month", "<", max(end for _start, end in windows)),
            ],
            ["account_id", "month:day"],
            ["revenue:sum", "profit:sum"],
        )
        return {
            (account, month): (revenue, profit)
            for account, month, revenue, profit in rows
        }

    @api.model
    def _draw_months(self, account, months):
        # sudo: the window is a setting, not a figure
        _start, end = account._get_window(account.company_id.sudo())
        starts = [end - relativedelta(months=back) for back in range(MONTHS, 0, -1)]
        rows = [months.get((account, start), (0.0, 0.0)) for start in starts]
        return self.env["customer.chart"]._draw_columns(
            starts,
            [list(column) for column in zip(*rows, strict=True)],
            [self.env._("Revenue"), self.env._("Profit")],
            self.env._(
                "Revenue and profit of the last %(count)s closed months, until "
                "%(month)s",
                count=MONTHS,
                month=format_date(self.env, starts[-1], date_format="MMMM yyyy"),
            ),
            height=116,
        )

    # ------------------------------------------------------------------
    # Value
    # ------------------------------------------------------------------

    @api.model
    def _get_value(self, account, explained, runs):
        if not self._is_valued(account):
            return {
                "chart": False,
                "history": False,
                "reason": False,
                "summary": account.value_summary,
            }
        amounts = (
            account.lifetime_value,
            account.lifetime_value_low,
            account.lifetime_value_high,
        )
        texts = [account._format_money(amount) for amount in amounts]
        label = self.env._(
            "Lifetime value: %(value)s, between %(low)s and %(high)s",
            **dict(zip(("value", "low", "high"), texts, strict=True)),
        )
        return {
            "chart": self.env["customer.chart"]._draw_interval(*amounts, texts, label),
            "history": self._draw_runs(account, runs),
            "reason": self._get_value_reason(account, explained),
            "summary": account.value_summary,
        }

    @api.model
    def _get_value_reason(self, account, explained):
        """Return how the value came about; nothing of one that was set by hand."""
        if not explained or account.value_status in ("typed", "no_purchase"):
            return False
        if not explained.expected_orders:
            return False
        return self.env._(
            "%(orders)s orders expected × %(profit)s of profit each × %(discount)s "
            "for later money being worth less.",
            orders=self._format_number(explained.expected_orders),
            profit=account._format_money(explained.order_profit),
            discount=formatLang(self.env, explained.discount, digits=2),
        )

    @api.model
    def _get_runs(self, accounts):
        """Return {account: its snapshots of the last applied runs, the latest last}."""
        snapshots = self.env["customer.account.snapshot"].search_fetch(
            [("account_id", "in", accounts.ids), ("run_id.state", "=", "applied")],
            ["account_id", "run_id", "lifetime_value", "new_tier_id", "movement"],
        )
        runs = {}
        for snapshot in snapshots.sorted(lambda one: (one.run_date, one.run_id.id)):
            runs.setdefault(snapshot.account_id, []).append(snapshot)
        return {account: found[-RUNS:] for account, found in runs.items()}

    @api.model
    def _draw_runs(self, account, runs):
        amounts = [account._format_money(one.lifetime_value) for one in runs]
        tiers = [self._shorten(one.new_tier_id.name, 8) for one in runs]
        # amounts of many would run into each other
        above, below = (tiers, None) if len(runs) > 4 else (amounts, tiers)
        return self.env["customer.chart"]._draw_line(
            [snapshot.lifetime_value for snapshot in runs],
            [snapshot.run_date for snapshot in runs],
            above,
            self.env._(
                "Lifetime value and tier in the last runs: %s",
                ", ".join(map(" ".join, zip(tiers, amounts, strict=True))),
            ),
            below,
        )

    # ------------------------------------------------------------------
    # Service, and what the figures rest on
    # ------------------------------------------------------------------

    @api.model
    def _draw_hours(self, account):
        label = self.env._(
            "%(used)s of %(included)s included hours used this month",
            used=self._format_number(account.month_hours),
            included=self._format_number(account.included_hours),
        )
        return self.env["customer.chart"]._draw_gauge(
            account.month_hours, account.included_hours, label
        )

    @api.model
    def _get_notes(self, account):
        """Return what one has to know before relying on the figures."""
        notes = []
        estimated = math.ceil(100 * account.cost_estimated_rate)
        if estimated > 0:
            notes.append(
                self.env._("%s%% of the product cost is an estimate.", estimated)
            )
        if account.uncosted_revenue:
            notes.append(
                self.env._(
                    "Goods of %s were sold whose cost nobody has entered.",
                    account._format_money(account.uncosted_revenue),
                )
            )
        if account.uncosted_hours:
            notes.append(
                self.env._(
                    "%s hours of people without an hourly cost count as free.",
                    self._format_number(account.uncosted_hours),
                )
            )
        # sudo: when figures were taken is no figure
        refreshed = account.company_id.sudo().customer_refresh_date
        if refreshed:
            # the day that it was where the reader is, as in the head of the page
            day = fields.Datetime.context_timestamp(self, refreshed).date()
            notes.append(self.env._("Figures as of %s.", format_date(self.env, day)))
        return notes
