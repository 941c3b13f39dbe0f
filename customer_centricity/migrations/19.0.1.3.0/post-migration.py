from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Runs are prepared by a scheduled action of their own: the yearly one goes."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    cron = env.ref(
        "customer_centricity.ir_cron_recompute_value", raise_if_not_found=False
    )
    if cron:
        cron.unlink()
