from odoo import api, fields, models
from odoo.fields import Domain


class CustomerNpsResponse(models.Model):
    """Answers are deleted as a whole.

    Without the contact an answer would count for nothing any more, as of each contact
    the latest one counts; what groups made of it by then is in their history. Answers
    that still count are kept, whatever the settings say.
    """

    _name = "customer.nps.response"
    _inherit = ["customer.nps.response", "customer.retention"]

    @api.model
    def _get_overdue_domain(self, company):
        months = company.customer_answer_months
        if not months:
            return Domain.FALSE
        months = max(months, company.customer_nps_window_months)
        today = fields.Date.context_today(self)
        return Domain("company_id", "=", company.id) & Domain(
            "date", "<", fields.Date.subtract(today, months=months)
        )


class CustomerNpsInvitation(models.Model):
    """Invitations that nothing can come of any more are of no use.

    Until the contact may be asked again they tell that it is too early.
    """

    _name = "customer.nps.invitation"
    _inherit = ["customer.nps.invitation", "customer.retention"]

    @api.model
    def _get_overdue_domain(self, company):
        today = fields.Date.context_today(self)
        before = fields.Date.subtract(today, days=company.customer_nps_pause_days)
        unsent = Domain("sent_date", "=", False) & Domain("create_date", "<", before)
        return (
            Domain("company_id", "=", company.id)
            & Domain("state", "in", ["answered", "expired", "failed"])
            & (Domain("sent_date", "<", before) | unsent)
        )
