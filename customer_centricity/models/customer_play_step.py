from odoo import api, fields, models
from odoo.exceptions import ValidationError

# Days after the start: what comes later than in ten years, nobody plans.
MOST_DAYS = 3650


class CustomerPlayStep(models.Model):
    """One thing to do for each account: an activity on it, or a task of a project."""

    _name = "customer.play.step"
    _description = "Step of a Play"
    _order = "play_id, delay_days, sequence, id"
    _check_company_auto = True
    _rec_name = "summary"

    play_id = fields.Many2one(
        comodel_name="customer.play", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="play_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        selection=[
            ("activity", "Activity on the account"),
            ("task", "Task of a project"),
        ],
        string="What",
        required=True,
        default="activity",
    )
    summary = fields.Char(
        required=True,
        translate=True,
        help="What is to be done; the title of the task.",
    )
    note = fields.Html(string="How", translate=True)
    delay_days = fields.Integer(
        string="Days after Start",
        default=7,
        help="It is due so many days after the intent has started.",
    )
    responsible = fields.Selection(
        selection=[
            ("account_manager", "Account manager"),
            ("intent_owner", "Owner of the intent"),
            ("user", "A certain user"),
        ],
        string="Who",
        required=True,
        default="account_manager",
        help="Accounts without a manager: the owner of the intent.",
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        check_company=True,
        domain="[('share', '=', False)]",
    )
    activity_type_id = fields.Many2one(
        comodel_name="mail.activity.type",
        domain="[('res_model', 'in', (False, 'customer.account'))]",
        ondelete="set null",
        help="Empty: to do.",
    )
    project_id = fields.Many2one(
        comodel_name="project.project",
        ondelete="set null",
        help="Where the tasks are created: a project of every company, or of that of "
        "the intent.",
    )

    _delay_range = models.Constraint(
        f"CHECK(delay_days >= 0 AND delay_days <= {MOST_DAYS})",
        "A step is due on the day of the start or after it, within ten years.",
    )

    @api.constrains("responsible", "user_id")
    def _check_user(self):
        for step in self:
            if step.responsible == "user" and not step.user_id:
                raise ValidationError(
                    self.env._(
                        "Step “%s” is for a certain user: choose the user.",
                        step.summary,
                    )
                )

    @api.constrains("kind", "project_id")
    def _check_project(self):
        for step in self:
            if step.kind == "task" and not step.project_id:
                raise ValidationError(
                    self.env._(
                        "Step “%s” is a task: choose the project that it is to be "
                        "created in.",
                        step.summary,
                    )
                )
            # sudo: whose project it is; it is named alone
            company = step.project_id.sudo().company_id
            # a play of every company may use a project of one: whether an intent may
            # start with it is told at its start
            if (
                company
                and step.company_id
                and step.company_id not in company.parent_ids
            ):
                raise ValidationError(
                    self.env._(
                        "Step “%(step)s”: the project “%(project)s” is of another "
                        "company than the play. Choose another project.",
                        step=step.summary,
                        project=step.project_id.sudo().name,
                    )
                )

    def _has_usable_project(self, company):
        """Return whether what the step makes for a company can be created."""
        project = self.project_id
        return self.kind != "task" or (
            project.active
            and project.company_id in (project.company_id.browse(), company)
        )

    def _prepare_activity_vals(self, account, user, deadline):
        """Return the values of the step's activity on an account."""
        default_type_id = self.env["ir.model.data"]._xmlid_to_res_id(
            "mail.mail_activity_data_todo"
        )
        return {
            "activity_type_id": self.activity_type_id.id or default_type_id,
            "automated": True,
            "res_model_id": self.env["ir.model"]._get_id("customer.account"),
            "res_id": account.id,
            "user_id": user.id,
            "date_deadline": deadline,
            "summary": self.summary,
            "note": self.note,
        }

    def _prepare_task_vals(self, account, user, deadline):
        """Return the values of the step's task for an account."""
        return {
            "name": self.summary,
            "project_id": self.project_id.id,
            "partner_id": account.partner_id.id,
            "user_ids": [fields.Command.set(user.ids)],
            "date_deadline": deadline,
            "description": self.note,
        }

    def _get_responsible(self, intent, account):
        """Return who is to do the step for an account; may be extended.

        Whoever has left the company does nothing: the owner of the intent does, or an
        administrator when the owner has left, too.
        """
        self.ensure_one()
        user = {
            "account_manager": account.user_id,
            "intent_owner": intent._get_whom_to_ask(),
            "user": self.user_id,
        }[self.responsible]
        return user if user.active else intent._get_whom_to_ask() or intent.user_id
