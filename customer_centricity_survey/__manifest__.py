{
    "name": "Customer Centricity: Surveys",
    "summary": "Answers to surveys count as recommendations of customers",
    "version": "19.0.1.0.0",
    "category": "Sales/Sales",
    "author": "Customer Centricity",
    "license": "LGPL-3",
    "depends": ["customer_centricity", "survey"],
    "auto_install": True,
    "data": ["views/survey_question_views.xml"],
}
