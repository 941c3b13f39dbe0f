import json

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged

from .common import TODAY
from .common_dashboard import DashboardCommon

# What may stand in a section for everybody: counts, names, and what opens them
TOLD = {
    "account_count",
    "answer_count",
    "behaviours",
    "by_band",
    "by_voice",
    "color",
    "count",
    "groups",
    "id",
    "intended",
    "intents",
    "key",
    "kind",
    "kind_label",
    "migration",
    "name",
    "note",
    "nps_label",
    "nps_parts",
    "open",
    "outcome_label",
    "outcome_state",
    "stages",
    "state",
    "state_label",
    "tiers",
}


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestDashboardRights(DashboardCommon):
    """Who gets which numbers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_other_company()
        cls.stranger = cls._new_user("dashboard_stranger", "manager", cls.other)
        cls.theirs = cls._dashboard_of(cls.stranger, cls.other)

    def setUp(self):
        super().setUp()
        self._fill()
        self.mine = self._dashboard_of(self.anna)

    def _get_parts(self, told):
        """Return keys and plain values of what was told, at any depth."""
        if isinstance(told, dict):
            for key, value in told.items():
                yield key, None
                if not key.startswith("open"):
                    yield from self._get_parts(value)
        elif isinstance(told, list):
            for value in told:
                yield from self._get_parts(value)
        else:
            yield None, told

    def _get_all_targets(self, dashboard):
        """Return all targets that the sections name to somebody."""
        is_manager = dashboard._is_manager()
        for name, is_for_managers in dashboard._get_sections().items():
            if is_manager or not is_for_managers:
                yield from self._find_targets(dashboard.get_section(name, {}))

    def _find_targets(self, told):
        if isinstance(told, dict):
            for key, value in told.items():
                if key.startswith("open"):
                    yield value
                else:
                    yield from self._find_targets(value)
        elif isinstance(told, list):
            for value in told:
                yield from self._find_targets(value)

    def test_a_salesperson_gets_no_money(self):
        refused = set()
        for name in self.mine._get_sections():
            with self.subTest(name=name):
                try:
                    told = self.mine.get_section(name, {})
                except AccessError:
                    refused.add(name)
                    continue
                parts = list(self._get_parts(told))
                keys = {key for key, _value in parts if key}
                self.assertFalse(keys - TOLD)
                for key, value in parts:
                    if key is None and isinstance(value, float):
                        self.fail(f"{name} tells {value}")
                text = json.dumps(told)
                for amount in ("38850", "7290", "30000", "6000", "600", "36000"):
                    self.assertNotIn(amount, text)
        self.assertEqual(refused, {"whale", "decisions", "quality"})

    def test_a_salesperson_opens_no_target_that_tells_money(self):
        """Neither one that is handed on, nor one that is made up."""
        mine = {json.dumps(target) for target in self._get_all_targets(self.mine)}
        told = 0
        for target in self._get_all_targets(self.dashboard):
            with self.subTest(target=target):
                if json.dumps(target) in mine:
                    action = self.mine.get_action(target, {})
                    records = self.mine.env[action["res_model"]]
                    records.search_count(action["domain"])
                    told += 1
                else:
                    with self.assertRaises(AccessError):
                        self.mine.get_action(target, {})
        self.assertTrue(told)
        for target in (["top", 10], ["losers"], ["valued"], ["advocacy", "decide"]):
            with self.assertRaises(AccessError):
                self.mine.get_action(target, {})

    def test_a_salesperson_sees_no_run(self):
        for name in self.mine._get_sections():
            with self.subTest(name=name), self.assertRaises(AccessError):
                self.mine.get_section(name, {"date": self.run_.id})
        with self.assertRaises(AccessError):
            self.mine.get_action(["all"], {"date": self.run_.id})

    def test_sections_of_a_salesperson(self):
        value = self.mine.get_section("value", {"user_id": self.anna.id})
        self.assertEqual(value["account_count"], 2)
        self.assertEqual(
            [(band["key"], band["count"]) for band in value["by_band"]],
            # 30,000 is more than three times the mean of 7,890; -600 is no value
            [
                ("4_major", 1),
                ("3_large", 0),
                ("2_medium", 0),
                ("1_small", 0),
                ("0_none", 1),
            ],
        )
        tiers = self.mine.get_section("tiers")
        self.assertIsNone(tiers["migration"])
        self.assertEqual([tier["count"] for tier in tiers["tiers"]], [2, 2, 1, 1])
        voice = self.mine.get_section("voice")
        self.assertEqual([row["count"] for row in voice["by_voice"]], [1, 0, 2, 3])
        self.assertNotIn("advocacy", voice)
        groups = self.mine.get_section("groups")
        self.assertEqual([group["count"] for group in groups["groups"]], [2, 1, 0, 3])
        self.assertEqual([one["count"] for one in groups["intents"]], [2, 1])

    def test_another_company(self):
        """Its managers get numbers of their own, and none by asking for ours."""
        for name in self.theirs._get_sections():
            with self.subTest(name=name):
                text = json.dumps(self.theirs.get_section(name, {}))
                for amount in ("38850", "7290", "30000", "6000", "7890"):
                    self.assertNotIn(amount, text)
        for target in self._get_all_targets(self.dashboard):
            with self.subTest(target=target):
                try:
                    action = self.theirs.get_action(target, {})
                except (UserError, AccessError):
                    continue
                records = self.theirs.env[action["res_model"]]
                self.assertFalse(records.search(action["domain"]))
        for filters in ({"date": self.run_.id}, {"group_id": self.own_group.id}):
            for name in self.theirs._get_sections():
                with self.subTest(name=name, filters=filters):
                    with self.assertRaises(UserError):
                        self.theirs.get_section(name, filters)
        told = self.theirs.get_filters()
        self.assertEqual((told["managers"], len(told["dates"])), ([], 1))
        self.assertNotIn(
            self.own_group.id, [group_id for group_id, _name in told["groups"]]
        )

    @property
    def own_group(self):
        return self.env["customer.group"].search(
            [("name", "=", "Our own")]
        ) or self.env["customer.group"].create(
            {"name": "Our own", "company_id": self.company.id}
        )

    def test_figures_are_those_of_the_company_one_is_in(self):
        """Whoever may enter both companies sees one at a time."""
        self.manager.company_ids |= self.other
        both = self.dashboard.with_context(
            allowed_company_ids=[self.other.id, self.company.id]
        )
        self.assertEqual(both.get_section("value")["account_count"], 0)
        self.assertEqual(both.get_section("whale")["points"], [])
        self.assertEqual(len(both.get_filters()["dates"]), 1)
        back = both.with_context(allowed_company_ids=[self.company.id, self.other.id])
        self.assertEqual(back.get_section("value")["account_count"], 6)
        self.assertEqual(back.get_section("quality")["finding_count"], 5)

    def test_nobody_else(self):
        for number, groups in enumerate(("base.group_portal", "base.group_user")):
            user = new_test_user(self.env, f"dashboard_nobody_{number}", groups=groups)
            dashboard = self._dashboard_of(user, user.company_id)
            for call in (
                dashboard.get_filters,
                lambda one=dashboard: one.get_section("value", {}),
                lambda one=dashboard: one.get_section("nothing", {}),
                lambda one=dashboard: one.get_action(["all"], {}),
            ):
                with self.subTest(groups=groups), self.assertRaises(AccessError):
                    call()
