from unittest.mock import patch

from odoo.tests import freeze_time, tagged

from odoo.addons.customer_centricity.models import (
    customer_account_advise,
    customer_account_occasion,
)

from .common import TODAY
from .common_refresh import RefreshChangesCommon


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestBehaviourChanges(RefreshChangesCommon):
    """In a large portfolio behaviours are found again where something changed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.goods.categ_id = cls.env["product.category"].create({"name": "Seats"})
        cls._invoice(cls.north, "2024-05-10", (cls.goods, 2, 100))

    def _found(self):
        self.env.flush_all()
        rows = []
        for query in (
            """SELECT account_id, quarter, kind, date, amount, category_id
                 FROM customer_behaviour ORDER BY account_id, quarter, kind""",
            """SELECT account_id, category_id, first_date, last_date, revenue
                 FROM customer_account_category ORDER BY account_id, category_id""",
        ):
            self.cr.execute(query)
            rows.append(self.cr.fetchall())
        return rows

    def _anew(self):
        """Return what is found when everything is found anew."""
        self.cr.execute("DELETE FROM customer_behaviour")
        self.cr.execute("DELETE FROM customer_account_category")
        self.company.customer_occasion_month = False
        self.Account._begin_cycle(self.company, full=True)
        self._go_on()
        return self._found()

    def test_changed_documents(self):
        self._settle()
        self._invoice(self.south, "2026-05-10", (self.goods, 9, 100))
        self.invoices[self.east].button_draft()
        self._check()
        found = self._found()
        self.assertTrue(found[0])
        self.assertEqual(found, self._anew())

    def test_a_whole_refresh_finds_what_changed(self):
        self._settle()
        before = self._found()
        self._invoice(self.south, "2026-05-10", (self.goods, 9, 100))
        self.Account._begin_cycle(self.company, full=True)
        notes = self.env["customer.behaviour.change"]
        noted = notes.search([("company_id", "=", self.company.id)]).partner_id
        self.assertIn(self.south, noted)
        self.assertNotIn(self.east, noted)
        self._go_on()
        self.assertFalse(notes.search([("company_id", "=", self.company.id)]))
        found = self._found()
        self.assertNotEqual(found, before)
        self.assertEqual(found, self._anew())

    def test_a_whole_refresh_of_nothing_new_looks_at_nobody(self):
        self._settle()
        # what is there stays as it is, even if nobody would find it again
        self.cr.execute("UPDATE customer_behaviour SET amount = 12345")
        self.env.invalidate_all()
        self.Account._begin_cycle(self.company, full=True)
        self._go_on()
        amounts = self.env["customer.behaviour"].search([]).mapped("amount")
        self.assertEqual(set(amounts), {12345})

    def test_goodwill_of_whom_nothing_is_new_stays(self):
        self._settle()
        self.assertTrue(self.company.customer_goodwill_basis)
        # what is there stays as it is, even if nobody would find it again
        self.cr.execute("UPDATE customer_account_goodwill SET credit_note_count = 77")
        self.env.invalidate_all()
        self.env["customer.account.change"]._note_in_all_companies(self.south)
        self.Account._begin_cycle(self.company, full=True)
        self._go_on()
        kept = self.env["customer.account.goodwill"].search([])
        again = kept.filtered(lambda one: one.credit_note_count != 77)
        self.assertEqual(again.account_id.partner_id, self.south)
        self.company.customer_window_months = 6
        self.Account._begin_cycle(self.company)
        self._go_on()
        self.assertNotIn(77, kept.mapped("credit_note_count"), "another window")

    def test_a_new_quarter_finds_all_anew(self):
        self._settle()
        self.cr.execute("UPDATE customer_behaviour SET amount = 12345")
        self.env.invalidate_all()
        with freeze_time("2026-10-05"):
            self.Account._begin_cycle(self.company)
            self._go_on()
            self.assertNotIn(
                12345, self.env["customer.behaviour"].search([]).mapped("amount")
            )
            self.assertEqual(
                self.company.customer_occasion_month, self.company.customer_window_end
            )

    def test_a_new_month_moves_the_window_of_what_is_bought(self):
        """North bought for 200 in July of the year before: August leaves it out."""
        self._invoice(self.north, "2025-07-10", (self.goods, 2, 100))
        self._settle()
        north = self._account(self.north)

        def bought():
            return self.env["customer.account.category"].search(
                [("account_id", "=", north.id)]
            )

        before = bought().revenue
        self.cr.execute("UPDATE customer_behaviour SET amount = 12345")
        self.env.invalidate_all()
        with freeze_time("2026-08-03"):
            self.Account._begin_cycle(self.company)
            self._go_on()
            self.assertEqual(before - bought().revenue, 200)
            # behaviours of quarters do not depend on the month
            amounts = self.env["customer.behaviour"].search([]).mapped("amount")
            self.assertEqual(set(amounts), {12345})
            end = self.company.customer_window_end
            self.assertEqual(self.company.customer_occasion_month, end)
            found = self._found()[1]
            self.assertEqual(found, self._anew()[1])

    def test_other_costs_are_found_in_the_facts(self):
        """Costs of all accounts change with a cost rate, and no document does."""
        self._settle()
        before = self.env["customer.behaviour.change"].search_count([])
        self.env["customer.cost.rate"].create(
            {
                "driver_id": self.env.ref("customer_centricity.cost_driver_invoice").id,
                "company_id": self.company.id,
                "unit_cost": 5,
                "date_from": "2024-01-01",
            }
        )
        self.assertEqual(before, 0)
        self.Account._begin_cycle(self.company)
        self.assertTrue(self.company.customer_refresh_full)
        noted = set()
        while self.company.customer_refresh_start:
            self.Account._refresh_step(self.company)
            notes = self.env["customer.behaviour.change"].search([])
            noted.update(notes.partner_id.ids)
        self.assertLessEqual({self.north.id, self.south.id, self.east.id}, noted)
        self.assertEqual(self._found(), self._anew())

    def test_step_by_step_comes_to_the_same(self):
        """As when the refresh is killed after each account, and goes on."""
        self._refresh()
        whole = self._anew()
        self.assertTrue(all(whole))
        self.cr.execute("UPDATE customer_account SET next_behaviour = NULL")
        self.cr.execute("DELETE FROM customer_account_advice")
        self.env.invalidate_all()
        with (
            patch.object(customer_account_occasion, "FOUND_AT_ONCE", 1),
            patch.object(customer_account_advise, "ADVISED_AT_ONCE", 1),
            patch.object(customer_account_advise, "FIRST_SIZE", 1),
        ):
            self.assertEqual(self._anew(), whole)
        accounts = self.Account.search([("company_id", "=", self.company.id)])
        self.assertTrue(all(accounts.mapped("next_behaviour")))
