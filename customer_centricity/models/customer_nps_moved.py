from odoo import models


class CustomerNpsResponse(models.Model):
    """An answer that comes to be another customer's."""

    _inherit = "customer.nps.response"

    def write(self, vals):
        """Have whose answers these were looked at: a negative one is a complaint.

        Whose they become is told by their date of change.
        """
        if not {"partner_id", "company_id"}.isdisjoint(vals):
            changes = self.env["customer.account.change"]
            # sudo: as in _note_partners
            for company, responses in self.sudo().grouped("company_id").items():
                changes._note_partners(company, responses.partner_id)
        return super().write(vals)
