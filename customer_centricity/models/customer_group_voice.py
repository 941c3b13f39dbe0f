from odoo import models

from .customer_voiced import COUNTS


class CustomerGroup(models.Model):
    """What the members of a group say, those of its parts included."""

    _name = "customer.group"
    _inherit = ["customer.group", "customer.voiced"]

    def _get_voice_counts(self):
        of_group = self._get_account_counts("group_id")
        parts = self._get_parts()
        nobody = (0,) * len(COUNTS)
        return [
            tuple(
                map(sum, zip(*(of_group.get(part, nobody) for part in parts[group])))
            )
            for group in self
        ]
