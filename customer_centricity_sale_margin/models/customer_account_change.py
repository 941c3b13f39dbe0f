from odoo import api, models
from odoo.tools import SQL


class CustomerAccountChange(models.Model):
    _inherit = "customer.account.change"

    @api.model
    def _get_change_queries(self, company, since):
        """Add whom was invoiced what another purchase price was noted of since."""
        return [
            *super()._get_change_queries(company, since),
            SQL(
                """
                SELECT partner.commercial_partner_id
                  FROM sale_order_line sold
                  JOIN sale_order_line_invoice_rel link ON link.order_line_id = sold.id
                  JOIN account_move_line line ON line.id = link.invoice_line_id
                  JOIN res_partner partner ON partner.id = line.partner_id
                 WHERE sold.write_date >= %s AND line.company_id = %s
                   AND line.parent_state = 'posted'
                   -- the others have a cost of their own
                   AND COALESCE(line.customer_unit_cost, 0) = 0
                """,
                since,
                company.id,
            ),
        ]
