from datetime import date

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from odoo.addons.customer_centricity.report.customer_account_scorecard import (
    LONGEST_LINE,
    LONGEST_NAME,
    LONGEST_TEXT,
    MOST_OUTCOMES,
)
from odoo.addons.customer_centricity.report.customer_group_one_pager import (
    LONGEST_STORY,
    MOST_INTENTS,
    NAMED,
)

from .common import TODAY
from .common_group import GroupCommon
from .test_scorecard import PageCase

XMLID = "customer_centricity.customer_group_report_one_pager"
REPORT = "report.customer_centricity.customer_group_one_pager"


class OnePagerCommon(GroupCommon):
    """A group on one page: North 600, South 300, A 100 and B, who loses 40.

    Hotels are North, A and B, the latter two by their part; South is of the clinics.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.inns = cls.Group.create({"name": "Inns", "parent_id": cls.hotels.id})
        for partner, group in {
            cls.north: cls.hotels,
            cls.south: cls.clinics,
            cls.partner_a: cls.inns,
            cls.partner_b: cls.inns,
        }.items():
            account = cls.Account.search(
                [("partner_id", "=", partner.id), ("company_id", "=", cls.company.id)]
            )
            account.group_id = group

    def _pages(self, groups, role="manager"):
        return self._as(role, self.env[REPORT])._get_pages(self._as(role, groups))

    def _html(self, groups, role="manager"):
        reports = self._as(role, self.env["ir.actions.report"])
        return reports._render_qweb_html(XMLID, groups.ids)[0].decode()

    def _money(self, amount):
        return self._account(self.north)._format_money(amount)


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestGroupOnePager(OnePagerCommon):
    def test_the_figures_are_those_of_the_members(self):
        """600 + 100 - 40 of 700; all losses are its own."""
        [page] = self._pages(self.hotels)
        tiles = {tile["name"]: tile for tile in page["figures"]["tiles"]}
        self.assertEqual(tiles["Accounts"]["text"], "3")
        self.assertEqual(tiles["Profit"]["text"], self._money(660))
        # 660 of 700
        self.assertEqual(tiles["Profit"]["beside"], "94% of the revenue")
        self.assertEqual(tiles["Revenue"]["text"], self._money(700))
        self.assertEqual(tiles["Revenue"]["beside"], "Jul 2025 – Jun 2026")
        self.assertEqual(tiles["Losses"]["text"], "100%")

    def test_profit_by_quarter(self):
        """All in March: the first quarter; and 50 in this one."""
        self._invoice(self.north, "2026-07-10", (self.service, 1, 50))
        # before the first of eight quarters
        self._invoice(self.north, "2024-09-30", (self.service, 1, 1000))
        self._refresh()
        hotels, clinics = self._pages(self.hotels | self.clinics)
        bars = [bar["bar"].value for bar in hotels["figures"]["quarters"]["bars"]]
        self.assertEqual(bars, [700, 50, 660, 50])
        # the quarter under way is not drawn as a whole one
        drawn = hotels["figures"]["quarters"]
        self.assertEqual(
            [bar["is_open"] for bar in drawn["bars"]], [False, True, False, True]
        )
        self.assertEqual(
            [entry["name"] for entry in drawn["legend"]],
            ["Revenue", "Profit", "so far"],
        )
        bars = [bar["bar"].value for bar in clinics["figures"]["quarters"]["bars"]]
        self.assertEqual(bars, [300, 300])
        self.assertEqual(
            [text["text"] for text in hotels["figures"]["quarters"]["texts"]],
            ["Q4 24", "Q1 25", "Q2", "Q3", "Q4", "Q1 26", "Q2", "Q3"],
        )

    def _ends(self, group):
        [page] = self._pages(group)
        return [
            [(line["name"], line["profit"]) for line in page["figures"][end]]
            for end in ("best", "worst")
        ]

    def test_both_ends_of_the_members(self):
        """Of three members the better half is two."""
        best, worst = self._ends(self.hotels)
        self.assertEqual(
            best,
            [("North Hotel", self._money(600)), ("partner_a", self._money(100))],
        )
        self.assertEqual(worst, [("partner_b", self._money(-40))])
        [page] = self._pages(self.hotels)
        self.assertTrue(page["figures"]["worst"][0]["is_loss"])
        self.assertFalse(page["figures"]["best"][0]["is_loss"])

    def test_who_has_no_profit_is_not_among_the_most_profitable(self):
        """South's 300 were given back, and 50 more: of three one only has profit."""
        self._account(self.south).group_id = self.inns
        self._invoice(
            self.south, "2026-03-10", (self.service, 1, 350), move_type="out_refund"
        )
        self._refresh()
        best, worst = self._ends(self.inns)
        self.assertEqual(best, [("partner_a", self._money(100))])
        self.assertEqual(
            worst,
            [("South Clinic", self._money(-50)), ("partner_b", self._money(-40))],
        )

    def test_five_are_named_at_either_end(self):
        """Twelve members: North, A, nine inns of 20 to 12, and B."""
        partners = self.env["res.partner"].create(
            [{"name": f"Inn {number}"} for number in range(9)]
        )
        self._invoice_all(
            [
                self._prepare_invoice_vals(
                    partner, "2026-03-10", (self.service, 1, 20 - number)
                )
                for number, partner in enumerate(partners)
            ]
        )
        self._refresh()
        for partner in partners:
            self._account(partner).group_id = self.inns
        best, worst = self._ends(self.hotels)
        self.assertEqual(
            [name for name, _profit in best],
            ["North Hotel", "partner_a", "Inn 0", "Inn 1", "Inn 2"],
        )
        self.assertEqual(
            [name for name, _profit in worst],
            ["partner_b", "Inn 8", "Inn 7", "Inn 6", "Inn 5"],
        )

    def test_who_opted_out_is_not_named(self):
        self.partner_a.with_env(self.env).customer_profiling_opt_out = True
        [page] = self._pages(self.inns)
        named = [*page["figures"]["best"], *page["figures"]["worst"]]
        self.assertEqual([line["name"] for line in named], ["partner_b"])

    def test_the_page_tells_all_of_it(self):
        self.hotels.write({"story": "Twelve <rooms>", "user_id": self.manager.id})
        html = self._html(self.hotels | self.clinics)
        self.assertEqual(html.count("o_customer_one_pager"), 2)
        for text in (
            "Twelve &lt;rooms&gt;",
            self.manager.name,
            self._money(660),
            "Most profitable accounts",
            "North Hotel",
            "What we give and get",
            "07/15/2026",
        ):
            with self.subTest(text=text):
                self.assertIn(text, html)

    def test_salespeople_get_no_money(self):
        [page] = self._pages(self.hotels, "user")
        self.assertFalse(page["figures"])
        html = self._html(self.hotels, "user")
        body = html[html.index("<body") :]
        self.assertIn("<strong>3</strong> accounts", " ".join(body.split()))
        self.assertNotIn(self.company.currency_id.symbol, body)
        for text in ("Profit", "Revenue", "profitable", "North Hotel", "660", "600"):
            with self.subTest(text=text):
                self.assertNotIn(text, body)

    def test_a_group_without_members(self):
        empty = self.Group.create({"name": "Empty"})
        [page] = self._pages(empty)
        self.assertFalse(page["figures"]["quarters"] or page["figures"]["best"])
        self.assertIn("No accounts yet.", self._html(empty))

    def test_groups_of_another_company_are_not_read(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        theirs = self.Group.create({"name": "Theirs", "company_id": other.id})
        with self.assertRaises(AccessError):
            self._html(theirs)

    def test_many_cost_no_more_queries_than_few(self):
        groups = self.Group.create([{"name": f"Group {n}"} for n in range(6)])
        partners = self.env["res.partner"].create(
            [{"name": f"Of group {n}"} for n in range(6)]
        )
        self._invoice_all(
            [
                self._prepare_invoice_vals(partner, "2026-03-10", (self.service, 1, 20))
                for partner in partners
            ]
        )
        self._refresh()
        for partner, group in zip(partners, groups, strict=True):
            self._account(partner).group_id = group
        for role in ("user", "manager"):
            self._html(groups, role)  # templates are compiled once
            self.env.invalidate_all()
            self._html(groups, role)
            counts = []
            for some in (groups[:2], groups):
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                self._html(some, role)
                counts.append(self.env.cr.sql_log_count - before)
            with self.subTest(role=role):
                self.assertEqual(counts[0], counts[1])


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestGroupOnePagerCompanies(OnePagerCommon):
    """South is of the clinics in another company as well, where it brings 5000."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_other_company()
        cls._invoice(
            cls.south, "2026-03-10", (cls.service, 1, 5000), company_id=cls.other.id
        )
        cls.Account._refresh(cls.other)
        theirs = cls.Account.search(
            [("partner_id", "=", cls.south.id), ("company_id", "=", cls.other.id)]
        )
        theirs.group_id = cls.clinics
        cls.manager.company_ids |= cls.other

    def test_members_of_another_company_are_not_told(self):
        other = self.other
        report = self._as("manager", self.env[REPORT]).with_company(self.company)
        report = report.with_context(allowed_company_ids=[self.company.id, other.id])
        [page] = report._get_pages(self.clinics.with_env(report.env))
        self.assertEqual(page["figures"]["tiles"][0]["text"], "1")
        bars = [bar["bar"].value for bar in page["figures"]["quarters"]["bars"]]
        self.assertEqual(bars, [300, 300])
        self.assertEqual(len(page["figures"]["best"]), 1)


@tagged("post_install", "-at_install", "is_tour", "plain_stack")
class TestGroupOnePagerPage(PageCase):
    def test_a_full_page_is_one_page(self):
        group = self.env["customer.group"].create({"name": "Hotels and Inns"})
        self._assert_one_page(
            REPORT,
            "_get_pages",
            f"/report/html/customer_centricity.customer_group_one_pager/{group.id}",
            "o_customer_one_pager",
        )

    def _fill(self, report, page):
        shorten = report.env["customer.chart"]._shorten
        draw = report.env["customer.chart"]
        text = shorten("What they care for, again and again. " * 9, LONGEST_TEXT)
        name = shorten("A name that is as long as it gets " * 5, LONGEST_NAME)
        line = shorten("What we give or get of it " * 5, LONGEST_LINE)
        parts = [(count, f"Tier {count}: {count}", "#000") for count in range(1, 7)]
        account = {
            "name": shorten("A customer with a long name " * 3, 34),
            "tier": "Loss",
            "profit": "$ -1,234,567",
            "is_loss": True,
            "value": "$ -1,234,567",
        }
        outcome = {
            "metric": "Cost to Serve of Revenue",
            "state": "On track",
            "day": "12/31/2026",
            "figures": "now $ 1,234,567, wanted $ 2,345,678",
        }
        intent = {
            "kind": "Reduce the cost to serve",
            "name": name,
            "owner": "Somebody of Somewhere",
            "outcomes": [outcome] * MOST_OUTCOMES,
        }
        months = [date(2026, month, 1) for month in range(1, 9)]
        page.update(
            story=shorten("Who they are and how they live. " * 40, LONGEST_STORY),
            traits=[(f"Trait {number}", text) for number in range(4)],
            tiers=draw._draw_stack(parts, "Tiers"),
            voice={
                "label": "+32 ± 9, 41 answers",
                "chart": draw._draw_stack(parts[:3], "Answers"),
            },
            intents={"intents": [intent] * MOST_INTENTS, "more": 2},
            exchange={
                "verdict": "We give more",
                "sides": [
                    {
                        "title": "What We Give",
                        "names": [line] * 3,
                        "more": 3,
                        "score": "7.8 of 10 points",
                    }
                ]
                * 2,
                "explanation": shorten("We give more than we get. " * 20, 260),
            },
        )
        page["figures"].update(
            quarters=draw._draw_columns(
                months, [[9] * 8, [5] * 8], ["A", "B"], "Both", is_last_open=True
            ),
            history=draw._draw_line([1, 2], months[:2], ["1", "2"], "Value"),
            best=[account] * NAMED,
            worst=[account] * NAMED,
        )
