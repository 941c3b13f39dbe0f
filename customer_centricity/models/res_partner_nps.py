from odoo import api, fields, models

USER = "customer_centricity.group_user"


class ResPartner(models.Model):
    """What contacts say of the company."""

    _inherit = "res.partner"

    customer_nps_response_ids = fields.One2many(
        comodel_name="customer.nps.response",
        inverse_name="partner_id",
        string="Answers",
        groups=USER,
    )
    customer_nps_response_count = fields.Integer(
        string="Number of Answers",
        compute="_compute_customer_nps_response_count",
        groups=USER,
        help="Of the contact and those below it.",
    )

    @api.depends("customer_nps_response_ids", "child_ids")
    def _compute_customer_nps_response_count(self):
        count_of = dict.fromkeys(self.ids, 0)
        counted = self.env["customer.nps.response"]._read_group(
            [("partner_id", "child_of", self.ids)], ["partner_id"], ["__count"]
        )
        for partner, count in counted:
            while partner:
                if partner.id in count_of:
                    count_of[partner.id] += count
                # sudo: whose contact it is, up to the one that is looked at
                partner = partner.sudo().parent_id
        for partner in self:
            partner.customer_nps_response_count = count_of.get(partner.id, 0)

    def action_open_nps_responses(self):
        """Open what the contact and those below it have answered."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_centricity.customer_nps_response_action"
        )
        return {
            **action,
            "domain": [("partner_id", "child_of", self.ids)],
            "context": {"default_partner_id": self.id},
        }

    def action_invite_nps(self):
        """Ask the contacts for a recommendation, after a look at who they are."""
        return self.env["customer.nps.invite"]._open(self)
