from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from .common import CustomerCentricityCommon


@tagged("post_install", "-at_install", "is_tour", "plain_stack")
class TestStrategyTours(CustomerCentricityCommon, HttpCase):
    """What becomes of intents, and what a salesperson reads, in a real browser.

    The browser lives today: Gain is invoiced 1,000 in the last closed month, and is
    the only member of its group.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # those of other people are none of these tests' business
        cls.env["customer.group"].search([]).active = False
        cls.people = {
            role: new_test_user(
                cls.env,
                f"tour_strategy_{role}",
                groups="base.group_user,base.group_partner_manager,"
                + f"customer_centricity.group_{role}",
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
            )
            for role in ("user", "manager")
        }
        cls.day = fields.Date.today() - relativedelta(months=1, day=10)
        cls.north.name = "Tour Gain"
        cls._invoice(cls.north, cls.day, (cls.service, 1, 1000))
        cls.Account._refresh(cls.company)
        cls.gain = cls.Account.search([("partner_id", "=", cls.north.id)])
        cls.group = cls.env["customer.group"].create(
            {"name": "Tour Group", "persona_name": "Tour Persona"}
        )
        cls.gain.group_id = cls.group

    def _start_intent(self):
        """Start an intent to double the revenue of the group."""
        intent = self.env["customer.intent"].create(
            {
                "group_id": self.group.id,
                "company_id": self.company.id,
                "reason": "They like what we do",
                "user_id": self.people["manager"].id,
                "outcome_ids": [
                    Command.create(
                        {
                            "metric_id": self.env.ref(
                                "customer_centricity.metric_revenue"
                            ).id,
                            "target": 2000,
                        }
                    )
                ],
            }
        )
        intent._start()
        return intent

    def test_manager_sees_what_has_come_true(self):
        intent = self._start_intent()
        outcome = intent.outcome_ids
        self.assertEqual((outcome.baseline, outcome.state), (1000, "on_track"))
        self._invoice(self.north, self.day, (self.service, 1, 1500))
        self._refresh()
        self.start_tour(
            "/odoo/customer-intents",
            "customer_intent_measured",
            login="tour_strategy_manager",
        )
        self.assertEqual((outcome.value, outcome.state), (2500, "reached"))
        self.assertEqual(outcome.progress, 1.5)

    def test_salesperson_sees_intents_and_no_figures(self):
        intent = self._start_intent()
        self.start_tour(
            "/odoo/customer-groups",
            "customer_strategy_salesperson",
            login="tour_strategy_user",
        )
        self.assertEqual(intent.state, "running")
        self.assertEqual(self.gain.group_id, self.group)
