from odoo import fields, models

from .customer_behaviour import KINDS


class CustomerBehaviourStart(models.Model):
    """That somebody started a play with an account, to bring a behaviour about."""

    _name = "customer.behaviour.start"
    _description = "Play Started with a Customer"
    _order = "date desc, id desc"
    _rec_name = "play_id"

    account_id = fields.Many2one(
        comodel_name="customer.account",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="account_id.company_id", related_sudo=False)
    behaviour = fields.Selection(selection=KINDS, required=True, readonly=True)
    play_id = fields.Many2one(
        comodel_name="customer.play", readonly=True, index=True, ondelete="set null"
    )
    user_id = fields.Many2one(
        comodel_name="res.users", string="Started by", readonly=True, ondelete="set null"
    )
    date = fields.Date(required=True, readonly=True)
