from odoo import api, fields, models


class CustomerAcquisitionSpend(models.Model):
    """What was spent to win customers: by source, and month.

    The quality of a source (customer_source_quality.py) sets it against what the
    customers who came by it are worth.
    """

    _name = "customer.acquisition.spend"
    _inherit = ["customer.one.currency"]
    _description = "Acquisition Spend"
    _order = "date desc, id desc"
    _rec_name = "source_id"
    _check_company_auto = True

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id", related_sudo=False)
    date = fields.Date(
        string="Month",
        required=True,
        default=lambda self: fields.Date.context_today(self).replace(day=1),
        help="Any day of the month.",
    )
    source_id = fields.Many2one(
        comodel_name="utm.source", required=True, index=True, ondelete="restrict"
    )
    medium_id = fields.Many2one(
        comodel_name="utm.medium", index="btree_not_null", ondelete="restrict"
    )
    campaign_id = fields.Many2one(
        comodel_name="utm.campaign", index="btree_not_null", ondelete="restrict"
    )
    amount = fields.Monetary(required=True)
    note = fields.Char()

    _amount_positive = models.Constraint(
        "CHECK(amount >= 0)", "What was spent must be 0 or more."
    )

    @api.depends("source_id", "date")
    def _compute_display_name(self):
        for spend in self:
            month = fields.Date.to_string(spend.date)[:7] if spend.date else ""
            spend.display_name = f"{spend.source_id.name or ''} {month}".strip()
