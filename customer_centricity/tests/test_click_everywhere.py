from odoo.tests import HttpCase, tagged


@tagged("post_install", "-at_install", "-standard", "wide_stack")
class TestClickEverywhere(HttpCase):
    """Where there is something to see: the screens are the same on any database."""

    def test_every_screen_opens(self):
        """Core's clickbot opens each menu of ours, each of its views and filters."""
        self.browser_js(
            "/odoo",
            "odoo.loader.modules.get('@web/webclient/clickbot/clickbot_loader')"
            ".startClickEverywhere('customer_centricity.menu_root', false);",
            "odoo.isReady === true",
            login="admin",
            # on a busy machine
            timeout=600,
            success_signal="clickbot test succeeded",
        )
