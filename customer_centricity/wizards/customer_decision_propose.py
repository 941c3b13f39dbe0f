from odoo import api, fields, models
from odoo.exceptions import UserError

# As many accounts are told about one by one; of more than that, how many there are
ACCOUNTS_TOLD = 10


class CustomerDecisionPropose(models.TransientModel):
    """Propose decisions on accounts, all for the same reason."""

    _name = "customer.decision.propose"
    _description = "Propose Decisions"

    account_ids = fields.Many2many(
        comodel_name="customer.account", string="Accounts", required=True
    )
    reason = fields.Text(
        required=True,
        help="Why something has to be decided; kept with each of the cases.",
    )
    open_account_ids = fields.Many2many(
        comodel_name="customer.account",
        string="Decided On Already",
        compute="_compute_open_account_ids",
        # of accounts that whoever asks may read: a form can name any
        compute_sudo=False,
        help="They have an open case, and get no other one.",
    )
    new_count = fields.Integer(
        string="New Cases",
        compute="_compute_open_account_ids",
        compute_sudo=False,
    )
    guard_summary = fields.Text(
        compute="_compute_guard_summary",
        compute_sudo=False,
        help="What holds up automatic steps. You may go on nevertheless.",
    )

    @api.model
    def _get_guards(self, accounts):
        """Return what holds up proposing, but for a person: {account: [text]}."""
        guards = accounts._get_decision_guards()
        return {
            account: [
                text
                for code, text in guards.get(account.id, {}).items()
                if code != "open_decision"
            ]
            for account in accounts
        }

    @api.depends("account_ids")
    def _compute_open_account_ids(self):
        for wizard in self:
            accounts = wizard.account_ids._origin
            wizard.open_account_ids = accounts.filtered("decision_id")
            wizard.new_count = len(accounts - wizard.open_account_ids)

    @api.depends("account_ids", "open_account_ids")
    def _compute_guard_summary(self):
        for wizard in self:
            accounts = wizard.account_ids._origin - wizard.open_account_ids._origin
            guards = {
                account: texts
                for account, texts in self._get_guards(accounts).items()
                if texts
            }
            lines = [
                self.env._(
                    "%(account)s: %(guards)s",
                    account=account.display_name,
                    guards=" ".join(texts),
                )
                for account, texts in list(guards.items())[:ACCOUNTS_TOLD]
            ]
            if more := len(guards) - len(lines):
                lines.append(self.env._("And %s more accounts.", more))
            wizard.guard_summary = "\n".join(lines)

    def action_propose(self):
        """Propose a case for each account, and open what has been proposed."""
        self.ensure_one()
        reason = self.reason.strip()
        if not reason:
            raise UserError(self.env._("Say why something has to be decided."))
        self.account_ids.check_access("write")
        accounts = self.account_ids - self.open_account_ids
        if not accounts:
            raise UserError(
                self.env._(
                    "There is an open case for each of these accounts already. Open it "
                    "from the account."
                )
            )
        decisions = self.env["customer.decision"]._propose(accounts, reason)
        return decisions._get_records_action(
            name=self.env._("Proposed decisions"), path="customer-decisions"
        )
