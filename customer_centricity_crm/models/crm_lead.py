from odoo import api, fields, models
from odoo.exceptions import AccessError

from .customer_lookalike_ranked import COLUMNS, NOTHING

# What leads are ranked by: when it changes, so does the rank
RANKED_BY = {
    "active",
    "campaign_id",
    "company_id",
    "country_id",
    "customer_industry_id",
    "description",
    "expected_revenue",
    "lang_id",
    "medium_id",
    "name",
    "partner_id",
    "partner_name",
    "referred",
    "source_id",
    "state_id",
    "tag_ids",
    "website",
}


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.lead", "customer.lookalike.ranked"]

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
    customer_industry_id = fields.Many2one(
        comodel_name="res.partner.industry",
        string="Industry",
        index="btree_not_null",
        ondelete="set null",
        groups="customer_centricity.group_user",
        help="Of a lead without a contact. It goes to the contact that is created.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_human_ranks(vals)
        # what is computed has no default, either
        computed = {f"default_{name}" for name in COLUMNS}
        context = {
            key: value for key, value in self.env.context.items() if key not in computed
        }
        leads = super(CrmLead, self.with_env(self.env(context=context))).create(
            vals_list
        )
        leads._rank()
        return leads.with_env(self.env)

    def write(self, vals):
        self._check_human_ranks(vals)
        # it follows the salesperson and the team
        before = {lead: lead.company_id for lead in self}
        result = super().write(vals)
        if RANKED_BY & vals.keys():
            self._rank()
        else:
            self.filtered(lambda lead: lead.company_id != before[lead])._rank()
        return result

    @api.model
    def _check_human_ranks(self, vals):
        """Refuse to let people write what is computed."""
        if not self.env.su and set(COLUMNS) & vals.keys():
            raise AccessError(
                self.env._("How like your best accounts a lead is cannot be written.")
            )

    def _rank(self):
        """Rank the leads by what is known of them now."""
        # sudo: what the accounts of the company have in common is for managers, and
        # the score for salespeople; whoever saves a lead need be neither
        models_learnt = self.env["customer.lookalike.model"].sudo()
        if self and models_learnt.search_count([("status", "=", "ready")], limit=1):
            self.env.flush_all()
            models_learnt._rank_leads(self.sudo())

    @api.model
    def _forget_ranks_of_nobody(self):
        """Forget the ranks of leads of no company where there are several.

        They are seen in every company, and tell what the customers of one are like.
        """
        # sudo: whoever adds a company, and whichever leads there are
        if self.env["res.company"].sudo().search_count([], limit=2) > 1:
            leads = self.sudo().with_context(active_test=False)
            leads = leads.search(
                [("company_id", "=", False), ("lookalike_score", ">", 0)]
            )
            leads._write_ranks([(lead, *NOTHING) for lead in leads.ids])

    def _prepare_customer_values(self, partner_name, is_company=False, parent_id=False):
        values = super()._prepare_customer_values(partner_name, is_company, parent_id)
        # sudo: of the lead that the contact is created from, whoever does
        industry = self.sudo().customer_industry_id
        if industry and not parent_id:
            values["industry_id"] = industry.id
        return values
