from odoo import api, fields, models


class CustomerDecisionEffect(models.Model):
    """One value that a decision has written, and the one that was there before.

    Values are kept as numbers of records, never as names: what a person was called is
    not for a log to keep. A field that has a value for each company, without one of
    its own in the account's company, has ``is_own`` false: undoing leaves it without.
    """

    _name = "customer.decision.effect"
    _description = "Effect of a Decision"
    _order = "id"
    _rec_name = "label"

    decision_id = fields.Many2one(
        comodel_name="customer.decision",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="decision_id.company_id")
    res_model = fields.Char(string="Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Record", model_field="res_model", required=True, readonly=True
    )
    field_name = fields.Char(string="Field", required=True, readonly=True)
    label = fields.Char(string="What", compute="_compute_label")
    old_value = fields.Json(readonly=True)
    new_value = fields.Json(readonly=True)
    old_text = fields.Char(string="Before", compute="_compute_texts")
    new_text = fields.Char(string="After", compute="_compute_texts")
    is_own = fields.Boolean(
        string="Had Its Own Value",
        readonly=True,
        help="Not the default of the company.",
    )
    state = fields.Selection(
        selection=[("applied", "Applied"), ("undone", "Undone"), ("kept", "Kept")],
        required=True,
        readonly=True,
        default="applied",
        help="Kept: changed since by somebody, and left alone when the decision was "
        "undone.",
    )
    date = fields.Datetime(
        readonly=True, required=True, default=lambda self: fields.Datetime.now()
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="By",
        readonly=True,
        default=lambda self: self.env.user,
    )

    _record_idx = models.Index("(res_model, res_id)")

    @api.depends("res_model", "field_name")
    @api.depends_context("lang")
    def _compute_label(self):
        for effect in self:
            field = effect._get_field()
            effect.label = (
                field._description_string(self.env) if field else effect.field_name
            )

    @api.depends("res_model", "field_name", "old_value", "new_value")
    @api.depends_context("lang")
    def _compute_texts(self):
        for effect in self:
            effect.old_text = effect._get_text(effect.old_value)
            effect.new_text = effect._get_text(effect.new_value)

    def _get_field(self):
        """Return the field written; None when the app that has it is not there."""
        model = self.env.get(self.res_model)
        return None if model is None else model._fields.get(self.field_name)

    def _get_text(self, value):
        """Return a value in words."""
        field = self._get_field()
        if not value:
            return self.env._("None")
        if field is None or not field.relational:
            return str(value)
        ids = value if isinstance(value, list) else [value]
        # sudo: what was written is told to whoever may read the decision's effects
        records = self.env[field.comodel_name].sudo().browse(ids)
        existing = records.exists()
        return ", ".join(
            record.display_name
            if record in existing
            else self.env._("deleted (%s)", record.id)
            for record in records
        )
