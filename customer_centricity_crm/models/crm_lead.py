from odoo import fields, models


class CrmLead(models.Model):
    _inherit = "crm.lead"

    customer_play_step_id = fields.Many2one(
        comodel_name="customer.play.step",
        string="Step of a Play",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups="customer_centricity.group_user",
        help="What opened it. As long as it is open, the step opens no other one for "
        "the customer.",
    )
