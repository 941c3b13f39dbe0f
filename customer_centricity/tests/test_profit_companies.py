from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import TODAY, month
from .common_profit import ProfitCommon


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestProfitCurrencies(ProfitCommon):
    """Several currencies, and those without or with more decimals."""

    def test_documents_in_other_currencies(self):
        """300 francs are 150 until April, then 75; 1000 yen are 8 all the time."""
        franc = self.setup_other_currency(
            "CHF", rates=[("2020-01-01", 2.0), ("2026-04-01", 4.0)]
        )
        yen = self.setup_other_currency(
            "JPY", rounding=1, rates=[("2020-01-01", 125.0)]
        )
        self._invoice(
            self.north, "2026-03-10", (self.goods, 1, 300), currency_id=franc.id
        )
        self._invoice(
            self.north, "2026-04-10", (self.goods, 1, 300), currency_id=franc.id
        )
        self._invoice(
            self.north, "2026-04-10", (self.goods, 1, 1000), currency_id=yen.id
        )
        self._bill(
            "2026-04-10",
            (self.nothing, 1, 200, {self.project: 50}),
            currency_id=franc.id,
        )
        self.assertEqual(
            self._figures(
                self.north, "revenue", "product_cost", "other_cost", "order_count"
            ),
            {
                month(2026, 3): (150, 60, 0, 1),
                month(2026, 4): (83, 120, 25, 1),
            },
        )

    def test_credit_in_another_currency_gives_back_the_same_cost(self):
        franc = self.setup_other_currency(
            "CHF", rates=[("2020-01-01", 2.0), ("2026-04-01", 4.0)]
        )
        invoice = self._invoice(
            self.north, "2026-03-10", (self.goods, 2, 300), currency_id=franc.id
        )
        credit_note = self._reverse_invoice(invoice, date="2026-04-10")
        credit_note.invoice_line_ids.quantity = 1
        credit_note.action_post()
        self.assertEqual(
            self._figures(self.north, "revenue", "product_cost", "order_count"),
            {month(2026, 3): (300, 120, 1), month(2026, 4): (-75, -60, 0)},
        )

    def _check_decimals(self, rounding, expected):
        """A third of a day's work, goods of an odd cost, a split bill and a rate."""
        company = self._create_company(
            name=f"Company of {rounding}",
            currency_id=self.setup_other_currency(
                "JPY" if rounding == 1 else "KWD", rounding=rounding
            ).id,
        )
        companies = (self.company | company).ids
        self.env.user.company_ids |= company
        env = self.env(context=dict(self.env.context, allowed_company_ids=companies))
        company = company.with_env(env)
        goods = self.goods.with_env(env).with_company(company)
        goods.standard_price = 7.12345
        self.env["customer.cost.rate"].create(
            {
                "driver_id": self.env.ref(
                    "customer_centricity.cost_driver_invoice_line"
                ).id,
                "unit_cost": 1.2345,
                "company_id": company.id,
            }
        )
        project = self._create_project(self.north, company)
        employee = self.env["hr.employee"].create(
            {"name": "Eva", "hourly_cost": 33.3333, "company_id": company.id}
        )
        for quantity in (1, 3):
            self._sell(
                self.north,
                "2026-03-10",
                {"product_id": goods.id, "quantity": quantity, "price_unit": 33.3333},
                company_id=company.id,
                currency_id=company.currency_id.id,
            )
        self._timesheet("2026-03-10", 1 / 3, project=project, employee=employee)
        self._bill(
            "2026-03-10",
            (self.nothing, 1, 100, {project: 33.33}),
            company_id=company.id,
            currency_id=company.currency_id.id,
        )
        self._refresh(company)
        facts = self._facts(company)[self.north, month(2026, 3)]
        self.assertEqual({name: facts[name] for name in expected}, expected)
        for name in (*expected, "profit"):
            self.assertEqual(facts[name], company.currency_id.round(facts[name]), name)
        self._check_items(company)

    def test_no_decimals(self):
        """33 + 100; 7 + 21; 1/3 h; a third of 100; twice 1 for a line."""
        self._check_decimals(
            1,
            {
                "revenue": 133,
                "product_cost": 28,
                "time_cost": 11,
                "other_cost": 33,
                "serving_cost": 2,
            },
        )

    def test_three_decimals(self):
        self._check_decimals(
            0.001,
            {
                "revenue": 133.333,  # 33.333 + 100.000
                "product_cost": 28.493,  # 7.123 + 21.370
                "other_cost": 33.33,
                "serving_cost": 2.47,  # the unit cost is rounded when it is entered
            },
        )


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestProfitCompanies(ProfitCommon):
    """Several companies of several currencies, and branches."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_other_company()
        cls.branch = cls._create_branch()

    def _of(self, company, *names):
        return {
            key[1]: tuple(values[name] for name in names)
            for key, values in self._facts(company).items()
            if key[0] == self.north
        }

    def test_each_company_and_branch_has_its_own(self):
        """Of 100 in the company, 10 in its branch and 1 in another company."""
        for company, price, cost in (
            (self.company, 100, 60),
            (self.branch, 10, 6),
            (self.other, 1, 0.6),
        ):
            self.goods.with_company(company).standard_price = cost
            self._invoice(
                self.north,
                "2026-03-10",
                (self.goods.with_env(self.env), 1, price),
                company_id=company.id,
            )
            project = self._create_project(self.north, company)
            employee = self.employee.create(
                {
                    "name": f"Of {company.name}",
                    "hourly_cost": cost,
                    "company_id": company.id,
                }
            )
            self._timesheet("2026-03-10", 2, project=project, employee=employee)
            self._item("2026-03-10", -cost, project, company_id=company.id)
        self._refresh(self.company | self.branch | self.other)
        names = ("revenue", "product_cost", "time_cost", "other_cost", "hours")
        self.assertEqual(
            {
                company.name: self._of(company, *names)[month(2026, 3)]
                for company in self.company | self.branch | self.other
            },
            {
                self.company.name: (100, 60, 120, 60, 2),
                self.branch.name: (10, 6, 12, 6, 2),
                self.other.name: (1, 0.6, 1.2, 0.6, 2),
            },
        )
        for company in self.company | self.branch | self.other:
            self._check_items(company)

    def test_hours_of_an_employee_of_another_company(self):
        """Elena of 40 dollars works for the company of 2 francs a dollar."""
        franc = self.setup_other_currency("CHF", rates=[("2020-01-01", 2.0)])
        swiss = self._create_company(name="Swiss", currency_id=franc.id)
        self.env.user.company_ids |= swiss
        context = dict(self.env.context, allowed_company_ids=(self.company | swiss).ids)
        env = self.env(context=context)
        project = self._create_project(self.north, swiss)
        sheet = self._timesheet("2026-03-10", 3, project=project.with_env(env))
        self.assertEqual(sheet.company_id.id, swiss.id)
        self._refresh(swiss)
        self.assertEqual(
            self._of(swiss, "hours", "time_cost"), {month(2026, 3): (3, 240)}
        )


@tagged("post_install", "-at_install", "-standard", "wide_stack")
@freeze_time(TODAY)
class TestProfitSales(ProfitCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # core's way to create an order names it, whatever the order is of
        cls.product_b = cls.product_a

    def test_down_payment_of_a_sale_order(self):
        """30 % of 10 chairs at 100 in advance, then the rest: 1000 and 600."""
        order = self._create_sale_order(
            partner_id=self.north.id,
            order_line=[
                Command.create(
                    {
                        "product_id": self.goods.id,
                        "product_uom_qty": 10,
                        "price_unit": 100,
                        "tax_ids": [Command.clear()],
                    }
                )
            ],
        )
        order.order_line.qty_delivered = 10
        first = self._create_down_payment_invoice(order, "percent", 30)
        first.write({"invoice_date": "2026-03-10", "date": "2026-03-10"})
        first.action_post()
        final = self._create_final_invoice(order)
        final.write({"invoice_date": "2026-04-10", "date": "2026-04-10"})
        final.action_post()
        self.assertEqual(
            self._figures(self.north, "revenue", "product_cost", "uncosted_revenue"),
            {month(2026, 3): (300, 0, 0), month(2026, 4): (700, 600, 0)},
        )
