from datetime import date

import psycopg2

from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.customer_centricity.models.customer_account_guard import GUARDS

from .common import TODAY
from .common_loss import LossCommon


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestDecisionGuard(LossCommon):
    def _guards(self, account):
        self.env.flush_all()
        return account._get_decision_guards()[account.id]

    def _codes(self, account):
        return [*self._guards(account)]

    def test_nothing_speaks_against_a_lasting_loss(self):
        self.assertEqual(self._codes(self._loser()), [])

    def test_a_protected_account(self):
        self.assertEqual(self._codes(self._loser(is_protected=True)), ["protected"])

    # ------------------------------------------------------------------
    # History
    # ------------------------------------------------------------------

    def test_so_many_months_of_history(self):
        self.company.write(
            {"customer_decision_periods": 1, "customer_decision_period_months": 3}
        )
        # the default is six: five closed months are too few, six are enough
        self.assertEqual(self._codes(self._loser(months=5)), ["short_history"])
        self.assertEqual(self._codes(self._loser(months=6)), [])
        self.company.customer_decision_minimum_months = 7
        self.assertEqual(self._codes(self._loser(months=6)), ["short_history"])
        self.company.customer_decision_minimum_months = 0
        self.assertEqual(self._codes(self._loser(months=3)), [])

    def test_without_any_figures(self):
        self.assertEqual(
            self._codes(self._loser(months=0)), ["short_history", "single_period"]
        )

    def test_the_month_that_is_not_over_is_no_history(self):
        account = self._loser(months=0)
        self._add_months(account, 0, 0)
        self.assertIn("short_history", self._codes(account))

    def test_new_accounts_are_spared(self):
        for stage in ("prospect", "new"):
            account = self._loser(lifecycle_stage=stage)
            self.assertEqual(self._codes(account), ["new_account"], stage)
        self.company.customer_decision_spare_new = False
        self.assertEqual(self._codes(account), [])
        for stage in ("growing", "at_risk", "lost", "won_back", False):
            self.company.customer_decision_spare_new = True
            account = self._loser(lifecycle_stage=stage)
            self.assertEqual(self._codes(account), [], stage)

    # ------------------------------------------------------------------
    # A habit
    # ------------------------------------------------------------------

    def test_one_bad_period_is_no_habit(self):
        # January to June 2026 at a loss, July to December 2025 not
        account = self._loser(months=6)
        self._add_months(account, 7, 24, profit=50)
        guards = self._guards(account)
        self.assertEqual([*guards], ["single_period"])
        self.assertIn("1 of the last 2 periods of 6 months", guards["single_period"])
        self.company.customer_decision_periods = 1
        self.assertEqual(self._codes(account), [])

    def test_one_bad_project_in_each_period_is_a_habit(self):
        account = self._loser(months=0)
        for back in range(1, 13):
            # in May 2026 and in November 2025
            bad = back in (2, 8)
            self._add_months(account, back, back, profit=-1000 if bad else 20)
        # each period: 5 x 20 - 1,000 = -900
        self.assertEqual(self._codes(account), [])
        # in periods of three months: April to June 2026 -960, January to March +60
        self.company.customer_decision_period_months = 3
        self.assertEqual(self._codes(account), ["single_period"])

    def test_periods_end_with_the_last_closed_month(self):
        account = self._loser(months=0)
        self._add_months(account, 0, 0, profit=-5000)
        self._add_months(account, 1, 12, profit=10)
        self.assertEqual(self._codes(account), ["single_period"])
        # the figures are those of the window, whenever the last refresh was
        self.company.customer_window_end = date(2026, 8, 1)
        self.assertIn("1 of the last 2 periods", self._guards(account)["single_period"])

    def test_breaking_even_is_no_loss(self):
        # 2% of the revenue on either side is break-even
        self.assertEqual(
            self._codes(self._loser(revenue=100, profit=-2)), ["single_period"]
        )
        self.assertEqual(self._codes(self._loser(revenue=100, profit=-3)), [])

    def test_costs_without_revenue_are_a_loss(self):
        self.assertEqual(self._codes(self._loser(revenue=0, profit=-5)), [])

    # ------------------------------------------------------------------
    # Costs that nobody knows
    # ------------------------------------------------------------------

    def test_estimated_costs(self):
        self.assertEqual(self._codes(self._loser(cost_estimated_rate=0.3)), [])
        guards = self._guards(self._loser(cost_estimated_rate=0.31))
        self.assertEqual([*guards], ["costs_estimated"])
        self.assertEqual(GUARDS["costs_estimated"], ("apply",))
        self.assertIn("30%", guards["costs_estimated"])
        self.company.customer_decision_estimated_limit = 0.5
        self.assertEqual(self._codes(self._loser(cost_estimated_rate=0.31)), [])

    def test_missing_costs(self):
        # 400 of a revenue of 1,200 without a cost is a third
        self.assertEqual(
            self._codes(self._loser(uncosted_revenue=400)), ["costs_estimated"]
        )
        self.assertEqual(self._codes(self._loser(uncosted_revenue=300)), [])
        self.assertEqual(
            self._codes(self._loser(hours=10, uncosted_hours=4)), ["costs_estimated"]
        )
        self.assertEqual(self._codes(self._loser(hours=10, uncosted_hours=3)), [])

    def test_missing_costs_of_an_account_that_was_credited_more(self):
        account = self._loser(revenue=-10, profit=-50, uncosted_revenue=-20)
        self.assertEqual(self._codes(account), [])

    # ------------------------------------------------------------------
    # What it brings besides money
    # ------------------------------------------------------------------

    def _exchange(self, kind, points, **subject):
        exchange = self.env["customer.value.exchange"].create(
            {
                "company_id": self.company.id,
                "user_id": self.manager.id,
                "line_ids": [
                    (0, 0, {"name": "Care", "direction": "give", "need": "Calm"}),
                    (
                        0,
                        0,
                        {
                            "name": "Sends us friends",
                            "direction": "get",
                            "kind": kind,
                            "typed_score": points,
                        },
                    ),
                ],
                **subject,
            }
        )
        exchange.action_put_in_force()
        return exchange

    def test_who_speaks_well_of_us(self):
        account = self._loser()
        self._exchange("referral", 9, account_id=account.id)
        guards = self._guards(account)
        self.assertEqual([*guards], ["advocates"])
        self.assertEqual(GUARDS["advocates"], ("apply",))
        self.assertIn("Sends us friends", guards["advocates"])

    def test_whose_group_speaks_well_of_us(self):
        group = self.env["customer.group"].create({"name": "Hotels"})
        self._exchange("advocacy", 9, group_id=group.id)
        self.assertEqual(self._codes(self._loser(group_id=group.id)), ["advocates"])
        self.assertEqual(self._codes(self._loser()), [])

    def test_whose_contacts_recommend_us(self):
        account = self._loser(voice="promoter", promoter_count=3, nps_answer_count=4)
        guards = self._guards(account)
        self.assertEqual([*guards], ["advocates"])
        self.assertEqual(
            guards["advocates"], "3 of the 4 contacts who answered recommend us."
        )
        self._exchange("referral", 9, account_id=account.id)
        text = self._guards(account)["advocates"]
        self.assertIn("Sends us friends", text)
        self.assertIn("3 of the 4", text)

    def test_whose_contacts_are_unhappy(self):
        account = self._loser(voice="detractor", detractor_count=1, nps_answer_count=2)
        guards = self._guards(account)
        self.assertEqual([*guards], ["detractors"])
        self.assertEqual(GUARDS["detractors"], ("apply",))
        self.assertIn("1 of the 2", guards["detractors"])
        for voice in ("passive", "silent"):
            self.assertEqual(self._codes(self._loser(voice=voice)), [], voice)

    def test_what_is_weak_or_money_is_no_guard(self):
        for kind, points in (("referral", 3), ("money", 9), ("steadiness", 9)):
            account = self._loser()
            self._exchange(kind, points, account_id=account.id)
            self.assertEqual(self._codes(account), [], (kind, points))

    # ------------------------------------------------------------------
    # Decisions
    # ------------------------------------------------------------------

    def _case(self, account, state, day):
        case = self.Decision.create({"account_id": account.id, "reason": "Loss"})
        self._put_in_state(case, state, day)
        return case

    def test_an_open_case(self):
        for state in ("proposed", "approved", "applied"):
            account = self._loser()
            self._case(account, state, "2024-01-01")
            self.assertEqual(self._codes(account), ["open_decision"], state)

    def test_a_pause_after_each_decision(self):
        for state in ("reviewed", "rejected", "undone"):
            account = self._loser()
            # half a year before July 15
            case = self._case(account, state, "2026-01-16")
            self.assertEqual(self._codes(account), ["recent_decision"], state)
            self._put_in_state(case, state, "2026-01-15")
            self.assertEqual(self._codes(account), [], state)

    def test_without_a_pause(self):
        self.company.customer_decision_pause_months = 0
        account = self._loser()
        self._case(account, "rejected", TODAY)
        self.assertEqual(self._codes(account), [])

    # ------------------------------------------------------------------
    # All together
    # ------------------------------------------------------------------

    def test_all_guards_in_their_order(self):
        account = self._loser(
            months=2,
            is_protected=True,
            lifecycle_stage="new",
            cost_estimated_rate=0.9,
            voice="detractor",
        )
        self._exchange("referral", 9, account_id=account.id)
        self._case(account, "rejected", "2026-07-01")
        self._case(account, "proposed", "2026-07-01")
        account.partner_id.customer_profiling_opt_out = True
        # as it is not refreshed in between
        account.write({"goodwill": 39.9, "has_goodwill": True})
        codes = self._codes(account)
        # the others depend on the case, or on what was done today
        others = {"proposal_limit", "automatic_limit", "administrators_only"}
        self.assertEqual(codes, [code for code in GUARDS if code not in others])

    def test_each_company_has_its_own_settings(self):
        other = self.env["res.company"].create(
            {"name": "Other", "customer_decision_minimum_months": 24}
        )
        here, there = self._loser(months=12), self._loser(months=12)
        there.company_id = other
        self.env.flush_all()
        guards = (here | there)._get_decision_guards()
        self.assertEqual([*guards[here.id]], [])
        self.assertEqual([*guards[there.id]], ["short_history"])

    def test_queries_do_not_grow_with_the_accounts(self):
        accounts = self.Account.browse()
        for number in range(12):
            account = self._loser(f"Loser {number}", months=number)
            self._exchange("referral", 9, account_id=account.id)
            self._case(account, "rejected", "2026-07-01")
            accounts |= account

        def count(some):
            self.env.flush_all()
            self.env.invalidate_all()
            # an environment that is still there knows its time zone, a new one asks
            self.env.user.mapped("tz")
            before = self.cr.sql_log_count
            guards = some._get_decision_guards()
            self.assertEqual(len(guards), len(some))
            return self.cr.sql_log_count - before

        count(accounts)
        self.assertEqual(count(accounts[:1]), count(accounts))

    def test_no_accounts(self):
        self.assertEqual(self.Account._get_decision_guards(), {})

    def test_a_manager_need_not_read_settings(self):
        account = self._loser(is_protected=True).with_user(self.manager)
        self.assertEqual(
            account._get_decision_guards(),
            {account.id: {"protected": "The account is protected."}},
        )

    # ------------------------------------------------------------------
    # Settings
    # ------------------------------------------------------------------

    def test_settings_out_of_range_are_refused(self):
        for name, value in (
            ("minimum_months", -1),
            ("minimum_months", 121),
            ("periods", 0),
            ("periods", 13),
            ("period_months", 0),
            ("period_months", 25),
            ("pause_months", -1),
            ("pause_months", 121),
            ("proposal_limit", -1),
            ("automatic_limit", -1),
            ("estimated_limit", -0.01),
            ("estimated_limit", 1.01),
            ("manager_amount", -1),
        ):
            with (
                self.subTest(name=name, value=value),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.IntegrityError),
                self.env.cr.savepoint(),
            ):
                self.company[f"customer_decision_{name}"] = value
                self.env.flush_all()

    def test_settings_are_on_the_page(self):
        administrator = self._new_user("loss_administrator", "administrator")
        administrator.group_ids += self.env.ref("base.group_system")
        settings = self.env["res.config.settings"].with_user(administrator)
        with Form(settings.with_company(self.company)) as form:
            self.assertEqual(form.customer_decision_periods, 2)
            self.assertEqual(form.customer_decision_review_months, "6")
            self.assertEqual(form.customer_decision_proposal_limit, 50)
            self.assertEqual(form.customer_decision_automatic_limit, 20)
            form.customer_decision_periods = 3
            form.customer_decision_manager_amount = 5000
        form.record.set_values()
        self.assertEqual(self.company.customer_decision_periods, 3)
        self.assertEqual(self.company.customer_decision_manager_amount, 5000)
