from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

# What hangs on a group and belongs to a company, as far as it is in use
OF_A_COMPANY = {
    "account_ids": Domain.TRUE,
    "child_ids": Domain.TRUE,
    "intent_ids": Domain("state", "!=", "ended"),
    "exchange_ids": Domain.TRUE,
}


class CustomerGroup(models.Model):
    """Customers that are dealt with alike, because they behave alike.

    Groups are found in how customers behave and in the values behind their choices, not
    in where they are or how large. A group may be part of another: what is told of a
    group includes its parts.
    """

    _name = "customer.group"
    _description = "Customer Group"
    _inherit = ["mail.thread", "mail.activity.mixin", "customer.decided.values"]
    _order = "sequence, id"
    _check_company_auto = True
    # branches use those of their company
    _check_company_domain = models.check_company_domain_parent_of
    _mail_post_access = "read"

    name = fields.Char(required=True, translate=True, tracking=True)
    sequence = fields.Integer(
        string="Rank", default=10, help="The first group whose rule fits an account."
    )
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        comodel_name="res.company", help="Empty: for every company."
    )
    color = fields.Integer()
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Owner",
        tracking=True,
        domain="[('share', '=', False)]",
        help="Who is responsible for how this group is dealt with.",
    )
    parent_id = fields.Many2one(
        comodel_name="customer.group",
        string="Part of",
        index=True,
        tracking=True,
        check_company=True,
        ondelete="restrict",
        domain="[('id', '!=', id)]",
    )
    child_ids = fields.One2many(
        comodel_name="customer.group", inverse_name="parent_id", string="Subgroups"
    )

    # Who they are
    story = fields.Text(
        translate=True, help="Who they are, what they want, and why they buy from you."
    )
    behaviour_ids = fields.Many2many(
        comodel_name="customer.group.tag",
        relation="customer_group_behaviour_rel",
        string="Behaviours",
        domain="[('kind', '=', 'behaviour')]",
        help="How they behave: what they do alike.",
    )
    value_ids = fields.Many2many(
        comodel_name="customer.group.tag",
        relation="customer_group_value_rel",
        string="Values",
        domain="[('kind', '=', 'value')]",
        help="What matters to them, and so is behind their choices.",
    )
    persona_name = fields.Char(help="A person who stands for the group.")
    persona_image = fields.Image(
        string="Picture of the Persona", max_width=512, max_height=512
    )
    persona_story = fields.Text(
        translate=True, help="Their day, what they worry about, what helps them."
    )

    account_ids = fields.One2many(
        comodel_name="customer.account", inverse_name="group_id"
    )
    acquisition_cost = fields.Float(
        groups="customer_centricity.group_manager",
        digits=(16, 2),
        help="What winning an account of this group usually costs, in the currency of "
        "the account's company. Accounts with a cost of their own keep it.",
    )

    _acquisition_cost_range = models.Constraint(
        "CHECK(acquisition_cost >= 0 AND acquisition_cost < 1e15)",
        "An acquisition cost must be 0 or more.",
    )

    @api.constrains("parent_id")
    def _check_parent_id(self):
        for group in self:
            if group._has_cycle():
                raise ValidationError(
                    self.env._(
                        "Group “%s” cannot be part of itself, nor of one of its parts. "
                        "Choose another group that it is part of.",
                        group.name,
                    )
                )

    @api.constrains("company_id")
    def _check_company_id(self):
        """Refuse a company while what is in use by others hangs on the group."""
        # sudo: what belongs to every company counts, none is shown
        for group in self.sudo().with_context(active_test=False):
            if not group.company_id:
                continue
            theirs = ~Domain("company_id", "child_of", group.company_id.id)
            for name, condition in OF_A_COMPANY.items():
                field = group._fields[name]
                count = (
                    self.env[field.comodel_name]
                    .sudo()
                    .with_context(active_test=False)
                    .search_count(
                        Domain(field.inverse_name, "=", group.id) & condition & theirs
                    )
                )
                if count:
                    raise ValidationError(
                        self.env._(
                            "Group “%(group)s” cannot be of %(company)s alone: "
                            "%(field)s of others hang on it (%(count)s). Leave its "
                            "company empty, or create another group.",
                            group=group.name,
                            company=group.company_id.name,
                            field=field._description_string(self.env),
                            count=count,
                        )
                    )

    @api.constrains("behaviour_ids", "value_ids")
    def _check_tags(self):
        for group in self:
            for name, kind in (("behaviour_ids", "behaviour"), ("value_ids", "value")):
                if wrong := group[name].filtered(lambda tag, k=kind: tag.kind != k):
                    raise ValidationError(
                        self.env._(
                            "Group “%(group)s”, %(field)s: “%(tag)s” is of the other "
                            "kind. Choose or create one of the right kind.",
                            group=group.name,
                            field=self._fields[name]._description_string(self.env),
                            tag=wrong[0].name,
                        )
                    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_parts(self):
        # sudo: parts of every company count
        parts = self.sudo().with_context(active_test=False).child_ids - self
        for group in parts.parent_id:
            raise UserError(
                self.env._(
                    "Group “%s” cannot be deleted: other groups are part of it. "
                    "Archive it, or make them part of another group first.",
                    group.name,
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_members(self):
        counts = (
            self.env["customer.account"]
            .sudo()  # accounts of every company count, none is shown
            .with_context(active_test=False)
            ._read_group([("group_id", "in", self.ids)], ["group_id"], ["__count"])
        )
        for group, count in counts:
            raise UserError(
                self.env._(
                    "Group “%(group)s” cannot be deleted: %(count)s accounts are in "
                    "it. Archive it, or put them in another group first.",
                    group=group.name,
                    count=count,
                )
            )

    def _get_parts(self):
        """Return {group: itself and everything that is part of it}, for each of self.

        Archived parts count: their members are members still.
        """
        # sudo: parts are told by number only
        every = self.sudo().with_context(active_test=False)
        every = every.search_fetch([("parent_id", "!=", False)], ["parent_id"])
        children = every.grouped("parent_id")
        parts = {}
        for group in self:
            found, level = self.browse(), group._origin
            while level := level - found:
                found |= level
                level = self.browse(
                    [child.id for part in level for child in children.get(part, ())]
                )
            parts[group] = found
        return parts

    def action_open_accounts(self):
        """Open the accounts of the group and of its parts."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_centricity.customer_account_action"
        )
        action["domain"] = [
            ("group_id", "in", self._get_parts()[self].ids),
            ("company_id", "=", self.env.company.id),
        ]
        action["context"] = {"default_group_id": self.id}
        return action
