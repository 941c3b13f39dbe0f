import doctest
import re
from pathlib import Path

from odoo.tests import TransactionCase, freeze_time, tagged

from .common import TODAY
from .common_profit import ProfitCommon

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
# Pages in another language than English
LANGUAGES = {"guia_de_usuario.md": "es_ES"}
# Buttons that a way ends with; the way before them is a menu's
BUTTONS = {"New", "Nuevo"}
WAY = re.compile(r"\*{1,2}([^*|`.:;#]+ > [^*|`.:;#]+)\*{1,2}")


def read_ways(path):
    """Return the ways through the menus that a page names, as lists of names."""
    text = re.sub(r"\n> ", "\n", path.read_text("utf-8"))
    ways = [
        [re.sub(r"\s+", " ", name).strip() for name in way.split(" > ")]
        for way in WAY.findall(re.sub(r"\s*\n\s*", " ", text))
    ]
    return [way[:-1] if way[-1] in BUTTONS else way for way in ways]


@tagged("post_install", "-at_install", "-standard", "wide_stack")
class TestDocumentedScreens(TransactionCase):
    """What the docs lead to is there, in the language that they are written in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("es_ES")
        modules = cls.env["ir.module.module"].search([("state", "=", "installed")])
        own = modules.filtered(lambda one: one.name.startswith("customer_centricity"))
        cls.env["ir.module.module"]._load_module_terms(own.mapped("name"), ["es_ES"])

    def _menus(self, language):
        """Return the ways to all menus of ours, and those of other apps."""
        root = self.env.ref("customer_centricity.menu_root")
        menus = self.env["ir.ui.menu"].with_context(
            lang=language, **{"ir.ui.menu.full_list": True}
        )
        own, others = set(), set()
        for menu in menus.search([]):
            way = []
            while menu:
                way.insert(0, menu.name)
                top, menu = menu, menu.parent_id
            if top == root:
                own.update((tuple(way), tuple(way[1:])))
            else:
                others.add(tuple(way))
        return own, others

    def test_menus(self):
        unknown = []
        for path in PAGES:
            own, others = self._menus(LANGUAGES.get(path.name, "en_US"))
            for way in read_ways(path):
                # of another app steps in between may be left out
                known = tuple(way) in own or any(
                    leads_through(other, way) for other in others
                )
                if not known:
                    unknown.append(f"{path.name}: {' > '.join(way)}")
        self.assertFalse(unknown)

    def test_pictures(self):
        """Pictures are taken of screens that are there."""
        code = (ROOT / "dev/screenshots.py").read_text("utf-8")
        paths = re.findall(r'Shot\(\s*(?:\*\()?"\w+", "([a-z-]+)[/"]', code)
        self.assertGreater(len(paths), 15)
        known = self.env["ir.actions.actions"].search([("path", "in", paths)])
        self.assertEqual(set(known.mapped("path")), set(paths))

    def test_menus_are_found(self):
        counts = {path.name: len(read_ways(path)) for path in PAGES}
        self.assertGreater(counts["README.md"], 8)
        self.assertGreater(counts["user_guide.md"], 20)
        self.assertGreater(counts["guia_de_usuario.md"], 20)


def leads_through(way, steps):
    """Return whether a way has the steps, in their order."""
    rest = iter(way)
    return way[0] == steps[0] and all(step in rest for step in steps)


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestDocumentedShell(ProfitCommon):
    """What the docs have an administrator type works as they say."""

    def test_shell(self):
        self._invoice(self.north, "2026-05-06", (self.nothing, 1, 500))
        env = self.env(context={"allowed_company_ids": self.company.ids})
        examples = [
            example
            for path in PAGES
            for example in doctest.DocTestParser().get_examples(path.read_text("utf-8"))
        ]
        self.assertGreaterEqual(len(examples), 5)
        names = {"env": env}
        for source, want in ((one.source, one.want) for one in examples):
            if source.strip() == "env.cr.commit()":  # which a test must not do
                continue
            exec(f"told = {source}" if want else source, names)  # noqa: S102
            if want:
                self.assertEqual(repr(names["told"]), want.strip())
        self.assertEqual(self._account(self.north).historic_value, 500)
