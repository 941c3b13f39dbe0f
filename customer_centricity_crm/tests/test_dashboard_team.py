from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from odoo.addons.customer_centricity.tests.common import TODAY
from odoo.addons.customer_centricity.tests.common_dashboard import DashboardCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestDashboardTeam(DashboardCommon):
    """Accounts of a sales team: Anna's are Big and Minus, Bruno's is Mid."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        elsewhere = cls.env["res.company"].create({"name": "Elsewhere"})
        # whose members may be in teams besides the one of each
        cls.env["ir.config_parameter"].set_param("sales_team.membership_multi", True)
        cls.north_team, cls.both, cls.nobody, cls.theirs = cls.env["crm.team"].create(
            [
                {
                    "name": name,
                    "company_id": company.id,
                    "member_ids": [Command.set(members.ids)],
                }
                for name, company, members in (
                    ("Team North", cls.company, cls.bruno),
                    ("Team Both", cls.company, cls.anna | cls.bruno),
                    ("Team Nobody", cls.company, cls.anna.browse()),
                    ("Team Elsewhere", elsewhere, cls.anna.browse()),
                )
            ]
        )

    def test_teams_are_those_of_the_company(self):
        for user in (self.manager, self.anna):
            teams = self._dashboard_of(user).get_filters()["teams"]
            for team in (self.north_team, self.both, self.nobody):
                self.assertIn([team.id, team.name], teams)
            self.assertNotIn(self.theirs.id, [team_id for team_id, _name in teams])

    def test_accounts_of_a_team(self):
        for team, count, amount in (
            (self.north_team, 1, 6000),
            (self.both, 3, 35400),
            (self.nobody, 0, None),
        ):
            for date in ("now", self.run_.id):
                with self.subTest(team=team.name, date=date):
                    value = self._section("value", team_id=team.id, date=date)
                    self.assertEqual(
                        (value["account_count"], value["amount"]), (count, amount)
                    )
                    opened = self._opened(["all"], team_id=team.id, date=date)
                    self.assertEqual(len(opened), count)
                    self.assertEqual(sum(opened.mapped("lifetime_value")), amount or 0)

    def test_decisions_of_a_team(self):
        self._case("Minus", "proposed", stake=600)
        for team, count in ((self.north_team, 0), (self.both, 1)):
            with self.subTest(team=team.name):
                states = self._section("decisions", team_id=team.id)["states"]
                self.assertEqual(states[0]["count"], count)

    def test_a_manager_who_is_not_in_the_team(self):
        """Both filters hold: nobody is left."""
        for user, count in ((self.anna, 0), (self.bruno, 1)):
            value = self._section("value", team_id=self.north_team.id, user_id=user.id)
            self.assertEqual(value["account_count"], count)

    def test_a_salesperson_looks_at_a_team(self):
        dashboard = self._dashboard_of(self.anna)
        value = dashboard.get_section("value", {"team_id": self.north_team.id})
        self.assertEqual(value["account_count"], 1)
        opened = self._opened(["all"], dashboard, team_id=self.north_team.id)
        self.assertEqual(self._names(opened), {"Mid"})

    def test_teams_one_may_not_look_at(self):
        for team_id in (self.theirs.id, 2**31 - 1, "North", True):
            with self.subTest(team=team_id), self.assertRaises(UserError):
                self._section("value", team_id=team_id)
