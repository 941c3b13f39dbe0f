from odoo.addons.customer_centricity.tests.common import CustomerCentricityCommon


class LookalikeCommon(CustomerCentricityCommon):
    """40 customers: 12 in tier A, 28 in tier D; only industries tell them apart.

        industry   hotels   schools   not known
        A               9         1           2
        D               3        21           4

    Names and texts have no words of four letters.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tier_a, cls.tier_d = (
            cls.env.ref(f"customer_centricity.tier_{name}") for name in "ad"
        )
        cls.hotels, cls.schools, cls.rare = cls.env["res.partner.industry"].create(
            [{"name": name} for name in ("Hotels", "Schools", "Circuses")]
        )
        cls.Lead, cls.Prospect = cls.env["crm.lead"], cls.env["customer.prospect"]
        cls.Learnt = cls.env["customer.lookalike.model"]
        cls.group = cls.env["customer.group"].create({"name": "Hosts"})
        # contacts of others than this test's are no prospects
        cls.env["res.partner"].search([("partner_share", "=", True)]).supplier_rank = 1
        cls.best = cls._customers(cls.tier_a, {cls.hotels: 9, cls.schools: 1, None: 2})
        cls.others = cls._customers(
            cls.tier_d, {cls.hotels: 3, cls.schools: 21, None: 4}
        )

    @classmethod
    def _customers(cls, tier, numbers, first_order="2023-03-01", company=None, **vals):
        """Create accounts of new customers, so many of each industry, in this order."""
        industries = [one for one, number in numbers.items() for _ in range(number)]
        partners = cls.env["res.partner"].create(
            [
                {
                    "name": f"C {place}",
                    "is_company": True,
                    "industry_id": industry and industry.id,
                }
                for place, industry in enumerate(industries)
            ]
        )
        quiet = cls.Account.with_context(tracking_disable=True)
        return quiet.create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": (company or cls.company).id,
                    "tier_id": tier.id,
                    "first_order_date": first_order,
                    "result": "profit",
                    **vals,
                }
                for partner in partners
            ]
        )

    @classmethod
    def _learn(cls, company=None):
        cls.Learnt._learn_and_rank(company or cls.company)
        return cls.Learnt.search([("company_id", "=", (company or cls.company).id)])

    @classmethod
    def _lead(cls, industry=None, company=None, **vals):
        return cls.Lead.create(
            {
                "name": "L 1",
                "company_id": (company or cls.company).id,
                "user_id": False,
                "team_id": False,
                "customer_industry_id": industry and industry.id,
                **vals,
            }
        )

    @classmethod
    def _contact(cls, industry=None, **vals):
        return cls.env["res.partner"].create(
            {
                "name": "P 1",
                "is_company": True,
                "industry_id": industry and industry.id,
                **vals,
            }
        )
