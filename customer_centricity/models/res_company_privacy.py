from odoo import fields, models

ADMINISTRATOR = "customer_centricity.group_administrator"


class ResCompany(models.Model):
    """How long what is known of single customers is kept."""

    _inherit = "res.company"

    customer_answer_months = fields.Integer(
        string="Keep Answers (months)",
        default=36,
        groups=ADMINISTRATOR,
        help="Answers on recommendation are deleted when they are older; 0: never.",
    )
    customer_snapshot_years = fields.Integer(
        string="Keep Accounts of Runs (years)",
        default=5,
        groups=ADMINISTRATOR,
        help="What a lifetime value run has recorded of single accounts is deleted "
        "when the run is older; its totals, and the last two runs that were applied, "
        "are kept. 0: never.",
    )

    _customer_answer_months_range = models.Constraint(
        "CHECK(customer_answer_months BETWEEN 0 AND 1200)",
        "Answers may be kept for 1 to 1,200 months, or 0: for ever.",
    )
    _customer_snapshot_years_range = models.Constraint(
        "CHECK(customer_snapshot_years BETWEEN 0 AND 100)",
        "Accounts of runs may be kept for 1 to 100 years, or 0: for ever.",
    )
