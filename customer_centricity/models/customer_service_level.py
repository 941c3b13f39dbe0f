from odoo import fields, models


class CustomerServiceLevel(models.Model):
    """How much attention an account gets, from one-to-one treatment to none."""

    _name = "customer.service.level"
    _description = "Customer Service Level"
    _order = "sequence, id"
    _check_company_auto = True
    # branches use those of their company
    _check_company_domain = models.check_company_domain_parent_of

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(
        string="Rank", default=10, help="The highest level of service comes first."
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company", help="Empty: for every company."
    )
    kind = fields.Selection(
        selection=[
            ("served", "Served by us"),
            ("subcontracted", "Served by another company"),
            ("ended", "No longer served"),
        ],
        string="Kind of Service",
        required=True,
        default="served",
    )
    subcontractor_id = fields.Many2one(
        comodel_name="res.partner",
        check_company=True,
        help="The company that serves these accounts for us.",
    )
    included_hours = fields.Float(
        string="Included Hours a Month",
        help="Hours of attention a month that the price already pays for.",
    )
    response_hours = fields.Float(
        string="Response Time",
        help="Working hours within which a request is answered.",
    )
    color = fields.Integer()
    description = fields.Text(translate=True)

    _included_hours_positive = models.Constraint(
        "CHECK(included_hours >= 0 AND included_hours < 'Infinity')",
        "The included hours of a service level cannot be negative.",
    )
    _response_hours_positive = models.Constraint(
        "CHECK(response_hours >= 0 AND response_hours < 'Infinity')",
        "The response time of a service level cannot be negative.",
    )
