from odoo.tests import HttpCase, tagged

from .common import CustomerCentricityCommon


@tagged("post_install", "-at_install", "plain_stack")
class TestOnboardingTour(CustomerCentricityCommon, HttpCase):
    """The first minutes of a new administrator, in a browser."""

    def test_an_administrator_takes_the_first_steps(self):
        administrator = self._new_user(
            "onboarding_tour", "administrator", groups=",hr.group_hr_user"
        )
        self.env["ir.cron.trigger"].search(
            [
                (
                    "cron_id",
                    "=",
                    self.env.ref("customer_centricity.ir_cron_refresh_accounts").id,
                )
            ]
        ).unlink()
        self.env["customer.cost.rate"].search([]).unlink()
        self.employee.hourly_cost = 0
        start, _end = self.Account._get_window(self.company)
        line = self._timesheet(start, 2)
        self.start_tour(
            "/odoo/customer-accounts", "customer_onboarding", login=administrator.login
        )
        self.assertEqual(self.company.customer_lost_months, 6)
        self.assertEqual(self.company.customer_value_months, 60)
        self.assertEqual(line.amount, -80)
        self.assertTrue(self.company.customer_onboarding_hidden)
