from lxml import etree, html

from odoo.tests import TransactionCase, tagged

MODULE = "customer_centricity"
# What core calls its own buttons
CORE_BUTTONS = {"New"}
# Apps whose names a help may tell
APPS = {"Employees"}


@tagged("post_install", "-at_install")
class TestEmptyViews(TransactionCase):
    """Whoever opens an empty screen reads what it is for, and what to do next."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.actions = cls._get_own("ir.actions.act_window").filtered(
            # a window that asks something is never empty
            lambda action: action.target != "new" and action.view_mode != "form"
        )

    @classmethod
    def _get_own(cls, model):
        data = cls.env["ir.model.data"].search(
            [("module", "=like", f"{MODULE}%"), ("model", "=", model)]
        )
        return cls.env[model].browse(data.mapped("res_id")).exists()

    def test_every_screen_says_what_to_do_next(self):
        """In bold: a menu or a button."""
        names = self._get_names()
        self.assertGreater(len(self.actions), 40)
        for action in self.actions:
            with self.subTest(action=action.xml_id):
                self.assertTrue(action.help, "There is no help.")
                text = html.fromstring(f"<div>{action.help}</div>")
                heading = text.xpath("//p[starts-with(@class, 'o_view_nocontent')]")
                self.assertEqual(len(heading), 1)
                steps = [
                    " ".join(node.text_content().split()) for node in text.iter("b")
                ]
                self.assertTrue(steps, "It names no next step.")
                self.assertFalse(set(steps) - names, "There is no such menu or button.")

    def _get_names(self):
        """Return the names of menus, with their path, and those of buttons."""
        root = self.env.ref(f"{MODULE}.menu_root")
        menus = self.env["ir.ui.menu"].with_context(**{"ir.ui.menu.full_list": True})
        menus = menus.search([("id", "child_of", root.id), ("id", "!=", root.id)])
        names = {
            # without the name of the app
            " > ".join(menu.complete_name.split("/")[1:])
            for menu in menus
        }
        self.assertIn("Accounts > All Accounts", names)
        for view in self._get_own("ir.ui.view"):
            names.update(
                button.get("string")
                for button in etree.fromstring(view.arch).iter("button")
                if button.get("string")
            )
        self.assertIn("Decide", names)
        return names | CORE_BUTTONS | APPS
