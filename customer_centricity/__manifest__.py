{
    "name": "Customer Centricity",
    "summary": "Profit, lifetime value and tiers of every customer account",
    "version": "19.0.1.0.0",
    "category": "Sales/Sales",
    "author": "Customer Centricity",
    "license": "LGPL-3",
    "application": True,
    "depends": ["account", "base_automation", "hr_timesheet"],
    "external_dependencies": {"python": ["numpy", "pandas", "scipy"]},
    "data": [],
}
