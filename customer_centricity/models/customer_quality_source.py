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
        """Lines without a customer or product, goods without cost, estimated costs."""
        found = {
            code: dict(NOTHING)
            for code in (
                "no_customer_revenue",
                "no_entity",
                "no_product_lines",
                "no_cost_goods",
                "estimated_cost",
            )
        }

        def add(code, count, amount):
            found[code]["count"] += count
            found[code]["amount"] += amount

        for row in self._get_products(company, start, end):
            product_id, of_nobody, without_contact, lines, revenue, *costs = row
            uncosted, estimated = costs
            if of_nobody:
                # of a contact that is nobody's, the contacts are to be mended
                code = "no_customer_revenue" if without_contact else "no_entity"
                add(code, lines, revenue)
            elif not product_id:
                add("no_product_lines", lines, revenue)
            else:
                add("no_cost_goods", bool(uncosted), uncosted)
                add("estimated_cost", bool(estimated), estimated)
        found["no_entity"]["count"] = len(self._get_stray_ids(company))
        return found

    @api.model
    def _get_products(self, company, start, end):
        """Return what was sold, a row a product and whether a customer is known.

        :return: list of (product id or None, whether it is nobody's, whether there is
            no contact either, number of lines, revenue, revenue without cost, estimated
            cost)
        """
        source = self.env["customer.profit.source"]._get_sale_source(company)
        return self._get_rows(
            source,
            start,
            end,
            SQL(
                """
                line.product_id, %(partner)s IS NULL, line.partner_id IS NULL, COUNT(*),
                %(revenue)s, %(uncosted)s, %(estimated)s
                """,
                partner=source["partner"],
                revenue=self._get_sum(source, "revenue"),
                uncosted=self._get_sum(source, "uncosted_revenue"),
                estimated=self._get_sum(source, "estimated_cost"),
            ),
            details=source["details"],
            group=SQL("GROUP BY 1, 2, 3"),
        )

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
    def _get_product_ids(self, company, start, end, code):
        """Return the products that a finding is about."""
        position = {"no_cost_goods": -2, "estimated_cost": -1}[code]
        rows = self._get_products(company, start, end)
        return sorted(row[0] for row in rows if row[0] and not row[1] and row[position])

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
        """Costs of projects that are of no customer, or of several."""
        source = self.env["customer.profit.source"]._get_project_cost_source(company)
        [[count, amount]] = self._get_rows(
            source,
            start,
            end,
            SQL("COUNT(*), %s", self._get_sum(source, "other_cost")),
            details=source["details"],
            where=SQL("AND %s IS NULL", source["partner"]),
        )
        return {"no_customer_costs": {**NOTHING, "count": count, "amount": amount}}

    @api.model
    def _get_project_costs_domain(self, company, start, end):
        """Return the domain of the analytic items for which no customer is found."""
        source = self.env["customer.profit.source"]._get_project_cost_source(company)
        rows = self._get_rows(
            source,
            start,
            end,
            SQL("DISTINCT item.account_id"),
            where=SQL("AND %s IS NULL", source["partner"]),
        )
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
                Domain("general_account_id", "=", False)
                | Domain("general_account_id.account_type", "=like", "expense%"),
            ]
        )
