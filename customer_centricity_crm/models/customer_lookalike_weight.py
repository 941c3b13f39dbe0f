from odoo import api, fields, models

from .customer_lookalike_facets import FACETS, NUMBERS


class CustomerLookalikeWeight(models.Model):
    """What the best accounts have in common, and the others have not."""

    _name = "customer.lookalike.weight"
    _description = "What Is Typical of the Best Accounts"
    _order = "weight desc, id"
    _rec_name = "label"
    _log_access = False

    model_id = fields.Many2one(
        comodel_name="customer.lookalike.model",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="model_id.company_id")
    facet = fields.Selection(
        selection="_get_facets", string="What", required=True, readonly=True
    )
    value = fields.Char(required=True, readonly=True)
    label = fields.Char(string="Which", compute="_compute_label")
    account_count = fields.Integer(string="Accounts with It", readonly=True)
    best_count = fields.Integer(string="Of Them the Best", readonly=True)
    known_count = fields.Integer(
        string="Accounts Known",
        readonly=True,
        help="Of which it is known at all, such as those with an industry.",
    )
    known_best_count = fields.Integer(string="Best Known", readonly=True)
    weight = fields.Float(
        readonly=True,
        digits=(16, 3),
        aggregator=None,
        help="Above 0 it speaks for a prospect, below 0 against it: the logarithm of "
        "the odds of being one of the best with it, less that of the usual odds.",
    )

    @api.model
    def _get_facets(self):
        labels = {
            "industry": self.env._("Industry"),
            "country": self.env._("Country"),
            "state": self.env._("State"),
            "kind": self.env._("Company or person"),
            "language": self.env._("Language"),
            "source": self.env._("Source"),
            "medium": self.env._("Medium"),
            "campaign": self.env._("Campaign"),
            "recommended": self.env._("Recommendation"),
            "tag": self.env._("Tag of the contact"),
            "lead_tag": self.env._("Tag of the opportunity"),
            "category": self.env._("First product category"),
            "word": self.env._("Word of the name or description"),
            "size": self.env._("Expected revenue"),
        }
        return [(name, labels[name]) for name, _model in FACETS.values()]

    @api.depends("facet", "value")
    @api.depends_context("lang")
    def _compute_label(self):
        ranked = self.env["customer.lookalike.ranked"]
        facts = [
            {"tiers": [], "facts": [(NUMBERS[one.facet], one._get_value(), 0, 0, 0, 0)]}
            for one in self
        ]
        names = ranked._get_value_names(facts)
        labels = ranked._get_facet_labels()
        for one in self:
            number, value = NUMBERS[one.facet], one._get_value()
            name = names.get((FACETS[number][1], value), value)
            one.label = labels[number](name)

    def _get_value(self):
        return self.value if self.facet == "word" else int(self.value)
