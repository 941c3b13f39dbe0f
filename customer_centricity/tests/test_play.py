from unittest.mock import patch

import psycopg2

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.customer_centricity.models import (
    customer_intent_play,
    customer_intent_step,
)

from .common import TODAY
from .common_intent import IntentCommon, day


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestPlay(IntentCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.call = cls.env.ref("mail.mail_activity_data_call")
        cls.north_account.user_id = cls.salesperson
        cls.south_account.user_id = False
        cls.play = cls.env["customer.play"].create(
            {
                "name": "Come again",
                "step_ids": [
                    Command.create(
                        {
                            "summary": "Call them",
                            "note": "<p>Ask for the season</p>",
                            "activity_type_id": cls.call.id,
                            "delay_days": 10,
                        }
                    ),
                    Command.create(
                        {
                            "summary": "Visit them",
                            "kind": "task",
                            "project_id": cls.project.id,
                            "responsible": "intent_owner",
                            "delay_days": 30,
                        }
                    ),
                ],
            }
        )

    def _made(self, intent):
        """Return what was made: {(account, summary): (responsible, deadline)}."""
        made = {}
        for step in intent.step_ids:
            if step.activity_id:
                activity = step.activity_id
                self.assertEqual(activity.res_model, "customer.account")
                self.assertEqual(activity.res_id, step.account_id.id)
                who, when = activity.user_id, activity.date_deadline
                summary = activity.summary
            else:
                task = step.task_id
                self.assertEqual(task.partner_id, step.account_id.partner_id)
                who, when = task.user_ids, task.date_deadline.date()
                summary = task.name
            made[step.account_id, summary] = (who, when)
        return made

    def test_users_and_projects_of_another_company(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        play, project = self.play, self.project
        call, visit = play.step_ids
        project.company_id = other  # in a play of every company
        visit.summary = "See them"
        with self.assertRaisesRegex(ValidationError, "“See them”.*another company"):
            with self.cr.savepoint():
                play.company_id = self.company
        project.company_id = self.company
        play.company_id = self.company
        theirs = project.copy({"company_id": other.id})
        with self.assertRaisesRegex(ValidationError, "“See them”.*another company"):
            with self.cr.savepoint():
                visit.project_id = theirs
        stranger = self.manager.copy(
            {
                "login": "stranger",
                "company_id": other.id,
                "company_ids": [Command.set(other.ids)],
            }
        )
        with self.assertRaisesRegex(UserError, "company inconsistencies"):
            with self.cr.savepoint():
                call.write({"responsible": "user", "user_id": stranger.id})
        play.company_id = False
        call.write({"responsible": "user", "user_id": stranger.id})
        with self.assertRaisesRegex(UserError, "company inconsistencies"):
            with self.cr.savepoint():
                play.company_id = self.company

    def test_each_step_for_each_account(self):
        intent = self._running(play_ids=[Command.set(self.play.ids)])
        north, south = self.north_account, self.south_account
        self.assertEqual(
            self._made(intent),
            {
                # South has no account manager: the owner does it
                (north, "Call them"): (self.salesperson, day("2026-07-25")),
                (south, "Call them"): (self.manager, day("2026-07-25")),
                (north, "Visit them"): (self.manager, day("2026-08-14")),
                (south, "Visit them"): (self.manager, day("2026-08-14")),
            },
        )
        self.assertEqual(set(intent.step_ids.mapped("state")), {"done"})
        self.assertEqual(north.activity_ids.activity_type_id, self.call)
        self.assertIn("Ask for the season", north.activity_ids.note)
        self.assertEqual(
            (intent.step_count, intent.step_todo_count, intent.step_failed_count),
            (4, 0, 0),
        )
        tasks = self.env["project.task"].search([("name", "=", "Visit them")])
        self.assertEqual(tasks.project_id, self.project)
        action = intent.with_user(self.manager).action_open_steps()
        self.assertEqual(self.Step.search(action["domain"]), intent.step_ids)

    def test_started_by_who_may_not_see_the_project(self):
        """An account manager need not follow every project that a play names."""
        self.project.privacy_visibility = "followers"
        self.assertFalse(self.project.with_user(self.manager).has_access("read"))
        intent = self._draft(play_ids=[Command.set(self.play.ids)])
        intent.with_user(self.manager)._start()
        self.assertEqual(len(intent.step_ids.task_id), 2)

    def test_of_one_account(self):
        intent = self._running(
            account=self.south_account, play_ids=[Command.set(self.play.ids)]
        )
        self.assertEqual(intent.step_ids.account_id, self.south_account)
        self.assertEqual(intent.step_count, 2)

    def test_archived_accounts_and_those_of_groups_above(self):
        self.south_account.action_archive()
        above = self.env["customer.group"].create({"name": "Trade"})
        self.hotels.parent_id = above
        intent = self._running(group=above, play_ids=[Command.set(self.play.ids)])
        self.assertEqual(intent.step_ids.account_id, self.north_account)

    def test_the_preview_says_how_many(self):
        self.play.copy({"name": "<b>Again</b>"})
        plays = self.env["customer.play"].search(
            [("name", "in", ("Come again", "<b>Again</b>"))], order="id"
        )
        plays[1].step_ids[1].unlink()
        intent = self._draft(play_ids=[Command.set(plays.ids)])
        wizard = self.env["customer.intent.start"].create({"intent_id": intent.id})
        self.assertEqual(wizard.account_count, 2)
        self.assertIn("Come again</b>: 2 activities and 2 tasks", wizard.play_preview)
        self.assertIn("&lt;b&gt;Again&lt;/b&gt;</b>: 2 activities", wizard.play_preview)
        self.assertTrue(wizard.is_without_outcome)
        self.assertFalse(wizard.is_nobody)
        wizard.action_start()
        self.assertEqual(intent.step_count, 6)

    def test_a_group_of_nobody(self):
        group = self.env["customer.group"].create({"name": "Nobody"})
        intent = self._draft(group=group, play_ids=[Command.set(self.play.ids)])
        wizard = self.env["customer.intent.start"].create({"intent_id": intent.id})
        self.assertTrue(wizard.is_nobody)
        wizard.action_start()
        self.assertEqual((intent.state, intent.step_count), ("running", 0))

    def test_large_groups_in_the_background(self):
        """In batches, resumed where it was interrupted, and nothing twice."""
        with (
            patch.object(customer_intent_play, "MADE_AT_ONCE", 3),
            patch.object(customer_intent_step, "STEP_BATCH", 3),
        ):
            intent = self._running(play_ids=[Command.set(self.play.ids)])
            self.assertEqual(intent.step_todo_count, 4)
            self.assertFalse(intent.step_ids.activity_id)
            cron = self.env.ref("customer_centricity.ir_cron_make_steps")
            self.assertTrue(
                self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
            )
            self.assertEqual(self.Step._make_next(), 3)
            self.env.invalidate_all()
            self.assertEqual(intent.step_todo_count, 1)
            made = intent.step_ids.activity_id
            self.assertTrue(made)
            with self.enter_registry_test_mode():
                cron.method_direct_trigger()
            self.env.invalidate_all()
            self.assertEqual(intent.step_todo_count, 0)
            self.assertLessEqual(made, intent.step_ids.activity_id)
            self.assertEqual(len(intent.step_ids.activity_id), 2)
            self.assertEqual(len(intent.step_ids.task_id), 2)
            self.assertEqual(self.Step._make_next(), 0)
            self.Step._note_intent(intent)
            self.assertEqual(intent.step_count, 4)

    def test_switched_off(self):
        """Who would wait in silence is told so before, and who does, on the intent."""
        cron = self.env.ref("customer_centricity.ir_cron_make_steps")
        draft = self._draft(play_ids=[Command.set(self.play.ids)])
        with patch.object(customer_intent_play, "MADE_AT_ONCE", 3):
            waiting = self._running(play_ids=[Command.set(self.play.ids)])
            self.assertFalse(waiting.step_warning)
            cron.active = False
            with (
                self.assertRaisesRegex(UserError, "is switched off"),
                self.cr.savepoint(),
            ):
                draft.with_user(self.manager)._start()
            self.assertEqual((draft.state, draft.step_count), ("draft", 0))
        self.env.invalidate_all()
        self.assertIn("is switched off", waiting.with_user(self.manager).step_warning)
        self.assertFalse(draft.step_warning)
        # few are made at once
        draft.with_user(self.manager)._start()
        self.assertEqual(set(draft.step_ids.mapped("state")), {"done"})
        self.assertFalse(draft.step_warning)

    def test_who_joins_later_is_left_alone(self):
        intent = self._running(play_ids=[Command.set(self.play.ids)])
        self.Account.create(
            {"partner_id": self.partner_a.id, "group_id": self.hotels.id}
        )
        self.assertEqual(self.Step._make_next(), 0)
        self.assertEqual(intent.step_count, 4)

    def test_an_account_that_refuses(self):
        activities = type(self.env["mail.activity"])
        create = activities.create
        south = self.south_account

        def refuse(model, vals_list):
            if any(vals["res_id"] == south.id for vals in vals_list):
                raise UserError(self.env._("Not this one"))
            return create(model, vals_list)

        with patch.object(activities, "create", refuse):
            # the review is not among what is refused
            intent = self._draft(
                play_ids=[Command.set(self.play.ids)], review_date=False
            )
            intent._start()
        self.assertEqual((intent.step_count, intent.step_failed_count), (4, 1))
        [failed] = intent.step_ids.filtered(lambda step: step.state == "failed")
        self.assertEqual(failed.account_id, south)
        self.assertIn("Not this one", failed.error)
        self.assertFalse(failed.activity_id)
        intent.with_user(self.manager).action_retry_steps()
        self.Step._make_next()
        self.env.invalidate_all()
        self.assertEqual(failed.state, "done")
        self.assertFalse(failed.error)
        self.assertEqual(south.activity_ids.summary, "Call them")

    def test_a_conflict_undoes_the_batch(self):
        """What is in trouble is the database, not an account: it is taken up again."""
        with patch.object(customer_intent_play, "MADE_AT_ONCE", 0):
            intent = self._running(play_ids=[Command.set(self.play.ids)])
        activities = type(self.env["mail.activity"])
        conflict = psycopg2.errors.SerializationFailure()
        with (
            patch.object(activities, "create", side_effect=conflict),
            self.assertRaises(psycopg2.errors.SerializationFailure),
            self.cr.savepoint(),
        ):
            self.Step._make_next()
        self.env.invalidate_all()
        self.assertEqual(intent.step_todo_count, 4)
        # the scheduled action does not fail by it, and comes back
        with (
            patch.object(activities, "create", side_effect=conflict),
            patch.object(self.env.cr, "rollback") as rollback,
        ):
            self.assertEqual(self.Step._guarded(), 0)
        rollback.assert_called_once()

    def test_ending_drops_what_is_left(self):
        with patch.object(customer_intent_play, "MADE_AT_ONCE", 0):
            waiting = self._running(play_ids=[Command.set(self.play.ids)])
        waiting._end("stopped", "So")
        self.assertEqual(set(waiting.step_ids.mapped("state")), {"dropped"})
        self.assertEqual(self.Step._make_next(), 0)
        intent = self._running(play_ids=[Command.set(self.play.ids)])
        self.north_account.activity_ids.action_done()
        wizard = self.env["customer.intent.end"].create(
            {"intent_id": intent.id, "result": "stopped", "note": "They were bought"}
        )
        self.assertEqual(wizard.open_count, 1)
        wizard.action_end()
        self.assertFalse(self.south_account.activity_ids)
        self.assertEqual(len(intent.step_ids.task_id), 2, "tasks stay")
        with self.assertRaisesRegex(UserError, "state “Running” only"):
            intent.action_retry_steps()

    def test_many_are_removed_in_the_background(self):
        intent = self._running(play_ids=[Command.set(self.play.ids)])
        activities = intent.step_ids.activity_id
        with (
            patch.object(customer_intent_play, "MADE_AT_ONCE", 0),
            patch.object(customer_intent_step, "STEP_BATCH", 1),
        ):
            intent._end("stopped", "So")
            intent._drop_open()
            self.assertEqual(activities.exists(), activities)
            self.assertEqual(self.Step._count_waiting(), 2)
            with self.enter_registry_test_mode():
                self.env.ref(
                    "customer_centricity.ir_cron_make_steps"
                ).method_direct_trigger()
        self.env.invalidate_all()
        self.assertFalse(activities.exists())
        self.assertEqual(self.Step._count_waiting(), 0)
        self.assertEqual(
            sorted(intent.step_ids.mapped("state")),
            ["done", "done", "dropped", "dropped"],
        )

    def test_activities_may_stay(self):
        intent = self._running(play_ids=[Command.set(self.play.ids)])
        wizard = self.env["customer.intent.end"].create(
            {
                "intent_id": intent.id,
                "result": "reached",
                "note": "Yes",
                "is_dropping": False,
            }
        )
        wizard.action_end()
        self.assertTrue(self.south_account.activity_ids)

    def test_plays_that_cannot_be_made(self):
        empty = self.env["customer.play"].create({"name": "Empty"})
        intent = self._draft(play_ids=[Command.set(empty.ids)])
        with self.assertRaisesRegex(UserError, "play “Empty” has no step"):
            intent._start()
        self.project.active = False
        intent = self._draft(play_ids=[Command.set(self.play.ids)])
        with self.assertRaisesRegex(UserError, "step “Visit them” cannot be created"):
            intent._start()
        self.assertEqual(intent.state, "draft")

    def test_steps_that_say_not_enough(self):
        step = self.play.step_ids[0]
        with self.assertRaisesRegex(ValidationError, "is a task: choose the project"):
            step.write({"kind": "task"})
        with self.assertRaisesRegex(ValidationError, "choose the user"):
            step.write({"responsible": "user"})
        for days in (-1, 3651):
            with (
                self.subTest(days=days),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.errors.CheckViolation),
                self.cr.savepoint(),
            ):
                step.delay_days = days
                self.env.flush_all()

    def test_whoever_has_left_does_nothing(self):
        step = self.play.step_ids[0]
        step.write({"responsible": "user", "user_id": self.salesperson.id})
        intent = self._draft(play_ids=[Command.set(self.play.ids)])
        self.assertEqual(
            step._get_responsible(intent, self.south_account), self.salesperson
        )
        self.salesperson.active = False
        self.assertEqual(
            step._get_responsible(intent, self.south_account), self.manager
        )
        self._new_user("play_administrator", "administrator")
        self.manager.active = False
        asked = intent._get_whom_to_ask()
        self.assertTrue(asked.has_group("customer_centricity.group_administrator"))
        for responsible in ("user", "intent_owner"):
            step.responsible = responsible
            self.assertEqual(step._get_responsible(intent, self.south_account), asked)

    def test_a_step_that_is_taken_out_of_the_play(self):
        with patch.object(customer_intent_play, "MADE_AT_ONCE", 0):
            intent = self._running(play_ids=[Command.set(self.play.ids)])
        self.play.step_ids[1].unlink()
        self.env.invalidate_all()
        self.Step._make_next()
        self.assertEqual(
            sorted(intent.step_ids.mapped("state")),
            ["done", "done", "dropped", "dropped"],
        )

    def test_a_play_that_was_used_stays(self):
        draft = self._draft(play_ids=[Command.set(self.play.ids)])
        self.assertEqual(self.play.intent_count, 1)
        draft._start()
        with self.assertRaisesRegex(UserError, "Play Come again cannot be deleted"):
            self.play.unlink()
        self.play.action_archive()
        self.assertFalse(self.play.active)
        action = self.play.with_user(self.manager).action_open_intents()
        self.assertEqual(self.Intent.search(action["domain"]), draft)
        unused = self.play.copy()
        self.assertEqual(len(unused.step_ids), 2)
        unused.unlink()
        self.assertFalse(unused.exists())

    def test_writing_a_play_in_the_form(self):
        with Form(self.env["customer.play"].with_user(self.manager)) as form:
            form.name = "Thank them"
            with form.step_ids.new() as step:
                step.summary = "Write a card"
                step.delay_days = 0
        self.assertEqual(form.record.step_count, 1)
        with self.assertRaises(AccessError):
            form.record.with_user(self.salesperson).write({"name": "No"})
        self.assertEqual(
            form.record.with_user(self.salesperson).step_ids.summary, "Write a card"
        )

    def test_contacts_that_are_merged(self):
        """What was made for either stays, once."""
        intent = self._running(play_ids=[Command.set(self.play.ids)])
        own = self._running(
            account=self.south_account, play_ids=[Command.set(self.play.ids)]
        )
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (self.north | self.south).ids, self.north
        )
        self.env.invalidate_all()
        self.assertEqual((intent.step_count, own.step_count), (2, 2))
        self.assertEqual((intent | own).step_ids.account_id, self.north_account)
        self.assertEqual(len(self.north_account.activity_ids), 3)

    def test_queries_do_not_grow_with_the_accounts(self):
        """Per account, only what creating an activity takes."""
        play = self.env["customer.play"].create(
            {"name": "Call", "step_ids": [Command.create({"summary": "Call"})]}
        )

        def start():
            intent = self._draft(play_ids=[Command.set(play.ids)])
            self.env.flush_all()
            before = self.cr.sql_log_count
            with patch.object(customer_intent_play, "MADE_AT_ONCE", 0):
                intent._start()
            self.env.flush_all()
            queries = self.cr.sql_log_count - before
            self.Step._make_next()
            return queries

        start()
        few = start()
        partners = self.env["res.partner"].create(
            [{"name": f"Hotel {number}"} for number in range(8)]
        )
        self.Account.create(
            [
                {"partner_id": partner.id, "group_id": self.hotels.id}
                for partner in partners
            ]
        )
        self.assertLessEqual(start(), few)
