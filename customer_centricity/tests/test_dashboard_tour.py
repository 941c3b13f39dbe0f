from odoo.tests import tagged

from .common_tour import TourCommon


@tagged("post_install", "-at_install", "is_tour", "plain_stack")
class TestDashboardTour(TourCommon):
    """The dashboard in a real browser, as a manager and as a salesperson."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["customer.group"].create({"name": "Tour Empty Group"})
        cls.gain.tier_id = cls.other_tier
        cls.gain.user_id = cls.users["tour_sales"]

    def test_manager(self):
        self.assertEqual((self.gain.profit, self.drain.profit), (1000, -400))
        self.start_tour(
            "/odoo/customer-dashboard",
            "customer_dashboard_manager",
            login="tour_manager",
        )

    def test_salesperson(self):
        self.start_tour("/odoo", "customer_dashboard_salesperson", login="tour_sales")
