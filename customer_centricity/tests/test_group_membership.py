from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, new_test_user, tagged

from .common import TODAY, CustomerCentricityCommon


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestGroupMembership(CustomerCentricityCommon):
    """Who or what put an account in its group, and who may move it on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company = {
            "company_id": cls.company.id,
            "company_ids": [Command.set(cls.company.ids)],
        }
        cls.manager, cls.salesperson = (
            new_test_user(
                cls.env,
                f"membership_{role}",
                groups=f"customer_centricity.group_{role},base.group_partner_manager",
                **company,
            )
            for role in ("manager", "user")
        )
        cls.hotels, cls.clinics = cls.env["customer.group"].create(
            [{"name": "Hotels"}, {"name": "Clinics"}]
        )
        cls.Account._create_accounts(cls.company, (cls.north | cls.south).ids)
        cls.account = cls.Account.search([("partner_id", "=", cls.north.id)])
        cls.other = cls.Account.search([("partner_id", "=", cls.south.id)])

    def _as(self, user, records=None):
        return (self.account if records is None else records).with_user(user)

    def _state(self, account=None):
        account = self.account if account is None else account
        return account.group_id, account.group_origin, account.group_reason

    def _change(self, accounts, group, reason):
        action = self._as(self.manager, accounts).action_change_group()
        wizard = Form(
            self.env[action["res_model"]]
            .with_user(self.manager)
            .with_context(**action["context"])
        )
        wizard.group_id = group
        wizard.reason = reason
        return wizard.save().action_apply()

    def test_a_persons_choice_is_by_hand(self):
        self._as(self.manager).group_id = self.hotels
        self.assertEqual(self._state(), (self.hotels, "hand", False))
        # from hand to hand nobody needs to say why
        self._as(self.manager).group_id = self.clinics
        self.assertEqual(self._state(), (self.clinics, "hand", False))

    def test_moving_what_a_rule_has_placed_takes_a_reason(self):
        for origin in ("rule", "found"):
            self.account.write({"group_id": self.hotels.id, "group_origin": origin})
            with self.subTest(origin=origin):
                with self.assertRaisesRegex(UserError, "North Hotel.*Change group"):
                    self._as(self.manager).group_id = self.clinics
                with self.assertRaisesRegex(UserError, "asks for the reason"):
                    self._as(self.manager).write(
                        {"group_id": False, "group_reason": "  "}
                    )
                # the same group is no move
                self._as(self.manager).group_id = self.hotels
                self.assertEqual(self._state(), (self.hotels, origin, False))
                self._as(self.manager).write(
                    {"group_id": self.clinics.id, "group_reason": "Sold its rooms"}
                )
                self.assertEqual(
                    self._state(), (self.clinics, "hand", "Sold its rooms")
                )

    def test_a_reason_is_answered_with_a_reason(self):
        self._change(self.account, self.hotels, "They have rooms")
        given = (self.hotels, "hand", "They have rooms")
        for vals in (
            {"group_id": self.clinics.id},
            {"group_id": False},
            {"group_id": self.clinics.id, "group_reason": "  "},
        ):
            with (
                self.subTest(vals=vals),
                self.assertRaisesRegex(UserError, "who gave the reason.*Change group"),
            ):
                self._as(self.manager).write(vals)
        with self.assertRaisesRegex(UserError, "who gave the reason"):
            self._as(self.manager, self.north).customer_group_id = self.clinics
        self.env.invalidate_all()
        self.assertEqual(self._state(), given)
        self._as(self.manager).group_id = self.hotels
        self.assertEqual(self._state(), given, "the same group is no move")
        self._as(self.manager).write(
            {"group_id": self.clinics.id, "group_reason": "Beds by now"}
        )
        self.assertEqual(self._state(), (self.clinics, "hand", "Beds by now"))

    def test_going_against_a_rule_takes_a_reason(self):
        self._as(self.manager, self.hotels).account_domain = repr(
            [("partner_id", "=", self.north.id)]
        )
        for group in (self.clinics, self.clinics.browse()):
            if group == self.account.group_id:
                self.account.write({"group_id": self.clinics.id, "group_origin": False})
            with (
                self.subTest(group=group),
                self.assertRaisesRegex(UserError, "A rule puts .*North.* “Hotels”"),
            ):
                self._as(self.manager).group_id = group
        self.account.write({"group_id": False, "group_origin": False})
        with self.assertRaisesRegex(UserError, "A rule puts"):
            self._as(self.manager, self.north).customer_group_id = self.clinics
        self.env.invalidate_all()
        # whom no rule wants, and who is put where the rule wants him
        self._as(self.manager, self.other).group_id = self.clinics
        self.assertEqual(self._state(self.other), (self.clinics, "hand", False))
        self._as(self.manager).group_id = self.hotels
        self.assertEqual(self._state(), (self.hotels, "hand", False))

    def test_many_at_once_with_a_reason(self):
        accounts = self.account | self.other
        self.other.write({"group_id": self.clinics.id, "group_origin": "found"})
        action = self._change(accounts, self.hotels, " Alike ")
        self.assertEqual(action["type"], "ir.actions.act_window_close")
        for account in accounts:
            self.assertEqual(self._state(account), (self.hotels, "hand", "Alike"))

    def test_staying_may_be_decided_too(self):
        """An account that a rule has placed is kept there, whatever the rule says."""
        self.account.write({"group_id": self.hotels.id, "group_origin": "rule"})
        self._change(self.account, self.hotels, "A hotel it remains")
        self.assertEqual(self._state(), (self.hotels, "hand", "A hotel it remains"))

    def test_out_of_every_group(self):
        self.account.write({"group_id": self.hotels.id, "group_origin": "rule"})
        self._change(self.account, self.env["customer.group"], "A case of its own")
        self.assertEqual(
            self._state(), (self.hotels.browse(), "hand", "A case of its own")
        )

    def test_a_blank_reason_is_none(self):
        wizard = self.env["customer.group.change"].create(
            {
                "account_ids": [Command.set(self.account.ids)],
                "group_id": self.hotels.id,
                "reason": "  ",
            }
        )
        with self.assertRaisesRegex(UserError, "Give the reason"):
            wizard.action_apply()

    def test_released(self):
        self._change(self.account, self.hotels, "So it is")
        self._as(self.manager).action_release_group()
        self.assertEqual(self._state(), (self.hotels, False, False))

    def test_the_chatter_tells_group_and_reason(self):
        self._flush_tracking()
        self._change(self.account, self.hotels, "They have rooms")
        self._flush_tracking()
        values = self.account.message_ids.tracking_value_ids
        self.assertEqual(
            {value.field_id.name: value.new_value_char for value in values},
            {"group_id": "Hotels", "group_reason": "They have rooms"},
        )

    def test_nobody_writes_the_origin(self):
        with self.assertRaises(AccessError):
            self._as(self.manager).write({"group_origin": "rule"})
        with self.assertRaises(AccessError):
            self._as(self.manager).write(
                {"group_id": self.hotels.id, "group_origin": "rule"}
            )
        for attempt in (
            lambda: self._as(self.salesperson).write({"group_id": self.hotels.id}),
            self._as(self.salesperson).action_change_group,
            self._as(self.salesperson).action_release_group,
        ):
            with self.assertRaises(AccessError):
                attempt()

    def test_whoever_creates_an_account_in_a_group_put_it_there(self):
        by_hand, by_rule = self.Account.create(
            [
                {"partner_id": self.partner_a.id, "group_id": self.hotels.id},
                {
                    "partner_id": self.partner_b.id,
                    "group_id": self.hotels.id,
                    "group_origin": "rule",
                },
            ]
        )
        self.assertEqual(self._state(by_hand), (self.hotels, "hand", False))
        self.assertEqual(self._state(by_rule), (self.hotels, "rule", False))

    def test_merged_accounts_keep_how_the_group_came_about(self):
        self._change(self.other, self.clinics, "Beds, not rooms")
        self.other._fold_into(self.account)
        self.assertEqual(self._state(), (self.clinics, "hand", "Beds, not rooms"))

    def test_a_merged_account_stays_in_its_own_group(self):
        self.account.write({"group_id": self.hotels.id, "group_origin": "rule"})
        self._change(self.other, self.clinics, "Beds, not rooms")
        self.other._fold_into(self.account)
        self.assertEqual(self._state(), (self.hotels, "rule", False))

    def test_groups_from_before_are_by_hand(self):
        self.account.write({"group_id": self.hotels.id, "group_origin": "rule"})
        self.env.flush_all()
        self.cr.execute("UPDATE customer_account SET group_origin = NULL")
        self.Account._init_column("group_origin")
        self.env.invalidate_all()
        self.assertEqual(self.account.group_origin, "hand")
        self.assertFalse(self.other.group_origin)

    def test_the_contact_shows_the_group(self):
        self.account.write({"group_id": self.hotels.id, "group_origin": "rule"})
        contact = self._as(self.salesperson, self.north_contact)
        self.assertEqual(contact.customer_group_id, self.hotels)
        self.assertEqual(contact.customer_group_origin, "rule")
        partners = self.env["res.partner"]
        among = ("id", "in", (self.north | self.north_contact | self.south).ids)
        self.assertEqual(
            partners.search([among, ("customer_group_id", "=", self.hotels.id)]),
            self.north | self.north_contact,
        )
        self.assertEqual(
            partners.search([among, ("customer_group_id", "=", False)]), self.south
        )
        self.assertEqual(
            dict(partners._read_group([among], ["customer_group_id"], ["__count"])),
            {self.hotels: 2, self.hotels.browse(): 1},
        )

    def test_managers_set_the_group_from_the_contact(self):
        contact = self._as(self.manager, self.north_contact)
        contact.customer_group_id = self.hotels
        self.assertEqual(self._state(), (self.hotels, "hand", False))
        self.assertEqual(self.north.customer_group_id, self.hotels)
        self.account.write({"group_origin": "rule"})
        with self.assertRaisesRegex(UserError, "Change group"):
            contact.customer_group_id = self.clinics
        with self.assertRaises(AccessError):
            self._as(self.salesperson, self.north_contact).customer_group_id = False
        with self.assertRaisesRegex(UserError, "has no customer account yet"):
            self._as(self.manager, self.partner_a).customer_group_id = self.hotels
