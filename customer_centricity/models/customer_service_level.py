from odoo import api, fields, models

# The fields of a contact that terms of a level are written to, by company
PARTNER_TERMS = {
    "pricelist_id": "specific_property_product_pricelist",
    "payment_term_id": "property_payment_term_id",
}


class CustomerServiceLevel(models.Model):
    """How much attention an account gets, from one-to-one treatment to none.

    An account is put on a level by hand, by its tier or by a decision. Only a decision
    writes the terms of the level (pricelist, payment terms, account manager, tags), as
    only a decision can be undone.
    """

    _name = "customer.service.level"
    _description = "Customer Service Level"
    _order = "sequence, id"
    _check_company_auto = True
    # branches use those of their company
    _check_company_domain = models.check_company_domain_parent_of

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(
        string="Rank", default=10, help="The highest level of service comes first."
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company", help="Empty: for every company."
    )
    kind = fields.Selection(
        selection=[
            ("served", "Served by us"),
            ("subcontracted", "Served by another company"),
            ("ended", "No longer served"),
        ],
        string="Kind of Service",
        required=True,
        default="served",
    )
    subcontractor_id = fields.Many2one(
        comodel_name="res.partner",
        check_company=True,
        help="The company that serves these accounts for us.",
    )
    included_hours = fields.Float(
        string="Included Hours a Month",
        help="Hours of attention a month that the price already pays for.",
    )
    response_hours = fields.Float(
        string="Response Time",
        help="Working hours within which a request is answered.",
    )
    color = fields.Integer()
    description = fields.Text(translate=True)
    approval = fields.Selection(
        selection=[
            ("manager", "Account managers"),
            ("administrator", "Administrators"),
        ],
        string="Approved by",
        required=True,
        default="manager",
        help="Who may approve decisions that give this level to an account.",
    )

    # Relationship
    relationship_type = fields.Selection(
        selection="_get_relationship_type_selection",
        help="How accounts on this level are dealt with.",
    )
    channel_ids = fields.Many2many(
        comodel_name="customer.channel",
        string="Channels",
        help="The ways on which accounts on this level reach you.",
    )
    warning = fields.Text(
        translate=True,
        help="What everybody who works on a task or a quotation for such an account "
        "reads on it. Empty: levels that are subcontracted or ended say so; others say "
        "nothing.",
    )
    watch_hours = fields.Boolean(
        string="Watch the Hours",
        default=True,
        help="Compare the hours of the month with those included, and tell when they "
        "are nearly or wholly used up. Where others serve the customer, or nobody "
        "does, tell of any hours at all.",
    )

    # What a decision writes
    pricelist_id = fields.Many2one(
        comodel_name="product.pricelist",
        check_company=True,
        ondelete="restrict",
        help="A decision that gives this level to an account gives this pricelist to "
        "its contact, in the account's company. Empty: the contact keeps its own.",
    )
    payment_term_id = fields.Many2one(
        comodel_name="account.payment.term",
        string="Payment Terms",
        check_company=True,
        ondelete="restrict",
        help="A decision that gives this level to an account gives these payment terms "
        "to its contact, in the account's company. Empty: the contact keeps its own.",
    )
    minimum_order = fields.Float(
        help="Quotations for less, without taxes, show a warning. In the currency of "
        "the account's company; 0: no minimum.",
    )
    salesperson_id = fields.Many2one(
        comodel_name="res.users",
        string="Account Manager",
        check_company=True,
        domain="[('share', '=', False)]",
        help="A decision that gives this level to an account gives it this manager, if "
        "they work for the account's company. Empty: the account keeps its own.",
    )
    category_ids = fields.Many2many(
        comodel_name="res.partner.category",
        string="Tags",
        help="A decision that gives this level to an account adds these tags to its "
        "contact.",
    )

    # What serving costs
    rate_ids = fields.One2many(
        comodel_name="customer.cost.rate",
        inverse_name="service_level_id",
        string="Cost Rates",
        groups="customer_centricity.group_manager",
        help="Unit costs of serving accounts on this level, instead of those for every "
        "level.",
    )

    _included_hours_positive = models.Constraint(
        "CHECK(included_hours >= 0 AND included_hours < 'Infinity')",
        "The included hours of a service level cannot be negative.",
    )
    _response_hours_positive = models.Constraint(
        "CHECK(response_hours >= 0 AND response_hours < 'Infinity')",
        "The response time of a service level cannot be negative.",
    )
    _minimum_order_range = models.Constraint(
        "CHECK(minimum_order >= 0 AND minimum_order < 1e15)",
        "The minimum order of a service level must be an amount of 0 or more.",
    )

    @api.model
    def _get_relationship_type_selection(self):
        return (
            self.env["customer.group"]
            ._fields["relationship_type"]
            ._description_selection(self.env)
        )

    # ------------------------------------------------------------------
    # What giving the level to an account means in Odoo
    # ------------------------------------------------------------------

    def _get_terms(self, accounts):
        """Return what has to be written for accounts to have the terms of the level.

        Only what the level sets, what the account's company may use, and what is not
        so already. Records stand in the environment of the account's company, which
        decides on pricelist and payment terms. Meant for other addons to extend.

        :return: list of (record, name of the field, value as the field reads it: a
            recordset for the fields here)
        """
        self.ensure_one()
        level = self.with_env(accounts.env)
        terms = []
        for account in accounts:
            company = account.company_id
            partner = account.partner_id.with_company(company)
            terms += [
                (partner, name, _usable(level[term], company))
                for term, name in PARTNER_TERMS.items()
            ]
            tags = partner.category_id | level.category_ids
            terms.append((partner, "category_id", tags))
        terms += level._get_manager_terms(accounts)
        return [
            (record, name, value)
            for record, name, value in terms
            if value and record[name] != value
        ]

    def _get_manager_terms(self, accounts):
        """Return what gives accounts the manager of the level, as ``_get_terms``.

        The salesperson of a contact is the same in every company: it follows where it
        was this account's manager, and nobody's in another company.
        """
        if not self.salesperson_id:
            return []
        # sudo: accounts of other companies are looked at, none is told
        elsewhere = (
            accounts.sudo()
            .with_context(active_test=False)
            .search([("partner_id", "in", accounts.partner_id.ids)])
            .grouped("partner_id")
        )
        terms = []
        for account in accounts:
            manager = _usable(self.salesperson_id, account.company_id)
            partner, old = account.partner_id, account.user_id
            others = elsewhere.get(partner, account) - account
            terms.append((account, "user_id", manager))
            if old and old == partner.user_id and old not in others.user_id:
                terms.append((partner, "user_id", manager))
        return terms


def _usable(records, company):
    """Return the records that are in use and may be used by a company.

    What is of another company, or has been archived since, is left as it is.
    """
    usable = records._check_company_domain(company)
    return records.filtered("active").filtered_domain(usable)
