from unittest.mock import patch

from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from .common import TODAY, CustomerCentricityCommon


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestGoodwill(CustomerCentricityCommon):
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

    def _found(self, *names, partner=None):
        self._refresh()
        self.env.invalidate_all()
        account = self._account(partner or self.north)
        return tuple(account[name] for name in names)

    def _kept(self, *names):
        self._refresh()
        self.env.invalidate_all()
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
        self.assertEqual(self._found(*names), (0, False, 0, False))
        self.assertEqual(self._found(*names, partner=self.south), (0, False, 0, False))

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
        self._invoice(
            self.north,
            "2025-09-01",
            (self.service, 1, 25),
            move_type="out_refund",
            ref="Scratched",
        )
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
        self._invoice(
            self.north,
            "2025-04-01",
            (self.service, 1, 10),
            move_type="out_refund",
            ref="Late",
        )
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
        self._invoice(
            self.north,
            "2026-02-20",
            (self.service, 1, 10),
            move_type="out_refund",
            ref="Noisy",
        )
        self.assertEqual(self._kept(*names), (1,), "without any invoice")

    def test_part_of_an_invoice_is_no_correction(self):
        refund = self._credit(self.invoices[3], "2026-01-20", "Two were broken")
        refund.button_draft()
        refund.invoice_line_ids.price_unit = 40
        refund.action_post()
        self._invoice(self.north, "2026-01-21", (self.service, 1, 100))
        self.assertEqual(self._kept("credit_note_count"), (1,))

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
        with patch.object(
            type(self.Account), "_get_complaint_queries", with_cases
        ):
            self.assertEqual(self._kept("case_count", "previous_case_count"), (1, 1))

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
