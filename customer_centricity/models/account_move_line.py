from odoo import api, fields, models
from odoo.tools import SQL


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    customer_unit_cost = fields.Float(
        string="Unit Cost When Posted",
        readonly=True,
        copy=False,
        digits=(16, 6),
        groups="customer_centricity.group_manager",
        help="What a unit of the product cost when the document was posted, in company "
        "currency. Later changes of the product's cost do not change it.",
    )

    def write(self, vals):
        if "product_id" in vals:
            # another product has another cost: it is captured when posted again
            others = self.filtered(
                lambda line: line.product_id.id != vals["product_id"]
            )
            others.sudo()._forget_unit_costs()  # sudo: nobody may write the cost
        return super().write(vals)

    def _forget_unit_costs(self):
        lines = self.filtered("customer_unit_cost")
        if lines:
            lines.customer_unit_cost = False

    @api.model
    def _capture_unit_costs(self, moves):
        """Keep today's unit cost of the products on the sale documents' lines.

        A line that has one keeps it: a document that is posted again is still of its
        first day. A credit note gives back what its invoice cost, if only as an
        estimate. Lines of products without a cost stay open, so that a cost that is
        entered later counts.
        """
        sales = moves.filtered(
            lambda move: move.is_sale_document(include_receipts=True)
        )
        if not sales:
            return
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE account_move_line line
                   SET customer_unit_cost = cost.unit_cost
                  FROM (
                      SELECT line.id,
                             COALESCE(
                                 (SELECT SUM(was.unit_cost * sold.quantity)
                                         / NULLIF(SUM(sold.quantity), 0)
                                    FROM account_move_line sold
                                    LEFT JOIN customer_product_cost past
                                           ON past.product_id = sold.product_id
                                          AND past.company_id = sold.company_id
                                          AND past.date_from <= sold.date
                                          AND sold.date < past.date_to
                                   CROSS JOIN LATERAL (
                                         SELECT COALESCE(
                                                NULLIF(sold.customer_unit_cost, 0),
                                                past.unit_cost) AS unit_cost
                                   ) was
                                   WHERE sold.move_id = move.reversed_entry_id
                                     AND sold.product_id = line.product_id
                                     AND was.unit_cost <> 0),
                                 (product.standard_price
                                  ->> line.company_id::text)::numeric
                             ) AS unit_cost
                        FROM account_move_line line
                        JOIN account_move move ON move.id = line.move_id
                        JOIN product_product product ON product.id = line.product_id
                       WHERE line.move_id IN %s
                         AND line.display_type = 'product'
                         AND COALESCE(line.customer_unit_cost, 0) = 0
                  ) cost
                 WHERE line.id = cost.id AND cost.unit_cost <> 0
                """,
                tuple(sales.ids),
            )
        )
        sales.line_ids.invalidate_recordset(["customer_unit_cost"], flush=False)
