from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

# Who or what put an account there; a person who moves it has to say why
DECIDED_BY_DATA = ("rule", "found")


class CustomerAccount(models.Model):
    """Which group an account is in, who or what put it there, and why.

    Rules (customer_group_rule.py) and groups found in the data move accounts as long as
    nobody has decided by hand: a person's word stands until the account is released.
    """

    _inherit = "customer.account"

    group_origin = fields.Selection(
        selection=[
            ("hand", "By hand"),
            ("rule", "By rule"),
            ("found", "Found in the data"),
        ],
        string="Group Assigned",
        readonly=True,
        help="By hand: rules and proposals leave the account where it is until it is "
        "released.",
    )
    group_reason = fields.Char(
        string="Reason for the Group",
        tracking=True,
        help="Why a person put the account in its group.",
    )

    @api.model
    def _init_column(self, column_name):
        """Take groups of a database that knew no rules yet for chosen by hand."""
        result = super()._init_column(column_name)
        if column_name == "group_origin":
            self.env.cr.execute(
                SQL(
                    "UPDATE customer_account SET group_origin = 'hand'"
                    " WHERE group_id IS NOT NULL"
                )
            )
        return result

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            # people create no accounts: whoever does may say how the group came about
            if self.env.su and vals.get("group_id"):
                vals.setdefault("group_origin", "hand")
        return super().create(vals_list)

    def write(self, vals):
        if "group_id" not in vals:
            return super().write(vals)
        moved = self.filtered(
            lambda account: account.group_id.id != (vals["group_id"] or False)
        )
        has_reason = bool((vals.get("group_reason") or "").strip())
        if not self.env.su:
            self.check_access("write")
            if not has_reason:
                moved._check_group_reason()
                moved._check_group_by_rule(vals["group_id"])
        result = super().write(vals)
        # whoever gives a reason decides, be it that the account stays where it is
        decided = self if has_reason else moved
        also = {}
        if "group_origin" not in vals:
            also["group_origin"] = "hand"
        if "group_reason" not in vals:
            also["group_reason"] = False  # that of the group it has left
        if decided and also:
            # sudo: people do not write the origin, it follows from what they write
            super(CustomerAccount, decided.sudo()).write(also)
        return result

    def _check_group_reason(self):
        """Refuse to move accounts that are where they are for a reason."""
        for account in self.filtered("group_id"):
            if account.group_origin in DECIDED_BY_DATA:
                raise UserError(
                    self.env._(
                        "%(account)s was put in the group “%(group)s” by a rule or "
                        "found in the data. Move it with “Change group”, which asks "
                        "for the reason.",
                        account=account.display_name,
                        group=account.group_id.name,
                    )
                )
            if (account.group_reason or "").strip():
                raise UserError(
                    self.env._(
                        "%(account)s was put in the group “%(group)s” by a person who "
                        "gave the reason. Move it with “Change group”, which asks for "
                        "the new one.",
                        account=account.display_name,
                        group=account.group_id.name,
                    )
                )

    def _check_group_by_rule(self, group_id):
        """Refuse to put accounts in a group, or in none, if a rule wants another."""
        free = self.filtered(lambda account: account.group_origin != "hand")
        # sudo: rules see what those who saved them may read, whoever asks
        groups = self.env["customer.group"].sudo()
        for company, accounts in free.sudo().grouped("company_id").items():
            span = min(accounts.ids) - 1, max(accounts.ids)
            for account_id, _old_id, new_id in groups._evaluate(company, span)[0]:
                account = self.browse(account_id)
                if account in accounts and new_id and new_id != group_id:
                    raise UserError(
                        self.env._(
                            "A rule puts %(account)s in the group “%(group)s”. Move it "
                            "with “Change group”, which asks for the reason.",
                            account=account.display_name,
                            group=groups.browse(new_id).name,
                        )
                    )

    def action_change_group(self):
        """Ask for a group and the reason, then put the accounts there by hand."""
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Change group"),
            "res_model": "customer.group.change",
            "view_mode": "form",
            "target": "new",
            "context": {"default_account_ids": [fields.Command.set(self.ids)]},
        }

    def action_release_group(self):
        """Let rules and proposals decide on the group of the accounts again."""
        self.check_access("write")
        # sudo: people do not write the origin; whoever may edit the account may give
        # up what a person has decided
        for group, accounts in self.sudo().grouped("group_id").items():
            accounts.write(
                {
                    "group_origin": "rule" if group.has_rule else False,
                    "group_reason": False,
                }
            )

    @api.model
    def _refresh_group(self, company):
        return self.env["customer.group"]._apply_rules_next(company)

    @api.model
    def _end_cycle(self, company):
        result = super()._end_cycle(company)
        self.env["customer.group.history"]._keep(company)
        return result

    @api.model
    def _get_erased_values(self):
        return {
            **super()._get_erased_values(),
            "group_id": False,
            "group_origin": False,
            "group_reason": False,
        }

    def _fold_into(self, target):
        placed = (target | self).filtered("group_id")[:1]
        origin = {name: placed[name] for name in ("group_origin", "group_reason")}
        result = super()._fold_into(target)
        if placed:
            target.write(origin)
        return result
