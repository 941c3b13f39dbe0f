from odoo import api, fields, models

MANAGER = "customer_centricity.group_manager"
KINDS = [
    ("first_purchase", "First purchase"),
    ("up_sell", "Up-sell"),
    ("cross_sell", "Cross-sell"),
    ("permanence", "Permanence"),
    ("goodwill", "Goodwill"),
    ("referral", "Referral"),
]


class CustomerBehaviour(models.Model):
    """What an account did in a quarter that earns more of it.

    Rows are found in posted documents alone (customer_behaviour_find.py), set-based and
    idempotently: the same documents give the same rows, and only what differs is
    written. Quarters are those of the calendar, by the dates of the books.

        first purchase  the first order ever
        up-sell         at least a tenth more revenue of a product category than in the
                        same quarter a year before; or more by less, at unit prices a
                        tenth higher and hardly fewer of it: a better version
        cross-sell      a product category that it had never bought before, not on the
                        day of the first order
        permanence      ordered again, a year after its first order or later, no later
                        than twice its usual gap after the order before: who orders
                        once a year stays as well as who orders once a week
        goodwill        of a quarter that is over: in the four quarters until then,
                        working for it took a share of its revenue that is at least a
                        tenth below that of the four quarters before these
        referral        a customer that it recommended you to ordered for the first time

    What repeats is kept for three years, the others for good.
    """

    _name = "customer.behaviour"
    _inherit = ["customer.one.currency"]
    _description = "Economic Behaviour of a Customer"
    _order = "date desc, account_id, kind, id"
    _rec_name = "kind"
    _log_access = False

    account_id = fields.Many2one(
        comodel_name="customer.account",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    # Of the account, to filter and group by, which takes sudo: nobody makes rows up,
    # and whoever reads one may read its account. Not columns: every foreign key is
    # looked up for every row that is written.
    company_id = fields.Many2one(related="account_id.company_id")
    currency_id = fields.Many2one(related="account_id.currency_id")
    partner_id = fields.Many2one(related="account_id.partner_id")
    user_id = fields.Many2one(related="account_id.user_id")
    tier_id = fields.Many2one(related="account_id.tier_id")
    group_id = fields.Many2one(related="account_id.group_id")
    quarter = fields.Date(
        required=True, readonly=True, help="First day of the quarter."
    )
    kind = fields.Selection(
        selection=KINDS, string="Behaviour", required=True, readonly=True
    )
    date = fields.Date(
        required=True,
        readonly=True,
        help="When it was first seen in the quarter; of what is known only when the "
        "quarter is over, its last day.",
    )
    amount = fields.Monetary(
        readonly=True,
        groups=MANAGER,
        help="First purchase, permanence: revenue of the quarter. Up-sell: by how much "
        "it is above that of a year before. Cross-sell: revenue of the category in the "
        "quarter. Goodwill: a fourth of what the year took less than the one before. "
        "Referral: revenue of the recommended customers in the quarter.",
    )
    category_id = fields.Many2one(
        comodel_name="product.category",
        string="Product Category",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    up_sell_way = fields.Selection(
        selection=[("more", "More of the same"), ("better", "A better version")],
        string="Way of Up-Selling",
        readonly=True,
    )

    _account_unique = models.UniqueIndex(
        "(account_id, quarter, kind, COALESCE(category_id, 0))",
        "A behaviour of an account is told once a quarter.",
    )
    _quarter_first_day = models.Constraint(
        "CHECK(quarter = date_trunc('quarter', quarter::timestamp)::date)",
        "A quarter is told by its first day.",
    )

    @api.depends("kind", "account_id")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for behaviour in self:
            behaviour.display_name = (
                f"{behaviour.account_id.display_name}: {kinds.get(behaviour.kind, '')}"
            )
