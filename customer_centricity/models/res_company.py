from odoo import fields, models

# Settings and state of the addon are for its administrators; scheduled actions read
# them as superuser.
ADMINISTRATOR = "customer_centricity.group_administrator"
USER = "customer_centricity.group_user"


class ResCompany(models.Model):
    _inherit = "res.company"

    # Settings
    customer_window_months = fields.Integer(
        string="Profit Window (months)",
        default=12,
        groups=ADMINISTRATOR,
        help="Profit, results and the plain rule look back over this many closed "
        "months.",
    )
    customer_value_method = fields.Selection(
        selection=[
            ("automatic", "Automatic"),
            ("probabilistic", "Probabilistic"),
            ("contract", "Contract"),
            ("plain", "Plain rule"),
        ],
        string="Lifetime Value Method",
        required=True,
        default="automatic",
        groups=ADMINISTRATOR,
        help="Automatic: learns from all customers where there are enough of them, and "
        "says why it does or does not.",
    )
    customer_value_months = fields.Integer(
        string="Lifetime Value Horizon (months)",
        default=60,
        groups=ADMINISTRATOR,
        help="How many months of business the lifetime value counts.",
    )
    customer_discount_rate = fields.Float(
        string="Yearly Discount Rate",
        default=0.1,
        digits=(16, 4),
        groups=ADMINISTRATOR,
        help="By how much a profit is worth less for coming a year later. The plain "
        "rule does not discount.",
    )
    customer_minimum_months = fields.Integer(
        string="Minimum History (months)",
        default=12,
        groups=ADMINISTRATOR,
        help="So long must invoices go back for the automatic method to learn from "
        "them; an account known for less is said to have a short history.",
    )
    customer_even_rate = fields.Float(
        string="Break-Even Band",
        default=0.02,
        groups=ADMINISTRATOR,
        help="An account whose profit or loss is at most this share of its revenue "
        "breaks even.",
    )

    customer_lost_months = fields.Integer(
        string="Lost After (months)",
        default=12,
        groups=ADMINISTRATOR,
        help="An account that has not ordered for longer is lost; one that orders "
        "again after such a silence is won back.",
    )
    customer_growing_rate = fields.Float(
        string="Growing From",
        default=0.15,
        digits=(16, 4),
        groups=ADMINISTRATOR,
        help="An account is growing when its revenue of the profit window is above "
        "that of the window before by at least this share.",
    )

    customer_acquisition_months = fields.Integer(
        string="Months of Acquisition Cost",
        default=12,
        groups=ADMINISTRATOR,
        help="Over how many months, from the first order on, the cost of winning an "
        "account is spread in its profit and loss.",
    )

    # The run
    customer_tier_band = fields.Float(
        string="Band of a Border",
        default=0.05,
        digits=(16, 4),
        groups=ADMINISTRATOR,
        help="In a run an account changes its tier when its value passes the border by "
        "more than this share of the border.",
    )
    customer_run_interval = fields.Selection(
        selection=[
            ("none", "Never"),
            ("month", "Every month"),
            ("quarter", "Every quarter"),
            ("year", "Every fiscal year"),
        ],
        string="Prepare a Run",
        required=True,
        default="year",
        groups=ADMINISTRATOR,
        help="When such a period has ended, a run is computed as of its last day and "
        "the administrators are asked to review it.",
    )
    customer_run_auto_apply = fields.Boolean(
        string="Apply Without Review",
        groups=ADMINISTRATOR,
        help="A run that the schedule has prepared is applied as soon as it is "
        "computed.",
    )
    customer_locked_until = fields.Date(
        string="Months Locked Until",
        readonly=True,
        groups=ADMINISTRATOR,
        help="Facts of this month and of those before rest on a run that was applied: "
        "they are not rebuilt.",
    )

    customer_window_end = fields.Date(
        readonly=True,
        groups=ADMINISTRATOR,
        help="The profit window of the last refresh ends before this day.",
    )

    # State of the refresh: a cycle that was interrupted goes on where it stopped
    customer_refresh_start = fields.Datetime(
        readonly=True,
        groups=ADMINISTRATOR,
        help="Start of the refresh in progress; empty when none is.",
    )
    customer_refresh_full = fields.Boolean(
        readonly=True,
        groups=ADMINISTRATOR,
        help="The refresh in progress does everything, not only what changed.",
    )
    customer_refresh_stage = fields.Char(
        readonly=True, groups=ADMINISTRATOR, help="What the refresh in progress does."
    )
    customer_refresh_moment = fields.Datetime(
        readonly=True,
        groups=ADMINISTRATOR,
        help="The database's time when the refresh in progress began.",
    )
    customer_changes_since = fields.Datetime(
        readonly=True,
        groups=ADMINISTRATOR,
        help="Documents that changed before this time are in the figures.",
    )
    customer_occasion_month = fields.Date(
        string="Behaviours Found Until",
        readonly=True,
        groups=ADMINISTRATOR,
        help="End of the profit window with which the behaviours of all accounts were "
        "last found; empty: all are to be found.",
    )
    customer_goodwill_basis = fields.Char(
        readonly=True,
        groups=ADMINISTRATOR,
        help="Profit window with which the goodwill of all accounts was last found; "
        "empty: all are to be found.",
    )
    customer_full_date = fields.Datetime(
        readonly=True,
        groups=ADMINISTRATOR,
        help="When everything was last done anew; empty: it is to be done next time.",
    )
    customer_refresh_basis = fields.Char(
        readonly=True,
        groups=ADMINISTRATOR,
        help="Stands for the settings and cost rates that everything was last done "
        "with.",
    )
    customer_refresh_month = fields.Date(
        readonly=True,
        groups=ADMINISTRATOR,
        help="The refresh in progress has rebuilt the facts up to this month.",
    )
    customer_refresh_cursor = fields.Integer(
        readonly=True,
        groups=ADMINISTRATOR,
        help="The refresh in progress has done the accounts up to this id.",
    )
    customer_refresh_settled = fields.Json(
        groups=ADMINISTRATOR,
        help="What the refresh in progress goes by in valuing all accounts.",
    )
    customer_refresh_date = fields.Datetime(
        string="Figures As Of",
        readonly=True,
        groups=ADMINISTRATOR,
        help="Start of the last refresh that was completed.",
    )
    customer_refresh_error = fields.Char(
        string="Last Error",
        readonly=True,
        groups=ADMINISTRATOR,
        help="Why the last refresh of this company failed; empty when it did not.",
    )

    # How far the figures can be relied on, as of the last refresh
    customer_quality_grade = fields.Selection(
        selection=[("a", "A"), ("b", "B"), ("c", "C"), ("d", "D")],
        string="Data Quality",
        readonly=True,
        groups=ADMINISTRATOR,
        help="A: nothing that weighs is missing; D: the figures cannot be relied on.",
    )
    customer_quality_doubt_rate = fields.Float(
        string="Share in Doubt",
        readonly=True,
        digits=(16, 4),
        groups=ADMINISTRATOR,
        help="Share of the revenue and costs of the profit window that rests on data "
        "that is missing or estimated.",
    )

    customer_onboarding_hidden = fields.Boolean(
        string="First Steps Are Hidden",
        groups=ADMINISTRATOR,
        help="The first steps no longer stand on the dashboard.",
    )

    _customer_window_months_range = models.Constraint(
        "CHECK(customer_window_months BETWEEN 1 AND 120)",
        "The profit window must be between 1 and 120 months.",
    )
    _customer_value_months_range = models.Constraint(
        "CHECK(customer_value_months BETWEEN 1 AND 600)",
        "The horizon of the lifetime value must be between 1 and 600 months.",
    )
    _customer_discount_rate_range = models.Constraint(
        "CHECK(customer_discount_rate >= 0 AND customer_discount_rate <= 1)",
        "The yearly discount rate must be between 0% and 100%.",
    )
    _customer_minimum_months_range = models.Constraint(
        "CHECK(customer_minimum_months BETWEEN 0 AND 120)",
        "The minimum history must be between 0 and 120 months.",
    )
    _customer_acquisition_months_range = models.Constraint(
        "CHECK(customer_acquisition_months BETWEEN 1 AND 120)",
        "The acquisition cost must be spread over 1 to 120 months.",
    )
    _customer_lost_months_range = models.Constraint(
        "CHECK(customer_lost_months BETWEEN 1 AND 120)",
        "An account must count as lost after 1 to 120 months without an order.",
    )
    _customer_growing_rate_range = models.Constraint(
        "CHECK(customer_growing_rate >= 0 AND customer_growing_rate <= 10)",
        "The growth from which on an account is growing must be between 0% and 1,000%.",
    )
    _customer_even_rate_range = models.Constraint(
        "CHECK(customer_even_rate >= 0 AND customer_even_rate <= 1)",
        "The break-even band must be between 0% and 100% of the revenue.",
    )
    _customer_tier_band_range = models.Constraint(
        "CHECK(customer_tier_band >= 0 AND customer_tier_band <= 0.5)",
        "The band of a border must be between 0% and 50%.",
    )

    def _get_whom_to_ask(self, user, group=USER):
        """Return whom to ask about what a user is responsible for in the company.

        That is the user, or else the administrators, when nobody is named or whoever is
        has left, works elsewhere, or has no right to do what is asked.

        :param group: the group that gives the right to do it
        """
        self.ensure_one()
        if user.active and self in user.company_ids and user.has_group(group):
            return user
        # sudo: who the administrators are, whoever asks
        administrators = self.env.ref(ADMINISTRATOR).sudo().all_user_ids
        return administrators.filtered(
            lambda other: other.active and self in other.company_ids and not other.share
        )
