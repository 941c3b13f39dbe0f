def migrate(cr, version):
    """Facts take company and currency from their account, and keep no log."""
    for column in (
        "company_id",
        "currency_id",
        "create_uid",
        "create_date",
        "write_uid",
        "write_date",
    ):
        cr.execute(f"ALTER TABLE customer_profit_month DROP COLUMN IF EXISTS {column}")
