from odoo import api, models
from odoo.tools import SQL


class CustomerProfitSource(models.AbstractModel):
    _inherit = "customer.profit.source"

    @api.model
    def _get_purchase_price(self):
        """Return a query of what the sale lines of an invoice line were bought for.

        A sale line notes it in the currency of its order and for its own unit of
        measure; the order keeps the rate of its day. Of several sale lines the prices
        are averaged, weighted by what was ordered.

        A price of 0 says nothing: it is what a sale line notes of a product whose cost
        nobody had entered. Nor does the price of a product that was replaced by
        another on the invoice.
        """
        return SQL(
            """
            SELECT COALESCE(
                       SUM(noted.price * noted.quantity)
                       / NULLIF(SUM(noted.quantity), 0),
                       AVG(noted.price))
                   * COALESCE(MAX(line_unit.factor), 1) AS price
              FROM sale_order_line_invoice_rel link
              JOIN sale_order_line sale_line ON sale_line.id = link.order_line_id
              JOIN sale_order sale ON sale.id = sale_line.order_id
              LEFT JOIN uom_uom sale_unit ON sale_unit.id = sale_line.product_uom_id
              LEFT JOIN uom_uom line_unit ON line_unit.id = line.product_uom_id
             CROSS JOIN LATERAL (
                   -- for and in the smallest unit, that both units are made of
                   SELECT sale_line.purchase_price
                          / COALESCE(NULLIF(sale.currency_rate, 0), 1)
                          / COALESCE(sale_unit.factor, 1) AS price,
                          ABS(sale_line.product_uom_qty)
                          * COALESCE(sale_unit.factor, 1) AS quantity
                   ) noted
             WHERE link.invoice_line_id = line.id
               AND sale_line.product_id = line.product_id
               AND sale_line.purchase_price <> 0
            """
        )
