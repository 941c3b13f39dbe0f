from datetime import timedelta

from odoo import api, models
from odoo.fields import Command
from odoo.tools import SQL
from odoo.tools.date_utils import relativedelta

from .customer_demo import QUIET
from .schedule import month_start, months_between
from .strategy import (
    GROUPS,
    INTENTS,
    PLAYS,
    VERSION_CHANGES,
    VERSION_CHANNELS,
    VERSION_GROUP,
    VERSION_REASON,
)

# What people do with groups and intents is to give people something to do.
DILIGENT = {
    **QUIET,
    "mail_activity_automation_skip": False,
    "mail_activity_quick_update": True,
}

# The figures of an account that its months add up to
ADDED_UP = (
    "revenue",
    "refund_amount",
    "profit",
    "time_cost",
    "other_cost",
    "serving_cost",
    "hours",
    "order_count",
)


class CustomerDemo(models.AbstractModel):
    """Makes the groups of the demonstration, and what is intended of them.

    A manager does all of it, with her own rights. What is told of the past was added up
    from the documents of the past: intents began with what their figures were then.
    """

    _inherit = "customer.demo"

    @api.model
    def _as_manager(self, company):
        manager = self._ref("user_manager")
        return self.with_user(manager).with_context(
            **DILIGENT, allowed_company_ids=company.ids
        )

    @api.model
    def _get_accounts(self, company, keys):
        """Return the accounts of some customers, in the order of the keys."""
        Account = self.env["customer.account"].with_context(active_test=False)
        partners = [self._ref(f"partner_{key}") for key in keys]
        found = Account.search(
            [
                ("company_id", "=", company.id),
                ("partner_id", "in", [partner.id for partner in partners]),
            ]
        ).grouped("partner_id")
        return Account.union(*(found[partner] for partner in partners))

    @api.model
    def _get_metric(self, code):
        return self._ref(f"metric_{code}")

    @api.model
    def _get_user(self, key):
        return (
            self.env.ref("base.user_admin")
            if key == "admin"
            else (self._ref(f"user_{key}"))
        )

    # ------------------------------------------------------------------
    # Groups
    # ------------------------------------------------------------------

    @api.model
    def _load_groups(self, company):
        """Make the groups; the next refresh fills those that have a rule."""
        demo = self._as_manager(company)
        groups = demo.env["customer.group"].create(
            [
                demo._prepare_group_vals(group, company, rank)
                for rank, group in enumerate(GROUPS, start=1)
            ]
        )
        self._name_records(
            {
                f"group_of_{story.key}": group
                for story, group in zip(GROUPS, groups, strict=True)
            }
        )

    @api.model
    def _prepare_group_vals(self, group, company, rank):
        return {
            "name": group.name,
            "company_id": company.id,
            "sequence": 10 * rank,
            "color": group.color,
            "user_id": self._get_user(group.user).id,
            "story": group.story,
            "behaviour_ids": self._get_tags("behaviour", group.behaviours),
            "value_ids": self._get_tags("value", group.values),
            "persona_name": group.persona,
            "persona_story": group.persona_story,
            "account_domain": str(list(group.account_domain)),
            "partner_domain": str(
                [("category_id", "in", self._ref(f"tag_{group.tag}").ids)]
                if group.tag
                else []
            ),
            "relationship_type": group.relationship,
            "channel_ids": [
                Command.link(self._ref(f"channel_{channel}").id)
                for channel in group.channels
            ],
            "touchpoint_ids": [
                Command.create(
                    {
                        "name": touchpoint.name,
                        "channel_id": self._ref(f"channel_{touchpoint.channel}").id,
                        "stage": touchpoint.stage,
                        "user_id": self._get_user(touchpoint.user).id,
                        "frequency": touchpoint.frequency,
                        "note": touchpoint.note,
                    }
                )
                for touchpoint in group.touchpoints
            ],
            "lifecycle_notes": group.lifecycle,
            "feedback": group.feedback,
            "support": group.support,
            "retention_play": group.retention,
            "loyalty_play": group.loyalty,
            "complaints": group.complaints,
            "privacy_notes": group.privacy,
        }

    @api.model
    def _get_tags(self, kind, names):
        Tag = self.env["customer.group.tag"]
        return [
            Command.link(
                (
                    Tag.search([("kind", "=", kind), ("name", "=", name)])
                    or Tag.create({"kind": kind, "name": name})
                ).id
            )
            for name in names
        ]

    @api.model
    def _fill_groups(self, company):
        """Put accounts in groups by hand, with the reason."""
        demo = self._as_manager(company)
        for story in GROUPS:
            for key, reason in (story.by_hand or {}).items():
                demo._get_accounts(company, [key]).write(
                    {
                        "group_id": demo._ref(f"group_of_{story.key}").id,
                        "group_reason": reason,
                    }
                )

    # ------------------------------------------------------------------
    # What is given and got, what is intended
    # ------------------------------------------------------------------

    @api.model
    def _load_strategy(self, company, today):
        """Make exchanges, plays and intents of groups that have members."""
        demo = self._as_manager(company)
        demo._load_exchanges(company)
        demo._load_version()
        demo._load_plays(company)
        for story in INTENTS:
            demo._load_intent(story, company, today)
        self.env["customer.account"]._update_intents(company)
        # as after each refresh
        self.env["customer.intent"]._measure_company(company)
        self._load_history(company, today)

    @api.model
    def _load_exchanges(self, company):
        for story in GROUPS:
            if story.exchange:
                exchange = self.env["customer.value.exchange"].create(
                    self._prepare_exchange_vals(story, company)
                )
                exchange.action_put_in_force()

    @api.model
    def _prepare_exchange_vals(self, story, company):
        exchange = story.exchange
        sides = (("give", exchange.gives), ("get", exchange.gets))
        return {
            "group_id": self._ref(f"group_of_{story.key}").id,
            "company_id": company.id,
            "user_id": self._get_user(story.user).id,
            "purpose": exchange.purpose,
            "receives_value": exchange.receives_value,
            "resonates": exchange.resonates,
            "most_valuable": exchange.most_valuable,
            "line_ids": [
                Command.create(self._prepare_line_vals(direction, line, sequence))
                for direction, lines in sides
                for sequence, line in enumerate(lines, start=1)
            ],
        }

    @api.model
    def _prepare_line_vals(self, direction, line, sequence):
        vals = {
            "direction": direction,
            "sequence": sequence,
            "name": line.name,
            "weight": line.weight,
            "need": line.need,
            "evidence": line.evidence,
            "kind": line.kind,
        }
        if line.cost:
            vals["cost_metric_id"] = self._get_metric(line.cost).id
        if line.metric:
            vals["metric_id"] = self._get_metric(line.metric).id
        else:
            vals["typed_score"] = line.points
        return vals

    @api.model
    def _load_version(self):
        """Keep a group as it is, and change it, so that there is what to compare."""
        group = self._ref(f"group_of_{VERSION_GROUP}").with_env(self.env)
        self.env["customer.group.keep"].create(
            {"group_id": group.id, "reason": VERSION_REASON}
        ).action_apply()
        channels = [self._ref(f"channel_{channel}").id for channel in VERSION_CHANNELS]
        group.write(
            {
                **VERSION_CHANGES,
                "channel_ids": [Command.link(channel) for channel in channels],
            }
        )

    @api.model
    def _load_plays(self, company):
        plays = self.env["customer.play"].create(
            [
                {
                    "name": name,
                    "company_id": company.id,
                    "kind": kind,
                    "description": description,
                    "step_ids": [
                        Command.create(
                            {
                                "summary": step.summary,
                                "delay_days": step.days,
                                "activity_type_id": self.env.ref(
                                    f"mail.mail_activity_data_{step.activity}"
                                ).id,
                                "responsible": step.responsible,
                            }
                        )
                        for step in steps
                    ],
                }
                for name, kind, description, steps in PLAYS.values()
            ]
        )
        self._name_records(
            {f"play_{key}": play for key, play in zip(PLAYS, plays, strict=True)}
        )

    # ------------------------------------------------------------------
    # Intents that began in the past
    # ------------------------------------------------------------------

    @api.model
    def _load_intent(self, story, company, today):
        """Make an intent with what its figures were when it began."""
        group = self._ref(f"group_of_{story.group}") if story.group else None
        accounts = (
            self.env["customer.account"].search([("group_id", "=", group.id)])
            if group
            else self._get_accounts(company, [story.customer])
        )
        start = today - relativedelta(months=story.months_ago or 0)
        end = today - relativedelta(months=story.ended_ago or 0)
        codes = [outcome.metric for outcome in story.outcomes]
        baselines = self._measure_as_of(company, codes, accounts, start)
        intent = self.env["customer.intent"].create(
            {
                "kind": story.kind,
                "name": story.name,
                "reason": story.reason,
                "user_id": self._get_user(story.user).id,
                "company_id": company.id,
                "group_id": group and group.id,
                "account_id": not group and accounts.id,
                "play_ids": [
                    Command.link(self._ref(f"play_{play}").id) for play in story.plays
                ],
                "outcome_ids": [
                    Command.create(
                        {
                            "metric_id": self._get_metric(outcome.metric).id,
                            "target": self._get_target(
                                outcome, baselines[outcome.metric]
                            ),
                            "target_date": start + relativedelta(months=outcome.months),
                        }
                    )
                    for outcome in story.outcomes
                ],
            }
        )
        if story.months_ago is not None:
            intent = intent.sudo()  # what starting and measuring write
            self._begin(intent, baselines, start)
            self._measure_way(intent, accounts, start, end)
            if story.ended_ago is None:
                self._play(intent, today)
            else:
                self._finish(intent, story.note, end)

    @api.model
    def _get_target(self, outcome, baseline):
        """Return the target of an outcome, as round as a person would say it."""
        if outcome.target is not None:
            return outcome.target
        target = baseline + outcome.change * abs(baseline)
        for least, digits in ((1000, -2), (100, -1), (3, 1)):
            if abs(target) >= least:
                return round(target, digits)
        return round(target, 2)

    @api.model
    def _measure_as_of(self, company, codes, accounts, day):
        """Measure metrics of accounts together, as they would have been on a day.

        What a metric says of the figures of accounts is asked of the months that these
        figures were added up from, which ended with the month before that day.
        """
        Metric = self.env["customer.metric"].sudo()
        Metric._flush_measured()
        self.env["customer.profit.month"].flush_model()
        end = day.replace(day=1)
        start = end - relativedelta(months=company.customer_window_months)
        expressions = Metric._pick_expressions(codes)
        [row] = self.env.execute_query(
            SQL(
                """
                SELECT %(sums)s
                  FROM (
                      SELECT account_id, %(figures)s
                        FROM customer_profit_month
                       WHERE account_id = ANY(%(accounts)s)
                         AND month >= %(start)s AND month < %(end)s
                       GROUP BY account_id
                  ) account
                """,
                sums=Metric._get_values(expressions),
                figures=SQL(", ").join(
                    SQL("SUM(%(name)s) AS %(name)s", name=SQL.identifier(name))
                    for name in ADDED_UP
                ),
                accounts=accounts.ids,
                start=start,
                end=end,
            )
        )
        return dict(zip(expressions, row, strict=True))

    @api.model
    def _begin(self, intent, baselines, start):
        """Start an intent on a past day."""
        intent._check_reason()
        for outcome in intent.outcome_ids:
            baseline = baselines[outcome.metric_id.code]
            outcome._check_target(baseline, start)
            outcome.write(
                {
                    "baseline": baseline,
                    "value": baseline,
                    "progress": 0.0,
                    "state": "on_track",
                    "measured_date": start,
                }
            )
        intent.write(
            {
                "state": "running",
                "start_date": start,
                "review_date": start + relativedelta(months=9),
            }
        )

    @api.model
    def _measure_way(self, intent, accounts, start, end):
        """Measure the outcomes of an intent at the end of each month since its start,
        and on its last day.
        """
        days = [
            month_start(end, months - 1) - timedelta(days=1)
            for months in range(months_between(start, end), 0, -1)
        ]
        for day in [*days, end]:
            values = self._measure_as_of(
                intent.company_id,
                intent.outcome_ids.metric_id.mapped("code"),
                accounts,
                day,
            )
            self._note_measured(intent.outcome_ids, values, day)

    @api.model
    def _note_measured(self, outcomes, values, day):
        """Write what outcomes were on a day; who judges them looks at the last one."""
        from ..engine import outcome as rules  # numpy only when needed

        for outcome in outcomes:
            known = ([outcome.baseline], [outcome.target])
            elapsed = rules.elapsed(
                [outcome.intent_id.start_date.toordinal()],
                [outcome.target_date.toordinal()],
                [day.toordinal()],
            )
            [progress] = rules.progress(*known, [values[outcome.metric_id.code]])
            [expected] = rules.expected(*known, elapsed)
            figures = {
                "value": values[outcome.metric_id.code],
                "progress": progress,
            }
            measure = {
                **figures,
                "month": day.replace(day=1),
                "day": day,
                "expected": expected,
            }
            outcome.write(
                {
                    **figures,
                    "measured_date": day,
                    "measure_ids": [Command.create(measure)],
                }
            )

    @api.model
    def _play(self, intent, today):
        """Give people what the plays of a running intent ask for.

        What was due before today has been done.
        """
        intent._ask_for_review()
        Step = self.env["customer.intent.step"].sudo()
        Step._note_intent(intent)
        while Step._make_next(intent):
            pass
        intent.step_ids.activity_id.filtered(
            lambda activity: activity.date_deadline < today
        )._action_done()

    @api.model
    def _finish(self, intent, note, end):
        """End an intent: what was not reached by then is missed."""
        for outcome in intent.outcome_ids:
            outcome.write(
                {
                    "state": "reached" if outcome.progress >= 1 else "missed",
                    "decided_date": end,
                }
            )
        intent.review_activity_id.unlink()
        intent.write(
            {
                "state": "ended",
                "end_date": end,
                "result": intent._suggest_result(),
                "result_note": note,
            }
        )

    # ------------------------------------------------------------------
    # What the groups were before
    # ------------------------------------------------------------------

    @api.model
    def _load_history(self, company, today):
        """Tell what today's members came to in the month after each applied run.

        The figures are those that the run has kept.
        """
        snapshots = self.env["customer.account.snapshot"].search(
            [
                ("company_id", "=", company.id),
                ("run_state", "=", "applied"),
                ("account_id.group_id", "!=", False),
            ]
        )
        history = self.env["customer.group.history"]
        for (run, group), members in snapshots.grouped(
            lambda snapshot: (snapshot.run_id, snapshot.account_id.group_id)
        ).items():
            month = run.date + timedelta(days=1)
            if month < today.replace(day=1):  # the current one is kept by the refresh
                history.create(
                    {
                        "group_id": group.id,
                        "company_id": company.id,
                        "month": month,
                        "account_count": len(members),
                        "revenue": sum(members.mapped("revenue")),
                        "profit": sum(members.mapped("profit")),
                        "lifetime_value": sum(members.mapped("lifetime_value")),
                        "losses": -sum(
                            profit for profit in members.mapped("profit") if profit < 0
                        ),
                    }
                )
        history._keep(company)
