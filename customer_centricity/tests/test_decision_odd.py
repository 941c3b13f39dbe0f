from random import Random

from odoo.tests import freeze_time, tagged

from .common import TODAY
from .common_decision import DecisionCommon

ODD = {
    "revenue": (0, -500, 4000, 12345),
    "product_cost": (0, 1200, -300),
    "time_cost": (0, 4000, 999, -50),
    "other_cost": (0, 700, -80),
    "serving_cost": (0, 260, -10),
    "hours": (0, 100, 0.25, -3),
    "order_count": (0, 1, 24),
    "lifetime_value": (0, -6000, 8000),
    "cost_estimated_rate": (0, 0.1, 0.9),
    "uncosted_revenue": (0, 600),
    "uncosted_hours": (0, 60),
}
COSTS = ("product_cost", "time_cost", "other_cost", "serving_cost")
# Of the lifetime value: none yet, of the model, typed in place of it, typed alone
ORIGINS = ((False, False), (True, False), (True, True), (False, True))
RATES = (
    "acceptance_rate",
    "hours_saved_rate",
    "cost_kept_rate",
    "serving_saved_rate",
    "other_saved_rate",
    "commission_rate",
)


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestDecisionOdd(DecisionCommon):
    """What would come of options of accounts that are not as others are.

    Figures of a company whose window is a year, and of one with half a year and a
    currency without decimals.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_other_company()
        cls.company = cls.company.with_env(cls.env)
        cls.Decision = cls.Decision.with_env(cls.env)
        cls.other.write(
            {
                "customer_window_months": 6,
                "customer_value_months": 36,
                "currency_id": cls.env["res.currency"]
                .create({"name": "XWH", "symbol": "W", "rounding": 1})
                .id,
            }
        )
        cls.levels = cls.env["customer.service.level"].search(
            [("company_id", "=", False)]
        )

    @classmethod
    def _create_accounts(cls, company, *rows):
        """Create accounts with these figures; all others are nothing."""
        partners = cls.env["res.partner"].create(
            [{"name": f"Odd {number}"} for number in range(len(rows))]
        )
        accounts = cls.Account.create(
            [
                {"partner_id": partner.id, "company_id": company.id}
                for partner in partners
            ]
        )
        for account, figures in zip(accounts, rows, strict=True):
            costs = sum(figures.get(name, 0) for name in COSTS)
            account.write({"profit": figures.get("revenue", 0) - costs, **figures})
        cls.env.flush_all()
        return accounts

    @classmethod
    def _value(cls, account, orders, discount):
        """Say how many orders are expected of an account, as a refresh would."""
        cls.env["customer.account.value"].create(
            {
                "account_id": account.id,
                "expected_orders": orders,
                "discount": discount,
            }
        )
        account.write({"value_method": "plain", "value_status": "plain"})

    @classmethod
    def _option(cls, decision, kind):
        return decision.option_ids.filtered(lambda option: option.kind == kind)

    # ------------------------------------------------------------------
    # By hand
    # ------------------------------------------------------------------

    def test_never_valued(self):
        """A loss of 1,200 is worth that, once, and a price of 10% 400 more."""
        [account] = self._create_accounts(
            self.company,
            {"revenue": 4000, "time_cost": 5200, "hours": 100, "order_count": 4},
        )
        self.assertFalse(account.value_status)
        decision = self._propose(account)
        self.assertEqual(self._option(decision, "mend").expected_value, -1200)
        reprice = self._option(decision, "reprice")
        reprice.write({"acceptance_rate": 1, "switch_cost": 100})
        self.assertEqual(reprice.expected_value, -900)
        self.assertEqual(reprice.value_gain, 300)

    def test_a_value_set_by_hand(self):
        """It stays where nothing changes, and a year more or less counts five times."""
        [account] = self._create_accounts(
            self.company,
            {
                "revenue": 4000,
                "time_cost": 5200,
                "hours": 100,
                "order_count": 4,
                "lifetime_value": 500,
            },
        )
        self._value(account, 20, 1)
        account.write({"value_method": "typed", "value_status": "typed"})
        decision = self._propose(account)
        mend = self._option(decision, "mend")
        self.assertEqual((mend.expected_value, mend.value_gain), (500, 0))
        reprice = self._option(decision, "reprice")
        reprice.write({"acceptance_rate": 1, "switch_cost": 0})
        self.assertEqual(reprice.expected_value, 2500)

    def test_more_was_credited_than_sold(self):
        [account] = self._create_accounts(
            self.company, {"revenue": -500, "product_cost": -300, "order_count": 1}
        )
        decision = self._propose(account)
        for kind in ("reprice", "subcontract"):
            option = self._option(decision, kind)
            self.assertEqual(option.blocked, "revenue", kind)
            self.assertIn("as much credited again", option.blocked_reason)
        # no price raises what was credited
        self.assertEqual(self._option(decision, "reprice").basis["staying"], -200)
        # the other company bears what it buys, and takes back what it returns
        self.assertIn(
            "300 more for what it buys",
            self._option(decision, "subcontract").explanation,
        )
        self.assertEqual(self._option(decision, "reduce_cost").blocked, "costs")
        self.assertTrue(decision.option_id)

    def test_a_currency_without_decimals(self):
        """Hours at 333.33: four of them are 1,333 for the switch, and one and a half
        times one 500.
        """
        rung = self.env.ref("customer_centricity.decision_rung_reprice")
        rung.write({"hour_price_rate": 1.5, "switch_hours": 4})
        [account] = self._create_accounts(
            self.other,
            {"revenue": 5000, "time_cost": 10000, "hours": 30, "order_count": 1},
        )
        decision = self._propose(account)
        reprice = self._option(decision, "reprice")
        self.assertEqual((reprice.hour_price, reprice.switch_cost), (500, 1333))
        # 5,000 and 10,000 in half a year: -10,000 in one, and 60 hours; 1,000 and
        # 30,000 more, if it stays
        self.assertEqual(decision.stake_amount, 10000)
        self.assertEqual(reprice.basis["staying"], 21000)
        self.assertNotIn(".00", reprice.explanation)

    def test_nothing_at_all(self):
        [account] = self._create_accounts(self.company, {})
        decision = self._propose(account)
        self.assertEqual(decision.option_id.kind, "mend")
        for option in decision.option_ids:
            with self.subTest(kind=option.kind):
                self.assertEqual(
                    (option.expected_profit, option.expected_value), (0, 0)
                )
                self.assertIn(
                    "Expected of a year: neither profit nor loss, as it is.",
                    option.explanation,
                )

    # ------------------------------------------------------------------
    # Any accounts, by a slow and obvious computation
    # ------------------------------------------------------------------

    def test_any_accounts(self):
        chance = Random(20260715)
        for company in (self.company, self.other):
            accounts = self._create_accounts(
                company,
                *(
                    {name: chance.choice(values) for name, values in ODD.items()}
                    for _number in range(16)
                ),
            )
            for number, account in enumerate(accounts):
                is_valued, is_typed = ORIGINS[number % len(ORIGINS)]
                if is_valued:
                    self._value(
                        account, chance.choice((0, 0.5, 90)), chance.choice((0.8, 1))
                    )
                if is_typed:
                    account.write({"value_method": "typed", "value_status": "typed"})
                account.service_level_id = chance.choice((False, *self.levels))
            decisions = self._propose(accounts)
            for decision in decisions:
                decision.advocacy_value = chance.choice((0, 0, 300))
                for option in decision.option_ids:
                    option.write(self._draw_assumptions(chance))
            decisions.option_ids._evaluate()
            for decision in decisions:
                with self.subTest(company=company.name, case=decision.display_name):
                    self._check(decision)

    def _draw_assumptions(self, chance):
        return {
            **{name: chance.choice((0, 0.3, 0.55, 1)) for name in RATES},
            "price_rate": chance.choice((-0.2, 0, 0.1, 2)),
            "included_hours": chance.choice((0, 2, 5)),
            "hour_price": chance.choice((0, 40)),
            "switch_cost": chance.choice((0, 160)),
        }

    def _check(self, decision):
        expected = {option: self._work_out(option) for option in decision.option_ids}
        half = decision.currency_id.rounding / 2 + 1e-6
        for option, figures in expected.items():
            for name, amount in figures.items():
                self.assertAlmostEqual(option[name], amount, delta=half, msg=name)
            for strange in ("nan", "inf", "None", "False", "%("):
                self.assertNotIn(strange, option.explanation)
            self.assertEqual(option.is_possible, not option.blocked_reason)
        self.assertEqual(
            decision.option_ids.filtered("is_best"), self._find_best(decision, expected)
        )

    def _work_out(self, option):
        """Return what an option comes to, step by step as in the documentation."""
        account = option.decision_id.account_id
        a_year = 12 / account.company_id.customer_window_months
        revenue, product, time, other, serving, hours = (
            account[name] * a_year for name in ("revenue", *COSTS, "hours")
        )
        profit = revenue - product - time - other - serving
        # how many years of profit the value holds
        orders_a_year = max(account.order_count, 1) * a_year
        row = self.env["customer.account.value"].search(
            [("account_id", "=", account.id)]
        )
        expected = row.expected_orders * row.discount
        if not row:
            expected = max(account.order_count, 1)
        horizon = account.company_id.customer_value_months / 12
        years = min(expected / orders_a_year, horizon)
        value = account.lifetime_value if account.value_status else profit * years
        # if it stays
        sold = revenue
        if revenue > 0:
            sold = revenue + revenue * option.price_rate
        if option.kind == "subcontract":
            sold, product = sold * option.commission_rate, 0
        saved = option.hours_saved_rate
        if time > 0:
            time_then = time - time * saved + time * saved * option.cost_kept_rate
        else:
            time_then = time
        if serving > 0:
            serving = serving * (1 - option.serving_saved_rate)
        if other > 0:
            other = other * (1 - option.other_saved_rate)
        beyond = hours * (1 - saved) - 12 * option.included_hours
        charged = beyond * option.hour_price if beyond > 0 else 0
        staying = sold - product - time_then - other - serving + charged
        # if it leaves
        leaving = -option.decision_id.advocacy_value
        if time > 0:
            leaving -= option.cost_kept_rate * time
        # some stay
        stay = option.acceptance_rate
        expected_profit = stay * staying + (1 - stay) * leaving
        expected_value = (
            stay * (value + years * (staying - profit))
            + (1 - stay) * years * leaving
            - option.switch_cost
        )
        return {
            "expected_profit": expected_profit,
            "expected_value": expected_value,
            "profit_gain": expected_profit - profit,
            "value_gain": expected_value - value,
        }

    def _find_best(self, decision, expected):
        account, options = decision.account_id, decision.option_ids
        possible = options.browse()
        for option in options:
            if option.kind in ("reprice", "subcontract"):
                can = account.revenue > 0
            elif option.kind == "reduce_cost":
                can = any(account[name] > 0 for name in COSTS[1:])
            else:
                can = option.kind == "mend"
            if option.kind in ("change_level", "subcontract", "end"):
                can = bool(option.service_level_id) and (
                    option.kind != "subcontract" or can
                )
            # mending is always possible here, and comes before the end
            if can and option.kind != "end":
                possible += option
        self.assertEqual(possible, options.filtered("is_possible"))
        doubts = [account.cost_estimated_rate]
        if account.revenue > 0:
            doubts.append(account.uncosted_revenue / account.revenue)
        if account.hours > 0:
            doubts.append(account.uncosted_hours / account.hours)
        if max(doubts) > account.company_id.customer_decision_estimated_limit:
            return possible.filtered(lambda option: option.kind == "mend")
        most = max(expected[option]["value_gain"] for option in possible)
        enough = most - 0.05 * abs(most)
        return possible.filtered(
            lambda option: expected[option]["value_gain"] >= enough
        ).sorted("sequence")[:1]
