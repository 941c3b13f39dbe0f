from odoo import models

# What rules that ask for decisions about accounts call
ASKING = "_request_decision"


class CustomerDecision(models.Model):
    """Losses of which a case came to its end without an end to the loss.

    An account that stays at a loss does not turn to one any more, so no rule would ever
    see it again. It is asked for anew, and waits until the pause after a case is over.
    """

    _inherit = "customer.decision"

    def _ask_again(self):
        """Ask for a decision once more about accounts that are still at a loss.

        Of cases that a rule has proposed: who has decided on an account without having
        been asked to, sees to it. Nor without a pause after a case, as what a person
        has just said no to would be back at once.
        """
        waiting = self.filtered(
            lambda decision: (
                decision.origin == "rule"
                and decision.company_id.customer_decision_pause_months
                and decision._is_still_at_loss()
            )
        )
        if not waiting:
            return
        rules = self.env["base.automation"]._get_calling("customer.account", ASKING)
        for name, decisions in waiting.grouped("rule_name").items():
            # the rule that proposed it; where it was called otherwise, or a review has
            # taken the case further, the first one there is
            same = rules.filtered(lambda rule, name=name: rule.name == name)
            if rule := (same or rules)[:1]:
                decisions.account_id._request_decision("loss", rule)
