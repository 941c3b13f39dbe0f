import psycopg2

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Date
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.customer_centricity.tests.common import TODAY

from .common_lookalike import LookalikeCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSourceQuality(LookalikeCommon):
    """Four customers: two by the fair, one by a radio show, one of unknown origin.

    A hotel of 10,000 and a school of 2,000 came by the fair, on which 3,000 and 1,000
    were spent; one of 6,000 by the show, where nothing was spent and its group costs
    1,500 a customer; one of 4,000 by nothing known, with 800 of its own.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.best | cls.others).write({"first_order_date": False})
        cls.fair, cls.show = cls.env["utm.source"].create(
            [{"name": "Fair"}, {"name": "Radio show"}]
        )
        cls.Spend = cls.env["customer.acquisition.spend"]
        cls.Quality = cls.env["customer.source.quality"]
        cls.customers = cls._customers(cls.tier_a, {cls.hotels: 4})
        cls.group.acquisition_cost = 1500
        first, second, third, last = cls.customers
        for account, value in zip(
            cls.customers, (10_000, 2_000, 6_000, 4_000), strict=True
        ):
            account.write(
                {
                    "lifetime_value": value,
                    "group_id": cls.group.id if account == third else False,
                }
            )
        last.write({"has_own_acquisition_cost": True, "own_acquisition_cost": 800})
        for account, source in (
            (first, cls.fair),
            (second, cls.fair),
            (third, cls.show),
        ):
            cls._won(account, source)
        cls._won(first, cls.show)  # a later one does not count
        cls.Spend.create(
            [
                {"source_id": cls.fair.id, "date": day, "amount": amount}
                | {"company_id": cls.company.id}
                for day, amount in (("2023-02-14", 3000), ("2023-03-01", 1000))
            ]
        )
        cls.manager = cls._new_user("source_manager", "manager")

    @classmethod
    def _won(cls, account, source):
        lead = cls._lead(partner_id=account.partner_id.id, source_id=source.id)
        lead.action_set_won()
        return lead

    def _read(self, groupby="source_id"):
        rows = self.Quality.with_user(self.manager)._read_group(
            [("company_id", "=", self.company.id)],
            [groupby],
            [
                "account_count:sum",
                "lifetime_value:sum",
                "acquisition_cost:sum",
                "acquisition_return:avg",
                "cost_per_account:avg",
                "value_per_account:avg",
            ],
        )
        return {group.name: figures for group, *figures in rows}

    def test_value_and_cost_by_source(self):
        self.assertEqual(
            self._read(),
            {
                "Fair": [2, 12_000, 4_000, 3, 2_000, 6_000],
                "Radio show": [1, 6_000, 1_500, 4, 1_500, 6_000],
                False: [1, 4_000, 800, 5, 800, 4_000],
            },
        )

    def test_customers_at_a_loss_have_no_ratio(self):
        """8,000 less than nothing from the show, and -10,000 + 2,000 from the fair."""
        self.customers[0].lifetime_value = -10_000
        rows = self._read()
        self.assertEqual(rows["Fair"], [2, -8_000, 4_000, False, 2_000, -4_000])
        self.customers[2].lifetime_value = -8_000
        row = self.Quality.search([("account_id", "=", self.customers[2].id)])
        self.assertEqual((row.acquisition_return, row.value_per_account), (0, -8_000))

    def test_where_something_is_spent_the_group_costs_nothing(self):
        self.Spend.create(
            {
                "source_id": self.show.id,
                "date": "2023-03-01",
                "amount": 600,
                "company_id": self.company.id,
            }
        )
        self.assertEqual(self._read()["Radio show"], [1, 6_000, 600, 10, 600, 6_000])

    def test_what_won_nobody_costs_all_the_same(self):
        radio = self.env["utm.source"].create({"name": "Leaflet"})
        self.Spend.create(
            {
                "source_id": radio.id,
                "date": "2023-03-01",
                "amount": 500,
                "company_id": self.company.id,
            }
        )
        count, value, cost, times, each, worth = self._read()["Leaflet"]
        self.assertEqual((count, value, cost), (0, 0, 500))
        self.assertFalse(each or worth or times)

    def test_what_was_spent_in_other_years_won_nobody_today(self):
        """The customer of the show ordered first in March 2023."""
        for day, amount, cost in (
            ("2001-01-01", 0, 1500),
            ("2023-03-31", 0, 1500),
            ("2001-01-01", 50, 1550),
            ("2022-03-31", 50, 1550),
            ("2023-04-01", 50, 1550),
            ("2022-04-01", 50, 50),
            ("2023-03-31", 50, 50),
        ):
            spend = self.Spend.create(
                {
                    "source_id": self.show.id,
                    "date": day,
                    "amount": amount,
                    "company_id": self.company.id,
                }
            )
            with self.subTest(day, amount=amount):
                self.assertEqual(self._read()["Radio show"][2], cost)
            spend.unlink()

    def test_rows(self):
        rows = self.Quality.with_user(self.manager).search(
            [("source_id", "=", self.fair.id)], order="id"
        )
        self.assertEqual(
            sorted(
                (row.account_count, row.month, row.lifetime_value, row.acquisition_cost)
                for row in rows
            ),
            [
                (0, Date.to_date("2023-02-01"), 0, 3000),
                (0, Date.to_date("2023-03-01"), 0, 1000),
                (1, Date.to_date("2023-03-01"), 2000, 0),
                (1, Date.to_date("2023-03-01"), 10_000, 0),
            ],
        )

    def test_who_may_not_be_profiled_counts_and_is_not_named(self):
        partner = self.customers[0].partner_id
        self.customers[0].profit = 70
        partner.customer_profiling_opt_out = True
        rows = self.Quality.search([("company_id", "=", self.company.id)])
        self.assertEqual(sum(rows.mapped("account_count")), 4)
        self.assertEqual(sum(rows.mapped("profit")), 70)
        self.assertEqual(rows.account_id, self.customers[1:])

    def test_rows_of_those_not_named_do_not_tell_which_they_are(self):
        """Both of the fair ordered first in the same month."""
        self.customers[:2].partner_id.customer_profiling_opt_out = True
        self.customers[0].profit, self.customers[1].profit = 70, 30
        found = [("company_id", "=", self.company.id), ("account_count", ">", 0)]
        rows = self.Quality.search([*found, ("account_id", "=", False)])
        [row] = rows
        self.assertEqual(
            (row.source_id, row.month, row.account_count, row.profit),
            (self.fair, Date.to_date("2023-03-01"), 2, 100),
        )
        every = self.Quality.search([])
        self.assertEqual(len(set(every.ids)), len(every))
        before = row.id
        # the same numbers whichever accounts they are
        self.customers[0].active = False
        self.customers[1].first_order_date = False
        self.customers[2].partner_id.customer_profiling_opt_out = True
        self.assertIn(before, self.Quality.search([]).ids)

    def test_rights(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self._new_user("source_stranger", "manager", elsewhere)
        seller = self._new_user("source_seller", "user")
        for model in (self.Quality, self.Spend):
            self.assertFalse(model.with_user(stranger).search([]))
            self.assertTrue(model.with_user(self.manager).search([]))
            for attempt in (
                lambda model=model: model.with_user(seller).search([]),
                lambda model=model: model.with_user(seller)._read_group([], [], []),
            ):
                with self.assertRaises(AccessError):
                    attempt()
        spend = self.Spend.with_user(self.manager).create(
            {"source_id": self.show.id, "amount": 10, "company_id": self.company.id}
        )
        self.assertEqual(spend.date, Date.to_date("2026-07-01"))
        self.assertEqual(spend.display_name, "Radio show 2026-07")
        spend.unlink()

    def test_what_is_no_amount_is_refused(self):
        spend = self.Spend.search([("source_id", "=", self.fair.id)], limit=1)
        for amount in (-1, float("nan"), float("inf"), 1e308, 1e12):
            for attempt in (
                lambda amount=amount: self.Spend.create(
                    {"source_id": self.show.id, "amount": amount}
                ),
                lambda amount=amount: spend.write({"amount": amount}),
            ):
                with (
                    self.subTest(amount=amount),
                    self.assertRaisesRegex(ValidationError, "from 0 to below"),
                    self.env.cr.savepoint(),
                ):
                    attempt()
        spend.amount = 999_999_999_999
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.IntegrityError),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(
                "UPDATE customer_acquisition_spend SET amount = 'NaN' WHERE id = %s",
                (spend.id,),
            )

    def test_mistyped_years_are_refused(self):
        spend = self.Spend.search([("source_id", "=", self.fair.id)], limit=1)
        for day in ("9999-12-31", "2032-01-01", "1899-12-31", "0202-07-01"):
            with (
                self.subTest(day),
                self.assertRaisesRegex(
                    ValidationError, f"Fair: nothing is spent on {day}.*1900 and 2031"
                ),
                self.env.cr.savepoint(),
            ):
                spend.date = day
        spend.date = "2031-12-31"
        spend.date = "1900-01-01"
