from odoo import api, fields, models

# Who writes one of these has looked at the case
HANDS_ON = {"user_id", "reason", "option_id", "choice_reason", "advocacy_value"}


class CustomerDecision(models.Model):
    """Cases that are approved without a person, where the settings say so."""

    _inherit = "customer.decision"

    is_taken_in_hand = fields.Boolean(
        string="Taken in Hand",
        readonly=True,
        copy=False,
        help="A person has changed something in the case, or in one of its options: no "
        "rule approves it any more.",
    )

    @api.model
    def _get_decided_names(self):
        return super()._get_decided_names() | {"is_taken_in_hand"}

    def write(self, vals):
        result = super().write(vals)
        if not self.env.su and not HANDS_ON.isdisjoint(vals):
            self._take_in_hand()
        return result

    def _take_in_hand(self):
        """Leave proposed cases to people, as one has changed something in them.

        What a person has typed must not be approved in the name of a rule.
        """
        # sudo: whoever may change the case; that it is left to people follows from it
        taken = self.sudo().filtered(
            lambda decision: (
                decision.state == "proposed" and not decision.is_taken_in_hand
            )
        )
        if not taken:
            return
        taken.is_taken_in_hand = True
        taken.env["customer.decision.request"].search(
            [("decision_id", "in", taken.ids), ("cause", "=", "approval")]
        ).unlink()

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
            and not self.is_taken_in_hand
            and bool(self.option_id)
            and self.option_id == self.best_option_id
            and self.option_id.rung_id.is_automatic
        )
