from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Date
from odoo.tests import freeze_time, tagged

from odoo.addons.customer_centricity.tests.common import TODAY

from ..wizards import customer_lookalike_campaign
from .common_lookalike import LookalikeCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestLookalikeCampaign(LookalikeCommon):
    """The group has 10 hotels, of which 9 earn a profit.

    Of the 34 customers whose industry is known these 9 are hotels, 3 more hotels and 22
    schools are not among them: (9 + 5 x 9/34) / (12 + 5) = 0.6073 instead of 9/34, the
    logarithms of the odds being 0.4361 and -1.0217. 1 / (1 + exp(-1.4578)) = 0.811
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        members = cls.best[:9] | cls.others[0]
        members.write({"group_id": cls.group.id})
        cls.others[0].result = "loss"
        cls.inn, cls.college = (
            cls._contact(industry) for industry in (cls.hotels, cls.schools)
        )
        cls.manager = cls._new_user(
            "campaign_manager",
            "manager",
            groups=",sales_team.group_sale_salesman_all_leads",
        )
        cls.seller = cls._new_user(
            "campaign_seller", "user", groups=",sales_team.group_sale_salesman"
        )
        cls.lead = cls._lead(cls.hotels, user_id=cls.seller.id)
        cls._lead(cls.schools)

    def _find(self, user=None):
        group = self.group.with_user(user or self.manager)
        action = group.action_find_lookalikes()
        return group.env[action["res_model"]].browse(action["res_id"])

    def test_who_is_like_the_group(self):
        campaign = self._find()
        self.assertTrue(campaign.has_learnt)
        self.assertIn("9 profitable customers of Hosts", campaign.summary)
        self.assertIn("the other 31 accounts", campaign.summary)
        lines = campaign.line_ids
        self.assertEqual((lines.lead_id, lines.partner_id), (self.lead, self.inn))
        self.assertEqual(set(lines.mapped("lookalike_score")), {81})
        self.assertEqual(
            set(lines.mapped("lookalike_reason")),
            {"Hotels: 9 of 9 in the group, 3 of 25 others"},
        )

    def test_a_list_to_work_on(self):
        campaign = self._find()
        campaign.tag_name = "Inns 2026"
        action = campaign.action_apply()
        leads = self.Lead.search(action["domain"])
        self.assertEqual(len(leads), 2)
        self.assertEqual(leads.tag_ids.mapped("name"), ["Inns 2026"])
        made = leads - self.lead
        self.assertEqual((made.partner_id, made.user_id), (self.inn, self.manager))
        for lead, user in ((self.lead, self.seller), (made, self.manager)):
            activity = lead.activity_ids
            self.assertEqual(
                (activity.user_id, activity.summary, activity.date_deadline),
                (user, "Inns 2026", Date.to_date("2026-07-22")),
            )
        # the tag is found again
        self._find().action_apply()
        campaign = self._find()
        campaign.tag_name = "Inns 2026"
        campaign.action_apply()
        tags = self.env["crm.tag"].search([("name", "=", "Inns 2026")])
        self.assertEqual(len(tags), 1)

    def test_what_has_changed_since_they_were_found_counts(self):
        """Objections, first orders, and leads that others have opened."""
        objector, customer, taken = (
            self._contact(self.hotels, name=f"P {place}") for place in (2, 3, 4)
        )
        sold = self._lead(self.hotels, user_id=self.seller.id)
        campaign = self._find()
        self.assertLessEqual(
            self.inn | objector | customer | taken, campaign.line_ids.partner_id
        )
        lines = campaign.line_ids.filtered(
            lambda line: line.partner_id in objector | customer | taken
        )
        self.assertLessEqual(sold, campaign.line_ids.lead_id)
        # as a client may send it, or somebody may save it meanwhile
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET customer_profiling_opt_out = TRUE WHERE id = %s",
            (objector.id,),
        )
        self.env.invalidate_all()
        self.Account.create(
            {
                "partner_id": customer.id,
                "company_id": self.company.id,
                "first_order_date": "2026-07-01",
            }
        )
        lead = self._lead(partner_id=taken.id)
        sold.action_set_won()
        action = campaign.action_apply()
        leads = self.Lead.search(action["domain"])
        self.assertEqual((leads - self.lead).partner_id, self.inn)
        self.assertIn(self.lead, leads)
        self.assertFalse(objector.opportunity_ids | customer.opportunity_ids)
        self.assertEqual(taken.opportunity_ids, lead)
        (campaign.line_ids - lines).chosen = False
        with self.assertRaisesRegex(UserError, "None of them is a prospect any more"):
            campaign.action_apply()

    def test_twice_is_once(self):
        campaign = self._find()
        campaign.action_apply()
        self.assertEqual(len(self.inn.opportunity_ids), 1)
        campaign.action_apply()
        self.assertEqual(len(self.inn.opportunity_ids), 1)

    def test_what_was_found_of_who_objects_is_forgotten(self):
        self.lead.partner_id = self._contact(self.hotels, name="P 2")
        campaign = self._find()
        self.assertEqual(len(campaign.line_ids), 2)
        self.inn.customer_profiling_opt_out = True
        self.assertEqual(campaign.line_ids.lead_id, self.lead)
        self.assertFalse(campaign.line_ids.partner_id)
        self.lead.partner_id.customer_profiling_opt_out = True
        self.assertFalse(campaign.line_ids.exists())

    def test_the_newest_are_looked_at(self):
        newest = self._contact(self.hotels, name="P 2")
        with patch.object(customer_lookalike_campaign, "MOST_LOOKED_AT", 1):
            campaign = self._find()
        self.assertEqual(campaign.line_ids.partner_id, newest)
        self.assertIn(
            "Looked at: 1 open leads and 1 contacts, the newest, up to 1 of each.",
            campaign.summary,
        )

    def test_choices(self):
        campaign = self._find()
        campaign.with_leads = False
        campaign.action_find()
        self.assertEqual(campaign.line_ids.partner_id, self.inn)
        self.assertFalse(campaign.line_ids.lead_id)
        campaign.activity_type_id = False
        campaign.action_apply()
        self.assertFalse(self.inn.opportunity_ids.activity_ids)
        campaign = self._find()
        campaign.line_ids.chosen = False
        with self.assertRaisesRegex(UserError, "Choose at least one"):
            campaign.action_apply()
        campaign.number = 0
        with self.assertRaisesRegex(UserError, "between 1 and 500"):
            campaign.action_find()

    def test_too_few_members(self):
        self.best[:5].write({"group_id": False})
        campaign = self._find()
        self.assertIn(
            "4 customers of Hosts have ordered and earn a profit", campaign.summary
        )
        self.assertFalse(campaign.line_ids)
        # what to do with them is not asked
        self.assertFalse(campaign.has_learnt)

    def test_those_little_above_the_usual_are_not_chosen(self):
        """Of the 40 customers all are companies but 8 of the others.

        With the 9 are 32: (9 + 5 x 9/40) / (32 + 5) = 0.2736 instead of 0.225, the
        logarithms of the odds being -0.9763 and -1.2368. 1 / (1 + exp(-0.2605)) = 0.565
        """
        self.others[20:].partner_id.is_company = False
        plain = self.env["res.partner"].create({"name": "P 9", "is_company": True})
        lines = self._find().line_ids
        usual = lines.filtered(lambda line: line.partner_id == plain)
        self.assertEqual(usual.lookalike_score, 56)
        self.assertEqual(lines.filtered("chosen").partner_id, self.inn)
        self.assertFalse(usual.chosen)

    def test_who_may(self):
        with self.assertRaises(AccessError):
            self._find(self.seller)
        without = self._new_user("campaign_without", "manager")
        with self.assertRaises(AccessError):
            self._find(without)

    def test_what_customers_of_other_companies_are_like_stays_theirs(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        campaign = self.env["customer.lookalike.campaign"].with_user(self.manager)
        campaign = campaign.create(
            {
                "group_id": self.group.id,
                "company_id": elsewhere.id,
                "tag_name": "Theirs",
            }
        )
        for action in (campaign.action_find, campaign.action_apply):
            with self.assertRaisesRegex(AccessError, "a company that you work for"):
                action()

    def test_leads_of_others_stay_hidden(self):
        manager = self._new_user(
            "campaign_own", "manager", groups=",sales_team.group_sale_salesman"
        )
        self.assertNotIn(self.lead, self._find(manager).line_ids.lead_id)

    def test_parts_of_the_group_belong_to_it(self):
        part = self.env["customer.group"].create(
            {"name": "Inns", "parent_id": self.group.id}
        )
        self.best[:4].write({"group_id": part.id})
        self.assertIn("9 profitable customers", self._find().summary)
