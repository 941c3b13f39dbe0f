from odoo import api, models

from .customer_voiced import COUNTS

# Intents that are told one by one: those of single accounts may be thousands
MOST_INTENTS = 12
FIGURES = {"lifetime_value": "value", "profit": "profit"}


class CustomerDashboard(models.AbstractModel):
    """What groups of customers are worth, and what is intended with whom."""

    _inherit = "customer.dashboard"

    @api.model
    def _get_sections(self):
        return {**super()._get_sections(), "groups": False}

    @api.model
    def _get_targets(self):
        return {
            **super()._get_targets(),
            "group": (1, False),
            "members": (1, False),
            "intent": (1, False),
            "intended": (0, False),
        }

    @api.model
    def _section_groups(self, scope):
        return {
            "groups": self._get_groups(scope),
            **self._get_intents(scope),
            "note": self._get_note(scope),
        }

    @api.model
    def _get_note(self, scope):
        """Return what a date in the past does not change; None as of now."""
        if not scope.run:
            return None
        return self.env._(
            "Groups, intents and account managers are those of today: a run keeps "
            "figures and tiers."
        )

    # ------------------------------------------------------------------
    # Groups
    # ------------------------------------------------------------------

    @api.model
    def _get_groups(self, scope):
        """Return what groups come to, without counting an account twice."""
        figures = FIGURES if self._is_manager() else {}
        # what was answered by then, a run does not keep
        counts = () if scope.run else COUNTS
        names = ("count", *figures, *counts)
        rows = {
            group: dict(zip(names, (value or 0 for value in row), strict=True))
            for group, *row in scope.sums("group_id", (*figures, *counts))
        }
        found = []
        for group, parts, target in self._get_shown_groups(scope, rows):
            of_parts = [rows[part] for part in parts if part in rows]
            sums = {name: sum(row[name] for row in of_parts) for name in names}
            found.append((group, target, sums))
        told = self.env["customer.voiced"]._tell_nps(
            [tuple(sums.get(name, 0) for name in COUNTS) for _one, _two, sums in found]
        )
        return [
            {
                "id": group.id,
                "name": group.name or self.env._("No group"),
                "count": sums["count"],
                **{key: sums[name] for name, key in figures.items()},
                "nps_label": words["nps_label"] or None,
                "open": target,
            }
            for (group, target, sums), words in zip(found, told, strict=True)
        ]

    @api.model
    def _get_shown_groups(self, scope, rows):
        """Return groups, what is added up for each, and targets; together they are all.

        What is told of a group includes its parts. Shown are groups that are part of no
        other; of a group that is looked at its parts, and itself for who is in none.
        """
        groups = self.env["customer.group"].with_context(active_test=False)
        chosen = scope.filters.get("group_id", [False])[0]
        below = groups.search([("parent_id", "=", chosen)])
        shown, covered = [], set()
        for group, parts in below._get_parts().items():
            covered.update(parts.ids)
            if group.active or any(part in rows for part in parts):
                shown.append((group, parts, ["group", group.id]))
        rest = [group for group in rows if group.id not in covered]
        rest.sort(key=lambda group: not group)  # no group comes last
        return [*shown, *((group, [group], ["members", group.id]) for group in rest)]

    # ------------------------------------------------------------------
    # Intents
    # ------------------------------------------------------------------

    @api.model
    def _get_intents(self, scope):
        """Return the intents in force of most value, and what they are for together."""
        figures = FIGURES if self._is_manager() else {}
        name = scope.name("intent_id")
        has_intent = scope.where(("intent_id", "!=", False))
        measures = ["__count", *(f"{figure}:sum" for figure in figures)]
        largest = measures[1] if figures else measures[0]
        rows = scope.records._read_group(
            scope.domain & has_intent,
            [name],
            measures,
            order=f"{largest} DESC, {name}",
            limit=MOST_INTENTS,
        )
        total = scope.total(tuple(figures), has_intent)
        keys = ("count", *figures.values())
        labels = {
            name: self._get_selection("customer.intent", name)
            for name in ("kind", "state", "outcome_state")
        }
        return {
            "intents": [
                {
                    "id": intent.id,
                    "name": intent.display_name,
                    "kind": intent.kind,
                    "kind_label": labels["kind"].get(intent.kind),
                    "state": intent.state,
                    "state_label": labels["state"].get(intent.state),
                    "outcome_state": intent.outcome_state,
                    "outcome_label": labels["outcome_state"].get(intent.outcome_state),
                    **dict(zip(keys, (value or 0 for value in row), strict=True)),
                    "open": ["intent", intent.id],
                }
                for intent, *row in rows
            ],
            "intended": {
                **dict(zip(keys, (value or 0 for value in total), strict=True)),
                "open": ["intended"],
            },
        }

    # ------------------------------------------------------------------
    # What opens it
    # ------------------------------------------------------------------

    @api.model
    def _target_group(self, scope, group_id):
        group = self._find("customer.group", group_id)
        parts = group._get_parts()[group]
        return self._open(scope, group.name, ("group_id", "in", parts.ids))

    @api.model
    def _target_members(self, scope, group_id):
        """Open who is in a group itself, or in none."""
        name = (
            self._find("customer.group", group_id).name
            if group_id is not False
            else self.env._("No group")
        )
        return self._open(scope, name, ("group_id", "=", group_id))

    @api.model
    def _target_intent(self, scope, intent_id):
        intent = self._find("customer.intent", intent_id)
        return self._open(scope, intent.display_name, ("intent_id", "=", intent_id))

    @api.model
    def _target_intended(self, scope):
        name = self.env._("Accounts with an intent")
        return self._open(scope, name, ("intent_id", "!=", False))
