from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

MANAGER = "customer_centricity.group_manager"


class CustomerAccount(models.Model):
    """The group that was found for an account, and that is yet to be decided on."""

    _inherit = "customer.account"

    found_line_id = fields.Many2one(
        comodel_name="customer.group.proposal.line",
        string="Found in the Data",
        compute="_compute_found_line_id",
        search="_search_found_line_id",
        groups=MANAGER,
        help="The group that the latest proposal to be decided on would put it in.",
    )

    @api.depends("group_id")
    def _compute_found_line_id(self):
        lines = self.env["customer.group.proposal.line"]
        found = dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT DISTINCT ON (member.id) member.id, line.id
                      FROM customer_group_proposal_line line
                      JOIN customer_group_proposal proposal
                        ON proposal.id = line.proposal_id
                     CROSS JOIN unnest(line.account_ids) member(id)
                     WHERE proposal.state = 'draft'
                       AND line.account_ids && %(ids)s
                       AND member.id = ANY(%(ids)s)
                     ORDER BY member.id, proposal.id DESC
                    """,
                    ids=self._origin.ids,
                    to_flush=self.env["customer.group.proposal"]._fields["state"],
                )
            )
        )
        for account in self:
            account.found_line_id = lines.browse(found.get(account._origin.id))

    @api.model
    def _search_found_line_id(self, operator, value):
        if operator != "in":
            return NotImplemented
        # the proposals that whoever asks may read
        lines = self.env["customer.group.proposal.line"]
        # of a proposal that has been decided on, too: its lines open their accounts
        named = lines.search([("id", "in", [line_id for line_id in value if line_id])])
        domain = Domain("id", "in", named._get_members_query())
        if False in value:
            drafts = lines.search([("proposal_id.state", "=", "draft")])
            domain |= Domain("id", "not in", drafts._get_members_query())
        return domain
