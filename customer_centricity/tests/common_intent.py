from datetime import date

from odoo.fields import Command
from odoo.tests import freeze_time

from .common import TODAY, CustomerCentricityCommon


@freeze_time(TODAY)
class IntentCommon(CustomerCentricityCommon):
    """A group of two accounts that earn 1,000 and 500 a year, services without cost.

    North and South were invoiced in March 2026. Nothing else happens unless a test
    makes it happen, so the revenue of the group is 1,500 as long as March 2026 is
    within the window of twelve closed months: until the end of March 2027.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Intent = cls.env["customer.intent"].with_company(cls.company)
        cls.Outcome = cls.env["customer.intent.outcome"]
        cls.Step = cls.env["customer.intent.step"]
        cls._invoice(cls.north, "2026-03-10", (cls.service, 1, 1000))
        cls._invoice(cls.south, "2026-03-10", (cls.service, 1, 500))
        cls.Account._refresh(cls.company)
        cls.hotels = cls.env["customer.group"].create({"name": "Hotels"})
        cls.north_account = cls._account_of(cls.north)
        cls.south_account = cls._account_of(cls.south)
        (cls.north_account | cls.south_account).group_id = cls.hotels
        cls.manager = cls._new_user("intent_manager", "manager")
        cls.salesperson = cls._new_user("intent_user", "user")

    @classmethod
    def _account_of(cls, partner, company=None):
        return cls.Account.search(
            [
                ("partner_id", "=", partner.id),
                ("company_id", "=", (company or cls.company).id),
            ]
        )

    @classmethod
    def _metric(cls, code):
        return cls.env["customer.metric"].search([("code", "=", code)])

    @classmethod
    def _draft(cls, group=None, account=None, outcomes=(), **vals):
        """Create an intent, by default to grow the hotels.

        :param outcomes: (code of a metric, target, last day)
        """
        if not account:
            group = group or cls.hotels
        return cls.Intent.create(
            {
                "group_id": group and group.id,
                "account_id": account and account.id,
                "reason": "They like us",
                "user_id": cls.manager.id,
                "outcome_ids": [
                    Command.create(
                        {
                            "metric_id": cls._metric(code).id,
                            "target": target,
                            "target_date": day,
                        }
                    )
                    for code, target, day in outcomes
                ],
                **vals,
            }
        )

    @classmethod
    def _running(cls, **options):
        intent = cls._draft(**options)
        intent._start()
        return intent

    def _refresh_on(self, day):
        """Bring everything up to date on a day; time goes on until the test ends."""
        freezer = freeze_time(day)
        freezer.start()
        self.addCleanup(freezer.stop)
        self._refresh()
        self._flush_tracking()

    def _bodies(self, record):
        return "".join(record.message_ids.mapped("body"))


def day(text):
    return date.fromisoformat(text)
