from odoo import api, fields, models

# Categories of Odoo that nobody is offered: freight, what employees spend, and where
# earlier versions had all products that nobody had sorted
NO_OFFERS = (
    "delivery.product_category_deliveries",
    "product.product_category_expenses",
    "product.product_category_all",
)


class ProductCategory(models.Model):
    """Categories that are proposed to customers, and others."""

    _inherit = "product.category"

    customer_not_proposed = fields.Boolean(
        string="Not Proposed to Customers",
        groups="customer_centricity.group_user",
        help="For freight, down payments, discounts: that peers buy them is no reason "
        "to propose them, and a first one is no cross-sell.",
    )

    @api.model
    def _get_not_proposed_ids(self):
        """Return the ids of what is no offer; subcategories are told by themselves."""
        # sudo: which categories are no offer is a setting, no figure
        ids = set(self.sudo()._search([("customer_not_proposed", "=", True)]))
        for xmlid in NO_OFFERS:
            if category := self.env.ref(xmlid, raise_if_not_found=False):
                ids.add(category.id)
        return sorted(ids)
