import logging

from odoo import api, fields, models

from odoo.addons.base_automation.models.base_automation import DATE_RANGE

from .customer_ltv_chunk import CONFLICTS

_logger = logging.getLogger(__name__)
# What rules that ask for reviews call
ASKING = "_request_review"


class CustomerDecision(models.Model):
    """Reviews whose date has passed without a rule having seen it.

    A rule that waits for a date looks at the dates since it last ran. One that is set
    to a day that is over, or that passed while the rule was off, it would never see;
    and the account could have no other case ever after.
    """

    _inherit = "customer.decision"

    @api.model
    def _request_overdue_or_log(self, company):
        """Ask for the reviews that are overdue; an error stops no refresh."""
        for rule in self._get_review_rules():
            try:
                with self.env.cr.savepoint():
                    self._get_overdue(company, rule)._request_review(rule)
                    self.env.flush_all()
            except CONFLICTS:
                raise  # somebody's save came first: the refresh comes back to it
            except Exception:
                _logger.exception(
                    "Overdue reviews of rule %s in %s cannot be asked for",
                    rule.id,
                    company.name,
                )

    @api.model
    def _get_review_rules(self):
        """Return the rules that are on and ask for a review by its date."""
        return self.env["base.automation"]._get_calling(
            self._name,
            ASKING,
            ("trigger", "=", "on_time"),
            ("trg_date_id.name", "=", "review_date"),
        )

    @api.model
    def _get_overdue(self, company, rule):
        """Return the cases that the rule would have asked for by today."""
        cases = self.search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "applied"),
                ("review_date", "<=", self._get_last_day(rule)),
            ],
            order="id",
        )
        return rule._filter_post(cases)

    @api.model
    def _get_last_day(self, rule):
        """Return the last date of which it is time by now, as the rule counts."""
        delay = rule.trg_date_range * DATE_RANGE[rule.trg_date_range_type]
        if rule.trg_date_range_mode == "before":
            delay = -delay
        return (fields.Datetime.now() - delay).date()
