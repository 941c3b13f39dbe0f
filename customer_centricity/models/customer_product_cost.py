from datetime import date

from odoo import api, fields, models

# Bounds of a history whose first cost counts for all that was sold before
BEGINNING, END = date(1, 1, 1), date(9999, 12, 31)


class CustomerProductCost(models.Model):
    """What a product cost from day to day, as far as changes were seen.

    Sales that were posted without a cost of their own are estimated with the cost of
    their day: a cost that changes today changes no past month. The first cost that a
    product gets counts for all that was sold before.
    """

    _name = "customer.product.cost"
    _description = "Cost History of a Product"
    _order = "product_id, company_id, date_from"
    _rec_name = "product_id"

    product_id = fields.Many2one(
        comodel_name="product.product",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, ondelete="cascade"
    )
    date_from = fields.Date(
        required=True, readonly=True, help="First day on which the cost counts."
    )
    date_to = fields.Date(
        required=True, readonly=True, help="The day from which another cost counts."
    )
    date_entered = fields.Date(required=True, readonly=True)
    unit_cost = fields.Float(required=True, readonly=True, digits=(16, 6))

    _product_company_date_unique = models.Constraint(
        "UNIQUE(product_id, company_id, date_from)",
        "A product has one cost a day in a company.",
    )

    @api.model
    def _note_change(self, products, new_cost):
        """Note that the products will have a new cost in the current company.

        Of several changes of one day the last one counts: it corrects the others.
        """
        today = fields.Date.context_today(self)
        company = self.env.company
        # sudo: whoever may change a cost; the history is written here alone
        costs = self.sudo()
        latest = costs.search(
            [
                ("product_id", "in", products.ids),
                ("company_id", "=", company.id),
                ("date_to", "=", END),
            ]
        ).grouped("product_id")
        past = []  # (product, first day, day after the last, cost)
        for product in products.with_company(company):
            cost, old_cost = latest.get(product), product.standard_price
            if (new_cost or 0) == old_cost:
                continue
            if cost and cost.date_entered == today:
                cost.unit_cost = new_cost
            elif cost and not cost.unit_cost:
                # it had none for a while: what was sold then has the next one
                cost.write({"unit_cost": new_cost, "date_entered": today})
            elif cost:
                cost.date_to = today
                past.append((product, today, END, new_cost))
            elif old_cost:
                past.append((product, BEGINNING, today, old_cost))
                past.append((product, today, END, new_cost))
            else:
                past.append((product, BEGINNING, END, new_cost))
        costs.create(
            [
                {
                    "product_id": product.id,
                    "company_id": company.id,
                    "date_from": date_from,
                    "date_to": date_to,
                    "date_entered": today,
                    "unit_cost": unit_cost,
                }
                for product, date_from, date_to, unit_cost in past
            ]
        )
