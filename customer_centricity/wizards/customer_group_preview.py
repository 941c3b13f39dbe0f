from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import AccessError

# Moves that are listed one by one; all are counted.
LISTED = 1000


class CustomerGroupPreview(models.TransientModel):
    """Whom the rules would move in the current company, before anybody is moved."""

    _name = "customer.group.preview"
    _description = "Preview of Group Rules"

    group_id = fields.Many2one(
        comodel_name="customer.group", readonly=True, help="Empty: all groups."
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True
    )
    fitting_count = fields.Integer(string="Accounts That Fit", readonly=True)
    by_hand_count = fields.Integer(
        string="Kept Elsewhere by Hand",
        readonly=True,
        help="They fit, but a person has placed them in another group, or in none.",
    )
    entering_count = fields.Integer(string="Enter", readonly=True)
    leaving_count = fields.Integer(string="Leave", readonly=True)
    move_count = fields.Integer(string="Moves", readonly=True)
    summary = fields.Text(string="From Where to Where", readonly=True)
    warning = fields.Text(readonly=True)
    line_ids = fields.One2many(
        comodel_name="customer.group.preview.line",
        inverse_name="preview_id",
        string="Accounts",
        readonly=True,
    )

    # ------------------------------------------------------------------
    # Looking ahead
    # ------------------------------------------------------------------

    @api.model
    def _open(self, group):
        """Return the action that shows what a group's rule, or all rules, would do."""
        company = self.env.company
        # sudo: each rule sees what the person who saved it may read
        changes, errors = self.env["customer.group"].sudo()._evaluate(company)
        if group:
            changes = [change for change in changes if group.id in change[1:]]
        preview = self.create(
            {
                "group_id": group.id,
                "company_id": company.id,
                "move_count": len(changes),
                "entering_count": sum(change[2] == group.id for change in changes),
                "leaving_count": sum(change[1] == group.id for change in changes),
                "summary": self._get_summary(changes),
                "warning": "\n".join(self._get_warnings(group, errors, len(changes))),
                **self._prepare_fitting_vals(group, company, errors),
                "line_ids": [
                    fields.Command.create(
                        {
                            "account_id": account_id,
                            "old_group_id": old_id,
                            "new_group_id": new_id,
                        }
                    )
                    for account_id, old_id, new_id in changes[:LISTED]
                ],
            }
        )
        return {
            **preview._get_records_action(target="new"),
            "name": self.env._("What the rules would change"),
        }

    @api.model
    def _get_summary(self, changes):
        """Return how many would go from where to where, the most first."""
        moves = Counter((old_id, new_id) for _account, old_id, new_id in changes)
        groups = self.env["customer.group"].sudo()  # names of archived ones, too
        nowhere = self.env._("no group")

        def name(group_id):
            return groups.browse(group_id).name if group_id else nowhere

        return "\n".join(
            self.env._(
                "%(count)s from %(old)s to %(new)s",
                count=count,
                old=name(old_id),
                new=name(new_id),
            )
            for (old_id, new_id), count in moves.most_common()
        )

    @api.model
    def _get_warnings(self, group, errors, count):
        warnings = [
            self.env._(
                "The rule of “%(group)s” cannot be followed: %(error)s",
                group=failing.name,
                error=error,
            )
            for failing, error in errors.items()
        ]
        if group.has_rule and not group._is_followed_in(self.env.company):
            warnings.append(
                self.env._(
                    "The rule is not followed in %(company)s: %(user)s, who saved it, "
                    "does not work there.",
                    company=self.env.company.name,
                    user=group.rule_user_id.name,
                )
            )
        elif group.rule_warning:
            warnings.append(group.rule_warning)
        if count > LISTED:
            warnings.append(
                self.env._("Only the first %s accounts are listed.", LISTED)
            )
        return warnings

    @api.model
    def _prepare_fitting_vals(self, group, company, errors):
        """Return how many fit the rule, and how many of them a person keeps away."""
        if not group.has_rule or group in errors or not group._is_followed_in(company):
            return {}
        fitting = ("id", "in", group._get_fitting(company, group.rule_user_id))
        elsewhere = [("group_origin", "=", "hand"), ("group_id", "!=", group.id)]
        accounts = self.env["customer.account"]
        return {
            "fitting_count": accounts.search_count([fitting]),
            "by_hand_count": accounts.search_count([fitting, *elsewhere]),
        }

    # ------------------------------------------------------------------
    # Doing it
    # ------------------------------------------------------------------

    def action_apply(self):
        """Follow the rules now; the rest of many is for the scheduled action."""
        self.ensure_one()
        self.env["customer.group"].check_access("write")
        self.env["customer.account"].check_access("write")
        if self.company_id not in self.env.companies:
            raise AccessError(
                self.env._(
                    "The preview is of %s, where you do not work now.",
                    self.company_id.name,
                )
            )
        # sudo: people do not write that a rule has placed an account; whoever may edit
        # groups and accounts may have the rules followed
        groups = self.env["customer.group"].sudo()
        done = groups._apply_rules(self.company_id, self.group_id.sudo())
        message = self.env._("%s accounts have moved.", done)
        if done < self.move_count:
            # sudo: as above
            self.env.ref(
                "customer_centricity.ir_cron_refresh_accounts"
            ).sudo()._trigger()
            message = self.env._(
                "%s accounts have moved, the others follow in the background.", done
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": message,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
