from odoo import fields, models


class CustomerGroup(models.Model):
    """Customers that are dealt with alike, because they behave alike.

    Groups are found in how customers behave and in the values behind their choices, not
    in where they are or how large.
    """

    _name = "customer.group"
    _description = "Customer Group"
    _order = "sequence, id"
    _check_company_auto = True
    # branches use those of their company
    _check_company_domain = models.check_company_domain_parent_of

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(string="Rank", default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company", help="Empty: for every company."
    )
    color = fields.Integer()
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Owner",
        domain="[('share', '=', False)]",
        help="Who is responsible for how this group is dealt with.",
    )
    story = fields.Text(
        translate=True, help="Who they are, what they want, and why they buy from you."
    )
    account_ids = fields.One2many(
        comodel_name="customer.account", inverse_name="group_id"
    )
    account_count = fields.Integer(string="Accounts", compute="_compute_account_count")
    acquisition_cost = fields.Float(
        groups="customer_centricity.group_manager",
        digits=(16, 2),
        help="What winning an account of this group usually costs, in the currency of "
        "the account's company. Accounts with a cost of their own keep it.",
    )

    _acquisition_cost_range = models.Constraint(
        "CHECK(acquisition_cost >= 0 AND acquisition_cost < 1e15)",
        "An acquisition cost must be 0 or more.",
    )

    def _compute_account_count(self):
        counts = dict(
            self.env["customer.account"]._read_group(
                [("group_id", "in", self.ids)], ["group_id"], ["__count"]
            )
        )
        for group in self:
            group.account_count = counts.get(group, 0)

    def action_open_accounts(self):
        """Open the accounts of the group."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_centricity.customer_account_action"
        )
        action["domain"] = [("group_id", "=", self.id)]
        action["context"] = {"default_group_id": self.id}
        return action
