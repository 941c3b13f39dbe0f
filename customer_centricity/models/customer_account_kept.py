from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class CustomerAccount(models.Model):
    """Keeping an account where it is, whatever its figures say, until a day."""

    _inherit = "customer.account"

    protected_until = fields.Date(
        tracking=True,
        help="Last day on which the account is protected; empty: until it is released.",
    )
    protected_reason = fields.Char(tracking=True)

    @api.model
    def _get_erased_values(self):
        return {
            **super()._get_erased_values(),
            "protected_reason": False,
            "protected_until": False,
        }

    @api.constrains("is_protected", "protected_until")
    def _check_protected_until(self):
        for account in self:
            if account.protected_until and not account.is_protected:
                raise ValidationError(
                    self.env._(
                        "%s: only a protected account has a day until which it is "
                        "protected.",
                        account.display_name,
                    )
                )

    def write(self, vals):
        if "is_protected" in vals and not vals["is_protected"]:
            vals = {**vals, "protected_until": False, "protected_reason": False}
        result = super().write(vals)
        if not {"is_protected", "protected_until"}.isdisjoint(vals):
            self._place_again()
        return result

    def _is_protected_on(self, day):
        """Return whether the account is to be left alone on a day."""
        self.ensure_one()
        return self.is_protected and (
            not self.protected_until or self.protected_until >= day
        )

    def action_keep_tier(self):
        """Ask for how long and why the accounts are to stay where they are."""
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Keep in tier"),
            "res_model": "customer.tier.keep",
            "view_mode": "form",
            "target": "new",
            "context": {"default_account_ids": [fields.Command.set(self.ids)]},
        }

    def action_release_tier(self):
        """Let figures decide on the accounts again."""
        self.check_access("write")
        self.write({"is_protected": False})

    def _place_again(self, tier=None):
        """Place the accounts anew in runs that are yet to be reviewed."""
        # sudo: whoever may edit the accounts decides here what a run does with them;
        # snapshots are not writable by people
        snapshots = (
            self.env["customer.account.snapshot"]
            .sudo()
            .search([("account_id", "in", self.ids), ("run_id.state", "=", "computed")])
        )
        elsewhere = self.filtered(lambda account: tier and account.tier_id != tier)
        if waiting := elsewhere - snapshots.account_id.with_env(self.env):
            raise UserError(
                self.env._(
                    "%s: there is no run to review that would bring the account to "
                    "another tier. Keep it in the tier that it is in.",
                    waiting[0].display_name,
                )
            )
        snapshots._place_again(tier)

    @api.model
    def _release_protected(self, company):
        """Release accounts whose day is over."""
        accounts = self.with_context(active_test=False).search(
            [
                ("company_id", "=", company.id),
                ("is_protected", "=", True),
                ("protected_until", "<", fields.Date.context_today(self)),
            ]
        )
        if accounts:
            accounts._write_or_note({"is_protected": False})

    def _fold_into(self, target):
        self.env["customer.account.snapshot"].sudo()._fold_into(  # as the months do
            self, target
        )
        kept = self.filtered("is_protected")[:1]
        if kept and not target.is_protected:
            target.write(
                {
                    "is_protected": True,
                    "protected_until": kept.protected_until,
                    "protected_reason": kept.protected_reason,
                }
            )
        return super()._fold_into(target)
