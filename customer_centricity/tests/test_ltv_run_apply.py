from datetime import date
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, new_test_user, tagged

from .common import TODAY, month
from .common_run import RunCommon

MODULE = "customer_centricity"


@freeze_time(TODAY)
class RunApplyCommon(RunCommon):
    """North rises from C to B, south falls from A to C, east stays in A."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        levels = cls.env["customer.service.level"]
        cls.high, cls.middle, cls.low, cls.chosen = levels.create(
            [{"name": name} for name in ("High", "Middle", "Low", "Chosen")]
        )
        cls.a.service_level_id = cls.high
        cls.b.service_level_id = cls.middle
        cls.c.service_level_id = cls.low
        cls.manager = cls._create_member("run_manager", f"{MODULE}.group_manager")
        cls.administrator = cls._create_member(
            "run_administrator", f"{MODULE}.group_administrator"
        )
        cls.partners = cls._customers(riser=400, faller=100, stayer=2000)
        cls.Account._refresh(cls.company)
        cls.riser, cls.faller, cls.stayer = (
            cls.Account.search([("partner_id", "=", partner.id)])
            for partner in cls.partners.values()
        )
        cls.riser.write({"tier_id": cls.c.id, "service_level_id": cls.low.id})
        cls.faller.write({"tier_id": cls.a.id, "service_level_id": cls.chosen.id})
        (cls.riser | cls.faller).user_id = cls.manager
        cls.cr.precommit.run()

    def _said(self, run):
        return "".join(run.sudo().message_ids.mapped("body"))

    def _activities(self, account):
        return account.activity_ids.filtered(
            lambda activity: (
                activity.activity_type_id
                == self.env.ref(f"{MODULE}.mail_activity_tier_moved")
            )
        )


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestRunApply(RunApplyCommon):
    def test_apply_and_undo(self):
        run = self._compute()
        self.assertFalse(self.company.customer_locked_until)
        messages = self.riser.message_ids
        mails = self.env["mail.mail"].search_count([])
        run = run.with_user(self.administrator)
        self._apply(run)
        self.assertEqual(
            (self.riser.tier_id, self.faller.tier_id, self.stayer.tier_id),
            (self.b, self.c, self.a),
        )
        # the level follows the tier, unless somebody has chosen another one
        self.assertEqual(
            (self.riser.service_level_id, self.faller.service_level_id),
            (self.middle, self.chosen),
        )
        message = self.riser.message_ids - messages
        self.assertEqual(len(message), 1)
        self.assertIn("from Tier C to Tier B (First run)", message.body)
        self.assertEqual(message.author_id, self.administrator.partner_id)
        self.assertEqual(
            set(message.sudo().tracking_value_ids.field_id.mapped("name")),
            {"tier_id", "service_level_id"},
        )
        [activity] = self._activities(self.riser)
        self.assertEqual(activity.user_id, self.manager)
        self.assertEqual(activity.summary, "Moved from Tier C to Tier B")
        self.assertFalse(self.stayer.activity_ids)
        # nobody gets a mail
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)
        self.assertEqual(self.company.customer_locked_until, month(2026, 6))
        self.assertIn("2 accounts have moved", self._said(run))

        self._undo(run)
        self.assertEqual(
            (self.riser.tier_id, self.faller.tier_id, self.stayer.tier_id),
            (self.c, self.a, self.a),
        )
        self.assertEqual(self.riser.service_level_id, self.low)
        self.assertFalse(self.riser.activity_ids)
        self.assertFalse(self.company.customer_locked_until)
        self.assertFalse(run.snapshot_ids.filtered("outcome"))
        # and again
        self._apply(run)
        self.assertEqual(self.riser.tier_id, self.b)

    def test_undo_leaves_what_was_edited(self):
        run = self._compute()
        self._apply(run)
        self.riser._set_tier(self.a, "They have signed for years")
        self.faller.service_level_id = self.low
        self._undo(run)
        self.assertEqual(self.riser.tier_id, self.a)
        self.assertEqual(self.riser.service_level_id, self.middle)
        self.assertEqual(self.faller.tier_id, self.a)
        self.assertEqual(self.faller.service_level_id, self.low)
        self.assertEqual(run.problem_count, 1)
        self.assertIn("1 accounts were left", self._said(run))

    def test_what_was_edited_before_is_left_alone(self):
        run = self._compute()
        self.riser._set_tier(self.a, "They have signed for years")
        self._apply(run)
        self.assertEqual((self.riser.tier_id, self.faller.tier_id), (self.a, self.c))
        snapshot = self._snapshot(run, self.riser.partner_id)
        self.assertEqual((snapshot.outcome, run.problem_count), ("edited", 1))

    def test_snapshots_are_immutable_once_applied(self):
        run = self._compute()
        run.snapshot_ids[0].write({"keep_reason": "As long as nothing is applied"})
        self._apply(run)
        snapshot = self._snapshot(run, self.riser.partner_id)
        with self.assertRaisesRegex(UserError, "cannot be changed"):
            snapshot.write({"new_tier_id": self.a.id})
        with self.assertRaisesRegex(UserError, "cannot be changed"):
            snapshot.unlink()
        with self.assertRaisesRegex(UserError, "only drafts and cancelled"):
            run.unlink()
        with self.assertRaisesRegex(UserError, "cannot be cancelled"):
            run.action_cancel()

    def test_an_account_that_refuses_is_noted_and_the_others_move(self):
        run = self._compute()
        Account = type(self.Account)
        right = Account.write

        def write(accounts, vals):
            if "tier_id" in vals and self.faller in accounts:
                raise ValueError("Not with me")
            return right(accounts, vals)

        with patch.object(Account, "write", write):
            self._apply(run)
        self.assertEqual((self.riser.tier_id, self.faller.tier_id), (self.b, self.a))
        snapshot = self._snapshot(run, self.faller.partner_id)
        self.assertEqual(snapshot.outcome, "failed")
        self.assertIn("Not with me", snapshot.error)
        self.assertEqual(run.problem_count, 1)
        self.assertEqual(len(self._activities(self.riser)), 1)
        self.assertFalse(self._activities(self.faller))

    def test_a_rule_that_raises_on_one_account(self):
        """As an automation rule does, and in a batch of many."""
        partners = self._customers(**{f"one{number}": 400 for number in range(7)})
        self._refresh()
        accounts = self.Account.search(
            [("partner_id", "in", [partner.id for partner in partners.values()])]
        )
        accounts.tier_id = self.c
        self.env["base.automation"].create(
            {
                "name": "Raises",
                "model_id": self.env["ir.model"]._get_id("customer.account"),
                "trigger": "on_create_or_write",
                "trigger_field_ids": [
                    Command.set(
                        self.env["ir.model.fields"]
                        ._get("customer.account", "tier_id")
                        .ids
                    )
                ],
                "action_server_ids": [
                    Command.create(
                        {
                            "name": "Raise",
                            "model_id": self.env["ir.model"]._get_id(
                                "customer.account"
                            ),
                            "state": "code",
                            "usage": "base_automation",
                            "code": f"if record.id == {accounts[3].id}:\n"
                            "    raise UserError('Not this one')",
                        }
                    )
                ],
            }
        )
        run = self._compute()
        self._apply(run)
        self.assertEqual(accounts[3].tier_id, self.c)
        self.assertEqual((accounts - accounts[3]).tier_id, self.b)
        self.assertIn("Not this one", self._snapshot(run, accounts[3].partner_id).error)

    def test_archived_merged_and_deleted_meanwhile(self):
        partners = self._customers(source=400, target=100, goner=400)
        self._refresh()
        source, target, goner = (
            self._account(partner) for partner in partners.values()
        )
        (source | target | goner).tier_id = self.c
        self.riser.active = False
        run = self._compute()
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (source | target).partner_id.ids, target.partner_id
        )
        self.assertFalse(source.exists())
        goner.unlink()
        self.assertEqual(len(run.snapshot_ids), 6)
        self.assertEqual(len(run.snapshot_ids.filtered("account_id")), 4)
        self._apply(run)
        self.assertEqual(self.riser.tier_id, self.b)
        self.assertEqual(target.tier_id, self.c)
        self.assertEqual(
            len(run.snapshot_ids.filtered(lambda one: one.outcome == "moved")), 2
        )
        # a contact that was not in the run brings it along
        other = self.env["res.partner"].create({"name": "Other"})
        self.riser._move_to_partner(other)
        late = self.Account.create(
            {
                "partner_id": self.env["res.partner"].create({"name": "Late"}).id,
                "company_id": self.company.id,
            }
        )
        self.riser._fold_into(late)
        self.assertEqual(
            run.snapshot_ids.filtered(lambda one: one.account_id == late).movement, "up"
        )

    def test_a_tier_that_is_deleted_meanwhile(self):
        run = self._compute()
        self.b.unlink()
        self._apply(run)
        self.assertEqual((self.riser.tier_id, self.faller.tier_id), (self.c, self.c))

    def test_a_tier_of_an_applied_run_stays(self):
        """Without it, history and the way back would be lost."""
        run = self._compute()
        self._apply(run)
        # nobody is in c any more
        self.faller._set_tier(self.b, "They asked for it")
        with self.assertRaisesRegex(UserError, "history"):
            self.c.unlink()
        self._undo(run)
        self.assertEqual(self.riser.tier_id, self.c)

    def test_a_tier_that_is_archived_meanwhile(self):
        """Nobody comes to a tier that is not in force any more."""
        run = self._compute()
        self.b.active = False
        self._apply(run)
        self.assertEqual((self.riser.tier_id, self.faller.tier_id), (self.c, self.c))
        self.assertIn(
            "archived", self._snapshot(run, self.riser.partner_id).error or ""
        )
        self.assertEqual(run.problem_count, 1)

    def test_an_account_manager_without_rights(self):
        """Who may not see accounts can be in charge of one all the same."""
        self.riser.user_id = new_test_user(self.env, "run_nobody")
        run = self._compute()
        self._apply(run)
        self.assertEqual(self.riser.tier_id, self.b)

    def test_a_company_that_goes(self):
        """Its runs go with it, in whatever order, though one follows the other."""
        company = self.env["res.company"].create({"name": "Short-lived"})
        runs = self.Run.with_company(company)
        first = runs.create({"date": "2026-05-31"})
        second = runs.create({"date": self.AS_OF})
        second.sudo().previous_id = first
        self.env.flush_all()
        # as the database does it; other apps keep a company from being deleted
        self.assertEqual(self.Run._fields["company_id"].ondelete, "cascade")
        self.env.cr.execute(
            "DELETE FROM customer_ltv_run WHERE company_id = %s", [company.id]
        )
        self.assertFalse((first | second).exists())

    def test_documents_behind_a_locked_figure_sum_to_it(self):
        """200 in May; 1000 more are invoiced for May after it has been locked."""
        self._apply(self._compute())
        self._sell_to(self.riser.partner_id, 1000, "2026-05-20")
        self._refresh()
        items = self.env["customer.profit.item"].with_context(
            customer_account_id=self.riser.id,
            customer_kind="revenue",
            customer_period=("2026-05-01", "2026-06-01"),
        )
        found = items.search([], order="amount")
        self.assertEqual(
            found.mapped(lambda item: (item.origin, item.amount)),
            [("locked", -1000), ("invoice", 200), ("invoice", 1000)],
        )
        self.assertEqual(found[0].date, date(2026, 5, 31))
        self.assertTrue(found[0].document)
        with self.assertRaisesRegex(UserError, "locked"):
            found[0].action_open_document()
        # nothing has changed in March
        march = items.with_context(customer_period=("2026-03-01", "2026-04-01"))
        self.assertEqual(march.search([]).mapped("origin"), ["invoice"])

    def test_locked_months_stay_and_what_changes_is_named(self):
        run = self._compute()
        self._apply(run)
        partner = self.riser.partner_id
        self._sell_to(partner, 1000, "2026-04-20")
        self._sell_to(partner, 70, "2026-07-03")
        self._refresh()
        self.assertEqual(self.riser.profit, 400)
        self.assertNotIn(month(2026, 4), self._months(partner))
        self.assertEqual(self._months(partner, "revenue")[month(2026, 7)], (70,))
        [row] = self.env["customer.reconciliation"].search(
            [("company_id", "=", self.company.id), ("month", "=", month(2026, 4))]
        )
        self.assertEqual((row.difference, row.status), (1000, "locked"))
        self._undo(run)
        self._refresh()
        self.assertEqual(self.riser.profit, 1400)

    def test_only_the_last_applied_run_is_undone(self):
        first = self._compute(date="2026-05-31")
        self._apply(first)
        second = self._compute()
        self.assertEqual(second.previous_id, first)
        third = self._compute()
        self._apply(second)
        with self.assertRaisesRegex(UserError, "Only the last run"):
            first.action_undo()
        with self.assertRaisesRegex(UserError, "has been applied since"):
            third.action_apply()
        self.assertEqual(self.company.customer_locked_until, month(2026, 6))
        self._undo(second)
        self.assertEqual(self.company.customer_locked_until, month(2026, 5))
        fourth = self._compute()
        self._undo(first)
        self.assertFalse(self.company.customer_locked_until)
        with self.assertRaisesRegex(UserError, "has been undone since"):
            fourth.action_apply()

    def test_reasons_beside_the_last_run(self):
        first = self._compute(date="2026-03-31")
        self._apply(first)
        self.riser.tier_id = self.c
        second = self._compute()
        snapshot = self._snapshot(second, self.riser.partner_id)
        self.assertEqual(snapshot.previous_id.run_id, first)
        self.assertEqual(snapshot.previous_value, 200)
        # then one order, now two a year for five years
        self.assertEqual(snapshot.reason_code, "buying")
        self.assertIn("10.0 orders are expected, after 1.0", snapshot.reason)

    def test_a_failed_apply_can_be_undone(self):
        run = self._compute()
        run.action_apply()
        self.Chunk._step()  # the accounts have moved
        self.assertEqual(self.riser.tier_id, self.b)
        run._fail("Out of luck")
        with self.assertRaisesRegex(UserError, "cannot be changed"):
            run.snapshot_ids[0].sudo().unlink()
        run.action_undo()
        self.Chunk._work_off()
        self.assertEqual((run.state, self.riser.tier_id), ("computed", self.c))


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestKeep(RunApplyCommon):
    def _keep(self, accounts, **vals):
        action = accounts.with_user(self.manager).action_keep_tier()
        form = Form(
            self.env[action["res_model"]]
            .with_user(self.manager)
            .with_context(**action["context"])
        )
        form.reason = "Their new plant opens"
        for name, value in vals.items():
            setattr(form, name, value)
        form.save().action_apply()

    def test_keep_and_release(self):
        run = self._compute()
        snapshot = self._snapshot(run, self.faller.partner_id)
        self.assertEqual((snapshot.movement, run.left_count), ("left", 1))
        self._keep(self.faller, until="2026-12-31")
        self.assertEqual((snapshot.new_tier_id, snapshot.movement), (self.a, "same"))
        self.assertEqual((run.left_count, run.kept_count), (0, 1))
        self.assertIn("Their new plant opens", snapshot.reason)
        self.assertTrue(self.faller.is_protected)
        self.assertEqual(self.faller.protected_until, date(2026, 12, 31))
        snapshot.with_user(self.manager).action_release()
        self.assertEqual((snapshot.new_tier_id, snapshot.movement), (self.c, "left"))
        self.assertEqual(snapshot.reason_code, "first")
        self.assertFalse(self.faller.protected_reason)
        self._keep(self.faller)
        self._apply(run)
        self.assertEqual(self.faller.tier_id, self.a)

    def test_protected_and_released_in_the_form(self):
        """What the run to review shows follows."""
        run = self._compute()
        snapshot = self._snapshot(run, self.faller.partner_id)
        self.faller.is_protected = True
        self.assertEqual((snapshot.movement, run.kept_count), ("same", 1))
        self.faller.is_protected = False
        self.assertEqual((snapshot.movement, run.kept_count), ("left", 0))
        self.faller.is_protected = True
        self._apply(run)
        self.assertEqual((self.faller.tier_id, run.problem_count), (self.a, 0))

    def test_keep_in_another_tier(self):
        run = self._compute()
        self._keep(self.faller, tier_id=self.b)
        self._apply(run)
        self.assertEqual(self.faller.tier_id, self.b)
        self.assertTrue(self.faller.is_protected)

    def test_any_reason(self):
        """Written to a file that the database reads: quotes, lines, an end mark."""
        reason = 'Says "yes",\n\\.\nor <b>%s</b>'
        self.faller.write({"is_protected": True, "protected_reason": reason})
        run = self._compute()
        self.assertEqual(run.account_count, 3)
        snapshot = self._snapshot(run, self.faller.partner_id)
        self.assertEqual(snapshot.keep_reason, reason)

    def test_keep_in_a_tier_that_the_run_does_not_know(self):
        """It is said, instead of the account staying where it is."""
        run = self._compute()
        snapshot = self._snapshot(run, self.faller.partner_id)
        late = self.c.copy({"name": "Late"})
        with self.assertRaisesRegex(UserError, "Late"), self.env.cr.savepoint():
            self._keep(self.faller, tier_id=late)
        self.assertEqual((snapshot.new_tier_id, snapshot.movement), (self.c, "left"))

    def test_keep_in_another_tier_without_a_run(self):
        with self.assertRaisesRegex(UserError, "no run"):
            self._keep(self.faller, tier_id=self.b)

    def test_who_is_kept_before_the_run_stays(self):
        self._keep(self.faller)
        run = self._compute()
        snapshot = self._snapshot(run, self.faller.partner_id)
        self.assertEqual(
            (snapshot.new_tier_id, snapshot.computed_tier_id, snapshot.reason_code),
            (self.a, self.c, "kept"),
        )

    def test_a_merged_account_stays_kept(self):
        self._keep(self.faller, until="2026-12-31")
        self.faller._fold_into(self.stayer)
        self.assertTrue(self.stayer.is_protected)
        self.assertEqual(self.stayer.protected_until, date(2026, 12, 31))
        self.assertEqual(self.stayer.protected_reason, "Their new plant opens")

    def test_the_day_comes_to_its_end(self):
        self._keep(self.faller, until="2026-07-20")
        self.Account._release_protected(self.company)
        self.assertTrue(self.faller.is_protected)
        with freeze_time("2026-07-21"):
            run = self._compute()
            self.assertFalse(self._snapshot(run, self.faller.partner_id).is_kept)
            self.Account._release_protected(self.company)
        self.assertFalse(self.faller.is_protected)

    def test_a_day_that_has_passed(self):
        with self.assertRaisesRegex(UserError, "has passed"):
            self._keep(self.faller, until="2026-07-14")
