def uninstall_hook(env):
    """Drop the index on deliveries, which would outlive the addon."""
    env.cr.execute("DROP INDEX IF EXISTS stock_picking_customer_done_idx")
