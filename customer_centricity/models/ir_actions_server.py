from odoo import api, fields, models

ADMINISTRATOR = "customer_centricity.group_administrator"


class IrActionsServer(models.Model):
    """Code of automation rules knows which rule it is of, also when it is copied.

    It may run once for all the records of a save (base_automation.py).
    """

    _inherit = "ir.actions.server"

    customer_in_bulk = fields.Boolean(
        string="Once for All Records",
        groups=f"base.group_system,{ADMINISTRATOR}",
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
        bulk = self.env.context.get("customer_bulk")
        # a context that comes from outside has no tuples
        if not isinstance(bulk, tuple) or len(self) != 1:
            return super().run()
        rule_id, before, ran = bulk
        if self.id in ran:
            return False
        # what the action sets off is no part of it
        action = self.with_context(customer_bulk=None)
        # sudo: how a rule runs, whoever sets it off
        setting = action.sudo()
        if setting.customer_in_bulk and setting.base_automation_id.id == rule_id:
            ran.add(self.id)
            done = self.env.context["__action_done"][setting.base_automation_id]
            batch = [record_id for record_id in done.ids if record_id not in before]
            action = action.with_context(active_id=batch[0], active_ids=batch)
        return super(IrActionsServer, action).run()
