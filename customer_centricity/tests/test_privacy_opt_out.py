from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, new_test_user, tagged

from odoo.addons.customer_centricity.models import customer_account_privacy

from .common import TODAY
from .common_run import RunCommon


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestPrivacyOptOut(RunCommon):
    """Three customers, by the plain rule: value = profit of a year x 5.

    big 2,000 a year: 10,000; middle 400: 2,000; small 100: 500.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        customers = cls._customers(big=2000, middle=400, small=100)
        cls.big, cls.middle, cls.small = customers.values()
        cls.Account._refresh(cls.company)
        cls.manager = cls._user("manager")
        cls.account = cls.Account.search([("partner_id", "=", cls.big.id)])
        cls.others = cls.Account.search(
            [("partner_id", "in", (cls.middle | cls.small).ids)]
        )

    @classmethod
    def _user(cls, role):
        return cls._create_member(
            f"privacy_{role}",
            f"customer_centricity.group_{role},base.group_partner_manager",
        )

    def _opt_out(self, partner=None):
        (partner or self.big).with_user(self.manager).customer_profiling_opt_out = True

    def _get_value(self):
        return self.env["customer.account.value"].search(
            [("account_id", "=", self.account.id)]
        )

    # ------------------------------------------------------------------
    # At once
    # ------------------------------------------------------------------

    def test_forecasts_are_forgotten_at_once(self):
        self.assertEqual(self.account.lifetime_value, 10000)
        self.assertTrue(self._get_value())
        self.assertTrue(self.account.value_band)
        self.assertEqual(self.account.suggested_tier_id, self.a)
        self._opt_out()
        self.assertFalse(self._get_value())
        self.assertEqual(self.account.lifetime_value, 0)
        self.assertEqual(self.account.lifetime_value_high, 0)
        self.assertEqual(self.account.value_status, "opted_out")
        self.assertFalse(self.account.value_method)
        self.assertFalse(self.account.value_band)
        self.assertFalse(self.account.suggested_tier_id)
        self.assertEqual(
            self.account.value_summary,
            "This customer does not want to be profiled: nothing is forecast.",
        )
        self.assertEqual(self.big.customer_profiling_opt_out_date, date(2026, 7, 15))

    def test_what_is_in_the_books_stays(self):
        names = ("revenue", "profit", "order_count", "historic_value", "result")
        before = self.account.read(names)
        months = len(self.account.month_ids)
        tier = self.account.tier_id
        self.assertEqual(tier, self.a)
        self._opt_out()
        self._refresh()
        self.assertEqual(self.account.read(names), before)
        self.assertEqual(len(self.account.month_ids), months)
        self.assertEqual(self.account.revenue, 2000)
        # a tier that it has is kept, there is none that figures suggest
        self.assertEqual(self.account.tier_id, tier)
        total = sum(
            self.Month.search([("company_id", "=", self.company.id)]).mapped("revenue")
        )
        self.assertEqual(total, 2500)

    def test_the_date_is_that_of_the_first_time(self):
        self._opt_out()
        with freeze_time("2026-07-20"):
            self._opt_out()
            self.big.write({"customer_profiling_opt_out": True, "comment": "Again"})
        self.assertEqual(self.big.customer_profiling_opt_out_date, date(2026, 7, 15))
        self.big.customer_profiling_opt_out = False
        self.assertFalse(self.big.customer_profiling_opt_out_date)
        born = self.big.create({"name": "Born", "customer_profiling_opt_out": True})
        self.assertEqual(born.customer_profiling_opt_out_date, date(2026, 7, 15))
        self.assertFalse(born.copy().customer_profiling_opt_out)

    def test_an_objection_that_is_taken_back_leaves_a_trace(self):
        self._flush_tracking()
        before = self.big.message_ids
        for is_out in (True, False):
            self.big.with_user(self.manager).customer_profiling_opt_out = is_out
            self._flush_tracking()
        told = (self.big.message_ids - before).sudo().tracking_value_ids
        told = told.sorted("id").mapped(
            lambda one: (
                one.field_id.name,
                one.old_value_integer,
                one.new_value_integer,
            )
        )
        self.assertEqual(
            told,
            [
                ("customer_profiling_opt_out", 0, 1),
                ("customer_profiling_opt_out", 1, 0),
            ],
        )

    def test_nobody_makes_up_the_day_of_an_objection(self):
        name = "customer_profiling_opt_out_date"
        partners = self.big.with_user(self.manager)
        self._opt_out()
        with self.assertRaisesRegex(AccessError, "is noted by itself"):
            partners.write({name: "2020-01-01"})
        with self.assertRaisesRegex(AccessError, "is noted by itself"):
            partners.create({"name": "Born", name: "2020-01-01"})
        partners.write({"customer_profiling_opt_out": True, name: "2020-01-01"})
        self.assertEqual(self.big[name], date(2026, 7, 15))
        born = partners.create(
            {"name": "Born", "customer_profiling_opt_out": True, name: "2020-01-01"}
        )
        self.assertEqual(born[name], date(2026, 7, 15))

    def test_without_an_account(self):
        self._opt_out(self.south)
        self.assertFalse(self._account(self.south))
        self._invoice(self.south, "2026-03-10", (self.service, 1, 700))
        self._refresh()
        account = self._account(self.south)
        self.assertEqual(account.revenue, 700)
        self.assertEqual(account.value_status, "opted_out")
        self.assertFalse(account.tier_id)

    # ------------------------------------------------------------------
    # By the refresh
    # ------------------------------------------------------------------

    def test_a_refresh_brings_nothing_back(self):
        self._opt_out()
        for full in (True, False):
            with self.subTest(full=full):
                self.Account._begin_cycle(self.company, full=full)
                while self.company.customer_refresh_start:
                    self.Account._refresh_step(self.company)
                self.assertFalse(self._get_value())
                self.assertEqual(self.account.value_status, "opted_out")
                self.assertFalse(self.account.value_band)
                self.assertFalse(self.account.suggested_tier_id)

    def test_nothing_is_learnt_from_it(self):
        model = self.env["customer.value.model"]
        known = model._get_latest(self.company)
        self.assertEqual(known.total, 12500)
        self.assertEqual(known.account_count, 3)
        # 2,500 in six months
        values = self.env["customer.account.value"]
        terms = values._get_terms(self.company)
        self.assertAlmostEqual(
            values._get_ratio_unit(self.company, terms), 2500 / 6, places=2
        )
        self._opt_out()
        self._refresh()
        known = model._get_latest(self.company)
        self.assertEqual(known.total, 2500)
        self.assertEqual(known.account_count, 2)
        # 500 in four months
        self.assertEqual(values._get_ratio_unit(self.company, terms), 125)

    def test_nobody_is_left_to_learn_from(self):
        for partner in (self.big, self.middle, self.small):
            self._opt_out(partner)
        self._refresh()
        self.assertEqual(
            set((self.account | self.others).mapped("value_status")), {"opted_out"}
        )
        self.assertFalse(self.company.customer_refresh_error)

    def test_bands_and_tiers_compare_the_others(self):
        share = self.env["customer.tier"].create(
            {
                "name": "Best third",
                "sequence": -1,
                "company_id": self.company.id,
                "rule_type": "percentile",
                "threshold_rate": 0.3,
            }
        )
        self._refresh()
        middle = self._account(self.middle)
        self.assertEqual(self.account.suggested_tier_id, share)
        self.assertNotEqual(middle.suggested_tier_id, share)
        self._opt_out()
        self._refresh()
        self.assertEqual(middle.suggested_tier_id, share)
        self.assertFalse(self.account.suggested_tier_id)

    def test_what_two_did_at_the_same_time(self):
        """A valuation that began before, and ends after, leaves nothing behind."""
        self.Account._begin_cycle(self.company, full=True)
        while self.company.customer_refresh_stage != "value":
            self.Account._refresh_step(self.company)
        self._opt_out()
        while self.company.customer_refresh_start:
            self.Account._refresh_step(self.company)
        self.assertFalse(self._get_value())
        self.assertEqual(self.account.value_status, "opted_out")

    def test_turning_it_off_brings_all_back(self):
        self._opt_out()
        self._refresh()
        self.big.customer_profiling_opt_out = False
        for full in (False, True):
            with self.subTest(full=full):
                self.Account._begin_cycle(self.company, full=full)
                while self.company.customer_refresh_start:
                    self.Account._refresh_step(self.company)
                self.assertEqual(self.account.lifetime_value, 10000)
                self.assertEqual(self.account.value_method, "plain")
                self.assertEqual(self.account.suggested_tier_id, self.a)
                self.assertTrue(self.account.value_band)
                self.assertTrue(self._get_value())

    def test_what_a_person_has_typed_stays(self):
        self.account.write(
            {
                "own_value_method": "typed",
                "typed_value": 7000,
                "typed_value_reason": "A contract",
                "typed_value_end": "2026-07-31",
            }
        )
        self._opt_out()
        self._refresh()
        self.assertEqual(self.account.lifetime_value, 7000)
        self.assertEqual(self.account.value_status, "typed")
        self.assertFalse(self.account.value_band)
        with freeze_time("2026-08-01"):
            self._refresh()
        self.assertEqual(self.account.lifetime_value, 0)
        self.assertEqual(self.account.value_status, "opted_out")
        self.assertEqual(self.account.typed_value, 7000)

    def test_an_account_that_refuses_stops_no_refresh(self):
        self._opt_out()
        self.env.flush_all()
        self.cr.execute(
            "UPDATE customer_account SET value_band = '3_large' WHERE id = %s",
            (self.account.id,),
        )
        self.env.invalidate_all()
        write = type(self.account).write

        def refuse(accounts, vals):
            if "value_band" in vals and self.account in accounts:
                raise ValueError("not this one")
            return write(accounts, vals)

        self.patch(type(self.account), "write", refuse)
        with self.assertLogs("odoo.addons.customer_centricity", "ERROR"):
            self._refresh()
        self.assertEqual(self._account(self.middle).lifetime_value, 2000)
        self.assertIn("not this one", self.company.customer_refresh_error)

    # ------------------------------------------------------------------
    # Groups
    # ------------------------------------------------------------------

    def test_rules_take_it_no_more(self):
        groups = self.env["customer.group"].with_user(self.manager)
        group = groups.create(
            {"name": "Buyers", "account_domain": "[('revenue', '>', 0)]"}
        ).sudo()
        self._refresh()
        self.assertEqual(self.account.group_id, group)
        self._opt_out()
        self.assertFalse(self.account.group_id)
        self.assertFalse(self.account.group_origin)
        self._refresh()
        self.assertFalse(self.account.group_id)
        self.assertEqual(self.others.group_id, group)
        self.assertEqual(group._count_fitting(self.company), 2)

    def test_a_group_by_hand_stays(self):
        group = self.env["customer.group"].create({"name": "Friends"})
        self.account.group_id = group
        self._opt_out()
        self._refresh()
        self.assertEqual(self.account.group_id, group)

    def test_groups_found_are_of_the_others(self):
        proposal = self.env["customer.group.proposal"].create(
            {"company_id": self.company.id, "minimum_orders": 1}
        )
        self.assertEqual(len(self._among(proposal)), 3)
        self._opt_out()
        self.assertEqual(self._among(proposal), set(self.others.ids))

    def _among(self, proposal):
        return set(self.Account.browse(proposal._get_accounts_query()).ids)

    def test_who_opts_out_before_a_proposal_is_accepted(self):
        proposal = self.env["customer.group.proposal"].create(
            {"company_id": self.company.id}
        )
        line = self.env["customer.group.proposal.line"].create(
            {"proposal_id": proposal.id, "name": "Found"}
        )
        line._set_members((self.account | self.others).ids)
        self.assertEqual(line._count_moves(), {line.id: (3, 0, 0)})
        self._opt_out()
        self.assertEqual(line._count_moves(), {line.id: (2, 0, 0)})
        self.assertEqual(line._get_members(), self.others)
        self.assertFalse(self.account.found_line_id)

    # ------------------------------------------------------------------
    # Decisions and runs
    # ------------------------------------------------------------------

    def test_only_persons_decide(self):
        code = "opted_out"
        self.assertNotIn(code, self.account._get_decision_guards()[self.account.id])
        self._opt_out()
        guards = (self.account | self.others)._get_decision_guards()
        self.assertEqual(
            guards[self.account.id][code],
            "The customer does not want to be profiled: only a person decides.",
        )
        self.assertNotIn(code, guards[self.others[0].id])
        self.account.write({"result": "loss", "profit": -50})
        request = self.env["customer.decision.request"]
        request._note_accounts(self.account, "loss")
        request._decide_next()
        waiting = request.search([("account_id", "=", self.account.id)])
        self.assertEqual(waiting.state, "waiting")
        self.assertIn("opted_out", waiting._get_held()[waiting])
        self.assertFalse(self.account.decision_ids)

    def test_a_run_leaves_it_out_and_says_so(self):
        self._opt_out()
        run = self._compute()
        self.assertFalse(self._snapshot(run, self.big))
        self.assertEqual(run.total, 2500)
        self.assertEqual(run.account_count, 2)
        self.assertEqual(run.opted_out_count, 1)
        action = run.action_open_opted_out()
        self.assertEqual(self.Account.search(action["domain"]), self.account)
        self._apply(run)
        self.assertEqual(self.account.tier_id, self.a)

    def test_whose_row_of_a_run_it_was_is_forgotten(self):
        run = self._compute()
        snapshot = self._snapshot(run, self.big)
        self.assertEqual(snapshot.lifetime_value, 10000)
        self._apply(run)
        self._opt_out()
        self.assertFalse(snapshot.account_id)
        # and the total of the run stays as it was
        self.assertEqual(sum(run.snapshot_ids.mapped("lifetime_value")), 12500)
        self._undo(run)
        self.assertEqual(self.account.tier_id, self.a)

    # ------------------------------------------------------------------
    # Contacts
    # ------------------------------------------------------------------

    def test_merged_contacts_are_out_when_one_of_them_is(self):
        self._opt_out()
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.big | self.middle).ids, self.middle)
        self.assertTrue(self.middle.customer_profiling_opt_out)
        self._refresh()
        account = self._account(self.middle)
        self.assertEqual(account.revenue, 2400)
        self.assertEqual(account.value_status, "opted_out")

    def test_a_contact_of_a_company_is_out_for_itself(self):
        contact = self.env["res.partner"].create(
            {"name": "Bea of Big", "parent_id": self.big.id}
        )
        self._opt_out(contact)
        self.assertFalse(contact.is_customer_opted_out)
        self.assertEqual(self.account.lifetime_value, 10000)
        self._opt_out()
        self.assertTrue(contact.is_customer_opted_out)
        self.assertTrue(self.account.profiling_opt_out)

    def test_a_salesperson_may_and_the_portal_may_not(self):
        user = self._user("user")
        self.big.with_user(user).customer_profiling_opt_out = True
        self.assertEqual(self.account.value_status, "opted_out")
        self.assertTrue(self.account.with_user(user).profiling_opt_out)
        portal = new_test_user(self.env, "privacy_portal", groups="base.group_portal")
        with self.assertRaises(AccessError):
            portal.partner_id.with_user(portal).customer_profiling_opt_out = True

    def test_it_is_shown_on_the_forms(self):
        with Form(self.big.with_user(self.manager)) as form:
            form.customer_profiling_opt_out = True
        self.assertEqual(self.account.value_status, "opted_out")
        with self.assertRaisesRegex(UserError, "big does not want to be profiled"):
            self.account.action_explain_value()
        arch = self.account.with_user(self.manager).get_view(view_type="form")["arch"]
        self.assertIn("does not want to be profiled", arch)

    def test_only_those_with_a_profile_are_looked_at(self):
        """However many have opted out, a step of the refresh reads a batch at most."""
        (self.big | self.middle | self.small).customer_profiling_opt_out = True
        self._refresh()
        self.assertEqual(self.Account._forget_profiles(self.company), 0)
        accounts = self.account | self.others
        accounts[1:].write({"value_band": "3_large"})
        accounts[0].write({"value_status": "established"})
        with patch.object(customer_account_privacy, "BATCH_SIZE", 2):
            self.assertEqual(self.Account._forget_profiles(self.company), 2)
            self.assertEqual(self.Account._forget_profiles(self.company), 1)
            self.assertEqual(self.Account._forget_profiles(self.company), 0)
        self.assertFalse(any(accounts.mapped("value_band")))
        self.assertEqual(set(accounts.mapped("value_status")), {"opted_out"})

    def test_queries_do_not_grow_with_the_customers(self):
        self._opt_out()
        self._refresh()
        partners = self.middle | self.small
        self.env.flush_all()
        self.env.invalidate_all()
        start = self.cr.sql_log_count
        self.small.customer_profiling_opt_out = True
        self.env.flush_all()
        one = self.cr.sql_log_count - start
        self.small.customer_profiling_opt_out = False
        self._refresh()
        self.env.flush_all()
        self.env.invalidate_all()
        start = self.cr.sql_log_count
        partners.customer_profiling_opt_out = True
        self.env.flush_all()
        self.assertLessEqual(self.cr.sql_log_count - start, one + 2)
