from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .common_intent import IntentCommon


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestIntentAccount(IntentCommon):
    """Which intent an account is under, and that everybody finds it there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.trade = cls.env["customer.group"].create({"name": "Trade"})
        cls.hotels.parent_id = cls.trade
        cls.accounts = cls.north_account | cls.south_account

    def _kinds(self):
        self.env.invalidate_all()
        return self.accounts.mapped("intent_kind")

    def test_drafts_count_for_nothing(self):
        self._draft()
        self.assertEqual(self._kinds(), [False, False])
        self.assertFalse(self.north_account.intent_ids)

    def test_own_before_group_before_the_group_above(self):
        above = self._running(kind="keep", group=self.trade)
        self.assertEqual(self._kinds(), ["keep", "keep"])
        group = self._running(kind="grow")
        self.assertEqual(self._kinds(), ["grow", "grow"])
        own = self._running(kind="end", account=self.south_account)
        self.assertEqual(self._kinds(), ["grow", "end"])
        self.assertEqual(self.accounts.mapped("intent_id"), group | own)
        self.assertEqual(list(self.south_account.intent_ids), [own, group, above])
        self.assertEqual(list(self.north_account.intent_ids), [group, above])
        for intent, expected in (
            (own, ["grow", "grow"]),
            (group, ["keep", "keep"]),
            (above, [False, False]),
        ):
            intent._end("stopped", "So")
            self.assertEqual(self._kinds(), expected)
        self.assertFalse(self.accounts.intent_ids)

    def test_the_one_started_last_of_the_same(self):
        self._running(kind="keep")
        with freeze_time("2026-07-20"):
            last = self._running(kind="reprice")
            self.assertEqual(self._kinds(), ["reprice", "reprice"])
            self.assertEqual(len(self.north_account.intent_ids), 2)
            last._end("missed", "Too dear")
            self.assertEqual(self._kinds(), ["keep", "keep"])

    def test_accounts_that_change_their_group(self):
        self._running(kind="grow")
        clinics = self.env["customer.group"].create({"name": "Clinics"})
        self._running(kind="redesign", group=clinics)
        self.south_account.group_id = clinics
        self.assertEqual(self._kinds(), ["grow", "redesign"])
        self.south_account.group_id = False
        self.assertEqual(self._kinds(), ["grow", False])
        new = self.Account.create(
            {"partner_id": self.partner_a.id, "group_id": clinics.id}
        )
        self.assertEqual(new.intent_kind, "redesign")

    def test_groups_that_change_their_place(self):
        self._running(kind="keep", group=self.trade)
        self.hotels.parent_id = False
        self.assertEqual(self._kinds(), [False, False])
        self.hotels.parent_id = self.trade
        self.assertEqual(self._kinds(), ["keep", "keep"])

    def test_a_refresh_brings_it_up_to_date(self):
        """Whatever moved accounts by the database alone."""
        intent = self._running(kind="keep")
        self.env.flush_all()
        self.cr.execute(
            "UPDATE customer_account SET intent_id = NULL, intent_kind = 'end'"
            " WHERE id = %s",
            [self.north_account.id],
        )
        self._refresh_on("2026-07-16")
        self.assertEqual(self._kinds(), ["keep", "keep"])
        self.assertEqual(self.north_account.intent_id, intent)

    def test_it_is_found(self):
        own = self._running(kind="end", account=self.south_account)
        above = self._running(kind="keep", group=self.trade)
        mine = [("company_id", "=", self.company.id)]
        search = self.Account.search
        self.assertEqual(search([*mine, ("intent_ids", "=", own.id)]), own.account_id)
        self.assertEqual(
            search([*mine, ("intent_ids", "in", above.ids)]), self.accounts
        )
        self.assertEqual(search([*mine, ("intent_ids", "!=", False)]), self.accounts)
        self.assertEqual(
            search([*mine, ("intent_ids.kind", "=", "end")]), self.south_account
        )
        self.assertEqual(
            search([*mine, ("intent_ids", "ilike", "Trade")]), self.accounts
        )
        other = self.Account.create({"partner_id": self.partner_a.id})
        self.assertEqual(search([*mine, ("intent_ids", "=", False)]), other)
        self.assertEqual(
            search([*mine, ("intent_ids", "not in", own.ids)]),
            self.north_account | other,
        )

    def test_the_portfolio_by_intent(self):
        self._running(kind="keep")
        self._running(kind="end", account=self.south_account)
        manager = self.Account.with_user(self.manager)
        rows = manager._read_group(
            [("id", "in", self.accounts.ids)], ["intent_kind"], ["profit:sum"]
        )
        self.assertEqual(dict(rows), {"keep": 1000, "end": 500})

    def test_the_contact_shows_it(self):
        own = self._running(kind="end", account=self.south_account)
        group = self._running(kind="keep")
        seen = self.south.with_user(self.salesperson).with_company(self.company)
        self.assertEqual(list(seen.customer_intent_ids), [own, group])
        self.assertEqual(seen.customer_intent_kind, "end")
        contact = self.north_contact.with_user(self.salesperson)
        self.assertEqual(contact.customer_intent_ids, group)
        partners = self.env["res.partner"].with_user(self.salesperson)
        self.assertEqual(
            partners.search([("customer_intent_ids", "=", own.id)]), self.south
        )
        self.assertEqual(
            partners.search([("customer_intent_ids.kind", "=", "keep")]),
            self.south | self.north | self.north_contact,
        )
        self.assertEqual(
            partners.search([("customer_intent_kind", "=", "end")]), self.south
        )
        rows = partners.with_company(self.company)._read_group(
            [("id", "in", (self.south | self.north).ids)],
            ["customer_intent_kind"],
            ["__count"],
        )
        self.assertEqual(dict(rows), {"keep": 1, "end": 1})
        for account in self.accounts:
            with self.assertRaises(AccessError):
                account.with_user(self.salesperson).write({"intent_kind": "grow"})
        with self.assertRaises(AccessError):
            self.north_account.with_user(self.manager).write({"intent_kind": "grow"})

    def test_the_contact_shows_the_value_exchange(self):
        exchange = self.env["customer.value.exchange"].create(
            {
                "group_id": self.hotels.id,
                "company_id": self.company.id,
                "purpose": "They fill our quiet months",
            }
        )
        seen = self.south.with_user(self.salesperson).with_company(self.company)
        self.assertFalse(seen.customer_exchange_id)
        exchange._put_in_force()
        self.env.invalidate_all()
        self.assertEqual(seen.customer_exchange_id, exchange)
        self.assertEqual(seen.customer_exchange_verdict, "unknown")
        self.assertEqual(
            self.north_contact.with_user(self.salesperson).customer_exchange_id,
            exchange,
        )

    def test_contacts_that_are_merged(self):
        own = self._running(
            kind="end",
            account=self.south_account,
            outcomes=[("revenue", 600, "2027-07-15")],
        )
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (self.north | self.south).ids, self.north
        )
        self.env.invalidate_all()
        self.assertFalse(self.south_account.exists())
        self.assertEqual(own.account_id, self.north_account)
        self.assertEqual(self.north_account.intent_kind, "end")
        self.assertEqual(own.outcome_ids.baseline, 500, "as frozen")
        self._refresh_on("2026-08-01")
        self.assertEqual(own.outcome_ids.value, 1500, "both are one customer now")

    def test_a_contact_that_is_deleted(self):
        """What was intended with a customer goes with what is known of it."""
        partner = self.env["res.partner"].create({"name": "Gone"})
        account = self.Account.create({"partner_id": partner.id})
        own = self._running(account=account)
        group = self._running()
        partner.unlink()
        self.env.invalidate_all()
        self.assertFalse(own.exists())
        self.assertTrue(group.exists())

    def test_opening_what_it_is_for(self):
        self._running(kind="keep", group=self.trade)
        intent = self._running()
        action = intent.with_user(self.salesperson).action_open_accounts()
        self.assertEqual(self.Account.search(action["domain"]), self.accounts)
        own = self._running(account=self.south_account)
        self.assertEqual(
            own.with_user(self.salesperson).action_open_accounts()["res_id"],
            self.south_account.id,
        )
        action = self.south_account.with_user(self.salesperson).action_open_intents()
        self.assertEqual(
            self.Intent.search(action["domain"]),
            own | intent | self.Intent.search([("group_id", "=", self.trade.id)]),
        )
        action = self.hotels.with_user(self.salesperson).action_open_intents()
        self.assertEqual(self.Intent.search(action["domain"]), intent)
        self.assertEqual(self.hotels.intent_count, 1)
        self.assertEqual(self.hotels.running_intent_ids, intent)
        intent._end("reached", "Yes")
        self.env.invalidate_all()
        self.assertEqual(self.hotels.intent_ids, intent)
        self.assertFalse(self.hotels.running_intent_ids)

    def test_queries_do_not_grow_with_the_accounts(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.Account.search([("company_id", "=", self.company.id)]).mapped(
                "intent_ids.display_name"
            )
            return self.cr.sql_log_count - before

        self._running()
        self._running(account=self.south_account)
        count()
        few = count()
        partners = self.env["res.partner"].create(
            [{"name": f"Hotel {number}"} for number in range(8)]
        )
        accounts = self.Account.create(
            [
                {"partner_id": partner.id, "group_id": self.hotels.id}
                for partner in partners
            ]
        )
        for account in accounts:
            self._running(account=account)
        self.assertLessEqual(count(), few)
