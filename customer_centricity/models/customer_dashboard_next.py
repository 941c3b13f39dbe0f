from odoo import api, models


class CustomerDashboard(models.AbstractModel):
    """What to aim for next, and where accounts stand in their life."""

    _inherit = "customer.dashboard"

    @api.model
    def _get_sections(self):
        return {**super()._get_sections(), "next": False, "stages": False}

    @api.model
    def _get_targets(self):
        return {**super()._get_targets(), "behaviour": (1, False), "stage": (1, False)}

    @api.model
    def _section_next(self, scope):
        return {
            "behaviours": self._count_by(scope, "next_behaviour", "behaviour"),
            "note": self._get_note_of_today(scope),
        }

    @api.model
    def _section_stages(self, scope):
        return {
            "stages": self._count_by(scope, "lifecycle_stage", "stage"),
            "note": self._get_note_of_today(scope),
        }

    @api.model
    def _count_by(self, scope, name, kind):
        """Return how many accounts there are of each value of a field, now."""
        counts = dict(scope.of_run(None).sums(name, ()))
        labels = self._get_labels(name)
        # whoever has none comes last, if there is anybody
        keys = [*(key for key in labels if key), *([False] if False in counts else [])]
        return [
            {
                "key": key,
                "name": labels[key],
                "count": counts.get(key, 0),
                "open": [kind, key],
            }
            for key in keys
        ]

    # ------------------------------------------------------------------
    # What opens it
    # ------------------------------------------------------------------

    @api.model
    def _target_behaviour(self, scope, key):
        name = self._get_title("next_behaviour", key)
        return self._open(scope.of_run(None), name, ("next_behaviour", "=", key))

    @api.model
    def _target_stage(self, scope, key):
        name = self._get_title("lifecycle_stage", key)
        return self._open(scope.of_run(None), name, ("lifecycle_stage", "=", key))
