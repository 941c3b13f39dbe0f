from odoo import api, fields, models
from odoo.exceptions import UserError


class CustomerTier(models.Model):
    """A class of accounts by what they are worth, with the rule that fills it.

    Rules are tried in order; an account belongs to the first whose rule it meets.
    The arithmetic of the rules is ``engine.portfolio.tiers``.
    """

    _name = "customer.tier"
    _description = "Customer Tier"
    _order = "sequence, id"
    _check_company_auto = True
    # branches use those of their company
    _check_company_domain = models.check_company_domain_parent_of

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company", help="Empty: for every company."
    )
    color = fields.Integer()
    description = fields.Text(translate=True)

    # Rule
    rule_type = fields.Selection(
        selection=[
            ("share", "Share of the portfolio's value"),
            ("percentile", "Share of the accounts"),
            ("amount", "Lifetime value of at least"),
            ("loss", "Lifetime value below zero"),
        ],
        string="Rule",
        required=True,
        default="share",
        help="Share of the portfolio's value: the most valuable accounts that "
        "together make up to this share of all positive lifetime value, counted from "
        "the top.\nShare of the accounts: the most valuable accounts up to this share "
        "of their number, counted from the top.\nThe first tier in order whose rule "
        "an account meets is its tier.",
    )
    threshold_rate = fields.Float(
        string="Up to", default=1.0, help="Counted from the most valuable account."
    )
    threshold_amount = fields.Float(
        string="At Least",
        help="Lifetime value in the currency of the account's company.",
    )

    # What follows from being in the tier
    service_level_id = fields.Many2one(
        comodel_name="customer.service.level",
        string="Default Service Level",
        check_company=True,
        help="Given to accounts that get this tier and have no service level yet. When "
        "a run moves an account, its service level follows unless another one than "
        "that of its old tier has been chosen.",
    )

    _threshold_rate_share = models.Constraint(
        "CHECK(threshold_rate > 0 AND threshold_rate <= 1)",
        "The share of a tier must be above 0% and at most 100%.",
    )

    _threshold_amount_finite = models.Constraint(
        "CHECK(threshold_amount > -1e15 AND threshold_amount < 1e15)",
        "The amount of a tier's rule is too large.",
    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_force(self):
        counts = (
            self.env["customer.account"]
            .sudo()  # accounts of every company count, none is shown
            .with_context(active_test=False)
            ._read_group([("tier_id", "in", self.ids)], ["tier_id"], ["__count"])
        )
        for tier, count in counts:
            raise UserError(
                self.env._(
                    "Tier %(tier)s cannot be deleted: %(count)s accounts are in it. "
                    "Archive it, or change the tier of these accounts first.",
                    tier=tier.name,
                    count=count,
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_history(self):
        # sudo: runs of every company count; the names of tiers are told
        snapshots = self.env["customer.account.snapshot"].sudo()
        for tier in self:
            if snapshots.search_count(
                [
                    ("run_id.applied_date", "!=", False),
                    "|",
                    ("old_tier_id", "=", tier.id),
                    ("new_tier_id", "=", tier.id),
                ],
                limit=1,
            ):
                raise UserError(
                    self.env._(
                        "Tier %s cannot be deleted: it is part of the history of "
                        "accounts that a lifetime value run has moved. Archive it.",
                        tier.name,
                    )
                )

    @api.model
    def _get_tiers(self, company):
        """Return the tiers in force in a company, in order of precedence.

        Those of the company, of the companies it is a branch of, and shared ones.
        """
        return self.search([("company_id", "in", [*company.parent_ids.ids, False])])

    def _get_rule(self):
        """Return the tier's rule as ``engine.portfolio.TierRule`` wants it."""
        self.ensure_one()
        threshold = (
            self.threshold_amount if self.rule_type == "amount" else self.threshold_rate
        )
        return self.rule_type, threshold
