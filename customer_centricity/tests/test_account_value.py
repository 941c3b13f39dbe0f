from datetime import date

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, freeze_time, new_test_user, tagged
from odoo.tools import SQL
from odoo.tools.date_utils import relativedelta

from .common import TODAY, CustomerCentricityCommon

MODULE = "customer_centricity"
DAY = date.fromisoformat(TODAY)


class ValueCommon(CustomerCentricityCommon):
    @classmethod
    def _customer(cls, name):
        return cls.env["res.partner"].create({"name": name, "is_company": True})

    def _value_portfolio(self):
        """Value all accounts, or go on with those that are left."""
        parts = self.env["customer.account.observation"]
        if not parts.search([]):
            parts._forget(self.company)
            self.company.customer_refresh_cursor = 0
        while parts._observe_next(self.company):
            pass
        parts._learn(self.company)
        while parts._value_next(self.company):
            pass

    @classmethod
    def _orders(cls, partner, *days_ago, price=300, product=None, **vals):
        """Invoice one unit so many days ago, each; return the invoices."""
        line = (product or cls.service, 1, price)
        return cls._invoice_all(
            [
                cls._prepare_invoice_vals(
                    partner, (DAY - relativedelta(days=days)).isoformat(), line, **vals
                )
                for days in days_ago
            ]
        )

    @classmethod
    def _sell_to_a_crowd(cls):
        """Create a portfolio large enough to learn from: a crowd, and odd ones."""
        for number in range(12):
            partner = cls._customer(f"Crowd {number}")
            # gaps of 20 to 90 days that follow no calendar, for two years
            gaps = [20 + (37 * number + 23 * step**2) % 70 for step in range(12)]
            days, ago = [], 720 - number
            for gap in gaps:
                if ago > 0:
                    days.append(ago)
                ago -= gap
            cls._orders(partner, *days, price=200 + 10 * number)
        cls.steady = cls._customer("Steady")
        cls._orders(cls.steady, *range(10, 700, 30))
        cls.once = cls._customer("Once")
        cls._orders(cls.once, 60, price=80)
        cls.gone = cls._customer("Gone")
        cls._orders(cls.gone, *range(400, 740, 30))
        cls.new = cls._customer("New")
        cls._orders(cls.new, 50, 30, 8)
        cls.first = cls._customer("First of the Month")
        cls._orders(cls.first, 3)
        cls.winter = cls._customer("Winter")
        cls._orders(cls.winter, 200, 215, 240, 565, 580, 605)
        cls.credited = cls._customer("Credited")
        cls._orders(cls.credited, 90, price=40, move_type="out_refund")
        cls.costly = cls._customer("Costly")
        cls._timesheet("2026-03-10", 5, project=cls._create_project(cls.costly))
        cls.loser = cls._customer("Loser")
        cls._orders(cls.loser, *range(15, 700, 45), price=50, product=cls.goods)
        cls.Account._refresh(cls.company)

    def _explanation(self, partner):
        return self.env["customer.account.value"].search(
            [("account_id", "=", self._account(partner).id)]
        )


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestValueOfPortfolio(ValueCommon):
    """A portfolio large enough to learn from: a crowd, and odd ones."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._sell_to_a_crowd()

    def test_the_portfolio_is_learnt_from(self):
        model = self.env["customer.value.model"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertEqual(model.value_method, "probabilistic")
        self.assertIn(model.grade, ("good", "fair", "poor"))
        self.assertIn(str(model.holdout_days), model.reason)
        self.assertEqual(model.account_count, 21)
        self.assertLess(model.total_low, model.total)
        self.assertLess(model.total, model.total_high)
        accounts = self.Account.search([("company_id", "=", self.company.id)])
        self.assertAlmostEqual(
            sum(accounts.mapped("lifetime_value")), model.total, delta=0.5
        )

    def test_statuses(self):
        expected = {
            self.steady: ("regular", "contract"),
            self.once: ("single_purchase", "probabilistic"),
            self.gone: ("lapsed", "contract"),
            self.new: ("short_history", "probabilistic"),
            self.first: ("single_purchase", "probabilistic"),
            self.winter: ("seasonal", "contract"),
            self.credited: ("no_purchase", "plain"),
            self.costly: ("no_purchase", "plain"),
        }
        for partner, statuses in expected.items():
            account = self._account(partner)
            with self.subTest(partner=partner.name):
                self.assertEqual((account.value_status, account.value_method), statuses)

    def test_figures_are_sensible(self):
        value = {
            name: self._account(getattr(self, name)).lifetime_value
            for name in ("steady", "once", "gone", "new", "first", "winter", "loser")
        }
        # 12 orders a year for five years at 300, less those who may leave and interest
        self.assertGreater(value["steady"], 6000)
        self.assertLess(value["steady"], 18000)
        self.assertLess(value["gone"], 100)
        for name in ("once", "new", "first", "winter"):
            self.assertGreater(value[name], 0, name)
        self.assertLess(value["loser"], 0)
        # -40 credited; 5 hours at 40
        self.assertEqual(self._account(self.credited).lifetime_value, -40)
        self.assertEqual(self._account(self.costly).lifetime_value, -200)
        self.assertGreater(self._account(self.winter).probability_alive, 0.9)
        self.assertLess(self._account(self.gone).probability_alive, 0.2)

    def test_every_account_has_all_figures(self):
        for account in self.Account.search([("company_id", "=", self.company.id)]):
            with self.subTest(account=account.display_name):
                self.assertTrue(account.value_status)
                self.assertTrue(account.value_summary.endswith("."))
                self.assertLessEqual(account.lifetime_value_low, account.lifetime_value)
                self.assertLessEqual(
                    account.lifetime_value, account.lifetime_value_high
                )
                self.assertTrue(0 <= account.probability_alive <= 1)

    def test_the_value_is_explained(self):
        """The formula gives the value; own and portfolio give what was expected."""
        account = self._account(self.new)
        action = account.action_explain_value()
        value = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(value.account_id, account)
        self.assertEqual(value.value, account.lifetime_value)
        self.assertAlmostEqual(
            value.expected_orders * value.order_profit * value.discount,
            value.value,
            delta=0.01 * abs(value.value),
        )
        self.assertEqual((value.frequency, value.age), (2, 50))
        self.assertEqual((value.mean_gap, value.silence), (21, 8))
        self.assertEqual(value.own_order_value, 300)
        between = sorted((value.own_order_value, value.portfolio_order_value))
        self.assertTrue(between[0] <= value.order_value <= between[1])
        self.assertAlmostEqual(
            value.order_value,
            value.order_weight * value.own_order_value
            + (1 - value.order_weight) * value.portfolio_order_value,
            delta=0.01 * value.order_value,
        )

    def test_the_documents_behind_it(self):
        value = self._explanation(self.new)
        action = value.action_open_orders()
        moves = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(len(moves), 3)
        self.assertEqual(moves.commercial_partner_id, self.new)
        action = self._explanation(self.costly).action_open_timesheets()
        lines = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(sum(lines.mapped("unit_amount")), 5)
        months = value.action_open_months()
        self.assertEqual(months["domain"], [("account_id", "=", value.account_id.id)])

    def test_words(self):
        summary = self._account(self.once).value_summary
        self.assertRegex(summary, r"^Worth between .* and .* over 5 years; \d+% likely")
        self.assertIn("based on one order", summary)
        self.assertRegex(self._account(self.loser).value_summary, "^Loses between")
        self.assertIn("no orders", self._account(self.costly).value_summary)
        self.company.customer_value_months = 18
        self._account(self.once).invalidate_recordset()
        self.assertIn("over 18 months", self._account(self.once).value_summary)

    def test_refresh_again_changes_nothing(self):
        self.env.cr.execute("SELECT id, xmin::text FROM customer_account_value")
        before = dict(self.env.cr.fetchall())
        self._value_portfolio()
        self.env.cr.execute(
            "SELECT COUNT(*) FROM customer_account_value WHERE write_date > create_date"
        )
        self.assertEqual(self.env.cr.fetchone()[0], 0)
        self.assertEqual(
            len(before), self.env["customer.account.value"].search_count([])
        )

    def test_queries_do_not_grow_with_accounts(self):
        counts = []
        for more in (1, 2, 15):  # once, to have in memory what does not change
            for number in range(more):
                self._orders(self._customer(f"{number} more of {more}"), 100, 50)
            self.Month._rebuild(self.company)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._value_portfolio()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])

    def test_method_of_the_company(self):
        self.company.customer_value_method = "plain"
        self._refresh()
        model = self.env["customer.value.model"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertEqual((model.value_method, model.reason_code), ("plain", "asked"))
        account = self._account(self.steady)
        self.assertEqual(account.value_method, "plain")
        # 12 orders of 300 in the twelve closed months, for five years
        self.assertEqual(account.lifetime_value, account.profit * 5)

    def test_longer_needs_more_history(self):
        self.company.customer_minimum_months = 36
        self._refresh()
        model = self.env["customer.value.model"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertEqual(model.reason_code, "short_history")
        self.assertIn("36", model.reason)

    def test_discount(self):
        before = self._account(self.steady).lifetime_value
        self.company.customer_discount_rate = 0.5
        self._refresh()
        self.assertLess(self._account(self.steady).lifetime_value, 0.7 * before)


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestOwnValue(ValueCommon):
    """What people decide about one account."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._orders(cls.north, *range(20, 360, 30))
        cls._orders(cls.south, 40)
        cls.Account._refresh(cls.company)
        cls.manager = new_test_user(
            cls.env,
            "value_manager",
            groups=f"{MODULE}.group_manager",
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.company.ids)],
        )

    def test_few_customers_are_valued_by_the_plain_rule(self):
        model = self.env["customer.value.model"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertEqual(model.value_method, "plain")
        self.assertIn(model.reason_code, ("short_history", "insufficient_data"))
        account = self._account(self.south)
        self.assertEqual(account.value_status, "single_purchase")
        self.assertEqual(account.lifetime_value, 300)
        self.assertIn("by the plain rule", account.value_summary)

    def test_a_value_set_by_hand(self):
        account = self._account(self.north).with_user(self.manager)
        computed = account.lifetime_value
        with Form(account) as form:
            form.own_value_method = "typed"
            form.typed_value = 12345
            form.typed_value_reason = "Framework agreement signed"
            form.typed_value_end = "2026-12-31"
        self.assertEqual(account.lifetime_value, 12345)
        self.assertEqual(account.lifetime_value_low, 12345)
        self.assertEqual(account.value_status, "typed")
        self.assertIn("Framework agreement signed", account.value_summary)
        self._refresh()
        self.assertEqual(account.lifetime_value, 12345)
        # the computed value is kept beside it
        self.assertEqual(self._explanation(self.north).value, computed)
        with freeze_time("2027-01-01"):
            self._refresh()
            self.assertNotEqual(account.lifetime_value, 12345)
            self.assertNotEqual(account.value_status, "typed")

    def test_back_to_the_computed_value(self):
        account = self._account(self.north).with_user(self.manager)
        computed = account.lifetime_value
        account.write(
            {
                "own_value_method": "typed",
                "typed_value": 1,
                "typed_value_reason": "Try",
                "typed_value_end": "2026-12-31",
            }
        )
        account.own_value_method = False
        self.assertEqual(account.lifetime_value, computed)

    def _type_in(self, **vals):
        account = self._account(self.north).with_user(self.manager)
        account.write({"own_value_method": "typed", "typed_value": 5, **vals})

    def test_a_value_set_by_hand_needs_a_reason(self):
        with self.assertRaisesRegex(ValidationError, "North Hotel.*needs a reason"):
            self._type_in(typed_value_reason=" ", typed_value_end="2026-12-31")

    def test_a_value_set_by_hand_needs_an_end(self):
        with self.assertRaisesRegex(ValidationError, "North Hotel.*needs the day"):
            self._type_in(typed_value_reason="Because")

    def test_an_account_may_have_its_own_method(self):
        self.company.customer_value_method = "probabilistic"
        self._account(self.north).own_value_method = "plain"
        self._refresh()
        account = self._account(self.north)
        self.assertEqual(account.value_method, "plain")
        self.assertEqual(account.lifetime_value, account.profit * 5)
        self.assertEqual(self._account(self.south).value_method, "probabilistic")

    def test_the_chatter_tells_a_salesperson_no_value(self):
        account = self._account(self.north)
        account.with_user(self.manager).write(
            {
                "own_value_method": "typed",
                "typed_value": 54321,
                "typed_value_reason": "A secret",
                "typed_value_end": "2026-12-31",
            }
        )
        self._flush_tracking()
        seller = new_test_user(
            self.env,
            "value_seller",
            groups=f"{MODULE}.group_user",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        messages = account.with_user(seller).message_ids
        tracked = messages.sudo().tracking_value_ids
        for user, known in ((self.manager, True), (seller, False)):
            env = self.env(user=user, su=False)
            fields = tracked._filter_has_field_access(env).field_id.mapped("name")
            self.assertEqual("typed_value" in fields, known)
            self.assertEqual("typed_value_reason" in fields, known)
        bodies = "".join(messages.mapped("body"))
        self.assertNotIn("54", bodies)
        self.assertNotIn("A secret", bodies)

    def test_before_the_first_refresh(self):
        account = self.Account.create(
            {
                "partner_id": self._customer("Nobody").id,
                "company_id": self.company.id,
            }
        )
        self.assertFalse(account.value_summary)
        with self.assertRaisesRegex(UserError, "not been computed yet"):
            account.action_explain_value()

    def test_another_company_sees_nothing(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            "value_stranger",
            groups=f"{MODULE}.group_manager",
            company_id=elsewhere.id,
            company_ids=[(6, 0, elsewhere.ids)],
        )
        for name in ("customer.account.value", "customer.value.model"):
            self.assertFalse(self.env[name].with_user(stranger).search([]), name)


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestHistoryOfAccount(ValueCommon):
    """What counts as an order: the engine's own tests have the rules, here the SQL."""

    def _frame(self, company=None):
        values = self.env["customer.account.value"]
        company = company or self.company
        terms = values._get_terms(company)
        return values._read_frames(company, terms, SQL("TRUE"))[1]

    def test_a_credit_note_refers_to_its_invoice(self):
        invoice = self._orders(self.north, 60)
        reversal = invoice._reverse_moves([{"invoice_date": TODAY, "date": TODAY}])
        reversal.action_post()
        self._refresh()
        rows = self._frame().set_index("document")
        self.assertEqual(rows.loc[invoice.id, "amount"], 300)
        self.assertEqual(rows.loc[reversal.id, "amount"], -300)
        self.assertEqual(rows.loc[reversal.id, "reverses"], invoice.id)
        self.assertEqual(self._account(self.north).value_status, "no_purchase")

    def test_contacts_currencies_and_drafts(self):
        euro_rate = self.env["res.currency"].create(
            {"name": "QQQ", "symbol": "Q", "rounding": 0.01}
        )
        self.env["res.currency.rate"].create(
            {
                "name": "2026-01-01",
                "rate": 2.0,
                "currency_id": euro_rate.id,
                "company_id": self.company.id,
            }
        )
        self._orders(self.north, 30)
        self._orders(self.north_contact, 20, currency_id=euro_rate.id)
        day = (DAY - relativedelta(days=10)).isoformat()
        self._invoice(self.north, day, (self.service, 1, 300), post=False)
        self.Account._refresh(self.company)
        rows = self._frame()
        self.assertEqual(
            rows["account"].unique().tolist(), [self._account(self.north).id]
        )
        # 300 of a currency of which two make one of the company's
        self.assertEqual(sorted(rows["amount"]), [150, 300])

    def test_merged_accounts_keep_their_values(self):
        self._orders(self.north, *range(20, 360, 30))
        self._orders(self.south, 40)
        self.Account._refresh(self.company)
        total = sum(
            self._account(partner).lifetime_value for partner in self.north | self.south
        )
        self._account(self.south)._fold_into(self._account(self.north))
        self.assertEqual(self._account(self.north).lifetime_value, total)

    def test_no_customer_at_all(self):
        self._value_portfolio()
        model = self.env["customer.value.model"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertEqual((model.total, model.reason_code), (0, "no_purchases"))

    def test_two_companies_know_nothing_of_each_other(self):
        other = self._create_other_company()
        self._orders(self.north, 30)
        self.Account._refresh(self.company | other)
        self.assertEqual(len(self._frame()), 1)
        self.assertTrue(self._frame(other).empty)
