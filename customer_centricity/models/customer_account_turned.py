from odoo import models

from .customer_account_turn import ORDERS


class CustomerAccount(models.Model):
    """Accounts keep their turns: what they were, and what they have become."""

    _inherit = "customer.account"

    def write(self, vals):
        kinds = ORDERS.keys() & vals.keys()
        if not kinds:
            return super().write(vals)
        # sudo: turns are kept by the way, whoever causes them, and typed by nobody
        accounts = self.sudo()
        before = {kind: [account[kind] for account in accounts] for kind in kinds}
        result = super().write(vals)
        self.env["customer.account.turn"].sudo()._note(accounts, before)
        return result

    def _forget_profile(self):
        """Forget also how accounts turned that are not to be told from others."""
        result = super()._forget_profile()
        # sudo: as above
        self.env["customer.account.turn"].sudo().search(
            [("account_id", "in", self.ids)]
        ).unlink()
        return result
