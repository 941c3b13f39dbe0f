from contextlib import contextmanager
from datetime import datetime, time

from odoo import api, models
from odoo.fields import Command
from odoo.tools.date_utils import relativedelta

from .customer_demo_strategy import DILIGENT
from .decisions import CASES, LEVELS, WORKED_ON
from .schedule import month_start

# Days of the month on which a case was proposed, decided on, and taken back
PROPOSED, DECIDED, UNDONE = 5, 12, 20
NOON = time(12)

# Figures of an account that are the sums of its months
SUMS = (
    "revenue",
    "refund_amount",
    "product_cost",
    "time_cost",
    "other_cost",
    "serving_cost",
    "profit",
    "hours",
    "order_count",
)


class CustomerDemo(models.AbstractModel):
    """Makes what was decided on the customers that the firm loses money on.

    Managers do it, with their own rights, as they do on the screens; an account is put
    back to what its figures were on the day, so that a case begins with them and
    promises what it would have promised. Only dates are written back afterwards.
    """

    _inherit = "customer.demo"

    @api.model
    def _load_levels(self, company):
        """Say what service levels include, and on which terms."""
        for name, story in LEVELS.items():
            terms = {
                "included_hours": story.included_hours,
                "minimum_order": story.minimum_order,
            }
            if story.pricelist:
                terms["pricelist_id"] = self._load_pricelist(name, story, company).id
            if story.payment_term:
                terms["payment_term_id"] = self.env.ref(
                    f"account.account_payment_term_{story.payment_term}"
                ).id
            self._ref(f"service_level_{name}").write(terms)

    @api.model
    def _load_pricelist(self, name, story, company):
        vals = {
            "name": story.pricelist,
            # as the level, for every company
            "company_id": False,
            "currency_id": company.currency_id.id,
            "item_ids": [
                Command.create(
                    {"compute_price": "percentage", "percent_price": -story.percent}
                )
            ],
        }
        return self._load_named("product.pricelist", {f"pricelist_{name}": vals})

    @api.model
    def _load_decisions(self, company, today):
        """Make the cases of the past, and those that rules propose today."""
        demo = self.with_context(**DILIGENT)
        decisions = {
            case.customer: demo._load_case(case, company, today) for case in CASES
        }
        demo._name_records({f"decision_{key}": one for key, one in decisions.items()})
        # measures what is due, as every night
        self.env["customer.account"]._refresh(company)
        for case in CASES:
            if case.is_reviewed:
                demo._review(decisions[case.customer])
        demo._ask_for_decisions(company)
        demo._work_on(WORKED_ON, company)

    # ------------------------------------------------------------------
    # Cases of people
    # ------------------------------------------------------------------

    @api.model
    def _load_case(self, case, company, today):
        """Make a case, and do with it what was done; return it."""
        start = month_start(today, case.months_ago)
        demo = self._as_user(case.user, company)
        account = demo._get_accounts(company, [case.customer])
        with self._as_of(account.with_env(self.env), start):
            with self._on(account, start.replace(day=PROPOSED)):
                decision = demo.env["customer.decision"]._propose(account, case.reason)
                demo._choose(decision, case)
            with self._on(account, start.replace(day=DECIDED)):
                if case.rejected:
                    decision._reject(case.rejected)
                else:
                    decision._approve(case.why)
                    # where rules are at work they have applied it by now
                    decision._apply()
        # what there was to do for the owner has been done since
        decision.sudo().activity_ids.unlink()
        if case.undone:
            day = month_start(today, case.undone_ago).replace(day=UNDONE)
            with self._on(account, day):
                decision._undo(case.undone)
        return decision.with_env(self.env)

    @api.model
    def _as_user(self, key, company):
        """Return the model as somebody works with it."""
        manager = self._as_manager(company)
        return manager.with_user(self._get_user(key))

    @api.model
    def _choose(self, decision, case):
        """Choose an option of a case, with what is known better than by default."""
        options = {option.kind: option for option in decision.option_ids}
        for kind, reason in case.ruled_out:
            options[kind].write({"state": "ruled_out", "state_reason": reason})
        options[case.kind].write(dict(case.assumptions))
        vals = {"review_months": case.review_months}
        if decision.best_option_id != options[case.kind]:
            vals |= {"option_id": options[case.kind].id, "choice_reason": case.why}
        decision.write(vals)

    @api.model
    @contextmanager
    def _as_of(self, account, day):
        """Let an account have the figures that it had on a day."""
        then = self._get_figures_as_of(account, day)
        now = {name: account[name] for name in then}
        now["tier_id"] = now["tier_id"].id
        account.sudo().write(then)
        yield
        account.sudo().write(now)

    @api.model
    def _get_figures_as_of(self, account, day):
        """Return what the figures of an account were on a day.

        The sums of its months, as a refresh would have added them up, a value of as
        many years as today's, and the tier of the last run before.
        """
        [sums] = self.env["customer.profit.month"]._read_group(
            [
                ("account_id", "=", account.id),
                ("month", "<", day.replace(day=1)),
                (
                    "month",
                    ">=",
                    day.replace(day=1)
                    - relativedelta(months=account.company_id.customer_window_months),
                ),
            ],
            aggregates=[f"{name}:sum" for name in SUMS],
        )
        snapshot = self.env["customer.account.snapshot"].search(
            [
                ("account_id", "=", account.id),
                ("run_date", "<", day),
                ("run_state", "=", "applied"),
            ],
            order="run_date desc",
            limit=1,
        )
        case = self.env["customer.decision"].new({"account_id": account.id})
        years = case._get_yearly_figures()[case]["years"]
        figures = {name: total or 0 for name, total in zip(SUMS, sums, strict=True)}
        months = account.company_id.customer_window_months
        return figures | {
            "lifetime_value": years * figures["profit"] * 12 / months,
            "tier_id": snapshot.new_tier_id.id,
        }

    @api.model
    @contextmanager
    def _on(self, account, day):
        """Let what is done with the case of an account have been done on a day."""
        decisions = account.sudo().decision_ids
        states = {decision: decision.state for decision in decisions}
        messages = account.message_ids | decisions.message_ids
        yield
        account.invalidate_recordset(["decision_ids", "message_ids"])
        decisions = account.sudo().decision_ids
        decisions.invalidate_recordset(["message_ids"])
        moment = datetime.combine(day, NOON)
        new = account.sudo().message_ids | decisions.message_ids
        (new - messages).date = moment
        for decision in decisions:
            if states.get(decision) != decision.state:
                self._write_back(decision, moment)

    @api.model
    def _write_back(self, decision, moment):
        """Write when a case came to its state."""
        vals = {"stage_date": moment.date()}
        if decision.state == "proposed":
            vals["start_date"] = moment.date()
        elif decision.state == "applied":
            vals |= {"approved_date": moment, "applied_date": moment}
        elif decision.state == "reviewed":
            vals["reviewed_date"] = moment.date()
        elif decision.state == "undone":
            vals["undone_date"] = moment
        decision.effect_ids.filtered(
            lambda effect: effect.state == "applied"
        ).date = moment
        decision.write(vals)
        if decision.state == "applied":
            decision._set_review()

    # ------------------------------------------------------------------
    # What rules do
    # ------------------------------------------------------------------

    @api.model
    def _review(self, decision):
        """Look at what came of a case on the day on which that was due."""
        account, day = decision.account_id, decision.review_date
        with self._as_of(account, day), self._on(account, day):
            decision._review(self._ref("automation_review_decision").name)

    @api.model
    def _ask_for_decisions(self, company):
        """Ask for decisions as the rule does when accounts turn loss-making."""
        losses = self.env["customer.account"].search(
            [("company_id", "=", company.id), ("result", "=", "loss")]
        )
        losses._request_decision("loss", self._ref("automation_propose_decision"))
        while self.env["customer.decision.request"]._decide_next():
            pass

    @api.model
    def _work_on(self, case, company):
        """Take a case in hand that a rule has proposed."""
        demo = self._as_user(case.user, company)
        account = demo._get_accounts(company, [case.customer])
        options = account.decision_id.option_ids.grouped("kind")
        for kind, reason in case.ruled_out:
            options[kind].write({"state": "ruled_out", "state_reason": reason})
