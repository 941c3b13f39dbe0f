import ast
import re
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

from odoo import api
from odoo.fields import Domain
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from .common import TODAY
from .common_profit import ProfitCommon

DOCS = Path(__file__).parents[2] / "docs"
# Where an example in Python stands, and who runs it
EXAMPLES = {
    "Add a cost driver": "test_cost_driver",
    "Add a metric": "test_metric",
    "Add a value method": "test_value_method",
    "Add a section to the dashboard": "test_dashboard_section",
    "Add a kind of complaint": "test_goodwill.py",
}


def read_examples(language):
    """Return {heading: code} of the examples of the docs in a language."""
    found = {}
    for path in sorted(DOCS.glob("*.md")):
        for section in re.split(r"^## ", path.read_text("utf-8"), flags=re.M)[1:]:
            heading = section.partition("\n")[0]
            for code in re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL):
                found[heading] = code
    return found


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestDocumentedCode(ProfitCommon):
    """What the docs have an addon do works as they say."""

    def _extend(self, heading):
        """Have a model be extended as an example says, until the test is over."""
        [model] = [
            node
            for node in ast.parse(read_examples("python")[heading]).body
            if isinstance(node, ast.ClassDef)
        ]
        [name] = [
            node.value.value
            for node in model.body
            if isinstance(node, ast.Assign) and node.targets[0].id == "_inherit"
        ]
        for method in model.body:
            if isinstance(method, ast.FunctionDef):
                self._extend_method(type(self.env[name]), method, heading)

    def _extend_method(self, extended, method, heading):
        # engine only when needed
        from ..engine.lifetime_value import discount_factors

        original = getattr(extended, method.name, None)
        records = self.env[extended._name]
        # of a class: super() knows no other one where the code does not stand in it
        parent = SimpleNamespace(
            **{method.name: lambda *args: original(records, *args)}
        )
        found = {
            "api": api,
            "Domain": Domain,
            "SQL": SQL,
            "discount_factors": discount_factors,
            "super": lambda: parent,
        }
        code = ast.Module([method], type_ignores=[])
        exec(compile(code, heading, "exec"), found)  # noqa: S102
        self.startPatcher(
            patch.object(extended, method.name, found[method.name], create=True)
        )

    def test_every_example_is_run(self):
        self.assertEqual(set(read_examples("python")), set(EXAMPLES))
        own = {name for name in EXAMPLES.values() if not name.endswith(".py")}
        self.assertFalse(own.difference(dir(self)))

    def test_cost_driver(self):
        self._extend("Add a cost driver")
        driver = self.env["customer.cost.driver"].create(
            {"name": "Task", "code": "task", "unit": "task"}
        )
        self.env["customer.cost.rate"].create(
            {
                "driver_id": driver.id,
                "company_id": self.company.id,
                "unit_cost": 15,
            }
        )
        tasks = self.env["project.task"].create(
            [
                {
                    "name": name,
                    "project_id": self.project.id,
                    "partner_id": self.north.id,
                    "company_id": self.company.id,
                }
                for name in ("One", "Two")
            ]
        )
        self.env.flush_all()
        self.cr.execute(
            "UPDATE project_task SET create_date = '2026-05-06' WHERE id = ANY(%s)",
            [tasks.ids],
        )
        self._invoice(self.north, "2026-05-06", (self.nothing, 1, 500))
        self._refresh()
        facts = self._facts()[self.north, date(2026, 5, 1)]
        self.assertEqual((facts["revenue"], facts["serving_cost"]), (500, 30))

    def test_metric(self):
        self._extend("Add a metric")
        self._invoice(self.north, "2026-05-06", (self.nothing, 1, 500))
        self._timesheet("2026-05-07", 5)
        metric = self.env["customer.metric"].create(
            {"name": "Profit of an Hour", "code": "hour_profit", "unit": "money"}
        )
        self._refresh()
        account = self._account(self.north)
        self.assertEqual(self.employee.hourly_cost, 40)
        # (500 - 5 x 40) / 5
        measured = metric._measure_one(self.company, account)
        self.assertEqual(float(measured), 60)

    def test_dashboard_section(self):
        self._extend("Add a section to the dashboard")
        self._invoice(self.south, "2026-05-06", (self.nothing, 1, 500))
        self._timesheet("2026-05-07", 5)
        self._refresh()
        dashboard = self.env["customer.dashboard"].with_user(
            self._new_user("documented_manager", "manager")
        )
        dashboard = dashboard.with_company(self.company)
        section = dashboard.get_section("hours", {})
        self.assertEqual((section["count"], section["hours"]), (1, 5))
        action = dashboard.get_action(section["open"], {})
        opened = self.Account.search(action["domain"])
        self.assertEqual(opened, self._account(self.north))

    def test_value_method(self):
        for month in range(1, 7):
            for year, months in ((2025, month + 6), (2026, month)):
                self._invoice(
                    self.north, f"{year}-{months:02d}-03", (self.nothing, 1, 100)
                )
        self._invoice(self.south, "2026-05-06", (self.nothing, 1, 500))
        self._refresh()
        before = self._account(self.south).lifetime_value
        self.company.write({"customer_value_months": 24, "customer_discount_rate": 0})
        tenant = self._account(self.north)
        tenant.own_value_method = "contract"
        self._extend("Add a value method")
        self._refresh()
        # 1,200 a year for two years; the other one follows the plain rule
        self.assertEqual(tenant.lifetime_value, 2400)
        self.assertEqual(
            (tenant.lifetime_value_low, tenant.lifetime_value_high), (2400, 2400)
        )
        self.assertEqual(self._account(self.south).lifetime_value, before)


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestDocumentedMonth(ProfitCommon):
    """The month of the method guide, made of documents."""

    def _read_rows(self, first_column):
        [table] = re.findall(
            rf"^\| {first_column} \|.*\n\|[- |]+\n((?:\|.*\n)+)",
            (DOCS / "method.md").read_text("utf-8"),
            re.MULTILINE,
        )
        return {
            cells[0]: cells[1:]
            for cells in (
                [cell.strip() for cell in row.split("|")[1:-1]]
                for row in table.splitlines()
            )
        }

    def test_from_revenue_to_profit(self):
        told = self._read_rows("document of the month")
        day = "2026-05-06"
        quantity, price, cost = map(float, told["invoice, goods"])
        goods = self.env["product.product"].create(
            {"name": "Goods", "type": "consu", "standard_price": cost}
        )
        self._invoice(self.north, day, (goods, quantity, price))
        quantity, price, _cost = map(float, told["credit note, goods"])
        self._invoice(self.north, day, (goods, quantity, price), move_type="out_refund")
        hours, _price, hourly_cost = told["timesheet, hours"]
        self.assertEqual(self.employee.hourly_cost, float(hourly_cost))
        self._timesheet(day, float(hours))
        quantity, price, _cost = told["vendor bill on its project"]
        self._bill(
            day, (self.nothing, float(quantity), float(price), {self.project: 100})
        )
        for code in ("invoice", "credit_note"):
            *_empty, cost = told[f"cost rate, each {code.replace('_', ' ')}"]
            driver = self.env["customer.cost.driver"].search([("code", "=", code)])
            self.env["customer.cost.rate"].create(
                {
                    "driver_id": driver.id,
                    "company_id": self.company.id,
                    "unit_cost": float(cost),
                }
            )
        self._refresh()
        facts = self._facts()[self.north, date(2026, 5, 1)]
        steps = self._read_rows("step")
        self.assertEqual(
            {step: facts[step.replace(" ", "_")] for step in steps},
            {
                step: float(amount.replace(",", ""))
                for step, (_by_hand, amount) in steps.items()
            },
        )
