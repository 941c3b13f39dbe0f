from odoo import api, fields, models
from odoo.tools import format_date

from .customer_group_versioned import MEASURED, OWNER


class CustomerGroupVersion(models.Model):
    """What a group was when somebody decided to go on from there.

    Nobody changes a version: it is written once, by ``_keep_version`` of the group.
    Its content is kept by the name of each field and in every language there was, so
    that whoever looks compares it with today's, or another version's, in one language.
    """

    _name = "customer.group.version"
    _description = "Version of a Customer Group"
    _order = "group_id, number desc, id desc"

    group_id = fields.Many2one(
        comodel_name="customer.group",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    number = fields.Integer(required=True, readonly=True, aggregator=None)
    day = fields.Date(string="Kept on", required=True, readonly=True)
    user_id = fields.Many2one(
        comodel_name="res.users", string="Kept by", readonly=True, ondelete="set null"
    )
    reason = fields.Char(required=True, readonly=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        help="Whose accounts the figures are of.",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    owner_id = fields.Many2one(
        comodel_name="res.users",
        readonly=True,
        ondelete="set null",
        help="Of the group, then.",
    )
    content = fields.Json(readonly=True)

    account_count = fields.Integer(string="Accounts", readonly=True)
    revenue = fields.Monetary(readonly=True)
    profit = fields.Monetary(readonly=True)
    lifetime_value = fields.Monetary(readonly=True)
    mean_lifetime_value = fields.Monetary(
        string="Lifetime Value per Account", readonly=True
    )
    value_share = fields.Float(
        string="Share of Portfolio", readonly=True, digits=(16, 4), aggregator=None
    )
    loss_share = fields.Float(
        string="Share of Losses", readonly=True, digits=(16, 4), aggregator=None
    )

    compared_before = fields.Html(
        string="Compared with the Version Before",
        compute="_compute_compared",
        sanitize=False,
    )
    compared_today = fields.Html(
        string="Compared with Today", compute="_compute_compared", sanitize=False
    )

    _group_number_unique = models.UniqueIndex("(group_id, company_id, number)")

    @api.depends("number", "day")
    def _compute_display_name(self):
        for version in self:
            version.display_name = self.env._(
                "Version %(number)s of %(date)s",
                number=version.number,
                date=format_date(self.env, version.day),
            )

    @api.depends_context("lang")
    def _compute_compared(self):
        for version in self:
            before = self.search(
                [
                    ("group_id", "=", version.group_id.id),
                    ("company_id", "=", version.company_id.id),
                    ("number", "<", version.number),
                ],
                order="number desc",
                limit=1,
            )
            lang = (before | version)._get_lang_to_compare()
            version.compared_before = bool(before) and self._render_comparison(
                (before.display_name, before._get_told(lang)),
                (version.display_name, version._get_told(lang)),
            )
            lang = version._get_lang_to_compare()
            group = version.group_id.with_company(version.company_id)
            version.compared_today = self._render_comparison(
                (version.display_name, version._get_told(lang)),
                (self.env._("Today"), group._get_told(lang)),
            )

    @api.model
    def _render_comparison(self, old, new):
        """Return a table of two states of a group, each a title and a dict of texts."""
        labels = self.env["customer.group"]._get_version_labels()
        rows = [
            {
                "label": label,
                "old": old[1].get(key) or "",
                "new": new[1].get(key) or "",
                "differs": (old[1].get(key) or "") != (new[1].get(key) or ""),
            }
            for key, label in labels.items()
            if old[1].get(key) or new[1].get(key)
        ]
        return self.env["ir.qweb"]._render(
            "customer_centricity.customer_group_comparison",
            {"old_title": old[0], "new_title": new[0], "rows": rows},
        )

    def _get_lang_to_compare(self):
        """Return the reader's language, or another one that all versions have."""
        langs = set.intersection(*(set(version.content or ()) for version in self))
        lang = self.env.lang or "en_US"
        return lang if lang in langs else min(langs, default=lang)

    def _get_told(self, lang):
        """Return the version as texts by what they tell.

        :param lang: of the texts; figures are in that of whoever looks
        """
        self.ensure_one()
        contents = self.content or {}
        figures = {name: self[name] for name in MEASURED}
        return {
            # another language than none: there is one that was in use then
            **(contents.get(lang) or next(iter(contents.values()), {})),
            # sudo: whoever reads the version may read who owned the group
            OWNER: self.owner_id.sudo().name or "",
            **self.group_id._format_figures(figures, self.currency_id),
        }
