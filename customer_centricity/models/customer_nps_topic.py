from odoo import fields, models


class CustomerNpsTopic(models.Model):
    """What an answer of a customer is about."""

    _name = "customer.nps.topic"
    _description = "Topic of Customers' Answers"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
