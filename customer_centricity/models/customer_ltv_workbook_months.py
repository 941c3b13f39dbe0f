from odoo import api, models

from .customer_ltv_workbook_sheets import NUMBER_ROW
from .ltv_workbook import quoted

# Rows and columns, counted from 0
MONTH_COLUMN = 2
MONTH_ROWS = {"month": 2, "days": 3, "worth": 4, "weight": 5}
MONTH_KINDS = {"month": "count", "days": "days", "worth": "factor", "weight": "factor"}
ONE_ROW = 4
ONE_MONTH_ROW = 30
# In the list of one account's numbers
ONE_NAMES = (
    "share",
    "alive",
    "alive_terms",
    "stay_scale",
    "frequency",
    "age",
    "shape",
    "made",
    "orders_each",
    "gap",
    "passed",
    "expected_orders",
    "order_profit",
    "value",
)


class CustomerLtvWorkbook(models.AbstractModel):
    """The months that sums go over, and one account month by month."""

    _inherit = "customer.ltv.workbook"

    @api.model
    def _write_months(self, book, worksheet, valued, work, names):
        """Write the months, and what money of each is worth; the numbers below."""
        worksheet.set_column(0, 0, 10)
        worksheet.set_column(1, 1, 34)
        worksheet.write_string(0, 0, names["months"], book.format_of("title"))
        labels = {
            "month": self.env._("Month"),
            "days": self.env._("Ends in so many days"),
            "worth": self.env._("What 1 at its end is worth today"),
            "weight": self.env._("Less that of the month after"),
        }
        for key, row in MONTH_ROWS.items():
            worksheet.write_string(row, 1, labels[key])
            looks = book.format_of(MONTH_KINDS[key])
            cells = self._get_month_cells(key, valued.settings)
            for column, (value, formula) in enumerate(cells, MONTH_COLUMN):
                book.write_value(worksheet, row, column, value, formula, looks)
        self._name_months(book, valued.settings.months, names["months"])
        worksheet.write_string(
            NUMBER_ROW - 1, 0, self.env._("Numbers"), book.format_of("head")
        )
        for index in range(self._get_number_count(work)):
            worksheet.write_number(NUMBER_ROW + index, 0, index + 1)
        worksheet.freeze_panes(0, MONTH_COLUMN)

    @api.model
    def _get_month_cells(self, key, settings):
        """Return pairs of value and formula of a row of months, from the first on."""
        from xlsxwriter.utility import xl_rowcol_to_cell as cell  # only when needed

        from ..engine import lifetime_value as engine  # numpy only when needed

        count, rate = settings.months, settings.yearly_rate
        columns = range(MONTH_COLUMN, MONTH_COLUMN + count)
        months = [cell(MONTH_ROWS["month"], column) for column in columns]
        if key == "month":
            values, formulas = range(1, count + 1), [None] * count
        elif key == "days":
            values = engine.month_ends(count)
            formulas = [f"={month}*days_per_month" for month in months]
        elif key == "worth":
            values = engine.discount_factors(count, rate)
            formulas = [
                f"=IF({month}<=horizon_months,(1+discount_rate)^(-{month}/12),0)"
                for month in months
            ]
        else:
            values = engine.curve_weights(count, rate)
            worth = [cell(MONTH_ROWS["worth"], column) for column in columns]
            formulas = [
                f"={this}-{after}"
                for this, after in zip(worth, [*worth[1:], "0"], strict=True)
            ]
        return list(zip(values, formulas, strict=True))

    @api.model
    def _name_months(self, book, count, sheet):
        """Give names to the rows of months that the formulas of accounts go over."""
        from xlsxwriter.utility import xl_col_to_name  # only when needed

        first, last = (
            xl_col_to_name(column, col_abs=True)
            for column in (MONTH_COLUMN, MONTH_COLUMN + count - 1)
        )
        for key, row in (("month_days", "days"), ("month_weights", "weight")):
            number = MONTH_ROWS[row] + 1
            book.book.define_name(
                key, f"={quoted(sheet)}!{first}${number}:{last}${number}"
            )

    @api.model
    def _get_number_count(self, work):
        return int(work.numbers.max(initial=1))

    # ------------------------------------------------------------------
    # One account
    # ------------------------------------------------------------------

    @api.model
    def _write_one(self, book, worksheet, valued, methods, work, names, numbers_range):
        """Write one account, by its place on the sheets, month by month."""
        for column, width in enumerate((34, 18, 16, 16, 16, 18, 18)):
            worksheet.set_column(column, column, width)
        worksheet.write_string(0, 0, names["one"], book.format_of("title"))
        worksheet.write_string(
            1,
            0,
            self.env._(
                "Type the place of an account (1 is the first row of the sheets) into "
                "the yellow cell."
            ),
            book.format_of("line"),
        )
        if not methods:
            return
        labels = dict(
            self.env["customer.account"]
            ._fields["value_method"]
            ._description_selection(self.env)
        )
        self._write_one_place(book, worksheet, valued, methods, work)
        cells = self._write_one_numbers(book, worksheet, valued, methods, work, labels)
        numbers = f"{numbers_range}{NUMBER_ROW + self._get_number_count(work)}"
        until = self._get_until_formula(valued, cells, labels, numbers)
        self._write_one_months(
            book, worksheet, valued, methods, work, cells, labels, until
        )

    @api.model
    def _write_one_place(self, book, worksheet, valued, methods, work):
        """Write where the account's place is typed, and what its months come to."""
        worksheet.write_string(2, 0, self.env._("Place"))
        worksheet.write_number(2, 1, 1, book.format_of("count", bg_color="#FFF2CC"))
        worksheet.data_validation(
            2,
            1,
            2,
            1,
            {
                "validate": "integer",
                "criteria": "between",
                "minimum": 1,
                "maximum": len(methods),
            },
        )
        table = work.table
        value = table["discounted_orders"].iloc[0] * table["order_profit"].iloc[0]
        last = ONE_MONTH_ROW + valued.settings.months
        worksheet.write_string(2, 3, self.env._("Sum of the months"))
        worksheet.write_formula(
            2,
            5,
            f"=SUM(F{ONE_MONTH_ROW + 1}:F{last})",
            book.format_of("money", bold=True),
            self._zero_if_none(value),
        )

    @api.model
    def _write_one_numbers(self, book, worksheet, valued, methods, work, labels):
        """Write what the sheets have of the account; return the cells by name."""
        words = self._get_column_words()
        names = [
            *ONE_NAMES,
            *(f"phase_{j}" for j in range(1, valued.learnt.purchase_model.regularity)),
        ]
        rows = [
            ("account", valued.rows["name"].fillna("").iloc[0]),
            ("method", labels[methods[0]]),
            *((name, work.table[name].iloc[0]) for name in names),
        ]
        cells = {}
        for row, (name, value) in enumerate(rows, ONE_ROW - 1):
            looks = {"order_profit": "money", "value": "money"}.get(name, "number")
            worksheet.write_string(row, 0, words[name][0])
            worksheet.write_formula(
                row,
                1,
                f"=INDEX({book.range_of(name, len(methods))},$B$3)",
                book.format_of("text" if isinstance(value, str) else looks),
                self._zero_if_none(value),
            )
            cells[name] = f"$B${row + 1}"
        return cells

    @api.model
    def _get_until_formula(self, valued, cells, labels, numbers):
        """Return the orders until the end of a month that ``@`` stands for."""
        from ..engine import workings  # numpy only when needed

        formulas = workings.month_formulas(valued.learnt.purchase_model.regularity)
        made = {
            key: formula.format_map({**cells, "numbers": numbers}).replace(
                "@", "(@*days_per_month)"
            )
            for key, formula in formulas.items()
        }
        names = {key: label.replace('"', '""') for key, label in labels.items()}
        who = cells["method"]
        return (
            f'=IF({who}="{names["probabilistic"]}",{made["probabilistic"]},'
            f'IF({who}="{names["contract"]}",{made["contract"]},'
            f'IF({who}="{names["plain"]}",{cells["expected_orders"]}*@'
            "/horizon_months,0)))"
        )

    @api.model
    def _write_one_months(
        self, book, worksheet, valued, methods, work, cells, labels, until
    ):
        heads = (
            self.env._("Month"),
            self.env._("Orders until its end"),
            self.env._("Orders of the month"),
            self.env._("1 is worth today"),
            self.env._("Profit of the orders"),
            self.env._("Worth today"),
        )
        for column, text in enumerate(heads):
            worksheet.write_string(
                ONE_MONTH_ROW - 1, column, text, book.format_of("head")
            )
        kinds = ("count", "number", "number", "factor", "money", "money")
        plain = labels["plain"].replace('"', '""')
        months = self._get_one_months(valued, methods[0], work)
        for index, values in enumerate(months):
            row = ONE_MONTH_ROW + index
            number = row + 1
            formulas = (
                None,
                until.replace("@", f"$A{number}"),
                f"=B{number}-B{number - 1}" if index else f"=B{number}",
                f'=IF($A{number}>horizon_months,0,IF({cells["method"]}="{plain}",1,'
                f"(1+discount_rate)^(-$A{number}/12)))",
                f"=C{number}*{cells['order_profit']}",
                f"=E{number}*D{number}",
            )
            for column, (value, formula, kind) in enumerate(
                zip(values, formulas, kinds, strict=True)
            ):
                looks = book.format_of(kind)
                book.write_value(worksheet, row, column, value, formula, looks)

    @api.model
    def _get_one_months(self, valued, method, work):
        """Return what the cells of each month of the first account come to."""
        from ..engine import lifetime_value as engine  # numpy only when needed
        from ..engine import workings

        settings = valued.settings
        curve = workings.month_by_month(
            valued.observed.iloc[:1], method, settings, valued.learnt
        )
        worth = engine.discount_factors(settings.months, settings.yearly_rate)
        profit = work.table["order_profit"].iloc[0]
        months, before = [], 0.0
        for number, (until, factor) in enumerate(
            zip(curve.tolist(), worth.tolist(), strict=True), 1
        ):
            until = self._zero_if_none(until)
            if method == "plain":
                factor = 1.0
            orders = until - before
            gain = self._zero_if_none(orders * profit)
            months.append((number, until, orders, factor, gain, gain * factor))
            before = until
        return months

    @api.model
    def _zero_if_none(self, value):
        """Return 0 for what is not a number: a cell without a number counts as 0."""
        return 0 if value != value else value  # noqa: PLR0124
