from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .customer_lookalike_ranked import COLUMNS


class CustomerProspect(models.Model):
    """A contact who has never ordered, and is like the best accounts of a company.

    Only those most like them are kept, and found anew after every refresh.
    """

    _name = "customer.prospect"
    _inherit = ["customer.lookalike.ranked"]
    _description = "Prospect"
    _order = "lookalike_score desc, lookalike_chance desc, id"
    _rec_name = "partner_id"
    _log_access = False

    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Contact",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    industry_id = fields.Many2one(related="partner_id.industry_id", related_sudo=False)
    country_id = fields.Many2one(related="partner_id.country_id", related_sudo=False)
    city = fields.Char(related="partner_id.city", related_sudo=False)
    email = fields.Char(related="partner_id.email", related_sudo=False)
    phone = fields.Char(related="partner_id.phone", related_sudo=False)
    user_id = fields.Many2one(related="partner_id.user_id", related_sudo=False)

    _partner_company_unique = models.Constraint(
        "UNIQUE(partner_id, company_id)", "A contact is a prospect of a company once."
    )

    def action_create_leads(self):
        """Open an opportunity with each, and show them; from then on they are leads."""
        leads = self._create_leads()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_centricity_crm.crm_lead_action_lookalike"
        )
        action["domain"] = [("id", "in", leads.ids)]
        if len(leads) == 1:
            action.update(
                res_id=leads.id, view_mode="form", views=[(False, "form")], domain=[]
            )
        return action

    def _create_leads(self):
        """Create a lead for each, with the rights of whoever asks for it."""
        self.check_access("read")
        if not self:
            raise UserError(self.env._("Choose at least one prospect."))
        leads = self.env["crm.lead"].create([one._prepare_lead_vals() for one in self])
        # sudo: prospects are found, and nobody writes them; these are leads now
        self.sudo().unlink()
        return leads

    def _prepare_lead_vals(self):
        self.ensure_one()
        partner = self.partner_id
        user = partner.user_id or self.env.user
        if self.company_id not in user.company_ids:
            user = user.browse()
        return {
            "type": "opportunity",
            "name": partner.display_name,
            "partner_id": partner.id,
            "company_id": self.company_id.id,
            "user_id": user.id,
        }

    @api.model
    def _replace(self, company, ranks):
        """Make the prospects of a company those ranked.

        :param ranks: list of (partner id, score, chance, tier id or None, facts)
        """
        ids = [one[0] for one in ranks]
        self.env.cr.execute(
            SQL(
                "DELETE FROM customer_prospect"
                " WHERE company_id = %s AND partner_id <> ALL(%s)",
                company.id,
                ids,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO customer_prospect (company_id, partner_id)
                SELECT %s, id FROM res_partner WHERE id = ANY(%s)
                    ON CONFLICT (partner_id, company_id) DO NOTHING
                """,
                company.id,
                ids,
            )
        )
        rows = self.env.execute_query(
            SQL(
                "SELECT partner_id, id FROM customer_prospect WHERE company_id = %s",
                company.id,
            )
        )
        prospects = dict(rows)
        self._write_ranks([(prospects[one[0]], *one[1:]) for one in ranks])
        self.invalidate_model(["partner_id", "company_id", *COLUMNS])
