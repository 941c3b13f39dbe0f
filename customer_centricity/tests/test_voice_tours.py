from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import CustomerCentricityCommon


@tagged("post_install", "-at_install", "is_tour", "plain_stack")
class TestVoiceTours(CustomerCentricityCommon, HttpCase):
    """From what a contact said to what is done about it, in a real browser.

    The browser lives today: Gain is invoiced 1,000 in the last closed month, and its
    contact answers 3.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._create_member(
            "tour_voice_manager",
            "base.group_user,base.group_partner_manager,"
            "customer_centricity.group_manager",
        )
        cls.north.name = "Tour Gain"
        day = fields.Date.today() - relativedelta(months=1, day=10)
        cls._invoice(cls.north, day, (cls.service, 1, 1000))
        cls.env["customer.nps.response"].create(
            {
                "partner_id": cls.north_contact.id,
                "company_id": cls.company.id,
                "score": 3,
                "comment": "Late again",
            }
        )
        cls.Account._refresh(cls.company)
        cls.gain = cls.Account.search([("partner_id", "=", cls.north.id)])
        # that of who answered is done elsewhere
        cls.gain.activity_ids.unlink()

    def test_manager_calls_who_is_unhappy_and_starts_what_is_next(self):
        self.start_tour(
            "/odoo/customer-profit-and-voice",
            "customer_voice_to_play",
            login="tour_voice_manager",
        )
        play = self.env.ref("customer_centricity.play_stay")
        self.assertEqual(self.gain.behaviour_start_ids.play_id, play)
        self.assertEqual(
            sorted(self.gain.activity_ids.mapped("summary")),
            [
                "Call: is everything as it should be, and what do they need next?",
                "Hear what they think of us",
                "Tell them what was done about what they said",
            ],
        )
        self.assertEqual(self.gain.activity_ids.user_id, self.manager)
