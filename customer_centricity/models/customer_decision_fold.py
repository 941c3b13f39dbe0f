from odoo import api, fields, models

from .customer_decision import ACTIVITY, OPEN, STEP_ACTIVITY


class CustomerDecision(models.Model):
    """What becomes of the cases of accounts that fold into another."""

    _inherit = "customer.decision"

    @api.model
    def _fold_into(self, accounts, target):
        """Move the cases of accounts to the account that they fold into.

        Of several that are open, the one that has been applied stays, else the oldest.
        """
        decisions = self.search([("account_id", "in", (accounts | target).ids)])
        open_ones = decisions.filtered(lambda one: one.state in OPEN).sorted(
            lambda one: (one.state != "applied", one.id)
        )
        for decision in open_ones[1:]:
            decision._close_folded()
        # before the account has two of them
        self.env.flush_all()
        decisions.account_id = target
        self.env["customer.decision.effect"]._move(accounts, target)
        self._fold_requests(accounts, target)

    @api.model
    def _fold_requests(self, accounts, target):
        """Move what is asked for accounts; of the same for several, what came first.

        What was asked of a case that has come to its end is asked for no more.
        """
        requests = self.env["customer.decision.request"].search(
            [("account_id", "in", (accounts | target).ids)]
        )
        live = requests.filtered(
            lambda request: not request.decision_id or request.decision_id.state in OPEN
        )
        kept = requests.browse()
        for same in live.grouped("cause").values():
            kept += same.sorted(lambda one: (one.account_id != target, one.id))[:1]
        (requests - kept).unlink()
        self.env.flush_all()
        kept.account_id = target

    def _close_folded(self):
        """End the case of an account that folds into one with an open case."""
        decision = self._for_people()
        reason = self.env._("The account was merged with one that has an open case.")
        if decision.state == "applied":
            # what it wrote holds, and can still be undone
            decision._set_state(
                "reviewed",
                {decision: reason},
                review_result="closed",
                reviewed_date=fields.Date.context_today(self),
            )
            decision._drop_activities(ACTIVITY, STEP_ACTIVITY)
        else:
            decision._reject(reason)
