from lxml import etree
from lxml import html as html_parser

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged

from .common import TODAY
from .common_group import GroupCommon


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestGroupVersion(GroupCommon):
    """Versions keep what a group was, and show what has become of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._account_of(cls.north).group_id = cls.hotels
        cls.hotels.story = "Twelve rooms"

    @classmethod
    def _account_of(cls, partner):
        return cls.Account.search(
            [("partner_id", "=", partner.id), ("company_id", "=", cls.company.id)]
        )

    def _keep(self, reason):
        action = self._as("manager", self.hotels).action_keep_version()
        wizard = Form(
            self.env[action["res_model"]]
            .with_user(self.manager)
            .with_context(**action["context"])
        )
        wizard.reason = reason
        wizard.save().action_apply()
        return self.hotels.version_ids.sorted("id")[-1].with_user(self.manager)

    def test_a_version_keeps_words_and_figures(self):
        version = self._keep(" Before the new web shop ")
        self.assertEqual(
            (version.number, version.reason, version.user_id, version.company_id),
            (1, "Before the new web shop", self.manager, self.company),
        )
        self.assertEqual(str(version.day), TODAY)
        self.hotels.story = "Forty rooms"
        self._account_of(self.partner_b).group_id = self.hotels
        self.env.invalidate_all()
        self.assertEqual(version.content["en_US"]["story"], "Twelve rooms")
        self.assertEqual(
            (version.account_count, version.revenue, version.profit),
            (1, 600, 600),
        )
        # 600 of the 960 that all are worth
        self.assertEqual((version.lifetime_value, version.value_share), (600, 0.625))
        self.assertEqual(self._keep("And after").number, 2)
        self.assertEqual(version.display_name, "Version 1 of 07/15/2026")

    def test_what_differs_is_marked(self):
        first = self._keep("At first")
        self.hotels.write(
            {
                "story": "Forty <rooms>",
                "relationship_type": "automated",
                "touchpoint_ids": [Command.create({"name": "Fair"})],
            }
        )
        self._account_of(self.partner_b).group_id = self.hotels
        second = self._keep("Then")
        self.hotels.user_id = self.manager
        self.env.invalidate_all()
        self.assertFalse(first.compared_before)
        rows = self._rows(second.compared_before)
        self.assertEqual(rows["Story"], ("Twelve rooms", "Forty &lt;rooms&gt;", True))
        self.assertEqual(rows["Relationship Type"], ("", "Automated service", True))
        self.assertEqual(rows["Touchpoints"], ("", "Fair", True))
        self.assertEqual(rows["Accounts"], ("1", "2", True))
        self.assertEqual(rows["Name"], ("Hotels", "Hotels", False))
        self.assertEqual(rows["Share of Portfolio"], ("62.5%", "58.3%", True))
        self.assertNotIn("Owner", rows, "empty on both sides")
        today = self._rows(second.compared_today)
        self.assertEqual(today["Owner"], ("", self.manager.name, True))
        self.assertEqual([label for label, row in today.items() if row[2]], ["Owner"])

    def test_the_order_of_choosing_is_no_difference(self):
        tags = self.env["customer.group.tag"].create(
            [{"name": "Zealous at dawn"}, {"name": "Asleep at noon"}]
        )
        self.hotels.write(
            {
                "behaviour_ids": [Command.set(tags.ids)],
                "touchpoint_ids": [
                    Command.create({"name": "Last", "sequence": 2}),
                    Command.create({"name": "First", "sequence": 1}),
                ],
            }
        )
        version = self._keep("Chosen")
        content = version.content["en_US"]
        self.assertEqual(content["behaviour_ids"], "Asleep at noon, Zealous at dawn")
        self.assertEqual(content["touchpoint_ids"], "First\nLast")
        self.env.invalidate_all()
        rows = self._rows(version.compared_today).values()
        self.assertFalse([row for row in rows if row[2]])

    def test_versions_are_compared_in_one_language(self):
        channel = self.env["customer.channel"].create({"name": "Carrier pigeon"})
        self.hotels.write(
            {
                "relationship_type": "automated",
                "channel_ids": [Command.set(channel.ids)],
                "touchpoint_ids": [Command.create({"name": "Fair", "stage": "steady"})],
            }
        )
        english = self._keep("Before there was another language")
        self._activate_spanish()
        in_spanish = self.env(context={**self.env.context, "lang": "es_ES"})
        channel.with_env(in_spanish).name = "Paloma mensajera"
        self.hotels.with_env(in_spanish).write(
            {"name": "Hoteles", "story": "Doce habitaciones"}
        )
        spanish = self.hotels.with_env(in_spanish)._keep_version("Then")
        self.env.invalidate_all()
        for version in (english, spanish):
            for env in (self.env(user=self.manager), in_spanish(user=self.manager)):
                for html in (
                    version.with_env(env).compared_today,
                    version.with_env(env).compared_before,
                ):
                    with self.subTest(number=version.number, lang=env.lang):
                        rows = self._rows(html or "<p/>").values()
                        self.assertFalse([row for row in rows if row[2]])
        told = [row[:2] for row in self._rows(spanish.compared_today).values()]
        self.assertIn(("Hoteles", "Hoteles"), told)
        self.assertIn(("Paloma mensajera", "Paloma mensajera"), told)
        self.assertEqual(
            self._rows(english.with_user(self.manager).compared_today)["Name"],
            ("Hotels", "Hotels", False),
        )
        self.hotels.with_env(in_spanish).relationship_type = "dedicated"
        self.env.invalidate_all()
        for version in (english, spanish):
            rows = self._rows(version.with_env(in_spanish).compared_today).values()
            self.assertEqual(len([row for row in rows if row[2]]), 1)

    def test_a_version_keeps_no_name_of_a_person(self):
        owner = self.people["user"]
        self.hotels.write(
            {
                "user_id": owner.id,
                "touchpoint_ids": [
                    Command.create({"name": "Fair", "user_id": owner.id})
                ],
            }
        )
        version = self._keep("Owned")
        self.hotels.user_id = False
        name = owner.name
        rows = self._rows(version.compared_today)
        self.assertEqual(rows["Owner"], (name, "", True))
        self.assertNotIn(name, str(version.content))
        owner.name = "Somebody"
        self.env.invalidate_all()
        self.assertNotIn(name, version.compared_today)
        self.assertIn("Somebody", version.compared_today)

    def _rows(self, html):
        """Return {label: (old, new, whether it is marked)} of a comparison."""
        rows = {}
        for row in html_parser.fromstring(str(html)).iterfind(".//tbody/tr"):
            label, old, new = row
            span = new.find("span")
            texts = [
                etree.tostring(cell, encoding="unicode", with_tail=False)
                for cell in (old, span)
            ]
            old_text, new_text = (text.split(">", 1)[1] for text in texts)
            rows[label.text] = (
                old_text.removesuffix("</td>"),
                new_text.removesuffix("</span>"),
                "table-warning" in (row.get("class") or ""),
            )
        return rows

    def test_nobody_changes_a_version(self):
        version = self._keep("So it was")
        for role in ("user", "manager", "administrator"):
            for attempt in (
                lambda kept: kept.write({"reason": "Else"}),
                lambda kept: kept.unlink(),
                lambda kept: kept.copy(),
            ):
                with self.subTest(role=role), self.assertRaises(AccessError):
                    attempt(self._as(role, version))
        with self.assertRaises(AccessError):
            self._as("user", version).read(["content"])

    def test_who_may_keep_one(self):
        with self.assertRaises(AccessError):
            self._as("user", self.hotels).action_keep_version()
        wizard = self.env["customer.group.keep"].create(
            {"group_id": self.hotels.id, "reason": "  "}
        )
        with self.assertRaisesRegex(UserError, "Give the reason for keeping"):
            wizard.action_apply()
        self.assertFalse(self.hotels.version_ids)

    def test_a_group_with_versions_stays(self):
        empty = self.Group.create({"name": "Empty"})
        empty._keep_version("Once")
        with self.assertRaisesRegex(UserError, "“Empty” cannot be deleted: versions"):
            self._as("administrator", empty).unlink()

    def test_versions_of_each_company_by_itself(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.env.user.company_ids |= other
        there = self.hotels.with_company(other)._keep_version("There")
        here = self._keep("Here")
        self.env.invalidate_all()
        self.assertEqual((there.number, here.number), (1, 1))
        self.assertEqual((there.account_count, here.account_count), (0, 1))
        self.assertEqual(self._as("manager", self.hotels).version_ids, here)
        self.assertFalse(here.compared_before, "that of another company is another")
