from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from odoo.addons.customer_centricity.tests.common import TODAY

from .common_lookalike import LookalikeCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestProspect(LookalikeCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.inn, _college, _unknown = (
            cls._contact(industry, name=name)
            for industry, name in (
                (cls.hotels, "P 1"),
                (cls.schools, "P 2"),
                (None, "P 3"),
            )
        )
        cls.lodge = cls._contact(cls.hotels, name="P 0")
        cls.seller = cls._new_user(
            "prospect_seller", "user", groups=",sales_team.group_sale_salesman"
        )

    def _prospects(self):
        return self.Prospect.search([("company_id", "=", self.company.id)])

    def test_contacts_are_ranked(self):
        self._contact(name="P 4", parent_id=self.inn.id)  # belongs to it
        self._contact(self.hotels, name="P 5", supplier_rank=1)
        self._contact(self.hotels, name="P 6", customer_profiling_opt_out=True)
        self._contact(self.hotels, name="P 7", active=False)
        colleague = self.seller.partner_id
        colleague.industry_id = self.hotels
        self._learn()
        prospects = self._prospects()
        self.assertEqual(prospects.partner_id, self.inn | self.lodge)
        self.assertEqual(prospects.mapped("lookalike_score"), [79, 79])
        self.assertEqual(prospects.expected_tier_id, self.tier_a)
        self.assertEqual(
            prospects[0].lookalike_reason,
            "Hotels: 9 of 10 A, 3 of 24 others",
        )

    def test_the_list_is_made_anew_and_stays_what_it_is(self):
        self._learn()
        first = self._prospects()
        self._learn()
        self.assertEqual(self._prospects(), first)
        self.inn.industry_id = False
        self._learn()
        [prospect] = self._prospects()
        self.assertEqual(
            (prospect.partner_id, prospect.lookalike_score), (self.lodge, 79)
        )

    def test_with_an_open_lead_the_lead_is_ranked(self):
        lead = self._lead(partner_id=self.inn.id)
        self._learn()
        self.assertEqual(self._prospects().partner_id, self.lodge)
        self.assertEqual(lead.lookalike_score, 79)

    def test_who_objects_is_forgotten_at_once(self):
        self._learn()
        self.inn.customer_profiling_opt_out = True
        self.assertEqual(self._prospects().partner_id, self.lodge)

    def test_a_deleted_contact_is_none(self):
        self._learn()
        self.inn.unlink()
        self.assertEqual(self._prospects().partner_id, self.lodge)

    def test_prospects_become_opportunities(self):
        self._learn()
        action = self._prospects().with_user(self.seller).action_create_leads()
        leads = self.Lead.search(action["domain"])
        self.assertEqual(leads.partner_id, self.inn | self.lodge)
        self.assertEqual(leads.user_id, self.seller)
        self.assertEqual(set(leads.mapped("lookalike_score")), {79})
        self.assertFalse(self._prospects())
        self._learn()
        self.assertFalse(self._prospects())

    def test_who_is_none_any_more_gets_no_lead(self):
        """Others have opened a lead with the inn since the prospects were shown."""
        self._learn()
        prospects = self._prospects().with_user(self.seller)
        lead = self._lead(partner_id=self.inn.id)
        action = prospects.action_create_leads()
        self.assertEqual(self.Lead.browse(action["res_id"]).partner_id, self.lodge)
        self.assertEqual(self.inn.opportunity_ids, lead)
        self.assertFalse(self._prospects())

    def test_where_none_is_left_it_says_so(self):
        self._learn()
        prospects = self._prospects().with_user(self.seller)
        for partner in prospects.partner_id:
            self._lead(partner_id=partner.id)
        with self.assertRaisesRegex(UserError, "None of them is a prospect any more"):
            prospects.action_create_leads()

    def test_who_takes_them_keeps_them_to_oneself(self):
        """The row is another one now, so that the database refuses a second one."""
        query = SQL("SELECT xmin, ctid FROM res_partner WHERE id = %s", self.inn.id)
        self.env.flush_all()
        before = self.env.execute_query(query)
        write_date = self.inn.write_date
        self.assertEqual(self.Prospect._take(self.company, self.inn), self.inn)
        self.assertNotEqual(self.env.execute_query(query), before)
        self.env.invalidate_all()
        self.assertEqual(self.inn.write_date, write_date)

    def test_one_opens_at_once(self):
        self._learn()
        action = self._prospects()[:1].with_user(self.seller).action_create_leads()
        lead = self.Lead.browse(action["res_id"])
        self.assertEqual((lead.partner_id, lead.lookalike_score), (self.inn, 79))
        with self.assertRaisesRegex(UserError, "Choose at least one prospect"):
            self.Prospect.with_user(self.seller).action_create_leads()

    def test_who_may_see_and_make_them(self):
        self._learn()
        outsider = self._create_member(
            "prospect_outsider", "sales_team.group_sale_salesman"
        )
        with self.assertRaises(AccessError):
            self.Prospect.with_user(outsider).search([])
        reader = self._new_user("prospect_reader", "user")
        prospects = self._prospects().with_user(reader)
        self.assertEqual(len(prospects), 2)
        with self.assertRaises(AccessError):
            prospects.action_create_leads()
        with self.assertRaises(AccessError):
            prospects.unlink()
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self._new_user("prospect_stranger", "administrator", elsewhere)
        self.assertFalse(self.Prospect.with_user(stranger).search([]))
