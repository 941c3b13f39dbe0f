from odoo import api, models


class AccountMove(models.Model):
    _inherit = "account.move"

    def _post(self, soft=True):
        posted = super()._post(soft=soft)
        self.env["account.move.line"]._capture_unit_costs(posted)
        return posted

    def write(self, vals):
        if "partner_id" in vals:
            # the one it belonged to must let it go
            self._note_customers()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_note_customers(self):
        self._note_customers()

    def _note_customers(self):
        sales = self.filtered(lambda move: move.is_sale_document(include_receipts=True))
        for company, moves in sales.grouped("company_id").items():
            self.env["customer.account.change"]._note_partners(
                company,
                # the contact may have left the company that the document was written to
                moves.partner_id
                | moves.commercial_partner_id
                | moves.reversed_entry_id.commercial_partner_id,
            )
