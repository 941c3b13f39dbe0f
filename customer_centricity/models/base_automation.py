from odoo import api, models


class BaseAutomation(models.Model):
    """Rules may do what they do to all the records of a save at once.

    Odoo runs the actions of a rule once a record, each in environments of its own, and
    compares each new environment with all that are still there: with the records that
    a night's refresh changes, that takes minutes. Actions that say so
    (ir_actions_server.py) run on the first record only, with all of them.
    """

    _inherit = "base.automation"

    def _process(self, records, domain_post=None):
        rule = self
        # sudo: which actions a rule has, whoever sets it off
        if any(self.sudo().action_server_ids.mapped("customer_in_bulk")):
            done = self.env.context.get("__action_done", {}).get(self, ())
            rule = self.with_context(
                # the rule, which records it was done with before, which actions it has
                # run since
                customer_bulk=(self.id, {record.id for record in done}, set())
            )
        return super(BaseAutomation, rule)._process(records, domain_post=domain_post)

    @api.model
    def _get_calling(self, model_name, method, *conditions):
        """Return the rules of a model that are on, and whose code calls a method.

        sudo: rules are for system administrators to read; what follows from there being
        one is for everybody
        """
        return (
            self.sudo()
            .with_context(active_test=True)
            .search(
                [
                    ("model_name", "=", model_name),
                    ("action_server_ids.code", "like", method),
                    *conditions,
                ],
                order="id",
            )
        )
