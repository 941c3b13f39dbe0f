from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.date_utils import start_of

# From this share of the accounts on, all are done: a pass through the documents takes
# as long whether it is for half of them or for all.
MOST_CHANGED = 0.2


class CustomerBehaviourChange(models.Model):
    """Whose behaviours a whole refresh has to find again.

    Behaviours are of quarters, most of which are long over: what they were found in
    changes seldom, while finding them anew for everybody takes a pass through all
    documents. A whole refresh therefore does so only once a quarter, when another one
    is over, and when it was asked for or rests on other settings or rates; otherwise
    for those whose documents or facts changed.
    """

    _name = "customer.behaviour.change"
    _inherit = "customer.change.note"
    _description = "Customer with Changed Behaviour"
    _order = "id"
    _rec_name = "partner_id"
    _log_access = False

    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )

    @api.model
    def _note_documents(self, company):
        """Note whose documents changed since the last refresh.

        To be called before the notes of ``customer.account.change`` are forgotten.
        """
        if self._are_all_due(company):
            return
        changes = self.env["customer.account.change"]
        changes._gather(company, company.customer_changes_since)
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO customer_behaviour_change (company_id, partner_id)
                SELECT DISTINCT company_id, partner_id
                  FROM customer_account_change
                 WHERE company_id = %s AND partner_id IS NOT NULL
                """,
                company.id,
            )
        )
        self.invalidate_model()

    @api.model
    def _note_facts(self, company):
        """Note whose facts are about to change, as they have been put aside."""
        if self._are_all_due(company):
            return
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO customer_behaviour_change (company_id, partner_id)
                SELECT DISTINCT %s::integer, partner_id FROM customer_profit_change
                 WHERE partner_id IS NOT NULL
                """,
                company.id,
            )
        )
        self.invalidate_model()

    @api.model
    def _are_all_due(self, company):
        """Return whether a whole refresh finds the behaviours of all accounts."""
        company = company.sudo()  # sudo: states of the refresh, no figures
        return (
            not company.customer_changes_since
            or not company.customer_occasion_month
            or start_of(company.customer_occasion_month, "quarter")
            != start_of(company.customer_window_end, "quarter")
        )

    @api.model
    def _are_many(self, company, account_count):
        """Return whether so many are noted that all may as well be done."""
        [[count]] = self.env.execute_query(
            SQL(
                """
                SELECT COUNT(DISTINCT partner_id) FROM customer_behaviour_change
                 WHERE company_id = %s
                """,
                company.id,
            )
        )
        return count > MOST_CHANGED * account_count
