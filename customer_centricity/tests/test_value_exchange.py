from datetime import date, timedelta
from unittest.mock import patch

import psycopg2

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .common import TODAY, CustomerCentricityCommon


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestValueExchange(CustomerCentricityCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_other_company()
        cls.company = cls.company.with_env(cls.env)
        cls.Exchange = cls.env["customer.value.exchange"]
        cls.Line = cls.env["customer.value.exchange.line"]
        cls.people = {
            role: cls._create_member(
                f"exchange_{role}", f"customer_centricity.group_{role}"
            )
            for role in ("user", "manager", "administrator")
        }
        cls._create_documents()
        cls.env["customer.account"]._refresh(cls.company)
        cls.hotels, cls.clinics = cls.env["customer.group"].create(
            [{"name": "Hotels"}, {"name": "Clinics"}]
        )
        cls.accounts = {
            partner: cls.Account.search(
                [("partner_id", "=", partner.id), ("company_id", "=", cls.company.id)]
            )
            for partner in (cls.north, cls.south, cls.partner_a)
        }
        cls.accounts[cls.north].group_id = cls.hotels

    @classmethod
    def _create_documents(cls):
        """North: 1,000 of revenue, 6 h (240); South: 300, 8 h (320); A: 600."""
        for day in ("2026-03-10", "2026-04-10"):
            cls._invoice(cls.north, day, (cls.service, 1, 500))
        cls._timesheet("2026-03-11", 6)
        cls._invoice(cls.south, "2026-03-10", (cls.service, 1, 300))
        cls._timesheet("2026-03-11", 8, project=cls._create_project(cls.south))
        cls._invoice(cls.partner_a, "2026-03-10", (cls.service, 1, 600))

    @classmethod
    def _metric(cls, code):
        return cls.env.ref(f"customer_centricity.metric_{code}")

    @classmethod
    def _give(cls, score=6, **vals):
        return Command.create(
            {"direction": "give", "name": "Advice", "typed_score": score, **vals}
        )

    @classmethod
    def _get(cls, score=6, **vals):
        return Command.create(
            {
                "direction": "get",
                "kind": "advocacy",
                "name": "Praise",
                "typed_score": score,
                **vals,
            }
        )

    @classmethod
    def _measured(cls, code, low=None, high=None, **vals):
        """Return a line that is measured, on a scale of its own if one is given."""
        scale = {"scale_by_hand": True, "scale_low": low, "scale_high": high}
        return cls._get(
            **{"kind": "money", "name": code, "metric_id": cls._metric(code).id},
            **(scale if high is not None else {}),
            **vals,
        )

    @classmethod
    def _create(cls, *lines, subject=None, **vals):
        subject = cls.hotels if subject is None else subject
        name = "group_id" if subject._name == "customer.group" else "account_id"
        return cls.Exchange.create(
            {
                name: subject.id,
                "company_id": cls.company.id,
                "line_ids": list(lines),
                **vals,
            }
        )

    def _as(self, role, records):
        user = self.people[role]
        return records.with_user(user).with_context(
            allowed_company_ids=user.company_ids.ids
        )

    # ------------------------------------------------------------------
    # Points and balance
    # ------------------------------------------------------------------

    def test_balance_by_hand(self):
        """Give (8 x 3 + 4) / 4 = 7; get (5 x 1 + 2 x 2) / 3 = 3: we give 4 more."""
        exchange = self._create(
            self._give(8, weight=3, name="Same-day answers"),
            self._give(4, name="Training"),
            # 1,000 on a scale of 0 to 2,000
            self._measured("revenue", 0, 2000),
            self._get(2, weight=2, name="Referrals"),
        )
        self.assertEqual(exchange.give_score, 7)
        self.assertEqual(exchange.get_score, 3)
        self.assertEqual(exchange.balance, -4)
        self.assertEqual(exchange.verdict, "gives_more")
        self.assertEqual(
            exchange.explanation.split("\n"),
            [
                "We give more than we get: 7 of 10 points against 3, by 2 and 2 lines.",
                # 3/4 x (8 - 3) before 1/4 x (4 - 3)
                "We give most with Same-day answers (8), Training (4).",
                # 2/3 x (2 - 7) before 1/3 x (5 - 7)
                "What we get is lowered by Referrals (2), revenue (5).",
            ],
        )

    def test_more_and_less_of_it(self):
        """The words follow the difference: more than one point is one."""
        for points, verdict in ((5, "balanced"), (7, "balanced"), (7.1, "gets_more")):
            exchange = self._create(self._give(6), self._get(points))
            with self.subTest(points=points):
                self.assertEqual(exchange.verdict, verdict)
                self.assertAlmostEqual(exchange.balance, points - 6)
        self.assertIn("lifted by Praise (7.1)", exchange.explanation)

    def test_nothing_to_weigh(self):
        empty = self._create()
        self.assertEqual(empty.verdict, "unknown")
        self.assertIn("cannot be weighed yet", empty.explanation)
        one_sided = self._create(self._give(8), self._get(9, weight=0))
        self.assertEqual(one_sided.verdict, "unknown")
        self.assertEqual((one_sided.give_score, one_sided.balance), (8, 0))
        self.assertIn("Not weighed: Praise.", one_sided.explanation)

    def test_a_measured_line_tells_why(self):
        exchange = self._create(self._give(), self._measured("hours_per_order", 5, 1))
        line = exchange.get_line_ids
        # 6 h for 2 orders: half of the way from 5 h to 1 h
        self.assertEqual((line.value, line.score, line.rating), (3, 5, "medium"))
        self.assertEqual(line.value_text, "3 h")
        self.assertEqual(
            line.explanation,
            "Hours per Order is 3 h, on a scale from 5 h (0) to 1 h (10): set by hand.",
        )
        self.assertEqual(exchange.give_line_ids.explanation, "Judged by hand.")
        self.assertFalse(exchange.give_line_ids.value_text)

    def test_scale_of_an_account(self):
        """Of 300, 600 and 1,000: 360 is the tenth percentile, 920 the ninetieth."""
        exchange = self._create(
            self._give(),
            self._measured("revenue"),
            self._measured("cost_to_serve"),
            subject=self.accounts[self.partner_a],
        )
        revenue, effort = exchange.get_line_ids
        self.assertAlmostEqual(revenue.scale_low, 360)
        self.assertAlmostEqual(revenue.scale_high, 920)
        # 10 x (600 - 360) / (920 - 360)
        self.assertAlmostEqual(revenue.score, 4.29)
        self.assertEqual(revenue.scale_basis, "accounts")
        self.assertIn("what is usual among the accounts", revenue.explanation)
        # of 0, 240 and 320 less is better: 48 earns all points, 304 none
        self.assertAlmostEqual(effort.scale_low, 304)
        self.assertAlmostEqual(effort.scale_high, 48)
        self.assertEqual((effort.value, effort.score), (0, 10))

    def test_scale_of_a_group(self):
        """A sum is compared with that of other groups; a rate with accounts'."""
        alone = self._create(
            self._give(), self._measured("revenue"), self._measured("profit_rate")
        )
        revenue, rate = alone.get_line_ids
        self.assertEqual(revenue.scale_basis, "none")
        self.assertFalse(revenue.has_score)
        self.assertEqual(revenue.rating, "none")
        self.assertIn("set the scale by hand", revenue.explanation)
        self.assertIn("Not weighed: revenue.", alone.explanation)
        self.assertEqual(rate.scale_basis, "accounts")
        # -20/300, 760/1,000 and 1: from -1/15 + 0.2 x 0.826667 to 0.76 + 0.8 x 0.24
        self.assertAlmostEqual(rate.scale_low, 0.0987)
        self.assertAlmostEqual(rate.scale_high, 0.952)
        self.accounts[self.south].group_id = self.clinics
        revenue, rate = self._create(
            self._give(), self._measured("revenue"), self._measured("profit_rate")
        ).get_line_ids
        self.assertEqual(revenue.scale_basis, "groups")
        # 300 and 1,000
        self.assertAlmostEqual(revenue.scale_low, 370)
        self.assertAlmostEqual(revenue.scale_high, 930)
        self.assertEqual(revenue.score, 10)
        self.assertEqual(rate.scale_basis, "accounts")

    def test_scale_of_what_is_alike(self):
        """Where nobody differs there is no scale, until one is set by hand."""
        for account in self.accounts.values():
            account.write({"payment_delay": 10, "has_payment_delay": True})
        line = self._create(self._give(), self._measured("payment_delay")).get_line_ids
        self.assertEqual((line.value, line.scale_basis), (10, "none"))
        self.assertEqual(line.rating, "none")
        line.write({"scale_low": 30, "scale_high": 5})
        self.assertTrue(line.scale_by_hand)
        # 20 of 25 days
        self.assertEqual((line.score, line.scale_basis), (8, "hand"))

    def test_the_scale_stays_while_figures_move(self):
        exchange = self._create(
            self._give(),
            self._measured("revenue"),
            subject=self.accounts[self.partner_a],
        )
        line = exchange.get_line_ids
        before = line.scale_low, line.scale_high, line.score
        # others earn ten times as much: nothing changed between them and us
        self._invoice(self.north, "2026-05-10", (self.service, 1, 9000))
        self._refresh()
        self.assertEqual((line.scale_low, line.scale_high, line.score), before)
        self._invoice(self.partner_a, "2026-05-10", (self.service, 1, 40))
        self._refresh()
        self.assertEqual(line.value, 640)
        self.assertAlmostEqual(line.score, 5)

    def test_nothing_to_measure(self):
        exchange = self._create(
            self._give(), self._measured("retention"), subject=self.clinics
        )
        line = exchange.get_line_ids
        self.assertFalse(line.has_value)
        self.assertEqual(line.rating, "none")
        self.assertEqual(line.value_text, "nothing to measure")
        self.assertIn("does not count", line.explanation)
        self.assertEqual(exchange.verdict, "unknown")

    def test_cost_typed_or_measured(self):
        """25 typed, and the 240 that serving the hotels costs."""
        exchange = self._create(
            self._give(cost=25),
            self._give(cost_metric_id=self._metric("cost_to_serve").id),
            self._get(),
        )
        self.assertEqual(exchange.give_line_ids.mapped("cost"), [25, 240])
        self.assertEqual(exchange.give_cost, 265)
        self._timesheet("2026-03-12", 1)
        self._refresh()
        self.assertEqual(exchange.give_line_ids.mapped("cost"), [25, 280])
        self.assertEqual(exchange.give_cost, 305)

    def test_companies_have_their_own(self):
        """The same group, measured in another company, has earned nothing there."""
        for company, value in ((self.company, 1000), (self.other, 0)):
            exchange = self._create(
                self._give(),
                self._measured("revenue", 0, 2000),
                company_id=company.id,
            )
            self.assertEqual(exchange.get_line_ids.value, value)
            self.assertEqual(exchange.currency_id, company.currency_id)
            exchange.action_put_in_force()
        self.assertEqual(
            self.Exchange.search_count(
                [("group_id", "=", self.hotels.id), ("state", "=", "in_force")]
            ),
            2,
        )

    def test_an_account_brings_its_company(self):
        exchange = self.Exchange.with_company(self.other).create(
            {"account_id": self.accounts[self.north].id}
        )
        self.assertEqual(exchange.company_id, self.company)

    # ------------------------------------------------------------------
    # Draft, in force, replaced
    # ------------------------------------------------------------------

    def _in_force(self, *lines, **vals):
        exchange = self._create(
            *(lines or (self._give(), self._measured("revenue", 0, 2000))), **vals
        )
        exchange.action_put_in_force()
        return exchange

    def test_put_in_force(self):
        exchange = self._as("manager", self._create(self._give(), self._get()))
        exchange.action_put_in_force()
        self.assertEqual(exchange.state, "in_force")
        self.assertEqual(exchange.number, 1)
        self.assertEqual(exchange.date_start, date(2026, 7, 15))
        self.assertEqual(exchange.review_date, date(2027, 7, 15))
        with self.assertRaisesRegex(UserError, "Hotels: only a draft"):
            exchange.action_put_in_force()

    def test_what_has_to_be_there_first(self):
        for lines in ((), (self._give(),), (self._get(),)):
            with (
                self.subTest(lines=len(lines)),
                self.assertRaisesRegex(UserError, "Hotels: write down at least"),
            ):
                self._create(*lines).action_put_in_force()
        for day in ("2026-07-15", "1999-01-01"):
            exchange = self._create(self._give(), self._get(), review_date=day)
            with self.assertRaisesRegex(UserError, "Hotels: its review date"):
                exchange.action_put_in_force()

    def test_a_new_version_replaces_the_old_one(self):
        first = self._in_force()
        self.assertEqual(first.get_line_ids.value, 1000)
        first = self._as("manager", first)
        draft = self.Exchange.browse(first.action_new_version()["res_id"])
        self.assertEqual(
            first.action_new_version()["res_id"], draft.id, "one at a time"
        )
        self.assertEqual(draft.state, "draft")
        self.assertEqual(draft.previous_id, first)
        self.assertEqual(draft.mapped("line_ids.name"), ["Advice", "revenue"])
        self.assertEqual(draft.get_line_ids.scale_high, 2000)
        self._invoice(self.north, "2026-05-10", (self.service, 1, 200))
        self._refresh()
        with freeze_time("2026-08-01"):
            self._as("manager", draft).action_put_in_force()
            self.assertEqual(first.state, "replaced")
            self.assertEqual(first.date_end, date(2026, 8, 1))
            self.assertEqual((draft.state, draft.number), ("in_force", 2))
            self.assertEqual(first.get_line_ids.value, 1200)
            self.assertEqual(first.balance, 0)
            self._invoice(self.north, "2026-06-10", (self.service, 1, 800))
            self._refresh()
        self.assertEqual(draft.get_line_ids.value, 2000)
        self.assertEqual(draft.balance, 4)
        self.assertEqual(first.get_line_ids.value, 1200, "as on its last day")
        self.assertEqual((first.balance, first.verdict), (0, "balanced"))
        self.assertEqual(first.figures_date, date(2026, 8, 1))
        self.assertIn("Replaced by version", " ".join(first.message_ids.mapped("body")))
        action = draft.action_open_versions()
        self.assertEqual(self.Exchange.search(action["domain"]), first | draft)
        self.assertEqual((first | draft).mapped("version_count"), [2, 2])

    def test_what_is_in_force_stays_as_it_is(self):
        exchange = self._in_force()
        mine = self._as("manager", exchange)
        line = mine.get_line_ids
        for attempt in (
            lambda: mine.write({"purpose": "Another one"}),
            lambda: mine.write({"group_id": self.clinics.id}),
            lambda: line.write({"name": "Money"}),
            lambda: line.unlink(),
            lambda: line.copy(),
            lambda: mine.write({"get_line_ids": [self._get()]}),
        ):
            with self.assertRaisesRegex(UserError, "Hotels: this version is in force"):
                attempt()
        mine.write({"review_date": "2026-12-01", "user_id": mine.env.uid})
        draft = self.Exchange.browse(mine.action_new_version()["res_id"])
        moved = self._as("manager", draft).get_line_ids
        with self.assertRaises(UserError), self.env.cr.savepoint():
            moved.write({"exchange_id": mine.id})
        self._as("manager", draft).write({"purpose": "Another one"})
        draft.action_put_in_force()
        for vals in ({"purpose": "What was"}, {"review_date": "2027-01-01"}):
            with self.assertRaisesRegex(UserError, "was replaced"):
                mine.write(vals)
        for record in (mine, self._as("administrator", draft)):
            with self.assertRaisesRegex(UserError, "part of the history"):
                record.unlink()
        self._as("manager", self._create()).unlink()

    def test_only_one_is_in_force(self):
        self._in_force()
        other = self._create(self._give(), self._get())
        with (
            self.assertRaises(psycopg2.errors.UniqueViolation),
            mute_logger("odoo.sql_db"),
            self.cr.savepoint(),
        ):
            other.write({"state": "in_force"})
            self.env.flush_all()

    def test_with_a_group_or_an_account(self):
        for vals in (
            {},
            {
                "group_id": self.hotels.id,
                "account_id": self.accounts[self.north].id,
            },
        ):
            with (
                self.subTest(vals=vals),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.errors.CheckViolation),
                self.cr.savepoint(),
            ):
                self.Exchange.create(vals)

    def test_figures_are_not_written_by_people(self):
        exchange = self._as("manager", self._create(self._give(), self._get()))
        for vals in (
            {"state": "in_force"},
            {"balance": 5},
            {"verdict": "balanced"},
            {"date_start": "2020-01-01"},
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                exchange.write(vals)
        for vals in ({"value": 5}, {"score": 9}, {"rating": "high"}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                exchange.get_line_ids.write(vals)
        # nor by way of a default
        for name, value in (("state", "in_force"), ("number", 7)):
            with self.subTest(name=name), self.assertRaises(AccessError):
                exchange.with_context(**{f"default_{name}": value}).create(
                    {"group_id": self.clinics.id}
                )
        _command, _id, vals = self._get()
        for name, value in (("value", 5), ("scale_basis", "hand")):
            with self.subTest(name=name), self.assertRaises(AccessError):
                exchange.line_ids.with_context(**{f"default_{name}": value}).create(
                    {"exchange_id": exchange.id, **vals}
                )
        with self.assertRaises(AccessError):
            exchange.create({"group_id": self.hotels.id, "number": 7})

    def test_bad_input(self):
        account = self.accounts[self.north]
        with (
            self.assertRaisesRegex(ValidationError, "Losses.*North Hotel"),
            self.cr.savepoint(),
        ):
            losses = self._metric("loss_account_rate")
            self._create(self._get(name="Losses", metric_id=losses.id), subject=account)
        with (
            self.assertRaisesRegex(ValidationError, "“Profit” is not a cost"),
            self.cr.savepoint(),
        ):
            self._create(self._give(cost_metric_id=self._metric("profit").id))
        with (
            self.assertRaisesRegex(ValidationError, "Praise: say what kind"),
            self.cr.savepoint(),
        ):
            self._create(self._get(kind=False))
        exchange = self._create(self._give(), self._measured("revenue", 0, 1))
        nan, infinity = float("nan"), float("inf")
        for name, values in (
            ("typed_score", (-1, 10.5, nan, infinity, 1e308)),
            ("weight", (-0.1, 1001, nan, infinity)),
            ("scale_low", (nan, infinity, -infinity, 1e15)),
            ("scale_high", (nan, -1e308)),
            ("cost", (nan, infinity, 1e15)),
        ):
            for value in values:
                with (
                    self.subTest(name=name, value=value),
                    self.assertRaisesRegex(ValidationError, "Advice: .*number from"),
                ):
                    exchange.give_line_ids.write({name: value})
        # nor does trying it out in a form end in an error
        for vals in ({"typed_score": -1}, {"typed_score": 11}, {"weight": -1}):
            draft = self.Exchange.new(
                {"group_id": self.hotels.id, "line_ids": [self._give(**vals)]}
            )
            with self.subTest(vals=vals):
                self.assertEqual(draft.verdict, "unknown")
        with (
            self.assertRaises(psycopg2.errors.CheckViolation),
            mute_logger("odoo.sql_db"),
            self.cr.savepoint(),
        ):
            self.cr.execute(
                "UPDATE customer_value_exchange_line SET weight = 'NaN' WHERE id = %s",
                [exchange.give_line_ids.id],
            )
        exchange.action_put_in_force()
        with self.assertRaisesRegex(ValidationError, "later review date"):
            exchange.review_date = "2026-07-14"

    # ------------------------------------------------------------------
    # The nightly refresh
    # ------------------------------------------------------------------

    def test_the_chatter_tells_when_a_balance_turns(self):
        """1,000 of 2,000 beside 6 points is balanced; 1,600 is 8 points: more."""
        exchange = self._in_force()
        draft = self._create(
            self._give(), self._measured("revenue", 0, 2000), subject=self.hotels
        )
        self.assertEqual(exchange.verdict, "balanced")
        messages = exchange.message_ids
        self._refresh()
        self.assertEqual(exchange.message_ids, messages)
        self._invoice(self.north, "2026-05-10", (self.service, 1, 600))
        self._refresh()
        self.assertEqual((exchange.verdict, draft.verdict), ("gets_more",) * 2)
        told = exchange.message_ids - messages
        self.assertEqual(len(told), 1)
        self.assertIn("“Balanced” has become “We get more”", told.body)
        self.assertNotIn("600", told.body)
        self.assertFalse(
            draft.message_ids.filtered(lambda message: "turned" in message.body)
        )

    def test_a_review_is_asked_for_once(self):
        exchange = self._in_force()
        exchange.write(
            {"user_id": self.people["manager"].id, "review_date": "2026-08-01"}
        )
        review = self.env.ref("customer_centricity.mail_activity_exchange_review")
        with freeze_time("2026-07-31"):
            self.Exchange._follow_refresh(self.company)
        self.assertFalse(exchange.activity_ids)
        for day in ("2026-08-01", "2026-08-02"):
            with freeze_time(day):
                self.Exchange._follow_refresh(self.company)
        activity = exchange.activity_ids
        self.assertEqual(len(activity), 1)
        self.assertEqual(activity.activity_type_id, review)
        self.assertEqual(activity.user_id, self.people["manager"])
        self.assertEqual(activity.date_deadline, date(2026, 8, 1))
        exchange.review_date = "2026-09-01"
        self.assertFalse(exchange.activity_ids, "reviewed: there is another day")
        self.assertIn("Review", exchange.message_ids[0].body)
        with freeze_time("2026-09-01"):
            self.Exchange._follow_refresh(self.company)
            self.assertEqual(len(exchange.activity_ids), 1, "asked anew")
            # whoever has no right to it is not asked: the administrators are
            exchange.activity_ids.unlink()
            stranger = new_test_user(self.env, "exchange_stranger")
            exchange.write({"user_id": stranger.id, "review_date": "2026-08-31"})
            self.Exchange._follow_refresh(self.company)
        self.assertIn(self.people["administrator"], exchange.activity_ids.user_id)
        self.assertNotIn(stranger, exchange.activity_ids.user_id)

    def test_an_error_does_not_stop_the_refresh(self):
        self._in_force()
        with (
            patch.object(
                type(self.Exchange), "_measure_all", side_effect=ValueError("No scale")
            ),
            mute_logger(
                "odoo.addons.customer_centricity.models.customer_value_exchange"
            ),
        ):
            self._refresh()
        self.assertFalse(self.company.customer_refresh_start)
        self.assertIn("No scale", self.company.customer_refresh_error)
        self._refresh()
        self.assertFalse(self.company.customer_refresh_error)

    def test_one_more_exchange_is_no_more_queries(self):
        exchanges = [
            self._in_force(subject=subject)
            for subject in (self.hotels, self.accounts[self.south])
        ]
        self._follow()
        count = self._follow()
        groups = self.env["customer.group"].create(
            [{"name": f"Group {number}"} for number in range(10)]
        )
        for subject in (*groups, self.accounts[self.north]):
            self._in_force(subject=subject)
        self._follow()
        self.assertEqual(self._follow(), count)
        self.assertTrue(exchanges)

    def _follow(self):
        """Measure everything anew; return how many queries that took."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        self.Exchange._follow_refresh(self.company)
        return self.cr.sql_log_count - before

    # ------------------------------------------------------------------
    # Groups, accounts, and who may see what
    # ------------------------------------------------------------------

    def test_groups_and_accounts_show_theirs(self):
        north, south = self.accounts[self.north], self.accounts[self.south]
        of_group = self._in_force()
        self.assertEqual(self.hotels.exchange_id, of_group)
        self.assertEqual(self.hotels.exchange_verdict, "balanced")
        self.assertEqual(north.exchange_id, of_group, "that of its group")
        self.assertFalse(south.exchange_id)
        own = self._in_force(self._give(9), self._get(1), subject=north)
        self.assertEqual(north.exchange_id, own)
        self.assertEqual(north.exchange_verdict, "gives_more")
        for records, verdict, found in (
            (self.hotels, "balanced", self.hotels),
            (self.hotels, "gives_more", self.hotels.browse()),
            (north, "gives_more", north),
            (north, "balanced", north.browse()),
        ):
            with self.subTest(model=records._name, verdict=verdict):
                self.assertEqual(
                    records.search([("exchange_verdict", "=", verdict)]), found
                )
        self.accounts[self.partner_a].group_id = self.hotels
        self.assertEqual(
            north.search([("exchange_verdict", "in", ("balanced", "gets_more"))]),
            self.accounts[self.partner_a],
        )
        # without one in force, and with one
        self._create(subject=south)
        among = ("id", "in", [north.id, south.id, self.accounts[self.partner_a].id])
        for operator, without in (("=", True), ("!=", False)):
            domain = [among, ("exchange_verdict", operator, False)]
            found = south if without else north | self.accounts[self.partner_a]
            self.assertEqual(north.search(domain), found)
        empty = self.hotels.create({"name": "Empty"})
        domain = [("id", "in", (self.hotels | empty).ids)]
        for operator, found in (("=", empty), ("!=", self.hotels)):
            self.assertEqual(
                empty.search([*domain, ("exchange_verdict", operator, False)]), found
            )
        self.Exchange.search([("account_id", "=", south.id)]).unlink()
        self.assertEqual(north.action_open_exchange()["res_id"], own.id)
        self.assertEqual(self.hotels.action_open_exchange()["res_id"], of_group.id)
        action = south.action_open_exchange()
        self.assertEqual(action["context"]["default_account_id"], south.id)
        self.assertFalse(action["res_id"])
        draft = self._create(subject=south)
        self.assertEqual(south.action_open_exchange()["res_id"], draft.id)
        self._create(subject=south)
        action = south.action_open_exchange()
        self.assertEqual(self.Exchange.search_count(action["domain"]), 2)

    def test_what_a_group_is_part_of_serves(self):
        """The nearest one: that of the spas, else that of the hotels."""
        north, south = self.accounts[self.north], self.accounts[self.south]
        of_hotels = self._in_force()
        spas = self.hotels.create({"name": "Spas", "parent_id": self.hotels.id})
        south.group_id = self.hotels.create({"name": "Saunas", "parent_id": spas.id})
        self.assertEqual(south.exchange_id, of_hotels)
        self.assertFalse(spas.exchange_id, "its own")
        of_spas = self._in_force(self._give(9), self._get(1), subject=spas)
        self.env.invalidate_all()
        self.assertEqual(south.exchange_id, of_spas)
        self.assertEqual(north.exchange_id, of_hotels)
        self.assertEqual(north.search([("exchange_verdict", "=", "gives_more")]), south)

    def test_a_group_with_an_exchange_is_not_deleted(self):
        self._create()
        with self.assertRaisesRegex(UserError, "Hotels.*Archive it"):
            self.hotels.unlink()
        self.clinics.unlink()

    def test_merged_accounts(self):
        """The exchange in force of the account that stays goes on."""
        north, south = self.accounts[self.north], self.accounts[self.south]
        stays = self._in_force(subject=north)
        goes = self._in_force(subject=south)
        draft = self._create(subject=south)
        south._fold_into(north)
        self.assertEqual((stays | goes | draft).account_id, north)
        self.assertEqual(
            (stays | goes | draft).mapped("state"), ["in_force", "replaced", "draft"]
        )
        self.assertEqual(goes.date_end, date(2026, 7, 15))

    def test_merged_accounts_where_nothing_is_in_force(self):
        goes = self._in_force(subject=self.accounts[self.south])
        self.accounts[self.south]._fold_into(self.accounts[self.north])
        self.assertEqual(goes.account_id, self.accounts[self.north])
        self.assertEqual(goes.state, "in_force")

    def test_salespeople_read_words_and_no_figures(self):
        exchange = self._in_force(
            self._give(need="Quick help", cost=25), self._measured("revenue", 0, 2000)
        )
        mine = self._as("user", exchange)
        self.assertEqual(mine.verdict, "balanced")
        self.assertEqual(mine.give_line_ids.need, "Quick help")
        self.assertEqual(mine.get_line_ids.rating, "medium")
        self.assertEqual(self._as("user", self.hotels).exchange_id, mine)
        for records in (mine, mine.line_ids):
            figures = {
                name
                for name, field in records._fields.items()
                if field.type in ("float", "monetary")
            } - {"weight"}
            figures |= {"explanation"}
            self.assertTrue(figures)
            for name in figures:
                with self.subTest(model=records._name, name=name):
                    self.assertNotIn(name, records.fields_get())
                    with self.assertRaises(AccessError):
                        records.read([name])
                    if not records._fields[name].store:
                        continue
                    with self.assertRaises(AccessError):
                        records.search([(name, "!=", False)])
                    with self.assertRaises(AccessError):
                        records._read_group([], [], [f"{name}:max"])
            for view_type in ("kanban", "list", "form", "search", "activity"):
                if records != mine and view_type in ("kanban", "activity"):
                    continue
                arch = records.get_view(view_type=view_type)["arch"]
                for name in figures:
                    self.assertNotIn(f'<field name="{name}"', arch, view_type)
        with self.assertRaises(AccessError):
            mine.action_new_version()
        with self.assertRaises(AccessError):
            mine.action_put_in_force()
        with self.assertRaises(AccessError):
            mine.write({"purpose": "Mine"})
        with self.assertRaises(AccessError):
            mine.get_line_ids.write({"name": "Mine"})

    def test_another_company_reads_nothing(self):
        stranger = new_test_user(
            self.env,
            "exchange_other",
            groups="customer_centricity.group_manager",
            company_id=self.other.id,
            company_ids=[Command.set(self.other.ids)],
        )
        exchange = self._in_force()
        theirs = exchange.with_user(stranger).with_context(
            allowed_company_ids=self.other.ids
        )
        self.assertFalse(theirs.search([]))
        self.assertFalse(theirs.line_ids.search([]))
        with self.assertRaises(AccessError):
            theirs.read(["verdict"])
        self.assertFalse(self.hotels.with_env(theirs.env).exchange_id)
        # nor by trying out a line in a form that is never saved
        with self.assertRaises(AccessError):
            theirs.browse().onchange(
                {
                    "group_id": self.hotels.id,
                    "company_id": self.company.id,
                    "get_line_ids": [
                        Command.create(
                            {
                                "direction": "get",
                                "kind": "money",
                                "metric_id": self._metric("revenue").id,
                            }
                        )
                    ],
                },
                ["get_line_ids"],
                {
                    "group_id": {"fields": {}},
                    "company_id": {"fields": {}},
                    "get_line_ids": {
                        "fields": {"metric_id": {"fields": {}}, "value": {}}
                    },
                },
            )
        # nor by naming lines that there are
        give = exchange.give_line_ids
        for who, points in ((self._as("manager", exchange), 6), (theirs, 0)):
            self.env.flush_all()
            self.env.invalidate_all()
            shown = who.browse().onchange(
                {
                    "group_id": self.hotels.id,
                    "give_line_ids": [Command.link(line_id) for line_id in give.ids],
                },
                [],
                {"group_id": {}, "give_line_ids": {}, "give_score": {}},
            )["value"]
            self.assertEqual(shown["give_score"], points)

    def test_the_form(self):
        """What is chosen is measured at once, before anything is saved."""
        self.accounts[self.south].group_id = self.clinics
        form = Form(self._as("manager", self.Exchange))
        form.group_id = self._as("manager", self.hotels)
        with form.give_line_ids.new() as line:
            line.name = "Advice"
            line.typed_score = 7
        with form.get_line_ids.new() as line:
            line.metric_id = self._as("manager", self._metric("revenue"))
            self.assertEqual(line.name, "Revenue")
            self.assertAlmostEqual(line.scale_high, 930)
            self.assertEqual(line.score, 10)
            line.scale_by_hand = True
            line.scale_low = 0
            line.scale_high = 5000
            self.assertEqual(line.score, 2)
        self.assertEqual(form.verdict, "gives_more")
        exchange = form.save()
        self.assertEqual(exchange.get_line_ids.score, 2)
        self.assertEqual(exchange.get_line_ids.scale_basis, "hand")
        self.assertEqual(exchange.display_name, "Hotels")
        exchange.name = "2026"
        self.assertEqual(exchange.display_name, "Hotels: 2026")
        exchange.action_put_in_force()
        self.assertEqual(exchange.review_date - exchange.date_start, timedelta(365))
