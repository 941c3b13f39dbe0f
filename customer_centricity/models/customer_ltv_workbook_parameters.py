from odoo import api, models
from odoo.tools import format_date

from .customer_ltv_workbook_sheets import MOST_AUTOMATIC
from .ltv_workbook import NO_LIMIT, quoted

PARAMETER_ROW = 3
# Of the sheet to read first, in characters and points
READ_ME_WIDTH, LINE_HEIGHT = 110, 15


class CustomerLtvWorkbook(models.AbstractModel):
    """What is said once: what to read first, the parameters, the tiers."""

    _inherit = "customer.ltv.workbook"

    @api.model
    def _write_read_me(self, book, worksheet, valued, sheets, names):
        """Write what to read first, in two columns: what it is about, and the text."""
        worksheet.set_column(0, 0, 34)
        worksheet.set_column(1, 1, READ_ME_WIDTH)
        wrap, bold = book.format_of("wrap"), book.format_of("bold")
        rows = [
            (
                book.format_of("title"),
                self.env._("How the lifetime value comes about"),
                "",
            ),
            (bold, valued.title, valued.company.display_name),
            *((wrap, "", text) for text in self._get_introduction(valued)),
            (bold, self.env._("Sheets"), ""),
            *((wrap, *row) for row in self._get_sheet_rows(names)),
            (bold, self.env._("Columns"), ""),
            *((wrap, *row) for row in self._get_column_rows(sheets)),
            (bold, self.env._("Sources"), ""),
            *((wrap, "", text) for text in self._get_sources()),
        ]
        link, linked = book.format_of("link"), set(names.values())
        for row, (looks, first, second) in enumerate(rows):
            if looks is wrap:
                # not every program makes rows as high as their text
                worksheet.set_row(row, LINE_HEIGHT * (1 + len(second) // READ_ME_WIDTH))
                if first in linked:
                    target = f"internal:{quoted(first)}!A1"
                    worksheet.write_url(row, 0, target, link, first)
                else:
                    worksheet.write_string(row, 0, first, wrap)
                worksheet.write_string(row, 1, second, wrap)
            else:
                worksheet.write_string(row, 0, first, looks)
                worksheet.write_string(row, 1, second, bold)

    @api.model
    def _get_sheet_rows(self, names):
        """Return pairs of a sheet's name and what it is about."""
        lines = self._get_sheet_lines()
        others = {
            "parameters": self.env._(
                "What was asked for, and what was learnt from the whole portfolio. "
                "Yellow cells are for you to change."
            ),
            "check": self.env._(
                "The values of the sheets beside those that Odoo has stored, which it "
                "has computed on its own way: the differences are zero."
            ),
            "months": self.env._(
                "What money of each month is worth today, and the numbers 1, 2, 3 ... "
                "that sums go over."
            ),
            "one": self.env._(
                "The account you choose there, month by month: the same value, in the "
                "small steps that the other sheets add up in one cell."
            ),
        }
        return [
            (name, others.get(key) or " ".join(lines[key]))
            for key, name in names.items()
            if key != "read_me"
        ]

    @api.model
    def _get_column_rows(self, sheets):
        """Return pairs of a column's name and what it means, where there is a word."""
        words = self._get_column_words()
        return [
            (f"{sheet.name}: {column.label}", words[column.name][1])
            for sheet in sheets.values()
            for column in sheet.columns
            if words.get(column.name, ("", ""))[1]
        ]

    @api.model
    def _get_sources(self):
        """Return where the methods come from, as it is cited in any language."""
        return (
            "Batislam, Denizel & Filiztekin (2007), Empirical validation and "
            "comparison of models for customer base analysis, IJRM 24",
            "Platzer & Reutterer (2016), Ticking away the moments: timing "
            "regularity helps to better predict customer activity, Marketing "
            "Science 35",
            "Fader & Hardie (2013), The gamma-gamma model of monetary value",
            "Fader & Hardie (2007), How to project customer retention, Journal "
            "of Interactive Marketing 21",
            "Schmittlein & Peterson (1994), Customer base analysis: an "
            "industrial purchase process application, Marketing Science 13",
        )

    @api.model
    def _get_introduction(self, valued):
        result = [
            self.env._(
                "Value = expected orders x profit of an order x discount. Each sheet "
                "is a step; an account is in the same row on all of them. Filter as "
                "you like, but do not sort: formulas go by rows."
            ),
            self.env._(
                "Change a yellow cell, the discount rate for example, and the values "
                "follow. What the portfolio has taught, and the borders of the tiers, "
                "stay what they were; they are not computed anew."
            ),
            self.env._(
                "As of %s: documents up to this day count.",
                format_date(self.env, valued.date),
            ),
        ]
        if len(valued.rows) > MOST_AUTOMATIC:
            result.append(
                self.env._(
                    "There are many accounts: the spreadsheet recalculates only when "
                    "you ask it to, by F9 in Excel and Ctrl+Shift+F9 in LibreOffice."
                )
            )
        if valued.is_read_again:
            result.append(
                self.env._(
                    "The facts have been read from the documents again, as of that "
                    "day. What was posted, changed or reversed since shows as a "
                    "difference on the last of the account sheets."
                )
            )
        else:
            result.append(
                self.env._(
                    "The facts are those that the run has read then, whatever has "
                    "become of the documents since."
                )
            )
        if valued.rest_count:
            result.append(
                self.env._(
                    "%s accounts are not on the sheets: those worth least, and those "
                    "merged, deleted or forgotten since.",
                    valued.rest_count,
                )
            )
        result.append(
            self.env._(
                "What a formula cannot tell: how the parameters were learnt (the "
                "highest likelihood over all accounts), the ranges, which are drawn, "
                "and values set by hand. They stand here as they were computed."
            )
        )
        return result

    @api.model
    def _get_parameters(self, valued):
        """Return (name, value, kind of number, whether to play with) in order."""
        settings, learnt = valued.settings, valued.learnt
        purchase = learnt.purchase_model.params
        rows = [
            ("discount_rate", settings.yearly_rate, "rate", True),
            ("horizon_months", settings.months, "count", True),
            ("days_per_month", "=365.25/12", "general", False),
            ("window_years", settings.window_years, "general", False),
            *(
                (f"purchase_{name}", value, "general", True)
                for name, value in purchase._asdict().items()
            ),
            ("regularity", learnt.purchase_model.regularity, "count", False),
            ("model_weight", learnt.model_weight, "rate", True),
            ("tested_days", learnt.holdout, "count", False),
            *(
                (f"contract_{name}", value, "general", True)
                for name, value in learnt.contract_model.params._asdict().items()
            ),
        ]
        if learnt.spend_model.params:
            rows += [
                (f"spend_{name}", value, "general", True)
                for name, value in learnt.spend_model.params._asdict().items()
            ]
        for ratio in ("margin", "serving"):
            average, within, between = getattr(learnt, f"{ratio}_model").params
            rows += [
                (f"{ratio}_average", average, "share", True),
                # within and between by themselves would tell nobody anything
                (f"{ratio}_months", within / between, "general", True),
            ]
        return rows

    @api.model
    def _write_parameters(self, book, worksheet, valued, names):
        name = names["parameters"]
        for column, width in enumerate((36, 20, 20, 22, 22, 30)):
            worksheet.set_column(column, column, width)
        self._write_parameter_heads(book, worksheet, valued, name)
        parameters = self._get_parameters(valued)
        for row, parameter in enumerate(parameters, PARAMETER_ROW):
            self._write_parameter(book, worksheet, row, parameter, name)
        self._limit_parameters(worksheet, valued)
        worksheet.freeze_panes(PARAMETER_ROW, 0)
        if valued.tiers:
            top = PARAMETER_ROW + len(parameters) + 2
            self._write_tiers(book, worksheet, valued, name, top)

    @api.model
    def _write_parameter_heads(self, book, worksheet, valued, name):
        worksheet.write_string(
            0, 0, f"{name} · {valued.title}", book.format_of("title")
        )
        worksheet.write_string(
            1,
            0,
            self.env._("As of %s", format_date(self.env, valued.date)),
            book.format_of("line"),
        )
        if len(valued.rows) > MOST_AUTOMATIC:
            worksheet.write_string(
                1,
                1,
                self.env._("After a change press F9 (LibreOffice: Ctrl+Shift+F9)."),
                book.format_of("bold"),
            )
        heads = (
            self.env._("Parameter"),
            self.env._("Value"),
            self.env._("Name in formulas"),
            self.env._("What it is"),
        )
        for column, text in enumerate(heads):
            worksheet.write_string(
                PARAMETER_ROW - 1, column, text, book.format_of("head")
            )

    @api.model
    def _write_parameter(self, book, worksheet, row, parameter, sheet):
        """Write a parameter, under whose name formulas find it."""
        key, value, kind, is_open = parameter
        looks = book.format_of(kind, **({"bg_color": "#FFF2CC"} if is_open else {}))
        label, meaning = self._get_parameter_words()[key]
        worksheet.write_string(row, 0, label)
        if isinstance(value, str):
            worksheet.write_formula(row, 1, value, looks, 365.25 / 12)
        else:
            worksheet.write_number(row, 1, value, looks)
        worksheet.write_string(row, 2, key, book.format_of("text"))
        worksheet.write_string(row, 3, meaning, book.format_of("line_text"))
        book.book.define_name(key, f"={quoted(sheet)}!$B${row + 1}")

    @api.model
    def _limit_parameters(self, worksheet, valued):
        """Say what discount rate and horizon may be, which are the first two."""
        limits = (("decimal", -0.99, 10), ("integer", 1, valued.settings.months))
        for row, (kind, least, most) in enumerate(limits, PARAMETER_ROW):
            worksheet.data_validation(
                row,
                1,
                row,
                1,
                {
                    "validate": kind,
                    "criteria": "between",
                    "minimum": least,
                    "maximum": most,
                },
            )

    @api.model
    def _write_tiers(self, book, worksheet, valued, name, top):
        """Write the borders of the tiers, and how far one must cross them."""
        from ..engine import workings  # scipy only when needed

        head, money = book.format_of("head"), book.format_of("money")
        open_money = book.format_of("money", bg_color="#FFF2CC")
        borders = valued.tiers._get_borders()
        limits = workings.tier_limits(borders)
        heads = (
            self.env._("Tier"),
            self.env._("Worth from"),
            self.env._("Band"),
            self.env._("Stays from"),
            self.env._("Stays below"),
        )
        for column, text in enumerate(heads):
            worksheet.write_string(top, column, text, head)
        for index, (tier, border, limit) in enumerate(
            zip(valued.tiers, borders, limits, strict=True)
        ):
            row = top + 1 + index
            book.write_name(worksheet, row, 0, tier.tier_id.name or "")
            if tier.is_empty:
                worksheet.write_string(row, 1, self.env._("nobody"))
            elif tier.is_loss:
                worksheet.write_string(row, 1, self.env._("below zero"))
            else:
                worksheet.write_number(row, 1, border.lowest, open_money)
            worksheet.write_number(row, 2, border.width, open_money)
            for column, side in ((3, 0), (4, 1)):
                value, formula = self._get_limit(limit, side, borders, top)
                if formula:
                    worksheet.write_formula(row, column, formula, money, value)
                else:
                    worksheet.write_number(
                        row, column, value, book.format_of("text", num_format='"–"')
                    )
        last = top + 1 + len(borders)
        for key, letter in (
            ("tier_names", "A"),
            ("tier_from", "B"),
            ("tier_band", "C"),
            ("tier_stays_from", "D"),
            ("tier_stays_below", "E"),
        ):
            cells = f"${letter}${top + 2}:${letter}${last}"
            book.book.define_name(key, f"={quoted(name)}!{cells}")

    @api.model
    def _get_limit(self, limit, side, borders, top):
        """Return where an account leaves its tier, and the formula of it."""
        sign = -1 if side == 0 else 1
        if limit is None:
            return -sign * NO_LIMIT, None
        place = limit[side]
        if place is None:
            return sign * NO_LIMIT, None
        border, row = borders[place], top + 2 + place
        value = border.lowest + sign * border.width
        start = "0" if border.kind == "loss" else f"B{row}"
        return value, f"={start}{'+' if sign > 0 else '-'}C{row}"
