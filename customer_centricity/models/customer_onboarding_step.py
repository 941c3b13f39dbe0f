from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_date, formatLang
from odoo.tools.date_utils import subtract

from .customer_ltv_run import STAGES

# A scheduled action that was asked to begin and has not after this time does not run.
LATE = timedelta(minutes=5)


class CustomerOnboarding(models.AbstractModel):
    """How far each of the first steps is, from what is in the database.

    Only counts are told, and a sum that account managers see anyway; what is behind a
    button opens with the rights of whoever presses it.
    """

    _inherit = "customer.onboarding"

    @api.model
    def _get_steps(self, company):
        """Return the steps in their order; meant to be extended."""
        figures = self._get_step_figures(company)
        run = self._get_step_run(company, figures["state"])
        return [
            self._get_step_costs(company),
            self._get_step_preset(company),
            figures,
            run,
            self._get_step_review(company, run["state"]),
        ]

    @api.model
    def _get_openings(self):
        """Return what each button does, by name; meant to be extended."""
        accounts = self.env["customer.account"]
        return {
            "costs": self._open_costs,
            "hours": self._cost_past_hours,
            "preset": lambda: self._open("customer_preset_action"),
            "refresh": accounts.action_refresh,
            "invoices": self._open_invoices,
            "run": self._open_run,
            "loss": lambda: self._open(
                "customer_account_action", {"search_default_result_loss": 1}
            ),
            "accounts": lambda: self._open("customer_account_action"),
            "quality": lambda: self._open("customer_quality_finding_action"),
        }

    @api.model
    def _open(self, name, context=None):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"customer_centricity.{name}"
        )
        return {**action, "context": context or {}}

    # ------------------------------------------------------------------
    # Business and tiers
    # ------------------------------------------------------------------

    @api.model
    def _get_step_preset(self, company):
        # sudo: whether somebody has chosen; what was chosen is for administrators
        preset = self.env["customer.preset.application"].sudo()._get_last(company)
        values = {}
        if preset:
            values = {"state": "done", "status": preset._get_preset_label()}
        elif self._get_last_applied_run(company):
            values = {
                "state": "done",
                "status": self.env._("The tiers are in use: a run was applied."),
            }
        elif self._is_administrator():
            button = self._prepare_button("preset", self.env._("Choose"))
            values = {"buttons": [button]}
        else:
            values = {"status": self.env._("An administrator chooses.")}
        return self._prepare_step(
            "preset",
            self.env._("Choose your kind of business"),
            text=self.env._(
                "Services, distribution or hospitality: sets the borders of tiers, "
                "service levels, serving costs and the horizon. You see every change "
                "before it is made."
            ),
            time=self.env._("2 minutes"),
            **values,
        )

    # ------------------------------------------------------------------
    # First figures
    # ------------------------------------------------------------------

    @api.model
    def _get_step_figures(self, company):
        refresh = self._get_refresh_state(company)
        if refresh["state"] == "done":
            refresh |= self._get_figures_state(company)
        return self._prepare_step(
            "figures",
            self.env._("First figures"),
            text=self.env._(
                "What each customer brought and cost, month by month, from posted "
                "invoices and timesheets. They are brought up to date every night."
            ),
            time=self.env._("in the background"),
            **refresh,
        )

    @api.model
    def _has_figures(self, company):
        """Return whether accounts show figures of closed months."""
        # sudo: whether there is one; no figure is told
        return bool(
            self.env["customer.account"]
            .sudo()
            .search_count(
                [
                    ("company_id", "=", company.id),
                    ("result", "not in", [False, "no_activity"]),
                ],
                limit=1,
            )
        )

    @api.model
    def _get_refresh_state(self, company):
        """Return how far the first refresh is."""
        from ..engine.progress import percent  # the engine only when needed

        # sudo: how far the refresh is, and whether it runs, concerns whoever waits
        company = company.sudo()
        cron = self.env.ref(
            "customer_centricity.ir_cron_refresh_accounts", raise_if_not_found=False
        )
        cron = cron and cron.sudo()
        trouble = company.customer_refresh_error or (cron and cron._explain_off()) or ""
        asked = self._get_asked(cron)
        if asked and asked + LATE < fields.Datetime.now():
            trouble = trouble or self.env._(
                "The refresh should have begun by now: the server runs no scheduled "
                "actions, or is busy with others. Ask whoever runs it."
            )
        if company.customer_full_date and not company.customer_refresh_start:
            return {"state": "done", "warning": trouble}
        values = {"state": "todo", "warning": trouble, "buttons": []}
        if company.customer_refresh_start:
            accounts = self.env["customer.account"]
            total = accounts._count_accounts(company)
            left = accounts._get_refresh_remaining(company)
            values |= {
                "state": "working",
                "percent": percent(total - left, total),
                "status": self.env._("The figures are being computed."),
            }
        elif asked:
            values |= {
                "state": "working",
                "status": self.env._("Begins by itself within a minute."),
            }
        elif self._is_administrator():
            values["buttons"] = [
                self._prepare_button("refresh", self.env._("Refresh now"))
            ]
        else:
            values["status"] = self.env._(
                "They come with the next night; an administrator can have them now."
            )
        if trouble and values["state"] == "working":
            values["state"] = "todo"
        return values

    @api.model
    def _get_asked(self, cron):
        """Return since when the action is asked to begin and has not, or False."""
        if not cron:
            return False
        trigger = self.env["ir.cron.trigger"].sudo()  # sudo: as above
        return trigger.search(
            [("cron_id", "=", cron.id), ("call_at", "<=", fields.Datetime.now())],
            order="call_at",
            limit=1,
        ).call_at

    @api.model
    def _get_figures_state(self, company):
        """Return what the first refresh has found: accounts, figures or neither."""
        # sudo: how many there are in the company; a number that managers see
        counts = dict(
            self.env["customer.account"]
            .sudo()
            ._read_group([("company_id", "=", company.id)], ["result"], ["__count"])
        )
        total = sum(counts.values())
        start, end = self.env["customer.account"].sudo()._get_window(company.sudo())
        period = {
            "count": formatLang(self.env, total, digits=0),
            "start": format_date(self.env, start),
            "end": format_date(self.env, subtract(end, days=1)),
            "next": format_date(self.env, fields.Date.add(end, months=1)),
        }
        again = []
        if self._is_administrator():
            again = [self._prepare_button("refresh", self.env._("Refresh now"), False)]
        if not total:
            text = self.env._(
                "No customer has a posted invoice or hours yet. Post the first ones, "
                "or import them, and refresh."
            )
            return {"state": "todo", "status": text, "buttons": self._offer(again)}
        if total == counts.get("no_activity", 0) + counts.get(False, 0):
            text = self.env._(
                "Accounts: %(count)s, none with figures yet: these are those of closed "
                "months, from %(start)s to %(end)s. Documents of this month come in on "
                "%(next)s; older ones, when you post or import them.",
                **period,
            )
            return {"state": "todo", "status": text, "buttons": self._offer(again)}
        text = self.env._(
            "Accounts: %(count)s. Figures of %(start)s to %(end)s.", **period
        )
        if self._is_outdated(company):
            text += " " + self.env._("Settings have changed since.")
            return {"status": text, "buttons": again}
        return {"status": text}

    @api.model
    def _offer(self, buttons):
        """Return the button that opens invoices, for whoever may write them, first."""
        if not self.env["account.move"].has_access("create"):
            return buttons
        label = self.env._("Open invoices")
        return [self._prepare_button("invoices", label), *buttons]

    @api.model
    def _is_outdated(self, company):
        """Return whether settings or cost rates are others than the figures' own."""
        # sudo: settings are compared, none is told
        company, accounts = company.sudo(), self.env["customer.account"].sudo()
        return company.customer_refresh_basis != accounts._get_basis(company)

    @api.model
    def _open_invoices(self):
        return self.env["ir.actions.act_window"]._for_xml_id(
            "account.action_move_out_invoice_type"
        )

    # ------------------------------------------------------------------
    # The lifetime value
    # ------------------------------------------------------------------

    @api.model
    def _get_last_applied_run(self, company):
        # sudo: whether there is one; it is opened with the user's own rights
        return self.env["customer.ltv.run"].sudo()._get_last_applied(company)

    @api.model
    def _get_open_run(self, company):
        """Return the run that somebody has to go on with, or wait for."""
        # sudo: as above
        runs = self.env["customer.ltv.run"].sudo()
        return runs._get_last_run(company, (*STAGES, "computed", "failed", "draft"))

    @api.model
    def _get_step_run(self, company, figures):
        values = {"state": "later"}
        if self._get_last_applied_run(company):
            values = {"state": "done"}
        elif run := self._get_open_run(company):
            values = self._get_run_state(run)
        elif figures == "done":
            values = {"status": self.env._("An administrator starts it.")}
            if self._is_administrator():
                button = self._prepare_button("run", self.env._("New run"))
                values = {"buttons": [button]}
        return self._prepare_step(
            "run",
            self.env._("Run the lifetime value"),
            text=self.env._(
                "What each customer will be worth, how sure that is, and which tier it "
                "belongs to. Nothing changes until you apply it."
            ),
            time=self.env._("5 minutes, once a year"),
            **values,
        )

    @api.model
    def _get_run_state(self, run):
        """Return how far a run is that has not been applied."""
        states = {
            "draft": (self.env._("A draft is there."), self.env._("Open the draft")),
            "computed": (
                self.env._("Computed: look at who moves, then apply it."),
                self.env._("Review the run"),
            ),
            "failed": (
                self.env._("Stopped with an error, which it tells."),
                self.env._("Open the run"),
            ),
        }
        status, label = states.get(run.state, ("", self.env._("Open the run")))
        values = {"status": status, "buttons": [self._prepare_button("run", label)]}
        if run.state in STAGES:
            progress = run.get_progress()
            stages = dict(run._fields["stage"]._description_selection(self.env))
            values |= {
                "state": "working",
                "status": stages.get(run.stage, ""),
                "percent": progress["percent"],
            }
        return values

    @api.model
    def _open_run(self):
        """Open the run to go on with, or a new one.

        The first looks back from the last closed month: as of the end of the last
        fiscal year, as those of every year, it would not see who is new.
        """
        action = self._open("customer_ltv_run_action")
        end = fields.Date.context_today(self).replace(day=1)
        return {
            **action,
            "views": [(False, "form")],
            "res_id": self._get_open_run(self.env.company).id,
            "context": {"default_date": str(subtract(end, days=1))},
        }

    # ------------------------------------------------------------------
    # Review
    # ------------------------------------------------------------------

    @api.model
    def _get_step_review(self, company, run):
        return self._prepare_step(
            "review",
            self.env._("Decide about those who lose money"),
            text=self.env._(
                "Choose accounts and press “Decide”: another service level, another "
                "price, another company to serve them, with what would come of it."
            ),
            time=self.env._("2 minutes an account"),
            **(
                self._get_review_state(company) if run == "done" else {"state": "later"}
            ),
        )

    @api.model
    def _get_review_state(self, company):
        """Return whether the accounts that lose money have been taken up."""
        # sudo: whether there is one; no decision is told
        decisions = self.env["customer.decision"].sudo()
        if decisions.search_count([("company_id", "=", company.id)], limit=1):
            return {"state": "done", "status": self.env._("Decisions are at work.")}
        # sudo: number and sum over the company, which managers see in any list
        [[count, profit]] = (
            self.env["customer.account"]
            .sudo()
            ._read_group(
                [("company_id", "=", company.id), ("result", "=", "loss")],
                [],
                ["__count", "profit:sum"],
            )
        )
        if not count:
            return {
                "state": "done",
                "status": self.env._("No account loses money in this window."),
            }
        status = self.env._(
            "Accounts: %(count)s; together %(amount)s in the profit window.",
            count=formatLang(self.env, count, digits=0),
            amount=formatLang(self.env, profit, currency_obj=company.currency_id),
        )
        button = self._prepare_button("loss", self.env._("See who loses money"))
        return {"status": status, "buttons": [button]}
