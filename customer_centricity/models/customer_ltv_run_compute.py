from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.date_utils import relativedelta

# Accounts in a chunk: some seconds' work. Documents are not stored by account: those of
# fewer accounts take as long to find.
CHUNK_SIZE = 50_000
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
# Of the valuation, under the names of the snapshot
VALUED = {
    "value": "lifetime_value",
    "low": "lifetime_value_low",
    "high": "lifetime_value_high",
    "probability_alive": "probability_alive",
    "expected_orders": "expected_orders",
    "order_profit": "order_profit",
    "method": "value_method",
    "status": "value_status",
}
COMPARED = ("order_profit", "expected_orders", "probability_alive")


class CustomerLtvRun(models.Model):
    """Computing: from documents to what would become of each account.

    - facts: the refresh brings the facts up to date, as of now
    - observe: what each account brings to a valuation as of the run's day, in chunks
    - learn: from the rows of all accounts, once
    - value: the value of each account, in chunks
    - compare: the borders of the tiers, from the values of all accounts, once
    - record: snapshots with figures, tiers, movements and reasons, in chunks

    No account is changed.
    """

    _inherit = "customer.ltv.run"

    def _prepare_computing(self):
        self.chunk_ids.unlink()
        self.tier_ids.unlink()
        self.model_id.unlink()
        self._delete_snapshots()
        self.write(
            {
                "previous_id": self._get_last_applied(self.company_id).id,
                "start_date": fields.Datetime.now(),
                "computed_date": False,
                "stage": False,
                "stage_seconds": False,
                "settled": False,
            }
        )

    # ------------------------------------------------------------------
    # The facts
    # ------------------------------------------------------------------

    @api.model
    def _cut_facts(self):
        return [(0, 0)]

    def _do_facts(self, _chunk):
        """Do a step of the refresh, unless its scheduled action is at it."""
        company = self.company_id
        if not company.customer_refresh_start:
            if (
                company.customer_refresh_date
                and company.customer_refresh_date >= self.start_date
            ):
                return True
            if not self._hold_refresh():
                return None
            self.env["customer.account"]._begin_cycle(company)
            return False
        if not self._hold_refresh():
            return None
        self.env["customer.account"]._refresh_step(company)
        return False

    def _hold_refresh(self):
        """Keep the scheduled action that refreshes from running in this transaction."""
        self.env.cr.execute(
            SQL(
                "SELECT id FROM ir_cron WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED",
                self.env.ref("customer_centricity.ir_cron_refresh_accounts").id,
            )
        )
        return bool(self.env.cr.fetchall())

    # ------------------------------------------------------------------
    # The values
    # ------------------------------------------------------------------

    def _cut_observe(self):
        self.settled = self._settle()
        return self._cut_accounts(CHUNK_SIZE)

    def _cut_accounts(self, size):
        """Return ranges of ids that hold so many accounts of the company each."""
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """
                SELECT MIN(id), MAX(id)
                  FROM (
                      SELECT id, (ROW_NUMBER() OVER (ORDER BY id) - 1) / %s AS part
                        FROM customer_account WHERE company_id = %s
                  ) account
                 GROUP BY part ORDER BY part
                """,
                size,
                self.company_id.id,
            )
        )

    def _get_terms(self):
        """Return what the run asks for, and what was settled for the portfolio."""
        return self.env["customer.account.value"]._get_terms(
            self.company_id,
            self.date,
            window_months=self.window_months,
            months=self.horizon_months,
            rate=self.discount_rate,
            method=self.value_method,
            **(self.settled or {}),
        )

    def _get_value_settings(self):
        """Return the engine's settings."""
        return self.env["customer.account.value"]._settle(
            self.company_id, self._get_terms()
        )

    def _settle(self):
        """Return what is said once of the portfolio: accounts are read apart."""
        settings = self._get_value_settings()
        return {"holdout": settings.holdout, "ratio_unit": settings.ratio_unit}

    def _observe(self, first_id, last_id):
        """Return what a range of accounts brings to a valuation."""
        observed = self.env["customer.account.value"]._observe(
            self.company_id, self._get_terms(), first_id, last_id
        )
        later = self._get_later_accounts(first_id, last_id)
        return observed.drop(index=later)

    def _get_later_accounts(self, first_id, last_id):
        """Return accounts of a range that there was nothing of on the run's day."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT account.id
                  FROM customer_account account
                  JOIN customer_profit_month month ON month.account_id = account.id
                 WHERE account.company_id = %(company)s
                   AND account.id BETWEEN %(first)s AND %(last)s
                 GROUP BY account.id
                HAVING MIN(month.month) > %(date)s
                    OR MIN(month.month) >= %(month)s
                   AND MIN(month.first_order_date) > %(date)s
                """,
                company=self.company_id.id,
                first=first_id,
                last=last_id,
                date=self.date,
                month=self.date.replace(day=1),
            )
        )
        return [account_id for [account_id] in rows]

    def _do_observe(self, chunk):
        observed = self._observe(chunk.first_id, chunk.last_id)
        chunk._put(observed)
        return True

    @api.model
    def _cut_learn(self):
        return [(0, 0)]

    def _do_learn(self, _chunk):
        import pandas as pd

        from ..engine import valuation  # scipy only when needed

        parts = [part._get() for part in self._get_parts("observe")]
        observed = pd.concat(parts).sort_index() if parts else self._observe(0, 0)
        result = valuation.learn(observed, self._get_value_settings())
        self.model_id = self.env["customer.value.model"]._keep(
            self.company_id, result, self.date, run=self
        )
        return True

    def _cut_value(self):
        return [(part.first_id, part.last_id) for part in self._get_parts("observe")]

    def _do_value(self, chunk):
        from ..engine import learnt, valuation  # scipy only when needed

        values = valuation.value(
            chunk._get_source("observe")._get(),
            self._get_value_settings(),
            learnt.Learnt.from_dict(self.model_id.learnt),
        )
        decimals = self.currency_id.decimal_places
        kept = values[[*VALUED, "variance"]].copy()
        for name in ("value", "low", "high", "order_profit"):
            kept[name] = kept[name].round(decimals)
        self._put_typed_values(kept)
        chunk._put(kept)
        return True

    def _put_typed_values(self, values):
        """Put values set by hand, and valid on the run's day, in their place."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, COALESCE(typed_value, 0)::float FROM customer_account
                 WHERE id = ANY(%s) AND own_value_method = 'typed'
                   AND typed_value_end >= %s
                """,
                values.index.tolist(),
                self.date,
            )
        )
        for account_id, value in rows:
            values.loc[account_id, ["value", "low", "high"]] = value
            values.loc[account_id, ["method", "status"]] = "typed"
            values.loc[account_id, "variance"] = 0.0

    def _get_parts(self, stage):
        return self.chunk_ids.filtered(lambda chunk: chunk.stage == stage).sorted(
            "first_id"
        )

    # ------------------------------------------------------------------
    # The borders
    # ------------------------------------------------------------------

    @api.model
    def _cut_compare(self):
        return [(0, 0)]

    def _do_compare(self, _chunk):
        """Draw the borders of the tiers, and sum the portfolio up."""
        import pandas as pd

        from ..engine import portfolio, uncertainty  # scipy only when needed

        parts = [part._get(("value", "variance")) for part in self._get_parts("value")]
        values = (
            pd.concat(parts) if parts else pd.DataFrame({"value": [], "variance": []})
        )
        value = values["value"].to_numpy(float)
        tiers = self.env["customer.tier"]._get_tiers(self.company_id)
        borders = portfolio.borders(
            value,
            [tier._get_rule() for tier in tiers],
            self.company_id.customer_tier_band,
        )
        previous = {tier.tier_id: tier.id for tier in self.previous_id.tier_ids}
        self.env["customer.ltv.run.tier"].create(
            [
                {
                    "run_id": self.id,
                    "tier_id": tier.id,
                    "previous_id": previous.get(tier),
                    "sequence": sequence,
                    "is_loss": border.kind == "loss",
                    "is_empty": border.lowest == float("inf"),
                    "border": 0 if border.lowest == float("inf") else border.lowest,
                    "width": border.width,
                }
                for sequence, (tier, border) in enumerate(
                    zip(tiers, borders, strict=True)
                )
            ]
        )
        total = float(value.sum())
        low, high = uncertainty.total_interval(
            total,
            values["variance"].to_numpy(float),
            self.model_id.learnt["common_error"],
        )
        totals = {"total": total, "total_low": low, "total_high": high}
        self.model_id.write({**totals, "account_count": value.size})
        company = self.company_id
        self.write(
            {
                **totals,
                "quality_grade": company.customer_quality_grade,
                "quality_doubt_rate": company.customer_quality_doubt_rate,
            }
        )
        return True

    # ------------------------------------------------------------------
    # What becomes of each account
    # ------------------------------------------------------------------

    def _cut_record(self):
        return [(part.first_id, part.last_id) for part in self._get_parts("value")]

    def _do_record(self, chunk):
        values = chunk._get_source("value")._get().rename(columns=VALUED)
        rows = self._get_account_rows(values.index.tolist())
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

    def _get_account_rows(self, account_ids):
        """Return tier, keeping and figures of accounts as of the run's day."""
        start, end = self._get_window()
        columns = self.env["customer.account"]._get_window_columns()
        return self._read_frame(
            SQL(
                """
                SELECT account.id AS account, account.tier_id AS old_tier_id,
                       (account.is_protected IS TRUE
                        AND COALESCE(account.protected_until >= %(today)s, TRUE))
                       AS is_kept,
                       account.protected_reason AS keep_reason,
                       account.protected_until AS keep_until,
                       previous.id AS previous_id,
                       previous.order_profit::float AS before_order_profit,
                       previous.expected_orders::float AS before_expected_orders,
                       previous.probability_alive::float AS before_probability_alive,
                       figure.*
                  FROM customer_account account
                  LEFT JOIN customer_account_snapshot previous
                         ON previous.account_id = account.id
                        AND previous.run_id = %(previous)s
                 CROSS JOIN LATERAL (
                      SELECT %(columns)s,
                             MIN(month.first_order_date) FILTER (
                                 WHERE month.first_order_date <= %(date)s
                             ) AS first_order_date
                        FROM (
                            SELECT month.*,
                                   month.month >= %(start)s AND month.month < %(end)s
                                   AS in_window
                              FROM customer_profit_month month
                             WHERE month.account_id = account.id
                               AND month.month <= %(date)s
                        ) month
                 ) figure
                 WHERE account.id = ANY(%(ids)s) AND account.company_id = %(company)s
                 ORDER BY account.id
                """,
                today=fields.Date.context_today(self),
                previous=self.previous_id.id or 0,
                columns=SQL(", ").join(
                    SQL("(%s)::float AS %s", columns[name], SQL.identifier(name))
                    for name in FIGURES
                ),
                date=self.date,
                start=start,
                end=end,
                ids=account_ids,
                company=self.company_id.id,
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

        value, old = frame["lifetime_value"], places(_ids(frame["old_tier_id"]))
        computed = portfolio.tiers_within(value, borders)
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
        old_ids = _ids(frame["old_tier_id"])
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
        """Insert the snapshots of some accounts by one statement."""
        snapshots = self.env["customer.account.snapshot"]
        names = [
            *FIGURES,
            *VALUED.values(),
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
        ]
        for name in ("previous_id", "old_tier_id", "computed_tier_id", "new_tier_id"):
            # a column of numbers and None would become one of floats
            frame[name] = frame[name].astype(object)
        frame.loc[~frame["is_kept"].astype(bool), ["keep_reason", "keep_until"]] = None
        columns = SQL(", ").join(map(SQL.identifier, names))
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO customer_account_snapshot (run_id, account_id, %(columns)s)
                SELECT %(run)s, row.account_id, %(values)s
                  FROM unnest(%(ids)s::int[], %(arrays)s)
                       AS row(account_id, %(columns)s)
                 ORDER BY row.account_id
                """,
                columns=columns,
                run=self.id,
                values=SQL(", ").join(
                    SQL("row.%s", SQL.identifier(name)) for name in names
                ),
                ids=frame.index.tolist(),
                arrays=SQL(", ").join(
                    snapshots._get_array(name, frame[name], self.currency_id)
                    for name in names
                ),
            )
        )
        snapshots.invalidate_model()

    def _finish_computing(self):
        """Count what becomes of whom; the run is to be reviewed."""
        self.env.flush_all()
        self._count_movements()
        self.env.cr.execute(
            SQL("UPDATE customer_ltv_chunk SET data = NULL WHERE run_id = %s", self.id)
        )
        self.write({"state": "computed", "computed_date": fields.Datetime.now()})
        self._ask_for_review()

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
        self.write(counts)
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

    # ------------------------------------------------------------------
    # Failing and cleaning up
    # ------------------------------------------------------------------

    def _fail(self, error):
        """Stop until somebody has the run go on."""
        self._lock()
        if self.state in ("cancelled", "failed"):
            return
        self.write({"state": "failed", "error": error})
        self.message_post(
            body=self.env._(
                "The run stopped with an error: %s. “Try again” goes on where it "
                "stopped.",
                error,
            )
        )

    def _clean(self):
        """Remove what a cancelled run has recorded, when nobody works on it any more.

        :return: whether there was anything to do
        """
        self.env.cr.execute(
            SQL(
                "SELECT id FROM customer_ltv_chunk WHERE run_id = %s"
                " FOR UPDATE SKIP LOCKED",
                self.id,
            )
        )
        if self.env.cr.rowcount < len(self.chunk_ids):
            return False  # whoever finishes last will come by here
        if self._delete_snapshots(limit=20000):
            return True
        self.chunk_ids.unlink()
        self.tier_ids.unlink()
        self.model_id.unlink()
        return True

    def _delete_snapshots(self, limit=None):
        """Remove snapshots of a run that has not been applied; return how many."""
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM customer_account_snapshot
                 WHERE id IN (
                     SELECT id FROM customer_account_snapshot
                      WHERE run_id = %s LIMIT %s)
                """,
                self.id,
                limit,
            )
        )
        removed = self.env.cr.rowcount
        self.env["customer.account.snapshot"].invalidate_model()
        return removed


def _ids(column):
    """Return a column of ids that may be missing as whole numbers and None."""
    return [int(one) if one == one and one else None for one in column]  # noqa: PLR0124
