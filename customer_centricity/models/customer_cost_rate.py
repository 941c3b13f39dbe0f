import hashlib
from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

ONE_DAY = timedelta(days=1)
# Above, amounts lose their cents
UNIT_COST_LIMIT = 1e15


class CustomerCostRate(models.Model):
    """What one unit of a cost driver costs a company, and from when to when.

    Rates apply to the past as well: a rate without first day puts its cost on every
    document there is. When a cost changes, the old rate ends and a new one begins, so
    that past months keep what they cost then.
    """

    _name = "customer.cost.rate"
    _description = "Cost Rate"
    _order = "driver_id, service_level_id nulls first, date_from nulls first, id"
    _check_company_auto = True
    # branches use those of their company
    _check_company_domain = models.check_company_domain_parent_of

    name = fields.Char(
        compute="_compute_name",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    active = fields.Boolean(
        default=True,
        help="An archived rate costs nothing, in no month. End a rate that was right "
        "until now with its last day instead.",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
        help="Branches without a rate of their own for a driver use their company's.",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    driver_id = fields.Many2one(
        comodel_name="customer.cost.driver",
        string="Cost Driver",
        required=True,
        index=True,
        # without the app that counts it there is nothing to multiply
        ondelete="cascade",
    )
    driver_unit = fields.Char(related="driver_id.unit", string="Unit")
    driver_description = fields.Text(
        related="driver_id.description", string="What Is Counted"
    )
    unit_cost = fields.Monetary(
        required=True, help="What one unit costs, in the company's currency."
    )
    service_level_id = fields.Many2one(
        comodel_name="customer.service.level",
        index=True,
        check_company=True,
        ondelete="restrict",
        help="Accounts of this level have this rate instead of the one for every "
        "level. Empty: for every level without a rate of its own.",
    )
    date_from = fields.Date(string="From", help="First day. Empty: since ever.")
    date_to = fields.Date(string="To", help="Last day. Empty: until further notice.")
    note = fields.Text(help="What the unit cost is made of, for whoever asks.")

    _unit_cost_finite = models.Constraint(
        "CHECK(unit_cost >= 0 AND unit_cost < 1e15)",
        "The unit cost of a rate must be an amount of 0 or more.",
    )
    _dates_in_order = models.Constraint(
        "CHECK(date_from <= date_to)",
        "The last day of a rate cannot be before its first day.",
    )

    @api.depends("driver_id")
    def _compute_name(self):
        # a name that people chose stays, one that was proposed follows the driver
        names = [name for name in self.mapped("name") if name]
        drivers = self.env["customer.cost.driver"].with_context(active_test=False)
        proposed = drivers.search([("name", "in", names)]).mapped("name")
        for rate in self:
            if not rate.name or rate.name in proposed:
                rate.name = rate.driver_id.name

    @api.constrains(
        "active", "company_id", "driver_id", "service_level_id", "date_from", "date_to"
    )
    def _check_overlap(self):
        """Refuse a second rate of the same driver, level and company for a day."""
        rates = self.filtered("active")
        others = self._search_all(
            Domain("driver_id", "in", rates.driver_id.ids)
            & Domain("company_id", "in", rates.company_id.ids)
        ).grouped(lambda rate: (rate.driver_id, rate.company_id, rate.service_level_id))
        for rate in rates:
            key = (rate.driver_id, rate.company_id, rate.service_level_id)
            for other in others.get(key, ()):
                if other != rate and rate._overlaps(other):
                    raise ValidationError(rate._get_overlap_message(other))

    @api.model
    def _check_values(self, vals):
        """Refuse what could not even be written: what is no amount or no text."""
        cost = vals.get("unit_cost") or 0
        if isinstance(cost, (int, float)) and not 0 <= cost < UNIT_COST_LIMIT:
            raise ValidationError(
                self.env._("The unit cost of a rate must be an amount of 0 or more.")
            )
        if any("\0" in (vals.get(name) or "") for name in ("name", "note")):
            raise ValidationError(
                self.env._("The text of a rate holds a character that is none (NUL).")
            )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_values(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_values(vals)
        return super().write(vals)

    def _get_overlap_message(self, other):
        self.ensure_one()
        return self.env._(
            "“%(rate)s” (%(period)s) and “%(other)s” (%(other_period)s) would both be "
            "valid on the same day for %(driver)s, %(level)s. End one before the other "
            "begins, or archive it.",
            rate=self.name,
            period=self._get_period_label(),
            other=other.name,
            other_period=other._get_period_label(),
            driver=self.driver_id.name,
            level=self.service_level_id.name or self.env._("every service level"),
        )

    def _get_period_label(self):
        start, end = (
            day and format_date(self.env, day) for day in (self.date_from, self.date_to)
        )
        if start and end:
            return self.env._("%(start)s to %(end)s", start=start, end=end)
        if start:
            return self.env._("from %s", start)
        if end:
            return self.env._("until %s", end)
        return self.env._("at any time")

    def _get_period(self):
        """Return the first and the last day."""
        self.ensure_one()
        return self.date_from or date.min, self.date_to or date.max

    def _overlaps(self, other):
        (start, end), (other_start, other_end) = self._get_period(), other._get_period()
        return start <= other_end and other_start <= end

    @api.model
    def _search_all(self, domain):
        """Return the rates in force of all companies, whoever asks.

        sudo: what is found tells which rate is in the way or applies; a branch uses
        the rates of its company
        """
        self.flush_model()
        return self.sudo().with_context(active_test=True).search(domain, order="id")

    # ------------------------------------------------------------------
    # Serving costs
    # ------------------------------------------------------------------

    @api.model
    def _get_serving_query(self, company, start, end):
        """Return what serving the company's customers cost, from start to before end.

        Each row of a driver has the rate that is valid on its date for the service
        level that the account is on today. Customers without account or level have the
        rate for every level.

        :param company: one company; a branch uses the rates of its company for drivers
            it has none of its own for on a day
        :return: SQL selecting partner_id, company_id, date, quantity, unit_cost,
            amount, rate_id, res_model and res_id, or None when there are no rates
        """
        company.ensure_one()
        queries = [
            self._get_driver_query(driver, rates, company, start, end)
            for driver, rates in self._get_rates(company).items()
        ]
        return SQL(" UNION ALL ").join(queries) if queries else None

    @api.model
    def _get_signature(self, company):
        """Return a text that differs when the same documents would cost otherwise.

        It stands for the rates that the company uses and for the hours that service
        levels include, but not for who is on which level.
        """
        levels = self.env["customer.service.level"].with_context(active_test=False)
        included = {
            level.id: level.included_hours
            # sudo: levels of other companies, too, if ever an account is on one
            for level in levels.sudo().search([("included_hours", ">", 0)], order="id")
        }
        rates = [
            (driver.code, *map(str, period))
            for driver, of_driver in self._get_rates(company).items()
            for period in of_driver._get_periods(company)
        ]
        text = repr((sorted(rates), included if rates else {}))
        return hashlib.sha256(text.encode()).hexdigest()

    @api.model
    def _get_ageing_partners(self, company, since):
        """Return whose serving cost changes by the passing of time alone.

        :param since: the day on which serving costs were computed last
        :return: SQL selecting partner_id, or None when time changes nothing
        """
        queries = [
            driver._get_ageing_partners(company, since)
            for driver in self._get_rates(company)
        ]
        queries = [query for query in queries if query]
        return SQL(" UNION ALL ").join(queries) if queries else None

    @api.model
    def _get_rates(self, company):
        """Return the rates that a company uses, by driver."""
        rates = self._search_all([("company_id", "in", company.parent_ids.ids)])
        return {
            driver: of_driver
            for driver, of_driver in rates.grouped("driver_id").items()
            # a driver may have outlived the app that counts it
            if driver.active and driver._is_known()
        }

    @api.model
    def _get_driver_query(self, driver, rates, company, start, end):
        levels = rates.service_level_id.ids
        # which of the levels with rates of their own the account is on, 0 for the rest
        level = SQL("0")
        if levels:
            level = SQL(
                "CASE WHEN account.service_level_id IN %s"
                " THEN account.service_level_id ELSE 0 END",
                tuple(levels),
            )
        periods = [
            SQL("(%s, %s::date, %s::date, %s, %s::numeric)", *period)
            for period in rates._get_periods(company)
        ]
        return SQL(
            """
            SELECT served.partner_id, served.company_id, served.date, served.quantity,
                   rate.unit_cost,
                   ROUND(served.quantity * rate.unit_cost, %(decimals)s) AS amount,
                   rate.id AS rate_id, served.res_model, served.res_id
              FROM (%(rows)s) served
              LEFT JOIN customer_account account
                     ON account.partner_id = served.partner_id
                    AND account.company_id = served.company_id
              JOIN (VALUES %(periods)s)
                   rate (level_id, date_from, date_to, id, unit_cost)
                     ON rate.level_id = %(level)s
                    AND rate.date_from <= served.date AND served.date <= rate.date_to
            """,
            decimals=company.currency_id.decimal_places,
            rows=driver._get_rows(company, start, end),
            periods=SQL(", ").join(periods),
            level=level,
        )

    def _get_periods(self, company):
        """Return who has which of the rates of a driver, and when, without overlaps.

        The rates of the company come before those of the company that it is a branch
        of, and among these the rate for a level before the one for every level.

        :return: list of (id of the level, or 0 for every other level, first day, last
            day, id of the rate, unit cost)
        """
        depth = {parent: number for number, parent in enumerate(company.parent_ids)}
        by_precedence = self.sorted(
            lambda rate: (depth[rate.company_id], bool(rate.service_level_id), rate.id),
            reverse=True,
        )
        periods = []
        for level in [*self.service_level_id, self.env["customer.service.level"]]:
            taken = []
            for rate in by_precedence:
                if rate.service_level_id in (level, level.browse()):
                    free = _subtract(rate._get_period(), taken)
                    periods += [
                        (level.id or 0, *days, rate.id, rate.unit_cost) for days in free
                    ]
                    taken += free
        return periods


def _subtract(period, taken):
    """Return the parts of a period of days that are not within those taken.

    >>> may = date(2026, 5, 1), date(2026, 5, 31)
    >>> [
    ...     f"{first:%d}-{last:%d}"
    ...     for first, last in _subtract(may, [(date(2026, 5, 10), date(2026, 5, 11))])
    ... ]
    ['01-09', '12-31']
    """
    free = [period]
    for first, last in taken:
        parts = []
        for start, end in free:
            if last < start or end < first:
                parts.append((start, end))
                continue
            if start < first:
                parts.append((start, first - ONE_DAY))
            if last < end:
                parts.append((last + ONE_DAY, end))
        free = parts
    return free
