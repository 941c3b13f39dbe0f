from odoo import api, models


class CustomerDecisionRequest(models.Model):
    """What is done about requests, by what they ask for."""

    _inherit = "customer.decision.request"

    def _group_for_people(self):
        """Yield rules and what they ask for, in the language of who looks after it.

        What the chatter and activities tell is kept as it is written.
        """
        for (rule, lang), same in self.grouped(
            lambda request: (request.rule_id, request._get_lang())
        ).items():
            yield rule.with_context(lang=lang), same.with_context(lang=lang)

    def _get_lang(self):
        owner = self.decision_id.user_id or self.user_id
        return self.company_id._get_whom_to_ask(owner)[:1].lang or self.env.lang

    # ------------------------------------------------------------------
    # A loss: a case is proposed
    # ------------------------------------------------------------------

    def _check_loss(self, company):
        """Return the requests of which a case is to be proposed; the others wait.

        Of an account that is no longer at a loss, has been archived or has an open
        case, nothing is asked for any more.
        """
        live = self.filtered(
            lambda request: (
                request.account_id.active and request.account_id.result == "loss"
            )
        )
        held = live._get_held()
        settled = live.filtered(lambda request: "open_decision" in held[request])
        (self - live + settled).unlink()
        return (live - settled)._sort_out(
            held, self._get_proposal_room(company), "proposal_limit"
        )

    @api.model
    def _get_proposal_room(self, company):
        """Return how many cases rules may yet propose in a company today.

        A case that another one is taken further by is no new one.
        """
        return company.customer_decision_proposal_limit - (
            self.env["customer.decision"].search_count(
                [
                    ("company_id", "=", company.id),
                    ("origin", "=", "rule"),
                    ("previous_id", "=", False),
                    ("create_date", ">=", self._get_beginning_of_day()),
                ]
            )
        )

    def _do_loss(self):
        for rule, asked in self._group_for_people():
            decisions = asked.env["customer.decision"]._propose(
                asked.account_id,
                asked._get_reason(),
                origin="rule",
                rule=rule.name or asked.env._("Loss"),
            )
            automatic = decisions.filtered(lambda case: case._may_be_automatic())
            if automatic:
                self._note_decisions(automatic, "approval", rule)

    def _get_reason(self):
        company = self.env.company
        return self.env._(
            "It lost money in each of the last %(count)s periods of %(months)s months.",
            count=company.customer_decision_periods,
            months=company.customer_decision_period_months,
        )

    # ------------------------------------------------------------------
    # Approving without a person
    # ------------------------------------------------------------------

    def _check_approval(self, company):
        """Return the requests whose case is approved now; the others wait.

        A case that somebody has taken in hand is nobody else's to approve, nor one that
        today's figures say something else of.
        """
        automatic = self.decision_id._keep_automatic()
        live = self.filtered(lambda request: request.decision_id in automatic)
        (self - live).unlink()
        return live._sort_out(
            live._get_held(), self._get_approval_room(company), "automatic_limit"
        )

    @api.model
    def _get_approval_room(self, company):
        """Return how many cases may yet be approved without a person today."""
        return company.customer_decision_automatic_limit - (
            self.env["customer.decision"].search_count(
                [
                    ("company_id", "=", company.id),
                    ("approval_rule", "!=", False),
                    ("approved_date", ">=", self._get_beginning_of_day()),
                ]
            )
        )

    def _do_approval(self):
        for rule, asked in self._group_for_people():
            asked.decision_id._approve(
                rule=rule.name or asked.env._("Without approval")
            )

    # ------------------------------------------------------------------
    # Reviewing
    # ------------------------------------------------------------------

    def _check_review(self, _company):
        """Return the requests whose case is applied; of others none is asked for."""
        live = self.filtered(lambda request: request.decision_id.state == "applied")
        (self - live).unlink()
        return live

    def _do_review(self):
        for rule, asked in self._group_for_people():
            asked.decision_id._review(rule.name or asked.env._("Review"))
