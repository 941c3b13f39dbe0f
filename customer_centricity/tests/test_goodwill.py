import ast
import math
import random
import re
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import numpy as np

from odoo import api
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from odoo.addons.customer_centricity.engine import goodwill

from .common import TODAY, CustomerCentricityCommon
from .common_nps import NpsMixin


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestGoodwill(NpsMixin, CustomerCentricityCommon):
    """The window is July 2025 to June 2026, the one before July 2024 to June 2025."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # four orders now, two before: 100 each
        cls.invoices = [
            cls._invoice(
                cls.north, day, (cls.service, 1, 100), invoice_date_due=day, ref="PO 7"
            )
            for day in (
                "2024-09-10",
                "2025-03-10",
                "2025-08-10",
                "2025-11-10",
                "2026-02-10",
                "2026-05-10",
            )
        ]
        cls.Account._refresh(cls.company)

    def _found(self, *names):
        self._refresh()
        self.env.invalidate_all()
        account = self._account(self.north)
        return tuple(account[name] for name in names)

    def _kept(self, *names):
        self.Account._find_goodwill(self.company, SQL("TRUE"))
        row = self.env["customer.account.goodwill"].search(
            [("account_id", "=", self._account(self.north).id)]
        )
        return tuple(row[name] for name in names)

    def _credit(self, invoice, day, reason, **vals):
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create(
                {"date": day, "reason": reason, "journal_id": invoice.journal_id.id}
            )
        )
        wizard.reverse_moves()
        refund = wizard.new_move_ids
        refund.write({"invoice_date": day, **vals})
        refund.action_post()
        return refund

    def _complain(self, invoice, day, amount, reason):
        """Credit a part of an invoice, its number and the reason in the reference."""
        return self._invoice(
            invoice.partner_id,
            day,
            (self.service, 1, amount),
            move_type="out_refund",
            reversed_entry_id=invoice.id,
            ref=f"Reversal of: {invoice.name}, {reason}",
        )

    def _pay(self, invoice, day):
        wizard = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"payment_date": day})
        )
        wizard._create_payments()

    def test_too_little_is_known(self):
        """Nobody complained, and that is all: no index, and none of South at all."""
        self._invoice(self.south, "2024-01-10", (self.service, 1, 100))
        names = ("goodwill", "has_goodwill", "goodwill_change", "has_goodwill_change")
        unknown = (0, False, 0, False)
        self.assertEqual(self._found(*names), unknown)
        self.assertEqual(
            self._found("goodwill_summary", "goodwill_complaints"),
            (False, False),
            "nothing is told of a part either",
        )
        account = self._account(self.south)
        self.assertEqual(tuple(account[name] for name in names), unknown)

    def test_the_index(self):
        """Complaints: 1 on 4 orders is the worst there is, 0 points, before 100.

        Hours: 6 on 4 orders, 1.5; before 3 on 2, 1.5: as it was, 50 points.
        Cost: 240 of revenue 400 less the 25 credited, 0.64; before 120 of 200, 0.6:
        50 (1 - log2(0.64 / 0.6)) = 50 (1 - 0.0931) = 45.344.
        Payment: 15 days late, 75 points.
        (0.4 x 0 + 0.2 (50 + 45.344 + 75)) / 1 = 34.07
        """
        self._timesheet("2025-12-01", 6)
        self._timesheet("2025-01-01", 3)
        self._complain(self.invoices[2], "2025-09-01", 25, "Scratched")
        self._pay(self.invoices[-1], "2026-05-25")
        self.assertEqual(self._found("goodwill", "has_goodwill"), (34.1, True))
        self.assertEqual(
            self._kept("order_count", "credit_note_count", "previous_order_count"),
            (4, 1, 2),
        )
        self.assertEqual(
            self._kept("hours", "previous_hours", "cost", "previous_cost", "revenue"),
            (6, 3, 240, 120, 375),
        )

    def test_the_change_is_of_what_is_known_both_times(self):
        """Complaints: 100 points, before 1 on 2 orders, 0. Payment: 60 days late,
        before in time: 0 points after 100. No hours: (0.4 x 100 - 0.2 x 100) / 0.6.
        """
        self._complain(self.invoices[1], "2025-04-01", 10, "Late")
        self._pay(self.invoices[1], "2025-03-10")
        self._pay(self.invoices[-1], "2026-07-09")
        self.assertEqual(
            self._found("goodwill", "goodwill_change", "has_goodwill_change"),
            (66.7, 33.3, True),
        )

    def test_which_credit_notes_are_complaints(self):
        names = ("credit_note_count",)
        self._credit(self.invoices[2], "2026-01-10", False)
        self.assertEqual(self._kept(*names), (0,), "it says no reason")
        corrected = self._credit(self.invoices[3], "2026-01-20", "Wrong address")
        self.assertEqual(self._kept(*names), (1,), "it was taken back")
        anew = self._invoice(self.north, "2026-01-27", (self.service, 1, 100))
        self.assertEqual(self._kept(*names), (0,), "and written anew")
        anew.button_draft()
        anew.invoice_date = "2026-01-28"
        anew.action_post()
        self.assertEqual(self._kept(*names), (1,), "long after: another order")
        corrected.button_draft()
        self.assertEqual(self._kept(*names), (0,), "not posted")
        self._complain(self.invoices[4], "2026-02-20", 10, "Noisy")
        self.assertEqual(self._kept(*names), (1,), "of a part")
        for reason in ("", ".", " - "):
            self._complain(self.invoices[4], "2026-02-20", 10, reason)
        self._invoice(
            self.north,
            "2026-02-20",
            (self.service, 1, 10),
            move_type="out_refund",
            ref="Annual bonus 2025",
        )
        self.assertEqual(self._kept(*names), (1,), "without a reason, or any invoice")

    def test_a_correction_is_of_the_same_products(self):
        self._credit(self.invoices[3], "2026-01-20", "Wrong price")
        for line, corrected in (
            ((self.goods, 1, 100), False),  # another product
            ((self.service, 2, 60), False),  # neither as much money nor as many
            ((self.service, 2, 50), True),  # as much money
            ((self.service, 1, 90), True),  # as many
        ):
            anew = self._invoice(self.north, "2026-01-21", line)
            self.assertEqual(self._kept("credit_note_count"), (not corrected,), line)
            anew.button_draft()

    def test_the_next_order_of_a_weekly_buyer_is_no_correction(self):
        """Three deliveries came broken, and the customer went on ordering."""
        weekly = [
            self._invoice(self.south, f"2026-05-{day:02}", (self.goods, 3, 100))
            for day in (1, 8, 15, 22, 29)
        ]
        for invoice, day in zip(weekly[:3], (4, 11, 18), strict=True):
            self._credit(invoice, f"2026-05-{day:02}", "Broken on arrival")
        # written anew on the same day: this one was a correction
        self._credit(weekly[3], "2026-05-25", "Wrong address")
        self._invoice(self.south, "2026-05-25", (self.goods, 3, 100))
        self._refresh()
        row = self.env["customer.account.goodwill"].search(
            [("account_id", "=", self._account(self.south).id)]
        )
        self.assertEqual(row.credit_note_count, 3)

    def test_part_of_an_invoice_is_no_correction(self):
        refund = self._credit(self.invoices[3], "2026-01-20", "Two were broken")
        refund.button_draft()
        refund.invoice_line_ids.price_unit = 40
        refund.action_post()
        self._invoice(self.north, "2026-01-21", (self.service, 1, 100))
        self.assertEqual(self._kept("credit_note_count"), (1,))

    def test_a_negative_answer_is_a_complaint(self):
        for score, day in ((6, "2026-06-30"), (7, "2026-06-30"), (0, "2025-06-30")):
            self._answer(self.north_contact, score, day)
        self._answer(self.north, 0, "2026-07-01")
        self.assertEqual(self._kept("answer_count", "previous_answer_count"), (1, 1))

    def test_an_answer_that_is_gone_has_its_account_looked_at(self):
        changes = self.env["customer.account.change"]
        ways = {
            "deleted": lambda answer: answer.unlink(),
            "erased": self.env["customer.privacy"]._erase,
            "moved": lambda answer: answer.write({"partner_id": self.south.id}),
        }
        for name, way in ways.items():
            with self.subTest(way=name):
                answer = self._answer(self.north_contact, 3, "2026-06-02")
                changes._forget(self.company)
                way(answer)
                noted = changes.search([("company_id", "=", self.company.id)])
                self.assertEqual(noted.partner_id, self.north)

    def test_an_answer_from_before_the_account(self):
        """It counts in the refresh that finds the account, and not in a later one."""
        self._answer(self.south, 0, "2026-06-30")
        self.assertFalse(self._account(self.south))
        self._invoice(self.south, "2026-05-10", (self.service, 1, 100))
        self._refresh()
        row = self.env["customer.account.goodwill"].search(
            [("account_id", "=", self._account(self.south).id)]
        )
        self.assertEqual(row.answer_count, 1)

    def test_an_answer_has_its_account_looked_at(self):
        changes = self.env["customer.account.change"]
        changes._forget(self.company)
        self.cr.execute("UPDATE res_partner SET write_date = '2026-01-01'")
        self.cr.execute("UPDATE account_move SET write_date = '2026-01-01'")
        self._answer(self.north_contact, 0, "2026-06-30")
        changes._gather(self.company, self.cr.now())
        noted = changes.search([("company_id", "=", self.company.id)])
        self.assertEqual(noted.partner_id, self.north)

    def test_in_words(self):
        """Three of the parts: 40, 20 and 20 make 50, 25 and 25 of a hundred.

        Complaints: 1 on 4 orders, 0 points. Hours: 6 on 4 after 6 on 2, half of it, 100
        points. Cost: 240 of 390 after 240 of 200, 61.5% after 120%: log2(61.54 / 120)
        = -0.9634, 98.2 points. 0.25 (100 + 98.2) = 49.5
        """
        self._timesheet("2025-12-01", 6)
        self._timesheet("2025-01-01", 6)
        self._complain(self.invoices[2], "2025-09-01", 10, "Scratched")
        self.assertEqual(
            self._found(
                "goodwill", "goodwill_summary", "goodwill_complaints", "goodwill_hours"
            ),
            (
                49.5,
                "1 credit note on 4 orders; 1.5 hours an order, before 3.0; its "
                "cost to serve is 61.5% of its revenue, before 120.0%.",
                "0 of 100 points, 50% of the index: 1 credit note on 4 orders",
                "100 of 100 points, 25% of the index: 1.5 hours an order, before 3.0",
            ),
        )
        account = self._account(self.north)
        self.assertFalse(account.goodwill_payment)
        self.assertNotIn("low_goodwill", account._get_decision_guards()[account.id])
        account.goodwill = 40
        self.assertFalse(account.has_low_goodwill)
        account.goodwill = 39.9
        self.assertTrue(account.has_low_goodwill)
        text = account._get_decision_guards()[account.id]["low_goodwill"]
        self.assertNotRegex(text, "[0-9]")

    def test_which_are_low_or_falling(self):
        """What is not known is neither."""
        account = self._account(self.north)
        for change, rises, falls in ((5, 0, 0), (5.1, 1, 0), (-5, 0, 0), (-5.1, 0, 1)):
            for is_known in (False, True):
                account.write(
                    {
                        "goodwill": 39.9,
                        "has_goodwill": is_known,
                        "goodwill_change": change,
                        "has_goodwill_change": is_known,
                    }
                )
                alarms = {
                    "has_low_goodwill": is_known,
                    "is_goodwill_falling": is_known and bool(falls),
                }
                self.assertEqual(
                    account.is_goodwill_rising, is_known and bool(rises), change
                )
                for name, expected in alarms.items():
                    self.assertEqual(account[name], expected, (name, change))
                    for value in (True, False):
                        found = self.Account.search(
                            [("id", "=", account.id), (name, "=", value)]
                        )
                        self.assertEqual(bool(found), expected == value, (name, change))

    def test_payment_in_words(self):
        row = self.env["customer.account.goodwill"].new()
        for days, text in (
            (4.4, "pays 4 days late"),
            (0.6, "pays 1 day late"),
            (0.4, "pays on the due date"),
            (-1, "pays 1 day early"),
            (-7, "pays 7 days early"),
        ):
            row.payment_delay = days
            self.assertEqual(row._tell_payment(), text)

    def test_who_opted_out_has_none(self):
        self._pay(self.invoices[-1], "2026-05-25")
        self.assertEqual(self._found("has_goodwill"), (True,))
        self.north.customer_profiling_opt_out = True
        account = self._account(self.north)
        self.assertEqual((account.goodwill, account.has_goodwill), (0, False))
        self.assertFalse(
            self.env["customer.account.goodwill"].search(
                [("account_id", "=", account.id)]
            )
        )
        self.assertEqual(self._found("goodwill", "has_goodwill"), (0, False))
        self.assertEqual(
            self._kept("payment_delay", "has_payment_delay"), (0, False), "kept nowhere"
        )
        self.north.customer_profiling_opt_out = False
        self.assertEqual(self._found("has_goodwill"), (True,))

    def test_addons_tell_of_cases(self):
        def with_cases(accounts, company, scope, start, end, partner_ids=None):
            return [
                *original(accounts, company, scope, start, end, partner_ids),
                SQL(
                    "SELECT account.id, day::date, 'case' FROM customer_account account"
                    " CROSS JOIN unnest(%s) day WHERE %s",
                    ["2025-02-01", "2026-06-30"],
                    scope,
                ),
            ]

        original = type(self.Account)._get_complaint_queries
        with patch.object(type(self.Account), "_get_complaint_queries", with_cases):
            self.assertEqual(self._kept("case_count", "previous_case_count"), (1, 1))

    def _documented_complaints(self):
        """Return what the documentation has an addon do, as a method."""
        docs = Path(__file__).parents[2] / "docs" / "development.md"
        [example] = re.findall(
            "## Add a kind of complaint\n[^#]*?```python\n(.*?)```",
            docs.read_text("utf-8"),
            re.DOTALL,
        )
        [method] = [
            node
            for node in ast.walk(ast.parse(example))
            if isinstance(node, ast.FunctionDef)
        ]
        found = {
            "api": api,
            "SQL": SQL,
            "super": lambda: SimpleNamespace(
                _get_complaint_queries=self.Account._get_complaint_queries
            ),
        }
        code = ast.Module([method], type_ignores=[])
        exec(compile(code, str(docs), "exec"), found)  # noqa: S102
        return found[method.name]

    def test_the_documented_addon_tells_of_cases(self):
        """One task with the tag in the window; one without, and one after it."""
        tag = self.env["project.tags"].create({"name": "Complaint"})
        task, untagged, after = self.env["project.task"].create(
            [
                {"name": "Broken", "project_id": self.project.id, **vals}
                for vals in (
                    {"partner_id": self.north_contact.id, "tag_ids": tag.ids},
                    {"partner_id": self.north_contact.id},
                    {"partner_id": self.south.id, "tag_ids": tag.ids},
                )
            ]
        )
        self.env.flush_all()
        self.cr.execute(
            "UPDATE project_task SET create_date = '2026-06-30 12:00'"
            " WHERE id = ANY(%s)",
            [(task | untagged).ids],
        )
        self.cr.execute(
            "UPDATE project_task SET create_date = '2026-07-01' WHERE id = %s",
            after.ids,
        )
        documented = self._documented_complaints()
        queries = documented(
            self.Account, self.company, SQL("TRUE"), "2025-07-01", "2026-07-01"
        )
        self.assertEqual(len(queries), 3)
        with patch.object(
            type(self.Account), "_get_complaint_queries", lambda *_args: queries
        ):
            self.assertEqual(self._kept("case_count", "previous_case_count"), (1, 0))

    def test_a_second_refresh_writes_nothing(self):
        self._pay(self.invoices[-1], "2026-05-25")
        self._refresh()
        self.env.flush_all()

        def versions():
            return self.env.execute_query(
                SQL("SELECT id, xmin::text FROM customer_account_goodwill ORDER BY id")
            )

        before = versions()
        self._refresh()
        self.assertEqual(versions(), before)
        self.assertTrue(before)

    def test_the_database_computes_what_the_engine_does(self):
        """Of forty accounts with random facts, corrections and gaps among them."""
        chance = random.Random(8)
        partners = self.env["res.partner"].create(
            [{"name": f"Customer {number}"} for number in range(40)]
        )
        self.Account._create_accounts(self.company, partners.ids)
        accounts = self.Account.search([("partner_id", "in", partners.ids)])
        windows = ("2026-01-01", "2025-01-01", "2024-01-01")
        facts = {
            account.id: [
                {
                    "order_count": chance.randrange(5),
                    "hours": chance.choice((0, -1, chance.randrange(1, 40))),
                    "time_cost": chance.choice((0, chance.randrange(1000))),
                    "other_cost": chance.choice((0, -50, chance.randrange(500))),
                    "serving_cost": chance.randrange(50),
                    "revenue": chance.choice((0, -10, chance.randrange(1, 9000))),
                }
                for _window in windows
            ]
            for account in accounts
        }
        self.Month.create(
            [
                {"account_id": account_id, "month": month} | values
                for account_id, of_account in facts.items()
                for month, values in zip(windows, of_account, strict=True)
            ]
        )
        complaints, delays = (
            {account.id: [draw(), draw()] for account in accounts}
            for draw in (
                lambda: chance.choice((0, 0, 1, 2)),
                lambda: chance.choice((float("nan"), chance.randrange(-9, 90))),
            )
        )
        self.env["customer.account.habit"].create(
            [
                {
                    "account_id": account_id,
                    "payment_delay": 0 if math.isnan(now) else now,
                    "has_payment_delay": not math.isnan(now),
                }
                for account_id, (now, _before) in delays.items()
            ]
        )
        found = {
            "_get_complaint_queries": [
                SQL(
                    "SELECT account, day::date, 'answer' FROM unnest(%s, %s)"
                    " row (account, day)",
                    *(
                        list(column)
                        for column in zip(
                            *(
                                (account_id, day)
                                for account_id, counts in complaints.items()
                                for day, count in zip(windows, counts, strict=False)
                                for _complaint in range(count)
                            ),
                            strict=True,
                        )
                    ),
                )
            ],
            "_get_paid_query": SQL(
                "SELECT account, NULLIF(delay, 'NaN') AS delay"
                " FROM unnest(%s, %s::float[]) row (account, delay)",
                list(delays),
                [before for _now, before in delays.values()],
            ),
        }
        with patch.multiple(
            type(self.Account),
            **{
                name: lambda *_args, query=query: query for name, query in found.items()
            },
        ):
            self.Account._find_goodwill(
                self.company, SQL("account.id = ANY(%s)", accounts.ids)
            )
        points = [
            self._engine_points(facts, complaints, delays, window) for window in (0, 1)
        ]
        index, change = goodwill.index(points[0]), goodwill.change(*points)
        self.assertGreater(np.isfinite(change).sum(), 5)
        self.assertGreater(np.isnan(change).sum(), 5)
        rows = self.env["customer.account.goodwill"].search(
            [("account_id", "in", accounts.ids)]
        )
        rows_by_account = rows.grouped("account_id")
        for number, account_id in enumerate(facts):
            row = rows_by_account[self.Account.browse(account_id)]
            for name, values in (("goodwill", index), ("goodwill_change", change)):
                value = values[number]
                self.assertEqual(row[f"has_{name}"], not math.isnan(value))
                self.assertAlmostEqual(
                    row[name], 0 if math.isnan(value) else value, delta=0.0501
                )
            told = row._get_points()
            for part, values in points[0].items():
                np.testing.assert_allclose(told[part], values[number : number + 1])

    def _engine_points(self, facts, complaints, delays, window):
        def column(place, *names):
            return [
                sum(of_account[place][name] for name in names)
                for of_account in facts.values()
            ]

        orders = column(window, "order_count")
        before = column(window + 1, "order_count")
        cost = ("time_cost", "other_cost", "serving_cost")
        return {
            "complaints": goodwill.complaint_points(
                [counts[window] for counts in complaints.values()], orders
            ),
            "hours": goodwill.trend_points(
                *(column(window, "hours"), orders),
                *(column(window + 1, "hours"), before, orders, before),
            ),
            "payment": goodwill.payment_points(
                [days[window] for days in delays.values()]
            ),
            "cost": goodwill.trend_points(
                *(column(window, *cost), column(window, "revenue")),
                *(column(window + 1, *cost), column(window + 1, "revenue")),
                *(orders, before),
            ),
        }
