from odoo import api, models
from odoo.exceptions import UserError

from .customer_decision import OPEN

# What people write: the rest is written by proposing, approving, applying and undoing
CHOICE = {"reason", "option_id", "choice_reason", "advocacy_value", "option_ids"}
RUNNING = {"user_id", "review_months", "review_date"}
DECIDED = {
    "state",
    "stage_date",
    "origin",
    "rule_name",
    "start_date",
    "start_months",
    "start_revenue",
    "start_profit",
    "start_lifetime_value",
    "start_hours",
    "start_cost_estimated_rate",
    "start_service_level_id",
    "start_tier_id",
    "stake_amount",
    "expected_profit",
    "expected_value",
    "expected_gain",
    "recovered_amount",
    "recovered_rate",
    "measure_ids",
    "approved_by_id",
    "approved_date",
    "approval_rule",
    "applied_by_id",
    "applied_date",
    "undone_by_id",
    "undone_date",
    "reject_reason",
    "error",
    "effect_ids",
    "letter_date",
    "reviewed_date",
    "review_result",
    "previous_id",
    "next_ids",
    "kind",
    "company_id",
    "group_id",
    "tier_id",
}


class CustomerDecision(models.Model):
    """Who may write what of a case, and when."""

    _inherit = "customer.decision"

    def _mail_get_partner_fields(self, introspect_fields=False):
        # The customer is whom the case is about: what the team writes here must never
        # be suggested to be sent to them.
        return []

    @api.model
    def _get_decided_names(self):
        return DECIDED

    @api.model
    def _explain_decided(self, names):
        return self.env._(
            "%(fields)s: a case goes on with the buttons of its form, and its figures "
            "are those of the day on which it was proposed.",
            fields=names,
        )

    def _check_changeable(self, vals):
        """Refuse to change what a case is about, and what has been decided in it."""
        if self.env.su:
            return
        for decision in self:
            fixed = {"account_id"}
            if decision.state != "proposed":
                fixed |= CHOICE
            if decision.state not in OPEN:
                fixed |= RUNNING
            if names := sorted(fixed.intersection(vals)):
                raise UserError(
                    self.env._(
                        "%(decision)s: %(fields)s cannot be changed any more.",
                        decision=decision.display_name,
                        fields=", ".join(
                            self._fields[name]._description_string(self.env)
                            for name in names
                        ),
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_created(vals_list)
        self.check_access("create")
        defaults = self.default_get(["account_id"])
        vals_list = [self._complete_account({**defaults, **vals}) for vals in vals_list]
        accounts = self.env["customer.account"].browse(
            {vals["account_id"] for vals in vals_list if vals["account_id"]}
        )
        # before anything is told of them
        accounts.check_access("read")
        # sudo: the figures of the day are frozen, whoever proposes the case
        accounts = accounts.sudo()
        self._check_without_case(accounts)
        figures = {account.id: self._prepare_start(account) for account in accounts}
        # what the chatter tells is told below, of all cases by one statement
        quiet = self.with_context(tracking_disable=True)
        decisions = super(CustomerDecision, quiet).create(
            [{**figures.get(vals["account_id"], {}), **vals} for vals in vals_list]
        )
        decisions = decisions.with_env(self.env)
        decisions._begin()
        return decisions

    @api.model
    def _complete_account(self, vals):
        """Return values to create a case with, in which the account is an id."""
        account = self._get_named_account(vals.get("account_id"))
        return {**vals, "account_id": account.id}

    @api.model
    def _get_named_account(self, value):
        """Return the account that a value names, in whatever form."""
        field = self._fields["account_id"]
        account_id = field.convert_to_cache(value, self, validate=False)
        ids = () if account_id is None else (account_id,)
        return self.env["customer.account"].browse(ids)._origin

    def write(self, vals):
        self._check_human_values(vals)
        self._check_changeable(vals)
        result = super().write(vals)
        if "advocacy_value" in vals:
            self.option_ids._evaluate()
        if "review_months" in vals and "review_date" not in vals:
            self.filtered(lambda decision: decision.state == "applied")._set_review()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_decided(self):
        if self.env.su and self.env.context.get("customer_decision_erase"):
            return
        for decision in self:
            if decision.state not in ("proposed", "rejected"):
                raise UserError(
                    self.env._(
                        "%s cannot be deleted: what was decided and what came of it is "
                        "kept. Undo it, if it is not to hold.",
                        decision.display_name,
                    )
                )

    def _erase(self):
        """Delete the cases with all that was written about them, in whatever state.

        For accounts that go: the database would delete the cases, and leave what the
        chatter tells of them.
        """
        # sudo: whoever may delete the account
        self.sudo().with_context(customer_decision_erase=True).unlink()
