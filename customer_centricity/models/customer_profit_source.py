from odoo import api, models
from odoo.tools import SQL

# What each source of facts brings, in the order of its columns. A source leaves at 0
# what it knows nothing of.
MEASURES = (
    "revenue",
    "refund_amount",
    "product_cost",
    "estimated_cost",
    "uncosted_revenue",
    "time_cost",
    "hours",
    "uncosted_hours",
    "order_count",
)
# Dates that a source may bring besides, and which of several counts
DATES = {"first_order_date": SQL("MIN"), "last_order_date": SQL("MAX")}


class CustomerProfitSource(models.AbstractModel):
    """Where facts come from: queries over posted documents, one a kind of document."""

    _name = "customer.profit.source"
    _description = "Customer Profit Source"

    @api.model
    def _get_sources(self, companies):
        """Return where facts come from; meant to be extended by other addons.

        :return: list of dict of SQL:
            - partner: the commercial partner that a row belongs to, NULL for nobody
            - company, date: of the row
            - tables, condition: the rows of the source, one a document line
            - details: joins that only the measures need
            - measures: dict of aggregates by name, of those in MEASURES and DATES that
              it knows
        """
        return [self._get_sale_source(companies), self._get_timesheet_source(companies)]

    @api.model
    def _get_source_query(self, source, start, end):
        """Return the source's facts from start to before end.

        :return: SQL selecting partner_id, company_id, month and all measures
        """
        measures = dict.fromkeys(MEASURES, SQL("0"))
        measures |= dict.fromkeys(DATES, SQL("NULL::date"))
        measures |= source["measures"]
        columns = [
            SQL("%s AS %s", measure, SQL.identifier(name))
            for name, measure in measures.items()
        ]
        return SQL(
            """
            SELECT %(partner)s AS partner_id, %(company)s AS company_id,
                   date_trunc('month', %(date)s)::date AS month, %(columns)s
              FROM %(tables)s %(details)s
             WHERE %(condition)s AND %(date)s >= %(start)s AND %(date)s < %(end)s
             GROUP BY 1, 2, 3
            """,
            partner=source["partner"],
            company=source["company"],
            date=source["date"],
            columns=SQL(", ").join(columns),
            tables=source["tables"],
            details=source["details"],
            condition=source["condition"],
            start=start,
            end=end,
        )

    @api.model
    def _get_sale_source(self, companies):
        """Revenue, product cost and orders, from posted sale documents."""
        return {
            # The contact's commercial entity of today, not the one noted on the
            # document: a contact put under a company brings its past along.
            "partner": SQL("partner.commercial_partner_id"),
            "company": SQL("line.company_id"),
            "date": SQL("line.date"),
            "tables": SQL(
                """
                account_move_line line
                JOIN account_move move ON move.id = line.move_id
                LEFT JOIN res_partner partner ON partner.id = line.partner_id
                """
            ),
            "condition": SQL(
                """
                line.parent_state = 'posted'
                AND line.display_type = 'product'
                AND move.move_type IN %s
                AND line.company_id IN %s
                """,
                tuple(self.env["account.move"].get_sale_types(include_receipts=True)),
                tuple(companies.ids),
            ),
            "details": self._get_sale_details(),
            "measures": self._get_sale_measures(),
        }

    @api.model
    def _get_sale_measures(self):
        # An invoice that was credited whole was no order
        is_order = SQL(
            "move.move_type <> 'out_refund'"
            " AND move.amount_untaxed > COALESCE(credited.amount, 0)"
        )
        return {
            "revenue": SQL("SUM(-line.balance)"),
            "refund_amount": SQL(
                "SUM(line.balance) FILTER (WHERE move.move_type = 'out_refund')"
            ),
            "product_cost": SQL("SUM(COALESCE(goods.cost, unit.cost * unit.quantity))"),
            "estimated_cost": SQL(
                "SUM(unit.cost * unit.quantity) FILTER (WHERE goods.cost IS NULL)"
            ),
            "uncosted_revenue": SQL(
                "SUM(-line.balance) FILTER (WHERE goods.cost IS NULL"
                " AND unit.cost = 0 AND template.type <> 'service')"
            ),
            # Several invoices of a day are one order
            "order_count": SQL(
                "COUNT(DISTINCT move.invoice_date) FILTER (WHERE %s)", is_order
            ),
            **{
                name: SQL("%s(move.invoice_date) FILTER (WHERE %s)", which, is_order)
                for name, which in DATES.items()
            },
        }

    @api.model
    def _get_sale_details(self):
        return SQL(
            """
                LEFT JOIN product_product product ON product.id = line.product_id
                LEFT JOIN product_template template
                       ON template.id = product.product_tmpl_id
                LEFT JOIN uom_uom line_uom ON line_uom.id = line.product_uom_id
                LEFT JOIN uom_uom product_uom ON product_uom.id = template.uom_id
                CROSS JOIN LATERAL (
                    SELECT COALESCE(%(unit_cost)s, 0) AS cost,
                           CASE WHEN move.move_type = 'out_refund' THEN -1 ELSE 1 END
                           * line.quantity * COALESCE(line_uom.factor, 1)
                           / COALESCE(product_uom.factor, 1) AS quantity
                ) unit
                LEFT JOIN LATERAL (%(goods)s) goods ON TRUE
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
                """,
            unit_cost=self._get_unit_cost(),
            goods=self._get_cost_of_goods(),
        )

    @api.model
    def _get_unit_cost(self):
        """Return today's cost of the line's product, in its company, or NULL."""
        cost = SQL("(product.standard_price ->> line.company_id::text)::numeric")
        if "service_type" not in self.env["product.template"]._fields:
            return cost
        # What is sold by the hour has its cost in the hours
        return SQL(
            "CASE WHEN template.service_type = 'timesheet' THEN 0 ELSE %s END", cost
        )

    @api.model
    def _get_purchase_price(self):
        """Return the unit purchase price noted when an invoice line's goods were sold.

        Meant for an addon that knows of sales orders.

        :return: SQL of the price for the ``line`` of a query, in company currency and
            for the unit of measure of the line, NULL where none was noted
        """
        return SQL("NULL::numeric")

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

    @api.model
    def _get_timesheet_source(self, companies):
        """Hours and their cost, billable or not."""
        # All quantities of time are told in hours, whatever unit they were entered in
        hours = SQL(
            "sheet.unit_amount::numeric * COALESCE(sheet_uom.factor / %(hour)s, 1)",
            hour=self.env.ref("uom.product_uom_hour").factor,
        )
        return {
            "partner": SQL("partner.commercial_partner_id"),
            "company": SQL("sheet.company_id"),
            "date": SQL("sheet.date"),
            "tables": SQL(
                """
                account_analytic_line sheet
                JOIN res_company company ON company.id = sheet.company_id
                JOIN res_partner own ON own.id = company.partner_id
                JOIN project_project project ON project.id = sheet.project_id
                LEFT JOIN project_task task ON task.id = sheet.task_id
                LEFT JOIN res_partner partner
                       ON partner.id = COALESCE(
                              sheet.partner_id, task.partner_id, project.partner_id)
                """
            ),
            # hours for the company itself are no customer's, and none is missing
            "condition": SQL(
                """
                sheet.company_id IN %s
                AND partner.commercial_partner_id
                    IS DISTINCT FROM own.commercial_partner_id
                """,
                tuple(companies.ids),
            ),
            "details": SQL(
                "LEFT JOIN uom_uom sheet_uom ON sheet_uom.id = sheet.product_uom_id"
            ),
            "measures": {
                "time_cost": SQL("SUM(-sheet.amount)"),
                "hours": SQL("SUM(%s)", hours),
                "uncosted_hours": SQL("SUM(%s) FILTER (WHERE sheet.amount = 0)", hours),
            },
        }
