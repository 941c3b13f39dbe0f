from odoo import api, fields, models
from odoo.fields import Domain

# Fields of an account whose changes are kept, and their codes from worse to better. A
# code that is not in the list is neither: it is another state of things.
ORDERS = {
    "result": ("loss", "even", "profit"),
    "lifecycle_stage": ("lost", "at_risk", "steady", "growing"),
    "voice": ("detractor", "passive", "promoter"),
    "tier_id": (),
}
# An account that comes back has turned for the better, whatever it was.
ALWAYS_BETTER = {"won_back"}
# This year's turns beside last year's; older ones are of no use to anybody.
KEPT_MONTHS = 25


class CustomerAccountTurn(models.Model):
    """A turn of an account: its result, stage, voice or tier has become another one.

    Kept as codes when it happens, so that everybody reads it in their own language; the
    chatter keeps words. An account's first result, stage or tier is no turn; those of
    customers who do not want to be profiled are not kept.
    """

    _name = "customer.account.turn"
    _description = "Turn of an Account"
    _inherit = ["customer.retention"]
    _order = "date desc, id desc"
    _rec_name = "account_id"
    _log_access = False

    account_id = fields.Many2one(
        comodel_name="customer.account",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    user_id = fields.Many2one(related="account_id.user_id", related_sudo=False)
    group_id = fields.Many2one(related="account_id.group_id", related_sudo=False)
    date = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    kind = fields.Selection(
        selection=[
            ("result", "Result"),
            ("lifecycle_stage", "Stage"),
            ("voice", "Voice"),
            ("tier_id", "Tier"),
        ],
        string="What",
        required=True,
        readonly=True,
    )
    direction = fields.Selection(
        selection=[
            ("better", "For the better"),
            ("worse", "For the worse"),
            ("other", "Otherwise"),
        ],
        required=True,
        readonly=True,
    )
    old_code = fields.Char(readonly=True)
    new_code = fields.Char(readonly=True)
    old_tier_id = fields.Many2one(
        comodel_name="customer.tier", readonly=True, ondelete="set null"
    )
    new_tier_id = fields.Many2one(
        comodel_name="customer.tier", readonly=True, ondelete="set null"
    )
    old_label = fields.Char(string="Was", compute="_compute_labels")
    new_label = fields.Char(string="Is", compute="_compute_labels")

    _company_date_idx = models.Index("(company_id, date DESC)")

    @api.depends_context("lang")
    @api.depends("kind", "old_code", "new_code", "old_tier_id", "new_tier_id")
    def _compute_labels(self):
        accounts = self.env["customer.account"]
        names = {
            kind: dict(accounts._fields[kind]._description_selection(self.env))
            for kind in ORDERS
            if kind != "tier_id"
        }
        for turn in self:
            if turn.kind == "tier_id":
                turn.old_label = turn.old_tier_id.name
                turn.new_label = turn.new_tier_id.name
            else:
                turn.old_label = names[turn.kind].get(turn.old_code)
                turn.new_label = names[turn.kind].get(turn.new_code)

    # ------------------------------------------------------------------
    # Noting
    # ------------------------------------------------------------------

    @api.model
    def _note(self, accounts, before):
        """Keep what has become another one, of all the accounts at once.

        :param before: dict of the values that the accounts had, in their order, by kind
        """
        vals_list = [
            self._prepare_vals(account, kind, old, account[kind])
            for kind, values in before.items()
            for account, old in zip(accounts, values, strict=True)
            if self._is_turn(kind, old, account[kind])
            # turns tell customers apart
            and not account.profiling_opt_out
        ]
        if vals_list:
            self.create(vals_list)

    @api.model
    def _is_turn(self, kind, old, new):
        """Return whether one value after another one is worth being told of.

        Neither the first one is, nor one that is only forgotten; and to fall silent, or
        to be heard for the first time, is no change of mind: answers tell of it.
        """
        if not old or not new or old == new:
            return False
        return kind != "voice" or "silent" not in (old, new)

    @api.model
    def _prepare_vals(self, account, kind, old, new):
        vals = {
            "account_id": account.id,
            "company_id": account.company_id.id,
            "kind": kind,
        }
        if kind == "tier_id":
            is_better = (new.rule_type == "loss", new.sequence, new.id) < (
                old.rule_type == "loss",
                old.sequence,
                old.id,
            )
            return {
                **vals,
                "old_tier_id": old.id,
                "new_tier_id": new.id,
                "direction": "better" if is_better else "worse",
            }
        return {
            **vals,
            "old_code": old,
            "new_code": new,
            "direction": self._get_direction(ORDERS[kind], old, new),
        }

    @api.model
    def _get_direction(self, order, old, new):
        """Return where a turn leads.

        Whatever becomes the worst of all, or leaves it for something that has a place,
        tells; what has no place in the order, such as silence, does not.
        """
        if new in ALWAYS_BETTER:
            return "better"
        if new not in order:
            return "other"
        # what has no place has been no worse than the middle
        middle = (len(order) - 1) / 2
        rank = order.index(old) if old in order else middle
        if order.index(new) == rank:
            return "other"
        return "better" if order.index(new) > rank else "worse"

    # ------------------------------------------------------------------
    # Keeping
    # ------------------------------------------------------------------

    @api.model
    def _get_overdue_domain(self, company):
        before = fields.Datetime.subtract(fields.Datetime.now(), months=KEPT_MONTHS)
        return Domain("company_id", "=", company.id) & Domain("date", "<", before)

    def action_open_account(self):
        """Open the account that it is about."""
        self.ensure_one()
        return self.account_id.get_formview_action()
