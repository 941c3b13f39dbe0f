import datetime

import psycopg2

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, new_test_user, tagged
from odoo.tools import SQL, mute_logger

from .common import TODAY, CustomerCentricityCommon


class CostRateCommon(CustomerCentricityCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Rate = cls.env["customer.cost.rate"]
        cls.invoices = cls.env.ref("customer_centricity.cost_driver_invoice")
        cls.lines = cls.env.ref("customer_centricity.cost_driver_invoice_line")
        cls.late_days = cls.env.ref("customer_centricity.cost_driver_late_day")
        cls.personal, cls.standard = cls.env["customer.service.level"].create(
            [{"name": "Personal"}, {"name": "Standard"}]
        )

    @classmethod
    def _rate(cls, driver, unit_cost, start=False, end=False, **vals):
        return cls.Rate.create(
            {
                "driver_id": driver.id,
                "unit_cost": unit_cost,
                "date_from": start,
                "date_to": end,
                "company_id": cls.company.id,
                **vals,
            }
        )

    def _rows(self, *names, company=None, start="2025-01-01", end="2028-01-01"):
        """Return the named columns of all rows, in order of date."""
        query = self.Rate._get_serving_query(
            company or self.company,
            datetime.date.fromisoformat(start),
            datetime.date.fromisoformat(end),
        )
        self.env.flush_all()
        rows = self.env.execute_query_dict(
            SQL("SELECT * FROM (%s) served ORDER BY date, res_id, rate_id", query)
        )
        return [tuple(row[name] for name in names) for row in rows]

    def _create_account(self, partner, level=None, company=None):
        return self.Account.create(
            {
                "partner_id": partner.id,
                "company_id": (company or self.company).id,
                "service_level_id": level and level.id,
            }
        )


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCostRate(CostRateCommon):
    """Which rate applies to whom and when; sums worked out by hand."""

    # ------------------------------------------------------------------
    # What it comes to
    # ------------------------------------------------------------------

    def test_without_rates(self):
        today = datetime.date.fromisoformat(TODAY)
        self.assertIsNone(self.Rate._get_serving_query(self.company, today, today))
        self._rate(self.invoices, 5).active = False
        self.assertIsNone(self.Rate._get_serving_query(self.company, today, today))

    def test_amounts(self):
        """An invoice of 2 lines: 4.50 + 2 x 0.75; 5 days late at 0.20."""
        rates = (
            self._rate(self.invoices, 4.5)
            | self._rate(self.lines, 0.75)
            | self._rate(self.late_days, 0.2)
        )
        invoice = self._invoice(
            self.north,
            "2026-03-01",
            (self.service, 1, 100),
            (self.goods, 1, 100),
            post=False,
        )
        invoice.invoice_payment_term_id = False
        invoice.invoice_date_due = "2026-07-10"
        invoice.action_post()
        products = invoice.invoice_line_ids
        due = invoice.line_ids.filtered("date_maturity")
        rows = self._rows(
            "partner_id",
            "company_id",
            "rate_id",
            "quantity",
            "unit_cost",
            "amount",
            "res_model",
            "res_id",
        )
        whom = (self.north.id, self.company.id)
        self.assertCountEqual(
            [tuple(map(_plain, row)) for row in rows],
            [
                (*whom, rates[0].id, 1, 4.5, 4.5, "account.move", invoice.id),
                (
                    *whom,
                    rates[1].id,
                    1,
                    0.75,
                    0.75,
                    "account.move.line",
                    products[0].id,
                ),
                (
                    *whom,
                    rates[1].id,
                    1,
                    0.75,
                    0.75,
                    "account.move.line",
                    products[1].id,
                ),
                (*whom, rates[2].id, 5, 0.2, 1, "account.move.line", due.id),
            ],
        )
        self.assertAlmostEqual(
            float(sum(amount for [amount] in self._rows("amount"))), 7
        )

    def test_amounts_are_rounded(self):
        """0.25 hours at 0.10 come to 0.025, rounded to cents 0.03."""
        extra = self.env.ref("customer_centricity.cost_driver_extra_hour")
        self._rate(extra, 0.1)
        self._timesheet("2026-03-10", 0.25)
        [(quantity, amount)] = self._rows("quantity", "amount")
        self.assertEqual((str(quantity), str(amount)), ("0.25", "0.03"))

    def test_valid_from_to(self):
        """4 until March, 5 in April, nothing in May, 6 from June on."""
        for date in (
            "2025-01-01",
            "2026-03-31",
            "2026-04-01",
            "2026-04-30",
            "2026-05-01",
            "2026-05-31",
            "2026-06-01",
            "2027-12-31",
        ):
            self._invoice(self.north, date, (self.service, 1, 1))
        self._rate(self.invoices, 4, end="2026-03-31")
        self._rate(self.invoices, 5, "2026-04-01", "2026-04-30")
        self._rate(self.invoices, 6, "2026-06-01")
        self.assertEqual(
            [
                (str(date), float(cost))
                for date, cost in self._rows("date", "unit_cost")
            ],
            [
                ("2025-01-01", 4),
                ("2026-03-31", 4),
                ("2026-04-01", 5),
                ("2026-04-30", 5),
                ("2026-06-01", 6),
                ("2027-12-31", 6),
            ],
        )

    def test_a_single_day(self):
        self._rate(self.invoices, 5, "2024-02-29", "2024-02-29")
        for date in ("2024-02-28", "2024-02-29", "2024-03-01"):
            self._invoice(self.north, date, (self.service, 1, 1))
        [[date]] = self._rows("date", start="2024-01-01", end="2025-01-01")
        self.assertEqual(str(date), "2024-02-29")

    def test_the_rate_of_a_level_replaces_the_general_one(self):
        """Personal: 9 instead of 4, but only in April."""
        no_account = self.partner_a
        for partner in (self.north, self.south, self.partner_b, no_account):
            self._invoice(partner, "2026-03-10", (self.service, 1, 1))
            self._invoice(partner, "2026-04-10", (self.service, 1, 1))
        self._create_account(self.north, self.personal)
        self._create_account(self.south, self.standard)
        self._create_account(self.partner_b)
        self._rate(self.invoices, 4)
        self._rate(
            self.invoices,
            9,
            "2026-04-01",
            "2026-04-30",
            service_level_id=self.personal.id,
        )
        costs = {
            (partner, date.month): float(cost)
            for partner, date, cost in self._rows("partner_id", "date", "unit_cost")
        }
        everybody = (self.north, self.south, self.partner_b, no_account)
        expected = {
            (partner.id, number): 4 for partner in everybody for number in (3, 4)
        }
        self.assertEqual(costs, {**expected, (self.north.id, 4): 9})
        # A level served for nothing
        self._rate(self.invoices, 0, "2026-03-01", service_level_id=self.standard.id)
        [cost] = {
            cost
            for partner, cost in self._rows("partner_id", "unit_cost")
            if partner == self.south.id
        }
        self.assertEqual(cost, 0)

    def test_only_a_rate_of_a_level(self):
        """Without a general rate the other levels cost nothing."""
        self._rate(self.invoices, 9, service_level_id=self.personal.id)
        self._create_account(self.north, self.personal)
        for partner in (self.north, self.south):
            self._invoice(partner, "2026-03-10", (self.service, 1, 1))
        self.assertEqual(self._rows("partner_id"), [(self.north.id,)])

    def test_rates_of_unknown_drivers_cost_nothing(self):
        """A driver whose app is gone must not stop the rest."""
        self._rate(self.invoices, 4)
        self._rate(self.lines, 1)
        self._invoice(self.north, "2026-03-10", (self.service, 1, 1))
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE customer_cost_driver SET code = 'gone' WHERE id = %s",
                self.lines.id,
            )
        )
        self.env.invalidate_all()
        self.assertEqual(self._rows("unit_cost"), [(4,)])

    def test_what_time_changes(self):
        """Who is late goes on being late without any document that changes."""

        def ageing(since):
            query = self.Rate._get_ageing_partners(
                self.company, datetime.date.fromisoformat(since)
            )
            return query and {partner for [partner] in self.env.execute_query(query)}

        late = self._invoice(self.north, "2026-06-01", (self.service, 1, 100))
        self._invoice(self.south, "2026-07-14", (self.service, 1, 100))
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE account_move_line SET date_maturity = '2026-06-10'"
                " WHERE date_maturity IS NOT NULL AND move_id = %s",
                late.id,
            )
        )
        self.env.invalidate_all()
        self._rate(self.invoices, 4)
        self.assertIsNone(ageing("2026-07-14"))
        self._rate(self.late_days, 1)
        self.assertEqual(ageing("2026-07-14"), {self.north.id})
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=late.ids
        ).create({"payment_date": "2026-07-13"})._create_payments()
        self.env.flush_all()
        self.assertEqual(ageing("2026-07-12"), {self.north.id})
        self.assertEqual(ageing("2026-07-14"), set())

    def test_the_signature_tells_when_to_compute_anew(self):
        def signature():
            return self.Rate._get_signature(self.company)

        seen = [signature()]
        self.personal.included_hours = 3
        self.assertEqual(signature(), seen[0], "without rates hours cost nothing")
        rate = self._rate(self.invoices, 4)
        seen.append(signature())
        rate.note = "Postage and ten minutes"
        self.assertEqual(signature(), seen[1])
        for change in (
            {"unit_cost": 5},
            {"date_from": "2026-01-01"},
            {"service_level_id": self.personal.id},
            {"driver_id": self.lines.id},
        ):
            rate.write(change)
            seen.append(signature())
        self.personal.included_hours = 4
        seen.append(signature())
        rate.active = False
        self.assertEqual(signature(), seen[0])
        self.assertEqual(len(set(seen)), len(seen))

    # ------------------------------------------------------------------
    # What is refused
    # ------------------------------------------------------------------

    def test_overlapping_rates_are_refused(self):
        march = self._rate(self.invoices, 4, "2026-03-01", "2026-03-31", name="By post")
        for start, end in (
            (False, False),
            (False, "2026-03-01"),
            ("2026-03-31", False),
            ("2026-03-10", "2026-03-10"),
            ("2026-02-01", "2026-04-30"),
        ):
            with (
                self.subTest(start=start, end=end),
                self.assertRaisesRegex(ValidationError, "“By post”.*every service lev"),
                self.cr.savepoint(),
            ):
                self._rate(self.invoices, 5, start, end)
        self._rate(self.invoices, 5, end="2026-02-28")
        later = self._rate(self.invoices, 6, "2026-04-01")
        with (
            self.assertRaisesRegex(ValidationError, "By post.*03/01/2026 to 03/31"),
            self.cr.savepoint(),
        ):
            later.date_from = "2026-03-31"
        later.date_from = "2026-04-01"
        march.active = False
        later.date_from = "2026-03-01"
        with self.assertRaisesRegex(ValidationError, "would both be valid"):
            march.active = True

    def test_two_overlapping_at_once(self):
        vals = {
            "driver_id": self.invoices.id,
            "unit_cost": 1,
            "company_id": self.company.id,
        }
        with self.assertRaisesRegex(ValidationError, "at any time.*at any time"):
            self.Rate.create([vals, vals])

    def test_unusable_values_are_refused(self):
        nan, infinity = float("nan"), float("inf")
        rate = self._rate(self.invoices, 1)
        for cost in (-1, -0.01, 1e308, nan, infinity):
            with (
                self.subTest(cost=cost),
                self.assertRaisesRegex(ValidationError, "an amount of 0 or more"),
            ):
                self._rate(self.lines, cost)
            with (
                self.subTest(cost=cost),
                self.assertRaisesRegex(ValidationError, "an amount of 0 or more"),
            ):
                rate.unit_cost = cost
        self.assertEqual(rate.unit_cost, 1)
        for name in ("name", "note"):
            with self.assertRaisesRegex(ValidationError, "character that is none"):
                rate.write({name: "By\0post"})
        rate.unlink()
        for vals in (
            {"date_from": "2026-03-02", "date_to": "2026-03-01"},
            {"date_from": "9999-12-31", "date_to": "0001-01-01"},
        ):
            with (
                self.subTest(vals=vals),
                self.assertRaises(psycopg2.errors.CheckViolation),
                mute_logger("odoo.sql_db"),
                self.cr.savepoint(),
            ):
                self._rate(self.invoices, **{"unit_cost": 1, **vals})
                self.env.flush_all()
        for vals in ({"driver_id": False}, {"company_id": False}):
            with (
                self.subTest(vals=vals),
                self.assertRaises(psycopg2.errors.NotNullViolation),
                mute_logger("odoo.sql_db"),
                self.cr.savepoint(),
            ):
                self._rate(self.invoices, 1, **vals)
                self.env.flush_all()
        self.assertFalse(self.Rate.search([("company_id", "=", self.company.id)]))

    def test_odd_but_usable_values(self):
        self._invoice(self.north, "2026-03-10", (self.service, 1, 1))
        texts = (
            "💸",
            "مرحبا",
            "<script>alert(1)</script>",
            "%s %(x)s {0} {}",
            "x" * 10000,
        )
        for text in texts:
            with self.subTest(text=text[:20]):
                rate = self._rate(self.invoices, 4, name=text, note=text)
                self.assertEqual([float(c) for [c] in self._rows("unit_cost")], [4])
                with (
                    self.assertRaises(ValidationError) as refused,
                    self.cr.savepoint(),
                ):
                    self._rate(self.invoices, 5)
                self.assertIn(text, str(refused.exception))
                rate.unlink()
        self._rate(self.invoices, 1234567890123, "0001-01-01", "9999-12-31")
        [[amount]] = self._rows("amount", start="0001-01-01", end="9999-12-31")
        self.assertEqual(amount, 1234567890123)

    # ------------------------------------------------------------------
    # People
    # ------------------------------------------------------------------

    def test_the_form(self):
        """A name is proposed, and one that people chose stays."""
        form = Form(self.Rate)
        form.driver_id = self.invoices
        self.assertEqual(form.name, "Invoices")
        self.assertEqual(form.driver_unit, "invoice")
        form.driver_id = self.lines
        self.assertEqual(form.name, "Invoice Lines")
        form.name = "Checking"
        form.driver_id = self.invoices
        form.unit_cost = 3
        rate = form.save()
        self.assertEqual((rate.name, rate.unit_cost), ("Checking", 3))
        self.assertEqual(rate.currency_id, self.env.company.currency_id)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCostRateCompanies(CostRateCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_other_company()
        cls.branch = cls._create_branch()
        cls.Rate = cls.env[cls.Rate._name]

    def test_the_level_of_another_company_does_not_matter(self):
        self._create_account(self.north, self.personal, company=self.other)
        self._rate(self.invoices, 4)
        self._rate(self.invoices, 9, service_level_id=self.personal.id)
        self._invoice(self.north, "2026-03-10", (self.service, 1, 1))
        self.assertEqual([float(cost) for [cost] in self._rows("unit_cost")], [4])

    def test_companies_apart(self):
        self._rate(self.invoices, 4)
        today = datetime.date.fromisoformat(TODAY)
        self.assertIsNone(self.Rate._get_serving_query(self.other, today, today))
        self._rate(self.invoices, 7, company_id=self.other.id)
        for company in (self.company, self.other):
            self._invoice(
                self.north, "2026-03-10", (self.service, 1, 1), company_id=company.id
            )
        for company, cost in ((self.company, 4), (self.other, 7)):
            [row] = self._rows("company_id", "unit_cost", company=company)
            self.assertEqual(row, (company.id, cost))

    def test_branches(self):
        """A branch uses its company's rates until it has its own, for April 6."""
        self._rate(self.invoices, 4)
        self._rate(self.invoices, 9, service_level_id=self.personal.id)
        self._rate(
            self.invoices, 6, "2026-04-01", "2026-04-30", company_id=self.branch.id
        )
        self._create_account(self.north, self.personal, company=self.branch)
        for partner in (self.north, self.south):
            for date in ("2026-03-31", "2026-04-01", "2026-05-01"):
                self._invoice(
                    partner, date, (self.service, 1, 1), company_id=self.branch.id
                )
        self._invoice(self.south, "2026-04-01", (self.service, 1, 1))
        costs = {
            (partner, date.month): float(cost)
            for partner, date, cost in self._rows(
                "partner_id", "date", "unit_cost", company=self.branch
            )
        }
        north, south = self.north.id, self.south.id
        self.assertEqual(
            costs,
            {
                (north, 3): 9,
                (north, 4): 6,
                (north, 5): 9,
                (south, 3): 4,
                (south, 4): 6,
                (south, 5): 4,
            },
        )
        [row] = self._rows("partner_id", "unit_cost")
        self.assertEqual(row, (south, 4), "the company knows nothing of its branch's")

    def test_others_are_not_in_the_way(self):
        """Another driver, level or company; an archived one."""
        self._rate(self.invoices, 4)
        self._rate(self.lines, 4)
        self._rate(self.invoices, 4, service_level_id=self.personal.id)
        self._rate(self.invoices, 4, service_level_id=self.standard.id)
        self._rate(self.invoices, 4, company_id=self.branch.id)
        self._rate(self.invoices, 4, active=False)

    def test_a_level_of_another_company_is_refused(self):
        theirs = self.env["customer.service.level"].create(
            {"name": "Theirs", "company_id": self.other.id}
        )
        with self.assertRaises(UserError):
            self._rate(self.invoices, 4, service_level_id=theirs.id)

    def test_branches_read_and_do_not_change_their_company_s(self):
        user = new_test_user(
            self.env,
            "rate_branch",
            groups="customer_centricity.group_administrator",
            company_id=self.branch.id,
            company_ids=[Command.set(self.branch.ids)],
        )
        rate = self._rate(self.invoices, 4).with_user(user)
        rate = rate.with_context(allowed_company_ids=self.branch.ids)
        self.assertEqual(rate.unit_cost, 4)
        with self.assertRaises(AccessError):
            rate.write({"unit_cost": 5})
        own = rate.create(
            {
                "driver_id": self.invoices.id,
                "unit_cost": 5,
                "company_id": self.branch.id,
            }
        )
        self.assertEqual(own.company_id, self.branch)
        theirs = self._rate(self.invoices, 8, company_id=self.other.id)
        self.assertNotIn(theirs.id, own.search([]).ids)
        with self.assertRaises(AccessError):
            theirs.with_user(user).read(["unit_cost"])


def _plain(value):
    return value if isinstance(value, str) else float(value)
