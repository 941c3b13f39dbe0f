from markupsafe import Markup

from odoo import api, fields, models


class CustomerIntentStart(models.TransientModel):
    """Show what starting an intent freezes and makes; then start it."""

    _name = "customer.intent.start"
    _description = "Start an Intent"

    intent_id = fields.Many2one(
        comodel_name="customer.intent", required=True, readonly=True
    )
    # of an intent that whoever asks may read: a form can name any
    reason = fields.Text(related="intent_id.reason", related_sudo=False)
    account_count = fields.Integer(string="Accounts", compute="_compute_preview")
    is_nobody = fields.Boolean(compute="_compute_preview")
    is_without_outcome = fields.Boolean(compute="_compute_preview")
    outcome_preview = fields.Html(
        string="Expected Outcomes", compute="_compute_preview", sanitize=False
    )
    play_preview = fields.Html(
        string="Plays", compute="_compute_preview", sanitize=False
    )

    @api.depends("intent_id")
    def _compute_preview(self):
        for wizard in self:
            intent = wizard.intent_id
            count = intent._count_members() if intent else 0
            wizard.account_count = count
            wizard.is_nobody = not count
            wizard.is_without_outcome = not intent.outcome_ids
            wizard.outcome_preview = self._list(
                (outcome.metric_id.name, outcome.explanation)
                for outcome in intent.outcome_ids
            )
            wizard.play_preview = self._list(
                (play.name, self._describe(play, count)) for play in intent.play_ids
            )

    @api.model
    def _list(self, rows):
        """Return pairs of a title and a text as a list, escaped."""
        items = [Markup("<li><b>%s</b>: %s</li>") % row for row in rows]
        return Markup("<ul>%s</ul>") % Markup().join(items) if items else False

    @api.model
    def _describe(self, play, count):
        """Return how many activities and tasks a play makes."""
        steps = play.step_ids.grouped("kind")
        activities = count * len(steps.get("activity", ()))
        tasks = count * len(steps.get("task", ()))
        if activities and tasks:
            return self.env._(
                "%(activities)s activities and %(tasks)s tasks",
                activities=activities,
                tasks=tasks,
            )
        if tasks:
            return self.env._("%s tasks", tasks)
        return self.env._("%s activities", activities)

    def action_start(self):
        """Start the intent."""
        self.ensure_one()
        self.intent_id.check_access("write")
        self.intent_id._start()
        return {"type": "ir.actions.act_window_close"}
