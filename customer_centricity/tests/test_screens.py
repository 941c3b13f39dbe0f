import re

from lxml import etree

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import TODAY, CustomerCentricityCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestScreens(CustomerCentricityCommon):
    """Opening a screen takes as many queries for many accounts as for few."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._create_member(
            "screens_manager",
            "customer_centricity.group_manager,base.group_partner_manager,"
            "account.group_account_invoice,hr_timesheet.group_hr_timesheet_approver",
        )
        cls._add_customers(5)

    @classmethod
    def _add_customers(cls, number):
        for count in range(number):
            partner = cls.env["res.partner"].create(
                {"name": f"Customer {count} of {number}", "is_company": True}
            )
            cls._invoice(partner, "2026-03-10", (cls.goods, 1, 100 + count))
            cls._timesheet("2026-03-10", 1, project=cls._create_project(partner))
        for count in range(number):
            cls._invoice(cls.north, "2026-03-10", (cls.goods, 1, 100 + count))
        cls.Account._refresh(cls.company)
        cls._add_intents(number)
        cls._add_decisions(number)

    @classmethod
    def _add_intents(cls, number):
        metric = cls.env.ref("customer_centricity.metric_revenue")
        groups = cls.env["customer.group"].create(
            [{"name": f"Group {count} of {number}"} for count in range(number)]
        )
        accounts = cls.Account.search(
            [("company_id", "=", cls.company.id), ("group_id", "=", False)],
            limit=number,
        )
        for account, group in zip(accounts, groups, strict=True):
            account.group_id = group
        Intent = cls.env["customer.intent"].with_company(cls.company)
        for subject in [*groups, *accounts]:
            name = "group_id" if subject._name == "customer.group" else "account_id"
            Intent.create(
                {
                    name: subject.id,
                    "reason": "They like us",
                    "outcome_ids": [
                        Command.create({"metric_id": metric.id, "target": 1e6})
                    ],
                }
            )._start()

    @classmethod
    def _add_decisions(cls, number):
        accounts = cls.Account.search(
            [("company_id", "=", cls.company.id), ("decision_ids", "=", False)],
            limit=number,
        )
        cls.env["customer.decision"]._propose(accounts, "They call every day")

    def _open(self, model, view_type, **options):
        """Read what the web client reads for a view."""
        model = self.env[model].with_user(self.manager)
        model = model.with_context(**options.pop("context", {}))
        arch = etree.fromstring(model.get_view(view_type=view_type)["arch"])
        specification = {
            node.get("name"): {"fields": {"display_name": {}}}
            if model._fields[node.get("name")].type == "many2one"
            else {}
            for node in arch.iter("field")
            if node.get("name") in model._fields
        }
        return model.web_search_read(
            options.pop("domain", []), specification, limit=80, **options
        )

    def _count_queries(self, opening):
        opening()  # what is kept from one request to the next is there
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        opening()
        return self.env.cr.sql_log_count - before

    def test_queries_do_not_grow_with_the_data(self):
        month = self.env["customer.profit.month"].with_user(self.manager)
        account = self.env["customer.account"].with_user(self.manager)
        openings = {
            "cards": lambda: self._open("customer.account", "kanban"),
            "list by profit": lambda: self._open(
                "customer.account", "list", order="profit desc"
            ),
            "months": lambda: self._open("customer.profit.month", "list"),
            "pivot": lambda: month.formatted_read_group(
                [], ["month:month", "tier_id"], ["revenue:sum", "profit:sum"]
            ),
            "pivot by month": lambda: month.formatted_read_grouping_sets(
                [], [[], ["month:month"]], ["revenue:sum", "profit:sum"]
            ),
            "board": lambda: account.formatted_read_group(
                [], ["tier_id"], ["profit:sum", "__count"]
            ),
            "contacts": lambda: self._open(
                "res.partner", "list", domain=[("customer_account_ids", "!=", False)]
            ),
            "documents": lambda: self._open(
                "customer.profit.item",
                "list",
                context={"customer_account_id": self._account(self.north).id},
                domain=[("kind", "=", "revenue")],
            ),
            "reconciliation": lambda: self._open("customer.reconciliation", "list"),
            "intents": lambda: self._open("customer.intent", "kanban"),
            "intents in a list": lambda: self._open("customer.intent", "list"),
            "outcomes": lambda: self._open("customer.intent.outcome", "list"),
            "plays": lambda: self._open("customer.play", "list"),
            "decisions": lambda: self._open("customer.decision", "kanban"),
            "decisions in a list": lambda: self._open("customer.decision", "list"),
            "findings": lambda: self._open("customer.quality.finding", "list"),
        }
        few = {name: self._count_queries(opening) for name, opening in openings.items()}
        self._add_customers(12)
        for name, opening in openings.items():
            with self.subTest(name=name):
                self.assertLessEqual(self._count_queries(opening), few[name])

    def test_documents_are_those_of_an_account(self):
        """All documents at once are for nobody's screen."""
        with self.assertRaisesRegex(UserError, "Choose an account first"):
            self._open("customer.profit.item", "list")

    def test_tiers_stand_in_their_order(self):
        """As configured, whatever their ids; accounts without a tier come last."""
        first, second, third = self.env["customer.tier"].create(
            [
                {"name": f"Tier {place}", "sequence": sequence}
                for place, sequence in (("b", 102), ("a", 101), ("c", 103))
            ]
        )
        accounts = self.Account.search([("company_id", "=", self.company.id)], limit=5)
        for account, tier in zip(
            accounts,
            [first, second, third, third, self.env["customer.tier"]],
            strict=True,
        ):
            account.sudo().tier_id = tier
        self.env.flush_all()
        nobody = self.env["customer.tier"]
        model = self.Account.with_user(self.manager)
        domain = [("id", "in", accounts.ids)]
        for order, expected in {
            "tier_id": [second, first, third, nobody],
            "tier_id desc": [nobody, third, first, second],
            "__count desc, tier_id": [third, second, first, nobody],
            "tier_id asc, __count": [second, first, third, nobody],
        }.items():
            with self.subTest(order=order):
                found = model._read_group(domain, ["tier_id"], ["__count"], order=order)
                self.assertEqual([tier for tier, _count in found], expected)
        sets = [[], ["tier_id"], ["result", "tier_id"]]
        everything, tiers, _both = model._read_grouping_sets(
            domain, sets, ["__count"], order="result, tier_id"
        )
        self.assertEqual(everything, [(5,)])
        self.assertEqual(tiers, [(second, 1), (first, 1), (third, 2), (nobody, 1)])

    def test_whatever_screens_group_by_can_be_grouped_by(self):
        """By filters of search views, and by rows and columns of pivots and graphs."""
        data = self.env["ir.model.data"].search(
            [("module", "=", "customer_centricity"), ("model", "=", "ir.ui.view")]
        )
        views = self.env["ir.ui.view"].browse(data.mapped("res_id"))
        views = views.filtered(lambda view: view.mode == "primary" and view.model)
        count = 0
        for view in views.filtered(
            lambda one: one.type in ("search", "pivot", "graph")
        ):
            model = self.env[view.model].with_user(self.manager)
            if not model.has_access("read"):
                continue
            arch = etree.fromstring(model.get_view(view.id, view.type)["arch"])
            for name in self._get_groupings(arch):
                with self.subTest(view=view.xml_id, name=name):
                    model.formatted_read_group([], [name], ["__count"])
                    count += 1
        self.assertGreater(count, 100)

    def _get_groupings(self, arch):
        if arch.tag == "search":
            contexts = (one.get("context") or "" for one in arch.iter("filter"))
            found = (re.search(r"group_by\W+([\w:.]+)", text) for text in contexts)
            return [match[1] for match in found if match]
        return [
            ":".join(filter(None, (field.get("name"), field.get("interval"))))
            for field in arch.iter("field")
            if field.get("type") != "measure" and not field.get("invisible")
        ]
