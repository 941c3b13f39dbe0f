from datetime import date

import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import TODAY
from .common_decision import DecisionCommon

TYPE = "customer_centricity.mail_activity_decision"


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestDecision(DecisionCommon):
    """Proposing, approving and rejecting: what is kept, and who may."""

    # ------------------------------------------------------------------
    # Proposing
    # ------------------------------------------------------------------

    def test_the_figures_of_the_day_are_kept(self):
        decision = self._propose()
        figures = {
            "state": "proposed",
            "origin": "hand",
            "company_id": self.company,
            "user_id": self.manager,
            "start_date": date(2026, 7, 15),
            "stage_date": date(2026, 7, 15),
            "start_revenue": 1000,
            "start_profit": -1000,
            "start_hours": 50,
            "start_lifetime_value": self.north_account.lifetime_value,
            "start_service_level_id": self.personal,
            "start_tier_id": self.north_account.tier_id,
            "stake_amount": 1000,
        }
        self.assertEqual({name: decision[name] for name in figures}, figures)
        self._invoice(self.north, "2026-04-10", (self.service, 1, 400))
        self._refresh()
        self.assertEqual(self.north_account.profit, -600)
        self.assertEqual({name: decision[name] for name in figures}, figures)

    def test_what_is_at_stake_is_a_years_loss(self):
        """Of a window of six months the loss counts twice, a profit not at all."""
        self.company.customer_window_months = 6
        self._refresh()
        self._invoice(self.south, "2026-04-10", (self.service, 1, 900))
        self._refresh()
        self.assertEqual(self.north_account.profit, -1000)
        self.assertEqual(self.south_account.profit, 600)
        decisions = self._propose(self.north_account | self.south_account)
        self.assertEqual(decisions.mapped("stake_amount"), [2000, 0])

    def test_the_owner_is_asked_and_the_account_is_told(self):
        decision = self._propose()
        activity = decision.activity_ids
        self.assertEqual(activity.activity_type_id, self.env.ref(TYPE))
        self.assertEqual(activity.user_id, self.manager)
        self.assertEqual(activity.date_deadline, date(2026, 7, 22), "a week")
        self.assertIn("It loses money", activity.note)
        told = self._bodies(self.north_account)
        self.assertIn("Something is to be decided about this account.", told)
        self.assertNotIn("1,000", told)
        self.assertTrue(decision.option_ids)
        self.assertEqual(decision.option_id, decision.best_option_id)
        self.assertIn("North Hotel", decision.display_name)

    def test_an_owner_who_has_left_is_an_administrator(self):
        self.manager.active = False
        decision = self._propose()
        self.assertTrue(
            decision.user_id.has_group("customer_centricity.group_administrator")
        )
        self.assertEqual(decision.activity_ids.user_id, decision.user_id)

    def test_whoever_may_not_decide_is_not_asked_to(self):
        """The account's salesperson follows the case, and administrators decide."""
        self.north_account.user_id = self.salesperson
        decisions = self._propose(self.north_account | self.south_account)
        north, south = decisions
        self.assertTrue(
            north.user_id.has_group("customer_centricity.group_administrator")
        )
        self.assertEqual(north.activity_ids.user_id, north.user_id)
        self.assertIn(self.salesperson.partner_id, north.message_partner_ids)
        self.assertEqual(south.user_id, self.manager)
        self.assertEqual(south.activity_ids.user_id, self.manager)
        self.assertNotIn(self.salesperson.partner_id, south.message_partner_ids)

    def test_a_salesperson_of_elsewhere_does_not_follow(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.salesperson.write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        self.env.flush_all()
        self.cr.execute(
            "UPDATE customer_account SET user_id = %s WHERE id = %s",
            (self.salesperson.id, self.north_account.id),
        )
        self.env.invalidate_all()
        decision = self._propose()
        self.assertNotIn(self.salesperson.partner_id, decision.message_partner_ids)

    def test_an_owner_who_may_not_decide_carries_out(self):
        """A manager may well leave it to a salesperson to talk with the customer."""
        decision = self._propose()
        decision.user_id = self.salesperson
        self._choose(decision, "change_level", service_level_id=self.thrifty.id)
        decision._approve()
        decision._apply()
        self.assertEqual(decision.activity_ids.user_id, self.salesperson)
        decision._ask(TYPE, {decision: ("Decide what to do", "")})
        asked = decision.activity_ids.filtered(
            lambda one: one.activity_type_id == self.env.ref(TYPE)
        )
        self.assertTrue(
            asked.user_id.has_group("customer_centricity.group_administrator")
        )

    def test_the_rule_that_proposed_it_is_told(self):
        decision = self._propose(origin="rule", rule="Losses")
        self.assertEqual((decision.origin, decision.rule_name), ("rule", "Losses"))
        self.assertIn(
            "The rule “Losses” has found that something is to be decided",
            self._bodies(self.north_account),
        )

    def test_a_rule_is_called_by_its_name(self):
        rule = self.env.ref("customer_centricity.automation_propose_decision")
        decision = self._propose(origin="rule", rule=rule)
        self.assertEqual(decision.rule_name, rule.name)
        decision._reject("No")
        gone = self._propose(origin="rule", rule=rule.browse())
        self.assertFalse(gone.rule_name)
        self.assertNotIn("The rule “”", self._bodies(gone))

    def test_reasons_of_each_account(self):
        accounts = self.north_account | self.south_account
        decisions = self.Decision._propose(
            accounts,
            {self.north_account.id: "Too many calls", self.south_account.id: "<b>"},
        )
        self.assertEqual(decisions.mapped("reason"), ["Too many calls", "<b>"])
        self.assertIn("&lt;b&gt;", self._bodies(self.south_account))
        self.assertNotIn("<b>", decisions[1].activity_ids.note)

    def test_an_account_has_one_open_case(self):
        first = self._propose()
        with self.assertRaisesRegex(UserError, "open case already: North Hotel"):
            self._propose(self.north_account | self.south_account)
        self.assertFalse(self.south_account.decision_ids, "none of them")
        with self.assertRaisesRegex(UserError, "North Hotel"):
            self.Decision.create({"account_id": self.north_account.id})
        rest = self._propose(
            self.north_account | self.south_account, origin="rule", rule="Losses"
        )
        self.assertEqual(rest.account_id, self.south_account, "a rule leaves it out")
        first._reject("No")
        self.assertTrue(self._propose())
        first.flush_recordset()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.cr.savepoint(),
        ):
            self.cr.execute(
                "UPDATE customer_decision SET state = 'applied' WHERE id = %s",
                [first.id],
            )

    def test_a_manager_begins_a_case_in_the_form(self):
        decisions = self.Decision.with_user(self.manager)
        decision = decisions.create(
            {"account_id": self.north_account.id, "reason": "Too many calls"}
        )
        self.assertEqual(decision.stake_amount, 1000)
        self.assertEqual(decision.user_id, self.manager)
        self.assertEqual(decision.option_id, decision.best_option_id)
        self.assertEqual(len(decision.activity_ids), 1)

    # ------------------------------------------------------------------
    # What people write
    # ------------------------------------------------------------------

    def test_people_decide_by_the_buttons(self):
        decision = self._propose().with_user(self.manager)
        for vals in (
            {"state": "approved"},
            {"stake_amount": 1},
            {"start_profit": 5},
            {"expected_gain": 5},
            {"origin": "rule"},
            {"approved_by_id": self.manager.id},
            {"review_result": "closed"},
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                decision.write(vals)
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                decision.create({"account_id": self.south_account.id, **vals})
        with self.assertRaises(AccessError):
            decision.with_context(default_state="applied").create(
                {"account_id": self.south_account.id}
            )
        with self.assertRaisesRegex(UserError, "Account cannot be changed any more"):
            decision.account_id = self.south_account

    def test_what_was_decided_stays(self):
        decision = self._propose().with_user(self.manager)
        decision.write({"reason": "Too many calls", "review_months": "3"})
        decision._approve()
        for vals in (
            {"reason": "Other"},
            {"choice_reason": "Other"},
            {"option_id": decision.option_ids[-1].id},
            {"advocacy_value": 100},
        ):
            with (
                self.subTest(vals=vals),
                self.assertRaisesRegex(UserError, "cannot be changed any more"),
            ):
                decision.write(vals)
        decision.write({"review_months": "12", "user_id": self.administrator.id})
        decision._reject("No")
        with self.assertRaisesRegex(UserError, "cannot be changed any more"):
            decision.review_months = "3"

    def test_another_choice_stays_until_its_reason_goes(self):
        decision = self._propose()
        best = decision.best_option_id
        other = (decision.option_ids - best)[:1]
        decision.write({"option_id": other.id, "choice_reason": "We know them"})
        self.assertEqual(decision.option_id, other)
        decision.advocacy_value = 10
        self.assertEqual(decision.option_id, other, "also when figures change")
        decision.choice_reason = False
        self.assertEqual(decision.option_id, decision.best_option_id)

    def test_days_and_review_date(self):
        decision = self._propose()
        self.assertEqual(decision.review_months, "6", "the company's setting")
        with freeze_time("2026-07-25"):
            decision.invalidate_recordset(["stage_days"])
            self.assertEqual(decision.stage_days, 10)
            decision._approve()
            self.assertEqual(decision.stage_days, 0)
            decision._apply()
        # six whole months after July, and their documents
        self.assertEqual(decision.review_date, date(2027, 2, 10))
        decision.review_months = "3"
        self.assertEqual(decision.review_date, date(2026, 11, 10))
        decision.review_date = "2026-12-01"
        self.assertEqual(decision.review_date, date(2026, 12, 1))

    # ------------------------------------------------------------------
    # Approving
    # ------------------------------------------------------------------

    def test_the_best_is_approved(self):
        decision = self._propose().with_user(self.manager)
        option = decision.option_id
        self.assertTrue(decision.can_approve)
        decision._approve("Let us try")
        self.assertEqual(decision.state, "approved")
        self.assertEqual(decision.approved_by_id, self.manager)
        self.assertTrue(decision.approved_date)
        self.assertFalse(decision.choice_reason)
        self.assertFalse(decision.activity_ids, "there is nothing to decide any more")
        self.assertFalse(decision.can_approve)
        for name, promised in (
            ("expected_profit", option.expected_profit),
            ("expected_value", option.expected_value),
            ("expected_gain", option.profit_gain),
        ):
            self.assertEqual(decision[name], promised)
        told = self._bodies(self.north_account)
        self.assertIn(f"Decided: {option.rung_id.name}. Let us try", told)
        self.assertIn("Let us try", self._bodies(decision))

    def test_what_was_promised_stays(self):
        decision = self._choose(
            self._propose(), "reprice", price_rate=0.5, acceptance_rate=1
        )
        decision._approve()
        # half of 1,000 more revenue
        self.assertEqual(decision.expected_gain, 500)
        self.assertEqual(decision.expected_profit, -500)
        self._invoice(self.north, "2026-04-10", (self.service, 1, 400))
        self._refresh()
        self.assertEqual(decision.expected_gain, 500)
        decision.recovered_amount = 125
        self.assertEqual(decision.recovered_rate, 0.25)

    def test_another_than_the_best_wants_a_reason(self):
        decision = self._propose()
        decision.option_id = decision.option_ids.filtered("is_possible").filtered(
            lambda option: not option.is_best and option.kind != "end"
        )[0]
        with self.assertRaisesRegex(UserError, "more is expected of “"):
            decision._approve()
        decision._approve(" They asked for it ")
        self.assertEqual(decision.choice_reason, "They asked for it")
        self.assertEqual(decision.state, "approved")

    def test_what_is_not_possible_is_refused(self):
        decision = self._propose()
        option = decision.option_ids.filtered(lambda one: one.kind == "reprice")
        option.write({"state": "ruled_out", "state_reason": "A contract"})
        decision.write({"option_id": option.id, "choice_reason": "So"})
        with self.assertRaisesRegex(UserError, "North Hotel.* is not possible"):
            decision._approve()
        decision.option_id = False
        with self.assertRaisesRegex(UserError, "choose one of the options"):
            decision._approve()
        other = self._propose(self.south_account)
        decision.option_id = other.option_id
        with self.assertRaisesRegex(UserError, "choose one of the options"):
            decision._approve()

    def test_the_end_comes_last(self):
        decision = self._choose(self._propose(), "end")
        with self.assertRaises(UserError):
            decision._approve()
        self.assertEqual(decision.state, "proposed")
        untried = decision._get_untried()
        self.assertIn("mend", untried.mapped("kind"))
        self.assertNotIn("end", untried.mapped("kind"))
        self._rule_out_milder(decision)
        self.assertFalse(decision._get_untried())
        decision._approve()
        self.assertEqual(decision.state, "approved")

    def test_all_or_none_are_approved(self):
        decisions = self._propose(self.north_account | self.south_account)
        decisions[1].option_id = False
        with self.assertRaisesRegex(UserError, "South Clinic"):
            with self.cr.savepoint():
                decisions._approve()
        self.assertEqual(decisions.mapped("state"), ["proposed", "proposed"])

    def test_a_rule_approves_by_the_settings(self):
        decision = self._propose(origin="rule", rule="Losses")
        decision.option_id.rung_id.approval = "administrator"
        decision._approve(rule="Without asking")
        self.assertEqual(decision.state, "approved")
        self.assertFalse(decision.approved_by_id)
        self.assertEqual(decision.approval_rule, "Without asking")
        self.assertIn("by the rule “Without asking”", self._bodies(self.north_account))

    # ------------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------------

    def _assert_refused(self, decision, user, text):
        decision = decision.with_user(user)
        self.assertFalse(decision.can_approve)
        with self.assertRaisesRegex(AccessError, text):
            decision._approve()
        self.assertEqual(decision.state, "proposed")

    def test_rights_by_rung(self):
        decision = self._propose()
        decision.option_id.rung_id.approval = "administrator"
        self._assert_refused(decision, self.manager, "is for administrators to approve")
        decision.with_user(self.administrator)._approve()
        self.assertEqual(decision.state, "approved")

    def test_undoing_takes_the_right_to_approve(self):
        decisions = self._propose(self.north_account | self.south_account)
        decisions.with_user(self.administrator)._approve()
        # to apply what is approved, any account manager has the right to
        decisions[0].option_id.rung_id.approval = "administrator"
        decisions.with_user(self.manager)._apply()
        self.assertEqual(set(decisions.mapped("state")), {"applied"})
        with (
            self.assertRaisesRegex(
                AccessError, "takes the right to approve it to undo it.*administrators"
            ),
            self.cr.savepoint(),
        ):
            decisions.with_user(self.manager)._undo("It did harm")
        self.assertEqual(set(decisions.mapped("state")), {"applied"})
        wizard = (
            self.env["customer.decision.step"]
            .with_user(self.manager)
            .create({"decision_ids": [Command.set(decisions.ids)], "step": "undo"})
        )
        self.assertEqual(wizard.ready_ids, decisions[1])
        self.assertIn("takes the right to approve it", wizard.left_out_summary)
        decisions[0].option_id.rung_id.approval = "manager"
        self.company.customer_decision_manager_amount = 999
        decisions[1].with_user(self.manager)._undo("It did harm")
        with self.assertRaises(AccessError), self.cr.savepoint():
            decisions[0].with_user(self.manager)._undo("It did harm")
        decisions[0].with_user(self.administrator)._undo("It did harm")
        self.assertEqual(set(decisions.mapped("state")), {"undone"})

    def test_rights_by_level(self):
        decision = self._choose(
            self._propose(), "change_level", service_level_id=self.thrifty.id
        )
        self.thrifty.approval = "administrator"
        self._assert_refused(decision, self.manager, "for administrators to give")
        self.assertTrue(decision.with_user(self.administrator).can_approve)
        self.thrifty.approval = "manager"
        decision.with_user(self.manager)._approve()
        self.assertEqual(decision.state, "approved")

    def test_rights_by_amount(self):
        """North is invoiced 1,000 in the window of a year, South 500."""
        decisions = self._propose(self.north_account | self.south_account)
        self.company.customer_decision_manager_amount = 999
        self._assert_refused(decisions[0], self.manager, "above what account managers")
        self.assertTrue(decisions[1].with_user(self.manager).can_approve)
        self.company.customer_decision_manager_amount = 1000
        decisions.invalidate_recordset(["can_approve"])
        self.assertTrue(decisions[0].with_user(self.manager).can_approve)
        self.company.customer_decision_manager_amount = 999
        decisions.with_user(self.administrator)._approve()
        self.assertEqual(set(decisions.mapped("state")), {"approved"})

    def test_the_amount_is_that_of_a_year(self):
        self.company.customer_window_months = 6
        self._refresh()
        decision = self._propose()
        self.company.customer_decision_manager_amount = 1999
        self._assert_refused(decision, self.manager, "above what account managers")
        self.company.customer_decision_manager_amount = 2000
        decision.with_user(self.manager)._approve()
        self.assertEqual(decision.state, "approved")

    def test_a_salesperson_reads_the_case_and_no_figure(self):
        decision = self._propose()
        user = decision.with_user(self.salesperson)
        self.assertEqual(
            user.read(["state", "reason"])[0],
            {"id": decision.id, "state": "proposed", "reason": "It loses money"},
        )
        self.assertFalse(user.can_approve)
        self.assertEqual(
            self.north_account.with_user(self.salesperson).decision_id, user
        )
        for name, field in decision._fields.items():
            if field.type in ("monetary", "float") or name in (
                "effect_ids",
                "measure_ids",
                "guard_summary",
            ):
                with self.subTest(name=name), self.assertRaises(AccessError):
                    user.read([name])
        for step in (
            lambda: user._approve(),
            lambda: user._reject("No"),
            lambda: user._apply(),
            lambda: user._undo("No"),
            lambda: user.write({"reason": "Other"}),
            lambda: user.unlink(),
            lambda: user._propose(self.south_account.with_user(user.env.user), "So"),
            lambda: user.create({"account_id": self.south_account.id}),
        ):
            with self.assertRaises(AccessError):
                step()
        self.assertEqual(decision.state, "proposed")

    def test_guards_are_shown(self):
        decision = self._propose()
        self.north_account.is_protected = True
        decision.invalidate_recordset(["guard_summary"])
        text = decision.with_user(self.manager).guard_summary
        self.assertIn("protected", text)
        self.assertNotIn("open case", text)
        decision._approve()
        self.assertEqual(decision.state, "approved", "a person goes on against them")

    # ------------------------------------------------------------------
    # Rejecting, transitions, deleting
    # ------------------------------------------------------------------

    def test_rejected_with_a_reason(self):
        decision = self._propose().with_user(self.manager)
        with self.assertRaisesRegex(UserError, "Give the reason"):
            decision._reject("  ")
        decision._reject("A good year comes")
        self.assertEqual(decision.state, "rejected")
        self.assertEqual(decision.reject_reason, "A good year comes")
        self.assertFalse(decision.activity_ids)
        self.assertIn("A good year comes", self._bodies(self.north_account))
        self.assertFalse(self.north_account.decision_id)

    def test_transitions(self):
        """Every step from every state: what is not told here is refused."""
        steps = {
            "approve": lambda decision: decision._approve(),
            "reject": lambda decision: decision._reject("So"),
            "undo": lambda decision: decision._undo("So"),
        }
        allowed = {
            ("proposed", "approve"): "approved",
            ("proposed", "reject"): "rejected",
            ("approved", "reject"): "rejected",
            ("applied", "undo"): "undone",
            ("reviewed", "undo"): "undone",
        }
        states = dict(self.Decision._fields["state"].selection)
        for state in states:
            for name, step in steps.items():
                decision = self._propose()
                decision.state = state
                with self.subTest(state=state, step=name):
                    if (state, name) in allowed:
                        step(decision)
                        self.assertEqual(decision.state, allowed[state, name])
                    else:
                        with self.assertRaisesRegex(UserError, states[state]):
                            step(decision)
                        self.assertEqual(decision.state, state)
                decision._erase()
        for state in states:
            decision = self._propose()
            decision.state = state
            with self.subTest(state=state, step="apply"):
                applied = decision._apply()
                self.assertEqual(bool(applied), state == "approved")
                self.assertEqual(
                    decision.state, "applied" if state == "approved" else state
                )
            decision._erase()

    def test_what_was_decided_is_not_deleted(self):
        decision = self._propose()
        decision._approve()
        for state in ("approved", "applied", "reviewed", "undone"):
            decision.state = state
            with self.subTest(state=state), self.assertRaises(UserError):
                decision.with_user(self.administrator).unlink()
        decision.state = "rejected"
        with self.assertRaises(AccessError):
            decision.with_user(self.manager).unlink()
        decision.with_user(self.administrator).with_context(
            customer_decision_erase=True
        ).unlink()
        self.assertFalse(decision.exists())
        other = self._propose()
        other.state = "applied"
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            other.with_user(self.administrator).with_context(
                customer_decision_erase=True
            ).unlink()

    # ------------------------------------------------------------------
    # The account side
    # ------------------------------------------------------------------

    def test_accounts_by_their_case(self):
        decision = self._propose()
        accounts = self.north_account | self.south_account
        self.assertEqual(accounts.mapped("decision_id"), decision)
        self.assertEqual(self.north_account.decision_count, 1)

        def find(*domain):
            return self.Account.search([("id", "in", accounts.ids), domain])

        self.assertEqual(find("decision_id", "!=", False), self.north_account)
        self.assertEqual(find("decision_id", "=", False), self.south_account)
        self.assertEqual(find("decision_id", "=", decision.id), self.north_account)
        self.assertEqual(find("decision_id.state", "=", "proposed"), self.north_account)
        self.assertFalse(find("decision_id.state", "=", "applied"))
        decision._reject("No")
        self.assertFalse(self.north_account.decision_id)
        self.assertFalse(find("decision_id", "!=", False))
        self.assertEqual(self.north_account.decision_count, 1)

    def test_archived_accounts_have_nothing_to_be_decided(self):
        proposed, applied = self._propose(self.north_account | self.south_account)
        applied._approve()
        applied._apply()
        (self.north_account | self.south_account).with_user(
            self.manager
        ).action_archive()
        self.assertEqual(proposed.state, "rejected")
        self.assertIn("archived", proposed.reject_reason)
        self.assertEqual(applied.state, "applied", "it holds, and can be undone")
        applied._undo("Back")
        self.assertEqual(applied.state, "undone")

    def test_merged_accounts_keep_the_older_case(self):
        old = self._propose(self.south_account)
        new = self._propose(self.north_account)
        done = self._propose(self._lose_many(1))
        done._reject("No")
        (done.account_id | self.north_account)._fold_into(self.south_account)
        self.assertEqual((old | new | done).account_id, self.south_account)
        self.assertEqual(old.state, "proposed")
        self.assertEqual(new.state, "rejected")
        self.assertIn("merged", new.reject_reason)
        self.assertEqual(self.south_account.decision_id, old)

    def test_merged_accounts_keep_what_was_applied(self):
        proposed = self._propose(self.south_account)
        applied = self._give_thrifty(self.north_account)
        applied._apply()
        self.north_account._fold_into(self.south_account)
        self.assertEqual(applied.state, "applied")
        self.assertEqual(proposed.state, "rejected")
        self.assertEqual(self.south_account.decision_id, applied)

    def test_of_two_that_were_applied_one_is_closed(self):
        decisions = self._give_thrifty(self.north_account | self.south_account)
        decisions._apply()
        self.south_account._fold_into(self.north_account)
        self.assertEqual(decisions.mapped("state"), ["applied", "reviewed"])
        self.assertEqual(decisions[1].review_result, "closed")
        self.assertEqual(decisions.account_id, self.north_account)

    def test_what_is_asked_for_merged_accounts_is_asked_once(self):
        accounts = self.north_account | self.south_account
        third = self._lose_many(1)
        self._switch_rules(True)
        requests = self.env["customer.decision.request"]
        requests.search([]).unlink()
        (accounts | third)._request_decision("loss")
        case = self._propose(third)
        requests._note_decisions(case, "approval", None)
        self.assertEqual(len(requests.search([])), 4)
        (self.south_account | third)._fold_into(self.north_account)
        rest = requests.search([])
        self.assertEqual(rest.account_id, self.north_account)
        self.assertEqual(sorted(rest.mapped("cause")), ["approval", "loss"])
        self.assertEqual(case.account_id, self.north_account)

    def test_a_contact_goes_with_all_that_was_decided(self):
        partner = self.env["res.partner"].create({"name": "Gone & Co"})
        self._lose(partner, 10, 1, self._create_project(partner))
        self._refresh()
        decision = self._give_thrifty(self._account(partner))
        decision._apply()
        self._flush_tracking()
        ids, effects = decision.ids, decision.effect_ids
        self.assertTrue(effects)
        self.env["account.analytic.line"].search(
            [("partner_id", "=", partner.id)]
        ).unlink()
        self.env["account.move"].search(
            [("partner_id", "=", partner.id)]
        ).button_draft()
        self.env["account.move"].search([("partner_id", "=", partner.id)]).unlink()
        self.env["project.project"].search([("partner_id", "=", partner.id)]).unlink()
        partner.unlink()
        self.assertFalse(decision.exists())
        self.assertFalse(effects.exists())
        for model in ("mail.message", "mail.activity", "mail.followers"):
            name = "res_model" if model != "mail.message" else "model"
            with self.subTest(model=model):
                self.assertFalse(
                    self.env[model].search(
                        [(name, "=", "customer.decision"), ("res_id", "in", ids)]
                    )
                )

    # ------------------------------------------------------------------
    # Many at once
    # ------------------------------------------------------------------

    def _count_queries(self, step, records):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        step(records)
        self._flush_tracking()
        return self.cr.sql_log_count - before

    def test_many_cost_no_more_queries_than_few(self):
        few, many = self._lose_many(5, "Few"), self._lose_many(40, "Many")
        warm = self._propose(self._lose_many(2, "Warm"))
        warm._approve()
        warm._reject("No")

        def propose(accounts):
            self._propose(accounts, origin="rule", rule="Losses")

        def approve(accounts):
            accounts.decision_id._approve()

        def reject(accounts):
            accounts.decision_id._reject("No")

        for step in (propose, approve, reject):
            with self.subTest(step=step.__name__):
                self.assertLessEqual(
                    self._count_queries(step, many),
                    self._count_queries(step, few) + 10,
                )


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestDecisionCompanies(DecisionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_other_company()

    def test_each_company_decides_on_its_own(self):
        self._invoice(
            self.north, "2026-03-10", (self.service, 1, 70), company_id=self.other.id
        )
        self._refresh(self.company | self.other)
        account = self._account(self.north, self.other)
        self.other.customer_decision_review_months = "12"
        decisions = self._propose(self.north_account | account)
        self.assertEqual(decisions.company_id, self.company | self.other)
        self.assertEqual(decisions.mapped("start_revenue"), [1000, 70])
        self.assertEqual(decisions.mapped("review_months"), ["6", "12"])
        mine = self.Decision.with_user(self.manager)
        self.assertEqual(mine.search([("id", "in", decisions.ids)]), decisions[0])
        theirs = decisions[1].with_user(self.manager)
        for step in (
            lambda: theirs.read(["state"]),
            lambda: theirs._approve(),
            lambda: theirs._reject("No"),
            lambda: theirs._apply(),
            lambda: mine._propose(account.with_user(self.manager), "So"),
        ):
            with self.assertRaises(AccessError):
                step()
        theirs.sudo()._reject("No")
        with self.assertRaises(AccessError), self.cr.savepoint():
            mine.create({"account_id": account.id})
        decisions = decisions[0] | self._propose(account)
        self.other.customer_decision_manager_amount = 69
        self.assertTrue(decisions[0].with_user(self.manager).can_approve)
        boss = self._new_user("other_manager", "manager", self.other)
        theirs = (
            decisions[1]
            .with_user(boss)
            .with_context(allowed_company_ids=self.other.ids)
        )
        self.assertFalse(theirs.can_approve)
        self.other.customer_decision_manager_amount = 70
        theirs.invalidate_recordset(["can_approve"])
        self.assertTrue(theirs.can_approve)
