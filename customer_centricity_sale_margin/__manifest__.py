{
    "name": "Customer Centricity: Sales Margins",
    "summary": "The cost noted on sales orders as the cost of what was invoiced",
    "version": "19.0.1.0.0",
    "category": "Sales/Sales",
    "author": "Customer Centricity",
    "license": "LGPL-3",
    "depends": ["customer_centricity", "sale_margin"],
    "auto_install": True,
}
