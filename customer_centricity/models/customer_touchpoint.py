from odoo import fields, models


class CustomerTouchpoint(models.Model):
    """An occasion on which customers of a group and the company meet."""

    _name = "customer.touchpoint"
    _description = "Touchpoint of a Customer Group"
    _order = "group_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    group_id = fields.Many2one(
        comodel_name="customer.group", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="group_id.company_id")
    channel_id = fields.Many2one(comodel_name="customer.channel", ondelete="restrict")
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Owner",
        check_company=True,
        domain="[('share', '=', False)]",
        help="Who sees to it that it goes well.",
    )
    stage = fields.Selection(
        selection=[
            ("prospect", "Prospect"),
            ("new", "New"),
            ("growing", "Growing"),
            ("steady", "Steady"),
            ("at_risk", "At risk"),
            ("lost", "Lost"),
            ("won_back", "Won back"),
        ],
        string="Lifecycle Stage",
        help="The stage of the customer's life it belongs to; empty: all of them.",
    )
    frequency = fields.Char(string="How Often", help="e.g. after each delivery")
    note = fields.Char()

    def _describe(self):
        """Return the touchpoint in a line of text, which names nobody."""
        self.ensure_one()
        details = [
            dict(self._fields["stage"]._description_selection(self.env)).get(
                self.stage
            ),
            self.channel_id.name,
            self.frequency,
            self.note,
        ]
        told = ", ".join(detail for detail in details if detail)
        return f"{self.name} ({told})" if told else self.name
