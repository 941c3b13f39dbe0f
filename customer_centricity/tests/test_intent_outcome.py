from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import TODAY
from .common_intent import IntentCommon, day

SECRETS = (
    "baseline",
    "target",
    "value",
    "progress",
    "baseline_text",
    "target_text",
    "value_text",
    "explanation",
    "measure_ids",
)

MEASURING = "customer_intent_outcome_measuring"
LOGGER = f"odoo.addons.customer_centricity.models.{MEASURING}"


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestIntentOutcome(IntentCommon):
    def _expect(self, code="revenue", target=2500, last="2027-07-15", **options):
        return self._running(outcomes=[(code, target, last)], **options).outcome_ids

    def test_measured_every_night(self):
        outcome = self._expect()
        self.assertEqual((outcome.baseline, outcome.value), (1500, 1500))
        self._invoice(self.south, "2026-08-10", (self.service, 1, 500))
        self._refresh_on("2026-10-15")
        # 500 of 1,000 in 92 of 365 days
        self.assertEqual(outcome.value, 2000)
        self.assertAlmostEqual(outcome.progress, 0.5)
        self.assertEqual(outcome.state, "on_track")
        self.assertEqual(outcome.measured_date, day("2026-10-15"))
        self.assertEqual(outcome.baseline, 1500, "frozen")
        self.assertAlmostEqual(outcome.intent_id.progress, 0.5)
        self.assertFalse(outcome.activity_id)
        self.assertIn("Done: 50 % of the way in 25 % of the time", outcome.explanation)
        self.assertIn("From $\N{NO-BREAK SPACE}1,500 on", outcome.explanation)

    def test_the_owner_is_told_once_when_it_turns(self):
        outcome = self._expect()
        intent = outcome.intent_id
        review = intent.activity_ids
        # 0% of the way in 184 of 365 days, which is 50%
        self._refresh_on("2027-01-15")
        self.assertEqual(outcome.state, "at_risk")
        self.assertEqual(intent.outcome_state, "at_risk")
        told = intent.activity_ids - review
        self.assertEqual(told.user_id, self.manager)
        self.assertEqual(told.summary, "Revenue: At risk")
        self.assertEqual(told.date_deadline, day("2027-01-15"))
        self.assertIn(
            "The outcome “Revenue” was on track and is now at risk.",
            self._bodies(intent),
        )
        messages = intent.message_ids
        self._refresh_on("2027-01-16")
        self.assertEqual(intent.activity_ids - review, told)
        self.assertEqual(intent.message_ids, messages)
        # on track again: told in the chatter, and nothing is left to do about it
        self._invoice(self.south, "2026-12-10", (self.service, 1, 500))
        self._refresh_on("2027-01-17")
        self.assertEqual(outcome.state, "on_track")
        self.assertEqual(intent.activity_ids, review)
        self.assertIn("was at risk and is now on track", self._bodies(intent))
        # no figure, for salespeople read the chatter
        for figure in ("1,500", "2,500", "2,000", "50 %"):
            self.assertNotIn(figure, self._bodies(intent))

    def test_owners_are_told_in_their_language(self):
        self._activate_spanish()
        spaniard = self._new_user("intent_spaniard", "manager")
        spaniard.lang = "es_ES"
        ours = self._expect()
        theirs = self._expect(user_id=spaniard.id)
        self.assertNotEqual(
            theirs.intent_id.activity_ids.summary,
            ours.intent_id.activity_ids.summary,
        )
        self._refresh_on("2027-01-15")
        in_spanish = theirs.with_context(lang="es_ES")
        states = dict(theirs._fields["state"]._description_selection(in_spanish.env))
        self.assertNotEqual(states["at_risk"], "At risk")
        self.assertEqual(
            theirs.activity_id.summary,
            f"{in_spanish.metric_id.name}: {states['at_risk']}",
        )
        self.assertIn(states["at_risk"].lower(), self._bodies(theirs.intent_id))
        self.assertNotIn("and is now", self._bodies(theirs.intent_id))
        self.assertEqual(ours.activity_id.summary, "Revenue: At risk")
        self.assertIn("and is now at risk", self._bodies(ours.intent_id))

    def test_an_administrator_is_asked_when_the_owner_has_left(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self._new_user("intent_administrator", "administrator")
        archived, moved = (
            self._new_user(login, "manager") for login in ("archived", "moved")
        )
        outcomes = self._expect(user_id=archived.id) | self._expect(user_id=moved.id)
        archived.active = False
        moved.write({"company_ids": [elsewhere.id], "company_id": elsewhere.id})
        self._refresh_on("2027-01-15")
        administrators = self.env.ref(
            "customer_centricity.group_administrator"
        ).all_user_ids.filtered(lambda user: self.company in user.company_ids)
        for outcome in outcomes:
            with self.subTest(owner=outcome.intent_id.user_id.login):
                self.assertEqual(outcome.activity_id.summary, "Revenue: At risk")
                asked = outcome.activity_id.user_id
                self.assertEqual(len(asked), 1)
                self.assertTrue(asked.active)
                self.assertIn(asked, administrators)
                # asked to look again on another day
                outcome.intent_id.review_date = "2027-03-01"
                self.assertEqual(outcome.intent_id.review_activity_id.user_id, asked)

    def test_the_date_decides(self):
        outcome = self._expect(last="2026-12-31", target=1600)
        self._refresh_on("2026-12-31")
        self.assertEqual(outcome.state, "at_risk")
        self.assertFalse(outcome.decided_date)
        self._refresh_on("2027-01-01")
        self.assertEqual(outcome.state, "missed")
        self.assertEqual(outcome.decided_date, day("2027-01-01"))
        self.assertEqual(outcome.activity_id.summary, "Revenue: Missed")
        # whatever comes later
        self._invoice(self.south, "2027-01-02", (self.service, 1, 500))
        self._refresh_on("2027-02-02")
        self.assertEqual((outcome.value, outcome.state), (1500, "missed"))

    def test_december_counts_for_the_end_of_december(self):
        """The window of the day after the last is the one that has December in it."""
        outcome = self._expect(last="2026-12-31", target=1600)
        self._invoice(self.south, "2026-12-20", (self.service, 1, 100))
        self._refresh_on("2026-12-31")
        self.assertEqual(outcome.value, 1500)
        self._refresh_on("2027-01-01")
        self.assertEqual((outcome.value, outcome.state), (1600, "reached"))
        self.assertEqual(outcome.intent_id._suggest_result(), "reached")

    def test_reached_is_reached_only_as_long_as_it_is(self):
        outcome = self._expect(target=1600)
        invoice = self._invoice(self.south, "2026-07-20", (self.service, 1, 100))
        self._refresh_on("2026-08-02")
        self.assertEqual(outcome.state, "reached")
        invoice.button_draft()
        invoice.button_cancel()
        self._refresh_on("2026-08-03")
        self.assertEqual(outcome.state, "on_track")

    def test_where_less_is_better(self):
        # hours cost 40: 10 hours of North are 400
        self._timesheet("2026-04-10", 10)
        self._refresh()
        with self.assertRaisesRegex(ValidationError, "less is better.*Choose a lower"):
            self._expect("cost_to_serve", 500)
        outcome = self._expect("cost_to_serve", 200)
        self.assertEqual(outcome.baseline, 400)
        # April 2026 leaves the window with the 1st of May 2027
        self._refresh_on("2027-05-02")
        self.assertEqual((outcome.value, outcome.progress), (0, 2))
        self.assertEqual(outcome.state, "reached")
        self.assertEqual(outcome.intent_id.progress, 1, "no more than all")

    def test_targets_that_say_nothing_are_refused(self):
        for target, said in (
            (1500, "Revenue” is to be .*1,500.*, which it is already"),
            (1400, "more is better, and the target of .*1,400.* is below .*1,500"),
        ):
            with self.subTest(target=target):
                intent = self._draft(outcomes=[("revenue", target, "2027-07-15")])
                with (
                    self.assertRaisesRegex(ValidationError, said),
                    self.cr.savepoint(),
                ):
                    intent._start()
                self.assertEqual(intent.state, "draft")
                self.assertFalse(intent.outcome_ids.state)

    def test_the_last_day_is_after_the_start(self):
        for last in ("2026-07-15", "2026-01-01", "0001-01-01"):
            intent = self._draft(outcomes=[("revenue", 2500, last)])
            with (
                self.subTest(last=last),
                self.assertRaisesRegex(ValidationError, "is not after the start"),
                self.cr.savepoint(),
            ):
                intent._start()

    def test_nothing_to_start_from(self):
        """Nobody of the hotels has bought before the window: there is no retention."""
        intent = self._draft(outcomes=[("retention", 0.9, "2027-07-15")])
        self.assertIn("no value yet", intent.outcome_ids.explanation)
        with (
            self.assertRaisesRegex(UserError, "has no value yet"),
            self.cr.savepoint(),
        ):
            intent._start()

    def test_what_can_no_longer_be_measured_keeps_its_last_value(self):
        outcome = self._expect("profit_rate", 1.5, "2026-12-31")
        self.assertEqual(outcome.baseline, 1)
        self.env["account.move"].search(
            [("partner_id", "in", (self.north | self.south).ids)]
        ).button_draft()
        self._refresh_on("2026-08-01")
        self.assertEqual((outcome.value, outcome.state), (1, "on_track"))
        self.assertEqual(outcome.measured_date, day(TODAY))
        self._refresh_on("2027-01-01")
        self.assertEqual((outcome.value, outcome.state), (1, "missed"))

    def test_a_metric_that_no_app_measures_any_more(self):
        outcome = self._expect()
        metrics = type(self.env["customer.metric"])
        known = self.env["customer.metric"]._get_expressions()
        known.pop("revenue")
        with patch.object(metrics, "_get_expressions", lambda self: known):
            self._refresh_on("2026-08-01")
        self.assertEqual((outcome.value, outcome.state), (1500, "on_track"))
        self.assertEqual(outcome.measured_date, day(TODAY))
        self.assertFalse(self.company.customer_refresh_error)

    @mute_logger(LOGGER)
    def test_a_refresh_ends_whatever_happens_to_intents(self):
        outcome = self._expect()
        metrics = type(self.env["customer.metric"])
        with patch.object(metrics, "_measure", side_effect=ValueError("Odd")):
            self._refresh_on("2026-08-01")
        self.assertEqual(outcome.measured_date, day(TODAY))
        self.assertFalse(self.company.customer_refresh_start)
        self.assertIn(
            "could not be measured: Grow: Hotels: Odd",
            self.company.customer_refresh_error,
        )

    @mute_logger(LOGGER, "odoo.sql_db")
    def test_an_odd_outcome_keeps_no_other_from_being_measured(self):
        good = [
            self._expect(name=f"Good {number}", last="2026-12-31", target=1600)
            for number in range(3)
        ]
        undated = self._expect(name="Undated")
        beyond = self._expect(account=self.north_account, name="Beyond")
        level = self._expect(name="Level", last="2026-12-31")
        self.env.flush_all()
        self.cr.execute(
            "UPDATE customer_intent SET start_date = NULL WHERE id = %s",
            [undated.intent_id.id],
        )
        self.cr.execute(
            "UPDATE customer_intent_outcome SET target = baseline WHERE id = %s",
            [level.id],
        )
        self.env.invalidate_all()
        metrics = type(self.env["customer.metric"])
        measure = metrics._measure

        def exaggerate(model, company, codes, **of_whom):
            measured = measure(model, company, codes, **of_whom)
            for values in measured.values():
                # that of North alone, who was invoiced 1,000
                if values.get("revenue") == 1000:
                    values["revenue"] = 1e16
            return measured

        with patch.object(metrics, "_measure", exaggerate):
            self._refresh_on("2027-01-01")
        self.env.invalidate_all()
        for outcome in good:
            self.assertEqual(outcome.measured_date, day("2027-01-01"))
            self.assertEqual(outcome.state, "missed")
            self.assertEqual(outcome.activity_id.summary, "Revenue: Missed")
        self.assertEqual(beyond.value, 1000)
        self.assertEqual(undated.measured_date, day(TODAY))
        error = self.company.customer_refresh_error
        self.assertIn("Undated: Hotels: ", error)
        self.assertIn("Beyond: North", error)
        self.assertIn("Level: Hotels: ", error)
        self.assertNotIn("Good", error)
        self.assertFalse(self.company.customer_refresh_start)

    def test_of_an_account(self):
        outcome = self._running(
            account=self.north_account, outcomes=[("revenue", 1200, "2027-07-15")]
        ).outcome_ids
        self.assertEqual(outcome.baseline, 1000)
        self._invoice(self.south, "2026-08-10", (self.service, 1, 500))
        self._invoice(self.north, "2026-08-10", (self.service, 1, 50))
        self._refresh_on("2026-09-15")
        self.assertEqual((outcome.value, outcome.progress), (1050, 0.25))

    def test_a_group_and_an_account_of_the_same_number(self):
        """Ids of groups and of accounts have nothing to do with each other."""
        self.cr.execute(
            "INSERT INTO customer_group (id, name, sequence, active)"
            ' VALUES (%s, \'{"en_US": "Same"}\', 10, TRUE)'
            " ON CONFLICT (id) DO NOTHING",
            [self.north_account.id],
        )
        same = self.env["customer.group"].browse(self.north_account.id)
        # it may be one of the other tests'
        self.Account.search([("group_id", "=", same.id)]).group_id = False
        self.south_account.group_id = same
        of_group = self._running(
            group=same, outcomes=[("revenue", 600, "2027-07-15")]
        ).outcome_ids
        of_account = self._running(
            account=self.north_account, outcomes=[("revenue", 2000, "2027-07-15")]
        ).outcome_ids
        self._refresh_on("2026-08-01")
        self.assertEqual((of_group.value, of_account.value), (500, 1000))

    def test_a_metric_of_groups_is_not_for_an_account(self):
        with self.assertRaisesRegex(ValidationError, "measured for groups only"):
            self._draft(
                account=self.north_account,
                outcomes=[("account_count", 3, "2027-07-15")],
            )
        outcome = self._expect("account_count", 3)
        self.assertEqual(outcome.baseline, 2)
        self.assertEqual(outcome.metric_levels, ["both", "group"])

    def test_a_month_keeps_its_last_measurement(self):
        outcome = self._expect(last="2027-01-01", target=2500)
        self._invoice(self.south, "2026-08-10", (self.service, 1, 250))
        self._refresh_on("2026-07-31")
        self._refresh_on("2026-09-03")
        self._refresh_on("2026-09-30")
        measures = outcome.measure_ids
        self.assertEqual(
            measures.mapped(lambda one: (one.month, one.day, one.value, one.progress)),
            [
                (day("2026-07-01"), day("2026-07-31"), 1500, 0),
                (day("2026-09-01"), day("2026-09-30"), 1750, 0.25),
            ],
        )
        # of the 170 days to the 1st of January, 16 and 77 are over
        self.assertAlmostEqual(measures[0].expected, 1500 + 1000 * 16 / 170)
        self.assertAlmostEqual(measures[1].expected, 1500 + 1000 * 77 / 170)
        self.assertIn("1,750", measures[1].value_text)

    def test_figures_are_written_by_measuring_alone(self):
        outcome = self._expect().with_user(self.manager)
        draft = self._draft()
        for vals in (
            {"baseline": 1},
            {"value": 1},
            {"progress": 1},
            {"state": "reached"},
            {"decided_date": "2026-01-01"},
        ):
            with (
                self.subTest(vals=vals),
                self.assertRaisesRegex(AccessError, "measured and cannot be written"),
            ):
                outcome.write(vals)
            defaults = {f"default_{name}": value for name, value in vals.items()}
            with (
                self.subTest(defaults=defaults),
                self.assertRaisesRegex(AccessError, "measured and cannot be written"),
            ):
                outcome.with_context(**defaults).create(
                    {
                        "intent_id": draft.id,
                        "metric_id": self._metric("profit").id,
                        "target": 9999,
                    }
                )
        with self.assertRaisesRegex(UserError, "its targets and dates can"):
            outcome.write({"metric_id": self._metric("profit").id})
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            outcome.unlink()
        with (
            self.assertRaisesRegex(UserError, "said before it starts"),
            self.cr.savepoint(),
        ):
            outcome.create(
                {
                    "intent_id": outcome.intent_id.id,
                    "metric_id": self._metric("profit").id,
                    "target": 9999,
                }
            )
        outcome.intent_id._end("stopped", "So")
        with self.assertRaisesRegex(UserError, "cannot be changed any more"):
            outcome.write({"target": 9999})

    def test_another_target_is_judged_at_once_and_told(self):
        outcome = self._expect(last="2026-12-31", target=1600)
        self._refresh_on("2027-01-01")
        self.assertEqual(outcome.state, "missed")
        outcome.with_user(self.manager).write({"target_date": "2027-12-31"})
        self.assertEqual(outcome.state, "at_risk")
        self.assertFalse(outcome.decided_date)
        self.assertIn(
            "What is expected of “Revenue” has", self._bodies(outcome.intent_id)
        )
        with self.assertRaisesRegex(ValidationError, "Choose a higher"):
            outcome.with_user(self.manager).write({"target": 1000})

    def test_one_outcome_of_a_metric(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaisesRegex(Exception, "customer_intent_outcome_metric_unique"),
            self.cr.savepoint(),
        ):
            self._draft(
                outcomes=[
                    ("revenue", 2000, "2027-07-15"),
                    ("revenue", 3000, "2027-07-15"),
                ]
            )

    def test_targets_that_are_no_amounts(self):
        for target in (1e308, float("nan"), float("inf"), float("-inf")):
            with (
                self.subTest(target=target),
                mute_logger("odoo.sql_db"),
                self.assertRaises(Exception),  # noqa: B017, PT011
                self.cr.savepoint(),
            ):
                self._draft(outcomes=[("revenue", target, "2027-07-15")])
                self.env.flush_all()

    def test_salespeople_see_words_and_no_figure(self):
        outcome = self._expect().with_user(self.salesperson)
        self.assertEqual(outcome.read(["state"])[0]["state"], "on_track")
        self.assertEqual(outcome.metric_id.name, "Revenue")
        for name in SECRETS:
            with self.subTest(name=name):
                self.assertNotIn(name, outcome.fields_get())
                for attempt in (
                    lambda name=name: outcome.read([name]),
                    lambda name=name: outcome.search([(name, "!=", False)]),
                    lambda name=name: outcome.search([], order=name).ids,
                    lambda name=name: outcome.export_data([name]),
                    lambda name=name: self.Intent.with_user(self.salesperson).search(
                        [(f"outcome_ids.{name}", "!=", False)]
                    ),
                ):
                    with self.assertRaises(UserError):
                        attempt()
        guarded = {name for name, field in outcome._fields.items() if field.groups} - {
            "create_uid",
            "write_uid",
        }
        self.assertEqual(guarded, set(SECRETS))
        for name in ("customer.intent.measure", "customer.intent.step"):
            with self.subTest(name=name), self.assertRaises(AccessError):
                self.env[name].with_user(self.salesperson).search([])
        for name in ("progress", "step_count", "step_ids"):
            with self.subTest(name=name), self.assertRaises(AccessError):
                outcome.intent_id.read([name])

    def test_queries_do_not_grow_with_the_outcomes(self):
        def start(number):
            groups = self.env["customer.group"].create(
                [{"name": f"Group {count} of {number}"} for count in range(number)]
            )
            accounts = [self.north_account, self.south_account]
            for count, group in enumerate(groups):
                accounts[count % 2].group_id = group
                self._running(
                    group=group,
                    outcomes=[
                        ("revenue", 9000, "2027-07-15"),
                        ("hours", -1, "2027-07-15"),
                    ],
                )
                self._running(
                    account=accounts[count % 2],
                    outcomes=[("profit", 9000, "2027-07-15")],
                )

        def count():
            self._flush_tracking()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.Intent._measure_company(self.company)
            self.env.flush_all()
            return self.cr.sql_log_count - before

        start(2)
        count()
        few = count()
        start(6)
        self.assertLessEqual(count(), few)
