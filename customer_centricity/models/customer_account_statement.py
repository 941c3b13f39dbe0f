from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date
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
# How many periods are told, the last one under way
PERIODS = {"month": 13, "year": 5}
# Facts that the notes of a statement tell besides its lines
NOTES = ("estimated_cost", "uncosted_revenue", "hours", "uncosted_hours", "order_count")


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
            - periods: list of dict of key, label, start and end (the day after)
            - lines: list of dict of key, label, amounts (one a period; costs below 0),
              kind (of the documents behind it; False for sums) and is_total
            - notes: dict of lists, one value a period: see NOTES
        """
        self.ensure_one()
        self.check_access("read")
        self._check_field_access(self._fields["profit"], "read")
        periods = self._get_periods(unit)
        sums = [self._get_period_sums(*period[2:]) for period in periods]
        # sudo: the time of the refresh is no figure
        as_of = self.company_id.sudo().customer_refresh_date
        return {
            "account": self.display_name,
            "currency_id": self.currency_id.id,
            "as_of": fields.Datetime.to_string(as_of) if as_of else False,
            "periods": [
                {
                    "key": key,
                    "label": label,
                    "start": fields.Date.to_string(start),
                    "end": fields.Date.to_string(end),
                }
                for key, label, start, end in periods
            ],
            "lines": self._get_statement_lines(sums),
            "notes": {name: [total[name] for total in sums] for name in NOTES},
        }

    def _get_periods(self, unit):
        """Return (key, label, first day, day after the last) of the periods told."""
        # sudo: the window and the fiscal year are settings, not figures
        company = self.company_id.sudo()
        start, end = self._get_window(company)
        if unit == "window":
            return [("window", self.window_label, start, end)]
        if unit not in PERIODS:
            raise UserError(
                self.env._("A profit and loss is by month or by year, not by %s.", unit)
            )
        today = fields.Date.context_today(self)
        periods = []
        for back in range(PERIODS[unit] - 1, -1, -1):
            if unit == "month":
                start = today.replace(day=1) - relativedelta(months=back)
                end = start + relativedelta(months=1)
                label = format_date(self.env, start, date_format="MMM yyyy")
            else:
                year = company.compute_fiscalyear_dates(
                    today - relativedelta(years=back)
                )
                start, end = year["date_from"], year["date_to"] + relativedelta(days=1)
                label = str(start.year)
                if start.year != year["date_to"].year:
                    label = f"{start.year}–{year['date_to'].year}"
            periods.append((fields.Date.to_string(start), label, start, end))
        return periods

    def _get_period_sums(self, start, end):
        """Return the sums of the account's months from start to before end."""
        names = (
            "revenue",
            "product_cost",
            "time_cost",
            "other_cost",
            "serving_cost",
            "profit",
            *NOTES,
        )
        [row] = self.env["customer.profit.month"]._read_group(
            [("account_id", "=", self.id), ("month", ">=", start), ("month", "<", end)],
            aggregates=[f"{name}:sum" for name in names],
        )
        sums = {name: value or 0 for name, value in zip(names, row, strict=True)}
        sums["acquisition_cost"] = self._get_acquisition_share(start, end)
        return sums

    def _get_statement_lines(self, sums):
        currency = self.currency_id
        costs = {
            "product_cost": self.env._("Product cost"),
            "time_cost": self.env._("Hours"),
            "other_cost": self.env._("Other costs of projects"),
            "serving_cost": self.env._("Cost to serve"),
        }
        lines = [
            {
                "key": "revenue",
                "label": self.env._("Revenue"),
                "kind": "revenue",
                "is_total": False,
                "amounts": [total["revenue"] for total in sums],
            }
        ]
        lines += [
            {
                "key": kind,
                "label": label,
                "kind": kind,
                "is_total": False,
                "amounts": [currency.round(-total[kind]) for total in sums],
            }
            for kind, label in costs.items()
        ]
        lines.append(self._get_total_line("profit", self.env._("Profit"), sums))
        if any(total["acquisition_cost"] for total in sums):
            for total in sums:
                total["remaining"] = currency.round(
                    total["profit"] - total["acquisition_cost"]
                )
                total["acquisition_cost"] = -total["acquisition_cost"]
            label = self.env._("Acquisition cost")
            acquisition = self._get_total_line("acquisition_cost", label, sums)
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
            "is_total": True,
            "amounts": [total[key] for total in sums],
        }

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
        if not self.env.user.has_groups(",".join(DOCUMENT_GROUPS[kind])):
            raise AccessError(self._get_no_documents_message(kind))
        start, end = map(fields.Date.to_date, (start, end))
        item = self.env["customer.profit.item"]
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_centricity.customer_profit_item_action"
        )
        last = end - relativedelta(days=1)
        return {
            **action,
            "display_name": self.env._(
                "%(figure)s of %(account)s, %(start)s to %(end)s",
                figure=dict(item._fields["kind"]._description_selection(self.env))[
                    kind
                ],
                account=self.display_name,
                start=format_date(self.env, start),
                end=format_date(self.env, last),
            ),
            "domain": [
                ("account_id", "=", self.id),
                ("kind", "=", kind),
                ("date", ">=", fields.Date.to_string(start)),
                ("date", "<", fields.Date.to_string(end)),
            ],
            "context": {"customer_account_id": self.id, "customer_kind": kind},
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
