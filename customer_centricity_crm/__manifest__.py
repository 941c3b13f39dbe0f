{
    "name": "Customer Centricity: Opportunities",
    "summary": "Plays open opportunities: what is to be sold next, in the pipeline",
    "version": "19.0.1.6.0",
    "category": "Sales/Sales",
    "author": "Customer Centricity",
    "license": "LGPL-3",
    "depends": ["customer_centricity", "crm"],
    "auto_install": True,
    "data": [
        "data/customer_play_data.xml",
        "views/crm_lead_views.xml",
        "views/customer_intent_step_views.xml",
    ],
}
