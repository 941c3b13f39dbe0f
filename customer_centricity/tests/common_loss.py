from datetime import date

from odoo.tests import freeze_time
from odoo.tools.date_utils import relativedelta

from .common import TODAY, CustomerCentricityCommon


@freeze_time(TODAY)
class LossCommon(CustomerCentricityCommon):
    """Accounts that lose money, with facts written down as they should be.

    By default an account has had a revenue of 100 and a loss of 50 in each month for
    two years: 24 months that end with June 2026. Over the window of twelve months that
    is a revenue of 1,200 and a loss of 600.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Decision = cls.env["customer.decision"]
        cls.Request = cls.env["customer.decision.request"]
        cls.manager = cls._new_user("loss_manager", "manager")

    @classmethod
    def _loser(cls, name="Loser", months=24, revenue=100, profit=-50, **vals):
        """Create an account with so many equal months, the last one June 2026."""
        partner = cls.env["res.partner"].create({"name": name, "is_company": True})
        account = cls.Account.create(
            {
                "partner_id": partner.id,
                "company_id": cls.company.id,
                "user_id": cls.manager.id,
                "lifecycle_stage": "steady",
                "revenue": 12 * revenue,
                "profit": 12 * profit,
                **vals,
            }
        )
        cls._add_months(account, 1, months, revenue, profit)
        return account

    @classmethod
    def _add_months(cls, account, first, last, revenue=100, profit=-50):
        """Add facts of the closed months that lie so many months back."""
        cls.Month.create(
            [
                {
                    "account_id": account.id,
                    "month": date(2026, 7, 1) - relativedelta(months=back),
                    "revenue": revenue,
                    "time_cost": revenue - profit,
                    "profit": profit,
                }
                for back in range(first, last + 1)
            ]
        )

    def _put_in_state(self, case, state, day):
        """Say that a case is in a state since a day, without what goes with it."""
        self.env.flush_all()
        self.cr.execute(
            "UPDATE customer_decision SET state = %s, stage_date = %s WHERE id = %s",
            (state, day, case.id),
        )
        self.env.invalidate_all()
