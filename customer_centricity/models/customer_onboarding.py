from odoo import api, models
from odoo.exceptions import AccessError, UserError

from .res_company import ADMINISTRATOR

MANAGER = "customer_centricity.group_manager"


class CustomerOnboarding(models.AbstractModel):
    """The first steps with the app: how far each is, and what does it.

    How far a step is follows from what is in the database, not from who clicked on
    what: costs that were imported are costs, and a run that the schedule applied is a
    run. That is why these are no steps of the ``onboarding`` app, which notes clicks.
    Kept is only that the steps were put away, by company.
    """

    _name = "customer.onboarding"
    _description = "First Steps of Customer Centricity"

    @api.readonly
    @api.model
    def get_panel(self):
        """Return the steps for whom they are for, or False.

        :return: False when there is nothing (more) to do, when they were put away, and
            for those who see no figures; else ``title``, ``progress``, ``company``,
            ``can_hide``, ``has_figures`` and ``steps``: key, title, text, state (done,
            working, todo, optional, later), status, warning, time, percent and buttons
            (name for ``open_step``, label, is_primary)
        """
        # sudo: a setting of the company, told to whoever sees figures
        company = self.env.company.sudo()
        if not self.env.user.has_group(MANAGER) or company.customer_onboarding_hidden:
            return False
        steps = self._get_steps(self.env.company)
        done = [step for step in steps if step["state"] in ("done", "optional")]
        if len(done) == len(steps):
            return False
        return {
            "title": self.env._("First steps to what your customers are worth"),
            "progress": self.env._(
                "%(done)s of %(total)s done", done=len(done), total=len(steps)
            ),
            "company": company.name,
            "can_hide": self.env.user.has_group(ADMINISTRATOR),
            "has_figures": bool(company.customer_full_date),
            "steps": steps,
        }

    @api.model
    def hide(self):
        """Put the steps away for everybody in the company."""
        self._check_administrator()
        # sudo: a setting of this addon, checked above
        self.env.company.sudo().customer_onboarding_hidden = True
        return True

    @api.model
    def open_step(self, name):
        """Return the action of a button of the steps."""
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._("The first steps are for account managers and up.")
            )
        openings = self._get_openings()
        if name not in openings:
            raise UserError(self.env._("The first steps have no button “%s”.", name))
        return openings[name]()

    @api.model
    def _check_administrator(self):
        if not self.env.user.has_group(ADMINISTRATOR):
            raise AccessError(
                self.env._("Only customer centricity administrators may do this.")
            )

    @api.model
    def _get_openings(self):
        """Return what each button does, by name; meant to be extended."""
        accounts = self.env["customer.account"]
        return {
            "refresh": accounts.action_refresh,
            "runs": lambda: self._open("customer_ltv_run_action"),
            "loss": lambda: self._open(
                "customer_account_action", {"search_default_result_loss": 1}
            ),
        }

    @api.model
    def _open(self, name, context=None):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"customer_centricity.{name}"
        )
        return {**action, "context": context or {}, "target": "current"}

    @api.model
    def _get_steps(self, company):
        """Return the steps in their order; meant to be extended."""
        figures = self._get_step_figures(company)
        return [figures, self._get_step_run(company, figures["state"])]

    @api.model
    def _prepare_step(self, key, title, **values):
        return {
            "key": key,
            "title": title,
            "text": "",
            "state": "todo",
            "status": "",
            "warning": "",
            "time": "",
            "percent": 0,
            "buttons": [],
            **values,
        }

    @api.model
    def _prepare_button(self, name, label, is_primary=True):
        return {"name": name, "label": label, "is_primary": is_primary}

    @api.model
    def _get_step_figures(self, company):
        company = company.sudo()  # sudo: how far the refresh is, no figure
        if company.customer_full_date:
            state = "done"
        else:
            state = "working" if company.customer_refresh_start else "todo"
        return self._prepare_step(
            "figures",
            self.env._("First figures"),
            text=self.env._("What each customer brought and cost, month by month."),
            state=state,
            time=self.env._("a minute"),
            buttons=[self._prepare_button("refresh", self.env._("Refresh now"))]
            if state == "todo"
            else [],
        )

    @api.model
    def _get_step_run(self, company, figures):
        # sudo: whether there is one; who may read runs is said by rules
        is_done = bool(self.env["customer.ltv.run"].sudo()._get_last_applied(company))
        state = "done" if is_done else "todo" if figures == "done" else "later"
        return self._prepare_step(
            "run",
            self.env._("Run the lifetime value"),
            text=self.env._("What each customer will be worth, and its tier."),
            state=state,
            time=self.env._("5 minutes"),
            buttons=[self._prepare_button("runs", self.env._("Open the runs"))]
            if state == "todo"
            else [],
        )
