from odoo.tests import freeze_time, tagged

from odoo.addons.customer_centricity.tests.common import TODAY

from .common_lookalike import LookalikeCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestLookalikeWorth(LookalikeCommon):
    """60 customers of two years ago, and 36 who have come since July 2025.

    Of the old ones 15 hotels earned 101 to 115 in January 2025, 45 schools 1 to 45: the
    best fifth are the 12 hotels that earned more than 103.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.best | cls.others).write({"first_order_date": False})
        old = cls._customers(cls.tier_d, {cls.hotels: 15, cls.schools: 45})
        earned = [*range(101, 116), *range(1, 46)]
        cls._months(dict(zip(old, earned, strict=True)), "2025-01-01")
        cls.new = cls._customers(
            cls.tier_d, {cls.hotels: 12, cls.schools: 24}, "2025-07-10"
        )

    @classmethod
    def _months(cls, profits, month):
        cls.Month.create(
            [
                {"account_id": account.id, "month": month, "profit": profit}
                for account, profit in profits.items()
            ]
        )

    def _test(self, hotels, schools):
        """Learn where each new customer has earned so much in 12 months."""
        amounts = [hotels] * 12 + [schools] * 24
        self._months(dict(zip(self.new, amounts, strict=True)), "2026-01-01")
        return self._learn()

    def test_those_picked_earn_more(self):
        model = self._test(2400, 600)
        self.assertEqual(model.verdict, "better")
        self.assertEqual((model.picked_count, model.other_count), (12, 24))
        # from July to June are 12 months
        self.assertEqual((model.picked_profit, model.other_profit), (200, 50))
        self.assertEqual(model.pair_share, 1)
        # 1.96 x sqrt((12 + 24 + 1) / (12 x 12 x 24))
        self.assertAlmostEqual(model.pair_chance, 0.2028, 4)
        self.assertIn("Those picked are better customers.", model.verdict_text)
        self.assertIn("Of the 36 customers won since, the 12", model.verdict_text)

    def test_those_picked_earn_less(self):
        model = self._test(-2400, 600)
        self.assertEqual((model.verdict, model.picked_profit), ("worse", -200))
        self.assertIn("do not go by it", model.verdict_text)

    def test_no_difference(self):
        model = self._test(1200, 1200)
        self.assertEqual((model.verdict, model.pair_share), ("same", 0.5))
        self.assertIn("no difference is shown", model.verdict_text)

    def test_too_few_have_come(self):
        self.new[:9].write({"first_order_date": "2026-05-01"})
        # 27 are left: a third of them are 9
        model = self._test(2400, 600)
        self.assertEqual(model.verdict, "few")

    def test_what_customers_are_like_now_is_another_matter(self):
        self.assertEqual(self._test(2400, 600).status, "few")
