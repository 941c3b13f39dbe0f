from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount, formatLang

from .customer_group_rule import RULE_MODELS

MANAGER = "customer_centricity.group_manager"
# What a version keeps: of the group in words, of its members in numbers
DESCRIBED = (
    "name",
    "parent_id",
    "user_id",
    "story",
    "behaviour_ids",
    "value_ids",
    "persona_name",
    "persona_story",
    "account_domain",
    "partner_domain",
    "relationship_type",
    "channel_ids",
    "touchpoint_ids",
    "lifecycle_notes",
    "feedback",
    "support",
    "retention_play",
    "loyalty_play",
    "complaints",
    "privacy_notes",
)
# Kept as a person and not as a name, which goes with the person.
OWNER = "user_id"
MEASURED = (
    "account_count",
    "revenue",
    "profit",
    "lifetime_value",
    "mean_lifetime_value",
    "value_share",
    "loss_share",
)


class CustomerGroup(models.Model):
    """Groups in versions: what they were, beside what they are."""

    _inherit = "customer.group"

    version_ids = fields.One2many(
        comodel_name="customer.group.version",
        inverse_name="group_id",
        string="Versions",
        groups=MANAGER,
    )

    # ------------------------------------------------------------------
    # What a version holds
    # ------------------------------------------------------------------

    @api.model
    def _get_version_labels(self):
        """Return what a version tells, in order: names of fields, or of other things.

        Meant to be extended, together with ``_get_version_content``.
        """
        return {
            name: self._fields[name]._description_string(self.env)
            for name in (*MEASURED, *DESCRIBED)
        }

    def _get_version_content(self):
        """Return today's content of a version: texts by what they tell.

        It is kept for good and in every language, so it names nobody.
        """
        self.ensure_one()
        return {name: self._describe_field(name) for name in DESCRIBED if name != OWNER}

    def _get_version_contents(self):
        """Return today's content of a version in every language: {language: texts}."""
        return {
            lang: self.with_context(lang=lang)._get_version_content()
            for lang, _name in self.env["res.lang"].get_installed()
        }

    def _describe_field(self, name):
        """Return the value of a field as a text."""
        value = self[name]
        field = self._fields[name]
        if name == "touchpoint_ids":
            return "\n".join(touchpoint._describe() for touchpoint in value.sorted())
        if field.relational:
            # in the order in which people see them, not in that of their creation
            return ", ".join(value.sorted().mapped("display_name"))
        if name in RULE_MODELS and self._parse_conditions(name).is_true():
            return ""
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, "")
        return value or ""

    @api.model
    def _format_figures(self, figures, currency):
        """Return measured figures as texts, with their currency or as percentages."""
        texts = {}
        for name, value in figures.items():
            field = self._fields[name]
            if field.type == "monetary":
                texts[name] = format_amount(
                    self.env, round(value), currency, trailing_zeroes=False
                )
            elif field.type == "float":
                texts[name] = f"{formatLang(self.env, 100 * value, digits=1)}%"
            else:
                texts[name] = str(value)
        return texts

    def _get_told(self, lang):
        """Return the group as it is, as texts by what they tell.

        :param lang: of the texts; figures are in that of whoever looks
        """
        self.ensure_one()
        figures = {name: self[name] for name in MEASURED}
        return {
            **self.with_context(lang=lang)._get_version_content(),
            # sudo: whoever reads the group may read who owns it
            OWNER: self.user_id.sudo().name or "",
            **self._format_figures(figures, self.currency_id),
        }

    # ------------------------------------------------------------------
    # Keeping
    # ------------------------------------------------------------------

    def _keep_version(self, reason):
        """Keep what the group is, with the figures of the current company."""
        self.ensure_one()
        company = self.env.company
        versions = self.env["customer.group.version"]
        last = versions.search(
            [("group_id", "=", self.id), ("company_id", "=", company.id)],
            order="number desc",
            limit=1,
        )
        return versions.create(
            {
                "group_id": self.id,
                "number": last.number + 1,
                "day": fields.Date.context_today(self),
                "user_id": self.env.uid,
                "reason": reason,
                "company_id": company.id,
                "owner_id": self.user_id.id,
                "content": self._get_version_contents(),
                **{name: self[name] for name in MEASURED},
            }
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_versions(self):
        # sudo: versions of every company count, none is shown
        for group in self.sudo().filtered("version_ids"):
            raise UserError(
                self.env._(
                    "Group “%s” cannot be deleted: versions of it are kept. "
                    "Archive it.",
                    group.name,
                )
            )

    def action_keep_version(self):
        """Ask why this is a state to come back to, then keep it."""
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Keep this version"),
            "res_model": "customer.group.keep",
            "view_mode": "form",
            "target": "new",
            "context": {"default_group_id": self.id},
        }
