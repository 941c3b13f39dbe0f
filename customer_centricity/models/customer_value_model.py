from odoo import api, fields, models

DAYS_PER_YEAR = 365.25


class CustomerValueModel(models.Model):
    """What was learnt from a company's portfolio, and how good a forecast it makes."""

    _name = "customer.value.model"
    _description = "Lifetime Value Model"
    _rec_name = "company_id"

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    run_id = fields.Many2one(
        comodel_name="customer.ltv.run",
        readonly=True,
        index=True,
        ondelete="cascade",
        help="The run that learnt this; empty: the nightly refresh.",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(string="As Of", readonly=True)
    value_method = fields.Selection(
        selection=[
            ("probabilistic", "Probabilistic"),
            ("contract", "Contract"),
            ("plain", "Plain rule"),
        ],
        string="Method",
        readonly=True,
    )
    reason_code = fields.Char(readonly=True)
    reason = fields.Char(string="Why This Method", compute="_compute_reason")
    history_months = fields.Float(readonly=True, digits=(16, 1))
    minimum_months = fields.Float(readonly=True, digits=(16, 1))

    # The portfolio
    account_count = fields.Integer(string="Accounts", readonly=True)
    total = fields.Monetary(string="Value of the Portfolio", readonly=True)
    total_low = fields.Monetary(string="At Least", readonly=True)
    total_high = fields.Monetary(string="At Most", readonly=True)

    # How often customers order
    status = fields.Selection(
        selection=[
            ("ok", "Learnt from the portfolio"),
            ("insufficient_data", "Too few customers or orders to learn from"),
            ("no_churn_identified", "Orders do not show anybody leaving"),
        ],
        string="Orders",
        readonly=True,
    )
    yearly_orders = fields.Float(
        string="Orders a Year",
        readonly=True,
        digits=(16, 2),
        help="Of the average customer, while it is one.",
    )
    leave_rate = fields.Float(
        string="Leave after an Order",
        readonly=True,
        digits=(16, 6),
        help="Probability that the average customer never comes back after an order.",
    )
    regularity = fields.Integer(
        readonly=True,
        help="1: orders come at random; the higher, the more regularly.",
    )
    renewal_rate = fields.Float(
        string="Due Orders That Come",
        readonly=True,
        digits=(16, 6),
        help="Of customers who order at regular intervals or in a season: the share of "
        "orders, or seasons, that come when they fall due.",
    )
    parameters = fields.Char(
        readonly=True, help="Parameters of the models, to check them elsewhere."
    )
    learnt = fields.Json(
        readonly=True,
        help="What single accounts are valued with until the portfolio is learnt from "
        "anew.",
    )

    # What an order brings
    order_value = fields.Monetary(string="Average Order Value", readonly=True)
    margin = fields.Float(string="Average Margin", readonly=True, digits=(16, 6))
    serving = fields.Float(string="Average Serving Cost", readonly=True, digits=(16, 6))

    # Test on the last part of the history
    grade = fields.Selection(
        selection=[
            ("good", "Good"),
            ("fair", "Fair"),
            ("poor", "Poor"),
            ("none", "Not tested"),
        ],
        readonly=True,
        help="Good: closer than every customer's own rate in both measures of error; "
        "fair: in one of them; poor: in none.",
    )
    holdout_days = fields.Integer(string="Days Tested", readonly=True)
    model_weight = fields.Float(
        readonly=True,
        digits=(16, 6),
        help="Share of the model in the forecast; the rest is the own rate of those "
        "likely still customers.",
    )
    forecast_mae = fields.Float(
        string="Mean Error of the Forecast", readonly=True, digits=(16, 3)
    )
    naive_mae = fields.Float(
        string="Mean Error of Own Rates", readonly=True, digits=(16, 3)
    )
    forecast_rmse = fields.Float(
        string="Squared Error of the Forecast", readonly=True, digits=(16, 3)
    )
    naive_rmse = fields.Float(
        string="Squared Error of Own Rates", readonly=True, digits=(16, 3)
    )

    _refresh_unique = models.UniqueIndex(
        "(company_id) WHERE run_id IS NULL", "A company has one lifetime value model."
    )

    @api.depends("reason_code", "holdout_days", "model_weight")
    def _compute_reason(self):
        for model in self:
            code = model.reason_code
            if code in ("fair", "poor") and round(100 * model.model_weight) == 100:
                code += "_alone"
            model.reason = model._get_reasons().get(code, "") % {
                "days": model.holdout_days,
                "weight": round(100 * model.model_weight),
                "months": round(model.history_months),
                "minimum": round(model.minimum_months),
            }

    @api.model
    def _get_reasons(self):
        """Return why a method was chosen, in words, by the engine's codes."""
        return {
            "asked": self.env._("The method is set in the settings."),
            "no_purchases": self.env._("No customer has ordered anything yet."),
            "short_history": self.env._(
                "Invoices go back %(months)s months, and %(minimum)s are needed to "
                "learn from them: values follow the plain rule."
            ),
            "insufficient_data": self.env._(
                "Fewer than 10 customers or 30 repeat orders are too few to learn "
                "from: values follow the plain rule."
            ),
            "not_tested": self.env._(
                "There is too little history to test the forecast on."
            ),
            "good": self.env._(
                "Tested on the last %(days)s days, the forecast was closer than every "
                "customer's own rate in both measures of error."
            ),
            "fair": self.env._(
                "Tested on the last %(days)s days, the forecast was closer than every "
                "customer's own rate in one of two measures of error. %(weight)s%% of "
                "it are used; the rest is the own rate of those likely still customers."
            ),
            "fair_alone": self.env._(
                "Tested on the last %(days)s days, the forecast was closer than every "
                "customer's own rate in one of two measures of error. It is used all "
                "the same: over two such periods together nothing did better."
            ),
            "poor_alone": self.env._(
                "Tested on the last %(days)s days, every customer's own rate was "
                "closer than the forecast. It is used all the same: over two such "
                "periods together nothing did better."
            ),
            "poor": self.env._(
                "Tested on the last %(days)s days, every customer's own rate was "
                "closer than the forecast. %(weight)s%% of it are used; the rest is "
                "the own rate of those likely still customers."
            ),
        }

    @api.model
    def _keep(self, company, lesson, date, run=None):
        """Keep what the engine learnt from the company's portfolio; return it.

        What a run has learnt stays with the run; the refresh has its own.
        """
        vals = self._prepare_vals(company, lesson, date)
        if run:
            return self.create({**vals, "run_id": run.id})
        model = self._get_latest(company)
        if not model:
            return self.create(vals)
        model.write(vals)
        return model

    @api.model
    def _get_latest(self, company):
        """Return what the refresh has learnt from the company's portfolio."""
        return self.search([("company_id", "=", company.id), ("run_id", "=", False)])

    @api.model
    def _prepare_vals(self, company, lesson, date):
        """Return what was learnt as values of fields; of the total nothing yet."""
        purchases, spend = lesson.purchase_model, lesson.spend_model
        scores = lesson.report.scores
        naive, chosen = scores.get("naive"), scores.get("chosen")
        return {
            "company_id": company.id,
            "date": date,
            "value_method": lesson.choice.method,
            "reason_code": lesson.choice.code,
            "history_months": lesson.choice.figures.get("months", 0),
            "minimum_months": lesson.choice.figures.get("minimum", 0),
            "status": purchases.status,
            "yearly_orders": purchases.mean_rate * DAYS_PER_YEAR,
            "leave_rate": purchases.mean_leave,
            "regularity": purchases.regularity,
            "renewal_rate": lesson.contract_model.mean_retention,
            "parameters": self._get_parameters(lesson),
            "learnt": lesson.learnt.to_dict(),
            "order_value": float(spend.expected_value([0], [0])[0]),
            "margin": lesson.margin_model.params.mu,
            "serving": lesson.serving_model.params.mu,
            "grade": lesson.report.grade,
            "holdout_days": lesson.report.holdout,
            "model_weight": lesson.report.model_weight,
            "forecast_mae": chosen.mae if chosen else 0,
            "naive_mae": naive.mae if naive else 0,
            "forecast_rmse": chosen.rmse if chosen else 0,
            "naive_rmse": naive.rmse if naive else 0,
        }

    @api.model
    def _get_parameters(self, lesson):
        """Return the parameters of all models as text."""
        models = {
            "MBG/CNBD-k": lesson.purchase_model,
            "Gamma-Gamma": lesson.spend_model,
            "margin": lesson.margin_model,
            "serving": lesson.serving_model,
        }
        texts = [
            f"{name}: "
            + ", ".join(
                f"{key} {value:.6g}" for key, value in model.params._asdict().items()
            )
            for name, model in models.items()
            if model.params
        ]
        if (correlation := lesson.spend_model.correlation) is not None:
            # the Gamma-Gamma model supposes that there is next to none
            texts.append(f"correlation of orders and their value: {correlation:.2f}")
        return "; ".join(texts)
