from odoo import fields, models


class CustomerLtvRunTier(models.Model):
    """What a tier begins at in a run, and who is in it, beside the run before."""

    _name = "customer.ltv.run.tier"
    _description = "Tier of a Lifetime Value Run"
    _order = "run_id, sequence, id"
    _rec_name = "tier_id"

    run_id = fields.Many2one(
        comodel_name="customer.ltv.run",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="run_id.company_id")
    currency_id = fields.Many2one(related="run_id.currency_id")
    tier_id = fields.Many2one(
        comodel_name="customer.tier", readonly=True, ondelete="set null"
    )
    color = fields.Integer(related="tier_id.color")
    sequence = fields.Integer(readonly=True, help="In this order tiers are tried.")
    is_loss = fields.Boolean(
        string="Losses", readonly=True, help="Accounts worth less than zero."
    )
    is_empty = fields.Boolean(
        readonly=True, help="No account was worth enough for this tier."
    )
    border = fields.Monetary(
        string="From", readonly=True, help="Lowest lifetime value of the tier."
    )
    width = fields.Monetary(
        string="Band",
        readonly=True,
        help="A crossing of the border by less does not move an account.",
    )
    account_count = fields.Integer(string="Accounts", readonly=True)
    value = fields.Monetary(string="Lifetime Value", readonly=True)

    # The run before
    previous_id = fields.Many2one(
        comodel_name="customer.ltv.run.tier",
        string="In the Last Run",
        readonly=True,
        index=True,
        ondelete="set null",
    )
    previous_border = fields.Monetary(
        string="From (Last Run)", related="previous_id.border"
    )
    previous_account_count = fields.Integer(
        string="Accounts (Last Run)", related="previous_id.account_count"
    )
    previous_value = fields.Monetary(
        string="Value (Last Run)", related="previous_id.value"
    )

    def _get_borders(self):
        """Return the borders as the engine knows them."""
        from ..engine.portfolio import Border  # numpy only when needed

        return [
            Border(
                "loss" if tier.is_loss else "amount",
                float("inf") if tier.is_empty else tier.border,
                tier.width,
            )
            for tier in self
        ]
