from odoo import models
from odoo.exceptions import UserError


class IrCron(models.Model):
    """Scheduled actions that people wait for: whether they are on."""

    _inherit = "ir.cron"

    def _explain_off(self):
        """Return why nothing happens when the action is switched off, or ""."""
        self.ensure_one()
        if self.active:
            return ""
        return self.env._(
            "The scheduled action “%s” is switched off. Ask a system administrator to "
            "switch it on under Settings > Technical > Scheduled Actions.",
            self.name,
        )

    def _trigger_or_refuse(self):
        """Let the action begin at once; refuse what would wait for it in silence."""
        if explanation := self._explain_off():
            raise UserError(explanation)
        self._trigger()
