from datetime import date

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .test_scorecard import PRICE, ScorecardCommon

XMLID = "customer_centricity.customer_account_report_review_pack"
PACK = "report.customer_centricity.customer_review_pack"


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestReviewPack(ScorecardCommon):
    """Chosen accounts in one document: a summary, then each of them."""

    def _values(self, accounts, role="manager"):
        pack = self.env[PACK].with_user(self.people[role])
        return pack._get_report_values(accounts.ids)

    def test_the_summary_adds_up(self):
        """North 14632 and 9578, South 300 and 300; five years of each profit."""
        accounts = self._account(self.south) | self._account(self.north)
        values = self._values(accounts)
        self.assertEqual(
            [
                (line["name"], line["revenue"], line["profit"], line["rate"])
                for line in values["lines"]
            ],
            [
                ("South Clinic", self._money(300), self._money(300), "100%"),
                ("North Hotel", self._money(14632), self._money(9578), "65%"),
            ],
        )
        self.assertEqual(
            values["totals"],
            [
                {
                    "name": "2 accounts",
                    "revenue": self._money(14932),
                    "profit": self._money(9878),
                    # 9878 of 14932
                    "rate": "66%",
                    "lifetime_value": self._money(49390),
                    "is_loss": False,
                    # there was no run yet
                    "change": "–",
                }
            ],
        )
        self.assertFalse(values["movements"])

    def test_what_moved_in_the_last_run(self):
        """South, worth 1500, was B; 800 more of profit make it 5500: A."""
        accounts = self._account(self.south) | self._account(self.north)
        self._apply(self._compute())
        self._invoice(self.south, "2026-07-10", (self.service, 8, 100))
        with freeze_time("2026-08-15"):
            self._refresh()
            line = self._values(accounts)["lines"][0]
            self.assertEqual(line["tier"], "Tier B")
            self.assertEqual(line["change"], f"+{self._money(4000)}")
            self._apply(self._compute(date=date(2026, 7, 31)))
        self.env.invalidate_all()
        values = self._values(accounts)
        line = values["lines"][0]
        self.assertEqual((line["tier"], line["sign"]), ("Tier A", "▲"))
        self.assertEqual(
            values["movements"], ["1 entered the best tier", "1 stayed in their tier"]
        )
        self.assertEqual(values["totals"][0]["change"], self._money(0))

    def test_it_is_one_document_in_the_order_chosen(self):
        accounts = self._account(self.south) | self._account(self.north)
        html = self._html(XMLID, accounts)
        # one article: its pages are counted through
        self.assertEqual(html.count('class="article '), 1)
        self.assertEqual(html.count("o_customer_break"), 2)
        self.assertIn("2 accounts, in the order of the pages.", html)
        pages = html.split("o_customer_break")
        self.assertIn("South Clinic", pages[1])
        self.assertIn("North Hotel", pages[2])

    def test_one_account_is_not_added_up(self):
        self.assertFalse(self._values(self._account(self.north))["totals"])

    def test_salespeople_get_no_money(self):
        accounts = self._account(self.south) | self._account(self.north)
        self._apply(self._compute())
        values = self._values(accounts, "user")
        self.assertFalse(values["totals"])
        self.assertFalse(values["movements"])
        self.assertFalse(
            {"revenue", "profit", "rate", "value", "change"} & set(values["lines"][0])
        )
        html = self._html(XMLID, accounts, "user")
        body = html[html.index("<body") :]
        self.assertIn("Service level", body)
        self.assertNotIn(self.company.currency_id.symbol, body)
        for text in ("Revenue", "Profit", "14632", "14,632", "9,578", "47,890"):
            with self.subTest(text=text):
                self.assertNotIn(text, body)

    def test_the_button_of_the_list_prints_it(self):
        accounts = self._account(self.south) | self._account(self.north)
        action = accounts.with_user(self.people["user"]).action_print_review_pack()
        self.assertEqual(action["type"], "ir.actions.report")
        self.assertEqual(
            action["report_name"], "customer_centricity.customer_review_pack"
        )
        self.assertEqual(action["context"]["active_ids"], accounts.ids)
        many = self.Account.browse(range(1, 202))
        with self.assertRaisesRegex(UserError, "201 accounts are too many"):
            many.with_env(self.env).action_print_review_pack()

    def test_it_is_in_the_menus_to_print(self):
        bindings = self.env["ir.actions.actions"].with_user(self.people["user"])
        for model, names in {
            "customer.account": {"Scorecard", "Review Pack"},
            "customer.group": {"One-pager", "Relationship card"},
        }.items():
            found = bindings.get_bindings(model)["report"]
            self.assertLessEqual(names, {report["name"] for report in found})


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestReviewPackCompanies(ScorecardCommon):
    """North is a customer of two companies; the manager works in both."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_other_company()
        cls.people["manager"].company_ids |= cls.other
        cls._invoice(
            cls.north, "2026-03-10", (cls.service, 1, 1000), company_id=cls.other.id
        )
        cls.Account._refresh(cls.other)

    def test_companies_are_not_added_up(self):
        other, manager = self.other, self.people["manager"]
        accounts = self._account(self.north) | self._account(self.north, other)
        values = (
            self.env[PACK]
            .with_user(manager)
            .with_context(allowed_company_ids=manager.company_ids.ids)
            ._get_report_values(accounts.ids)
        )
        self.assertEqual(
            [total["name"] for total in values["totals"]],
            [f"{self.company.name}, 1 accounts", f"{other.name}, 1 accounts"],
        )
        self.assertEqual(values["totals"][0]["revenue"], self._money(2 * PRICE))
        self.assertEqual(
            values["totals"][1]["revenue"],
            self._account(self.north, other)._format_money(1000),
        )
