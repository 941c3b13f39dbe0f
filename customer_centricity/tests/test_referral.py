from unittest.mock import patch

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Date
from odoo.tests import freeze_time, tagged

from odoo.addons.customer_centricity.models import customer_account_referral

from .common import TODAY, CustomerCentricityCommon


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestReferral(CustomerCentricityCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.east = cls.env["res.partner"].create({"name": "East", "is_company": True})
        cls.west = cls.env["res.partner"].create({"name": "West", "is_company": True})

    def _refuse(self, message, partner, **vals):
        with (
            self.env.cr.savepoint(),
            self.assertRaisesRegex(ValidationError, message),
        ):
            partner.write(vals)
        self.env.invalidate_all()

    def test_when_it_was_noted(self):
        self.south.referred_by_id = self.north_contact
        self.assertEqual(self.south.referred_date, Date.to_date(TODAY))
        self.assertEqual(self.north_contact.referral_ids, self.south)
        self.south.referred_date = "2026-01-05"
        self.south.write({"referred_by_id": self.north_contact.id})
        self.assertEqual(self.south.referred_date, Date.to_date("2026-01-05"))
        self.south.referred_by_id = self.east
        self.assertEqual(self.south.referred_date, Date.to_date(TODAY))
        self.south.referred_by_id = False
        self.assertFalse(self.south.referred_date)
        loner = self.env["res.partner"].create(
            {"name": "Loner", "referred_by_id": self.north.id}
        )
        self.assertEqual(loner.referred_date, Date.to_date(TODAY))
        self.assertFalse(loner.copy().referred_by_id)

    def test_nobody_recommends_itself(self):
        self._refuse(
            "North Hotel cannot have recommended you to itself",
            self.north,
            referred_by_id=self.north.id,
        )
        self._refuse(
            "Nora of North belongs to North Hotel",
            self.north,
            referred_by_id=self.north_contact.id,
        )

    def test_no_loop(self):
        self.south.referred_by_id = self.north_contact
        self.east.referred_by_id = self.south
        self._refuse(
            "East cannot have recommended you to North Hotel",
            self.north,
            referred_by_id=self.east.id,
        )

    def test_no_loop_by_all_at_once(self):
        with (
            self.env.cr.savepoint(),
            self.assertRaisesRegex(ValidationError, "Correct who recommended you"),
        ):
            (self.north | self.south).write({"referred_by_id": self.east.id})
            self.east.referred_by_id = self.south

    def test_no_loop_through_a_parent(self):
        """Somebody comes to belong to the company that it recommended us to."""
        loner = self.env["res.partner"].create({"name": "Loner"})
        self.east.referred_by_id = loner
        self._refuse("Loner belongs to East", loner, parent_id=self.east.id)
        self.west.referred_by_id = self.east
        self._refuse(
            "East cannot have recommended you to West", loner, parent_id=self.west.id
        )
        loner.parent_id = self.south
        self.assertEqual(loner.commercial_partner_id, self.south)

    def test_a_contacts_own_rests(self):
        """What stands on a contact counts once it belongs to no company."""
        contact = self.env["res.partner"].create(
            {
                "name": "Sam of South",
                "parent_id": self.south.id,
                "referred_by_id": self.north.id,
            }
        )
        self.north.referred_by_id = contact
        self._refuse("North Hotel|Sam of South", contact, parent_id=False)
        self.north.referred_by_id = False
        contact.parent_id = False
        self._refuse(
            "Sam of South cannot have recommended you to North Hotel",
            self.north,
            referred_by_id=contact.id,
        )

    def _merge(self, sources, target):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((sources | target).ids, target)
        self.env.invalidate_all()

    def test_merged_contacts_keep_what_they_brought(self):
        self.east.referred_by_id = self.north
        self.north.write({"referred_by_id": self.west, "referred_date": "2026-02-03"})
        self._merge(self.north, self.south)
        self.assertEqual(self.east.referred_by_id, self.south)
        self.assertEqual(self.south.referred_by_id, self.west)
        self.assertEqual(self.south.referred_date, Date.to_date("2026-02-03"))

    def test_merging_who_recommended_the_other(self):
        self.south.referred_by_id = self.north_contact
        self._merge(self.north, self.south)
        self.assertFalse(self.south.referred_by_id)
        self.assertIn(
            "is no longer noted as who recommended you",
            "".join(self.south.message_ids.mapped("body")),
        )

    def _create_contacts(self):
        return self.env["res.partner"].create(
            [
                {"name": "Max", "parent_id": company.id}
                for company in (self.east, self.west)
            ]
        )

    def test_merging_contacts_of_two_companies(self):
        """East and West stay two: what one of them did for the other is as it was."""
        of_east, of_west = self._create_contacts()
        self.west.referred_by_id = self.east
        self._merge(of_west, of_east)
        self.assertEqual(self.west.referred_by_id, self.east)

    def test_merging_who_recommended_the_company_of_the_other(self):
        of_east, of_west = self._create_contacts()
        self.west.referred_by_id = self.south
        self.south.referred_by_id = of_east
        self._merge(of_west, of_east)
        self.assertEqual(self.west.referred_by_id, self.south)
        self.assertEqual(self.south.referred_by_id, of_east)

    def test_merging_into_a_contact_of_who_was_recommended(self):
        of_east, of_west = self._create_contacts()
        self.west.referred_by_id = self.south
        self.south.referred_by_id = of_east
        self._merge(of_east, of_west)
        self.assertFalse(self.west.referred_by_id)
        self.assertEqual(self.south.referred_by_id, of_west)

    def test_merging_the_ends_of_a_chain(self):
        self.south.referred_by_id = self.east
        self.east.referred_by_id = self.north
        self._merge(self.north, self.south)
        self.assertFalse(self.south.referred_by_id)
        self.assertEqual(self.east.referred_by_id, self.south)

    def test_merging_contacts_leaves_their_companies_two(self):
        """Max works for both: what one company did for the other stays true."""
        for referrer in ("company", "contact"):
            with self.subTest(referrer=referrer):
                north, south = self.env["res.partner"].create(
                    [
                        {"name": name, "parent_id": company.id}
                        for name, company in (
                            ("Max of North", self.north),
                            ("Max of South", self.south),
                        )
                    ]
                )
                self.south.referred_by_id = (
                    self.north if referrer == "company" else north
                )
                self._merge(north, south)
                self.assertEqual(self.south.referred_by_id, self.north)

    def test_merging_a_contact_into_one_of_whom_it_brought(self):
        """East was brought by Max of North, who now is of South, which East brought."""
        north, south = self.env["res.partner"].create(
            [
                {"name": name, "parent_id": company.id}
                for name, company in (
                    ("Max of North", self.north),
                    ("Max of South", self.south),
                )
            ]
        )
        self.east.referred_by_id = north
        self.south.referred_by_id = self.east
        self._merge(north, south)
        self.assertFalse(self.south.referred_by_id)
        self.assertEqual(self.east.referred_by_id, south)


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestReferralCredit(CustomerCentricityCommon):
    """Nora of North brought South and East; South brought West."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_other_company()
        cls.east, cls.west = cls.env["res.partner"].create(
            [{"name": "East"}, {"name": "West"}]
        )
        cls.south.referred_by_id = cls.east.referred_by_id = cls.north_contact
        cls.west.referred_by_id = cls.south
        for partner, amount in (
            (cls.north, 900),
            (cls.south, 300),
            (cls.east, 50),
            (cls.west, 70),
        ):
            cls._invoice(partner, "2026-03-10", (cls.service, 1, amount))
        cls._invoice(
            cls.south, "2026-03-10", (cls.service, 1, 8), company_id=cls.other.id
        )
        cls.Account._refresh(cls.company | cls.other)

    def _credit(self, partner, company=None):
        self.env.invalidate_all()
        account = self._account(partner, company)
        return (
            account.referral_count,
            account.referral_profit,
            account.referral_value,
        )

    def _value(self, *partners):
        return sum(self._account(partner).lifetime_value for partner in partners)

    def test_each_is_credited_to_who_brought_it(self):
        """South has 300 and East 50 of profit; West is South's."""
        self.assertEqual(
            self._credit(self.north), (2, 350, self._value(self.south, self.east))
        )
        self.assertEqual(self._credit(self.south), (1, 70, self._value(self.west)))
        self.assertEqual(self._credit(self.east), (0, 0, 0))
        self.assertFalse(
            self._account(self.north, self.other), "nothing of North there"
        )

    def test_it_follows_at_the_next_refresh(self):
        self.east.referred_by_id = self.west
        self._account(self.south).action_archive()
        self._refresh()
        self.assertEqual(self._credit(self.north), (0, 0, 0))
        self.assertEqual(self._credit(self.west), (1, 50, self._value(self.east)))

    def test_only_what_differs_is_written(self):
        self.assertEqual(self.Account._refresh_referrals(self.company), 0)
        self.env.flush_all()
        self.cr.execute("UPDATE customer_account SET referral_count = NULL")
        self.assertEqual(self.Account._refresh_referrals(self.company), 2)

    def test_a_batch_at_a_time(self):
        self.env.flush_all()
        self.cr.execute("UPDATE customer_account SET referral_count = 9")
        with patch.object(customer_account_referral, "BATCH_SIZE", 3):
            self.assertEqual(self.Account._refresh_referrals(self.company), 3)
            self.assertEqual(self.Account._refresh_referrals(self.company), 1)
        self.assertEqual(self._credit(self.north)[0], 2)

    def test_who_brought_whom_as_a_list(self):
        account = self._account(self.north)
        action = account.action_open_referrals()
        brought = self.Account.search(action["domain"])
        self.assertEqual(brought.partner_id, self.south | self.east)
        self.assertEqual(brought.referred_by_id, self.north_contact)
        self.assertEqual(
            set(brought.mapped("referred_since")), {Date.to_date("2026-03-10")}
        )
        groups = self.Account._read_group(
            [("referred_by_id", "!=", False), ("company_id", "=", self.company.id)],
            ["referrer_id"],
            ["__count"],
        )
        self.assertEqual(dict(groups), {self.north: 2, self.south: 1})

    def test_brought_by_a_contact_of_another_company(self):
        """Who that is only those tell who work there; the account opens anyway."""
        elsewhere = self.env["res.partner"].create(
            {"name": "Elsewhere", "company_id": self.other.id}
        )
        self.south.referred_by_id = elsewhere
        user = self._create_member(
            "referral_elsewhere", "customer_centricity.group_user"
        )
        self.env.flush_all()
        self.env.invalidate_all()
        here = {"allowed_company_ids": self.company.ids}
        accounts = self._account(self.south) | self._account(self.west)
        accounts = accounts.with_env(self.env(user=user.id, su=False, context=here))
        self.assertEqual(accounts.mapped("referrer_id"), self.south)
        self.assertFalse(accounts[0].referrer_id)
        self.assertTrue(accounts.web_read({"referrer_id": {}}))
        self.assertEqual(self._account(self.south).referrer_id, elsewhere)

    def test_who_was_brought_by_nobody(self):
        """South and East by North, West by South, North by nobody."""
        mine = [("company_id", "=", self.company.id)]
        for operator, partners in (
            ("=", self.north),
            ("!=", self.south | self.east | self.west),
        ):
            found = self.Account.search([*mine, ("referrer_id", operator, False)])
            self.assertEqual(found.partner_id, partners)
        found = self.Account.search([*mine, ("referrer_id", "ilike", "North")])
        self.assertEqual(found.partner_id, self.south | self.east)

    def test_noted_before_the_first_order(self):
        prospect = self.env["res.partner"].create(
            {"name": "Prospect", "referred_by_id": self.east.id}
        )
        self.Account._create_accounts(self.company, prospect.ids)
        self.assertEqual(self._account(prospect).referred_since, Date.to_date(TODAY))
        self.assertFalse(self._account(self.north).referred_since)

    def test_it_speaks_for_who_brings_others(self):
        account = self._account(self.north)
        guards = account._get_decision_guards()[account.id]
        self.assertIn("recommended you to 2 other customers", guards["advocates"])
        guards = self._account(self.south)._get_decision_guards().popitem()[1]
        self.assertIn("recommended you to another customer", guards["advocates"])
        guards = self._account(self.east)._get_decision_guards().popitem()[1]
        self.assertNotIn("advocates", guards)

    def test_all_that_it_gives_besides_money_is_told(self):
        account = self._account(self.north)
        account.write({"voice": "promoter", "promoter_count": 1, "nps_answer_count": 1})
        self.assertEqual(
            account._get_decision_guards()[account.id]["advocates"],
            "1 of the 1 contacts who answered recommend us. "
            "It recommended you to 2 other customers.",
        )

    def test_a_decision_weighs_whom_it_brought(self):
        """350 in a window of twelve months."""
        case = self.env["customer.decision"].create(
            {"account_id": self._account(self.north).id}
        )
        self.assertEqual(case.advocacy_value, 350)

    def test_a_salesperson_notes_and_reads_it_without_money(self):
        user = self._create_member(
            "referral_user", "customer_centricity.group_user,base.group_partner_manager"
        )
        env = self.env(
            user=user.id, su=False, context={"allowed_company_ids": self.company.ids}
        )
        self.north.with_env(env).referred_by_id = self.partner_a
        account = self._account(self.north).with_env(env)
        self.assertEqual(account.referred_by_id, self.partner_a)
        self.assertEqual(account.referral_count, 2)
        with self.assertRaises(AccessError):
            account.read(["referral_value"])
        groups = account._read_group(
            [("referrer_id", "!=", False), ("company_id", "=", self.company.id)],
            ["referrer_id"],
            ["__count"],
            order="referrer_id",
        )
        self.assertEqual(
            {(partner.id, count) for partner, count in groups},
            {(self.north.id, 2), (self.south.id, 1), (self.partner_a.id, 1)},
        )
        for name in ("referrer_id", "referred_by_id"):
            self.assertTrue(account.fields_get([name])[name]["groupable"])
            account.search([(name, "!=", False)], order=f"{name} desc, id")
        texts = account._get_decision_guards()[account.id]["advocates"]
        self.assertNotIn("350", texts)
