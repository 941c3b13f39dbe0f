from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from .common import CustomerCentricityCommon


@tagged("post_install", "-at_install", "is_tour")
class TestStrategyTours(CustomerCentricityCommon, HttpCase):
    """Groups and intents on the screen, in a real browser.

    Documents are those of the last closed month: Gain is invoiced 1,000, Drain 100 and
    costs 500 of hours. Gain alone is in the group that is there from the beginning.
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
        cls.north.name, cls.south.name = "Tour Gain", "Tour Drain"
        cls._invoice(cls.north, cls.day, (cls.service, 1, 1000))
        cls._invoice(cls.south, cls.day, (cls.service, 1, 100))
        cls._timesheet(cls.day, 12.5, project=cls._create_project(cls.south))
        cls.Account._refresh(cls.company)
        cls.gain = cls.Account.search([("partner_id", "=", cls.north.id)])
        cls.drain = cls.Account.search([("partner_id", "=", cls.south.id)])
        cls.group = cls.env["customer.group"].create(
            {"name": "Tour Group", "persona_name": "Tour Persona"}
        )
        cls.gain.group_id = cls.group

    def _find_group(self, name):
        return self.env["customer.group"].search([("name", "=", name)])

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

    def test_manager_creates_a_group_by_rule(self):
        self.start_tour(
            "/odoo/customer-groups",
            "customer_group_by_rule",
            login="tour_strategy_manager",
        )
        losers = self._find_group("Tour Losers")
        self.assertTrue(losers.has_rule)
        self.assertEqual(losers.rule_user_id, self.people["manager"])
        self.assertEqual(losers.account_ids, self.drain)
        self.assertEqual(self.drain.group_origin, "rule")
        # a person has placed the other one
        self.assertEqual(self.gain.group_id, self.group)
        self.assertEqual(self.gain.group_origin, "hand")

    def test_manager_accepts_a_group_found_in_the_data(self):
        regulars = self._create_accounts(24, "regular")
        costly = self._create_accounts(16, "costly")
        self.start_tour(
            "/odoo/customer-group-proposals",
            "customer_group_proposal_accept",
            login="tour_strategy_manager",
        )
        proposal = self.env["customer.group.proposal"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertEqual((proposal.state, proposal.count), ("accepted", 2))
        self.assertEqual(proposal.accepted_by_id, self.people["manager"])
        group = self._find_group("Tour Regulars")
        self.assertEqual(group.account_ids, regulars)
        self.assertEqual(set(regulars.mapped("group_origin")), {"found"})
        other = costly.group_id
        self.assertEqual(len(other), 1)
        self.assertEqual(other.account_ids, costly)
        # one order is too few to tell how it behaves
        self.assertFalse(self.drain.group_id)

    def test_manager_starts_an_intent_and_sees_it_measured(self):
        self.start_tour(
            "/odoo/customer-intents",
            "customer_intent_start",
            login="tour_strategy_manager",
        )
        intent = self.env["customer.intent"].search(
            [("group_id", "=", self.group.id)]
        )
        self.assertEqual((intent.state, intent.kind), ("running", "grow"))
        self.assertEqual(intent.start_date, fields.Date.today())
        outcome = intent.outcome_ids
        self.assertEqual((outcome.baseline, outcome.target), (1000, 2000))
        self.assertEqual(outcome.state, "on_track")
        self.assertEqual(self.gain.intent_kind, "grow")

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

    def _create_accounts(self, count, kind):
        """Create accounts that behave like each other, but not all the same."""
        partners = self.env["res.partner"].create(
            [{"name": f"Tour {kind} {number}"} for number in range(count)]
        )
        return self.Account.create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": self.company.id,
                    **self._get_figures(kind, number * 7 % 10),
                }
                for number, partner in enumerate(partners)
            ]
        )

    def _get_figures(self, kind, wobble):
        today = fields.Date.today()
        if kind == "regular":
            return {
                "last_order_date": today - relativedelta(days=10),
                "historic_order_count": 60,
                "order_count": 20 + wobble,
                "revenue": 10000,
                "profit": 4000,
                "profit_rate": 0.4,
                "product_count": 30,
                "serving_cost": 100,
                "lifetime_value": 9000,
                "order_gap_variation": 0.2 + 0.01 * wobble,
                "has_payment_delay": True,
                "payment_delay": wobble % 3,
            }
        return {
            "last_order_date": today - relativedelta(days=200),
            "historic_order_count": 6,
            "order_count": 4,
            "revenue": 1000,
            "profit": -200,
            "profit_rate": -0.2,
            "product_count": 3,
            "hours": 20 + wobble,
            "time_cost": 600,
            "lifetime_value": -500,
            "order_gap_variation": 1.1 + 0.01 * wobble,
            "has_payment_delay": True,
            "payment_delay": 25 + wobble % 3,
        }
