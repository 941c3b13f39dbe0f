import re
from datetime import timedelta

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

    def _get_changes(self, company, since):
        """Return whose count changed since a moment while no invoice or timesheet did.

        A driver that counts other documents, or time that goes by, has a method
        ``_get_<code>_changes`` with these arguments and this result.

        :param since: datetime, of the dates of change that documents carry
        :return: SQL selecting the partner_id of commercial partners, or None
        """
        self.ensure_one()
        changes = getattr(self, f"_get_{self.code}_changes", None)
        return changes and changes(company, since)

    @api.model_create_multi
    def create(self, vals_list):
        drivers = super().create(vals_list)
        drivers._note_everybody()
        return drivers

    def write(self, vals):
        if not {"active", "code"}.isdisjoint(vals):
            self._note_everybody()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_note_everybody(self):
        self._note_everybody()

    def _note_everybody(self):
        """Note that serving costs change for everybody with rates of the drivers."""
        self.env["customer.cost.rate"]._search_all(
            [("driver_id", "in", self.ids)]
        )._note_everybody()

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
             CROSS JOIN LATERAL generate_series(
                       date_trunc(
                           'month', GREATEST(late.due + 1, %(start)s)::timestamp),
                       LEAST(late.paid, %(end)s - 1)::timestamp,
                       interval '1 month'
                   ) month
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
            start=SQL("%s::date", start),
            end=SQL("%s::date", end),
        )

    def _get_late_day_changes(self, company, since):
        """Who has invoices that are overdue now, or were until not long ago.

        Days go by without a change of any document. Payments may be of a day to come.
        """
        tomorrow = fields.Date.context_today(self) + timedelta(days=1)
        return SQL(
            "SELECT late.partner_id FROM ((%s) UNION ALL (%s)) late",
            self._get_paid_late(company, since.date(), tomorrow),
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
        return SQL(
            """
            SELECT partner.commercial_partner_id AS partner_id, line.company_id,
                   line.id AS line_id, GREATEST(line.date_maturity, line.date) AS due,
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
               AND %(condition)s
             GROUP BY partner.commercial_partner_id, line.id
            """,
            today=fields.Date.context_today(self),
            start=start,
            condition=self._get_due_condition(company, end),
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
              FROM account_move_line line
              JOIN account_move move ON move.id = line.move_id
              LEFT JOIN res_partner partner ON partner.id = line.partner_id
              LEFT JOIN LATERAL (
                   SELECT MAX(payment.date) AS date
                     FROM account_move__account_payment link
                     JOIN account_payment payment ON payment.id = link.payment_id
                    WHERE link.invoice_id = move.id
                      AND payment.state IN ('in_process', 'paid')
                   ) registered ON move.payment_state IN ('in_payment', 'paid')
             WHERE line.reconciled IS NOT TRUE
               AND line.date_maturity < %(today)s
               AND %(condition)s
            """,
            today=fields.Date.context_today(self),
            condition=self._get_due_condition(company, end),
        )

    def _get_due_condition(self, company, end):
        return SQL(
            """
            line.display_type = 'payment_term'
            AND line.parent_state = 'posted'
            AND line.balance > 0
            AND line.company_id IN %(companies)s
            AND line.date_maturity < %(end)s::date - 1
            AND move.move_type IN ('out_invoice', 'out_receipt')
            """,
            companies=tuple(company.ids),
            end=end,
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
