def migrate(cr, version):
    """Have Odoo's own digest tell of the customers, as in a new database.

    It belongs to people, so that an update leaves it alone.
    """
    cr.execute(
        """
        UPDATE digest_digest
           SET kpi_customer_won = TRUE, kpi_customer_loss = TRUE,
               kpi_customer_unhappy = TRUE
         WHERE id = (
               SELECT res_id FROM ir_model_data
                WHERE module = 'digest' AND name = 'digest_digest_default')
        """
    )
