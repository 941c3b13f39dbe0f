import contextlib
import io
import math
import re
import tempfile
from datetime import date
from pathlib import Path
from unittest.mock import patch

import openpyxl

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tools import mute_logger

from ..models import customer_ltv_workbook
from ..models.ltv_workbook import FIRST_ROW, HEAD_ROW
from .common import TODAY
from .test_account_value import ValueCommon

CENT = 0.005
AS_OF = date(2026, 6, 30)
ERRORS = ("#DIV/0!", "#N/A", "#NAME?", "#NUM!", "#REF!", "#VALUE!")


class WorkbookCommon(ValueCommon):
    """A portfolio in which every method and nearly every status occurs, and a run."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._sell_to_a_crowd()
        cls.formula = cls._customer('=HYPERLINK("http://x.example","@")')
        cls._orders(cls.formula, 400, 300, 200, 100)
        cls.plain = cls._customer("Plain")
        cls._orders(cls.plain, 300, 200, 100, price=120)
        cls.typed = cls._customer("Typed")
        cls._orders(cls.typed, 300, 200, 90)
        cls.Account._refresh(cls.company)
        cls._account_of(cls.plain).own_value_method = "plain"
        cls._account_of(cls.typed).write(
            {
                "own_value_method": "typed",
                "typed_value": 4321.5,
                "typed_value_reason": "A contract is about to be signed",
                "typed_value_end": "2027-01-31",
            }
        )
        cls.company.customer_run_interval = "none"
        # two years: what is calculated apart takes its time
        cls.yearly = cls._compute_run(horizon_months=24)
        cls.workbooks = cls.env["customer.ltv.workbook"]

    @classmethod
    def _account_of(cls, partner):
        return cls.Account.search(
            [("partner_id", "=", partner.id), ("company_id", "=", cls.company.id)]
        )

    @classmethod
    def _compute_run(cls, **vals):
        runs = cls.env["customer.ltv.run"].with_company(cls.company)
        run = runs.create({"date": AS_OF, **vals})
        run.action_compute()
        cls.env["customer.ltv.chunk"]._work_off()
        return run

    def _written(self, run=None, account=None):
        """Return the bytes of a workbook."""
        stream = io.BytesIO()
        if account:
            self.workbooks._write_account(account, stream)
        else:
            self.workbooks._write_run(run or self.yearly, stream)
        return stream.getvalue()

    def _open(self, written, **options):
        return openpyxl.load_workbook(io.BytesIO(written), **options)

    def _calculated(self, written, **changes):
        """Return the values of all cells, by sheet and cell, as the formulas say.

        They are computed apart from whoever has written them, and from Odoo.

        :param changes: values of parameters, by name
        """
        import formulas

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "book.xlsx")
            path.write_bytes(written)
            if changes:
                book = openpyxl.load_workbook(path)
                for name, value in changes.items():
                    [(sheet, cell)] = book.defined_names[name].destinations
                    book[sheet][cell.replace("$", "")] = value
                book.save(path)
            # it draws how far it is, which would stand in the middle of the log
            with contextlib.redirect_stderr(io.StringIO()):
                solution = formulas.ExcelModel().loads(str(path)).finish().calculate()
        found = {}
        for key, ranges in solution.items():
            match = re.fullmatch(r"'\[book\.xlsx\](.+)'!([A-Z]+\d+)", str(key))
            if match:
                [[value]] = ranges.value
                found[match[1], match[2]] = value
        return found

    def _column(self, book, sheet, label):
        """Return the letters of a column by its head."""
        [cell] = [cell for cell in book[sheet][HEAD_ROW + 1] if cell.value == label]
        return cell.column_letter

    def _row_of(self, book, name):
        rows = range(FIRST_ROW + 1, book["3 Facts"].max_row + 1)
        [row] = [row for row in rows if book["3 Facts"][f"A{row}"].value == name]
        return row

    def _values(self, book, found):
        """Return the value of each account by name, as calculated."""
        letters = self._column(book, "7 Value and tier", "Lifetime value")
        return {
            book["3 Facts"][f"A{row}"].value: float(
                found["7 VALUE AND TIER", f"{letters}{row}"]
                if ("7 VALUE AND TIER", f"{letters}{row}") in found
                else book["7 Value and tier"][f"{letters}{row}"].value
            )
            for row in range(FIRST_ROW + 1, book["3 Facts"].max_row + 1)
        }

    def _stored(self, run):
        return {
            snapshot.partner_id.name: snapshot.lifetime_value
            for snapshot in run.snapshot_ids
        }

    def _check_values(self, found, stored):
        self.assertEqual(set(found), set(stored))
        for name, value in stored.items():
            self.assertAlmostEqual(found[name], value, delta=CENT, msg=name)


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestLtvWorkbook(WorkbookCommon):
    def test_formulas_give_what_is_stored(self):
        """Calculated independently, values agree with the run's to the cent."""
        written = self._written()
        book, kept = self._open(written), self._open(written, data_only=True)
        found = self._calculated(written)
        methods = set(self.yearly.snapshot_ids.mapped("value_method"))
        self.assertEqual(methods, {"probabilistic", "contract", "plain", "typed"})
        self._check_values(self._values(book, found), self._stored(self.yearly))
        self.assertAlmostEqual(found["8 CHECK", "B2"], self.yearly.total, delta=0.1)
        self.assertEqual(found["8 CHECK", "B4"], 0)
        self.assertAlmostEqual(found["8 CHECK", "B7"], 0, delta=CENT)
        # every single step, as the engine has it
        compared = 0
        for sheet in book:
            for row in sheet.iter_rows():
                for cell in row:
                    if cell.data_type != "f":
                        continue
                    value = found[sheet.title.upper(), cell.coordinate]
                    expected = kept[sheet.title][cell.coordinate].value
                    compared += 1
                    where = f"{sheet.title} {cell.coordinate}: {cell.value}"
                    self.assertNotIn(str(value), ERRORS, where)
                    if isinstance(expected, (int, float)):
                        close = math.isclose(
                            value, expected, rel_tol=1e-7, abs_tol=1e-7
                        )
                        self.assertTrue(close, f"{where} {value} {expected}")
                    else:
                        self.assertEqual(str(value), expected or "", where)
        self.assertGreater(compared, 22 * 25)

    def test_the_discount_rate_may_be_changed(self):
        """What the spreadsheet then says is what a run at that rate says."""
        other = self._compute_run(horizon_months=24, discount_rate=0.25)
        with patch.object(customer_ltv_workbook, "MOST_ACCOUNTS", 4):
            written = self._written()
        book = self._open(written)
        found = self._values(book, self._calculated(written, discount_rate=0.25))
        self.assertEqual(len(found), 4)
        stored, changed = self._stored(self.yearly), self._stored(other)
        steady = self.steady.name
        self.assertIn(steady, found)
        self.assertLess(changed[steady], stored[steady] - 1)
        for name, value in found.items():
            self.assertAlmostEqual(value, changed[name], delta=CENT, msg=name)

    def test_all_but_facts_are_formulas(self):
        book = self._open(self._written())
        first = FIRST_ROW + 1
        for sheet in ("4 Expected orders", "5 Order profit", "6 Discounting"):
            for row in book[sheet].iter_rows(min_row=first):
                for cell in row:
                    self.assertIn(cell.data_type, ("f", "n"), cell.coordinate)
                    if cell.data_type == "n":
                        self.assertIsNone(cell.value, f"{sheet} {cell.coordinate}")
        self.assertEqual(
            {cell.data_type for cell in book["8 Check"]["E"][first - 1 :]}, {"f"}
        )
        # nothing is told of the way of a value that somebody has typed in
        row = self._row_of(book, "Typed")
        letters = self._column(book, "7 Value and tier", "Lifetime value")
        self.assertEqual(book["7 Value and tier"][f"{letters}{row}"].value, 4321.5)

    def test_by_hand(self):
        """The plain rule of one account, followed from its cells."""
        book = self._open(self._written(), data_only=True)
        row = self._row_of(book, "Plain")

        def cell(sheet, label):
            return book[sheet][f"{self._column(book, sheet, label)}{row}"].value

        # orders of 2025-09-18, 2025-12-27 and 2026-04-06, at 120 each
        self.assertEqual(cell("3 Facts", "Profit of the window"), 360)
        self.assertEqual(cell("3 Facts", "Orders of the window"), 3)
        self.assertEqual(cell("5 Order profit", "Profit of an order"), 120)
        self.assertEqual(cell("4 Expected orders", "Expected orders"), 6)
        self.assertEqual(cell("7 Value and tier", "Lifetime value"), 720)

    def test_tiers_are_compared_before_anybody_recalculates(self):
        """What stands beside the formulas tells of a tier stored that is another."""
        moved = self.yearly.snapshot_ids.filtered(
            lambda one: one.partner_id == self.steady
        )
        tiers = self.yearly.tier_ids.tier_id
        other = tiers.filtered(lambda tier: tier != moved.new_tier_id)[0]
        right = moved.new_tier_id.name
        self.assertEqual(self._same_tiers(), {True})
        moved.new_tier_id = moved.computed_tier_id = other
        self.assertEqual(self._same_tiers(but="Steady"), {True})
        book = self._open(self._written(), data_only=True)
        row = self._row_of(book, "Steady")
        told = {
            (sheet, label): book[sheet][f"{self._column(book, sheet, label)}{row}"]
            for sheet, label in (
                ("7 Value and tier", "Tier by value"),
                ("7 Value and tier", "New tier"),
                ("8 Check", "New tier as stored"),
                ("8 Check", "Same tier"),
            )
        }
        self.assertEqual(
            [cell.value for cell in told.values()], [right, right, other.name, False]
        )
        # kept by hand: there is no formula, and nothing to compare
        moved.is_kept = True
        self.assertEqual(self._same_tiers(), {True})

    def _same_tiers(self, but=None):
        book = self._open(self._written(), data_only=True)
        letters = self._column(book, "8 Check", "Same tier")
        return {
            book["8 Check"][f"{letters}{row}"].value
            for row in range(FIRST_ROW + 1, book["8 Check"].max_row + 1)
            if row != (but and self._row_of(book, but))
        }

    def test_read_me_leads_to_every_sheet(self):
        book = self._open(self._written())
        read_me, *others = book.worksheets
        links = {
            cell.value: cell.hyperlink.location
            for [cell] in read_me.iter_rows(max_col=1)
            if cell.hyperlink
        }
        self.assertEqual(
            links, {sheet.title: f"'{sheet.title}'!A1" for sheet in others}
        )

    def test_parameters_are_told_in_words(self):
        [sheet] = [
            one
            for one in self._open(self._written()).worksheets
            if one.title.startswith("2 ")
        ]
        words = {row[2].value: row[0].value for row in sheet.iter_rows(min_row=4)}
        for name in ("r", "alpha", "a", "b"):
            label, _comma, plain = words[f"purchase_{name}"].partition(", ")
            self.assertEqual(label, name)
            self.assertTrue(plain)

    def test_names_are_never_formulas(self):
        book = self._open(self._written())
        row = self._row_of(book, self.formula.name)
        cell = book["3 Facts"][f"A{row}"]
        self.assertEqual(cell.data_type, "s")
        self.assertTrue(cell.quotePrefix)
        plain = book["3 Facts"][f"A{self._row_of(book, 'Plain')}"]
        self.assertFalse(plain.quotePrefix)

    def test_facts_are_those_of_the_run(self):
        """What is posted later, for an earlier day, changes nothing."""
        before = self._facts(self._written())
        self._orders(self.steady, 40, price=999)
        self.env["customer.account"]._refresh(self.company)
        self.assertEqual(self._facts(self._written()), before)

    def test_facts_are_read_again_where_they_are_gone(self):
        before = self._facts(self._written())
        self.env["customer.ltv.chunk"]._forget_runs(self.yearly)
        written = self._written()
        self.assertEqual(self._facts(written), before)
        texts = [row[1].value for row in self._open(written)["1 Read me"].rows]
        self.assertTrue(any("read from the documents again" in text for text in texts))
        # and tell of what was posted since, as a difference
        self._orders(self.steady, 40, price=999)
        self.env["customer.account"]._refresh(self.company)
        changed = self._open(self._written(), data_only=True)
        row = self._row_of(changed, "Steady")
        self.assertGreater(abs(changed["8 Check"][f"E{row}"].value), 1)

    def _facts(self, written):
        book = self._open(written)
        return {
            row[0].value: [cell.value for cell in row[3:]]
            for row in book["3 Facts"].iter_rows(min_row=FIRST_ROW + 1)
        }

    def test_who_objects_is_forgotten(self):
        chunks = self.yearly.chunk_ids.filtered(lambda one: one.stage == "observe")
        self.assertIsNotNone(chunks._get_if_kept())
        self.gone.customer_profiling_opt_out = True
        self.assertIsNone(chunks._get_if_kept())
        written = self._written()
        self.assertNotIn("Gone", self._facts(written))
        check = self._open(written, data_only=True)["8 Check"]
        self.assertAlmostEqual(
            check["B2"].value + check["B5"].value, self.yearly.total, delta=0.1
        )

    def test_the_largest_where_there_are_many(self):
        with patch.object(customer_ltv_workbook, "MOST_ACCOUNTS", 3):
            written = self._written()
        stored = self._stored(self.yearly)
        largest = sorted(stored, key=lambda name: -abs(stored[name]))[:3]
        self.assertEqual(set(self._facts(written)), set(largest))
        check = self._open(written, data_only=True)["8 Check"]
        rest = sum(value for name, value in stored.items() if name not in largest)
        self.assertAlmostEqual(check["B5"].value, rest, delta=CENT)

    def test_one_account_of_today(self):
        account = self._account_of(self.steady)
        written = self._written(account=account)
        found = self._values(self._open(written), self._calculated(written))
        self.assertEqual(list(found), [account.display_name])
        self.assertAlmostEqual(
            found[account.display_name], account.lifetime_value, delta=CENT
        )

    def test_in_spanish(self):
        self._activate_spanish()
        spanish = self.workbooks.with_context(lang="es_ES")
        for name in spanish._get_sheet_names().values():
            self.assertLessEqual(len(name), 31)
        stream = io.BytesIO()
        spanish._write_run(self.yearly.with_context(lang="es_ES"), stream)
        book = self._open(stream.getvalue())
        self.assertIn("discount_rate", book.defined_names)
        formulas = book[book.sheetnames[3]][f"C{FIRST_ROW + 1}"].value
        self.assertTrue(formulas is None or formulas.startswith("="))

    def test_nothing_to_tell_of_a_draft(self):
        draft = self.env["customer.ltv.run"].create({"date": AS_OF})
        with self.assertRaisesRegex(UserError, "has not been computed"):
            draft.action_download_workbook()

    def test_queries_do_not_grow(self):
        self._written()  # words and rights are known from here on
        for most in (3, 1000):
            with (
                patch.object(customer_ltv_workbook, "MOST_ACCOUNTS", most),
                self.assertQueryCount(4),
            ):
                self._written()


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestLtvWorkbookRights(WorkbookCommon, HttpCase):
    """Managers of the company, and nobody else."""

    def _paths(self):
        account = self._account_of(self.steady)
        for record in (self.yearly, account):
            action = record.action_download_workbook()
            self.assertEqual(action["type"], "ir.actions.act_url")
            yield action["url"]

    def test_a_manager_downloads_it(self):
        self._new_user("manager_here", "manager", self.company)
        paths = list(self._paths())
        self.authenticate("manager_here", "manager_here")
        for path in paths:
            response = self.url_open(path)
            self.assertEqual(response.status_code, 200)
            self.assertIn("spreadsheetml", response.headers["Content-Type"])
            self.assertIn(".xlsx", response.headers["Content-Disposition"])
            self.assertEqual(
                int(response.headers["Content-Length"]), len(response.content)
            )
            self.assertIn("3 Facts", self._open(response.content).sheetnames)

    def test_others_do_not(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self._new_user("salesperson", "user", self.company)
        self._new_user("elsewhere", "manager", other)
        paths = list(self._paths())
        account = self._account_of(self.steady)
        for login in ("salesperson", "elsewhere"):
            user = self.env["res.users"].search([("login", "=", login)])
            for record in (self.yearly, account):
                with self.subTest(login=login, record=record):
                    with self.assertRaises(AccessError):
                        record.with_user(user).action_download_workbook()
            self.authenticate(login, login)
            for path in paths:
                with self.subTest(login=login, path=path):
                    with mute_logger("odoo.http"):
                        response = self.url_open(path)
                    self.assertIn(response.status_code, (403, 404))
                    self.assertNotIn(b"PK\x03\x04", response.content)
