from odoo import api, fields, models
from odoo.exceptions import UserError

MANAGER = "customer_centricity.group_manager"
# So few are made while one waits, all others in the background
MADE_AT_ONCE = 100


class CustomerIntent(models.Model):
    """The plays of an intent: what its start gives people to do for each account."""

    _inherit = "customer.intent"

    play_ids = fields.Many2many(
        comodel_name="customer.play",
        string="Plays",
        check_company=True,
        help="When the intent starts, their steps become activities and tasks for each "
        "of its accounts.",
    )
    step_ids = fields.One2many(
        comodel_name="customer.intent.step",
        inverse_name="intent_id",
        string="Steps of the Plays",
        groups=MANAGER,
    )
    step_count = fields.Integer(
        string="Steps", compute="_compute_step_counts", groups=MANAGER
    )
    step_todo_count = fields.Integer(
        string="Steps to Be Created", compute="_compute_step_counts", groups=MANAGER
    )
    step_failed_count = fields.Integer(
        string="Steps That Failed", compute="_compute_step_counts", groups=MANAGER
    )
    step_warning = fields.Char(
        string="Why Steps Wait", compute="_compute_step_counts", groups=MANAGER
    )

    @api.depends("step_ids.state")
    def _compute_step_counts(self):
        steps = self.env["customer.intent.step"]
        counts = steps._count_by_state(self)
        warning = steps._get_cron()._explain_off()
        for intent in self:
            of_intent = counts[intent]
            intent.step_count = sum(of_intent.values())
            intent.step_todo_count = of_intent.get("todo", 0)
            intent.step_failed_count = of_intent.get("failed", 0)
            is_waiting = "todo" in of_intent or "dropping" in of_intent
            intent.step_warning = is_waiting and warning

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_open_steps(self):
        """Open what the plays of the intent have given people to do."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_centricity.customer_intent_step_action"
        )
        action["domain"] = [("intent_id", "=", self.id)]
        return action

    def action_retry_steps(self):
        """Make those steps again that have failed."""
        self.check_access("write")
        for intent in self:
            intent._check_state("running")
        # sudo: steps are written by the scheduled action alone
        steps = self.env["customer.intent.step"].sudo()
        steps.search([("intent_id", "in", self.ids), ("state", "=", "failed")]).write(
            {"state": "todo", "error": False}
        )
        steps._begin()

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _start(self):
        self._check_plays()
        result = super()._start()
        if self.play_ids:
            # sudo: as in action_retry_steps
            steps = self.env["customer.intent.step"].sudo()
            steps._note_intent(self.sudo())
            if steps.search_count([("intent_id", "=", self.id)]) <= MADE_AT_ONCE:
                steps._make_next(self)
            else:
                steps._begin()
        return result

    def _end(self, result, note):
        # sudo: as in action_retry_steps
        steps = self.env["customer.intent.step"].sudo()
        steps.search(
            [("intent_id", "=", self.id), ("state", "in", ("todo", "failed"))]
        ).state = "dropped"
        return super()._end(result, note)

    def _check_plays(self):
        """Refuse to start with steps that nobody could make."""
        for play in self.play_ids:
            if not play.step_ids:
                raise UserError(
                    self.env._(
                        "%(intent)s: the play “%(play)s” has no step. Add steps to it, "
                        "or start without it.",
                        intent=self.display_name,
                        play=play.name,
                    )
                )
        # sudo: whose project it is; it is named alone
        for step in self.play_ids.step_ids.sudo():
            if not step._has_usable_project(self.company_id):
                raise UserError(
                    self.env._(
                        "%(intent)s: the tasks of step “%(step)s” cannot be created "
                        "in its project, which is archived or of another company. "
                        "Choose another project in the play “%(play)s”.",
                        intent=self.display_name,
                        step=step.summary,
                        play=step.play_id.name,
                    )
                )

    def _count_members(self):
        """Return how many accounts the intent is for."""
        self.check_access("read")
        # sudo: a number; whoever may edit the intent may start it for all of them
        return (
            self.env["customer.account"].sudo().search_count(self._get_member_domain())
        )

    def _get_open_steps(self):
        """Return the steps whose activity nobody has done."""
        self.check_access("read")
        # sudo: activities of colleagues, which the intent has given them
        return (
            self.env["customer.intent.step"]
            .sudo()
            .search(
                [
                    ("intent_id", "in", self.ids),
                    ("state", "=", "done"),
                    ("activity_id.active", "=", True),
                ]
            )
        )

    def _drop_open(self):
        """Remove the activities of the plays that nobody has done."""
        steps = self._get_open_steps()
        steps.state = "dropping"
        if len(steps) <= MADE_AT_ONCE:
            steps._drop_next(self)
        else:
            steps._begin()
