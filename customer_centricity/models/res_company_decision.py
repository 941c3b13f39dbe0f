from odoo import fields, models

from .res_company import ADMINISTRATOR


class ResCompany(models.Model):
    """How the company decides on accounts it loses money on."""

    _inherit = "res.company"

    # When a rule may propose a decision
    customer_decision_minimum_months = fields.Integer(
        string="History Before a Decision (months)",
        default=6,
        groups=ADMINISTRATOR,
        help="No rule proposes a decision on an account whose figures go back less.",
    )
    customer_decision_spare_new = fields.Boolean(
        string="Spare New Accounts",
        default=True,
        groups=ADMINISTRATOR,
        help="No rule proposes a decision on accounts without an order, or whose first "
        "order is less than a year old: winning them costs first.",
    )
    customer_decision_periods = fields.Integer(
        string="Periods at a Loss",
        default=2,
        groups=ADMINISTRATOR,
        help="A rule proposes a decision when the account lost money in each of so "
        "many periods in a row: one bad project is not a habit.",
    )
    customer_decision_period_months = fields.Integer(
        string="Length of a Period (months)", default=6, groups=ADMINISTRATOR
    )
    customer_decision_pause_months = fields.Integer(
        string="Pause After a Decision (months)",
        default=6,
        groups=ADMINISTRATOR,
        help="So long after a case was closed, rejected or undone, no rule proposes "
        "another one.",
    )
    customer_decision_proposal_limit = fields.Integer(
        string="New Cases a Day",
        default=50,
        groups=ADMINISTRATOR,
        help="Rules propose at most so many a day, the worst losses first. The others "
        "wait for the next day.",
    )

    # When it may be applied without approval
    customer_decision_estimated_limit = fields.Float(
        string="Estimated Costs",
        default=0.3,
        digits=(16, 4),
        groups=ADMINISTRATOR,
        help="Nothing is applied without approval to an account more of whose costs "
        "are estimated or missing.",
    )
    customer_decision_automatic_limit = fields.Integer(
        string="Automatic Decisions a Day",
        default=20,
        groups=ADMINISTRATOR,
        help="At most so many decisions a day are applied without approval.",
    )

    # Who approves, and when it is looked at again
    customer_decision_manager_amount = fields.Monetary(
        string="Account Managers Decide Up To",
        default=0,
        groups=ADMINISTRATOR,
        help="Decisions on accounts with a higher revenue a year are for "
        "administrators to approve and to undo. 0: account managers decide on all.",
    )
    customer_decision_review_months = fields.Selection(
        selection=[
            ("3", "3 months"),
            ("6", "6 months"),
            ("12", "12 months"),
        ],
        string="Review After",
        required=True,
        default="6",
        groups=ADMINISTRATOR,
        help="So long after a decision was applied its effect is measured; the case is "
        "closed then, or taken a step further.",
    )

    _customer_decision_minimum_months_range = models.Constraint(
        "CHECK(customer_decision_minimum_months BETWEEN 0 AND 120)",
        "The history before a decision must be between 0 and 120 months.",
    )
    _customer_decision_periods_range = models.Constraint(
        "CHECK(customer_decision_periods BETWEEN 1 AND 12)",
        "An account must have lost money in 1 to 12 periods.",
    )
    _customer_decision_period_months_range = models.Constraint(
        "CHECK(customer_decision_period_months BETWEEN 1 AND 24)",
        "A period of loss must be 1 to 24 months long.",
    )
    _customer_decision_pause_months_range = models.Constraint(
        "CHECK(customer_decision_pause_months BETWEEN 0 AND 120)",
        "The pause after a decision must be between 0 and 120 months.",
    )
    _customer_decision_proposal_limit_range = models.Constraint(
        "CHECK(customer_decision_proposal_limit BETWEEN 0 AND 100000)",
        "Rules may propose between 0 and 100,000 cases a day.",
    )
    # 'NaN' is above every number
    _customer_decision_estimated_limit_range = models.Constraint(
        "CHECK(customer_decision_estimated_limit >= 0"
        " AND customer_decision_estimated_limit <= 1)",
        "The limit of estimated costs must be between 0% and 100%.",
    )
    _customer_decision_automatic_limit_range = models.Constraint(
        "CHECK(customer_decision_automatic_limit BETWEEN 0 AND 100000)",
        "Between 0 and 100,000 decisions a day may be applied without approval.",
    )
    _customer_decision_manager_amount_range = models.Constraint(
        "CHECK(customer_decision_manager_amount >= 0"
        " AND customer_decision_manager_amount <= 1e14)",
        "The revenue up to which account managers decide must be 0 or more.",
    )
