import random
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import TODAY
from .common_run import RunCommon

CHUNK_LOGGER = "odoo.addons.customer_centricity.models.customer_ltv_chunk"


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestRunCompute(RunCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls._customers(top=2000, mid=500, low=100, lossy=-50)

    def test_values_and_first_tiers(self):
        """The first run finds everybody where the first refresh has put them."""
        run = self._compute()
        found = {
            name: (
                snapshot.lifetime_value,
                snapshot.profit,
                snapshot.new_tier_id.name,
                snapshot.movement,
                snapshot.result,
            )
            for name, partner in self.partners.items()
            for snapshot in self._snapshot(run, partner)
        }
        self.assertEqual(
            found,
            {
                "top": (10000, 2000, "Tier A", "same", "profit"),
                "mid": (2500, 500, "Tier B", "same", "profit"),
                "low": (500, 100, "Tier C", "same", "profit"),
                # a loss is counted once
                "lossy": (-50, -50, "Tier Loss", "same", "loss"),
            },
        )
        self.assertEqual((run.account_count, run.total), (4, 12950))
        self.assertEqual((run.up_count, run.down_count), (0, 0))
        self.assertEqual(
            [(tier.tier_id, tier.border, tier.account_count) for tier in run.tier_ids],
            [(self.a, 5000, 1), (self.b, 1000, 1), (self.c, 0, 1), (self.loss, 0, 1)],
        )
        self.assertEqual(set(run.chunk_ids.mapped("state")), {"done"})
        self.assertLessEqual(
            {"facts", "observe", "learn", "value", "compare", "record"},
            set(run.stage_seconds),
        )

    def test_as_of_a_day_in_the_past(self):
        """What came later counts for nothing, and who came later is not there."""
        later = self._customers(later=700)
        self._refresh()
        self._sell_to(self.partners["low"], 5000, "2026-07-02")
        run = self._compute(date="2026-03-31")
        # half of it was invoiced by then: one order, which is not counted again
        self.assertEqual(self._snapshot(run, self.partners["top"]).revenue, 1000)
        self.assertEqual(self._snapshot(run, self.partners["low"]).revenue, 50)
        self.assertEqual(self._snapshot(run, later["later"]).revenue, 350)
        # who came later and is not to be profiled is nowhere to be taken away from
        later["later"].customer_profiling_opt_out = True
        run = self._compute(date="2026-02-28")
        self.assertFalse(run.snapshot_ids)
        self.assertEqual(run.total, 0)

    def test_movements(self):
        """Each kind of movement, from the tier in force to that by value."""
        partners = self._customers(
            entering=1100, rising=300, staying=400, falling=10, leaving=400, losing=-900
        )
        self._refresh()
        for name, tier in (
            ("entering", self.b),
            ("rising", self.c),
            ("falling", self.b),
            ("leaving", self.a),
            ("losing", self.c),
        ):
            self._account(partners[name]).tier_id = tier
        run = self._compute()
        found = {
            name: (
                snapshot.old_tier_id.name[5:],
                snapshot.new_tier_id.name[5:],
                snapshot.movement,
                snapshot.is_loss_new,
                snapshot.reason_code,
            )
            for name, partner in partners.items()
            for snapshot in self._snapshot(run, partner)
        }
        self.assertEqual(
            found,
            {
                "entering": ("B", "A", "entered", False, "first"),
                "rising": ("C", "B", "up", False, "first"),
                "staying": ("B", "B", "same", False, False),
                "falling": ("B", "C", "down", False, "first"),
                "leaving": ("A", "B", "left", False, "first"),
                "losing": ("C", "Loss", "down", True, "first"),
            },
        )
        self.assertEqual(
            (run.entered_count, run.left_count, run.up_count, run.down_count),
            (1, 1, 2, 3),
        )
        self.assertEqual(run.loss_count, 1)
        # no account has changed
        self.assertEqual(self._account(partners["entering"]).tier_id, self.b)

    def test_a_small_crossing_moves_nobody(self):
        """5% of 1000 to either side of the border."""
        partners = self._customers(above=209, far_above=211, below=191, far_below=189)
        self._refresh()
        for name, tier in (
            ("above", self.c),
            ("far_above", self.c),
            ("below", self.b),
            ("far_below", self.b),
        ):
            self._account(partners[name]).tier_id = tier
        run = self._compute()
        found = {
            name: (
                self._snapshot(run, partner).new_tier_id.name[5:],
                self._snapshot(run, partner).reason_code,
            )
            for name, partner in partners.items()
        }
        self.assertEqual(
            found,
            {
                "above": ("C", "damped"),
                "far_above": ("B", "first"),
                "below": ("B", "damped"),
                "far_below": ("C", "first"),
            },
        )
        self.assertEqual(run.damped_count, 2)

    def test_shares_of_the_portfolio_become_amounts(self):
        self.a.write({"rule_type": "share", "threshold_rate": 0.5})
        run = self._compute()
        # 10000 of 13000 are more than half
        self.assertEqual(run.tier_ids[0].border, 10000)
        self.assertEqual(run.tier_ids[0].width, 500)

    def _signature(self, run):
        """Return all that the snapshots of a run say."""
        names = [
            name
            for name, field in self.Snapshot._fields.items()
            if field.store and name not in ("id", "run_id", "previous_id")
        ]
        return sorted(
            [snapshot[name] for name in names] for snapshot in run.snapshot_ids
        )

    def test_chunks_of_any_size_and_failing_chunks_give_the_same(self):
        self._customers(**{f"more{number}": 10 * number for number in range(1, 9)})
        path = "odoo.addons.customer_centricity.models.customer_ltv_run_compute"
        signatures = []
        for size in (1, 3, 1000):
            with patch(f"{path}.CHUNK_SIZE", size):
                run = self._compute()
            self.assertEqual(
                len(run.chunk_ids.filtered(lambda chunk: chunk.stage == "record")),
                -(-12 // size),
            )
            signatures.append(self._signature(run))
        luck = random.Random(5)
        Run = type(self.Run)
        for name in ("_do_observe", "_do_value", "_do_record", "_do_compare"):
            right = getattr(Run, name)

            def unlucky(run, chunk, right=right):
                done = right(run, chunk)
                if luck.random() < 0.3 and chunk.attempts < 2:
                    raise ZeroDivisionError
                return done

            patcher = patch.object(Run, name, unlucky)
            self.startPatcher(patcher)
        with patch(f"{path}.CHUNK_SIZE", 3), mute_logger(CHUNK_LOGGER):
            run = self._compute()
        self.assertTrue(any(run.chunk_ids.mapped("attempts")))
        signatures.append(self._signature(run))
        for signature in signatures[1:]:
            self.assertEqual(signature, signatures[0])

    def test_a_chunk_that_fails_three_times_fails_the_run(self):
        def failing(_run, _chunk):
            raise ZeroDivisionError("nothing to divide by")

        run = self._new_run()
        run.action_compute()
        with (
            patch.object(type(run), "_do_value", failing),
            mute_logger(CHUNK_LOGGER),
        ):
            self.Chunk._work_off()
        self.assertEqual(run.state, "failed")
        self.assertIn("nothing to divide by", run.error)
        self.assertFalse(run.snapshot_ids)
        run.action_retry()
        self.assertEqual(run.state, "computing")
        self.Chunk._work_off()
        self.assertEqual((run.state, len(run.snapshot_ids)), ("computed", 4))

    def test_cancel(self):
        run = self._new_run()
        run.action_compute()
        while run.stage != "record":
            self.Chunk._step()
        run.action_cancel()
        self.Chunk._work_off()
        self.assertEqual(run.state, "cancelled")
        for records in (run.snapshot_ids, run.chunk_ids, run.tier_ids, run.model_id):
            self.assertFalse(records)
        with self.assertRaisesRegex(UserError, "Cancelled"):
            run.action_apply()
        # and from the beginning
        run.action_compute()
        self.Chunk._work_off()
        self.assertEqual(run.account_count, 4)
        run.action_cancel()
        self.Chunk._work_off()
        self.assertFalse(run.snapshot_ids)
        run.unlink()

    def test_one_run_of_a_company_at_a_time(self):
        run = self._new_run()
        run.action_compute()
        other = self._new_run()
        with self.assertRaisesRegex(UserError, "at work"):
            other.action_compute()
        with self.assertRaisesRegex(UserError, "Computing"):
            run.action_compute()
        with self.assertRaisesRegex(UserError, "only drafts and cancelled"):
            run.unlink()

    def test_values_set_by_hand(self):
        self._refresh()
        account = self._account(self.partners["low"])
        account.write(
            {
                "own_value_method": "typed",
                "typed_value": 7000,
                "typed_value_reason": "A contract to be signed",
                "typed_value_end": "2026-12-31",
            }
        )
        run = self._compute()
        snapshot = self._snapshot(run, self.partners["low"])
        self.assertEqual(
            (snapshot.lifetime_value, snapshot.value_method), (7000, "typed")
        )
        self.assertEqual((snapshot.new_tier_id, snapshot.movement), (self.a, "entered"))
        self.assertEqual(run.total, 12450 + 7000)

    def test_an_error_between_steps(self):
        """It is told and stops the run, which goes on when tried again."""
        run = self._new_run()
        run.action_compute()

        def failing(_run):
            raise ValueError("No ranges")

        with (
            patch.object(type(run), "_cut_observe", failing),
            mute_logger("odoo.addons.customer_centricity.models.customer_ltv_run_work"),
        ):
            self.Chunk._work_off()
        self.assertEqual((run.state, run.error), ("failed", "ValueError: No ranges"))
        run.action_retry()
        self.Chunk._work_off()
        self.assertEqual(run.state, "computed")

    def test_a_worker_whose_time_is_over(self):
        """It says that there is more, after the last part too, and is woken again."""
        run = self._new_run()
        run.action_compute()
        worker = self.env.ref("customer_centricity.ir_cron_work_run_1")
        told = []

        def out_of_time(_crons, _processed=0, *, remaining=None):
            told.append(remaining)
            return 0

        with patch.object(type(worker), "_commit_progress", out_of_time):
            while run.state == "computing":
                self.env["ir.cron.trigger"].search([]).unlink()
                self.Chunk.with_context(cron_id=worker.id)._cron_work()
                self.assertIn(worker, self.env["ir.cron.trigger"].search([]).cron_id)
        self.assertGreater(min(told), 0)
