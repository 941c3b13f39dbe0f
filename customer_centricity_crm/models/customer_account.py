from odoo import api, models

# What everybody who works with opportunities may read: the others tell of what a
# customer earns you, or said of you.
TOLD = ("never_ordered", "second_order", "at_risk", "lost", "buys")


class CustomerAccount(models.Model):
    """Opportunities that plays open, and why."""

    _inherit = "customer.account"

    @api.model
    def _end_cycle(self, company):
        result = super()._end_cycle(company)
        # the figures are there by now: what they teach, and whom it concerns, may take
        # its time
        cron = self.env.ref(
            "customer_centricity_crm.ir_cron_rank", raise_if_not_found=False
        )
        if cron:
            cron._trigger()
        return result

    def _get_start_action(self, play):
        """Return the opportunity that the play has opened, if whoever started may."""
        leads = self.env["crm.lead"]
        if not play.mail_template_id and leads.has_access("read"):
            leads = leads.search(
                [
                    ("customer_play_step_id", "in", play.step_ids.ids),
                    ("partner_id.commercial_partner_id", "=", self.partner_id.id),
                    ("company_id", "=", self.company_id.id),
                    ("won_status", "=", "pending"),
                ],
                order="id desc",
                limit=1,
            )
        if not leads:
            return super()._get_start_action(play)
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.lead",
            "res_id": leads.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def _get_opportunity_reasons(self, behaviour):
        """Return why to bring a behaviour about, in words without figures.

        :return: {account: text} of those for which it is the next best one
        """
        # sudo: of what it rests on, words that are for everybody
        advice = (
            self.env["customer.account.advice"]
            .sudo()
            .search([("account_id", "in", self.ids), ("behaviour", "=", behaviour)])
        )
        reasons = {one.account_id: self._get_opportunity_reason(one) for one in advice}
        return {account: reasons[account] for account in self if reasons.get(account)}

    def _get_opportunity_reason(self, advice):
        if advice.reason == "buys_fewer":
            if not advice.missing_category_id:
                return self.env._(
                    "Customers like this one buy more product categories."
                )
            return self.env._(
                "Customers like this one also buy “%s”.",
                advice.missing_category_id.display_name,
            )
        if advice.reason == "buys_alike":
            return self.env._(
                "Orders as usual: propose more of it, or a better version."
            )
        if advice.reason not in TOLD:
            return ""
        text = self._get_reason_text(advice.reason, advice)
        return f"{text[:1].upper()}{text[1:]}."
