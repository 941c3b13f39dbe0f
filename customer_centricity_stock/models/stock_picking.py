from odoo import models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    # Deliveries are counted month by month
    _customer_done_idx = models.Index("(date_done) WHERE state = 'done'")
