from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged

from odoo.addons.customer_centricity.models.presets import INSTALLED, PRESETS

from .common import TODAY, CustomerCentricityCommon


class PresetCommon(CustomerCentricityCommon):
    """A company as it is after the installation, and who may set it up."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = cls._new_user("preset_administrator", "administrator")
        cls.manager = cls._new_user("preset_manager", "manager")
        cls.env["customer.cost.rate"].search([]).unlink()
        cls.Application = cls.env["customer.preset.application"]
        # these tests begin where the installation ends, whatever others have set
        wizard = cls._open_preset("installed")
        wizard.line_ids.is_chosen = True
        wizard.action_apply()
        cls.Application.search([]).unlink()
        cls.tier_a = cls.env.ref("customer_centricity.tier_a")
        cls.personal = cls.env.ref("customer_centricity.service_level_personal")

    @classmethod
    def _open_preset(cls, preset, hourly_cost=30):
        wizards = cls.env["customer.preset"].with_user(cls.administrator)
        wizards = wizards.with_context(allowed_company_ids=cls.company.ids)
        return wizards.create({"preset": preset, "hourly_cost": hourly_cost})

    def _rates(self):
        return {
            rate.driver_id.code: rate.unit_cost
            for rate in self.env["customer.cost.rate"].search(
                [("company_id", "=", self.company.id)]
            )
        }


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestPreset(PresetCommon):
    """A kind of business sets up a company: shown before, kept, and taken back."""

    def _read_lines(self, wizard):
        return {
            line.key: (line.old_text, line.new_text, line.is_chosen)
            for line in wizard.line_ids
        }

    def test_as_installed_is_what_the_data_files_say(self):
        """What presets take back to is what a new database has."""
        defaults = self.env["res.company"].default_get(
            [key[2] for key in INSTALLED if key[0] == "setting"]
        )
        for key, value in INSTALLED.items():
            with self.subTest(key=key):
                if key[0] == "setting":
                    self.assertAlmostEqual(defaults[key[2]], value)
                elif key[0] != "rate":
                    record = self.env.ref(f"customer_centricity.{key[1]}")
                    current = record[key[2]]
                    if key[2] == "service_level_id":
                        value = self.env.ref(f"customer_centricity.{value}")
                    self.assertEqual(current, value)

    def test_every_preset_names_values_that_there_are(self):
        for preset, values in PRESETS.items():
            for area, name, field in values:
                with self.subTest(preset=preset, area=area, name=name, field=field):
                    if area == "setting":
                        self.assertIn(field, self.company._fields)
                    else:
                        record = self.env.ref(f"customer_centricity.{name}")
                        self.assertTrue(field == "minutes" or field in record._fields)

    def test_it_shows_what_it_will_change(self):
        lines = self._read_lines(self._open_preset("services"))
        self.assertEqual(
            lines["setting/company/customer_lost_months"], ("12", "18", True)
        )
        self.assertEqual(
            lines["tier/tier_a/threshold_rate"],
            ("50% of the value", "60% of the value", True),
        )
        self.assertEqual(
            lines["level/service_level_personal/included_hours"], ("8 h", "16 h", True)
        )
        # half an hour at 30 an hour
        self.assertEqual(
            lines["rate/cost_driver_invoice/minutes"],
            ("no serving cost", "$\xa015.00 (30 min of work)", True),
        )
        # what stays is not told
        self.assertNotIn("setting/company/customer_window_months", lines)
        self.assertNotIn("rate/cost_driver_invoice_line/minutes", lines)

    def test_it_changes_what_it_shows(self):
        self._open_preset("distribution").action_apply()
        self.assertEqual(self.company.customer_value_months, 36)
        self.assertEqual(self.company.customer_lost_months, 6)
        self.assertEqual(
            self.env.ref("customer_centricity.tier_c").service_level_id,
            self.env.ref("customer_centricity.service_level_self_service"),
        )
        self.assertEqual(self.personal.included_hours, 4)
        # 8, 2, 30 and half a minute at 30 an hour: 0.50 a minute
        self.assertEqual(
            self._rates(),
            {"invoice": 4, "invoice_line": 1, "credit_note": 15, "late_day": 0.25},
        )
        kept = self.Application._get_last(self.company)
        self.assertEqual(
            (kept.preset, kept.user_id), ("distribution", self.administrator)
        )
        # 4 settings, the level of C, 3 of levels, 4 rates
        self.assertEqual(kept.change_count, 12)
        self.assertIn("Lost After (months): 12 → 6", kept.changes)

    def test_the_same_preset_again_changes_nothing(self):
        self._open_preset("hospitality").action_apply()
        wizard = self._open_preset("hospitality")
        self.assertFalse(wizard.line_ids)
        wizard.action_apply()
        self.assertEqual(len(self.Application.search([])), 1)
        self.assertEqual(len(self._rates()), 4)

    def test_another_preset_leaves_nothing_of_the_first(self):
        self._open_preset("distribution").action_apply()
        self._open_preset("services").action_apply()
        self.assertEqual(self.company.customer_value_months, 60)
        self.assertEqual(
            self.env.ref("customer_centricity.tier_c").service_level_id,
            self.env.ref("customer_centricity.service_level_standard"),
        )
        # 30, 60 and 1 minutes; order lines cost nothing apart
        self.assertEqual(
            self._rates(), {"invoice": 15, "credit_note": 30, "late_day": 0.5}
        )

    def test_as_installed_takes_back_what_presets_have_set(self):
        self._open_preset("services").action_apply()
        rates = self.env["customer.cost.rate"].search([])
        self._open_preset("installed").action_apply()
        self.assertEqual(self.company.customer_lost_months, 12)
        self.assertEqual(self.tier_a.threshold_rate, 0.5)
        self.assertEqual(self.personal.included_hours, 8)
        self.assertEqual(len(rates), 3)
        self.assertFalse(any(rates.mapped("active")))
        self.assertFalse(self._open_preset("installed").line_ids)

    def test_what_people_have_set_stays(self):
        """It is shown, not chosen; and changed when somebody chooses it."""
        self.company.customer_lost_months = 9
        self.personal.included_hours = 10
        rate = self.env["customer.cost.rate"].create(
            {
                "company_id": self.company.id,
                "driver_id": self.env.ref("customer_centricity.cost_driver_invoice").id,
                "unit_cost": 7,
            }
        )
        wizard = self._open_preset("services")
        lines = self._read_lines(wizard)
        self.assertEqual(
            lines["setting/company/customer_lost_months"], ("9", "18", False)
        )
        self.assertEqual(
            lines["level/service_level_personal/included_hours"],
            ("10 h", "16 h", False),
        )
        self.assertFalse(lines["rate/cost_driver_invoice/minutes"][2])
        self.assertEqual(
            set(wizard.line_ids.filtered("note").mapped("is_chosen")), {False}
        )
        wizard.action_apply()
        self.assertEqual(self.company.customer_lost_months, 9)
        self.assertEqual(self.personal.included_hours, 10)
        self.assertEqual(rate.unit_cost, 7)
        # the rest was changed
        self.assertEqual(self.tier_a.threshold_rate, 0.6)
        wizard = self._open_preset("services")
        self.assertEqual(len(wizard.line_ids), 3)
        wizard.line_ids.is_chosen = True
        wizard.action_apply()
        self.assertEqual(self.company.customer_lost_months, 18)
        self.assertEqual(self.personal.included_hours, 16)
        self.assertEqual(rate.unit_cost, 15)

    def test_what_people_change_after_a_preset_stays(self):
        self._open_preset("services").action_apply()
        self.tier_a.threshold_rate = 0.7
        driver = self.env.ref("customer_centricity.cost_driver_invoice")
        rate = self.env["customer.cost.rate"].search([("driver_id", "=", driver.id)])
        rate.unit_cost = 20
        self._open_preset("installed").action_apply()
        self.assertEqual(self.tier_a.threshold_rate, 0.7)
        self.assertEqual((rate.active, rate.unit_cost), (True, 20))
        # another tier that nobody has touched went back
        tier_b = self.env.ref("customer_centricity.tier_b")
        self.assertEqual(tier_b.threshold_rate, 0.8)

    def test_a_rate_that_people_have_removed_does_not_come_back(self):
        self._open_preset("services").action_apply()
        driver = self.env.ref("customer_centricity.cost_driver_invoice")
        self.env["customer.cost.rate"].search(
            [("driver_id", "=", driver.id)]
        ).active = False
        lines = self._read_lines(self._open_preset("services"))
        self.assertEqual(list(lines), ["rate/cost_driver_invoice/minutes"])
        self.assertFalse(lines["rate/cost_driver_invoice/minutes"][2])

    def test_rates_with_dates_are_their_owners_business(self):
        self.env["customer.cost.rate"].create(
            {
                "company_id": self.company.id,
                "driver_id": self.env.ref("customer_centricity.cost_driver_invoice").id,
                "unit_cost": 7,
                "date_from": "2027-01-01",
            }
        )
        lines = self._read_lines(self._open_preset("services"))
        self.assertNotIn("rate/cost_driver_invoice/minutes", lines)

    def test_tiers_of_another_rule_or_archived_are_left_alone(self):
        self.tier_a.rule_type = "percentile"
        self.env.ref("customer_centricity.tier_b").active = False
        lines = self._read_lines(self._open_preset("services"))
        self.assertNotIn("tier/tier_a/threshold_rate", lines)
        self.assertNotIn("tier/tier_b/threshold_rate", lines)

    def test_without_the_cost_of_an_hour_there_are_no_rates(self):
        wizard = self._open_preset("services", hourly_cost=0)
        self.assertFalse(wizard.line_ids.filtered(lambda line: line.area == "rate"))
        wizard.action_apply()
        self.assertFalse(self._rates())
        # they follow when it is known
        wizard = self._open_preset("services", hourly_cost=60)
        self.assertEqual(wizard.line_ids.mapped("area"), ["rate"] * 3)
        wizard.action_apply()
        self.assertEqual(
            self._rates(), {"invoice": 30, "credit_note": 60, "late_day": 1}
        )

    def test_an_hour_costs_what_employees_cost(self):
        """The mean of those whose cost is known: Elena costs 40, another one 60."""
        self.env["hr.employee"].create(
            [
                {"name": "Otto", "hourly_cost": 60, "company_id": self.company.id},
                {"name": "Costless", "company_id": self.company.id},
            ]
        )
        wizards = self.env["customer.preset"]
        officer = self._new_user(
            "preset_officer", "administrator", groups=",hr.group_hr_user"
        )
        self.assertEqual(wizards.with_user(officer).new({}).hourly_cost, 50)
        # who may not read it from the employees does not read it here
        self.assertFalse(wizards.with_user(self.administrator).new({}).hourly_cost)

    def test_the_form_shows_other_changes_with_another_kind(self):
        form = Form(self.env["customer.preset"].with_user(self.administrator))
        self.assertEqual(form.preset, "services")
        form.preset = "keep"
        self.assertFalse(len(form.line_ids))
        form.preset = "hospitality"
        form.hourly_cost = 60
        # 4 settings, 4 of levels, 4 rates
        self.assertEqual(len(form.line_ids), 12)
        with form.line_ids.edit(0) as line:
            self.assertEqual(line.name, "Lifetime Value Horizon (months)")
            line.is_chosen = False
        form.save().action_apply()
        self.assertEqual(self.company.customer_value_months, 60)
        self.assertEqual(self.company.customer_lost_months, 15)

    def test_to_keep_what_is_there_is_a_choice(self):
        self._open_preset("keep").action_apply()
        kept = self.Application._get_last(self.company)
        self.assertEqual((kept.preset, kept.change_count), ("keep", 0))
        self.assertEqual(self.company.customer_lost_months, 12)

    def test_what_has_changed_since_it_was_shown_is_not_changed(self):
        wizard = self._open_preset("services")
        self.assertTrue(wizard.line_ids)
        self.tier_a.threshold_rate = 0.55
        with (
            self.assertRaisesRegex(UserError, "Tier A: Up to has been changed"),
            self.env.cr.savepoint(),
        ):
            wizard.action_apply()
        self.assertEqual(self.company.customer_lost_months, 12)
        self.assertFalse(self.Application.search([]))

    def test_a_line_changes_nothing_but_what_presets_know(self):
        wizard = self._open_preset("services")
        wizard.line_ids[0].key = "setting/company/name"
        with self.assertRaisesRegex(UserError, "has been changed meanwhile"):
            wizard.action_apply()

    def test_only_administrators_of_the_company_apply(self):
        wizards = self.env["customer.preset"]
        for user in (self.manager, self._new_user("preset_user", "user")):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                wizards.with_user(user).create({"preset": "services"})
        wizard = wizards.new({"preset": "services"}).with_user(self.manager)
        with self.assertRaises(AccessError):
            wizard.action_apply()
        with self.assertRaises(AccessError):
            self.Application.with_user(self.manager).search([])


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestPresetCompanies(PresetCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_other_company()

    def test_administrators_of_another_company_change_nothing(self):
        wizards = self.env["customer.preset"].with_user(self.administrator)
        wizards = wizards.with_context(allowed_company_ids=self.company.ids)
        values = {"preset": "services", "company_id": self.other.id}
        with self.assertRaisesRegex(AccessError, "is not among the companies"):
            wizards.create(values).action_apply()

    def test_companies_have_settings_and_rates_of_their_own(self):
        other = self.other
        self.administrator.company_ids = [Command.link(other.id)]
        self._open_preset("services").action_apply()
        wizards = self.env["customer.preset"].with_user(self.administrator)
        wizard = wizards.with_context(allowed_company_ids=other.ids).create(
            {"preset": "services", "hourly_cost": 30, "company_id": other.id}
        )
        self.assertTrue(wizard.is_shared)
        # tiers and levels are shared: they are as they should be
        self.assertEqual(set(wizard.line_ids.mapped("area")), {"setting", "rate"})
        wizard.action_apply()
        self.assertEqual(other.customer_lost_months, 18)
        self.assertEqual(len(self._rates()), 3)
        self.assertEqual(self.Application._get_last(other).change_count, 5)
