from odoo.exceptions import ValidationError
from odoo.fields import Date
from odoo.tests import freeze_time, tagged

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

    def test_merging_the_ends_of_a_chain(self):
        self.south.referred_by_id = self.east
        self.east.referred_by_id = self.north
        self._merge(self.north, self.south)
        self.assertFalse(self.south.referred_by_id)
        self.assertEqual(self.east.referred_by_id, self.south)
