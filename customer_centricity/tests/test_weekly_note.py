from datetime import date, datetime
from unittest.mock import patch

from lxml import html

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common import CustomerCentricityCommon

MONDAY = date(2026, 7, 13)


# a Wednesday: the week that is over began on Monday 6
@freeze_time("2026-07-15")
@tagged("post_install", "-at_install", "plain_stack")
class TestWeeklyNote(CustomerCentricityCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Note = cls.env["customer.weekly.note"]
        cls.env["res.company"].search([]).customer_weekly_note = False
        cls.company.customer_weekly_note = True
        cls.mira = cls._new_user("mira", "manager")
        cls.saul = cls._new_user("saul", "user")
        (cls.mira | cls.saul).write({"email": "someone@example.com"})
        cls.account, cls.other = cls.Account.create(
            [
                {"partner_id": cls.north.id, "user_id": cls.mira.id},
                {"partner_id": cls.south.id, "user_id": cls.saul.id},
            ]
        )

    def _turn(self, account, day, kind="result", old="profit", new="loss"):
        account.with_context(tracking_disable=True).write({kind: old})
        turns = self.env["customer.account.turn"]
        before = turns.search([("account_id", "=", account.id)])
        account.with_context(tracking_disable=True).write({kind: new})
        turn = turns.search([("account_id", "=", account.id)]) - before
        turn.date = day
        return turn

    def _answer(self, partner, score, day):
        return self.env["customer.nps.response"].create(
            {
                "partner_id": partner.id,
                "company_id": self.company.id,
                "score": score,
                "date": day,
            }
        )

    def _send(self):
        """Run the scheduled action; return the texts of the mails, by their reader."""
        before = self.env["mail.mail"].search([])
        with self._allow_commits():
            self.Note._cron_send()
        mails = self.env["mail.mail"].search([]) - before
        return {
            mail.recipient_ids: " ".join(
                html.fromstring(mail.body_html).text_content().split()
            )
            for mail in mails
        }

    def test_each_is_told_of_the_own_accounts(self):
        self._turn(self.account, datetime(2026, 7, 8))
        self._turn(self.other, datetime(2026, 7, 9), new="even")
        self._answer(self.south, 3, date(2026, 7, 10))
        notes = self._send()
        self.assertEqual(set(notes), {self.mira.partner_id, self.saul.partner_id})
        mira, saul = notes[self.mira.partner_id], notes[self.saul.partner_id]
        self.assertIn(
            "Losing money now: 1 North Hotel Profit → Loss · profit of Jul 2025 – Jun "
            "2026: $ 0.00 07/08/2026",
            mira.replace("\N{NO-BREAK SPACE}", " "),
        )
        self.assertNotIn("South Clinic", mira)
        self.assertIn("Unhappy: 1 South Clinic", saul)
        self.assertIn("answered 3", saul)
        self.assertNotIn("North Hotel", saul)
        self.assertNotIn("Losing money", saul)  # it breaks even

    def test_no_money_for_who_may_not_see_it(self):
        self._turn(self.other, datetime(2026, 7, 9))
        self.other.with_context(tracking_disable=True).write(
            {"last_order_date": "2026-05-04"}
        )
        self._turn(
            self.other, datetime(2026, 7, 9), "lifecycle_stage", "steady", "lost"
        )
        text = self._send()[self.saul.partner_id]
        self.assertIn("Losing money now: 1 South Clinic Profit → Loss 07/09", text)
        self.assertIn("Steady → Lost · last order on 05/04/2026", text)
        self.assertNotIn("$", text)

    def test_of_the_week_that_is_over(self):
        self._turn(self.account, datetime(2026, 7, 5, 23, 59))
        self._turn(self.account, datetime(2026, 7, 13))
        self._answer(self.north, 2, date(2026, 7, 13))
        self.assertFalse(self._send())
        # who had nothing to be told of is not asked for again either
        [note] = self.Note.search([("user_id", "=", self.mira.id)])
        self.assertEqual((note.week, note.change_count), (MONDAY, 0))

    def test_good_and_bad(self):
        for kind, old, new in (
            ("lifecycle_stage", "steady", "at_risk"),
            ("lifecycle_stage", "lost", "won_back"),
            ("voice", "passive", "promoter"),
        ):
            self._turn(self.account, datetime(2026, 7, 7), kind, old, new)
        text = self._send()[self.mira.partner_id]
        self.assertIn(
            "Buying less, or not at all: 1 North Hotel Steady → At risk", text
        )
        self.assertIn("Good news: 2", text)
        self.assertIn("Lost → Won back", text)

    def test_cases_wait_for_their_owner(self):
        first, second = self.env["customer.decision"].create(
            [
                {"account_id": self.account.id, "user_id": self.mira.id, "reason": "a"},
                {"account_id": self.other.id, "user_id": self.mira.id, "reason": "b"},
            ]
        )
        # what waits since before is no news
        (first | second).stage_date = "2026-07-05"
        self.assertFalse(self._send())
        self.Note.search([]).unlink()
        first.stage_date = "2026-07-06"
        second.write({"state": "applied", "review_date": "2026-07-12"})
        notes = self._send()
        text = notes[self.mira.partner_id]
        self.assertIn("Waiting for your decision or review: 2", text)
        self.assertNotIn(self.saul.partner_id, notes)

    def test_the_rest_is_a_click_away(self):
        for number in range(12):
            self._turn(self.account, datetime(2026, 7, 7, number))
        text = self._send()[self.mira.partner_id]
        self.assertIn("Losing money now: 12", text)
        self.assertEqual(text.count("Profit → Loss"), 10)
        self.assertIn("And 2 more: What Changed", text)

    def test_once_a_week(self):
        self._turn(self.account, datetime(2026, 7, 8))
        self.assertEqual(len(self._send()), 1)
        self.assertFalse(self._send())
        with freeze_time("2026-07-22"):
            self._turn(self.account, datetime(2026, 7, 14))
            self.assertEqual(len(self._send()), 1)

    def test_who_gets_none(self):
        for account in self.account, self.other:
            self._turn(account, datetime(2026, 7, 8))
        self.mira.customer_weekly_note = False
        self.saul.email = False
        self.assertFalse(self._send())
        self.mira.customer_weekly_note = True
        self.company.customer_weekly_note = False
        self.assertFalse(self._send())

    def test_one_that_fails_stops_no_other(self):
        for account in self.account, self.other:
            self._turn(account, datetime(2026, 7, 8))
        get_parts = type(self.Note)._get_parts

        def fail(notes, week):
            if notes.env.user == self.mira:
                raise ValueError("an addon's")
            return get_parts(notes, week)

        with (
            patch.object(type(self.Note), "_get_parts", fail),
            self.assertLogs("odoo.addons.customer_centricity", "ERROR"),
        ):
            self.assertEqual(set(self._send()), {self.saul.partner_id})
        # at the next run
        self.assertEqual(set(self._send()), {self.mira.partner_id})

    def test_in_the_language_of_the_reader(self):
        self._activate_spanish()
        self.mira.lang = "es_ES"
        turn = self._turn(self.account, datetime(2026, 7, 8))
        text = self._send()[self.mira.partner_id]
        self.assertIn(turn.with_context(lang="es_ES").new_label, text)
        self.assertNotIn("What changed", text)

    def test_names_are_escaped(self):
        self.north.name = "<b>North</b> & Sons"
        self._turn(self.account, datetime(2026, 7, 8))
        self.assertIn("<b>North</b> & Sons", self._send()[self.mira.partner_id])

    def test_everybody_decides_for_oneself(self):
        own = self.mira.with_user(self.mira)
        own.write({"customer_weekly_note": False})
        self.assertFalse(self.mira.customer_weekly_note)
        with self.assertRaises(AccessError):
            self.saul.with_user(self.mira).write({"customer_weekly_note": False})

    def test_old_notes_are_removed(self):
        old, young = self.Note.create(
            [
                {"user_id": self.mira.id, "company_id": self.company.id, "week": week}
                for week in ("2026-04-14", "2026-04-15")
            ]
        )
        with self._allow_commits():
            self.env["customer.retention"]._cron_clean_up()
        self.assertFalse(old.exists())
        self.assertTrue(young.exists())


@freeze_time("2026-07-15")
@tagged("post_install", "-at_install", "plain_stack")
class TestDigest(CustomerCentricityCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account, cls.other = cls.Account.create(
            [
                {"partner_id": cls.north.id, "result": "profit"},
                {"partner_id": cls.south.id, "first_order_date": "2026-07-10"},
            ]
        )
        cls.account.write({"result": "loss"})
        cls.env["customer.nps.response"].create(
            [
                {"partner_id": cls.north.id, "score": score, "date": "2026-07-14"}
                for score in (2, 6, 7)
            ]
        )
        cls.digest = cls.env["digest.digest"].create(
            {
                "name": "Customers",
                "company_id": cls.company.id,
                "kpi_customer_won": True,
                "kpi_customer_loss": True,
                "kpi_customer_unhappy": True,
            }
        )

    def _get_kpis(self, user):
        digest = self.digest.with_user(user).with_context(
            start_datetime=datetime(2026, 7, 8), end_datetime=datetime(2026, 7, 16)
        )
        return (
            digest.kpi_customer_won_value,
            digest.kpi_customer_loss_value,
            digest.kpi_customer_unhappy_value,
        )

    def test_figures_of_a_period(self):
        seller = self._new_user("seller of digests", "user")
        self.assertEqual(self._get_kpis(seller), (1, 1, 2))

    def test_whom_they_are_for(self):
        stranger = self._create_member("stranger", "base.group_user")
        with self.assertRaises(AccessError):
            self._get_kpis(stranger)

    def test_each_opens_something(self):
        actions = self.digest._compute_kpis_actions(self.company, self.env.user)
        for name in ("won", "loss", "unhappy"):
            action, _menu = actions[f"kpi_customer_{name}"].split("?")
            self.assertEqual(self.env.ref(action)._name, "ir.actions.act_window")
