"""Rows kept beside accounts, written in bulk: only those that differ."""

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


def replace_rows(records, key, names, query, kept, match=()):
    """Make rows of accounts what a query finds; those that it does not find go.

    :param records: the model of the rows
    :param key: names of the columns that tell which is which
    :param names: names of the other columns
    :param query: SQL selecting both, in this order
    :param kept: SQL selecting all columns of the rows that there are to be compared
    :param match: more SQL conditions that ``old`` and ``new`` are the same
    """
    cr, table = records.env.cr, SQL.identifier(records._table)
    found = SQL.identifier(f"{records._table}_found")
    keys = [SQL.identifier(name) for name in key]
    columns = [SQL.identifier(name) for name in names]
    new = SQL(", ").join(SQL("new.%s", name) for name in columns)
    cr.execute(SQL("DROP TABLE IF EXISTS %s", found))
    cr.execute(
        SQL(
            """
            CREATE TEMPORARY TABLE %(found)s ON COMMIT DROP AS
            SELECT new.*, old.id AS old_id
              FROM (%(query)s) new (%(all)s)
              FULL JOIN (%(kept)s) old ON %(match)s
             WHERE (%(old)s) IS DISTINCT FROM (%(new)s)
            """,
            found=found,
            query=query,
            all=SQL(", ").join([*keys, *columns]),
            kept=kept,
            match=SQL(" AND ").join(
                [*(SQL("old.%s = new.%s", name, name) for name in keys), *match]
            ),
            old=SQL(", ").join(SQL("old.%s", name) for name in columns),
            new=new,
        )
    )
    cr.execute(
        SQL(
            """
            DELETE FROM %s
             WHERE id IN (SELECT old_id FROM %s new WHERE new.%s IS NULL)
            """,
            table,
            found,
            keys[0],
        )
    )
    cr.execute(
        SQL(
            """
            UPDATE %s old SET (%s) = ROW(%s)
              FROM %s new
             WHERE old.id = new.old_id AND new.%s IS NOT NULL
            """,
            table,
            SQL(", ").join(columns),
            new,
            found,
            keys[0],
        )
    )
    cr.execute(
        SQL(
            "INSERT INTO %(table)s (%(all)s) SELECT %(all)s FROM %(found)s"
            " WHERE old_id IS NULL ORDER BY %(keys)s",
            table=table,
            all=SQL(", ").join([*keys, *columns]),
            found=found,
            keys=SQL(", ").join(keys),
        )
    )
    records.invalidate_model()
