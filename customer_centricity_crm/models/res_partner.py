from odoo import models


class ResPartner(models.Model):
    """Contacts who do not want to be profiled are not ranked, either."""

    _inherit = "res.partner"

    def _follow_opt_out(self, opted_out):
        result = super()._follow_opt_out(opted_out)
        if opted_out:
            # sudo: in every company, whoever edits the contact
            found = [("partner_id", "in", self.ids)]
            self.env["customer.prospect"].sudo().search(found).unlink()
            leads = self.env["crm.lead"].sudo().with_context(active_test=False)
            leads = leads.search(
                [
                    ("lookalike_score", ">", 0),
                    "|",
                    ("partner_id", "in", self.ids),
                    ("partner_id.commercial_partner_id", "in", self.ids),
                ]
            )
            leads._write_ranks([(lead, 0, 0, None, None) for lead in leads.ids])
        return result
