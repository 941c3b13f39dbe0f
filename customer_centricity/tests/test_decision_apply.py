import json
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import TODAY
from .common_decision import DecisionCommon

PRICELIST = "specific_property_product_pricelist"
TERMS = "property_payment_term_id"
STEP = "customer_centricity.mail_activity_decision_step"
APPLY_LOGGER = "odoo.addons.customer_centricity.models.customer_decision_apply"


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestDecisionApply(DecisionCommon):
    """What a decision writes, and going back to exactly what was there before."""

    def _state_of_north(self):
        """Return all that giving the level Thrifty may change, as it is stored."""
        self.env.flush_all()
        return (
            self._raw(self.north | self.north_contact, PRICELIST, TERMS, "user_id"),
            self.north.category_id,
            self.north_account.service_level_id,
            self.north_account.user_id,
        )

    def _apply_and_undo(self):
        """Assert that nothing is left of giving North the level Thrifty."""
        before = self._state_of_north()
        decision = self._give_thrifty()
        self.assertEqual(decision._apply(), decision)
        during = self._state_of_north()
        self.assertNotEqual(during, before)
        self.assertFalse(decision._undo("It did not help"))
        self.assertEqual(self._state_of_north(), before)
        self.assertEqual(decision.state, "undone")
        self.assertEqual(set(decision.effect_ids.mapped("state")), {"undone"})
        return during

    # ------------------------------------------------------------------
    # Applying
    # ------------------------------------------------------------------

    def test_a_level_is_given_with_its_terms(self):
        self.north.user_id = self.manager
        decision = self._give_thrifty().with_user(self.manager)
        decision._apply()
        self.assertEqual(decision.state, "applied")
        self.assertEqual(decision.applied_by_id, self.manager)
        self.assertTrue(decision.applied_date)
        self.assertEqual(self.north_account.service_level_id, self.thrifty)
        self.assertEqual(self.north_account.user_id, self.salesperson)
        north = self.north.with_company(self.company)
        self.assertEqual(north[PRICELIST], self.pricelist)
        self.assertEqual(north[TERMS], self.terms)
        self.assertEqual(north.category_id, self.tag)
        self.assertEqual(north.user_id, self.salesperson)
        effects = decision.effect_ids.grouped("field_name")
        self.assertEqual(
            set(effects),
            {"service_level_id", "user_id", PRICELIST, TERMS, "category_id"},
        )
        level = effects["service_level_id"]
        self.assertEqual(
            (level.res_model, level.res_id, level.old_value, level.new_value),
            (
                "customer.account",
                self.north_account.id,
                self.personal.id,
                self.thrifty.id,
            ),
        )
        self.assertEqual(
            (level.label, level.old_text, level.new_text),
            ("Service Level", "Personal", "Thrifty"),
        )
        self.assertEqual(
            (effects[PRICELIST].is_own, effects[PRICELIST].old_text),
            (False, "None"),
        )
        self.assertEqual(effects["category_id"].new_value, self.tag.ids)
        self.assertEqual(level.user_id, self.manager)

    def test_the_chatter_tells_what_was_done(self):
        decision = self._give_thrifty()
        decision._apply()
        for record in (self.north_account, decision):
            told = self._bodies(record)
            self.assertIn("Applied: ", told)
            self.assertIn("Service Level", told)
            self.assertIn("We know them", told)
            self.assertNotIn("1,000", told)
            # why, is told once
            self.assertEqual(told.count("We know them"), 1)
        messages = self.north_account.message_ids
        self.assertEqual(messages[0].author_id, self.env.user.partner_id)

    def test_what_is_so_already_is_no_effect(self):
        self.north.with_company(self.company)[TERMS] = self.terms
        self.north.category_id = self.tag
        decision = self._give_thrifty()
        decision._apply()
        self.assertFalse(
            {TERMS, "category_id"} & set(decision.effect_ids.mapped("field_name"))
        )
        decision._undo("No")
        self.assertEqual(self.north.with_company(self.company)[TERMS], self.terms)
        self.assertEqual(self.north.category_id, self.tag)

    def test_another_salesperson_of_the_contact_stays(self):
        """The contact's salesperson goes along only where it was the manager."""
        self.north.user_id = self.administrator
        self._give_thrifty()._apply()
        self.assertEqual(self.north.user_id, self.administrator)
        self.assertEqual(self.north_account.user_id, self.salesperson)

    def test_reprice(self):
        decision = self._choose(
            self._propose(), "reprice", pricelist_id=self.pricelist.id, price_rate=0.1
        )
        decision._approve()
        decision._apply()
        self.assertEqual(
            self.north.with_company(self.company)[PRICELIST], self.pricelist
        )
        self.assertEqual(self.north_account.service_level_id, self.personal)
        self.assertEqual(
            self._activities(decision), ["Talk with the customer about prices"]
        )
        decision._undo("No")
        self.assertFalse(self.north.with_company(self.company)[PRICELIST])
        self.assertFalse(decision.activity_ids)

    def test_reprice_by_talking(self):
        decision = self._choose(self._propose(), "reprice", price_rate=0.1)
        decision._approve()
        decision._apply()
        self.assertFalse(decision.effect_ids)
        self.assertEqual(
            self._activities(decision), ["Talk with the customer about prices"]
        )

    def test_mend_tells_what_is_doubtful(self):
        self._invoice(self.north, "2026-04-10", (self.costless_goods, 1, 5))
        self._refresh()
        decision = self._choose(self._propose(), "mend")
        decision._approve()
        decision._apply()
        self.assertFalse(decision.effect_ids)
        activity = decision.activity_ids
        self.assertEqual(activity.activity_type_id, self.env.ref(STEP))
        self.assertEqual(activity.user_id, self.manager)
        self.assertIn("whose cost nobody has entered", activity.note)

    def test_mend_when_nothing_is_missing(self):
        decision = self._choose(self._propose(), "mend")
        self.env["customer.quality.finding"].search([]).unlink()
        self.assertIn("Nothing is missing in its data", decision._get_findings())

    def test_reduce_cost(self):
        decision = self._choose(self._propose(), "reduce_cost")
        decision._approve()
        decision._apply()
        self.assertFalse(decision.effect_ids)
        self.assertEqual(self._activities(decision), ["Lower the cost to serve"])

    def test_subcontract_and_end(self):
        level = self.env.ref("customer_centricity.service_level_subcontracted")
        decision = self._choose(self._propose(), "subcontract")
        decision._approve()
        decision._apply()
        self.assertEqual(self.north_account.service_level_id, level)
        self.assertEqual(
            self._activities(decision), ["Hand the customer over: “Subcontracted”"]
        )
        ending = self._propose(self.south_account)
        self._rule_out_milder(ending)
        self._choose(ending, "end")
        ending._approve()
        ending._apply()
        self.assertEqual(
            self.south_account.service_level_id,
            self.env.ref("customer_centricity.service_level_ended"),
        )
        self.assertEqual(
            self._activities(ending), ["Tell the customer that the relation ends"]
        )
        (decision | ending)._undo("No")
        self.assertEqual(
            (self.north_account | self.south_account).service_level_id, self.personal
        )

    def test_applied_once(self):
        """Rules may ask for it more than once: nothing is done twice."""
        decision = self._give_thrifty()
        decision._apply()
        effects = decision.effect_ids
        self.assertFalse(decision._apply())
        self.assertEqual(decision.effect_ids, effects)
        self.assertEqual(len(decision.activity_ids), 1)

    def test_the_rule_applies_what_is_approved(self):
        self._switch_rules(True)
        decision = self._propose()
        self._choose(decision, "change_level", service_level_id=self.thrifty.id)
        decision.with_user(self.manager)._approve()
        self.assertEqual(decision.state, "applied")
        self.assertEqual(decision.applied_by_id, self.manager)
        self.assertEqual(self.north_account.service_level_id, self.thrifty)
        told = self._bodies(decision)
        self.assertIn("Decided: ", told)
        self.assertIn("Applied: ", told)

    def test_managers_apply_what_they_may_not_write(self):
        """A manager of accounts need not be one of contacts or of sales."""
        self.assertFalse(self.manager.has_group("base.group_partner_manager"))
        decision = self._give_thrifty().with_user(self.manager)
        decision._apply()
        self.assertEqual(decision.state, "applied")
        with self.assertRaises(AccessError):
            self.north.with_user(self.manager).write({"comment": "Hello"})
        decision._undo("No")
        self.assertEqual(decision.state, "undone")

    def test_another_addon_writes_elsewhere(self):
        """Such as the terms of a contact of the customer."""
        accounts = self.north_account | self.south_account
        contact = self.north_contact
        original = type(self.thrifty)._get_terms

        def get_terms(level, accounts):
            terms = original(level, accounts)
            if self.north_account in accounts:
                terms.append((contact, "function", "Buyer"))
            return terms

        decisions = self._give_thrifty(accounts)
        with patch.object(type(self.thrifty), "_get_terms", get_terms):
            decisions._apply()
        self.assertEqual(accounts.service_level_id, self.thrifty)
        effect = decisions[0].effect_ids.filtered(lambda one: one.res_id == contact.id)
        self.assertEqual((effect.old_value, effect.new_text), (False, "Buyer"))
        self.assertEqual(contact.function, "Buyer")
        decisions._undo("No")
        self.assertFalse(contact.function)
        self.assertEqual(accounts.service_level_id, self.personal)

    # ------------------------------------------------------------------
    # Undoing: exactly as it was
    # ------------------------------------------------------------------

    def test_nothing_of_their_own_before(self):
        before = self._raw(self.north, PRICELIST, TERMS)
        self.assertEqual(before, [(self.north.id, None, None)])
        during = self._apply_and_undo()
        self.assertEqual(
            during[0][0][1:3],
            (
                self._own(self.company, self.pricelist),
                self._own(self.company, self.terms),
            ),
        )

    def test_their_own_before(self):
        north = self.north.with_company(self.company)
        north[PRICELIST] = self.other_pricelist
        north[TERMS] = self.other_terms
        north.category_id = self.other_tag
        north.user_id = self.manager
        during = self._apply_and_undo()
        self.assertEqual(during[1], self.tag | self.other_tag)
        self.assertEqual(north[TERMS], self.other_terms)

    def test_a_default_before(self):
        """Where the company's default holds, there is no value of their own."""
        self.env["ir.default"].set(
            "res.partner", TERMS, self.other_terms.id, company_id=self.company.id
        )
        self.assertEqual(self.north.with_company(self.company)[TERMS], self.other_terms)
        self._apply_and_undo()
        self.assertEqual(self._raw(self.north, TERMS), [(self.north.id, None)])

    def test_a_default_that_changes_meanwhile(self):
        """What followed the default follows the new one."""
        default = self.env["ir.default"]
        default.set(
            "res.partner", TERMS, self.other_terms.id, company_id=self.company.id
        )
        before = self._state_of_north()
        decision = self._give_thrifty()
        decision._apply()
        third = self.env["account.payment.term"].create({"name": "Tomorrow"})
        default.set("res.partner", TERMS, third.id, company_id=self.company.id)
        self.assertFalse(decision._get_changed_effects())
        decision._undo("No")
        self.assertEqual(self._state_of_north(), before)
        self.assertEqual(self.north.with_company(self.company)[TERMS], third)

    def test_a_value_that_becomes_the_default_meanwhile(self):
        north = self.north.with_company(self.company)
        north[TERMS] = self.other_terms
        before = self._state_of_north()
        decision = self._give_thrifty()
        decision._apply()
        self.env["ir.default"].set(
            "res.partner", TERMS, self.other_terms.id, company_id=self.company.id
        )
        decision._undo("No")
        self.assertEqual(self._state_of_north(), before, "it is still their own")
        self.assertEqual(north[TERMS], self.other_terms)

    def test_what_the_level_gives_is_the_default(self):
        """Then giving it takes the customer's own value away, and undoing gives it."""
        self.env["ir.default"].set(
            "res.partner", TERMS, self.terms.id, company_id=self.company.id
        )
        self.north.with_company(self.company)[TERMS] = self.other_terms
        during = self._apply_and_undo()
        self.assertIsNone(during[0][0][2])

    def test_a_contact_that_had_another_value(self):
        """Core makes the contacts' values those of their company."""
        contact = self.north_contact.with_company(self.company)
        self.env.flush_all()
        self.cr.execute(
            "UPDATE res_partner SET property_payment_term_id = %s WHERE id = %s",
            [self._own(self.company, self.other_terms), contact.id],
        )
        self.env.invalidate_all()
        during = self._apply_and_undo()
        self.assertEqual(during[0][1][2], self._own(self.company, self.terms))
        self.assertEqual(contact[TERMS], self.other_terms)
        self.assertFalse(self.north.with_company(self.company)[TERMS])

    def test_computed_prices_follow(self):
        self.env.ref("base.group_user").implied_ids |= self.env.ref(
            "product.group_product_pricelist"
        )
        north = self.north.with_company(self.company)
        before = north.property_product_pricelist
        decision = self._give_thrifty()
        decision._apply()
        self.assertEqual(north.property_product_pricelist, self.pricelist)
        decision._undo("No")
        self.assertEqual(north.property_product_pricelist, before)

    def test_undone_after_the_review(self):
        decision = self._give_thrifty()
        decision._apply()
        decision.state = "reviewed"
        decision._undo("After all")
        self.assertEqual(decision.state, "undone")
        self.assertEqual(decision.undone_by_id, self.env.user)
        self.assertTrue(decision.undone_date)
        self.assertEqual(decision.reject_reason, "After all")
        self.assertEqual(self.north_account.service_level_id, self.personal)
        self.assertIn("Undone: ", self._bodies(self.north_account))
        self.assertFalse(decision.activity_ids)

    def test_undoing_wants_a_reason(self):
        decision = self._give_thrifty()
        decision._apply()
        with self.assertRaisesRegex(UserError, "Give the reason"):
            decision._undo("")
        self.assertEqual(decision.state, "applied")

    # ------------------------------------------------------------------
    # Undoing after edits
    # ------------------------------------------------------------------

    def test_what_was_changed_since_is_kept(self):
        decision = self._give_thrifty()
        decision._apply()
        north = self.north.with_company(self.company)
        north[TERMS] = self.other_terms
        self.assertEqual(decision._get_changed_effects().mapped("field_name"), [TERMS])
        left = decision._undo("No")
        self.assertEqual(left.mapped("field_name"), [TERMS])
        self.assertEqual(left.state, "kept")
        self.assertEqual(north[TERMS], self.other_terms)
        self.assertFalse(north[PRICELIST])
        self.assertEqual(self.north_account.service_level_id, self.personal)
        self.assertIn("Left as it is", self._bodies(self.north_account))
        self.assertFalse(decision._get_changed_effects())

    def test_what_was_changed_since_is_restored_when_asked_for(self):
        before = self._state_of_north()
        decision = self._give_thrifty()
        decision._apply()
        self.north.with_company(self.company)[TERMS] = self.other_terms
        self.north_account.service_level_id = self.env.ref(
            "customer_centricity.service_level_standard"
        )
        self.assertEqual(len(decision._get_changed_effects()), 2)
        self.assertFalse(decision._undo("No", restore_changed=True))
        self.assertEqual(self._state_of_north(), before)

    def test_what_was_put_back_by_hand_is_nothing_to_ask_about(self):
        decision = self._give_thrifty()
        decision._apply()
        self.north_account.service_level_id = self.personal
        self.assertFalse(decision._get_changed_effects())
        self.assertFalse(decision._undo("No"))
        self.assertEqual(self.north_account.service_level_id, self.personal)

    def test_tags_of_people_stay(self):
        self.north.category_id = self.other_tag
        third = self.env["res.partner.category"].create({"name": "Pays late"})
        decision = self._give_thrifty()
        decision._apply()
        self.north.category_id |= third
        self.assertFalse(decision._get_changed_effects(), "another tag is no matter")
        decision._undo("No")
        self.assertEqual(self.north.category_id, self.other_tag | third)

    def test_a_tag_that_was_taken_off(self):
        decision = self._give_thrifty()
        decision._apply()
        self.north.category_id = False
        self.assertFalse(
            decision._get_changed_effects(), "without a tag is how it was before"
        )
        self.north.category_id = self.other_tag
        self.assertEqual(
            decision._get_changed_effects().mapped("field_name"), ["category_id"]
        )
        decision._undo("No", restore_changed=True)
        self.assertEqual(self.north.category_id, self.other_tag)

    def test_what_is_gone_cannot_be_put_back(self):
        self.north.with_company(self.company)[TERMS] = self.other_terms
        self.north.user_id = self.manager
        decision = self._give_thrifty()
        decision._apply()
        effect = decision.effect_ids.filtered(lambda one: one.field_name == TERMS)
        self.other_terms.unlink()
        self.assertIn("deleted", effect.old_text)
        left = decision._undo("No", restore_changed=True)
        self.assertEqual(left, effect)
        self.assertEqual(effect.state, "kept")
        self.assertEqual(self.north.with_company(self.company)[TERMS], self.terms)
        self.assertEqual(self.north.user_id, self.manager)

    def test_an_effect_of_an_app_that_is_gone(self):
        decision = self._give_thrifty()
        decision._apply()
        effect = decision.effect_ids[0]
        effect.write({"res_model": "no.such.model", "field_name": "no_such_field"})
        effect.invalidate_recordset()
        self.assertEqual(effect.label, "no_such_field")
        self.assertEqual(effect.new_text, str(effect.new_value))
        self.assertIn(effect, decision._get_changed_effects())
        self.assertEqual(decision._undo("No", restore_changed=True), effect)
        self.assertEqual(decision.state, "undone")

    def test_a_later_decision_counts_as_a_change(self):
        first = self._give_thrifty()
        first._apply()
        first.state = "reviewed"
        second = self._choose(self._propose(), "subcontract")
        second._approve()
        second._apply()
        self.assertEqual(
            first._get_changed_effects().mapped("field_name"), ["service_level_id"]
        )
        second._undo("No")
        self.assertEqual(self.north_account.service_level_id, self.thrifty)
        self.assertFalse(first._get_changed_effects())
        first._undo("No")
        self.assertEqual(self.north_account.service_level_id, self.personal)

    # ------------------------------------------------------------------
    # Merged contacts
    # ------------------------------------------------------------------

    def test_undone_on_the_contact_that_stays(self):
        decision = self._give_thrifty()
        decision._apply()
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.north | self.south).ids, self.south)
        self.env.invalidate_all()
        self.assertEqual(decision.account_id, self._account(self.south))
        partners = decision.effect_ids.filtered(
            lambda effect: effect.res_model == "res.partner"
        )
        self.assertEqual(set(partners.mapped("res_id")), {self.south.id})
        decision._undo("No", restore_changed=True)
        south = self.south.with_company(self.company)
        self.assertFalse(south[PRICELIST])
        self.assertFalse(south[TERMS])
        self.assertEqual(decision.account_id.service_level_id, self.personal)

    # ------------------------------------------------------------------
    # Errors
    # ------------------------------------------------------------------

    def _refusing(self, *accounts, error=None):
        """Have other code refuse to write these accounts."""
        original = type(self.env["customer.account"]).write
        refused = set(accounts)

        def writing(records, vals):
            if "service_level_id" in vals and refused & set(records):
                raise error or ValueError("Not this one")
            return original(records, vals)

        return patch.object(type(self.env["customer.account"]), "write", writing)

    def test_one_that_raises_stops_no_other(self):
        accounts = self._lose_many(6)
        decisions = self._give_thrifty(accounts)
        before = self._raw(accounts.partner_id, PRICELIST, TERMS)
        with (
            self._refusing(accounts[3]),
            self.assertLogs(APPLY_LOGGER, "ERROR") as log,
        ):
            applied = decisions._apply()
        failed = decisions[3]
        self.assertEqual(applied, decisions - failed)
        self.assertEqual(set(applied.mapped("state")), {"applied"})
        self.assertEqual(failed.state, "approved")
        # what is wrong with a program is for the log, and for nobody to read
        self.assertIn("in the log", failed.error)
        self.assertNotIn("Not this one", failed.error)
        self.assertNotIn("Not this one", failed.activity_ids.note)
        self.assertIn("ValueError: Not this one", log.output[0])
        self.assertFalse(failed.effect_ids)
        self.assertEqual(self._activities(failed), ["Could not be applied"])
        self.assertEqual(accounts[3].service_level_id, self.personal)
        self.assertEqual(
            self._raw(accounts[3].partner_id, PRICELIST, TERMS), [before[3]]
        )
        self.assertEqual((accounts - accounts[3]).service_level_id, self.thrifty)
        # once the reason is gone it can be applied
        failed._apply()
        self.assertEqual(failed.state, "applied")
        self.assertFalse(failed.error)
        self.assertEqual(len(failed.activity_ids), 1)

    def test_an_error_leaves_the_approval_as_it_is(self):
        self._switch_rules(True)
        decision = self._propose()
        self._choose(decision, "change_level", service_level_id=self.thrifty.id)
        with self._refusing(self.north_account), mute_logger(APPLY_LOGGER):
            decision._approve()
        self.assertEqual(decision.state, "approved")
        self.assertTrue(decision.error)
        told = self._bodies(decision)
        self.assertIn("Decided: ", told)
        self.assertNotIn("Applied: ", told)

    def test_errors_are_told_by_their_first_line(self):
        """The lines that follow name records, and are not for everybody."""
        decision = self._give_thrifty()
        with self._refusing(
            self.north_account,
            error=UserError("The level is used up.\nRecords: 7, 8"),
        ):
            decision._apply()
        self.assertEqual(decision.error, "The level is used up.")
        self.assertIn("The level is used up.", decision.activity_ids.note)
        with self.assertRaises(AccessError):
            decision.with_user(self.salesperson).read(["error"])
        case = decision.with_user(self.salesperson)
        for view_type in ("kanban", "list", "form", "search"):
            arch = case.get_view(view_type=view_type)["arch"]
            self.assertNotIn('name="error"', arch)
            self.assertNotIn('name="failed"', arch)

    def test_a_level_that_is_missing(self):
        decision = self._give_thrifty()
        decision.option_id.service_level_id = False
        self.assertFalse(decision._apply())
        self.assertEqual(decision.state, "approved")
        self.assertIn("choose the service level", decision.error)
        self.assertIn("North Hotel", decision.error)

    # ------------------------------------------------------------------
    # Many at once
    # ------------------------------------------------------------------

    def _count_queries(self, step, records):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        step(records)
        self._flush_tracking()
        return self.cr.sql_log_count - before

    def test_many_cost_no_more_queries_than_few(self):
        few = self._give_thrifty(self._lose_many(5, "Few"))
        many = self._give_thrifty(self._lose_many(40, "Many"))
        warm = self._give_thrifty(self._lose_many(2, "Warm"))
        warm._apply()
        warm._undo("No")
        for step in (
            lambda decisions: decisions._apply(),
            lambda decisions: decisions._undo("No"),
        ):
            counts = self._count_queries(step, few), self._count_queries(step, many)
            # but for core's, which tells the chatter of each account by two statements
            # what has changed of what it tracks
            self.assertLessEqual(counts[1], counts[0] + 2 * 35 + 10, counts)
        self.assertEqual(set((few | many).mapped("state")), {"undone"})

    def test_effects_are_told_by_few_queries(self):
        decisions = self._give_thrifty(self._lose_many(12))
        decisions._apply()

        def read(records):
            records.read(["label", "old_text", "new_text"])

        effects = self.env["customer.decision.effect"]
        counts = [
            self._count_queries(read, effects.browse(ids))
            for ids in (decisions[:2].effect_ids.ids, decisions.effect_ids.ids)
        ]
        self.assertEqual(*counts)


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestDecisionApplyCompanies(DecisionCommon):
    """The same customer in two companies: each has its own terms."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_other_company()
        cls._lose(cls.north, 70, 3, cls.project, company_id=cls.other.id)
        cls.Account._refresh(cls.company | cls.other)
        cls.abroad = cls._account_of(cls.north, cls.other)
        cls.abroad.service_level_id = cls.personal
        cls.their_terms = cls.env["account.payment.term"].create({"name": "Abroad"})

    def test_the_other_company_keeps_its_terms(self):
        self.north.with_company(self.other)[TERMS] = self.their_terms
        before = self._raw(self.north, PRICELIST, TERMS)
        decision = self._give_thrifty(self.north_account)
        decision._apply()
        self.assertEqual(self.north.with_company(self.company)[TERMS], self.terms)
        self.assertEqual(self.north.with_company(self.other)[TERMS], self.their_terms)
        self.assertEqual(self.abroad.service_level_id, self.personal)
        decision._undo("No")
        self.assertEqual(self._raw(self.north, PRICELIST, TERMS), before)

    def test_the_other_companys_value_is_its_default_by_now(self):
        """Such a value is still the customer's own, whatever the default becomes."""
        self.north.with_company(self.other)[TERMS] = self.their_terms
        before = self._raw(self.north, PRICELIST, TERMS)
        self.assertEqual(before[0][2], self._own(self.other, self.their_terms))
        self.env["ir.default"].set(
            "res.partner", TERMS, self.their_terms.id, company_id=self.other.id
        )
        decision = self._give_thrifty(self.north_account)
        decision._apply()
        self.assertEqual(self.north.with_company(self.company)[TERMS], self.terms)
        during = json.loads(self._raw(self.north, TERMS)[0][1])
        self.assertEqual(during[str(self.other.id)], self.their_terms.id)
        decision._undo("No")
        self.assertEqual(self._raw(self.north, PRICELIST, TERMS), before)

    def test_both_companies_at_once(self):
        """Tags belong to the contact: each company takes off what it has added."""
        decisions = self._give_thrifty(self.north_account | self.abroad)
        before = self._raw(self.north, PRICELIST, TERMS)
        decisions._apply()
        self.assertEqual(set(decisions.mapped("state")), {"applied"})
        for company in self.company | self.other:
            north = self.north.with_company(company)
            self.assertEqual(north[TERMS], self.terms)
            self.assertEqual(north[PRICELIST], self.pricelist)
        self.assertFalse(self.abroad.user_id, "the salesperson works here only")
        self.assertEqual(self.north.category_id, self.tag)
        decisions[0]._undo("No")
        self.assertEqual(self.north.with_company(self.other)[TERMS], self.terms)
        self.assertEqual(self.abroad.service_level_id, self.thrifty)
        decisions[1]._undo("No")
        self.assertEqual(self._raw(self.north, PRICELIST, TERMS), before)
        self.assertFalse(self.north.category_id)

    def test_applied_from_another_company(self):
        """Whichever company one works in, the case's own company counts."""
        decision = self._give_thrifty(self.abroad)
        decision.with_company(self.company)._apply()
        self.assertEqual(self.north.with_company(self.other)[TERMS], self.terms)
        self.assertFalse(self.north.with_company(self.company)[TERMS])
        decision.with_company(self.company)._undo("No")
        self.assertFalse(self.north.with_company(self.other)[TERMS])
