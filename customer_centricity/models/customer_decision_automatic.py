from odoo import models


class CustomerDecision(models.Model):
    """Cases that are approved without a person, where the settings say so."""

    _inherit = "customer.decision"

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
