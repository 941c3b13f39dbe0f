from odoo import fields, models
from odoo.exceptions import AccessError

from .customer_decision import ACTIVITY, STEP_ACTIVITY


class CustomerDecision(models.Model):
    """Undoing: everything that a case has written goes back to what it was.

    What somebody has changed since is left as it is, unless it is asked for.
    """

    _inherit = "customer.decision"

    def _get_changed_effects(self):
        """Return the effects on what somebody has changed since, of cases to undo."""
        # sudo: whoever may read the case may know that something has been changed; the
        # effects themselves are read with the user's rights
        effects = self._for_people().effect_ids.filtered(
            lambda effect: effect.state == "applied" and not effect.along_id
        )
        return effects._get_changed().with_env(self.env)

    def _undo(self, reason, restore_changed=False):
        """Put back what was there before; return the effects that were left alone.

        :param restore_changed: put back what somebody has changed since, too; it is
            left as it is otherwise
        """
        decisions = self._take_up("applied", "reviewed")
        reason = decisions._check_reason(reason)
        for decision in decisions:
            if why := decision.with_env(self.env)._explain_no_undo():
                raise AccessError(
                    self.env._(
                        "%(decision)s: %(why)s",
                        decision=decision.display_name,
                        why=why,
                    )
                )
        effects = decisions.effect_ids.filtered(
            lambda effect: effect.state == "applied" and not effect.along_id
        )
        left = effects.browse()
        if not restore_changed:
            left = effects._get_changed()
            left._keep()
        left += (effects - left)._restore()
        kept = left.grouped("decision_id")
        texts = {
            decision: decision._get_undoing_in_words(
                reason, kept.get(decision, effects.browse())
            )
            for decision in decisions
        }
        decisions._drop_activities(ACTIVITY, STEP_ACTIVITY)
        decisions._set_state(
            "undone",
            texts,
            undone_by_id=self.env.uid,
            undone_date=fields.Datetime.now(),
            reject_reason=reason,
        )
        decisions._ask_again()
        return left.with_env(self.env)

    def _explain_no_undo(self):
        """Return why the user may not undo the case; nothing when they may.

        It takes the same right as to approve it: what an administrator has decided
        would be worth little otherwise.
        """
        if why := self._explain_no_right():
            return self.env._("It takes the right to approve it to undo it. %s", why)
        return ""

    def _get_undoing_in_words(self, reason, kept):
        if kept:
            text = self.env._(
                "Undone: %(title)s. Left as it is, as it has been changed since: "
                "%(fields)s.",
                title=self._get_title(),
                fields=", ".join(dict.fromkeys(kept.mapped("label"))),
            )
        else:
            text = self.env._("Undone: %s.", self._get_title())
        return f"{text} {reason}"
