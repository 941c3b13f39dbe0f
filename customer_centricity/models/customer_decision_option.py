from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .customer_decision_assumptions import RANGES, check_range

MANAGER = "customer_centricity.group_manager"

# From where to where what is assumed of an option may go
OWN_RANGES = {
    "included_hours": (0, 1e6),  # of a whole team
    "hour_price": (0, 1e12),
    "switch_cost": (0, 1e15),
}
ASSUMPTIONS = (*RANGES, *OWN_RANGES)
# What people decide about an option of a proposed case
EDITABLE = {
    *ASSUMPTIONS,
    "state",
    "state_reason",
    "service_level_id",
    "pricelist_id",
}
# The kind of the service level that an option gives
LEVEL_KINDS = {
    "change_level": "served",
    "subcontract": "subcontracted",
    "end": "ended",
}
# Kinds of service levels, from the most that we do ourselves
KINDS_FROM_TOP = tuple(LEVEL_KINDS.values())


class CustomerDecisionOption(models.Model):
    """What can be done about one account, and what would come of it.

    A decision gets one option of each rung, with the assumptions of the rung on the
    account's own figures (customer_decision_prepare.py). While it is proposed people
    change what is assumed, and what would come of it follows at once
    (customer_decision_option_result.py); afterwards all of it stays as it was decided.
    """

    _name = "customer.decision.option"
    _inherit = ["customer.decision.assumptions", "customer.decided.values"]
    _description = "Option of a Decision"
    _order = "decision_id, sequence, id"
    _rec_name = "rung_id"
    _check_company_auto = True
    _settled = True

    decision_id = fields.Many2one(
        comodel_name="customer.decision",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    rung_id = fields.Many2one(
        comodel_name="customer.decision.rung",
        string="Option",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    kind = fields.Selection(related="rung_id.kind", store=True)
    sequence = fields.Integer(related="rung_id.sequence", store=True)
    company_id = fields.Many2one(related="decision_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")

    # The ladder
    state = fields.Selection(
        selection=[
            ("open", "Not tried yet"),
            ("tried", "Tried before"),
            ("ruled_out", "Ruled out"),
        ],
        required=True,
        default="open",
        help="The relation can only be ended when the milder options were tried or are "
        "ruled out, with a reason.",
    )
    state_reason = fields.Char(
        string="Reason", help="Why it is ruled out, or when it was tried."
    )

    # What it would be
    service_level_id = fields.Many2one(
        comodel_name="customer.service.level",
        check_company=True,
        domain="[('kind', '=', kind == 'subcontract' and 'subcontracted'"
        " or kind == 'end' and 'ended' or 'served')]",
        ondelete="restrict",
        help="The service level that the account gets.",
    )
    pricelist_id = fields.Many2one(
        comodel_name="product.pricelist",
        check_company=True,
        ondelete="set null",
        help="The pricelist that the customer gets. Empty: prices are talked about, "
        "the pricelist stays.",
    )

    # Assumptions besides those of the rung
    included_hours = fields.Float(
        string="Included Hours a Month",
        groups=MANAGER,
        aggregator="avg",
        help="Hours a month that the price pays for; more are charged. Begins with "
        "what the service level that the option gives includes; of an option that "
        "gives none, with what the present one does.",
    )
    hour_price = fields.Monetary(
        string="Price of an Hour",
        groups=MANAGER,
        aggregator="avg",
        help="What is charged for each hour beyond the included ones, besides today's "
        "revenue.",
    )
    switch_cost = fields.Monetary(
        string="Cost of the Switch",
        groups=MANAGER,
        help="What the change itself costs once.",
    )

    _decision_rung_unique = models.Constraint(
        "UNIQUE(decision_id, rung_id)", "A decision has one option of each rung."
    )
    _state_reason_given = models.Constraint(
        "CHECK(state = 'open' OR TRIM(COALESCE(state_reason, '')) != '')",
        "Give the reason why an option is ruled out, or when it was tried.",
    )
    _included_hours_range = models.Constraint(
        check_range("included_hours", *OWN_RANGES["included_hours"]),
        "The included hours of a month must be between 0 and a million.",
    )
    _hour_price_range = models.Constraint(
        check_range("hour_price", *OWN_RANGES["hour_price"]),
        "The price of an hour must be an amount of 0 or more.",
    )
    _switch_cost_range = models.Constraint(
        check_range("switch_cost", *OWN_RANGES["switch_cost"]),
        "The cost of the switch must be an amount of 0 or more.",
    )

    @api.constrains("state", "state_reason")
    def _check_state_reason(self):
        for option in self:
            if option.state != "open" and not (option.state_reason or "").strip():
                raise ValidationError(
                    self.env._(
                        "%(account)s: say why “%(option)s” is ruled out, or when it "
                        "was tried.",
                        account=option._get_account_name(),
                        option=option.rung_id.name,
                    )
                )

    @api.constrains("service_level_id")
    def _check_service_level(self):
        for option in self:
            level, kind = option.service_level_id, LEVEL_KINDS.get(option.kind)
            if level and level.kind != kind:
                kinds = dict(level._fields["kind"]._description_selection(self.env))
                raise ValidationError(
                    self.env._(
                        "%(account)s: “%(option)s” cannot give the service level "
                        "“%(level)s”, which is of the kind “%(kind)s”.",
                        account=option._get_account_name(),
                        option=option.rung_id.name,
                        level=level.name,
                        kind=kinds[level.kind],
                    )
                )

    @api.onchange("service_level_id")
    def _onchange_service_level_id(self):
        self.included_hours = self.service_level_id.included_hours

    def _get_level(self):
        """Return the level on which the account would be: its own or a new one."""
        self.ensure_one()
        if self.kind in LEVEL_KINDS:
            return self.service_level_id
        return self.decision_id._get_level_then()

    def _get_account_name(self):
        # sudo: whoever may read the option may read whose it is
        return self.decision_id.account_id.sudo().display_name

    # ------------------------------------------------------------------
    # Who may write what, and when
    # ------------------------------------------------------------------

    @api.model
    def _get_decided_names(self):
        return self._fields.keys() - EDITABLE

    @api.model
    def _explain_decided(self, names):
        return self.env._(
            "%(fields)s: this follows from the assumptions and cannot be written.",
            fields=names,
        )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_created(vals_list)
        options = super().create(vals_list)
        if not self.env.su:
            options.decision_id._take_in_hand()
        return options

    def write(self, vals):
        self._check_human_values(vals)
        if not self.env.su and not EDITABLE.isdisjoint(vals):
            self._check_proposed()
        changed = self.filtered(
            lambda option: "state" in vals and option.state != vals["state"]
        )
        result = super().write(vals)
        if not self.env.su:
            self.decision_id._take_in_hand()
        changed._tell_states()
        return result

    def _check_proposed(self):
        """Refuse to change what was decided, which the effect is measured against."""
        for option in self:
            if option.decision_id.state != "proposed":
                raise UserError(
                    self.env._(
                        "%(account)s: the case is no longer a proposal, so "
                        "“%(option)s” stays as it was decided. Undo the decision and "
                        "propose another one.",
                        account=option._get_account_name(),
                        option=option.rung_id.name,
                    )
                )

    def _tell_states(self):
        """Tell in the case's chatter which options were ruled out, and why."""
        for decision, options in self.grouped("decision_id").items():
            decision._message_log(body="\n".join(map(self._get_state_words, options)))

    @api.model
    def _get_state_words(self, option):
        texts = {
            "open": self.env._("“%(option)s” is open again."),
            "tried": self.env._("“%(option)s” was tried before: %(reason)s"),
            "ruled_out": self.env._("“%(option)s” is ruled out: %(reason)s"),
        }
        return texts[option.state] % {
            "option": option.rung_id.name,
            "reason": option.state_reason or "",
        }
