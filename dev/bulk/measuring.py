"""What all benchmarks of large portfolios measure by, and how they tell it."""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time

import psutil
from environment.core import say

from odoo.tools import SQL

from . import portfolio

SIZES = (20_000, 100_000)  # accounts
TURNS = 3


def run(script, measure, print_results):
    """Measure portfolios of some sizes, tell the results; the exit code.

    Each is measured in a process of its own, in which nothing else has used memory: the
    script calls itself with the name of a database. `--quick` or SIZE=20000 measures a
    small portfolio only.

    :param script: path of the benchmark
    :param measure: of the name of a database, returns figures by name
    :param print_results: of figures by size
    """
    if "--measure" in sys.argv:
        print(json.dumps(measure(sys.argv[-1])))
        return 0
    sizes = [int(os.environ["SIZE"])] if os.environ.get("SIZE") else list(SIZES)
    if "--quick" in sys.argv:
        sizes = sizes[:1]
    results = {}
    for size in sizes:
        name = portfolio.prepare(size)
        say(f"measuring {name}")
        done = subprocess.run(
            [sys.executable, script, "--measure", name],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        results[size] = json.loads(done.stdout.splitlines()[-1])
    print_results(results)
    return 0


def measure_floor(env, company):
    """Return the floor's parts, in seconds: the least that facts of this size need.

    The bare sums of posted product lines and of timesheets by customer and month, and
    COPY of as many rows as there are facts into a plain table of the same columns.
    """
    cr = env.cr
    sums = {
        "sums of product lines": SQL(
            """
            SELECT COUNT(*), SUM(total) FROM (
                SELECT partner_id, date_trunc('month', date), SUM(balance) AS total
                  FROM account_move_line
                 WHERE company_id = %s AND parent_state = 'posted'
                   AND display_type = 'product'
                 GROUP BY 1, 2
            ) months
            """,
            company.id,
        ),
        "sums of timesheets": SQL(
            """
            SELECT COUNT(*), SUM(cost), SUM(hours) FROM (
                SELECT partner_id, date_trunc('month', date), SUM(amount) AS cost,
                       SUM(unit_amount) AS hours
                  FROM account_analytic_line
                 WHERE company_id = %s AND project_id IS NOT NULL
                 GROUP BY 1, 2
            ) months
            """,
            company.id,
        ),
    }
    floor = {
        part: min(
            seconds_of(lambda query=query: cr.execute(query)) for _ in range(TURNS)
        )
        for part, query in sums.items()
    }
    # a file: this process' memory is being watched
    rows = tempfile.TemporaryFile()
    cr.copy_expert("COPY customer_profit_month TO STDOUT", rows)

    def copy():
        rows.seek(0)
        cr.copy_expert("COPY plain_month FROM STDIN", rows)
        cr.commit()

    seconds = []
    for _turn in range(TURNS):
        cr.execute(
            """
            DROP TABLE IF EXISTS plain_month;
            CREATE TABLE plain_month AS TABLE customer_profit_month WITH NO DATA;
            """
        )
        cr.commit()
        seconds.append(seconds_of(copy))
    cr.execute("DROP TABLE plain_month")
    rows.close()
    floor["COPY of as many rows"] = min(seconds)
    return floor


def import_engine():
    """Have numpy, pandas and scipy in memory, as a server has after its first night."""
    from odoo.addons.customer_centricity.engine import valuation  # noqa: F401


def seconds_of(function):
    """Return how long a call takes."""
    begun = time.perf_counter()
    function()
    return time.perf_counter() - begun


class Memory:
    """How far the resident memory of this process rises above where it began."""

    def __enter__(self):
        self._process = psutil.Process()
        self.idle = self.peak = self._process.memory_info().rss
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_exception):
        self._done.set()
        self._thread.join()

    @property
    def growth(self):
        return self.peak - self.idle

    def _watch(self):
        while not self._done.wait(0.02):
            self.peak = max(self.peak, self._process.memory_info().rss)


def print_row(name, cells, values=(), target=None):
    """Print one cell a size, and whether all values are within the target."""
    met = ""
    if target is not None:
        met = f"   at most {target:g}" + "  MISSED" * (max(values) > target)
    print(f"    {name:<48}" + "".join(f"{cell:>16}" for cell in cells) + met)
