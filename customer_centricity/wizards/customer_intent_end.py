from odoo import api, fields, models
from odoo.exceptions import UserError


class CustomerIntentEnd(models.TransientModel):
    """End an intent, saying what came of it."""

    _name = "customer.intent.end"
    _description = "End an Intent"

    intent_id = fields.Many2one(
        comodel_name="customer.intent", required=True, readonly=True
    )
    result = fields.Selection(
        selection=lambda self: self._get_results(),
        required=True,
        compute="_compute_result",
        store=True,
        readonly=False,
        # of an intent that whoever asks may read: a form can name any
        compute_sudo=False,
    )
    suggestion = fields.Char(
        compute="_compute_suggestion",
        help="What the outcomes, as last measured, come to.",
    )
    note = fields.Text(
        string="What Came of It",
        required=True,
        help="What happened, and what you would do again; kept with the intent.",
    )
    open_count = fields.Integer(
        string="Activities Not Done", compute="_compute_open_count"
    )
    is_dropping = fields.Boolean(
        string="Remove Them",
        default=True,
        help="Tasks of projects are left as they are.",
    )

    @api.model
    def _get_results(self):
        return (
            self.env["customer.intent"]
            ._fields["result"]
            ._description_selection(self.env)
        )

    @api.depends("intent_id")
    def _compute_result(self):
        for wizard in self:
            wizard.result = wizard.intent_id._suggest_result()

    @api.depends("intent_id")
    def _compute_suggestion(self):
        results = dict(self._get_results())
        for wizard in self:
            result = wizard.intent_id._suggest_result()
            wizard.suggestion = results.get(result) or self.env._(
                "No outcomes were expected: you decide."
            )

    @api.depends("intent_id")
    def _compute_open_count(self):
        for wizard in self:
            wizard.open_count = len(wizard.intent_id._get_open_steps())

    def action_end(self):
        """End the intent with the chosen result."""
        self.ensure_one()
        if not self.note.strip():
            raise UserError(self.env._("Say what came of the intent."))
        self.intent_id.check_access("write")
        self.intent_id._end(self.result, self.note)
        if self.is_dropping:
            self.intent_id._drop_open()
        return {"type": "ir.actions.act_window_close"}
