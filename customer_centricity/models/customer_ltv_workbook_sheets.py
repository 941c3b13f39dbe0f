from odoo import api, models
from odoo.tools import format_date

from .ltv_workbook import (
    CENT,
    FIRST_ROW,
    NO_LIMIT,
    LtvBook,
    LtvColumn,
    Sheet,
    quoted,
    sheet_name,
)

# So many accounts recalculate at every change without anybody waiting for it.
MOST_AUTOMATIC = 300
# Rows and columns of the sheets without accounts, counted from 0
PARAMETER_ROW = 3
NUMBER_ROW, MONTH_COLUMN = 8, 2
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
    """The sheets: what stands where, and by which formula."""

    _inherit = "customer.ltv.workbook"

    @api.model
    def _write(self, valued, stream):
        from ..engine import workings  # scipy only when needed

        names = {
            key: sheet_name(name) for key, name in self._get_sheet_names().items()
        }
        rows = valued.rows
        computed = workings.methods_of(valued.observed, valued.learnt)
        stored = rows["method"].to_numpy(object)
        # a value typed in has no calculation; the rest has the one it had then
        methods = ["typed" if one == "typed" else two for one, two in zip(stored, computed, strict=True)]
        work = workings.work_out(
            valued.observed,
            methods,
            valued.settings,
            valued.learnt,
            valued.company.currency_id.decimal_places,
        )
        book = LtvBook(stream, self._get_currency_format(valued.company.currency_id))
        if len(rows) > MOST_AUTOMATIC:
            book.book.set_calc_mode("manual")
        sheets = self._prepare_sheets(valued, methods, work, names)
        for sheet in sheets.values():
            book.place(sheet)
        worksheets = {key: book.add(name) for key, name in names.items()}
        self._write_read_me(book, worksheets["read_me"], valued, sheets, names)
        self._write_parameters(book, worksheets["parameters"], valued, names)
        numbers_range = f"{quoted(names['months'])}!$A${NUMBER_ROW + 1}:$A$"
        until = [NUMBER_ROW + int(number) for number in work.numbers]
        for key, sheet in sheets.items():
            book.start(worksheets[key], sheet)
            if key == "check":
                self._write_sums(book, worksheets[key], valued, len(rows))
            book.write_rows(worksheets[key], sheet, methods, until, numbers_range)
        self._write_months(book, worksheets["months"], valued, work, names)
        self._write_one(
            book, worksheets["one"], valued, methods, work, names, numbers_range
        )
        self._finish_check(book, worksheets["check"], len(rows))
        book.close()

    @api.model
    def _get_currency_format(self, currency):
        """Return a currency as spreadsheets write it, losses with their sign."""
        places = "." + "0" * currency.decimal_places if currency.decimal_places else ""
        number = f"#,##0{places}"
        symbol = '"{}"'.format((currency.symbol or currency.name).replace('"', ""))
        if currency.position == "before":
            return f"{symbol}\xa0{number};-{symbol}\xa0{number}"
        return f"{number}\xa0{symbol};-{number}\xa0{symbol}"

    # ------------------------------------------------------------------
    # A row an account
    # ------------------------------------------------------------------

    @api.model
    def _prepare_sheets(self, valued, methods, work, names):
        """Return the sheets with a row an account."""
        from ..engine import workings  # scipy only when needed

        months = valued.settings.months
        regularity = valued.learnt.purchase_model.regularity
        decimals = valued.company.currency_id.decimal_places
        lines = self._get_sheet_lines()
        steps = {
            "facts": workings.facts(),
            "orders": workings.order_columns(months, regularity),
            "profit": workings.profit_columns(
                valued.learnt.spend_model.params is not None
            ),
            "discount": workings.discount_columns(regularity),
            "value": [workings.value_column(decimals)],
        }
        sheets = {
            key: Sheet(
                names[key],
                f"{names[key]} · {valued.title}",
                lines[key],
                [
                    *self._get_who(valued, methods, key == "facts"),
                    *(self._get_column(column, work.table) for column in columns),
                ],
            )
            for key, columns in steps.items()
        }
        self._add_outcomes(sheets["value"], valued, methods)
        sheets["check"] = Sheet(
            names["check"],
            f"{names['check']} · {valued.title}",
            [],
            [
                *self._get_who(valued, methods, False),
                *self._get_check_columns(valued, sheets["value"]),
            ],
        )
        return sheets

    @api.model
    def _get_who(self, valued, methods, is_first):
        """Return the columns that say whose row it is."""
        accounts = self.env["customer.account"]._fields
        words = self._get_column_words()
        labels = dict(accounts["value_method"]._description_selection(self.env))
        statuses = dict(accounts["value_status"]._description_selection(self.env))
        rows = valued.rows
        columns = [
            ("account", 36, rows["name"].fillna("").tolist()),
            ("method", 16, [labels.get(one, one) for one in methods]),
        ]
        if is_first:
            status = [statuses.get(one, one or "") for one in rows["status"]]
            columns.append(("status", 20, status))
        return [
            LtvColumn(
                name,
                words[name][0],
                "text",
                values,
                None if is_first else {"": f"{{{name}}}"},
                width=width,
            )
            for name, width, values in columns
        ]

    @api.model
    def _get_column(self, column, table):
        words = self._get_column_words()
        if column.name.startswith("until_"):
            label = self._get_year_label(column.name.removeprefix("until_"))
        else:
            label = words[column.name][0]
        return LtvColumn(
            column.name,
            label,
            column.kind,
            table[column.name].tolist(),
            column.formulas or None,
            self._get_part_words().get(column.part, ""),
        )

    @api.model
    def _add_outcomes(self, sheet, valued, methods):
        """Add what was computed by other means, and what becomes of the account."""
        words, rows = self._get_column_words(), valued.rows
        value = sheet.columns[-1]
        # set by hand: there is no formula for what somebody has thought
        value.values = [
            stored if method == "typed" else computed
            for method, stored, computed in zip(
                methods, rows["stored"], value.values, strict=True
            )
        ]
        sheet.columns += [
            LtvColumn(name, words[name][0], "money", rows[name].tolist())
            for name in ("low", "high")
        ]
        if not valued.tiers:
            return
        labels = {tier.tier_id.id: tier.tier_id.name for tier in valued.tiers}

        def names_of(column):
            return [labels.get(one) or None for one in rows[column]]

        by_value, before, new = map(
            names_of, ("computed_tier_id", "old_tier_id", "new_tier_id")
        )
        kept = rows["is_kept"].astype(bool).tolist()
        yes = self.env._("yes")
        sheet.columns += [
            LtvColumn(
                "tier_by_value",
                words["tier_by_value"][0],
                "text",
                [one or "" for one in by_value],
                {"": self._get_tier_formula(valued.tiers)},
            ),
            LtvColumn("tier_before", words["tier_before"][0], "text", before),
            LtvColumn(
                "tier_kept",
                words["tier_kept"][0],
                "text",
                [yes if one else None for one in kept],
            ),
            LtvColumn(
                "tier_new",
                words["tier_new"][0],
                "text",
                [one or "" for one in new],
                {"": self._get_new_tier_formula()},
                given={index for index, one in enumerate(kept) if one},
            ),
        ]

    @api.model
    def _get_tier_formula(self, tiers):
        """Return the first tier whose border the value reaches."""
        formula = '""'
        for index, tier in reversed(list(enumerate(tiers, 1))):
            if tier.is_empty:
                continue
            meets = (
                "{value}<0" if tier.is_loss else f"{{value}}>=INDEX(tier_from,{index})"
            )
            formula = f"IF({meets},INDEX(tier_names,{index}),{formula})"
        return formula

    @api.model
    def _get_new_tier_formula(self):
        """Return the tier by value, unless a border was crossed by less than its band."""
        old = "MATCH({tier_before},tier_names,0)"
        stays = (
            f"IF(ISNUMBER({old}),IF({{value}}>=INDEX(tier_stays_from,{old}),"
            f"{{value}}<INDEX(tier_stays_below,{old}),FALSE),FALSE)"
        )
        return (
            'IF({tier_before}="",{tier_by_value},IF({tier_by_value}="",{tier_before},'
            f"IF({stays},{{tier_before}},{{tier_by_value}})))"
        )

    @api.model
    def _get_check_columns(self, valued, value_sheet):
        words, rows = self._get_column_words(), valued.rows
        by_name = {column.name: column for column in value_sheet.columns}
        values, stored = by_name["value"].values, rows["stored"].tolist()
        columns = [
            LtvColumn("sheet_value", words["value"][0], "money", values, {"": "{value}"}),
            LtvColumn("stored", words["stored"][0], "money", stored),
            LtvColumn(
                "difference",
                words["difference"][0],
                "money",
                [one - two for one, two in zip(values, stored, strict=True)],
                {"": "{sheet_value}-{stored}"},
            ),
        ]
        if valued.tiers:
            new = by_name["tier_new"].values
            columns += [
                LtvColumn("tier_stored", words["tier_stored"][0], "text", new),
                LtvColumn(
                    "tier_same",
                    words["tier_same"][0],
                    "text",
                    [True] * len(new),
                    {"": "{tier_new}={tier_stored}"},
                ),
            ]
        return columns

    # ------------------------------------------------------------------
    # Read me, parameters
    # ------------------------------------------------------------------

    @api.model
    def _write_read_me(self, book, worksheet, valued, sheets, names):
        worksheet.set_column(0, 0, 34)
        worksheet.set_column(1, 1, 110)
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
        ]
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
        for key, name in names.items():
            if key != "read_me":
                text = others.get(key) or " ".join(lines[key])
                rows.append((wrap, name, text))
        rows.append((bold, self.env._("Columns"), ""))
        words = self._get_column_words()
        for sheet in sheets.values():
            for column in sheet.columns:
                meaning = words.get(column.name, ("", ""))[1]
                if meaning:
                    rows.append((wrap, f"{sheet.name}: {column.label}", meaning))
        rows += [
            (bold, self.env._("Sources"), ""),
            *(
                (wrap, "", text)
                for text in (
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
            ),
        ]
        for row, (looks, first, second) in enumerate(rows):
            if looks is wrap:
                worksheet.write_string(row, 0, first, wrap)
                worksheet.write_string(row, 1, second, wrap)
            else:
                worksheet.write_string(row, 0, first, looks)
                worksheet.write_string(row, 1, second, bold)

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
            ("days_per_month", "=365.25/12", "number", False),
            ("window_years", settings.window_years, "number", False),
            *(
                (f"purchase_{name}", value, "number", True)
                for name, value in purchase._asdict().items()
            ),
            ("regularity", learnt.purchase_model.regularity, "count", False),
            ("model_weight", learnt.model_weight, "rate", True),
            ("tested_days", learnt.holdout, "count", False),
            *(
                (f"contract_{name}", value, "number", True)
                for name, value in learnt.contract_model.params._asdict().items()
            ),
        ]
        if learnt.spend_model.params:
            rows += [
                (f"spend_{name}", value, "number", True)
                for name, value in learnt.spend_model.params._asdict().items()
            ]
        for ratio in ("margin", "serving"):
            average, within, between = getattr(learnt, f"{ratio}_model").params
            rows += [
                (f"{ratio}_average", average, "share", True),
                (f"{ratio}_within", within, "number", True),
                (f"{ratio}_between", between, "number", True),
            ]
        return rows

    @api.model
    def _write_parameters(self, book, worksheet, valued, names):
        words, name = self._get_parameter_words(), names["parameters"]
        head = book.format_of("head")
        for column, width in enumerate((36, 20, 20, 22, 22, 30)):
            worksheet.set_column(column, column, width)
        worksheet.write_string(0, 0, f"{name} · {valued.title}", book.format_of("title"))
        heads = (
            self.env._("Parameter"),
            self.env._("Value"),
            self.env._("Name in formulas"),
            self.env._("What it is"),
        )
        worksheet.write_string(
            1,
            0,
            self.env._("As of %s", format_date(self.env, valued.date)),
            book.format_of("line"),
        )
        for column, text in enumerate(heads):
            worksheet.write_string(PARAMETER_ROW - 1, column, text, head)
        row = PARAMETER_ROW
        for key, value, kind, is_open in self._get_parameters(valued):
            looks = book.format_of(kind, **({"bg_color": "#FFF2CC"} if is_open else {}))
            label, meaning = words[key]
            worksheet.write_string(row, 0, label)
            if isinstance(value, str):
                worksheet.write_formula(row, 1, value, looks, 365.25 / 12)
            else:
                worksheet.write_number(row, 1, value, looks)
            worksheet.write_string(row, 2, key)
            worksheet.write_string(row, 3, meaning, book.format_of("line"))
            book.book.define_name(key, f"={quoted(name)}!$B${row + 1}")
            row += 1
        worksheet.data_validation(
            PARAMETER_ROW,
            1,
            PARAMETER_ROW,
            1,
            {
                "validate": "decimal",
                "criteria": "between",
                "minimum": -0.99,
                "maximum": 10,
            },
        )
        worksheet.data_validation(
            PARAMETER_ROW + 1,
            1,
            PARAMETER_ROW + 1,
            1,
            {
                "validate": "integer",
                "criteria": "between",
                "minimum": 1,
                "maximum": valued.settings.months,
            },
        )
        worksheet.freeze_panes(PARAMETER_ROW, 0)
        if valued.tiers:
            self._write_tiers(book, worksheet, valued, name, row + 2)

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

    # ------------------------------------------------------------------
    # Check
    # ------------------------------------------------------------------

    @api.model
    def _write_sums(self, book, worksheet, valued, count):
        """Write what the sheets come to beside what is stored, above the accounts."""
        money, whole = book.format_of("money", bold=True), book.format_of("count")
        sheet, stored, difference = (
            book.range_of(name, count)
            for name in ("sheet_value", "stored", "difference")
        )
        value = float(valued.rows["stored"].sum())
        lines = [
            (self.env._("Value on these sheets"), f"=SUM({sheet})", value, money),
            (self.env._("The same accounts as stored"), f"=SUM({stored})", value, money),
            (
                self.env._("Accounts that differ by half a cent or more"),
                f"=SUMPRODUCT(--(ABS({difference})>={CENT}))",
                0,
                whole,
            ),
        ]
        if valued.total is not None:
            lines += [
                (
                    self.env._("Accounts that are not on these sheets, as stored"),
                    None,
                    valued.rest_value,
                    money,
                ),
                (self.env._("Portfolio as stored"), None, valued.total, money),
                (
                    self.env._("Portfolio less both of the above"),
                    "=B6-B5-B2",
                    valued.total - valued.rest_value - value,
                    money,
                ),
            ]
        for row, (label, formula, result, looks) in enumerate(lines, 1):
            worksheet.write_string(row, 0, label)
            if formula:
                worksheet.write_formula(row, 1, formula, looks, result)
            else:
                worksheet.write_number(row, 1, result, looks)

    @api.model
    def _finish_check(self, book, worksheet, count):
        """Mark what differs."""
        letters = book.places["difference"].letters
        first, last = FIRST_ROW + 1, FIRST_ROW + max(count, 1)
        worksheet.conditional_format(
            f"{letters}{first}:{letters}{last}",
            {
                "type": "formula",
                "criteria": f"=ABS(${letters}{first})>={CENT}",
                "format": book.format_of("differs"),
            },
        )
        if "tier_same" in book.places:
            letters = book.places["tier_same"].letters
            worksheet.conditional_format(
                f"{letters}{first}:{letters}{last}",
                {
                    "type": "formula",
                    "criteria": f"=NOT(${letters}{first})",
                    "format": book.format_of("differs"),
                },
            )

    # ------------------------------------------------------------------
    # Months and numbers
    # ------------------------------------------------------------------

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
                    worksheet.write_number(row, column, index + 1, book.format_of("count"))
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
        count = len(methods)
        words = self._get_column_words()
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
        labels = dict(
            self.env["customer.account"]
            ._fields["value_method"]
            ._description_selection(self.env)
        )
        rows = [("account", valued.rows["name"].fillna("").iloc[0]), ("method", labels[methods[0]])]
        names_here = [
            *ONE_NAMES,
            *(f"phase_{j}" for j in range(1, valued.learnt.purchase_model.regularity)),
        ]
        table = work.table
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
            worksheet.write_string(ONE_MONTH_ROW - 1, column, text, book.format_of("head"))
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
