from odoo import api, models
from odoo.exceptions import AccessError, UserError

from .res_company import ADMINISTRATOR

MANAGER = "customer_centricity.group_manager"
# What a step that needs nothing more may be
OVER = ("done", "optional")


class CustomerOnboarding(models.AbstractModel):
    """The first steps with the app: how far each is, and what does it.

    How far a step is follows from what is in the database, not from who clicked on what
    (customer_onboarding_step.py): costs that were imported are costs, and a run that
    the schedule prepared is a run. That is why these are no steps of the ``onboarding``
    app, which notes clicks. Kept is only, by company, that the steps were put away: by
    an administrator, or because all of them were done.
    """

    _name = "customer.onboarding"
    _description = "First Steps of Customer Centricity"

    @api.readonly
    @api.model
    def get_panel(self, until_figures=False):
        """Return the steps for whom they are for, or False.

        :param until_figures: for screens that are of use as soon as there are figures:
            nothing from then on
        :return: False when there is nothing (more) to do, when they were put away, and
            for those who see no figures; else ``title``, ``progress``, ``company``,
            ``can_hide`` and ``steps``: key, title, text, state (done, working, todo,
            optional, later), status, warning, time, percent and buttons (name for
            ``open_step``, label, is_primary)
        """
        # sudo: a setting of the company, told to whoever sees figures
        company = self.env.company.sudo()
        if not self.env.user.has_group(MANAGER) or company.customer_onboarding_hidden:
            return False
        if until_figures and self._has_figures(self.env.company):
            return False
        steps = self._get_steps(self.env.company)
        done = [step for step in steps if step["state"] in OVER]
        if len(done) == len(steps):
            return False
        return {
            "title": self.env._("First steps: from your documents to decisions"),
            "progress": self.env._(
                "%(done)s of %(total)s done", done=len(done), total=len(steps)
            ),
            "company": company.name,
            "can_hide": self._is_administrator(),
            "steps": steps,
        }

    @api.model
    def hide(self):
        """Put the steps away for everybody in the company."""
        self.env.user._check_customer_administrator()
        # sudo: a setting of this addon, for its administrators; checked above
        self.env.company.sudo().customer_onboarding_hidden = True
        return True

    @api.model
    def open_step(self, name):
        """Return the action of a button of the steps."""
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._(
                    "The first steps are for account managers and administrators."
                )
            )
        openings = self._get_openings()
        if name not in openings:
            raise UserError(self.env._("The first steps have no button “%s”.", name))
        return openings[name]()

    @api.model
    def _is_administrator(self):
        return self.env.user.has_group(ADMINISTRATOR)

    @api.model
    def _is_over(self, company):
        """Return whether nothing is left to do in the company."""
        return all(step["state"] in OVER for step in self._get_steps(company))

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
