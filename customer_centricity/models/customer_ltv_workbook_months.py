from odoo import api, models

from .customer_ltv_workbook_sheets import NUMBER_ROW
from .ltv_workbook import quoted

# Rows and columns, counted from 0
MONTH_COLUMN = 2
MONTH_ROWS = {"month": 2, "days": 3, "worth": 4, "weight": 5}
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
        from xlsxwriter.utility import xl_rowcol_to_cell as cell  # only when needed

        from ..engine import lifetime_value as engine  # numpy only when needed

        months, name = valued.settings.months, names["months"]
        ends = engine.month_ends(months)
        worth = engine.discount_factors(months, valued.settings.yearly_rate)
        weights = engine.curve_weights(months, valued.settings.yearly_rate)
        worksheet.set_column(0, 0, 10)
        worksheet.set_column(1, 1, 34)
        worksheet.write_string(0, 0, name, book.format_of("title"))
        labels = {
            "month": self.env._("Month"),
            "days": self.env._("Ends in so many days"),
            "worth": self.env._("What 1 at its end is worth today"),
            "weight": self.env._("Less that of the month after"),
        }
        columns = range(MONTH_COLUMN, MONTH_COLUMN + months)
        for key, row in MONTH_ROWS.items():
            worksheet.write_string(row, 1, labels[key])
            for index, column in enumerate(columns):
                month = cell(MONTH_ROWS["month"], column)
                if key == "month":
                    worksheet.write_number(
                        row, column, index + 1, book.format_of("count")
                    )
                elif key == "days":
                    worksheet.write_formula(
                        row,
                        column,
                        f"={month}*days_per_month",
                        book.format_of("days"),
                        ends[index],
                    )
                elif key == "worth":
                    worksheet.write_formula(
                        row,
                        column,
                        f"=IF({month}<=horizon_months,"
                        f"(1+discount_rate)^(-{month}/12),0)",
                        book.format_of("factor"),
                        worth[index],
                    )
                else:
                    this, after = (
                        cell(MONTH_ROWS["worth"], column + step) for step in (0, 1)
                    )
                    after = after if index + 1 < months else "0"
                    worksheet.write_formula(
                        row,
                        column,
                        f"={this}-{after}",
                        book.format_of("factor"),
                        weights[index],
                    )
        first, last = (
            cell(0, column, col_abs=True)[:-1] for column in (columns[0], columns[-1])
        )
        for key, row in (("month_days", "days"), ("month_weights", "weight")):
            number = MONTH_ROWS[row] + 1
            book.book.define_name(
                key, f"={quoted(name)}!{first}${number}:{last}${number}"
            )
        worksheet.write_string(
            NUMBER_ROW - 1, 0, self.env._("Numbers"), book.format_of("head")
        )
        for index in range(self._get_number_count(work)):
            worksheet.write_number(NUMBER_ROW + index, 0, index + 1)
        worksheet.freeze_panes(0, MONTH_COLUMN)

    @api.model
    def _get_number_count(self, work):
        return int(work.numbers.max(initial=1))

    # ------------------------------------------------------------------
    # One account
    # ------------------------------------------------------------------

    @api.model
    def _write_one(self, book, worksheet, valued, methods, work, names, numbers_range):
        """Write one account, by its place on the sheets, month by month."""
        count, months = len(methods), valued.settings.months
        words, table = self._get_column_words(), work.table
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
        if not count:
            return
        yellow = book.format_of("count", bg_color="#FFF2CC")
        worksheet.write_string(2, 0, self.env._("Place"))
        worksheet.write_number(2, 1, 1, yellow)
        worksheet.data_validation(
            2,
            1,
            2,
            1,
            {
                "validate": "integer",
                "criteria": "between",
                "minimum": 1,
                "maximum": count,
            },
        )
        value = table["discounted_orders"].iloc[0] * table["order_profit"].iloc[0]
        value = 0 if value != value else value  # noqa: PLR0124 (not a number)
        last = ONE_MONTH_ROW + months
        worksheet.write_string(2, 3, self.env._("Sum of the months"))
        worksheet.write_formula(
            2,
            5,
            f"=SUM(F{ONE_MONTH_ROW + 1}:F{last})",
            book.format_of("money", bold=True),
            value,
        )
        labels = dict(
            self.env["customer.account"]
            ._fields["value_method"]
            ._description_selection(self.env)
        )
        rows = [
            ("account", valued.rows["name"].fillna("").iloc[0]),
            ("method", labels[methods[0]]),
        ]
        names_here = [
            *ONE_NAMES,
            *(f"phase_{j}" for j in range(1, valued.learnt.purchase_model.regularity)),
        ]
        rows += [(name, table[name].iloc[0]) for name in names_here]
        cells = {}
        for row, (name, value) in enumerate(rows, ONE_ROW - 1):
            looks = {"order_profit": "money", "value": "money"}.get(name, "number")
            value = 0 if value != value else value  # noqa: PLR0124 (not a number)
            worksheet.write_string(row, 0, words[name][0])
            worksheet.write_formula(
                row,
                1,
                f"=INDEX({book.range_of(name, count)},$B$3)",
                book.format_of("text" if isinstance(value, str) else looks),
                value,
            )
            cells[name] = f"$B${row + 1}"
        self._write_one_months(
            book, worksheet, valued, methods, work, cells, labels, numbers_range
        )

    @api.model
    def _write_one_months(
        self, book, worksheet, valued, methods, work, cells, labels, numbers_range
    ):
        from ..engine import lifetime_value as engine  # numpy only when needed
        from ..engine import workings

        months, method = valued.settings.months, methods[0]
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
        numbers = f"{numbers_range}{NUMBER_ROW + self._get_number_count(work)}"
        formulas = workings.month_formulas(valued.learnt.purchase_model.regularity)
        made = {
            key: self._fill_cells(formula, cells, numbers)
            for key, formula in formulas.items()
        }
        curve = workings.month_by_month(
            valued.observed.iloc[:1], method, valued.settings, valued.learnt
        )
        worth = engine.discount_factors(months, valued.settings.yearly_rate)
        profit = work.table["order_profit"].iloc[0]
        before = 0.0
        kinds = ("count", "number", "number", "factor", "money", "money")
        for index in range(months):
            row = ONE_MONTH_ROW + index
            number = row + 1
            until = float(curve[index])
            until = 0.0 if until != until else until  # noqa: PLR0124
            factor = 1.0 if method == "plain" else float(worth[index])
            orders = until - before
            gain = 0.0 if profit != profit else orders * profit  # noqa: PLR0124
            days = f"($A{number}*days_per_month)"
            plain = labels["plain"].replace('"', '""')
            contract = labels["contract"].replace('"', '""')
            chance = labels["probabilistic"].replace('"', '""')
            who = cells["method"]
            until_formula = (
                f'=IF({who}="{chance}",{made["probabilistic"].replace("@", days)},'
                f'IF({who}="{contract}",{made["contract"].replace("@", days)},'
                f'IF({who}="{plain}",{cells["expected_orders"]}*$A{number}'
                "/horizon_months,0)))"
            )
            previous = f"-B{number - 1}" if index else ""
            factor_formula = (
                f'=IF($A{number}>horizon_months,0,IF({who}="{plain}",1,'
                f"(1+discount_rate)^(-$A{number}/12)))"
            )
            row_values = (
                (index + 1, None),
                (until, until_formula),
                (orders, f"=B{number}{previous}"),
                (factor, factor_formula),
                (gain, f"=C{number}*{cells['order_profit']}"),
                (gain * factor, f"=E{number}*D{number}"),
            )
            for column, (value, formula) in enumerate(row_values):
                looks = book.format_of(kinds[column])
                if formula:
                    worksheet.write_formula(row, column, formula, looks, value)
                else:
                    worksheet.write_number(row, column, value, looks)
            before = until

    @api.model
    def _fill_cells(self, formula, cells, numbers):
        return formula.format_map({**cells, "numbers": numbers})
