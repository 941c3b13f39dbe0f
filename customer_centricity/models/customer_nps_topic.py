from odoo import api, fields, models
from odoo.exceptions import UserError


class CustomerNpsTopic(models.Model):
    """What an answer of a customer is about."""

    _name = "customer.nps.topic"
    _description = "Topic of Customers' Answers"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_used(self):
        # sudo: of every company
        responses = self.env["customer.nps.response"].sudo()
        used = responses.search([("topic_id", "in", self.ids)], limit=1).topic_id
        if used:
            raise UserError(
                self.env._(
                    "“%s” is what answers are about. Archive the topic: it is then "
                    "offered no more.",
                    used.display_name,
                )
            )
