from odoo import api, fields, models
from odoo.tools import SQL

# What can only be divided once it is added up: {field: (above, below)}
RATIOS = {
    "acquisition_return": ("lifetime_value", "acquisition_cost"),
    "cost_per_account": ("acquisition_cost", "account_count"),
    "value_per_account": ("lifetime_value", "account_count"),
}


class CustomerSourceQuality(models.Model):
    """What customers are worth by where they came from, and what it took to win them.

    A row for every customer who has ordered, and one for every amount spent. A
    customer came by the source of the first opportunity won with it. What it cost is

    - what is noted for the account itself, and
    - what was spent on its source; where nothing was, the acquisition cost of its group

    so that an amount spent counts once, also where it has won nobody.

    Customers who may not be profiled count, and are not named.
    """

    _name = "customer.source.quality"
    _inherit = ["customer.one.currency"]
    _description = "Source Quality"
    _auto = False
    _order = "month desc, id desc"
    _rec_name = "source_id"
    _depends = {
        "crm.lead": [
            "campaign_id",
            "company_id",
            "date_closed",
            "medium_id",
            "partner_id",
            "source_id",
            "won_status",
        ],
        "customer.account": [
            "active",
            "company_id",
            "currency_id",
            "first_order_date",
            "group_id",
            "has_own_acquisition_cost",
            "historic_value",
            "lifetime_value",
            "own_acquisition_cost",
            "partner_id",
            "profit",
            "tier_id",
        ],
        "customer.acquisition.spend": [
            "amount",
            "campaign_id",
            "company_id",
            "date",
            "medium_id",
            "source_id",
        ],
        "customer.group": ["acquisition_cost"],
        "res.company": ["active", "currency_id"],
        "res.partner": ["commercial_partner_id", "customer_profiling_opt_out"],
    }

    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    currency_id = fields.Many2one(comodel_name="res.currency", readonly=True)
    source_id = fields.Many2one(comodel_name="utm.source", readonly=True)
    medium_id = fields.Many2one(comodel_name="utm.medium", readonly=True)
    campaign_id = fields.Many2one(comodel_name="utm.campaign", readonly=True)
    month = fields.Date(
        readonly=True, help="Of the first order, or in which the money was spent."
    )
    account_id = fields.Many2one(comodel_name="customer.account", readonly=True)
    tier_id = fields.Many2one(comodel_name="customer.tier", readonly=True)
    group_id = fields.Many2one(comodel_name="customer.group", readonly=True)
    account_count = fields.Integer(string="Customers Won", readonly=True)
    lifetime_value = fields.Monetary(readonly=True)
    profit = fields.Monetary(readonly=True, help="Of the profit window.")
    historic_value = fields.Monetary(string="Profit to Date", readonly=True)
    acquisition_cost = fields.Monetary(readonly=True)
    acquisition_return = fields.Float(
        string="CLV : CAC",
        readonly=True,
        digits=(16, 1),
        aggregator="avg",
        help="Lifetime value : acquisition cost, how many times what it took to win "
        "them they are worth. Empty where they are worth less than nothing.",
    )
    cost_per_account = fields.Monetary(
        string="Cost of a Customer",
        readonly=True,
        aggregator="avg",
        help="Acquisition cost of each customer won (CAC).",
    )
    value_per_account = fields.Monetary(
        string="Value of a Customer", readonly=True, aggregator="avg"
    )

    @property
    def _table_query(self):
        return SQL(
            """
            WITH lone AS (
                -- leads of no company are of the only one there is
                SELECT CASE WHEN COUNT(*) = 1 THEN MIN(id) END AS company_id
                  FROM res_company WHERE active
            ),
            won AS (
                SELECT DISTINCT ON (1, 2)
                       contact.commercial_partner_id AS partner_id,
                       COALESCE(lead.company_id, lone.company_id) AS company_id,
                       lead.source_id, lead.medium_id, lead.campaign_id
                  FROM crm_lead lead
                  JOIN res_partner contact ON contact.id = lead.partner_id
                  CROSS JOIN lone
                 WHERE lead.won_status = 'won'
                 ORDER BY 1, 2, lead.date_closed, lead.id
            ),
            spent AS (
                SELECT DISTINCT company_id, source_id FROM customer_acquisition_spend
            ),
            account AS (
                SELECT account.id, account.company_id, account.currency_id,
                       won.source_id, won.medium_id, won.campaign_id,
                       account.first_order_date, account.tier_id, account.group_id,
                       partner.customer_profiling_opt_out IS TRUE AS opted_out,
                       account.lifetime_value, account.profit, account.historic_value,
                       CASE WHEN account.has_own_acquisition_cost
                            THEN COALESCE(account.own_acquisition_cost, 0)
                            WHEN spent.source_id IS NULL
                            THEN COALESCE(grouped.acquisition_cost, 0)
                            ELSE 0 END AS acquisition_cost
                  FROM customer_account account
                  JOIN res_partner partner ON partner.id = account.partner_id
                  LEFT JOIN won
                    ON won.partner_id = account.partner_id
                   AND won.company_id = account.company_id
                  LEFT JOIN spent
                    ON spent.company_id = account.company_id
                   AND spent.source_id = won.source_id
                  LEFT JOIN customer_group grouped ON grouped.id = account.group_id
                 WHERE account.first_order_date IS NOT NULL
            )
            SELECT 2 * id AS id, company_id, currency_id,
                   source_id, medium_id, campaign_id,
                   DATE_TRUNC('month', first_order_date)::date AS month,
                   CASE WHEN NOT opted_out THEN id END AS account_id,
                   CASE WHEN NOT opted_out THEN tier_id END AS tier_id,
                   CASE WHEN NOT opted_out THEN group_id END AS group_id,
                   1 AS account_count, lifetime_value, profit, historic_value,
                   acquisition_cost,
                   CASE WHEN lifetime_value >= 0
                        THEN lifetime_value / NULLIF(acquisition_cost, 0)
                    END AS acquisition_return,
                   acquisition_cost AS cost_per_account,
                   lifetime_value AS value_per_account
              FROM account
             UNION ALL
            SELECT 2 * spend.id + 1, spend.company_id, company.currency_id,
                   spend.source_id, spend.medium_id, spend.campaign_id,
                   DATE_TRUNC('month', spend.date)::date,
                   NULL, NULL, NULL, 0, 0, 0, 0, spend.amount, NULL, NULL, NULL
              FROM customer_acquisition_spend spend
              JOIN res_company company ON company.id = spend.company_id
            """
        )

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        """Divide sums by sums: a mean of quotients would weigh a cheap win as much."""
        name, _colon, function = aggregate_spec.partition(":")
        if name not in RATIOS or function != "avg":
            return super()._read_group_select(aggregate_spec, query)
        above, below = (
            self._field_to_sql(self._table, one, query) for one in RATIOS[name]
        )
        ratio = SQL("SUM(%s) / NULLIF(SUM(%s), 0)", above, below)
        if name != "acquisition_return":
            return ratio
        # how many times a loss is what it cost says nothing
        return SQL("CASE WHEN SUM(%s) >= 0 THEN %s END", above, ratio)
