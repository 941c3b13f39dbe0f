from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class CustomerGroup(models.Model):
    """What we give a group, and what we get from it."""

    _inherit = "customer.group"

    exchange_ids = fields.One2many(
        comodel_name="customer.value.exchange",
        inverse_name="group_id",
        string="Value Exchanges",
    )
    exchange_id = fields.Many2one(
        comodel_name="customer.value.exchange",
        string="Value Exchange",
        compute="_compute_exchange_id",
        help="The one in force in the current company.",
    )
    exchange_verdict = fields.Selection(
        selection="_get_exchange_verdict_selection",
        string="Balance of the Value Exchange",
        compute="_compute_exchange_id",
        search="_search_exchange_verdict",
    )

    @api.model
    def _get_exchange_verdict_selection(self):
        return self.env["customer.value.exchange"]._get_verdict_selection()

    @api.depends(
        "exchange_ids.state", "exchange_ids.company_id", "exchange_ids.verdict"
    )
    @api.depends_context("company")
    def _compute_exchange_id(self):
        in_force = self.env["customer.value.exchange"]._get_in_force(
            self.env.company, self
        )
        for group in self:
            group.exchange_id = in_force.get(group._origin)
            group.exchange_verdict = group.exchange_id.verdict

    def _search_exchange_verdict(self, operator, value):
        if operator != "in":
            return NotImplemented
        in_force = self.env["customer.value.exchange"]._get_in_force_domain(
            self.env.company
        )
        found = Domain("exchange_ids", "any", in_force & Domain("verdict", "in", value))
        if False in value:
            found |= Domain("exchange_ids", "not any", in_force)
        return found

    def _get_exchanges(self, company):
        """Return the exchange in force for members of each group, where there is one.

        That with the group, or with the nearest that the group is part of.
        """
        # sudo: what groups are part of is no secret of a company's
        above = {group: group.sudo() for group in self}
        every = self.sudo()
        while parents := every.parent_id - every:
            every |= parents
        in_force = self.env["customer.value.exchange"]._get_in_force(company, every)
        exchanges = {}
        for group, nearest in above.items():
            while nearest and nearest not in in_force:
                nearest = nearest.parent_id
            if nearest:
                exchanges[group] = in_force[nearest]
        return exchanges

    @api.ondelete(at_uninstall=False)
    def _unlink_except_exchange(self):
        # sudo: exchanges of every company count, none is shown
        exchanges = self.env["customer.value.exchange"].sudo()
        for group in exchanges.search([("group_id", "in", self.ids)]).group_id:
            raise UserError(
                self.env._(
                    "The group “%s” cannot be deleted: it has a value exchange. "
                    "Archive it.",
                    group.name,
                )
            )

    def action_open_exchange(self):
        """Open the value exchange with the group that is in force, or a new one."""
        self.ensure_one()
        return self.env["customer.value.exchange"]._get_action_of(
            self, self.exchange_id, self.env.company
        )
