from odoo import api, fields, models

from .presets import INSTALLED, to_text

PRESETS = [
    ("services", "Services"),
    ("distribution", "Distribution"),
    ("hospitality", "Hospitality"),
    ("keep", "Keep what is there"),
    ("installed", "As installed"),
]


class CustomerPresetApplication(models.Model):
    """That somebody applied a preset in a company, and what it changed.

    The last one tells what presets have left behind: a value that differs from it was
    changed by people, and the next preset leaves it alone unless told otherwise.
    """

    _name = "customer.preset.application"
    _description = "Applied Preset"
    _order = "id desc"
    _rec_name = "preset"

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    preset = fields.Selection(
        selection=PRESETS, string="Kind of Business", required=True, readonly=True
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Applied by",
        readonly=True,
        ondelete="set null",
    )
    date = fields.Datetime(string="Applied on", readonly=True, required=True)
    change_count = fields.Integer(string="Changes", readonly=True)
    changes = fields.Text(
        string="What It Changed",
        readonly=True,
        help="Each value that was changed: what it was, and what it has become.",
    )
    left_values = fields.Json(
        string="Values Left Behind",
        readonly=True,
        help="What presets have set in the company up to and with this one.",
    )

    @api.model
    def _get_last(self, company):
        return self.search([("company_id", "=", company.id)], limit=1)

    @api.model
    def _get_left_values(self, company):
        """Return what presets, or the installation, have left in a company.

        :return: {key as text: value}; of a cost rate [its id, its unit cost], or None
        """
        installed = {
            to_text(key): None if key[0] == "rate" else value
            for key, value in INSTALLED.items()
        }
        return installed | (self._get_last(company).left_values or {})

    def _get_preset_label(self):
        self.ensure_one()
        return dict(self._fields["preset"]._description_selection(self.env))[
            self.preset
        ]
