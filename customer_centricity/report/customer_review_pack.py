from odoo import api, models
from odoo.tools import formatLang

# Amounts that are added up
SUMS = ("revenue", "profit", "lifetime_value")
# What became of accounts in the last run, as it is told beside their tier
SIGNS = {"entered": "▲", "up": "▲", "down": "▼", "left": "▼", "same": ""}


class CustomerReviewPack(models.AbstractModel):
    """A pack for a meeting: chosen accounts in one document, a summary before all.

    Accounts of several companies stand in one pack; what is added up is of one company.
    """

    _name = "report.customer_centricity.customer_review_pack"
    _description = "Review Pack"

    @api.model
    def _get_report_values(self, docids, data=None):
        """Return what the template shows: the summary, and the pages of scorecards."""
        scorecard = self.env["report.customer_centricity.customer_account_scorecard"]
        values = scorecard._get_report_values(docids, data)
        accounts = values["docs"]
        figures = scorecard._may_see_figures()
        latest = self._get_latest(accounts) if figures else {}
        companies = accounts.company_id
        return {
            **values,
            "company": companies[0] if len(companies) == 1 else self.env.company,
            "count": len(accounts),
            "author": self.env.user.name,
            "has_figures": figures,
            "lines": self._get_lines(accounts, figures, latest),
            "totals": self._get_totals(accounts, latest) if figures else [],
            "movements": self._get_movements(latest),
        }

    @api.model
    def _get_lines(self, accounts, figures, latest):
        """Return a row of the summary an account, in the order of accounts.

        :return: list of dict of text: name, tier, sign, level, manager, stage, next,
            voice, decision; of managers also revenue, profit, rate, value, and change:
            of the value since the last applied run, of those that were in it
        """
        scorecard = self.env["report.customer_centricity.customer_account_scorecard"]
        lines = []
        for account in accounts:
            line = {
                "name": scorecard._shorten(account.display_name, 38),
                "tier": account.tier_id.name or "–",
                "sign": SIGNS[latest[account].movement] if account in latest else "",
                "level": account.service_level_id.name or "–",
                "manager": scorecard._shorten(account.user_id.name, 20) or "–",
                "stage": scorecard._get_label(account, "lifecycle_stage") or "–",
                "next": scorecard._get_label(account, "next_behaviour") or "–",
                "voice": scorecard._get_label(account, "voice") or "–",
                "decision": scorecard._get_label(account.decision_id, "state") or "",
            }
            if figures:
                line |= {
                    "revenue": account._format_money(account.revenue),
                    "profit": account._format_money(account.profit),
                    "is_loss": account.profit < 0,
                    "rate": scorecard._format_rate(account.profit, account.revenue),
                    "value": account._format_money(account.lifetime_value)
                    if scorecard._is_valued(account)
                    else "–",
                    "change": self._format_change(account, latest),
                }
            lines.append(line)
        return lines

    @api.model
    def _format_change(self, accounts, latest):
        """Return by how much accounts are worth more than in the last applied run.

        Of those that were in it, and are of one currency.
        """
        scorecard = self.env["report.customer_centricity.customer_account_scorecard"]
        known = accounts.filtered(
            lambda one: one in latest and scorecard._is_valued(one)
        )
        if not known:
            return "–"
        change = sum(one.lifetime_value - latest[one].lifetime_value for one in known)
        text = known[0]._format_money(change)
        return f"+{text}" if round(change) > 0 else text

    @api.model
    def _get_latest(self, accounts):
        """Return {account: its snapshot of the last applied run of its company}."""
        Run = self.env["customer.ltv.run"]
        runs = Run.browse()
        for company in accounts.company_id:
            runs |= Run._get_last_applied(company)
        snapshots = self.env["customer.account.snapshot"].search_fetch(
            [("account_id", "in", accounts.ids), ("run_id", "in", runs.ids)],
            ["account_id", "movement", "lifetime_value"],
        )
        return {
            snapshot.account_id: snapshot
            for snapshot in snapshots
            if snapshot.movement in SIGNS
        }

    @api.model
    def _get_totals(self, accounts, latest):
        """Return the sums of each company's accounts; none of a single account."""
        if len(accounts) < 2:
            return []
        scorecard = self.env["report.customer_centricity.customer_account_scorecard"]
        several = len(accounts.company_id) > 1
        totals = []
        for company, group in accounts.grouped("company_id").items():
            sums = {name: sum(group.mapped(name)) for name in SUMS}
            name = (
                self.env._("%(company)s, %(count)s accounts")
                if several
                else self.env._("%(count)s accounts")
            )
            totals.append(
                {
                    "name": name % {"company": company.name, "count": len(group)},
                    "rate": scorecard._format_rate(sums["profit"], sums["revenue"]),
                    "is_loss": sums["profit"] < 0,
                    "change": self._format_change(group, latest),
                    **{
                        key: group[0]._format_money(amount)
                        for key, amount in sums.items()
                    },
                }
            )
        return totals

    @api.model
    def _get_movements(self, latest):
        """Return how many of the accounts moved in the last applied runs, in words."""
        counts = {}
        for snapshot in latest.values():
            counts[snapshot.movement] = counts.get(snapshot.movement, 0) + 1
        texts = {
            "entered": self.env._("%s entered the best tier"),
            "up": self.env._("%s rose"),
            "same": self.env._("%s stayed in their tier"),
            "down": self.env._("%s fell"),
            "left": self.env._("%s left the best tier"),
        }
        return [
            text % formatLang(self.env, counts[movement], digits=0)
            for movement, text in texts.items()
            if movement in counts
        ]
