from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date
from odoo.tools.date_utils import relativedelta

from .customer_decision import ACTIVITY, STEP_ACTIVITY
from .customer_decision_measured import DAY_OF_DOCUMENTS

# A decision has helped when so much of what was promised has come about. Less than half
# is nearer to nothing than to the promise.
ENOUGH_RECOVERED = 0.5


class CustomerDecision(models.Model):
    """Looking at what came of a case: it is closed, or taken a step further."""

    _inherit = "customer.decision"

    def _request_review(self, rule=None):
        """Ask for a review of the cases; what automation rules call.

        It costs one statement, and asking twice is asking once.

        :param rule: the automation rule that asks
        """
        # sudo: a rule follows whatever anybody does
        self.env["customer.decision.request"].sudo()._note_decisions(
            self, "review", rule
        )

    def action_review_now(self):
        """Review the case before its date, or when no rule does it."""
        self.ensure_one()
        # who may not write cases is told so, and not in which month to come back
        self.check_access("write")
        if self.state == "applied" and not self._count_whole_months():
            first = self._get_applied_month() + relativedelta(months=1)
            raise UserError(
                self.env._(
                    "%(decision)s: there is nothing to compare yet. It was applied in "
                    "%(month)s, and no whole month has passed since in the figures: "
                    "review it once those of %(first)s are closed.",
                    decision=self.display_name,
                    month=self._format_month(self._get_applied_month()),
                    first=self._format_month(first),
                )
            )
        self._take_up("applied")
        self._review(by_hand=True)

    def _format_month(self, day):
        return format_date(self.env, day, date_format="MMMM yyyy")

    def _review(self, rule=None, by_hand=False):
        """Measure what came of applied cases; close those that helped.

        Of the others a new case is proposed, in which what was done is said to have
        been tried, so that the next rung of the ladder comes up.

        :param rule: the automation rule that has asked for it
        :param by_hand: a person has asked for it, on whatever day: all whole months
            since are measured
        """
        applied = self.filtered(lambda decision: decision.state == "applied")
        if not applied:
            return
        applied = applied._take_up("applied")
        self.env["customer.decision.measure"]._measure(applied, until_now=by_hand)
        if early := applied.filtered(lambda decision: decision._is_too_early()):
            early._put_off_review()
            applied -= early
        helped = applied.filtered(lambda decision: decision._has_helped())
        if helped:
            helped._finish_review("closed")
            helped._ask_again()
        if others := applied - helped:
            others._finish_review("escalated")
            others._escalate(rule, "hand" if by_hand else "rule")

    def _is_too_early(self):
        """Return whether there is nothing yet to tell what came of the case.

        The date was set to one that comes too early, or the figures lag behind. An
        account that is archived has no more to come.
        """
        self.ensure_one()
        return self.account_id.active and not self.measure_ids

    def _put_off_review(self):
        """Leave the cases as they are until something can be measured."""
        today = fields.Date.context_today(self)
        next_month = today + relativedelta(months=1, day=DAY_OF_DOCUMENTS)
        for due, decisions in self.grouped(lambda one: one._get_review_day()).items():
            # where it was due by now, the figures lag
            decisions.review_date = due if due > today else next_month
        self._drop_activities(ACTIVITY)
        texts = {
            decision: self.env._(
                "Review of “%(title)s” put off to %(day)s: there are no closed months "
                "since to measure what came of it. If there should be, see to it that "
                "the figures are up to date.",
                title=decision._get_title(),
                day=format_date(self.env, decision.review_date),
            )
            for decision in self
        }
        self._tell(texts)
        summary = self.env._("Review put off")
        self._ask(ACTIVITY, {one: (summary, text) for one, text in texts.items()})

    def _has_helped(self):
        """Return whether the case has come to what it was for, or near enough."""
        self.ensure_one()
        return not self._is_still_at_loss() or (
            # nothing is recovered of a case that promised no gain
            self.recovered_rate >= ENOUGH_RECOVERED
        )

    def _is_still_at_loss(self):
        return self.account_id.active and self.account_id.result == "loss"

    def _finish_review(self, result):
        """End the cases, telling everybody in words what came of them."""
        texts = {decision: decision._get_review_in_words(result) for decision in self}
        self._drop_activities(ACTIVITY, STEP_ACTIVITY)
        self._set_state(
            "reviewed",
            texts,
            review_result=result,
            reviewed_date=fields.Date.context_today(self),
        )

    def _get_review_in_words(self, result):
        """Return what came of the case; no amounts, as salespeople read it."""
        title = self._get_title()
        if result == "escalated":
            return self.env._(
                "Reviewed: “%s” did not help enough. The next step is proposed.", title
            )
        if not self.account_id.active:
            return self.env._("Reviewed: the account is archived. Closed.")
        if self._is_still_at_loss():
            return self.env._(
                "Reviewed: “%s” has brought enough of what was promised. Closed.", title
            )
        return self.env._(
            "Reviewed: after “%s” the account is no longer at a loss. Closed.", title
        )

    # ------------------------------------------------------------------
    # A step further
    # ------------------------------------------------------------------

    def _escalate(self, rule, origin):
        """Propose a new case for each, which knows what has been tried so far."""
        following = self._propose(
            self.account_id,
            {
                decision.account_id.id: self.env._(
                    "“%(option)s”, applied on %(day)s, did not help enough.",
                    option=decision._get_title(),
                    day=decision._format_applied_date(),
                )
                for decision in self
            },
            origin=origin,
            rule=rule,
            previous=self,
        )
        following._take_over_tried()

    def _take_over_tried(self):
        """Say of the options what was tried, or ruled out, in the cases before."""
        for decision in self:
            previous = decision.previous_id
            before = previous.option_ids.grouped("rung_id")
            for option in decision.option_ids:
                old = before.get(option.rung_id, option.browse())
                if option.rung_id == previous.option_id.rung_id:
                    option.write(
                        {
                            "state": "tried",
                            "state_reason": self.env._(
                                "Applied on %s; it did not help enough.",
                                previous._format_applied_date(),
                            ),
                        }
                    )
                elif old and old.state != "open":
                    option.write({"state": old.state, "state_reason": old.state_reason})

    def _format_applied_date(self):
        return format_date(
            self.env, fields.Datetime.context_timestamp(self, self.applied_date)
        )
