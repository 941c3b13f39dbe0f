from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.date_utils import relativedelta

from .customer_ltv_run_compute import VALUED
from .number_frame import as_dates, as_kept, copy_rows, read_numbers

# Of the months of the window
FIGURES = (
    "revenue",
    "product_cost",
    "time_cost",
    "other_cost",
    "serving_cost",
    "profit",
    "hours",
    "order_count",
    "cost_estimated_rate",
)
# Who the account is, and what becomes of it
OUTCOMES = (
    "result",
    "first_order_date",
    "cohort_year",
    "old_tier_id",
    "computed_tier_id",
    "new_tier_id",
    "movement",
    "is_loss_new",
    "reason_code",
    "is_kept",
    "keep_reason",
    "keep_until",
    "previous_id",
)
# What a reason is looked for in
COMPARED = ("order_profit", "expected_orders", "probability_alive")


class CustomerLtvRun(models.Model):
    """Recording: what becomes of each account, in a snapshot that is written once."""

    _inherit = "customer.ltv.run"

    def _cut_record(self):
        return [(part.first_id, part.last_id) for part in self._get_parts("value")]

    def _do_record(self, chunk):
        values = chunk._get_source("value")._get().rename(columns=VALUED)
        rows = self._get_account_rows(chunk.first_id, chunk.last_id)
        # merged or deleted since: only those that are left
        frame = rows.join(values, how="inner")
        if len(frame):
            self._classify(frame)
            self._insert_snapshots(frame)
        return True

    def _get_window(self):
        """Return the first day of the profit window and the day after its last."""
        end = (self.date + relativedelta(days=1)).replace(day=1)
        return end - relativedelta(months=self.window_months), end

    def _get_account_rows(self, first_id, last_id):
        """Return tier, keeping and figures of accounts as of the run's day."""
        columns = {**self._get_standing_columns(), **self._get_figure_columns()}
        frame = read_numbers(
            self.env, self._get_account_query(columns, first_id, last_id), columns
        ).set_index("account")
        frame["is_kept"] = frame["is_kept"].astype(bool)
        frame["first_order_date"] = as_dates(frame["first_order_date"])
        return frame.join(self._get_keeping(frame.index[frame["is_kept"]].tolist()))

    def _get_standing_columns(self):
        """Return SQL by name: where ``account`` stands, and where it stood before."""
        previous = {
            f"before_{name}": SQL("previous.%s", SQL.identifier(name))
            for name in COMPARED
        }
        return {
            "old_tier_id": SQL("account.tier_id"),
            "is_kept": SQL(
                """
                (account.is_protected IS TRUE
                 AND COALESCE(account.protected_until >= %s, TRUE))::int
                """,
                fields.Date.context_today(self),
            ),
            "previous_id": SQL("previous.id"),
            **previous,
        }

    def _get_figure_columns(self):
        """Return SQL by name: sums of the account's months, as of the run's day."""
        columns = self.env["customer.account"]._get_window_columns()
        first_order = SQL(
            """
            MIN(month.first_order_date) FILTER (WHERE month.first_order_date <= %s)
            - DATE 'epoch'
            """,
            self.date,
        )
        return {name: columns[name] for name in FIGURES} | {
            "first_order_date": first_order
        }

    def _get_account_query(self, columns, first_id, last_id):
        """Return the accounts with their columns; without who is not to be profiled."""
        start, end = self._get_window()
        return SQL(
            """
            SELECT account.id AS account, %(columns)s
              FROM customer_account account
              LEFT JOIN customer_account_snapshot previous
                     ON previous.account_id = account.id
                    AND previous.run_id = %(previous)s
              LEFT JOIN LATERAL (
                  SELECT month.*,
                         month.month >= %(start)s AND month.month < %(end)s
                         AS in_window
                    FROM customer_profit_month month
                   WHERE month.account_id = account.id AND month.month <= %(date)s
              ) month ON TRUE
             WHERE account.company_id = %(company)s
               AND account.id BETWEEN %(first)s AND %(last)s
               AND %(profiled)s
             GROUP BY account.id, previous.id
             ORDER BY account.id
            """,
            columns=SQL(", ").join(
                SQL("%s AS %s", column, SQL.identifier(name))
                for name, column in columns.items()
            ),
            previous=self.previous_id.id or 0,
            start=start,
            end=end,
            date=self.date,
            company=self.company_id.id,
            first=first_id,
            last=last_id,
            # who opted out while the run was computed
            profiled=self.env["customer.account"]._get_profiled_condition(),
        )

    @api.model
    def _get_keeping(self, account_ids):
        """Return why and until when some accounts are kept where they are."""
        return self._read_frame(
            SQL(
                """
                SELECT id AS account, protected_reason AS keep_reason,
                       protected_until AS keep_until
                  FROM customer_account WHERE id = ANY(%s)
                """,
                account_ids,
            )
        ).set_index("account")

    @api.model
    def _read_frame(self, query):
        """Return the rows of a query as a frame; an empty one has its columns too."""
        import pandas as pd

        self.env.flush_all()
        self.env.cr.execute(query)
        columns = [column.name for column in self.env.cr.description]
        rows = self.env.cr.fetchall()
        return pd.DataFrame.from_records(rows, columns=columns)

    def _classify(self, frame):
        """Fill in result, tiers, movement and reason."""
        from ..engine import portfolio  # numpy only when needed

        frame["result"] = portfolio.results(
            frame["revenue"], frame["profit"], self.company_id.customer_even_rate
        )
        frame["cohort_year"] = [
            str(day.year) if day else None for day in frame["first_order_date"]
        ]
        self._place(frame)

    def _place(self, frame):
        """Fill in tiers, movement and reason of accounts.

        A kept account stays in its old tier, or comes to ``kept_tier_id`` where the
        frame has one.
        """
        import numpy as np

        from ..engine import movement, portfolio  # numpy only when needed

        tiers = self.tier_ids.sorted("sequence")
        tier_ids = [*tiers.tier_id.ids, None]  # -1, none, picks the last
        place = {tier_id: index for index, tier_id in enumerate(tier_ids[:-1])}
        borders = tiers._get_borders()

        def places(column):
            return np.array([place.get(one, -1) for one in column], dtype=int)

        value, old_ids = frame["lifetime_value"], _ids(frame["old_tier_id"])
        computed = portfolio.tiers_within(value, borders)
        # an account of today has no tier yet: the refresh gives it one, no run moves it
        old_ids = [
            old_id or tier_ids[index]
            for old_id, index in zip(old_ids, computed, strict=True)
        ]
        old = places(old_ids)
        new = portfolio.damped_tiers(value, old, borders)
        # who meets no rule stays where they are
        new = np.where(new < 0, old, new)
        kept = frame["is_kept"].to_numpy(bool)
        target = places(_ids(frame["kept_tier_id"])) if "kept_tier_id" in frame else old
        new = np.where(kept, target, new)
        ranks = np.append(portfolio.ranks(borders), -1)
        frame["movement"] = movement.movements(ranks[old], ranks[new])
        losses = np.array([border.kind == "loss" for border in borders] + [False])
        frame["is_loss_new"] = losses[new] & ~losses[old]
        frame["computed_tier_id"] = [tier_ids[index] for index in computed]
        # a tier that is not in force any more is the old one all the same
        frame["new_tier_id"] = [
            tier_ids[index] if index >= 0 else old_id
            for index, old_id in zip(new, old_ids, strict=True)
        ]
        frame["old_tier_id"] = old_ids
        frame["reason_code"] = self._get_reason_codes(
            frame,
            kept & (computed != new) | kept & (new != old),
            (new == old) & (computed != old) & (computed >= 0) & ~kept,
            np.where(ranks[old] < 0, 1, ranks[old] - ranks[new]),
            new != old,
        )

    def _get_reason_codes(self, frame, kept, damped, direction, moves):
        """Return why accounts move, or why they do not although their value says so."""
        import numpy as np

        from ..engine import movement  # numpy only when needed

        before = {
            name: frame[f"before_{name}"].astype(float).fillna(0) for name in COMPARED
        }
        found = movement.reasons(before, frame[list(COMPARED)], direction)
        unknown = "new" if self.previous_id else "first"
        codes = np.where(frame["previous_id"].isna(), unknown, found)
        return np.select([kept, damped, moves], ["kept", "damped", codes], default=None)

    def _insert_snapshots(self, frame):
        """Insert the snapshots of some accounts."""
        snapshots = self.env["customer.account.snapshot"]
        columns = {"run_id": self.id, "account_id": frame.index}
        for name in (*FIGURES, *VALUED.values(), *OUTCOMES):
            columns[name] = as_kept(
                snapshots._fields[name], frame[name], self.currency_id.decimal_places
            )
        copy_rows(self.env, snapshots._table, columns)
        snapshots.invalidate_model()

    def _finish_computing(self):
        """Count what becomes of whom; the run is to be reviewed."""
        self.env.flush_all()
        self._count_movements()
        # what was read of the accounts stays: it is what the values rest on
        self.env.cr.execute(
            SQL(
                "UPDATE customer_ltv_chunk SET data = NULL"
                " WHERE run_id = %s AND stage != 'observe'",
                self.id,
            )
        )
        self.write({"state": "computed", "computed_date": fields.Datetime.now()})
        self._forget_late_objections()
        self._ask_for_review()

    def _forget_late_objections(self):
        """Forget what was read of customers who objected while it was computed."""
        day = self.start_date.date()
        accounts = self.env["customer.account"]._get_opted_out(self.company_id)
        self.env["customer.ltv.chunk"]._forget_accounts(
            accounts.filtered(
                lambda account: (
                    not account.profiling_opt_out_date
                    or account.profiling_opt_out_date >= day
                )
            )
        )

    def _count_movements(self):
        """Count the run's movements, and the accounts of each tier."""
        snapshots = self.env["customer.account.snapshot"]
        snapshots.flush_model()
        [counts] = self.env.execute_query_dict(
            SQL(
                """
                SELECT COUNT(*) AS account_count,
                       COUNT(*) FILTER (WHERE movement = 'entered') AS entered_count,
                       COUNT(*) FILTER (WHERE movement = 'left') AS left_count,
                       COUNT(*) FILTER (WHERE movement IN ('entered', 'up'))
                           AS up_count,
                       COUNT(*) FILTER (WHERE movement IN ('left', 'down'))
                           AS down_count,
                       COUNT(*) FILTER (WHERE is_loss_new) AS loss_count,
                       COUNT(*) FILTER (WHERE is_kept) AS kept_count,
                       COUNT(*) FILTER (WHERE reason_code = 'damped') AS damped_count
                  FROM customer_account_snapshot WHERE run_id = %s
                """,
                self.id,
            )
        )
        opted_out = self.env["customer.account"]._count_opted_out(self.company_id)
        self.write({**counts, "opted_out_count": opted_out})
        sums = {
            tier: (count, value)
            for tier, count, value in snapshots._read_group(
                [("run_id", "=", self.id)],
                ["new_tier_id"],
                ["__count", "lifetime_value:sum"],
            )
        }
        for tier in self.tier_ids:
            count, value = sums.get(tier.tier_id, (0, 0))
            tier.write({"account_count": count, "value": value})


def _ids(column):
    """Return a column of ids that may be missing as whole numbers and None."""
    return [int(one) if one == one and one else None for one in column]  # noqa: PLR0124
