def migrate(cr, version):
    _remove_indexes(cr)
    _begin_with_the_months(cr)


def _begin_with_the_months(cr):
    """Have a refresh that was interrupted among the changes begin with their months.

    Until now both were one step.
    """
    cr.execute(
        """
        UPDATE res_company SET customer_refresh_stage = 'facts'
         WHERE customer_refresh_stage = 'changes'
           AND customer_refresh_full IS NOT TRUE
        """
    )


def _remove_indexes(cr):
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
