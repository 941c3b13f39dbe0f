"""A database of its own for a benchmark, opened in this process."""

import contextlib
import time

from environment import databases, odoo_command
from environment.core import MAIN_ADDON, say

import odoo
from odoo.modules.registry import Registry
from odoo.tools import config

_MARK = "filled with"


def prepare(name, content, modules=()):
    """Have a database with the addon as it is; return whether it is filled.

    :param content: what it will be filled with: one that holds it is kept
    :param modules: to install besides
    """
    filled = databases.exists(name) and databases.mark(name) == f"{_MARK} {content}"
    if not filled:
        say(f"making the database {name}")
        databases.duplicate(databases.template("plain"), name)
    arguments = ["-d", name, "-u" if filled else "-i", ",".join([MAIN_ADDON, *modules])]
    odoo_command.check(
        [*arguments, "--stop-after-init", "--no-http", "--max-cron-threads", "0"],
        name,
        f"The addon could not be installed in {name}.",
    )
    return filled


def mark_filled(name, content):
    """Tell the next run that the database holds what it should."""
    databases.set_mark(name, f"{_MARK} {content}")


@contextlib.contextmanager
def environment(name):
    """An Odoo environment of the superuser; what was done is kept on success."""
    config.parse_config(
        ["-d", name, "--no-http", "--max-cron-threads", "0", "--log-level", "warn"],
        setup_logging=True,
    )
    with Registry(name).cursor() as cr:
        yield odoo.api.Environment(cr, odoo.SUPERUSER_ID, {"lang": "en_US"})
        cr.commit()


def vacuum(name):
    """Do what a server's autovacuum has long done in a database that has grown."""
    databases.sql("VACUUM ANALYZE", name)


class Watch:
    """Steps of a run, with their seconds, told as they end."""

    def __init__(self):
        self.seconds = {}

    @contextlib.contextmanager
    def step(self, name):
        begun = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - begun
        print(f"    {self.seconds[name]:8.1f} s  {name}", flush=True)
