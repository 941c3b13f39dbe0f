from odoo import models


class CustomerDecision(models.Model):
    """Cases that are approved without a person, where the settings say so."""

    _inherit = "customer.decision"

    def _keep_automatic(self):
        """Return the cases that are still for rules to approve, by today's figures.

        Months may have passed since a case was proposed: the account must still be at a
        loss, and what was the best option then the best one now.
        """
        live = self.filtered(lambda decision: decision._may_be_automatic())
        chosen = {decision: decision.option_id for decision in live}
        live.option_ids._evaluate()
        return live.filtered(
            lambda decision: (
                decision.option_id == chosen[decision]
                and decision._may_be_automatic()
                and decision._is_still_at_loss()
            )
        )

    def _may_be_automatic(self):
        """Return whether the case is one that the settings leave to rules.

        That is what a rule has proposed, as long as nobody has taken it in hand, when
        the best option is on a rung of the ladder that needs no approval.
        """
        self.ensure_one()
        return (
            self.state == "proposed"
            and self.origin == "rule"
            and bool(self.option_id)
            and self.option_id == self.best_option_id
            and self.option_id.rung_id.is_automatic
        )
