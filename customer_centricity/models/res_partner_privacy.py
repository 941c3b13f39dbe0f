from odoo import api, fields, models
from odoo.exceptions import AccessError

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
        # who takes an objection back, and when, has to be known later
        tracking=True,
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
    is_customer_opted_out = fields.Boolean(
        compute="_compute_is_customer_opted_out",
        groups=USER,
        help="The customer that the contact belongs to does not want to be profiled.",
    )

    # Few opt out: who did is looked up in a small index, also among millions
    _customer_profiling_opt_out_idx = models.Index(
        "(id) WHERE customer_profiling_opt_out"
    )

    @api.depends("commercial_partner_id.customer_profiling_opt_out")
    def _compute_is_customer_opted_out(self):
        for partner in self:
            partner.is_customer_opted_out = (
                partner.commercial_partner_id.customer_profiling_opt_out
            )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create(
            [self._prepare_customer_opt_out_vals(vals) for vals in vals_list]
        )

    def write(self, vals):
        vals = self._drop_opt_out_date(vals)
        if "customer_profiling_opt_out" not in vals:
            return super().write(vals)
        opted_out = bool(vals["customer_profiling_opt_out"])
        # sudo: who may not read the field may not write it either, which comes next
        changing = self.filtered(
            lambda partner: partner.sudo().customer_profiling_opt_out != opted_out
        )
        result = super().write(vals)
        if changing:
            since = opted_out and fields.Date.context_today(self)
            result = super(ResPartner, changing).write(
                {"customer_profiling_opt_out_date": since}
            )
            changing._follow_opt_out(opted_out)
        return result

    def unlink(self):
        self.env["customer.privacy"]._erase_threads_of(self)
        return super().unlink()

    @api.model
    def _drop_opt_out_date(self, vals):
        """Return the values without the day of an objection, which is noted alone."""
        if "customer_profiling_opt_out_date" not in vals:
            return vals
        if "customer_profiling_opt_out" not in vals:
            if self.env.su:
                # who knows of an objection of before, as the demonstration does
                return vals
            raise AccessError(
                self.env._(
                    "The day on which a customer objected to profiling is noted by "
                    "itself, and cannot be changed."
                )
            )
        # as when contacts are merged, which writes both
        return {
            name: value
            for name, value in vals.items()
            if name != "customer_profiling_opt_out_date"
        }

    @api.model
    def _prepare_customer_opt_out_vals(self, vals):
        vals = self._drop_opt_out_date(vals)
        if "customer_profiling_opt_out" not in vals:
            return vals
        today = vals["customer_profiling_opt_out"] and fields.Date.context_today(self)
        return {**vals, "customer_profiling_opt_out_date": today}

    def _follow_opt_out(self, opted_out):
        """Forget at once what was forecast; what else there is to do, refreshes do."""
        # sudo: accounts are written in every company, whoever edits the contact
        accounts = self.env["customer.account"].sudo()
        accounts = accounts.with_context(active_test=False).search(
            [("partner_id", "in", self.ids)]
        )
        if opted_out:
            accounts._forget_profile()
        self.env["customer.account.change"]._note_accounts(accounts)

    def _pass_on_opt_out(self, target):
        """Have a contact that others are merged into be out when one of them is."""
        # sudo: who merges contacts need not have rights of ours
        target = target.sudo()
        if any(self.sudo().mapped("customer_profiling_opt_out")):
            target.customer_profiling_opt_out = True
