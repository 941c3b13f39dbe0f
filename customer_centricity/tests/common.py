from datetime import date
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import new_test_user

from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.addons.base.tests.common import DISABLED_MAIL_CONTEXT

# pandas does not take a frozen calendar for one when it is first imported under it
from odoo.addons.customer_centricity.engine import valuation  # noqa: F401

# The tests live on this day: the profit window is July 2025 to June 2026.
TODAY = "2026-07-15"


class CustomerCentricityCommon(AccountTestInvoicingCommon):
    """Companies, people, products and documents with figures easy to add up by hand."""

    @classmethod
    def setUpClass(cls):
        # What core's class creates for tests of taxes and payments is left out: nothing
        # here uses it, and every class would wait for it.
        super(AccountTestInvoicingCommon, cls).setUpClass()
        cls._set_up_accounting()
        # Documents are made by whoever they are made by; what matters here is what is
        # computed from them, as the scheduled action does it.
        # Unlike in most tests, the chatter is on: what it tells is part of the product.
        context = {
            key: value
            for key, value in cls.env.context.items()
            if key not in DISABLED_MAIL_CONTEXT
        }
        cls.env = cls.env(su=True, context=context)
        cls.company = cls.company_data["company"].with_env(cls.env)
        cls.Account = cls.env["customer.account"]
        cls.Month = cls.env["customer.profit.month"]
        Partner = cls.env["res.partner"]
        cls.north = Partner.create({"name": "North Hotel", "is_company": True})
        cls.south = Partner.create({"name": "South Clinic", "is_company": True})
        cls.north_contact = Partner.create(
            {"name": "Nora of North", "parent_id": cls.north.id}
        )
        Product = cls.env["product.product"].with_company(cls.company)
        cls.goods = Product.create(
            {"name": "Chair", "type": "consu", "standard_price": 60}
        )
        cls.costless_goods = Product.create({"name": "Lamp", "type": "consu"})
        cls.service = Product.create({"name": "Advice", "type": "service"})
        cls.project = cls._create_project(cls.north)
        cls.employee = cls.env["hr.employee"].create(
            {"name": "Elena", "hourly_cost": 40, "company_id": cls.company.id}
        )

    @classmethod
    def _set_up_accounting(cls):
        """Create what is used of core's class, by the names that it has there."""
        cls.maxDiff = None
        cls.company_data = cls.collect_company_accounting_data(cls.env.company)
        cls.partner_a, cls.partner_b = cls.env["res.partner"].create(
            [{"name": "partner_a"}, {"name": "partner_b"}]
        )
        cls.product_a = cls.env["product.product"].create(
            {"name": "product_a", "list_price": 1000, "standard_price": 800}
        )
        bank = cls.company_data["default_journal_bank"]
        cls.inbound_payment_method_line = bank.inbound_payment_method_line_ids[0]
        cls.inbound_payment_method_line.payment_account_id = cls.env[
            "account.chart.template"
        ].ref("account_journal_payment_debit_account_id")

    @classmethod
    def _create_company(cls, **vals):
        """Take a company that has been prepared with its books, if there is one.

        To load a chart of accounts takes seconds, and every class of tests needs one.
        Where nobody has prepared any, they are created as everywhere.
        """
        company = cls._get_prepared_company(**vals)
        if not company:
            return super()._create_company(**vals)
        company.active = True
        if "stock.warehouse" in cls.env:
            # the one that core gives to companies that tests create, and to no other
            cls.env["stock.warehouse"].sudo().create({"company_id": company.id})
        cls.env.user.company_ids = [Command.link(company.id)]
        return company

    @classmethod
    def _get_prepared_company(cls, name=None, **others):
        Company = cls.env["res.company"]
        if not name or others:
            return Company
        return Company.search([("name", "=", name), ("active", "=", False)])

    @classmethod
    def _create_member(cls, login, groups, company=None):
        """Create a user of a company, and of no other."""
        company = company or cls.company
        return new_test_user(
            cls.env,
            login,
            groups=groups,
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )

    @classmethod
    def _new_user(cls, login, role, company=None, groups=""):
        """Create a user of a company with a role of ours, and other groups."""
        return cls._create_member(
            login, f"customer_centricity.group_{role}{groups}", company
        )

    @classmethod
    def _create_other_company(cls):
        """Return a second company with its own books, which the tests may enter.

        To be called from setUpClass: it changes the environment of the whole class.
        """
        other = cls.setup_other_company()["company"]
        cls.env.user.company_ids |= other
        companies = cls.company | other.with_env(cls.env)
        context = dict(cls.env.context, allowed_company_ids=companies.ids)
        cls.env = cls.env(context=context)
        cls.Account, cls.Month = cls.env[cls.Account._name], cls.env[cls.Month._name]
        return other.with_env(cls.env)

    @classmethod
    def _create_branch(cls):
        """Return a branch of the company; to be called from setUpClass, too."""
        branch = cls.env["res.company"].create(
            {"name": "Branch", "parent_id": cls.company.id}
        )
        cls.cr.precommit.run()  # its books
        cls.env.user.company_ids |= branch
        allowed = cls.env.context.get("allowed_company_ids") or cls.company.ids
        context = dict(cls.env.context, allowed_company_ids=[*allowed, branch.id])
        cls.env = cls.env(context=context)
        cls.Account, cls.Month = cls.env[cls.Account._name], cls.env[cls.Month._name]
        return branch.with_env(cls.env)

    @classmethod
    def _create_project(cls, partner, company=None):
        return cls.env["project.project"].create(
            {
                "name": f"Project of {partner.name}",
                "partner_id": partner.id,
                "allow_timesheets": True,
                "company_id": (company or cls.company).id,
            }
        )

    @classmethod
    def _invoice(cls, partner, day, *lines, post=True, **vals):
        """Create a document of (product, quantity, price) lines, untaxed."""
        move = cls.env["account.move"].create(
            cls._prepare_invoice_vals(partner, day, *lines, **vals)
        )
        if post:
            move.action_post()
        return move

    @classmethod
    def _invoice_all(cls, vals_list):
        """Create and post many documents, which is quicker than one after another."""
        moves = cls.env["account.move"].create(vals_list)
        # What earlier tests rolled back, the database may have seen as empty tables:
        # as long as it believes that, its joins take minutes.
        cls.env.cr.execute("ANALYZE account_move, account_move_line")
        moves.action_post()
        return moves

    @classmethod
    def _prepare_invoice_vals(
        cls, partner, day, *lines, move_type="out_invoice", **vals
    ):
        return {
            "move_type": move_type,
            "partner_id": partner.id,
            "invoice_date": day,
            "date": day,
            "company_id": cls.company.id,
            "invoice_line_ids": [
                Command.create(
                    {
                        "product_id": product.id,
                        "quantity": quantity,
                        "price_unit": price,
                        "tax_ids": [Command.clear()],
                    }
                )
                for product, quantity, price in lines
            ],
            **vals,
        }

    @classmethod
    def _timesheet(cls, day, hours, project=None, employee=None, **vals):
        return cls.env["account.analytic.line"].create(
            {
                "name": "Work",
                "date": day,
                "unit_amount": hours,
                "project_id": (project or cls.project).id,
                "employee_id": (employee or cls.employee).id,
                **vals,
            }
        )

    @classmethod
    def _activate_spanish(cls):
        """Have Spanish as a second language, with the addon's translation."""
        cls.env["res.lang"]._activate_lang("es_ES")
        cls.env["ir.module.module"]._load_module_terms(
            ["customer_centricity"], ["es_ES"]
        )

    def _refresh(self, company=None):
        self.Account._refresh(company or self.company)

    def _allow_commits(self):
        """Let a scheduled action take its commits for done; there is always time."""
        jobs = type(self.env["ir.cron"])
        return patch.object(jobs, "_commit_progress", return_value=60)

    def _flush_tracking(self):
        """Write the tracked changes to the chatter, as the end of a request does."""
        self.env.flush_all()
        self.cr.precommit.run()

    def _account(self, partner, company=None):
        return self.Account.with_context(active_test=False).search(
            [
                ("partner_id", "=", partner.id),
                ("company_id", "=", (company or self.company).id),
            ]
        )

    def _months(self, partner, *names):
        """Return {month: values of the named measures} of the partner's account."""
        return {
            month.month: tuple(month[name] for name in names)
            for month in self._account(partner).month_ids
        }


def month(year, number):
    return date(year, number, 1)
