from datetime import date

from odoo.tests import freeze_time, tagged

from .common import TODAY
from .common_profit import ProfitCommon


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestBehaviour(ProfitCommon):
    """Six behaviours, found in documents; figures worked out by hand.

    Today is 15 July 2026; the profit window ends with June, and so do the quarters that
    are over.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Category = cls.env["product.category"]
        cls.seats = Category.create({"name": "Seats"})
        cls.lights = Category.create({"name": "Lights"})
        cls.goods.categ_id = cls.seats
        cls.costless_goods.categ_id = cls.lights

    def _refresh(self):
        """Do those stages of the refresh that behaviours rest on."""
        self.Month._rebuild(self.company)
        self.company.customer_refresh_cursor = 0
        while self.Account._refresh_occasions(self.company):
            pass
        self.env["customer.behaviour"]._find_referrals(self.company)
        self.env.invalidate_all()

    def _get_rows(self, partner):
        return self.env["customer.behaviour"].search(
            [("account_id", "=", self._account(partner).id)]
        )

    def _behaviours(self, partner, *names):
        """Return {(kind, quarter): values} of the partner's account."""
        found = {}
        for behaviour in self._get_rows(partner):
            key = (behaviour.kind, behaviour.quarter, behaviour.category_id.name)
            values = tuple(behaviour[name] for name in names)
            found[key] = values[0] if len(values) == 1 else values
        return found

    def test_first_purchase_and_cross_sell(self):
        # two categories: one in the first order, the other three weeks later
        self._invoice(self.north, "2026-01-20", (self.goods, 2, 100))
        self._invoice(self.north, "2026-02-10", (self.costless_goods, 3, 50))
        self._invoice(self.north, "2026-05-10", (self.costless_goods, 1, 50))
        # South buys both at once
        self._invoice(
            self.south,
            "2026-01-20",
            (self.goods, 1, 100),
            (self.costless_goods, 1, 50),
        )
        self._refresh()
        first = date(2026, 1, 1)
        self.assertEqual(
            self._behaviours(self.north, "date", "amount"),
            {
                ("first_purchase", first, False): (date(2026, 1, 20), 350),
                ("cross_sell", first, "Lights"): (date(2026, 2, 10), 150),
            },
        )
        self.assertEqual(
            self._behaviours(self.south, "date", "amount"),
            {("first_purchase", first, False): (date(2026, 1, 20), 150)},
        )

    def test_what_is_no_offer_is_no_cross_sell(self):
        expenses = self.env.ref("product.product_category_expenses")
        for day, category in (
            ("2026-01-10", self.seats),
            ("2026-02-10", self.lights),
            ("2026-03-10", expenses),
            ("2026-05-10", self.env["product.category"].create({"name": "Books"})),
        ):
            product = self.env["product.product"].create(
                {"name": category.name, "type": "service", "categ_id": category.id}
            )
            self._invoice(self.north, day, (product, 1, 100))
        self.lights.customer_not_proposed = True
        self._refresh()
        self.assertEqual(
            set(self._behaviours(self.north)),
            {
                ("first_purchase", date(2026, 1, 1), False),
                ("cross_sell", date(2026, 4, 1), "Books"),
            },
        )

    def test_what_is_credited_was_not_bought(self):
        self._invoice(self.north, "2026-01-20", (self.goods, 2, 100))
        self._invoice(self.north, "2026-02-10", (self.costless_goods, 3, 50))
        self._invoice(
            self.north,
            "2026-02-12",
            (self.costless_goods, 3, 50),
            move_type="out_refund",
        )
        self._refresh()
        self.assertEqual(
            set(self._behaviours(self.north)),
            {("first_purchase", date(2026, 1, 1), False)},
        )
        categories = self.env["customer.account.category"].search(
            [("account_id", "=", self._account(self.north).id)]
        )
        self.assertEqual(categories.category_id, self.seats)

    def test_up_sell_is_more_of_the_same_or_a_better_version(self):
        for day, quantity, price in (
            # 1,000 a quarter; then 1,099, which is less than a tenth more
            ("2025-02-10", 10, 100),
            ("2026-02-10", 10.99, 100),
            # 1,000, then 1,100: just a tenth more
            ("2025-05-10", 10, 100),
            ("2026-05-10", 11, 100),
        ):
            self._invoice(self.north, day, (self.goods, quantity, price))
        for day, quantity, price in (
            # 1,000, then 1,010, for a version that is more than a tenth dearer
            ("2025-02-10", 10, 100),
            ("2026-02-10", 9.1, 110.989),
            # dearer by a quarter, and less of it: 900 instead of 1,000
            ("2025-05-10", 10, 100),
            ("2026-05-10", 7.2, 125),
        ):
            self._invoice(self.south, day, (self.goods, quantity, price))
        self._refresh()
        self.assertEqual(
            {
                key: value
                for key, value in self._behaviours(
                    self.north, "date", "amount", "up_sell_way"
                ).items()
                if key[0] == "up_sell"
            },
            {
                ("up_sell", date(2026, 4, 1), "Seats"): (
                    date(2026, 5, 10),
                    100,
                    "more",
                )
            },
        )
        self.assertEqual(
            {
                key: value
                for key, value in self._behaviours(
                    self.south, "date", "amount", "up_sell_way"
                ).items()
                if key[0] == "up_sell"
            },
            {
                ("up_sell", date(2026, 1, 1), "Seats"): (
                    date(2026, 2, 10),
                    10,
                    "better",
                )
            },
        )

    def _up_sells(self, partner):
        return {
            quarter: values
            for (kind, quarter, _category), values in self._behaviours(
                partner, "amount", "up_sell_way"
            ).items()
            if kind == "up_sell"
        }

    def test_the_same_money_for_less_is_no_better_version(self):
        # a quarter less at prices a third higher; a tenth less for exactly as much
        for partner, quantity, price in (
            (self.north, 75, 13.6),
            (self.south, 9, 100 / 0.9),
        ):
            old = 100 if partner == self.north else 10
            self._invoice(partner, "2025-02-10", (self.goods, old, 1000 / old))
            self._invoice(partner, "2026-02-10", (self.goods, quantity, price))
        self._refresh()
        self.assertFalse(self._up_sells(self.north))
        self.assertFalse(self._up_sells(self.south))

    def test_a_currency_that_rises_is_no_up_sell(self):
        """North pays 1,000 as before, South 1,200: at 2 a unit, then at 1.6."""
        currency = self.setup_other_currency("CAD", rates=[])
        currency.rate_ids.unlink()
        currency.rate_ids.create(
            [
                {
                    "name": day,
                    "rate": rate,
                    "currency_id": currency.id,
                    "company_id": self.company.id,
                }
                for day, rate in (("2025-01-01", 2), ("2026-01-01", 1.6))
            ]
        )
        for partner, quantity in ((self.north, 10), (self.south, 12)):
            for day, number in (("2025-02-10", 10), ("2026-02-10", quantity)):
                self._invoice(
                    partner, day, (self.goods, number, 100), currency_id=currency.id
                )
        self._refresh()
        self.assertFalse(self._up_sells(self.north))
        # 1,200 / 1.6 = 750, where 1,000 / 1.6 are 625
        self.assertEqual(self._up_sells(self.south), {date(2026, 1, 1): (125, "more")})

    def test_a_dozen_is_twelve_units(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        self._sell(
            self.north,
            "2025-02-10",
            {"product_id": self.goods.id, "quantity": 12, "price_unit": 10},
        )
        # the same 12 units for the same money
        self._sell(
            self.north,
            "2026-02-10",
            {
                "product_id": self.goods.id,
                "quantity": 1,
                "product_uom_id": dozen.id,
                "price_unit": 120,
            },
        )
        self._refresh()
        self.assertNotIn(
            ("up_sell", date(2026, 1, 1), "Seats"), self._behaviours(self.north)
        )

    def test_permanence_goes_by_the_rhythm_of_each(self):
        # once a year: 365 days after 365 days; a year and a half would do as well
        for day in ("2023-03-10", "2024-03-09", "2025-03-09", "2026-06-20"):
            self._invoice(self.north, day, (self.goods, 1, 100))
        # every month for a year, then 100 days of silence: more than twice its gap
        for number in range(1, 13):
            self._invoice(self.south, f"2024-{number:02}-05", (self.goods, 1, 100))
        self._invoice(self.south, "2025-01-05", (self.goods, 1, 100))
        self._invoice(self.south, "2025-04-15", (self.goods, 1, 100))
        self._refresh()
        self.assertEqual(
            {
                key: value
                for key, value in self._behaviours(self.north, "date", "amount").items()
                if key[0] == "permanence"
            },
            {
                # the second order is the first gap: no rhythm yet
                ("permanence", date(2025, 1, 1), False): (date(2025, 3, 9), 100),
                ("permanence", date(2026, 4, 1), False): (date(2026, 6, 20), 100),
            },
        )
        self.assertEqual(
            {
                key: value
                for key, value in self._behaviours(self.south, "date", "amount").items()
                if key[0] == "permanence"
            },
            # 366 days after its first order; April comes 100 days later
            {("permanence", date(2025, 1, 1), False): (date(2025, 1, 5), 100)},
        )

    def test_permanence_is_seen_in_the_middle_of_a_quarter(self):
        """Every month since 10 February 2024: 365 days later is 9 February 2025."""
        for number in range(26):
            day = f"{2024 + (number + 1) // 12}-{(number + 1) % 12 + 1:02}-10"
            self._invoice(self.north, day, (self.goods, 1, 100))
        self._refresh()
        found = {
            quarter: values
            for (kind, quarter, _category), values in self._behaviours(
                self.north, "date", "amount"
            ).items()
            if kind == "permanence"
        }
        self.assertEqual(
            found,
            {
                date(2025, 1, 1): (date(2025, 2, 10), 300),
                date(2025, 4, 1): (date(2025, 4, 10), 300),
                date(2025, 7, 1): (date(2025, 7, 10), 300),
                date(2025, 10, 1): (date(2025, 10, 10), 300),
                # until March 2026
                date(2026, 1, 1): (date(2026, 1, 10), 300),
            },
        )

    def test_a_date_is_in_its_quarter(self):
        """Invoiced on 30 March, booked on 2 April: what is booked decides."""
        for year in (2023, 2024, 2025):
            self._invoice(
                self.north,
                f"{year}-03-30",
                (self.goods, 1, 100),
                date=f"{year}-04-02",
            )
        self._refresh()
        self.assertEqual(
            {
                key[:2]: value
                for key, value in self._behaviours(self.north, "date").items()
            },
            {
                ("first_purchase", date(2023, 4, 1)): date(2023, 4, 1),
                ("permanence", date(2025, 4, 1)): date(2025, 4, 1),
            },
        )

    def _goodwill(self, partner):
        return {
            quarter: values
            for (kind, quarter, _category), values in self._behaviours(
                partner, "date", "amount"
            ).items()
            if kind == "goodwill"
        }

    def test_goodwill_is_a_falling_share_of_costs(self):
        # four quarters of 1,000 each, 5 hours at 40 each: 20% of the revenue
        for month in ("2024-08", "2024-11", "2025-02", "2025-05"):
            self._invoice(self.north, f"{month}-10", (self.goods, 10, 100))
            self._timesheet(f"{month}-10", 5)
        # 2,000 and 9 hours: 360, where 20% are 400: just a tenth less, 10 a quarter
        self._invoice(self.north, "2026-05-10", (self.goods, 20, 100))
        self._timesheet("2026-05-10", 9)
        # the quarter that is not over has cost nothing yet
        self._invoice(self.north, "2026-07-10", (self.goods, 20, 100))
        self._refresh()
        self.assertEqual(
            self._goodwill(self.north), {date(2026, 4, 1): (date(2026, 6, 30), 10)}
        )

    def test_goodwill_is_of_two_whole_years(self):
        # as above, but known since November 2024 only
        for month in ("2024-11", "2025-02", "2025-05"):
            self._invoice(self.north, f"{month}-10", (self.goods, 10, 100))
            self._timesheet(f"{month}-10", 5)
        self._invoice(self.north, "2026-05-10", (self.goods, 20, 100))
        self._refresh()
        self.assertFalse(self._goodwill(self.north))

    def test_half_an_hour_now_and_then_is_no_goodwill(self):
        """Two calls of half an hour, 20 each, beside 12 x 350 in their year: 0.95%."""
        for number in range(26):
            day = f"{2024 + (number + 4) // 12}-{(number + 4) % 12 + 1:02}-10"
            self._invoice(self.north, day, (self.goods, 3.5, 100))
        for day in ("2024-08-20", "2025-05-20"):
            self._timesheet(day, 0.5)
        self._refresh()
        self.assertFalse(self._goodwill(self.north))

    def test_a_referral_counts_with_the_first_order_of_whom_was_recommended(self):
        self._invoice(self.north, "2025-01-20", (self.goods, 2, 100))
        self.south.referred_by_id = self.north_contact
        self._refresh()
        key = ("referral", date(2026, 1, 1), False)
        self.assertNotIn(key, self._behaviours(self.north))
        self._invoice(self.south, "2026-02-20", (self.goods, 3, 100))
        self._invoice(self.south, "2026-03-20", (self.goods, 1, 100))
        self._refresh()
        self.assertEqual(
            self._behaviours(self.north, "date", "amount")[key],
            (date(2026, 2, 20), 400),
        )
        self.south.referred_by_id = False
        self._refresh()
        self.assertNotIn(key, self._behaviours(self.north))

    def test_what_repeats_is_kept_for_three_years(self):
        for day in ("2020-03-10", "2020-06-10", "2021-03-10", "2021-04-10"):
            self._invoice(self.north, day, (self.goods, 1, 100))
        self._invoice(self.north, "2022-05-10", (self.costless_goods, 1, 100))
        self._refresh()
        self.assertEqual(
            set(self._behaviours(self.north)),
            {
                ("first_purchase", date(2020, 1, 1), False),
                ("cross_sell", date(2022, 4, 1), "Lights"),
            },
        )

    def test_another_refresh_writes_nothing(self):
        self._invoice(self.north, "2026-01-20", (self.goods, 2, 100))
        self._refresh()
        behaviours = self._get_rows(self.north)
        self.assertTrue(behaviours)
        self._refresh()
        self.assertEqual(self._get_rows(self.north), behaviours)

    def test_behaviours_follow_changed_documents(self):
        invoice = self._invoice(self.north, "2026-01-20", (self.goods, 2, 100))
        self._refresh()
        self.assertTrue(self._get_rows(self.north))
        invoice.button_draft()
        self._refresh()
        self.assertFalse(self._get_rows(self.north))
