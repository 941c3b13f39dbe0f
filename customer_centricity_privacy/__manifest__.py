{
    "name": "Customer Centricity: Privacy",
    "summary": "Odoo's privacy lookup finds and erases what is known of a customer",
    "version": "19.0.1.0.0",
    "category": "Sales/Sales",
    "author": "Customer Centricity",
    "license": "LGPL-3",
    "depends": ["customer_centricity", "privacy_lookup"],
    "auto_install": True,
}
