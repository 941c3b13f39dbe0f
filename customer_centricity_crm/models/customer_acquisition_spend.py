from datetime import date

from odoo import api, fields, models
from odoo.exceptions import ValidationError

# From here on, amounts and dates are mistakes
AMOUNT_LIMIT = 1e12
FIRST_YEAR = 1900
YEARS_AHEAD = 5


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
        "CHECK(amount >= 0 AND amount < 1e12)",
        "What was spent must be from 0 to below 1,000,000,000,000.",
    )

    @api.constrains("date")
    def _check_date(self):
        """Refuse mistyped years: months are counted, and calendars end."""
        last = date(fields.Date.context_today(self).year + YEARS_AHEAD, 12, 31)
        for spend in self:
            if not date(FIRST_YEAR, 1, 1) <= spend.date <= last:
                raise ValidationError(
                    self.env._(
                        "%(name)s: nothing is spent on %(date)s. Enter a date "
                        "between the years %(first)s and %(last)s.",
                        name=spend.source_id.name,
                        date=spend.date.isoformat(),
                        first=FIRST_YEAR,
                        last=last.year,
                    )
                )

    @api.model
    def _check_amount(self, vals):
        """Refuse what could not even be written: what is no amount."""
        amount = vals.get("amount") or 0
        if isinstance(amount, (int, float)) and not 0 <= amount < AMOUNT_LIMIT:
            raise ValidationError(
                self.env._("What was spent must be from 0 to below 1,000,000,000,000.")
            )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_amount(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_amount(vals)
        return super().write(vals)

    @api.depends("source_id", "date")
    def _compute_display_name(self):
        for spend in self:
            month = fields.Date.to_string(spend.date)[:7] if spend.date else ""
            spend.display_name = f"{spend.source_id.name or ''} {month}".strip()
