"""Rows by the million: copies of rows that Odoo wrote itself, with other values.

Odoo makes one record of each kind, with all that it stores about it; the others are
inserted as copies of its row, in which only what differs is told. A column that nobody
thought of has the value that Odoo gave it.
"""

import contextlib
import io
import json

from odoo.tools import SQL


class Masters:
    """Rows that Odoo made, to be copied; the records themselves are not kept."""

    def __init__(self, env):
        self.env = env
        self._rows = {}

    @contextlib.contextmanager
    def making(self):
        """Undo what is created inside, after it was noted with ``note``."""
        with contextlib.suppress(_Noted), self.env.cr.savepoint():
            yield
            raise _Noted
        # nor what they would have done at the end
        self.env.cr.precommit.clear()
        self.env.cr.postcommit.clear()

    def note(self, records, kinds):
        """Keep the rows of the records, each under its kind."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "SELECT id, to_jsonb(master)::text FROM %s master WHERE id IN %s",
                SQL.identifier(records._table),
                tuple(records.ids),
            )
        )
        rows = dict(self.env.cr.fetchall())
        kept = self._rows.setdefault(records._table, {})
        kept.update(
            (kind, (record.id, rows[record.id]))
            for kind, record in zip(kinds, records, strict=True)
        )

    def kinds_by_id(self, table):
        """Return the kinds of a table's masters by the id that the record had."""
        return {master_id: kind for kind, (master_id, _) in self._rows[table].items()}

    def rows(self, table):
        """Return the masters of a table as dictionaries, by kind."""
        return {kind: json.loads(row) for kind, (_, row) in self._rows[table].items()}

    def insert(self, table, staged, /, **values):
        """Insert a copy of a master for each row of a staged table.

        :param staged: name of a table with a column ``kind``
        :param values: SQL of the columns that differ; ``s`` is the staged row,
            ``master`` the copied one
        """
        cr = self.env.cr
        masters = f"master_{table}"
        if not _exists(cr, masters):
            cr.execute(
                SQL(
                    """
                    CREATE TEMP TABLE %(masters)s ON COMMIT DROP AS
                    SELECT kept.kind, row.*
                      FROM unnest(%(kinds)s, %(rows)s) AS kept(kind, content)
                     CROSS JOIN LATERAL
                           jsonb_populate_record(NULL::%(table)s, kept.content::jsonb)
                           AS row
                    """,
                    masters=SQL.identifier(masters),
                    table=SQL.identifier(table),
                    kinds=list(self._rows[table]),
                    rows=[row for _, row in self._rows[table].values()],
                )
            )
        cr.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass"
            " AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
            [table],
        )
        columns = [name for [name] in cr.fetchall()]
        if unknown := set(values).difference(columns):
            raise ValueError(f"{table} has no columns {sorted(unknown)}")
        cr.execute(
            SQL(
                """
                INSERT INTO %(table)s (%(columns)s)
                SELECT %(values)s
                  FROM %(staged)s s JOIN %(masters)s master ON master.kind = s.kind
                """,
                table=SQL.identifier(table),
                columns=SQL(", ").join(map(SQL.identifier, columns)),
                values=SQL(", ").join(
                    SQL(values[name])
                    if name in values
                    else SQL.identifier("master", name)
                    for name in columns
                ),
                staged=SQL.identifier(staged),
                masters=SQL.identifier(masters),
            )
        )


class _Noted(Exception):
    """Ends the savepoint in which masters are made."""


def _exists(cr, table):
    cr.execute("SELECT to_regclass(%s)", [f"pg_temp.{table}"])
    return bool(cr.fetchone()[0])


def stage(cr, name, frame, /, **types):
    """Put a frame into a temporary table.

    :param types: the column types, all columns in the order of the frame
    """
    if list(types) != list(frame.columns):
        raise ValueError(f"{name}: columns {list(frame.columns)}, types {list(types)}")
    cr.execute(
        SQL(
            "CREATE TEMP TABLE %s (%s) ON COMMIT DROP",
            SQL.identifier(name),
            SQL(", ").join(
                SQL("%s %s", SQL.identifier(column), SQL(kind))
                for column, kind in types.items()
            ),
        )
    )
    whole = [column for column, kind in types.items() if kind == "int"]
    content = io.StringIO()
    # an empty one makes floats of its whole column
    frame.astype(dict.fromkeys(whole, "Int64")).to_csv(
        content, index=False, header=False
    )
    content.seek(0)
    cr.copy_expert(f'COPY "{name}" FROM STDIN WITH (FORMAT csv)', content)
    cr.execute(SQL("ANALYZE %s", SQL.identifier(name)))


def take_ids(cr, table, count):
    """Reserve ids of a table; return the first of them."""
    cr.execute(SQL("SELECT nextval(%s)", f"{table}_id_seq"))
    first = cr.fetchone()[0]
    cr.execute(SQL("SELECT setval(%s, %s)", f"{table}_id_seq", first + max(count, 1)))
    return first


@contextlib.contextmanager
def unindexed(cr, *tables):
    """Leave out indexes and foreign keys of the tables; they are made anew at the end.

    Within the transaction: who looks at the tables meanwhile waits.
    """
    remade = []
    for table in tables:
        cr.execute(
            """
            SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
             WHERE conrelid = %s::regclass AND contype = 'f'
            """,
            [table],
        )
        for name, definition in cr.fetchall():
            cr.execute(
                SQL(
                    "ALTER TABLE %s DROP CONSTRAINT %s",
                    SQL.identifier(table),
                    SQL.identifier(name),
                )
            )
            remade.append(f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" {definition}')
        cr.execute(
            """
            SELECT class.relname, pg_get_indexdef(class.oid)
              FROM pg_index JOIN pg_class class ON class.oid = indexrelid
             WHERE indrelid = %s::regclass
               AND NOT EXISTS (
                   SELECT FROM pg_constraint WHERE conindid = indexrelid
               )
            """,
            [table],
        )
        for name, definition in cr.fetchall():
            cr.execute(SQL("DROP INDEX %s", SQL.identifier(name)))
            remade.insert(0, definition)
    yield
    cr.execute("SET LOCAL maintenance_work_mem = '256MB'")
    for statement in remade:
        cr.execute(statement)
