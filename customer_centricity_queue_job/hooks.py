def uninstall_hook(env):
    """Remove the jobs, which nothing could do any more; scheduled actions go on."""
    chunks = env["customer.ltv.chunk"]
    env["queue.job"].search(chunks._get_jobs_domain()).unlink()
    chunks._trigger_workers()
