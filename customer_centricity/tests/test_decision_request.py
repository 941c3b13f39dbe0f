from unittest.mock import patch

import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.customer_centricity.models import customer_decision_request

from .common import TODAY
from .common_loss import LossCommon


@freeze_time(TODAY)
class RequestCommon(LossCommon):
    """An account that loses money, and a rule that asks for a decision."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule = cls.env.ref("customer_centricity.automation_propose_decision")
        cls.account = cls._loser("First", result="loss")
        # what rules of others have asked for so far
        cls.Request.search([]).unlink()

    def _ask(self, accounts):
        for account in accounts:
            account._request_decision("loss", self.rule)

    def _decide(self):
        """Do all that is asked for, as the scheduled action does."""
        while self.Request._decide_next():
            self.env.flush_all()
        self.env.invalidate_all()

    def _requests(self, accounts):
        return self.Request.search([("account_id", "in", accounts.ids)], order="id")

    def _cases(self, accounts):
        return self.Decision.search([("account_id", "in", accounts.ids)], order="id")

    def _go_to(self, day):
        freezer = freeze_time(day)
        freezer.start()
        self.addCleanup(freezer.stop)

    def _refuse(self, account, text="Not this one"):
        """Have the chatter of an account refuse whatever is told there."""
        original = type(self.Account)._message_log_batch

        def refuse(accounts, bodies, **options):
            if account in accounts:
                raise ValueError(text)
            return original(accounts, bodies, **options)

        return patch.object(type(self.Account), "_message_log_batch", refuse)

    def _age_cases(self, accounts):
        """Say that the cases were made on the day that the tests live on."""
        self.env.flush_all()
        self.cr.execute(
            "UPDATE customer_decision SET create_date = %s WHERE account_id IN %s",
            (TODAY, tuple(accounts.ids)),
        )
        self.env.invalidate_all()


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestDecisionRequest(RequestCommon):
    """What rules have asked for becomes cases, waits, or is not asked for any more."""

    # ------------------------------------------------------------------
    # A case comes of a loss
    # ------------------------------------------------------------------

    def test_a_loss_becomes_a_case(self):
        self._ask(self.account)
        request = self._requests(self.account)
        self.assertEqual((request.cause, request.state), ("loss", "todo"))
        self.assertEqual(request.rule_name, self.rule.name)
        self._decide()
        case = self._cases(self.account)
        self.assertEqual(len(case), 1)
        self.assertEqual((case.state, case.origin), ("proposed", "rule"))
        self.assertEqual(case.rule_name, self.rule.name)
        self.assertEqual(
            case.reason,
            "It lost money in each of the last 2 periods of 6 months.",
        )
        self.assertEqual(case.user_id, self.manager)
        self.assertEqual(case.activity_ids.user_id, self.manager)
        self.assertEqual(case.stake_amount, 600)
        self.assertTrue(case.option_ids)
        self.assertFalse(request.exists(), "it is done with")

    def test_asking_twice_is_asking_once(self):
        self._ask(self.account)
        self._ask(self.account)
        self.assertEqual(len(self._requests(self.account)), 1)
        self._decide()
        self._ask(self.account)
        self._decide()
        self.assertEqual(len(self._cases(self.account)), 1)
        self.assertFalse(self._requests(self.account))

    def test_asking_about_no_account(self):
        self.Account.browse()._request_decision()
        self.assertFalse(self.Request.search([]))

    def test_an_unnamed_rule(self):
        self.account._request_decision()
        self._decide()
        case = self._cases(self.account)
        self.assertEqual((case.origin, case.rule_name), ("rule", "Loss"))

    def test_a_rule_that_was_deleted_meanwhile(self):
        rule = self.rule.copy()
        self.account._request_decision("loss", rule)
        self.env.flush_all()
        rule.action_server_ids.unlink()
        rule.unlink()
        self.env.invalidate_all()
        self._decide()
        self.assertEqual(self._cases(self.account).rule_name, "Loss")

    def test_the_reason_is_in_the_language_of_the_manager(self):
        self._activate_spanish()
        self.manager.lang = "es_ES"
        original = type(self.Decision)._propose
        languages = []

        def propose(decisions, *arguments, **options):
            languages.append(decisions.env.lang)
            return original(decisions, *arguments, **options)

        self._ask(self.account)
        with patch.object(type(self.Decision), "_propose", propose):
            self._decide()
        self.assertEqual(languages, ["es_ES"])

    def test_no_longer_at_a_loss(self):
        gone, archived = self._loser("Gone"), self._loser("Archived", result="loss")
        self._ask(gone | archived)
        gone.result = "profit"
        archived.active = False
        self._decide()
        self.assertFalse(self._requests(gone | archived))
        self.assertFalse(self._cases(gone | archived))

    def test_an_open_case_is_enough(self):
        case = self.Decision._propose(self.account, "Looked at it")
        self._ask(self.account)
        self._decide()
        self.assertEqual(self._cases(self.account), case)
        self.assertFalse(self._requests(self.account))

    # ------------------------------------------------------------------
    # Waiting
    # ------------------------------------------------------------------

    def test_what_something_speaks_against_waits(self):
        self.account.write({"is_protected": True, "lifecycle_stage": "new"})
        self._ask(self.account)
        self._decide()
        request = self._requests(self.account)
        self.assertEqual((request.state, request.guard), ("waiting", "protected"))
        self.assertEqual(
            request.with_user(self.manager).guard_text,
            "The account is protected.\n"
            "The account is new: winning it costs before it brings something.",
        )
        self.assertFalse(self._cases(self.account))
        # nothing changes by itself
        self.assertEqual(self.Request._decide_next(), 0)
        self.account.write({"is_protected": False, "lifecycle_stage": "steady"})
        self.assertEqual(self.Request._decide_next(), 0)
        self.Account._begin_cycle(self.company)
        self.Account._end_cycle(self.company)
        self._decide()
        self.assertEqual(len(self._cases(self.account)), 1)
        self.assertFalse(request.exists())

    def test_what_waits_is_forgotten_when_the_loss_is_over(self):
        self.account.is_protected = True
        self._ask(self.account)
        self._decide()
        self.account.result = "even"
        self.Request._look_again(self.company)
        self._decide()
        self.assertFalse(self._requests(self.account))

    def test_guards_of_approval_hold_up_no_proposal(self):
        self.account.cost_estimated_rate = 0.9
        self._ask(self.account)
        self._decide()
        self.assertEqual(self._cases(self.account).state, "proposed")

    def test_nothing_is_decided_in_the_middle_of_a_refresh(self):
        self.Account._begin_cycle(self.company)
        self._ask(self.account)
        self._decide()
        self.assertFalse(self._cases(self.account))
        self.assertEqual(self.Request._count_todo(), 0)
        # one that has not come to its end is not waited for
        self._go_to("2026-07-16")
        self.assertEqual(self.Request._count_todo(), 1)
        self._decide()
        self.assertEqual(len(self._cases(self.account)), 1)

    # ------------------------------------------------------------------
    # So many a day, the worst first
    # ------------------------------------------------------------------

    def test_the_worst_losses_first(self):
        accounts = self.Account.browse()
        for profit in (-50, -100, -25, -75):
            accounts |= self._loser(f"Loss {profit}", profit=profit, result="loss")
        self.company.customer_decision_proposal_limit = 3
        self._ask(accounts)
        with patch.object(customer_decision_request, "REQUEST_BATCH", 2):
            self._decide()
        self.assertEqual(
            self._cases(accounts).account_id.mapped("profit"), [-1200, -900, -600]
        )
        waiting = self._requests(accounts)
        self.assertEqual(waiting.account_id.profit, -300)
        self.assertEqual((waiting.state, waiting.guard), ("waiting", "proposal_limit"))
        self.assertIn("at most 3 cases a day", waiting.guard_text)
        # later that day nothing more is proposed
        self.Request._look_again(self.company)
        self._decide()
        self.assertEqual(len(self._cases(accounts)), 3)
        self._go_to("2026-07-16 02:00:00")
        self._age_cases(accounts)
        self.Request._look_again(self.company)
        self._decide()
        self.assertEqual(len(self._cases(accounts)), 4)
        self.assertFalse(waiting.exists())

    def test_cases_of_people_do_not_count(self):
        self.company.customer_decision_proposal_limit = 1
        other = self._loser("Other", result="loss")
        self.Decision._propose(other, "Looked at it")
        self._ask(self.account)
        self._decide()
        self.assertEqual(len(self._cases(self.account)), 1)

    def test_a_limit_of_none(self):
        self.company.customer_decision_proposal_limit = 0
        self._ask(self.account)
        self._decide()
        self.assertFalse(self._cases(self.account))
        self.assertEqual(self._requests(self.account).guard, "proposal_limit")

    def test_each_company_has_its_own_limit(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.env.user.company_ids |= other
        (self.company | other).customer_decision_proposal_limit = 1
        accounts = self.account
        for number in range(3):
            accounts |= self._loser(f"Number {number}", result="loss")
        accounts[2:].company_id = other
        self.env.flush_all()
        self._ask(accounts)
        self._decide()
        self.assertEqual(len(self._cases(accounts[:2])), 1)
        self.assertEqual(len(self._cases(accounts[2:])), 1)
        self.assertEqual(
            self._cases(accounts[2:]).company_id, other, "of the account's company"
        )

    # ------------------------------------------------------------------
    # What goes wrong
    # ------------------------------------------------------------------

    def test_one_bad_account_stops_no_other(self):
        others = self.Account.browse()
        for number in range(4):
            others |= self._loser(f"Number {number}", result="loss")
        bad = others[1]
        self._ask(others)
        with self._refuse(bad), mute_logger("odoo.addons.customer_centricity.models"):
            self._decide()
        self.assertEqual(self._cases(others).account_id, others - bad)
        request = self._requests(others)
        self.assertEqual((request.account_id, request.state), (bad, "failed"))
        self.assertEqual(request.error, "ValueError: Not this one")
        # it is tried again after the next refresh
        self.Request._look_again(self.company)
        self._decide()
        self.assertEqual(len(self._cases(bad)), 1)
        self.assertFalse(request.exists())

    def test_an_account_that_a_guard_raises_on_stops_no_other(self):
        bad, good = self.account, self._loser("Second", result="loss")
        original = type(self.Account)._find_advocates

        def refuse(accounts, company):
            if bad in accounts:
                raise ValueError("Nobody knows")
            return original(accounts, company)

        self._ask(bad | good)
        with (
            patch.object(type(self.Account), "_find_advocates", refuse),
            mute_logger("odoo.addons.customer_centricity.models"),
        ):
            self._decide()
        self.assertTrue(self._cases(good))
        request = self._requests(bad)
        self.assertEqual(request.state, "failed")
        self.assertEqual(request.error, "ValueError: Nobody knows")
        self.Request._look_again(self.company)
        self._decide()
        self.assertTrue(self._cases(bad), "it is looked at again")

    def test_the_limit_holds_when_one_is_refused(self):
        self.company.customer_decision_proposal_limit = 1
        bad = self._loser("Worst", result="loss", profit=-900)
        others = self.account | self._loser("Third", result="loss")
        self._ask(bad | others)
        with self._refuse(bad), mute_logger("odoo.addons.customer_centricity.models"):
            self._decide()
        self.assertEqual(self._requests(bad).state, "failed")
        self.assertEqual(len(self._cases(others)), 1, "another one takes its place")
        self.assertEqual(self._requests(others).guard, "proposal_limit")

    def test_what_nobody_knows_how_to_do_is_not_asked_for(self):
        for cause in ("los", "approval", "review"):
            with self.assertRaisesRegex(
                ValueError, f"'{cause}' cannot be asked for about customer.account"
            ):
                self.account._request_decision(cause, self.rule)
        case = self.Decision._propose(self.account, "Looked at it")
        with self.assertRaisesRegex(ValueError, "'loss' about customer.account"):
            self.Request._note_decisions(case, "loss")
        self.assertFalse(self._requests(self.account))

    def test_a_note_that_nobody_knows_how_to_do_stops_no_other(self):
        other = self._loser("Second", result="loss")
        self._ask(self.account | other)
        self.env.flush_all()
        # left behind by an addon that has been removed
        self.cr.execute(
            "UPDATE customer_decision_request SET cause = 'los' WHERE account_id = %s",
            (self.account.id,),
        )
        self.env.invalidate_all()
        with mute_logger("odoo.addons.customer_centricity.models"):
            self._decide()
        self.assertTrue(self._cases(other))
        self.assertEqual(self._requests(self.account).state, "failed")

    def test_a_conflict_leaves_everything_as_it_was(self):
        self._ask(self.account)
        conflict = psycopg2.errors.SerializationFailure("Somebody came first")
        with (
            patch.object(type(self.Decision), "_propose", side_effect=conflict),
            self.assertRaises(psycopg2.errors.SerializationFailure),
            self.env.cr.savepoint(),
        ):
            self.Request._decide_next()
        self.assertEqual(self._requests(self.account).state, "todo")
        with (
            patch.object(type(self.Request), "_decide_next", side_effect=conflict),
            patch.object(self.env.cr, "rollback"),
        ):
            self.assertEqual(self.Request._guarded(), 0)

    def test_a_killed_worker_is_resumed_and_does_nothing_twice(self):
        accounts = self.account
        for number in range(4):
            accounts |= self._loser(f"Number {number}", result="loss")
        self._ask(accounts)
        with patch.object(customer_decision_request, "REQUEST_BATCH", 2):
            self.assertEqual(self.Request._decide_next(), 2)
            self.env.flush_all()
            # the second batch is lost with its worker
            with self.assertRaises(KeyboardInterrupt), self.env.cr.savepoint():
                self.assertEqual(self.Request._decide_next(), 2)
                raise KeyboardInterrupt
            self.env.invalidate_all()
            self.assertEqual(len(self._cases(accounts)), 2)
            self.assertEqual(self.Request._count_todo(), 3)
            self._decide()
        self.assertEqual(len(self._cases(accounts)), 5)
        self.assertEqual(self._cases(accounts).account_id, accounts)

    def test_the_scheduled_action(self):
        accounts = self.account | self._loser("Other", result="loss")
        self._ask(accounts)
        self.env.flush_all()
        with (
            self.enter_registry_test_mode(),
            patch.object(customer_decision_request, "REQUEST_BATCH", 1),
        ):
            self.env.ref("customer_centricity.ir_cron_decide").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self._cases(accounts).account_id, accounts)
        self.assertEqual(self.Request._count_todo(), 0)

    def test_queries_do_not_grow_with_what_waits(self):
        def count(number):
            accounts = self.Account.browse()
            for one in range(number):
                accounts |= self._loser(
                    f"Waits {number} {one}", months=0, result="loss"
                )
            self._ask(accounts)
            self.env.flush_all()
            self.env.invalidate_all()
            # an environment that is still there knows its time zone, a new one asks
            self.env.user.mapped("tz")
            before = self.cr.sql_log_count
            self.assertEqual(self.Request._decide_next(), number)
            self.env.flush_all()
            return self.cr.sql_log_count - before

        count(1)
        self.assertEqual(count(2), count(20))

    # ------------------------------------------------------------------
    # Who may know
    # ------------------------------------------------------------------

    def test_who_may_read_what_waits(self):
        self.account.is_protected = True
        self._ask(self.account)
        self._decide()
        request = self._requests(self.account)
        mine = request.with_user(self.manager)
        self.assertEqual(mine.rule_name, self.rule.name)
        self.assertEqual(mine.profit, -600)
        with self.assertRaises(AccessError):
            mine.write({"state": "todo"})
        with self.assertRaises(AccessError):
            mine.read(["rule_id"])
        salesperson = self._new_user("loss_salesperson", "user")
        with self.assertRaises(AccessError):
            request.with_user(salesperson).read(["guard"])
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self._new_user("loss_stranger", "manager", elsewhere)
        self.assertFalse(self.Request.with_user(stranger).search([]))
        self.assertEqual(self.Request.with_user(self.manager).search([]), request)

    def test_what_is_asked_for_moves_along_when_accounts_fold(self):
        others = self.Account.browse()
        for number in range(2):
            others |= self._loser(f"Number {number}", result="loss")
        self._ask(others)
        waiting = self._requests(others)
        others._fold_into(self.account)
        # one of the two: there is one of an account and cause
        self.assertEqual(self._requests(self.account), waiting[0])
        self.assertFalse(waiting[1].exists())
        self._ask(self.account)
        self.assertEqual(len(self._requests(self.account)), 1)

    def test_no_save_fails_without_the_scheduled_action(self):
        self.env.ref("customer_centricity.ir_cron_decide").unlink()
        self._ask(self.account)
        self.assertEqual(self._requests(self.account).state, "todo")

    def test_everybody_s_save_may_make_a_rule_ask(self):
        salesperson = self._new_user("loss_seller", "user")
        self.account.with_user(salesperson)._request_decision("loss")
        self.assertEqual(len(self._requests(self.account)), 1)


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestDecisionAgain(RequestCommon):
    """An account that stays at a loss comes up again when the pause is over."""

    def _proposed(self):
        self._ask(self.account)
        self._decide()
        return self._cases(self.account)

    def _check_waits(self, case):
        """Check that it waits for the pause of 6 months, and what comes of it then."""
        self._decide()
        request = self._requests(self.account)
        self.assertEqual((request.cause, request.state), ("loss", "waiting"))
        self.assertEqual(request.guard, "recent_decision")
        self.assertEqual(request.rule_id, self.rule)
        self.assertEqual(
            request.with_user(self.manager).guard_text,
            "A case came to an end in the last 6 months.",
        )
        # looked at every night, it waits on
        self.Request._look_again(self.company)
        self._decide()
        self.assertEqual(request.state, "waiting")
        self.assertEqual(self._cases(self.account), case)
        self._put_in_state(case, case.state, "2026-01-15")
        self.Request._look_again(self.company)
        self._decide()
        following = self._cases(self.account) - case
        self.assertEqual((following.state, following.origin), ("proposed", "rule"))
        self.assertFalse(request.exists())

    def test_what_was_rejected(self):
        case = self._proposed()
        case.with_user(self.manager)._reject("Not now")
        self._check_waits(case)

    def test_what_was_undone(self):
        case = self._proposed()
        case.with_user(self.manager)._approve()
        case.with_user(self.manager)._undo("It did harm")
        self.assertEqual(case.state, "undone")
        self._check_waits(case)

    def test_what_was_closed_as_it_brought_enough(self):
        case = self._proposed()
        case.with_user(self.manager)._approve()
        case.expected_gain = 600

        def measured(model, cases, until_now=False):
            cases.recovered_amount = 600
            model.sudo().create({"decision_id": cases.id, "months": 3, "date": TODAY})

        with patch.object(
            type(self.env["customer.decision.measure"]), "_measure", measured
        ):
            case._review("Review")
        self.assertEqual(case.review_result, "closed")
        self._check_waits(case)

    def test_not_when_the_loss_is_over(self):
        case = self._proposed()
        self.account.result = "profit"
        case._reject("Not now")
        self.assertFalse(self._requests(self.account))

    def test_not_of_a_case_of_a_person(self):
        self.Decision._propose(self.account, "Looked at it")._reject("Not now")
        self.assertFalse(self._requests(self.account))

    def test_not_without_a_pause(self):
        self.company.customer_decision_pause_months = 0
        self._proposed()._reject("Not now")
        self.assertFalse(self._requests(self.account))

    def test_not_when_the_rule_is_off(self):
        case = self._proposed()
        self.rule.active = False
        self.addCleanup(self.rule.write, {"active": True})
        case._reject("Not now")
        self.assertFalse(self._requests(self.account))

    def test_by_the_rule_that_proposed_it(self):
        copy = self.rule.copy({"name": "Mine"})
        self.account._request_decision("loss", copy)
        self._decide()
        self._cases(self.account)._reject("Not now")
        self.assertEqual(self._requests(self.account).rule_id, copy)

    def test_archived_and_back(self):
        case = self._proposed()
        self.account.active = False
        self.assertEqual(case.state, "rejected")
        self._decide()
        self.assertFalse(self._requests(self.account))
        self.account.active = True
        self._decide()
        self.assertEqual(self._requests(self.account).guard, "recent_decision")

    def test_merged_with_one_that_has_a_case(self):
        self._proposed()
        other = self._loser("Other", result="loss")
        self._ask(other)
        self._decide()
        other._fold_into(self.account)
        self.assertEqual(
            self._cases(self.account).mapped("state"), ["proposed", "rejected"]
        )
        self._decide()
        # there is an open case: nothing is asked for
        self.assertFalse(self._requests(self.account))


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestAutomaticApproval(RequestCommon):
    """What may be applied without approval: by default nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rungs = cls.env["customer.decision.rung"].search([])

    def _propose_automatically(self, accounts):
        self.rungs.is_automatic = True
        self._ask(accounts)
        self._decide()
        return self._cases(accounts)

    def test_by_default_everything_is_for_a_person_to_approve(self):
        self.assertFalse(any(self.rungs.mapped("is_automatic")))
        self._ask(self.account)
        self._decide()
        self.assertEqual(self._cases(self.account).state, "proposed")
        self.assertFalse(self._requests(self.account))

    def test_where_the_settings_say_so(self):
        case = self._propose_automatically(self.account)
        self.assertEqual(case.state, "applied", "approved, and so applied by its rule")
        self.assertEqual(case.approval_rule, self.rule.name)
        self.assertFalse(case.approved_by_id)
        self.assertFalse(self._requests(self.account))
        told = "".join(self.account.message_ids.mapped("body"))
        self.assertIn(self.rule.name, told)

    def test_the_chatter_is_told_in_the_language_of_the_owner(self):
        self._activate_spanish()
        self.manager.lang = "es_ES"
        case = self._propose_automatically(self.account)
        self.assertEqual(case.state, "applied")
        told = "".join(case.message_ids.mapped("body"))
        self.assertIn("Decidido: ", told)
        self.assertNotIn("Decided: ", told)

    def test_only_the_best_option_s_rung_counts(self):
        self._ask(self.account)
        self._decide()
        best = self._cases(self.account).best_option_id
        self._cases(self.account)._reject("Once more")
        self.company.customer_decision_pause_months = 0
        (self.rungs - best.rung_id).is_automatic = True
        self._ask(self.account)
        self._decide()
        self.assertEqual(self._cases(self.account)[1].state, "proposed")

    def _check_held(self, guard):
        case = self._propose_automatically(self.account)
        self.assertEqual(case.state, "proposed", guard)
        request = self._requests(self.account)
        self.assertEqual((request.cause, request.guard), ("approval", guard))
        self.assertEqual(request.state, "waiting")
        self.assertTrue(request.with_user(self.manager).guard_text)
        return case

    def test_estimated_costs_hold_it_up(self):
        self.account.cost_estimated_rate = 0.9
        case = self._check_held("costs_estimated")
        self.assertEqual(case.kind, "mend")
        # once they are known another option is the best, and for people to look at
        self.account.cost_estimated_rate = 0.1
        self.Request._look_again(self.company)
        self._decide()
        self.assertEqual(case.state, "proposed")
        self.assertNotEqual(case.kind, "mend")
        self.assertFalse(self._requests(self.account))

    def test_an_account_that_is_protected_meanwhile(self):
        self.company.customer_decision_automatic_limit = 0
        case = self._check_held("automatic_limit")
        self.company.customer_decision_automatic_limit = 20
        self.account.is_protected = True
        self.Request._look_again(self.company)
        self._decide()
        self.assertEqual(case.state, "proposed")
        request = self._requests(self.account)
        self.assertEqual((request.state, request.guard), ("waiting", "protected"))
        self.assertEqual(
            request.with_user(self.manager).guard_text, "The account is protected."
        )
        # a person may go on
        case.with_user(self.manager)._approve()
        self.assertEqual(case.state, "applied")

    def test_who_speaks_well_of_us_is_left_to_people(self):
        exchange = self.env["customer.value.exchange"].create(
            {
                "account_id": self.account.id,
                "user_id": self.manager.id,
                "line_ids": [
                    (0, 0, {"name": "Care", "direction": "give", "need": "Calm"}),
                    (
                        0,
                        0,
                        {
                            "name": "Sends us friends",
                            "direction": "get",
                            "kind": "referral",
                            "typed_score": 9,
                        },
                    ),
                ],
            }
        )
        exchange.action_put_in_force()
        self._check_held("advocates")

    def test_what_is_for_administrators_is_left_to_them(self):
        # a revenue of 1,200
        self.company.customer_decision_manager_amount = 1000
        self._check_held("administrators_only")

    def test_a_rung_for_administrators_is_left_to_them(self):
        self.rungs.approval = "administrator"
        self._check_held("administrators_only")

    def test_so_many_a_day(self):
        worse = self._loser("Worse", profit=-100, result="loss")
        self.company.customer_decision_automatic_limit = 1
        self._propose_automatically(self.account | worse)
        self.assertEqual(self._cases(worse).state, "applied")
        self.assertEqual(self._cases(self.account).state, "proposed")
        self.assertEqual(self._requests(self.account).guard, "automatic_limit")
        self.Request._look_again(self.company)
        self._decide()
        self.assertEqual(self._cases(self.account).state, "proposed")
        self._go_to("2026-07-16 02:00:00")
        self.Request._look_again(self.company)
        self._decide()
        self.assertEqual(self._cases(self.account).state, "applied")

    def test_what_somebody_has_taken_in_hand(self):
        self.account.cost_estimated_rate = 0.9
        case = self._check_held("costs_estimated")
        self.account.cost_estimated_rate = 0
        other = case.option_ids.filtered(
            lambda option: option.is_possible and option != case.option_id
        )[:1]
        case.with_user(self.manager).write(
            {"option_id": other.id, "choice_reason": "I know them"}
        )
        self.Request._look_again(self.company)
        self._decide()
        self.assertEqual(case.state, "proposed")
        self.assertFalse(self._requests(self.account))

    def test_what_somebody_has_touched_is_left_to_people(self):
        self.company.customer_decision_automatic_limit = 0
        case = self._check_held("automatic_limit")
        option = case.option_id.with_user(self.manager)
        asked = self._requests(self.account)
        self.assertEqual(asked.cause, "approval")
        other = self._new_user("other_manager", "manager")
        for number, touch in enumerate(
            (
                lambda: option.write({"acceptance_rate": 1}),
                lambda: option.write({"state": "tried", "state_reason": "In May"}),
                lambda: case.with_user(self.manager).write({"user_id": other.id}),
                lambda: case.with_user(self.manager).write({"reason": "I know them"}),
            )
        ):
            with self.subTest(number=number), self.env.cr.savepoint() as savepoint:
                touch()
                self.env.flush_all()
                self.assertTrue(case.is_taken_in_hand)
                self.assertFalse(self._requests(self.account), "nobody is asked")
                # nor by a note of somebody else's rule
                self.Request._note_decisions(case, "approval", self.rule)
                self.company.customer_decision_automatic_limit = 20
                self._decide()
                self.assertEqual(case.state, "proposed")
                self.assertFalse(case.approval_rule)
                savepoint.rollback()
                self.env.invalidate_all()
        self.assertFalse(case.is_taken_in_hand)
        self.company.customer_decision_automatic_limit = 20
        self.Request._look_again(self.company)
        self._decide()
        self.assertEqual(case.state, "applied", "nobody has touched it")

    def test_to_be_taken_in_hand_is_not_for_people_to_write(self):
        self._ask(self.account)
        self._decide()
        case = self._cases(self.account).with_user(self.manager)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            case.is_taken_in_hand = True
        case.review_months = "12"
        self.assertFalse(case.is_taken_in_hand, "when to look again changes nothing")

    def test_a_case_of_a_person_is_for_people(self):
        self.rungs.is_automatic = True
        case = self.Decision._propose(self.account, "Looked at it")
        self._ask(self.account)
        self._decide()
        self.assertEqual(case.state, "proposed")

    def test_one_bad_case_stops_no_other(self):
        accounts = self.account
        for number in range(3):
            accounts |= self._loser(f"Number {number}", result="loss")
        bad = accounts[2]
        original = type(self.Decision)._keep_promises

        def refuse(cases):
            if bad in cases.account_id:
                raise ValueError("Not this one")
            return original(cases)

        with (
            patch.object(type(self.Decision), "_keep_promises", refuse),
            mute_logger("odoo.addons.customer_centricity.models"),
        ):
            self._propose_automatically(accounts)
        self.assertEqual(set(self._cases(accounts - bad).mapped("state")), {"applied"})
        self.assertEqual(self._cases(bad).state, "proposed")
        self.assertEqual(self._requests(bad).error, "ValueError: Not this one")


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestDecisionReview(LossCommon):
    """A case is looked at again: closed when it helped, or taken a step further."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls._loser("First", result="loss")

    def _applied(self, account, promised=600):
        case = self.Decision._propose(account, "Looked at it")
        self.env.flush_all()
        case.with_user(self.manager)._approve()
        self.assertEqual(case.state, "applied")
        case.expected_gain = promised
        return case

    def _review(self, recovered):
        """Review what is asked for, as if so much a year had been recovered."""
        measure = type(self.env["customer.decision.measure"])

        def measured(model, cases, until_now=False):
            for case in cases:
                case.recovered_amount = recovered
                self.measured.append(case)
            model.sudo().create(
                [{"decision_id": case.id, "months": 3, "date": TODAY} for case in cases]
            )

        self.measured = []
        with patch.object(measure, "_measure", measured):
            while self.Request._decide_next():
                self.env.flush_all()
        self.env.invalidate_all()

    def _cases(self, account):
        return self.Decision.search([("account_id", "=", account.id)], order="id")

    def test_half_of_what_was_promised_is_enough(self):
        case = self._applied(self.account)
        case._request_review()
        self._review(300)
        self.assertEqual((case.state, case.review_result), ("reviewed", "closed"))
        self.assertEqual(case.reviewed_date.isoformat(), TODAY)
        # the sentence tells it, and no line of what was changed besides
        self._flush_tracking()
        tracked = case.message_ids.tracking_value_ids.field_id.mapped("name")
        self.assertNotIn("review_result", tracked)
        self.assertEqual(self._cases(self.account), case)
        self.assertFalse(self.Request.search([("decision_id", "=", case.id)]))
        self.assertFalse(case.activity_ids)

    def test_less_is_taken_a_step_further(self):
        case = self._applied(self.account)
        tried = case.option_id
        case._request_review()
        self._review(299)
        self.assertEqual((case.state, case.review_result), ("reviewed", "escalated"))
        following = self._cases(self.account) - case
        self.assertEqual(following.previous_id, case)
        self.assertEqual((following.state, following.origin), ("proposed", "rule"))
        again = following.option_ids.filtered(
            lambda option: option.rung_id == tried.rung_id
        )
        self.assertEqual(again.state, "tried")
        self.assertTrue(again.state_reason)
        self.assertFalse(again.is_best)
        self.assertNotEqual(following.option_id.rung_id, tried.rung_id)
        self.assertIn("did not help enough", following.reason)
        self.assertEqual(following.activity_ids.user_id, self.manager)

    def _review_as_it_is(self, case, day):
        """Review a case when the review date that somebody has set is reached."""
        case.with_user(self.manager).review_date = day
        self._go_to(day)
        case._request_review()
        while self.Request._decide_next():
            self.env.flush_all()
        self.env.invalidate_all()

    def _go_to(self, day):
        freezer = freeze_time(day)
        freezer.start()
        self.addCleanup(freezer.stop)

    def test_before_there_is_anything_to_measure(self):
        case = self._applied(self.account)
        case.review_months = "6"
        self._review_as_it_is(case, TODAY)
        self.assertEqual(case.state, "applied")
        self.assertFalse(case.review_result)
        self.assertFalse(case.measure_ids)
        self.assertEqual(self._cases(self.account), case, "nothing is proposed")
        # six whole months after July end with January
        self.assertEqual(case.review_date.isoformat(), "2027-02-10")
        self.assertFalse(self.Request.search([("decision_id", "=", case.id)]))
        activity = case.activity_ids.filtered(
            lambda one: one.summary == "Review put off"
        )
        self.assertEqual(activity.user_id, self.manager)
        self.assertIn("02/10/2027", activity.note)
        # what is told once is not told twice
        self._review_as_it_is(case, TODAY)
        self.assertEqual(case.activity_ids.mapped("summary").count("Review put off"), 1)

    def test_figures_that_lag_behind(self):
        case = self._applied(self.account)
        case.review_months = "6"
        # the last refresh was in July
        self.company.customer_window_end = "2026-07-01"
        self._review_as_it_is(case, "2027-02-10")
        self.assertEqual(case.state, "applied")
        self.assertEqual(case.review_date.isoformat(), "2027-03-10")
        self.company.customer_window_end = "2027-03-01"
        self._review_as_it_is(case, "2027-03-10")
        self.assertEqual(case.state, "reviewed")
        self.assertTrue(case.measure_ids)

    def test_step_by_step_up_the_ladder(self):
        case = self._applied(self.account)
        rungs = case.option_id.rung_id
        for _step in range(2):
            case._request_review()
            self._review(0)
            case = self._cases(self.account)[-1]
            self.assertNotIn(case.option_id.rung_id, rungs)
            self.assertEqual(
                case.option_ids.filtered(lambda one: one.state == "tried").rung_id,
                rungs,
            )
            rungs |= case.option_id.rung_id
            case.with_user(self.manager)._approve()
            case.expected_gain = 600

    def test_no_longer_at_a_loss(self):
        for result in ("profit", "even", "no_activity"):
            account = self._loser(result, result="loss")
            case = self._applied(account)
            account.result = result
            case._request_review()
            self._review(0)
            self.assertEqual(case.review_result, "closed", result)

    def test_an_archived_account_is_not_taken_further(self):
        case = self._applied(self.account)
        self.account.active = False
        case._request_review()
        self._review(0)
        self.assertEqual(case.review_result, "closed")
        told = case.message_ids[0].body
        self.assertIn("archived", told)
        self.assertNotIn("no longer at a loss", told)

    def test_where_nothing_was_promised(self):
        case = self._applied(self.account, promised=0)
        case._request_review()
        self._review(0)
        self.assertEqual(case.review_result, "escalated")

    def test_only_what_is_applied_is_reviewed(self):
        case = self._applied(self.account)
        case._request_review()
        case._request_review()
        self.assertEqual(self.Request.search_count([("decision_id", "=", case.id)]), 1)
        case.with_user(self.manager)._undo("Not a good idea")
        self._review(0)
        self.assertEqual(case.state, "undone")
        self.assertEqual(self.measured, [])
        self.assertFalse(self.Request.search([("decision_id", "=", case.id)]))

    def test_what_is_told_has_no_amounts(self):
        case = self._applied(self.account)
        case._request_review()
        self._review(0)
        self.env.flush_all()
        self.cr.precommit.run()
        told = case.message_ids | self.account.message_ids
        self.assertIn("did not help enough", "".join(told.mapped("body")))
        for body in told.mapped("body"):
            self.assertNotIn("600", body)

    # ------------------------------------------------------------------
    # Now
    # ------------------------------------------------------------------

    def _apply_on(self, case, day):
        self.env.flush_all()
        self.cr.execute(
            "UPDATE customer_decision SET applied_date = %s WHERE id = %s",
            (day, case.id),
        )
        self.env.invalidate_all()

    def test_review_now(self):
        case = self._applied(self.account)
        # applied in April 2026: May and June, at a loss of 50 each, are over, as March
        # and February are; nothing has changed
        self._apply_on(case, "2026-04-10")
        case.with_user(self.manager).action_review_now()
        self.assertEqual((case.state, case.review_result), ("reviewed", "escalated"))
        measure = case.measure_ids
        self.assertEqual(measure.months, 2)
        self.assertEqual(
            (measure.profit_before, measure.profit_after, measure.change),
            (-100, -100, 0),
        )
        # 600 a year
        self.assertEqual(measure.expected_gain, 100)
        following = self._cases(self.account) - case
        self.assertEqual((following.origin, following.previous_id), ("hand", case))

    def test_review_now_measures_all_months_there_are(self):
        case = self._applied(self.account)
        self._apply_on(case, "2026-01-31 12:00:00")
        case.with_user(self.manager).action_review_now()
        self.assertEqual(case.measure_ids.mapped("months"), [3, 5])

    def test_review_now_without_a_whole_month(self):
        case = self._applied(self.account)
        for day in ("2026-07-01 12:00:00", "2026-06-01 12:00:00"):
            self._apply_on(case, day)
            with self.assertRaisesRegex(UserError, "no whole month has passed"):
                case.with_user(self.manager).action_review_now()
        self.assertEqual(case.state, "applied")
        self._apply_on(case, "2026-05-31 12:00:00")
        case.with_user(self.manager).action_review_now()
        self.assertEqual(case.state, "reviewed")

    def test_review_now_of_what_is_not_applied(self):
        case = self.Decision._propose(self.account, "Looked at it")
        with self.assertRaisesRegex(UserError, "is in state “Proposed”"):
            case.with_user(self.manager).action_review_now()
        salesperson = self._new_user("loss_reviewer", "user")
        with self.assertRaises(AccessError):
            case.with_user(salesperson).action_review_now()

    def test_a_rung_with_a_percent_sign(self):
        case = self._applied(self.account)
        case.option_id.rung_id.name = "5% more, 100%s of them"
        for result in ("closed", "escalated"):
            self.assertIn("“5% more, 100%s of them”", case._get_review_in_words(result))

    def test_many_at_once(self):
        accounts = self.account
        for number in range(3):
            accounts |= self._loser(f"Number {number}", result="loss")
        for account in accounts:
            self._applied(account)
        accounts[1].result = "profit"
        accounts.decision_ids._request_review()
        self._review(0)
        self.assertEqual(len(self.measured), 4)
        for account in accounts:
            self.assertEqual(
                len(self._cases(account)), 1 if account == accounts[1] else 2
            )

    def test_one_bad_case_stops_no_other(self):
        other = self._loser("Other", result="loss")
        cases = self._applied(self.account) | self._applied(other)
        cases._request_review()
        original = type(self.Decision)._has_helped

        def refuse(case):
            if case.account_id == other:
                raise ValueError("Not this one")
            return original(case)

        with (
            patch.object(type(self.Decision), "_has_helped", refuse),
            mute_logger("odoo.addons.customer_centricity.models"),
        ):
            self._review(600)
        self.assertEqual(cases.mapped("state"), ["reviewed", "applied"])
        request = self.Request.search([("decision_id", "=", cases[1].id)])
        self.assertEqual((request.state, request.cause), ("failed", "review"))

    def test_a_review_counts_as_no_new_case(self):
        self.company.customer_decision_proposal_limit = 1
        self._applied(self.account)._request_review()
        self._review(0)
        other = self._loser("Other", result="loss")
        other._request_decision("loss")
        self._review(0)
        self.assertEqual(len(self._cases(other)), 1)
