from odoo import api, fields, models

USER = "customer_centricity.group_user"


class ResPartner(models.Model):
    """Contacts who do not want to be profiled.

    The account of a customer is left out when its commercial partner is; a contact of
    a company that opted out for itself is not asked for its opinion.
    """

    _inherit = "res.partner"

    customer_profiling_opt_out = fields.Boolean(
        string="No Profiling",
        copy=False,
        groups=USER,
        help="This customer does not want to be profiled: no forecast, no group found "
        "for it, no suggestion and no automatic decision. What it bought and what it "
        "cost stays in the books and in the totals.",
    )
    customer_profiling_opt_out_date = fields.Date(
        string="No Profiling Since",
        copy=False,
        readonly=True,
        groups=USER,
    )

    # Few opt out: who did is looked up in a small index, also among millions
    _customer_profiling_opt_out_idx = models.Index(
        "(id) WHERE customer_profiling_opt_out"
    )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._add_customer_profiling_date(vals)
        return super().create(vals_list)

    @api.model
    def _add_customer_profiling_date(self, vals):
        if "customer_profiling_opt_out" in vals:
            opted_out = vals["customer_profiling_opt_out"]
            vals["customer_profiling_opt_out_date"] = (
                fields.Date.context_today(self) if opted_out else False
            )

    def write(self, vals):
        self._add_customer_profiling_date(vals)
        return super().write(vals)
