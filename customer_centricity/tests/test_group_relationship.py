import base64

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged
from odoo.tools.image import image_data_uri

from .common import TODAY
from .common_group import GroupCommon

PIXEL = (
    b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
    b"awAAAABJRU5ErkJggg=="
)


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestGroupRelationship(GroupCommon):
    """The relationship card: how a group is dealt with, on one page."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.visit = cls.env.ref("customer_centricity.channel_visit")
        cls.hotels.with_user(cls.manager).write(
            {
                "story": "Twelve rooms\nand a garden",
                "persona_name": "Marta",
                "persona_image": PIXEL,
                "relationship_type": "dedicated",
                "channel_ids": [Command.set(cls.visit.ids)],
                "complaints": "Within <two> hours",
                "privacy_notes": "Orders, for ten years",
                "touchpoint_ids": [
                    Command.create(
                        {
                            "name": "Spring visit",
                            "channel_id": cls.visit.id,
                            "user_id": cls.manager.id,
                            "stage": "steady",
                            "frequency": "every March",
                        }
                    )
                ],
            }
        )

    def _render(self, groups, role="user"):
        report = "customer_centricity.customer_group_report_card"
        reports = self._as(role, self.env["ir.actions.report"])
        html, kind = reports._render_qweb_html(report, groups.ids)
        self.assertEqual(kind, "html")
        return html.decode()

    def test_the_card_tells_all_of_it(self):
        html = self._render(self.hotels)
        for text in (
            "Hotels",
            "Twelve rooms\nand a garden",
            "Marta",
            image_data_uri(base64.b64encode(base64.b64decode(PIXEL)))[:22],
            "Dedicated personal assistance",
            "Visit",
            "Spring visit",
            "every March",
            "Within &lt;two&gt; hours",
            "Orders, for ten years",
            "07/15/2026",
        ):
            with self.subTest(text=text):
                self.assertIn(text, html)

    def test_a_page_for_each_group_also_an_empty_one(self):
        html = self._render(self.hotels | self.clinics)
        self.assertEqual(html.count("o_customer_group_card"), 2)
        self.assertIn("Clinics", html)

    def test_the_button_prints_it(self):
        action = self._as("user", self.hotels).action_print_card()
        self.assertEqual(
            (action["type"], action["report_name"]),
            ("ir.actions.report", "customer_centricity.customer_group_card"),
        )

    def test_managers_fill_it_in(self):
        with Form(self._as("manager", self.clinics)) as form:
            form.relationship_type = "co_creation"
            with form.touchpoint_ids.new() as line:
                line.name = "User meeting"
        self.assertEqual(self.clinics.touchpoint_ids._describe(), "User meeting")
        self.assertEqual(
            self.hotels.touchpoint_ids._describe(),
            "Spring visit (Steady, Visit, every March)",
        )
        for attempt in (
            lambda: self._as("user", self.hotels).write({"feedback": "None"}),
            lambda: self._as("user", self.hotels.touchpoint_ids).unlink(),
            lambda: self._as("user", self.visit).write({"name": "Call"}),
        ):
            with self.assertRaises(AccessError):
                attempt()

    def test_touchpoints_of_another_company_are_not_read(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        theirs = self.Group.create({"name": "Theirs", "company_id": other.id})
        self.env["customer.touchpoint"].create({"name": "Fair", "group_id": theirs.id})
        touchpoints = self._as("manager", self.env["customer.touchpoint"])
        self.assertEqual(
            touchpoints.search([("group_id", "in", (self.hotels | theirs).ids)]),
            self.hotels.touchpoint_ids,
        )

    def test_who_sees_to_a_touchpoint_works_there(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        theirs = self.Group.create({"name": "Theirs", "company_id": other.id})
        vals = {"name": "Fair", "user_id": self.manager.id}
        self.env["customer.touchpoint"].create({**vals, "group_id": self.hotels.id})
        with self.assertRaisesRegex(UserError, "company inconsistencies"):
            self.env["customer.touchpoint"].create({**vals, "group_id": theirs.id})

    def test_a_copy_has_touchpoints_but_neither_members_nor_rule(self):
        self._set_rule(self.hotels, [("revenue", "=", 600)])
        self._refresh()
        copy = self.hotels.copy()
        self.assertEqual(copy.touchpoint_ids.name, "Spring visit")
        self.assertEqual(self.hotels.touchpoint_ids.name, "Spring visit")
        self.assertFalse(copy.account_ids)
        self.assertFalse(copy.has_rule)
