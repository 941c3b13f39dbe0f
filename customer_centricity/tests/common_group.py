from .common import CustomerCentricityCommon


class GroupCommon(CustomerCentricityCommon):
    """Four accounts with plain figures, two groups, and people who work with them.

    Revenue and profit are the same, as nothing costs anything but the hours of D:

        north 600, south 300, a 100, b -40 (one hour, nothing sold)
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Group = cls.env["customer.group"]
        # those of the demonstration have rules of their own
        cls.Group.search([]).active = False
        cls.people = {
            role: cls._create_member(
                f"group_{role}",
                f"customer_centricity.group_{role},base.group_partner_manager",
            )
            for role in ("user", "manager", "administrator")
        }
        cls.manager = cls.people["manager"]
        cls._invoice(cls.north, "2026-03-10", (cls.service, 6, 100))
        cls._invoice(cls.south, "2026-03-10", (cls.service, 3, 100))
        cls._invoice(cls.partner_a, "2026-03-10", (cls.service, 1, 100))
        cls._timesheet("2026-03-10", 1, project=cls._create_project(cls.partner_b))
        cls.hotels, cls.clinics = cls.Group.create(
            [{"name": "Hotels", "sequence": 1}, {"name": "Clinics", "sequence": 2}]
        )
        cls.Account._refresh(cls.company)

    def _as(self, role, records):
        """Return the records as somebody sees them who works in the company."""
        return records.with_user(self.people[role])

    def _set_rule(self, group, account=False, partner=False):
        self._as("manager", group).write(
            {
                "account_domain": account and repr(account),
                "partner_domain": partner and repr(partner),
            }
        )

    def _placed(self):
        """Return {customer: (group, how it came there)} of those in a group."""
        self.env.invalidate_all()
        accounts = self.Account.search(
            [("company_id", "=", self.company.id), ("group_id", "!=", False)]
        )
        return {
            account.partner_id: (account.group_id, account.group_origin)
            for account in accounts
        }
