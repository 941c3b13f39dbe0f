from odoo import api, models
from odoo.tools import SQL

ADDON = "customer_centricity"
# What a field has to refer to, to tell of a person: as customer, or as colleague
CUSTOMERS = ("res.partner", "customer.account")
COLLEAGUES = ("res.users", "hr.employee")
# Facts of the books, which add up to the totals, and notes that tell nothing
KEPT = (
    "customer.account.change",
    "customer.behaviour.change",
    "customer.profit.month",
)


class CustomerPrivacy(models.AbstractModel):
    """What is stored about a person, and how it is erased.

    What tells of a person is found by the fields themselves: whatever refers to a
    contact or to an account. So a model that comes later is not forgotten.

    Erasing an account leaves the account and the amounts of its months, as the books
    have them: totals stay what they were. All else goes, and its customer is opted out:
    the next refresh would compute it again. Contacts with posted documents cannot be
    deleted as long as the law wants these kept; the account goes with the contact.
    """

    _name = "customer.privacy"
    _description = "What Is Stored About a Person"

    # ------------------------------------------------------------------
    # What there is
    # ------------------------------------------------------------------

    @api.model
    def _get_fields(self, comodels=CUSTOMERS + COLLEAGUES):
        """Return the stored fields of ours that refer to a person, on any model.

        Who created and last changed a record, which Odoo notes everywhere, is none.
        """
        found = []
        for model in self.env.registry.values():
            if model._abstract or model._transient or not model._auto:
                continue
            for field in model._fields.values():
                if (
                    field.type == "many2one"
                    and field.store
                    and not field.related
                    and field.comodel_name in comodels
                    and (field._module or "").startswith(ADDON)
                    and field.name not in ("create_uid", "write_uid")
                ):
                    found.append(field)
        return sorted(found, key=str)

    @api.model
    def _get_listed_fields(self):
        """Return the fields by which records about a customer are found.

        A record that names the contact itself is about this contact, whatever account
        it counts for.
        """
        own = [
            field
            for field in self._get_fields(CUSTOMERS)
            if self.env.registry[field.model_name]._original_module.startswith(ADDON)
            and field.model_name not in KEPT
        ]
        named = {
            field.model_name for field in own if field.comodel_name == "res.partner"
        }
        return [
            field
            for field in own
            # what does not go with the contact, Odoo's privacy lookup finds by itself
            if (field.comodel_name == "res.partner" and field.ondelete == "cascade")
            or (field.comodel_name != "res.partner" and field.model_name not in named)
        ]

    # ------------------------------------------------------------------
    # Erasing
    # ------------------------------------------------------------------

    @api.model
    def _erase(self, records):
        """Erase records about a person: what goes with it, and what is said of them.

        Records that refer to an account, and outlive it, forget which one it was.
        """
        # sudo: what is to be erased may have been applied, put in force or noted by
        # others; who may ask for it, those who call this check
        records = records.sudo().with_context(active_test=False).exists()
        if not records:
            return
        if records._name == "customer.account":
            self._erase_accounts(records)
        elif records._name == "customer.decision":
            records._erase()
        elif not self._detach(records):
            self._erase_threads(records)
            self._delete(records)

    @api.model
    def _detach(self, records):
        """Have records forget the account that they outlive; return whether they do."""
        fields = [
            field
            for field in self._get_listed_fields()
            if field.model_name == records._name and field.ondelete == "set null"
        ]
        if records._name == "customer.account.snapshot":
            records._forget_accounts(records.account_id)
        elif fields:
            records.write({field.name: False for field in fields})
        return bool(fields)

    @api.model
    def _delete(self, records):
        # by SQL: what is in force cannot be deleted otherwise, so as not to lose what
        # has been agreed; here it is to be lost
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "DELETE FROM %s WHERE id = ANY(%s)",
                SQL.identifier(records._table),
                records.ids,
            )
        )
        self.env.invalidate_all(flush=False)

    @api.model
    def _erase_accounts(self, accounts):
        """Erase all of the accounts but their amounts, and have them opt out."""
        # nothing of it is to be told in the chatter
        accounts = accounts.with_context(tracking_disable=True)
        partners = accounts.partner_id
        self._erase_what_refers_to(partners)
        self._erase_what_refers_to(accounts)
        partners.customer_profiling_opt_out = True
        accounts._forget_profile()
        accounts.write(accounts._get_erased_values())
        self._erase_threads(accounts)

    @api.model
    def _erase_what_refers_to(self, persons):
        """Erase what is found by the accounts or contacts, but no account."""
        for field in self._get_listed_fields():
            if field.comodel_name == persons._name != field.model_name:
                if field.model_name != "customer.account":
                    self._erase(self._search_by(field, persons))
        if persons._name == "res.partner":
            self._forget_between_contacts(persons)

    @api.model
    def _search_by(self, field, persons):
        # sudo: of every company, whoever asks
        model = self.env[field.model_name].sudo().with_context(active_test=False)
        return model.search([(field.name, "in", persons.ids)])

    @api.model
    def _forget_between_contacts(self, partners):
        """Forget what our fields on contacts say of two of them: both ways."""
        for field in self._get_fields(("res.partner",)):
            if field.model_name == "res.partner":
                others = self._search_by(field, partners)
                own = partners.filtered(field.name)
                (others | own).write({field.name: False})

    @api.model
    def _erase_threads(self, records):
        """Erase messages, activities, followers and files of records."""
        if records._name == "customer.nps.response":
            records._leave_no_trace()
        found = [("model", "mail.message"), ("res_model", "mail.activity")]
        found += [("res_model", "mail.followers"), ("res_model", "ir.attachment")]
        for name, model in found:
            # sudo: as the records themselves, see _erase
            self.env[model].sudo().with_context(active_test=False).search(
                [(name, "=", records._name), ("res_id", "in", records.ids)]
            ).unlink()

    @api.model
    def _erase_threads_of(self, partners):
        """Erase what is written about the accounts of contacts that are deleted.

        The database deletes the records along, and leaves what the chatter tells.
        """
        for field in self._get_listed_fields():
            if field.comodel_name == "res.partner":
                records = self._search_by(field, partners)
                self._erase_threads(records)
                if field.model_name == "customer.account":
                    self._erase_what_refers_to(records)
