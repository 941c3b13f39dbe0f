import random
from collections import defaultdict
from datetime import date, timedelta

from odoo.tests import freeze_time, tagged

from odoo.addons.customer_centricity.models.customer_profit_source import MEASURES

from .common import TODAY
from .common_profit import ProfitCommon

SEEDS = (1, 2, 3)
DOCUMENTS = 24  # of each kind, about
FIRST_DAY = date(2026, 2, 1)
DAYS = 150
MONEY = tuple(
    name
    for name in (*MEASURES, "profit")
    if name != "order_count" and "hours" not in name
)


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestProfitProperty(ProfitCommon):
    """Random documents: the SQL comes to what going through them one by one does.

    The slow way shares nothing with the models: it goes through documents by the ORM
    and keeps its own books of what a product cost when a document was posted.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_other_company()
        cls.franc = cls.setup_other_currency(
            "CHF", rates=[("2020-01-01", 1.9), ("2026-04-10", 2.3)]
        )
        cls.other.currency_id = cls.franc
        cls.companies = cls.company | cls.other
        cls.hour = cls.env.ref("uom.product_uom_hour")
        cls.dozen = cls.env.ref("uom.product_uom_dozen")

    def test_documents_one_by_one(self):
        for seed in SEEDS:
            with self.subTest(seed=seed), self.env.cr.savepoint() as savepoint:
                self._compare(random.Random(seed))
                savepoint.rollback()
            self.env.invalidate_all()

    def _compare(self, rng):
        self._create_world(rng)
        self._refresh(self.companies)
        for company in self.companies:
            self._compare_facts(company)
            self._check_items(company)
            for row in self.env["customer.reconciliation"].search(
                [("company_id", "=", company.id)]
            ):
                self.assertFalse(row.difference, row.month)

    def _compare_facts(self, company):
        expected, nobody = self._recompute(company)
        facts = self._facts(company)
        self.assertEqual(set(facts), set(expected))
        currency = company.currency_id
        for key, values in expected.items():
            for name, value in values.items():
                what = f"{company.name} {key[0].name} {key[1]} {name}"
                if name in MONEY:
                    same = currency.compare_amounts(facts[key][name], value) == 0
                    self.assertTrue(same, f"{what}: {facts[key][name]}, not {value}")
                else:
                    self.assertAlmostEqual(facts[key][name], value, 1, what)
        unattributed = self._nobody(company)
        self.assertAlmostEqual(unattributed["revenue"], nobody["revenue"], 2)
        self.assertAlmostEqual(unattributed["time_cost"], nobody["time_cost"], 2)
        ledger = self.env["account.move.line"].search(
            [
                ("company_id", "=", company.id),
                ("parent_state", "=", "posted"),
                ("account_id.account_type", "in", ("income", "income_other")),
            ]
        )
        total = sum(fact["revenue"] for fact in facts.values()) + nobody["revenue"]
        self.assertEqual(
            currency.compare_amounts(-sum(ledger.mapped("balance")), total), 0
        )

    # ------------------------------------------------------------------
    # Random documents
    # ------------------------------------------------------------------

    def _create_world(self, rng):
        Partner, Product = self.env["res.partner"], self.env["product.product"]
        parents = Partner.create(
            [{"name": f"Company {number}", "is_company": True} for number in range(4)]
        )
        contacts = Partner.create(
            [
                {"name": f"Contact {number}", "parent_id": rng.choice(parents).id}
                for number in range(6)
            ]
        )
        self.customers = parents | contacts
        self.products = Product.create(
            [
                {"name": "Chair", "type": "consu", "standard_price": 60},
                {"name": "Screw", "type": "consu", "standard_price": 0.37},
                {"name": "Lamp", "type": "consu"},
                {"name": "Inspection", "type": "service", "standard_price": 12},
                {"name": "Advice", "type": "service"},
                {
                    "name": "Hour",
                    "type": "service",
                    "uom_id": self.hour.id,
                    "standard_price": 50,
                },
            ]
        )
        for product in self.products[1:4]:
            product.with_company(self.other).standard_price = rng.randint(1, 900) / 100
        # what a unit of a product cost when the line was posted; 0 when nobody knew
        self.cost_of_line = {}
        employees = self.env["hr.employee"].create(
            [
                {
                    "name": company.name,
                    "hourly_cost": cost,
                    "company_id": company.id,
                }
                for company in self.companies
                for cost in (0, 41.37)
            ]
        )
        self.projects = self.env["project.project"]
        self._create_rates(rng)
        for company in self.companies:
            projects = self._create_projects(rng, company)
            self.projects |= projects
            for _number in range(DOCUMENTS // 2):
                self._create_sale(rng, company)
                self._create_bill(rng, company, projects)
                self._create_hours(
                    rng,
                    projects,
                    employees.filtered(
                        lambda e, company=company: e.company_id == company
                    ),
                )
        # costs change, which changes nothing of what was posted; the lamp gets one
        for product in self.products:
            product.with_company(self.company).standard_price = (
                rng.randint(1, 9000) / 100
            )
        rng.choice(contacts).parent_id = rng.choice(parents)

    def _create_projects(self, rng, company):
        owners = [*self.customers, company.partner_id, self.env["res.partner"]]
        projects = self.env["project.project"]
        for _number in range(5):
            projects |= self._create_project(rng.choice(owners), company)
        projects[0].partner_id = self.customers[0]
        projects[-1].account_id = projects[-2].account_id
        for project in projects:
            self.env["project.task"].create(
                {
                    "name": "Task",
                    "project_id": project.id,
                    "partner_id": rng.choice(self.customers).id,
                }
            )
        return projects

    def _create_rates(self, rng):
        for company in self.companies:
            for driver in ("invoice", "invoice_line", "credit_note"):
                self.env["customer.cost.rate"].create(
                    {
                        "driver_id": self.env.ref(
                            f"customer_centricity.cost_driver_{driver}"
                        ).id,
                        "unit_cost": rng.randint(1, 999) / 100,
                        "company_id": company.id,
                        "date_from": "2026-03-15",
                    }
                )

    def _day(self, rng):
        return FIRST_DAY + timedelta(days=rng.randrange(DAYS))

    def _create_sale(self, rng, company):
        day = self._day(rng)
        kind = rng.choice(["out_invoice"] * 5 + ["out_refund", "out_receipt"])
        partner = rng.choice(self.customers)
        if kind == "out_receipt" and rng.random() < 0.5:
            partner = self.env["res.partner"]
        lines = []
        for _number in range(rng.randint(1, 4)):
            product = rng.choice(self.products)
            units = [product.uom_id]
            if product.name in ("Chair", "Screw"):
                units.append(self.dozen)
            lines.append(
                {
                    "product_id": product.id,
                    "product_uom_id": rng.choice(units).id,
                    "quantity": rng.choice((1, 2, 3.5, 7)),
                    "price_unit": rng.randint(100, 99999) / 100,
                    "discount": rng.choice((0, 0, 12.5)),
                }
            )
        if rng.random() < 0.2:
            lines[0]["quantity"] *= -1
            lines.append({"name": "Rest", "price_unit": 9999})
        move = self._sell(
            partner,
            day,
            *lines,
            move_type=kind,
            company_id=company.id,
            currency_id=rng.choice([self.franc, self.company.currency_id]).id,
            post=False,
        )
        if rng.random() < 0.1:
            return  # stays a draft
        self._post(move)
        if rng.random() < 0.2:
            move.button_draft()  # what was captured stays
            self.products[0].with_company(company).standard_price += 1
            if rng.random() < 0.5:
                self._post(move)
        elif kind == "out_invoice" and rng.random() < 0.3:
            day = min(day + timedelta(days=20), date.fromisoformat(TODAY))
            credit_note = self._reverse_invoice(move, date=day)
            if rng.random() < 0.6:
                credit_note.invoice_line_ids[:1].quantity *= 0.5
            if credit_note.amount_total >= 0:
                self._post(credit_note)

    def _post(self, move):
        """Post, and write down what each line costs."""
        invoice = move.reversed_entry_id
        for line in move.invoice_line_ids:
            if line.id in self.cost_of_line and self.cost_of_line[line.id]:
                continue
            cost = line.product_id.with_company(move.company_id).standard_price
            sold = [
                (other.quantity, self.cost_of_line[other.id])
                for other in invoice.invoice_line_ids
                if other.product_id == line.product_id
                and self.cost_of_line.get(other.id)
            ]
            if quantity := sum(quantity for quantity, _cost in sold):
                cost = sum(quantity * cost for quantity, cost in sold) / quantity
            self.cost_of_line[line.id] = cost
        move.action_post()

    def _create_bill(self, rng, company, projects):
        first, second = rng.sample(list(projects), 2)
        share = rng.choice((100, 60, 33.33))
        distribution = {first: share}
        if share < 100 and first.account_id != second.account_id:
            distribution[second] = 100 - share
        product = rng.choice([self.nothing, self.nothing, *self.products])
        self._bill(
            self._day(rng),
            (product, rng.randint(1, 5), rng.randint(100, 99999) / 100, distribution),
            move_type=rng.choice(("in_invoice", "in_invoice", "in_refund")),
            company_id=company.id,
            currency_id=rng.choice([self.franc, self.company.currency_id]).id,
            post=rng.random() < 0.9,
        )
        if rng.random() < 0.3:
            self._item(self._day(rng), -7.77, first, company_id=company.id)

    def _create_hours(self, rng, projects, employees):
        project = rng.choice(projects)
        vals = {}
        if rng.random() < 0.5:
            vals["task_id"] = project.task_ids[:1].id
        if rng.random() < 0.2:
            vals["product_uom_id"] = self.env.ref("uom.product_uom_day").id
        self._timesheet(
            self._day(rng),
            rng.choice((0.25, 1, 3.5, -1)),
            project=project,
            employee=rng.choice(employees),
            **vals,
        )

    # ------------------------------------------------------------------
    # The slow, obvious way
    # ------------------------------------------------------------------

    def _recompute(self, company):
        """Return {(partner, month): measures}, and what belongs to nobody."""
        self.env.invalidate_all()
        facts = defaultdict(lambda: dict.fromkeys(MEASURES, 0))
        nobody = dict.fromkeys(("revenue", "time_cost"), 0)
        self._add_sales(company, facts, nobody)
        self._add_hours(company, facts, nobody)
        self._add_project_costs(company, facts)
        for values in facts.values():
            values["profit"] = values["revenue"] - sum(
                values[name]
                for name in ("product_cost", "time_cost", "other_cost", "serving_cost")
            )
        return dict(facts), nobody

    def _get_sales(self, company):
        return self.env["account.move"].search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "posted"),
                ("move_type", "in", ("out_invoice", "out_refund", "out_receipt")),
            ]
        )

    def _add_sales(self, company, facts, nobody):
        sales = self._get_sales(company)
        orders = defaultdict(set)
        for move in sales:
            partner = move.commercial_partner_id
            key = (partner, move.date.replace(day=1))
            is_refund = move.move_type == "out_refund"
            for line in move.invoice_line_ids:
                if not partner:
                    nobody["revenue"] -= line.balance
                    continue
                values = facts[key]
                values["revenue"] -= line.balance
                values["refund_amount"] += line.balance if is_refund else 0
                self._add_product_cost(company, line, values, -1 if is_refund else 1)
            if partner and move.date >= date(2026, 3, 15):
                values = facts[key]
                values["serving_cost"] += self._get_unit_cost(
                    company, "credit_note" if is_refund else "invoice"
                )
                if not is_refund:
                    values["serving_cost"] += len(
                        move.invoice_line_ids
                    ) * self._get_unit_cost(company, "invoice_line")
            credited = sum(
                refund.amount_untaxed
                for refund in sales
                if refund.reversed_entry_id == move and refund.move_type == "out_refund"
            )
            if partner and not is_refund and move.amount_untaxed > credited:
                orders[key].add(move.invoice_date)
        for key, days in orders.items():
            facts[key]["order_count"] = len(days)

    def _get_unit_cost(self, company, driver):
        rate = self.env["customer.cost.rate"].search(
            [("company_id", "=", company.id), ("driver_id.code", "=", driver)]
        )
        return rate.unit_cost

    def _add_product_cost(self, company, line, values, sign):
        product = line.product_id
        if not product or product.uom_id == self.hour:
            return  # what is sold by the hour has its cost in the hours
        quantity = sign * line.quantity
        quantity *= line.product_uom_id.factor / product.uom_id.factor
        cost = self.cost_of_line[line.id]
        estimate = 0 if cost else product.with_company(company).standard_price
        amount = company.currency_id.round(quantity * (cost or estimate))
        values["product_cost"] += amount
        if estimate:
            values["estimated_cost"] += amount
        if not cost and not estimate and product.type != "service":
            values["uncosted_revenue"] -= line.balance

    def _add_hours(self, company, facts, nobody):
        for sheet in self.env["account.analytic.line"].search(
            [("company_id", "=", company.id), ("project_id", "!=", False)]
        ):
            partner = sheet.task_id.partner_id or sheet.project_id.partner_id
            partner = partner.commercial_partner_id
            if partner == company.partner_id:
                continue
            if not partner:
                nobody["time_cost"] -= sheet.amount
                continue
            hours = sheet.unit_amount
            if sheet.product_uom_id != self.hour:
                hours *= sheet.product_uom_id.factor / self.hour.factor
            values = facts[partner, sheet.date.replace(day=1)]
            values["time_cost"] -= sheet.amount
            values["hours"] += hours
            values["uncosted_hours"] += 0 if sheet.amount else hours

    def _add_project_costs(self, company, facts):
        for item in self.env["account.analytic.line"].search(
            [("company_id", "=", company.id), ("project_id", "=", False)]
        ):
            projects = item.account_id.project_ids
            partners = {
                project.partner_id.commercial_partner_id
                for project in projects
                if project.partner_id
            }
            move = item.move_line_id.move_id
            if len(partners) != 1 or move.is_sale_document(include_receipts=True):
                continue
            [partner] = partners
            if partner == company.partner_id or self._is_sold_on(
                company, item, partner
            ):
                continue
            facts[partner, item.date.replace(day=1)]["other_cost"] -= item.amount

    def _is_sold_on(self, company, item, partner):
        """Return whether the item's product was sold to the customer at a cost."""
        product = item.product_id
        if not product or product.uom_id == self.hour:
            return False
        return any(
            line.product_id == product
            and (
                self.cost_of_line[line.id]
                or product.with_company(company).standard_price
            )
            for move in self._get_sales(company)
            if move.commercial_partner_id == partner
            for line in move.invoice_line_ids
        )
