from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

# What is measured of a finding; 0 unless told
NOTHING = {"count": 0, "amount": 0, "hours": 0}


class CustomerQualitySource(models.AbstractModel):
    """Where findings come from: what the documents of a period leave unknown.

    Read from the same rows as the facts (customer.profit.source), so that what is
    missing here and what is counted there make the whole. No row is told twice: what
    has no customer is not looked at for its cost.
    """

    _name = "customer.quality.source"
    _description = "Customer Quality Source"

    @api.model
    def _get_measures(self, company, start, end):
        """Return what is missing from start to before end; meant to be extended.

        :return: {code of the finding: {"count", "amount", "hours"}}; those that found
            nothing have a count of 0
        """
        self.env.flush_all()
        period = (company, start, end)
        return {
            **self._measure_sale_lines(*period),
            **self._measure_products(*period),
            **self._measure_timesheets(*period),
            **self._measure_project_costs(*period),
        }

    @api.model
    def _get_rows(self, source, start, end, columns, **extra):
        """Return rows of a source of facts in the period, as a list of tuples.

        :param SQL columns: what to select
        :param extra: SQL pieces: ``where``, beginning with AND, and ``group``, what
            follows WHERE; ``details`` joins what the source's measures need
        """
        return self.env.execute_query(
            SQL(
                """
                SELECT %(columns)s
                  FROM %(tables)s %(details)s
                 WHERE %(condition)s AND %(date)s >= %(start)s AND %(date)s < %(end)s
                       %(where)s
                       %(group)s
                """,
                columns=columns,
                tables=source["tables"],
                details=extra.get("details", SQL()),
                condition=source["condition"],
                date=source["date"],
                start=start,
                end=end,
                where=extra.get("where", SQL()),
                group=extra.get("group", SQL()),
            )
        )

    @api.model
    def _get_sum(self, source, name):
        """Return a measure of a source summed up, 0 for nothing."""
        return SQL("COALESCE(SUM(%s), 0)", source["amounts"][name])

    # ------------------------------------------------------------------
    # Sale documents
    # ------------------------------------------------------------------

    @api.model
    def _measure_sale_lines(self, company, start, end):
        """Lines without a customer, with a contact that is nobody's, of no product."""
        source = self.env["customer.profit.source"]._get_sale_source(company)
        partner = source["partner"]
        cases = {
            "no_customer_revenue": SQL(
                "%s IS NULL AND line.partner_id IS NULL", partner
            ),
            "no_entity": SQL("%s IS NULL AND line.partner_id IS NOT NULL", partner),
            "no_product_lines": SQL(
                "%s IS NOT NULL AND line.product_id IS NULL", partner
            ),
        }
        columns = [
            SQL(
                "COUNT(*) FILTER (WHERE %(case)s),"
                " COALESCE(SUM(-line.balance) FILTER (WHERE %(case)s), 0)",
                case=case,
            )
            for case in cases.values()
        ]
        [row] = self._get_rows(source, start, end, SQL(", ").join(columns))
        found = {
            code: {**NOTHING, "count": count, "amount": amount}
            for code, count, amount in zip(cases, row[::2], row[1::2], strict=True)
        }
        found["no_entity"]["count"] = len(self._get_stray_ids(company))
        return found

    @api.model
    def _get_stray_ids(self, company):
        """Return contacts of the company without commercial entity."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM res_partner
                 WHERE commercial_partner_id IS NULL
                   AND (company_id IS NULL OR company_id = %s)
                 ORDER BY id
                """,
                company.id,
            )
        )
        return [partner_id for [partner_id] in rows]

    @api.model
    def _measure_products(self, company, start, end):
        """Goods whose cost is unknown, and costs that are estimates."""
        rows = self._get_products(company, start, end)
        found = {}
        for position, code in ((1, "no_cost_goods"), (2, "estimated_cost")):
            amounts = [row[position] for row in rows if row[position]]
            found[code] = {**NOTHING, "count": len(amounts), "amount": sum(amounts)}
        return found

    @api.model
    def _get_products(self, company, start, end):
        """Return (product id, revenue without cost, estimated cost) of products."""
        source = self.env["customer.profit.source"]._get_sale_source(company)
        uncosted = self._get_sum(source, "uncosted_revenue")
        estimated = self._get_sum(source, "estimated_cost")
        decimals = company.currency_id.decimal_places
        return self._get_rows(
            source,
            start,
            end,
            SQL(
                "line.product_id, ROUND(%s, %s), ROUND(%s, %s)",
                *(uncosted, decimals, estimated, decimals),
            ),
            details=source["details"],
            where=SQL(
                "AND line.product_id IS NOT NULL AND %s IS NOT NULL", source["partner"]
            ),
            group=SQL(
                "GROUP BY line.product_id HAVING %s <> 0 OR %s <> 0",
                uncosted,
                estimated,
            ),
        )

    @api.model
    def _get_product_ids(self, company, start, end, code):
        position = {"no_cost_goods": 1, "estimated_cost": 2}[code]
        rows = self._get_products(company, start, end)
        return sorted(row[0] for row in rows if row[position])

    @api.model
    def _get_sale_domain(self, company, start, end):
        """Return the domain of the journal items that are rows of the sale source."""
        sale_types = self.env["account.move"].get_sale_types(include_receipts=True)
        return Domain.AND(
            [
                Domain("company_id", "=", company.id),
                Domain("date", ">=", start),
                Domain("date", "<", end),
                Domain("parent_state", "=", "posted"),
                Domain("display_type", "=", "product"),
                Domain("move_type", "in", sale_types),
            ]
        )

    # ------------------------------------------------------------------
    # Timesheets
    # ------------------------------------------------------------------

    @api.model
    def _measure_timesheets(self, company, start, end):
        """Hours of nobody, and hours of employees that cost nothing.

        The latter are worth what an hour of the company costs where it is known.
        """
        source = self.env["customer.profit.source"]._get_timesheet_source(company)
        rows = self._get_rows(
            source,
            start,
            end,
            SQL(
                """
                %(partner)s IS NULL, COALESCE(sheet.amount, 0) = 0, COUNT(*),
                COUNT(DISTINCT sheet.employee_id)
                    FILTER (WHERE sheet.unit_amount <> 0),
                %(hours)s, %(cost)s
                """,
                partner=source["partner"],
                hours=self._get_sum(source, "hours"),
                cost=self._get_sum(source, "time_cost"),
            ),
            details=source["details"],
            group=SQL("GROUP BY 1, 2"),
        )
        nobody, uncosted = dict(NOTHING), dict(NOTHING)
        known_hours = known_cost = 0
        for of_nobody, costless, count, employees, hours, cost in rows:
            if of_nobody:
                nobody["count"] += count
                nobody["hours"] += hours
                nobody["amount"] += cost
            elif costless:
                uncosted = {**NOTHING, "count": employees, "hours": hours}
            if not costless:
                known_hours += hours
                known_cost += cost
        if known_hours > 0:
            uncosted["amount"] = uncosted["hours"] * known_cost / known_hours
        return {"no_customer_hours": nobody, "no_cost_hours": uncosted}

    @api.model
    def _get_costless_employee_ids(self, company, start, end):
        source = self.env["customer.profit.source"]._get_timesheet_source(company)
        rows = self._get_rows(
            source,
            start,
            end,
            SQL("DISTINCT sheet.employee_id"),
            where=SQL(
                """
                AND %s IS NOT NULL AND COALESCE(sheet.amount, 0) = 0
                AND sheet.unit_amount <> 0 AND sheet.employee_id IS NOT NULL
                """,
                source["partner"],
            ),
        )
        return sorted(employee_id for [employee_id] in rows)

    @api.model
    def _get_nobodys_hours_domain(self, company, start, end):
        """Return the domain of the timesheets for which no customer is found."""
        # as the source does it: the entry's contact, else the task's, else the
        # project's; a contact without commercial entity is nobody
        strays = self._get_stray_ids(company)
        nobody = Domain("project_id.partner_id", "in", [False, *strays])
        no_task = Domain("task_id", "=", False) | Domain(
            "task_id.partner_id", "=", False
        )
        nobody = Domain("task_id.partner_id", "in", strays) | (no_task & nobody)
        nobody = Domain("partner_id", "in", strays) | (
            Domain("partner_id", "=", False) & nobody
        )
        return Domain.AND(
            [
                Domain("company_id", "=", company.id),
                Domain("date", ">=", start),
                Domain("date", "<", end),
                Domain("project_id", "!=", False),
                nobody,
            ]
        )

    # ------------------------------------------------------------------
    # Other costs of projects
    # ------------------------------------------------------------------

    @api.model
    def _measure_project_costs(self, company, start, end):
        """Analytic costs of projects that are of no customer, or of several."""
        [[count, amount]] = self.env.execute_query(
            SQL(
                """
                SELECT COUNT(*), COALESCE(SUM(-item.amount), 0)
                  FROM account_analytic_line item
                  LEFT JOIN account_move_line line ON line.id = item.move_line_id
                  LEFT JOIN account_move move ON move.id = line.move_id
                 WHERE item.company_id = %(company)s
                   AND item.date >= %(start)s AND item.date < %(end)s
                   AND item.project_id IS NULL
                   AND (move.move_type IS NULL OR move.move_type NOT IN %(sale_types)s)
                   AND item.account_id IN (%(accounts)s)
                """,
                company=company.id,
                start=start,
                end=end,
                sale_types=tuple(
                    self.env["account.move"].get_sale_types(include_receipts=True)
                ),
                accounts=self._get_undecided_accounts(),
            )
        )
        return {"no_customer_costs": {**NOTHING, "count": count, "amount": amount}}

    @api.model
    def _get_undecided_accounts(self):
        """Return a query of projects' analytic accounts that tell no customer."""
        # a project of the company itself has a contact: nothing is missing there
        return SQL(
            """
            SELECT project.account_id
              FROM project_project project
              LEFT JOIN res_partner partner ON partner.id = project.partner_id
             WHERE project.account_id IS NOT NULL
             GROUP BY project.account_id
            HAVING COUNT(DISTINCT partner.commercial_partner_id) <> 1
            """
        )

    @api.model
    def _get_project_costs_domain(self, company, start, end):
        rows = self.env.execute_query(self._get_undecided_accounts())
        sale_types = self.env["account.move"].get_sale_types(include_receipts=True)
        return Domain.AND(
            [
                Domain("company_id", "=", company.id),
                Domain("date", ">=", start),
                Domain("date", "<", end),
                Domain("project_id", "=", False),
                Domain("account_id", "in", [account_id for [account_id] in rows]),
                Domain("move_line_id", "=", False)
                | Domain("move_line_id.move_id.move_type", "not in", sale_types),
            ]
        )
