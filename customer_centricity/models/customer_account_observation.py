from dataclasses import replace

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL


class CustomerAccountObservation(models.Model):
    """What was observed of some accounts of a portfolio, until they are valued.

    The refresh values a portfolio in steps that are each a transaction, however large
    it is: documents become one row of numbers an account, some accounts at a time; the
    models learn from the rows of all; with what they have learnt the rows become
    values. The rows are kept here meanwhile.
    """

    _name = "customer.account.observation"
    _description = "Accounts Observed, to Be Valued"
    _log_access = False

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    account_count = fields.Integer(readonly=True)
    # not an attachment: it goes with the transaction
    data = fields.Binary(attachment=False, readonly=True)
    # what the accounts have come to
    value = fields.Float(readonly=True)
    variance = fields.Float(readonly=True)

    @api.model
    def _forget(self, company):
        """Begin anew, whatever an interrupted refresh has observed."""
        self.search([("company_id", "=", company.id)]).unlink()
        company.customer_refresh_settled = False

    @api.model
    def _observe_next(self, company):
        """Observe the company's next accounts; return how many."""
        from ..engine import packing  # numpy only when needed

        count, first, last = self.env["customer.account"]._get_next_range(company)
        if count:
            observed = self.env["customer.account.value"]._observe(
                company, self._get_terms(company), first, last
            )
            part = self.create(
                {"company_id": company.id, "account_count": len(observed)}
            )
            part._set_data(packing.pack(observed))
            company.customer_refresh_cursor = last
        return count

    @api.model
    def _get_terms(self, company):
        """Return the terms of the refresh: what is settled holds for all its steps."""
        values = self.env["customer.account.value"]
        terms = values._get_terms(company)
        if not company.customer_refresh_settled:
            settings = values._settle(company, terms)
            company.customer_refresh_settled = {
                "date": fields.Date.to_string(terms.date),
                "holdout": settings.holdout,
                "ratio_unit": settings.ratio_unit,
            }
        settled = company.customer_refresh_settled
        date = fields.Date.to_date(settled["date"])
        return replace(terms, **(settled | {"date": date}))

    @api.model
    def _learn(self, company):
        """Learn from the rows of all accounts."""
        import pandas as pd

        from ..engine import valuation  # scipy only when needed

        terms = self._get_terms(company)
        values = self.env["customer.account.value"]
        values._forget_opted_out(company)
        parts = [part._get_data() for part in self._get_parts(company)]
        observed = pd.concat(parts) if parts else values._observe(company, terms, 0, 0)
        lesson = valuation.learn(observed, values._settle(company, terms))
        model = self.env["customer.value.model"]._keep(company, lesson, terms.date)
        if not parts:
            self._write_total(model, self)

    @api.model
    def _value_next(self, company):
        """Value the next of the observed accounts; return how many.

        After the last of them the value of the portfolio is written.
        """
        from ..engine import learnt  # scipy only when needed

        model = self.env["customer.value.model"]._get_latest(company)
        parts = self._get_parts(company)
        part = parts.search([("id", "in", parts.ids), ("data", "!=", False)], limit=1)
        if not part:
            return 0
        values = self.env["customer.account.value"]
        terms = self._get_terms(company)
        valued = values._get_values(
            company,
            part._get_data(),
            values._settle(company, terms),
            learnt.Learnt.from_dict(model.learnt),
        )
        part.write(
            {"value": valued["value"].sum(), "variance": valued.pop("variance").sum()}
        )
        values._write_values(company, model, valued, terms.date)
        values.invalidate_model()
        part._set_data(None)
        # there is more to do after a part none of whose customers may be profiled, too
        count = part.account_count or 1
        if part == parts[-1]:
            self._write_total(model, parts)
        return count

    @api.model
    def _write_total(self, model, parts):
        """Write what the portfolio is worth, and forget the parts."""
        from ..engine import learnt, uncertainty  # scipy only when needed

        total = sum(parts.mapped("value"))
        low, high = uncertainty.total_interval(
            total,
            parts.mapped("variance"),
            learnt.Learnt.from_dict(model.learnt).common_error,
        )
        model.write(
            {
                "account_count": sum(parts.mapped("account_count")),
                "total": total,
                "total_low": low,
                "total_high": high,
            }
        )
        parts.unlink()

    @api.model
    def _get_parts(self, company):
        return self.search([("company_id", "=", company.id)], order="id")

    def _set_data(self, data):
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE customer_account_observation SET data = %s WHERE id = %s",
                data and psycopg2.Binary(data),
                self.id,
            )
        )
        self.invalidate_recordset(["data"])

    def _get_data(self):
        from ..engine import packing  # numpy only when needed

        [[data]] = self.env.execute_query(
            SQL("SELECT data FROM customer_account_observation WHERE id = %s", self.id)
        )
        return packing.unpack(bytes(data))
