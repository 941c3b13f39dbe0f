from odoo.tests import freeze_time, tagged

from .common import TODAY
from .common_dashboard import DashboardCommon

# What a target under a key of that name opens: how many records, which key tells; and
# of what the sum is told by which other key.
OPENS = {
    "open": (
        ("count", "account_count", "finding_count"),
        {
            "value": "lifetime_value",
            "amount": "lifetime_value",
            "profit": "profit",
            "revenue": "revenue",
            "total": "profit",
            "at_stake": "stake_amount",
            "answer_count": "nps_answer_count",
        },
    ),
    "open_valued": (("valued_count",), {"amount": "lifetime_value"}),
    "open_losers": (("loss_count",), {"loss_amount": "profit"}),
    "open_top10": (("top10_count",), {"top10_profit": "profit"}),
    "open_top20": (("top20_count",), {"top20_profit": "profit"}),
    "open_recovered": (("recovered_count",), {"recovered": "recovered_amount"}),
    "open_overdue": (("overdue_count",), {}),
    **{f"open_{name}": ((name,), {}) for name in ("up", "down", "entered", "left")},
}


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestDashboardOpen(DashboardCommon):
    """Every number opens exactly the records that it counts."""

    def setUp(self):
        super().setUp()
        self._fill()
        self.accounts["Riser"].tier_id = False
        self.partners["Riser"].customer_profiling_opt_out = True
        self._refresh()
        # it is in the run, and not in the portfolio of today
        self.accounts["Small"].active = False
        self.env.flush_all()

    def _get_views(self):
        """Return what may be looked at: filters by which much or little is left."""
        for date in ("now", self.run_.id):
            yield {"date": date}
            yield {"date": date, "user_id": self.anna.id}
            yield {"date": date, "group_id": self.hotels.id}
            yield {"date": date, "group_id": self.spas.id, "user_id": self.anna.id}
            yield {"date": date, "user_id": self.manager.id}

    def _get_numbers(self, told):
        """Return all dicts that name a target, at any depth."""
        if isinstance(told, dict):
            if any(key.startswith("open") for key in told):
                yield told
            for value in told.values():
                yield from self._get_numbers(value)
        elif isinstance(told, list):
            for value in told:
                yield from self._get_numbers(value)

    def _check(self, dashboard, told, filters):
        """Open all targets of a section; return what was compared."""
        compared = set()
        for row in self._get_numbers(told):
            for key in row:
                if not key.startswith("open"):
                    continue
                self.assertIn(key, OPENS)
                counts, sums = OPENS[key]
                if row[key][0] == "finding":
                    continue  # records to mend: test_findings
                records = self._opened(row[key], dashboard, **filters)
                for name in counts:
                    # of the people who answered, each account may have several
                    if row.get(name) is not None:
                        self.assertEqual(len(records), row[name], (key, name, row))
                        compared.add((key, name))
                for name, field in sums.items():
                    if row.get(name) is not None:
                        self.assertAlmostEqual(
                            sum(records.mapped(field)), row[name], 6, (key, name, row)
                        )
                        compared.add((key, name))
        return compared

    def test_every_number(self):
        compared = set()
        for filters in self._get_views():
            for name in self.dashboard._get_sections():
                with self.subTest(name=name, filters=filters):
                    told = self._section(name, **filters)
                    if name == "quality" and filters["date"] != "now":
                        continue  # of the findings of today: test_findings
                    compared |= self._check(self.dashboard, told, filters)
        for key, (counts, sums) in OPENS.items():
            for name in (*counts, *sums):
                self.assertIn((key, name), compared)

    def test_losers_are_what_is_given_back(self):
        for filters in self._get_views():
            with self.subTest(filters=filters):
                whale = self._section("whale", **filters)
                losers = self._opened(["losers"], **filters)
                self.assertAlmostEqual(
                    -sum(losers.mapped("profit")), whale["given_back"] or 0
                )

    def test_every_number_of_a_salesperson(self):
        dashboard = self._dashboard_of(self.bruno)
        compared = set()
        for filters in ({}, {"user_id": self.bruno.id}, {"group_id": self.hotels.id}):
            for name, is_for_managers in dashboard._get_sections().items():
                if is_for_managers:
                    continue
                with self.subTest(name=name, filters=filters):
                    told = dashboard.get_section(name, filters)
                    compared |= self._check(dashboard, told, filters)
        self.assertEqual(
            compared,
            {("open", "count"), ("open", "account_count"), ("open", "answer_count")},
        )

    def test_findings(self):
        """What is to be mended, and what has been found."""
        self._refresh()
        self._invoice(self.north, "2026-03-10", (self.costless_goods, 1, 70))
        self._refresh()
        quality = self._section("quality")
        self.assertEqual(len(self._opened(quality["open"])), quality["finding_count"])
        goods = next(
            finding
            for finding in quality["findings"]
            if finding["open"] == ["finding", "no_cost_goods"]
        )
        self.assertEqual(goods["amount"], 70)
        action = self.dashboard.get_action(goods["open"], {})
        self.assertEqual(
            self.env[action["res_model"]].search(action["domain"]), self.costless_goods
        )

    def test_what_is_opened_says_what_it_is(self):
        action = self.dashboard.get_action(["tier", self.a.id], {})
        self.assertEqual(action["name"], "Tier Tier A")
        for target, name in (
            (["band", False], "Value Band: Not valued"),
            (["behaviour", False], "Next Best Behaviour: Nothing suggested"),
            (["voice", "promoter"], "Voice: Promoter"),
        ):
            self.assertEqual(self.dashboard.get_action(target, {})["name"], name)
        self.assertEqual(action["res_model"], "customer.account")
        self.assertEqual(action["views"][0][1], "list")
        self.assertEqual(action["view_mode"].split(",")[0], "list")
        action = self.dashboard.get_action(["losers"], {"date": self.run_.id})
        self.assertEqual(action["res_model"], "customer.account.snapshot")
        self.assertEqual(
            action["name"], "Accounts that cost you money, as of 30 Jun 2026"
        )

    def test_targets_go_through_the_browser(self):
        """What the screen hands back has been text in between; so has the action."""
        import json

        for name in self.dashboard._get_sections():
            told = self._section(name)
            self.assertEqual(json.loads(json.dumps(told)), told)
        action = self.dashboard.get_action(["top", 20], {})
        domain = json.loads(json.dumps(action["domain"]))
        self.assertEqual(
            self.dashboard.env[action["res_model"]].search_count(domain),
            self._section("whale")["top20_count"],
        )
