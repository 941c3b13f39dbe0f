from odoo import api, fields, models
from odoo.tools.i18n import format_list

from .customer_decision_assumptions import RANGES
from .customer_decision_option import (
    ASSUMPTIONS,
    KINDS_FROM_TOP,
    LEVEL_KINDS,
    MANAGER,
    OWN_RANGES,
)

MONEY = ("expected_profit", "expected_value", "profit_gain", "value_gain")
# What follows from the assumptions, at once for all options of a case
RESULTS = ("is_possible", "blocked", "is_best", "basis", *MONEY)
# What results follow from
DEPENDS = ("state", "service_level_id", *ASSUMPTIONS)


class CustomerDecisionOption(models.Model):
    """What would come of the options of a case, with the account's own figures."""

    _inherit = "customer.decision.option"

    is_possible = fields.Boolean(
        string="Possible",
        compute="_compute_results",
        store=True,
        compute_sudo=False,
    )
    blocked = fields.Selection(
        selection=[
            ("tried", "Tried before"),
            ("ruled_out", "Ruled out"),
            ("assumptions", "Assumptions cannot be"),
            ("there", "Already so"),
            ("level", "No such service level"),
            ("revenue", "No revenue"),
            ("costs", "No costs to save"),
            ("milder", "Milder options are open"),
        ],
        string="Not Possible Because",
        compute="_compute_results",
        store=True,
        compute_sudo=False,
    )
    blocked_reason = fields.Char(string="Why Not", compute="_compute_blocked_reason")
    is_best = fields.Boolean(
        string="Best", compute="_compute_results", store=True, compute_sudo=False
    )
    expected_profit = fields.Monetary(
        string="Expected Profit a Year",
        compute="_compute_results",
        store=True,
        compute_sudo=False,
        groups=MANAGER,
        help="Without what the change itself costs once.",
    )
    expected_value = fields.Monetary(
        string="Expected Lifetime Value",
        compute="_compute_results",
        store=True,
        compute_sudo=False,
        groups=MANAGER,
    )
    profit_gain = fields.Monetary(
        string="Gained a Year",
        compute="_compute_results",
        store=True,
        compute_sudo=False,
        groups=MANAGER,
        help="Expected profit a year less that of leaving everything as it is.",
    )
    value_gain = fields.Monetary(
        string="Value Gained",
        compute="_compute_results",
        store=True,
        compute_sudo=False,
        groups=MANAGER,
        help="Expected lifetime value less that of leaving everything as it is.",
    )
    # Kept with the results, so that they are explained as they came about
    basis = fields.Json(
        compute="_compute_results", store=True, compute_sudo=False, groups=MANAGER
    )
    explanation = fields.Text(
        string="In Words",
        compute="_compute_explanation",
        groups=MANAGER,
        help="How the figures come about.",
    )

    # Not computed as superuser: a form that is never saved can name any account.
    # What is assumed of one option decides which of the others is the best: writing
    # sees to these, and in a form the case does.
    @api.depends("decision_id.advocacy_value", *DEPENDS)
    def _compute_results(self):
        proposed = self.filtered(lambda option: option.decision_id.state == "proposed")
        for option in self - proposed:
            # what was decided stays as it was decided
            for name in RESULTS:
                option[name] = option[name]
        results = proposed._get_results()
        for option in proposed:
            option.update(results[option])

    def write(self, vals):
        result = super().write(vals)
        if not set(DEPENDS).isdisjoint(vals):
            (self.decision_id.option_ids - self)._evaluate()
        return result

    def _evaluate(self):
        """Work out what would come of options, with the figures of today."""
        for name in RESULTS:
            self.env.add_to_compute(self._fields[name], self)
        self.flush_recordset(RESULTS)
        # what follows from them: the best option, and with it the chosen one
        self.modified(RESULTS)

    def _show_results(self):
        """Show in a form what would come of its options, all of a proposed case."""
        if self.decision_id.state == "proposed":
            for option, vals in self._get_results().items():
                option.update(vals)

    # ------------------------------------------------------------------
    # From assumptions to results
    # ------------------------------------------------------------------

    def _get_results(self):
        """Return {option: {field: value}} of these options and of their siblings."""
        from ..engine import decision as engine  # numpy only when needed

        options = self._get_siblings()
        figures = options.decision_id._get_yearly_figures()
        blocked = options._get_blocked(figures)
        unweighed = options.decision_id._find_unweighed()
        outcomes = options._get_outcomes(engine, figures, unweighed)
        gains = [
            outcomes[option]["value_gain"] if option in outcomes else 0.0
            for option in options
        ]
        numbers = {decision: row for row, decision in enumerate(options.decision_id)}
        is_best = engine.best(
            gains,
            [numbers[option.decision_id] for option in options],
            options._get_eligible(figures, blocked, unweighed),
        )
        nothing = dict.fromkeys(MONEY, 0.0) | {"basis": False}
        return {
            option: {
                "blocked": blocked[option],
                "is_possible": not blocked[option],
                "is_best": chosen,
                **outcomes.get(option, nothing),
            }
            for option, chosen in zip(options, is_best.tolist(), strict=True)
        }

    def _get_siblings(self):
        """Return all options of the cases of these, the mildest of each first."""
        return (self.decision_id.option_ids | self).sorted(
            lambda option: (option.sequence, option._origin.id or 0)
        )

    def _get_eligible(self, figures, blocked, unweighed):
        """Return, option by option, whether it may be the best one.

        Where too much of the costs is estimated or missing, that is to be mended first.
        Who brings more than money is not served less as long as nobody has said what
        that is worth: it would be weighed as if it was nothing.
        """
        mending = {
            option.decision_id
            for option in self
            if option.kind == "mend"
            and not blocked[option]
            and figures[option.decision_id]["is_uncertain"]
        }
        return [
            not blocked[option]
            and (option.kind == "mend" or option.decision_id not in mending)
            and not (option.kind in LEVEL_KINDS and option.decision_id in unweighed)
            for option in self
        ]

    def _get_outcomes(self, engine, figures, unweighed):
        """Return {option: {field: value}} by the engine, of what can be worked out."""
        options = self.filtered(lambda option: option._has_valid_assumptions())
        rows = [figures[option.decision_id] for option in options]
        table = engine.Figures(
            *([row[name] for row in rows] for name in engine.Figures._fields)
        )
        outcome = engine.what_if(table, options._get_terms(engine))
        changes = {name: row.tolist() for name, row in outcome.changes.items()}
        results = {}
        for number, option in enumerate(options):
            row = rows[number]
            results[option] = {
                "expected_profit": float(outcome.profit[number]),
                "expected_value": float(outcome.value[number]),
                "profit_gain": float(outcome.profit_gain[number]),
                "value_gain": float(outcome.value_gain[number]),
                "basis": {
                    "profit": row["profit"],
                    "value": row["value"],
                    "staying": float(outcome.staying[number]),
                    "kept": option.cost_kept_rate * max(row["time_cost"], 0.0),
                    "advocacy": row["advocacy"],
                    "unweighed": option.kind in LEVEL_KINDS
                    and option.decision_id in unweighed,
                    "uncertain": row["uncertain"] if row["is_uncertain"] else 0.0,
                    "changes": {
                        name: column[number] for name, column in changes.items()
                    },
                },
            }
        return results

    def _get_terms(self, engine):
        """Return what is assumed of these options, as the engine takes it."""
        return engine.Terms(
            price=self.mapped("price_rate"),
            acceptance=self.mapped("acceptance_rate"),
            hours_saved=self.mapped("hours_saved_rate"),
            cost_kept=self.mapped("cost_kept_rate"),
            serving_saved=self.mapped("serving_saved_rate"),
            other_saved=self.mapped("other_saved_rate"),
            handed_on=[option.kind == "subcontract" for option in self],
            commission=self.mapped("commission_rate"),
            included_hours=self.mapped("included_hours"),
            hour_price=self.mapped("hour_price"),
            switch_cost=self.mapped("switch_cost"),
        )

    def _has_valid_assumptions(self):
        """Whether the database will take them: a form shows results before it does."""
        self.ensure_one()
        return all(
            low <= self[name] <= high
            for name, (low, high) in (RANGES | OWN_RANGES).items()
        )

    # ------------------------------------------------------------------
    # Whether it can be done at all
    # ------------------------------------------------------------------

    def _get_blocked(self, figures):
        """Return {option: why it cannot be chosen, or False}.

        :param self: with all siblings
        """
        blocked = {
            option: option._get_own_blocked(figures[option.decision_id])
            for option in self
        }
        open_cases = self._filter_untried(blocked).decision_id
        for option in self:
            if option.kind == "end" and option.decision_id in open_cases:
                blocked[option] = blocked[option] or "milder"
        return blocked

    def _filter_untried(self, blocked):
        """Return those that come before the end: neither tried nor ruled out.

        That a level has been taken out of an option is no reason against it: as long as
        there is one that the ladder proposes for it, it can be tried.

        :param blocked: {option: why it cannot be chosen}
        """
        milder = self.filtered(lambda option: option.kind != "end")
        emptied = milder.filtered(lambda option: blocked[option] == "level")
        levels = {
            company: self.env["customer.decision"]._get_service_levels(company)
            for company in emptied.decision_id.company_id
        }
        return milder.filtered(
            lambda option: (
                not blocked[option]
                or (
                    option in emptied
                    and option.decision_id._get_target_level(
                        option.kind, levels[option.decision_id.company_id]
                    )
                )
            )
        )

    def _get_own_blocked(self, row):
        """Return why the option, by itself, cannot be chosen."""
        self.ensure_one()
        if self.state != "open":
            return self.state
        if not self._has_valid_assumptions():
            return "assumptions"
        if self.kind in LEVEL_KINDS:
            if self._is_there():
                return "there"
            if not self.service_level_id.active:
                return "level"
        if self.kind in ("reprice", "subcontract") and row["revenue"] <= 0:
            return "revenue"
        if self.kind == "reduce_cost" and row["reducible"] <= 0:
            return "costs"
        return False

    def _is_there(self):
        """Whether the account is served by others, or no longer, as the option says."""
        present = self.decision_id.account_id.service_level_id.kind
        if present in (False, "served"):
            return False
        order = KINDS_FROM_TOP.index
        further = order(present) - order(LEVEL_KINDS[self.kind])
        # others than those who serve it may be chosen
        return further > 0 or (further == 0 and not self.service_level_id)

    @api.depends("blocked", "state_reason", "kind", "decision_id.option_ids.blocked")
    def _compute_blocked_reason(self):
        ends = self.filtered(lambda option: option.blocked == "milder")
        untried = ends.decision_id._get_untried().grouped("decision_id")
        for option in self:
            milder = untried.get(option.decision_id, option.browse())
            option.blocked_reason = option._get_blocked_words(milder)

    def _get_blocked_words(self, milder):
        """Return why the option cannot be chosen, and what can be done about that.

        :param milder: the options that come before the end of the relation
        """
        self.ensure_one()
        texts = {
            "tried": self.env._("Tried before: %s", self.state_reason or ""),
            "ruled_out": self.env._("Ruled out: %s", self.state_reason or ""),
            "assumptions": self.env._(
                "Correct the assumptions first: shares go from 0% to 100%, and amounts "
                "cannot be negative."
            ),
            "there": self.env._("The account is no longer served by us."),
            "level": self.env._("No service level for it: choose one here."),
            "revenue": self.env._(
                "Lately nothing was sold to the account, or as much credited again."
            ),
            "costs": self.env._(
                "The account has cost no hours, no service and no expenses."
            ),
            "milder": self.env._(
                "First try these, or rule them out with a reason: %s.",
                format_list(self.env, milder.rung_id.mapped("name")),
            ),
        }
        return texts[self.blocked] if self.blocked else False

    # ------------------------------------------------------------------
    # In words
    # ------------------------------------------------------------------

    @api.depends("basis")
    def _compute_explanation(self):
        for option in self:
            sentences = option._get_sentences() if option.basis else []
            option.explanation = "\n".join(sentences)

    def _get_sentences(self):
        """Return how the figures come about, as one would tell it to a colleague."""
        self.ensure_one()
        basis = self.basis
        sentences = []
        if basis["uncertain"]:
            sentences.append(self._get_sentence_of_doubt(basis))
        if basis.get("unweighed"):
            sentences.append(
                self.env._(
                    "Not the best option as long as “Advocacy a Year” is empty: the "
                    "account is strong in what it gives besides money, and that would "
                    "be lost with it."
                )
            )
        if self.acceptance_rate:
            sentences.append(self._get_sentence_of_staying(basis))
        if self.acceptance_rate < 1:
            sentences.append(self._get_sentence_of_leaving(basis))
        sentences.append(self._get_sentence_of_year())
        sentences.append(self._get_sentence_of_value(basis))
        return sentences

    def _get_sentence_of_doubt(self, basis):
        rate = round(100 * basis["uncertain"])
        if self.kind == "mend":
            return self.env._(
                "Look here first: %s%% of its costs are estimated or missing, and what "
                "is expected of the other options rests on them.",
                rate,
            )
        return self.env._(
            "With care: %s%% of its costs are estimated or missing.", rate
        )

    def _get_sentence_of_staying(self, basis):
        parts = self._get_changes_in_words(basis["changes"])
        if not parts:
            return self.env._(
                "As long as it stays as it is: %s a year.",
                self._format_result(basis["profit"]),
            )
        return self.env._(
            "If it stays: %(staying)s a year instead of %(now)s, by %(changes)s.",
            staying=self._format_result(basis["staying"]),
            now=self._format_result(basis["profit"]),
            changes=format_list(self.env, parts),
        )

    def _get_changes_in_words(self, changes):
        """Return what leads from today's profit to that of staying, in words."""
        amounts = {
            name: self._format_amount(abs(change)) for name, change in changes.items()
        }
        revenue = amounts["revenue"]
        texts = {
            "revenue": self.env._("%s more revenue", revenue)
            if changes["revenue"] > 0
            else self.env._("%s less revenue", revenue),
            "product": self.env._("%s less for what it buys", amounts["product"])
            if changes["product"] > 0
            else self.env._("%s more for what it buys", amounts["product"]),
            "charged": self._get_charged_in_words(amounts["charged"]),
            "time": self.env._("%s less for hours", amounts["time"]),
            "serving": self.env._("%s less cost to serve", amounts["serving"]),
            "other": self.env._("%s less other costs", amounts["other"]),
        }
        return [
            text for name, text in texts.items() if not self._is_nothing(changes[name])
        ]

    def _get_charged_in_words(self, amount):
        """Return for which hours an amount is charged."""
        if not self.included_hours:
            return self.env._("%s for its hours", amount)
        hours = self._format_number(self.included_hours)
        level = self._get_level()
        if level.included_hours != self.included_hours:
            return self.env._(
                "%(amount)s for hours beyond the %(hours)s a month that are included",
                amount=amount,
                hours=hours,
            )
        return self.env._(
            "%(amount)s for hours beyond the %(hours)s a month that “%(level)s” "
            "includes",
            amount=amount,
            hours=hours,
            level=level.name,
        )

    def _get_sentence_of_leaving(self, basis):
        sentences = [
            self.env._(
                "Of ten customers like it, %s are expected to stay.",
                self._format_number(10 * self.acceptance_rate),
            )
            if self.acceptance_rate
            else self.env._("It leaves, and nothing is sold to it any more.")
        ]
        if not self._is_nothing(basis["kept"]):
            sentences.append(
                self.env._(
                    "When it leaves, %s a year still have to be paid, for people that "
                    "are there anyway.",
                    self._format_amount(basis["kept"]),
                )
            )
        if not self._is_nothing(basis["advocacy"]):
            sentences.append(
                self.env._(
                    "Lost with it would be %s a year that it brings besides.",
                    self._format_amount(basis["advocacy"]),
                )
            )
        return " ".join(sentences)

    def _get_sentence_of_year(self):
        result = self._format_result(self.expected_profit)
        if self._is_nothing(self.profit_gain):
            return self.env._("Expected of a year: %s, as it is.", result)
        texts = (
            self.env._("Expected of a year: %(result)s, %(gain)s more than as it is.")
            if self.profit_gain > 0
            else self.env._(
                "Expected of a year: %(result)s, %(gain)s less than as it is."
            )
        )
        return texts % {
            "result": result,
            "gain": self._format_amount(abs(self.profit_gain)),
        }

    def _get_sentence_of_value(self, basis):
        values = {
            "value": self._format_amount(self.expected_value),
            "now": self._format_amount(basis["value"]),
            "switch": self._format_amount(self.switch_cost),
        }
        if not self._is_nothing(self.switch_cost):
            return self.env._(
                "Worth %(value)s over the years to come instead of %(now)s, after "
                "%(switch)s for the change itself.",
                **values,
            )
        if self._is_nothing(self.value_gain):
            return self.env._("Worth %(value)s over the years to come.", **values)
        return self.env._(
            "Worth %(value)s over the years to come instead of %(now)s.", **values
        )

    def _format_result(self, amount):
        """Return an amount as the profit or the loss that it is."""
        if self._is_nothing(amount):
            return self.env._("neither profit nor loss")
        if amount > 0:
            return self.env._("a profit of %s", self._format_amount(amount))
        return self.env._("a loss of %s", self._format_amount(-amount))

    def _format_amount(self, amount):
        return self.decision_id.account_id._format_money(amount)

    def _format_number(self, number):
        return self.env["customer.metric"]._format_number(number)

    @api.model
    def _is_nothing(self, amount):
        """Whether an amount is nothing as people read it, whole."""
        return not round(amount)
