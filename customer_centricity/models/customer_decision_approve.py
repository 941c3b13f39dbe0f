from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .customer_decision import ACTIVITY, MANAGER, STEP_ACTIVITY

ADMINISTRATOR = "customer_centricity.group_administrator"


class CustomerDecision(models.Model):
    """Approving: who may, which options the ladder allows, and what is promised.

    Account managers approve, unless the rung of the ladder or the service level that it
    gives is for administrators to approve, or the account's revenue is above what the
    company lets account managers decide on. Rejecting is for all account managers.
    """

    _inherit = "customer.decision"

    can_approve = fields.Boolean(
        compute="_compute_can_approve",
        help="Whether you have the right to approve what is chosen.",
    )

    @api.depends("state", "option_id", "account_id")
    @api.depends_context("uid")
    def _compute_can_approve(self):
        for decision in self:
            decision.can_approve = (
                decision.state == "proposed" and not decision._explain_no_right()
            )

    def _explain_no_right(self):
        """Return why the user may not approve what is chosen; nothing when they may."""
        self.ensure_one()
        user = self.env.user
        if self.env.su or user.has_group(ADMINISTRATOR):
            return ""
        if not user.has_group(MANAGER):
            return self.env._("Decisions are approved by account managers.")
        return self._explain_for_administrators()

    def _explain_for_administrators(self):
        """Return why account managers may not approve it; nothing when they may."""
        self.ensure_one()
        # sudo: settings are for administrators to read, not who may approve what
        decision = self.sudo()
        option, company = decision.option_id, decision.company_id
        if option.rung_id.approval == "administrator":
            return self.env._(
                "“%s” is for administrators to approve.", option.rung_id.name
            )
        if option.service_level_id.approval == "administrator":
            return self.env._(
                "The service level “%s” is for administrators to give.",
                option.service_level_id.name,
            )
        limit = company.customer_decision_manager_amount
        if limit and decision._get_yearly_revenue() > limit:
            return self.env._(
                "The revenue of the account is above what account managers decide on: "
                "an administrator has to approve."
            )
        return ""

    def _get_yearly_revenue(self):
        return self.start_revenue * 12 / (self.start_months or 12)

    # ------------------------------------------------------------------
    # Approve
    # ------------------------------------------------------------------

    def _approve(self, reason=None, rule=None):
        """Approve what is chosen in each case, and keep what it promises.

        Either all of the cases are approved or, when one of them cannot be, none is.
        What is promised rests on the figures of today, and not of the day on which a
        case was proposed: where another option has become the best since, or what is
        chosen is no longer possible, that is told instead.

        :param reason: what the person says about it; why another option than the best
            was chosen, where that has not been said yet
        :param rule: the rule that approves in place of a person, or what to call it
        """
        decisions = self._take_up("proposed")
        decisions._evaluate_today()
        reason = (reason or "").strip()
        for decision in decisions:
            if reason and not decision._is_best_chosen() and not decision.choice_reason:
                decision.choice_reason = reason
            decision._check_choice()
            why = not rule and decision.with_env(self.env)._explain_no_right()
            if why:
                raise AccessError(
                    self.env._(
                        "%(decision)s: %(why)s",
                        decision=decision.display_name,
                        why=why,
                    )
                )
        decisions._keep_promises()
        rule_name = self._get_rule_name(rule)
        texts = {
            decision: decision._get_approval_in_words(reason, rule_name)
            for decision in decisions
        }
        decisions._drop_activities(ACTIVITY)
        decisions._set_state(
            "approved",
            texts,
            approved_by_id=False if rule else self.env.uid,
            approved_date=fields.Datetime.now(),
            approval_rule=rule_name or False,
            error=False,
        )

    def _evaluate_today(self):
        """Work out the options with the figures of today; what is chosen stays."""
        chosen = {decision: decision.option_id for decision in self}
        self.option_ids._evaluate()
        for decision, option in chosen.items():
            # it follows the best one, which nobody has looked at yet
            if decision.option_id != option:
                decision.option_id = option

    def _is_best_chosen(self):
        return self.option_id == self.best_option_id

    def _explain_choice(self):
        """Return why the ladder does not allow what is chosen; nothing when it does."""
        self.ensure_one()
        option = self.option_id
        if not option or option.decision_id != self:
            return self.env._("%s: choose one of the options first.", self.display_name)
        if not option.is_possible:
            return self.env._(
                "%(decision)s: “%(option)s” is not possible. %(why)s",
                decision=self.display_name,
                option=option.rung_id.name,
                why=option.blocked_reason or "",
            )
        return ""

    def _check_choice(self):
        """Refuse what the ladder does not allow, or nobody gives a reason for."""
        option = self.option_id
        if why := self._explain_choice():
            raise UserError(why)
        if self._is_best_chosen() or (self.choice_reason or "").strip():
            return
        if not self.best_option_id:
            raise UserError(
                self.env._(
                    "%(decision)s: none of the options is the best by itself. Say why "
                    "“%(option)s” is chosen.",
                    decision=self.display_name,
                    option=option.rung_id.name,
                )
            )
        raise UserError(
            self.env._(
                "%(decision)s: with the figures of today more is expected of "
                "“%(best)s”. Choose it, or say why “%(option)s” is chosen.",
                decision=self.display_name,
                option=option.rung_id.name,
                best=self.best_option_id.rung_id.name,
            )
        )

    def _get_untried(self):
        """Return the options short of the end that could be tried, and nobody has."""
        options = self.option_ids
        return options._filter_untried({option: option.blocked for option in options})

    def _keep_promises(self):
        """Keep what the chosen options are expected to bring."""
        for decision in self:
            option = decision.option_id
            decision.write(
                {
                    "expected_profit": option.expected_profit,
                    "expected_value": option.expected_value,
                    "expected_gain": option.profit_gain,
                }
            )

    def _get_approval_in_words(self, reason, rule_name):
        if rule_name:
            text = self.env._(
                "Decided: %(title)s, by the rule “%(rule)s”.",
                title=self._get_title(),
                rule=rule_name,
            )
        else:
            text = self.env._("Decided: %s.", self._get_title())
        return f"{text} {reason or self.choice_reason or ''}".strip()

    # ------------------------------------------------------------------
    # Reject
    # ------------------------------------------------------------------

    def _reject(self, reason):
        """Decide that nothing is to be done."""
        decisions = self._take_up("proposed", "approved")
        reason = decisions._check_reason(reason)
        text = self.env._("Decided that nothing is to be done. %s", reason)
        texts = dict.fromkeys(decisions, text)
        decisions._drop_activities(ACTIVITY, STEP_ACTIVITY)
        decisions._set_state("rejected", texts, reject_reason=reason, error=False)
        decisions._ask_again()

    def _check_reason(self, reason):
        reason = (reason or "").strip()
        if not reason:
            raise UserError(
                self.env._(
                    "Give the reason. Whoever looks at it in a year wants to know why."
                )
            )
        return reason
