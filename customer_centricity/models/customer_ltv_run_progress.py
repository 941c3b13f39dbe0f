import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_date

from .customer_account import ADMINISTRATOR
from .customer_ltv_run import STAGES

# The open pages of administrators are told of news; not more often than this.
PAUSE = 1.0  # seconds
NOTICE = "customer_ltv_run/progress"
# How much of a run's time each step takes, more or less: for the bar only
WEIGHTS = {
    "facts": 15,
    "observe": 40,
    "learn": 10,
    "value": 15,
    "compare": 2,
    "record": 18,
    "apply": 100,
    "undo": 100,
}
# A daily scheduled action that has not begun so long after its time is late.
LATE = timedelta(hours=2)

_told = {}


class CustomerLtvRun(models.Model):
    """What the page of a run shows while it is at work, and whether all is well.

    The bus only says that there is news of a run: what it is, each page reads itself,
    with the rights of whoever looks at it.
    """

    _inherit = "customer.ltv.run"

    # The run before, and what has changed
    previous_total = fields.Monetary(
        related="previous_id.total",
        string="Value in the Last Run",
        related_sudo=False,
    )
    total_change = fields.Monetary(
        compute="_compute_total_change", string="Change of the Value"
    )
    total_change_rate = fields.Float(
        compute="_compute_total_change", string="Relative Change of the Value"
    )
    forecast_mae = fields.Float(related="model_id.forecast_mae", related_sudo=False)
    naive_mae = fields.Float(related="model_id.naive_mae", related_sudo=False)
    learnt_method = fields.Selection(
        related="model_id.value_method", string="Method Used", related_sudo=False
    )
    best_tier_name = fields.Char(compute="_compute_best_tier_name", string="Best Tier")
    is_latest = fields.Boolean(
        compute="_compute_is_latest",
        search="_search_is_latest",
        help="The last run of its company that has been computed or applied.",
    )

    @api.depends("total", "previous_id.total")
    def _compute_total_change(self):
        for run in self:
            before = run.previous_id.total
            run.total_change = run.total - before if run.previous_id else 0
            run.total_change_rate = run.total_change / abs(before) if before else 0

    @api.depends("tier_ids.tier_id", "tier_ids.is_loss")
    def _compute_best_tier_name(self):
        for run in self:
            best = run.tier_ids.filtered(lambda tier: not tier.is_loss)[:1]
            run.best_tier_name = best.tier_id.name

    def _compute_is_latest(self):
        latest = self._get_latest()
        for run in self:
            run.is_latest = run in latest

    def _search_is_latest(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("id", "in" if True in value else "not in", self._get_latest().ids)]

    @api.model
    def _get_latest(self):
        """Return of each company the last run that has something to show."""
        # sudo: which one is the last; rules say who may read it
        return self.browse(
            run.id
            for company in self.env.companies
            for run in self.sudo()._get_last_run(
                company, ("computed", "applying", "applied", "undoing")
            )
        )

    # ------------------------------------------------------------------
    # Opening what is behind the figures
    # ------------------------------------------------------------------

    def action_open_snapshots(self):
        """Open what becomes of each account; of those moving as the context says."""
        self.check_access("read")
        movement = self.env.context.get("customer_movement", "moving")
        filters = {} if movement == "all" else {f"search_default_{movement}": True}
        return self._prepare_snapshot_action(
            "customer_account_snapshot_action", filters
        )

    def action_open_opted_out(self):
        """Open the accounts whose customers do not want to be profiled."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "customer.account",
            "view_mode": "list,kanban,form",
            "domain": [
                ("company_id", "=", self.company_id.id),
                ("profiling_opt_out", "=", True),
            ],
            "name": self.env._("Not to be profiled"),
            "context": {"create": False, "active_test": False},
        }

    def action_open_matrix(self):
        """Open how many accounts come from which tier to which."""
        self.check_access("read")
        return self._prepare_snapshot_action("customer_account_snapshot_action_matrix")

    def _prepare_snapshot_action(self, name, filters=None):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"customer_centricity.{name}"
        )
        action["domain"] = [("run_id", "=", self.id)]
        if filters is not None:
            action["context"] = filters
            # who moves, one below the other; cards tell of all movements at once
            action["views"].sort(key=lambda view: view[1] != "list")
        action["display_name"] = f"{self.display_name}: {action['name']}"
        return action

    def action_open_model(self):
        """Open what was learnt from the portfolio, and how good the forecast is."""
        self.ensure_one()
        self.check_access("read")
        return self.model_id._get_records_action()

    # ------------------------------------------------------------------
    # Progress
    # ------------------------------------------------------------------

    def write(self, vals):
        result = super().write(vals)
        if not {"state", "stage"}.isdisjoint(vals):
            self._notify_progress(at_once=True)
        return result

    def _notify_progress(self, at_once=False):
        """Tell the open pages of administrators that there is news of the runs.

        What is told goes with the transaction: nobody hears of what was rolled back.
        """
        now = time.monotonic()
        for run in self:
            key = (self.env.cr.dbname, run.id)
            if not at_once and now - _told.get(key, now - PAUSE) < PAUSE:
                continue
            _told[key] = now
            run._get_administrators()._bus_send(NOTICE, {"id": run.id})

    def _get_administrators(self):
        """Return who runs the company's customer centricity."""
        company = self.company_id
        # sudo: who they are, whoever asks
        group = self.env.ref(ADMINISTRATOR).sudo()
        return group.all_user_ids.filtered(
            lambda user: company in user.company_ids and not user.share
        )

    @api.readonly
    def get_progress(self):
        """Return which step the run is in and how long each took.

        :return: ``state``, ``is_working``, ``percent``, ``error``, ``workers`` and
            ``stages``: key, label, status (done, current, failed, todo), seconds, done
            and total of its parts
        """
        from ..engine.progress import percent  # the engine only when needed

        self.ensure_one()
        self.check_access("read")
        # sudo: counts of the table of the work, which is not for people; checked above
        run = self.sudo()
        stages = run._get_stages()
        weights = [WEIGHTS[stage["key"]] for stage in stages]
        reached = sum(
            weight * stage["share"]
            for weight, stage in zip(weights, stages, strict=True)
        )
        return {
            "id": run.id,
            "state": run.state,
            "is_working": run.state in STAGES,
            "percent": percent(reached, sum(weights)),
            "failures": run.failure_count,
            "error": run.error or "",
            "workers": run.worker_state,
            "stages": stages,
        }

    def _get_stages(self):
        """Return the steps of what the run does or has done last."""
        if not self.stage:
            return []
        names = STAGES[self._get_state_of_stage()]
        is_over = self.state not in (*STAGES, "failed", "cancelled")
        if is_over:
            names = STAGES["computing"]
            names += STAGES["applying"] if self.state == "applied" else ()
        at = len(names) if is_over else names.index(self.stage)
        seconds = self.stage_seconds or {}
        labels = dict(self._fields["stage"]._description_selection(self.env))
        stages = []
        for index, name in enumerate(names):
            done, total, share, status = 0, 0, 0.0, "todo"
            if index < at:
                status, share = "done", 1.0
            elif index == at:
                status = "current" if self.state in STAGES else self.state
                done, total = self.chunk_done_count, self.chunk_count
                share = self._get_share()
            passed = seconds.get(name) if status != "todo" else None
            if status == "current" and self.stage_start:
                since = fields.Datetime.now() - self.stage_start
                passed = (passed or 0) + since.total_seconds()
            stages.append(
                {
                    "key": name,
                    "label": labels[name],
                    "status": status,
                    "seconds": passed,
                    "done": done,
                    "total": total,
                    "share": share,
                }
            )
        return stages

    def _get_share(self):
        """Return how much of the step is done, from 0 to 1."""
        if self.stage == "facts" and self.chunk_done_count < self.chunk_count:
            # one part that is taken up again and again
            accounts = self.env["customer.account"]
            total = accounts._count_accounts(self.company_id)
            remaining = accounts._get_refresh_remaining(self.company_id)
            return max(0.0, 1 - remaining / total) if total and remaining else 0.0
        return self.progress / 100

    # ------------------------------------------------------------------
    # Health
    # ------------------------------------------------------------------

    @api.model
    @api.readonly
    def get_health(self):
        """Return whether runs are prepared and worked on, in sentences.

        :return: ``warnings``: what is wrong with the scheduled actions, and
            ``companies``: name and ``lines`` (``kind``, ``text``, id of a ``run``)
        """
        self.browse().check_access("read")
        return {
            "warnings": self._get_schedule_warnings(),
            "companies": [
                {
                    "id": company.id,
                    "name": company.name,
                    "lines": self.with_company(company)._get_health_lines(company),
                }
                for company in self.env.companies
            ],
        }

    @api.model
    def _get_schedule_warnings(self):
        """Return what is wrong with the scheduled actions that runs rest on."""
        warnings = []
        # sudo: scheduled actions are for settings administrators; whether they run
        # concerns whoever relies on them
        state = self.env["customer.ltv.chunk"].sudo()._get_worker_state()
        if state == "off":
            warnings.append(
                self.env._(
                    "The scheduled actions “LTV run worker” are switched off: no run "
                    "goes on. Ask a system administrator to switch them on."
                )
            )
        elif state == "late":
            warnings.append(
                self.env._(
                    "The scheduled actions “LTV run worker” are late: the server has "
                    "no time for them, or does not run scheduled actions."
                )
            )
        if all(
            company.customer_run_interval == "none"
            for company in self.env.companies.sudo()  # sudo: a setting
        ):
            return warnings
        cron = self.env.ref(
            "customer_centricity.ir_cron_prepare_run", raise_if_not_found=False
        )
        cron = cron.sudo() if cron else cron  # sudo: as above
        if not cron or not cron.active:
            warnings.append(
                self.env._(
                    "The scheduled action “prepare lifetime value runs” is switched "
                    "off: no run is prepared when a period ends."
                )
            )
        elif cron.nextcall + LATE < fields.Datetime.now():
            warnings.append(
                self.env._(
                    "The scheduled action “prepare lifetime value runs” is late: it "
                    "should have run on %s.",
                    format_date(self.env, cron.nextcall),
                )
            )
        return warnings

    @api.model
    def _get_health_lines(self, company):
        """Return the last success, what is at work or waits, and what comes next."""
        lines = []
        # sudo: in which state runs are; rights are checked by the caller
        runs = self.sudo()
        last = runs._get_last_applied(company)
        if last:
            text = self.env._(
                "Last applied: %(run)s, on %(date)s.",
                run=last.display_name,
                date=format_date(self.env, last.applied_date),
            )
            lines.append({"kind": "success", "text": text, "run": last.id})
        else:
            text = self.env._("No run has been applied yet.")
            lines.append({"kind": "muted", "text": text, "run": False})
        open_runs = runs.search(
            [
                ("company_id", "=", company.id),
                ("state", "in", (*STAGES, "computed", "failed")),
            ]
        )
        for run in open_runs:
            kind, text = run._get_health_line()
            lines.append({"kind": kind, "text": text, "run": run.id})
        lines.append(
            {"kind": "muted", "text": self._get_next_in_words(company), "run": False}
        )
        return lines

    def _get_health_line(self):
        """Return a kind and a sentence on a run that is not finished."""
        name = self.display_name
        if self.state == "failed":
            return "danger", self.env._(
                "%(run)s has stopped with an error: %(error)s",
                run=name,
                error=self.error or "",
            )
        if self.state == "computed":
            return "info", self.env._("%s is computed and waits for review.", name)
        stages = dict(self._fields["stage"]._description_selection(self.env))
        return "info", self.env._(
            "%(run)s is at work: %(stage)s, %(remaining)s of %(total)s parts to do.",
            run=name,
            stage=stages.get(self.stage, ""),
            remaining=self.remaining_count,
            total=self.chunk_count,
        )

    @api.model
    def _get_next_in_words(self, company):
        """Return which run the schedule prepares next."""
        # sudo: a setting, told to whoever may read runs
        if company.sudo().customer_run_interval == "none":
            return self.env._("No run is prepared by itself.")
        return self.env._(
            "The next run is prepared as of %s.",
            format_date(self.env, self._get_next_period_end(company)),
        )
