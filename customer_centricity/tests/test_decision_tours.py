from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from .common import CustomerCentricityCommon


@tagged("post_install", "-at_install", "is_tour", "plain_stack")
class TestDecisionTours(CustomerCentricityCommon, HttpCase):
    """A whole case in a real browser, and what a salesperson sees of it.

    The browser lives today: in the last closed month Loss was invoiced 1,000 for 50
    hours that cost 40 each.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["base.automation"].search(
            [("model_id.model", "in", ("customer.account", "customer.decision"))]
        ).active = False
        for role in ("user", "manager"):
            new_test_user(
                cls.env,
                f"tour_decision_{role}",
                groups="base.group_user,base.group_partner_manager,"
                + f"customer_centricity.group_{role}",
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
            )
        day = fields.Date.today() - relativedelta(months=1, day=10)
        cls.north.name = "Tour Loss"
        cls._invoice(cls.north, day, (cls.service, 1, 1000))
        cls._timesheet(day, 50)
        cls.Account._refresh(cls.company)
        cls.account = cls.Account.search([("partner_id", "=", cls.north.id)])
        cls.personal = cls.env.ref("customer_centricity.service_level_personal")
        cls.account.service_level_id = cls.personal
        cls.url = f"/odoo/customer-accounts/{cls.account.id}"

    def test_a_whole_case(self):
        self.assertEqual((self.account.revenue, self.account.profit), (1000, -1000))
        self.start_tour(
            self.url, "customer_decision_case", login="tour_decision_manager"
        )
        decision = self.account.decision_ids
        self.assertEqual(decision.state, "undone")
        self.assertEqual(decision.kind, "change_level")
        self.assertEqual(decision.choice_reason, "They asked for it")
        self.assertEqual(decision.reason, "They call every day")
        reprice = decision.option_ids.filtered(lambda option: option.kind == "reprice")
        self.assertAlmostEqual(reprice.price_rate, 0.3)
        self.assertAlmostEqual(reprice.profit_gain, 300)
        self.assertEqual(decision.effect_ids.mapped("state"), ["undone"])
        self.assertEqual(self.account.service_level_id, self.personal)
        self.assertFalse(decision.letter_date)

    def test_a_salesperson_sees_no_figures(self):
        decision = self.env["customer.decision"]._propose(self.account, "A loss")
        self.start_tour(
            self.url, "customer_decision_salesperson", login="tour_decision_user"
        )
        self.assertEqual(decision.state, "proposed")
