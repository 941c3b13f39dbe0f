"""What the kinds of business begin with; the reasons are in docs/presets.md.

A value has a key of three parts: what it is of (``setting``, ``tier``, ``level`` or
``rate``), which one of these, and its field. Serving costs are told in minutes of work
a unit: what they cost follows from what an hour costs in the company, so they fit any
currency and any pay.
"""

# As the addon is installed: what data files and the defaults of settings say
INSTALLED = {
    ("setting", "company", "customer_window_months"): 12,
    ("setting", "company", "customer_value_months"): 60,
    ("setting", "company", "customer_discount_rate"): 0.1,
    ("setting", "company", "customer_minimum_months"): 12,
    ("setting", "company", "customer_lost_months"): 12,
    ("setting", "company", "customer_even_rate"): 0.02,
    ("setting", "company", "customer_growing_rate"): 0.15,
    ("tier", "tier_a", "threshold_rate"): 0.5,
    ("tier", "tier_b", "threshold_rate"): 0.8,
    ("tier", "tier_c", "threshold_rate"): 0.95,
    ("tier", "tier_c", "service_level_id"): "service_level_standard",
    ("level", "service_level_personal", "included_hours"): 8.0,
    ("level", "service_level_personal", "response_hours"): 2.0,
    ("level", "service_level_standard", "included_hours"): 2.0,
    ("level", "service_level_standard", "response_hours"): 8.0,
    ("level", "service_level_self_service", "included_hours"): 0.0,
    ("level", "service_level_self_service", "response_hours"): 24.0,
    ("rate", "cost_driver_invoice", "minutes"): 0,
    ("rate", "cost_driver_invoice_line", "minutes"): 0,
    ("rate", "cost_driver_credit_note", "minutes"): 0,
    ("rate", "cost_driver_late_day", "minutes"): 0,
    ("rate", "cost_driver_distinct_product", "minutes"): 0,
}

# Few customers, projects with pauses in between, time is what is sold
SERVICES = {
    ("setting", "company", "customer_lost_months"): 18,
    ("setting", "company", "customer_even_rate"): 0.05,
    ("tier", "tier_a", "threshold_rate"): 0.6,
    ("tier", "tier_b", "threshold_rate"): 0.85,
    ("level", "service_level_personal", "included_hours"): 16.0,
    ("level", "service_level_personal", "response_hours"): 4.0,
    ("level", "service_level_standard", "included_hours"): 4.0,
    ("rate", "cost_driver_invoice", "minutes"): 30,
    ("rate", "cost_driver_credit_note", "minutes"): 60,
    ("rate", "cost_driver_late_day", "minutes"): 1,
}

# Many customers and lines, thin margins, orders every week
DISTRIBUTION = {
    ("setting", "company", "customer_value_months"): 36,
    ("setting", "company", "customer_lost_months"): 6,
    ("setting", "company", "customer_even_rate"): 0.01,
    ("setting", "company", "customer_growing_rate"): 0.1,
    ("tier", "tier_c", "service_level_id"): "service_level_self_service",
    ("level", "service_level_personal", "included_hours"): 4.0,
    ("level", "service_level_standard", "included_hours"): 1.0,
    ("level", "service_level_standard", "response_hours"): 4.0,
    ("rate", "cost_driver_invoice", "minutes"): 8,
    ("rate", "cost_driver_invoice_line", "minutes"): 2,
    ("rate", "cost_driver_credit_note", "minutes"): 30,
    ("rate", "cost_driver_late_day", "minutes"): 0.5,
}

# Companies that book rooms, tables and events: seasons, some come once a year
HOSPITALITY = {
    ("setting", "company", "customer_value_months"): 36,
    ("setting", "company", "customer_discount_rate"): 0.12,
    ("setting", "company", "customer_lost_months"): 15,
    ("setting", "company", "customer_even_rate"): 0.03,
    ("level", "service_level_personal", "included_hours"): 6.0,
    ("level", "service_level_personal", "response_hours"): 1.0,
    ("level", "service_level_standard", "response_hours"): 4.0,
    ("level", "service_level_self_service", "response_hours"): 12.0,
    ("rate", "cost_driver_invoice", "minutes"): 10,
    ("rate", "cost_driver_invoice_line", "minutes"): 1,
    ("rate", "cost_driver_credit_note", "minutes"): 45,
    ("rate", "cost_driver_late_day", "minutes"): 1,
}

# What each sets: what it does not name is as installed, so that who goes from one to
# another is left with nothing of the first
PRESETS = {
    "services": INSTALLED | SERVICES,
    "distribution": INSTALLED | DISTRIBUTION,
    "hospitality": INSTALLED | HOSPITALITY,
    "installed": INSTALLED,
    "keep": {},
}


def to_text(key):
    """Return a key as it is kept in the database.

    >>> to_text(("tier", "tier_a", "threshold_rate"))
    'tier/tier_a/threshold_rate'
    """
    return "/".join(key)


def to_key(text):
    """Return a key from how it is kept, or None for what is none of the presets'.

    >>> to_key("tier/tier_a/threshold_rate")
    ('tier', 'tier_a', 'threshold_rate')
    >>> to_key("tier/tier_a/name") is None
    True
    """
    key = tuple(text.split("/"))
    return key if key in INSTALLED else None


def unit_cost(minutes, hourly_cost):
    """Return what a unit costs that takes so many minutes of work.

    >>> unit_cost(30, 40)
    20.0
    """
    return minutes / 60 * hourly_cost
