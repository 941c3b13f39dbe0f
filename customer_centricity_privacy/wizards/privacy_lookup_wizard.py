from odoo import models
from odoo.tools import SQL


class PrivacyLookupWizard(models.TransientModel):
    """The lookup looks at contacts, and at what would not go with them by itself.

    Most of what this app keeps would go with the contact, but contacts with posted
    documents cannot be deleted: so it is listed, and can be erased without the contact.
    """

    _inherit = "privacy.lookup.wizard"

    def _get_query(self):
        query = super()._get_query()
        for field in self.env["customer.privacy"]._get_listed_fields():
            query = SQL("%s UNION ALL %s", query, self._get_customer_query(field))
        return query

    def _get_customer_query(self, field):
        """Return what refers to the persons, or to their accounts, by a field.

        ``indirect_references`` are the contacts that the lookup has found.
        """
        model = self.env[field.model_name]
        persons = SQL("SELECT id FROM indirect_references")
        if field.comodel_name == "customer.account":
            persons = SQL(
                "SELECT id FROM customer_account WHERE partner_id IN (%s)", persons
            )
        return SQL(
            "SELECT %s AS res_model_id, id AS res_id, %s AS is_active"
            " FROM %s WHERE %s IN (%s)",
            self.env["ir.model"]._get_id(model._name),
            SQL.identifier("active") if "active" in model else SQL("TRUE"),
            SQL.identifier(model._table),
            SQL.identifier(field.name),
            persons,
        )
