from odoo import models

# What decides whether a product sold has a cost, or costs hours
NATURE = {"service_type", "type"}


class ProductTemplate(models.Model):
    _inherit = "product.template"

    def write(self, vals):
        if not NATURE.isdisjoint(vals):
            self._note_customers()
        if "categ_id" in vals:
            # of how many categories customers buy
            moved = self.filtered(
                lambda template: template.categ_id.id != (vals["categ_id"] or False)
            )
            self.env["customer.account.change"]._note_categories(
                moved.with_context(active_test=False).product_variant_ids
            )
        return super().write(vals)

    def _note_customers(self):
        """Note whoever was sold the products."""
        # sudo: whoever changes a product need not see who bought it
        bought = (
            self.env["account.move.line"]
            .sudo()
            ._read_group(
                [
                    (
                        "product_id",
                        "in",
                        self.with_context(active_test=False).product_variant_ids.ids,
                    ),
                    ("display_type", "=", "product"),
                    ("parent_state", "=", "posted"),
                    ("partner_id", "!=", False),
                ],
                ["company_id"],
                ["partner_id:recordset"],
            )
        )
        for company, partners in bought:
            self.env["customer.account.change"]._note_partners(company, partners)
