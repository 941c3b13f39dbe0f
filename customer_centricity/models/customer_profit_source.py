from datetime import date

from odoo import api, models
from odoo.tools import SQL

# Kinds of money that a document line brings to an account, or takes from it
KINDS = ("revenue", "product_cost", "time_cost", "other_cost", "serving_cost")
# What is told of a document line besides; parts of the kinds, and hours
DETAILS = (
    "refund_amount",
    "estimated_cost",
    "uncosted_revenue",
    "hours",
    "uncosted_hours",
)
# What is told of the days of orders; several documents of a day are one order
DATES = {"first_order_date": SQL("MIN"), "last_order_date": SQL("MAX")}
MEASURES = (*KINDS, *DETAILS, "order_count")
# Profit, for SQL that has the kinds as columns
PROFIT = SQL("revenue - product_cost - time_cost - other_cost - serving_cost")


class CustomerProfitSource(models.AbstractModel):
    """Where figures come from: rows of posted documents, one a document line.

    Facts are sums of these rows, and the documents behind a figure are these rows: the
    two cannot differ. A source is described in pieces of SQL, see ``_get_sources``.
    """

    _name = "customer.profit.source"
    _description = "Customer Profit Source"

    @api.model
    def _get_sources(self, company, start=date.min, end=date.max):
        """Return where a company's figures come from; meant to be extended by addons.

        :param start, end: dates, or SQL of dates: the rows asked for, for sources that
            can use it; rows of other days may come along
        :return: list of dict of SQL, completed by ``_complete``:
            - name: str, unique among the sources
            - contact: id of the contact that a row belongs to, NULL for nobody
            - company, date: of the row
            - lines, where: the rows of the source, one a document line
            - not_for: id of a commercial partner whose rows are none of ours, if any
            - details: joins that only the amounts need
            - amounts: dict of what the row comes to, by name, of those in KINDS and
              DETAILS that it knows; money in company currency, rounded to it
            - order_date: where rows may belong to orders, the day of the order or NULL
            - documents: dict of the columns of ``customer.profit.item`` that lead to
              the document
            - origins: dict of SQL, by kind: where its amount comes from, a value of
              ``customer.profit.item``'s origin
            - every_month: True where months without documents may have rows too
        """
        sources = [
            self._get_sale_source(company),
            self._get_order_source(company),
            self._get_timesheet_source(company),
            self._get_project_cost_source(company),
            self._get_serving_source(company, start, end),
        ]
        return [source for source in sources if source]

    @api.model
    def _complete(self, source):
        """Return the source with whose its rows are: the contact's commercial entity.

        The entity of today, not the one noted on the document: a contact put under a
        company brings its past along. Adds ``partner``, the commercial partner, and
        with it ``tables`` and ``condition``, the rows of the source.
        """
        source = {"details": SQL(), "amounts": {}, "not_for": None} | source
        partner = SQL("partner.commercial_partner_id")
        condition = source["where"]
        if source["not_for"]:
            condition = SQL(
                "%s AND %s IS DISTINCT FROM %s", condition, partner, source["not_for"]
            )
        return source | {
            "partner": partner,
            "tables": SQL(
                "%s LEFT JOIN res_partner partner ON partner.id = %s",
                source["lines"],
                source["contact"],
            ),
            "condition": condition,
        }

    @api.model
    def _get_row_query(self, source, start, end, contact_ids=None):
        """Return the source's rows from start to before end, as facts sum them up.

        Not summed up here: rows of all sources are, at once, which takes least.

        :param contact_ids: list of contacts; None for all, and for what belongs to
            nobody
        :return: SQL selecting the commercial partner, the month, KINDS and DETAILS in
            this order, and the day of the order
        """
        condition = source["condition"]
        if contact_ids is not None:
            condition = SQL(
                "%s AND %s = ANY(%s)", condition, source["contact"], contact_ids
            )
        return SQL(
            """
            SELECT %(partner)s, date_trunc('month', %(date)s::timestamp)::date,
                   %(amounts)s, %(order_date)s
              FROM %(tables)s %(details)s
             WHERE %(condition)s
            """,
            partner=source["partner"],
            date=source["date"],
            amounts=SQL(", ").join(
                source["amounts"].get(name, SQL("NULL::numeric"))
                for name in (*KINDS, *DETAILS)
            ),
            order_date=source.get("order_date", SQL("NULL::date")),
            tables=source["tables"],
            details=source["details"],
            condition=self._get_row_condition(source, condition, start, end),
        )

    @api.model
    def _get_row_condition(
        self, source, condition, start=None, end=None, partner_ids=None
    ):
        """Return which rows of a source are meant: a condition, and more of them."""
        conditions = [condition]
        if start is not None:
            conditions.append(SQL("%s >= %s", source["date"], start))
        if end is not None:
            conditions.append(SQL("%s < %s", source["date"], end))
        if partner_ids is not None:
            conditions.append(
                SQL(
                    "%s IN (SELECT id FROM res_partner"
                    " WHERE commercial_partner_id = ANY(%s))",
                    source["contact"],
                    partner_ids,
                )
            )
        return SQL(" AND ").join(conditions)
