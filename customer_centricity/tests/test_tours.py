from unittest.mock import patch

from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_tour import TourCommon


@tagged("post_install", "-at_install", "is_tour", "plain_stack")
class TestTours(TourCommon):
    """What people do with the screens, in a real browser."""

    def test_manager_finds_losses(self):
        self.assertEqual(self.drain.profit, -400)
        self.start_tour("/odoo", "customer_account_find_loss", login="tour_manager")

    def test_controller_reads_the_profit_and_loss(self):
        manager = self.env["res.users"].search([("login", "=", "tour_manager")])
        manager.group_ids |= self.env.ref("hr_timesheet.group_hr_timesheet_approver")
        self.start_tour(
            f"/odoo/customer-accounts/{self.drain.id}",
            "customer_account_statement",
            login="tour_manager",
        )

    def test_manager_accepts_groups_found_in_the_data(self):
        partners = self.env["res.partner"].create(
            [{"name": f"Tour {number}"} for number in range(24)]
        )
        accounts = self.Account.create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": self.company.id,
                    "historic_order_count": 20,
                    "last_order_date": fields.Date.today(),
                    # half of them buy much, half of them little
                    "order_count": (30 if number < 12 else 2) + number % 4,
                    "revenue": (9000 if number < 12 else 300) + number,
                    "lifetime_value": 5000 if number < 12 else 50,
                    "product_count": (40 if number < 12 else 3) + number % 3,
                }
                for number, partner in enumerate(partners)
            ]
        )
        self.start_tour("/odoo", "customer_group_proposal", login="tour_manager")
        self.assertEqual(accounts[:12].group_id.name, "Tour Partners")
        self.assertEqual(set(accounts.mapped("group_origin")), {"found"})
        self.assertEqual(len(accounts.group_id), 2)

    def test_salesperson_sees_tier_and_no_figures(self):
        self.start_tour(
            f"/odoo/res.partner/{self.south.id}",
            "customer_account_salesperson",
            login="tour_sales",
        )

    def test_dragging_between_tiers_is_refused(self):
        with mute_logger("odoo.http"):
            self.start_tour(
                "/odoo/customer-accounts", "customer_account_drag", login="tour_manager"
            )
        self.assertEqual(self.drain.tier_id, self.tier)

    def _create_groups(self):
        hotels, clinics = self.env["customer.group"].create(
            [{"name": "Tour Hotels"}, {"name": "Tour Clinics"}]
        )
        self.drain.write({"group_id": hotels.id, "group_origin": "found"})
        return hotels, clinics

    def test_manager_drags_to_another_group_with_a_reason(self):
        _hotels, clinics = self._create_groups()
        self.start_tour(
            "/odoo/customer-accounts", "customer_group_drag", login="tour_manager"
        )
        self.assertEqual(
            (self.drain.group_id, self.drain.group_origin, self.drain.group_reason),
            (clinics, "hand", "They sold their rooms"),
        )

    def test_manager_makes_a_group_by_rule(self):
        self._create_groups()
        self.start_tour("/odoo", "customer_group_by_rule", login="tour_manager")
        self.assertEqual(self.drain.group_id.name, "Tour Losses")
        self.assertEqual(self.drain.group_origin, "rule")
        self.assertFalse(self.gain.group_id)

    def test_administrator_changes_tier_with_reason(self):
        self.start_tour(
            f"/odoo/customer-accounts/{self.drain.id}",
            "customer_account_change_tier",
            login="tour_administrator",
        )
        self.assertEqual(self.drain.tier_id, self.other_tier)

    def test_administrator_runs_the_recomputation(self):
        """Start, watch, look at who moves, keep one account, apply, look back."""
        self.company.write(
            {"customer_run_interval": "month", "customer_value_method": "plain"}
        )
        run_model = self.env.registry["customer.ltv.run"]
        original = run_model.get_progress

        def work_and_tell(run):
            # workers do not run in tests: some steps each time the page asks
            chunks = run.env["customer.ltv.chunk"].sudo()
            for _count in range(4):
                if run.state in ("computing", "applying"):
                    chunks._step(set())
            return original(run)

        work_and_tell._readonly = False  # the original is, and this one works
        self.startPatcher(patch.object(run_model, "get_progress", work_and_tell))
        self.start_tour("/odoo", "customer_ltv_run", login="tour_administrator")
        run = self.env["customer.ltv.run"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertEqual((run.state, run.kept_count), ("applied", 1))
        self.assertEqual(self.drain.tier_id, self.tier)
        self.assertEqual(self.drain.protected_reason, "They are about to pay more")

    def test_manager_reads_runs_and_starts_none(self):
        run = self.env["customer.ltv.run"].create(
            {"company_id": self.company.id, "date": "2026-01-31"}
        )
        self.start_tour(
            f"/odoo/customer-ltv-runs/{run.id}",
            "customer_ltv_run_manager",
            login="tour_manager",
        )

    def _hotels(self):
        group = self.env["customer.group"].create({"name": "Tour Hotels"})
        (self.gain | self.drain).group_id = group
        return group

    def test_manager_starts_an_intent_and_sees_it_measured(self):
        group = self._hotels()
        self.env["customer.play"].create(
            {
                "name": "Tour Play",
                "sequence": 0,
                "step_ids": [Command.create({"summary": "Call them"})],
            }
        )
        self.start_tour(
            "/odoo/customer-intents", "customer_intent_start", login="tour_manager"
        )
        intent = group.intent_ids
        self.assertEqual((intent.state, intent.step_count), ("running", 2))
        self.assertEqual(intent.outcome_ids.baseline, 1100)
        self.assertEqual(self.gain.intent_kind, "grow")
        # half of the way, and the outcome says so
        day = fields.Date.today() - relativedelta(months=1, day=11)
        self._invoice(self.north, day, (self.service, 1, 450))
        self._refresh()
        self.assertEqual(intent.outcome_ids.progress, 0.5)
        self.assertEqual(intent.outcome_ids.state, "on_track")

    def test_salesperson_reads_an_intent_and_no_figures(self):
        group = self._hotels()
        intent = self.env["customer.intent"].create(
            {
                "group_id": group.id,
                "company_id": self.company.id,
                "reason": "They recommend us",
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
        intent.outcome_ids.state = "at_risk"
        self.start_tour(
            f"/odoo/customer-intents/{intent.id}",
            "customer_intent_salesperson",
            login="tour_sales",
        )
        self.assertEqual(intent.state, "running")
