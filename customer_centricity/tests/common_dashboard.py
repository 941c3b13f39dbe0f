from odoo.tests import freeze_time

from .common import TODAY
from .common_run import RunCommon

# Sales of a year: what the account earns. Five years of it are its value, by the plain
# rule; what was credited only counts once.
YEARLY = {
    "Big": 6000,  # value 30,000
    "Mid": 1200,  # 6,000
    "Fair": 300,  # 1,500
    "Riser": 240,  # 1,200
    "Small": 150,  # 750
    "Minus": -600,  # -600
}
# where accounts were before the run: tiers begin at 5,000, 1,000 and 0
OLD_TIERS = {
    "Big": "b",
    "Mid": "a",
    "Fair": "a",
    "Riser": "c",
    "Small": "b",
    "Minus": "c",
}


@freeze_time(TODAY)
class DashboardCommon(RunCommon):
    """Six accounts, of whom one costs money, and a run that was applied.

    Profit 7,890 - 600 = 7,290; value 39,450 - 600 = 38,850.

    Hotels are Big, and, in their part Spas, Fair; clinics are Mid. Anna manages Big and
    Minus, Bruno Mid.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["base.automation"].search([]).active = False
        cls.env["customer.group"].search([]).active = False
        cls.manager = cls._new_user("dashboard_manager", "manager")
        cls.anna = cls._new_user("dashboard_anna", "user")
        cls.bruno = cls._new_user("dashboard_bruno", "user")
        cls.partners = cls._customers(**YEARLY)
        cls.Account._refresh(cls.company)
        cls.accounts = {
            name: cls.Account.search([("partner_id", "=", partner.id)])
            for name, partner in cls.partners.items()
        }
        for name, tier in OLD_TIERS.items():
            cls.accounts[name].tier_id = getattr(cls, tier)
        cls.hotels, cls.clinics, cls.empty_group = cls.env["customer.group"].create(
            [
                {"name": "Hotels", "sequence": 1},
                {"name": "Clinics", "sequence": 2},
                {"name": "Offices", "sequence": 3},
            ]
        )
        cls.spas = cls.env["customer.group"].create(
            {"name": "Spas", "sequence": 4, "parent_id": cls.hotels.id}
        )
        cls._set("group_id", Big=cls.hotels, Fair=cls.spas, Mid=cls.clinics)
        cls._set("user_id", Big=cls.anna, Minus=cls.anna, Mid=cls.bruno)
        cls.run_ = cls._new_run()
        cls.run_.action_compute()
        cls.Chunk._work_off()
        cls.run_.action_apply()
        cls.Chunk._work_off()
        cls.env.flush_all()
        cls.dashboard = cls._dashboard_of(cls.manager)

    @classmethod
    def _set(cls, field, **values):
        for name, value in values.items():
            cls.accounts[name][field] = value

    @classmethod
    def _dashboard_of(cls, user, company=None):
        dashboard = cls.env["customer.dashboard"].with_user(user)
        return dashboard.with_context(allowed_company_ids=(company or cls.company).ids)

    def _section(self, name, **filters):
        return self.dashboard.get_section(name, filters)

    def _opened(self, target, dashboard=None, **filters):
        """Return the records that a target opens, as its user would see them."""
        dashboard = self.dashboard if dashboard is None else dashboard
        action = dashboard.get_action(target, filters)
        self.assertEqual(action["type"], "ir.actions.act_window")
        self.assertTrue(action["name"])
        self.assertFalse(action["context"])
        records = dashboard.env[action["res_model"]].search(action["domain"])
        return records.sudo()

    def _names(self, records):
        """Return whose accounts they are, of accounts, rows of a run or cases."""
        if "account_id" in records._fields:
            records = records.account_id
        return set(records.partner_id.mapped("name"))

    def _answer(self, name, *scores):
        """Have new contacts of a customer answer, and count what was heard."""
        self.env["customer.nps.response"].create(
            [
                {
                    "partner_id": self.env["res.partner"]
                    .create({"name": "Contact", "parent_id": self.partners[name].id})
                    .id,
                    "company_id": self.company.id,
                    "score": score,
                    "date": "2026-07-01",
                }
                for score in scores
            ]
        )

    def _hear(self):
        self.company.customer_refresh_cursor = 0
        while self.Account._refresh_voice(self.company):
            self.env.invalidate_all()

    def _case(self, name, state, stake=0, recovered=0, review=False):
        """Create a case as it would be in some state."""
        return self.env["customer.decision"].create(
            {
                "account_id": self.accounts[name].id,
                "state": state,
                "stake_amount": stake,
                "recovered_amount": recovered,
                "review_date": review,
            }
        )

    def _fill(self):
        """Have something to see in every section."""
        self._answer("Big", 10, 9)
        self._answer("Mid", 3)
        self._answer("Minus", 5)
        self._hear()
        self._case("Minus", "proposed", stake=600)
        self._case("Small", "applied", stake=80, recovered=50, review="2026-07-15")
        self._case("Riser", "applied", stake=40, recovered=-20, review="2026-07-16")
        self._case("Fair", "reviewed", stake=30, recovered=25)
        self._case("Fair", "rejected", stake=7)
        intents = self.env["customer.intent"].create(
            [
                {"kind": "grow", "group_id": self.hotels.id, "reason": "They pay"},
                {
                    "kind": "keep",
                    "account_id": self.accounts["Small"].id,
                    "reason": "They are loyal",
                },
            ]
        )
        for intent in intents:
            intent._start()
        self.env["customer.quality.finding"].create(
            [
                {
                    "company_id": self.company.id,
                    "code": code,
                    "date_from": "2025-07-01",
                    "date_to": "2026-06-30",
                    "count": 1,
                    "amount": amount,
                    "doubt_rate": amount / 1000,
                }
                for code, amount in (
                    ("no_customer_revenue", 50),
                    ("no_cost_goods", 40),
                    ("estimated_cost", 30),
                    ("no_product_lines", 20),
                    ("no_cost_hours", 10),
                )
            ]
        )
        self.env.flush_all()
        return intents
