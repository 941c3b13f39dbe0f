from odoo import fields, models
from odoo.exceptions import UserError


class CustomerDecision(models.Model):
    """Taking cases from one state to the next."""

    _inherit = "customer.decision"

    def _take_up(self, *states):
        """Return the cases to go on with, nobody else having gone on with them.

        A case in another state is refused, naming it.
        """
        self.check_access("write")
        decisions = self._for_people()
        decisions.lock_for_update(allow_referencing=True)
        decisions.invalidate_recordset(["state"])
        names = dict(self._fields["state"]._description_selection(self.env))
        for decision in decisions:
            if decision.state not in states:
                raise UserError(
                    self.env._(
                        "%(decision)s is in state “%(state)s”: this can be done in "
                        "state “%(wanted)s” only.",
                        decision=decision.display_name,
                        state=names[decision.state],
                        wanted=", ".join(names[state] for state in states),
                    )
                )
        return decisions

    def _set_state(self, state, texts, **vals):
        """Put the cases in a state, and tell it: {case: text}."""
        self._tell(texts)
        # the text tells more than the two names of states, and costs one statement
        self.with_context(tracking_disable=True).write(
            {"state": state, "stage_date": fields.Date.context_today(self), **vals}
        )

    def _set_review(self):
        """Set when it is measured what came of applied cases."""
        for day, decisions in self.grouped(
            lambda decision: decision._get_review_day()
        ).items():
            decisions.review_date = day

    def _get_title(self):
        """Return what is decided, in words."""
        # sudo: how the ladder is set up is no secret
        return self.option_id.sudo().rung_id.name or self.env._("Undecided")
