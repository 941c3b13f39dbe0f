from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .customer_behaviour import KINDS


class CustomerPlay(models.Model):
    """What to do for an account to win it, to keep it, or to do more with it.

    A template: its steps become activities and tasks for each account of an intent that
    starts with it (customer_intent_play.py).
    """

    _name = "customer.play"
    _description = "Play"
    _order = "sequence, id"
    _check_company_auto = True
    # branches use those of their company
    _check_company_domain = models.check_company_domain_parent_of

    name = fields.Char(required=True, translate=True)
    kind = fields.Selection(
        selection=[
            ("acquisition", "Acquisition"),
            ("retention", "Retention"),
            ("development", "Development"),
        ],
        required=True,
        default="retention",
        help="What it is to achieve: to win accounts, to keep them, or to do more "
        "with them.",
    )
    behaviour = fields.Selection(
        selection=KINDS,
        string="Encourages",
        help="Of accounts whose next best behaviour this is, the play can be started "
        "with a button.",
    )
    mail_template_id = fields.Many2one(
        comodel_name="mail.template",
        string="Mail",
        domain="[('model', '=', 'customer.account')]",
        ondelete="set null",
        help="Opened as a draft to the customer when the play is started with the "
        "button; it never goes out by itself.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company", help="Empty: for every company."
    )
    description = fields.Text(
        translate=True, help="When to use it, and what it has brought so far."
    )
    step_ids = fields.One2many(
        comodel_name="customer.play.step",
        inverse_name="play_id",
        string="Steps",
        copy=True,
    )
    step_count = fields.Integer(compute="_compute_step_count")
    intent_ids = fields.Many2many(comodel_name="customer.intent", string="Intents")
    intent_count = fields.Integer(compute="_compute_intent_count")

    @api.depends("step_ids")
    def _compute_step_count(self):
        for play in self:
            play.step_count = len(play.step_ids)

    def _compute_intent_count(self):
        counts = dict(
            self.env["customer.intent"]._read_group(
                [("play_ids", "in", self.ids)], ["play_ids"], ["__count"]
            )
        )
        for play in self:
            play.intent_count = counts.get(play, 0)

    @api.constrains("mail_template_id")
    def _check_mail_template(self):
        # sudo: what the mail is about; it is named alone
        for template in self.mail_template_id.sudo():
            if template.model != "customer.account":
                raise ValidationError(
                    self.env._(
                        "The mail “%s” is not about customer accounts: choose one that "
                        "is.",
                        template.name,
                    )
                )

    @api.constrains("company_id")
    def _check_company_id(self):
        """Refuse a company to which users and projects of the steps do not belong."""
        self.step_ids._check_company()
        self.step_ids._check_project()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        # sudo: intents of every company count; the play is named alone
        used = (
            self.env["customer.intent"]
            .sudo()
            .search([("play_ids", "in", self.ids), ("state", "!=", "draft")])
        )
        for play in self & used.play_ids.with_env(self.env):
            raise UserError(
                self.env._(
                    "Play %s cannot be deleted: intents have been started with it. "
                    "Archive it.",
                    play.name,
                )
            )

    def action_open_intents(self):
        """Open the intents that use the play."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_centricity.customer_intent_action"
        )
        action["domain"] = [("play_ids", "in", self.ids)]
        action["context"] = {}
        return action
