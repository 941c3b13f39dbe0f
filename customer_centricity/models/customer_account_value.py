from odoo import api, fields, models
from odoo.tools import SQL

from .number_frame import as_kept, copy_rows


class CustomerAccountValue(models.Model):
    """Why an account is worth what it is: the inputs of its lifetime value.

    One row an account, computed by the engine for a whole portfolio at once and written
    in bulk. Amounts are in company currency, times in days, shares from 0 to 1.

        value           = expected orders x profit of an order x discount
        profit of order = order value x (margin - serving cost)

    Order value, margin and serving cost lie between the account's own and the
    portfolio's; the weight says how much its own counts.
    """

    _name = "customer.account.value"
    _description = "Lifetime Value Explained"
    _rec_name = "account_id"
    _order = "value desc, id"

    account_id = fields.Many2one(
        comodel_name="customer.account",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="account_id.company_id")
    currency_id = fields.Many2one(related="account_id.currency_id")
    model_id = fields.Many2one(
        comodel_name="customer.value.model",
        readonly=True,
        index=True,
        ondelete="set null",
        help="What was learnt from the portfolio.",
    )
    date = fields.Date(string="As Of", readonly=True)
    value_method = fields.Char(readonly=True)
    value_status = fields.Char(readonly=True)

    # The value
    value = fields.Monetary(string="Lifetime Value", readonly=True)
    low = fields.Monetary(string="At Least", readonly=True)
    high = fields.Monetary(string="At Most", readonly=True)
    expected_orders = fields.Float(readonly=True, digits=(16, 4))
    order_profit = fields.Monetary(string="Profit of an Order", readonly=True)
    discount = fields.Float(
        readonly=True,
        digits=(16, 6),
        help="What a later profit is worth today, on average over the horizon.",
    )
    last_year_share = fields.Float(
        readonly=True,
        digits=(16, 6),
        help="Share of the value that falls in the last year of the horizon.",
    )

    # Orders
    probability_alive = fields.Float(
        string="Still a Customer", readonly=True, digits=(16, 6)
    )
    frequency = fields.Integer(
        string="Repeat Orders",
        readonly=True,
        help="Days with orders after the first one.",
    )
    recency = fields.Float(
        string="Days from First to Last Order", readonly=True, digits=(16, 2)
    )
    age = fields.Float(string="Days Known", readonly=True, digits=(16, 2))
    mean_gap = fields.Float(string="Days between Orders", readonly=True, digits=(16, 2))

    # What an order brings: the account's own, its weight, and what is expected
    own_order_value = fields.Monetary(readonly=True)
    order_weight = fields.Float(readonly=True, digits=(16, 6))
    order_value = fields.Monetary(readonly=True)
    own_margin = fields.Float(readonly=True, digits=(16, 6))
    margin_weight = fields.Float(readonly=True, digits=(16, 6))
    margin = fields.Float(readonly=True, digits=(16, 6))
    own_serving = fields.Float(string="Own Serving Cost", readonly=True, digits=(16, 6))
    serving_weight = fields.Float(
        string="Serving Cost Weight", readonly=True, digits=(16, 6)
    )
    serving = fields.Float(string="Serving Cost", readonly=True, digits=(16, 6))

    _account_unique = models.Constraint(
        "UNIQUE(account_id)", "An account has one explanation of its value."
    )

    # To be read beside the account's own
    summary = fields.Char(related="account_id.value_summary")
    silence = fields.Float(string="Days since Last Order", compute="_compute_silence")
    portfolio_order_value = fields.Monetary(related="model_id.order_value")
    portfolio_margin = fields.Float(related="model_id.margin")
    portfolio_serving = fields.Float(related="model_id.serving")
    portfolio_yearly_orders = fields.Float(related="model_id.yearly_orders")
    portfolio_leave_rate = fields.Float(related="model_id.leave_rate")
    portfolio_renewal_rate = fields.Float(related="model_id.renewal_rate")
    model_reason = fields.Char(related="model_id.reason")

    @api.depends("age", "recency")
    def _compute_silence(self):
        for value in self:
            value.silence = value.age - value.recency

    # ------------------------------------------------------------------
    # From documents to the engine, and back
    # ------------------------------------------------------------------

    @api.model
    def _value_changed(self, company, accounts):
        """Value accounts whose documents changed, by what was learnt last."""
        from ..engine import learnt  # scipy only when needed

        model = self.env["customer.value.model"]._get_latest(company)
        if not model.learnt:
            return  # nothing yet: the next refresh of all learns
        known = learnt.Learnt.from_dict(model.learnt)
        # nothing is tested: no days are held out
        terms = self._get_terms(company, holdout=0, ratio_unit=known.ratio_unit)
        settings = self._settle(company, terms)
        scope = SQL("account.id = ANY(%s)", accounts.ids)
        observed = self._observe_scope(company, terms, settings, scope)
        values = self._get_values(company, observed, settings, known)
        values = values.drop(columns="variance")
        self._write_values(company, model, values, terms.date)
        self.invalidate_model()

    @api.model
    def _get_values(self, company, observed, settings, known):
        """Return what observed accounts are worth: the hook for another method.

        Every value comes from here, those of the nightly refresh and of runs. It is
        called for some of the accounts at a time.

        :param observed: one row an account, indexed by its id: what its documents say,
            as ``engine.observation`` has it
        :param settings: as of which day, over how many months, ``engine.settings``
        :param known: what was learnt of the portfolio, ``engine.learnt``
        :return: a frame with the same index: the columns of ``engine.expectation``,
            ``method``, ``status`` and ``variance``
        """
        from ..engine import valuation  # scipy only when needed

        return valuation.value(observed, settings, known)

    @api.model
    def _write_values(self, company, model, values, date):
        """Write the rows of the accounts; only those that differ are written."""
        values = values.rename(
            columns={"method": "value_method", "status": "value_status"}
        )
        decimals = company.currency_id.decimal_places
        columns = {
            name: as_kept(self._fields[name], column, decimals)
            for name, column in values.items()
        }
        names = SQL(", ").join(map(SQL.identifier, columns))
        self.env.cr.execute("DROP TABLE IF EXISTS customer_value_found")
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE customer_value_found ON COMMIT DROP AS
                SELECT account_id, %s FROM customer_account_value WITH NO DATA
                """,
                names,
            )
        )
        copy_rows(
            self.env, "customer_value_found", {"account_id": values.index, **columns}
        )
        self._take_over_found(model, date, list(columns))

    @api.model
    def _take_over_found(self, model, date, names):
        """Write the values that were put aside."""
        columns = [SQL.identifier(name) for name in names]
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO customer_account_value AS old
                       (account_id, model_id, date, %(names)s,
                        create_uid, create_date, write_uid, write_date)
                SELECT found.account_id, %(model)s, %(date)s, %(found)s,
                       %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM customer_value_found found
                  JOIN customer_account account ON account.id = found.account_id
                 WHERE %(profiled)s
                 ORDER BY found.account_id
                    ON CONFLICT (account_id) DO UPDATE
                   SET (model_id, date, %(names)s, write_uid, write_date)
                       = (excluded.model_id, excluded.date, %(new)s,
                          %(uid)s, %(now)s)
                 WHERE (old.model_id, old.date, %(old)s) IS DISTINCT FROM
                       (excluded.model_id, excluded.date, %(new)s)
                """,
                names=SQL(", ").join(columns),
                found=SQL(", ").join(SQL("found.%s", column) for column in columns),
                model=model.id,
                date=date,
                uid=self.env.uid,
                now=self.env.cr.now(),
                # who opted out since the accounts were observed
                profiled=self.env["customer.account"]._get_profiled_condition(),
                old=SQL(", ").join(SQL("old.%s", column) for column in columns),
                new=SQL(", ").join(SQL("excluded.%s", column) for column in columns),
            )
        )

    @api.model
    def _forget_accounts(self, accounts):
        """Remove what was forecast for accounts that are not to be profiled."""
        # sudo: nobody writes values; whoever may have a customer opt out may do that
        self.sudo().search([("account_id", "in", accounts.ids)]).unlink()

    @api.model
    def _forget_opted_out(self, company):
        """Remove what two transactions at the same time have left behind."""
        self._forget_accounts(self.env["customer.account"]._get_opted_out(company))

    def _fold_into(self, sources, target):
        """Add the values of merged accounts until the next refresh computes anew."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE customer_account_value value
                   SET value = total.value, low = total.low, high = total.high,
                       expected_orders = total.expected_orders,
                       probability_alive = total.probability_alive
                  FROM (
                      SELECT SUM(value) AS value, SUM(low) AS low, SUM(high) AS high,
                             SUM(expected_orders) AS expected_orders,
                             MAX(probability_alive) AS probability_alive
                        FROM customer_account_value WHERE account_id IN %s
                  ) total
                 WHERE value.account_id = %s
                """,
                tuple((sources | target).ids),
                target.id,
            )
        )
        self.invalidate_model()

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_download_workbook(self):
        """Download how the value comes about, as a spreadsheet."""
        self.ensure_one()
        self.check_access("read")
        return self.account_id.action_download_workbook()

    def action_open_orders(self):
        """Open the posted sale documents behind the account's figures."""
        self.ensure_one()
        self.check_access("read")
        move = self.env["account.move"]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Invoices and credit notes"),
            "res_model": move._name,
            "view_mode": "list,form",
            "domain": [
                ("move_type", "in", move.get_sale_types(include_receipts=True)),
                ("state", "=", "posted"),
                ("company_id", "=", self.company_id.id),
                (
                    "partner_id.commercial_partner_id",
                    "=",
                    self.account_id.partner_id.id,
                ),
            ],
            "context": {"create": False},
        }

    def action_open_timesheets(self):
        """Open the hours behind the account's figures, billable or not."""
        self.ensure_one()
        self.check_access("read")
        partner_id = self.account_id.partner_id.id
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Timesheets"),
            "res_model": "account.analytic.line",
            "view_mode": "list",
            "views": [(self.env.ref("hr_timesheet.hr_timesheet_line_tree").id, "list")],
            "domain": [
                ("project_id", "!=", False),
                ("company_id", "=", self.company_id.id),
                "|",
                ("partner_id.commercial_partner_id", "=", partner_id),
                "&",
                ("partner_id", "=", False),
                "|",
                ("task_id.partner_id.commercial_partner_id", "=", partner_id),
                "&",
                "|",
                ("task_id", "=", False),
                ("task_id.partner_id", "=", False),
                ("project_id.partner_id.commercial_partner_id", "=", partner_id),
            ],
            "context": {"create": False},
        }

    def action_open_months(self):
        """Open the account's profit by month, where margins come from."""
        self.ensure_one()
        return self.account_id.action_open_months()
