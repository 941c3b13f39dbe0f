import logging

from odoo import fields, models
from odoo.exceptions import UserError

from .by_halves import by_halves
from .customer_decision import STEP_ACTIVITY
from .customer_decision_prepare import is_below

_logger = logging.getLogger(__name__)

# Options that give the account a service level, with all that comes with it
LEVEL_KINDS = ("change_level", "subcontract", "end")
ERROR_LENGTH = 300


class CustomerDecision(models.Model):
    """Applying: what has been approved is written, and what it replaces is kept.

    What a case writes is kept as its effects (customer_decision_effect.py), from which
    it can be undone (customer_decision_undo.py); what remains for people to do becomes
    an activity of the owner. An account that refuses is noted and the others go on.
    """

    _inherit = "customer.decision"

    def _apply(self):
        """Apply the cases that are approved; return those that have been applied.

        Others are left alone: rules may ask for the same more than once. What goes
        wrong is kept in the case, which stays approved.
        """
        self.check_access("write")
        decisions = self._for_people()
        decisions.lock_for_update(allow_referencing=True)
        decisions.invalidate_recordset(["state"])
        ready = decisions.filtered(lambda decision: decision.state == "approved")
        failed = by_halves(lambda some: some._apply_now(), ready) if ready else {}
        for decision, error in failed.items():
            decision._note_error(error)
        done = ready.filtered(lambda decision: decision not in failed)
        return done.with_env(self.env)

    def _apply_now(self):
        for company, decisions in self.grouped("company_id").items():
            decisions.with_company(company)._apply_in(company)

    def _note_error(self, error):
        """Keep why a case could not be applied, and ask its owner to see to it."""
        if isinstance(error, UserError):
            # what follows names records, which is not for everybody who reads it
            text = str(error).strip().partition("\n")[0]
        else:
            # errors of programs and databases tell figures, and nobody what to do
            text = self.env._("An unexpected error, which is in the log of the server.")
            _logger.error("Decision %s could not be applied", self.id, exc_info=error)
        self.error = text[:ERROR_LENGTH]
        self._drop_activities(STEP_ACTIVITY)
        self._ask(
            STEP_ACTIVITY, {self: (self.env._("Could not be applied"), self.error)}
        )

    def _apply_in(self, company):
        """Apply cases of a company: write, and keep what was there before."""
        self._check_approved()
        for decision in self:
            decision._check_level_then()
        changes = self._get_changes()
        effects = self.env["customer.decision.effect"]._write_changes(company, changes)
        written = effects.grouped("decision_id")
        texts = {
            decision: decision._get_application_in_words(
                written.get(decision, effects.browse())
            )
            for decision in self
        }
        self._drop_activities(STEP_ACTIVITY)
        self._ask(STEP_ACTIVITY, {one: one._get_next_step() for one in self})
        self._set_state(
            "applied",
            texts,
            applied_by_id=self.env.uid,
            applied_date=fields.Datetime.now(),
            error=False,
        )
        self.with_context(tracking_disable=True)._set_review()

    def _check_approved(self):
        """Refuse cases of which nobody has approved an option of their own."""
        for decision in self:
            is_own = decision.option_id.decision_id == decision
            if not is_own or not (decision.approved_by_id or decision.approval_rule):
                raise UserError(
                    self.env._(
                        "%s: nobody has approved what is chosen. Reject the case, and "
                        "propose another one.",
                        decision.display_name,
                    )
                )

    def _check_level_then(self):
        """Refuse to give a service level that does not fit the account any more.

        That is one that has been archived, or one that is no step down any more from
        the level that somebody has given the account since the case was proposed.
        """
        level, account = self.option_id.service_level_id, self.account_id
        if self.kind not in LEVEL_KINDS or not level:
            return
        if not level.active:
            raise UserError(
                self.env._(
                    "%(decision)s: the service level “%(level)s” is archived. Take it "
                    "out of the archive, or reject the case and propose another one.",
                    decision=self.display_name,
                    level=level.name,
                )
            )
        present = account.service_level_id
        if (
            present not in (self.start_service_level_id, level)
            and present
            and not is_below(level, present)
        ):
            raise UserError(
                self.env._(
                    "%(decision)s: since it was proposed the account has got the "
                    "service level “%(present)s”, from which “%(level)s” is no step "
                    "down. Reject the case, or give the account back its level.",
                    decision=self.display_name,
                    present=present.name,
                    level=level.name,
                )
            )

    # ------------------------------------------------------------------
    # What is written
    # ------------------------------------------------------------------

    def _get_changes(self):
        """Return what cases of a company write; meant to be extended.

        :return: list of (case, record, name of the field, value)
        """
        changes = []
        for decision in self:
            pricelist = decision.option_id.pricelist_id
            if decision.kind == "reprice" and pricelist:
                partner = decision.account_id.partner_id
                changes.append(
                    (
                        decision,
                        partner,
                        "specific_property_product_pricelist",
                        pricelist,
                    )
                )
        giving = self.filtered(lambda decision: decision.kind in LEVEL_KINDS)
        for level, decisions in giving.grouped(
            lambda decision: decision.option_id.service_level_id
        ).items():
            changes += decisions._get_level_changes(level)
        return changes

    def _get_level_changes(self, level):
        """Return what it takes to give the accounts a service level."""
        if not level:
            raise UserError(
                self.env._(
                    "%s: choose the service level that the account is to get.",
                    self[0].display_name,
                )
            )
        terms = level._get_terms(self.account_id)
        by_record = {}
        for decision in self:
            by_record[decision.account_id] = decision
            by_record[decision.account_id.partner_id] = decision
        if any(record not in by_record for record, _name, _value in terms):
            # another addon writes elsewhere, too: one by one, it is told whose it is
            return [change for one in self for change in one._get_terms_of_one(level)]
        return [
            *((one, one.account_id, "service_level_id", level) for one in self),
            *(
                (by_record[record], record, name, value)
                for record, name, value in terms
            ),
        ]

    def _get_terms_of_one(self, level):
        self.ensure_one()
        return [
            (self, self.account_id, "service_level_id", level),
            *((self, *term) for term in level._get_terms(self.account_id)),
        ]

    # ------------------------------------------------------------------
    # In words
    # ------------------------------------------------------------------

    def _get_application_in_words(self, effects):
        """Return what the chatter tells: what was written, but no amounts."""
        # why, was told when it was proposed and decided
        if not effects:
            return self.env._("Applied: %s.", self._get_title())
        return self.env._(
            "Applied: %(title)s. Changed: %(fields)s.",
            title=self._get_title(),
            fields=", ".join(dict.fromkeys(effects.mapped("label"))),
        )

    def _get_next_step(self):
        """Return what is left for people to do: summary and note of an activity."""
        option = self.option_id
        level = option.service_level_id.name or ""
        summary = {
            "mend": self.env._("Find out what is wrong, and mend it"),
            "reduce_cost": self.env._("Lower the cost to serve"),
            "reprice": self.env._("Talk with the customer about prices"),
            "change_level": self.env._(
                "Tell the customer about the service level “%s”", level
            ),
            "subcontract": self.env._("Hand the customer over: “%s”", level),
            "end": self.env._("Tell the customer that the relation ends"),
        }.get(option.kind, self._get_title())
        if option.kind == "mend":
            return summary, self._get_findings()
        return summary, self.choice_reason or self.reason

    def _get_findings(self):
        """Return in words what is doubtful in the account's figures; no amounts."""
        account = self.account_id
        texts = []
        if account.uncosted_revenue:
            texts.append(
                self.env._("Goods were sold to it whose cost nobody has entered.")
            )
        if account.uncosted_hours:
            texts.append(
                self.env._("Employees without an hourly cost spent hours on it.")
            )
        if account.cost_estimated_rate:
            texts.append(
                self.env._("Some of its product cost is an estimate: check it.")
            )
        findings = self.env["customer.quality.finding"].search(
            [("company_id", "=", self.company_id.id), ("severity", "!=", "low")]
        )
        texts += [f"{one.explanation} {one.remedy}" for one in findings]
        if not texts:
            return self.env._(
                "Nothing is missing in its data. Look for forgotten invoices, hours "
                "booked on the wrong customer, and one project that explains the loss."
            )
        return "\n".join(texts)
