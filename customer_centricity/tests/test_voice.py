import itertools
from unittest.mock import patch

from psycopg2.errors import CheckViolation

from odoo.tests import freeze_time, tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.customer_centricity.engine import voice
from odoo.addons.customer_centricity.models import customer_account_voice

from .common import TODAY
from .common_voice import VoiceCommon

COUNTS = ("promoter_count", "passive_count", "detractor_count", "nps_answer_count")
DECIDED = ("voice", "advocacy")


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestVoice(VoiceCommon):
    # ------------------------------------------------------------------
    # From answers to an account
    # ------------------------------------------------------------------

    def test_by_hand(self):
        """Nine and ten, seven, and a three: (2 - 1) / 4 is 25."""
        for contact, score in (("Ana", 9), ("Bea", 10), ("Carl", 7), ("Dan", 3)):
            self._answer(self.north, score, contact=contact)
        self._hear()
        account = self._account(self.north)
        self.assertEqual(self._told(self.north, *COUNTS), (2, 1, 1, 4))
        self.assertEqual(account.nps_score, 25)
        self.assertEqual(str(account.nps_date), "2026-07-01")
        # half of all are enthusiastic, and more than are unhappy
        self.assertEqual(self._told(self.north, *DECIDED), ("promoter", "ask_referral"))
        # m = 7, p = 2.75 / 7, d = 1.75 / 7: p + d = 0.642857, (1 / 7)^2 = 0.020408;
        # the root of 0.622449 / 7 is 0.298197, times 1.96: 58 points; four of five
        # contacts have answered, Nora has not: times the root of 1 / 4 it is 29
        self.assertEqual(account.nps_label, "+25 ± 29, 4 answers")
        self._answer(self.north, 8, contact="Nora of North")
        self._hear()
        self.assertEqual(account.nps_label, "+20, all 5 contacts heard")

    def test_who_did_not_answer_is_silent(self):
        self._hear()
        self.assertEqual(self._told(self.north, *COUNTS), (0, 0, 0, 0))
        self.assertEqual(self._told(self.north, *DECIDED), ("silent", "listen"))
        self.assertEqual(self._told(self.d, *DECIDED), ("silent", "watch"))
        account = self._account(self.north)
        self.assertFalse(account.nps_label)
        self.assertFalse(account.nps_date)

    def test_the_latest_answer_of_each_contact_counts(self):
        self._answer(self.north, 2, day="2026-05-01", contact="Ana")
        self._answer(self.north, 9, day="2026-06-01", contact="Ana")
        self._answer(self.north, 10, day="2026-06-01", contact="Bea")
        self._answer(self.north, 8, day="2026-06-01", contact="Bea")  # later that day
        self._hear()
        self.assertEqual(self._told(self.north, *COUNTS), (1, 1, 0, 2))

    def test_an_answer_counts_for_twelve_months(self):
        self._answer(self.north, 9, day="2025-07-15", contact="Ana")
        self._answer(self.north, 3, day="2025-07-16", contact="Bea")
        self._hear()
        self.assertEqual(self._told(self.north, *COUNTS), (0, 0, 1, 1))
        self.company.customer_nps_window_months = 13
        self._hear()
        self.assertEqual(self._told(self.north, *COUNTS), (1, 0, 1, 2))
        with freeze_time("2027-07-16"):
            self._hear()
        self.assertEqual(self._told(self.north, *COUNTS), (0, 0, 0, 0))
        self.assertEqual(self._told(self.north, *DECIDED), ("silent", "listen"))
        # nobody's score is unknown, not 0
        self.env.flush_all()
        account = self._account(self.north)
        self.env.cr.execute(
            "SELECT nps_score, nps_date FROM customer_account WHERE id = %s",
            [account.id],
        )
        self.assertEqual(self.env.cr.fetchone(), (None, None))

    def test_months_that_answers_count(self):
        for months in (0, 121):
            with (
                self.subTest(months=months),
                mute_logger("odoo.sql_db"),
                self.assertRaisesRegex(CheckViolation, "nps_window_months_range"),
                self.env.cr.savepoint(),
            ):
                self.company.customer_nps_window_months = months
                self.env.flush_all()

    def test_nobodys_score_is_exported_empty(self):
        """Unknown is not 0, of accounts, groups and months."""
        self._account(self.north).group_id = self.hotels
        self._account(self.south).group_id = self.clinics
        self._answer(self.north, 9, contact="Ana")
        self._answer(self.north, 3, contact="Bea")
        self._refresh()

        def export(records):
            return records.export_data(["nps_score"])["datas"]

        accounts = self._account(self.north) | self._account(self.south)
        groups = self.hotels | self.clinics
        for records in (accounts, groups, groups.history_ids.sorted("group_id")):
            with self.subTest(model=records._name):
                self.assertCountEqual(export(records), [[0.0], [""]])
                self.assertEqual(
                    records.filtered("nps_answer_count").mapped("nps_score"), [0]
                )

    def test_scores_do_not_add_up(self):
        """Nor is their mean the score of anything."""
        for model in ("customer.account", "customer.group", "customer.group.history"):
            field = self.env[model].fields_get(["nps_score"])["nps_score"]
            self.assertFalse(field.get("aggregator"), model)

    def test_one_answer_has_no_margin(self):
        self._answer(self.north, 3)
        self._hear()
        self.assertEqual(self._account(self.north).nps_label, "1 answer")
        self.assertEqual(self._told(self.north, *DECIDED), ("detractor", "call_first"))

    def test_answers_that_are_deleted_or_changed(self):
        answer = self._answer(self.north, 9)
        self._hear()
        answer.score = 7
        self._hear()
        self.assertEqual(self._told(self.north, *DECIDED), ("passive", "strengthen"))
        answer.unlink()
        self._hear()
        self.assertEqual(self._told(self.north, *DECIDED), ("silent", "listen"))

    def test_answers_that_were_there_before_the_account(self):
        prospect = self.env["res.partner"].create({"name": "Prospect"})
        answer = self._answer(prospect, 9, contact="Pat")
        account = self.Account.create(
            {"partner_id": prospect.id, "company_id": self.company.id}
        )
        self._hear()
        self.assertEqual(answer.account_id, account)
        self.assertEqual(
            self._told(prospect, "voice", "promoter_count", "nps_response_ids"),
            ("promoter", 1, answer),
        )

    def test_answers_of_another_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._answer(self.north, 9, company_id=other.id)
        self._hear()
        self.assertEqual(self._told(self.north, "voice"), ("silent",))

    # ------------------------------------------------------------------
    # What is to be done
    # ------------------------------------------------------------------

    def test_a_loss_asks_for_something_else(self):
        self._answer(self.d, 10)
        self._hear()
        self.assertEqual(self._told(self.d, *DECIDED), ("promoter", "redesign"))
        self._answer(self.d, 1, day="2026-07-02")
        self._hear()
        self.assertEqual(self._told(self.d, *DECIDED), ("detractor", "decide"))

    def test_a_result_that_turns(self):
        """What is to be done follows the result at once, with no other stage."""
        self._answer(self.north, 2)
        self._hear()
        # 600 less 20 hours at 40
        self._timesheet("2026-04-10", 20)
        self._refresh()
        self.assertEqual(
            self._told(self.north, "result", *DECIDED), ("loss", "detractor", "decide")
        )

    def test_without_activity_there_is_nothing_to_do(self):
        idle = self.env["res.partner"].create({"name": "Idle", "is_company": True})
        account = self.Account.create(
            {"partner_id": idle.id, "company_id": self.company.id}
        )
        self.assertEqual(account.voice, "silent")
        self._answer(idle, 2)
        self._refresh()
        self.assertEqual(
            self._told(idle, "result", *DECIDED), ("no_activity", "detractor", False)
        )

    def test_who_opted_out_counts_and_is_not_told_apart(self):
        self._answer(self.north, 9)
        self._refresh()
        self.assertEqual(self._told(self.north, "advocacy"), ("ask_referral",))
        self.north.customer_profiling_opt_out = True
        self._refresh()
        self.assertEqual(self._told(self.north, *COUNTS), (1, 0, 0, 1))
        self.assertEqual(self._told(self.north, *DECIDED), ("promoter", False))
        self._answer(self.north, 2, day="2026-07-02")
        self._refresh()
        self.assertEqual(self._told(self.north, *DECIDED), ("detractor", False))
        self.north.customer_profiling_opt_out = False
        self._refresh()
        self.assertEqual(self._told(self.north, *DECIDED), ("detractor", "call_first"))

    def test_a_change_is_told_a_first_voice_is_not(self):
        account = self._account(self.north)
        self._flush_tracking()
        before = account.message_ids
        self._answer(self.north, 9)
        self._hear()
        self._flush_tracking()
        self.assertEqual(account.voice, "promoter")
        self.assertEqual(account.message_ids, before)
        self._answer(self.north, 3, day="2026-07-02")
        self._hear()
        self._flush_tracking()
        [told] = (account.message_ids - before).sudo().tracking_value_ids
        self.assertEqual(
            (told.field_id.name, told.old_value_char, told.new_value_char),
            ("voice", "Promoter", "Detractor"),
        )
        self._hear()
        self._flush_tracking()
        self.assertEqual(len(account.message_ids), len(before) + 1)

    # ------------------------------------------------------------------
    # The stage
    # ------------------------------------------------------------------

    def _all(self):
        self.env.invalidate_all()
        accounts = self.Account.search([("company_id", "=", self.company.id)])
        return {
            account.partner_id.name: self._told(account.partner_id, *COUNTS, *DECIDED)
            for account in accounts
        }

    def test_killed_and_taken_up_again(self):
        partners = (self.north, self.south, self.partner_a, self.d)
        for partner, score in zip(partners, (9, 3, 7, 1), strict=True):
            self._answer(partner, score)
        with patch.object(customer_account_voice, "BATCH_SIZE", 1):
            self.company.customer_refresh_cursor = 0
            with self.env.cr.savepoint():
                self.Account._refresh_voice(self.company)
            first = self._all()
            self.assertEqual(
                [told[-2] for told in first.values()].count("silent"), 3
            )  # one account a step
            with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
                self.Account._refresh_voice(self.company)
                raise ZeroDivisionError
            self.assertEqual(self._all(), first)
            while self.Account._refresh_voice(self.company):
                pass
        resumed = self._all()
        self._hear()
        self.assertEqual(self._all(), resumed)
        self.assertEqual(
            [self._told(partner, "voice")[0] for partner in partners],
            ["promoter", "detractor", "passive", "detractor"],
        )

    def test_the_database_finds_what_the_engine_says(self):
        """Which accounts have another voice is looked for by the rules as SQL."""
        counts = list(itertools.product(range(4), repeat=3))
        found = self.env.execute_query(
            SQL(
                "SELECT %s FROM unnest(%s::int[], %s::int[], %s::int[])"
                " WITH ORDINALITY AS row (p, n, d, place) ORDER BY place",
                self.Account._get_voice_expression(
                    SQL("row.p"), SQL("row.n"), SQL("row.d")
                ),
                *map(list, zip(*counts, strict=True)),
            )
        )
        codes = voice.voices(*map(list, zip(*counts, strict=True)))
        self.assertEqual(
            [name for [name] in found], [voice.VOICES[code] for code in codes]
        )
        cases = list(itertools.product([*voice.MATRIX, None], voice.VOICES))
        results, voices = map(list, zip(*cases, strict=True))
        found = self.env.execute_query(
            SQL(
                "SELECT %s, %s FROM unnest(%s::varchar[], %s::varchar[])"
                " WITH ORDINALITY AS account (result, voice, place) ORDER BY place",
                *(
                    self.Account._get_advocacy_expression(
                        SQL("account.voice"), SQL(one)
                    )
                    for one in ("TRUE", "FALSE")
                ),
                results,
                voices,
            )
        )
        self.assertEqual(
            [name for name, _none in found], voice.advocacies(results, voices)
        )
        self.assertEqual({none for _name, none in found}, {None})

    def test_nothing_new_writes_nothing(self):
        self._answer(self.north, 9)
        self._hear()
        ids = self.Account.search([("company_id", "=", self.company.id)]).ids
        self.assertFalse(self.Account._find_voices(self.company, min(ids), max(ids)))
        self._answer(self.south, 9)
        [changed] = self.Account._find_voices(self.company, min(ids), max(ids))
        self.assertEqual(changed, self._account(self.south).id)

    def test_queries_do_not_grow_with_the_accounts(self):
        def count_queries():
            self.env.invalidate_all()
            self.company.customer_refresh_cursor = 0
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.Account.with_context(tracking_disable=True)._refresh_voice(
                self.company
            )
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        self._answer(self.north, 9, contact="Ana")
        few = count_queries()
        partners = self.env["res.partner"].create(
            [{"name": f"Many {index}", "is_company": True} for index in range(30)]
        )
        self.Account.create(
            [
                {"partner_id": one.id, "company_id": self.company.id, "result": "even"}
                for one in partners
            ]
        )
        for partner in partners:
            self._answer(partner, 9)
        many = count_queries()
        self.assertEqual(
            set(partners.customer_account_ids.mapped("voice")), {"promoter"}
        )
        self.assertLessEqual(many, few + 2)

    # ------------------------------------------------------------------
    # Groups, tiers, the portfolio
    # ------------------------------------------------------------------

    def test_groups_with_their_parts(self):
        small = self.Group.create({"name": "Small Hotels", "parent_id": self.hotels.id})
        self._account(self.north).group_id = self.hotels
        self._account(self.south).group_id = small
        for contact, score in (("Ana", 9), ("Bea", 10), ("Carl", 8)):
            self._answer(self.north, score, contact=contact)
        self._answer(self.south, 0)
        self._refresh()
        told = [
            (group.nps_label, group.nps_answer_count)
            for group in self._as("user", self.hotels | small | self.clinics)
        ]
        # (2 - 1) / 4, with the margin worked out above
        self.assertEqual(
            told, [("+25 ± 58, 4 answers", 4), ("1 answer", 1), (False, 0)]
        )
        self.assertEqual(
            (self.hotels | self.clinics).mapped("nps_parts"),
            ["2 (50%) promoters, 1 (25%) passives, 1 (25%) detractors", False],
        )
        [month] = self.hotels.history_ids
        self.assertEqual(
            [month[name] for name in (*COUNTS[:3], "nps_score")], [2, 1, 1, 25]
        )
        self.assertEqual(month.nps_label, "+25 ± 58, 4 answers")

    def test_tiers(self):
        best, rest = self.env["customer.tier"].create([{"name": "X"}, {"name": "Y"}])
        (self._account(self.north) | self._account(self.south)).tier_id = best
        self._account(self.partner_a).tier_id = rest
        self._answer(self.north, 9)
        self._answer(self.south, 9)
        self._hear()
        told = [tier.nps_label for tier in self._as("user", best | rest)]
        # m = 5, p = 0.55, d = 0.15: 0.7 - 0.16 = 0.54; the root of 0.108 is 0.3286
        self.assertEqual(told, ["+100 ± 64, 2 answers", False])

    def test_one_query_for_all_groups(self):
        def count_queries():
            groups = self._as("manager", self.Group.search([]))
            self.env.invalidate_all()
            groups.mapped("account_count")
            before = self.env.cr.sql_log_count
            groups.mapped("nps_label")
            return self.env.cr.sql_log_count - before

        few = count_queries()
        self.Group.create([{"name": f"Group {index}"} for index in range(20)])
        self.assertEqual(count_queries(), few)

    def test_metrics(self):
        self._account(self.north).group_id = self.hotels
        for contact, score in (("Ana", 9), ("Bea", 2), ("Carl", 10)):
            self._answer(self.north, score, contact=contact)
        self._hear()
        codes = ["nps", "nps_answers", "promoter_share", "detractor_share"]
        Metric = self.env["customer.metric"]
        measured = Metric._measure(
            self.company, codes, groups=self.hotels | self.clinics
        )
        self.assertAlmostEqual(measured[self.hotels.id]["nps"], 100 / 3)
        self.assertEqual(measured[self.hotels.id]["nps_answers"], 3)
        self.assertAlmostEqual(measured[self.hotels.id]["promoter_share"], 2 / 3)
        self.assertAlmostEqual(measured[self.hotels.id]["detractor_share"], 1 / 3)
        self.assertEqual(
            measured[self.clinics.id],
            dict.fromkeys(codes) | {"nps_answers": 0},
        )
        nps = self.env.ref("customer_centricity.metric_nps")
        self.assertEqual(nps._format(100 / 3, self.company.currency_id), "33.3")

    def test_a_line_of_the_value_exchange(self):
        """Advocacy can be measured by what contacts answer."""
        self._answer(self.north, 9, contact="Ana")
        self._answer(self.north, 8, contact="Bea")
        self._answer(self.south, 2)
        self._hear()
        exchange = self.env["customer.value.exchange"].create(
            {
                "company_id": self.company.id,
                "account_id": self._account(self.north).id,
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "direction": "get",
                            "kind": "advocacy",
                            "metric_id": self.env.ref(
                                "customer_centricity.metric_nps"
                            ).id,
                        },
                    )
                ],
            }
        )
        line = exchange.line_ids
        self.assertEqual(line.name, "Net Promoter Score")
        self.assertEqual(line.value, 50)
