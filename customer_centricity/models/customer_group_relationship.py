from odoo import fields, models
from odoo.tools import format_date


class CustomerGroup(models.Model):
    """How a group is dealt with: the customer relationship of a business model."""

    _inherit = "customer.group"

    relationship_type = fields.Selection(
        selection=[
            ("personal", "Personal assistance"),
            ("dedicated", "Dedicated personal assistance"),
            ("self_service", "Self-service"),
            ("automated", "Automated service"),
            ("community", "Community"),
            ("co_creation", "Co-creation"),
        ],
        tracking=True,
        help="Personal: whoever is there helps. Dedicated: always the same person. "
        "Self-service: they find all they need. Automated: self-service that knows "
        "them. Community: they help each other. Co-creation: they make the product "
        "with you.",
    )
    channel_ids = fields.Many2many(
        comodel_name="customer.channel",
        string="Channels",
        help="The ways on which they are reached and reach you.",
    )
    touchpoint_ids = fields.One2many(
        comodel_name="customer.touchpoint",
        inverse_name="group_id",
        string="Touchpoints",
        copy=True,
    )
    lifecycle_notes = fields.Text(
        string="Lifecycle",
        translate=True,
        help="How they come, grow and leave, and what is done at each stage.",
    )
    feedback = fields.Text(translate=True, help="How you come to know what they think.")
    support = fields.Text(translate=True, help="How they get help.")
    retention_play = fields.Text(
        string="Retention", translate=True, help="What is done so that they stay."
    )
    loyalty_play = fields.Text(
        string="Loyalty", translate=True, help="What they get for staying."
    )
    complaints = fields.Text(
        translate=True, help="How complaints are taken, by whom and how fast."
    )
    privacy_notes = fields.Text(
        string="Privacy",
        translate=True,
        help="Which of their data you use, for what, and how long you keep it.",
    )

    def action_print_card(self):
        """Print the relationship card, one page for each group."""
        self.check_access("read")
        return self.env.ref(
            "customer_centricity.customer_group_report_card"
        ).report_action(self)

    def _get_card_day(self):
        """Return the day on which the card is printed, as people write it."""
        return format_date(self.env, fields.Date.context_today(self))

    def _get_card_title(self, name):
        """Return the title of a box of the card."""
        return self._fields[name]._description_string(self.env)
