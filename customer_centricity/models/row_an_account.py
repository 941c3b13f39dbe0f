"""Rows kept beside accounts, one an account, written in bulk."""

from odoo.tools import SQL


def replace_differing(records, names, query):
    """Write the rows of accounts of which a column differs; by one statement.

    Those that stay as they are are read only: most do, night after night, and even a
    lock on a row is written to the disk.

    :param records: the model of the rows, with an ``account_id``
    :param names: names of the other columns, a list
    :param query: SQL selecting ``account_id`` and these, a row an account
    """
    table = SQL.identifier(records._table)
    columns = [SQL.identifier(name) for name in ("account_id", *names)]
    new = SQL(", ").join(SQL("new.%s", name) for name in columns)
    records.env.cr.execute(
        SQL(
            """
            WITH differing AS (
                SELECT new.*, old.id AS old_id
                  FROM (%(query)s) new (%(names)s)
                  LEFT JOIN %(table)s old ON old.account_id = new.account_id
                 WHERE (%(old)s) IS DISTINCT FROM (%(new)s)
            ),
            updated AS (
                UPDATE %(table)s old SET (%(names)s) = ROW(%(new)s)
                  FROM differing new
                 WHERE old.id = new.old_id
            )
            INSERT INTO %(table)s (%(names)s)
            SELECT %(new)s FROM differing new WHERE old_id IS NULL
                -- of two at once the database refuses one, which is then taken up again
                ON CONFLICT (account_id) DO NOTHING
            """,
            query=query,
            table=table,
            names=SQL(", ").join(columns),
            old=SQL(", ").join(SQL("old.%s", name) for name in columns),
            new=new,
        )
    )
    records.invalidate_model()
