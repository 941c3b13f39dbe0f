from datetime import datetime, time

from odoo import api, fields, models
from odoo.tools.date_utils import relativedelta

from odoo.addons.customer_centricity.demo.customer_demo import QUIET
from odoo.addons.customer_centricity.demo.stories import STORIES

from .acquisition import (
    CAME_BY,
    FIRST_AMOUNTS,
    FIRST_WISHES,
    INDUSTRIES,
    LOST,
    PROSPECTS,
    SOURCES,
    SPENT,
)

MODULE = "customer_centricity_crm"
SPENT_MONTHS = 36
# Every so many customers came by a search, whatever their kind
BY_SEARCH = 4


class CustomerDemo(models.AbstractModel):
    """Where the customers came from, and who might come next."""

    _inherit = "customer.demo"

    @api.model
    def _load_acquisition(self, today=None):
        """Make opportunities won and lost, what was spent, and leads; once."""
        company = self.env.ref("base.main_company")
        there = self.env.ref(f"{MODULE}.source_fair", raise_if_not_found=False)
        if there or not self._ref("partner_hotel_guest", raise_if_not_found=False):
            return
        demo = self.with_company(company).with_context(**QUIET)
        today = today or fields.Date.today()
        sources = dict(
            zip(
                SOURCES,
                demo._load_own(
                    "utm.source",
                    {f"source_{key}": {"name": name} for key, name in SOURCES.items()},
                ),
                strict=True,
            )
        )
        demo._load_won(company, sources)
        demo._load_lost(company, today, sources)
        demo._load_spend(company, today, sources)
        demo._load_prospects(company, sources)
        self.env["customer.lookalike.model"]._learn_and_rank(company)

    @api.model
    def _load_own(self, model, vals_by_name):
        return self.env[model]._load_records(
            [
                {"xml_id": f"{MODULE}.{name}", "values": vals, "noupdate": True}
                for name, vals in vals_by_name.items()
            ]
        )

    @api.model
    def _get_industry(self, kind):
        return self.env.ref(f"base.res_partner_industry_{INDUSTRIES[kind]}")

    @api.model
    def _load_won(self, company, sources):
        """Make the opportunity that was won with each customer's first order."""
        won = self.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        vals_list, dates = [], []
        for number, story in enumerate(STORIES):
            partner = self._ref(f"partner_{story.key}")
            partner.industry_id = self._get_industry(story.tag)
            account = partner.with_company(company).customer_account_id
            if not account.first_order_date:
                continue
            by_search = number % BY_SEARCH == 0
            vals_list.append(
                {
                    "type": "opportunity",
                    "name": FIRST_WISHES[story.tag],
                    "partner_id": partner.id,
                    "company_id": company.id,
                    "user_id": account.user_id.id,
                    "stage_id": won.id,
                    "probability": 100,
                    "expected_revenue": FIRST_AMOUNTS[story.tag],
                    "source_id": sources[
                        "search" if by_search else CAME_BY[story.tag]
                    ].id,
                }
            )
            dates.append(account.first_order_date)
        for lead, day in zip(
            self.env["crm.lead"].create(vals_list), dates, strict=True
        ):
            lead.date_closed = datetime.combine(day, time(12))

    @api.model
    def _load_lost(self, company, today, sources):
        """Make opportunities that were lost: else Odoo expects to win all of them."""
        seller = self._ref("user_sales")
        stages = self.env["crm.stage"].search([("is_won", "=", False)])
        for number, (name, kind, source, reason, months) in enumerate(LOST, start=1):
            lead = self.env["crm.lead"].create(
                {
                    "type": "opportunity",
                    "name": FIRST_WISHES[kind],
                    "partner_name": name,
                    "email_from": f"info{number}@example.com",
                    "country_id": self.env.ref("base.es").id,
                    "customer_industry_id": self._get_industry(kind).id,
                    "source_id": sources[source].id,
                    "company_id": company.id,
                    "user_id": seller.id,
                    "stage_id": stages[number % len(stages)].id,
                    "expected_revenue": FIRST_AMOUNTS[kind],
                }
            )
            why = self.env.ref(f"crm.lost_reason_{reason}", raise_if_not_found=False)
            lead.action_set_lost(lost_reason_id=why and why.id)
            day = today - relativedelta(months=months)
            lead.date_closed = datetime.combine(day, time(12))

    @api.model
    def _load_spend(self, company, today, sources):
        start = today.replace(day=1)
        self.env["customer.acquisition.spend"].create(
            [
                {
                    "company_id": company.id,
                    "date": start - relativedelta(months=ago),
                    "source_id": sources[source].id,
                    "amount": amount,
                }
                for source, amount, every in SPENT
                for ago in range(every, SPENT_MONTHS + 1, every)
            ]
        )

    @api.model
    def _load_prospects(self, company, sources):
        contacts = {
            f"partner_{one.key}": {
                "name": one.name,
                "is_company": True,
                "city": one.city,
                "state_id": self.env.ref(f"base.state_{one.state}").id,
                "country_id": self.env.ref("base.es").id,
                "industry_id": self._get_industry(one.kind).id,
            }
            for one in PROSPECTS
            if not one.wish
        }
        self._load_own("res.partner", contacts)
        seller = self._ref("user_sales")
        stages = self.env["crm.stage"].search([("is_won", "=", False)])
        leads = {
            f"lead_{one.key}": {
                "type": "opportunity",
                "name": one.wish,
                "partner_name": one.name,
                "email_from": f"{one.key}@example.com",
                "city": one.city,
                "state_id": self.env.ref(f"base.state_{one.state}").id,
                "country_id": self.env.ref("base.es").id,
                "customer_industry_id": self._get_industry(one.kind).id,
                "source_id": sources[one.source].id,
                "description": one.note,
                "company_id": company.id,
                "user_id": seller.id,
                "expected_revenue": one.amount,
                "stage_id": stages[one.stage : one.stage + 1].id,
            }
            for one in PROSPECTS
            if one.wish
        }
        self._load_own("crm.lead", leads)
