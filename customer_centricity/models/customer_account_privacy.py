from odoo import api, fields, models
from odoo.tools import SQL


class CustomerAccount(models.Model):
    """Accounts whose customer does not want to be profiled.

    They stay in revenue, costs, profit and all totals, which agree with the books. They
    are left out of whatever tells one customer from others: what is learnt, forecasts,
    bands and tiers, groups, advice, and decisions that no person takes.
    """

    _inherit = "customer.account"

    profiling_opt_out = fields.Boolean(
        related="partner_id.customer_profiling_opt_out",
        related_sudo=False,
        string="No Profiling",
    )
    profiling_opt_out_date = fields.Date(
        related="partner_id.customer_profiling_opt_out_date",
        related_sudo=False,
        string="No Profiling Since",
    )

    @api.model
    def _get_profiled_condition(self, alias="account"):
        """Return the condition that an account's customer may be profiled.

        The only place that says so in SQL.

        :param alias: name of ``customer_account`` in the query
        """
        # those who are out are few, and found in an index of their own
        return SQL(
            """
            %s NOT IN (SELECT id FROM res_partner WHERE customer_profiling_opt_out)
            """,
            SQL.identifier(alias, "partner_id"),
        )
