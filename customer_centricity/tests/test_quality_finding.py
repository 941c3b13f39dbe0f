from datetime import date

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from .common import TODAY, CustomerCentricityCommon


class QualityFindingCommon(CustomerCentricityCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Finding = cls.env["customer.quality.finding"]

    def _findings(self, *names, company=None):
        """Return {code: values of the named fields} of the company's findings."""
        findings = self.Finding.search(
            [("company_id", "=", (company or self.company).id)]
        )
        return {
            finding.code: tuple(finding[name] for name in names) for finding in findings
        }

    def _create_user(self, role, *groups):
        return new_test_user(
            self.env,
            f"quality_{role}_{len(groups)}",
            groups=",".join([f"customer_centricity.group_{role}", *groups]),
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestQualityFinding(QualityFindingCommon):
    def _finding(self, code):
        return self.Finding.search(
            [("company_id", "=", self.company.id), ("code", "=", code)]
        )

    def _opened(self, code):
        """Return the records that the finding opens."""
        action = self._finding(code).action_open()
        records = self.env[action["res_model"]].with_context(**action["context"])
        return records.search(action["domain"])

    def _grade(self):
        return self.company.customer_quality_grade

    # ------------------------------------------------------------------
    # What is found
    # ------------------------------------------------------------------

    def test_goods_without_cost(self):
        """Two lamps of unknown cost for 90; a chair and advice have nothing missing."""
        self._invoice(
            self.north,
            "2026-03-10",
            (self.costless_goods, 2, 45),
            (self.service, 1, 500),
        )
        self._refresh()
        self.assertEqual(
            self._findings("count", "amount", "hours"), {"no_cost_goods": (1, 90, 0)}
        )
        self.assertEqual(self._opened("no_cost_goods"), self.costless_goods)
        # 590 of revenue, no costs: 90 / 590 = 15.25%
        finding = self._finding("no_cost_goods")
        self.assertAlmostEqual(finding.share_rate, 0.1525)
        self.assertEqual((finding.severity, self._grade()), ("high", "d"))
        self.assertEqual(
            self._account(self.north).uncosted_revenue,
            finding.amount,
            "the same as the accounts' figures",
        )

    def test_estimated_costs(self):
        """Three chairs at an estimated 60: 180 beside 300 + 180, a fifth in doubt."""
        invoice = self._invoice(self.north, "2026-03-10", (self.goods, 3, 100))
        self._refresh()
        self.assertFalse(self._findings(), "the cost was captured at posting")
        invoice.invoice_line_ids.customer_unit_cost = 0
        self._refresh()
        self.assertEqual(
            self._findings("count", "amount"), {"estimated_cost": (1, 180)}
        )
        self.assertEqual(self._opened("estimated_cost"), self.goods)
        finding = self._finding("estimated_cost")
        self.assertAlmostEqual(finding.share_rate, 180 / 480)
        self.assertAlmostEqual(finding.doubt_rate, 0.2 * 180 / 480)
        self.assertEqual((finding.severity, self._grade()), ("high", "c"))
        self.assertEqual(
            sum(self._account(self.north).month_ids.mapped("estimated_cost")), 180
        )

    def test_lines_without_product(self):
        """A line of 200 typed by hand, one of 50 credited."""
        nothing = self.env["product.product"]
        invoice = self._invoice(
            self.north, "2026-03-10", (nothing, 1, 200), (self.service, 1, 800)
        )
        credit = self._invoice(
            self.north, "2026-04-10", (nothing, 1, 50), move_type="out_refund"
        )
        self._refresh()
        self.assertEqual(
            self._findings("count", "amount"), {"no_product_lines": (2, 150)}
        )
        self.assertEqual(
            self._opened("no_product_lines"),
            (invoice | credit).invoice_line_ids.filtered(
                lambda line: not line.product_id
            ),
        )
        # 150 of 950, of which a fifth is in doubt: 3.2%
        self.assertAlmostEqual(
            self._finding("no_product_lines").doubt_rate, 0.0316, places=4
        )
        self.assertEqual(self._grade(), "b")

    def test_revenue_without_customer(self):
        receipt = self._invoice(
            self.env["res.partner"],
            "2026-03-10",
            (self.service, 1, 25),
            move_type="out_receipt",
        )
        self._invoice(self.north, "2026-03-10", (self.service, 1, 75))
        self._refresh()
        self.assertEqual(
            self._findings("count", "amount", "share_rate"),
            {"no_customer_revenue": (1, 25, 0.25)},
        )
        self.assertEqual(self._opened("no_customer_revenue"), receipt.invoice_line_ids)

    def test_hours_without_customer(self):
        """2 h on a project of nobody and 3 h on its task; the company's own do not."""
        internal = self._create_project(self.company.partner_id)
        nobody = self._create_project(self.env["res.partner"])
        task = self.env["project.task"].create(
            {"name": "Task", "project_id": nobody.id, "partner_id": False}
        )
        theirs = self.env["project.task"].create(
            {"name": "Theirs", "project_id": nobody.id, "partner_id": self.south.id}
        )
        self._timesheet("2026-03-10", 4, project=internal)
        self._timesheet("2026-03-10", 1, project=nobody, task_id=theirs.id)
        missing = self._timesheet("2026-03-10", 2, project=nobody)
        missing |= self._timesheet("2026-03-10", 3, project=nobody, task_id=task.id)
        self._timesheet("2025-03-10", 9, project=nobody)  # before the window
        self._refresh()
        self.assertEqual(
            self._findings("count", "amount", "hours"),
            {"no_customer_hours": (2, 200, 5)},
        )
        self.assertEqual(self._opened("no_customer_hours"), missing)
        # 40 known, 200 missing
        self.assertAlmostEqual(
            self._finding("no_customer_hours").share_rate, 0.8333, places=4
        )

    def test_employees_without_cost(self):
        """Ana's day is worth 8 h at the mean of 3 h at 40 and 1 h at 80: 50 an hour."""
        ana, dear = self.env["hr.employee"].create(
            [
                {"name": "Ana", "company_id": self.company.id},
                {"name": "Dear", "hourly_cost": 80, "company_id": self.company.id},
            ]
        )
        self._timesheet("2026-03-10", 3)
        self._timesheet("2026-03-10", 1, employee=dear)
        day = self._timesheet("2026-03-11", 1, employee=ana)
        day.product_uom_id = self.env.ref("uom.product_uom_day")
        self._refresh()
        self.assertEqual(
            self._findings("count", "amount", "hours"), {"no_cost_hours": (1, 400, 8)}
        )
        self.assertEqual(self._opened("no_cost_hours"), ana)
        self.assertEqual(self._account(self.north).uncosted_hours, 8)

    def test_employees_without_cost_and_nobody_to_compare_with(self):
        self.employee.hourly_cost = 0
        self._timesheet("2026-03-10", 3)
        self._refresh()
        self.assertEqual(
            self._findings("count", "amount", "hours", "severity"),
            {"no_cost_hours": (1, 0, 3, "low")},
        )
        self.assertFalse(self._grade(), "no money moved")

    def test_contacts_without_entity(self):
        invoice = self._invoice(self.south, "2026-03-10", (self.service, 1, 100))
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET commercial_partner_id = NULL WHERE id = %s",
            [self.south.id],
        )
        self.env.invalidate_all()
        project = self._create_project(self.south)
        sheet = self._timesheet("2026-03-10", 1, project=project)
        self.assertEqual(sheet.partner_id, self.south)
        self._refresh()
        self.assertEqual(
            self._findings("count", "amount"),
            {"no_entity": (1, 100), "no_customer_hours": (1, 40)},
        )
        self.assertEqual(self._opened("no_entity"), self.south)
        self.assertEqual(self._opened("no_customer_hours"), sheet)
        self.assertTrue(invoice)

    def test_project_costs(self):
        """Costs of a shared and of a customerless project; never the own invoices."""
        plan = self.env["account.analytic.plan"].search([], limit=1)
        shared, nobodys, clear, internal = self.env["account.analytic.account"].create(
            [
                {"name": name, "plan_id": plan.id, "company_id": self.company.id}
                for name in ("Shared", "Nobody's", "Clear", "Internal")
            ]
        )
        self.project.account_id = shared
        self._create_project(self.south).account_id = shared
        self._create_project(self.env["res.partner"]).account_id = nobodys
        self._create_project(self.north_contact).account_id = clear
        self._create_project(self.north).account_id = clear
        self._create_project(self.company.partner_id).account_id = internal
        items = self.env["account.analytic.line"].create(
            [
                {
                    "name": account.name,
                    "account_id": account.id,
                    "amount": -amount,
                    "date": "2026-03-10",
                    "company_id": self.company.id,
                }
                for account, amount in (
                    (shared, 100),
                    (nobodys, 30),
                    (clear, 7),
                    (internal, 5),
                )
            ]
        )
        self._timesheet("2026-03-10", 1)  # a timesheet on the shared account
        bill, invoice = (
            self._invoice(
                self.south,
                "2026-03-11",
                (self.service, 1, amount),
                move_type=move_type,
                post=False,
            )
            for move_type, amount in (("in_invoice", 40), ("out_invoice", 900))
        )
        for move in (bill, invoice):
            move.invoice_line_ids.analytic_distribution = {
                shared.id: 50,
                nobodys.id: 50,
            }
            move.action_post()
        self._refresh()
        self.assertEqual(
            self._findings("count", "amount"), {"no_customer_costs": (4, 170)}
        )
        opened = self._opened("no_customer_costs")
        self.assertEqual(sum(opened.mapped("amount")), -170)
        self.assertEqual(opened, items[:2] | bill.invoice_line_ids.analytic_line_ids)

    # ------------------------------------------------------------------
    # Keeping them
    # ------------------------------------------------------------------

    def test_only_what_differs_is_written(self):
        self._invoice(self.north, "2026-03-10", (self.costless_goods, 2, 45))
        nobody = self._create_project(self.env["res.partner"])
        self._timesheet("2026-03-10", 2, project=nobody)
        self._refresh()
        findings = self.Finding.search([])
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE customer_quality_finding SET write_date = '2020-01-01'"
        )
        findings.invalidate_recordset()
        self._refresh()
        self.env.flush_all()
        findings.invalidate_recordset()
        self.assertEqual(self.Finding.search([]), findings)
        self.assertEqual({d.year for d in findings.mapped("write_date")}, {2020})
        # mended: the finding goes, the other stays as it is
        nobody.partner_id = self.north
        self._refresh()
        self.assertEqual(list(self._findings()), ["no_cost_goods"])

    def test_nothing_missing_is_an_a(self):
        self._invoice(self.north, "2026-03-10", (self.service, 1, 500))
        self._timesheet("2026-03-10", 2)
        self._refresh()
        self.assertFalse(self._findings())
        self.assertEqual(self._grade(), "a")
        [row] = self.Finding.get_grades()
        self.assertEqual(row["grade"], "A")
        self.assertIn("July 2025 to June 2026", row["reason"])

    def test_no_activity_has_no_grade(self):
        self._refresh()
        self.assertFalse(self._grade())
        [row] = self.Finding.get_grades()
        self.assertEqual(row["grade"], "")

    def test_the_grade_tells_why(self):
        self._invoice(self.north, "2026-03-10", (self.service, 1, 500))
        nobody = self._create_project(self.env["res.partner"])
        self._timesheet("2026-03-10", 2, project=nobody)
        self._refresh()
        [row] = self.Finding.get_grades()
        # 80 of 580
        self.assertEqual(row["grade"], "C")
        self.assertIn("13.8%", row["reason"])
        self.assertIn("Hours without a customer", row["reason"])
        settings = self.env["res.config.settings"].create({})
        self.assertEqual(settings.customer_quality_grade, "c")
        self.assertEqual(settings.customer_quality_reason, row["reason"])

    def test_every_finding_is_explained(self):
        codes = list(dict(self.Finding._fields["code"].selection))
        findings = self.Finding.create(
            [
                {
                    "company_id": self.company.id,
                    "code": code,
                    "count": 1234,
                    "hours": 56.4,
                    "date_from": "2025-07-01",
                    "date_to": "2026-06-30",
                }
                for code in codes
            ]
        )
        for finding in findings:
            with self.subTest(code=finding.code):
                self.assertTrue(finding.explanation)
                self.assertTrue(finding.remedy)
                self.assertRegex(finding.count_label, "1,234|56")
                action = finding.action_open()
                self.env[action["res_model"]].search(action["domain"])

    # ------------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------------

    def test_who_may_see_and_open(self):
        nobody = self._create_project(self.env["res.partner"])
        self._timesheet("2026-03-10", 2, project=nobody)
        ana = self.env["hr.employee"].create(
            {"name": "Ana", "company_id": self.company.id}
        )
        self._timesheet("2026-03-10", 2, employee=ana)
        self._invoice(
            self.env["res.partner"],
            "2026-03-10",
            (self.service, 1, 25),
            move_type="out_receipt",
        )
        self._refresh()
        manager = self._create_user("manager")
        findings = self.Finding.with_user(manager).search([])
        self.assertEqual(len(findings), 3)
        self.assertTrue(self.Finding.with_user(manager).get_grades())
        by_code = {finding.code: finding for finding in findings}
        with self.assertRaisesRegex(AccessError, "Journal Item"):
            by_code["no_customer_revenue"].action_open()
        with self.assertRaisesRegex(AccessError, "Employee"):
            by_code["no_cost_hours"].action_open()
        accountant = self._create_user("manager", "account.group_account_readonly")
        action = by_code["no_customer_revenue"].with_user(accountant).action_open()
        items = self.env["account.move.line"].with_user(accountant)
        self.assertEqual(items.search_count(action["domain"]), 1)
        with self.assertRaises(AccessError):
            findings.write({"amount": 0})
        salesman = self._create_user("user", "account.group_account_readonly")
        with self.assertRaises(AccessError):
            self.Finding.with_user(salesman).search([])
        with self.assertRaises(AccessError):
            self.Finding.with_user(salesman).get_grades()
        with self.assertRaises(AccessError):
            findings[0].with_user(salesman).action_open()


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestQualityFindingOfCompanies(QualityFindingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_other_company()
        cls.Finding = cls.env["customer.quality.finding"]

    def test_of_the_profit_window_and_the_company_only(self):
        self._invoice(self.north, "2025-06-30", (self.costless_goods, 1, 1))
        self._invoice(self.north, "2026-07-01", (self.costless_goods, 1, 2))
        self._invoice(self.north, "2025-07-01", (self.costless_goods, 1, 4))
        self._invoice(self.north, "2026-06-30", (self.costless_goods, 1, 8))
        self._invoice(
            self.north,
            "2026-03-10",
            (self.costless_goods, 1, 16),
            company_id=self.other.id,
        )
        self._refresh(self.company | self.other)
        self.assertEqual(
            self._findings("amount", "date_from", "date_to"),
            {"no_cost_goods": (12, date(2025, 7, 1), date(2026, 6, 30))},
        )
        self.assertEqual(
            self._findings("amount", company=self.other), {"no_cost_goods": (16,)}
        )
        manager = self._create_user("manager")
        findings = self.Finding.with_user(manager).with_context(
            allowed_company_ids=self.company.ids
        )
        self.assertEqual(findings.search([]).company_id, self.company)
        self.assertEqual(
            [row["company"] for row in self.Finding.get_grades()],
            [self.company.name, self.other.name],
        )
