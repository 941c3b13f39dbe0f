from odoo import api, fields, models
from odoo.fields import Domain

MANAGER = "customer_centricity.group_manager"

KINDS = [
    ("mend", "Understand and mend"),
    ("reduce_cost", "Reduce the cost to serve"),
    ("reprice", "Change the price"),
    ("change_level", "Change the service level"),
    ("subcontract", "Subcontract"),
    ("end", "End the relation"),
]


class CustomerDecisionRung(models.Model):
    """One rung of the ladder of what can be done about a loss, from mild to hard."""

    _name = "customer.decision.rung"
    _inherit = ["customer.decision.assumptions"]
    _description = "Rung of the Decision Ladder"
    _order = "sequence, id"
    _check_company_auto = True
    # branches use those of their company
    _check_company_domain = models.check_company_domain_parent_of

    name = fields.Char(required=True, translate=True)
    kind = fields.Selection(
        selection=KINDS,
        required=True,
        help="What the rung does; which figures its assumptions change.",
    )
    sequence = fields.Integer(
        default=10, help="The mildest comes first: the ladder is climbed from there."
    )
    active = fields.Boolean(
        default=True, help="An archived rung is no option of new decisions."
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        index=True,
        ondelete="cascade",
        help="Empty: for every company that has none of this kind of its own.",
    )
    description = fields.Text(
        translate=True, help="What it is, and why its assumptions are what they are."
    )
    approval = fields.Selection(
        selection=[
            ("manager", "Account managers"),
            ("administrator", "Administrators"),
        ],
        string="Approved By",
        required=True,
        default="manager",
        help="Who may approve decisions for this rung.",
    )
    is_automatic = fields.Boolean(
        string="Without Approval",
        help="A decision that a rule has proposed with this option is approved by the "
        "rule, too, unless a guard stands against it.",
    )
    mail_template_id = fields.Many2one(
        comodel_name="mail.template",
        string="Letter",
        domain="[('model', '=', 'customer.decision')]",
        ondelete="set null",
        help="What a letter to the customer begins with. None is sent by itself.",
    )

    # Usual assumptions in the account's own measure
    hour_price_rate = fields.Float(
        string="Price of an Hour",
        digits=(16, 4),
        groups=MANAGER,
        aggregator="avg",
        help="What is charged for an hour beyond the included ones, as a share of what "
        "an hour of the account costs. 0%: nothing, as when the revenue already "
        "contains such hours.",
    )
    switch_hours = fields.Float(
        string="Hours of the Switch",
        groups=MANAGER,
        aggregator="avg",
        help="Hours that the change itself takes once: talks, letters, handing over. "
        "They cost what an hour of the account costs.",
    )

    _hour_price_rate_range = models.Constraint(
        "CHECK(hour_price_rate BETWEEN 0 AND 100)",
        "The price of an hour must be between 0% and 10,000% of its cost.",
    )
    _switch_hours_range = models.Constraint(
        "CHECK(switch_hours BETWEEN 0 AND 100000)",
        "The hours of the switch must be a number of 0 or more.",
    )
    _kind_unique = models.UniqueIndex(
        "(kind, COALESCE(company_id, 0)) WHERE active",
        "The ladder of a company has one rung of each kind: archive the other one "
        "first.",
    )

    @api.model
    def _get_ladder(self, company):
        """Return the rungs that cases of a company have, one of each kind.

        Its own come before those of the company it is a branch of, and those before the
        ones of every company.
        """
        rungs = self.with_context(active_test=True).search(
            Domain("company_id", "=", False)
            | Domain("company_id", "parent_of", company.id)
        )
        nearest = [False, *company.parent_ids.ids]
        by_kind = {
            rung.kind: rung
            for rung in rungs.sorted(lambda rung: nearest.index(rung.company_id.id))
        }
        return rungs.filtered(lambda rung: by_kind[rung.kind] == rung)
