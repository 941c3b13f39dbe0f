from odoo import api, models

from .customer_voiced import COUNTS

VOICES = ("promoter", "passive", "detractor", "silent")


class CustomerDashboard(models.AbstractModel):
    """What customers say, and what is to be done by what they earn."""

    _inherit = "customer.dashboard"

    @api.model
    def _get_sections(self):
        return {**super()._get_sections(), "voice": False}

    @api.model
    def _get_targets(self):
        return {
            **super()._get_targets(),
            "answered": (0, False),
            "voice": (1, False),
            "advocacy": (1, True),
        }

    @api.model
    def _section_voice(self, scope):
        """Return answers as they are now: no run keeps them."""
        now = scope.of_run(None)
        is_manager = self._is_manager()
        _count, *counts = now.total(COUNTS)
        [told] = self.env["customer.voiced"]._tell_nps(
            [tuple(count or 0 for count in counts)]
        )
        result = {
            "nps_label": told["nps_label"] or None,
            "nps_parts": told["nps_parts"] or None,
            "answer_count": told["nps_answer_count"],
            "open": ["answered"],
            "by_voice": self._get_by_voice(now, is_manager),
            "note": self._get_note_of_today(scope),
        }
        if is_manager:
            result["advocacy"] = self._get_advocacies(now)
        return result

    @api.model
    def _get_note_of_today(self, scope):
        """Return that a section is as of now, where another date was asked for."""
        if not scope.run:
            return None
        return self.env._("As of today: runs do not keep this.")

    @api.model
    def _get_by_voice(self, scope, is_manager):
        figures = {"lifetime_value": "value"} if is_manager else {}
        rows = {
            voice: (count, *(value or 0 for value in sums))
            for voice, count, *sums in scope.sums("voice", tuple(figures))
        }
        labels = self._get_labels("voice")
        nothing = (0,) * (1 + len(figures))
        return [
            {
                "key": voice,
                "name": labels[voice],
                **dict(
                    zip(
                        ("count", *figures.values()),
                        rows.get(voice, nothing),
                        strict=True,
                    )
                ),
                "open": ["voice", voice],
            }
            for voice in (*VOICES, *(one for one in rows if one not in VOICES))
        ]

    @api.model
    def _get_advocacies(self, scope):
        """Return what is to be done with whom, in the order of the board."""
        rows = {
            key: (count, value or 0, profit or 0)
            for key, count, value, profit in scope.sums(
                "advocacy", ("lifetime_value", "profit")
            )
        }
        advice = self._get_advice()
        labels = self._get_labels("advocacy")
        return [
            {
                "key": key,
                "name": label,
                "advice": advice[key],
                **dict(
                    zip(
                        ("count", "value", "profit"),
                        rows.get(key, (0, 0, 0)),
                        strict=True,
                    )
                ),
                "open": ["advocacy", key],
            }
            for key, label in labels.items()
            if key
        ]

    @api.model
    def _get_advice(self):
        """Return with whom something is to be done, and why, in a sentence."""
        return {
            "call_first": self.env._(
                "Not at a loss, and unhappy: hear them before they leave."
            ),
            "ask_referral": self.env._(
                "Not at a loss, and enthusiastic: ask whom they would send to you."
            ),
            "strengthen": self.env._(
                "Not at a loss, and content: find out what would delight them."
            ),
            "listen": self.env._(
                "Not at a loss, and not heard: ask what they think of you."
            ),
            "redesign": self.env._(
                "At a loss, and content: serve them in a way that pays."
            ),
            "decide": self.env._(
                "At a loss, and unhappy: decide what is to become of it."
            ),
            "watch": self.env._(
                "At a loss, and not heard: see whether it gets better."
            ),
        }

    # ------------------------------------------------------------------
    # What opens it
    # ------------------------------------------------------------------

    @api.model
    def _target_answered(self, scope):
        name = self.env._("Accounts that have answered")
        return self._open(scope.of_run(None), name, ("nps_answer_count", ">", 0))

    @api.model
    def _target_voice(self, scope, key):
        name = self._get_title("voice", key)
        return self._open(scope.of_run(None), name, ("voice", "=", key))

    @api.model
    def _target_advocacy(self, scope, key):
        name = self._get_title("advocacy", key)
        return self._open(scope.of_run(None), name, ("advocacy", "=", key))
