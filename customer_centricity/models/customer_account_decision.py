from odoo import api, fields, models
from odoo.fields import Domain

from .customer_decision import OPEN
from .customer_decision_again import ASKING

MANAGER = "customer_centricity.group_manager"


class CustomerAccount(models.Model):
    """What is being done about the account, and what was."""

    _inherit = "customer.account"

    decision_ids = fields.One2many(
        comodel_name="customer.decision",
        inverse_name="account_id",
        string="Decisions",
    )
    decision_id = fields.Many2one(
        comodel_name="customer.decision",
        string="Open Decision",
        compute="_compute_decision_id",
        search="_search_decision_id",
        help="The case of the account that is not over.",
    )
    decision_count = fields.Integer(
        compute="_compute_decision_count", string="Decisions Taken", groups=MANAGER
    )

    @api.depends("decision_ids.state")
    def _compute_decision_id(self):
        decisions = self.env["customer.decision"].search(
            [("account_id", "in", self._origin.ids), ("state", "in", OPEN)]
        )
        by_account = decisions.grouped("account_id")
        for account in self:
            account.decision_id = by_account.get(account._origin)

    @api.depends("decision_ids")
    def _compute_decision_count(self):
        counts = dict(
            self.env["customer.decision"]._read_group(
                [("account_id", "in", self._origin.ids)], ["account_id"], ["__count"]
            )
        )
        for account in self:
            account.decision_count = counts.get(account._origin, 0)

    def _search_decision_id(self, operator, value):
        if operator not in ("in", "any"):
            return NotImplemented
        open_cases = Domain("state", "in", OPEN)
        if operator == "any":
            return Domain("decision_ids", "any", open_cases & Domain(value))
        domain = Domain(
            "decision_ids",
            "any",
            open_cases & Domain("id", "in", [one for one in value if one]),
        )
        if False in value:
            domain |= Domain("decision_ids", "not any", open_cases)
        return domain

    def write(self, vals):
        if "active" in vals and not vals["active"]:
            self.filtered("active")._drop_cases()
        back = self.browse()
        if vals.get("active"):
            back = self.filtered(
                lambda account: not account.active and account.result == "loss"
            )
        result = super().write(vals)
        if back:
            back._ask_when_back()
        return result

    def unlink(self):
        # sudo: cases go with the account, whoever may delete it
        self.sudo().decision_ids._erase()
        return super().unlink()

    def _drop_cases(self):
        """Reject what is proposed or approved about accounts that are archived.

        What has been applied holds, and is still measured.
        """
        # sudo: whoever may archive the account
        cases = self.env["customer.decision"].sudo()
        cases = cases.search(
            [("account_id", "in", self.ids), ("state", "in", OPEN[:2])]
        )
        if cases:
            cases._reject(self.env._("The account was archived."))

    def _ask_when_back(self):
        """Ask for a decision about accounts that come back from the archive at a loss.

        They do not turn to one, and what was asked for before has been dropped.
        """
        if rule := self.env["base.automation"]._get_calling(self._name, ASKING)[:1]:
            self._request_decision("loss", rule)

    def _fold_into(self, target):
        # sudo: merging contacts moves what is decided about them, whoever does it
        self.env["customer.decision"].sudo()._fold_into(self, target)
        return super()._fold_into(target)
