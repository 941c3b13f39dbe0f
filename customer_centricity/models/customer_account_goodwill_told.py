import math

from odoo import api, fields, models

from .customer_account_goodwill_find import GOODWILL

MANAGER = "customer_centricity.group_manager"
# Below it somebody should talk to the customer before anything is done by itself: with
# complaints on every tenth order and payment a month late, all else as it was, it is 54
LOW_GOODWILL = 40
# A change by more of them is worth a look: a complaint on every thirtieth order more,
# or payment two weeks later
MOVED_GOODWILL = 5
PARTS = ("complaints", "hours", "payment", "cost")


class CustomerAccount(models.Model):
    """The goodwill of an account in words, and what follows from it."""

    _inherit = "customer.account"

    goodwill_summary = fields.Char(
        string="Goodwill in Words", compute="_compute_goodwill_told", groups=MANAGER
    )
    goodwill_complaints = fields.Char(
        string="Complaints", compute="_compute_goodwill_told", groups=MANAGER
    )
    goodwill_hours = fields.Char(
        string="Hours of an Order", compute="_compute_goodwill_told", groups=MANAGER
    )
    goodwill_payment = fields.Char(
        string="Payment", compute="_compute_goodwill_told", groups=MANAGER
    )
    goodwill_cost = fields.Char(
        string="Cost to Serve", compute="_compute_goodwill_told", groups=MANAGER
    )

    has_low_goodwill = fields.Boolean(
        string="Low Goodwill",
        compute="_compute_goodwill_alarms",
        search="_search_has_low_goodwill",
        groups=MANAGER,
    )
    is_goodwill_falling = fields.Boolean(
        string="Goodwill Falling",
        compute="_compute_goodwill_alarms",
        search="_search_is_goodwill_falling",
        groups=MANAGER,
    )
    is_goodwill_rising = fields.Boolean(
        string="Goodwill Rising", compute="_compute_goodwill_alarms", groups=MANAGER
    )

    @api.depends("goodwill", "has_goodwill", "goodwill_change", "has_goodwill_change")
    def _compute_goodwill_alarms(self):
        for account in self:
            account.has_low_goodwill = (
                account.has_goodwill and account.goodwill < LOW_GOODWILL
            )
            change = account.has_goodwill_change and account.goodwill_change
            account.is_goodwill_falling = change < -MOVED_GOODWILL
            account.is_goodwill_rising = change > MOVED_GOODWILL

    @api.model
    def _search_has_low_goodwill(self, operator, _value):
        if operator != "in":
            return NotImplemented
        return [("has_goodwill", "=", True), ("goodwill", "<", LOW_GOODWILL)]

    @api.model
    def _search_is_goodwill_falling(self, operator, _value):
        if operator != "in":
            return NotImplemented
        return [
            ("has_goodwill_change", "=", True),
            ("goodwill_change", "<", -MOVED_GOODWILL),
        ]

    @api.depends("goodwill", "has_goodwill")
    def _compute_goodwill_told(self):
        from ..engine import goodwill  # numpy only when needed

        rows = self.env["customer.account.goodwill"].search(
            [("account_id", "in", self.ids)]
        )
        row_of = rows.grouped("account_id")
        place_of = {row: number for number, row in enumerate(rows)}
        points = rows._get_points()
        nothing = rows.browse()
        for account in self:
            row = row_of.get(account._origin, nothing)
            told = row._tell_parts() if account.has_goodwill and row else {}
            known = {
                part: points[part][place_of[row]]
                for part in told
                if not math.isnan(points[part][place_of[row]])
            }
            weight = sum(goodwill.WEIGHTS[part] for part in known)
            for part in PARTS:
                account[f"goodwill_{part}"] = part in known and self.env._(
                    "%(points)s of 100 points, %(weight)s%% of the index: %(reason)s",
                    points=round(known[part]),
                    weight=round(100 * goodwill.WEIGHTS[part] / weight),
                    reason=told[part],
                )
            account.goodwill_summary = (
                bool(known) and "; ".join(told[part] for part in known) + "."
            )

    # ------------------------------------------------------------------
    # What it speaks for
    # ------------------------------------------------------------------

    def _find_guards(self, company):
        return (*super()._find_guards(company), self._find_annoyed())

    def _find_annoyed(self):
        """Find accounts with which we do not get on: a person talks to them first."""
        for account in self:
            if account.has_low_goodwill:
                text = self.env._(
                    "Its goodwill is low: somebody should talk to it before anything "
                    "is decided."
                )
                yield account, ("low_goodwill", text)

    @api.model
    def _get_profile_fields(self):
        return [*super()._get_profile_fields(), *GOODWILL]

    def _forget_profile(self):
        """Forget also how well we get on with who does not want to be profiled."""
        result = super()._forget_profile()
        self.env["customer.account.goodwill"].search(
            [("account_id", "in", self.ids)]
        ).unlink()
        return result
