"""Time a yearly run of a large portfolio: computing it, applying it, undoing it.

Uses the portfolios of `profit_facts.py` and prints ratios beside their targets, against
the floor of the facts, measured in the same run. `--quick` or SIZE=20000 measures a
small portfolio only.
"""

import subprocess
import sys
import time

from bulk import measuring, workshop
from bulk.measuring import Memory, import_engine, measure_floor, print_row

from odoo.tools import SQL

WORKERS = 2  # what a server has that nobody has told otherwise
MOVED = 0.05  # share of the accounts that change tier
COMPUTE_TARGET = 4  # times the floor
APPLY_TARGET = 60  # seconds for 5,000 movements
LINEAR_TARGET = 1.1  # times the seconds of a movement, in five times the portfolio


def main():
    if "--work" in sys.argv:
        be_a_worker(sys.argv[-1])
        return 0
    return measuring.run(__file__, measure, print_results)


def measure(name):
    """Return the figures of one portfolio."""
    figures = {}
    with workshop.environment(name) as env:
        company = env.ref("base.main_company")
        forget_runs(env)
        # last night's
        env["customer.account"]._refresh(company)
        # answers that the first refresh gave an account are yesterday's by then
        env.cr.execute("UPDATE customer_nps_response SET write_date = date")
        env.cr.commit()
        move_some(env, company)
        # as a server does by itself when so many rows have changed
        workshop.vacuum(name)
        before = measure_floor(env, company)
        with Memory() as memory:
            run = env["customer.ltv.run"].create({"company_id": company.id})
            run.action_compute()
            figures["compute"], figures["longest step"] = work(env, run, "computing")
            figures["stages"] = dict(run.stage_seconds or {})
            run.action_apply()
            figures["apply"], _longest = work(env, run, "applying")
            run.action_undo()
            figures["undo"], _longest = work(env, run, "undoing")
        env["customer.account"]._refresh(company)
        env.cr.commit()
        run = env["customer.ltv.run"].create({"company_id": company.id})
        run.action_compute()
        figures["compute, 2 workers"] = share_work(env, name, run)
        after = measure_floor(env, company)
        figures["floor"] = (sum(before.values()) + sum(after.values())) / 2
        figures["memory over idle, MB"] = memory.growth / 2**20
        figures["accounts"] = run.account_count
        figures["moved"] = run.up_count + run.down_count
        forget_runs(env)
    return figures


def forget_runs(env):
    """Begin without runs, as a company before its first."""
    env.cr.execute(
        """
        TRUNCATE customer_account_snapshot;
        -- not what the refresh has learnt and found, which a TRUNCATE would take along
        DELETE FROM customer_value_model WHERE run_id IS NOT NULL;
        DELETE FROM customer_ltv_run;
        UPDATE res_company SET customer_locked_until = NULL;
        """
    )
    env.cr.commit()
    env.invalidate_all()


def move_some(env, company):
    """Put every account in the tier that it is worth, but some in another one."""
    env.cr.execute(
        SQL(
            """
            UPDATE customer_account account
               SET user_id = %(user)s,
                   tier_id = CASE WHEN id %% %(every)s = 0 AND %(first)s <> COALESCE(
                                           suggested_tier_id, 0)
                                  THEN %(first)s ELSE suggested_tier_id END
             WHERE company_id = %(company)s
            """,
            user=env.ref("base.user_admin").id,
            every=round(1 / MOVED),
            first=env["customer.tier"]._get_tiers(company)[0].id,
            company=company.id,
        )
    )
    env.cr.commit()
    env.invalidate_all()


def work(env, run, state):
    """Return the seconds until the run leaves a state, and of the longest step.

    The steps of one worker, each with its transaction.
    """
    env.cr.commit()
    begun, longest = time.perf_counter(), 0
    while run.state == state:
        step_begun = time.perf_counter()
        if not env["customer.ltv.chunk"]._step():
            raise ValueError(f"The run came to a halt: {run.error or run.stage}")
        env.cr.commit()
        env.invalidate_all()
        longest = max(longest, time.perf_counter() - step_begun)
    if run.state == "failed":
        raise ValueError(f"The run failed: {run.error}")
    seconds = time.perf_counter() - begun
    print(f"    {seconds:8.1f} s  {state}", file=sys.stderr, flush=True)
    return seconds, longest


def share_work(env, name, run):
    """Return the seconds that as many processes as a server's default has need."""
    env.cr.commit()
    workers = [
        subprocess.Popen(
            [sys.executable, __file__, "--work", name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _worker in range(WORKERS)
    ]
    for worker in workers:
        worker.stdout.readline()  # is ready
    begun = time.perf_counter()
    for worker in workers:
        worker.stdin.write("begin\n")
        worker.stdin.close()
    if any([worker.wait() for worker in workers]):
        raise ValueError("A worker failed")
    seconds = time.perf_counter() - begun
    env.cr.commit()  # what they did is seen from here on
    env.invalidate_all()
    if run.state != "computed":
        raise ValueError(f"The run came to a halt: {run.error or run.stage}")
    print(f"    {seconds:8.1f} s  computing by {WORKERS}", file=sys.stderr, flush=True)
    return seconds


def be_a_worker(name):
    """Take parts of the runs at work until none is left."""
    with workshop.environment(name) as env:
        import_engine()
        chunks, runs = env["customer.ltv.chunk"], env["customer.ltv.run"]
        print("ready", flush=True)
        sys.stdin.readline()
        while runs.search_count([("state", "=", "computing")]):
            if not chunks._guarded(set()):
                time.sleep(0.05)  # another one has what is left of this step
            env.cr.commit()
            env.invalidate_all()


def print_results(results):
    """Print one column a size, and each ratio beside its target."""
    columns = list(results.values())
    print_row("", [f"{size:,}" for size in results])
    for name in ("accounts", "moved"):
        print_row(name, [f"{figures[name]:,}" for figures in columns])
    print("\nSeconds")
    names = ("floor", "compute", "compute, 2 workers", "longest step", "apply", "undo")
    for name in names:
        print_row(name, [f"{figures[name]:.1f}" for figures in columns])
    for stage in columns[0]["stages"]:
        seconds = [figures["stages"].get(stage, 0) for figures in columns]
        print_row(f"compute: {stage}", [f"{value:.1f}" for value in seconds])
    print("\nRatios")
    for name, target, ratio in (
        ("compute / floor", COMPUTE_TARGET, lambda f: f["compute"] / f["floor"]),
        (
            "compute, 2 workers / floor",
            COMPUTE_TARGET,
            lambda f: f["compute, 2 workers"] / f["floor"],
        ),
        ("apply, s for 5,000 movements", APPLY_TARGET, per_5000),
        ("memory over idle, MB", 400, lambda f: f["memory over idle, MB"]),
    ):
        values = [ratio(figures) for figures in columns]
        print_row(name, [f"{value:.1f}" for value in values], values, target)
    if len(results) > 1:
        small, large = results[min(results)], results[max(results)]
        growth = per_5000(large) / per_5000(small)
        print_row(
            "seconds of a movement, large / small",
            [f"{growth:.2f}"],
            [growth],
            LINEAR_TARGET,
        )


def per_5000(figures):
    return figures["apply"] / figures["moved"] * 5000


if __name__ == "__main__":
    sys.exit(main())
