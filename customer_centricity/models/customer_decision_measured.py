from odoo import fields, models
from odoo.tools.date_utils import relativedelta

from .customer_decision_measure import SPANS

# Day of a month by which the documents of the month before have been entered
DAY_OF_DOCUMENTS = 10


class CustomerDecision(models.Model):
    """When the effect of a case can be measured, and what it has recovered."""

    _inherit = "customer.decision"

    def _get_applied_month(self):
        """Return the first day of the month in which the case was applied."""
        self.ensure_one()
        day = fields.Datetime.context_timestamp(self, self.applied_date).date()
        return day.replace(day=1)

    def _get_review_day(self):
        """Return when it is first known what the months until the review came to."""
        self.ensure_one()
        return self._get_applied_month() + relativedelta(
            months=1 + int(self.review_months), day=DAY_OF_DOCUMENTS
        )

    def _count_whole_months(self):
        """Return how many closed months there are since the one it was applied in."""
        self.ensure_one()
        if not self.applied_date:
            return 0
        # sudo: which months are closed is for everybody to know
        _start, end = self.sudo().account_id._get_window(self.sudo().company_id)
        applied = self._get_applied_month()
        return max(0, 12 * (end.year - applied.year) + end.month - applied.month - 1)

    def _get_measurable_spans(self, until_now=False):
        """Return after which times there are as many closed months as before.

        :param until_now: all whole months there are so far, too, up to a year
        """
        self.ensure_one()
        count = self._count_whole_months()
        spans = {months for months in SPANS if months <= count}
        if until_now and count:
            spans.add(min(count, max(SPANS)))
        return tuple(sorted(spans))

    def _take_over_recovered(self):
        """Write what the cases have recovered a year, by their longest measure."""
        from ..engine.effect import a_year  # numpy only when needed

        last = [decision.measure_ids.sorted("months")[-1:] for decision in self]
        amounts = a_year(
            [measure.effect_amount for measure in last],
            [measure.months for measure in last],
        )
        # a write that is tracked would have the review told twice, that follows
        decisions = self.with_context(tracking_disable=True)
        for decision, amount in zip(decisions, amounts, strict=True):
            decision.recovered_amount = float(amount)
