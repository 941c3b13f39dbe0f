def uninstall_hook(env):
    """Remove the jobs, which nothing could do any more; scheduled actions go on."""
    chunks = env["customer.ltv.chunk"]
    env["queue.job"].search(chunks._get_jobs_domain()).unlink()
    for worker in chunks._get_workers().filtered("active"):
        worker._trigger()
