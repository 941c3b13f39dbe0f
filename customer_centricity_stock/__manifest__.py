{
    "name": "Customer Centricity: Deliveries",
    "summary": "Deliveries as a cost of serving a customer",
    "version": "19.0.1.0.0",
    "category": "Sales/Sales",
    "author": "Customer Centricity",
    "license": "LGPL-3",
    "depends": ["customer_centricity", "stock"],
    "auto_install": True,
    "data": ["data/customer_cost_driver_data.xml"],
    "uninstall_hook": "uninstall_hook",
}
