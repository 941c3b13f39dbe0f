from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date
from odoo.tools.date_utils import relativedelta
from odoo.tools.misc import format_amount

from .customer_chart import GAIN, LIGHT, LOSS

# Accounts of one document: more would take minutes, and nobody would read them
MOST_ACCOUNTS = 200
# Quarters of which it is told what the account did
QUARTERS = 8
# What of each list has room on the page
MOST_INTENTS = 2
MOST_OUTCOMES = 2
MOST_LINES = 3
MOST_ACTIVITIES = 2
# Characters of what people have written: two lines, one, and one of half the column
LONGEST_TEXT = 110
LONGEST_NAME = 44
LONGEST_LINE = 36


class CustomerAccountScorecard(models.AbstractModel):
    """Account scorecards: what a meeting needs to know of an account, on one page.

    One report for all roles. What a salesperson gets is put together without figures
    of money, costs and hours, here; the template shows what it is given. Whatever the
    number of accounts, it takes the same number of queries.
    """

    _name = "report.customer_centricity.customer_account_scorecard"
    _description = "Account Scorecard"

    @api.model
    def _get_report_values(self, docids, data=None):
        """Return what the template shows of each account, in the order given."""
        accounts = self._get_accounts(docids)
        return {
            "doc_ids": accounts.ids,
            "doc_model": accounts._name,
            "docs": accounts,
            "scorecards": self._get_scorecards(accounts),
            "report_type": (data or {}).get("report_type"),
            **self._get_sheet_values(),
        }

    @api.model
    def _get_accounts(self, docids):
        """Return the accounts to tell of; refuse too many, and those not to be read."""
        accounts = self.env["customer.account"].browse(docids).exists()
        self._check_count(len(accounts))
        accounts.check_access("read")
        return accounts

    @api.model
    def _check_count(self, count):
        if not count:
            raise UserError(
                self.env._("Choose the accounts to print: none is selected any more.")
            )
        if count > MOST_ACCOUNTS:
            raise UserError(
                self.env._(
                    "%(count)s accounts are too many for one document: at most "
                    "%(most)s can be printed at once. Choose fewer, for example by a "
                    "filter.",
                    count=count,
                    most=MOST_ACCOUNTS,
                )
            )

    @api.model
    def _get_sheet_values(self):
        """Return what the sheets of all our reports have in common."""
        return {
            "lang": self.env.lang or self.env.user.lang,
            "today": self.env._(
                "Printed on %s", format_date(self.env, fields.Date.context_today(self))
            ),
            "confidential": self.env._("Confidential: for people within the company."),
        }

    # ------------------------------------------------------------------
    # What is told of each account
    # ------------------------------------------------------------------

    @api.model
    def _get_scorecards(self, accounts):
        """Return the contents of the page of each account, in the order of accounts.

        :return: list of dict of

            - account, company, name, lines: whose it is, and what one says of it first
            - next, behaviours: what to aim for, and what it did in the last quarters
            - voice: what its contacts say
            - intents, decision, exchange, activities: what is wanted, decided, given
              and got, and planned
            - hours: how the hours of the month stand
            - figures: all money, costs and hours, see
              ``customer_account_scorecard_figures.py``; False for who may not see them
        """
        figures = self._may_see_figures()
        told = dict(
            zip(
                accounts,
                self._get_figures(accounts) if figures else [False] * len(accounts),
                strict=True,
            )
        )
        behaviours = self._get_behaviours(accounts)
        return [
            {
                "account": account,
                "company": account.company_id,
                "name": account.display_name,
                "lines": self._get_head_lines(account),
                "next": self._get_next(account),
                "behaviours": behaviours[account],
                "voice": self._get_voice(account, figures),
                "intents": self._get_intents(account.intent_ids, figures),
                "decision": self._get_decision(account, figures),
                "exchange": self._get_exchange(account.exchange_id, figures),
                "activities": self._get_activities(account),
                "hours": self._get_label(account, "hours_status"),
                "figures": told[account],
            }
            for account in accounts
        ]

    @api.model
    def _may_see_figures(self):
        accounts = self.env["customer.account"]
        return accounts._has_field_access(accounts._fields["profit"], "read")

    @api.model
    def _get_label(self, record, name):
        """Return the value of a selection field in words; False without one."""
        if not record[name]:
            return False
        field = record._fields[name]
        return dict(field._description_selection(self.env)).get(record[name])

    @api.model
    def _format_money(self, amount, currency):
        """Return an amount as people say it: whole, with its currency."""
        return format_amount(self.env, round(amount), currency, trailing_zeroes=False)

    @api.model
    def _shorten(self, text, length=LONGEST_TEXT):
        return self.env["customer.chart"]._shorten(text, length)

    @api.model
    def _get_head_lines(self, account):
        """Return pairs of a name, and what the account has by it."""
        names = (
            "tier_id",
            "service_level_id",
            "group_id",
            "user_id",
            "lifecycle_stage",
            "value_band",
            "first_order_date",
        )
        lines = []
        for name in names:
            field = account._fields[name]
            if field.type == "many2one":
                text = account[name].display_name
            elif field.type == "date":
                text = account[name] and format_date(self.env, account[name])
            else:
                text = self._get_label(account, name)
            label = field._description_string(self.env)
            lines.append((label, self._shorten(text, 26) or "–"))
        return lines

    @api.model
    def _get_next(self, account):
        """Return what to aim for with the account, and why; False without advice."""
        behaviour = self._get_label(account, "next_behaviour")
        return behaviour and {
            "name": behaviour,
            "reason": self._shorten(account.next_behaviour_reason),
        }

    @api.model
    def _get_behaviours(self, accounts):
        """Return {account: drawing of which behaviour it showed in which quarter}."""
        today = fields.Date.context_today(self)
        first = today.replace(day=1, month=(today.month - 1) // 3 * 3 + 1)
        quarters = [
            first - relativedelta(months=3 * back) for back in reversed(range(QUARTERS))
        ]
        Behaviour = self.env["customer.behaviour"]
        seen = {
            (account, quarter, kind)
            for account, quarter, kind in Behaviour._read_group(
                [("account_id", "in", accounts.ids), ("quarter", ">=", quarters[0])],
                ["account_id", "quarter:day", "kind"],
            )
        }
        kinds = Behaviour._fields["kind"]._description_selection(self.env)
        columns = [
            format_date(
                self.env,
                quarter,
                # with its year where that begins: there is no room for each of them
                date_format="QQQ yy" if quarter.month == 1 else "QQQ",
            )
            for quarter in quarters
        ]
        chart = self.env["customer.chart"]
        label = self.env._("What the account did, by quarter")
        return {
            account: chart._draw_grid(
                [
                    (
                        name,
                        [(account, quarter, kind) in seen for quarter in quarters],
                    )
                    for kind, name in kinds
                ],
                columns,
                label,
            )
            for account in accounts
        }

    @api.model
    def _get_voice(self, account, figures):
        """Return what the contacts of an account say; also if nobody said anything."""
        return {
            **self._get_answers(account),
            "name": self._get_label(account, "voice"),
            "comment": self._shorten(account.voice_comment),
            "advice": self._get_label(account, "advocacy") if figures else False,
            "referrals": account.referral_count,
        }

    @api.model
    def _get_answers(self, record):
        """Return the answers of an account or a group, drawn and in words."""
        counts = (
            (record.promoter_count, self.env._("Promoters"), GAIN),
            (record.passive_count, self.env._("Passives"), LIGHT),
            (record.detractor_count, self.env._("Detractors"), LOSS),
        )
        parts = [(count, f"{name}: {count}", color) for count, name, color in counts]
        label = self.env._(
            "Answers: %s", ", ".join(name for _count, name, _color in parts)
        )
        return {
            "label": record.nps_label,
            "chart": self.env["customer.chart"]._draw_stack(parts, label),
        }

    # ------------------------------------------------------------------
    # What is wanted, decided, exchanged and planned
    # ------------------------------------------------------------------

    @api.model
    def _get_intents(self, intents, figures, most=MOST_INTENTS):
        """Return the first intents with what is expected of them, and how many more."""
        return {
            "intents": [
                {
                    "kind": self._get_label(intent, "kind"),
                    "name": self._shorten(intent.name, LONGEST_NAME),
                    "owner": intent.user_id.display_name,
                    "outcomes": [
                        self._get_outcome(outcome, figures)
                        for outcome in intent.outcome_ids[:MOST_OUTCOMES]
                    ],
                }
                for intent in intents[:most]
            ],
            "more": max(len(intents) - most, 0),
        }

    @api.model
    def _get_outcome(self, outcome, figures):
        """Return what is expected; salespeople get no figures, but how it stands."""
        told = {
            "metric": outcome.metric_id.name,
            "state": self._get_label(outcome, "state"),
            "day": outcome.target_date and format_date(self.env, outcome.target_date),
        }
        if figures:
            told["figures"] = self.env._(
                "now %(value)s, wanted %(target)s",
                value=outcome.value_text or "–",
                target=outcome.target_text or "–",
            )
        return told

    @api.model
    def _get_decision(self, account, figures):
        """Return the open case of an account; False without one."""
        case = account.decision_id
        if not case:
            return False
        told = {
            "state": self._get_label(case, "state"),
            "option": case.option_id.rung_id.name,
            "owner": case.user_id.display_name,
            "since": format_date(self.env, case.stage_date),
            "review": case.review_date and format_date(self.env, case.review_date),
        }
        if figures:
            told["stake"] = account._format_money(case.stake_amount)
            told["promised"] = (
                account._format_money(case.expected_gain)
                if case.expected_gain
                else False
            )
        return told

    @api.model
    def _get_exchange(self, exchange, figures):
        """Return what we give and get, and how it is weighed; False without any."""
        if not exchange:
            return False
        sides = [
            {
                "title": exchange._fields[name]._description_string(self.env),
                "names": [
                    self._shorten(line.name, LONGEST_LINE)
                    for line in exchange[name][:MOST_LINES]
                ],
                "more": max(len(exchange[name]) - MOST_LINES, 0),
                "score": self._get_points(exchange, score) if figures else False,
            }
            for name, score in (
                ("give_line_ids", "give_score"),
                ("get_line_ids", "get_score"),
            )
        ]
        return {"verdict": self._get_label(exchange, "verdict"), "sides": sides}

    @api.model
    def _get_points(self, exchange, name):
        if exchange.verdict == "unknown":
            return False
        return self.env._("%s of 10 points", f"{exchange[name]:.1f}")

    @api.model
    def _get_activities(self, account):
        """Return what is planned next with the account."""
        return [
            {
                "day": format_date(self.env, activity.date_deadline),
                "name": self._shorten(
                    activity.summary or activity.activity_type_id.name, LONGEST_NAME
                ),
                "owner": activity.user_id.display_name,
            }
            for activity in account.activity_ids[:MOST_ACTIVITIES]
        ]
