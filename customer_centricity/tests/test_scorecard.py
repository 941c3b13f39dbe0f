import re
from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, freeze_time, tagged

from odoo.addons.customer_centricity.report.customer_account_scorecard import (
    LONGEST_LINE,
    LONGEST_NAME,
)
from odoo.addons.customer_centricity.report.customer_account_scorecard_figures import (
    LONGEST_SUMMARY,
)

from .common import TODAY, CustomerCentricityCommon
from .common_run import RunCommon

SCORECARD = "report.customer_centricity.customer_account_scorecard"
XMLID = "customer_centricity.customer_account_report_scorecard"
# Amounts with digits that nothing else on a page has
PRICE, COST = 7316.0, 2467.0

# Height of a page of US Letter, which is lower than A4, between the margins of the
# letterhead: 279 - 20 - 32 millimetres, 96 pixels an inch
PAGE_HEIGHT = 857
# Measures a page on paper as wide as A4
PAGE_CODE = """
document.body.style.width = "794px";
const page = document.querySelector(".%(name)s");
const boxes = [...page.querySelectorAll(".o_customer_box")];
if (page.offsetHeight > %(height)s) {
    throw new Error(
        "The page is as high as " + page.offsetHeight + ", its boxes "
        + boxes.map((box) => box.offsetHeight)
    );
}
if (page.scrollWidth > page.offsetWidth) {
    throw new Error("The page is as wide as " + page.scrollWidth);
}
console.log("test successful");
"""


class ScorecardCommon(RunCommon):
    """North sold a service of 7316 twice that goods of 2467 went with, by plain rule.

    In the window: revenue 2 x 7316 = 14632, product cost 2 x 2467 = 4934, 3 hours of 40
    are 120, profit 14632 - 4934 - 120 = 9578, which is 65% of the revenue.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.goods.standard_price = COST
        for day in ("2026-03-10", "2026-05-10"):
            cls._invoice(cls.north, day, (cls.goods, 1, PRICE))
        cls._timesheet("2026-03-10", 3)
        # 300 in the window, at no cost
        cls._invoice(cls.south, "2026-03-10", (cls.service, 1, 100))
        cls._invoice(cls.south, "2026-05-10", (cls.service, 2, 100))
        cls.Account._refresh(cls.company)
        cls.people = {
            role: cls._new_user(f"scorecard_{role}", role)
            for role in ("user", "manager")
        }
        cls.people["manager"].name = "Marta Manager"

    def _cards(self, accounts, role="manager"):
        report = self.env[SCORECARD].with_user(self.people[role])
        return report._get_scorecards(accounts.with_user(self.people[role]))

    def _html(self, xmlid, records, role="manager", lang=None):
        reports = self.env["ir.actions.report"].with_user(self.people[role])
        if lang:
            reports = reports.with_context(lang=lang)
        html, _kind = reports._render_qweb_html(xmlid, records.ids)
        return html.decode()

    def _money(self, amount):
        return self._account(self.north)._format_money(amount)

    def _customers_like(self, count):
        """Create customers that have everything that costs a query."""
        partners = self.env["res.partner"].create(
            [{"name": f"Alike {number}", "is_company": True} for number in range(count)]
        )
        self._invoice_all(
            [
                self._prepare_invoice_vals(partner, "2026-03-10", (self.service, 1, 50))
                for partner in partners
            ]
        )
        return partners

    def _count_queries(self, render, records):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        render(records)
        return self.env.cr.sql_log_count - before


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestScorecard(ScorecardCommon):
    """An account on one page: the right figures, for who may see them."""

    def test_from_revenue_to_profit(self):
        [card] = self._cards(self._account(self.north))
        rows = card["figures"]["statement"]["rows"]
        self.assertEqual(
            [(row["name"], row["bar"].value, row["text"]) for row in rows],
            [
                ("Revenue", 14632, self._money(14632)),
                ("Product cost", -4934, self._money(-4934)),
                ("Time cost", -120, self._money(-120)),
                ("Profit", 9578, self._money(9578)),
            ],
        )
        tiles = {tile["name"]: tile for tile in card["figures"]["tiles"]}
        self.assertEqual(tiles["Profit"]["text"], self._money(9578))
        self.assertEqual(tiles["Profit"]["beside"], f"65% of {self._money(14632)}")
        # 9578 a year, for five years
        self.assertEqual(tiles["Lifetime value"]["text"], self._money(47890))
        self.assertEqual(tiles["Lifetime value"]["beside"], "over 5 years")
        # nothing of July
        self.assertEqual(tiles["Hours this month"]["text"], "0")

    def test_each_closed_month_has_its_bars(self):
        """The last 24 closed months are July 2024 to June 2026."""
        self._invoice(self.north, "2024-07-01", (self.service, 1, 10))
        self._invoice(self.north, "2024-06-30", (self.service, 1, 1000))
        self._invoice(self.north, "2026-07-01", (self.service, 1, 1000))
        self._refresh()
        [card] = self._cards(self._account(self.north))
        drawn = card["figures"]["months"]
        revenue = [bar["bar"].value for bar in drawn["bars"]][:3]
        self.assertEqual(revenue, [10, PRICE, PRICE])
        # March: 7316 - 2467 - 120; May: 7316 - 2467
        profit = [bar["bar"].value for bar in drawn["bars"]][3:]
        self.assertEqual(profit, [10, 4729, 4849])
        self.assertEqual(
            [text["text"] for text in drawn["texts"]],
            ["Jul 24", "Oct", "Jan 25", "Apr", "Jul", "Oct", "Jan 26", "Apr"],
        )
        self.assertIn("June 2026", drawn["label"])

    def test_the_page_tells_all_of_it(self):
        account = self._account(self.north)
        account.write({"is_protected": True, "user_id": self.people["manager"].id})
        html = self._html(XMLID, account)
        for text in (
            "North Hotel",
            "From revenue to profit, Jul 2025 – Jun 2026",
            self._money(9578),
            "Protected",
            "Marta Manager",
            "First purchase",
            "07/15/2026",
            'aria-label="From revenue to profit. Revenue: ',
            "Confidential",
        ):
            with self.subTest(text=text):
                self.assertIn(text, html)
        self.assertEqual(html.count("<svg"), html.count("<title>") - 1)

    def test_salespeople_get_no_money(self):
        account = self._account(self.north)
        level = self.env["customer.service.level"].create(
            {"name": "Golden", "included_hours": 77}
        )
        account.service_level_id = level
        self._compute_and_apply()
        [card] = self._cards(account, "user")
        self.assertFalse(card["figures"])
        html = self._html(XMLID, account, "user")
        self.assertIn("North Hotel", html)
        self.assertIn("Golden", html)
        body = self._text(html)
        symbol = self.company.currency_id.symbol
        self.assertNotIn(symbol, body)
        for word in ("Profit", "Revenue", "Lifetime value", "cost", "Goodwill:", "77"):
            with self.subTest(word=word):
                self.assertNotIn(word, body)
        # no figure of the account, however it is written
        figures = account.sudo().read(self._figure_names())[0]
        digits = {
            f"{abs(round(value))}"
            for value in figures.values()
            if isinstance(value, float | int) and abs(value) >= 100
        }
        self.assertIn("14632", digits)
        self.assertIn("47890", digits)
        plain = re.sub(r"(?<=\d)[.,\s](?=\d{3})", "", body)
        for number in digits:
            with self.subTest(number=number):
                self.assertNotIn(number, plain)
        # which is there for who may see it
        plain = re.sub(
            r"(?<=\d)[.,\s](?=\d{3})", "", self._text(self._html(XMLID, account))
        )
        self.assertIn("14632", plain)

    def _figure_names(self):
        return [
            name
            for name, field in self.Account._fields.items()
            if field.type in ("monetary", "float", "integer")
            and field.groups == "customer_centricity.group_manager"
        ]

    def _text(self, html):
        """Return what of a page can be read, labels of drawings included."""
        body = html[html.index("<body") :]
        labels = " ".join(re.findall(r'aria-label="([^"]*)"', body))
        return re.sub(r"<[^>]*>", " ", body) + labels

    def _compute_and_apply(self, **vals):
        run = self._compute(**vals)
        self._apply(run)
        return run

    def test_the_value_over_the_runs(self):
        self._compute_and_apply()
        self._invoice(self.north, "2026-07-10", (self.service, 1, 1000))
        with freeze_time("2026-08-15"):
            self._refresh()
            self._compute_and_apply(date=date(2026, 7, 31))
        [card] = self._cards(self._account(self.north))
        history = card["figures"]["value"]["history"]
        # 1000 more of profit a year, for five years
        self.assertEqual(
            [point["above"] for point in history["points"]],
            [self._money(47890), self._money(52890)],
        )
        self.assertEqual(
            [point["below"] for point in history["points"]],
            ["Jun 26 · Tier A", "Jul 26 · Tier A"],
        )

    def test_a_score_is_told_with_what_it_rests_on(self):
        def tile():
            [card] = self._cards(account)
            [found] = [
                tile
                for tile in card["figures"]["tiles"]
                if tile["name"] == "Would recommend us"
            ]
            return found["text"], found["beside"]

        account = self._account(self.north)
        self.assertEqual(tile(), ("–", "0 contacts heard"))
        account.sudo().write({"promoter_count": 1, "nps_answer_count": 1})
        self.assertEqual(tile(), ("–", "1 answer"))
        # they have left: no contact of it is unheard
        account.sudo().write({"promoter_count": 4, "nps_answer_count": 4})
        self.assertEqual(tile(), ("+100", "all 4 contacts heard"))

    def test_quarters_have_their_year_where_it_begins(self):
        [card] = self._cards(self._account(self.north))
        self.assertEqual(
            [column["text"] for column in card["behaviours"]["columns"]],
            ["Q4", "Q1 25", "Q2", "Q3", "Q4", "Q1 26", "Q2", "Q3"],
        )

    def test_the_day_of_the_figures_is_the_readers(self):
        """Half past ten in the evening, UTC, is the next day in Madrid."""
        self.people["manager"].tz = "Europe/Madrid"
        self.company.customer_refresh_date = "2026-07-13 22:30:00"
        [card] = self._cards(self._account(self.north))
        self.assertEqual(card["figures"]["notes"][-1], "Figures as of 07/14/2026.")

    def test_both_ends_of_the_value_are_told_below_it(self):
        """80,000 to 90,000 of 100,000 is 26 units, less than the words are long."""
        texts = ["$ 85,000", "$ 80,000", "$ 90,000"]
        chart = self.env["customer.chart"]
        drawn = chart._draw_interval(85000, 80000, 90000, texts, "Value")
        self.assertEqual(drawn["text"]["text"], "$ 85,000")
        low, high = drawn["ends"]
        self.assertEqual((low["text"], high["text"]), ("$ 80,000", "$ 90,000"))
        # 8 characters of 4.8 units each, and two between them
        self.assertGreaterEqual(high["x"] - low["x"], 48 - 0.02)
        drawn = chart._draw_interval(85000, 85000, 85000, ["$ 85,000"] * 3, "Value")
        self.assertFalse(drawn["ends"], "it is told above")

    def test_nothing_is_forecast_of_who_opted_out(self):
        self.north.customer_profiling_opt_out = True
        self._refresh()
        [card] = self._cards(self._account(self.north))
        value = card["figures"]["value"]
        self.assertFalse(value["chart"] or value["history"] or value["reason"])
        self.assertIn("does not want to be profiled", value["summary"])
        tiles = {tile["name"]: tile["text"] for tile in card["figures"]["tiles"]}
        self.assertEqual(tiles["Lifetime value"], "–")
        # the books are as they are
        self.assertEqual(tiles["Profit"], self._money(9578))

    def test_an_account_of_which_nothing_is_known(self):
        partner = self.env["res.partner"].create({"name": "Nobody"})
        account = self.Account.create(
            {"partner_id": partner.id, "company_id": self.company.id}
        )
        [card] = self._cards(account)
        self.assertFalse(card["figures"]["statement"])
        self.assertFalse(card["figures"]["months"])
        html = self._html(XMLID, account)
        self.assertIn("Nothing was sold or spent in two years.", html)

    def test_names_are_text(self):
        self.north.name = "<script>alert('%s {}')</script> & " + "Sons " * 60
        html = self._html(XMLID, self._account(self.north))
        self.assertNotIn("<script>alert", html)
        self.assertIn("&lt;script&gt;alert", html)

    def test_a_loss_stands_below_zero(self):
        self._timesheet("2026-04-10", 500)  # 20000
        self._refresh()
        [card] = self._cards(self._account(self.north))
        drawn = card["figures"]["statement"]
        last = drawn["rows"][-1]
        self.assertEqual(last["bar"].value, 9578 - 20000)
        self.assertLess(last["bar"].x, drawn["zero"])
        self.assertAlmostEqual(last["bar"].x + last["bar"].width, drawn["zero"], 1)

    def test_each_account_has_a_sheet_in_the_order_given(self):
        accounts = self._account(self.south) | self._account(self.north)
        html = self._html(XMLID, accounts)
        self.assertEqual(len(re.findall(r'class="article ', html)), 2)
        self.assertLess(html.index("South Clinic"), html.index("North Hotel"))

    def test_what_a_pdf_is_made_of(self):
        """A body, a letterhead and a foot of each sheet, with pages counted."""
        accounts = self._account(self.south) | self._account(self.north)
        pack = "customer_centricity.customer_account_report_review_pack"
        for xmlid, count in ((XMLID, 2), (pack, 1)):
            with self.subTest(report=xmlid):
                reports = self.env["ir.actions.report"].with_user(
                    self.people["manager"]
                )
                html, _kind = reports._render_qweb_html(
                    xmlid, accounts.ids, data={"report_type": "pdf"}
                )
                bodies, _ids, header, footer, settings = self.env.ref(
                    xmlid
                )._prepare_html(html, report_model="customer.account")
                self.assertEqual(len(bodies), count)
                for body in bodies:
                    self.assertIn("o_customer_scorecard", body)
                    self.assertNotIn("o_customer_letterhead", body)
                self.assertEqual(header.count("o_customer_letterhead"), count)
                self.assertEqual(footer.count('class="topage"'), count)
                self.assertEqual(settings["data-report-margin-top"], "20")

    def test_who_may_not_read_it(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self._new_user("scorecard_stranger", "manager", other)
        portal = self._create_member("scorecard_portal", "base.group_portal")
        portal.partner_id.parent_id = self.north
        account = self._account(self.north)
        for user in (stranger, portal):
            reports = self.env["ir.actions.report"].with_user(user)
            for name in ("scorecard", "review_pack"):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    reports._render_qweb_html(
                        f"customer_centricity.customer_account_report_{name}",
                        account.ids,
                    )

    def test_too_many_and_none_are_refused(self):
        report = self.env[SCORECARD]
        with self.assertRaisesRegex(UserError, "201 accounts are too many.*200"):
            report._check_count(201)
        report._check_count(200)
        with self.assertRaisesRegex(UserError, "Choose the accounts"):
            self._html(XMLID, self.Account)

    def test_many_cost_no_more_queries_than_few(self):
        partners = self._customers_like(6)
        self._refresh()
        self._compute_and_apply()
        accounts = self.Account.search([("partner_id", "in", partners.ids)])
        for xmlid in (
            XMLID,
            "customer_centricity.customer_account_report_review_pack",
        ):
            for role in self.people:

                def render(records, xmlid=xmlid, role=role):
                    self._html(xmlid, records, role)

                self._count_queries(render, accounts)  # templates are compiled once
                with self.subTest(report=xmlid, role=role):
                    self.assertEqual(
                        self._count_queries(render, accounts[:2]),
                        self._count_queries(render, accounts),
                    )

    def test_in_the_readers_language(self):
        self._activate_spanish()
        html = self._html(XMLID, self._account(self.north), lang="es_ES")
        self.assertIn("15/07/2026", html)
        # 14632 as it is written there
        self.assertIn("14.632", html)


class PageCase(CustomerCentricityCommon, HttpCase):
    """However much there is to tell, it has one page: measured in a browser."""

    def _assert_one_page(self, model, method, url, name):
        """Fill what a method of a report returns, and measure the page.

        :param model: name of the report
        :param method: name of what returns the list of what is on its pages
        :param url: of the page
        :param name: class of the page
        """
        self._new_user("page_reader", "manager")
        report = type(self.env[model])
        original = getattr(report, method)

        def fill(report, records):
            pages = original(report, records)
            for page in pages:
                self._fill(report, page)
            return pages

        with patch.object(report, method, fill):
            self.browser_js(
                url,
                PAGE_CODE % {"name": name, "height": PAGE_HEIGHT},
                login="page_reader",
            )

    def _fill(self, report, page):
        """Put as much as there may be into everything that people write."""
        raise NotImplementedError


@tagged("post_install", "-at_install", "is_tour", "plain_stack")
class TestScorecardPage(PageCase):
    def test_a_full_page_is_one_page(self):
        self._invoice(self.north, "2026-03-10", (self.goods, 3, 100_000))
        self.Account._refresh(self.company)
        account = self._account(self.north)
        self._assert_one_page(
            SCORECARD,
            "_get_scorecards",
            f"/report/html/customer_centricity.customer_account_scorecard/{account.id}",
            "o_customer_scorecard",
        )

    def _fill(self, report, card):
        text = report._shorten("What they say, again and again. " * 20)
        name = report._shorten("A name that is as long as it gets " * 5, LONGEST_NAME)
        line = report._shorten("What we give or get of it " * 5, LONGEST_LINE)
        outcome = {
            "metric": "Cost to Serve of Revenue",
            "state": "On track",
            "day": "12/31/2026",
            "figures": "now $ 1,234,567, wanted $ 2,345,678",
        }
        chart = report.env["customer.chart"]
        parts = [(count, f"Promoters: {count}", "#000") for count in (3, 2, 1)]
        card.update(
            next={"name": "First purchase", "reason": text},
            voice={
                "label": "+32 ± 9, 41 answers",
                "chart": chart._draw_stack(parts, "Answers"),
                "name": "Promoter",
                "comment": text,
                "advice": "Ask for a referral",
                "referrals": 3,
            },
            intents={
                "intents": [
                    {
                        "kind": "Reduce the cost to serve",
                        "name": name,
                        "owner": "Somebody of Somewhere",
                        "outcomes": [outcome] * 2,
                    }
                ]
                * 2,
                "more": 3,
            },
            decision={
                "state": "Proposed",
                "option": name,
                "owner": "Somebody of Somewhere",
                "since": "12/31/2026",
                "review": "12/31/2026",
                "stake": "$ 1,234,567",
                "promised": "$ 1,234,567",
            },
            exchange={
                "verdict": "We give more",
                "sides": [
                    {
                        "title": "What we give",
                        "names": [line] * 3,
                        "more": 3,
                        "score": "7.8 of 10 points",
                    }
                ]
                * 2,
            },
            activities=[{"day": "12/31/2026", "name": name, "owner": "Somebody"}] * 2,
            hours="Nearly used up",
        )
        card["figures"].update(
            goodwill=report._shorten(
                "Complaints on many orders. " * 9, LONGEST_SUMMARY
            ),
            hours=chart._draw_gauge(3, 4, "Hours"),
            notes=[
                "75% of the product cost is an estimate.",
                "Goods of $ 1,234,567 were sold whose cost nobody has entered.",
                "120 hours of people without an hourly cost count as free.",
                "Figures as of 12/31/2026.",
            ],
        )
        card["figures"]["value"].update(
            summary=text,
            reason="120 orders expected × $ 1,234,567 of profit each × 0.80 for later "
            "money being worth less.",
            history=chart._draw_line(
                [1, 2, 3],
                [report.env.cr.now().date()] * 3,
                ["$ 1,234,567"] * 3,
                "Value",
                ["Tier A"] * 3,
            ),
        )
