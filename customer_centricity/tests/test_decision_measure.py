from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import TODAY
from .common_decision import DecisionCommon

APPLIED = "2026-03-15"


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestDecisionMeasure(DecisionCommon):
    """What came of a decision on East that was applied in March, in three months.

    From December to February it was invoiced 3,000 for 90 hours at 40: -600. From April
    to June it was 3,000 for 45 hours: 1,200. What happened in March is of neither time.
    Similar accounts were invoiced 3,000 for 90 hours, and then for 78: they lost 600,
    and then 120, and have gained 480 each without a decision.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tier, cls.other_tier = cls.env["customer.tier"].create(
            [{"name": "Ours", "sequence": 97}, {"name": "Theirs", "sequence": 98}]
        )
        cls.Measure = cls.env["customer.decision.measure"]

    @classmethod
    def _work(cls, partners, day, revenue, hours):
        """Invoice partners for hours that cost 40 each."""
        for partner in partners:
            project = cls.projects.get(partner)
            if project is None:
                project = cls.projects[partner] = cls._create_project(partner)
            cls._invoice(partner, day, (cls.service, 1, revenue))
            if hours:
                cls._timesheet(day, hours, project)

    projects = {}

    @classmethod
    def _create_partners(cls, *names):
        return cls.env["res.partner"].create(
            [{"name": name, "is_company": True} for name in names]
        )

    @classmethod
    def _accounts(cls, partners):
        cls.Account._refresh(cls.company)
        accounts = cls.Account.search([("partner_id", "in", partners.ids)])
        accounts.tier_id = cls.tier
        return accounts

    def _create_peers(self, number, name="Peer"):
        peers = self._create_partners(*(f"{name} {count}" for count in range(number)))
        self._work(peers, "2026-01-10", 3000, 90)
        self._work(peers, "2026-05-10", 3000, 78)
        return self._accounts(peers)

    def _create_profitable(self, number):
        """Create accounts that made 600 of 3,000, and then nothing."""
        partners = self._create_partners(*(f"Good {count}" for count in range(number)))
        self._work(partners, "2026-01-10", 3000, 60)
        self._work(partners, "2026-05-10", 3000, 75)
        return self._accounts(partners)

    def _create_east(self, name="East"):
        east = self._create_partners(name)
        self._work(east, "2025-12-10", 1000, 40)
        self._work(east, "2026-02-20", 2000, 50)
        self._work(east, "2026-03-20", 5000, 10)
        self._work(east, "2026-04-01", 1500, 20)
        self._work(east, "2026-06-30", 1500, 25)
        return self._accounts(east)

    def _apply(self, accounts, day=APPLIED, gain=4000, kept=0):
        """Return cases that were applied on a day, with this gain a year promised.

        :param kept: share of the cost of saved hours that is paid anyway
        """
        decisions = self._propose(accounts)
        decisions.option_ids.write({"cost_kept_rate": kept})
        with freeze_time(day):
            decisions.with_user(self.administrator)._approve()
            decisions.with_user(self.administrator)._apply()
        decisions.sudo().write({"expected_gain": gain, "start_tier_id": self.tier.id})
        return decisions

    def _figures(self, measure):
        names = (
            "months",
            "profit_before",
            "profit_after",
            "hours_before",
            "hours_after",
            "change",
            "peer_count",
            "peers_change",
            "effect_amount",
            "expected_gain",
        )
        return tuple(round(measure[name], 2) for name in names)

    # ------------------------------------------------------------------
    # By hand
    # ------------------------------------------------------------------

    def test_beside_similar_accounts(self):
        self._create_peers(5)
        decision = self._apply(self._create_east())
        measure = self.Measure._measure(decision)
        # 2,400 of 15,000 are 16%: with 3,000 East would have gained 480 anyway
        self.assertEqual(
            self._figures(measure), (3, -600, 1200, 90, 45, 1800, 5, 480, 1320, 1000)
        )
        self.assertEqual(measure.date, date(2026, 7, 15))
        self.assertEqual(measure.kind, decision.kind)
        self.assertEqual(decision.measure_ids, measure)
        # a year, four times as much
        self.assertEqual(decision.recovered_amount, 5280)
        self.assertEqual(decision.recovered_rate, 1.32)
        words = measure.summary.replace("\xa0", " ")
        self.assertIn("5 similar accounts changed by", words)
        self.assertIn("1,320", words)
        self.assertIn("1,000", words)

    def test_what_is_still_paid_is_not_recovered(self):
        """Hours of 3,600 became hours of 1,800, half of which are paid anyway."""
        decision = self._apply(self._create_east(), kept=0.5)
        measure = self.Measure._measure(decision)
        self.assertEqual(
            (measure.time_cost_before, measure.time_cost_after), (3600, 1800)
        )
        self.assertEqual(
            (measure.change, measure.kept_amount, measure.effect_amount),
            (1800, 900, 900),
        )
        self.assertEqual(decision.recovered_amount, 3600)
        self.assertEqual(decision.recovered_rate, 0.9)
        words = measure.summary.replace("\xa0", " ")
        self.assertRegex(words, "900.* of that are still paid, for people who")

    def test_what_similar_accounts_saved_would_have_been_paid_anyway(self):
        """Five others fell by 12 hours each, 480: of 1,800 it is half of 1,320."""
        self._create_peers(5)
        decision = self._apply(self._create_east(), kept=0.5)
        measure = self.Measure._measure(decision)
        self.assertEqual(
            (measure.kept_amount, measure.peers_change, measure.effect_amount),
            (660, 480, 660),
        )

    def test_nothing_is_still_paid_where_hours_rose(self):
        east = self._create_partners("East")
        self._work(east, "2026-01-10", 1000, 30)
        self._work(east, "2026-05-10", 2000, 40)
        measure = self.Measure._measure(self._apply(self._accounts(east), kept=1))
        # -200 became 400
        self.assertEqual((measure.change, measure.kept_amount), (600, 0))
        self.assertEqual(measure.effect_amount, 600)
        self.assertNotIn("still paid", measure.summary)

    def test_what_was_promised_is_measured(self):
        """An end that comes as promised, and a level that does, to the cent.

        East was invoiced 3,000 in the three months before for 100 hours at 40: -1,000,
        in the year before no more. Half of its hours' cost is paid anyway. Ended, it
        gains 1,000 and 2,000 stay: -1,000. With 30% of the hours saved, 600 of 1,200
        are: +600.
        """
        for kind, revenue, hours, gain in (
            ("end", 0, 0, -1000),
            ("change_level", 3000, 70, 600),
        ):
            east = self._create_partners(f"East {kind}")
            self._work(east, "2026-01-10", 3000, 100)
            account = self._accounts(east)
            account.service_level_id = self.personal
            decision = self._propose(account)
            if kind == "end":
                self._rule_out_milder(decision)
            terms = {"acceptance_rate": 0} if kind == "end" else {"acceptance_rate": 1}
            terms |= {"hours_saved_rate": 0.3} if kind != "end" else {}
            self._choose(decision, kind, cost_kept_rate=0.5, **terms)
            with freeze_time(APPLIED):
                decision.with_user(self.administrator)._approve()
                decision.with_user(self.administrator)._apply()
            if revenue:
                self._work(east, "2026-05-10", revenue, hours)
                self._refresh()
            measure = self.Measure._measure(decision)
            with self.subTest(kind=kind):
                self.assertEqual(decision.expected_gain, gain)
                self.assertEqual(measure.effect_amount, gain)

    def test_of_a_loss_that_was_promised_there_is_no_share(self):
        decision = self._apply(self._create_east(), gain=-1000)
        self.Measure._measure(decision)
        self.assertEqual(decision.recovered_amount, 7200)
        self.assertEqual(decision.recovered_rate, 0)

    def test_with_too_few_of_them(self):
        self._create_peers(4)
        decision = self._apply(self._create_east())
        measure = self.Measure._measure(decision)
        self.assertEqual(
            self._figures(measure), (3, -600, 1200, 90, 45, 1800, 4, 0, 1800, 1000)
        )
        self.assertEqual(decision.recovered_amount, 7200)
        self.assertIn("too few similar accounts", measure.summary)

    def test_a_loss_is_set_beside_losses(self):
        """Of five that gained 480 and five that lost 600, only the former were at a
        loss: 2,400 of 15,000, and not -600 of 30,000.
        """
        self._create_peers(5)
        self._create_profitable(5)
        measure = self.Measure._measure(self._apply(self._create_east()))
        self.assertEqual(
            self._figures(measure), (3, -600, 1200, 90, 45, 1800, 5, 480, 1320, 1000)
        )

    def test_with_too_few_losses(self):
        self._create_peers(4)
        self._create_profitable(5)
        measure = self.Measure._measure(self._apply(self._create_east()))
        self.assertEqual(
            self._figures(measure), (3, -600, 1200, 90, 45, 1800, 4, 0, 1800, 1000)
        )
        self.assertIn("too few similar accounts", measure.summary)

    def test_a_profit_is_set_beside_all(self):
        """600 became 1,200; ten others came from 0 to -600, of 30,000: a fiftieth."""
        self._create_peers(5)
        self._create_profitable(5)
        [east] = self._create_partners("East")
        self._work(east, "2026-01-10", 3000, 60)
        self._work(east, "2026-05-10", 3000, 45)
        measure = self.Measure._measure(self._apply(self._accounts(east)))
        self.assertEqual(
            self._figures(measure), (3, 600, 1200, 60, 45, 600, 10, -60, 660, 1000)
        )

    def test_who_is_similar(self):
        """Half to double the revenue, the same tier, at a loss, and nothing decided."""
        self._create_peers(3)
        half, double, less, more, other, decided = self._create_partners(
            "Half", "Double", "Less", "More", "Other tier", "Decided"
        )
        for partner, revenue in (
            (half, 1500),
            (double, 6000),
            (less, 1499),
            (more, 6001),
            (other, 3000),
            (decided, 3000),
        ):
            self._work(partner, "2026-01-10", revenue, 160)
            self._work(partner, "2026-05-10", revenue + 100, 160)
        accounts = self._accounts(half + double + less + more + other + decided)
        accounts.filtered(lambda one: one.partner_id == other).tier_id = self.other_tier
        self._apply(
            accounts.filtered(lambda one: one.partner_id == decided), day="2026-06-30"
        )
        decision = self._apply(self._create_east())
        measure = self.Measure._measure(decision)
        self.assertEqual(measure.peer_count, 5)
        # 3 x 480 and 2 x 100 of 3 x 3,000 and 7,500
        self.assertEqual(round(measure.peers_change, 2), 298.18)

    def test_costs_alone_have_no_like(self):
        self._create_peers(5)
        east = self._create_partners("East")
        self._timesheet("2026-01-10", 10, self._create_project(east))
        decision = self._apply(self._accounts(east))
        measure = self.Measure._measure(decision)
        self.assertEqual(
            self._figures(measure), (3, -400, 0, 10, 0, 400, 0, 0, 400, 1000)
        )

    def test_an_account_without_any_month(self):
        east = self._create_partners("East")
        self._work(east, "2024-01-10", 100, 1)
        decision = self._apply(self._accounts(east))
        measure = self.Measure._measure(decision)
        self.assertEqual(self._figures(measure), (3, 0, 0, 0, 0, 0, 0, 0, 0, 1000))

    # ------------------------------------------------------------------
    # When
    # ------------------------------------------------------------------

    def test_not_before_the_months_are_over(self):
        account = self._create_east()
        decision = self._apply(account, day="2026-04-01")
        # April is of neither time: July is the last of three months, and not over
        self.assertFalse(self.Measure._measure(decision))
        self.assertEqual(decision.recovered_amount, 0)
        # nor when it is over and has not been refreshed
        with freeze_time("2026-08-02"):
            self.assertFalse(self.Measure._measure(decision))
            self._refresh()
            self.assertEqual(decision.measure_ids.months, 3)

    def test_the_longest_time_counts(self):
        """Applied in December: three months to March, and six to June.

        Six months before it: nothing, and 1,000 for 40 hours in December itself. In the
        three after: 7,000 for 60 hours, 4,600; in six: 10,000 for 105, 5,800.
        """
        decision = self._apply(self._create_east(), day="2025-12-20")
        measures = self.Measure._measure(decision)
        self.assertEqual(
            [self._figures(measure) for measure in measures.sorted("months")],
            [
                (3, 0, 4600, 0, 60, 4600, 0, 0, 4600, 1000),
                (6, 0, 5800, 0, 105, 5800, 0, 0, 5800, 2000),
            ],
        )
        self.assertEqual(decision.recovered_amount, 11600)

    def test_measured_again(self):
        """Late documents change what was measured, in the same row."""
        account = self._create_east()
        decision = self._apply(account)
        measure = self.Measure._measure(decision)
        self._work(account.partner_id, "2026-05-10", 300, 0)
        self._refresh()
        self.assertEqual(measure.profit_after, 1200)
        self.assertEqual(self.Measure._measure(decision), measure)
        self.assertEqual(measure.profit_after, 1500)
        self.assertEqual(decision.recovered_amount, 8400)

    def test_the_refresh_measures_what_is_due(self):
        decision = self._apply(self._create_east())
        waiting = self._apply(self.north_account, day="2026-07-01")
        self._refresh()
        self.assertEqual(decision.measure_ids.months, 3)
        self.assertEqual(decision.recovered_amount, 7200)
        self.assertFalse(waiting.measure_ids)
        # what is closed is measured on
        decision.sudo().write({"state": "reviewed"})
        with freeze_time("2026-10-02"):
            self._refresh()
        self.assertEqual(decision.measure_ids.mapped("months"), [3, 6])

    def test_the_refresh_comes_to_its_end(self):
        self._apply(self._create_east())
        logger = "odoo.addons.customer_centricity.models.customer_decision_measure"
        with (
            patch.object(
                type(self.Measure), "_read_months", side_effect=ValueError("So")
            ),
            mute_logger(logger),
        ):
            self._refresh()
        self.assertIn("could not be measured: So", self.company.customer_refresh_error)
        self.assertTrue(self.company.customer_refresh_date)
        self._refresh()
        self.assertFalse(self.company.customer_refresh_error)

    def test_the_review_is_when_it_is_known(self):
        decision = self._apply(self._create_east())
        decision.review_months = "3"
        self.assertEqual(decision.review_date, date(2026, 7, 10))
        decision.review_months = "12"
        self.assertEqual(decision.review_date, date(2027, 4, 10))

    def test_a_review_is_told_once(self):
        decision = self._apply(self._create_east())
        self._flush_tracking()
        before = decision.message_ids
        decision._review("Review")
        self._flush_tracking()
        decision.invalidate_recordset(["message_ids"])
        self.assertEqual(decision.state, "reviewed")
        self.assertTrue(decision.recovered_amount)
        told = decision.message_ids - before
        self.assertEqual(len(told), 1, told.mapped("tracking_value_ids.field_id.name"))
        self.assertIn("Reviewed", told.body)

    # ------------------------------------------------------------------
    # Who, and how many
    # ------------------------------------------------------------------

    def test_measures_are_for_managers_to_read(self):
        measure = self.Measure._measure(self._apply(self._create_east()))
        manager = measure.with_user(self.manager)
        self.assertEqual(manager.read(["change"])[0]["change"], 1800)
        for attempt in (
            lambda: manager.write({"effect_amount": 1}),
            lambda: manager.create({"decision_id": measure.decision_id.id}),
            manager.unlink,
            lambda: measure.with_user(self.salesperson).read(["months"]),
        ):
            with self.assertRaises(AccessError):
                attempt()

    def test_queries_do_not_grow_with_the_decisions(self):
        first = self._apply(self._create_peers(2, "First"))
        few = self._apply(self._create_peers(2, "Few"))
        many = self._apply(self._create_peers(12, "Many"))

        def count(decisions):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.Measure._measure(decisions)
            self.env.flush_all()
            return self.cr.sql_log_count - before

        count(first)
        self.assertEqual(count(many), count(few))
        # and measured again
        self.assertEqual(count(many), count(few))
        self.assertEqual(len(many.measure_ids), 12)
