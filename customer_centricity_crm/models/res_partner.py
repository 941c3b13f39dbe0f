from odoo import models

from .customer_lookalike_ranked import NOTHING


class ResPartner(models.Model):
    """Contacts who do not want to be profiled are not ranked, either."""

    _inherit = "res.partner"

    def _follow_opt_out(self, opted_out):
        result = super()._follow_opt_out(opted_out)
        if opted_out:
            # sudo: in every company, whoever edits the contact
            found = [("partner_id", "in", self.ids)]
            self.env["customer.prospect"].sudo().search(found).unlink()
            concerned = [
                "|",
                ("partner_id", "in", self.ids),
                ("partner_id.commercial_partner_id", "in", self.ids),
            ]
            leads = self.env["crm.lead"].sudo().with_context(active_test=False)
            leads = leads.search(concerned)
            lines = self.env["customer.lookalike.campaign.line"].sudo()
            lines.search(
                ["|", ("partner_id", "in", self.ids), ("lead_id", "in", leads.ids)]
            ).unlink()
            leads = leads.filtered("lookalike_score")
            leads._write_ranks([(lead, *NOTHING) for lead in leads.ids])
        return result
