from odoo import models


class CustomerAccount(models.Model):
    """What contacts have said, as something that a decision is weighed with."""

    _inherit = "customer.account"

    def _find_guards(self, company):
        return (*super()._find_guards(company), self._find_detractors())

    def _find_advocates(self, company):
        """Find also accounts whose contacts recommend us, by what they answered."""
        yield from super()._find_advocates(company)
        for account in self.filtered(lambda one: one.voice == "promoter"):
            text = self.env._(
                "%(promoters)s of the %(answers)s contacts who answered recommend us.",
                promoters=account.promoter_count,
                answers=account.nps_answer_count,
            )
            yield account, ("advocates", text)

    def _find_detractors(self):
        """Find accounts that are unhappy: a person is to hear them before we act."""
        for account in self.filtered(lambda one: one.voice == "detractor"):
            text = self.env._(
                "%(detractors)s of the %(answers)s contacts who answered are unhappy: "
                "hear them first.",
                detractors=account.detractor_count,
                answers=account.nps_answer_count,
            )
            yield account, ("detractors", text)
