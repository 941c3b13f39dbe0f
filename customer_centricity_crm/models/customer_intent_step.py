from odoo import fields, models


class CustomerIntentStep(models.Model):
    _inherit = "customer.intent.step"

    lead_id = fields.Many2one(
        comodel_name="crm.lead",
        string="Opportunity",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )

    def _make_opportunity(self):
        # nobody gets a mail for each account
        steps = self.with_context(mail_auto_subscribe_no_notify=True)
        wanted = [
            (made.step_id, made.account_id, made._get_responsible(), made.deadline)
            for made in steps
        ]
        opened = steps.step_id._open_opportunities(wanted)
        for made, lead in zip(self, opened, strict=True):
            made.lead_id = lead
