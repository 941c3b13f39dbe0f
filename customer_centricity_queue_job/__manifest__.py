{
    "name": "Customer Centricity: Job Queue",
    "summary": "Lifetime value runs in the channels of the job queue",
    "version": "19.0.1.0.0",
    "category": "Sales/Sales",
    "author": "Customer Centricity",
    "license": "LGPL-3",
    "depends": ["customer_centricity", "queue_job"],
    "auto_install": True,
    "data": ["data/queue_job_data.xml"],
    "uninstall_hook": "uninstall_hook",
}
