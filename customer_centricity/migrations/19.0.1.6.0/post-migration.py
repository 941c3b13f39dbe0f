def migrate(cr, version):
    """Have the next refresh do all accounts, from its first stage on.

    Of none is known what its customers say and do, how well one gets on with it and
    whom it brought; and the stages of a refresh that was interrupted are others now.
    """
    cr.execute(
        "UPDATE res_company"
        "   SET customer_refresh_start = NULL, customer_full_date = NULL"
    )
