from odoo import fields, models

MANAGER = "customer_centricity.group_manager"


class CustomerDecisionOption(models.Model):
    """What can be done about one account, and what would come of it."""

    _name = "customer.decision.option"
    _inherit = ["customer.decision.assumptions", "customer.decided.values"]
    _description = "Option of a Decision"
    _order = "decision_id, sequence, id"
    _rec_name = "rung_id"
    _check_company_auto = True

    decision_id = fields.Many2one(
        comodel_name="customer.decision",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    rung_id = fields.Many2one(
        comodel_name="customer.decision.rung",
        string="Option",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    kind = fields.Selection(related="rung_id.kind", store=True)
    sequence = fields.Integer(related="rung_id.sequence", store=True)
    company_id = fields.Many2one(related="decision_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")

    # The ladder
    state = fields.Selection(
        selection=[
            ("open", "Open"),
            ("tried", "Tried before"),
            ("ruled_out", "Ruled out"),
        ],
        required=True,
        default="open",
        help="A harder option can be chosen when the milder ones were tried or are "
        "ruled out, with a reason.",
    )
    state_reason = fields.Char(string="Reason", help="Why it is ruled out, or when it "
        "was tried.")

    # What it would be
    service_level_id = fields.Many2one(
        comodel_name="customer.service.level",
        check_company=True,
        ondelete="restrict",
        help="The service level that the account gets.",
    )
    pricelist_id = fields.Many2one(
        comodel_name="product.pricelist",
        check_company=True,
        ondelete="set null",
        help="The pricelist that the customer gets. Empty: prices are talked about, "
        "the pricelist stays.",
    )

    # Assumptions besides those of the rung
    included_hours = fields.Float(
        string="Included Hours a Month",
        groups=MANAGER,
        help="Hours a month that the price pays for; more are charged.",
    )
    hour_price = fields.Monetary(
        string="Price of an Hour",
        groups=MANAGER,
        help="What is charged for each hour beyond the included ones, besides today's "
        "revenue.",
    )
    switch_cost = fields.Monetary(
        string="Cost of the Switch",
        groups=MANAGER,
        help="What the change itself costs once.",
    )

    # Results
    is_possible = fields.Boolean(string="Possible", readonly=True)
    blocked_reason = fields.Char(string="Why Not", readonly=True)
    is_best = fields.Boolean(string="Best", readonly=True)
    expected_profit = fields.Monetary(
        string="Expected Profit a Year",
        readonly=True,
        groups=MANAGER,
        help="Without what the change itself costs once.",
    )
    expected_value = fields.Monetary(
        string="Expected Lifetime Value", readonly=True, groups=MANAGER
    )
    profit_gain = fields.Monetary(
        string="Gained a Year",
        readonly=True,
        groups=MANAGER,
        help="Expected profit a year less that of leaving everything as it is.",
    )
    value_gain = fields.Monetary(
        string="Value Gained",
        readonly=True,
        groups=MANAGER,
        help="Expected lifetime value less that of leaving everything as it is.",
    )
    explanation = fields.Text(
        string="In Words", readonly=True, groups=MANAGER, help="How this comes about."
    )

    _decision_rung_unique = models.Constraint(
        "UNIQUE(decision_id, rung_id)", "A decision has one option of each rung."
    )
    _state_reason_given = models.Constraint(
        "CHECK(state = 'open' OR TRIM(COALESCE(state_reason, '')) != '')",
        "Give the reason why an option is ruled out, or when it was tried.",
    )
    # BETWEEN refuses what is no number, too
    _included_hours_range = models.Constraint(
        "CHECK(included_hours BETWEEN 0 AND 744)",
        "The included hours must be between 0 and the hours of a month.",
    )
    _hour_price_range = models.Constraint(
        "CHECK(hour_price BETWEEN 0 AND 1e12)",
        "The price of an hour must be an amount of 0 or more.",
    )
    _switch_cost_range = models.Constraint(
        "CHECK(switch_cost BETWEEN 0 AND 1e15)",
        "The cost of the switch must be an amount of 0 or more.",
    )
