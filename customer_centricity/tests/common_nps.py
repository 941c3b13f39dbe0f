from odoo.fields import Date
from odoo.tools.date_utils import relativedelta

from .common import TODAY


class NpsMixin:
    """Customers who are asked, and answer."""

    @classmethod
    def _answer(cls, partner, score, day=TODAY, **vals):
        return cls.env["customer.nps.response"].create(
            {
                "partner_id": partner.id,
                "score": score,
                "date": day,
                "company_id": cls.company.id,
                **vals,
            }
        )

    @classmethod
    def _invite(cls, partner, sent=TODAY, days=30):
        sent = Date.to_date(sent)
        return cls.env["customer.nps.invitation"].create(
            {
                "partner_id": partner.id,
                "company_id": cls.company.id,
                "sent_date": sent,
                "expiry_date": sent + relativedelta(days=days),
            }
        )
