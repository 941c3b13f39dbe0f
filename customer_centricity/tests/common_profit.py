from datetime import date

from odoo.fields import Command
from odoo.tools import SQL

from odoo.addons.customer_centricity.models.customer_profit_source import (
    DETAILS,
    KINDS,
    MEASURES,
)

from .common import CustomerCentricityCommon


class ProfitCommon(CustomerCentricityCommon):
    """Documents of every kind; facts and what is behind them as plain dictionaries."""

    @classmethod
    def _bill(cls, day, *lines, move_type="in_invoice", post=True, **vals):
        """Create a vendor bill of (product, quantity, price, {project: percent}) lines.

        A part of the percents may be missing: it is on no project.
        """
        company = cls.env["res.company"].browse(vals.get("company_id", cls.company.id))
        move = cls.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": cls.vendor.id,
                "invoice_date": day,
                "date": day,
                "company_id": company.id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "name": "Work of others",
                            "quantity": quantity,
                            "price_unit": price,
                            "tax_ids": [Command.clear()],
                            "analytic_distribution": cls._distribution(projects),
                        }
                    )
                    for product, quantity, price, projects in lines
                ],
                **vals,
            }
        )
        if post:
            move.action_post()
        return move

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vendor = cls.env["res.partner"].create({"name": "Subcontractor"})
        cls.south_project = cls._create_project(cls.south)
        cls.nothing = cls.env["product.product"]  # a line without product

    @classmethod
    def _distribution(cls, projects):
        return {
            str(project.account_id.id): percent for project, percent in projects.items()
        }

    @classmethod
    def _item(cls, day, amount, project=None, **vals):
        """Create an analytic item by hand; a cost is negative."""
        return cls.env["account.analytic.line"].create(
            {
                "name": "Travel",
                "date": day,
                "amount": amount,
                "account_id": (project or cls.project).account_id.id,
                "company_id": cls.company.id,
                **vals,
            }
        )

    @classmethod
    def _sell(cls, partner, day, *lines, post=True, **vals):
        """Create a sale document of lines with values of their own."""
        move = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_date": day,
                "date": day,
                "company_id": cls.company.id,
                "invoice_line_ids": [
                    Command.create({"tax_ids": [Command.clear()], **line})
                    for line in lines
                ],
                **vals,
            }
        )
        if post:
            move.action_post()
        return move

    def _facts(self, company=None):
        """Return {(partner, month): {measure: value}} of a company's accounts."""
        months = self.Month.search([("company_id", "=", (company or self.company).id)])
        return {
            (month.partner_id, month.month): {
                name: month[name] for name in (*MEASURES, "profit")
            }
            for month in months
        }

    def _nobody(self, company=None):
        """Return the measures of what belongs to no customer."""
        company = company or self.company
        source = self.env["customer.profit.source"]
        queries = [
            source._get_row_query(one, date.min, date.max)
            for one in source._get_sources(company)
        ]
        self.env.flush_all()
        sums = [
            SQL("COALESCE(SUM(%s), 0) AS %s", *(2 * [SQL.identifier(name)]))
            for name in (*KINDS, *DETAILS)
        ]
        columns = ("partner_id", "month", *KINDS, *DETAILS, "order_date")
        [nobody] = self.env.execute_query_dict(
            SQL(
                """
                SELECT %s, COUNT(DISTINCT order_date) AS order_count
                  FROM (%s) source (%s) WHERE partner_id IS NULL
                """,
                SQL(", ").join(sums),
                SQL(" UNION ALL ").join(queries),
                SQL(", ").join(map(SQL.identifier, columns)),
            )
        )
        return {name: float(value) for name, value in nobody.items()}

    def _item_sums(self, account):
        """Return {(month, kind): sum of the documents behind it} of an account."""
        items = self.env["customer.profit.item"].with_context(
            customer_account_id=account.id
        )
        return {
            (month, kind): total
            for month, kind, total in items._read_group(
                [], ["date:month", "kind"], ["amount:sum"]
            )
        }

    def _check_items(self, company=None):
        """Check that the documents behind every figure sum to the figure."""
        company = company or self.company
        for account in self.Account.with_context(active_test=False).search(
            [("company_id", "=", company.id)]
        ):
            sums = self._item_sums(account)
            for month in account.month_ids:
                for kind in KINDS:
                    total = sums.pop((month.month, kind), 0)
                    self.assertEqual(
                        company.currency_id.compare_amounts(total, month[kind]),
                        0,
                        f"{account.display_name} {month.month} {kind}: {total}"
                        f" in documents, {month[kind]} in the facts",
                    )
            self.assertFalse(sums, "documents of months without facts")

    def _figures(self, partner, *names):
        """Return {month: values} after a refresh that is right in all else, too."""
        self._refresh()
        self._check_items()
        self._check_ledger()
        return self._months(partner, *names)

    def _check_ledger(self):
        """Check that the accounts' revenue is that of the ledger, to the cent."""
        for row in self.env["customer.reconciliation"].search(
            [("company_id", "=", self.company.id)]
        ):
            self.assertFalse(row.difference, row.month)
