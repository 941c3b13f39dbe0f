from odoo import models


class ProductProduct(models.Model):
    _inherit = "product.product"

    def write(self, vals):
        if "standard_price" in vals:
            self.env["customer.product.cost"]._note_change(self, vals["standard_price"])
            self.env["customer.account.change"]._note_products(self)
        return super().write(vals)
