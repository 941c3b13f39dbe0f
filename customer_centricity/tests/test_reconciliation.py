import random
from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools.date_utils import add

from ..models.customer_reconciliation import EXPLANATIONS, FIGURES
from .common import TODAY, CustomerCentricityCommon, month

MARCH = month(2026, 3)


class ReconciliationCommon(CustomerCentricityCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_other_company()
        cls.Reconciliation = cls.env["customer.reconciliation"]
        cls.income = cls.company_data["default_account_revenue"]
        cls.other_income = cls._create_account("OTHINC", "income_other")
        cls.liability = cls._create_account("DEPOSIT", "liability_current")
        cls.other_currency = cls.setup_other_currency("EUR")
        cls.expense = cls.company_data["default_account_expense"]

    @classmethod
    def _create_account(cls, code, account_type):
        return cls.env["account.account"].create(
            {"name": code, "code": code, "account_type": account_type}
        )

    @classmethod
    def _entry(cls, day, account, amount):
        """Post a miscellaneous entry with a credit of the amount on the account."""
        entry = cls.env["account.move"].create(
            {
                "move_type": "entry",
                "date": day,
                "company_id": cls.company.id,
                "line_ids": [
                    Command.create({"account_id": account.id, "credit": amount}),
                    Command.create(
                        {
                            "account_id": cls.company_data["default_account_assets"].id,
                            "debit": amount,
                        }
                    ),
                ],
            }
        )
        entry.action_post()
        return entry

    def _rows(self, company=None):
        self.Reconciliation.invalidate_model()
        return self.Reconciliation.search(
            [("company_id", "=", (company or self.company).id)]
        )

    def _figures(self, company=None):
        """Return {month: {name: figure}} without the figures that are zero."""
        return {
            row.month: {
                name: row[name] for name in (*FIGURES, "difference") if row[name]
            }
            for row in self._rows(company)
        }

    def _assert_opens_what_it_shows(self, row):
        for name in FIGURES:
            with self.subTest(month=row.month, figure=name):
                action = row.with_context(customer_figure=name).action_open_items()
                items = self.env[action["res_model"]].search(action["domain"])
                sign = 1 if name == "other_accounts" else -1
                self.assertAlmostEqual(sign * sum(items.mapped("balance")), row[name])


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReconciliation(ReconciliationCommon):
    def test_every_reason_by_hand(self):
        """The ledger's 1,163.50 of March, each part computed by hand."""
        # 300 + 100 sold, 50 of it on a deposit account, 60 credited: 390 attributed
        sale = self._invoice(
            self.north,
            "2026-03-10",
            (self.goods, 3, 100),
            (self.service, 1, 100),
            (self.service, 1, 50),
            post=False,
        )
        sale.invoice_line_ids[2].account_id = self.liability
        sale.action_post()
        self._invoice(
            self.south, "2026-03-11", (self.service, 1, 60), move_type="out_refund"
        )
        # a receipt of nobody: 25, and 5 of it on the deposit account
        receipt = self._invoice(
            self.env["res.partner"],
            "2026-03-12",
            (self.service, 1, 25),
            (self.service, 1, 5),
            move_type="out_receipt",
            post=False,
        )
        receipt.invoice_line_ids[1].account_id = self.liability
        receipt.action_post()
        # a misc entry of 700, a vendor bill of 40 on an income account
        self._entry("2026-03-13", self.other_income, 700)
        bill = self._invoice(
            self.south,
            "2026-03-14",
            (self.service, 1, 40),
            move_type="in_invoice",
            post=False,
        )
        bill.invoice_line_ids.account_id = self.other_income
        bill.action_post()
        # a discount of 10% shown on an account of its own: 90 attributed, 10 beside
        self.company.account_discount_expense_allocation_id = self.expense
        discounted = self._invoice(
            self.north, "2026-03-15", (self.service, 1, 100), post=False
        )
        discounted.invoice_line_ids.discount = 10
        discounted.action_post()
        # 33.48 rounded up to 33.50 by a line of 0.02
        rounding = self.env["account.cash.rounding"].create(
            {
                "name": "Five cents",
                "rounding": 0.05,
                "strategy": "add_invoice_line",
                "profit_account_id": self.other_income.id,
                "loss_account_id": self.expense.id,
                "rounding_method": "UP",
            }
        )
        rounded = self._invoice(
            self.north,
            "2026-03-16",
            (self.service, 1, 33.48),
            invoice_cash_rounding_id=rounding.id,
        )
        self.assertAlmostEqual(rounded.amount_total, 33.5)
        # drafts, cancelled documents and another month do not count
        self._invoice(self.north, "2026-03-17", (self.service, 1, 1), post=False)
        self._invoice(self.north, "2026-03-18", (self.service, 1, 2)).button_cancel()
        self._invoice(self.south, "2026-04-01", (self.service, 1, 80))
        self._refresh()
        figures = self._figures()
        self.assertEqual(list(figures), [month(2026, 4), MARCH], "newest first")
        self.assertEqual(
            figures[MARCH],
            {
                "ledger_revenue": 400 - 60 + 25 + 700 - 40 + 100 + 33.5,
                "attributed_revenue": 450 - 60 + 90 + 33.48,
                "no_customer_revenue": 25,
                "other_entries": 700 - 40,
                "other_lines": 10.02,
                "other_accounts": -50,
            },
        )
        self.assertEqual(
            figures[month(2026, 4)], {"ledger_revenue": 80, "attributed_revenue": 80}
        )
        rows = self._rows()
        self.assertEqual(set(rows.mapped("status")), {"equal"})
        self.assertEqual(rows[1].display_name, "March 2026")
        self.assertEqual(
            set(rows.mapped("refresh_date")), {self.company.customer_refresh_date}
        )
        for row in rows:
            self._assert_opens_what_it_shows(row)

    def test_early_payment_discount(self):
        """200 with 15% tax and a tax reduced by a discount of 10%: 20 to and fro."""
        term = self.env["account.payment.term"].create(
            {
                "name": "10% within a week",
                "early_discount": True,
                "discount_percentage": 10,
                "discount_days": 7,
                "early_pay_discount_computation": "mixed",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 100, "nb_days": 30}
                    )
                ],
            }
        )
        invoice = self._invoice(
            self.north,
            "2026-03-10",
            (self.service, 1, 200),
            invoice_payment_term_id=term.id,
            post=False,
        )
        invoice.invoice_line_ids.tax_ids = self.company_data["default_tax_sale"]
        invoice.action_post()
        extra = invoice.line_ids.filtered(lambda line: line.display_type == "epd")
        self.assertTrue(extra)
        on_income = extra.filtered(lambda line: line.account_id == self.income)
        self._refresh()
        [row] = self._rows()
        self.assertEqual(row.attributed_revenue, 200)
        self.assertAlmostEqual(row.other_lines, -sum(on_income.mapped("balance")))
        self.assertEqual(row.difference, 0)
        self._assert_opens_what_it_shows(row)

    def test_companies_and_currencies(self):
        """150 of a currency that trades 2 for 1: 75; 40 in the other company."""
        self._invoice(
            self.north,
            "2026-03-10",
            (self.service, 1, 150),
            currency_id=self.other_currency.id,
        )
        self._invoice(
            self.north, "2026-03-10", (self.service, 1, 40), company_id=self.other.id
        )
        self._refresh(self.company | self.other)
        rate = self.other_currency.with_context(date="2026-03-10").rate
        own = self.company.currency_id.round(150 / rate)
        self.assertEqual(
            self._figures(), {MARCH: {"ledger_revenue": own, "attributed_revenue": own}}
        )
        self.assertEqual(
            self._figures(self.other),
            {MARCH: {"ledger_revenue": 40, "attributed_revenue": 40}},
        )
        self._assert_opens_what_it_shows(self._rows())
        self._assert_opens_what_it_shows(self._rows(self.other))
        ids = self.Reconciliation.search([]).ids
        self.assertEqual(len(ids), len(set(ids)))
        manager = self._create_member(
            "manager_of_one", "customer_centricity.group_manager"
        )
        others = self._rows(self.other)
        only = {"allowed_company_ids": self.company.ids}
        rows = self.Reconciliation.with_context(**only).with_user(manager).search([])
        self.assertEqual(rows.company_id, self.company)
        self.assertFalse(rows.search([("id", "in", others.ids)]))

    def test_a_document_posted_since_is_told_as_such(self):
        invoice = self._invoice(self.north, "2026-03-10", (self.service, 1, 100))
        [row] = self._rows()
        self.assertEqual((row.difference, row.status), (100, "pending"))
        self.assertFalse(row.refresh_date, "never refreshed")
        self._refresh()
        self.env.cr.execute(
            "UPDATE account_move SET write_date = '2026-07-14' WHERE id = %s",
            [invoice.id],
        )
        self.assertEqual(self._rows().status, "equal")
        late = self._invoice(self.north, "2026-03-20", (self.service, 1, 30))
        [row] = self._rows()
        self.assertEqual((row.difference, row.status), (30, "pending"))
        # no document has changed, and yet the facts differ: nobody should see this
        self.env.cr.execute(
            "UPDATE account_move SET write_date = '2026-07-14' WHERE id = %s",
            [late.id],
        )
        self.assertEqual(self._rows().status, "different")
        self._refresh()
        self.assertEqual(self._rows().difference, 0)
        late.button_draft()
        [row] = self._rows()
        self.assertEqual((row.difference, row.status), (-30, "pending"))

    def test_archived_accounts_and_contacts_stay_counted(self):
        invoice = self._invoice(
            self.north, "2026-03-10", (self.service, 1, 100), post=False
        )
        invoice.invoice_line_ids.account_id = self.other_income
        invoice.action_post()
        self.other_income.active = False
        self.north.child_ids.action_archive()
        self.north.action_archive()
        self._refresh()
        [row] = self._rows()
        self.assertEqual((row.ledger_revenue, row.attributed_revenue), (100, 100))
        self._assert_opens_what_it_shows(row)

    def test_a_contact_without_entity_is_nobody(self):
        self._invoice(self.south, "2026-03-10", (self.service, 1, 100))
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET commercial_partner_id = NULL WHERE id = %s",
            [self.south.id],
        )
        self.env.invalidate_all()
        self._refresh()
        [row] = self._rows()
        self.assertEqual((row.no_customer_revenue, row.difference), (100, 0))
        self._assert_opens_what_it_shows(row)

    def test_opening_asks_for_the_right_to_accounting(self):
        self._invoice(self.north, "2026-03-10", (self.service, 1, 100))
        self._refresh()
        company = {
            "company_id": self.company.id,
            "company_ids": [Command.set(self.company.ids)],
        }
        group = "customer_centricity.group_manager"
        manager = new_test_user(self.env, "rec_manager", groups=group, **company)
        row = self._rows().with_context(allowed_company_ids=self.company.ids)
        row = row.with_user(manager)
        self.assertEqual(row.ledger_revenue, 100)
        row = row.with_context(customer_figure="ledger_revenue")
        with self.assertRaisesRegex(AccessError, "rights in accounting"):
            row.action_open_items()
        accountant = new_test_user(
            self.env,
            "rec_accountant",
            groups=f"{group},account.group_account_readonly",
            **company,
        )
        action = row.with_user(accountant).action_open_items()
        items = row.with_user(accountant).env[action["res_model"]]
        self.assertEqual(sum(items.search(action["domain"]).mapped("balance")), -100)
        with self.assertRaises(UserError):
            row.with_context(customer_figure="difference").action_open_items()
        salesman = new_test_user(
            self.env,
            "rec_salesman",
            groups="customer_centricity.group_user,account.group_account_readonly",
            **company,
        )
        with self.assertRaises(AccessError):
            row.with_user(salesman).action_open_items()

    def test_group_by_year(self):
        self._invoice(self.north, "2025-12-31", (self.service, 1, 5))
        self._invoice(self.north, "2026-03-10", (self.service, 1, 100))
        self._refresh()
        groups = self.Reconciliation._read_group(
            [("company_id", "=", self.company.id)],
            ["month:year"],
            ["ledger_revenue:sum", "difference:sum"],
        )
        self.assertEqual(groups, [(date(2025, 1, 1), 5, 0), (date(2026, 1, 1), 100, 0)])


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReconciliationOfAnything(ReconciliationCommon):
    def test_no_difference_whatever_the_documents(self):
        """Random documents of all kinds, on any account, of anybody."""
        dice = random.Random(4)
        receivable = self.company_data["default_account_receivable"]
        partners = self.north | self.south | self.north_contact
        tax = self.company_data["default_tax_sale"]
        self.company.account_discount_expense_allocation_id = self.expense
        accounts = self.income | self.other_income | self.liability | self.expense
        ledger, moves = {}, self.env["account.move"]
        for _number in range(40):
            kind = dice.choice(
                ["out_invoice"] * 4
                + ["out_refund", "out_receipt", "in_invoice", "in_refund", "entry"]
            )
            day = add(date(2026, 2, 1), days=dice.randrange(90))
            if kind == "entry":
                self._entry(day, dice.choice(accounts), dice.randint(1, 10**4) / 100)
                continue
            partner = dice.choice(partners)
            if kind == "out_receipt" and dice.random() < 0.5:
                partner = self.env["res.partner"]
            move = self._invoice(
                partner,
                day,
                *(
                    (
                        dice.choice(self.goods | self.service),
                        dice.choice([1, 2, 3]),
                        dice.randint(-2000, 10**4) / 100,
                    )
                    for _line in range(dice.randint(1, 4))
                ),
                move_type=kind,
                currency_id=dice.choice(
                    [self.company.currency_id, self.other_currency]
                ).id,
                post=False,
            )
            for line in move.invoice_line_ids:
                line.account_id = dice.choice(accounts)
                line.discount = dice.choice([0, 0, 10])
                line.tax_ids = tax if dice.random() < 0.3 else False
            if move.amount_total < 0:
                move.unlink()
                continue
            move.action_post()
            moves |= move
        for move in dice.sample(moves.sorted("id"), 5):
            move.button_draft()
        self._refresh()
        self.assertNotIn(receivable.account_type, ("income", "income_other"))
        for line in self.env["account.move.line"].search(
            [("company_id", "=", self.company.id), ("parent_state", "=", "posted")]
        ):
            if line.account_id.account_type.startswith("income"):
                start = line.date.replace(day=1)
                ledger[start] = ledger.get(start, 0) - line.balance
        rows = self._rows()
        self.assertEqual(len(rows), 3)
        for row in rows:
            self.assertEqual(row.difference, 0)
            self.assertAlmostEqual(row.ledger_revenue, ledger[row.month])
            self.assertAlmostEqual(
                row.ledger_revenue, sum(row[name] for name in EXPLANATIONS)
            )
            self._assert_opens_what_it_shows(row)
        for name in FIGURES:
            self.assertTrue(any(rows.mapped(name)), f"{name} was never tried")
