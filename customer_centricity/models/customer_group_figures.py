from odoo import api, fields, models
from odoo.exceptions import UserError

MANAGER = "customer_centricity.group_manager"
SUMS = ("revenue", "profit", "lifetime_value")


class CustomerGroup(models.Model):
    """What the members of a group come to in the current company, parts included."""

    _inherit = "customer.group"

    currency_id = fields.Many2one(
        comodel_name="res.currency", compute="_compute_currency_id"
    )
    account_count = fields.Integer(string="Accounts", compute="_compute_account_count")
    revenue = fields.Monetary(
        compute="_compute_figures",
        groups=MANAGER,
        help="Posted sales of the profit window to the members of the group.",
    )
    profit = fields.Monetary(compute="_compute_figures", groups=MANAGER)
    lifetime_value = fields.Monetary(compute="_compute_figures", groups=MANAGER)
    mean_lifetime_value = fields.Monetary(
        string="Lifetime Value per Account",
        compute="_compute_figures",
        groups=MANAGER,
    )
    value_share = fields.Float(
        string="Share of Portfolio",
        compute="_compute_figures",
        groups=MANAGER,
        digits=(16, 4),
        help="Share of the lifetime value of all accounts of the company.",
    )
    loss_share = fields.Float(
        string="Share of Losses",
        compute="_compute_figures",
        groups=MANAGER,
        digits=(16, 4),
        help="Share of what all loss-making accounts of the company lose.",
    )
    history_ids = fields.One2many(
        comodel_name="customer.group.history",
        inverse_name="group_id",
        string="By Month",
        groups=MANAGER,
    )

    @api.depends_context("company")
    def _compute_currency_id(self):
        self.currency_id = self.env.company.currency_id

    @api.depends_context("company")
    def _compute_account_count(self):
        counts = dict(
            self.env["customer.account"]._read_group(
                [
                    ("company_id", "=", self.env.company.id),
                    ("group_id", "!=", False),
                ],
                ["group_id"],
                ["__count"],
            )
        )
        for group, parts in self._get_parts().items():
            group.account_count = sum(counts.get(part, 0) for part in parts)

    @api.depends_context("company")
    def _compute_figures(self):
        totals, losses = self._get_totals(), self._get_losses()
        portfolio = sum(row["lifetime_value"] for row in totals.values())
        lost = sum(losses.values())
        nothing = dict.fromkeys(("account_count", *SUMS), 0)
        for group, parts in self._get_parts().items():
            rows = [totals.get(part, nothing) for part in parts]
            for name in SUMS:
                group[name] = sum(row[name] for row in rows)
            count = sum(row["account_count"] for row in rows)
            value = group.lifetime_value
            group.mean_lifetime_value = value / count if count else 0
            # a share of a portfolio that is worth nothing tells nothing
            group.value_share = value / portfolio if portfolio > 0 else 0
            loss = sum(losses.get(part, 0) for part in parts)
            group.loss_share = loss / lost if lost else 0

    @api.model
    def _get_totals(self):
        """Return {group: its own members' sums} of the current company.

        Accounts in no group are those of the empty group: the whole is the portfolio.
        """
        rows = self.env["customer.account"]._read_group(
            [("company_id", "=", self.env.company.id)],
            ["group_id"],
            ["__count", *(f"{name}:sum" for name in SUMS)],
        )
        names = ("account_count", *SUMS)
        return {
            # figures are empty until the first refresh
            group: dict(zip(names, (value or 0 for value in row), strict=True))
            for group, *row in rows
        }

    @api.model
    def _get_losses(self):
        """Return {group: what its own loss-making members lose, below 0}."""
        return dict(
            self.env["customer.account"]._read_group(
                [("company_id", "=", self.env.company.id), ("profit", "<", 0)],
                ["group_id"],
                ["profit:sum"],
            )
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_history(self):
        # sudo: months of every company count, none is shown
        for group in self.sudo().filtered("history_ids"):
            raise UserError(
                self.env._(
                    "Group “%s” cannot be deleted: it had members, and its history "
                    "tells what they came to. Archive it.",
                    group.name,
                )
            )

    def action_open_history(self):
        """Open the members and figures of the group by month."""
        self.ensure_one()
        self.env["customer.group.history"].check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_centricity.customer_group_history_action"
        )
        action["domain"] = [
            ("group_id", "=", self.id),
            ("company_id", "=", self.env.company.id),
        ]
        return action
