from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged

from .common import TODAY, CustomerCentricityCommon

KINDS = ("revenue", "product_cost", "time_cost", "other_cost", "serving_cost")


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestAccountStatement(CustomerCentricityCommon):
    """The profit and loss of an account, and the documents behind its figures.

    North, in the order of its documents:

    - 10 Dec 2024: 2 chairs for 120 each; they cost 60 each when sold: 240 and 120.
    - 10 Jul 2025: an hour of advice for 500, without a cost of its own.
    - 5 Mar 2026: 3 chairs for 100 each: 300 and 180; 4 lamps that nobody knows the cost
      of for 25 each: 100. 2 hours at 40: 80.
    - 20 Mar 2026: 1 chair given back: -100 and -60. A subcontractor's bill of 200, of
      which three quarters are for its project: 150.
    - 2 Jul 2026, in the month under way: 1 chair for 100, 60.

    From 2025 on each invoice costs 5 and each invoice line 1.50 to serve; credit notes
    cost nothing. To win North cost 100, spread over 12 months from December 2024.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["customer.cost.rate"].create(
            [
                {
                    "driver_id": cls.env.ref(f"customer_centricity.{driver}").id,
                    "unit_cost": cost,
                    "date_from": "2025-01-01",
                    "company_id": cls.company.id,
                }
                for driver, cost in (
                    ("cost_driver_invoice", 5),
                    ("cost_driver_invoice_line", 1.5),
                )
            ]
        )
        cls.company.customer_acquisition_months = 12
        cls._invoice(cls.north, "2024-12-10", (cls.goods, 2, 120))
        cls._invoice(cls.north, "2025-07-10", (cls.service, 1, 500))
        cls.march = cls._invoice(
            cls.north, "2026-03-05", (cls.goods, 3, 100), (cls.costless_goods, 4, 25)
        )
        cls.sheet = cls._timesheet("2026-03-05", 2)
        cls.refund = cls._invoice(
            cls.north, "2026-03-20", (cls.goods, 1, 100), move_type="out_refund"
        )
        cls.project._create_analytic_account()
        other = cls._create_project(cls.south)
        other._create_analytic_account()
        cls.bill = cls._invoice(
            cls.env["res.partner"].create({"name": "Subcontractor"}),
            "2026-03-20",
            (cls.service, 1, 200),
            move_type="in_invoice",
            post=False,
        )
        cls.bill.invoice_line_ids.analytic_distribution = {
            str(cls.project.account_id.id): 75,
            str(other.account_id.id): 25,
        }
        cls.bill.action_post()
        cls._invoice(cls.north, "2026-07-02", (cls.goods, 1, 100))
        # The south has documents of its own, none of which may show up
        cls._invoice(cls.south, "2026-03-05", (cls.goods, 10, 100))
        cls._timesheet("2026-03-06", 3, project=other)
        cls.Account._refresh(cls.company)
        cls.account = cls.Account.search(
            [("partner_id", "=", cls.north.id), ("company_id", "=", cls.company.id)]
        )
        cls.account.write({"has_own_acquisition_cost": True, "own_acquisition_cost": 0})
        # Somebody with every right there is to documents
        cls.controller = cls._user(
            "statement_controller",
            "customer_centricity.group_manager",
            "account.group_account_invoice",
            "hr_timesheet.group_hr_timesheet_approver",
        )

    @classmethod
    def _user(cls, login, *groups):
        return new_test_user(
            cls.env,
            login,
            groups=",".join(("base.group_user", *groups)),
            company_id=cls.company.id,
            company_ids=cls.company.ids,
        )

    def _lines(self, unit):
        """Return {line: {label of the period: amount}} without what is zero."""
        statement = self.account.get_profit_statement(unit)
        labels = [period["label"] for period in statement["periods"]]
        return {
            line["key"]: {
                label: amount
                for label, amount in zip(labels, line["amounts"], strict=True)
                if amount
            }
            for line in statement["lines"]
        }

    def _items(self, account, kind, start, end):
        if account.env.su:
            account = account.with_user(self.controller)
        action = account.action_open_items(kind, start, end)
        items = self.env[action["res_model"]].with_env(account.env)
        return items.with_context(**action["context"]).search(action["domain"])

    # ------------------------------------------------------------------
    # Figures
    # ------------------------------------------------------------------

    def test_closed_months(self):
        """July 2025 to June 2026."""
        statement = self.account.get_profit_statement()
        [period] = statement["periods"]
        self.assertEqual(
            (period["start"], period["end"], period["is_open"]),
            ("2025-07-01", "2026-07-01", False),
        )
        self.assertEqual(statement["account"], self.account.display_name)
        self.assertEqual(statement["currency_id"], self.company.currency_id.id)
        self.assertTrue(statement["as_of"])
        self.assertFalse(statement["is_empty"])
        amounts = {line["key"]: line["amounts"] for line in statement["lines"]}
        self.assertEqual(
            amounts,
            {
                "revenue": [800],  # 500 + 300 + 100 - 100
                "product_cost": [-120],  # 180 - 60
                "time_cost": [-80],
                "other_cost": [-150],
                "serving_cost": [-14.5],  # 2 invoices, 3 lines
                "profit": [435.5],
            },
        )
        self.assertEqual(amounts["profit"], [self.account.profit])
        self.assertEqual(
            {name: values[0] for name, values in statement["notes"].items()},
            {
                "refund_amount": 100,
                "estimated_cost": 0,
                "uncosted_revenue": 100,
                "hours": 2,
                "uncosted_hours": 0,
                "order_count": 2,
            },
        )

    def test_months(self):
        statement = self.account.get_profit_statement("month")
        periods = statement["periods"]
        self.assertEqual(len(periods), 13)
        self.assertEqual(
            (periods[0]["start"], periods[-1]["start"], periods[-1]["end"]),
            ("2025-07-01", "2026-07-01", "2026-08-01"),
        )
        self.assertEqual(
            [period["is_open"] for period in periods], [False] * 12 + [True]
        )
        self.assertEqual(
            self._lines("month"),
            {
                "revenue": {"Jul 2025": 500, "Mar 2026": 300, "Jul 2026": 100},
                "product_cost": {"Mar 2026": -120, "Jul 2026": -60},
                "time_cost": {"Mar 2026": -80},
                "other_cost": {"Mar 2026": -150},
                "serving_cost": {"Jul 2025": -6.5, "Mar 2026": -8, "Jul 2026": -6.5},
                "profit": {"Jul 2025": 493.5, "Mar 2026": -58, "Jul 2026": 33.5},
            },
        )

    def test_calendar_years(self):
        """As far back as the account goes."""
        lines = self._lines("year")
        self.assertEqual(lines["revenue"], {"2024": 240, "2025": 500, "2026": 400})
        self.assertEqual(lines["product_cost"], {"2024": -120, "2026": -180})
        self.assertEqual(lines["serving_cost"], {"2025": -6.5, "2026": -14.5})
        self.assertEqual(lines["profit"], {"2024": 120, "2025": 493.5, "2026": -24.5})

    def test_fiscal_years_from_april(self):
        self.company.write({"fiscalyear_last_month": "3", "fiscalyear_last_day": 31})
        self.assertEqual(
            self._lines("year")["revenue"],
            {"2024–2025": 240, "2025–2026": 800, "2026–2027": 100},
        )
        period = self.account.get_profit_statement("year")["periods"][-1]
        self.assertEqual(
            (period["start"], period["end"], period["is_open"]),
            ("2026-04-01", "2027-04-01", True),
        )

    def test_fiscal_years_within_a_month_are_whole_months(self):
        """Years from 6 April begin on 1 April: figures are of whole months."""
        self.company.write({"fiscalyear_last_month": "4", "fiscalyear_last_day": 5})
        periods = self.account.get_profit_statement("year")["periods"]
        self.assertEqual(
            [(period["start"], period["end"]) for period in periods],
            [
                ("2024-04-01", "2025-04-01"),
                ("2025-04-01", "2026-04-01"),
                ("2026-04-01", "2027-04-01"),
            ],
        )
        self.assertEqual(
            self._lines("year")["revenue"],
            {"2024–2025": 240, "2025–2026": 800, "2026–2027": 100},
        )

    def test_acquisition_cost_is_spread(self):
        """100 over 12 months: 8.33 in December 2024, the rest in 2025."""
        self.account.own_acquisition_cost = 100
        lines = self._lines("year")
        self.assertEqual(lines["acquisition_share"], {"2024": -8.33, "2025": -91.67})
        self.assertEqual(
            lines["remaining"], {"2024": 111.67, "2025": 401.83, "2026": -24.5}
        )
        # July to November 2025: months 8 to 12, 100 - 58.33
        lines = self._lines("window")
        self.assertEqual(list(lines["acquisition_share"].values()), [-41.67])
        self.assertEqual(list(lines["remaining"].values()), [393.83])
        labels = {
            line["key"]: line["label"]
            for line in self.account.get_profit_statement()["lines"]
        }
        self.assertIn("12 months", labels["acquisition_share"])

    def test_account_without_months(self):
        account = self.Account.create(
            {
                "partner_id": self.env["res.partner"].create({"name": "New"}).id,
                "company_id": self.company.id,
            }
        )
        for unit, count in (("window", 1), ("month", 13), ("year", 1)):
            statement = account.get_profit_statement(unit)
            self.assertTrue(statement["is_empty"])
            self.assertEqual(len(statement["periods"]), count)
            for line in statement["lines"]:
                self.assertFalse(any(line["amounts"]))

    def test_query_count_does_not_grow_with_the_periods(self):
        counts = []
        for unit in ("window", "month", "month"):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.account.get_profit_statement(unit)
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[2], counts[0])

    def test_refused_questions(self):
        account = self.account.with_user(self.controller)
        with self.assertRaises(UserError):
            self.account.get_profit_statement("century")
        with self.assertRaises(UserError):
            account.action_open_items("profit", "2026-03-01", "2026-04-01")
        for start, end in (
            ("soon", "2026-04-01"),
            (False, False),
            ("0001-01-01", "0001-01-01"),
        ):
            with self.subTest(start=start), self.assertRaises(UserError):
                account.action_open_items("revenue", start, end)

    # ------------------------------------------------------------------
    # Documents
    # ------------------------------------------------------------------

    def test_documents_add_up_to_every_figure(self):
        for unit in ("window", "month", "year"):
            statement = self.account.get_profit_statement(unit)
            for line in statement["lines"]:
                if not line["kind"]:
                    continue
                sign = 1 if line["kind"] == "revenue" else -1
                for period, amount in zip(
                    statement["periods"], line["amounts"], strict=True
                ):
                    with self.subTest(unit=unit, line=line["key"], **period):
                        items = self._items(
                            self.account, line["kind"], period["start"], period["end"]
                        )
                        self.assertAlmostEqual(
                            sign * sum(items.mapped("amount")), amount, places=2
                        )
                        self.assertLessEqual(items.account_id, self.account)

    def test_documents_of_march(self):
        """Each with where its amount comes from, and what it leads to."""
        march = ("2026-03-01", "2026-04-01")

        def rows(kind):
            return sorted(
                (item.origin, item.amount, item.quantity, item.document)
                for item in self._items(self.account, kind, *march)
            )

        invoice, refund = self.march.display_name, self.refund.display_name
        self.assertEqual(
            rows("revenue"),
            [
                ("credit_note", -100, -1, refund),
                ("invoice", 100, 4, invoice),
                ("invoice", 300, 3, invoice),
            ],
        )
        self.assertEqual(
            rows("product_cost"),
            [("captured", -60, -1, refund), ("captured", 180, 3, invoice)],
        )
        self.assertEqual(rows("time_cost"), [("hours", 80, 2, "Elena, Work")])
        [(origin, amount, _quantity, document)] = rows("other_cost")
        self.assertEqual(
            (origin, amount, document), ("analytic", 150, self.bill.display_name)
        )
        rates = self.env["customer.cost.rate"].search([], order="unit_cost")
        lines_rate, invoice_rate = rates.mapped("display_name")
        self.assertEqual(
            rows("serving_cost"),
            [
                ("rate", 1.5, 1, f"{invoice}, {lines_rate}"),
                ("rate", 1.5, 1, f"{invoice}, {lines_rate}"),
                ("rate", 5, 1, f"{invoice}, {invoice_rate}"),
            ],
        )

    def test_estimates(self):
        """A lamp sold without a cost has one of 10 by now: an estimate."""
        self.costless_goods.with_company(self.company).standard_price = 10
        self._refresh()
        march = ("2026-03-01", "2026-04-01")
        items = self._items(self.account, "product_cost", *march)
        self.assertEqual(
            sorted(items.mapped(lambda item: (item.origin, item.amount))),
            [("captured", -60), ("captured", 180), ("estimate", 40)],
        )
        notes = self.account.get_profit_statement()["notes"]
        self.assertEqual(notes["estimated_cost"], [40])
        self.assertEqual(notes["uncosted_revenue"], [0])

    def test_documents_open(self):
        march = ("2026-03-01", "2026-04-01")
        for kind, documents in {
            "revenue": self.march | self.refund,
            "product_cost": self.march | self.refund,
            "time_cost": self.sheet,
            "other_cost": self.bill,
            "serving_cost": self.march,
        }.items():
            for item in self._items(self.account, kind, *march):
                with self.subTest(kind=kind, document=item.document):
                    action = item.action_open_document()
                    self.assertEqual(action["res_model"], documents._name)
                    self.assertIn(action["res_id"], documents.ids)

    def test_action_names_the_figure(self):
        account = self.account.with_user(self.controller)
        action = account.action_open_items("revenue", "2026-03-01", "2026-04-01")
        for words in ("Revenue", "North Hotel", "03/01/2026", "03/31/2026"):
            self.assertIn(words, action["display_name"])
        action = self.account.action_open_statement()
        self.assertEqual(action["tag"], "customer_centricity.profit_statement")
        self.assertEqual(action["params"]["account_id"], self.account.id)
        self.assertEqual(action["context"]["active_id"], self.account.id)

    # ------------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------------

    def test_a_salesperson_gets_nothing(self):
        user = self._user("statement_sales", "customer_centricity.group_user")
        account = self.account.with_user(user)
        for unit in ("window", "month", "year"):
            with self.assertRaises(AccessError):
                account.get_profit_statement(unit)
        for kind in KINDS:
            with self.subTest(kind=kind), self.assertRaises(AccessError):
                account.action_open_items(kind, "2026-03-01", "2026-04-01")
        items = self.env["customer.profit.item"].with_user(user)
        with self.assertRaises(AccessError):
            items.with_context(customer_account_id=account.id).search([])

    def test_a_manager_opens_what_the_rights_are_for(self):
        """Invoices with accounting rights, timesheets with those of an approver."""
        manager = "customer_centricity.group_manager"
        invoices = ("revenue", "product_cost", "other_cost")
        for login, groups, kinds in (
            ("statement_manager", (), ()),
            ("statement_billing", ("account.group_account_invoice",), invoices),
            ("statement_reader", ("account.group_account_readonly",), invoices),
            (
                "statement_approver",
                ("hr_timesheet.group_hr_timesheet_approver",),
                ("time_cost",),
            ),
        ):
            user = self._user(login, manager, *groups)
            account = self.account.with_user(user)
            statement = account.get_profit_statement()
            opens = {line["kind"]: line["opens"] for line in statement["lines"]}
            allowed = {*kinds, "serving_cost"}
            self.assertEqual(len(statement["hints"]), 1 if kinds else 2)
            for kind in KINDS:
                with self.subTest(login=login, kind=kind):
                    self.assertEqual(opens[kind], kind in allowed)
                    self._check_items(account, kind, kind in allowed)

    def _check_items(self, account, kind, allowed):
        march = ("2026-03-01", "2026-04-01")
        controller = self.account.with_user(self.controller)
        action = controller.action_open_items(kind, *march)
        items = self.env["customer.profit.item"].with_context(**action["context"])
        ids = items.search(action["domain"]).ids
        self.assertTrue(ids)
        # to be read anew: not from what the superuser has read
        self.env.invalidate_all()
        theirs = items.with_user(account.env.user)
        if allowed:
            self.assertEqual(self._items(account, kind, *march).ids, ids)
            self.assertTrue(all(theirs.browse(ids).mapped("document")))
            return
        with self.assertRaises(AccessError):
            account.action_open_items(kind, *march)
        self.assertFalse(theirs.search(action["domain"]))
        self.assertFalse(theirs.search_count(action["domain"]))
        with self.assertRaises(AccessError):
            theirs.browse(ids).read(["amount", "document"])
        with self.assertRaises(AccessError):
            theirs.browse(ids[0]).action_open_document()
        self.assertFalse(
            theirs._read_group(action["domain"], ["origin"], ["amount:sum"])
        )
        self.assertFalse(
            theirs.formatted_read_group(action["domain"], ["origin"], ["amount:sum"])
        )

    def test_what_served_invoices_is_told_without_them(self):
        """Who knows the cost rates need not see the invoices that they count."""
        user = self._user("statement_served", "customer_centricity.group_manager")
        account = self.account.with_user(user)
        items = self._items(account, "serving_cost", "2026-03-01", "2026-04-01")
        self.assertEqual(sum(items.mapped("amount")), 8)
        for item in items:
            self.assertEqual(item.document, item.rate_id.display_name)
            with self.assertRaisesRegex(AccessError, "not for you"):
                item.action_open_document()

    def test_another_company(self):
        """Neither the statement nor the documents of a company that is not theirs."""
        other = self.setup_other_company()["company"]
        user = new_test_user(
            self.env,
            "statement_elsewhere",
            groups="base.group_user,customer_centricity.group_manager,"
            "account.group_account_invoice",
            company_id=other.id,
            company_ids=other.ids,
        )
        account = self.account.with_user(user)
        with self.assertRaises(AccessError):
            account.get_profit_statement()
        with self.assertRaises(AccessError):
            account.action_open_items("revenue", "2026-03-01", "2026-04-01")
        items = self.env["customer.profit.item"].with_user(user)
        items = items.with_context(
            customer_account_id=self.account.id, customer_kind="revenue"
        )
        self.assertFalse(items.search([]))


@tagged("post_install", "-at_install", "-standard", "wide_stack")
@freeze_time(TODAY)
class TestAccountStatementOfGoods(CustomerCentricityCommon):
    """Documents behind a product cost that inventory valuation and sales know."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        category = cls.env["product.category"].create(
            {
                "name": "Valued as they move",
                "property_valuation": "real_time",
                "property_cost_method": "standard",
            }
        )
        cls.valued = cls.env["product.product"].create(
            {
                "name": "Desk",
                "type": "consu",
                "is_storable": True,
                "categ_id": category.id,
                "standard_price": 70,
            }
        )

    def test_each_rung_of_the_cost(self):
        """3 desks at a posted cost of 70, 1 chair at the 60 of when it was sold."""
        invoice = self._invoice(
            self.north, "2026-03-10", (self.valued, 3, 100), (self.goods, 1, 100)
        )
        self._refresh()
        user = new_test_user(
            self.env,
            "statement_goods",
            groups="base.group_user,customer_centricity.group_manager,"
            "account.group_account_invoice",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        account = self._account(self.north).with_user(user)
        action = account.action_open_items("product_cost", "2026-03-01", "2026-04-01")
        items = self.env["customer.profit.item"].with_user(user)
        items = items.with_context(**action["context"]).search(action["domain"])
        self.assertEqual(
            sorted(items.mapped(lambda item: (item.origin, item.amount))),
            [("captured", 60), ("posted", 210)],
        )
        self.assertEqual(items.move_id, invoice)
        [amounts] = [
            line["amounts"]
            for line in account.get_profit_statement()["lines"]
            if line["key"] == "product_cost"
        ]
        self.assertEqual(amounts, [-270])
