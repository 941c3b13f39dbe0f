"""Time the facts and the nightly refresh of a large portfolio against their floor.

Makes databases of its own, which later runs use again, and prints ratios beside their
targets. `--quick` or SIZE=20000 measures a small portfolio only.

The floor is what no computation of these facts can do without: the bare sums of the
same rows by customer and month, and writing as many rows as there are facts.

What customers say and do beside what they buy (VOICE) is timed within the refreshes,
and may take one floor in all. What it adds to statements of others, which take over
its numbers, is part of these, and timed with the refresh only.
"""

import contextlib
import functools
import sys
import time
from unittest.mock import patch

from bulk import screens, workshop
from bulk.measuring import (
    Memory,
    import_engine,
    measure_floor,
    print_row,
    run,
    seconds_of,
)

from odoo.tools import SQL

CHANGED = 0.01  # share of the accounts that a night finds changed
ANSWERED = 0.001  # share of the accounts that answer in a day

# Methods of the refresh that find out what customers say and do, by what they find
VOICE = {
    "goodwill": (
        ("customer.account", "_refresh_goodwill"),
        ("customer.account", "_find_goodwill"),
    ),
    "behaviours": (
        ("customer.behaviour.change", "_note_documents"),
        ("customer.behaviour.change", "_note_facts"),
        ("customer.account", "_refresh_occasions"),
        ("customer.account", "_find_behaviours_of"),
    ),
    "voice": (
        ("customer.account", "_refresh_voice"),
        ("customer.account", "_get_following_columns"),
    ),
    "advice": (("customer.account", "_refresh_advise"),),
    "recommendations": (("customer.account", "_refresh_referrals"),),
    "no profiling": (("customer.account", "_forget_profiles"),),
}
# The refreshes that are looked into, and how many floors that may take. When a month is
# over, the documents of a year are read for everybody, and when a quarter is, all.
REFRESHES = {
    "refresh, full": 1,
    "refresh, a new month": 2.5,
    "refresh, a new quarter": 6,
    "refresh, 1% changed": 1,
}

SCREEN_TARGET = 1.5  # times Odoo's own screen
# Of 20,000 to 100,000 accounts
GROWTH_TARGET = 5.5


def main():
    return run(__file__, measure, print_results)


# ----------------------------------------------------------------------
# Measuring
# ----------------------------------------------------------------------


def measure(name):
    """Return the figures of one portfolio."""
    figures = {}
    with workshop.environment(name) as env:
        company = env.ref("base.main_company")
        env["customer.account"]._get_window(company)
        import_engine()
        forget(env)
        with Memory() as memory:
            figures["accounts and facts, first time"] = timed(env, rebuild, company)
            # as a server does by itself some time after a night, and after each of them
            workshop.vacuum(name)
            # accounts are looked for in the documents until the first night is over
            company.customer_full_date = env.cr.now()
            # before and after: who else uses the machine slows both alike
            before = measure_floor(env, company)
            figures["facts again"] = timed(env, rebuild, company)
            env.cr.execute("TRUNCATE customer_profit_month")
            env.cr.commit()
            figures["facts into empty months"] = timed(env, rebuild, company)
            after = measure_floor(env, company)
            company.customer_full_date = False
            figures["refresh, first time"] = timed(env, refresh, company)
            # the first service levels of all: without rates by level they cost nothing
            env["customer.account.change"]._forget(company)
            # answers that the first refresh gave an account are yesterday's by then
            env.cr.execute("UPDATE customer_nps_response SET write_date = date")
            env.cr.commit()
            spent = {}
            for label, begin in (
                ("refresh, full", begin_anew),
                ("refresh, a new month", begin_month),
                ("refresh, a new quarter", begin_quarter),
            ):
                workshop.vacuum(name)
                with watched(env, spent, label):
                    figures[label] = timed(env, begin, company)
            touched = touch(env, company)
            answer_again(env, company)
            workshop.vacuum(name)
            with watched(env, spent, "refresh, 1% changed"):
                figures["refresh, 1% changed"] = timed(env, refresh, company)
            check_touched(env, touched)
            figures.update(spent)
        figures["memory over idle, MB"] = memory.growth / 2**20
        figures["idle, MB"] = memory.idle / 2**20
        figures["facts"] = count(env, "customer_profit_month")
        for table in ("account", "move", "line", "sheet"):
            figures[table] = count(env, TABLES[table])
        floor = {part: (before[part] + after[part]) / 2 for part in before}
        figures["floor"] = sum(floor.values())
        figures.update({f"floor: {part}": seconds for part, seconds in floor.items()})
        figures["screens"] = measure_screens(env, name)
    return figures


TABLES = {
    "account": "customer_account",
    "move": "account_move",
    "line": "account_move_line",
    "sheet": "account_analytic_line",
}


def forget(env):
    """Begin without accounts and facts, as after the installation."""
    # what customers said stays, and belongs to no account
    env.cr.execute(
        """
        CREATE TEMP TABLE answer ON COMMIT DROP AS TABLE customer_nps_response;
        TRUNCATE customer_account CASCADE;
        UPDATE answer SET account_id = NULL;
        INSERT INTO customer_nps_response SELECT * FROM answer;
        """
    )
    # of a database that was measured before: the first refresh does all accounts
    env.cr.execute(
        "UPDATE res_company"
        " SET customer_full_date = NULL, customer_refresh_start = NULL"
    )
    env.cr.execute(
        "DELETE FROM mail_followers WHERE res_model = 'customer.account'",
    )
    env.cr.commit()
    env.invalidate_all()


def rebuild(env, company):
    env["customer.profit.month"]._rebuild(company)


def refresh(env, company):
    """Refresh as the scheduled action does: each step is a transaction.

    In a single one, no room of what it replaces could be used again.
    """
    accounts = env["customer.account"]
    accounts._begin_cycle(company)
    while company.customer_refresh_start:
        accounts._refresh_step(company)
        env.cr.commit()
        env.invalidate_all()


def begin_anew(env, company):
    """Refresh all, whatever has changed since the last time, as once a week."""
    from odoo.addons.customer_centricity.models.customer_account_refresh import (
        FULL_AGAIN,
    )

    company.customer_full_date -= FULL_AGAIN
    refresh(env, company)


def begin_month(env, company):
    """Refresh all, as when the profit window moves on within a quarter."""
    company.customer_goodwill_basis = False
    begin_anew(env, company)


def begin_quarter(env, company):
    """Refresh all, as when another quarter is over."""
    company.customer_occasion_month = False
    begin_anew(env, company)


@contextlib.contextmanager
def watched(env, spent, refresh):
    """Add up what the methods of VOICE take meanwhile: ``{"refresh: what": seconds}``.

    With what they leave to be written. A method that calls another is counted once.
    """
    with contextlib.ExitStack() as stack:
        inside = []

        def watch(what, model, name):
            method = getattr(type(env[model]), name)

            @functools.wraps(method)
            def timed_method(*args, **kwargs):
                if inside:
                    return method(*args, **kwargs)
                inside.append(name)
                begun = time.perf_counter()
                try:
                    result = method(*args, **kwargs)
                    env.flush_all()
                    return result
                finally:
                    inside.clear()
                    spent[f"{refresh}: {what}"] += time.perf_counter() - begun

            stack.enter_context(patch.object(type(env[model]), name, timed_method))

        for what, methods in VOICE.items():
            spent[f"{refresh}: {what}"] = 0
            for model, name in methods:
                watch(what, model, name)
        yield


def touch(env, company):
    """Raise the amounts of an invoice of 1% of the accounts; return what to expect."""
    cr = env.cr
    cr.execute(
        SQL(
            """
            CREATE TEMP TABLE touched AS
            SELECT DISTINCT ON (move.commercial_partner_id)
                   move.id AS move, move.commercial_partner_id AS partner,
                   line.id AS line
              FROM account_move move
              JOIN account_move_line line
                ON line.move_id = move.id AND line.display_type = 'product'
             WHERE move.move_type = 'out_invoice' AND move.company_id = %s
               AND move.commercial_partner_id %% %s = 0
             ORDER BY move.commercial_partner_id, move.date DESC, line.id
            """,
            company.id,
            round(1 / CHANGED),
        )
    )
    cr.execute(
        """
        UPDATE account_move_line line
           SET credit = credit + 10, balance = balance - 10,
               amount_currency = amount_currency - 10,
               price_unit = price_unit + 10 / quantity,
               price_subtotal = price_subtotal + 10, price_total = price_total + 10,
               write_date = now() AT TIME ZONE 'UTC'
          FROM touched WHERE line.id = touched.line;
        UPDATE account_move_line line
           SET debit = debit + 10, balance = balance + 10,
               amount_currency = amount_currency + 10,
               amount_residual = amount_residual + 10,
               amount_residual_currency = amount_residual_currency + 10,
               write_date = now() AT TIME ZONE 'UTC'
          FROM touched
         WHERE line.move_id = touched.move AND line.display_type = 'payment_term';
        UPDATE account_move move
           SET amount_untaxed = amount_untaxed + 10, amount_total = amount_total + 10,
               amount_residual = amount_residual + 10,
               amount_untaxed_signed = amount_untaxed_signed + 10,
               amount_untaxed_in_currency_signed
               = amount_untaxed_in_currency_signed + 10,
               amount_total_signed = amount_total_signed + 10,
               amount_total_in_currency_signed = amount_total_in_currency_signed + 10,
               amount_residual_signed = amount_residual_signed + 10,
               write_date = now() AT TIME ZONE 'UTC'
          FROM touched WHERE move.id = touched.move;
        """
    )
    cr.execute("SELECT COUNT(*) FROM touched")
    [touched] = cr.fetchone()
    revenue = facts_revenue(env)
    cr.execute("DROP TABLE touched")
    cr.commit()
    env.invalidate_all()
    return revenue + 10 * touched


def answer_again(env, company):
    """Have some customers answer today."""
    env.cr.execute(
        SQL(
            """
            INSERT INTO customer_nps_response (
                partner_id, account_id, company_id, date, score, kind, channel,
                create_date, write_date)
            SELECT partner_id, id, company_id, CURRENT_DATE, 9, 'promoter', 'imported',
                   now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
              FROM customer_account
             WHERE company_id = %s AND id %% %s = 0
            """,
            company.id,
            round(1 / ANSWERED),
        )
    )
    env.cr.commit()


def check_touched(env, expected):
    """Raise when the refresh did not come upon what was changed."""
    if found := round(facts_revenue(env) - expected, 2):
        raise ValueError(f"facts are off by {found} after documents were changed")


def facts_revenue(env):
    env.cr.execute("SELECT SUM(revenue) FROM customer_profit_month")
    return env.cr.fetchone()[0]


def measure_screens(env, name):
    """Return seconds and queries of opening our screens and Odoo's own."""
    admin = env.ref("base.user_admin")
    admin.group_ids |= env.ref("customer_centricity.group_administrator")
    env.cr.commit()
    workshop.vacuum(name)
    account = env["customer.account"].search([], order="profit desc", limit=1)
    partner = account.partner_id.id
    own = [
        module.name
        for module in env["ir.module.module"].search(
            [("name", "=like", "customer\\_centricity%"), ("state", "=", "installed")]
        )
    ]
    window = [("month", ">=", "=1d -12m"), ("month", "<", "=1d")]
    opened = {
        "contacts' kanban": screens.open_records("res.partner", "kanban", without=own),
        "contacts' kanban, in columns": screens.open_board(
            "res.partner", "country_id", without=own
        ),
        "contacts' list": screens.open_records("res.partner", "list", without=own),
        "Odoo's own contact form": screens.open_form("res.partner", partner, own),
        "kanban": screens.open_board("customer.account", "tier_id"),
        "list, by profit": screens.open_records(
            "customer.account", "list", order="profit desc"
        ),
        "pivot of accounts": screens.open_pivot("customer.account"),
        "pivot of months": screens.open_pivot("customer.profit.month", window),
        "graph of months": screens.open_graph("customer.profit.month", window),
        "account form": screens.open_form("customer.account", account.id),
        "contact form": screens.open_form("res.partner", partner),
        "contacts' list with ours": screens.open_records("res.partner", "list"),
        "contacts' kanban with ours": screens.open_records("res.partner", "kanban"),
    }
    costs = screens.measure(name, admin.id, opened)
    return {screen: [cost.seconds, cost.queries] for screen, cost in costs.items()}


def timed(env, action, company):
    """Return the seconds of a step and of keeping what it did."""

    def run():
        action(env, company)
        env.cr.commit()

    seconds = seconds_of(run)
    print(f"    {seconds:8.1f} s  {action.__name__}", file=sys.stderr, flush=True)
    env.invalidate_all()
    return seconds


def count(env, table):
    env.cr.execute(SQL("SELECT COUNT(*) FROM %s", SQL.identifier(table)))
    return env.cr.fetchone()[0]


# ----------------------------------------------------------------------
# Telling
# ----------------------------------------------------------------------


SECONDS = (
    "floor: sums of product lines",
    "floor: sums of timesheets",
    "floor: COPY of as many rows",
    "floor",
    "accounts and facts, first time",
    "facts into empty months",
    "facts again",
    "refresh, first time",
    *REFRESHES,
    *(f"{refresh}: {what}" for refresh in REFRESHES for what in VOICE),
)
BESIDE = {
    # as many cards in as many columns; without columns Odoo shows a fifth of them
    "kanban": "contacts' kanban, in columns",
    "list, by profit": "contacts' list",
    "pivot of accounts": "contacts' list",
    "pivot of months": "contacts' list",
    "contact form": "Odoo's own contact form",
    "contacts' list with ours": "contacts' list",
    "contacts' kanban with ours": "contacts' kanban",
}


def print_results(results):
    """Print one column a size, and each ratio beside its target."""
    print_row("", [f"{size:,}" for size in results])
    for name, text in (
        ("account", "accounts"),
        ("move", "documents"),
        ("line", "journal items"),
        ("sheet", "analytic items"),
        ("facts", "facts"),
    ):
        print_row(text, [f"{figures[name]:,}" for figures in results.values()])
    print("\nSeconds")
    for name in SECONDS:
        print_row(name, [f"{figures[name]:.2f}" for figures in results.values()])
    print("\nRatios")
    for name, target, ratio in ratios():
        values = [ratio(figures) for figures in results.values()]
        print_row(name, [f"{value:.2f}" for value in values], values, target)
    print_growth(results)
    print("\nScreens: milliseconds and queries of the server")
    for screen in next(iter(results.values()))["screens"]:
        cells = []
        for figures in results.values():
            seconds, queries = figures["screens"][screen]
            cells.append(f"{1000 * seconds:.0f} ms {queries:4}")
        print_row(screen, cells)
    for screen, other in BESIDE.items():
        values = [
            figures["screens"][screen][0] / figures["screens"][other][0]
            for figures in results.values()
        ]
        cells = [f"{value:.2f}" for value in values]
        print_row(f"{screen} / {other}", cells, values, SCREEN_TARGET)


def ratios():
    """Yield the name of each ratio, the most it may be, and how it is computed."""
    yield "facts again / floor", 2.5, lambda f: f["facts again"] / f["floor"]
    # once in the life of a database: nearly half of it is writing rows with indexes,
    # each with its account looked up, which the floor does not do
    yield (
        "facts into empty months / floor",
        None,
        lambda f: f["facts into empty months"] / f["floor"],
    )
    yield (
        "refresh, 1% changed / full",
        0.2,
        lambda f: f["refresh, 1% changed"] / f["refresh, full"],
    )
    for refresh, target in REFRESHES.items():
        yield (
            f"{refresh}: voice and behaviours / floor",
            target,
            lambda f, refresh=refresh: (
                sum(f[f"{refresh}: {what}"] for what in VOICE) / f["floor"]
            ),
        )
    yield "memory over idle, MB", 400, lambda f: f["memory over idle, MB"]


def print_growth(results):
    if len(results) < 2:
        return
    small, large = results[min(results)], results[max(results)]
    factor = max(results) / min(results)
    target = GROWTH_TARGET * factor / 5
    print(f"\nGrowth, {factor:.0f} times the accounts")
    for name in ("facts again", "facts into empty months", "refresh, full"):
        value = large[name] / small[name]
        print_row(name, [f"{value:.2f}"], [value], target)


if __name__ == "__main__":
    sys.exit(main())
