from datetime import timedelta
from unittest.mock import patch

from odoo.tools import SQL

from odoo.addons.customer_centricity.models import customer_account_refresh

from .common_profit import ProfitCommon

# Tables whose rows tell of their changes by their date
DATED = (
    "account_analytic_line",
    "account_move",
    "account_move_line",
    "account_partial_reconcile",
    "project_project",
    "project_task",
    "res_partner",
)
# What a refresh decides for an account
FIGURES = (
    "revenue",
    "refund_amount",
    "product_cost",
    "time_cost",
    "other_cost",
    "serving_cost",
    "profit",
    "profit_rate",
    "hours",
    "uncosted_revenue",
    "uncosted_hours",
    "order_count",
    "cost_estimated_rate",
    "historic_value",
    "historic_order_count",
    "first_order_date",
    "last_order_date",
    "result",
    "product_count",
    "category_count",
    "payment_delay",
    "has_payment_delay",
    "previous_revenue",
    "order_gap",
    "order_gap_variation",
    "returned_date",
    "goodwill",
    "has_goodwill",
    "goodwill_change",
    "has_goodwill_change",
    "referral_count",
    "referral_profit",
    "lifecycle_stage",
    "hours_status",
)


class RefreshChangesCommon(ProfitCommon):
    """A portfolio that counts as large: a refresh does only what changed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(
            patch.object(customer_account_refresh, "SMALL_PORTFOLIO", 0)
        )
        cls.east = cls.env["res.partner"].create({"name": "East", "is_company": True})
        cls.task = cls.env["project.task"].create(
            {
                "name": "For South",
                "project_id": cls.project.id,
                "partner_id": cls.south.id,
            }
        )
        cls.invoices = {
            partner: cls._invoice(
                partner,
                "2026-03-10",
                (cls.goods, 3, 100),
                invoice_date_due="2026-03-10",
            )
            for partner in (cls.north, cls.south, cls.east)
        }
        cls.sheet = cls._timesheet("2026-03-10", 3)
        cls.task_sheet = cls._timesheet("2026-03-10", 2, task_id=cls.task.id)
        cls.bill = cls._bill(
            "2026-03-10",
            (cls.nothing, 1, 100, {cls.project: 60, cls.south_project: 40}),
        )

    def _settle(self):
        """Bring everything up to date, as of a long time ago."""
        self._refresh()
        # service levels given at first have been noted: they are done, too
        self._refresh()
        self._age()

    def _age(self):
        """Make all documents old, so that only what changes from now on is new."""
        self._age_documents()
        self.cr.execute(SQL("DELETE FROM customer_account_change"))
        self.env.invalidate_all()

    def _age_documents(self):
        self.env.flush_all()
        for table in DATED:
            self.cr.execute(
                SQL(
                    "UPDATE %s SET write_date = %s",
                    SQL.identifier(table),
                    self.cr.now() - timedelta(days=3),
                )
            )
        self.env.invalidate_all()

    def _all_facts(self):
        """Return all facts and figures of the company, by customer."""
        self.env.invalidate_all()
        accounts = self.Account.with_context(active_test=False).search(
            [("company_id", "=", self.company.id)]
        )
        figures = {
            account.partner_id: {name: account[name] for name in FIGURES}
            for account in accounts
        }
        return {"facts": self._facts(), "figures": figures}

    def _check(self, full=False):
        """Refresh, and compare with what doing everything anew comes to."""
        self.Account._begin_cycle(self.company)
        self.assertEqual(bool(self.company.customer_refresh_full), full)
        taken = set()
        original = type(self.env["customer.account.change"])._take

        def spy(model, company, limit):
            partner_ids = original(model, company, limit)
            taken.update(partner_ids)
            return partner_ids

        with patch.object(type(self.env["customer.account.change"]), "_take", spy):
            self._go_on()
        changed = self._all_facts()
        self.Account._begin_cycle(self.company, full=True)
        self._go_on()
        anew = self._all_facts()
        self.assertEqual(changed["facts"], anew["facts"])
        self.assertEqual(changed["figures"], anew["figures"])
        return self.env["res.partner"].browse(taken)

    def _go_on(self):
        while self.company.customer_refresh_start:
            self.Account._refresh_step(self.company)
