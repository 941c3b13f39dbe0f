from odoo import api, models
from odoo.exceptions import AccessError


class CustomerDecidedValues(models.AbstractModel):
    """Fields that figures and actions decide, which are not for people to write.

    Nor are they by way of defaults: a call brings some in its context, and everybody
    may keep some of their own.
    """

    _name = "customer.decided.values"
    _description = "Values That People Do Not Write"

    # Whether programs alone say what a record that they create is like: what the
    # person for whom they do it keeps as defaults does not count
    _settled = False

    @api.model
    def default_get(self, fields):
        # Of what is not for people to write the fields' own defaults alone count. As
        # superuser, too: there the defaults of the person at work would still hold.
        defaults = super().default_get(fields)
        given = self._get_given_defaults().keys() & self._get_settled_names()
        for name in given.intersection(fields):
            defaults.pop(name, None)
            field = self._fields[name]
            if field.default:
                value = field.default(self)
                value = field.convert_to_cache(value, self, validate=False)
                defaults[name] = field.convert_to_write(value, self)
        return defaults

    @api.model
    def _get_settled_names(self):
        """Return the names of the fields for which no default is given."""
        if self._settled and self.env.su:
            return self._fields.keys()
        return self._get_decided_names()

    @api.model
    def _get_decided_names(self):
        """Return the names of the fields that people may not write."""
        return set()

    @api.model
    def _explain_decided(self, names):
        """Return why fields, given what they are called, cannot be written."""
        return self.env._(
            "%(fields)s: this is measured and cannot be written.", fields=names
        )

    @api.model
    def _check_human_values(self, vals):
        """Refuse to let people write what is not for them to decide."""
        if self.env.su:
            return
        if decided := self._get_decided_names() & vals.keys():
            names = [
                self._fields[name]._description_string(self.env) for name in decided
            ]
            raise AccessError(self._explain_decided(", ".join(sorted(names))))

    @api.model
    def _check_created(self, vals_list):
        """Check the values that people create records with, and their defaults."""
        defaults = self._get_given_defaults()
        for vals in vals_list:
            self._check_human_values({**defaults, **vals})

    @api.model
    def _get_given_defaults(self):
        """Return the defaults that are not those of the fields: {name: value}."""
        defaults = dict(self.env["ir.default"]._get_model_defaults(self._name))
        for key, value in self.env.context.items():
            if key.startswith("default_"):
                defaults[key.removeprefix("default_")] = value
        return {name: value for name, value in defaults.items() if name in self._fields}
