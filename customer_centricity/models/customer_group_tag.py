from odoo import fields, models

# Of Odoo's palette; the first one, without a color, is hidden on cards
COLORS = 11


class CustomerGroupTag(models.Model):
    """A behaviour that customers of a group share, or a value behind their choices."""

    _name = "customer.group.tag"
    _description = "Behaviour or Value of Customers"
    _order = "kind, name"

    name = fields.Char(required=True)
    kind = fields.Selection(
        selection=[("behaviour", "Behaviour"), ("value", "Value")],
        required=True,
        default="behaviour",
    )
    color = fields.Integer(default=lambda self: self._default_color())

    _kind_name_unique = models.UniqueIndex(
        "(kind, lower(name))", "There is a behaviour or a value of this name already."
    )

    def _default_color(self):
        # the next one, so that neighbours in age differ
        return 1 + self.search_count([]) % COLORS
