from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, formatLang

# Hours that are given their cost at once: some seconds' work
HOURS_AT_ONCE = 5000


class CustomerOnboarding(models.AbstractModel):
    """The first step: what an hour of each employee costs.

    An entry of a timesheet takes the cost that its employee has when it is written, and
    keeps it: hours from before somebody entered the cost go on costing nothing, and the
    customers they were worked for look better than they are. They can be given their
    cost here.
    """

    _inherit = "customer.onboarding"

    @api.model
    def _get_step_costs(self, company):
        employees, costless, costless_with_hours, with_past_hours = (
            self._count_employees(company)
        )
        values = {}
        if costless_with_hours:
            values["status"] = self.env._(
                "Employees with hours but without hourly cost: %(count)s of %(total)s. "
                "Their hours cost nothing.",
                total=employees,
                count=costless_with_hours,
            )
        elif with_past_hours:
            values["status"] = self.env._(
                "Hours were entered before their employee had a cost, and cost nothing."
            )
        elif (costless or not employees) and not self._has_hours(company):
            values["state"] = "optional"
            values["status"] = self.env._(
                "Nobody has logged hours for customers yet. Set the costs before they "
                "do: an hour takes the cost that its employee has when it is entered."
            )
        else:
            values["state"] = "done"
        return self._prepare_step(
            "costs",
            self.env._("Set hourly costs"),
            text=self.env._(
                "What an hour of each employee costs you. Time is what customers cost "
                "most, and what nobody sees on an invoice."
            ),
            time=self.env._("a minute"),
            **values,
            **self._get_cost_buttons(costless, costless_with_hours, with_past_hours),
        )

    @api.model
    def _get_cost_buttons(self, costless, costless_with_hours, with_past_hours):
        buttons, warning = [], ""
        if costless and self.env["hr.employee"].has_access("write"):
            label = self.env._("Set hourly costs")
            buttons.append(
                self._prepare_button("costs", label, bool(costless_with_hours))
            )
        elif costless_with_hours:
            warning = self.env._("Ask whoever looks after employees to set it.")
        if with_past_hours and self._is_administrator():
            label = self.env._("Give these hours their cost")
            if costless_with_hours:
                label = self.env._("Give past hours their cost")
            buttons.append(
                self._prepare_button("hours", label, not costless_with_hours)
            )
        return {"buttons": buttons, "warning": warning}

    @api.model
    def _get_first_day(self, company):
        """Return the first day whose hours are in figures and can still change."""
        # sudo: settings of the company; none is told
        company = company.sudo()
        start, _end = self.env["customer.account"]._get_window(company)
        locked = company.customer_locked_until
        return max(start, fields.Date.add(locked, days=1)) if locked else start

    @api.model
    def _count_employees(self, company):
        """Return how many there are, without a cost, and with hours that cost nothing.

        The latter by whether they have no cost, or have got one since. The first hour
        found of each is enough: there may be a year's of everybody.
        """
        self.env.flush_all()
        [row] = self.env.execute_query(
            SQL(
                """
                SELECT COUNT(*),
                       COUNT(*) FILTER (WHERE employee.is_costless),
                       COUNT(*) FILTER (WHERE employee.is_costless AND hours.is_there),
                       COUNT(*) FILTER (
                           WHERE NOT employee.is_costless AND hours.is_there
                       )
                  FROM (
                      SELECT id, COALESCE(hourly_cost, 0) = 0 AS is_costless
                        FROM hr_employee
                       WHERE company_id = %(company)s AND active
                  ) employee
                  LEFT JOIN LATERAL (
                      SELECT TRUE AS is_there
                        FROM %(tables)s
                        LEFT JOIN account_analytic_account account
                          ON account.id = sheet.account_id
                       WHERE %(costless_hours)s
                         AND sheet.employee_id = employee.id
                         -- as of past hours
                         AND (employee.is_costless OR account.active)
                       LIMIT 1
                  ) hours ON TRUE
                """,
                company=company.id,
                tables=self._get_timesheet_source(company)["tables"],
                costless_hours=self._get_costless_hours(company),
            )
        )
        return row

    @api.model
    def _has_hours(self, company):
        """Return whether anybody has logged hours for customers."""
        source = self._get_timesheet_source(company)
        return bool(
            self.env.execute_query(
                SQL(
                    "SELECT FROM %s WHERE %s AND sheet.unit_amount <> 0 LIMIT 1",
                    source["tables"],
                    self._get_hours_condition(company),
                )
            )
        )

    @api.model
    def _get_hours_condition(self, company):
        """Return the condition of hours for customers that can still change."""
        source = self._get_timesheet_source(company)
        return SQL(
            "%s AND %s IS NOT NULL AND sheet.date >= %s",
            source["condition"],
            source["partner"],
            self._get_first_day(company),
        )

    @api.model
    def _get_costless_hours(self, company):
        """Return the condition of those that cost nothing: they have an index."""
        return SQL(
            "%s AND sheet.amount = 0 AND sheet.unit_amount <> 0"
            " AND sheet.project_id IS NOT NULL",
            self._get_hours_condition(company),
        )

    @api.model
    def _get_timesheet_source(self, company):
        # sudo: which rows are hours for customers; only counts of them are told
        return self.env["customer.profit.source"].sudo()._get_timesheet_source(company)

    @api.model
    def _get_past_hours_source(self, company):
        """Return tables and condition of hours whose employee has got a cost since."""
        return SQL(
            """
              FROM %(tables)s
              JOIN hr_employee employee ON employee.id = sheet.employee_id
              JOIN account_analytic_account account ON account.id = sheet.account_id
             WHERE %(costless_hours)s
               AND employee.company_id = %(company)s
               AND employee.active AND employee.hourly_cost > 0
               -- on a closed analytic account nothing can be booked any more
               AND account.active
            """,
            tables=self._get_timesheet_source(company)["tables"],
            costless_hours=self._get_costless_hours(company),
            company=company.id,
        )

    @api.model
    def _count_past_hours(self, company):
        """Return how many entries cost nothing and their employee does."""
        self.env.flush_all()
        [[count]] = self.env.execute_query(
            SQL("SELECT COUNT(*) %s", self._get_past_hours_source(company))
        )
        return count

    @api.model
    def _open_costs(self):
        """Open the employees in a list where their cost can be typed in."""
        if not self.env["hr.employee"].has_access("write"):
            raise AccessError(
                self.env._(
                    "You need rights on employees to set what they cost. Ask whoever "
                    "looks after them."
                )
            )
        action = self._open("hr_employee_action_hourly_cost")
        return {**action, "domain": [("company_id", "=", self.env.company.id)]}

    @api.model
    def _cost_past_hours(self):
        """Give hours that cost nothing the cost that their employee has got since."""
        self.env.user._check_customer_administrator()
        company = self.env.company
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                "SELECT sheet.id %s ORDER BY sheet.id LIMIT %s",
                self._get_past_hours_source(company),
                HOURS_AT_ONCE,
            )
        )
        if not rows:
            raise UserError(
                self.env._(
                    "There are no hours to cost: all have a cost, or their employees "
                    "have none yet."
                )
            )
        # sudo: what an hour costs is read and its amount written as core does when an
        # entry is saved; the entries are those of the company, and only amounts of 0
        lines = self.env["account.analytic.line"].sudo().browse(i for [i] in rows)
        lines = lines.with_company(company)
        # what core would write if the duration of each were saved again
        values = lines._timesheet_postprocess_values({"unit_amount": True})
        by_amount = {}
        for line in lines:
            by_amount.setdefault(values[line.id].get("amount", 0), []).append(line.id)
        for amount, ids in by_amount.items():
            lines.browse(ids).write({"amount": amount})
        return self._tell_hours(company, lines)

    @api.model
    def _tell_hours(self, company, lines):
        left = self._count_past_hours(company)
        message = self.env._(
            "Entries that have got their cost: %s. The next refresh takes them into "
            "the figures.",
            formatLang(self.env, len(lines), digits=0),
        )
        if left:
            message += " " + self.env._(
                "%s are left: press the button again.",
                formatLang(self.env, left, digits=0),
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "success", "message": message},
        }
