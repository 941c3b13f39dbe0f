"""The workbook of a valuation as a file: where cells are, and how they look.

Every sheet with a row an account has it in the same row, so that a formula finds its
cells by their columns. Rows are written in their order and not kept: memory does not
grow with them.
"""

import re
from dataclasses import dataclass, field

# Rows above the accounts: a title, lines about the sheet or its sums, heads
HEAD_ROW = 8
FIRST_ROW = 9
# Names that a spreadsheet would take for formulas, where they are typed in again
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
MOST_SHEET_NAME = 31
# In formulas, until the row is known
ROW, NUMBERS = "\0", "\1"
# For a border that there is none of
NO_LIMIT = 1e300
CENT = 0.005


@dataclass
class Place:
    """Where a column is: a sheet, and letters."""

    sheet: str
    letters: str

    def _get_reference(self, sheet):
        """Return the cell's name as seen from a sheet, its row still open."""
        prefix = "" if sheet == self.sheet else f"{quoted(self.sheet)}!"
        return f"{prefix}${self.letters}{ROW}"


@dataclass
class Sheet:
    """A sheet with a row an account."""

    name: str
    title: str
    lines: list = field(default_factory=list)
    columns: list = field(default_factory=list)  # LtvColumn


@dataclass
class LtvColumn:
    """A column of such a sheet."""

    name: str
    label: str
    kind: str
    values: list  # None: no such number for the account
    formulas: dict | None = None  # by method, with names in braces
    part: str = ""
    width: int = 14
    given: set = field(default_factory=set)  # rows without the formula


def quoted(sheet):
    """Return a sheet's name as formulas have it.

    >>> quoted("Year's end")
    "'Year''s end'"
    """
    return "'{}'".format(sheet.replace("'", "''"))


def sheet_name(text):
    """Return a text as a sheet may be called.

    >>> sheet_name("Facts: 1/2")
    'Facts  1 2'
    """
    return re.sub(r"[\[\]:*?/\\]", " ", text).strip("' ")[:MOST_SHEET_NAME]


def _quick_worksheet():
    """Return sheets that write formulas as they are.

    To look through each for the names of functions of late, of which there are none,
    would take nine tenths of the time.
    """
    from xlsxwriter.worksheet import Worksheet  # only when needed

    class QuickWorksheet(Worksheet):
        def _prepare_formula(self, formula, *_args, **_options):
            return formula.removeprefix("=")

    return QuickWorksheet


class LtvBook:
    """An .xlsx file on its way."""

    def __init__(self, stream, currency_format):
        import xlsxwriter  # only when needed

        self.book = xlsxwriter.Workbook(stream, {"constant_memory": True})
        self.currency_format = currency_format
        self.places = {}
        self.formats = {}

    def close(self):
        self.book.close()

    # ------------------------------------------------------------------
    # How cells look
    # ------------------------------------------------------------------

    def format_of(self, kind, **more):
        """Return the format of a kind of number; the same one each time."""
        key = (kind, *sorted(more.items()))
        if key not in self.formats:
            looks = {
                "title": {"bold": True, "font_size": 14},
                "line": {"font_color": "#595959"},
                "head": {
                    "bold": True,
                    "text_wrap": True,
                    "valign": "top",
                    "bg_color": "#E7E6E6",
                    "bottom": 1,
                },
                "part": {"bold": True, "font_color": "#1F4E79"},
                "wrap": {"text_wrap": True, "valign": "top"},
                "bold": {"bold": True},
                "link": {"font_color": "#1F4E79", "underline": 1, "valign": "top"},
                "text": {"indent": 1},
                "line_text": {"font_color": "#595959", "indent": 1},
                "general": {},
                "none": {"bg_color": "#F2F2F2"},
                "count": {"num_format": "#,##0"},
                "days": {"num_format": "#,##0.0"},
                "share": {"num_format": "0.0000%"},
                "rate": {"num_format": "0.00%"},
                "number": {"num_format": "#,##0.000000"},
                "factor": {"num_format": "0.000000"},
                "money": {"num_format": self.currency_format},
                "date": {"num_format": "yyyy-mm-dd"},
                "apostrophe": {"indent": 1, "quote_prefix": True},
                "differs": {"bg_color": "#FFC7CE", "font_color": "#9C0006"},
            }[kind]
            self.formats[key] = self.book.add_format({**looks, **more})
        return self.formats[key]

    # ------------------------------------------------------------------
    # Sheets
    # ------------------------------------------------------------------

    def add(self, name):
        """Add a sheet that prints on A4, as wide as the paper."""
        worksheet = self.book.add_worksheet(name, worksheet_class=_quick_worksheet())
        worksheet.set_paper(9)
        worksheet.set_landscape()
        worksheet.fit_to_pages(1, 0)
        return worksheet

    def write_name(self, sheet, row, column, text):
        """Write what somebody has typed: never a formula, in no program."""
        kind = "apostrophe" if text.startswith(FORMULA_SIGNS) else "text"
        sheet.write_string(row, column, text, self.format_of(kind))

    def write_value(self, sheet, row, column, value, formula, looks):
        """Write a formula with what it gives; a number where there is no formula."""
        if formula:
            sheet.write_formula(row, column, formula, looks, value)
        else:
            sheet.write_number(row, column, value, looks)

    def start(self, worksheet, sheet):
        """Write title and lines of a sheet."""
        worksheet.write_string(0, 0, sheet.title, self.format_of("title"))
        for row, line in enumerate(sheet.lines, 1):
            worksheet.write_string(row, 0, line, self.format_of("line"))

    def place(self, sheet):
        """Say where the columns of a sheet are, before any formula is written."""
        from xlsxwriter.utility import xl_col_to_name  # only when needed

        for column, one in enumerate(sheet.columns):
            self.places.setdefault(one.name, Place(sheet.name, xl_col_to_name(column)))

    def range_of(self, name, count):
        """Return all cells of a column."""
        place = self.places[name]
        first, last = FIRST_ROW + 1, FIRST_ROW + max(count, 1)
        return f"{quoted(place.sheet)}!${place.letters}${first}:${place.letters}${last}"

    def compiled(self, formula, sheet):
        """Return a formula with the columns of its cells, its row still open."""
        return "=" + re.sub(
            r"\{(\w+)\}",
            lambda match: (
                NUMBERS
                if match[1] == "numbers"
                else self.places[match[1]]._get_reference(sheet)
            ),
            formula,
        )

    def write_rows(self, worksheet, sheet, methods, numbers, numbers_range):
        """Write heads and rows of a sheet; the rows above are written before.

        :param methods: of each account
        :param numbers: how far each account's sums over numbers go
        :param numbers_range: start of the column of numbers, as a formula has it
        """
        self._write_heads(worksheet, sheet, len(methods))
        columns = [self._prepare_column(one, sheet) for one in sheet.columns]
        for index, method in enumerate(methods):
            row, until = FIRST_ROW + index, f"{numbers_range}{numbers[index]}"
            for column, (values, formulas, looks, given) in enumerate(columns):
                formula = None
                if formulas and index not in given:
                    formula = formulas.get(method) or formulas.get("")
                if formula:
                    formula = formula.replace(ROW, str(row + 1))
                    formula = formula.replace(NUMBERS, until)
                self._write_cell(worksheet, row, column, values[index], formula, looks)

    def _write_heads(self, worksheet, sheet, count):
        """Write heads, and say how wide columns are and what stays in sight.

        :param count: of rows below
        """
        head, part = self.format_of("head"), ""
        for column, one in enumerate(sheet.columns):
            worksheet.set_column(column, column, one.width)
        for column, one in enumerate(sheet.columns):
            if one.part != part and one.part:
                worksheet.write_string(
                    HEAD_ROW - 1, column, one.part, self.format_of("part")
                )
            part = one.part
        for column, one in enumerate(sheet.columns):
            worksheet.write_string(HEAD_ROW, column, one.label, head)
        worksheet.set_row(HEAD_ROW, 48)
        worksheet.freeze_panes(FIRST_ROW, 1)
        worksheet.repeat_rows(HEAD_ROW)
        if count:
            worksheet.autofilter(HEAD_ROW, 0, HEAD_ROW + count, len(sheet.columns) - 1)

    def _write_cell(self, worksheet, row, column, value, formula, looks):
        """Write what an account has in a column, whatever it is; grey for nothing."""
        if value is None or value != value:  # noqa: PLR0124 (not a number)
            worksheet.write_blank(row, column, None, self.format_of("none"))
        elif isinstance(value, str) and not formula:
            self.write_name(worksheet, row, column, value)
        else:
            self.write_value(worksheet, row, column, value, formula, looks)

    def _prepare_column(self, column, sheet):
        formulas = column.formulas and {
            method: self.compiled(formula, sheet.name)
            for method, formula in column.formulas.items()
        }
        return column.values, formulas, self.format_of(column.kind), column.given
