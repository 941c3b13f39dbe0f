from odoo import api, fields, models
from odoo.tools import SQL

# Accounts in a chunk: some seconds' work. Documents are not stored by account: those of
# fewer accounts take as long to find.
CHUNK_SIZE = 50_000
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


class CustomerLtvRun(models.Model):
    """Computing: from documents to what would become of each account.

    - facts: the refresh brings the facts up to date, as of now
    - observe: what each account brings to a valuation as of the run's day, in chunks
    - learn: from the rows of all accounts, once
    - value: the value of each account, in chunks
    - compare: the borders of the tiers, from the values of all accounts, once
    - record: snapshots with figures, tiers, movements and reasons, in chunks
      (customer_ltv_run_record.py)

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
        """Do a step of the refresh, unless its scheduled action is at it.

        Only until the facts are there: what else a refresh finds out - behaviours,
        goodwill, advice, findings - is not needed here, and its scheduled action does
        that beside the run.
        """
        company = self.company_id
        refresh = self.env.ref("customer_centricity.ir_cron_refresh_accounts")
        has_facts = self.env["customer.account"]._has_facts_since
        # nobody else would do the rest where the scheduled action is off
        if refresh.active and has_facts(company, self.start_date):
            if self._hold_refresh():
                refresh._trigger()
            return True
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
        """Return ranges of ids of the company's accounts, at most so many in each.

        As few ranges as can be, of equally many: workers are done at the same time.
        """
        self.env.flush_all()
        count = self.env["customer.account"]._count_accounts(self.company_id)
        return self.env.execute_query(
            SQL(
                """
                SELECT MIN(id), MAX(id)
                  FROM (
                      SELECT id, NTILE(%s) OVER (ORDER BY id) AS part
                        FROM customer_account WHERE company_id = %s
                  ) account
                 GROUP BY part ORDER BY part
                """,
                max(1, -(-count // size)),
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
        # those whose customers do not want to be profiled are not there to begin with
        return observed.drop(index=later, errors="ignore")

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
                   AND NOT EXISTS (
                       -- nearly all accounts are known for long: it takes one look
                       SELECT FROM customer_profit_month seen
                        WHERE seen.account_id = account.id
                          AND seen.month < %(month)s)
                 GROUP BY account.id
                HAVING MIN(month.month) > %(date)s
                    OR MIN(month.first_order_date) > %(date)s
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
        self._put_typed_values(kept, chunk)
        chunk._put(kept)
        return True

    def _put_typed_values(self, values, chunk):
        """Put values set by hand, and valid on the run's day, in their place."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, COALESCE(typed_value, 0)::float FROM customer_account
                 WHERE company_id = %s AND id BETWEEN %s AND %s
                   AND own_value_method = 'typed' AND typed_value_end >= %s
                """,
                self.company_id.id,
                chunk.first_id,
                chunk.last_id,
                self.date,
            )
        )
        for account_id, value in rows:
            if account_id not in values.index:
                continue  # came later, or is not to be profiled
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
