from odoo import api, models


class IrActionsServer(models.Model):
    """Code of automation rules knows which rule it is of, also when it is copied."""

    _inherit = "ir.actions.server"

    @api.model
    def _get_eval_context(self, action=None):
        context = super()._get_eval_context(action=action)
        if action and action.base_automation_id:
            context["automation"] = action.base_automation_id
        return context
