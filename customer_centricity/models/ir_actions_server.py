from odoo import api, fields, models


class IrActionsServer(models.Model):
    """Code of automation rules knows which rule it is of, also when it is copied.

    It may run once for all the records of a save (base_automation.py).
    """

    _inherit = "ir.actions.server"

    customer_in_bulk = fields.Boolean(
        string="Once for All Records",
        help="An automation rule runs the code once for all the records that were "
        "changed together, which are “records”, and not once for each.",
    )

    @api.model
    def _get_eval_context(self, action=None):
        context = super()._get_eval_context(action=action)
        if action and action.base_automation_id:
            context["automation"] = action.base_automation_id
        return context

    def run(self):
        rule_id, before, ran = self.env.context.get("customer_bulk") or (0, (), ())
        if not rule_id or len(self) != 1:
            return super().run()
        # what the action sets off is no part of it
        action = self.with_context(customer_bulk=None)
        if action.customer_in_bulk and action.base_automation_id.id == rule_id:
            if self.id in ran:
                return False
            ran.add(self.id)
            done = self.env.context["__action_done"][action.base_automation_id]
            batch = [record_id for record_id in done.ids if record_id not in before]
            action = action.with_context(active_id=batch[0], active_ids=batch)
        return super(IrActionsServer, action).run()
