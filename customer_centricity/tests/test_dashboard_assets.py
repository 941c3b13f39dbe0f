from odoo.tests import TransactionCase, tagged

LAZY = ("web.assets_backend_lazy", "web.assets_backend_lazy_dark")


@tagged("post_install", "-at_install", "plain_stack")
class TestDashboardAssets(TransactionCase):
    """The dashboard costs nobody anything who does not open it, and is right by night.

    What is called for in the night are bundles of their own.
    """

    def _get_bundle(self, name):
        return self.env["ir.qweb"]._get_asset_bundle(name, debug_assets=True)

    def _get_sources(self, name):
        bundle = self._get_bundle(name)
        files = [*bundle.javascripts, *bundle.stylesheets, *bundle.templates]
        return [
            file.url
            for file in files
            if (file.url or "").startswith("/customer_centricity/static/src/dashboard")
        ]

    def test_loaded_when_it_is_opened(self):
        self.assertEqual(
            self._get_sources("web.assets_backend"),
            ["/customer_centricity/static/src/dashboard_action/dashboard_action.js"],
        )
        for name in LAZY:
            sources = self._get_sources(name)
            self.assertIn(
                "/customer_centricity/static/src/dashboard/dashboard.js", sources
            )
            self.assertIn(
                "/customer_centricity/static/src/dashboard/dashboard.scss", sources
            )
            self.assertFalse([url for url in sources if "dashboard_action" in url])

    def test_styles_compile_by_day_and_by_night(self):
        for name in LAZY:
            bundle = self._get_bundle(name)
            styles = bundle.preprocess_css()
            self.assertFalse(bundle.css_errors)
            self.assertIn(".o_customer_dashboard", styles)
            # written for the browser, which alone knows how wide the screen is
            self.assertIn("min(100%, 24rem)", styles)
