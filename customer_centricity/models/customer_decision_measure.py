import logging

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.date_utils import relativedelta

from .customer_decision_apply import ERROR_LENGTH
from .customer_ltv_chunk import CONFLICTS

_logger = logging.getLogger(__name__)

# After how many months the effect is measured
SPANS = (3, 6, 12)
# What is read of the months before and after
MEASURED = (
    "profit_before",
    "profit_after",
    "hours_before",
    "hours_after",
    "time_cost_before",
    "time_cost_after",
)
COLUMNS = (
    *MEASURED,
    "revenue",
    "peer_count",
    "peer_change",
    "peer_fallen",
    "peer_revenue",
)


class CustomerDecisionMeasure(models.Model):
    """What a decision came to after some months, beside what was promised of it and
    beside similar accounts about which nothing was decided.

    Whole months before the one in which the change was applied are compared with as
    many after it; that month itself is of neither time. Of hours that are no longer
    spent on the account, the share that the option says people are paid for anyway is
    not recovered, as it was not promised.
    """

    _name = "customer.decision.measure"
    _inherit = ["customer.one.currency", "customer.decided.values"]
    _description = "Measured Effect of a Decision"
    _order = "decision_id, months, id"
    _rec_name = "decision_id"
    _settled = True

    decision_id = fields.Many2one(
        comodel_name="customer.decision",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    account_id = fields.Many2one(related="decision_id.account_id", store=True)
    company_id = fields.Many2one(related="decision_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id", store=True)
    kind = fields.Selection(related="decision_id.kind", store=True)
    months = fields.Integer(
        required=True,
        readonly=True,
        aggregator=None,
        help="Whole months before and after the change that are compared.",
    )
    date = fields.Date(string="Measured On", required=True, readonly=True)
    profit_before = fields.Monetary(readonly=True)
    profit_after = fields.Monetary(readonly=True)
    hours_before = fields.Float(readonly=True, digits=(16, 2))
    hours_after = fields.Float(readonly=True, digits=(16, 2))
    time_cost_before = fields.Monetary(readonly=True)
    time_cost_after = fields.Monetary(readonly=True)
    change = fields.Monetary(
        readonly=True, help="Profit after the change less profit before it."
    )
    kept_amount = fields.Monetary(
        string="Still Paid",
        readonly=True,
        help="Of the time cost that fell, beyond what it fell by for similar accounts, "
        "the share that the option says is paid anyway. The account is better off by "
        "it, the company is not.",
    )
    expected_gain = fields.Monetary(
        string="Promised", readonly=True, help="What was expected of these months."
    )
    peer_count = fields.Integer(
        string="Similar Accounts",
        readonly=True,
        aggregator="avg",
        help="Accounts of the same company and tier, with half to twice the revenue, "
        "about which nothing was decided in these months; beside an account that was "
        "at a loss before, only those that were at a loss in the same months.",
    )
    peers_change = fields.Monetary(
        string="Without a Decision",
        readonly=True,
        help="By how much the profit of similar accounts changed in the same months, "
        "for as much revenue. Nothing with fewer than five of them.",
    )
    effect_amount = fields.Monetary(
        string="Effect",
        readonly=True,
        help="The change, less what is still paid, and less what would have changed "
        "without a decision: money that the company has recovered.",
    )
    summary = fields.Char(string="In Words", compute="_compute_summary")

    _decision_months_unique = models.Constraint(
        "UNIQUE(decision_id, months)",
        "The effect of a decision is measured once for each time.",
    )

    @api.depends(
        "effect_amount",
        "expected_gain",
        "change",
        "kept_amount",
        "peers_change",
        "peer_count",
    )
    def _compute_summary(self):
        for measure in self:
            measure.summary = measure._get_words()

    def _get_words(self):
        """Return in some sentences what the decision came to."""
        from ..engine.effect import FEWEST_PEERS  # numpy only when needed

        self.ensure_one()
        format_money = self.account_id._format_money
        sentences = [
            self.env._(
                "Over %(months)s months the profit changed by %(change)s.",
                months=self.months,
                change=format_money(self.change),
            )
        ]
        if not self.currency_id.is_zero(self.kept_amount):
            sentences.append(
                self.env._(
                    "%s of that are still paid, for people who have been freed from "
                    "its hours.",
                    format_money(self.kept_amount),
                )
            )
        if self.peer_count < FEWEST_PEERS:
            sentences.append(
                self.env._(
                    "There are too few similar accounts to tell what would have "
                    "changed without the decision."
                )
            )
        else:
            sentences.append(
                self.env._(
                    "%(count)s similar accounts changed by %(peers)s without a "
                    "decision.",
                    count=self.peer_count,
                    peers=format_money(self.peers_change),
                )
            )
        sentences.append(
            self.env._(
                "The effect is %(effect)s; %(promised)s were promised.",
                effect=format_money(self.effect_amount),
                promised=format_money(self.expected_gain),
            )
        )
        return " ".join(sentences)

    # ------------------------------------------------------------------
    # Measuring
    # ------------------------------------------------------------------

    @api.model
    def _measure(self, decisions, until_now=False):
        """Measure what applied decisions came to, where enough months are over.

        Each of the times that are over is measured, and again when it was before: late
        documents change what past months come to. What the longest of them brought, a
        year, is what was recovered. The number of queries does not depend on how many
        decisions there are.

        :param until_now: measure all whole months there are so far, too
        :return: the measures of these decisions
        """
        # sudo: effects are measured and not typed in; who may ask for it has been
        # checked by then
        decisions = decisions.sudo()
        due = [
            (decision, months)
            for decision in decisions
            for months in decision._get_measurable_spans(until_now)
        ]
        measures = self.sudo().search([("decision_id", "in", decisions.ids)])
        if due:
            measures |= measures._write_measures(due, self._get_effects(due))
        measures.decision_id._take_over_recovered()
        return measures.with_env(self.env)

    @api.model
    def _measure_due(self, company):
        """Measure, after a refresh, what has come to a time at which it is measured.

        Closed cases are measured on, until a year after they were applied.
        """
        longest = relativedelta(months=max(SPANS) + 2)
        decisions = self.env["customer.decision"].search(
            [
                ("company_id", "=", company.id),
                ("state", "in", ("applied", "reviewed")),
                ("applied_date", ">=", fields.Datetime.now() - longest),
            ]
        )
        there = dict(
            self._read_group(
                [("decision_id", "in", decisions.ids)],
                ["decision_id"],
                ["months:array_agg"],
            )
        )
        self._measure(
            decisions.filtered(
                lambda decision: (
                    not set(decision._get_measurable_spans())
                    <= set(there.get(decision, ()))
                )
            )
        )

    @api.model
    def _measure_or_log(self, company):
        """Measure; an error is logged and told, and the refresh comes to its end."""
        try:
            with self.env.cr.savepoint():
                self._measure_due(company)
        except CONFLICTS:
            raise  # somebody's save came first: the refresh comes back to it
        except Exception as error:
            _logger.exception("Decisions of %s could not be measured", company.name)
            company.customer_refresh_error = self.env._(
                "The effect of decisions could not be measured: %s",
                str(error)[:ERROR_LENGTH],
            )

    @api.model
    def _get_effects(self, due):
        """Return {(decision, months): {field: value}} of the times that are due."""
        from ..engine import effect as engine  # numpy only when needed

        rows = self._read_months(due, engine.PEER_REVENUE)
        columns = {
            name: [rows[decision.id, months][place] for decision, months in due]
            for place, name in enumerate(COLUMNS)
        }
        spans = [months for _decision, months in due]
        effect = engine.measure(
            engine.Own(
                profit_before=columns["profit_before"],
                profit_after=columns["profit_after"],
                time_before=columns["time_cost_before"],
                time_after=columns["time_cost_after"],
                revenue=columns["revenue"],
                cost_kept=[decision.option_id.cost_kept_rate for decision, _ in due],
            ),
            engine.Peers(
                count=columns["peer_count"],
                change=columns["peer_change"],
                fallen=columns["peer_fallen"],
                revenue=columns["peer_revenue"],
            ),
        )
        promised = engine.of_months(
            [decision.expected_gain for decision, _months in due], spans
        )
        return {
            key: {
                **{name: columns[name][row] for name in MEASURED},
                "change": float(effect.change[row]),
                "kept_amount": float(effect.kept[row]),
                "expected_gain": float(promised[row]),
                "peer_count": int(columns["peer_count"][row]),
                "peers_change": float(effect.peers_change[row]),
                "effect_amount": float(effect.effect[row]),
                "date": fields.Date.context_today(self),
            }
            for row, key in enumerate(due)
        }

    def _write_measures(self, due, effects):
        """Write the measures that are there, and create the others.

        :param self: those that are there
        """
        there = {(measure.decision_id, measure.months): measure for measure in self}
        vals_list = []
        for key in due:
            if measure := there.get(key):
                measure.write(effects[key])
            else:
                decision, months = key
                vals = {"decision_id": decision.id, "months": months}
                vals_list.append(vals | effects[key])
        return self.create(vals_list)

    @api.model
    def _read_months(self, due, peer_revenue):
        """Return {(decision id, months): values of COLUMNS}.

        :param peer_revenue: from which to which share of the account's revenue another
            account is similar
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                WITH due (decision_id, months, account_id, company_id, tier_id,
                          start, applied, after, stop) AS (%(due)s),
                -- the times in which accounts are looked at; many decisions have the
                -- same
                span AS (
                    SELECT DISTINCT company_id, tier_id, start, applied, after, stop
                      FROM due
                ),
                own AS (
                    SELECT due.decision_id, due.months, %(sums)s
                      FROM due
                      LEFT JOIN customer_profit_month month
                             ON month.account_id = due.account_id
                            AND month.month >= due.start AND month.month < due.stop
                     GROUP BY due.decision_id, due.months
                ),
                other AS (%(others)s),
                peers AS (%(peers)s)
                SELECT own.decision_id, own.months,
                       own.profit_before, own.profit_after,
                       own.hours_before, own.hours_after,
                       own.time_cost_before, own.time_cost_after, own.revenue,
                       COALESCE(peers.peer_count, 0),
                       COALESCE(peers.peer_change, 0),
                       COALESCE(peers.peer_fallen, 0),
                       COALESCE(peers.peer_revenue, 0)
                  FROM own
                  LEFT JOIN peers ON peers.decision_id = own.decision_id
                                 AND peers.months = own.months
                """,
                due=self._get_due_query(due),
                sums=self._get_sums(SQL("due")),
                others=self._get_others_query(),
                peers=self._get_peers_query(*peer_revenue),
            )
        )
        return {
            (decision_id, months): [float(figure) for figure in figures]
            for decision_id, months, *figures in rows
        }

    @api.model
    def _get_others_query(self):
        """Return what accounts came to in a ``span``, nothing having been decided."""
        return SQL(
            """
            SELECT span.company_id, span.tier_id, span.start, span.stop,
                   account.id AS account_id, %(span_sums)s
              FROM span
              JOIN customer_account account
                ON account.company_id = span.company_id
               AND account.tier_id IS NOT DISTINCT FROM span.tier_id
              JOIN customer_profit_month month
                ON month.account_id = account.id
               AND month.month >= span.start AND month.month < span.stop
             WHERE NOT EXISTS (
                       SELECT FROM customer_decision decision
                        WHERE decision.account_id = account.id
                          AND decision.applied_date >= span.start
                          AND decision.applied_date < span.stop
                   )
             GROUP BY span.company_id, span.tier_id, span.start, span.stop,
                      account.id
            """,
            span_sums=self._get_sums(SQL("span")),
        )

    @api.model
    def _get_peers_query(self, low, high):
        """Return what those of the ``other`` accounts came to that are similar."""
        return SQL(
            """
            SELECT own.decision_id, own.months, COUNT(*) AS peer_count,
                   SUM(other.profit_after - other.profit_before) AS peer_change,
                   SUM(other.time_cost_before - other.time_cost_after)
                       AS peer_fallen,
                   SUM(other.revenue) AS peer_revenue
              FROM own
              JOIN due ON due.decision_id = own.decision_id
                      AND due.months = own.months
              JOIN other ON other.company_id = due.company_id
                        AND other.tier_id IS NOT DISTINCT FROM due.tier_id
                        AND other.start = due.start
                        AND other.stop = due.stop
                        AND other.account_id != due.account_id
             WHERE own.revenue > 0
               AND other.revenue BETWEEN %(low)s * own.revenue
                                     AND %(high)s * own.revenue
               -- a loss is set beside losses: many mend by themselves
               AND (own.profit_before >= 0 OR other.profit_before < 0)
             GROUP BY own.decision_id, own.months
            """,
            low=low,
            high=high,
        )

    @api.model
    def _get_due_query(self, due):
        """Return the decisions and times to measure, as rows of a query."""
        rows = []
        for decision, months in due:
            applied = decision._get_applied_month()
            after = applied + relativedelta(months=1)
            rows.append(
                SQL(
                    "(%s::int, %s::int, %s::int, %s::int, %s::int, %s::date, %s::date,"
                    " %s::date, %s::date)",
                    decision.id,
                    months,
                    decision.account_id.id,
                    decision.company_id.id,
                    decision.start_tier_id.id or None,
                    applied - relativedelta(months=months),
                    applied,
                    after,
                    after + relativedelta(months=months),
                )
            )
        return SQL("VALUES %s", SQL(", ").join(rows))

    @api.model
    def _get_sums(self, span):
        """Return the sums of the months before and after, of a row with their dates."""
        times = {
            "before": SQL("month.month < %s.applied", span),
            "after": SQL("month.month >= %s.after", span),
        }
        sums = [
            SQL(
                "COALESCE(SUM(month.%s) FILTER (WHERE %s), 0) AS %s",
                SQL.identifier(name),
                condition,
                SQL.identifier(f"{name}_{time}"),
            )
            for name in ("profit", "hours", "time_cost")
            for time, condition in times.items()
        ]
        sums.append(
            SQL(
                "COALESCE(SUM(month.revenue) FILTER (WHERE %s), 0) AS revenue",
                times["before"],
            )
        )
        return SQL(", ").join(sums)
