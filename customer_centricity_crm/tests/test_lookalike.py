from math import exp, log

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from odoo.addons.customer_centricity.tests.common import TODAY

from ..models.customer_lookalike_ranked import LIKE_BEST
from .common_lookalike import LookalikeCommon

# 10 of the 34 whose industry is known are the best
BASE = log(10 / 24)
# 9 of 12 hotels: (9 + 5 x 10/34) / (12 + 5) = 0.6159
HOTELS = log(0.6159169 / (1 - 0.6159169)) - BASE
# 1 of 22 schools: (1 + 5 x 10/34) / (22 + 5) = 0.0915
SCHOOLS = log(0.0915033 / (1 - 0.0915033)) - BASE


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestLookalike(LookalikeCommon):
    # ------------------------------------------------------------------
    # Learning
    # ------------------------------------------------------------------

    def test_what_is_typical_is_learnt(self):
        model = self._learn()
        self.assertEqual(
            (model.status, model.account_count, model.best_count), ("ready", 40, 12)
        )
        self.assertEqual(model.best_tier_ids, self.tier_a)
        weights = {
            one.value: one for one in model.weight_ids if one.facet == "industry"
        }
        hotels = weights[str(self.hotels.id)]
        self.assertEqual(
            (
                hotels.best_count,
                hotels.account_count,
                hotels.known_best_count,
                hotels.known_count,
            ),
            (9, 12, 10, 34),
        )
        self.assertEqual(hotels.label, "Hotels")
        self.assertAlmostEqual(hotels.weight, HOTELS, 3)
        self.assertAlmostEqual(weights[str(self.schools.id)].weight, SCHOOLS, 3)
        # what tells them apart does so by more than it says
        self.assertEqual(model.slope, 1)

    def test_it_says_what_it_has_learnt(self):
        model = self._learn()
        self.assertIn("Learnt from 40 accounts, 12 of them the best (A)", model.summary)
        # hotels with 9 of 12 in A; those of schools and without industry: 3 of 28
        self.assertEqual(
            model.band_summary.splitlines(),
            [
                "Score 1 to 78: A 3, D 25. To expect: D",
                "Score 79 to 99: A 9, D 3. To expect: A",
            ],
        )
        self.assertEqual(model.verdict, "few")
        self.assertIn("Too few to say", model.verdict_text)

    def test_too_few_teach_nothing(self):
        lead = self._lead(self.hotels)
        self._learn()
        self.assertEqual(lead.lookalike_score, 79)
        # 9 are not enough, and with the next tiers nearly all would be the best
        (self.best[:3] | self.others).write({"tier_id": self.tier_d.id})
        model = self._learn()
        self.assertEqual(model.status, "few")
        self.assertIn("Too few accounts", model.summary)
        self.assertFalse(model.weight_ids)
        self.assertFalse(lead.lookalike_score)
        self.assertFalse(lead.lookalike_reason)

    def test_where_nothing_tells_them_apart(self):
        (self.best | self.others).partner_id.industry_id = self.hotels
        lead = self._lead(self.hotels)
        model = self._learn()
        self.assertEqual(model.status, "same")
        self.assertIn("nothing that is known of them tells them apart", model.summary)
        self.assertFalse(lead.lookalike_score)

    def test_next_tiers_are_the_best_where_the_first_are_few(self):
        tier_b = self.env.ref("customer_centricity.tier_b")
        self.best[:8].write({"tier_id": tier_b.id})
        model = self._learn()
        self.assertEqual(model.best_tier_ids, self.tier_a | tier_b)
        self.assertEqual(model.best_count, 12)

    def test_customers_who_never_ordered_are_no_examples(self):
        self.others[:5].first_order_date = False
        self.others[5:7].active = False
        self.assertEqual(self._learn().account_count, 33)

    def test_who_may_not_be_profiled_is_no_example(self):
        self.best[:2].partner_id.customer_profiling_opt_out = True
        model = self._learn()
        self.assertEqual((model.account_count, model.best_count), (38, 10))

    def test_a_refresh_has_it_learnt(self):
        cron = self.env.ref("customer_centricity_crm.ir_cron_rank")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        triggers.unlink()
        self.Account._refresh(self.company)
        self.assertTrue(triggers.search([("cron_id", "=", cron.id)]))

    def test_the_scheduled_action_does_all_companies(self):
        lead = self._lead(self.hotels)
        self.Lead._write_ranks([(lead.id, 0, 0, None, None)])
        with self.enter_registry_test_mode():
            self.env.ref("customer_centricity_crm.ir_cron_rank").method_direct_trigger()
        self.assertEqual(lead.lookalike_score, 79)

    def test_size_is_what_the_first_opportunity_should_bring(self):
        """Of 12 of the best 3,000 to 10,000, of 20 others 100 to 300."""
        for accounts, revenue in ((self.best, 5000), (self.others[:20], 200)):
            leads = self.Lead.union(
                *(
                    self._lead(partner_id=partner.id, expected_revenue=revenue)
                    for partner in accounts.partner_id
                )
            )
            leads.action_set_won()
        sizes = {
            one.label: (one.best_count, one.account_count, one.known_count)
            for one in self._learn().weight_ids
            if one.facet == "size"
        }
        self.assertEqual(
            sizes,
            {
                "Expected to bring 3,000 to 10,000": (12, 12, 32),
                "Expected to bring 100 to 300": (0, 20, 32),
            },
        )
        lead = self._lead(expected_revenue=9999.99)
        self.assertEqual(
            lead.lookalike_reason,
            "Expected to bring 3,000 to 10,000: 12 of 12 A, 0 of 20 others",
        )
        # the border belongs to the next size, of which nothing is known
        lead.expected_revenue = 10000
        self.assertFalse(lead.lookalike_reason)
        lead.expected_revenue = 100
        self.assertIn("100 to 300: 0 of 12 A", lead.lookalike_reason)
        lead.expected_revenue = 0
        self.assertFalse(lead.lookalike_reason)

    # ------------------------------------------------------------------
    # Leads
    # ------------------------------------------------------------------

    def test_a_lead_is_ranked_at_once(self):
        self._learn()
        lead = self._lead(self.hotels)
        self.assertEqual(lead.lookalike_score, round(100 / (1 + exp(-HOTELS))))
        self.assertEqual(lead.lookalike_score, 79)
        self.assertEqual(lead.expected_tier_id, self.tier_a)
        self.assertEqual(
            lead.lookalike_reason,
            "Hotels: 9 of 10 A, 3 of 24 others",
        )
        # 12 of 40 are the best, of those that look like this more
        self.assertTrue(50 < lead.lookalike_chance < 79)
        lead.customer_industry_id = self.schools
        self.assertEqual(lead.lookalike_score, round(100 / (1 + exp(-SCHOOLS))))
        self.assertEqual(lead.expected_tier_id, self.tier_d)
        self.assertEqual(
            lead.lookalike_reason,
            "Schools: 1 of 10 A, 21 of 24 others",
        )

    def test_what_is_not_known_says_nothing(self):
        self._learn()
        for industry in (None, self.rare):
            lead = self._lead(industry)
            self.assertEqual((lead.lookalike_score, lead.lookalike_chance), (0, 0))
            self.assertFalse(lead.expected_tier_id)
            self.assertFalse(lead.lookalike_reason)

    def test_the_contact_speaks_for_the_lead(self):
        self._learn()
        contact = self._contact(self.hotels)
        person = self._contact(name="P 2", is_company=False, parent_id=contact.id)
        self.assertEqual(self._lead(partner_id=person.id).lookalike_score, 79)
        lead = self._lead(self.schools)
        self.assertEqual(lead.lookalike_score, 19)
        lead.write({"partner_id": person.id, "company_id": self.company.id})
        self.assertEqual(lead.lookalike_score, 79)

    def test_words_tags_and_sources_count_as_well(self):
        """Where the first opportunity that was won with the customer came from."""
        source = self.env["utm.source"].create({"name": "Fair"})
        tag = self.env["crm.tag"].create({"name": "Spa"})
        for account in self.best | self.others[-4:]:
            self._lead(
                partner_id=account.partner_id.id,
                source_id=source.id if account in self.best else False,
                tag_ids=[(4, tag.id)] if account in self.best else False,
                description="<p>Wellness</p>"
                if account in self.best
                else "<p>Mops</p>",
            ).action_set_won()
        model = self._learn()
        found = {
            (one.facet, one.label): (one.best_count, one.account_count)
            for one in model.weight_ids
        }
        self.assertEqual(found["source", "Source Fair"], (12, 12))
        self.assertEqual(found["lead_tag", "Tag Spa"], (12, 12))
        self.assertEqual(found["word", "“wellness”"], (12, 12))
        self.assertEqual(found["word", "“mops”"], (0, 4))
        good, bad = (self._lead(description=text) for text in ("Wellness", "mops"))
        self.assertGreater(good.lookalike_score, 50)
        self.assertLess(bad.lookalike_score, 50)
        self.assertIn("12 of 12 A, 0 of 4 others", good.lookalike_reason)

    def test_customers_and_closed_leads_are_not_ranked(self):
        self._learn()
        customer = self.others[0].partner_id
        self.assertFalse(self._lead(partner_id=customer.id).lookalike_score)
        won = self._lead(self.hotels)
        won.action_set_won()
        won.customer_industry_id = self.schools
        # what was said of it stays
        self.assertEqual(won.lookalike_score, 79)

    def test_who_may_not_be_profiled_is_not_ranked(self):
        self._learn()
        contact = self._contact(self.hotels)
        other = self._contact(self.hotels)
        leads = self._lead(partner_id=contact.id) | self._lead(partner_id=other.id)
        self.assertEqual(leads.mapped("lookalike_score"), [79, 79])
        contact.customer_profiling_opt_out = True
        self.assertEqual(leads.mapped("lookalike_score"), [0, 79])
        self.assertFalse(leads[0].lookalike_reason or leads[0].expected_tier_id)
        leads[0].name = "L 2"
        self._learn()
        self.assertEqual(leads.mapped("lookalike_score"), [0, 79])

    def test_companies_are_apart(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self._learn()
        theirs, nobodys, ours = (
            self._lead(self.hotels, company_id=company)
            for company in (other.id, False, self.company.id)
        )
        self.assertEqual(ours.lookalike_score, 79)
        self.assertFalse(theirs.lookalike_score)
        # everybody sees it, but what our customers are like is not for everybody
        self.assertFalse(nobodys.lookalike_score)
        ours.company_id = other
        self.assertFalse(ours.lookalike_score)
        self.assertEqual(self._learn(other).status, "few")

    def test_what_is_of_nobody_is_forgotten_with_a_second_company(self):
        self.env.cr.execute(
            "UPDATE res_company SET active = FALSE WHERE id <> %s", (self.company.id,)
        )
        self.env.invalidate_all()
        elsewhere = None
        for activate in (False, True):
            self._learn()
            open_lead, won, ours = (
                self._lead(self.hotels, company_id=company)
                for company in (False, False, self.company.id)
            )
            won.action_set_won()
            for lead in (open_lead, won, ours):
                self.assertEqual(lead.lookalike_score, 79)
            if activate:
                elsewhere.active = True
            else:
                elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
            for lead in (open_lead, won):
                self.assertFalse(lead.lookalike_score or lead.lookalike_reason)
            self.assertEqual(ours.lookalike_score, 79)
            elsewhere.active = False

    def test_ranks_have_no_default(self):
        seller = self._new_user(
            "lookalike_forger", "user", groups=",sales_team.group_sale_salesman"
        )
        forged = self.Lead.with_user(seller).with_context(
            default_lookalike_score=99,
            default_lookalike_chance=98,
            default_expected_tier_id=self.tier_a.id,
            default_description="Kept",
        )
        lead = forged.create({"name": "L 1"})
        self.assertFalse(lead.lookalike_score or lead.lookalike_chance)
        self.assertFalse(lead.expected_tier_id)
        self.assertIn("Kept", lead.description)

    def test_what_was_deleted_is_left_out_of_the_reason(self):
        self._learn()
        lead = self._lead(self.hotels)
        self.best.partner_id.industry_id = self.others.partner_id.industry_id = False
        lead.customer_industry_id = False
        facts = {"tiers": [self.tier_a.id], "facts": [[1, 2**30, 9, 12, 10, 34]]}
        self.Lead._write_ranks([(lead.id, 79, 60, None, facts)])
        self.assertIn("9 of 10 A", lead.lookalike_reason)

    def test_the_industry_goes_to_the_contact(self):
        lead = self._lead(self.hotels, partner_name="P 3", contact_name="Q")
        lead._handle_partner_assignment()
        company = lead.partner_id.commercial_partner_id
        self.assertEqual((company.name, company.industry_id), ("P 3", self.hotels))

    def test_queries_do_not_grow_with_leads(self):
        model = self._learn()
        model._rank_leads(self._leads(5))
        for count in (5, 20):
            leads = self._leads(count)
            self.env.invalidate_all()
            with self.assertQueryCount(10):
                model._rank_leads(leads)
            self.env.invalidate_all()
            with self.assertQueryCount(5):
                leads.mapped("lookalike_reason")

    def _leads(self, count):
        return self.Lead.union(*(self._lead(self.hotels) for _number in range(count)))

    # ------------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------------

    def test_salespeople_see_scores_and_reasons_only(self):
        self._learn()
        seller = self._new_user(
            "lookalike_seller", "user", groups=",sales_team.group_sale_salesman"
        )
        lead = self._lead(self.hotels, user_id=seller.id).with_user(seller)
        self.assertEqual(lead.lookalike_score, 79)
        self.assertIn("9 of 10 A", lead.lookalike_reason)
        self.assertEqual(lead.expected_tier_id.name, "A")
        for name in (
            "customer.lookalike.model",
            "customer.lookalike.weight",
            "customer.source.quality",
            "customer.acquisition.spend",
            "customer.lookalike.campaign",
        ):
            with self.subTest(model=name), self.assertRaises(AccessError):
                self.env[name].with_user(seller).search([])
        with self.assertRaises(AccessError):
            lead.write({"lookalike_score": 99})
        with self.assertRaises(AccessError):
            lead.create({"name": "L 3", "expected_tier_id": self.tier_a.id})

    def test_filters_are_for_those_like_the_best(self):
        for name in ("lead", "opportunity"):
            view = self.env.ref(f"customer_centricity_crm.crm_lead_view_search_{name}")
            self.assertIn(
                f"[('lookalike_score', '&gt;=', {LIKE_BEST})]", view.arch_db, name
            )
        self._learn()
        lead = self._lead(self.hotels) | self._lead(self.schools)
        found = self.Lead.search(
            [("id", "in", lead.ids), ("lookalike_score", ">=", LIKE_BEST)]
        )
        self.assertEqual(found, lead[0])

    def test_a_salesperson_of_another_company_takes_it_along(self):
        self._learn()
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.env.user.company_ids |= elsewhere
        stranger = self._new_user(
            "lookalike_stranger",
            "user",
            elsewhere,
            groups=",sales_team.group_sale_salesman",
        )
        lead = self._lead(self.hotels)
        leads = lead.with_context(allowed_company_ids=(self.company | elsewhere).ids)
        leads.user_id = stranger
        self.assertEqual(lead.company_id, elsewhere)
        self.assertFalse(lead.lookalike_score)

    def test_who_sells_without_us_works_as_before(self):
        self._learn()
        seller = self._create_member("plain_seller", "sales_team.group_sale_salesman")
        lead = self.Lead.with_user(seller).create(
            {"name": "L 4", "user_id": seller.id, "company_id": self.company.id}
        )
        lead.sudo().customer_industry_id = self.hotels
        lead.name = "L 5"
        self.assertEqual(lead.sudo().lookalike_score, 79)
        for name in ("lookalike_score", "lookalike_reason", "customer_industry_id"):
            with self.subTest(name=name):
                self.assertNotIn(name, lead.fields_get())
                with self.assertRaises(AccessError):
                    lead.read([name])
        for view in ("form", "kanban", "list", "search"):
            self.assertNotIn("lookalike", lead.get_view(view_type=view)["arch"])

    def test_managers_of_the_company_see_what_was_learnt(self):
        self._learn()
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        for company, number in ((self.company, 1), (elsewhere, 0)):
            manager = self._new_user(f"manager_{company.id}", "manager", company)
            model = self.Learnt.with_user(manager).search([])
            self.assertEqual(len(model), number)
            self.assertEqual(
                bool(
                    self.env["customer.lookalike.weight"].with_user(manager).search([])
                ),
                bool(number),
            )
            if model:
                self.assertIn("40 accounts", model.summary)
                with self.assertRaises(AccessError):
                    model.write({"slope": 0})
