from odoo import fields, models


class CustomerChannel(models.Model):
    """A way on which customers and the company meet."""

    _name = "customer.channel"
    _description = "Channel to Customers"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
