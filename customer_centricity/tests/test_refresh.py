from unittest.mock import patch

import psycopg2

from odoo import fields
from odoo.exceptions import AccessError, LockError, UserError
from odoo.sql_db import db_connect
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.customer_centricity.models import (
    customer_account_figures,
    customer_account_refresh,
)

from .common import TODAY, CustomerCentricityCommon

CRON = "customer_centricity.ir_cron_refresh_accounts"


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestRefresh(CustomerCentricityCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cron = cls.env.ref(CRON)
        cls.partners = cls.env["res.partner"].create(
            [{"name": f"Customer {number}"} for number in range(7)]
        )
        for number, partner in enumerate(cls.partners, start=1):
            cls._invoice(partner, "2026-03-10", (cls.goods, number, 100))

    def _figures(self):
        """Return everything the refresh decides, by partner."""
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """
                SELECT partner_id, tier_id, suggested_tier_id, service_level_id,
                       result, value_band, revenue, product_cost, profit,
                       lifetime_value, historic_value, order_count
                  FROM customer_account WHERE company_id = %s ORDER BY partner_id
                """,
                self.company.id,
            )
        )

    def _run_cron(self):
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        self.env.invalidate_all()

    def test_the_database_knows_the_facts_of_a_first_night(self):
        """Else it plans for empty tables, and a large portfolio is never done."""
        self._refresh()
        [[known, there]] = self.env.execute_query(
            SQL(
                """
                SELECT reltuples, (SELECT COUNT(*) FROM customer_profit_month)
                  FROM pg_class WHERE oid = 'customer_profit_month'::regclass
                """
            )
        )
        self.assertGreaterEqual(there, 7)
        self.assertEqual(known, there)

    def test_the_scheduled_action_does_what_the_refresh_does(self):
        with self.env.cr.savepoint() as savepoint:
            self._refresh()
            expected = self._figures()
            savepoint.rollback()
            self.env.invalidate_all()
        self.assertFalse(self._figures())
        with patch.object(customer_account_refresh, "BATCH_SIZE", 2):
            self._run_cron()
        self.assertEqual(len(expected), 7)
        self.assertEqual(self._figures(), expected)
        self.assertEqual(
            self.company.customer_refresh_date, fields.Datetime.to_datetime(TODAY)
        )

    def test_the_portfolio_is_compared_in_batches(self):
        self._refresh()
        expected = self._figures()
        accounts = self.Account.search([("company_id", "=", self.company.id)])
        compared = ("value_band", "suggested_tier_id", "tier_id", "service_level_id")
        accounts.write(dict.fromkeys(compared, False))
        self.assertNotEqual(self._figures(), expected)
        self.company.customer_refresh_cursor = 0
        with patch.object(customer_account_figures, "BATCH_SIZE", 3):
            more = [self.Account._update_portfolio(self.company) for _turn in range(4)]
        self.assertEqual(more, [True, True, False, False])
        self.assertEqual(self.company.customer_refresh_cursor, max(accounts.ids))
        self.assertEqual(self._figures(), expected)

    def test_what_a_run_has_begun_keeps_no_other_company_from_its_refresh(self):
        others = self.env["res.company"].create([{"name": "B"}, {"name": "C"}])
        late, recent = others
        companies = self.company | others
        late.customer_refresh_date = "2026-07-14"
        recent.customer_refresh_date = TODAY
        get_due = self.Account._get_due
        self.assertEqual(get_due(companies), companies, "none is at work")
        self.Account._begin_cycle(self.company)
        self.assertEqual(get_due(companies), late)
        late.customer_refresh_error = "It stopped."
        self.assertFalse(get_due(companies), "it would stop again and again")
        self.company.customer_refresh_start = "2026-07-14"
        self.assertEqual(get_due(companies), companies, "it is no longer up to date")

    def test_an_interrupted_refresh_goes_on_where_it_stopped(self):
        with self.env.cr.savepoint() as savepoint:
            self._refresh()
            expected = self._figures()
            savepoint.rollback()
            self.env.invalidate_all()
        with patch.object(customer_account_refresh, "BATCH_SIZE", 3):
            self.Account._begin_cycle(self.company)
            done = self.Account
            while not done:
                self.Account._refresh_step(self.company)
                done = self.Account.search(
                    [("revenue", ">", 0), ("company_id", "=", self.company.id)]
                )
            self.assertEqual(len(done), 3, "a batch is done, the others are not begun")
            self.assertEqual(self.company.customer_refresh_cursor, max(done.ids))
            self.assertEqual(self.Account._get_refresh_remaining(self.company), 5)
            again = []
            original = type(self.Account)._write_numbers

            def spy(accounts, company):
                again.extend(accounts.ids)
                return original(accounts, company)

            with patch.object(type(self.Account), "_write_numbers", spy):
                self._run_cron()
        self.assertFalse(set(again) & set(done.ids), "no batch is done twice")
        self.assertEqual(self._figures(), expected)
        self.assertFalse(self.company.customer_refresh_start)

    def test_an_error_in_one_company_stops_no_other(self):
        other = self.env["res.company"].create({"name": "Company without books"})
        original = type(self.Account)._refresh_step

        def fail(model, company):
            if company == self.company:
                raise ValueError("A rule of another addon says no")
            return original(model, company)

        with (
            patch.object(type(self.Account), "_refresh_step", fail),
            mute_logger("odoo.addons.customer_centricity.models"),
        ):
            self._run_cron()
        self.assertIn("stopped with an error", self.company.customer_refresh_error)
        self.assertFalse(self.company.customer_refresh_date)
        self.assertTrue(other.customer_refresh_date)
        self._run_cron()
        self.assertFalse(self.company.customer_refresh_error)
        self.assertTrue(self.company.customer_refresh_date)

    def test_a_save_at_the_same_time_comes_first(self):
        """The refresh gives way, and does the step again."""
        original = type(self.Account)._refresh_step
        conflicts = [LockError("held"), psycopg2.errors.SerializationFailure()]

        def meet_somebody(model, company):
            if conflicts:
                raise conflicts.pop()
            return original(model, company)

        with (
            patch.object(type(self.Account), "_refresh_step", meet_somebody),
            patch.object(customer_account_refresh, "CONFLICT_PAUSE", 0),
        ):
            self._run_cron()
        self.assertFalse(conflicts)
        self.assertEqual(len(self._figures()), 7)
        self.assertFalse(self.company.customer_refresh_start)
        self.assertFalse(self.company.customer_refresh_error)

    def test_a_conflict_at_the_beginning_is_not_taken_for_the_end(self):
        progress = []

        def note(_model, processed=0, *, remaining=None, deactivate=False):
            progress.append((processed, remaining))
            return 10.0

        def conflict(model, companies):
            raise psycopg2.errors.SerializationFailure()

        with (
            patch.object(type(self.env["ir.cron"]), "_commit_progress", note),
            patch.object(type(self.Account), "_begin_cycles", conflict),
            patch.object(customer_account_refresh, "CONFLICT_PAUSE", 0),
            patch.object(self.env.cr, "rollback"),
        ):
            self.Account._cron_refresh()
        self.assertEqual([processed for processed, _remaining in progress], [0])
        self.assertGreater(progress[0][1], 0, "so it is run again")

    def test_an_old_interrupted_refresh_begins_again(self):
        self._run_cron()
        self.Account._begin_cycle(self.company)
        self._invoice(self.partners[0], "2026-04-10", (self.goods, 1, 1000))
        self.company.customer_refresh_month = "2026-12-01"
        with freeze_time("2026-07-16 02:00:00"):
            self._run_cron()
        self.assertEqual(self._account(self.partners[0]).revenue, 1100)

    def test_progress_is_reported(self):
        progress = []

        def note(_model, processed=0, *, remaining=None, deactivate=False):
            progress.append((processed, remaining))
            return 10.0

        with (
            patch.object(type(self.env["ir.cron"]), "_commit_progress", note),
            patch.object(customer_account_refresh, "BATCH_SIZE", 3),
        ):
            self.Account._cron_refresh()
        begun, *steps = progress
        self.assertGreater(begun[1], 0)
        self.assertTrue(all(processed > 0 for processed, _remaining in steps))
        remaining = [remaining for _processed, remaining in progress]
        self.assertEqual(remaining[-1], 0)
        self.assertGreater(remaining[0], 0)

    def test_out_of_time_the_rest_is_left_for_the_next_run(self):
        with patch.object(
            type(self.env["ir.cron"]), "_commit_progress", lambda *a, **k: 0.0
        ):
            self.Account._cron_refresh()
        self.assertTrue(self.company.customer_refresh_start)
        self._run_cron()
        self.assertFalse(self.company.customer_refresh_start)
        self.assertEqual(len(self._figures()), 7)

    def test_second_refresh_writes_no_account(self):
        self._refresh()
        query = SQL("SELECT id, ctid, xmin FROM customer_account ORDER BY id")
        self.env.flush_all()
        before = self.env.execute_query(query)
        self._refresh()
        self.env.flush_all()
        self.assertEqual(self.env.execute_query(query), before)

    def _count_updates(self):
        """Return how many rows of accounts this transaction has updated."""
        self.env.flush_all()
        [[count]] = self.env.execute_query(
            SQL(
                """
                SELECT n_tup_upd FROM pg_stat_xact_user_tables
                 WHERE relname = 'customer_account'
                """
            )
        )
        return count

    def test_an_account_is_updated_as_few_times_as_can_be(self):
        """What an update leaves behind makes every screen slower."""
        before = self._count_updates()
        self._refresh()
        accounts = self.Account.search([("company_id", "=", self.company.id)])
        # numbers, then result and stage, then what compares it with the others; and
        # how the hours of its new service level stand, where these are watched; at
        # first what is next, which later on seldom is another
        watched = accounts.filtered("service_level_id.included_hours")
        self.assertEqual(self._count_updates() - before, 4 * 7 + len(watched))
        before = self._count_updates()
        for number, partner in enumerate(self.partners, start=1):
            self._invoice(partner, "2026-03-10", (self.goods, number, 100))
        self._refresh()
        revenue = accounts.mapped("revenue")
        self.assertEqual(sorted(revenue), [200, 400, 600, 800, 1000, 1200, 1400])
        # all of them have doubled: none has another band, tier or stage
        self.assertEqual(self._count_updates() - before, 7)

    def test_an_account_that_refuses_keeps_no_other_from_its_class(self):
        """As with an automation rule that raises; what it refuses is told."""
        original = type(self.Account).write
        stubborn = self.partners[3]

        def write(accounts, vals):
            if "lifecycle_stage" in vals and stubborn in accounts.partner_id:
                raise UserError(accounts.env._("Not this one"))
            return original(accounts, vals)

        with (
            patch.object(type(self.Account), "write", write),
            mute_logger(customer_account_figures.__name__),
        ):
            self._refresh()
        accounts = self.Account.search([("company_id", "=", self.company.id)])
        refused = accounts.filtered(lambda account: account.partner_id == stubborn)
        self.assertEqual(len(refused), 1)
        self.assertFalse(refused.lifecycle_stage)
        self.assertEqual(refused.revenue, 400, "numbers are not refused")
        self.assertEqual(set((accounts - refused).mapped("lifecycle_stage")), {"new"})
        self.assertEqual(set((accounts - refused).mapped("result")), {"profit"})
        self.assertIn(str(refused.id), self.company.customer_refresh_error)

    def _get_index_files(self):
        return self.env.execute_query(
            SQL(
                "SELECT pg_relation_filenode(name::regclass) FROM unnest(%s) name",
                list(customer_account_refresh.FIGURE_INDEXES),
            )
        )

    def test_indexes_are_renewed_when_all_of_many_accounts_were_done(self):
        self._refresh()
        before = self._get_index_files()
        self.assertEqual(len(set(before)), 5)
        self._refresh()
        self.assertEqual(self._get_index_files(), before, "few accounts need it not")
        with patch.object(customer_account_refresh, "SMALL_PORTFOLIO", 7):
            self._refresh()
            self.assertEqual(self._get_index_files(), before, "only what changed")
            self.company.customer_full_date = False
            self._refresh()
        self.assertFalse(set(self._get_index_files()) & set(before))

    def test_who_reads_accounts_is_not_in_the_way_of_a_refresh(self):
        before = self._get_index_files()
        with db_connect(self.env.cr.dbname).cursor() as other:
            other.execute("SELECT COUNT(*) FROM customer_account")
            self.Account._renew_indexes()
        self.assertEqual(self._get_index_files(), before)
        [[timeout]] = self.env.execute_query(SQL("SHOW lock_timeout"))
        self.assertEqual(timeout, "0")

    def test_queries_do_not_grow_with_the_accounts(self):
        def count():
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self._refresh()
            self.env.flush_all()
            return self.cr.sql_log_count - before

        self._refresh()
        few = count()
        partners = self.env["res.partner"].create(
            [{"name": f"More {number}"} for number in range(14)]
        )
        for partner in partners:
            self._invoice(partner, "2026-03-10", (self.goods, 1, 100))
        self._refresh()
        self.assertLessEqual(count(), few)

    def test_recompute_now_is_for_administrators(self):
        manager = new_test_user(
            self.env, "refresh_manager", groups="customer_centricity.group_manager"
        )
        administrator = new_test_user(
            self.env, "refresh_admin", groups="customer_centricity.group_administrator"
        )
        triggers = self.env["ir.cron.trigger"].search_count([])
        with self.assertRaises(AccessError):
            self.Account.with_user(manager).action_refresh()
        self.Account.with_user(administrator).action_refresh()
        self.assertEqual(self.env["ir.cron.trigger"].search_count([]), triggers + 1)
        self.cron.active = False
        with self.assertRaisesRegex(UserError, "is switched off"):
            self.Account.with_user(administrator).action_refresh()
