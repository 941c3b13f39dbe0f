from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged

from .common import CustomerCentricityCommon


@tagged("post_install", "-at_install", "is_tour", "plain_stack")
class TestDashboardTour(CustomerCentricityCommon, HttpCase):
    """The dashboard in a real browser, as a manager and as a salesperson.

    One account earns 1,000, another brings 100 and costs 12.5 hours at 40.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            login: new_test_user(
                cls.env,
                login,
                groups="base.group_user,base.group_partner_manager,"
                + f"customer_centricity.{role}",
                company_id=cls.company.id,
                company_ids=cls.company.ids,
            )
            for login, role in {
                "dashboard_sales": "group_user",
                "dashboard_manager": "group_manager",
            }.items()
        }
        Tier = cls.env["customer.tier"]
        Tier.search([]).active = False
        cls.tier, cls.other_tier = Tier.create(
            [
                {"name": "Tour Tier", "rule_type": "share", "sequence": 1},
                {"name": "Tour Other", "rule_type": "loss", "sequence": 2},
            ]
        )
        cls.env["customer.group"].create({"name": "Tour Empty Group"})
        # The browser lives today: documents of the last closed month
        day = fields.Date.today() - relativedelta(months=1, day=10)
        cls.north.name, cls.south.name = "Tour Gain", "Tour Drain"
        cls._invoice(cls.north, day, (cls.service, 1, 1000))
        cls._invoice(cls.south, day, (cls.service, 1, 100))
        cls._timesheet(day, 12.5, project=cls._create_project(cls.south))
        cls.Account._refresh(cls.company)
        cls.gain = cls.Account.search([("partner_id", "=", cls.north.id)])
        cls.drain = cls.Account.search([("partner_id", "=", cls.south.id)])
        cls.gain.tier_id = cls.other_tier
        cls.drain.tier_id = cls.tier
        cls.gain.user_id = cls.users["dashboard_sales"]

    def test_manager(self):
        self.assertEqual((self.gain.profit, self.drain.profit), (1000, -400))
        self.start_tour(
            "/odoo/customer-dashboard",
            "customer_dashboard_manager",
            login="dashboard_manager",
        )

    def test_salesperson(self):
        self.start_tour(
            "/odoo", "customer_dashboard_salesperson", login="dashboard_sales"
        )
