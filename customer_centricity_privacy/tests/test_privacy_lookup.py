from odoo.tests import freeze_time, tagged

from odoo.addons.customer_centricity.tests.common import TODAY
from odoo.addons.customer_centricity.tests.common_run import RunCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPrivacyLookup(RunCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Partner = cls.env["res.partner"]
        cls.anna = Partner.create(
            {"name": "Anna Alba", "email": "anna@alba.example.com"}
        )
        cls.berta = Partner.create(
            {"name": "Berta Blau", "email": "berta@blau.example.com"}
        )
        for partner in (cls.anna, cls.berta):
            cls._sell_to(partner, 300)
            cls._sell_to(partner, 300, "2026-05-10")
        cls.Account._refresh(cls.company)
        cls.answers = cls.env["customer.nps.response"].create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": cls.company.id,
                    "score": 3,
                    "channel": "typed",
                }
                for partner in (cls.anna, cls.berta)
            ]
        )
        cls.account = cls.Account.search([("partner_id", "=", cls.anna.id)])
        cls.account.message_post(body="She is getting divorced")

    def _look_up(self, partner):
        wizard = self.env["privacy.lookup.wizard"].create(
            {"name": partner.name, "email": partner.email}
        )
        wizard.action_lookup()
        return wizard

    def _get_lines(self, wizard, model):
        return wizard.line_ids.filtered(lambda line: line.res_model == model)

    def test_what_is_known_of_a_person_is_listed(self):
        wizard = self._look_up(self.anna)
        for records in (self.anna, self.account, self.answers[0]):
            with self.subTest(model=records._name):
                lines = self._get_lines(wizard, records._name)
                self.assertEqual(lines.mapped("res_id"), records.ids)
        value = self.env["customer.account.value"].search(
            [("account_id", "=", self.account.id)]
        )
        self.assertEqual(
            self._get_lines(wizard, value._name).mapped("res_id"), value.ids
        )
        # amounts of months are those of the books
        self.assertFalse(self._get_lines(wizard, "customer.profit.month"))

    def test_an_answer_is_erased(self):
        wizard = self._look_up(self.anna)
        line = self._get_lines(wizard, "customer.nps.response")
        line.action_unlink()
        self.assertEqual(self.answers.exists(), self.answers[1])
        self.assertTrue(line.is_unlinked)
        self.assertIn(f"#{line.res_id}", wizard.execution_details)
        self.assertIn(f"#{line.res_id}", wizard.log_id.execution_details)

    def test_an_account_is_erased_and_its_money_stays(self):
        months = self.account.month_ids.ids
        wizard = self._look_up(self.anna)
        line = self._get_lines(wizard, "customer.account")
        line.action_unlink()
        self.assertEqual(
            line.execution_details,
            f"Erased, but for its amounts: Customer Account #{self.account.id}",
        )
        self.assertEqual(self.account.revenue, 600)
        self.assertEqual(self.account.month_ids.ids, months)
        self.assertFalse(self.account.message_ids)
        self.assertEqual(self.account.value_status, "opted_out")
        self.assertEqual(self.answers.exists(), self.answers[1])

    def test_everything_is_erased_in_whatever_order(self):
        wizard = self._look_up(self.anna)
        persons = self.env["res.partner"]._name, self.env["res.users"]._name
        # a contact with posted documents is not for deletion, and it stays
        lines = wizard.line_ids.filtered(
            lambda line: line.res_model not in persons
            and line.res_model in line._get_customer_models()
        )
        self.assertGreaterEqual(len(lines), 3)
        lines.sorted("id", reverse=True).action_unlink_all()
        self.assertTrue(all(lines.mapped("is_unlinked")))
        again = self._look_up(self.anna)
        self.assertEqual(
            set(again.line_ids.mapped("res_model"))
            & wizard.line_ids._get_customer_models(),
            {"customer.account"},
        )

    def test_nobody_else_is_touched(self):
        berta = self.Account.search([("partner_id", "=", self.berta.id)])
        before = berta.read(["lifetime_value", "value_band", "tier_id"])
        wizard = self._look_up(self.anna)
        self._get_lines(wizard, "customer.account").action_unlink()
        self.assertEqual(
            berta.read(["lifetime_value", "value_band", "tier_id"]), before
        )
        self.assertEqual(berta.lifetime_value, 3000)
