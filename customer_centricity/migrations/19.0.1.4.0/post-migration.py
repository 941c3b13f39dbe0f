def migrate(cr, version):
    """Have the next refresh do all accounts: of none is known how it behaves."""
    cr.execute("UPDATE res_company SET customer_full_date = NULL")
