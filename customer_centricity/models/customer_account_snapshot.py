from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date, formatLang

# States in which what a run says of its accounts is no longer changed
FIXED = ("applying", "applied", "undoing")
MOVEMENTS = [
    ("entered", "Enters the best tier"),
    ("up", "Rises"),
    ("same", "Stays"),
    ("down", "Falls"),
    ("left", "Leaves the best tier"),
]


class CustomerAccountSnapshot(models.Model):
    """What a run says of one account: its figures, its tier, and why it moves.

    Written in bulk by the run, once, and never changed after the run is applied: the
    history of the account. When accounts are merged their rows go along; when one is
    deleted its rows stay, without a name.
    """

    _name = "customer.account.snapshot"
    _description = "Account in a Lifetime Value Run"
    _inherit = ["customer.one.currency"]
    _order = "lifetime_value desc, id"
    _rec_name = "account_id"
    _log_access = False

    run_id = fields.Many2one(
        comodel_name="customer.ltv.run",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    account_id = fields.Many2one(
        comodel_name="customer.account",
        readonly=True,
        index=True,
        ondelete="set null",
    )
    # Not columns: every foreign key is looked up for every row that is written
    company_id = fields.Many2one(related="run_id.company_id")
    currency_id = fields.Many2one(related="company_id.currency_id")
    run_date = fields.Date(related="run_id.date", string="As Of")
    run_state = fields.Selection(related="run_id.state", string="State of the Run")
    partner_id = fields.Many2one(related="account_id.partner_id")
    user_id = fields.Many2one(related="account_id.user_id")

    # Figures
    revenue = fields.Monetary(readonly=True)
    product_cost = fields.Monetary(readonly=True)
    time_cost = fields.Monetary(readonly=True)
    other_cost = fields.Monetary(readonly=True)
    serving_cost = fields.Monetary(readonly=True)
    profit = fields.Monetary(readonly=True)
    hours = fields.Float(readonly=True, digits=(16, 2))
    order_count = fields.Integer(string="Orders", readonly=True)
    cost_estimated_rate = fields.Float(
        string="Cost Estimated", readonly=True, digits=(16, 4), aggregator="avg"
    )
    result = fields.Selection(
        selection=[
            ("profit", "Profit"),
            ("even", "Break-even"),
            ("loss", "Loss"),
            ("no_activity", "No activity"),
        ],
        readonly=True,
    )
    lifetime_value = fields.Monetary(readonly=True)
    lifetime_value_low = fields.Monetary(string="Value at Least", readonly=True)
    lifetime_value_high = fields.Monetary(string="Value at Most", readonly=True)
    probability_alive = fields.Float(
        string="Still a Customer", readonly=True, digits=(16, 4), aggregator="avg"
    )
    expected_orders = fields.Float(readonly=True, digits=(16, 4))
    order_profit = fields.Monetary(string="Profit of an Order", readonly=True)
    value_method = fields.Char(readonly=True)
    value_status = fields.Char(readonly=True)
    first_order_date = fields.Date(string="Customer Since", readonly=True)
    cohort_year = fields.Char(string="Year of First Order", readonly=True)

    # Tier
    old_tier_id = fields.Many2one(
        comodel_name="customer.tier",
        readonly=True,
        ondelete="set null",
        help="In force when the run was computed.",
    )
    computed_tier_id = fields.Many2one(
        comodel_name="customer.tier",
        string="Tier by Value",
        readonly=True,
        ondelete="set null",
        help="What the value alone would give.",
    )
    new_tier_id = fields.Many2one(
        comodel_name="customer.tier", readonly=True, ondelete="set null"
    )
    old_tier_color = fields.Integer(
        string="Color of the Old Tier", related="old_tier_id.color", aggregator=None
    )
    new_tier_color = fields.Integer(
        string="Color of the New Tier", related="new_tier_id.color", aggregator=None
    )
    movement = fields.Selection(
        selection=MOVEMENTS, readonly=True, group_expand="_read_group_movements"
    )
    is_loss_new = fields.Boolean(
        string="Turns Loss-Making",
        readonly=True,
        help="Comes to a tier of losses from another one.",
    )
    reason_code = fields.Selection(
        selection=[
            ("profit", "Profit of an order"),
            ("buying", "Buying"),
            ("alive", "Still a customer"),
            ("border", "The border moved"),
            ("new", "New since the last run"),
            ("first", "First run"),
            ("damped", "Small crossing"),
            ("kept", "Kept by hand"),
        ],
        string="Because Of",
        readonly=True,
    )
    reason = fields.Char(compute="_compute_reason")
    is_kept = fields.Boolean(string="Kept", readonly=True)
    keep_reason = fields.Char(readonly=True)
    keep_until = fields.Date(string="Kept Until", readonly=True)

    # The run before
    previous_id = fields.Many2one(
        comodel_name="customer.account.snapshot",
        string="In the Last Run",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    previous_tier_id = fields.Many2one(
        related="previous_id.new_tier_id", string="Tier in the Last Run"
    )
    previous_movement = fields.Selection(
        related="previous_id.movement", string="Movement in the Last Run"
    )
    previous_value = fields.Monetary(
        related="previous_id.lifetime_value", string="Value in the Last Run"
    )
    previous_tier_color = fields.Integer(
        string="Color of the Tier in the Last Run",
        related="previous_id.new_tier_id.color",
        aggregator=None,
    )
    value_change = fields.Monetary(compute="_compute_value_change")

    # What became of it
    outcome = fields.Selection(
        selection=[
            ("moved", "Moved"),
            ("edited", "Left alone: its tier was changed by hand"),
            ("kept", "Left alone: kept by hand"),
            ("failed", "Refused to move"),
        ],
        readonly=True,
    )
    error = fields.Char(readonly=True)
    # to move it back
    old_service_level_id = fields.Many2one(
        comodel_name="customer.service.level", readonly=True, ondelete="set null"
    )
    new_service_level_id = fields.Many2one(
        comodel_name="customer.service.level", readonly=True, ondelete="set null"
    )

    _run_account_unique = models.UniqueIndex(
        "(run_id, account_id)", "An account is in a run once."
    )
    _run_movement_idx = models.Index("(run_id, movement, lifetime_value)")
    _figures_finite = models.Constraint(
        "CHECK(hours < 'Infinity' AND hours > '-Infinity')",
        "The figures of an account must be finite numbers.",
    )

    @api.depends("account_id")
    def _compute_display_name(self):
        for snapshot in self:
            snapshot.display_name = snapshot.account_id.display_name or self.env._(
                "Deleted account"
            )

    @api.model
    def _read_group_movements(self, movements, _domain):
        """Show the movements there are, from the best to the worst."""
        return [movement for movement, _label in MOVEMENTS if movement in movements]

    @api.depends("lifetime_value", "previous_id.lifetime_value")
    def _compute_value_change(self):
        for snapshot in self:
            snapshot.value_change = (
                snapshot.lifetime_value - snapshot.previous_id.lifetime_value
                if snapshot.previous_id
                else 0
            )

    @api.depends("reason_code", "previous_id", "keep_reason", "keep_until")
    def _compute_reason(self):
        for snapshot in self:
            snapshot.reason = snapshot._get_reason_in_words()

    def _get_reason_in_words(self):
        """Return why the account moves or stays, with the figures, in one sentence."""
        self.ensure_one()
        old = self.previous_id
        if self.reason_code == "kept":
            if self.keep_until:
                return self.env._(
                    "Kept until %(date)s: %(reason)s",
                    date=format_date(self.env, self.keep_until),
                    reason=self.keep_reason or "",
                )
            return self.env._("Kept: %s", self.keep_reason or "")
        texts = {
            "profit": self.env._(
                "An order leaves %(new_profit)s, after %(old_profit)s in the last run."
            ),
            "buying": self.env._(
                "%(new_orders)s orders are expected, after %(old_orders)s in the last "
                "run."
            ),
            "alive": self.env._(
                "Still a customer with a probability of %(new_alive)s%%, after "
                "%(old_alive)s%% in the last run."
            ),
            "border": self.env._(
                "Worth about what it was; the border between the tiers has moved."
            ),
            "new": self.env._("Not in the last run."),
            "first": self.env._("There is no earlier run to compare with."),
            "damped": self.env._(
                "Its value crosses the border by too little to move it."
            ),
        }
        if self.reason_code not in texts:
            return False
        money = self.currency_id.format
        return texts[self.reason_code] % {
            "new_profit": money(self.order_profit),
            "old_profit": money(old.order_profit),
            "new_orders": formatLang(self.env, self.expected_orders, digits=1),
            "old_orders": formatLang(self.env, old.expected_orders, digits=1),
            "new_alive": round(100 * self.probability_alive),
            "old_alive": round(100 * old.probability_alive),
        }

    # ------------------------------------------------------------------
    # Never changed once the run is applied
    # ------------------------------------------------------------------

    def write(self, vals):
        self._check_not_fixed()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_fixed(self):
        self._check_not_fixed()

    def _check_not_fixed(self):
        for run in self.run_id:
            # one that failed in between has moved some accounts
            if run.state in FIXED or run.applied_date:
                raise UserError(
                    self.env._(
                        "%s has been applied: what it says of an account cannot be "
                        "changed.",
                        run.display_name,
                    )
                )

    @api.model
    def _forget_accounts(self, accounts):
        """Forget whose rows these are; the totals of the runs stay as they are."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE customer_account_snapshot
                   SET account_id = NULL, keep_reason = NULL
                 WHERE account_id = ANY(%s)
                """,
                accounts.ids,
            )
        )
        self.invalidate_model(["account_id", "keep_reason"])
        self.env["customer.ltv.chunk"]._forget_accounts(accounts)

    def _note_outcomes(self, rows):
        """Write what became of accounts; the only way to write to a fixed snapshot.

        :param rows: (id, outcome, error, old level id, new level id)
        """
        if rows:
            self.env.cr.execute_values(
                """
                UPDATE customer_account_snapshot snapshot
                   SET outcome = row.outcome, error = row.error,
                       old_service_level_id = row.old_level,
                       new_service_level_id = row.new_level
                  FROM (VALUES %s) row (id, outcome, error, old_level, new_level)
                 WHERE snapshot.id = row.id
                """,
                [
                    (one, outcome or None, error or None, old or None, new or None)
                    for one, outcome, error, old, new in rows
                ],
                template="(%s::int, %s::varchar, %s::varchar, %s::int, %s::int)",
            )
            self.invalidate_model(
                ["outcome", "error", "old_service_level_id", "new_service_level_id"]
            )

    # ------------------------------------------------------------------
    # Keeping
    # ------------------------------------------------------------------

    def action_keep(self):
        """Ask for how long and why accounts are to stay where they are."""
        self.check_access("read")
        return self.account_id.action_keep_tier()

    def action_release(self):
        """Let the run decide again on accounts that were kept."""
        self.check_access("read")
        self.account_id.action_release_tier()

    def _place_again(self, tier=None):
        """Place accounts of runs to review anew, after they were kept or released.

        :param tier: where kept accounts are to come, instead of their old tier
        """
        import pandas as pd

        for run, snapshots in self.grouped("run_id").items():
            run._lock()
            run._check_state(("computed",))
            if tier and tier not in run.tier_ids.tier_id:
                raise UserError(
                    self.env._(
                        "%(run)s does not know the tier %(tier)s. Compute a new run, "
                        "or choose another tier.",
                        run=run.display_name,
                        tier=tier.name,
                    )
                )
            rows = [snapshot._prepare_placing(tier) for snapshot in snapshots]
            frame = pd.DataFrame(rows, index=snapshots.ids)
            run._place(frame)
            for snapshot, row in zip(snapshots, frame.to_dict("records"), strict=True):
                snapshot.write(
                    {
                        "new_tier_id": row["new_tier_id"],
                        "movement": row["movement"],
                        "is_loss_new": bool(row["is_loss_new"]),
                        "reason_code": row["reason_code"],
                        "is_kept": row["is_kept"],
                        "keep_reason": row["keep_reason"],
                        "keep_until": row["keep_until"],
                    }
                )
            run._count_movements()

    def _prepare_placing(self, tier):
        """Return what decides on the tier of an account."""
        account, before = self.account_id, self.previous_id
        kept = account._is_protected_on(fields.Date.context_today(self))
        return {
            "lifetime_value": self.lifetime_value,
            "old_tier_id": self.old_tier_id.id or None,
            "kept_tier_id": (tier or self.old_tier_id).id or None,
            "is_kept": kept,
            "keep_reason": account.protected_reason if kept else False,
            "keep_until": account.protected_until if kept else False,
            "previous_id": before.id or None,
            "order_profit": self.order_profit,
            "expected_orders": self.expected_orders,
            "probability_alive": self.probability_alive,
            "before_order_profit": before.order_profit,
            "before_expected_orders": before.expected_orders,
            "before_probability_alive": before.probability_alive,
        }

    # ------------------------------------------------------------------
    # Merging
    # ------------------------------------------------------------------

    @api.model
    def _fold_into(self, sources, target):
        """Let the rows of merged accounts go along where the target has none."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE customer_account_snapshot snapshot
                   SET account_id = %(target)s
                 WHERE id IN (
                           SELECT MIN(id) FROM customer_account_snapshot
                            WHERE account_id IN %(sources)s
                            GROUP BY run_id)
                   AND NOT EXISTS (
                           SELECT FROM customer_account_snapshot other
                            WHERE other.account_id = %(target)s
                              AND other.run_id = snapshot.run_id)
                """,
                target=target.id,
                sources=tuple(sources.ids),
            )
        )
        self.invalidate_model()
