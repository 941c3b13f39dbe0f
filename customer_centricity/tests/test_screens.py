from lxml import etree

from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from .common import TODAY, CustomerCentricityCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestScreens(CustomerCentricityCommon):
    """Opening a screen takes as many queries for many accounts as for few."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env,
            "screens_manager",
            groups="customer_centricity.group_manager,base.group_partner_manager,"
            "account.group_account_invoice,hr_timesheet.group_hr_timesheet_approver",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
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
        cls.Account._refresh(cls.company)

    def _open(self, model, view_type, **options):
        """Read what the web client reads for a view."""
        model = self.env[model].with_user(self.manager)
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
            "board": lambda: account.formatted_read_group(
                [], ["tier_id"], ["profit:sum", "__count"]
            ),
            "contacts": lambda: self._open(
                "res.partner", "list", domain=[("customer_account_ids", "!=", False)]
            ),
            "documents": lambda: self._open(
                "customer.profit.item", "list", domain=[("kind", "=", "revenue")]
            ),
            "reconciliation": lambda: self._open("customer.reconciliation", "list"),
            "findings": lambda: self._open("customer.quality.finding", "list"),
        }
        few = {name: self._count_queries(opening) for name, opening in openings.items()}
        self._add_customers(12)
        for name, opening in openings.items():
            with self.subTest(name=name):
                self.assertLessEqual(self._count_queries(opening), few[name])
