from collections.abc import Callable
from dataclasses import dataclass

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import float_is_zero, formatLang

from .presets import PRESETS, to_text, unit_cost


@dataclass(frozen=True)
class Change:
    """A value that a preset would change, and how: ``apply`` returns what it left."""

    key: tuple[str, str, str]
    name: str
    old_text: str
    new_text: str
    is_own: bool
    apply: Callable[[], object]

    def to_text(self):
        return f"{self.name}: {self.old_text} → {self.new_text}"


class CustomerPresetValue(models.AbstractModel):
    """What a preset would change in a company.

    A value is somebody's own when it is neither what the installation nor what the last
    preset has left. What is no longer there, was archived, or follows another rule than
    presets know is nobody's business here.
    """

    _name = "customer.preset.value"
    _description = "Value of a Preset"

    @api.model
    def _get_changes(self, company, preset, hourly_cost):
        """Return the changes that a preset would make in a company.

        :param hourly_cost: what an hour costs; without, serving costs are left alone
        """
        self.env.flush_all()
        # sudo: what presets have left, to be compared
        applications = self.env["customer.preset.application"].sudo()
        left = applications._get_left_values(company)
        changes = []
        for key, value in PRESETS.get(preset, {}).items():
            find = getattr(self, f"_get_{key[0]}_change")
            if key[0] == "rate":
                value = (value, hourly_cost)
            change = find(company, key, value, left[to_text(key)])
            if change:
                changes.append(change)
        return changes

    # ------------------------------------------------------------------
    # Settings, tiers, service levels
    # ------------------------------------------------------------------

    @api.model
    def _get_setting_change(self, company, key, value, left):
        # sudo: settings are kept on the company; they are of this addon's
        # administrators, who need not be those of companies
        company = company.sudo()
        label = self._get_label(company, key[2])
        return self._get_field_change(company, key, value, left, label)

    @api.model
    def _get_tier_change(self, company, key, value, left):
        tier = self._get_record(company, key[1])
        # a tier that somebody has given another kind of rule has no such border
        if not tier or (key[2] == "threshold_rate" and tier.rule_type != "share"):
            return None
        label = self.env._(
            "Tier %(tier)s: %(field)s",
            tier=tier.name,
            field=self._get_label(tier, key[2]),
        )
        if key[2] == "service_level_id":
            return self._get_default_level_change(
                company, tier, key, value, left, label
            )
        return self._get_field_change(tier, key, value, left, label)

    @api.model
    def _get_default_level_change(self, company, tier, key, name, left, label):
        """Return the change of a tier's default service level: kept by its name."""
        level, left_level = (self._get_record(company, one) for one in (name, left))
        if not level or tier.service_level_id == level:
            return None

        def apply():
            tier.service_level_id = level
            return name

        none = self.env._("none")
        return Change(
            key=key,
            name=label,
            old_text=tier.service_level_id.display_name or none,
            new_text=level.display_name,
            is_own=tier.service_level_id != left_level,
            apply=apply,
        )

    @api.model
    def _get_level_change(self, company, key, value, left):
        level = self._get_record(company, key[1])
        if not level:
            return None
        label = f"{level.name}: {self._get_label(level, key[2])}"
        return self._get_field_change(level, key, value, left, label)

    @api.model
    def _get_record(self, company, name):
        """Return one of the addon's records, or None when it is no longer used."""
        record = self.env.ref(f"customer_centricity.{name}", raise_if_not_found=False)
        if not record or not record.active:
            return None
        return record.filtered_domain(record._check_company_domain(company)) or None

    @api.model
    def _get_label(self, record, name):
        return record._fields[name]._description_string(self.env)

    @api.model
    def _get_field_change(self, record, key, value, left, label):
        """Return the change of a field, or None when it has the value."""
        name = key[2]
        old = record[name]
        if self._is_same(old, value):
            return None

        def apply():
            record.write({name: value})
            return value

        return Change(
            key=key,
            name=label,
            old_text=self._get_text(name, old),
            new_text=self._get_text(name, value),
            is_own=not self._is_same(old, left),
            apply=apply,
        )

    @api.model
    def _is_same(self, one, other):
        return float_is_zero(one - other, precision_digits=6)

    @api.model
    def _get_text(self, name, value):
        """Return a value in words."""
        if name == "threshold_rate":
            return self.env._("%s%% of the value", self._get_number(value * 100))
        if name.endswith("_rate"):
            return self.env._("%s%%", self._get_number(value * 100))
        if name.endswith("_hours"):
            return self.env._("%s h", self._get_number(value))
        return self._get_number(value)

    @api.model
    def _get_number(self, value):
        value = round(value, 2)
        return formatLang(self.env, value, digits=0 if value == int(value) else 2)

    # ------------------------------------------------------------------
    # Cost rates
    # ------------------------------------------------------------------

    @api.model
    def _get_rate_change(self, company, key, value, left):
        """Return the change of the cost rate of a driver.

        :param value: minutes of work a unit, and what an hour costs
        :param left: id and unit cost of the rate that a preset has left, or None
        """
        minutes, hourly_cost = value
        driver = self.env.ref(f"customer_centricity.{key[1]}", raise_if_not_found=False)
        if not driver or not driver.active or not driver._is_known():
            return None
        if minutes and not hourly_cost:
            return None
        cost = company.currency_id.round(unit_cost(minutes, hourly_cost))
        rates = self._get_rates(company, driver)
        today = fields.Date.context_today(self)
        rate = rates.filtered(lambda rate: self._is_in_force(rate, today))[:1]
        values = (company, key, driver, rate, minutes, cost, left)
        if not minutes or not cost:
            return self._get_rate_end(*values)
        if rates and not rate:
            # somebody has said from when to when: there is no one rate to change
            return None
        return self._get_rate_cost(*values)

    @api.model
    def _get_rates(self, company, driver):
        return self.env["customer.cost.rate"].search(
            Domain("company_id", "=", company.id)
            & Domain("driver_id", "=", driver.id)
            & Domain("service_level_id", "=", False)
        )

    @api.model
    def _is_in_force(self, rate, day):
        first, last = rate._get_period()
        return first <= day <= last

    @api.model
    def _get_rate_end(self, _company, key, driver, rate, _minutes, _cost, left):
        """Return that a rate which a preset has created goes, or None."""
        if not rate or not left or left[0] != rate.id:
            return None

        def apply():
            rate.active = False

        return Change(
            key=key,
            name=driver.name,
            old_text=self._get_rate_text(rate.unit_cost, rate),
            new_text=self.env._("no serving cost"),
            is_own=not self._is_same(rate.unit_cost, left[1]),
            apply=apply,
        )

    @api.model
    def _get_rate_cost(self, company, key, driver, rate, minutes, cost, left):
        """Return that a rate comes, or costs another amount, or None."""
        if rate and company.currency_id.compare_amounts(rate.unit_cost, cost) == 0:
            return None
        note = self.env._("%s min of work", self._get_number(minutes))

        def apply():
            if rate:
                rate.write({"unit_cost": cost, "note": note})
                return [rate.id, cost]
            created = rate.create(
                {
                    "company_id": company.id,
                    "driver_id": driver.id,
                    "unit_cost": cost,
                    "note": note,
                }
            )
            return [created.id, cost]

        is_left = bool(rate) and bool(left) and left[0] == rate.id
        return Change(
            key=key,
            name=driver.name,
            old_text=self._get_rate_text(rate.unit_cost, company)
            if rate
            else self.env._("no serving cost"),
            new_text=f"{self._get_rate_text(cost, company)} ({note})",
            is_own=not (is_left and self._is_same(rate.unit_cost, left[1]))
            if rate
            else bool(left),
            apply=apply,
        )

    @api.model
    def _get_rate_text(self, cost, record):
        return formatLang(self.env, cost, currency_obj=record.currency_id)
