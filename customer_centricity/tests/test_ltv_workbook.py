import io
import math
import re
import tempfile
from datetime import date
from pathlib import Path

import openpyxl

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, freeze_time, new_test_user, tagged

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
        cls.yearly = cls._compute_run()
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
        open("/tmp/xlf/book.xlsx", "wb").write(stream.getvalue())  # XX
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
        [cell] = [
            cell for cell in book[sheet][HEAD_ROW + 1] if cell.value == label
        ]
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
        self.assertGreater(compared, 24 * 30)
