from odoo import fields, models

MANAGER = "customer_centricity.group_manager"

# From where to where assumptions may go
RANGES = {
    "price_rate": (-0.99, 10),
    "acceptance_rate": (0, 1),
    "hours_saved_rate": (0, 1),
    "cost_kept_rate": (0, 1),
    "serving_saved_rate": (0, 1),
    "other_saved_rate": (0, 1),
    "commission_rate": (0, 1),
}


def check_range(name, low, high):
    """Return the condition that a column is from low to high, and a number at all."""
    return f"CHECK({name} BETWEEN {low} AND {high})"


class CustomerDecisionAssumptions(models.AbstractModel):
    """What is assumed of an option: a rung of the ladder has the usual assumptions, an
    option of a decision its own.
    """

    _name = "customer.decision.assumptions"
    _description = "Assumptions about an Option"

    price_rate = fields.Float(
        string="Price Change",
        digits=(16, 4),
        groups=MANAGER,
        aggregator="avg",
        help="By how much prices rise: 10% sells the same for a tenth more.",
    )
    acceptance_rate = fields.Float(
        string="Customers That Accept",
        default=1.0,
        digits=(16, 4),
        groups=MANAGER,
        aggregator="avg",
        help="Of ten customers that are told so, how many stay; the probability that "
        "this one does.",
    )
    hours_saved_rate = fields.Float(
        string="Hours Saved",
        digits=(16, 4),
        groups=MANAGER,
        aggregator="avg",
        help="Share of its hours that are no longer spent on it.",
    )
    cost_kept_rate = fields.Float(
        string="Cost of Hours Kept",
        digits=(16, 4),
        groups=MANAGER,
        aggregator="avg",
        help="Share of the cost of saved hours that stays, because people are paid "
        "anyway: 0% where they have other work to do at once, 100% where they have "
        "none.",
    )
    serving_saved_rate = fields.Float(
        string="Cost to Serve Saved",
        digits=(16, 4),
        groups=MANAGER,
        aggregator="avg",
        help="Share of its cost by the cost rates that falls away.",
    )
    other_saved_rate = fields.Float(
        string="Other Costs Saved",
        digits=(16, 4),
        groups=MANAGER,
        aggregator="avg",
        help="Share of subcontractors, expenses and the like that falls away.",
    )
    commission_rate = fields.Float(
        string="Commission",
        digits=(16, 4),
        groups=MANAGER,
        aggregator="avg",
        help="Share of the revenue that stays with us when another company serves the "
        "account and bears the cost of what it buys.",
    )

    _price_rate_range = models.Constraint(
        check_range("price_rate", *RANGES["price_rate"]),
        "A price change must be between -99% and 1,000%.",
    )
    _acceptance_rate_range = models.Constraint(
        check_range("acceptance_rate", *RANGES["acceptance_rate"]),
        "The share of customers that accept must be between 0% and 100%.",
    )
    _hours_saved_rate_range = models.Constraint(
        check_range("hours_saved_rate", *RANGES["hours_saved_rate"]),
        "The share of hours saved must be between 0% and 100%.",
    )
    _cost_kept_rate_range = models.Constraint(
        check_range("cost_kept_rate", *RANGES["cost_kept_rate"]),
        "The share of the cost of hours that stays must be between 0% and 100%.",
    )
    _serving_saved_rate_range = models.Constraint(
        check_range("serving_saved_rate", *RANGES["serving_saved_rate"]),
        "The share of the cost to serve that is saved must be between 0% and 100%.",
    )
    _other_saved_rate_range = models.Constraint(
        check_range("other_saved_rate", *RANGES["other_saved_rate"]),
        "The share of other costs that is saved must be between 0% and 100%.",
    )
    _commission_rate_range = models.Constraint(
        check_range("commission_rate", *RANGES["commission_rate"]),
        "A commission must be between 0% and 100% of the revenue.",
    )
