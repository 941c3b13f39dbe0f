from collections import defaultdict
from datetime import date, datetime

from odoo import api, fields, models
from odoo.fields import Command

X2MANY = ("many2many", "one2many")
# Fields that no screen shows, by the one in which people see the value
SHOWN_AS = {"specific_property_product_pricelist": "property_product_pricelist"}


class CustomerDecisionEffect(models.Model):
    """One value that a decision has written, and the one that was there before.

    Values are kept as numbers of records, never as names: what a person was called is
    not for a log to keep.

    Some fields have a value for each company, in one column: {company: value}. Where a
    company has none of its own, its default holds. Whether there was one is kept as
    well (``is_own``), so that undoing leaves the column exactly as it was. Core copies
    such values of a commercial entity to its contacts: a contact that had another value
    than its company gets an effect of its own (``along_id``), which goes along.
    """

    _name = "customer.decision.effect"
    _inherit = ["customer.decided.values"]
    _description = "Effect of a Decision"
    _order = "id"
    _rec_name = "label"
    _settled = True

    decision_id = fields.Many2one(
        comodel_name="customer.decision",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="decision_id.company_id")
    along_id = fields.Many2one(
        comodel_name="customer.decision.effect",
        string="Along With",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
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
        default=True,
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

    # ------------------------------------------------------------------
    # In words
    # ------------------------------------------------------------------

    @api.depends("res_model", "field_name")
    @api.depends_context("lang")
    def _compute_label(self):
        for effect in self:
            field = effect._get_field()
            effect.label = self._get_label(field) if field else effect.field_name

    @api.model
    def _get_label(self, field):
        """Return what people know a field as."""
        model = self.env[field.model_name]
        shown = model._fields.get(SHOWN_AS.get(field.name), field)
        return shown._description_string(self.env)

    @api.depends("res_model", "field_name", "old_value", "new_value")
    @api.depends_context("lang")
    def _compute_texts(self):
        names = self._get_names()
        for effect in self:
            effect.old_text = effect._get_text(effect.old_value, names)
            effect.new_text = effect._get_text(effect.new_value, names)

    def _get_names(self):
        """Return what the records written are called: {(model, id): name}."""
        wanted = defaultdict(set)
        for effect in self:
            field = effect._get_field()
            if field and field.relational:
                wanted[field.comodel_name] |= {
                    *_ids(effect.old_value),
                    *_ids(effect.new_value),
                }
        return {
            (model, record.id): record.display_name
            for model, ids in wanted.items()
            # sudo: what was written is told to whoever may read the effects
            for record in self.env[model].sudo().browse(ids).exists()
        }

    def _get_text(self, value, names):
        field = self._get_field()
        if not value:
            return self.env._("None")
        if field is None or not field.relational:
            return str(value)
        return ", ".join(
            names.get((field.comodel_name, record_id))
            or self.env._("deleted (%s)", record_id)
            for record_id in _ids(value)
        )

    def _get_field(self):
        """Return the field written; None when the app that has it is gone."""
        model = self.env.get(self.res_model)
        return None if model is None else model._fields.get(self.field_name)

    # ------------------------------------------------------------------
    # Writing
    # ------------------------------------------------------------------

    @api.model
    def _write_changes(self, company, changes):
        """Write what decisions of a company change; return the effects.

        :param changes: list of (decision, record, name of the field, value)
        """
        changes = [
            (
                decision,
                record.with_company(company),
                name,
                _to_json(record._fields[name], value),
            )
            for decision, record, name, value in changes
        ]
        changes = [
            (decision, record, name, value)
            for decision, record, name, value in changes
            if _read(record, name) != value
        ]
        before = self._get_raw_values(company, changes)
        effects = self.create(
            [
                {
                    "decision_id": decision.id,
                    "res_model": record._name,
                    "res_id": record.id,
                    "field_name": name,
                    "old_value": _read(record, name),
                    "new_value": value,
                    "is_own": before.get((record._name, name), {}).get(
                        record.id, (True, None)
                    )[0],
                }
                for decision, record, name, value in changes
            ]
        )
        effects._write_values(company, {one: one.new_value for one in effects})
        effects._keep_contacts(company, before)
        return effects

    def _write_values(self, company, values):
        """Write a value for each effect: {effect: value}; records alike in one go."""
        records = self._get_records(company)
        by_record = defaultdict(dict)
        for effect, value in values.items():
            by_record[records[effect]][effect] = value
        alike = defaultdict(list)
        for record, of_record in by_record.items():
            vals = {
                effect.field_name: _to_write(record, effect.field_name, value)
                for effect, value in of_record.items()
            }
            alike[record._name, repr(sorted(vals.items()))].append((record, vals))
        others = self._read_others(company)
        for group in alike.values():
            record, vals = group[0]
            record.browse([one.id for one, _vals in group]).write(vals)
        self._keep_others(company, others)

    def _get_records(self, company):
        """Return the records written, in the company: {effect: record}.

        No matter whether they still exist; of apps that are gone, nothing.
        """
        records = {}
        for model, effects in self.grouped("res_model").items():
            if model in self.env:
                found = (
                    self.env[model]
                    .with_context(active_test=False)
                    .with_company(company)
                    .browse(effects.mapped("res_id"))
                )
                records |= dict(zip(effects, found, strict=True))
        return records

    # ------------------------------------------------------------------
    # Undoing
    # ------------------------------------------------------------------

    def _get_changed(self):
        """Return the effects that are not any more as the decision has written them."""
        changed = self.browse()
        for company, effects in self.grouped("company_id").items():
            existing = effects._get_existing(company)
            for effect in effects:
                record = existing.get(effect)
                if record is None or not effect._is_as_written(record):
                    changed += effect
        return changed

    def _get_existing(self, company):
        """Return the records that still exist with their fields: {effect: record}."""
        records = self._get_records(company)
        exist = {
            model: set(self.env[model].browse(effects.mapped("res_id")).exists().ids)
            for model, effects in self.grouped("res_model").items()
            if model in self.env
        }
        return {
            effect: record
            for effect, record in records.items()
            if record.id in exist[record._name] and effect.field_name in record._fields
        }

    def _is_as_written(self, record):
        present = _read(record, self.field_name)
        if present == (self.old_value or False):
            return True  # somebody has put it back already: nothing to ask about
        if record._fields[self.field_name].type in X2MANY:
            # what was added besides does not matter
            added = set(_ids(self.new_value)) - set(_ids(self.old_value))
            return added <= set(_ids(present))
        return present == (self.new_value or False)

    def _restore(self):
        """Put back what was there before; return the effects that could not be."""
        done = self.browse()
        for company, effects in self.grouped("company_id").items():
            existing = effects._get_existing(company)
            present = effects._get_names()
            backs = {
                effect: effect._get_back(record, present)
                for effect, record in existing.items()
                if effect._can_go_back(present)
            }
            possible = effects.browse([effect.id for effect in backs])
            possible._write_values(company, backs)
            possible |= self.search([("along_id", "in", possible.ids)])
            self.env.flush_all()
            possible._pin(company)
            possible.state = "undone"
            done += possible
        rest = self - done
        rest._keep()
        return rest

    def _keep(self):
        """Leave what has been changed since as it is."""
        (self | self.search([("along_id", "in", self.ids)])).state = "kept"

    def _can_go_back(self, present):
        """Return whether the one record that was there before still exists.

        :param present: names of the records that exist, by model and id
        """
        field = self._get_field()
        return (
            field.type != "many2one"
            or not self.old_value
            or (field.comodel_name, self.old_value) in present
        )

    def _get_back(self, record, present):
        """Return the value with which a record is as it was."""
        field = self._get_field()
        if field.company_dependent and not self.is_own:
            # the default that holds now: the ORM keeps no value of the company's own
            return _to_json(field, field.get_company_dependent_fallback(record))
        if field.type not in X2MANY:
            return self.old_value
        old, new = set(_ids(self.old_value)), set(_ids(self.new_value))
        back = {one for one in old - new if (field.comodel_name, one) in present}
        return sorted((set(_ids(_read(record, self.field_name))) - (new - old)) | back)

    # ------------------------------------------------------------------
    # Records that are merged
    # ------------------------------------------------------------------

    @api.model
    def _move(self, sources, target):
        """Have the effects on records that are merged into another be effects on it."""
        self.search(
            [("res_model", "=", sources._name), ("res_id", "in", sources.ids)]
        ).res_id = target.id


def _read(record, name):
    """Return a value of a record as it is kept."""
    return _to_json(record._fields[name], record[name])


def _to_json(field, value):
    """Return a value as it is kept: ids of records; False for nothing."""
    if isinstance(value, models.BaseModel):
        value = sorted(value.ids) if field.type in X2MANY else value.id
    elif isinstance(value, (date, datetime)):
        value = fields.Datetime.to_string(value)
    return value or False


def _ids(value):
    """Return the ids in a value that was kept."""
    if not value:
        return []
    return value if isinstance(value, list) else [value]


def _to_write(record, name, value):
    """Return what to write for a record to have a value that was kept."""
    if record._fields[name].type not in X2MANY:
        return value
    present, wanted = set(record[name].ids), set(_ids(value))
    return [
        *(Command.link(one) for one in sorted(wanted - present)),
        *(Command.unlink(one) for one in sorted(present - wanted)),
    ]
