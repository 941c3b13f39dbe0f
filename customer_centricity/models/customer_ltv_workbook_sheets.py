from odoo import api, models

from .ltv_workbook import (
    CENT,
    FIRST_ROW,
    LtvBook,
    LtvColumn,
    Sheet,
    quoted,
    sheet_name,
)

# So many accounts recalculate at every change without anybody waiting for it.
MOST_AUTOMATIC = 300
# Where the numbers begin that sums go over
NUMBER_ROW = 8


class CustomerLtvWorkbook(models.AbstractModel):
    """The sheets: what stands where, and by which formula."""

    _inherit = "customer.ltv.workbook"

    @api.model
    def _write_book(self, valued, stream):
        from ..engine import workings  # scipy only when needed

        names = {key: sheet_name(name) for key, name in self._get_sheet_names().items()}
        rows = valued.rows
        computed = workings.methods_of(valued.observed, valued.learnt)
        stored = rows["method"].to_numpy(object)
        # a value typed in has no calculation; the rest has the one it had then
        methods = [
            "typed" if one == "typed" else two
            for one, two in zip(stored, computed, strict=True)
        ]
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
                self._write_sums(book, worksheets[key], valued, sheet)
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
            "value": workings.value_columns(decimals),
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
        if valued.tiers:
            sheet.columns += self._get_tier_columns(valued, value.values)

    @api.model
    def _get_tier_columns(self, valued, values):
        """Return what tier the accounts were in, and which they come to be in.

        :param values: of the accounts, as on the sheets
        """
        words = self._get_column_words()
        before = self._get_tier_names(valued, "old_tier_id")
        kept = valued.rows["is_kept"].astype(bool).tolist()
        by_value, new = self._work_out_tiers(valued, values)
        # who is kept by hand is where people have put it, by no formula
        stored = self._get_tier_names(valued, "new_tier_id")
        new = [
            one if is_kept else two
            for is_kept, one, two in zip(kept, stored, new, strict=True)
        ]
        yes = self.env._("yes")
        return [
            LtvColumn(
                "tier_by_value",
                words["tier_by_value"][0],
                "text",
                by_value,
                {"": self._get_tier_formula(valued.tiers)},
            ),
            LtvColumn(
                "tier_before",
                words["tier_before"][0],
                "text",
                [one or None for one in before],
            ),
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
                new,
                {"": self._get_new_tier_formula()},
                given={index for index, one in enumerate(kept) if one},
            ),
        ]

    @api.model
    def _get_tier_names(self, valued, column):
        """Return the name of each account's tier; of none, or one not in force, ""."""
        names = {tier.tier_id.id: tier.tier_id.name or "" for tier in valued.tiers}
        return [names.get(one, "") for one in valued.rows[column]]

    @api.model
    def _work_out_tiers(self, valued, values):
        """Return the names of the tiers by value, and of the new ones.

        They are worked out of the values on the sheets and not read from the run: they
        are in the cells until somebody recalculates, and the check rests on them.
        """
        from ..engine import workings  # scipy only when needed

        names = [tier.tier_id.name or "" for tier in valued.tiers] + [""]
        place = {tier.tier_id.id: index for index, tier in enumerate(valued.tiers)}
        old = [place.get(one, -1) for one in valued.rows["old_tier_id"]]
        return (
            [names[index] for index in found]
            for found in workings.tiers_of(values, old, valued.tiers._get_borders())
        )

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
        """Return the tier by value, or the old one where little was crossed."""
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
            LtvColumn(
                "sheet_value", words["value"][0], "money", values, {"": "{value}"}
            ),
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
            stored = self._get_tier_names(valued, "new_tier_id")
            columns += [
                LtvColumn("tier_stored", words["tier_stored"][0], "text", stored),
                LtvColumn(
                    "tier_same",
                    words["tier_same"][0],
                    "text",
                    [one == two for one, two in zip(new, stored, strict=True)],
                    {"": "{tier_new}={tier_stored}"},
                ),
            ]
        return columns

    # ------------------------------------------------------------------
    # Check
    # ------------------------------------------------------------------

    @api.model
    def _write_sums(self, book, worksheet, valued, check):
        """Write what the sheets come to beside what is stored, above the accounts."""
        money, whole = book.format_of("money", bold=True), book.format_of("count")
        sheet, stored, difference = (
            book.range_of(name, len(valued.rows))
            for name in ("sheet_value", "stored", "difference")
        )
        values = {column.name: column.values for column in check.columns}
        value, known = sum(values["sheet_value"]), sum(values["stored"])
        apart = sum(abs(one) >= CENT for one in values["difference"])
        lines = [
            (self.env._("Value on these sheets"), f"=SUM({sheet})", value, money),
            (
                self.env._("The same accounts as stored"),
                f"=SUM({stored})",
                known,
                money,
            ),
            (
                self.env._("Accounts that differ by half a cent or more"),
                f"=SUMPRODUCT(--(ABS({difference})>={CENT}))",
                apart,
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
            book.write_value(worksheet, row, 1, result, formula, looks)

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
