from odoo import models

from .customer_voiced import COUNTS


class CustomerTier(models.Model):
    """What the accounts of a tier say."""

    _name = "customer.tier"
    _inherit = ["customer.tier", "customer.voiced"]

    def _get_voice_counts(self):
        of_tier = self._get_account_counts("tier_id")
        nobody = (0,) * len(COUNTS)
        return [of_tier.get(tier._origin, nobody) for tier in self]
