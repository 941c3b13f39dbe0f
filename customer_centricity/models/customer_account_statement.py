from functools import partial

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date, format_list
from odoo.tools.date_utils import relativedelta

# What may be shown of one document, and to whom: an amount of a timesheet tells what an
# hour of a colleague costs.
DOCUMENT_GROUPS = {
    "revenue": ("account.group_account_invoice", "account.group_account_readonly"),
    "product_cost": ("account.group_account_invoice", "account.group_account_readonly"),
    "other_cost": ("account.group_account_invoice", "account.group_account_readonly"),
    "time_cost": ("hr_timesheet.group_hr_timesheet_approver",),
    "serving_cost": ("customer_centricity.group_manager",),
}
# How many periods are told at most, the last one under way
PERIODS = {"month": 13, "year": 10}
# Facts that the notes of a statement tell besides its lines
NOTES = (
    "refund_amount",
    "estimated_cost",
    "uncosted_revenue",
    "hours",
    "uncosted_hours",
    "order_count",
)
# Costs in the order in which they eat from the revenue
COSTS = ("product_cost", "time_cost", "other_cost", "serving_cost")


class CustomerAccount(models.Model):
    """The account's profit and loss, from revenue to profit, by month or year."""

    _inherit = "customer.account"

    def action_open_statement(self):
        """Open the account's profit and loss."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.client",
            "tag": "customer_centricity.profit_statement",
            "name": self.env._("Profit and loss: %s", self.display_name),
            "params": {"account_id": self.id},
            "context": {"active_id": self.id, "active_model": self._name},
        }

    @api.readonly
    def get_profit_statement(self, unit="window"):
        """Return what is shown as the account's profit and loss.

        :param unit: ``month``, ``year`` (fiscal years) or ``window``, the closed months
            that the account's figures cover
        :return: dict of

            - account, currency_id, as_of: whose it is, and when it was brought up to
              date
            - is_empty: True for an account that no month has figures of
            - periods: list of dict of key, label, start, end (the day after) and
              is_open (not over yet), the latest last
            - lines: list of dict of key, label, amounts (one a period; costs below 0),
              kind (of the documents behind it; False for sums), opens (whether the
              user may open these documents) and is_total
            - notes: dict of lists, one value a period: see NOTES
            - hints: list of texts, why some documents cannot be opened
        """
        self.ensure_one()
        self.check_access("read")
        self._check_field_access(self._fields["profit"], "read")
        first = self.env["customer.profit.month"].search(
            [("account_id", "=", self.id)], order="month", limit=1
        )
        today = fields.Date.context_today(self)
        periods = self._get_periods(unit, today, first.month)
        sums = self._get_period_sums(periods)
        # sudo: the time of the refresh is no figure
        as_of = self.company_id.sudo().customer_refresh_date
        return {
            "account": self.display_name,
            "currency_id": self.currency_id.id,
            "as_of": fields.Datetime.to_string(as_of) if as_of else False,
            "is_empty": not first,
            "periods": [
                {
                    "key": fields.Date.to_string(start),
                    "label": label,
                    "start": fields.Date.to_string(start),
                    "end": fields.Date.to_string(end),
                    "is_open": start <= today < end,
                }
                for label, start, end in periods
            ],
            "lines": self._get_statement_lines(sums),
            "notes": {name: [total[name] for total in sums] for name in NOTES},
            "hints": self._get_document_hints(),
        }

    def _get_periods(self, unit, today, first_month):
        """Return (label, first day, day after the last) of the periods told.

        All are whole months: figures of days there are none.
        """
        # sudo: the window and the fiscal year are settings, not figures
        company = self.company_id.sudo()
        if unit == "window":
            return [(self.window_label, *self._get_window(company))]
        if unit == "month":
            return self._get_months(today)
        if unit == "year":
            return self._get_years(company, today, first_month or today)
        raise UserError(
            self.env._("A profit and loss is by month or by year, not by %s.", unit)
        )

    def _get_months(self, today):
        month = today.replace(day=1)
        starts = [
            month - relativedelta(months=back)
            for back in reversed(range(PERIODS["month"]))
        ]
        return [
            (
                format_date(self.env, start, date_format="MMM yyyy"),
                start,
                start + relativedelta(months=1),
            )
            for start in starts
        ]

    @api.model
    def _get_years(self, company, today, first_month):
        """Return the fiscal years from that of the account's first month on."""
        years = []
        while not years or (
            len(years) < PERIODS["year"] and first_month < years[-1][1]
        ):
            year = company.compute_fiscalyear_dates(today)
            # A year that begins within a month begins with the nearest whole month
            start, end = (
                (day + relativedelta(days=15)).replace(day=1)
                for day in (year["date_from"], year["date_to"] + relativedelta(days=1))
            )
            last = end - relativedelta(days=1)
            label = str(last.year)
            if start.year != last.year:
                label = f"{start.year}–{last.year}"
            years.append((label, start, end))
            today = year["date_from"] - relativedelta(days=1)
        return years[::-1]

    def _get_period_sums(self, periods):
        """Return the sums of the account's months, a dict a period."""
        month_facts = self.env["customer.profit.month"]
        names = ("revenue", *COSTS, "profit", *NOTES)
        # Sums of floats have more decimals than what was summed
        rounding = {
            name: self.currency_id.round
            if month_facts._fields[name].type == "monetary"
            else partial(round, ndigits=2)
            for name in names
        }
        rows = month_facts._read_group(
            [
                ("account_id", "=", self.id),
                ("month", ">=", periods[0][1]),
                ("month", "<", periods[-1][2]),
            ],
            groupby=["month:day"],
            aggregates=[f"{name}:sum" for name in names],
        )
        sums = []
        for _label, start, end in periods:
            within = [row[1:] for row in rows if start <= row[0] < end]
            total = {
                name: rounding[name](sum(values))
                for name, *values in zip(names, *within, strict=True)
            }
            total["acquisition_cost"] = self._get_acquisition_share(start, end)
            sums.append(total)
        return sums

    def _get_statement_lines(self, sums):
        currency = self.currency_id
        labels = self._get_figure_labels()
        lines = [
            {
                "key": kind,
                "label": labels[kind],
                "kind": kind,
                "opens": self._may_open_items(kind),
                "is_total": False,
                # without the minus of a zero
                "amounts": [sign * total[kind] or 0.0 for total in sums],
            }
            for sign, kind in ((1, "revenue"), *((-1, cost) for cost in COSTS))
        ]
        lines.append(self._get_total_line("profit", self.env._("Profit"), sums))
        if any(total["acquisition_cost"] for total in sums):
            # sudo: over how many months is a setting, not a figure
            months = self.company_id.sudo().customer_acquisition_months
            for total in sums:
                total["remaining"] = currency.round(
                    total["profit"] - total["acquisition_cost"]
                )
                total["acquisition_share"] = -total["acquisition_cost"] or 0.0
            label = self.env._("Acquisition cost, spread over %s months", months)
            acquisition = self._get_total_line("acquisition_share", label, sums)
            lines.append({**acquisition, "is_total": False})
            label = self.env._("Profit after acquisition")
            lines.append(self._get_total_line("remaining", label, sums))
        return lines

    @api.model
    def _get_total_line(self, key, label, sums):
        return {
            "key": key,
            "label": label,
            "kind": False,
            "opens": False,
            "is_total": True,
            "amounts": [total[key] for total in sums],
        }

    @api.model
    def _get_figure_labels(self):
        kind = self.env["customer.profit.item"]._fields["kind"]
        return dict(kind._description_selection(self.env))

    @api.model
    def _may_open_items(self, kind):
        return self.env.user.has_groups(",".join(DOCUMENT_GROUPS[kind]))

    @api.model
    def _get_document_hints(self):
        """Return why the documents of some figures are not for the user."""
        labels = self._get_figure_labels()
        refused = {}
        for kind in DOCUMENT_GROUPS:
            if not self._may_open_items(kind):
                reason = self._get_no_documents_message(kind)
                refused.setdefault(reason, []).append(labels[kind])
        return [
            self.env._(
                "The documents of %(figures)s do not open for you. %(reason)s",
                figures=format_list(self.env, figures),
                reason=reason,
            )
            for reason, figures in refused.items()
        ]

    @api.readonly
    def action_open_items(self, kind, start, end):
        """Open exactly the documents that a figure is made of.

        :param kind: a kind of money, see ``customer.profit.item``
        :param start, end: first day, and the day after the last, as text
        """
        self.ensure_one()
        self.check_access("read")
        self._check_field_access(self._fields["profit"], "read")
        if kind not in DOCUMENT_GROUPS:
            raise UserError(self.env._("No figure is called %s.", kind))
        if not self._may_open_items(kind):
            raise AccessError(self._get_no_documents_message(kind))
        try:
            start, end = map(fields.Date.to_date, (start, end))
            last = end - relativedelta(days=1)
        except (TypeError, ValueError, OverflowError):
            raise UserError(
                self.env._("A figure is of a period: a first day, and the day after.")
            ) from None
        period = [fields.Date.to_string(day) for day in (start, end)]
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_centricity.customer_profit_item_action"
        )
        return {
            **action,
            "display_name": self.env._(
                "%(figure)s, %(start)s to %(end)s, %(account)s",
                figure=self._get_figure_labels()[kind],
                account=self.display_name,
                start=format_date(self.env, start),
                end=format_date(self.env, last),
            ),
            "domain": [
                ("account_id", "=", self.id),
                ("kind", "=", kind),
                ("date", ">=", period[0]),
                ("date", "<", period[1]),
            ],
            "context": {
                "customer_account_id": self.id,
                "customer_kind": kind,
                "customer_period": period,
            },
        }

    def _get_no_documents_message(self, kind):
        if kind == "time_cost":
            return self.env._(
                "The amounts of timesheets tell what colleagues cost, so they are for "
                "who approves all timesheets (right “Timesheets: User: all "
                "timesheets” or above)."
            )
        return self.env._(
            "Invoices and bills are for who has a right of Odoo's Invoicing app "
            "(“Billing” or “Read-only”)."
        )

    # ------------------------------------------------------------------
    # What it cost to win the account
    # ------------------------------------------------------------------

    def _get_acquisition_share(self, start, end):
        """Return the part of the acquisition cost that falls on some months."""
        from ..engine import acquisition  # numpy only when needed

        self.ensure_one()
        if not self.acquisition_cost or not self.first_order_date:
            return 0.0
        # sudo: over how many months is a setting, not a figure
        months = self.company_id.sudo().customer_acquisition_months
        first = _month_number(self.first_order_date)
        ages = range(_month_number(start) - first, _month_number(end) - first)
        shares = acquisition.monthly_shares(
            self.acquisition_cost, months, ages, self.currency_id.decimal_places
        )
        return self.currency_id.round(float(shares.sum()))


def _month_number(day):
    return 12 * day.year + day.month
