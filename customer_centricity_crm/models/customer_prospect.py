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
        leads = self.env["crm.lead"]
        for company, prospects in self.grouped("company_id").items():
            leads |= self._open_leads(company, prospects.partner_id)
        if not leads:
            raise UserError(self._get_taken_message())
        return leads

    @api.model
    def _get_taken_message(self):
        return self.env._(
            "None of them is a prospect any more: they have an open lead, have "
            "ordered, or do not want to be profiled. Look for others."
        )

    @api.model
    def _open_leads(self, company, partners):
        """Create a lead for each contact that may be a prospect now.

        With the rights of whoever asks for it; nobody gets two of them, whoever else
        asks at the same time.
        """
        leads = self.env["crm.lead"].create(
            [
                {
                    "type": "opportunity",
                    "name": partner.display_name,
                    "partner_id": partner.id,
                    "company_id": company.id,
                    "user_id": self._get_seller(company, partner).id,
                }
                for partner in self._take(company, partners)
            ]
        )
        # sudo: prospects are found, and nobody writes them; these are leads now, or may
        # not be prospects any more
        self.sudo().search(
            [("partner_id", "in", partners.ids), ("company_id", "=", company.id)]
        ).unlink()
        return leads

    @api.model
    def _get_seller(self, company, partner):
        """Return who is to work on a contact: its salesperson, else whoever asks."""
        users = (partner.user_id | self.env.user).filtered(
            lambda user: company in user.company_ids
        )
        return users[:1]

    @api.model
    def _take(self, company, partners):
        """Return which of the contacts may be prospects now, and keep them to oneself.

        They are written as they are: only that way the database refuses whoever takes
        them at the same time, has the request repeated, and it finds the lead then.
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE res_partner partner SET write_date = partner.write_date
                 WHERE partner.id = ANY(%s) AND %s RETURNING partner.id
                """,
                partners.ids,
                self.env["customer.lookalike.facets"]._get_prospect_condition(company),
            )
        )
        found = {partner for [partner] in rows}
        return partners.filtered(lambda partner: partner.id in found)

    @api.model
    def _replace(self, company, ranks, after, last=None):
        """Make those ranked the prospects of a company among some contacts.

        :param ranks: list of (partner id, score, chance, tier id or None, facts)
        :param after: the id behind which those contacts begin
        :param last: the id with which they end; None: there are no more
        """
        ids = [one[0] for one in ranks]
        self.env.cr.execute(
            SQL(
                "DELETE FROM customer_prospect WHERE company_id = %s"
                " AND partner_id > %s AND (%s::int IS NULL OR partner_id <= %s)"
                " AND partner_id <> ALL(%s)",
                company.id,
                after,
                last,
                last,
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
                "SELECT partner_id, id FROM customer_prospect"
                " WHERE company_id = %s AND partner_id = ANY(%s)",
                company.id,
                ids,
            )
        )
        prospects = dict(rows)
        self._write_ranks([(prospects[one[0]], *one[1:]) for one in ranks])
        self.invalidate_model(["partner_id", "company_id", *COLUMNS])

    @api.model
    def _keep_best(self, company, number):
        """Forget all prospects of a company but the first ones."""
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM customer_prospect WHERE id IN (
                    SELECT id FROM customer_prospect WHERE company_id = %s
                     ORDER BY lookalike_score DESC, lookalike_chance DESC, partner_id
                    OFFSET %s)
                """,
                company.id,
                number,
            )
        )
        self.invalidate_model(["partner_id", "company_id", *COLUMNS])
