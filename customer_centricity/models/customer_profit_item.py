from datetime import date

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from .customer_profit_source import KINDS

# Where a row leads to: columns that a source fills in as far as it knows them
NOWHERE = {
    "move_id": SQL("NULL::integer"),
    "move_line_id": SQL("NULL::integer"),
    "analytic_line_id": SQL("NULL::integer"),
    "product_id": SQL("NULL::integer"),
    "project_id": SQL("NULL::integer"),
    "rate_id": SQL("NULL::integer"),
    "res_model": SQL("NULL::text"),
    "res_id": SQL("NULL::integer"),
    "quantity": SQL("NULL::numeric"),
}


class CustomerProfitItem(models.Model):
    """A document line behind a figure: what one line brought to an account, or cost it.

    Not stored: rows are those that facts are summed from, so their sum is the figure. A
    month that a run has locked keeps its figure when documents change: a row of its own
    tells by how much they have. ``customer_account_id``, ``customer_kind`` and
    ``customer_period``, a first day and the day after the last, in the context narrow
    down what is read: no index knows the customer of every document.
    """

    _name = "customer.profit.item"
    _inherit = "customer.profit.source"
    _description = "Document behind a Figure"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "document"

    account_id = fields.Many2one(comodel_name="customer.account", readonly=True)
    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    currency_id = fields.Many2one(comodel_name="res.currency", readonly=True)
    date = fields.Date(readonly=True)
    kind = fields.Selection(
        selection=[
            ("revenue", "Revenue"),
            ("product_cost", "Product cost"),
            ("time_cost", "Time cost"),
            ("other_cost", "Other cost"),
            ("serving_cost", "Serving cost"),
        ],
        string="Figure",
        readonly=True,
    )
    origin = fields.Selection(
        selection=[
            ("invoice", "Invoice"),
            ("credit_note", "Credit note"),
            ("posted", "Cost of goods posted"),
            ("captured", "Unit cost when posted"),
            ("purchase", "Purchase price of the order"),
            ("estimate", "Estimate with the product's cost"),
            ("hours", "Timesheet"),
            ("analytic", "Cost of a project"),
            ("rate", "Cost rate"),
            ("locked", "Changed since the month was locked"),
        ],
        readonly=True,
        help="Where the amount comes from.",
    )
    amount = fields.Monetary(readonly=True)
    quantity = fields.Float(
        readonly=True,
        digits="Product Unit",
        help="In the unit of the document; hours of a timesheet.",
    )
    document = fields.Char(compute="_compute_document")

    # Where it stands
    move_id = fields.Many2one(
        comodel_name="account.move", string="Journal Entry", readonly=True
    )
    move_line_id = fields.Many2one(
        comodel_name="account.move.line", string="Journal Item", readonly=True
    )
    analytic_line_id = fields.Many2one(
        comodel_name="account.analytic.line", string="Analytic Item", readonly=True
    )
    product_id = fields.Many2one(comodel_name="product.product", readonly=True)
    project_id = fields.Many2one(comodel_name="project.project", readonly=True)
    rate_id = fields.Many2one(comodel_name="customer.cost.rate", readonly=True)
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True)

    @api.depends("move_id", "analytic_line_id", "rate_id", "res_model", "res_id")
    def _compute_document(self):
        records = self._get_records()
        # A cost rate counts documents that not everybody may read who knows the rate
        readable = {
            record
            for model, ids in self._group_by_model(records).items()
            for record in self.env[model].browse(ids)._filtered_access("read")
        }
        for item in self:
            if item.origin == "locked":
                item.document = self.env._("Not in the figure, or not any more")
                continue
            record = records[item]
            names = [
                self._get_name(record) if record in readable else False,
                item.rate_id.display_name if item.rate_id != record else False,
            ]
            item.document = ", ".join(name for name in names if name)

    @property
    def _table_query(self):
        account = self.env["customer.account"].browse(
            self.env.context.get("customer_account_id")
        )
        # sudo: which companies' documents and whose; rows are for who may read them
        account = account.sudo().exists()
        companies = account.company_id or self.env.companies
        sources = self.sudo()
        queries = [
            sources._get_item_query(source, account)
            for company in companies
            for source in self._choose_sources(sources._get_sources(company))
        ]
        rows = SQL(" UNION ALL ").join(queries)
        locked = account.company_id.customer_locked_until
        if not locked:
            return rows
        return SQL(
            "WITH row AS (%s) SELECT * FROM row UNION ALL %s",
            rows,
            self._get_locked_query(account, locked),
        )

    @api.model
    def _get_locked_query(self, account, locked):
        """Return by how much each figure differs from its documents, ``row``.

        :param locked: the last month that is locked
        """
        wanted = self.env.context.get("customer_kind")
        start, end = self._get_period()
        return SQL(
            """
            SELECT ('x' || left(md5(concat_ws(
                       '/', 'locked', %(account)s, fact.kind, fact.month)), 13)
                   )::bit(52)::bigint,
                   %(account)s, %(company)s, %(currency)s,
                   (fact.month + interval '1 month - 1 day')::date,
                   fact.kind, 'locked', SUM(fact.amount), %(nothing)s
              FROM (
                  SELECT month.month, figure.kind, figure.amount
                    FROM customer_profit_month month
                   CROSS JOIN LATERAL (VALUES %(kinds)s) AS figure(kind, amount)
                   WHERE month.account_id = %(account)s
                   UNION ALL
                  SELECT date_trunc('month', row.date::timestamp)::date, row.kind,
                         -row.amount
                    FROM row
              ) fact
             WHERE fact.month <= %(locked)s AND fact.month >= %(start)s
               AND fact.month < %(end)s
             GROUP BY fact.month, fact.kind
            HAVING ROUND(SUM(fact.amount), %(decimals)s) <> 0
            """,
            account=account.id,
            company=account.company_id.id,
            currency=account.currency_id.id,
            nothing=SQL(", ").join(NOWHERE.values()),
            kinds=SQL(", ").join(
                SQL("(%s, month.%s)", kind, SQL.identifier(kind))
                for kind in ([wanted] if wanted else KINDS)
            ),
            locked=locked,
            start=start or date.min,
            end=end or date.max,
            decimals=account.currency_id.decimal_places,
        )

    @api.model
    def _get_period(self):
        """Return the first day and the day after the last that are asked for, or None.

        Both are the first of a month.
        """
        period = self.env.context.get("customer_period") or (None, None)
        return tuple(map(fields.Date.to_date, period))

    @api.model
    def _choose_sources(self, sources):
        """Return those of the sources that bring money, of the kind asked for.

        There is one in any case: a query without rows still has columns.
        """
        wanted = self.env.context.get("customer_kind")
        kinds = {wanted} if wanted else KINDS
        return [
            source
            for source in sources
            if not source["amounts"].keys().isdisjoint(kinds)
        ] or sources[:1]

    @api.model
    def _get_item_query(self, source, account):
        """Return one row a document line and kind of money of a source."""
        kinds = [kind for kind in KINDS if kind in source["amounts"]]
        if wanted := self.env.context.get("customer_kind"):
            kinds = [kind for kind in kinds if kind == wanted]
        partner_ids = account.partner_id.ids if account else None
        start, end = self._get_period()
        values = [
            SQL("(%s, %s, %s)", kind, source["amounts"][kind], source["origins"][kind])
            for kind in kinds
        ] or [SQL("(NULL::text, NULL::numeric, NULL::text)")]
        documents = NOWHERE | source["documents"]
        return SQL(
            """
            SELECT ('x' || left(md5(concat_ws(
                       '/', %(source)s, figure.kind, %(company)s, %(date)s, account.id,
                       %(identity)s
                   )), 13))::bit(52)::bigint AS id,
                   account.id AS account_id, account.company_id, account.currency_id,
                   %(date)s AS date, figure.kind, figure.origin, figure.amount,
                   %(columns)s
              FROM %(tables)s
              JOIN customer_account account
                ON account.partner_id = %(partner)s AND account.company_id = %(company)s
                   %(details)s
             CROSS JOIN LATERAL (VALUES %(values)s) AS figure(kind, amount, origin)
             WHERE %(condition)s AND figure.amount <> 0 %(whose)s
            """,
            source=source["name"],
            company=source["company"],
            date=source["date"],
            identity=SQL(", ").join(
                documents[name]
                for name in (
                    "move_line_id",
                    "analytic_line_id",
                    "rate_id",
                    "res_model",
                    "res_id",
                )
            ),
            columns=SQL(", ").join(
                SQL("%s AS %s", column, SQL.identifier(name))
                for name, column in documents.items()
            ),
            tables=source["tables"],
            partner=source["partner"],
            details=source["details"],
            values=SQL(", ").join(values),
            condition=self._get_row_condition(
                source, source["condition"], start, end, partner_ids
            ),
            # Rows are read again by their ids, of which the database knows nothing:
            # told whose they are, it does not compare the ids of everybody's.
            whose=SQL("AND account.id = %s", account.id) if account else SQL(),
        )

    @api.model
    def _get_name(self, record):
        if record._name == "account.analytic.line" and record.project_id:
            # sudo: who worked is part of a timesheet, though personnel files are not
            employee = record.employee_id.sudo().name
            return ", ".join(name for name in (employee, record.name) if name)
        return record.display_name

    def _get_records(self):
        """Return {row: document it leads to}, prefetched together."""
        counted = self._group_by_model(
            {
                item: self.env[item.res_model].browse(item.res_id)
                for item in self
                if item.res_model in self.env and item.res_id
            }
        )
        records = {}
        for item in self:
            if item.move_id:
                record = item.move_id
            elif item.analytic_line_id:
                record = item.analytic_line_id
            elif item.res_id and item.res_model in counted:
                record = self.env[item.res_model].browse(item.res_id)
                record = record.with_prefetch(counted[item.res_model])
                if record._name == "account.move.line":
                    # sudo: whose line it is; what may be read of it is asked later
                    record = record.sudo().move_id.sudo(False)
            else:
                record = item.rate_id
            records[item] = record
        return records

    @api.model
    def _group_by_model(self, records):
        ids = {}
        for record in records.values():
            ids.setdefault(record._name, []).extend(record.ids)
        return ids

    @api.model
    @api.readonly
    def web_search_read(self, *args, **kwargs):
        """Read rows for a list, of the account whose figure was opened."""
        self.check_access("read")
        # those of everybody are millions, of which the list would show some
        if not self.env.context.get("customer_account_id"):
            raise UserError(
                self.env._(
                    "Choose an account first: open its profit and loss and click a "
                    "figure to see the documents behind it."
                )
            )
        return super().web_search_read(*args, **kwargs)

    def action_open_document(self):
        """Open the document that the row leads to."""
        self.ensure_one()
        self.check_access("read")
        if self.origin == "locked":
            raise UserError(
                self.env._(
                    "The figures of this month are locked by a lifetime value run. "
                    "Documents of the month have been posted, changed or cancelled "
                    "since: that they come to something else is what this row tells."
                )
            )
        [record] = self._get_records().values()
        if not record.has_access("read"):
            raise AccessError(
                self.env._(
                    "“%(document)s” leads to a document that is not for you "
                    "(%(kind)s).",
                    document=self.document,
                    kind=record._description,
                )
            )
        if record == self.analytic_line_id and record.project_id:
            view = self.env.ref("hr_timesheet.timesheet_view_form_user")
            return record._get_records_action(views=[(view.id, "form")])
        return record._get_records_action()
