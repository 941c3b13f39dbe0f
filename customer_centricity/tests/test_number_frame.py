import datetime

from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

from odoo.addons.customer_centricity.models.number_frame import (
    as_dates,
    as_kept,
    copy_rows,
    read_numbers,
)


@tagged("post_install", "-at_install", "plain_stack")
class TestNumberFrame(TransactionCase):
    """Columns come and go as they are in the database."""

    def _read(self, rows, names):
        return read_numbers(
            self.env,
            SQL("SELECT * FROM (VALUES %s) row (account, %s)", rows, names),
            ["one", "two"],
        )

    def test_numbers_are_read_as_they_are(self):
        frame = self._read(
            SQL("(3, 0.1, NULL), (2147483647, -12345678.91, 4e-7)"), SQL("one, two")
        )
        self.assertEqual(frame["account"].tolist(), [3, 2147483647])
        self.assertEqual(frame["one"].tolist(), [0.1, -12345678.91])
        self.assertEqual(frame["two"].isna().tolist(), [True, False])
        self.assertEqual(frame["two"][1], 4e-7)

    def test_no_rows_are_an_empty_frame(self):
        query = SQL("SELECT 1 AS account, 2 AS one WHERE FALSE")
        frame = read_numbers(self.env, query, ["one"])
        self.assertEqual(list(frame), ["account", "one"])
        self.assertEqual(len(frame), 0)
        self.assertEqual(list(as_dates(frame["one"])), [])

    def test_days_become_dates_of_any_year(self):
        dates = [datetime.date(1, 1, 1), datetime.date(206, 3, 1), None]
        dates += [datetime.date(1970, 1, 1), datetime.date(9999, 12, 31)]
        days = [day and (day - datetime.date(1970, 1, 1)).days for day in dates]
        values = SQL(", ").join(SQL("(1, %s::integer, 0)", day) for day in days)
        frame = self._read(values, SQL("one, two"))
        self.assertEqual(list(as_dates(frame["one"])), dates)

    def test_rows_are_kept_as_they_are(self):
        import pandas as pd

        self.env.cr.execute(
            """
            CREATE TEMPORARY TABLE kept (
                id integer, amount numeric, rate float, name varchar, day date)
            ON COMMIT DROP
            """
        )
        names = [
            'say "no", twice',
            "two\nlines,\rthree",
            " blanks ",
            "back\\slash ñ",
            None,
        ]
        day = datetime.date(206, 3, 1)
        amounts = [0.1 + 0.2, -1e9, 1e-5, 2.676, float("nan")]
        fields = self.env["customer.account"]._fields
        columns = {
            "id": as_kept(fields["tier_id"], pd.Series([1, 2, 3, 4, None]), 2),
            "amount": as_kept(fields["profit"], pd.Series(amounts), 2),
            "rate": as_kept(fields["probability_alive"], pd.Series(amounts), 2),
            "name": as_kept(fields["result"], pd.Series(names, dtype=object), 2),
            "day": as_dates(pd.Series([-644229.0] * 4 + [float("nan")])),
        }
        copy_rows(self.env, "kept", columns)
        self.env.cr.execute("SELECT id, amount::text, rate, name, day FROM kept")
        rows = self.env.cr.fetchall()
        self.assertEqual(
            rows,
            [
                (1, "0.3", 0.3, names[0], day),
                (2, "-1000000000.0", -1e9, names[1], day),
                (3, "0.0", 0.0, names[2], day),
                (4, "2.68", 2.676, names[3], day),
                (None, None, None, None, None),
            ],
        )
