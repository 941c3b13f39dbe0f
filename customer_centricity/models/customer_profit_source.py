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
MEASURES = (*KINDS, *DETAILS, "order_count")
# Days of orders, and which of several counts
DATES = {"first_order_date": SQL("MIN"), "last_order_date": SQL("MAX")}
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
        :return: list of dict of SQL:
            - name: str, unique among the sources
            - partner: the commercial partner that a row belongs to, NULL for nobody
            - company, date: of the row
            - tables, condition: the rows of the source, one a document line
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
            self._get_timesheet_source(company),
            self._get_project_cost_source(company),
            self._get_serving_source(company, start, end),
        ]
        return [source for source in sources if source]

    @api.model
    def _get_fact_query(self, source, start, end, partners=None):
        """Return the source's facts from start to before end.

        :param partners: SQL of a set of commercial partner ids; None for all, and for
            what belongs to nobody
        :return: SQL selecting partner_id, company_id, month and all measures
        """
        amounts = dict.fromkeys((*KINDS, *DETAILS), SQL("0")) | source["amounts"]
        sums = [
            SQL("SUM(%s) AS %s", amount, SQL.identifier(name))
            for name, amount in amounts.items()
        ]
        day = source.get("order_date", SQL("NULL::date"))
        # Several invoices of a day are one order
        sums.append(SQL("COUNT(DISTINCT %s) AS order_count", day))
        sums += [
            SQL("%s(%s) AS %s", which, day, SQL.identifier(name))
            for name, which in DATES.items()
        ]
        return SQL(
            """
            SELECT %(partner)s AS partner_id, %(company)s AS company_id,
                   date_trunc('month', %(date)s)::date AS month, %(sums)s
              FROM %(tables)s %(details)s
             WHERE %(condition)s
             GROUP BY 1, 2, 3
            """,
            partner=source["partner"],
            company=source["company"],
            date=source["date"],
            sums=SQL(", ").join(sums),
            tables=source["tables"],
            details=source["details"],
            condition=self._get_row_condition(source, start, end, partners),
        )

    @api.model
    def _get_row_condition(self, source, start=None, end=None, partners=None):
        """Return which rows of a source are meant."""
        conditions = [source["condition"]]
        if start is not None:
            conditions.append(SQL("%s >= %s", source["date"], start))
        if end is not None:
            conditions.append(SQL("%s < %s", source["date"], end))
        if partners is not None:
            conditions.append(SQL("%s IN (%s)", source["partner"], partners))
        return SQL(" AND ").join(conditions)
