from odoo import api, models
from odoo.tools import SQL


class CustomerProfitSource(models.AbstractModel):
    """Sale documents: revenue, the cost of what was sold, orders.

    The cost of a line is the first of these that exists:

    1. posted: the cost of goods that inventory valuation posted with the line
    2. captured: quantity x the unit cost kept on the line when it was posted
    3. purchase: quantity x the purchase price of its sale order line
    4. estimate: quantity x the product's cost before its first change that is known,
       else of today

    A service sold by the hour has its cost in the hours.
    """

    _inherit = "customer.profit.source"

    @api.model
    def _get_sale_rows(self, companies):
        """Return which rows are lines of sale documents, and whose they are."""
        return self._complete(
            {
                "name": "sale",
                "contact": SQL("line.partner_id"),
                "company": SQL("line.company_id"),
                "date": SQL("line.date"),
                "lines": SQL(
                    """
                    account_move_line line
                    JOIN account_move move ON move.id = line.move_id
                    """
                ),
                "where": SQL(
                    """
                    line.parent_state = 'posted'
                    AND line.display_type = 'product'
                    AND move.move_type IN %s
                    AND line.company_id IN %s
                    """,
                    self._get_sale_types(),
                    tuple(companies.ids),
                ),
            }
        )

    @api.model
    def _get_sale_types(self):
        return tuple(self.env["account.move"].get_sale_types(include_receipts=True))

    @api.model
    def _get_sale_documents(self, company):
        """Return the sale documents, and whose they are."""
        return {
            "name": "document",
            # whom it was written to, as its lines: the contact may have left since
            "contact": SQL("move.commercial_partner_id"),
            "company": SQL("move.company_id"),
            "date": SQL("move.date"),
            "lines": SQL("account_move move"),
            "where": SQL(
                "move.state = 'posted' AND move.move_type IN %s"
                " AND move.company_id = %s",
                self._get_sale_types(),
                company.id,
            ),
        }

    @api.model
    def _get_order_source(self, company):
        """Invoices that are orders: those that were not credited whole."""
        documents = self._get_sale_documents(company)
        return self._complete(
            documents
            | {
                "name": "order",
                "lines": SQL(
                    """
                    account_move move
                    LEFT JOIN (
                        -- in the documents' currency: rates differ from day to day
                        SELECT refund.reversed_entry_id AS move_id,
                               SUM(refund.amount_untaxed) AS amount
                          FROM account_move refund
                         WHERE refund.state = 'posted'
                           AND refund.move_type = 'out_refund'
                           AND refund.reversed_entry_id IS NOT NULL
                         GROUP BY refund.reversed_entry_id
                    ) credited ON credited.move_id = move.id
                    """
                ),
                "where": SQL(
                    """
                    %s AND move.move_type <> 'out_refund'
                    AND move.amount_untaxed > COALESCE(credited.amount, 0)
                    """,
                    documents["where"],
                ),
                "order_date": SQL("COALESCE(move.invoice_date, move.date)"),
            }
        )

    @api.model
    def _get_sale_source(self, company):
        quantity = SQL(
            "CASE WHEN move.move_type = 'out_refund'"
            " THEN -line.quantity ELSE line.quantity END"
        )
        return self._get_sale_rows(company) | {
            "details": self._get_sale_details(company, quantity),
            "amounts": self._get_sale_amounts(company),
            "documents": {
                "move_line_id": SQL("line.id"),
                "move_id": SQL("line.move_id"),
                "product_id": SQL("line.product_id"),
                "quantity": quantity,
            },
            "origins": {
                "revenue": SQL(
                    "CASE WHEN move.move_type = 'out_refund' THEN 'credit_note'"
                    " ELSE 'invoice' END"
                ),
                "product_cost": SQL(
                    """
                    CASE WHEN goods.cost IS NOT NULL THEN 'posted'
                         WHEN rung.captured IS NOT NULL THEN 'captured'
                         WHEN rung.purchase IS NOT NULL THEN 'purchase'
                         ELSE 'estimate' END
                    """
                ),
            },
        }

    @api.model
    def _get_sale_amounts(self, company):
        # each of these appears once: it is computed as often as it is written
        cost = SQL(
            """
            ROUND(sold.quantity * COALESCE(rung.captured * sold.unit, rung.purchase,
                                           rung.estimate * sold.unit), %s)
            """,
            company.currency_id.decimal_places,
        )
        has_no_cost_of_its_own = SQL(
            "goods.cost IS NULL AND rung.captured IS NULL AND rung.purchase IS NULL"
        )
        return {
            "revenue": SQL("-line.balance"),
            "refund_amount": SQL(
                "CASE WHEN move.move_type = 'out_refund' THEN line.balance END"
            ),
            "product_cost": SQL("COALESCE(goods.cost, %s)", cost),
            "estimated_cost": SQL(
                "CASE WHEN %s THEN %s END", has_no_cost_of_its_own, cost
            ),
            "uncosted_revenue": SQL(
                "CASE WHEN %s AND rung.estimate IS NULL AND product.type <> 'service'"
                " THEN -line.balance END",
                has_no_cost_of_its_own,
            ),
        }

    @api.model
    def _get_sale_details(self, company, quantity):
        """Return the joins that tell what was sold and what its unit costs.

        ``sold`` has the quantity, in the line's unit, and how many units of the product
        that is; ``rung`` the unit costs, of the product's or, from sale orders, of the
        line's unit.
        """
        return SQL(
            """
                LEFT JOIN (
                    -- once a product, not once a line
                    SELECT product.id, template.type, template.uom_id,
                           (product.standard_price ->> %(company)s)::numeric AS cost,
                           COALESCE(unit.factor, 1) AS factor,
                           %(by_time)s AS by_time
                      FROM product_product product
                      JOIN product_template template
                        ON template.id = product.product_tmpl_id
                      LEFT JOIN uom_uom unit ON unit.id = template.uom_id
                ) product ON product.id = line.product_id
                LEFT JOIN uom_uom line_unit ON line_unit.id = line.product_uom_id
                      AND line.product_uom_id <> product.uom_id
                LEFT JOIN customer_product_cost past
                       ON past.product_id = line.product_id
                      AND past.company_id = line.company_id
                      AND past.date_from <= line.date AND line.date < past.date_to
                LEFT JOIN LATERAL (%(goods)s) goods ON TRUE
                LEFT JOIN LATERAL (%(purchase)s) purchase ON TRUE
                CROSS JOIN LATERAL (
                    SELECT CASE WHEN NOT product.by_time THEN %(quantity)s END
                           AS quantity,
                           COALESCE(line_unit.factor / product.factor, 1) AS unit
                ) sold
                CROSS JOIN LATERAL (
                    SELECT NULLIF(line.customer_unit_cost, 0) AS captured,
                           NULLIF(purchase.price, 0) AS purchase,
                           COALESCE(NULLIF(past.unit_cost, 0), NULLIF(product.cost, 0))
                           AS estimate
                ) rung
                """,
            company=str(company.id),
            quantity=quantity,
            by_time=self._get_sold_by_time(),
            goods=self._get_cost_of_goods(),
            purchase=self._get_purchase_price(),
        )

    @api.model
    def _get_sold_by_time(self):
        """Return whether the line sells hours of work, whose cost is in the hours."""
        hour = self.env.ref("uom.product_uom_hour")
        units = (
            self.env["uom.uom"]
            .with_context(active_test=False)
            .search([("id", "child_of", int(hour.parent_path.split("/")[0]))])
        )
        by_time = SQL("template.uom_id IN %s", tuple(units.ids))
        if "service_type" in self.env["product.template"]._fields:
            by_time = SQL("(%s OR template.service_type = 'timesheet')", by_time)
        return SQL("(template.type = 'service' AND %s)", by_time)

    @api.model
    def _get_purchase_price(self):
        """Return a query of the price of the line's unit, in company currency, or NULL.

        For addons that know one: sale orders of which a margin is computed do.
        """
        return SQL("SELECT NULL::numeric AS price")

    @api.model
    def _get_cost_of_goods(self):
        """Return a query of the cost posted with the line; NULL where none was."""
        if "cogs_origin_id" not in self.env["account.move.line"]._fields:
            # Without inventory valuation nothing posts a cost of goods
            return SQL("SELECT NULL::numeric AS cost")
        return SQL(
            """
            SELECT SUM(cogs.balance) AS cost
              FROM account_move_line cogs
              JOIN account_account ledger ON ledger.id = cogs.account_id
             WHERE cogs.cogs_origin_id = line.id
               AND cogs.display_type = 'cogs'
               AND cogs.parent_state = 'posted'
               AND starts_with(ledger.account_type, 'expense')
            """
        )
