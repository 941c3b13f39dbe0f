from odoo import models
from odoo.tools import SQL


class CustomerCostDriver(models.Model):
    _inherit = "customer.cost.driver"

    def _get_delivery_rows(self, company, start, end):
        """Deliveries done, each on its day where the company is.

        A delivery belongs to the commercial entity of whom it went to. What a company
        sends itself, from one warehouse to another, is no customer's.
        """
        return SQL(
            """
            SELECT partner.commercial_partner_id AS partner_id, picking.company_id,
                   done.date, 1::numeric AS quantity,
                   'stock.picking' AS res_model, picking.id AS res_id
              FROM stock_picking picking
              JOIN stock_picking_type operation
                ON operation.id = picking.picking_type_id
              JOIN res_company company ON company.id = picking.company_id
              JOIN res_partner own ON own.id = company.partner_id
              LEFT JOIN resource_calendar calendar
                     ON calendar.id = company.resource_calendar_id
              LEFT JOIN res_partner partner ON partner.id = picking.partner_id
             CROSS JOIN LATERAL (
                   SELECT (picking.date_done AT TIME ZONE 'UTC'
                           AT TIME ZONE COALESCE(own.tz, calendar.tz, 'UTC'))::date
                          AS date
                   ) done
             WHERE picking.state = 'done'
               AND operation.code = 'outgoing'
               AND picking.company_id IN %(companies)s
               AND partner.commercial_partner_id
                   IS DISTINCT FROM own.commercial_partner_id
               -- a day more at both ends for an index that knows no time zone
               AND picking.date_done >= %(start)s::timestamp - interval '1 day'
               AND picking.date_done < %(end)s::timestamp + interval '1 day'
               AND done.date >= %(start)s AND done.date < %(end)s
            """,
            companies=tuple(company.ids),
            start=start,
            end=end,
        )
