from odoo import api, models
from odoo.tools import SQL


class CustomerProfitSource(models.AbstractModel):
    """What accounts cost beside the products they buy: hours, projects, service."""

    _inherit = "customer.profit.source"

    @api.model
    def _get_timesheet_source(self, company):
        """Hours and their cost, billable or not."""
        # All quantities of time are told in hours, whatever unit they were entered in
        hours = SQL(
            "sheet.unit_amount::numeric * COALESCE(sheet_uom.factor / %(hour)s, 1)",
            hour=self.env.ref("uom.product_uom_hour").factor,
        )
        return self._complete(
            {
                "name": "timesheet",
                "contact": SQL(
                    "COALESCE(sheet.partner_id, task.partner_id, project.partner_id)"
                ),
                "company": SQL("sheet.company_id"),
                "date": SQL("sheet.date"),
                "lines": SQL(
                    """
                account_analytic_line sheet
                JOIN project_project project ON project.id = sheet.project_id
                LEFT JOIN project_task task ON task.id = sheet.task_id
                """
                ),
                "where": SQL("sheet.company_id = %s", company.id),
                # hours for the company itself are no customer's, and none is missing
                "not_for": company.partner_id.commercial_partner_id.id,
                "details": SQL(
                    "LEFT JOIN uom_uom sheet_uom ON sheet_uom.id = sheet.product_uom_id"
                ),
                "amounts": {
                    "time_cost": SQL("-sheet.amount"),
                    "hours": hours,
                    "uncosted_hours": SQL(
                        "CASE WHEN sheet.amount = 0 THEN %s END", hours
                    ),
                },
                "documents": {
                    "analytic_line_id": SQL("sheet.id"),
                    "project_id": SQL("sheet.project_id"),
                    "quantity": hours,
                },
                "origins": {"time_cost": SQL("'hours'")},
            }
        )

    @api.model
    def _get_project_cost_source(self, company):
        """Other analytic items of the accounts' projects: subcontractors, expenses.

        Left out are the customer's own invoices; what is no expense (goods bought into
        stock); and items of a product that the account was invoiced and that has a
        cost: it is in the product cost.
        """
        return self._complete(
            {
                "name": "project_cost",
                "contact": SQL("customer.partner_id"),
                "company": SQL("item.company_id"),
                "date": SQL("item.date"),
                "lines": SQL(
                    """
                account_analytic_line item
                JOIN (
                    -- nobody's where projects of several customers share the account
                    SELECT project.account_id,
                           MIN(project.id) AS project_id,
                           CASE WHEN COUNT(DISTINCT partner.commercial_partner_id) = 1
                                THEN MIN(partner.commercial_partner_id)
                           END AS partner_id
                      FROM project_project project
                      LEFT JOIN res_partner partner ON partner.id = project.partner_id
                     WHERE project.account_id IS NOT NULL
                     GROUP BY project.account_id
                ) customer ON customer.account_id = item.account_id
                LEFT JOIN account_move_line line ON line.id = item.move_line_id
                LEFT JOIN account_move move ON move.id = line.move_id
                LEFT JOIN account_account ledger ON ledger.id = item.general_account_id
                """
                ),
                "where": SQL(
                    """
                item.project_id IS NULL
                AND item.company_id = %(company)s
                AND (move.id IS NULL OR move.move_type NOT IN %(sales)s)
                AND (ledger.id IS NULL OR starts_with(ledger.account_type, 'expense'))
                AND NOT EXISTS (
                    SELECT FROM account_move_line sold
                      JOIN account_move sale ON sale.id = sold.move_id
                      JOIN res_partner buyer ON buyer.id = sold.partner_id
                      JOIN product_product product ON product.id = sold.product_id
                      JOIN product_template template
                        ON template.id = product.product_tmpl_id
                      LEFT JOIN customer_product_cost past
                             ON past.product_id = sold.product_id
                            AND past.company_id = sold.company_id
                            AND past.date_from <= sold.date
                            AND sold.date < past.date_to
                     WHERE buyer.commercial_partner_id = customer.partner_id
                       AND sold.product_id = item.product_id
                       AND sold.company_id = item.company_id
                       AND sold.parent_state = 'posted'
                       AND sold.display_type = 'product'
                       AND sale.move_type IN %(sales)s
                       AND NOT %(by_time)s
                       AND COALESCE(
                               NULLIF(sold.customer_unit_cost, 0),
                               NULLIF(past.unit_cost, 0),
                               (product.standard_price
                                ->> sold.company_id::text)::numeric,
                               0) <> 0
                )
                """,
                    company=company.id,
                    sales=self._get_sale_types(),
                    by_time=self._get_sold_by_time(),
                ),
                "not_for": company.partner_id.commercial_partner_id.id,
                "amounts": {"other_cost": SQL("-item.amount")},
                "documents": {
                    "analytic_line_id": SQL("item.id"),
                    "move_line_id": SQL("item.move_line_id"),
                    "move_id": SQL("line.move_id"),
                    "product_id": SQL("item.product_id"),
                    "project_id": SQL("customer.project_id"),
                    "quantity": SQL("item.unit_amount::numeric"),
                },
                "origins": {"other_cost": SQL("'analytic'")},
            }
        )

    @api.model
    def _get_serving_source(self, company, start, end):
        """What serving costs by the company's rates; None where it has none."""
        serving = self.env["customer.cost.rate"]._get_serving_query(company, start, end)
        if not serving:
            return None
        return self._complete(
            {
                "name": "serving",
                "every_month": True,
                "contact": SQL("serving.partner_id"),
                "company": SQL("serving.company_id"),
                "date": SQL("serving.date"),
                "lines": SQL("(%s) serving", serving),
                "where": SQL("TRUE"),
                "amounts": {"serving_cost": SQL("serving.amount")},
                "documents": {
                    "rate_id": SQL("serving.rate_id"),
                    "res_model": SQL("serving.res_model"),
                    "res_id": SQL("serving.res_id"),
                    "quantity": SQL("serving.quantity"),
                },
                "origins": {"serving_cost": SQL("'rate'")},
            }
        )
