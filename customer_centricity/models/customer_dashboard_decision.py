from odoo import api, fields, models
from odoo.fields import Domain

STATES = ("proposed", "approved", "applied", "reviewed")
ACTION = "customer_centricity.customer_decision_action"


class CustomerDashboard(models.AbstractModel):
    """What is decided on accounts that cost money, and what came of it."""

    _inherit = "customer.dashboard"

    @api.model
    def _get_sections(self):
        return {**super()._get_sections(), "decisions": True}

    @api.model
    def _get_targets(self):
        return {
            **super()._get_targets(),
            "decision": (1, True),
            "recovered": (0, True),
            "overdue": (0, True),
        }

    @api.model
    def _section_decisions(self, scope):
        """Return cases as they are now: no run keeps them."""
        decisions = self.env["customer.decision"]
        domain = scope.through("account_id")
        rows = {
            state: (count, stake or 0)
            for state, count, stake in decisions._read_group(
                domain, ["state"], ["__count", "stake_amount:sum"]
            )
        }
        [[recovered_count, recovered]] = decisions._read_group(
            domain & self._get_recovered_domain(),
            [],
            ["__count", "recovered_amount:sum"],
        )
        labels = self._get_selection("customer.decision", "state")
        return {
            "states": [
                {
                    "key": state,
                    "name": labels[state],
                    **dict(
                        zip(("count", "at_stake"), rows.get(state, (0, 0)), strict=True)
                    ),
                    "open": ["decision", state],
                }
                for state in STATES
            ],
            "recovered": (recovered or 0) if recovered_count else None,
            "recovered_count": recovered_count,
            "overdue_count": decisions.search_count(
                domain & self._get_overdue_domain()
            ),
            "open_recovered": ["recovered"],
            "open_overdue": ["overdue"],
            "note": self._get_note_of_today(scope),
        }

    @api.model
    def _get_recovered_domain(self):
        """Return which cases have been measured: what was undone recovers nothing."""
        return Domain("state", "in", ["applied", "reviewed"]) & Domain(
            "recovered_amount", "!=", 0
        )

    @api.model
    def _get_overdue_domain(self):
        today = fields.Date.context_today(self)
        return Domain("state", "=", "applied") & Domain(
            "review_date", "<=", today.isoformat()
        )

    # ------------------------------------------------------------------
    # What opens it
    # ------------------------------------------------------------------

    @api.model
    def _target_decision(self, scope, state):
        self._check_choice(state, STATES)
        return self._open_records(
            ACTION,
            self.env._(
                "Decisions: %s",
                self._get_selection("customer.decision", "state")[state],
            ),
            scope.through("account_id") & Domain("state", "=", state),
        )

    @api.model
    def _target_recovered(self, scope):
        return self._open_records(
            "customer_centricity.customer_decision_action_recovered",
            self.env._("Money recovered"),
            scope.through("account_id") & self._get_recovered_domain(),
        )

    @api.model
    def _target_overdue(self, scope):
        return self._open_records(
            "customer_centricity.customer_decision_action_review",
            self.env._("Reviews that are due"),
            scope.through("account_id") & self._get_overdue_domain(),
        )
