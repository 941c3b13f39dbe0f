from odoo import api, models


class CustomerDashboard(models.AbstractModel):
    """Accounts whose account manager is a member of a sales team."""

    _inherit = "customer.dashboard"

    @api.model
    def _get_teams(self):
        teams = self.env["crm.team"]
        if not teams.has_access("read"):
            return super()._get_teams()
        return [
            *super()._get_teams(),
            *([team.id, team.name] for team in teams.search(self._get_team_domain())),
        ]

    @api.model
    def _get_team_user_ids(self, team_id):
        team = self.env["crm.team"].search(
            [("id", "=", team_id), *self._get_team_domain()]
        )
        if not team:
            self._refuse()
        # sudo: whoever may see a team may see the accounts of its members
        return team.sudo().member_ids.ids

    @api.model
    def _get_team_domain(self):
        """Return which teams there are in the company: its own and shared ones."""
        return [("company_id", "in", [self.env.company.id, False])]
