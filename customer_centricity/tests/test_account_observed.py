from dataclasses import replace
from datetime import date
from unittest.mock import patch

from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from odoo.addons.customer_centricity.models import customer_account_refresh

from .common import TODAY
from .test_account_value import ValueCommon


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestObservedAccounts(ValueCommon):
    """Documents of some accounts at a time, as of today or of a past day."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.values = cls.env["customer.account.value"]
        # 2026-07-15 less 400, 300, 200 and 100 days: 2025-06-10, 2025-09-18,
        # 2025-12-27, 2026-04-06
        cls._orders(cls.north, 400, 300, 200, 100)
        # 2026-03-17, 2026-03-27, 2026-07-05
        cls._orders(cls.south, 120, 110, 10, price=90)
        cls.gone = cls._customer("Gone")
        cls._orders(cls.gone, 390, price=50)
        cls.later = cls._customer("Later")
        cls._orders(cls.later, 20, price=70)
        invoice = cls._orders(cls.later, 45, price=40)
        invoice._reverse_moves([{"date": TODAY, "invoice_date": TODAY}]).action_post()
        cls.Account._refresh(cls.company)
        cls._account(cls.gone).active = False
        cls._account(cls.south).own_value_method = "plain"
        cls.env.flush_all()

    @classmethod
    def _account(cls, partner):
        return cls.Account.with_context(active_test=False).search(
            [("partner_id", "=", partner.id), ("company_id", "=", cls.company.id)]
        )

    def _row(self, partner, terms):
        account = self._account(partner)
        observed = self.values._observe(self.company, terms, account.id, account.id)
        self.assertEqual(observed.index.tolist(), account.ids)
        return observed.loc[account.id]

    def _check(self, partner, terms, **expected):
        row = self._row(partner, terms)
        self.assertEqual({name: row[name] for name in expected}, expected)

    # ------------------------------------------------------------------
    # Some at a time
    # ------------------------------------------------------------------

    def test_ranges_of_any_size(self):
        """All accounts, archived ones too, whatever is read at once."""
        terms = self.values._get_terms(self.company)
        accounts = self.Account.with_context(active_test=False).search(
            [("company_id", "=", self.company.id)], order="id"
        )
        self.assertIn(self._account(self.gone), accounts)
        ids = accounts.ids
        whole = self.values._observe(self.company, terms, ids[0], ids[-1])
        self.assertEqual(whole.index.tolist(), ids)
        first = self.values._observe(self.company, terms, 1, ids[1])
        self.assertTrue(first.equals(whole.iloc[:2]))
        rest = self.values._observe(self.company, terms, ids[1] + 1, ids[-1])
        self.assertTrue(rest.equals(whole.iloc[2:]))

    def test_nobody_in_the_range(self):
        terms = self.values._get_terms(self.company)
        observed = self.values._observe(self.company, terms, 0, 0)
        self.assertEqual(len(observed), 0)

    def _portfolio(self, accounts_at_once):
        """Return all values, and the portfolio's, valued so many accounts at once."""
        with patch.object(
            customer_account_refresh, "ACCOUNTS_AT_ONCE", accounts_at_once
        ):
            self._value_portfolio()
        model = self.env["customer.value.model"]._get_latest(self.company)
        rows = self.env.execute_query(
            SQL(
                "SELECT account_id, value, low, high FROM customer_account_value"
                " ORDER BY account_id"
            )
        )
        return rows, model.read(["account_count", "total", "total_low", "total_high"])

    def test_values_in_ranges(self):
        whole = self._portfolio(1000)
        for accounts_at_once in (1, 2, 3):
            self.assertEqual(self._portfolio(accounts_at_once), whole)
        self.assertFalse(self.env["customer.account.observation"].search([]))

    def test_values_interrupted(self):
        """Killed between two steps, it goes on; begun anew, nothing is left over."""
        whole = self._portfolio(1000)
        parts = self.env["customer.account.observation"]
        self.company.customer_refresh_cursor = 0
        with patch.object(customer_account_refresh, "ACCOUNTS_AT_ONCE", 2):
            self.assertEqual(parts._observe_next(self.company), 2)
            self.assertEqual(self._portfolio(2), whole)
            parts._forget(self.company)
            self.company.customer_refresh_cursor = 0
            parts._observe_next(self.company)
            self.env["customer.account"]._begin_cycle(self.company, full=True)
            self.assertFalse(parts.search([]))

    def test_what_is_settled_comes_from_the_months(self):
        """The oldest of four is known for 400 days; of eight months with revenue."""
        terms = self.values._get_terms(self.company)
        settings = self.values._settle(self.company, terms)
        # a third of the 400 days
        self.assertEqual(settings.holdout, 133)
        # north 4 x 300; south March 180 and July 90; gone 50; June 70, and May 40
        self.assertAlmostEqual(
            settings.ratio_unit, (4 * 300 + 180 + 90 + 50 + 70 + 40) / 9
        )

    def test_settled_once(self):
        terms = replace(
            self.values._get_terms(self.company), holdout=60.0, ratio_unit=100.0
        )
        with patch.object(type(self.values), "_get_observed_span") as asked:
            settings = self.values._settle(self.company, terms)
        self.assertFalse(asked.called)
        self.assertEqual((settings.holdout, settings.ratio_unit), (60, 100))
        # 2026-07-15 less 60 days is 2026-05-16: who had bought, and what came
        self._check(self.south, terms, latest_occasions=2, latest_came=1)
        self._check(self.later, terms, latest_occasions=0, latest_came=1)

    # ------------------------------------------------------------------
    # As of which day
    # ------------------------------------------------------------------

    def test_as_of_today(self):
        terms = self.values._get_terms(self.company)
        self.assertEqual(
            (terms.date, terms.start, terms.end, terms.months_end),
            (date(2026, 7, 15), date(2025, 7, 1), date(2026, 7, 1), date(2026, 8, 1)),
        )
        self._check(
            self.north,
            terms,
            occasions=4,
            age=400,
            recency=300,
            orders=3,
            orders_ever=4,
            profit=900,
            revenue=1200,
            method="",
        )
        self._check(
            self.south,
            terms,
            occasions=3,
            orders=2,
            orders_ever=3,
            profit=180,
            revenue=270,
            method="plain",
        )

    def test_as_of_the_end_of_a_month(self):
        """Nothing later is seen: neither documents nor months nor the window."""
        terms = self.values._get_terms(self.company, date=date(2026, 3, 31))
        self.assertEqual(
            (terms.start, terms.end, terms.months_end),
            (date(2025, 4, 1), date(2026, 4, 1), date(2026, 4, 1)),
        )
        self._check(
            self.north,
            terms,
            occasions=3,
            age=294,
            recency=200,
            orders=3,
            orders_ever=3,
            profit=900,
            revenue=900,
        )
        self._check(
            self.south, terms, occasions=2, orders_ever=2, profit=180, revenue=180
        )
        self._check(self.later, terms, occasions=0, orders_ever=0, profit=0, revenue=0)
        self.assertEqual(self.values._settle(self.company, terms).holdout, 98)

    def test_as_of_a_day_within_a_month(self):
        """What March brought after the 20th is not to be told from its sum."""
        terms = self.values._get_terms(self.company, date=date(2026, 3, 20))
        self.assertEqual(
            (terms.end, terms.months_end), (date(2026, 3, 1), date(2026, 3, 1))
        )
        self._check(
            self.south, terms, occasions=1, age=3, orders_ever=0, profit=0, revenue=0
        )

    def test_what_was_credited_later_was_a_purchase_then(self):
        """Bought on 2026-05-31 and credited today."""
        before = self.values._get_terms(self.company, date=date(2026, 6, 30))
        self.assertEqual(self._row(self.later, before)["occasions"], 2)
        today = self.values._get_terms(self.company)
        self.assertEqual(self._row(self.later, today)["occasions"], 1)

    def test_terms_of_a_run(self):
        terms = self.values._get_terms(
            self.company,
            date=date(2025, 12, 31),
            months=24,
            rate=0.2,
            method="plain",
            minimum_months=6,
            window_months=6,
        )
        self.assertEqual(terms.start, date(2025, 7, 1))
        settings = self.values._settle(self.company, terms)
        self.assertEqual(
            (settings.months, settings.yearly_rate, settings.method),
            (24, 0.2, "plain"),
        )
        self.assertEqual((settings.minimum_months, settings.window_years), (6, 0.5))
        self.assertEqual(self.company.customer_value_months, 60)
