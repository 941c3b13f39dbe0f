from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install", "-standard", "wide_stack")
class TestAcquisitionDemo(TransactionCase):
    """What the demonstration shows of whom to win next."""

    def _ref(self, name):
        return self.env.ref(f"customer_centricity_crm.{name}")

    def test_some_leads_are_like_the_best_and_some_are_not(self):
        hospital, builder = self._ref("lead_sierra"), self._ref("lead_segura")
        self.assertGreater(hospital.lookalike_score, 60)
        self.assertLess(builder.lookalike_score, 40)
        self.assertIn("Health", hospital.lookalike_reason)

    def test_the_pipeline_is_plausible(self):
        leads = self._ref("lead_sierra") | self._ref("lead_segura")
        for lead in leads:
            self.assertTrue(5 < lead.probability < 98, lead.probability)
            self.assertGreater(lead.expected_revenue, 0)

    def test_some_contacts_are_prospects(self):
        prospects = self.env["customer.prospect"].search([])
        self.assertIn(self._ref("partner_ronda"), prospects.partner_id)

    def test_sources_differ(self):
        rows = dict(
            self.env["customer.source.quality"]._read_group(
                [("source_id", "!=", False)], ["source_id"], ["value_per_account:avg"]
            )
        )
        self.assertGreater(
            rows[self._ref("source_customer")], rows[self._ref("source_portal")]
        )
