from contextlib import ExitStack
from unittest.mock import patch

import psycopg2

from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.customer_centricity.tests.common import TODAY

from ..models import customer_lookalike_rank
from .common_lookalike import LookalikeCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestLookalikeAction(LookalikeCommon):
    """The scheduled action, beside people who work, and out of time."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cron = cls.env.ref("customer_centricity_crm.ir_cron_rank")
        cls.leads = cls.Lead.union(*(cls._lead(cls.hotels) for _number in range(5)))
        cls.inns = cls.env["res.partner"].union(
            *(cls._contact(cls.hotels) for _number in range(5))
        )
        cls.other = cls.env["res.company"].create({"name": "Elsewhere"})

    def _run(self, **patched):
        with ExitStack() as stack:
            for name, value in patched.items():
                model = type(self.Learnt)
                stack.enter_context(patch.object(model, name, value))
            for name in ("BATCH_SIZE", "CONTACTS_AT_ONCE"):
                stack.enter_context(patch.object(customer_lookalike_rank, name, 2))
            stack.enter_context(
                patch.object(customer_lookalike_rank, "CONFLICT_PAUSE", 0)
            )
            stack.enter_context(self.enter_registry_test_mode())
            self.cron.method_direct_trigger()
        self.env.invalidate_all()

    def _scores(self):
        return self.leads.mapped("lookalike_score")

    def _prospects(self):
        prospects = self.Prospect.search([("company_id", "=", self.company.id)])
        return prospects.partner_id

    def _get_learnt(self, company):
        return self.Learnt.search([("company_id", "=", company.id)])

    def test_all_are_ranked_in_small_parts(self):
        sizes = []
        original = type(self.Learnt)._rank_some

        def spy(model, ids, learnt):
            sizes.append(len(ids))
            return original(model, ids, learnt)

        self._run(_rank_some=spy)
        self.assertEqual(max(sizes), 2)
        self.assertEqual(self._scores(), [79] * 5)
        self.assertEqual(self._prospects(), self.inns)

    def test_a_save_at_the_same_time_comes_first(self):
        original = type(self.Learnt)._rank_some
        conflicts = [
            psycopg2.errors.SerializationFailure(),
            psycopg2.errors.DeadlockDetected(),
        ]

        def meet_somebody(model, ids, learnt):
            if conflicts and self.leads[2].id in ids:
                raise conflicts.pop()
            return original(model, ids, learnt)

        self._run(_rank_some=meet_somebody)
        self.assertFalse(conflicts)
        self.assertEqual(self._scores(), [79] * 5)

    def test_what_is_always_held_is_done_later(self):
        original = type(self.Learnt)._rank_some

        def held(model, ids, learnt):
            if self.leads[2].id in ids:
                raise psycopg2.errors.LockNotAvailable()
            return original(model, ids, learnt)

        with mute_logger("odoo.addons.customer_centricity_crm.models"):
            self._run(_rank_some=held)
        self.assertEqual(self._scores(), [79, 79, 0, 0, 0])
        self.assertEqual(self._get_learnt(self.other).ranking["step"], "done")
        self.assertIn(self.company, self.Learnt._get_due())
        self._run()
        self.assertEqual(self._scores(), [79] * 5)

    def test_an_error_in_one_company_stops_no_other(self):
        original = type(self.Learnt)._learn

        def fail(model, company):
            if company == self.company:
                raise ValueError("Another addon says no")
            return original(model, company)

        with mute_logger("odoo.addons.customer_centricity_crm.models"):
            self._run(_learn=fail)
        self.assertEqual(self._get_learnt(self.other).ranking["step"], "done")
        due = self.Learnt._get_due()
        self.assertIn(self.company, due)
        self.assertNotIn(self.other, due)
        self._run()
        self.assertEqual(self._scores(), [79] * 5)

    def test_out_of_time_it_goes_on_where_it_was(self):
        """There is time for two steps, learning and two leads, each time."""
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", self.cron.id)])
        triggers.unlink()
        learnt = []
        original = type(self.Learnt)._learn

        def spy(model, company):
            learnt.append(company)
            return original(model, company)

        def get_clock():
            steps = []

            def commit(_model, processed=0, *, remaining=None, deactivate=False):
                steps.extend([1] * processed)
                return 10.0 if len(steps) < 2 else 0.0

            return commit

        with (
            patch.object(type(self.Learnt), "_learn", spy),
            patch.object(
                type(self.Learnt), "_get_due", lambda model: self._get_unranked()
            ),
            patch.object(customer_lookalike_rank, "BATCH_SIZE", 2),
        ):
            found = []
            for _run in range(3):
                with patch.object(
                    type(self.env["ir.cron"]), "_commit_progress", get_clock()
                ):
                    self.Learnt._cron_rank()
                found.append(self._scores().count(79))
            # two leads; four and five; the step that finds no more, and contacts
            self.assertEqual(found, [2, 5, 5])
        self.assertEqual(learnt, [self.company])
        self.assertTrue(triggers.search([("cron_id", "=", self.cron.id)]))

    def _get_unranked(self):
        ranking = self._get_learnt(self.company).ranking or {"step": ""}
        return self.company.browse(
            self.company.ids if ranking["step"] != "done" else ()
        )

    def test_only_those_refreshed_since_are_due(self):
        self._run()
        self.assertFalse(self.Learnt._get_due())
        self.company.customer_refresh_date = "2026-07-15 01:00:00"
        self.assertEqual(self.Learnt._get_due(), self.company)
        self._run()
        self.assertFalse(self.Learnt._get_due())
        # contacts change without a refresh
        with freeze_time("2026-07-16 06:00:00"):
            self.assertLessEqual(self.company | self.other, self.Learnt._get_due())

    def test_those_tried_last_come_last(self):
        self._learn()
        self.Learnt._get_model(self.company)._note(step="learn", tried="2026-07-15")
        self.Learnt._get_model(self.other)._note(tried="2026-07-14")
        due = self.Learnt._get_due()
        self.assertEqual(due[-2:], self.other | self.company)

    def test_prospects_are_the_best_of_all_parts(self):
        for inn in self.inns[:2]:
            inn.industry_id = self.schools
        self._run()
        self.assertEqual(self._prospects(), self.inns[2:])
        self.inns.industry_id = self.hotels
        self.company.customer_refresh_date = "2026-07-15 01:00:00"
        with patch.object(customer_lookalike_rank, "PROSPECTS_KEPT", 3):
            self._run()
        # alike, they are those known longest
        self.assertEqual(self._prospects(), self.inns[:3])
