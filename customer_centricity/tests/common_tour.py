from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.tests import HttpCase, new_test_user

from .common import CustomerCentricityCommon


class TourCommon(CustomerCentricityCommon, HttpCase):
    """People of each role, and two accounts, for a real browser.

    The browser lives today, so do the documents: in the last closed month one account
    earned 1,000, another brought 100 and cost 12.5 hours at 40.
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
                "tour_sales": "group_user",
                "tour_manager": "group_manager",
                "tour_administrator": "group_administrator",
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
        day = fields.Date.today() - relativedelta(months=1, day=10)
        cls.north.name, cls.south.name = "Tour Gain", "Tour Drain"
        cls._invoice(cls.north, day, (cls.service, 1, 1000))
        cls._invoice(cls.south, day, (cls.service, 1, 100))
        cls._timesheet(day, 12.5, project=cls._create_project(cls.south))
        cls.Account._refresh(cls.company)
        cls.gain = cls.Account.search([("partner_id", "=", cls.north.id)])
        cls.drain = cls.Account.search([("partner_id", "=", cls.south.id)])
        # as if in force since the account was worth something
        cls.drain.tier_id = cls.tier
