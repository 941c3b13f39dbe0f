import json
from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL


class CustomerDecisionEffect(models.Model):
    """Effects on columns with a value for each company."""

    _inherit = "customer.decision.effect"

    @api.model
    def _get_raw_values(self, company, changes):
        """Return the company's own values: {(model, field): {id: (is own, value)}}.

        Of the records to be changed and, as core copies them along, of the contacts of
        commercial entities.
        """
        wanted = defaultdict(set)
        for _decision, record, name, _value in changes:
            if record._fields[name].company_dependent:
                wanted[record._name, name].add(record.id)
        return {
            (model, name): self._read_raw(company, model, name, ids)
            for (model, name), ids in wanted.items()
        }

    @api.model
    def _read_raw(self, company, model, name, ids):
        records = self.env[model].browse(ids)
        if self._is_copied_to_contacts(model, name):
            records |= self._get_contacts(records)
        records.flush_recordset([name])
        key, column = str(company.id), SQL.identifier(name)
        return {
            record_id: (is_own, value)
            for record_id, is_own, value in self.env.execute_query(
                SQL(
                    "SELECT id, COALESCE(%s ? %s, FALSE), %s -> %s FROM %s"
                    " WHERE id = ANY(%s)",
                    column,
                    key,
                    column,
                    key,
                    SQL.identifier(records._table),
                    records.ids,
                )
            )
        }

    @api.model
    def _is_copied_to_contacts(self, model, name):
        partners = self.env["res.partner"]
        return model == partners._name and name in partners._commercial_fields()

    @api.model
    def _get_contacts(self, partners):
        """Return the contacts to which core copies the values of companies."""
        partners = partners.with_context(active_test=True)
        return partners.search(
            [
                ("commercial_partner_id", "in", partners.ids),
                ("id", "not in", partners.ids),
            ]
        )

    def _keep_contacts(self, company, before):
        """Keep what contacts had that was not what their company had."""
        values = []
        for (model, name), raw in before.items():
            effects = {
                effect.res_id: effect
                for effect in self
                if (effect.res_model, effect.field_name) == (model, name)
            }
            for contact in self.env[model].browse(raw.keys() - effects.keys()):
                effect = effects.get(contact.commercial_partner_id.id)
                if effect and raw[contact.id] != raw[effect.res_id]:
                    values.append(effect._prepare_along(contact, *raw[contact.id]))
        self.create(values)

    def _prepare_along(self, contact, is_own, value):
        return {
            "decision_id": self.decision_id.id,
            "along_id": self.id,
            "res_model": contact._name,
            "res_id": contact.id,
            "field_name": self.field_name,
            "old_value": value,
            "new_value": self.new_value,
            "is_own": is_own,
        }

    def _read_others(self, company):
        """Return what other companies have: {(model, field): {id: column as text}}."""
        return {
            (model, name): effects._read_others_of_field(company, model, name)
            for (model, name), effects in self.grouped(
                lambda effect: (effect.res_model, effect.field_name)
            ).items()
            if effects[0]._get_field().company_dependent
        }

    def _read_others_of_field(self, company, model, name):
        records = self.env[model].browse(self.mapped("res_id"))
        if self._is_copied_to_contacts(model, name):
            records |= self._get_contacts(records)
        records.flush_recordset([name])
        return dict(
            self.env.execute_query(
                SQL(
                    "SELECT id, (COALESCE(%s, '{}') - %s)::text FROM %s"
                    " WHERE id = ANY(%s)",
                    SQL.identifier(name),
                    str(company.id),
                    SQL.identifier(records._table),
                    records.ids,
                )
            )
        )

    def _keep_others(self, company, before):
        """Leave other companies' values as they were.

        The ORM, which writes one company's value, forgets those of other companies that
        are the same as their default: they would not stay when the default changes.
        """
        for (model, name), after in self._read_others(company).items():
            wrong = {
                record_id: column
                for record_id, column in before[model, name].items()
                if after.get(record_id, column) != column
            }
            if not wrong:
                continue
            changed = self.env[model].browse(wrong)
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE %(table)s record
                       SET %(column)s = other.value || COALESCE(record.%(column)s, '{}')
                      FROM (
                          SELECT UNNEST(%(ids)s) AS id,
                                 UNNEST(%(values)s)::jsonb AS value
                      ) other
                     WHERE other.id = record.id
                    """,
                    table=SQL.identifier(changed._table),
                    column=SQL.identifier(name),
                    ids=changed.ids,
                    values=[wrong[record.id] for record in changed],
                )
            )
            changed.invalidate_recordset([name], flush=False)

    def _pin(self, company):
        """Make columns with a value for each company exactly what they were.

        Through the ORM a value that happens to be today's default would be left out,
        and one that was the default then would be written as the company's own.
        """
        for (model, name), effects in self.grouped(
            lambda effect: (effect.res_model, effect.field_name)
        ).items():
            if effects[0]._get_field().company_dependent:
                effects._pin_field(company, model, name)

    def _pin_field(self, company, model, name):
        records = self._get_records(company)
        along = self.filtered("along_id")
        wanted = {one.res_id: one._get_own(records[one]) for one in self - along}
        if self._is_copied_to_contacts(model, name):
            partners = self.env[model].browse(wanted)
            for contact in self._get_contacts(partners):
                wanted[contact.id] = wanted[contact.commercial_partner_id.id]
        wanted |= {one.res_id: one._get_own(records[one]) for one in along}
        present = self._read_raw(company, model, name, wanted.keys())
        wrong = {
            record_id: {str(company.id): value} if is_own else {}
            for record_id, (is_own, value) in wanted.items()
            if record_id in present and present[record_id] != (is_own, value)
        }
        if not wrong:
            return
        changed = self.env[model].browse(wrong)
        column = SQL.identifier(name)
        self.env.cr.execute(
            SQL(
                """
                UPDATE %(table)s record
                   SET %(column)s = NULLIF(
                           (COALESCE(record.%(column)s, '{}') - %(key)s) || own.value,
                           '{}'
                       )
                  FROM (
                      SELECT UNNEST(%(ids)s) AS id, UNNEST(%(values)s)::jsonb AS value
                  ) own
                 WHERE own.id = record.id
                """,
                table=SQL.identifier(changed._table),
                column=column,
                key=str(company.id),
                ids=changed.ids,
                values=[json.dumps(wrong[record.id]) for record in changed],
            )
        )
        changed.invalidate_recordset([name], flush=False)
        changed.modified([name])

    def _get_own(self, record):
        """Return whether the company had a value of its own, and as stored which."""
        value = self._get_field().convert_to_column(self.old_value or False, record)
        return self.is_own, value if self.is_own else None
