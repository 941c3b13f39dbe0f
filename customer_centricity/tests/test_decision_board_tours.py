from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import CustomerCentricityCommon


@tagged("post_install", "-at_install", "is_tour", "plain_stack")
class TestDecisionBoardTour(CustomerCentricityCommon, HttpCase):
    """A case that a rule has proposed, from the board to its end, with rules at work.

    The browser lives today: in the last closed month Drain was invoiced 1,000 for 50
    hours that cost 40 each, so it lost 1,000. By the usual assumptions a change of the
    service level saves 300 of the 2,000 for hours, as half of those saved are paid
    anyway: 0.9 x -700 + 0.1 x -1,000 = -730 a year.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._create_member(
            "tour_board_manager",
            "base.group_user,base.group_partner_manager,"
            "customer_centricity.group_manager",
        )
        # an order a year for five years: worth five times what it makes in one
        cls.company.customer_value_method = "plain"
        cls.south.name = "Tour Drain"
        day = fields.Date.today() - relativedelta(months=1, day=10)
        cls._invoice(cls.south, day, (cls.service, 1, 1000))
        cls._timesheet(day, 50, project=cls._create_project(cls.south))
        cls.Account._refresh(cls.company)
        cls.drain = cls.Account.search([("partner_id", "=", cls.south.id)])
        cls.standard = cls.env.ref("customer_centricity.service_level_standard")
        cls.self_service = cls.env.ref("customer_centricity.service_level_self_service")
        cls.terms = cls.env["account.payment.term"].create({"name": "In advance"})
        cls.self_service.payment_term_id = cls.terms
        cls.drain.write(
            {
                "service_level_id": cls.standard.id,
                "user_id": cls.manager.id,
            }
        )
        cls.decision = cls.env["customer.decision"]._propose(
            cls.drain, "It loses money", origin="rule", rule="Tour Rule"
        )

    def _partner(self):
        return self.south.with_company(self.company)

    def test_a_case_from_the_board_to_its_end(self):
        self.assertEqual(self.drain.profit, -1000)
        before = self._partner().property_payment_term_id
        self.assertNotEqual(before, self.terms)
        self.start_tour(
            "/odoo/customer-decisions",
            "customer_decision_board",
            login="tour_board_manager",
        )
        options = {option.kind: option for option in self.decision.option_ids}
        self.assertEqual(self.decision.state, "undone")
        self.assertEqual(self.decision.option_id, options["change_level"])
        self.assertEqual(
            self.decision.choice_reason, "They would leave for half of that"
        )
        self.assertEqual(self.decision.approved_by_id, self.manager)
        self.assertAlmostEqual(self.decision.expected_profit, -730)
        self.assertAlmostEqual(self.decision.expected_gain, 270)
        # 0.85 x -500 + 0.15 x -1,000
        self.assertAlmostEqual(options["reprice"].expected_profit, -575)
        self.assertEqual(
            (options["mend"].state, options["mend"].state_reason),
            ("ruled_out", "All of it is theirs"),
        )
        effects = self.decision.effect_ids
        self.assertEqual(
            set(effects.mapped("field_name")),
            {"service_level_id", "property_payment_term_id"},
        )
        self.assertEqual(set(effects.mapped("state")), {"undone"})
        self.assertEqual(self.drain.service_level_id, self.standard)
        self.assertEqual(self._partner().property_payment_term_id, before)
