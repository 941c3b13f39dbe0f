from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date, formatLang
from odoo.tools.date_utils import relativedelta

# Quarters whose revenue and profit are drawn
QUARTERS = 8
# Months whose value is drawn
VALUES = 6
# Accounts named at either end
NAMED = 5
MOST_INTENTS = 3
LONGEST_STORY = 420
# From the best tier to the worst; printed without colours they are told apart by turns
SHADES = ("#1f4e5f", "#98a2ab", "#4f7f8f", "#d5dade", "#6c757d", "#b9c8cf")
TIER_UNKNOWN = "#f1f3f5"


class CustomerGroupOnePager(models.AbstractModel):
    """What a meeting needs to know of a customer group, on one page.

    The figures are those of the members in the current company, parts of the group
    included. Salespeople get the page without money.
    """

    _name = "report.customer_centricity.customer_group_one_pager"
    _description = "Group One-Pager"

    @api.model
    def _get_report_values(self, docids, data=None):
        """Return what the template shows of each group, in the order given."""
        groups = self.env["customer.group"].browse(docids).exists()
        scorecard = self.env["report.customer_centricity.customer_account_scorecard"]
        scorecard._check_count(len(groups))
        groups.check_access("read")
        return {
            "doc_ids": groups.ids,
            "doc_model": groups._name,
            "docs": groups,
            "pages": self._get_pages(groups),
            "company": self.env.company,
            "report_type": (data or {}).get("report_type"),
            **scorecard._get_sheet_values(),
        }

    @api.model
    def _get_pages(self, groups):
        """Return the contents of the page of each group, in the order of groups.

        :return: list of dict of

            - group, name, story, traits: who they are
            - tiers: drawing of how many members are in which tier
            - voice, intents, exchange: as of the scorecard of an account
            - figures: all money, see ``_get_figures``; False for who may not see it
        """
        scorecard = self.env["report.customer_centricity.customer_account_scorecard"]
        shows_figures = scorecard._may_see_figures()
        company = self.env.company
        parts = groups._get_parts()
        tiers = self._get_tiers(parts)
        exchanges = groups._get_exchanges(company)
        figures = self._get_figures(groups, parts) if shows_figures else {}
        pages = []
        for group in groups:
            intents = group.running_intent_ids.filtered(
                lambda intent: intent.company_id == company
            )
            exchange = exchanges.get(group)
            pages.append(
                {
                    "group": group,
                    "name": group.name,
                    "story": scorecard._shorten(group.story, LONGEST_STORY),
                    "traits": self._get_traits(group),
                    "tiers": self._draw_tiers(tiers[group]),
                    "voice": {
                        **scorecard._get_answers(group),
                        "parts": group.nps_parts,
                    },
                    "intents": scorecard._get_intents(
                        intents, shows_figures, MOST_INTENTS
                    ),
                    "exchange": exchange
                    and {
                        **scorecard._get_exchange(exchange, shows_figures),
                        "explanation": scorecard._shorten(exchange.explanation, 260)
                        if shows_figures
                        else False,
                    },
                    "figures": figures.get(group, False),
                }
            )
        return pages

    @api.model
    def _get_traits(self, group):
        """Return pairs of a name and what the group has by it, where there is any."""
        names = {
            "behaviour_ids": self.env._("They"),
            "value_ids": self.env._("They care for"),
            "channel_ids": self.env._("Channels"),
        }
        traits = [
            (label, ", ".join(group[name].mapped("name")))
            for name, label in names.items()
        ]
        scorecard = self.env["report.customer_centricity.customer_account_scorecard"]
        relationship = scorecard._get_label(group, "relationship_type")
        traits.append((self.env._("Relationship"), relationship))
        return [(label, scorecard._shorten(text)) for label, text in traits if text]

    # ------------------------------------------------------------------
    # Tiers
    # ------------------------------------------------------------------

    @api.model
    def _get_tiers(self, parts):
        """Return {group: {tier: how many of its members are in it}}."""
        own = {}
        for group, tier, count in self.env["customer.account"]._read_group(
            self._get_member_domain(parts), ["group_id", "tier_id"], ["__count"]
        ):
            own.setdefault(group, {})[tier] = count
        tiers = {}
        for group, of_group in parts.items():
            counts = tiers.setdefault(group, {})
            for part in of_group:
                for tier, count in own.get(part, {}).items():
                    counts[tier] = counts.get(tier, 0) + count
        return tiers

    @api.model
    def _get_member_domain(self, parts):
        group_ids = [part.id for of_group in parts.values() for part in of_group]
        return Domain("group_id", "in", group_ids) & Domain(
            "company_id", "=", self.env.company.id
        )

    @api.model
    def _draw_tiers(self, counts):
        """Return the drawing of a group's tiers, the best first."""
        if not counts:
            return False
        # of no tier last
        tiers = sorted(counts, key=lambda tier: (not tier, tier.sequence, tier.id))
        rows = [
            (
                counts[tier],
                f"{tier.name or self.env._('No tier')}: {counts[tier]}",
                SHADES[place % len(SHADES)] if tier else TIER_UNKNOWN,
            )
            for place, tier in enumerate(tiers)
        ]
        label = self.env._("Tiers: %s", ", ".join(name for _n, name, _c in rows))
        return self.env["customer.chart"]._draw_stack(rows, label)

    # ------------------------------------------------------------------
    # Figures
    # ------------------------------------------------------------------

    @api.model
    def _get_figures(self, groups, parts):
        """Return what managers are told of each group.

        :return: {group: dict of tiles, quarters and history (drawings), best and worst
            (lists of dict of name, tier, profit, is_loss and value)}
        """
        quarters = self._get_quarters(parts)
        ends = self._get_ends(parts)
        history = self._get_history(groups)
        return {
            group: {
                "tiles": self._get_tiles(group),
                "quarters": self._draw_quarters(parts[group], quarters),
                "history": self._draw_history(history.get(group, [])),
                **ends[group],
            }
            for group in groups
        }

    @api.model
    def _get_tiles(self, group):
        scorecard = self.env["report.customer_centricity.customer_account_scorecard"]

        def money(amount):
            return scorecard._format_money(amount, group.currency_id)

        def share(rate):
            return self.env._("%s of the company's", f"{round(100 * rate)}%")

        tiles = [
            (
                self.env._("Accounts"),
                formatLang(self.env, group.account_count, digits=0),
                self.env._("with all parts"),
            ),
            (
                self.env._("Revenue"),
                money(group.revenue),
                self.env["customer.account"]._get_window_label(self.env.company),
            ),
            (
                self.env._("Profit"),
                money(group.profit),
                self.env._(
                    "%s of the revenue",
                    scorecard._format_rate(group.profit, group.revenue),
                ),
            ),
            (
                self.env._("Lifetime value"),
                money(group.lifetime_value),
                share(group.value_share),
            ),
            (
                self.env._("Value per account"),
                money(group.mean_lifetime_value) if group.account_count else "–",
                self.env._("on average"),
            ),
            (
                self.env._("Losses"),
                f"{round(100 * group.loss_share)}%",
                self.env._("of what all losing accounts lose"),
            ),
        ]
        return [
            {"name": name, "text": text, "beside": beside}
            for name, text, beside in tiles
        ]

    @api.model
    def _get_quarter_starts(self):
        """Return the first days of the quarters drawn, the last one under way."""
        today = fields.Date.context_today(self)
        first = today.replace(day=1, month=(today.month - 1) // 3 * 3 + 1)
        return [
            first - relativedelta(months=3 * back) for back in reversed(range(QUARTERS))
        ]

    @api.model
    def _get_quarters(self, parts):
        """Return {(group id, first day of a quarter): (revenue, profit)} of members."""
        months = self.env["customer.profit.month"]
        months.check_access("read")
        self.env.flush_all()
        members = self.env["customer.account"]._search(self._get_member_domain(parts))
        table = members.table
        rows = self.env.execute_query(
            SQL(
                """
                SELECT member.group_id, date_trunc('quarter', month.month)::date,
                       SUM(month.revenue), SUM(month.profit)
                  FROM customer_profit_month month
                  JOIN (%(members)s) member ON member.id = month.account_id
                 WHERE month.month >= %(first)s
                 GROUP BY 1, 2
                """,
                members=members.select(
                    SQL.identifier(table, "id"), SQL.identifier(table, "group_id")
                ),
                first=self._get_quarter_starts()[0],
            )
        )
        return {
            (group_id, quarter): (float(revenue), float(profit))
            for group_id, quarter, revenue, profit in rows
        }

    @api.model
    def _draw_quarters(self, of_group, quarters):
        starts = self._get_quarter_starts()
        series = [
            [
                sum(quarters.get((part.id, start), (0, 0))[place] for part in of_group)
                for start in starts
            ]
            for place in range(2)
        ]
        return self.env["customer.chart"]._draw_columns(
            starts,
            series,
            [self.env._("Revenue"), self.env._("Profit")],
            self.env._("Revenue and profit by quarter, the last one under way"),
            date_format="QQQ",
            is_last_open=True,
        )

    @api.model
    def _get_ends(self, parts):
        """Return {group: its most and its least profitable accounts}.

        None of customers who do not want to be profiled. Of few members the better
        half is at one end, and the others at the other; who has no profit is never
        among the most profitable.
        """
        rows = self._rank_members(parts)
        # so that all of them are read at once
        accounts = self.env["customer.account"].browse(
            [account_id for _group, account_id, _is in rows]
        )
        ends = {group: {"best": [], "worst": []} for group in parts}
        for (group_id, _account, is_best), account in zip(rows, accounts, strict=True):
            group = self.env["customer.group"].browse(group_id)
            ends[group]["best" if is_best else "worst"].append(self._tell(account))
        for end in ends.values():
            end["worst"].reverse()
        return ends

    @api.model
    def _rank_members(self, parts):
        """Return the members at either end of each group, the most profitable first.

        :return: list of (group id, account id, whether it is of the better half)
        """
        accounts = self.env["customer.account"]
        members = accounts._search(
            accounts._get_profiled_domain() & self._get_member_domain(parts)
        )
        pairs = [
            (group.id, part.id) for group, found in parts.items() for part in found
        ]
        table = members.table
        return self.env.execute_query(
            SQL(
                """
                SELECT group_id, id, %(is_best)s
                  FROM (
                      SELECT pair.group_id, member.id, member.profit,
                             COUNT(*) OVER (PARTITION BY pair.group_id) AS members,
                             ROW_NUMBER() OVER (
                                 PARTITION BY pair.group_id
                                 ORDER BY member.profit DESC, member.id
                             ) AS place
                        FROM unnest(%(groups)s::int[], %(parts)s::int[])
                             AS pair (group_id, part_id)
                        JOIN (%(members)s) member ON member.group_id = pair.part_id
                       WHERE member.profit IS NOT NULL
                  ) ranked
                 WHERE CASE WHEN %(is_best)s THEN place <= %(named)s
                            ELSE place > members - %(named)s END
                 ORDER BY group_id, place
                """,
                is_best=SQL("(place <= (members + 1) / 2 AND profit > 0)"),
                named=NAMED,
                groups=[group_id for group_id, _part in pairs],
                parts=[part_id for _group, part_id in pairs],
                members=members.select(
                    *(
                        SQL.identifier(table, name)
                        for name in ("id", "group_id", "profit")
                    )
                ),
            )
        )

    @api.model
    def _tell(self, account):
        scorecard = self.env["report.customer_centricity.customer_account_scorecard"]
        return {
            "name": scorecard._shorten(account.display_name, 34),
            "tier": account.tier_id.name or "–",
            "profit": account._format_money(account.profit),
            "is_loss": account.profit < 0,
            "value": account._format_money(account.lifetime_value),
        }

    @api.model
    def _get_history(self, groups):
        """Return {group: its last months of the current company, the latest last}."""
        months = self.env["customer.group.history"].search_fetch(
            [
                ("group_id", "in", groups.ids),
                ("company_id", "=", self.env.company.id),
                (
                    "month",
                    ">",
                    fields.Date.context_today(self) - relativedelta(months=VALUES),
                ),
            ],
            ["group_id", "month", "lifetime_value"],
            order="month",
        )
        return months.grouped("group_id")

    @api.model
    def _draw_history(self, months):
        scorecard = self.env["report.customer_centricity.customer_account_scorecard"]
        return self.env["customer.chart"]._draw_line(
            [month.lifetime_value for month in months],
            [month.month for month in months],
            [
                scorecard._format_money(month.lifetime_value, month.currency_id)
                for month in months
            ],
            self.env._(
                "Lifetime value of the group, %s",
                ", ".join(format_date(self.env, month.month) for month in months),
            ),
        )
