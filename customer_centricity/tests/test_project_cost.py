from odoo.tests import freeze_time, tagged

from .common import TODAY, month
from .common_profit import ProfitCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestProjectCost(ProfitCommon):
    """Subcontractors, expenses and the like on the projects of an account."""

    def _other_costs(self, *partners):
        """Return {month: other cost} of the partners after a refresh, one or several.

        Whatever they are, the documents behind them sum to them.
        """
        self._refresh()
        self._check_items()
        found = [
            {day: cost for day, (cost,) in self._months(partner, "other_cost").items()}
            for partner in partners or (self.north,)
        ]
        return found if partners else found[0]

    # ------------------------------------------------------------------
    # Vendor bills
    # ------------------------------------------------------------------

    def test_bill_of_a_subcontractor(self):
        self._bill("2026-03-10", (self.nothing, 1, 700, {self.project: 100}))
        self.assertEqual(self._other_costs(), {month(2026, 3): 700})
        self.assertEqual(self._account(self.north).profit, -700)

    def test_split_between_projects(self):
        """1000 at 60 and 40 percent; 100 at 30 percent, the rest is overhead."""
        self._bill(
            "2026-03-10",
            (self.nothing, 1, 1000, {self.project: 60, self.south_project: 40}),
            (self.nothing, 1, 100, {self.project: 30}),
        )
        self.assertEqual(
            self._other_costs(self.north, self.south),
            [{month(2026, 3): 630}, {month(2026, 3): 400}],
        )

    def test_split_to_the_cent(self):
        """A third of 100 each: what is booked on the projects counts."""
        third = self._create_project(self.north_contact)
        self._bill(
            "2026-03-10",
            (
                self.nothing,
                1,
                100,
                {self.project: 33.33, self.south_project: 33.33, third: 33.34},
            ),
        )
        self.assertEqual(
            self._other_costs(self.north, self.south),
            [{month(2026, 3): 66.67}, {month(2026, 3): 33.33}],
        )

    def test_bill_in_another_currency(self):
        """2 foreign for 1 of the company's."""
        foreign = self.setup_other_currency("CHF", rates=[("2020-01-01", 2.0)])
        self._bill(
            "2026-03-10",
            (self.nothing, 1, 300, {self.project: 100}),
            currency_id=foreign.id,
        )
        self.assertEqual(self._other_costs(), {month(2026, 3): 150})

    def test_refund_of_a_vendor(self):
        """700 billed, 200 of it given back in May; drafts and cancelled count not."""
        self._bill("2026-03-10", (self.nothing, 1, 700, {self.project: 100}))
        self._bill(
            "2026-05-10",
            (self.nothing, 1, 200, {self.project: 100}),
            move_type="in_refund",
        )
        self._bill("2026-05-10", (self.nothing, 1, 9, {self.project: 100}), post=False)
        cancelled = self._bill("2026-05-10", (self.nothing, 1, 9, {self.project: 100}))
        cancelled.button_draft()
        cancelled.button_cancel()
        self.assertEqual(
            self._other_costs(), {month(2026, 3): 700, month(2026, 5): -200}
        )

    def test_taxes_that_are_not_deductible_are_a_cost(self):
        """Booked on the project with the bill, if the tax says so."""
        tax = self.company_data["default_tax_purchase"].copy(
            {"name": "On the project", "analytic": True}
        )
        bill = self._bill(
            "2026-03-10", (self.nothing, 1, 100, {self.project: 100}), post=False
        )
        tax.invoice_repartition_line_ids.account_id = False
        bill.invoice_line_ids.tax_ids = tax
        bill.action_post()
        self.assertEqual(
            self._other_costs(), {month(2026, 3): round(100 + tax.amount, 2)}
        )

    # ------------------------------------------------------------------
    # Items by hand, and what is no cost
    # ------------------------------------------------------------------

    def test_items_entered_by_hand(self):
        """Travel of 80, of which 30 are given back by the insurance in the month."""
        self._item("2026-03-10", -80)
        self._item("2026-03-20", 30)
        self._item("2026-04-20", -5.55)
        self.assertEqual(
            self._other_costs(), {month(2026, 3): 50, month(2026, 4): 5.55}
        )

    def test_own_invoices_are_no_cost(self):
        """Nor income, a second time: they are revenue already. Nor credit notes."""
        distribution = self._distribution({self.project: 100})
        invoice = self._sell(
            self.north,
            "2026-03-10",
            {
                "product_id": self.service.id,
                "price_unit": 100,
                "analytic_distribution": distribution,
            },
        )
        credit_note = self._reverse_invoice(invoice, date="2026-04-02")
        credit_note.invoice_line_ids.price_unit = 25
        credit_note.action_post()
        self.assertEqual(len((invoice | credit_note).line_ids.analytic_line_ids), 2)
        self.assertEqual(self._other_costs(), {month(2026, 3): 0, month(2026, 4): 0})
        self.assertEqual(self._account(self.north).profit, 75)

    def test_income_of_an_entry_is_no_cost(self):
        """A miscellaneous entry of 50 income and 20 expense, both on the project."""
        distribution = self._distribution({self.project: 100})
        lines = [
            ("default_account_revenue", -50, distribution),
            ("default_account_expense", 20, distribution),
            ("default_account_assets", 30, False),
        ]
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "date": "2026-03-10",
                "company_id": self.company.id,
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "account_id": self.company_data[account].id,
                            "balance": balance,
                            "analytic_distribution": analytic,
                        },
                    )
                    for account, balance, analytic in lines
                ],
            }
        )
        entry.action_post()
        self.assertEqual(self._other_costs(), {month(2026, 3): 20})

    def test_goods_into_stock_are_no_cost_yet(self):
        """Bought on an asset account: they become a cost when they are sold."""
        bill = self._bill(
            "2026-03-10", (self.goods, 5, 60, {self.project: 100}), post=False
        )
        bill.invoice_line_ids.account_id = self.company_data["default_account_assets"]
        bill.action_post()
        self.assertTrue(bill.line_ids.analytic_line_ids)
        self.assertEqual(self._other_costs(), {})

    # ------------------------------------------------------------------
    # Nothing twice
    # ------------------------------------------------------------------

    def test_goods_bought_and_sold_on_are_counted_once(self):
        """5 chairs bought for the project at 58, 3 of them invoiced at a cost of 60."""
        self._bill("2026-03-10", (self.goods, 5, 58, {self.project: 100}))
        self.assertEqual(self._other_costs(), {month(2026, 3): 290})
        self._invoice(self.north, "2026-04-10", (self.goods, 3, 100))
        self.assertEqual(self._other_costs(), {month(2026, 4): 0})
        self.assertEqual(self._account(self.north).product_cost, 180)

    def test_goods_sold_without_a_cost_cost_what_was_paid(self):
        """Until somebody enters their cost."""
        self._bill("2026-03-10", (self.costless_goods, 5, 58, {self.project: 100}))
        self._invoice(self.north, "2026-04-10", (self.costless_goods, 5, 100))
        self.assertEqual(self._other_costs(), {month(2026, 3): 290, month(2026, 4): 0})
        self.costless_goods.standard_price = 58
        self.assertEqual(self._other_costs(), {month(2026, 4): 0})
        self.assertEqual(self._account(self.north).product_cost, 290)

    def test_a_cost_that_goes_away_later_counts_nothing_twice(self):
        """Sold before the addon was there, when the product had a cost."""
        self._bill("2026-03-10", (self.goods, 5, 58, {self.project: 100}))
        invoice = self._invoice(self.north, "2026-04-10", (self.goods, 5, 100))
        self.env.flush_all()
        self.cr.execute(
            "UPDATE account_move_line SET customer_unit_cost = NULL WHERE move_id = %s",
            [invoice.id],
        )
        self.env.invalidate_all()
        self.goods.standard_price = 0
        self.assertEqual(self._other_costs(), {month(2026, 4): 0})
        self.assertEqual(self._account(self.north).product_cost, 300)

    def test_goods_sold_to_somebody_else_are_a_cost_here(self):
        self._bill("2026-03-10", (self.goods, 5, 58, {self.project: 100}))
        self._invoice(self.south, "2026-04-10", (self.goods, 5, 100))
        self.assertEqual(
            self._other_costs(self.north, self.south),
            [{month(2026, 3): 290}, {month(2026, 4): 0}],
        )

    def test_services_sold_by_the_hour_do_not_hide_a_subcontractor(self):
        """Hours of others are bought and sold as the same product: both count."""
        hour = self.env["product.product"].create(
            {
                "name": "Hour",
                "type": "service",
                "uom_id": self.env.ref("uom.product_uom_hour").id,
                "standard_price": 50,
            }
        )
        self._bill("2026-03-10", (hour, 5, 45, {self.project: 100}))
        self._invoice(self.north, "2026-03-10", (hour, 5, 100))
        self.assertEqual(self._other_costs(), {month(2026, 3): 225})
        self.assertEqual(self._account(self.north).profit, 500 - 225)

    # ------------------------------------------------------------------
    # Whose project it is
    # ------------------------------------------------------------------

    def test_a_project_shared_by_two_customers_is_nobodys(self):
        self.south_project.account_id = self.project.account_id
        self._item("2026-03-10", -80)
        self.assertEqual(self._other_costs(self.north, self.south), [{}, {}])

    def test_two_projects_of_one_customer_share_an_account(self):
        """The contact's project is that of its company; nothing counts twice."""
        of_contact = self._create_project(self.north_contact)
        of_contact.account_id = self.project.account_id
        self._item("2026-03-10", -80)
        self.assertEqual(self._other_costs(), {month(2026, 3): 80})

    def test_own_projects_are_nobodys(self):
        own = self._create_project(self.company.partner_id)
        without = self._create_project(self.env["res.partner"])
        self._item("2026-03-10", -80, own)
        self._item("2026-03-10", -70, without)
        self._refresh()
        self.assertEqual(self._facts(), {})

    def test_an_archived_project_keeps_its_costs(self):
        self._item("2026-03-10", -80)
        self.project.action_archive()
        self.assertEqual(self._other_costs(), {month(2026, 3): 80})

    def test_hours_are_no_other_cost(self):
        """A timesheet is an analytic item too."""
        self._timesheet("2026-03-10", 2)
        self.assertEqual(self._other_costs(), {month(2026, 3): 0})
        self.assertEqual(self._account(self.north).time_cost, 80)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestTimesheetCost(ProfitCommon):
    """Whose the hours are, and what they cost; Elena costs 40 an hour."""

    def _hours(self, *partners):
        self._refresh()
        self._check_items()
        return [
            self._months(partner, "hours", "time_cost", "uncosted_hours")
            for partner in partners
        ]

    def _task(self, project, partner, **vals):
        return self.env["project.task"].create(
            {
                "name": "Task",
                "project_id": project.id,
                **({"partner_id": partner.id} if partner else {}),
                **vals,
            }
        )

    def test_hours_and_days(self):
        """3 hours; half a day of 8 hours, entered in days: 20 an hour in the end."""
        self._timesheet("2026-03-10", 3)
        day = self.env.ref("uom.product_uom_day")
        half = self._timesheet("2026-04-10", 0.5, product_uom_id=day.id)
        self.assertEqual(half.product_uom_id, day)
        cost = -half.amount
        self.assertEqual(
            self._hours(self.north),
            [{month(2026, 3): (3, 120, 0), month(2026, 4): (4, cost, 0)}],
        )

    def test_through_task_subtask_and_project(self):
        """Each 1 hour or more, so that the sum tells which of them are there."""
        task = self._task(self.project, self.south)
        subtask = self._task(self.project, self.south, parent_id=task.id)
        deeper = self._task(self.project, self.north, parent_id=subtask.id)
        self._timesheet("2026-03-10", 1)
        self._timesheet("2026-03-10", 2, task_id=task.id)
        self._timesheet("2026-03-10", 4, task_id=subtask.id)
        self._timesheet("2026-03-10", 8, task_id=deeper.id)
        self.assertEqual(
            self._hours(self.north, self.south),
            [{month(2026, 3): (9, 360, 0)}, {month(2026, 3): (6, 240, 0)}],
        )

    def test_through_a_contact_and_its_company(self):
        """The contact's, and the contact's of a part of the company."""
        part = self.env["res.partner"].create(
            {"name": "North Kitchen", "parent_id": self.north.id}
        )
        cook = self.env["res.partner"].create({"name": "Cook", "parent_id": part.id})
        for partner, hours in ((self.north_contact, 1), (part, 2), (cook, 4)):
            project = self._create_project(partner)
            self._timesheet("2026-03-10", hours, project=project)
        self.assertEqual(
            self._hours(self.north, self.north_contact, cook),
            [{month(2026, 3): (7, 280, 0)}, {}, {}],
        )

    def test_on_a_project_without_customer(self):
        """The task's customer, if it has one; otherwise the hours are nobody's."""
        project = self._create_project(self.env["res.partner"])
        task = self._task(project, self.south)
        self._timesheet("2026-03-10", 1, project=project)
        self._timesheet("2026-03-10", 2, project=project, task_id=task.id)
        self.assertEqual(self._hours(self.south), [{month(2026, 3): (2, 80, 0)}])
        nobody = self._nobody()
        self.assertEqual((nobody["hours"], nobody["time_cost"]), (1, 40))

    def test_a_customer_chosen_on_the_timesheet(self):
        sheet = self._timesheet("2026-03-10", 1)
        sheet.partner_id = self.south
        self.assertEqual(
            self._hours(self.north, self.south), [{}, {month(2026, 3): (1, 40, 0)}]
        )

    def test_employee_without_hourly_cost(self):
        """The hours are there, what they cost is missing and said to be."""
        ana = self.env["hr.employee"].create(
            {"name": "Ana", "company_id": self.company.id}
        )
        self._timesheet("2026-03-10", 2, employee=ana)
        self._timesheet("2026-03-10", 1)
        self.assertEqual(self._hours(self.north), [{month(2026, 3): (3, 40, 2)}])

    def test_a_raise_changes_no_past_hour(self):
        self._timesheet("2026-03-10", 1)
        self.employee.hourly_cost = 90
        self._timesheet("2026-04-10", 1)
        self.assertEqual(
            self._hours(self.north),
            [{month(2026, 3): (1, 40, 0), month(2026, 4): (1, 90, 0)}],
        )

    def test_hours_taken_back(self):
        """A correction in April of hours booked in March."""
        self._timesheet("2026-03-10", 5)
        self._timesheet("2026-04-10", -2)
        self.assertEqual(
            self._hours(self.north),
            [{month(2026, 3): (5, 200, 0), month(2026, 4): (-2, -80, 0)}],
        )
