from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

# A transaction may have begun so long before it was committed: what it wrote carries
# the moment of its beginning.
LONGEST_TRANSACTION = timedelta(hours=1)


class CustomerAccountChange(models.Model):
    """Whose documents changed since the last refresh: what is left to bring up to date.

    A document that changes tells by its own date of change, see ``_gather``. What that
    cannot tell is noted here when it happens: whom a document belonged to before, whose
    it was when it was deleted. Notes are only added, so nobody waits for anybody.

    The refresh does what they ask for in two turns: first the months of all that
    changed, which a run waits for, and marks the notes; then what follows from the
    months, and removes them.
    """

    _name = "customer.account.change"
    _inherit = "customer.change.note"
    _description = "Customer with Changed Documents"
    _order = "id"
    _log_access = False

    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner", readonly=True, ondelete="cascade", index=True
    )
    product_id = fields.Many2one(
        comodel_name="product.product",
        readonly=True,
        ondelete="cascade",
        help="All customers that bought it.",
    )
    whatever_cost = fields.Boolean(
        readonly=True,
        help="Of the product's customers also those with whose sale a cost was kept.",
    )
    has_facts = fields.Boolean(
        string="Months Up to Date",
        readonly=True,
        help="What follows from the months is yet to come.",
    )

    # ------------------------------------------------------------------
    # In two turns
    # ------------------------------------------------------------------

    @api.model
    def _take_for_facts(self, company, limit):
        """Mark the notes of at most so many partners; return these partners' ids.

        With the transaction that brings their months up to date.
        """
        return self._act(
            SQL("UPDATE customer_account_change SET has_facts = TRUE"),
            company,
            limit,
            SQL("has_facts IS NOT TRUE"),
        )

    @api.model
    def _take(self, company, limit):
        # what has been noted since their months were done is for the next time
        return self._act(
            SQL("DELETE FROM customer_account_change"),
            company,
            limit,
            SQL("has_facts IS TRUE"),
        )

    # ------------------------------------------------------------------
    # Noting
    # ------------------------------------------------------------------

    @api.model
    def _note_partners(self, company, partners):
        """Note that the partners' commercial entities are to be brought up to date."""
        # sudo: whoever changes a document; notes tell nothing and are read by nobody
        self.sudo().create(
            [
                {"company_id": company.id, "partner_id": partner.id}
                for partner in partners.sudo().commercial_partner_id
            ]
        )

    @api.model
    def _note_accounts(self, accounts):
        """Note accounts, each in its company."""
        for company, company_accounts in accounts.sudo().grouped("company_id").items():
            self._note_partners(company, company_accounts.partner_id)

    @api.model
    def _note_everywhere(self, partners):
        """Note the partners in all companies in which they have an account."""
        self._note_accounts(
            self.env["customer.account"]
            .sudo()  # as in _note_partners
            .with_context(active_test=False)
            .search([("partner_id", "in", partners.sudo().commercial_partner_id.ids)])
        )

    @api.model
    def _note_in_all_companies(self, partners):
        """Note the partners in every company, with or without an account there."""
        # sudo: as in _note_partners
        for company in self.env["customer.account"].sudo()._get_companies():
            self._note_partners(company, partners)

    @api.model
    def _note_products(self, products):
        """Note products whose cost changes in the current company."""
        # sudo: as in _note_partners
        self.sudo().create(
            [
                {"company_id": self.env.company.id, "product_id": product.id}
                for product in products
            ]
        )

    @api.model
    def _note_categories(self, products):
        """Note products that change their category."""
        # sudo: as in _note_partners
        companies = self.env["customer.account"].sudo()._get_companies()
        self.sudo().create(
            [
                {
                    "company_id": company.id,
                    "product_id": product.id,
                    "whatever_cost": True,
                }
                for company in companies
                for product in products
            ]
        )

    # ------------------------------------------------------------------
    # Gathering
    # ------------------------------------------------------------------

    @api.model
    def _gather(self, company, since):
        """Note whose documents changed since a moment, by their dates of change."""
        self.env.flush_all()
        since -= LONGEST_TRANSACTION
        self._resolve_products(company)
        queries = [
            SQL("(%s)", query) for query in self._get_change_queries(company, since)
        ]
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO customer_account_change (company_id, partner_id)
                SELECT %(company)s, changed.partner_id
                  FROM (%(changes)s) changed
                 WHERE changed.partner_id IS NOT NULL
                """,
                company=company.id,
                changes=SQL(" UNION ").join(queries),
            )
        )
        self.invalidate_model()

    @api.model
    def _get_change_queries(self, company, since):
        """Return queries of commercial partners; meant to be extended."""
        # time goes by without a change of any document
        ageing = self.env["customer.cost.rate"]._get_ageing_partners(
            company, since.date()
        )
        return [
            # A document belongs to the company it was written to, which the contact on
            # it may have left since. A credit note decides whether the invoice that it
            # credits was an order.
            SQL(
                """
                SELECT partner.commercial_partner_id AS partner_id
                  FROM account_move move
                  LEFT JOIN account_move credited
                         ON credited.id = move.reversed_entry_id
                  JOIN res_partner partner
                    ON partner.id IN (
                           move.partner_id, move.commercial_partner_id,
                           credited.commercial_partner_id)
                 WHERE move.write_date >= %s AND move.company_id = %s
                   AND move.move_type IN %s
                """,
                since,
                company.id,
                tuple(self.env["account.move"].get_sale_types(include_receipts=True)),
            ),
            # hours, and other costs of projects
            SQL(
                """
                SELECT partner.commercial_partner_id
                  FROM account_analytic_line item
                  LEFT JOIN project_task task ON task.id = item.task_id
                  LEFT JOIN project_project project
                         ON project.id = item.project_id
                         OR item.project_id IS NULL
                        AND project.account_id = item.account_id
                  JOIN res_partner partner
                    ON partner.id = COALESCE(
                           CASE WHEN item.project_id IS NOT NULL
                                THEN COALESCE(item.partner_id, task.partner_id) END,
                           project.partner_id)
                 WHERE item.write_date >= %s AND item.company_id = %s
                """,
                since,
                company.id,
            ),
            # costs of projects that share an account are one customer's or nobody's
            SQL(
                """
                SELECT partner.commercial_partner_id
                  FROM project_project project
                  JOIN project_project sharing
                    ON sharing.id = project.id
                    OR sharing.account_id = project.account_id
                  JOIN res_partner partner ON partner.id = sharing.partner_id
                 WHERE project.write_date >= %s
                """,
                since,
            ),
            SQL(
                """
                SELECT partner.commercial_partner_id
                  FROM project_task task
                  JOIN res_partner partner ON partner.id = task.partner_id
                 WHERE task.write_date >= %s
                """,
                since,
            ),
            # contacts that have come to belong to another company
            SQL(
                "SELECT commercial_partner_id FROM res_partner WHERE write_date >= %s",
                since,
            ),
            # a negative answer is a complaint
            SQL(
                """
                SELECT account.partner_id
                  FROM customer_nps_response response
                  JOIN customer_account account ON account.id = response.account_id
                 WHERE response.write_date >= %s AND response.company_id = %s
                """,
                since,
                company.id,
            ),
            *([ageing] if ageing else []),
        ]

    @api.model
    def _resolve_products(self, company):
        """Note the customers that were sold the noted products.

        A product whose cost changed concerns those only whose sale kept no cost.
        """
        self.env.cr.execute(
            SQL(
                """
                WITH noted AS (
                    DELETE FROM customer_account_change
                     WHERE company_id = %(company)s AND product_id IS NOT NULL
                     RETURNING product_id, whatever_cost
                )
                INSERT INTO customer_account_change (company_id, partner_id)
                SELECT DISTINCT %(company)s, partner.commercial_partner_id
                  FROM (
                      SELECT product_id, bool_or(whatever_cost) AS whatever_cost
                        FROM noted GROUP BY product_id
                  ) product
                  JOIN account_move_line line ON line.product_id = product.product_id
                  JOIN res_partner partner ON partner.id = line.partner_id
                 WHERE line.company_id = %(company)s
                   AND line.display_type = 'product'
                   AND line.parent_state = 'posted'
                   AND (product.whatever_cost
                        OR COALESCE(line.customer_unit_cost, 0) = 0)
                """,
                company=company.id,
            )
        )
