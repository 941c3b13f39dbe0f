from odoo import api, fields, models


class CustomerLookalikeCampaignLine(models.TransientModel):
    """A lead, or a contact, that is like the profitable customers of a group."""

    _name = "customer.lookalike.campaign.line"
    _inherit = ["customer.lookalike.ranked"]
    _description = "Lookalike of a Group"
    _order = "lookalike_score desc, id"

    campaign_id = fields.Many2one(
        comodel_name="customer.lookalike.campaign",
        required=True,
        index=True,
        ondelete="cascade",
    )
    chosen = fields.Boolean(default=True)
    lead_id = fields.Many2one(
        comodel_name="crm.lead",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Contact",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    name = fields.Char(compute="_compute_name")

    @api.depends("lead_id", "partner_id")
    def _compute_name(self):
        for line in self:
            lead, partner = line.lead_id, line.partner_id
            name = partner.display_name
            if lead:
                customer = lead.partner_id.display_name or lead.partner_name
                name = f"{customer}: {lead.name}" if customer else lead.name
            line.name = name
