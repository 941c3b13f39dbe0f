from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class CustomerGroup(models.Model):
    """What is intended with a group."""

    _inherit = "customer.group"

    intent_ids = fields.One2many(
        comodel_name="customer.intent", inverse_name="group_id", string="Intents"
    )
    running_intent_ids = fields.One2many(
        comodel_name="customer.intent",
        inverse_name="group_id",
        string="Running Intents",
        domain=[("state", "=", "running")],
    )
    intent_count = fields.Integer(
        string="Intents in All", compute="_compute_intent_count"
    )

    def _compute_intent_count(self):
        counts = dict(
            self.env["customer.intent"]._read_group(
                [("group_id", "in", self.ids)], ["group_id"], ["__count"]
            )
        )
        for group in self:
            group.intent_count = counts.get(group, 0)

    def write(self, vals):
        result = super().write(vals)
        if "parent_id" in vals:
            # sudo: the intents of the groups above are those of other accounts now
            accounts = self.env["customer.account"].sudo()
            for company in accounts._get_companies():
                accounts._update_intents(company)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_intended(self):
        # sudo: intents of every company count; none is told
        counts = dict(
            self.env["customer.intent"]
            .sudo()
            ._read_group([("group_id", "in", self.ids)], ["group_id"], ["__count"])
        )
        for group in self:
            if group in counts:
                raise UserError(
                    self.env._(
                        "Group %s cannot be deleted: what was intended with it is kept "
                        "with it. Archive it.",
                        group.name,
                    )
                )

    def action_open_intents(self):
        """Open what was and is intended with the group."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_centricity.customer_intent_action"
        )
        action["domain"] = [("group_id", "=", self.id)]
        action["context"] = {"default_group_id": self.id}
        return action

    # ------------------------------------------------------------------
    # The groups above a group
    # ------------------------------------------------------------------

    @api.model
    def _get_groups_above_query(self):
        """Return each group with itself and all groups above it, as recursive SQL.

        For a table ``above (group_id, ancestor_id, distance)``.
        """
        return SQL(
            """
            SELECT id, id, 0 FROM customer_group
             UNION
            SELECT above.group_id, child.parent_id, above.distance + 1
              FROM above
              JOIN customer_group child ON child.id = above.ancestor_id
             WHERE child.parent_id IS NOT NULL
            """
        )

    @api.model
    def _get_groups_above(self, groups):
        """Return {group id: ids of it and of the groups above it, from near to far}."""
        if not groups:
            return {}
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                WITH RECURSIVE above (group_id, ancestor_id, distance) AS (%s)
                SELECT group_id, array_agg(ancestor_id ORDER BY distance)
                  FROM above WHERE group_id = ANY(%s) GROUP BY group_id
                """,
                self._get_groups_above_query(),
                groups.ids,
            )
        )
        return dict(rows)
