from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.date_utils import relativedelta, start_of

MANAGER = "customer_centricity.group_manager"


class CustomerBehaviour(models.Model):
    """Which behaviour leads to which, of the accounts that are looked at."""

    _inherit = "customer.behaviour"

    @api.readonly
    @api.model
    def get_transitions(self, group_id=False, tier_id=False):
        """Return the transition matrix of the current company for the screen.

        :param group_id: of a group, to look at its members and those of its parts
        :param tier_id: of a tier, to look at its accounts
        :return: dict: ``kinds``, pairs of code and name; ``rows``, one a kind, with its
            ``cases`` and ``cells`` of count, share, lift, and whether it is clear that
            it is no chance; share and lift None where there are too few cases;
            ``base``, shares of all quarters; ``total``
        """
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._("Only account managers may see what leads to what.")
            )
        self.check_access("read")
        return self._tell_transitions(
            self._get_transitions(self._get_transition_scope(group_id, tier_id))
        )

    @api.model
    def _get_transition_scope(self, group_id, tier_id):
        """Return the query of the ids of the accounts that are looked at."""
        # archived accounts did what they did, too
        accounts = self.env["customer.account"].with_context(active_test=False)
        # whoever opted out of profiling is no example of anything
        domain = Domain("company_id", "=", self.env.company.id)
        domain &= accounts._get_profiled_domain()
        if group_id:
            domain &= Domain("group_id", "child_of", group_id)
        if tier_id:
            domain &= Domain("tier_id", "=", tier_id)
        return accounts._search(domain).subselect()

    @api.model
    def _get_transitions(self, scope):
        """Return the transitions of some accounts, see the engine.

        Quarters count that are followed by as many that are over as a behaviour is
        followed for: what is yet to come cannot have led to nothing.
        """
        from ..engine import behaviours  # numpy only when needed

        # sudo: the end of the window is a setting, no figure
        company = self.env.company.sudo()
        _start, end = self.env["customer.account"]._get_window(company)
        current = start_of(end, "quarter")
        following = behaviours.FOLLOWING_QUARTERS
        rows = self.env.execute_query(
            SQL(
                """
                SELECT shown, COALESCE(following, 0), COUNT(*)
                  FROM (
                      SELECT quarter, shown, bit_or(shown) OVER (
                                 PARTITION BY account_id ORDER BY quarter
                                 RANGE BETWEEN '3 months' FOLLOWING
                                           AND %(months)s FOLLOWING) AS following
                        FROM (
                            SELECT account_id, quarter,
                                   bit_or(1 << array_position(
                                       %(kinds)s, kind::text) - 1) AS shown
                              FROM customer_behaviour
                             WHERE account_id IN %(scope)s
                               AND quarter >= %(first)s AND quarter < %(end)s
                             GROUP BY account_id, quarter
                        ) quarter
                  ) quarter
                 WHERE quarter <= %(last)s
                 GROUP BY 1, 2
                """,
                months=SQL("interval %s", f"{3 * following} months"),
                kinds=list(behaviours.KINDS),
                scope=scope,
                first=current - relativedelta(months=3 * behaviours.KEPT_QUARTERS),
                end=current,
                last=current - relativedelta(months=3 * (following + 1)),
            )
        )
        shown, next_shown, number = zip(*rows, strict=True) if rows else ((), (), ())
        return behaviours.transitions(shown, next_shown, number)

    @api.model
    def _tell_transitions(self, found):
        """Return transitions as numbers for the screen."""
        from ..engine import behaviours  # numpy only when needed

        names = dict(self._fields["kind"]._description_selection(self.env))
        enough = found.cases >= behaviours.LEAST_CASES
        rows = [
            {
                "kind": kind,
                "cases": int(found.cases[one]),
                "cells": [
                    {
                        "count": int(found.counts[one, other]),
                        "share": _number(found.shares[one, other], enough[one]),
                        "lift": _number(found.lifts[one, other], enough[one]),
                        "clear": bool(enough[one] and found.clear[one, other]),
                    }
                    for other in range(len(behaviours.KINDS))
                ],
            }
            for one, kind in enumerate(behaviours.KINDS)
        ]
        return {
            "kinds": [[kind, names[kind]] for kind in behaviours.KINDS],
            "rows": rows,
            "base": [_number(share, found.total > 0) for share in found.base],
            "total": found.total,
            "least": behaviours.LEAST_CASES,
        }


def _number(value, known=True):
    """Return a number for the screen; None for what is not known."""
    return float(value) if known and value == value else None
