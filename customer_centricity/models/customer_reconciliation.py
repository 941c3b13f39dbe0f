from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date
from odoo.tools.date_utils import end_of

INCOME_TYPES = ("income", "income_other")
# What the ledger's revenue is explained by, in the order of the columns. Their sum and
# the difference make the ledger's revenue.
EXPLANATIONS = (
    "attributed_revenue",
    "no_customer_revenue",
    "other_entries",
    "other_lines",
    "other_accounts",
)
FIGURES = ("ledger_revenue", *EXPLANATIONS)


class CustomerReconciliation(models.Model):
    """The ledger's revenue beside the accounts' revenue, by company and month.

        ledger       = - balance of all posted journal items on income accounts
        attributed   = revenue of the facts, as they were stored at the last refresh
        no customer  = product lines of sale documents without a customer
        entries      = items of documents that are no sale documents
        lines        = lines of sale documents that are no product lines
        accounts     = product lines that are revenue of a customer but stand on an
                       account that is not income, with their sign turned
        difference   = ledger - all the others

    All but the attributed revenue is read from the journal items as they are now, so a
    difference is what has changed since the last refresh; after one it is zero.
    """

    _name = "customer.reconciliation"
    _description = "Reconciliation of Revenue"
    _auto = False
    _order = "month desc, company_id"
    _rec_name = "company_id"
    _depends = {
        "account.account": ["account_type"],
        "account.move": ["company_id", "move_type", "state"],
        "account.move.line": [
            "account_id",
            "balance",
            "company_id",
            "date",
            "display_type",
            "move_id",
            "parent_state",
            "partner_id",
        ],
        "customer.profit.month": ["account_id", "month", "revenue"],
        "res.company": [
            "currency_id",
            "customer_refresh_date",
            "customer_refresh_start",
            "customer_locked_until",
        ],
        "res.partner": ["commercial_partner_id"],
    }

    month = fields.Date(readonly=True, help="First day of the month.")
    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    currency_id = fields.Many2one(comodel_name="res.currency", readonly=True)

    ledger_revenue = fields.Monetary(
        readonly=True, help="All posted journal items on income accounts."
    )
    attributed_revenue = fields.Monetary(
        string="Attributed",
        readonly=True,
        help="Revenue of the accounts, as of the last refresh.",
    )
    no_customer_revenue = fields.Monetary(
        string="Without Customer",
        readonly=True,
        help="Product lines of invoices, credit notes and receipts that name no "
        "customer.",
    )
    other_entries = fields.Monetary(
        readonly=True,
        help="Journal items on income accounts that belong to no invoice, credit note "
        "or receipt: miscellaneous entries, vendor bills, point of sale.",
    )
    other_lines = fields.Monetary(
        readonly=True,
        help="Lines of sale documents on income accounts that sell nothing: cash "
        "rounding, early payment discount.",
    )
    other_accounts = fields.Monetary(
        readonly=True,
        help="Product lines of sale documents on accounts that are not income. They "
        "are revenue of their customer but not of the ledger, hence taken off here.",
    )
    difference = fields.Monetary(
        readonly=True,
        help="What the other columns leave of the ledger's revenue: documents posted, "
        "cancelled or changed since the last refresh. Zero after a refresh.",
    )
    status = fields.Selection(
        selection=[
            ("equal", "Agrees"),
            ("locked", "Changed after the months were locked"),
            ("pending", "Refresh due"),
            ("different", "Unexplained"),
        ],
        readonly=True,
        help="A refresh is due where sale documents have changed since the last one. "
        "Months that rest on an applied run are locked: what changed in them since "
        "is a difference.",
    )
    refresh_date = fields.Datetime(
        string="Figures As Of",
        readonly=True,
        help="Start of the last refresh that was completed.",
    )

    @api.depends("month")
    def _compute_display_name(self):
        for row in self:
            row.display_name = (
                format_date(self.env, row.month, date_format="MMMM y")
                if row.month
                else ""
            )

    # ------------------------------------------------------------------
    # The query
    # ------------------------------------------------------------------

    @property
    def _table_query(self):
        return SQL("%s %s", self._select(), self._from())

    @api.model
    def _select(self) -> SQL:
        return SQL(
            """
            SELECT total.company_id::bigint * 1000000
                   + EXTRACT(YEAR FROM total.month)::int * 12
                   + EXTRACT(MONTH FROM total.month)::int AS id,
                   total.company_id, total.month, company.currency_id, %(figures)s,
                   rest.difference, %(status)s AS status,
                   company.customer_refresh_date AS refresh_date
            """,
            figures=SQL(", ").join(
                SQL("total.%s", SQL.identifier(name)) for name in FIGURES
            ),
            status=self._get_status(),
        )

    @api.model
    def _from(self) -> SQL:
        return SQL(
            """
              FROM (
                  SELECT part.company_id, part.month, %(sums)s
                    FROM (%(parts)s) part
                   GROUP BY part.company_id, part.month
              ) total
              JOIN res_company company ON company.id = total.company_id
             CROSS JOIN LATERAL (
                 SELECT total.ledger_revenue - (%(explained)s) AS difference
             ) rest
            """,
            sums=SQL(", ").join(
                SQL("SUM(part.%s) AS %s", SQL.identifier(name), SQL.identifier(name))
                for name in FIGURES
            ),
            parts=SQL(" UNION ALL ").join(self._get_parts()),
            explained=SQL(" + ").join(
                SQL("total.%s", SQL.identifier(name)) for name in EXPLANATIONS
            ),
        )

    @api.model
    def _get_parts(self) -> list[SQL]:
        """Return the queries that bring figures; meant to be extended.

        Each selects company_id, month and all the figures; see ``_get_part``.
        """
        return [
            self._get_ledger_part(),
            self._get_sale_part(),
            self._get_attributed_part(),
        ]

    @api.model
    def _get_part(self, company, month, figures, rows) -> SQL:
        """Return a query of the given figures (aggregates by name), 0 for the others.

        :param SQL rows: FROM and WHERE of the query
        """
        columns = [
            SQL("COALESCE(%s, 0) AS %s", figures.get(name, 0), SQL.identifier(name))
            for name in FIGURES
        ]
        return SQL(
            "SELECT %s AS company_id, %s AS month, %s %s GROUP BY 1, 2",
            company,
            month,
            SQL(", ").join(columns),
            rows,
        )

    @api.model
    def _get_ledger_part(self) -> SQL:
        """Income accounts, and what on them is no product line of a sale document."""
        sale_types = tuple(self._get_sale_types())
        total = SQL("SUM(-line.balance)")
        return self._get_part(
            SQL("line.company_id"),
            SQL("date_trunc('month', line.date)::date"),
            {
                "ledger_revenue": total,
                "other_entries": SQL(
                    "%s FILTER (WHERE move.move_type NOT IN %s)", total, sale_types
                ),
                "other_lines": SQL(
                    "%s FILTER (WHERE move.move_type IN %s"
                    " AND line.display_type IS DISTINCT FROM 'product')",
                    total,
                    sale_types,
                ),
            },
            SQL(
                """
                  FROM account_move_line line
                  JOIN account_move move ON move.id = line.move_id
                  JOIN account_account ledger ON ledger.id = line.account_id
                 WHERE line.parent_state = 'posted'
                   AND ledger.account_type IN %s
                   AND line.company_id IN %s
                """,
                INCOME_TYPES,
                tuple(self.env.companies.ids),
            ),
        )

    @api.model
    def _get_sale_part(self) -> SQL:
        """The rows that the facts are made of, where they differ from the ledger."""
        source = self.env["customer.profit.source"]._get_sale_rows(self.env.companies)
        partner, income = (
            source["partner"],
            SQL("ledger.account_type IN %s", INCOME_TYPES),
        )
        return self._get_part(
            source["company"],
            SQL("date_trunc('month', %s)::date", source["date"]),
            {
                "no_customer_revenue": SQL(
                    "SUM(-line.balance) FILTER (WHERE %s IS NULL)", partner
                ),
                "other_accounts": SQL(
                    "SUM(line.balance) FILTER (WHERE %s IS NOT NULL)", partner
                ),
            },
            SQL(
                """
                  FROM %(tables)s
                  JOIN account_account ledger ON ledger.id = line.account_id
                 WHERE %(condition)s
                   AND (%(partner)s IS NULL) = (%(income)s)
                """,
                tables=source["tables"],
                condition=source["condition"],
                partner=partner,
                income=income,
            ),
        )

    @api.model
    def _get_attributed_part(self) -> SQL:
        """The facts as they are stored."""
        return self._get_part(
            SQL("account.company_id"),
            SQL("fact.month"),
            {"attributed_revenue": SQL("SUM(fact.revenue)")},
            SQL(
                "FROM customer_profit_month fact"
                " JOIN customer_account account ON account.id = fact.account_id"
                " WHERE fact.revenue <> 0 AND account.company_id IN %s",
                tuple(self.env.companies.ids),
            ),
        )

    @api.model
    def _get_status(self) -> SQL:
        """Return whether the figures agree, or why not."""
        return SQL(
            """
            CASE WHEN rest.difference = 0 THEN 'equal'
                 WHEN total.month <= company.customer_locked_until THEN 'locked'
                 WHEN company.customer_refresh_date IS NULL
                   OR company.customer_refresh_start IS NOT NULL
                   OR EXISTS (
                       SELECT FROM account_move changed
                        WHERE changed.company_id = company.id
                          AND changed.move_type IN %s
                          AND changed.write_date >= company.customer_refresh_date
                   )
                 THEN 'pending'
                 ELSE 'different'
            END
            """,
            tuple(self._get_sale_types()),
        )

    @api.model
    def _get_sale_types(self):
        return self.env["account.move"].get_sale_types(include_receipts=True)

    # ------------------------------------------------------------------
    # The journal items of a figure
    # ------------------------------------------------------------------

    @api.readonly
    def action_open_items(self):
        """Open the journal items that a figure of the month is made of.

        Which figure is told by ``customer_figure`` in the context.
        """
        self.ensure_one()
        self.check_access("read")
        figure = self.env.context.get("customer_figure")
        if figure not in FIGURES:
            raise UserError(self.env._("There are no journal items to open here."))
        items = self.env["account.move.line"]
        if not items.has_access("read"):
            raise AccessError(
                self.env._(
                    "The journal items behind a figure are open to people with rights "
                    "in accounting. Ask an administrator for the Invoicing right."
                )
            )
        label = self._fields[figure]._description_string(self.env)
        return {
            "type": "ir.actions.act_window",
            "name": f"{label}, {self.display_name}",
            "res_model": items._name,
            "view_mode": "list",
            "domain": list(self._get_items_domain(figure)),
            "context": {"create": False},
        }

    def _get_items_domain(self, figure):
        """Return the domain of the journal items that the figure is the sum of."""
        self.ensure_one()
        income = Domain("account_id.account_type", "in", INCOME_TYPES)
        sale = Domain("move_type", "in", self._get_sale_types())
        product = Domain("display_type", "=", "product")
        nobody = Domain("partner_id", "in", [False, *self._get_strays()])
        return Domain.AND(
            [
                Domain("company_id", "=", self.company_id.id),
                Domain("date", ">=", self.month),
                Domain("date", "<=", end_of(self.month, "month")),
                Domain("parent_state", "=", "posted"),
                {
                    "ledger_revenue": income,
                    "attributed_revenue": sale & product & ~nobody,
                    "no_customer_revenue": sale & product & income & nobody,
                    "other_entries": income & ~sale,
                    "other_lines": income & sale & ~product,
                    "other_accounts": sale & product & ~income & ~nobody,
                }[figure],
            ]
        )

    @api.model
    def _get_strays(self):
        """Return contacts without commercial entity: nobody, as far as facts go.

        By their ids: a domain on the contacts would hide items of contacts that the
        user may not see.
        """
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        rows = self.env.execute_query(
            SQL("SELECT id FROM res_partner WHERE commercial_partner_id IS NULL")
        )
        return [partner_id for [partner_id] in rows]
