def migrate(cr, version):
    """Remove indexes that are no more, or of few rows: Odoo leaves them as they are.

    Each of them is written whenever a figure of an account changes.
    """
    cr.execute(
        """
        DROP INDEX IF EXISTS
            customer_account__company_id_index,
            customer_account__hours_status_index,
            customer_account__intent_kind_index,
            customer_account__value_band_index,
            customer_account_snapshot__previous_id_index
        """
    )
