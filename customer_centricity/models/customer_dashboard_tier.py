from odoo import api, models

MOVEMENTS = ("up", "down", "entered", "left")


class CustomerDashboard(models.AbstractModel):
    """Who is in which tier, and who has moved."""

    _inherit = "customer.dashboard"

    @api.model
    def _get_sections(self):
        return {**super()._get_sections(), "tiers": False}

    @api.model
    def _get_targets(self):
        return {
            **super()._get_targets(),
            "tier": (1, False),
            "move": (2, True),
            "movement": (1, True),
        }

    @api.model
    def _section_tiers(self, scope):
        is_manager = self._is_manager()
        measures = ("lifetime_value", "profit") if is_manager else ()
        rows = {
            tier: (count, *(amount or 0 for amount in amounts))
            for tier, count, *amounts in scope.sums("tier_id", measures)
        }
        tiers = []
        for tier in self._get_tiers(scope, rows):
            count, *amounts = rows.get(tier, (0,) * (1 + len(measures)))
            tiers.append(
                {
                    "id": tier.id,
                    "name": tier.name or self.env._("No tier"),
                    "color": tier.color,
                    "count": count,
                    "note": self._get_tier_note(tier) if is_manager else None,
                    **dict(zip(("value", "profit"), amounts, strict=False)),
                    "open": ["tier", tier.id],
                }
            )
        return {
            "tiers": tiers,
            "migration": self._get_migration(scope) if is_manager else None,
        }

    @api.model
    def _get_tier_note(self, tier):
        """Return what being at a loss means here: of a profit it is told elsewhere."""
        if tier.rule_type != "loss":
            return None
        return self._get_selection("customer.tier", "rule_type")["loss"]

    @api.model
    def _get_tiers(self, scope, found):
        """Return the tiers in force, others that are found, and none, in order."""
        tiers = self.env["customer.tier"]
        others = tiers.union(*found) - tiers._get_tiers(scope.company)
        ordered = (tiers._get_tiers(scope.company) | others).sorted(
            lambda tier: (tier.sequence, tier.id)
        )
        return [*ordered, *(tier for tier in found if not tier)]

    # ------------------------------------------------------------------
    # Migration
    # ------------------------------------------------------------------

    @api.model
    def _get_migration(self, scope):
        """Return from where to where accounts have come in the run, or the last one."""
        run = self._get_migration_run(scope)
        if not run:
            return None
        moved = scope.of_run(run)
        counts = {
            (old, new): count
            for old, new, count in moved.records._read_group(
                moved.domain, ["old_tier_id", "new_tier_id"], ["__count"]
            )
        }
        movements = dict(moved.sums("movement", ()))
        rows = self._get_tiers(scope, {old: True for old, _new in counts})
        columns = self._get_tiers(scope, {new: True for _old, new in counts})
        nothing = self.env._("No tier")
        return {
            "date": run.date.isoformat(),
            "label": self.env._("Run as of %s", self._format_day(run.date)),
            "rows": [
                {
                    "id": old.id,
                    "name": old.name or nothing,
                    "cells": [
                        {
                            "count": counts.get((old, new), 0),
                            "open": ["move", old.id, new.id],
                        }
                        for new in columns
                    ],
                }
                for old in rows
            ],
            "columns": [[new.id, new.name or nothing] for new in columns],
            **{name: movements.get(name, 0) for name in MOVEMENTS},
            **{f"open_{name}": ["movement", name] for name in MOVEMENTS},
        }

    @api.model
    def _get_migration_run(self, scope):
        return scope.run or self.env["customer.ltv.run"]._get_last_applied(
            scope.company
        )

    # ------------------------------------------------------------------
    # What opens it
    # ------------------------------------------------------------------

    @api.model
    def _target_tier(self, scope, tier_id):
        name = self.env._("Tier %s", self._get_tier_name(tier_id))
        return self._open(scope, name, ("tier_id", "=", tier_id))

    @api.model
    def _target_move(self, scope, old_id, new_id):
        name = self.env._(
            "From %(old)s to %(new)s",
            old=self._get_tier_name(old_id),
            new=self._get_tier_name(new_id),
        )
        return self._open(
            self._get_moved(scope),
            name,
            ("old_tier_id", "=", old_id),
            ("new_tier_id", "=", new_id),
        )

    @api.model
    def _target_movement(self, scope, key):
        self._check_choice(key, MOVEMENTS)
        moved = self._get_moved(scope)
        labels = self._get_selection("customer.account.snapshot", "movement")
        return self._open(moved, labels[key], ("movement", "=", key))

    @api.model
    def _get_moved(self, scope):
        run = self._get_migration_run(scope)
        if not run:
            self._refuse()
        return scope.of_run(run)

    @api.model
    def _get_tier_name(self, tier_id):
        if tier_id is False:
            return self.env._("No tier")
        return self._find("customer.tier", tier_id).name
