from odoo import api, models
from odoo.tools import SQL


class CustomerOneCurrency(models.AbstractModel):
    """Sums of money that need no exchange rates where there is one currency only.

    Odoo adds up money in lists and cards in three ways at once, for the case that
    amounts are in several currencies. Rows of these models are in the currency of their
    company, and people see the companies they have chosen: as long as those have one
    currency, the plain sum is all of it, at a third of the time.
    """

    _name = "customer.one.currency"
    _description = "Money in the Currency of the Company"

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        currency = self.env.companies.currency_id
        # nothing narrows down the companies of a superuser
        if len(currency) == 1 and not self.env.su:
            name, _colon, function = aggregate_spec.partition(":")
            if function == "sum_currency":
                aggregate_spec = f"{name}:sum"
            elif (name, function) == ("currency_id", "array_agg_distinct"):
                return SQL("ARRAY[%s]", currency.id)
        return super()._read_group_select(aggregate_spec, query)
