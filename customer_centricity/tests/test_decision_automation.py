import logging
from datetime import datetime
from unittest.mock import patch

from odoo.tests import freeze_time, tagged
from odoo.tools import SQL, mute_logger, split_every

from .common import TODAY
from .common_loss import LossCommon

_logger = logging.getLogger(__name__)
RULES = (
    "automation_propose_decision",
    "automation_apply_decision",
    "automation_review_decision",
    "automation_hours_exceeded",
)
# How many accounts turn at once, as in the first night of a large portfolio
MANY = 5000


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestDecisionAutomation(LossCommon):
    """The rules that come with the app: once per transition, cheap, never in loops."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.propose = cls._rule("propose_decision")
        cls.account = cls._loser("First", result="profit")
        cls.Request.search([]).unlink()

    @classmethod
    def _rule(cls, name):
        return cls.env.ref(f"customer_centricity.automation_{name}")

    def _switch_off(self, rule):
        rule.active = False
        # with a rule the methods of its model go back to what they were, for good
        self.addCleanup(rule.write, {"active": True})

    def _turn(self, accounts, result="loss"):
        """Have a refresh find that the result of accounts is another."""
        while accounts._write_changed_columns(
            {"result": (accounts.mapped("result"), [result] * len(accounts))}
        ):
            pass

    def _requests(self, accounts):
        return self.Request.search([("account_id", "in", accounts.ids)], order="id")

    def _cases(self, accounts):
        return self.Decision.search([("account_id", "in", accounts.ids)], order="id")

    def _decide(self):
        while self.Request._decide_next():
            self.env.flush_all()
        self.env.invalidate_all()

    def _refusing_rule(self, account, model="customer.account"):
        """Return a rule of somebody's that raises on an account."""
        model_id = self.env["ir.model"]._get_id(model)
        path = "record" if model == "customer.account" else "record.account_id"
        refuse = "raise UserError('Not this one')"
        rule = self.env["base.automation"].create(
            {
                "name": "Not this one",
                "model_id": model_id,
                "trigger": "on_create_or_write",
            }
        )
        self.env["ir.actions.server"].create(
            {
                "name": "Refuse",
                "base_automation_id": rule.id,
                "model_id": model_id,
                "state": "code",
                "code": f"if {path}.id == {account.id}: {refuse}",
                "usage": "base_automation",
            }
        )
        return rule

    # ------------------------------------------------------------------
    # The rules are there to be read
    # ------------------------------------------------------------------

    def test_rules_can_be_read_and_run(self):
        for name in RULES:
            rule = self.env.ref(f"customer_centricity.{name}")
            self.assertTrue(rule.active, name)
            self.assertTrue(rule.name[0].isupper(), name)
            self.assertTrue(rule.description, name)
            self.assertEqual(len(rule.action_server_ids), 1, name)
            self.assertFalse(rule.action_server_ids.warning, name)
            # a statement, not a program
            code = rule.action_server_ids.code or ""
            self.assertLessEqual(len(code.strip().splitlines()), 1, name)

    # ------------------------------------------------------------------
    # An account turns loss-making
    # ------------------------------------------------------------------

    def test_a_loss_is_asked_about_once(self):
        self._turn(self.account)
        request = self._requests(self.account)
        self.assertEqual((request.cause, request.state), ("loss", "todo"))
        self.assertEqual(request.rule_id, self.propose)
        request.unlink()
        # it stays at a loss: nothing is asked for any more
        self.account.write({"result": "loss", "is_protected": True})
        self.account.write({"is_protected": False})
        self.assertFalse(self._requests(self.account))
        # it turns again
        self._turn(self.account, "profit")
        self.assertFalse(self._requests(self.account))
        self._turn(self.account)
        self.assertEqual(len(self._requests(self.account)), 1)

    def test_first_figures_that_are_a_loss(self):
        account = self._loser("Without figures")
        self.assertFalse(account.result)
        self._turn(account)
        self.assertEqual(len(self._requests(account)), 1)

    def test_an_account_that_begins_with_a_loss(self):
        account = self._loser("Created", result="loss")
        self.assertEqual(len(self._requests(account)), 1)

    def test_from_the_documents_to_the_case(self):
        account = self._account_with_documents()
        self.assertEqual(account.result, "profit")
        for month in ("2025-09", "2026-02"):
            self._timesheet(f"{month}-10", 30)
        self._refresh()
        # revenue 1,000, cost of two times 30 hours at 40
        self.assertEqual((account.result, account.profit), ("loss", -1400))
        # it is looked at once the refresh is over
        self.assertEqual(self.Request._count_todo(), 1)
        self._decide()
        case = self._cases(account)
        self.assertEqual((case.state, case.rule_name), ("proposed", self.propose.name))
        self.assertEqual(case.stake_amount, 1400)
        self._refresh()
        self._decide()
        self.assertEqual(self._cases(account), case)
        self.assertFalse(self._requests(account))

    def _account_with_documents(self):
        self.company.customer_decision_spare_new = False
        for month in ("2025-08", "2026-01"):
            self._invoice(self.north, f"{month}-10", (self.service, 1, 500))
        self._refresh()
        return self._account(self.north)

    def test_two_rules_on_one_account(self):
        copy = self.propose.copy()
        self.assertEqual(
            copy.action_server_ids.code, self.propose.action_server_ids.code
        )
        self._turn(self.account)
        self.assertEqual(len(self._requests(self.account)), 1)
        self._decide()
        self.assertEqual(len(self._cases(self.account)), 1)
        # nor when the copy comes later
        self.account._request_decision("loss", copy)
        self._decide()
        self.assertEqual(len(self._cases(self.account)), 1)

    def test_a_copied_rule_tells_its_own_name(self):
        copy = self.propose.copy({"name": "Mine"})
        self._switch_off(self.propose)
        self._turn(self.account)
        self._decide()
        self.assertEqual(self._cases(self.account).rule_name, copy.name)
        self.assertIn("Mine", copy.name)

    def test_a_rule_that_is_switched_off(self):
        self._switch_off(self.propose)
        self._turn(self.account)
        self.assertFalse(self._requests(self.account))

    def test_a_rule_on_something_else(self):
        # somebody copies the rule, to have a look at everybody who is lost
        copy = self.propose.copy()
        field = self.env["ir.model.fields"]._get("customer.account", "lifecycle_stage")
        copy.write(
            {
                "trigger_field_ids": [(6, 0, field.ids)],
                "filter_pre_domain": "[('lifecycle_stage', '!=', 'lost')]",
                "filter_domain": "[('lifecycle_stage', '=', 'lost')]",
            }
        )
        account = self._loser("At a loss for long", result="loss")
        self._requests(account).unlink()
        account.lifecycle_stage = "lost"
        self.assertEqual(self._requests(account).rule_id, copy)
        # of one that earns money nothing comes
        self.account.lifecycle_stage = "lost"
        self._decide()
        self.assertEqual(len(self._cases(account)), 1)
        self.assertFalse(self._cases(self.account))

    def test_a_rule_of_somebody_s_that_raises(self):
        accounts = self.account
        for number in range(4):
            accounts |= self._loser(f"Number {number}", result="profit")
        bad = accounts[2]
        self._refusing_rule(bad)
        with mute_logger("odoo.addons.customer_centricity.models"):
            written = accounts._write_changed_columns(
                {"result": (accounts.mapped("result"), ["loss"] * 5)}
            )
        self.assertEqual(written, 4)
        self.assertEqual(self._requests(accounts).account_id, accounts - bad)

    def test_a_rule_on_cases_that_raises(self):
        accounts = self.account
        for number in range(3):
            accounts |= self._loser(f"Number {number}", result="profit")
        bad = accounts[2]
        self._refusing_rule(bad, "customer.decision")
        self._turn(accounts)
        with mute_logger("odoo.addons.customer_centricity.models"):
            self._decide()
        self.assertEqual(self._cases(accounts).account_id, accounts - bad)
        request = self._requests(accounts)
        self.assertEqual((request.account_id, request.state), (bad, "failed"))
        self.assertIn("Not this one", request.error)

    def test_the_scheduled_action_is_awakened_once(self):
        accounts = self.account
        for number in range(4):
            accounts |= self._loser(f"Number {number}", result="profit")
        cron = self.env.ref("customer_centricity.ir_cron_decide")
        self.env.flush_all()
        self.cr.precommit.run()
        triggers = self.env["ir.cron.trigger"]
        before = triggers.search_count([("cron_id", "=", cron.id)])
        self._turn(accounts)
        self.assertEqual(len(self._requests(accounts)), 5)
        self.assertEqual(triggers.search_count([("cron_id", "=", cron.id)]), before + 1)

    def test_five_thousand_accounts_turn_at_once(self):
        # one month tells enough here: there is less to insert
        self.company.write(
            {
                "customer_decision_minimum_months": 1,
                "customer_decision_periods": 1,
                "customer_decision_period_months": 1,
            }
        )
        accounts = self._insert_losers(self._loser(months=1, result="profit"), MANY)
        self.env.flush_all()
        started = self._clock()
        before = self.cr.sql_log_count
        # what the chatter tells of each costs the same without rules
        for batch in split_every(500, accounts.ids, accounts.browse):
            self._turn(batch.with_context(tracking_disable=True))
            self.env.flush_all()
            self.env.invalidate_all()
        queries = self.cr.sql_log_count - before
        _logger.info(
            "%s accounts turned at once: %.1f s, %s queries",
            MANY,
            self._clock() - started,
            queries,
        )
        self.assertEqual(len(self._requests(accounts)), MANY)
        # by far not one for each of them
        self.assertLess(queries, MANY / 10)
        self._check_decided(accounts)

    def test_a_rule_asks_once_for_all_of_a_save(self):
        accounts = self.account
        for number in range(3):
            accounts |= self._loser(f"Number {number}", result="profit")
        asked = []
        original = type(self.Account)._request_decision

        def request(records, *arguments):
            asked.append(records.ids)
            return original(records, *arguments)

        # a copy does what the rule does, and so no harm
        self.propose.copy()
        with patch.object(type(self.Account), "_request_decision", request):
            accounts.write({"result": "loss"})
            self.assertEqual(asked, [accounts.ids] * 2)
            asked.clear()
            # those that were at a loss are not among them
            other = self._loser("Other", result="even")
            (accounts | other).write({"result": "loss"})
            self.assertEqual(asked, [other.ids] * 2)
        self.assertEqual(len(self._requests(accounts | other)), 5)

    def test_a_rule_of_somebody_s_runs_once_a_record(self):
        rule = self.propose.copy()
        self._switch_off(self.propose)
        self.assertTrue(rule.action_server_ids.customer_in_bulk)
        rule.action_server_ids.customer_in_bulk = False
        accounts = self.account | self._loser("Other", result="profit")
        asked = []

        def request(records, *_arguments):
            asked.append(records)

        with patch.object(type(self.Account), "_request_decision", request):
            accounts.write({"result": "loss"})
        self.assertEqual(asked, [*accounts])

    def _clock(self):
        """Return seconds of the database's clock: Python's stands still here."""
        self.cr.execute("SELECT extract(epoch FROM clock_timestamp())::float")
        return self.cr.fetchone()[0]

    def _check_decided(self, accounts):
        """Check that cases come of the fifty worst losses, and the others wait."""
        started = self._clock()
        before = self.cr.sql_log_count
        self._decide()
        queries = self.cr.sql_log_count - before
        _logger.info(
            "%s losses looked at, 50 cases proposed: %.1f s, %s queries",
            len(accounts),
            self._clock() - started,
            queries,
        )
        # by far not one for each that waits
        self.assertLess(queries, len(accounts) / 2)
        cases = self._cases(accounts)
        # the greater the number, the worse the loss
        self.assertEqual(cases.account_id, accounts[-50:])
        self.assertEqual(
            self.Request.search_count(
                [("state", "=", "waiting"), ("guard", "=", "proposal_limit")]
            ),
            len(accounts) - 50,
        )

    def _insert_losers(self, account, number):
        """Return so many accounts like one, the last with the worst loss."""
        self.env.flush_all()
        self._multiply("res_partner", "id", account.partner_id.id, number, {})
        partners = self._newest("res_partner", number)
        self.cr.execute(
            "UPDATE res_partner SET commercial_partner_id = id WHERE id IN %s",
            [partners],
        )
        self._multiply(
            "customer_account",
            "id",
            account.id,
            number,
            {"partner_id": SQL("%s + n", partners[0] - 1), "profit": SQL("-600 - n")},
        )
        accounts = self._newest("customer_account", number)
        self._multiply(
            "customer_profit_month",
            "account_id",
            account.id,
            number,
            {"account_id": SQL("%s + n", accounts[0] - 1)},
        )
        self.env.invalidate_all()
        return self.Account.browse(accounts)

    def _newest(self, table, number):
        """Return the ids of the rows of a table that came last, which are in a row."""
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM %s ORDER BY id DESC LIMIT %s",
                SQL.identifier(table),
                number,
            )
        )
        ids = tuple(sorted(row_id for [row_id] in rows))
        self.assertEqual(ids, tuple(range(ids[0], ids[0] + number)))
        return ids

    def _multiply(self, table, key, value, number, changes):
        """Insert rows like those with the key so often; ``n`` counts them."""
        rows = self.env.execute_query(
            SQL(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass"
                " AND attnum > 0 AND NOT attisdropped AND attname <> 'id'",
                table,
            )
        )
        names = [name for [name] in rows]
        self.cr.execute(
            SQL(
                """
                INSERT INTO %(table)s (%(names)s)
                SELECT %(values)s
                  FROM %(table)s source, generate_series(1, %(number)s) n
                 WHERE source.%(key)s = %(value)s ORDER BY n
                """,
                table=SQL.identifier(table),
                names=SQL(", ").join(map(SQL.identifier, names)),
                values=SQL(", ").join(
                    changes.get(name, SQL("source.%s", SQL.identifier(name)))
                    for name in names
                ),
                number=number,
                key=SQL.identifier(key),
                value=value,
            )
        )

    # ------------------------------------------------------------------
    # A decision is approved
    # ------------------------------------------------------------------

    def _case(self):
        self.account.result = "loss"
        self._requests(self.account).unlink()
        case = self.Decision._propose(self.account, "Looked at it")
        self.env.flush_all()
        return case

    def test_what_is_approved_is_applied(self):
        case = self._case()
        case.with_user(self.manager)._approve()
        self.assertEqual(case.state, "applied")
        self.assertEqual(case.applied_by_id, self.manager)

    def test_many_are_approved_and_applied_at_once(self):
        def count(number):
            accounts = self.Account.browse()
            for one in range(number):
                accounts |= self._loser(f"Approved {number} {one}", result="loss")
            cases = self.Decision._propose(accounts, "Looked at them")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            cases.with_user(self.manager)._approve()
            self.env.flush_all()
            queries = self.cr.sql_log_count - before
            self.assertEqual(set(cases.mapped("state")), {"applied"})
            _logger.info("%s cases approved and applied: %s queries", number, queries)
            return queries

        count(1)
        few, many = count(2), count(20)
        # an activity of each case is a few statements
        self.assertLess(many - few, 18 * 6)

    def test_what_is_approved_waits_when_the_rule_is_off(self):
        self._switch_off(self._rule("apply_decision"))
        case = self._case()
        case.with_user(self.manager)._approve()
        self.assertEqual(case.state, "approved")

    def test_a_copy_of_the_rule_applies_nothing_twice(self):
        self._rule("apply_decision").copy()
        case = self._case()
        case.with_user(self.manager)._approve()
        self.assertEqual(case.state, "applied")
        steps = case.activity_ids.filtered("automated")
        self.assertEqual(len(steps), 1)

    # ------------------------------------------------------------------
    # A review date is reached
    # ------------------------------------------------------------------

    def _process_on(self, day):
        """Do what the rule does on a day, as its scheduled action does it."""
        rule = self._rule("review_decision")
        until = datetime.fromisoformat(f"{day} 06:00:00")
        for record in rule._search_time_based_automation_records(until=until):
            rule._process(record)
        rule.last_run = until

    def test_the_review_date(self):
        case = self._case()
        case.with_user(self.manager)._approve()
        self.assertTrue(case.review_date)
        case.review_date = "2026-10-15"
        self.env.flush_all()
        self._process_on("2026-10-14")
        self.assertFalse(self._requests(self.account))
        self._process_on("2026-10-15")
        request = self._requests(self.account)
        self.assertEqual((request.cause, request.decision_id), ("review", case))
        self.assertEqual(request.rule_id, self._rule("review_decision"))
        self._process_on("2026-10-16")
        self.assertEqual(self._requests(self.account), request)

    def _end_refresh(self, day):
        with freeze_time(f"{day} 06:00:00"):
            self.Account._end_cycle(self.company)
            self.env.flush_all()

    def _applied_for(self, day):
        """Return an applied case that is to be reviewed on a day."""
        case = self._case()
        case.with_user(self.manager)._approve()
        case.review_date = day
        self.env.flush_all()
        return case

    def test_a_review_date_that_no_rule_has_seen(self):
        case = self._applied_for("2026-07-10")
        rule = self._rule("review_decision")
        rule.last_run = "2026-07-15 00:00:00"
        self._process_on("2026-07-16")
        self.assertFalse(self._requests(self.account), "it was over already")
        self._end_refresh("2026-07-16")
        request = self._requests(self.account)
        self.assertEqual((request.cause, request.decision_id), ("review", case))
        self.assertEqual(request.rule_id, rule)
        self._end_refresh("2026-07-17")
        self.assertEqual(self._requests(self.account), request, "asked for once")

    def test_a_review_date_that_is_yet_to_come(self):
        self._applied_for("2026-10-15")
        self._end_refresh("2026-10-14")
        self.assertFalse(self._requests(self.account))
        self._end_refresh("2026-10-15")
        self.assertTrue(self._requests(self.account))

    def test_overdue_reviews_go_by_what_the_rule_says(self):
        self._applied_for("2026-10-15")
        rule = self._rule("review_decision")
        rule.trg_date_range = 5
        self._end_refresh("2026-10-19")
        self.assertFalse(self._requests(self.account), "five days later")
        rule.filter_domain = "[('state', '=', 'applied'), ('user_id', '=', 0)]"
        self._end_refresh("2026-10-20")
        self.assertFalse(self._requests(self.account), "not of these cases")
        rule.filter_domain = "[('state', '=', 'applied')]"
        rule.active = False
        self._end_refresh("2026-10-20")
        self.assertFalse(self._requests(self.account), "it is switched off")
        rule.active = True
        self._end_refresh("2026-10-20")
        self.assertTrue(self._requests(self.account))

    def test_a_rule_that_cannot_be_read_stops_no_refresh(self):
        self._applied_for("2026-07-10")
        rule = self._rule("review_decision")
        rule.copy({"active": True})
        rule.filter_domain = "[('no_such_field', '=', 1)]"
        with mute_logger("odoo.addons.customer_centricity.models"):
            self._end_refresh("2026-07-16")
        self.assertTrue(self._requests(self.account), "the other rule has asked")

    def test_the_review_date_of_what_is_not_applied(self):
        case = self._case()
        case.review_date = "2026-10-15"
        self.env.flush_all()
        self._process_on("2026-10-15")
        self.assertFalse(self._requests(self.account))

    # ------------------------------------------------------------------
    # The included hours are used up
    # ------------------------------------------------------------------

    def _use_hours(self, status):
        old = self.account.hours_status
        self.account._write_changed_columns({"hours_status": ([old], [status])})
        return self.account.activity_ids.filtered(
            lambda activity: (
                activity.activity_type_id
                == self.env.ref("customer_centricity.mail_activity_hours_exceeded")
            )
        )

    def test_hours_used_up(self):
        self.assertFalse(self._use_hours("within"))
        self.assertFalse(self._use_hours("near"))
        activity = self._use_hours("over")
        self.assertEqual(len(activity), 1)
        self.assertEqual(activity.user_id, self.manager)
        self.assertEqual(activity.date_deadline.isoformat(), "2026-07-18")
        # once, as long as it stays so
        self.assertEqual(self._use_hours("over"), activity)
        self.account.write({"hours_status": "over", "is_protected": True})
        self.assertEqual(self._use_hours("over"), activity)
        # and again in another month
        self._use_hours("within")
        self.assertEqual(len(self._use_hours("over")), 2)

    def test_hours_of_an_account_without_a_manager(self):
        self.account.user_id = False
        self.assertFalse(self._use_hours("over"))
