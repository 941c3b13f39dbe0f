def migrate(cr, version):
    """Keep the horizon of the lifetime value: it is told in months from here on."""
    cr.execute("ALTER TABLE res_company ADD COLUMN customer_value_months integer")
    cr.execute(
        "UPDATE res_company"
        " SET customer_value_months = GREATEST(ROUND(customer_value_years * 12), 1)"
    )
    cr.execute("ALTER TABLE res_company DROP COLUMN customer_value_years")
