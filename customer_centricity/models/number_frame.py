"""Rows of the database as columns, for the engine, and columns as rows."""

import io

from odoo.tools import SQL


def read_numbers(env, query, names):
    """Return the rows of a query as a frame of numbers.

    The database sends one row: each column the bytes of its numbers. Nothing is faster
    to read, nor takes less memory.

    :param query: SQL selecting ``account``, an id, and the names
    :param names: columns of numbers; NULL becomes NaN
    :return: frame of ``account``, int, and the names, float
    """
    columns = [
        SQL(
            "string_agg(float8send(COALESCE(row.%s::float8, 'NaN')), '')",
            SQL.identifier(name),
        )
        for name in names
    ]
    env.flush_all()
    [row] = env.execute_query(
        SQL(
            "SELECT string_agg(int4send(row.account), ''), %s FROM (%s) row",
            SQL(", ").join(columns),
            query,
        )
    )
    return _frame(names, row)


def copy_rows(env, table, columns):
    """Add rows to a table, as a file that the database reads.

    Sent within a statement, each value would be a part of it to be understood.

    :param columns: dict of arrays of the same length; what is missing becomes NULL
    """
    import pandas as pd

    rows = io.StringIO(newline="")
    # with both signs as the end of a line, a text that has one of them is quoted
    pd.DataFrame(columns).to_csv(rows, header=False, index=False, lineterminator="\r\n")
    rows.seek(0)
    names = SQL(", ").join(map(SQL.identifier, columns))
    statement = SQL(
        "COPY %s (%s) FROM STDIN (FORMAT csv)", SQL.identifier(table), names
    )
    env.cr.copy_expert(statement.code, rows)


def as_kept(field, column, decimals):
    """Return a column of a field's values as they are kept.

    Numbers are rounded: what differs in lost digits only does not differ. Whole ones
    stay whole beside some that are missing.

    :param column: pandas series
    :param decimals: of money
    """
    if field.type in ("integer", "many2one"):
        return column.astype(float).astype("Int64").array
    if field.type == "monetary":
        return column.astype(float).round(decimals).array
    if field.type == "float":
        return column.astype(float).round(field._digits[1]).array
    return column.array


def as_dates(days):
    """Return numbers of days since 1970 as dates, None where there is none.

    Dates of Python: somebody types the year 206, which is none for pandas.

    :param days: pandas series of floats
    """
    import numpy as np

    known = days.notna().to_numpy()
    dates = np.full(len(days), "NaT", "datetime64[D]")
    dates[known] = days.to_numpy()[known].astype(int).astype("datetime64[D]")
    return dates.astype(object)


def _frame(names, columns):
    """Return columns as the database sends them as a frame."""
    import numpy as np
    import pandas as pd

    kinds = [">i4"] + [">f8"] * len(names)
    native = {">i4": int, ">f8": float}
    return pd.DataFrame(
        {
            name: np.frombuffer(column or b"", kind).astype(native[kind])
            for name, column, kind in zip(
                ("account", *names), columns, kinds, strict=True
            )
        }
    )
