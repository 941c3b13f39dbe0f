from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .common import TODAY
from .common_intent import IntentCommon, day


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestIntent(IntentCommon):
    def test_a_title_by_what_is_intended(self):
        intent = self._draft(kind="reduce_cost")
        self.assertEqual(intent.name, "Reduce the cost to serve")
        self.assertEqual(intent.display_name, "Reduce the cost to serve: Hotels")
        titled = intent.with_context(customer_intent_title=True)
        self.assertEqual(titled.display_name, "Reduce the cost to serve")
        intent.name = "Fewer visits"
        self.assertEqual(intent.display_name, "Fewer visits: Hotels")
        own = self._draft(account=self.north_account)
        self.assertEqual(own.name, "Grow", "no name of a customer is copied")
        self.assertEqual(own.display_name, "Grow: North Hotel")

    def test_of_either_a_group_or_an_account(self):
        for vals in (
            {"group_id": False, "account_id": False},
            {"group_id": self.hotels.id, "account_id": self.north_account.id},
        ):
            with (
                self.subTest(vals=vals),
                mute_logger("odoo.sql_db"),
                self.assertRaisesRegex(Exception, "customer_intent_group_or_account"),
                self.cr.savepoint(),
            ):
                self.Intent.create({"kind": "grow", **vals})

    def test_starting_in_the_form(self):
        with Form(self.Intent.with_user(self.manager)) as form:
            form.kind = "grow"
            form.group_id = self.hotels
            form.reason = "They recommend us"
            with form.outcome_ids.new() as outcome:
                outcome.metric_id = self._metric("revenue")
                self.assertIn("1,500", outcome.value_text)
                outcome.target = 1400
                self.assertIn("the target must be above", outcome.explanation)
                outcome.target = 2500
                self.assertEqual(outcome.target_date, day("2027-07-15"))
                self.assertIn("to be $\N{NO-BREAK SPACE}2,500", outcome.explanation)
        intent = form.record
        self.assertEqual(intent.user_id, self.manager)
        self.assertEqual(intent.review_date, day("2026-10-15"))
        action = intent.action_start()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.manager)
            .with_context(**action["context"])
            .create({})
        )
        self.assertEqual(wizard.account_count, 2)
        self.assertIn("Today it is $\N{NO-BREAK SPACE}1,500", wizard.outcome_preview)
        wizard.action_start()
        self.assertEqual(intent.state, "running")
        self.assertEqual(intent.start_date, day(TODAY))
        self.assertEqual(intent.outcome_ids.baseline, 1500)
        self.assertEqual(intent.outcome_state, "on_track")
        self.assertEqual(intent.until_date, day("2027-07-15"))

    def test_a_reason_is_required(self):
        for reason in (False, "", "  \n "):
            intent = self._draft(reason=reason)
            with self.assertRaisesRegex(UserError, "Grow: Hotels: give the reason"):
                intent.action_start()
            with self.assertRaisesRegex(UserError, "give the reason"):
                intent._start()
            self.assertEqual(intent.state, "draft")

    def test_nothing_starts_or_ends_twice(self):
        intent = self._running()
        with self.assertRaisesRegex(UserError, "state “Draft” only"):
            intent._start()
        intent._end("stopped", "They were bought")
        with self.assertRaisesRegex(UserError, "it is in state “Ended”"):
            intent._end("reached", "Again")
        with self.assertRaisesRegex(UserError, "state “Draft” only"):
            intent.action_start()
        self.assertEqual(intent.result, "stopped")

    def test_the_owner_is_asked_for_the_review_once(self):
        intent = self._running(review_date="2026-09-01")
        activity = intent.activity_ids
        self.assertEqual(activity.user_id, self.manager)
        self.assertEqual(activity.date_deadline, day("2026-09-01"))
        intent.with_user(self.manager).review_date = "2026-10-01"
        self.assertEqual(intent.activity_ids, activity)
        self.assertEqual(activity.date_deadline, day("2026-10-01"))
        activity.action_done()
        intent.with_user(self.manager).review_date = "2027-01-01"
        self.assertEqual(intent.activity_ids.date_deadline, day("2027-01-01"))
        intent.with_user(self.manager).review_date = False
        self.assertFalse(intent.activity_ids)

    def test_a_draft_asks_nobody(self):
        intent = self._draft()
        intent.review_date = "2026-10-01"
        self.assertFalse(intent.activity_ids)

    def test_what_has_been_started_is_what_it_is(self):
        intent = self._running().with_user(self.manager)
        for vals in (
            {"kind": "end"},
            {"group_id": self.hotels.id},
            {"play_ids": []},
            {"company_id": self.company.id},
        ):
            with (
                self.subTest(vals=vals),
                self.assertRaisesRegex(UserError, "is no draft any more"),
            ):
                intent.write(vals)
        intent.write({"reason": "They like us even more", "name": "Grow much"})
        intent._end("partly", "Half of them came along")
        with self.assertRaisesRegex(UserError, "is no draft any more"):
            intent.write({"reason": "As I said"})
        self.assertEqual(intent.reason, "They like us even more")

    def test_nobody_writes_what_starting_and_ending_write(self):
        intent = self._draft().with_user(self.manager)
        for vals in (
            {"state": "running"},
            {"start_date": "2020-01-01"},
            {"result": "reached"},
            {"outcome_state": "reached"},
        ):
            with (
                self.subTest(vals=vals),
                self.assertRaisesRegex(AccessError, "started and ended with the"),
            ):
                intent.write(vals)
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                self.Intent.with_user(self.manager).create(
                    {"group_id": self.hotels.id, **vals}
                )
            defaults = {f"default_{name}": value for name, value in vals.items()}
            with self.subTest(defaults=defaults), self.assertRaises(AccessError):
                self.Intent.with_user(self.manager).with_context(**defaults).create(
                    {"group_id": self.hotels.id}
                )

    def test_only_drafts_are_deleted(self):
        self._draft().with_user(self.manager).unlink()
        intent = self._running()
        with self.assertRaisesRegex(UserError, "Grow: Hotels cannot be deleted"):
            intent.unlink()
        intent._end("missed", "No")
        with self.assertRaisesRegex(UserError, "what came of it is kept"):
            intent.unlink()

    def test_ending_in_the_form(self):
        intent = self._running(
            outcomes=[("revenue", 2000, "2027-07-15"), ("profit", 1600, "2027-07-15")]
        )
        self._invoice(self.north, "2026-08-10", (self.service, 1, 200))
        # revenue 1,700 of 2,000 (40% of the way), profit 1,700 beyond 1,600
        self._refresh_on("2026-09-02")
        action = intent.with_user(self.manager).action_end()
        form = Form(
            self.env[action["res_model"]]
            .with_user(self.manager)
            .with_context(**action["context"])
        )
        self.assertEqual(form.suggestion, "Partly reached")
        self.assertEqual(form.result, "partly")
        form.note = "The summer was good"
        form.save().action_end()
        self.assertEqual(intent.state, "ended")
        self.assertEqual(intent.result, "partly")
        self.assertEqual(intent.end_date, day("2026-09-02"))
        self.assertEqual(intent.until_date, day("2026-09-02"))
        self.assertFalse(intent.activity_ids)
        states = {one.metric_id.code: one.state for one in intent.outcome_ids}
        self.assertEqual(states, {"revenue": "missed", "profit": "reached"})
        self.assertEqual(intent.outcome_summary, "1 of 2 reached, 1 of 2 missed")
        # and keeps it, whatever the figures do
        self._invoice(self.north, "2026-08-11", (self.service, 1, 5000))
        self._refresh_on("2026-10-02")
        self.assertEqual(intent.outcome_ids.mapped("value"), [1700, 1700])
        self.assertEqual(intent.result, "partly")

    def test_ending_on_the_day_of_the_start(self):
        intent = self._running(outcomes=[("revenue", 2000, "2027-07-15")])
        intent._end("stopped", "They were bought")
        self.assertEqual(intent.outcome_ids.state, "missed")
        self.assertEqual(intent.outcome_ids.decided_date, day(TODAY))

    def test_a_blank_note_is_none(self):
        intent = self._running()
        wizard = self.env["customer.intent.end"].create(
            {"intent_id": intent.id, "result": "stopped", "note": " "}
        )
        self.assertEqual(wizard.suggestion, "No outcomes were expected: you decide.")
        with self.assertRaisesRegex(UserError, "Say what came of"):
            wizard.action_end()

    def test_a_duplicate_begins_anew(self):
        intent = self._running(outcomes=[("revenue", 2000, "2027-07-15")])
        intent._end("missed", "No")
        again = intent.copy()
        self.assertEqual(again.state, "draft")
        self.assertFalse(again.result or again.start_date or again.result_note)
        self.assertEqual(again.outcome_ids.target, 2000)
        self.assertFalse(again.outcome_ids.state)
        self.assertFalse(again.outcome_ids.baseline)
        again._start()
        self.assertEqual(again.outcome_ids.baseline, 1500)

    def test_a_group_that_something_was_intended_with_stays(self):
        self._draft()
        (self.north_account | self.south_account).group_id = False
        with self.assertRaisesRegex(UserError, "Group Hotels cannot be deleted"):
            self.hotels.unlink()
        empty = self.env["customer.group"].create({"name": "Nobody"})
        empty.unlink()
        self.assertFalse(empty.exists())

    def test_salespeople_read_and_talk(self):
        intent = self._running(outcomes=[("revenue", 2000, "2027-07-15")])
        seen = intent.with_user(self.salesperson)
        self.assertEqual(seen.display_name, "Grow: Hotels")
        self.assertEqual(seen.outcome_summary, "1 of 1 on track")
        seen.message_post(body="They told me so")
        with self.assertRaises(AccessError):
            seen.write({"reason": "No"})
        for name in ("action_start", "action_end", "action_retry_steps"):
            with self.subTest(name=name), self.assertRaises(AccessError):
                getattr(seen, name)()
        for model, method, vals in (
            ("customer.intent.start", "action_start", {}),
            ("customer.intent.end", "action_end", {"note": "x", "result": "missed"}),
        ):
            with self.subTest(model=model), self.assertRaises(AccessError):
                wizard = self.env[model].with_user(self.salesperson)
                getattr(wizard.new({"intent_id": intent.id, **vals}), method)()
        self.assertEqual(intent.state, "running")

    def test_every_view_for_everybody(self):
        self._running(outcomes=[("revenue", 2000, "2027-07-15")])
        secrets = ("progress", "value_text", "target_text", "step_todo_count")
        for user, told in ((self.salesperson, False), (self.manager, True)):
            model = self.Intent.with_user(user)
            for view in ("kanban", "list", "form", "search", "calendar", "pivot"):
                arch = model.get_view(view_type=view)["arch"]
                if view == "form":
                    for name in secrets:
                        self.assertEqual(f'"{name}"' in arch, told, name)
        for model in ("customer.intent.outcome", "customer.play"):
            for view in ("list", "form", "search"):
                self.env[model].with_user(self.manager).get_view(view_type=view)
        for view in ("graph", "list"):
            self.env["customer.intent.measure"].with_user(self.manager).get_view(
                view_type=view
            )

    def test_what_is_intended_is_found_by_whom_it_is_for(self):
        intent = self._draft(name="Fewer visits")
        own = self._draft(account=self.north_account, name="Fewer visits")
        found = self.Intent.name_search("Hotels")
        self.assertEqual([one for one, _name in found], intent.ids)
        found = self.Intent.name_search("North")
        self.assertEqual([one for one, _name in found], own.ids)

    def test_odd_input(self):
        for text in (
            "<script>alert(1)</script>",
            "%(x)s %s {}",
            "مرحبا 🎉",
            "x" * 9999,
        ):
            intent = self._draft(name=text, reason=text)
            intent._start()
            intent._end("stopped", text)
            self.assertEqual(intent.result_note, text)
            self._flush_tracking()
            self.assertNotIn("<script>", self._bodies(intent))
        with self.assertRaises(ValidationError), self.cr.savepoint():
            self._draft(outcomes=[("active_accounts", 3, "2027-01-01")]).write(
                {"group_id": False, "account_id": self.north_account.id}
            )


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestIntentCompanies(IntentCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_other_company()
        cls.Intent = cls.env["customer.intent"].with_company(cls.company)

    def test_each_company_intends_and_measures_for_itself(self):
        self._invoice(
            self.north, "2026-03-10", (self.service, 1, 70), company_id=self.other.id
        )
        self._refresh(self.other)
        elsewhere = self._account_of(self.north, self.other)
        elsewhere.group_id = self.hotels
        intent = self._running(outcomes=[("revenue", 2000, "2027-07-15")])
        theirs = self._running(
            kind="end",
            company_id=self.other.id,
            outcomes=[("revenue", 100, "2027-07-15")],
        )
        self.assertEqual(intent.outcome_ids.baseline, 1500)
        self.assertEqual(theirs.outcome_ids.baseline, 70)
        self.assertEqual(self.north_account.intent_kind, "grow")
        self.assertEqual(elsewhere.intent_kind, "end")
        self.assertEqual(elsewhere.intent_ids, theirs)
        stranger = self._new_user("intent_stranger", "manager", company=self.other)
        env = self.env(user=stranger, context={"allowed_company_ids": self.other.ids})
        self.assertEqual(env["customer.intent"].search([]), theirs)
        with self.assertRaises(AccessError):
            intent.with_env(env).read(["name"])
        for name in ("customer.intent.outcome", "customer.intent.measure"):
            self.assertEqual(len(env[name].search([])), 1, name)
        self.assertEqual(self.hotels.with_env(env).intent_count, 1)
        with self.assertRaises(UserError):
            self._draft(account=elsewhere)
        with self.assertRaises(UserError):
            self._draft(
                group=self.env["customer.group"].create(
                    {"name": "Theirs", "company_id": self.other.id}
                )
            )

    def _as_strangers(self):
        """Return environments of who may read our intents, and who may not."""
        stranger = self._new_user("intent_stranger", "manager", company=self.other)
        return tuple(
            self.env(user=user, context={"allowed_company_ids": user.company_ids.ids})
            for user in (self.manager, stranger)
        )

    def _try(self, env, model, vals, spec):
        """Return what a form shows that is opened with some values, never saved."""
        self.env.flush_all()
        self.env.invalidate_all()
        spec = {name: {} for name in vals} | spec
        return env[model].onchange(dict(vals), [], spec)["value"]

    def test_forms_measure_for_who_may_know(self):
        """Ids of another company in a form that is never saved tell nothing."""
        names = ("value_text", "baseline_text", "explanation")
        vals = {
            "company_id": self.company.id,
            "state": "draft",
            "outcome_ids": [
                Command.create(
                    {
                        "metric_id": self._metric("revenue").id,
                        "target": 2000,
                        "target_date": "2027-07-15",
                    }
                )
            ],
        }
        own, theirs = self._as_strangers()
        for subject, figure in (
            ({"account_id": self.north_account.id}, "1,000"),
            ({"group_id": self.hotels.id}, "1,500"),
        ):
            for env in (own, theirs):
                with self.subTest(subject=subject, user=env.user.login):
                    shown = self._try(
                        env,
                        "customer.intent",
                        vals | subject,
                        {"outcome_ids": {"fields": {name: {} for name in names}}},
                    )
                    [line] = [row[2] for row in shown["outcome_ids"] if row[2]]
                    for name in names:
                        if env == own:
                            self.assertIn(figure, line[name], name)
                        else:
                            self.assertFalse(line[name], name)

    def test_a_draft_with_what_is_not_for_the_reader(self):
        """It can be opened, and shows no figure."""
        draft = self._draft(
            account=self.north_account, outcomes=[("revenue", 2000, "2027-07-15")]
        )
        own, _theirs = self._as_strangers()
        self.env["ir.rule"].create(
            {
                "name": "Own accounts",
                "model_id": self.env["ir.model"]._get_id("customer.account"),
                "domain_force": [("user_id", "=", self.env.uid)],
                "groups": [
                    Command.link(self.env.ref("customer_centricity.group_manager").id)
                ],
            }
        )
        self.env.flush_all()
        self.env.invalidate_all()
        outcome = draft.with_env(own).outcome_ids
        self.assertFalse(outcome.value_text or outcome.explanation)

    def test_wizards_tell_nothing_of_other_companies(self):
        draft = self._draft()
        running = self._running(
            account=self.north_account, outcomes=[("revenue", 2000, "2027-07-15")]
        )
        own, theirs = self._as_strangers()
        for model, intent, name, told in (
            ("customer.intent.start", draft, "reason", "They like us"),
            ("customer.intent.start", draft, "account_count", 2),
            ("customer.intent.end", running, "result", "missed"),
            ("customer.intent.end", running, "suggestion", "Missed"),
            ("customer.intent.end", running, "open_count", 0),
        ):
            with self.subTest(model=model, name=name):
                vals = {"intent_id": intent.id}
                shown = self._try(own, model, vals, {name: {}})
                self.assertEqual(shown[name], told)
                with self.assertRaises(AccessError):
                    self._try(theirs, model, vals, {name: {}})

    def test_a_form_with_outcomes_of_another_company(self):
        outcome = self._running(outcomes=[("revenue", 2000, "2027-07-15")]).outcome_ids
        own, theirs = self._as_strangers()
        vals = {
            "group_id": self.hotels.id,
            "outcome_ids": [Command.link(outcome.id)],
        }
        for name, told in (
            ("outcome_state", "on_track"),
            ("until_date", day("2027-07-15")),
        ):
            with self.subTest(name=name):
                shown = self._try(own, "customer.intent", vals, {name: {}})
                self.assertEqual(shown[name], told)
                shown = self._try(theirs, "customer.intent", vals, {name: {}})
                self.assertNotEqual(shown[name], told)
