import logging

from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from .by_halves import by_halves

_logger = logging.getLogger(__name__)

# Turns that somebody has to do something about; that an outcome is on track again is
# told in the chatter alone.
CALLING = ("at_risk", "reached", "missed")


class CustomerIntentOutcome(models.Model):
    """Measuring outcomes: what they are now, what that means, and who is told."""

    _inherit = "customer.intent.outcome"

    def _measure_or_note(self):
        """Measure; return those that cannot be, and why: {outcome: error}."""
        failed = by_halves(lambda outcomes: outcomes._measure(), self)
        for outcome, error in failed.items():
            _logger.error(
                "An outcome of intent %s cannot be measured",
                outcome.intent_id.id,
                exc_info=error,
            )
        return failed

    def _measure(self, is_last=False):
        """Measure the outcomes, judge them, and tell what turned.

        The number of queries does not depend on how many outcomes there are, unless
        they turn.
        """
        from ..engine import outcome as rules  # numpy only when needed

        if not self:
            return
        today = fields.Date.context_today(self)
        measured = self._get_measured()
        # what can no longer be measured keeps its last value, and is judged by it
        values = [
            outcome.value if measured[outcome] is None else measured[outcome]
            for outcome in self
        ]
        baselines = [outcome.baseline for outcome in self]
        targets = [outcome.target for outcome in self]
        elapsed = rules.elapsed(
            [one.intent_id.start_date.toordinal() for one in self],
            [one.target_date.toordinal() for one in self],
            [today.toordinal()] * len(self),
        )
        # the time of an intent that ends is over
        judged = elapsed + 2 if is_last else elapsed
        states = rules.states(baselines, targets, values, judged).tolist()
        progress = rules.progress(baselines, targets, values).tolist()
        old_states = {outcome: outcome.state for outcome in self}
        self._write_measured(values, progress, measured, today)
        over = self.browse(
            [one.id for one, share in zip(self, judged, strict=True) if share > 1]
        )
        over.decided_date = today
        self._keep_month(today, elapsed)
        turned = self.browse()
        for outcome, state in zip(self, states, strict=True):
            if outcome.state != state:
                outcome.state = state
                turned += outcome
        for lang, outcomes in turned.grouped(
            lambda outcome: outcome.intent_id._get_whom_to_ask().lang or self.env.lang
        ).items():
            outcomes.with_context(lang=lang)._tell(old_states, is_last)

    def _get_measured(self):
        """Return what each outcome's figure is now: {outcome: value or None}.

        With the rights of whoever asks: of an outcome that is not saved, the company
        and the account are whatever the caller says. Outcomes that are not for them to
        measure are left out.
        """
        metrics = self.env["customer.metric"]
        known = set(metrics._get_expressions())
        measured = dict.fromkeys(self)
        ready = self.filtered(lambda one: one.metric_id and one.intent_id._get_level())
        for (company, level), outcomes in ready.grouped(
            lambda one: (one.intent_id.company_id, one.intent_id._get_level())
        ).items():
            name = f"{level}_id"
            # not yet saved ones, while people are typing, stand for those they refer to
            records = outcomes.intent_id[name]._origin
            # an app that measured one may have been removed since
            codes = sorted(known.intersection(outcomes.metric_id.mapped("code")))
            try:
                values = metrics._measure(company, codes, **{f"{level}s": records})
            except AccessError:
                for outcome in outcomes:
                    del measured[outcome]
                continue
            for outcome in outcomes:
                of_record = values.get(outcome.intent_id[name]._origin.id, {})
                measured[outcome] = of_record.get(outcome.metric_id.code)
        return measured

    def _write_measured(self, values, progress, measured, today):
        """Write figures in bulk: they are no news by themselves."""
        self.flush_recordset()
        self.env.cr.execute_values(
            """
            UPDATE customer_intent_outcome outcome
               SET value = new.value, progress = new.progress,
                   measured_date = COALESCE(new.day::date, outcome.measured_date)
              FROM (VALUES %s) new (id, value, progress, day)
             WHERE outcome.id = new.id
            """,
            [
                (
                    outcome.id,
                    value,
                    share,
                    None if measured[outcome] is None else today.isoformat(),
                )
                for outcome, value, share in zip(self, values, progress, strict=True)
            ],
        )
        names = ["value", "progress", "measured_date"]
        self.invalidate_recordset(names, flush=False)

    def _keep_month(self, today, elapsed):
        """Keep the measurement as that of its month, over an earlier one of it."""
        from ..engine import outcome as rules  # numpy only when needed

        if not self:
            return
        expected = rules.expected(
            [one.baseline for one in self], [one.target for one in self], elapsed
        )
        self.flush_recordset()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO customer_intent_measure
                       (outcome_id, month, day, value, progress, expected)
                SELECT outcome.id, %(month)s, %(day)s, outcome.value, outcome.progress,
                       wanted.expected
                  FROM customer_intent_outcome outcome
                  JOIN unnest(%(ids)s, %(expected)s::float[]) AS wanted (id, expected)
                    ON wanted.id = outcome.id
                    ON CONFLICT (outcome_id, month) DO UPDATE
                   SET day = EXCLUDED.day, value = EXCLUDED.value,
                       progress = EXCLUDED.progress, expected = EXCLUDED.expected
                """,
                month=today.replace(day=1),
                day=today,
                ids=self.ids,
                expected=expected.tolist(),
            )
        )
        self.env["customer.intent.measure"].invalidate_model()
        self.invalidate_recordset(["measure_ids"])

    # ------------------------------------------------------------------
    # Telling
    # ------------------------------------------------------------------

    def _tell(self, old_states, is_last):
        """Tell the chatter and the owners which outcomes have turned: no figures.

        In the language of the environment, which is that of the owners.
        """
        names = dict(self._fields["state"]._description_selection(self.env))
        self.env["customer.intent"].browse(self.intent_id.ids)._message_log_batch(
            bodies={
                intent.id: Markup("<br/>").join(
                    self.env._(
                        "The outcome “%(metric)s” was %(old)s and is now %(state)s.",
                        metric=outcome.metric_id.name,
                        old=names[old_states[outcome]].lower(),
                        state=names[outcome.state].lower(),
                    )
                    for outcome in outcomes
                )
                for intent, outcomes in self.grouped("intent_id").items()
            }
        )
        self.activity_id.unlink()  # what an earlier turn asked for
        if not is_last:
            self._give_owners()

    def _give_owners(self):
        """Give the owners something to do about what turned."""
        activity_type = self.env.ref(
            "customer_centricity.mail_activity_outcome_turned",
            raise_if_not_found=False,
        )
        if not activity_type:
            return
        calling = self.filtered(
            lambda outcome: (
                outcome.state in CALLING and outcome.intent_id._get_whom_to_ask()
            )
        )
        model_id = self.env["ir.model"]._get_id("customer.intent")
        names = dict(self._fields["state"]._description_selection(self.env))
        activities = (
            self.env["mail.activity"]
            .with_context(mail_activity_quick_update=True)
            .create(
                [
                    {
                        "activity_type_id": activity_type.id,
                        "automated": True,
                        "res_model_id": model_id,
                        "res_id": outcome.intent_id.id,
                        "user_id": outcome.intent_id._get_whom_to_ask().id,
                        "date_deadline": fields.Date.context_today(self),
                        "summary": self.env._(
                            "%(metric)s: %(state)s",
                            metric=outcome.metric_id.name,
                            state=names[outcome.state],
                        ),
                    }
                    for outcome in calling
                ]
            )
        )
        for outcome, activity in zip(calling, activities, strict=True):
            outcome.activity_id = activity
