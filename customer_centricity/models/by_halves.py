"""Doing something to many records of which some may refuse."""

import psycopg2

from odoo.exceptions import LockError

# The database is in trouble, or somebody else's save came first: no record is to blame,
# and what was to be done is taken up again as a whole. An interface's error is what a
# lost connection looks like from its second statement on.
DATABASE_ERRORS = (psycopg2.OperationalError, psycopg2.InterfaceError, LockError)


def by_halves(act, records):
    """Call ``act`` with the records; where it raises, with each half of them.

    An automation rule or another addon may raise on some record: what ``act`` did to it
    is undone, and the others go on.

    :param act: function of the records, which may raise
    :return: {record: error} of those that it raises on, each alone
    :raise: an error of the database
    """
    try:
        with records.env.cr.savepoint():
            act(records)
            records.env.flush_all()
            # the chatter, too, within the savepoint: going back to one forgets what is
            # still to be written there
            records.env.cr.precommit.run()
    except DATABASE_ERRORS:
        raise
    except Exception as error:
        if len(records) == 1:
            return {records: error}
        middle = len(records) // 2
        return by_halves(act, records[:middle]) | by_halves(act, records[middle:])
    return {}


def shorten(error):
    """Return what is noted of an error."""
    return f"{type(error).__name__}: {error}"[:300]
