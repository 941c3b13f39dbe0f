import random
import statistics
from collections import defaultdict
from datetime import date, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.customer_centricity.models import customer_account_refresh

from .common import TODAY
from .common_refresh import RefreshChangesCommon

# The profit window is July 2025 to June 2026, the one before July 2024 to June 2025.
FOUND = (
    "product_count",
    "category_count",
    "payment_delay",
    "has_payment_delay",
    "previous_revenue",
    "order_gap",
    "order_gap_variation",
    "returned_date",
)


class BehaviourCommon(RefreshChangesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.furniture, cls.work = cls.env["product.category"].create(
            [{"name": "Furniture"}, {"name": "Work"}]
        )
        cls.goods.categ_id = cls.costless_goods.categ_id = cls.furniture
        cls.service.categ_id = cls.work

    @classmethod
    def _pay(cls, invoice, day, amount=None, **vals):
        """Register a payment as a person does."""
        wizard = (
            cls.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create(
                {
                    "payment_date": day,
                    "amount": invoice.amount_residual if amount is None else amount,
                    **vals,
                }
            )
        )
        return wizard._create_payments()

    def _register_unbooked(self, invoice, day):
        """Register a payment where it is booked only when the bank confirms it.

        An addon for bank statements does it that way, when journals have no account for
        payments under way.
        """
        journal = self.company_data["default_journal_bank"]
        journal.inbound_payment_method_line_ids.payment_account_id = False
        with patch.object(
            type(invoice), "_get_invoice_in_payment_state", lambda _move: "in_payment"
        ):
            payment = self._pay(invoice, day, journal_id=journal.id)
            self.env.flush_all()
        return payment

    def _create_rates(self, rates):
        """Return a currency with rates from some days on."""
        currency = self.setup_other_currency("CAD")
        currency.rate_ids.unlink()
        currency.rate_ids.create(
            [
                {
                    "name": day,
                    "rate": rate,
                    "currency_id": currency.id,
                    "company_id": self.company.id,
                }
                for day, rate in rates.items()
            ]
        )
        return currency

    def _found(self, partner, *names, company=None):
        self._refresh(company)
        self.env.invalidate_all()
        account = self._account(partner, company)
        return tuple(account[name] for name in names)


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestAccountBehaviour(BehaviourCommon):
    """What is found in the documents of an account; figures worked out by hand."""

    # ------------------------------------------------------------------
    # What it buys
    # ------------------------------------------------------------------

    def test_products_and_categories_of_the_window(self):
        """A chair since March, and: a lamp and advice count, those of before do not."""
        counts = ("product_count", "category_count")
        self.assertEqual(self._found(self.north, *counts), (1, 1))
        self._invoice(
            self.north,
            "2025-07-01",
            (self.goods, 2, 100),
            (self.costless_goods, 1, 30),
        )
        self.assertEqual(self._found(self.north, *counts), (2, 1))
        old = self._invoice(self.north, "2025-06-30", (self.service, 1, 500))
        self.assertEqual(self._found(self.north, *counts), (2, 1))
        self._invoice(self.north_contact, "2026-06-30", (self.service, 1, 50))
        self._invoice(self.north, "2026-07-01", (self.product_a, 1, 50))
        self.assertEqual(self._found(self.north, *counts), (3, 2))
        self.assertTrue(old)

    def test_what_was_credited_whole_was_not_bought(self):
        invoice = self._invoice(
            self.north, "2026-04-10", (self.service, 1, 500), (self.goods, 1, 100)
        )
        counts = ("product_count", "category_count")
        self.assertEqual(self._found(self.north, *counts), (2, 2))
        part = self._invoice(
            self.north, "2026-04-11", (self.service, 1, 200), move_type="out_refund"
        )
        self.assertEqual(self._found(self.north, *counts), (2, 2), "a part")
        part.button_draft()
        self._reverse_invoice(invoice, date="2026-04-12", post=True)
        self.assertEqual(self._found(self.north, *counts), (1, 1), "the chairs")

    def test_a_credit_at_another_rate_is_a_whole_credit_all_the_same(self):
        """100 dollars of Canada are 50 on one day and 25 on the other."""
        currency = self._create_rates({"2026-04-01": 2, "2026-05-01": 4})
        vals = {"currency_id": currency.id}
        self._invoice(self.north, "2026-04-10", (self.service, 1, 100), **vals)
        self._invoice(
            self.north,
            "2026-05-10",
            (self.service, 1, 100),
            move_type="out_refund",
            **vals,
        )
        self.assertEqual(self._found(self.north, "product_count", "revenue"), (1, 325))

    def test_lines_without_product_and_gifts_are_no_products(self):
        self._invoice(self.north, "2026-04-10", (self.service, 5, 0))
        self._invoice(self.north, "2026-04-10", (self.nothing, 1, 100))
        self.assertEqual(self._found(self.north, "product_count"), (1,))

    # ------------------------------------------------------------------
    # How it pays
    # ------------------------------------------------------------------

    def test_nothing_paid_is_not_on_the_day(self):
        self.assertEqual(
            self._found(self.north, "payment_delay", "has_payment_delay"), (0, False)
        )
        self._pay(self.invoices[self.north], "2026-03-10")
        self.assertEqual(
            self._found(self.north, "payment_delay", "has_payment_delay"), (0, True)
        )

    def test_delay_is_weighted_by_amount(self):
        """300 due on 10 March: 100 paid 4 days late, 200 10 days late.

        600 due on 10 May, paid 5 days early:
        (100 x 4 + 200 x 10 - 600 x 5) / 900 = -600 / 900 = -0.67.
        """
        self._pay(self.invoices[self.north], "2026-03-14", 100)
        self.assertEqual(self._found(self.north, "payment_delay"), (4,))
        self._pay(self.invoices[self.north], "2026-03-20", 200)
        self.assertEqual(self._found(self.north, "payment_delay"), (8,))
        other = self._invoice(
            self.north,
            "2026-04-10",
            (self.goods, 6, 100),
            invoice_date_due="2026-05-10",
        )
        self._pay(other, "2026-05-05")
        self.assertEqual(self._found(self.north, "payment_delay"), (-0.67,))

    def test_invoices_of_before_and_after_the_window_do_not_count(self):
        for day in ("2025-06-30", "2026-07-01"):
            invoice = self._invoice(
                self.north, day, (self.goods, 1, 100), invoice_date_due=day
            )
            self._pay(invoice, "2026-07-10")
        self.assertEqual(self._found(self.north, "has_payment_delay"), (False,))

    def test_instalments_each_have_their_day(self):
        """30% after 30 days, paid on that day; the rest after 60 days, 10 days late."""
        terms = self.env["account.payment.term"].create(
            {
                "name": "Two parts",
                "line_ids": [
                    fields.Command.create(
                        {"value": "percent", "value_amount": percent, "nb_days": days}
                    )
                    for percent, days in ((30, 30), (70, 60))
                ],
            }
        )
        invoice = self._invoice(
            self.south,
            "2026-04-01",
            (self.goods, 10, 100),
            invoice_payment_term_id=terms.id,
        )
        self._pay(invoice, "2026-05-01", 300)
        self._pay(invoice, "2026-06-10", 700)
        self.assertEqual(self._found(self.south, "payment_delay"), (7,))

    def test_a_credit_is_no_payment(self):
        invoice = self.invoices[self.north]
        self._reverse_invoice(invoice, date="2026-06-10", post=True)
        self.assertEqual(invoice.amount_residual, 0)
        self.assertEqual(self._found(self.north, "has_payment_delay"), (False,))

    def test_paid_in_advance_counts_from_the_invoice_on(self):
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.north.id,
                "amount": 300,
                "date": "2026-02-01",
                "journal_id": self.company_data["default_journal_bank"].id,
            }
        )
        payment.payment_method_line_id.payment_account_id = (
            self.inbound_payment_method_line.payment_account_id
        )
        payment.action_post()
        invoice = self._invoice(
            self.north,
            "2026-03-01",
            (self.goods, 3, 100),
            invoice_date_due="2026-03-31",
        )
        lines = (payment.move_id | invoice).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        lines.reconcile()
        self.assertEqual(invoice.amount_residual, 0)
        self.assertEqual(self._found(self.north, "payment_delay"), (-30,))

    def test_a_registered_payment_counts_before_the_bank_confirms_it(self):
        payment = self._register_unbooked(self.invoices[self.north], "2026-03-15")
        self.assertFalse(payment.move_id)
        self.assertEqual(self.invoices[self.north].payment_state, "in_payment")
        self.assertEqual(
            self._found(self.north, "payment_delay", "has_payment_delay"), (5, True)
        )

    def test_a_difference_of_exchange_is_no_payment(self):
        """Invoiced at a rate of 2, paid at one of 4, 15 days late."""
        currency = self._create_rates({"2026-04-01": 2, "2026-04-15": 4})
        invoice = self._invoice(
            self.east,
            "2026-04-05",
            (self.goods, 2, 100),
            currency_id=currency.id,
            invoice_date_due="2026-04-05",
        )
        self._pay(invoice, "2026-04-20", currency_id=currency.id)
        self.assertEqual(invoice.amount_residual, 0)
        self.assertTrue(
            invoice.line_ids.matched_credit_ids.exchange_move_id, "there is one"
        )
        self.assertEqual(self._found(self.east, "payment_delay"), (15,))

    # ------------------------------------------------------------------
    # In what rhythm it orders
    # ------------------------------------------------------------------

    def test_days_between_orders(self):
        """Orders on 10 March; 28 February, 10 days before; 29 January, 30 before that.

        Gaps of 30 and 10: 20 on average, standard deviation 10, half of it.
        """
        rhythm = ("order_gap", "order_gap_variation")
        self.assertEqual(self._found(self.north, *rhythm), (0, 0), "one order")
        self._invoice(self.north, "2026-02-28", (self.goods, 1, 100))
        self.assertEqual(self._found(self.north, *rhythm), (10, 0), "two orders")
        self._invoice(self.north, "2026-01-29", (self.goods, 1, 100))
        self.assertEqual(self._found(self.north, *rhythm), (20, 0.5))
        self._invoice(self.north, "2026-01-29", (self.goods, 1, 100))
        self._invoice(self.north_contact, "2026-02-28", (self.goods, 1, 100))
        self.assertEqual(self._found(self.north, *rhythm), (20, 0.5), "the same days")

    def test_what_is_no_order_is_no_end_of_a_silence(self):
        credited = self._invoice(self.north, "2026-02-28", (self.goods, 1, 100))
        self._reverse_invoice(credited, date="2026-03-01", post=True)
        self._invoice(self.north, "2026-02-01", (self.goods, 1, 0))
        self._invoice(self.north, "2026-01-29", (self.goods, 1, 100))
        self.assertEqual(self._found(self.north, "order_gap"), (40,))

    def test_the_whole_history_counts(self):
        """From 10 March 2024 to 10 March 2026, a leap day not among them: 730 days."""
        self._invoice(self.north, "2024-03-10", (self.goods, 1, 100))
        self.assertEqual(self._found(self.north, "order_gap"), (730,))

    def test_back_after_a_long_silence(self):
        """365 days are twelve months: 366 days are more."""
        self._invoice(self.north, "2025-03-10", (self.goods, 1, 100))
        self.assertEqual(self._found(self.north, "returned_date"), (False,))
        self._invoice(self.north, "2024-03-09", (self.goods, 1, 100))
        back = self._found(self.north, "returned_date")
        self.assertEqual(back, (date(2025, 3, 10),))
        self._invoice(self.north, "2023-03-09", (self.goods, 1, 100))
        self.assertEqual(self._found(self.north, "returned_date"), back, "the last one")
        self.company.customer_lost_months = 6
        self.assertEqual(
            self._found(self.north, "returned_date"), (date(2026, 3, 10),), "183 days"
        )
        self.company.customer_lost_months = 24
        self.assertEqual(self._found(self.north, "returned_date"), (False,))

    def test_revenue_of_the_window_before(self):
        for day, price in (
            ("2024-06-30", 1),
            ("2024-07-01", 20),
            ("2025-06-30", 300),
            ("2025-07-01", 4000),
        ):
            self._invoice(self.north, day, (self.goods, 1, price))
        self._invoice(
            self.north, "2025-01-10", (self.goods, 1, 5), move_type="out_refund"
        )
        found = self._found(self.north, "revenue", "previous_revenue")
        self.assertEqual(found, (4300, 315))
        self.company.customer_window_months = 1
        self._invoice(self.north, "2026-05-31", (self.goods, 1, 7))
        self.assertEqual(self._found(self.north, "previous_revenue"), (7,))

    def test_whoever_only_costs_has_no_behaviour(self):
        partner = self.env["res.partner"].create({"name": "Hours only"})
        self._timesheet("2026-03-10", 2, project=self._create_project(partner))
        self.assertEqual(self._found(partner, *FOUND), (0, 0, 0, False, 0, 0, 0, False))

    # ------------------------------------------------------------------
    # Whose it is, who sees it, how it is done
    # ------------------------------------------------------------------

    def test_a_salesperson_reads_none_of_it(self):
        user = new_test_user(
            self.env,
            "behaviour_user",
            groups="customer_centricity.group_user",
            company_id=self.company.id,
            company_ids=[fields.Command.set(self.company.ids)],
        )
        self._refresh()
        account = self._account(self.north).with_user(user)
        for name in FOUND:
            with self.subTest(name=name), self.assertRaises(AccessError):
                account.read([name])

    def test_nobody_writes_it(self):
        manager = new_test_user(
            self.env,
            "behaviour_manager",
            groups="customer_centricity.group_manager",
            company_id=self.company.id,
            company_ids=[fields.Command.set(self.company.ids)],
        )
        self._refresh()
        account = self._account(self.north).with_user(manager)
        self.assertEqual(account.product_count, 1)
        for name in FOUND:
            with self.subTest(name=name), self.assertRaises(AccessError):
                account.write({name: False})

    def test_figures_are_finite(self):
        self._refresh()
        account = self._account(self.north)
        for name in FOUND[2:3] + FOUND[4:7]:
            for value in ("NaN", "Infinity"):
                with (
                    self.subTest(name=name, value=value),
                    mute_logger("odoo.sql_db"),
                    self.assertRaisesRegex(Exception, "behaviour_finite|overflow"),
                    self.env.cr.savepoint(),
                ):
                    self.env.cr.execute(
                        f"UPDATE customer_account SET {name} = %s WHERE id = %s",  # noqa: S608
                        [value, account.id],
                    )

    def test_in_steps_it_comes_to_the_same(self):
        self._refresh()
        before = self._all_facts()
        self._clear()
        self.assertNotEqual(self._all_facts(), before)
        self.Account._begin_cycle(self.company, full=True)
        with patch.object(customer_account_refresh, "ACCOUNTS_AT_ONCE", 2):
            self._go_on()
        self.assertEqual(self._all_facts(), before)

    def test_who_was_not_looked_at_stays_as_it_is(self):
        """As after an update of a database that has kept nothing aside yet."""
        self._refresh()
        before = self._all_facts()["figures"]
        self.assertTrue(any(one["product_count"] for one in before.values()))
        self.env["customer.account.habit"].search([]).unlink()
        accounts = self.Account.search([("company_id", "=", self.company.id)])
        accounts._update_figures()
        self.assertEqual(self._all_facts()["figures"], before)

    def test_queries_do_not_grow_with_the_accounts(self):
        self._refresh()

        def count():
            self.company.customer_refresh_cursor = 0
            self.env.flush_all()
            self.env.invalidate_all()
            self.company.fetch(["customer_window_end"])
            before = self.cr.sql_log_count
            done = self.Account._refresh_behaviour(self.company)
            return done, self.cr.sql_log_count - before

        few = count()
        partners = self.env["res.partner"].create([{"name": f"{i}"} for i in range(12)])
        for partner in partners:
            self._invoice(partner, "2026-03-10", (self.goods, 1, 100))
        self._refresh()
        self._clear()
        many = count()
        self.assertEqual(many[0], few[0] + 12)
        self.assertEqual(many[1], few[1])

    def _clear(self):
        self.env.flush_all()
        self.cr.execute(
            """
            UPDATE customer_account
               SET product_count = 0, order_gap = 5, has_payment_delay = NULL
            """
        )
        self.env.invalidate_all()


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestAccountBehaviourCompanies(BehaviourCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_other_company()

    def test_each_company_has_its_own(self):
        """The same customer bought and paid elsewhere, too."""
        invoice = self._invoice(
            self.north,
            "2026-04-10",
            (self.service, 1, 50),
            company_id=self.other.id,
            invoice_date_due="2026-04-10",
        )
        self._pay(invoice.with_company(self.other), "2026-04-12")
        self._invoice(
            self.north,
            "2026-04-20",
            (self.service, 1, 50),
            company_id=self.other.id,
        )
        self.other.customer_window_months = 3
        self._pay(self.invoices[self.north], "2026-03-11")
        names = ("product_count", "payment_delay", "order_gap", "previous_revenue")
        self.assertEqual(self._found(self.north, *names), (1, 1, 0, 0))
        self.assertEqual(
            self._found(self.north, *names, company=self.other), (1, 2, 10, 0)
        )
        self.other.customer_window_months = 1
        self.assertEqual(
            self._found(self.north, *names, company=self.other), (0, 0, 10, 0)
        )


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestAccountBehaviourChanges(BehaviourCommon):
    """What changed alone comes to what everything would."""

    def setUp(self):
        super().setUp()
        self._settle()

    def _delay(self, why=None):
        self.assertIn(self.north, self._check(), why)
        account = self._account(self.north)
        return account.payment_delay, account.has_payment_delay

    def test_payment(self):
        payment = self._pay(self.invoices[self.north], "2026-03-14", 100)
        self.assertEqual(self._delay("the first"), (4, True))
        self._age()
        self._pay(self.invoices[self.north], "2026-03-20", 200)
        self.assertEqual(self._delay("the rest"), (8, True))
        self._age()
        payment.move_id.line_ids.remove_move_reconcile()
        self.assertEqual(self._delay("the first taken back"), (10, True))

    def test_reconciliation_undone(self):
        self._pay(self.invoices[self.north], "2026-03-14")
        self.assertEqual(self._delay(), (4, True))
        self._age()
        self.invoices[self.north].line_ids.remove_move_reconcile()
        self.assertEqual(self._delay(), (0, False))

    def test_payment_before_the_bank_confirms_it(self):
        self._register_unbooked(self.invoices[self.north], "2026-03-15")
        self.assertEqual(self._delay(), (5, True))

    def test_order_posted_and_taken_back(self):
        invoice = self._invoice(self.north, "2026-04-09", (self.service, 1, 100))
        self.assertEqual(self._check(), self.north)
        account = self._account(self.north)
        self.assertEqual((account.order_gap, account.category_count), (30, 2))
        self._age()
        invoice.button_draft()
        self._check()
        self.assertEqual((account.order_gap, account.category_count), (0, 1))

    def test_product_put_into_another_category(self):
        self._invoice(self.north, "2026-04-09", (self.costless_goods, 1, 100))
        self._check()
        account = self._account(self.north)
        self.assertEqual((account.product_count, account.category_count), (2, 1))
        self._age()
        self.costless_goods.categ_id = self.work
        self.assertEqual(self._check(), self.north, "whoever bought it")
        self.assertEqual((account.product_count, account.category_count), (2, 2))
        self._age()
        # chairs keep their cost with the sale
        self.goods.product_tmpl_id.categ_id = self.work
        self.assertEqual(self._check(), self.north | self.south | self.east)
        self.assertEqual((account.product_count, account.category_count), (2, 1))
        self._age()
        goods = self.goods.product_tmpl_id | self.costless_goods.product_tmpl_id
        goods.write({"categ_id": self.work.id})
        self.assertFalse(self._check(), "nothing has changed")

    def test_the_days_that_mean_lost_are_changed(self):
        """The settings concern everybody: everything is done."""
        self.company.customer_lost_months = 3
        self._check(full=True)
        self.assertEqual(self._account(self.north).lifecycle_stage, "lost")


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestAccountBehaviourProperty(BehaviourCommon):
    """Against the obvious way: document by document, through the ORM."""

    def test_random_documents(self):
        chance = random.Random(11)
        products = [self.goods, self.costless_goods, self.service, self.product_a]
        partners = [self.north, self.north_contact, self.south, self.east]
        invoices = []
        for _number in range(40):
            day = date(2026, 7, 10) - timedelta(days=chance.randrange(1100))
            lines = [
                (product, chance.randint(1, 3), chance.choice([0, 10, 25.5, 100]))
                for product in chance.sample(products, chance.randint(1, 3))
            ]
            due = day + timedelta(days=chance.choice([0, 15, 30]))
            invoice = self._invoice(
                chance.choice(partners), str(day), *lines, invoice_date_due=str(due)
            )
            invoices.append(invoice)
            what = chance.random()
            if what < 0.15:
                self._reverse_invoice(invoice, date=str(day), post=True)
            elif what < 0.3:
                self._invoice(
                    invoice.partner_id,
                    str(day + timedelta(days=3)),
                    lines[0],
                    move_type="out_refund",
                )
            elif what < 0.8 and invoice.amount_residual:
                part = invoice.amount_residual * chance.choice([1, 0.5])
                paid = day + timedelta(days=chance.randrange(60))
                self._pay(invoice, str(paid), round(part, 2))
        self._refresh()
        self.env.invalidate_all()
        for partner in (self.north, self.south, self.east):
            account = self._account(partner)
            expected = self._recompute(partner)
            for name in FOUND:
                with self.subTest(partner=partner.name, name=name):
                    digits = 4 if name == "order_gap_variation" else 2
                    found = account[name]
                    if isinstance(found, float):
                        self.assertAlmostEqual(found, expected[name], digits)
                    else:
                        self.assertEqual(found, expected[name])

    def _recompute(self, partner):
        documents = self.env["account.move"].search(
            [
                ("commercial_partner_id", "=", partner.id),
                ("state", "=", "posted"),
                ("move_type", "in", ["out_invoice", "out_refund", "out_receipt"]),
                ("company_id", "=", self.company.id),
            ]
        )
        window = documents.filtered(
            lambda move: date(2025, 7, 1) <= move.date < date(2026, 7, 1)
        )
        before = documents.filtered(
            lambda move: date(2024, 7, 1) <= move.date < date(2025, 7, 1)
        )
        net = defaultdict(float)
        for line in window.invoice_line_ids:
            net[line.product_id] -= line.amount_currency
        bought = self.env["product.product"].union(
            *(product for product, amount in net.items() if amount > 0.001)
        )
        days = self._days_of_orders(documents)
        gaps = [(b - a).days for a, b in zip(days, days[1:], strict=False)]
        mean = statistics.fmean(gaps) if gaps else 0
        payments = self._payments(window)
        paid = sum(amount for amount, _days in payments)
        return {
            "product_count": len(bought),
            "category_count": len(bought.categ_id),
            "payment_delay": sum(amount * late for amount, late in payments) / paid
            if paid
            else 0,
            "has_payment_delay": bool(payments),
            "previous_revenue": sum(before.mapped("amount_untaxed_signed")),
            "order_gap": mean,
            "order_gap_variation": statistics.pstdev(gaps) / mean if mean else 0,
            "returned_date": max(
                (day for day, gap in zip(days[1:], gaps, strict=True) if gap > 365),
                default=False,
            ),
        }

    def _days_of_orders(self, documents):
        credited = defaultdict(float)
        for move in documents:
            credited[move.reversed_entry_id] += move.amount_untaxed
        return sorted(
            {
                move.invoice_date
                for move in documents
                if move.move_type != "out_refund"
                and move.amount_untaxed > credited[move]
            }
        )

    def _payments(self, documents):
        """Return (amount, days late) of what was paid of the documents."""
        lines = documents.filtered(
            lambda move: move.move_type != "out_refund"
        ).line_ids.filtered(lambda line: line.account_type == "asset_receivable")
        return [
            (part.amount, (part.max_date - line.date_maturity).days)
            for line in lines
            for part in line.matched_credit_ids
            if part.credit_move_id.move_id.move_type != "out_refund"
        ]
