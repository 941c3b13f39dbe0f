from odoo import api, models
from odoo.tools import SQL


class CustomerChangeNote(models.AbstractModel):
    """Notes of which customers, of a company, there is something to find anew.

    Notes are only added, so nobody waits for anybody, and removed by the refresh
    together with the last of the work they ask for.
    """

    _name = "customer.change.note"
    _description = "Note of a Changed Customer"
    _log_access = False

    @api.model
    def _take(self, company, limit):
        """Remove the notes of at most so many partners; return these partners' ids.

        With the transaction that does what they ask for: nothing is lost when it fails.
        """
        statement = SQL("DELETE FROM %s", SQL.identifier(self._table))
        return self._act(statement, company, limit)

    @api.model
    def _act(self, statement, company, limit, condition=None):
        """Do something to the notes of at most so many partners; return their ids.

        :param statement: the beginning of an SQL statement
        :param condition: SQL of which notes, all by default
        """
        self.env.flush_all()
        which = SQL(
            "company_id = %s AND partner_id IS NOT NULL AND %s",
            company.id,
            condition or SQL("TRUE"),
        )
        rows = self.env.execute_query(
            SQL(
                """
                %(statement)s
                 WHERE %(which)s
                   AND partner_id IN (
                       SELECT DISTINCT partner_id FROM %(table)s
                        WHERE %(which)s ORDER BY partner_id LIMIT %(limit)s)
                RETURNING partner_id
                """,
                statement=statement,
                which=which,
                table=SQL.identifier(self._table),
                limit=limit,
            )
        )
        self.invalidate_model()
        return sorted({partner_id for [partner_id] in rows})

    @api.model
    def _forget(self, company):
        """Remove all notes of a company: everything is about to be done, or was."""
        self.env.cr.execute(
            SQL(
                "DELETE FROM %s WHERE company_id = %s",
                SQL.identifier(self._table),
                company.id,
            )
        )
        self.invalidate_model()
