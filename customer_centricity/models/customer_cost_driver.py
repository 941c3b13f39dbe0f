import re
from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL


class CustomerCostDriver(models.Model):
    """What serving a customer consists of, counted in documents: invoices, late days.

    A driver is a record with a code, and a method of this model named after the code:
    an addon adds both. What one unit costs is said by rates (customer.cost.rate).

    All drivers see customers as the facts do: a document belongs to the commercial
    entity of today of the contact noted on its ledger entries, and only posted
    documents count. Counting does not look at what was taken back later: an invoice
    that was credited had to be written all the same.
    """

    _name = "customer.cost.driver"
    _description = "Cost Driver"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True, help="Technical name; the method that counts is named after it."
    )
    unit = fields.Char(
        required=True, translate=True, help="What one of it is called, e.g. invoice."
    )
    description = fields.Text(translate=True, help="What is counted, and when.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _code_unique = models.Constraint(
        "UNIQUE(code)", "There is another cost driver with this code."
    )

    @api.constrains("code")
    def _check_code(self):
        for driver in self:
            if not driver._is_known():
                raise ValidationError(
                    self.env._(
                        "No installed app counts the cost driver “%s”.", driver.code
                    )
                )

    def _is_known(self):
        """Return whether an installed addon counts this driver."""
        self.ensure_one()
        # no name of an attribute with another meaning may be put together
        return bool(re.fullmatch(r"[a-z][a-z0-9_]*", self.code or "")) and hasattr(
            type(self), f"_get_{self.code}_rows"
        )

    def _get_rows(self, company, start, end):
        """Return what the driver counts, dated from start to before end.

        To add a driver, add a record and a method ``_get_<code>_rows`` with these
        arguments and this result. Rows that stand for the count of a month are dated
        on its first day, and count the whole month.

        :param company: one or several companies
        :param start, end: dates, or SQL of dates
        :return: SQL selecting partner_id (commercial partner or NULL), company_id,
            date, quantity (numeric), res_model and res_id of the document (or NULL).
            partner_id is a plain column or a key of the grouping, so that a condition
            on it finds its way to the documents.
        """
        self.ensure_one()
        return getattr(self, f"_get_{self.code}_rows")(company, start, end)

    def _get_ageing_partners(self, company, since):
        """Return whose rows have changed by the passing of time alone, or None.

        A driver that has such rows adds a method ``_get_<code>_ageing``.

        :param since: the day on which the rows were taken last
        :return: SQL selecting partner_id of all whose rows may have changed
            since then though none of their documents did
        """
        self.ensure_one()
        ageing = getattr(self, f"_get_{self.code}_ageing", None)
        return ageing and ageing(company, since)

    # ------------------------------------------------------------------
    # One method a driver
    # ------------------------------------------------------------------

    def _get_invoice_rows(self, company, start, end):
        """Invoices and receipts, each on its accounting date."""
        return self._get_document_rows(
            company, start, end, ("out_invoice", "out_receipt")
        )

    def _get_credit_note_rows(self, company, start, end):
        """Credit notes, each on its accounting date."""
        return self._get_document_rows(company, start, end, ("out_refund",))

    def _get_invoice_line_rows(self, company, start, end):
        """Lines of invoices and receipts, without those of text."""
        return SQL(
            """
            SELECT partner.commercial_partner_id AS partner_id, line.company_id,
                   line.date, 1::numeric AS quantity,
                   'account.move.line' AS res_model, line.id AS res_id
              FROM %(lines)s
             WHERE %(condition)s
            """,
            lines=self._get_line_tables(),
            condition=self._get_line_condition(company, start, end),
        )

    def _get_distinct_product_rows(self, company, start, end):
        """Products an account was invoiced in a month, each once."""
        start, end = self._get_whole_months(start, end)
        return SQL(
            """
            SELECT partner.commercial_partner_id AS partner_id, line.company_id,
                   date_trunc('month', line.date)::date AS date,
                   COUNT(DISTINCT line.product_id)::numeric AS quantity,
                   NULL::varchar AS res_model, NULL::integer AS res_id
              FROM %(lines)s
             WHERE %(condition)s AND line.product_id IS NOT NULL
             GROUP BY partner.commercial_partner_id, line.company_id,
                      date_trunc('month', line.date)
            """,
            lines=self._get_line_tables(),
            condition=self._get_line_condition(company, start, end),
        )

    def _get_extra_hour_rows(self, company, start, end):
        """Hours of a month beyond what the account's service level of today includes.

        An account without service level has no hours included. Hours that belong to
        nobody are no customer's extra hours.
        """
        source = self.env["customer.profit.source"]._get_timesheet_source(company)
        start, end = self._get_whole_months(start, end)
        included = SQL("COALESCE(level.included_hours, 0)::numeric")
        hours = SQL(
            "SUM(sheet.unit_amount::numeric * COALESCE(unit.factor / %s, 1))",
            self.env.ref("uom.product_uom_hour").factor,
        )
        return SQL(
            """
            SELECT %(partner)s AS partner_id, %(company)s AS company_id,
                   date_trunc('month', %(date)s)::date AS date,
                   ROUND(%(hours)s - %(included)s, 2) AS quantity,
                   NULL::varchar AS res_model, NULL::integer AS res_id
              FROM %(tables)s
              LEFT JOIN uom_uom unit ON unit.id = sheet.product_uom_id
              LEFT JOIN customer_account account
                     ON account.partner_id = %(partner)s
                    AND account.company_id = %(company)s
              LEFT JOIN customer_service_level level
                     ON level.id = account.service_level_id
             WHERE %(condition)s
               AND %(date)s >= %(start)s AND %(date)s < %(end)s
               AND %(partner)s IS NOT NULL
             GROUP BY %(partner)s, %(company)s, date_trunc('month', %(date)s),
                      level.included_hours
            HAVING ROUND(%(hours)s - %(included)s, 2) > 0
            """,
            partner=source["partner"],
            company=source["company"],
            date=source["date"],
            tables=source["tables"],
            condition=source["condition"],
            hours=hours,
            included=included,
            start=start,
            end=end,
        )

    def _get_late_day_rows(self, company, start, end):
        """Days that passed in a month between when a payment was due and was made.

        One row for each receivable line of an invoice (an instalment) and month, dated
        on the first of these days. The first late day is the one after the due date,
        or after the invoice's own date if that is later; the last is that of the
        payment, or today. A line counts until its last part is paid.
        """
        return SQL(
            """
            SELECT late.partner_id, late.company_id, part.first_day AS date,
                   (part.last_day - part.first_day + 1)::numeric AS quantity,
                   'account.move.line' AS res_model, late.line_id AS res_id
              FROM ((%(paid)s) UNION ALL (%(unpaid)s)) late
             CROSS JOIN LATERAL %(months)s
             CROSS JOIN LATERAL (
                   SELECT GREATEST(late.due + 1, month::date) AS first_day,
                          LEAST(late.paid, (month + interval '1 month')::date - 1)
                          AS last_day
                   ) part
             WHERE part.first_day >= %(start)s AND part.first_day < %(end)s
               AND part.last_day >= part.first_day
            """,
            paid=self._get_paid_late(company, start, end),
            unpaid=self._get_unpaid_late(company, end),
            months=self._get_late_months(start, end),
            start=SQL("%s::date", start),
            end=SQL("%s::date", end),
        )

    def _get_late_day_ageing(self, company, since):
        """Whoever has something due and not paid, or paid on a day to come then."""
        tomorrow = fields.Date.context_today(self) + timedelta(days=1)
        return SQL(
            "SELECT partner_id FROM ((%s) UNION ALL (%s)) late",
            self._get_paid_late(company, since, tomorrow),
            self._get_unpaid_late(company, tomorrow),
        )

    # ------------------------------------------------------------------
    # Pieces of queries
    # ------------------------------------------------------------------

    def _get_document_rows(self, company, start, end, move_types):
        """One row for each posted document of the given types."""
        return SQL(
            """
            SELECT partner.commercial_partner_id AS partner_id, move.company_id,
                   move.date, 1::numeric AS quantity,
                   'account.move' AS res_model, move.id AS res_id
              FROM account_move move
              LEFT JOIN res_partner partner ON partner.id = move.commercial_partner_id
             WHERE move.state = 'posted'
               AND move.move_type IN %(move_types)s
               AND move.company_id IN %(companies)s
               AND move.date >= %(start)s AND move.date < %(end)s
            """,
            move_types=move_types,
            companies=tuple(company.ids),
            start=start,
            end=end,
        )

    def _get_line_tables(self):
        return SQL(
            """
            account_move_line line
            JOIN account_move move ON move.id = line.move_id
            LEFT JOIN res_partner partner ON partner.id = line.partner_id
            """
        )

    def _get_line_condition(self, company, start, end):
        return SQL(
            """
            line.parent_state = 'posted'
            AND line.display_type = 'product'
            AND move.move_type IN ('out_invoice', 'out_receipt')
            AND line.company_id IN %(companies)s
            AND line.date >= %(start)s AND line.date < %(end)s
            """,
            companies=tuple(company.ids),
            start=start,
            end=end,
        )

    def _get_paid_late(self, company, start, end):
        """Receivable lines that were paid late, the last part from start on.

        Differences of exchange are settled by entries at the end of a month or later,
        which are no payments.
        """
        # Of a sale document only receivable lines have a due date, and only posted
        # ones are settled: every condition more has the planner expect fewer rows, as
        # would the day due, of which there is but one, were it no aggregate.
        return SQL(
            """
            SELECT partner.commercial_partner_id AS partner_id, line.company_id,
                   line.id AS line_id,
                   MAX(GREATEST(line.date_maturity, line.date)) AS due,
                   LEAST(MAX(settled.max_date), %(today)s) AS paid
              FROM account_partial_reconcile settled
              JOIN account_move_line line ON line.id = settled.debit_move_id
              JOIN account_move move ON move.id = line.move_id
              LEFT JOIN res_partner partner ON partner.id = line.partner_id
             WHERE settled.max_date >= %(start)s
               AND settled.max_date > GREATEST(line.date_maturity, line.date)
               AND NOT EXISTS (
                   SELECT FROM account_move_line counterpart
                     JOIN account_partial_reconcile other
                       ON other.exchange_move_id = counterpart.move_id
                    WHERE counterpart.id = settled.credit_move_id
               )
               AND line.reconciled
               AND line.date_maturity < %(end)s::date - 1
               AND line.company_id IN %(companies)s
               AND move.move_type IN ('out_invoice', 'out_receipt')
             GROUP BY partner.commercial_partner_id, line.id
            """,
            today=fields.Date.context_today(self),
            start=start,
            end=end,
            companies=tuple(company.ids),
        )

    def _get_unpaid_late(self, company, end):
        """Receivable lines that are due and not paid up to today.

        Where payments are booked only when the bank confirms them, an invoice is paid
        when its payment was registered.
        """
        return SQL(
            """
            SELECT partner.commercial_partner_id AS partner_id, line.company_id,
                   line.id AS line_id, GREATEST(line.date_maturity, line.date) AS due,
                   LEAST(registered.date, %(today)s) AS paid
              FROM account_move move
              JOIN account_move_line line ON line.move_id = move.id
              LEFT JOIN res_partner partner ON partner.id = line.partner_id
              LEFT JOIN LATERAL (
                   SELECT MAX(payment.date) AS date
                     FROM account_move__account_payment link
                     JOIN account_payment payment ON payment.id = link.payment_id
                    WHERE link.invoice_id = move.id
                      AND payment.state IN ('in_process', 'paid')
                   ) registered ON move.payment_state = 'in_payment'
             WHERE move.journal_id IN (
                   -- for an index of account_move
                   SELECT id FROM account_journal
                    WHERE type = 'sale' AND company_id IN %(companies_above)s
               )
               AND move.state = 'posted'
               AND move.payment_state IN
                   ('not_paid', 'partial', 'in_payment', 'blocked')
               AND move.move_type IN ('out_invoice', 'out_receipt')
               AND line.company_id IN %(companies)s
               AND line.reconciled IS NOT TRUE
               AND line.balance > 0
               AND line.date_maturity < LEAST(%(today)s, %(end)s::date - 1)
            """,
            today=fields.Date.context_today(self),
            end=end,
            companies=tuple(company.ids),
            # branches share the journals of their company
            companies_above=tuple(company.parent_ids.ids),
        )

    def _get_late_months(self, start, end):
        """Return the first days of the months over which ``late`` is told apart."""
        if isinstance(start, date) and isinstance(end, date):
            first = start.replace(day=1)
            if first == (end - timedelta(days=1)).replace(day=1):
                # One month needs no series, of which the planner expects so many rows
                # that it would rather compile the query first.
                return SQL("(SELECT %s::timestamp) series (month)", first)
        return SQL(
            """
            generate_series(
                date_trunc('month', GREATEST(late.due + 1, %s::date)::timestamp),
                LEAST(late.paid, %s::date - 1)::timestamp,
                interval '1 month'
            ) series (month)
            """,
            start,
            end,
        )

    def _get_whole_months(self, start, end):
        """Return the range of the months that begin from start to before end."""

        def first_day(day):
            return SQL(
                "(date_trunc('month', (%s::date - 1)::timestamp)"
                " + interval '1 month')::date",
                day,
            )

        return first_day(start), first_day(end)
