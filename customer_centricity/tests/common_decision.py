import json

from odoo.fields import Command
from odoo.tests import freeze_time
from odoo.tools import SQL

from .common import TODAY, CustomerCentricityCommon


@freeze_time(TODAY)
class DecisionCommon(CustomerCentricityCommon):
    """Two accounts on which the company loses money, and people who decide.

    In March 2026 North was invoiced 1,000 for 50 hours that cost 40 each: it lost 1,000
    within the window of twelve closed months. South was invoiced 500 for 20 hours: it
    lost 300. Rules are switched off, so that a case goes on when a test says so.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._switch_rules(False)
        cls.Decision = cls.env["customer.decision"].with_company(cls.company)
        cls.south_project = cls._create_project(cls.south)
        cls._lose(cls.north, 1000, 50, cls.project)
        cls._lose(cls.south, 500, 20, cls.south_project)
        cls.Account._refresh(cls.company)
        cls.personal = cls.env.ref("customer_centricity.service_level_personal")
        cls.north_account = cls._account_of(cls.north)
        cls.south_account = cls._account_of(cls.south)
        cls.manager = cls._new_user("decision_manager", "manager")
        cls.administrator = cls._new_user("decision_administrator", "administrator")
        cls.salesperson = cls._new_user("decision_user", "user")
        accounts = cls.north_account | cls.south_account
        accounts.write({"service_level_id": cls.personal.id, "user_id": cls.manager.id})
        cls.pricelist, cls.other_pricelist = cls.env["product.pricelist"].create(
            [
                {"name": "Full prices", "company_id": False},
                {"name": "Last year's prices", "company_id": False},
            ]
        )
        cls.terms, cls.other_terms = cls.env["account.payment.term"].create(
            [{"name": "In advance"}, {"name": "In a year"}]
        )
        cls.tag, cls.other_tag = cls.env["res.partner.category"].create(
            [{"name": "Served by mail"}, {"name": "Likes tea"}]
        )
        # what giving the level writes: all there is
        cls.thrifty = cls.env["customer.service.level"].create(
            {
                "name": "Thrifty",
                "sequence": 35,
                "kind": "served",
                "pricelist_id": cls.pricelist.id,
                "payment_term_id": cls.terms.id,
                "category_ids": [Command.link(cls.tag.id)],
                "salesperson_id": cls.salesperson.id,
            }
        )

    @classmethod
    def _switch_rules(cls, active):
        """Switch the rules on accounts and their cases on or off."""
        cls.env["base.automation"].with_context(active_test=False).search(
            [("model_id.model", "in", ("customer.account", "customer.decision"))]
        ).active = active

    @classmethod
    def _lose(cls, partner, revenue, hours, project, day="2026-03-10", **vals):
        """Invoice a customer for hours, each of which costs 40."""
        cls._invoice(partner, day, (cls.service, 1, revenue), **vals)
        cls._timesheet(day, hours, project)

    @classmethod
    def _lose_many(cls, count, name="Loser"):
        """Create so many accounts that lose 20 each."""
        partners = cls.env["res.partner"].create(
            [{"name": f"{name} {number}"} for number in range(count)]
        )
        cls._invoice_all(
            [
                cls._prepare_invoice_vals(partner, "2026-03-10", (cls.service, 1, 20))
                for partner in partners
            ]
        )
        for partner in partners:
            cls._timesheet("2026-03-10", 1, cls._create_project(partner))
        cls.Account._refresh(cls.company)
        accounts = cls.Account.search([("partner_id", "in", partners.ids)])
        accounts.write({"service_level_id": cls.personal.id, "user_id": cls.manager.id})
        return accounts

    @classmethod
    def _account_of(cls, partner, company=None):
        return cls.Account.search(
            [
                ("partner_id", "=", partner.id),
                ("company_id", "=", (company or cls.company).id),
            ]
        )

    @classmethod
    def _propose(cls, accounts=None, **options):
        return cls.Decision._propose(
            accounts or cls.north_account, "It loses money", **options
        )

    @classmethod
    def _choose(cls, decisions, kind, **vals):
        """Choose the option of a kind in each case, with these assumptions."""
        for decision in decisions:
            option = decision.option_ids.filtered(lambda one: one.kind == kind)
            if vals:
                option.write(vals)
            decision.write({"option_id": option.id, "choice_reason": "We know them"})
        return decisions

    @classmethod
    def _rule_out_milder(cls, decision):
        """Rule out all but the end, each with a reason."""
        decision.option_ids.filtered(lambda option: option.kind != "end").write(
            {"state": "ruled_out", "state_reason": "It would not help"}
        )

    @classmethod
    def _give_thrifty(cls, accounts=None):
        """Return approved cases in which the accounts get the level Thrifty."""
        decisions = cls._propose(accounts)
        cls._choose(decisions, "change_level", service_level_id=cls.thrifty.id)
        decisions._approve()
        return decisions

    @classmethod
    def _activities(cls, decision):
        return decision.activity_ids.mapped("summary")

    def _bodies(self, record):
        self._flush_tracking()
        return "".join(record.message_ids.mapped("body"))

    def _raw(self, partners, *names):
        """Return what is stored of fields, as it is stored: [(id, value, ...)]."""
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                "SELECT id, %s FROM res_partner WHERE id IN %s ORDER BY id",
                SQL(", ").join(SQL("%s::text", SQL.identifier(one)) for one in names),
                tuple(partners.ids),
            )
        )

    def _own(self, company, record):
        """Return what a column holds as text: the record is the company's own value."""
        return json.dumps({str(company.id): record.id})
