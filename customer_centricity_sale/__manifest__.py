{
    "name": "Customer Centricity: Quotations",
    "summary": "What a customer's service level says, on every new quotation",
    "version": "19.0.1.0.0",
    "category": "Sales/Sales",
    "author": "Customer Centricity",
    "license": "LGPL-3",
    "depends": ["customer_centricity", "sale"],
    "auto_install": True,
    "data": ["views/sale_order_views.xml"],
}
