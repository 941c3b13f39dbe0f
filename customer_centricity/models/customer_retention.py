import logging

import psycopg2

from odoo import api, models
from odoo.exceptions import LockError
from odoo.fields import Domain

_logger = logging.getLogger(__name__)

# Records a transaction: a second's work
BATCH_SIZE = 1000
CONFLICTS = (
    LockError,
    psycopg2.errors.DeadlockDetected,
    psycopg2.errors.LockNotAvailable,
    psycopg2.errors.SerializationFailure,
)


class CustomerRetention(models.AbstractModel):
    """Records that are removed when they are older than the company wants to keep them.

    A scheduled action does so once a day, a batch a transaction. What is left to do is
    not noted anywhere: it is what is still there, so a clean-up that was interrupted
    goes on with it.
    """

    _name = "customer.retention"
    _description = "Kept for a Time"

    @api.model
    def _get_retained_models(self):
        """Return the names of the models that inherit this."""
        registry = self.env.registry
        return [
            name
            for name in sorted(registry.descendants(["customer.retention"], "_inherit"))
            if not registry[name]._abstract
        ]

    @api.model
    def _get_overdue_domain(self, company):
        """Return which records of a company are older than wanted; to be extended."""
        return Domain.FALSE

    def _remove_overdue(self):
        """Remove the records; meant to be extended by what is to be said about it."""
        self.unlink()

    @api.model
    def _get_overdue(self, company, limit=None):
        domain = self._get_overdue_domain(company)
        return self.with_context(active_test=False).search(
            domain, order="id", limit=limit
        )

    # ------------------------------------------------------------------
    # The scheduled action
    # ------------------------------------------------------------------

    @api.model
    def _cron_clean_up(self):
        """Remove what is overdue in all companies, committing each batch."""
        left = self._get_left()
        time_left = True
        while left and time_left:
            done = self._clean_next(left)
            time_left = self.env["ir.cron"]._commit_progress(
                done, remaining=sum(left.values())
            )
        if left:
            # Time is over: the scheduler gives others a turn, and would come back only
            # when it looks around the next time.
            self.env.ref("customer_centricity.ir_cron_clean_up")._trigger()

    @api.model
    def _get_left(self):
        """Return how many records are overdue, by company and model.

        Counted once a run: to count costs more than to remove what was found.
        """
        left = {}
        companies = self.env["res.company"].search(
            [("active", "in", (True, False))], order="id"
        )
        for company in companies:
            for name in self._get_retained_models():
                model = self.env[name].with_context(active_test=False)
                if count := model.search_count(model._get_overdue_domain(company)):
                    left[company, name] = count
        return left

    @api.model
    def _clean_next(self, left):
        """Remove the next batch; return how many records that were.

        :param left: what there is to do, as ``_get_left`` returns it; what is done, or
            cannot be done today, is taken off here
        """
        company, name = key = next(iter(left))
        try:
            with self.env.cr.savepoint():
                records = self.env[name]._get_overdue(company, limit=BATCH_SIZE)
                count = len(records)
                records._remove_overdue()
            left[key] -= count
            # others may have removed some meanwhile
            if count < BATCH_SIZE or left[key] <= 0:
                del left[key]
            return count
        except CONFLICTS:
            # people's work comes first; what is still there is for the next time
            self.env.cr.rollback()
        except psycopg2.OperationalError:
            raise  # the database is in trouble, not the records
        except Exception:
            self.env.cr.rollback()
            _logger.exception("Clean-up of %s in %s failed", name, company.id)
        del left[key]
        return 0
