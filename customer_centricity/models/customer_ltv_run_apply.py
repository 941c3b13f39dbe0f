from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date
from odoo.tools.date_utils import relativedelta

from .by_halves import by_halves, shorten
from .customer_ltv_run import STAGES

# Movements in a chunk: a second's work, for which people's saves may have to wait
MOVE_SIZE = 200
ACTIVITY = "customer_centricity.mail_activity_tier_moved"


class CustomerLtvRun(models.Model):
    """Applying: accounts move to their new tiers; undoing: they move back.

    Through the ORM, so that the chatter and automation rules see it, some accounts a
    transaction. An account that refuses is noted and the others go on; one whose tier
    was changed since the run was computed is left alone, and so is, when the run is
    undone, one that was changed since it was applied.
    """

    _inherit = "customer.ltv.run"

    # ------------------------------------------------------------------
    # Apply
    # ------------------------------------------------------------------

    def _prepare_applying(self):
        last = self._get_last_applied(self.company_id)
        if last == self.previous_id.previous_id != self.previous_id:
            raise UserError(
                self.env._(
                    "%s has been undone since this run was computed. Apply it again, "
                    "or cancel this one and compute it anew.",
                    self.previous_id.display_name,
                )
            )
        if last != self.previous_id:
            raise UserError(
                self.env._(
                    "%s has been applied since this run was computed. Cancel this one "
                    "and compute it anew.",
                    last.display_name or self.previous_id.display_name,
                )
            )
        if last and last.date > self.date:
            raise UserError(
                self.env._(
                    "%s, which has been applied, is of a later day.", last.display_name
                )
            )
        self.chunk_ids.filtered(lambda chunk: chunk.stage in ("apply", "undo")).unlink()
        self._forget_outcomes()
        self.write(
            {
                "applied_date": fields.Datetime.now(),
                "applied_by_id": self.env.uid,
                "locked_until": self.company_id.customer_locked_until,
                "problem_count": 0,
            }
        )

    def _forget_outcomes(self):
        """Forget what was left alone when the run was applied before and undone."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE customer_account_snapshot SET outcome = NULL, error = NULL
                 WHERE run_id = %s AND outcome IS NOT NULL
                """,
                self.id,
            )
        )
        self.env["customer.account.snapshot"].invalidate_model(["outcome", "error"])

    def _cut_apply(self):
        return self._cut_snapshots(
            # a tier that was deleted since is nowhere to go to
            SQL("new_tier_id <> COALESCE(old_tier_id, 0) AND account_id IS NOT NULL")
        )

    def _cut_snapshots(self, condition):
        """Return ranges of snapshots that hold so many of those wanted each."""
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """
                SELECT MIN(id), MAX(id)
                  FROM (
                      SELECT id, (ROW_NUMBER() OVER (ORDER BY id) - 1) / %s AS part
                        FROM customer_account_snapshot
                       WHERE run_id = %s AND %s
                  ) snapshot
                 GROUP BY part ORDER BY part
                """,
                MOVE_SIZE,
                self.id,
                condition,
            )
        )

    def _get_snapshots(self, chunk, domain):
        return self.env["customer.account.snapshot"].search(
            [
                ("run_id", "=", self.id),
                ("id", ">=", chunk.first_id),
                ("id", "<=", chunk.last_id),
                ("account_id", "!=", False),
                *domain,
            ],
            order="id",
        )

    def _do_apply(self, chunk):
        """Move the accounts of a chunk."""
        run = self._for_people()
        snapshots = run._get_snapshots(
            chunk, [("outcome", "=", False), ("new_tier_id", "!=", False)]
        ).filtered(lambda snapshot: snapshot.new_tier_id != snapshot.old_tier_id)
        accounts = snapshots.account_id
        # People's saves wait for us from here; who saves now comes first
        accounts.lock_for_update(allow_referencing=True)
        today = fields.Date.context_today(self)
        outcomes = []
        ready = snapshots.browse()
        for snapshot in snapshots:
            account = snapshot.account_id
            if account.tier_id != snapshot.old_tier_id:
                outcomes.append((snapshot.id, "edited", None, None, None))
            elif account._is_protected_on(today) and not snapshot.is_kept:
                outcomes.append((snapshot.id, "kept", None, None, None))
            elif not snapshot.new_tier_id.active:
                text = run.env._("The tier has been archived.")
                outcomes.append((snapshot.id, "failed", text, None, None))
            else:
                ready += snapshot
        for moving in ready.grouped(
            lambda snapshot: (snapshot.old_tier_id, snapshot.new_tier_id)
        ).values():
            outcomes += run._move_or_note(moving)
        snapshots._note_outcomes(outcomes)
        return True

    def _for_people(self):
        """Return the run as who applied it: what the chatter tells is in their name.

        Nobody gets a mail for each account.
        """
        user = self.applied_by_id or self.env.user
        return (
            self.with_user(user)
            .sudo()
            .with_context(
                lang=user.lang,
                mail_activity_quick_update=True,
                mail_notify_force_send=False,
                active_test=False,
            )
        )

    def _move_or_note(self, moving):
        """Move accounts of one tier to another; return what became of each."""
        levels = {}
        failed = by_halves(lambda some: levels.update(self._move(some)), moving)
        return [
            (snapshot.id, "failed", shorten(failed[snapshot]), None, None)
            if snapshot in failed
            else (
                snapshot.id,
                "moved",
                None,
                *levels.get(snapshot.account_id.id, (0, 0)),
            )
            for snapshot in moving
        ]

    def _move(self, moving):
        """Move accounts to their new tier; return (old, new) level by account.

        A service level follows the tier as long as nobody has chosen another one.
        """
        old_tier, new_tier = moving.old_tier_id, moving.new_tier_id
        accounts = moving.account_id
        for snapshot in moving:
            snapshot.account_id._track_set_log_message(
                self._get_move_in_words(snapshot)
            )
        accounts.write({"tier_id": new_tier.id})
        levels = {}
        level = new_tier.service_level_id
        if level:
            followers = accounts.filtered(
                lambda account: (
                    account.service_level_id
                    in (level.browse(), old_tier.service_level_id)
                    and account.service_level_id != level
                )
            )
            levels = {
                account.id: (account.service_level_id.id, level.id)
                for account in followers
            }
            followers.write({"service_level_id": level.id})
        self._tell_managers(moving)
        return levels

    def _get_move_in_words(self, snapshot):
        """Return what the chatter tells of a movement: no amounts, for salespeople."""
        reasons = dict(snapshot._fields["reason_code"]._description_selection(self.env))
        return self.env._(
            "Lifetime value run %(run)s: from %(old)s to %(new)s (%(reason)s).",
            run=self.display_name,
            old=snapshot.old_tier_id.name or "-",
            new=snapshot.new_tier_id.name or "-",
            reason=reasons.get(snapshot.reason_code, "-"),
        )

    def _tell_managers(self, moving):
        """Give the account managers something to do about what moved."""
        activity_type = self.env.ref(ACTIVITY, raise_if_not_found=False)
        if not activity_type:
            return
        model_id = self.env["ir.model"]._get_id("customer.account")
        deadline = fields.Date.add(
            fields.Date.context_today(self), days=activity_type.delay_count
        )
        self.env["mail.activity"].create(
            [
                {
                    "activity_type_id": activity_type.id,
                    "automated": True,
                    "res_model_id": model_id,
                    "res_id": snapshot.account_id.id,
                    "user_id": snapshot.account_id.user_id.id,
                    "date_deadline": deadline,
                    "summary": self.env._(
                        "Moved from %(old)s to %(new)s",
                        old=snapshot.old_tier_id.name or "-",
                        new=snapshot.new_tier_id.name or "-",
                    ),
                }
                for snapshot in moving
                if snapshot.account_id.user_id.active
            ]
        )

    def _finish_applying(self):
        """Lock the months that the run rests on."""
        _start, end = self._get_window()
        month = end - relativedelta(months=1)
        company = self.company_id
        if not company.customer_locked_until or company.customer_locked_until < month:
            company.customer_locked_until = month
        self.write({"state": "applied", "problem_count": self._count_problems()})
        self.activity_unlink(["mail.mail_activity_data_todo"])
        self.message_post(
            body=self.env._(
                "Applied: %(moved)s accounts have moved, %(problems)s were left where "
                "they are. Months up to %(month)s are locked.",
                moved=self._count_outcomes("moved"),
                problems=self.problem_count,
                month=format_date(
                    self.env, company.customer_locked_until, date_format="MMMM y"
                ),
            )
        )

    def _count_outcomes(self, *outcomes):
        return self.env["customer.account.snapshot"].search_count(
            [("run_id", "=", self.id), ("outcome", "in", outcomes)]
        )

    def _count_problems(self):
        return self._count_outcomes("edited", "kept", "failed")

    # ------------------------------------------------------------------
    # Undo
    # ------------------------------------------------------------------

    def _prepare_undoing(self):
        if self.state == "failed" and self.stage not in STAGES["applying"]:
            self._check_state(("applied",))
        if self != self._get_last_applied(self.company_id):
            raise UserError(
                self.env._(
                    "Only the last run that was applied can be undone: a later one "
                    "rests on this one."
                )
            )
        self.chunk_ids.filtered(lambda chunk: chunk.stage == "undo").unlink()

    def _cut_undo(self):
        return self._cut_snapshots(SQL("outcome = 'moved' AND account_id IS NOT NULL"))

    def _do_undo(self, chunk):
        """Move the accounts of a chunk back, those that nobody has changed since."""
        run = self._for_people()
        snapshots = run._get_snapshots(chunk, [("outcome", "=", "moved")])
        accounts = snapshots.account_id
        accounts.lock_for_update(allow_referencing=True)
        run._remove_activities(accounts)
        outcomes = []
        back = snapshots.browse()
        for snapshot in snapshots:
            if snapshot.account_id.tier_id == snapshot.new_tier_id:
                back += snapshot
            else:
                outcomes.append(run._prepare_outcome(snapshot, "edited"))
        for moving in back.grouped(
            lambda snapshot: (
                snapshot.old_tier_id,
                snapshot.old_service_level_id,
                snapshot.new_service_level_id,
            )
        ).values():
            outcomes += run._move_back_or_note(moving)
        snapshots._note_outcomes(outcomes)
        return True

    def _prepare_outcome(self, snapshot, outcome, error=None):
        return (
            snapshot.id,
            outcome,
            error,
            snapshot.old_service_level_id.id,
            snapshot.new_service_level_id.id,
        )

    def _move_back_or_note(self, moving):
        failed = by_halves(self._move_back, moving)
        return [
            self._prepare_outcome(snapshot, "failed", shorten(failed[snapshot]))
            if snapshot in failed
            else (snapshot.id, None, None, None, None)
            for snapshot in moving
        ]

    def _move_back(self, moving):
        accounts = moving.account_id
        text = self.env._("Lifetime value run %s was undone.", self.display_name)
        for account in accounts:
            account._track_set_log_message(text)
        accounts.write({"tier_id": moving.old_tier_id.id})
        given = moving.new_service_level_id
        if given:
            accounts.filtered(lambda account: account.service_level_id == given).write(
                {"service_level_id": moving.old_service_level_id.id}
            )

    def _remove_activities(self, accounts):
        """Remove what the run gave the account managers to do and is still open."""
        activity_type = self.env.ref(ACTIVITY, raise_if_not_found=False)
        if activity_type:
            self.env["mail.activity"].search(
                [
                    ("res_model", "=", "customer.account"),
                    ("res_id", "in", accounts.ids),
                    ("activity_type_id", "=", activity_type.id),
                    ("automated", "=", True),
                    ("create_date", ">=", self.applied_date),
                ]
            ).unlink()

    def _finish_undoing(self):
        """Unlock the months, and say what was left alone."""
        company = self.company_id
        left = self._count_problems()
        company.write(
            {
                "customer_locked_until": self.locked_until,
                # what changed in the months that were locked is made up for
                "customer_refresh_basis": False,
            }
        )
        self.write(
            {
                "state": "computed",
                "applied_date": False,
                "applied_by_id": False,
                "problem_count": left,
            }
        )
        self.message_post(
            body=self.env._(
                "Undone. %s accounts were left where they are: they refused, or were "
                "edited since.",
                left,
            )
        )
