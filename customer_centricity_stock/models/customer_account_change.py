from odoo import api, models
from odoo.tools import SQL


class CustomerAccountChange(models.Model):
    _inherit = "customer.account.change"

    @api.model
    def _get_change_queries(self, company, since):
        """Add whom something was delivered to."""
        return [
            *super()._get_change_queries(company, since),
            SQL(
                """
                SELECT partner.commercial_partner_id
                  FROM stock_picking picking
                  JOIN res_partner partner ON partner.id = picking.partner_id
                 WHERE picking.write_date >= %s AND picking.company_id = %s
                   AND picking.state = 'done'
                """,
                since,
                company.id,
            ),
        ]
