from odoo import api, models


class CustomerNpsResponse(models.Model):
    """Answers that were collected elsewhere come in from a file."""

    _inherit = "customer.nps.response"

    @api.model
    def get_import_templates(self):
        """Return the file that the import offers to begin with."""
        return [
            {
                "label": self.env._("Import template for answers"),
                "template": "/customer_centricity/static/xls/answers.xlsx",
            }
        ]
