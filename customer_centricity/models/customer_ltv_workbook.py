import datetime
from dataclasses import dataclass, replace
from typing import Any

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.date_utils import relativedelta

# Accounts on the sheets, at most: those worth, or costing, most. Some twenty seconds to
# write; a spreadsheet opens more only with patience. The rest is one line of the check.
MOST_ACCOUNTS = 20_000
# Runs that have been computed, and still say so
COMPUTED = ("computed", "applying", "applied", "undoing")


@dataclass
class Valued:
    """What a workbook is written of."""

    title: str
    company: Any
    date: datetime.date
    settings: Any  # of the engine
    learnt: Any  # of the engine
    rows: Any  # frame by account: what is stored of it
    observed: Any  # frame by account: what its value was computed from
    is_read_again: bool  # the documents, as nobody has kept what was read then
    tiers: Any  # of the run, in order; none where a value stands for itself
    total: float | None = None  # of the portfolio, as stored
    rest_count: int = 0  # accounts that are not on the sheets
    rest_value: float = 0.0


class CustomerLtvWorkbook(models.AbstractModel):
    """How lifetime values come about, as a spreadsheet that computes them.

    One sheet a step, from the facts to the tier, with formulas instead of numbers
    wherever there is a formula; the last compares with what is stored. A run has kept
    the facts its values rest on; where they are gone, documents are read again as of
    the run's day.

    Nothing is stored: reading takes place in a transaction that may be read-only.
    """

    _name = "customer.ltv.workbook"
    _description = "Spreadsheet of Lifetime Values"

    # ------------------------------------------------------------------
    # Of a run
    # ------------------------------------------------------------------

    @api.model
    def _check_run(self, run):
        """Refuse runs that there is nothing to tell of."""
        run.ensure_one()
        run.check_access("read")
        run.snapshot_ids.browse().check_access("read")
        if run.state not in COMPUTED or not run.model_id:
            raise UserError(
                self.env._(
                    "%s has not been computed: start it, and come back when it is to "
                    "be reviewed.",
                    run.display_name,
                )
            )
        if run.snapshot_removed_date:
            raise UserError(
                self.env._(
                    "The rows of the accounts of %(run)s were removed on %(date)s: "
                    "there is nothing left to compute.",
                    run=run.display_name,
                    date=run.snapshot_removed_date,
                )
            )

    @api.model
    def _read_run(self, run):
        """Return what a workbook of a run is written of."""
        from ..engine.learnt import Learnt  # scipy only when needed

        self._check_run(run)
        # sudo: documents behind figures that whoever reads runs may see, rights and
        # company are checked above; the table of the work is not for people. A run is
        # told as a whole: a rule of somebody's own that narrows the accounts for some
        # of its readers does not narrow the sheets.
        run = run.sudo()
        rows, count, total = self._read_snapshots(run)
        observed, is_read_again = self._get_observed(run, rows.index)
        rows = rows.loc[rows.index.intersection(observed.index, sort=False)]
        return Valued(
            title=run.display_name,
            company=run.company_id,
            date=run.date,
            settings=run._get_value_settings(),
            learnt=Learnt.from_dict(run.model_id.learnt),
            rows=rows,
            observed=observed.loc[rows.index],
            is_read_again=is_read_again,
            tiers=run.tier_ids.sorted("sequence"),
            total=run.total,
            rest_count=count - len(rows),
            rest_value=total - float(rows["stored"].sum()),
        )

    @api.model
    def _read_snapshots(self, run):
        """Return a frame by account, the best first; how many there are, and their sum.

        Rows of accounts that are gone have no name, and no documents to read.
        """
        self.env.flush_all()
        [[count, total]] = self.env.execute_query(
            SQL(
                """
                SELECT COUNT(*), COALESCE(SUM(lifetime_value), 0)::float
                  FROM customer_account_snapshot WHERE run_id = %s
                """,
                run.id,
            )
        )
        frame = run._read_frame(
            SQL(
                """
                SELECT *
                  FROM (
                      SELECT account.id AS account,
                             COALESCE(partner.complete_name, partner.name) AS name,
                             snapshot.value_method AS method,
                             snapshot.value_status AS status,
                             snapshot.lifetime_value::float AS stored,
                             snapshot.lifetime_value_low::float AS low,
                             snapshot.lifetime_value_high::float AS high,
                             snapshot.old_tier_id, snapshot.computed_tier_id,
                             snapshot.new_tier_id, snapshot.is_kept
                        FROM customer_account_snapshot snapshot
                        JOIN customer_account account
                          ON account.id = snapshot.account_id
                        JOIN res_partner partner ON partner.id = account.partner_id
                       WHERE snapshot.run_id = %(run)s AND %(profiled)s
                       ORDER BY ABS(snapshot.lifetime_value) DESC, snapshot.id
                       LIMIT %(limit)s
                  ) account
                 ORDER BY stored DESC, account
                """,
                run=run.id,
                profiled=self.env["customer.account"]._get_profiled_condition(),
                limit=MOST_ACCOUNTS,
            )
        )
        return frame.set_index("account"), count, total

    @api.model
    def _get_observed(self, run, account_ids):
        """Return what values were computed from; whether documents were read again."""
        import pandas as pd

        parts, is_read_again = [], False
        for chunk in run._get_parts("observe"):
            wanted = account_ids[
                (account_ids >= chunk.first_id) & (account_ids <= chunk.last_id)
            ]
            if not wanted.size:
                continue
            part = chunk._get_if_kept()
            if part is None:
                part = run._observe(chunk.first_id, chunk.last_id)
                is_read_again = True
            parts.append(part.loc[part.index.intersection(wanted)])
        if not parts:
            parts.append(run._observe(0, 0))
        return pd.concat(parts), is_read_again

    # ------------------------------------------------------------------
    # Of an account
    # ------------------------------------------------------------------

    @api.model
    def _read_account(self, account):
        """Return what a workbook of one account's value of today is written of."""
        from ..engine.learnt import Learnt  # scipy only when needed

        account.ensure_one()
        account.check_access("read")
        values = self.env["customer.account.value"]
        values.check_access("read")
        explanation = values.search([("account_id", "=", account.id)])
        learnt = explanation.model_id.learnt
        if account.profiling_opt_out or not learnt:
            # tells why, in words
            account.action_explain_value()
            raise UserError(
                self.env._("The value of this account has not been computed yet.")
            )
        learnt = Learnt.from_dict(learnt)
        # sudo: as for a run
        values, company = values.sudo(), account.company_id.sudo()
        terms = values._get_terms(company, holdout=0, ratio_unit=learnt.ratio_unit)
        day = explanation.date
        terms = replace(
            terms, date=day, months_end=day.replace(day=1) + relativedelta(months=1)
        )
        settings = values._settle(company, terms)
        return Valued(
            title=account.display_name,
            company=company,
            date=day,
            settings=settings,
            learnt=learnt,
            rows=self._get_account_row(account),
            observed=values._observe_scope(
                company, terms, settings, SQL("account.id = %s", account.id)
            ),
            is_read_again=True,
            tiers=self.env["customer.ltv.run.tier"],
        )

    @api.model
    def _get_account_row(self, account):
        import pandas as pd

        return pd.DataFrame(
            {
                "name": account.display_name,
                "method": account.value_method,
                "status": account.value_status,
                "stored": account.lifetime_value,
                "low": account.lifetime_value_low,
                "high": account.lifetime_value_high,
            },
            index=account.ids,
        )

    # ------------------------------------------------------------------
    # The file
    # ------------------------------------------------------------------

    @api.model
    def _write_run(self, run, stream):
        """Write the workbook of a run into a stream."""
        self._write_book(self._read_run(run), stream)

    @api.model
    def _write_account(self, account, stream):
        """Write the workbook of an account's value into a stream."""
        self._write_book(self._read_account(account), stream)

    @api.model
    def _get_file_name(self, title):
        """Return a name for the file that any system takes."""
        kept = "".join(one if one.isalnum() else " " for one in title)
        return f"{self.env._('Lifetime value')} {' '.join(kept.split())[:80]}.xlsx"
