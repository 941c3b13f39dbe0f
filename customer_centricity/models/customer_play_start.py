from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import clean_context


class CustomerPlay(models.Model):
    """A play that somebody starts with one account, to bring a behaviour about.

    Its steps become activities and tasks as those of an intent do; whoever starts it
    takes the place of the intent's owner.
    """

    _inherit = "customer.play"

    @api.model
    def _get_play_for(self, behaviour, company):
        """Return the play that brings the behaviour about, best one of the company.

        :raise UserError: if there is none, or it has no step
        """
        plays = self.search(
            [
                ("behaviour", "=", behaviour),
                *self._check_company_domain(company),
            ]
        )
        play = plays.sorted(lambda one: not one.company_id)[:1]
        if play.step_ids or play.mail_template_id:
            return play
        kinds = dict(self._fields["behaviour"]._description_selection(self.env))
        if play:
            raise UserError(
                self.env._(
                    "The play “%s” has neither steps nor a mail. Add some to it, or "
                    "archive it so that another one is used.",
                    play.name,
                )
            )
        raise UserError(
            self.env._(
                "There is no play that brings about “%s”. An account manager can add "
                "one under Strategy → Plays.",
                kinds[behaviour],
            )
        )

    def _start_with(self, account):
        """Make the activities and tasks of the steps for an account."""
        self.ensure_one()
        # sudo: whoever works for an account need not be allowed to create tasks in the
        # projects that a play names, nor to give activities to colleagues
        steps = self.step_ids.sudo().with_context(
            # what the screen proposes for new records of its own
            clean_context(self.env.context),
            mail_activity_quick_update=True,
        )
        for step in steps:
            step._check_start(account)
            getattr(step, f"_start_{step.kind}")(account)


class CustomerPlayStep(models.Model):
    _inherit = "customer.play.step"

    def _check_start(self, account):
        """Refuse to start with a task that cannot be created."""
        if not self._has_usable_project(account.company_id):
            raise UserError(
                self.env._(
                    "The task of step “%(step)s” cannot be created in its project, "
                    "which is archived or of another company. Choose another project "
                    "in the play “%(play)s”.",
                    step=self.summary,
                    play=self.play_id.name,
                )
            )

    def _get_starter(self, account):
        """Return who is to do the step when somebody starts it with one account."""
        user = {
            "account_manager": account.user_id,
            "user": self.user_id,
        }.get(self.responsible, self.env["res.users"])
        return user if user.active else self.env.user

    def _get_start_deadline(self):
        return fields.Date.add(fields.Date.context_today(self), days=self.delay_days)

    def _start_activity(self, account):
        self.env["mail.activity"].create(
            self._prepare_activity_vals(
                account, self._get_starter(account), self._get_start_deadline()
            )
        )

    def _start_task(self, account):
        self.env["project.task"].create(
            self._prepare_task_vals(
                account, self._get_starter(account), self._get_start_deadline()
            )
        )
