"""Time finding groups in a large portfolio, and asking all rules of groups.

Uses the portfolios of `profit_facts.py` and prints ratios beside their targets, against
the floor of the facts, measured in the same run. `--quick` or SIZE=20000 measures a
small portfolio only.
"""

import sys

from bulk import workshop
from bulk.measuring import (
    Memory,
    import_engine,
    measure_floor,
    print_row,
    run,
    seconds_of,
)

from odoo.fields import Command

TARGET = 2  # times the floor
MEMORY_TARGET = 400  # MB
# A company that has thought of a rule for everybody
RULES = (
    ("[('revenue', '>', 20000)]", ""),
    ("[('revenue', '>', 8000), ('profit_rate', '>', 0.4)]", ""),
    ("[('profit', '<', 0), ('hours', '>', 10)]", ""),
    ("[('result', '=', 'loss')]", ""),
    ("[('order_count', '>=', 10), ('order_gap_variation', '<', 0.8)]", ""),
    ("[('product_count', '>=', 12)]", ""),
    ("[('lifecycle_stage', '=', 'at_risk')]", ""),
    ("[('lifecycle_stage', '=', 'lost')]", ""),
    ("[('value_band', 'in', ['4_major', '3_large'])]", ""),
    ("[('first_order_date', '>=', '-12m')]", ""),
    ("", "[('country_id.code', '=', 'FR')]"),
    ("[('revenue', '>', 1000)]", "[('country_id.code', 'in', ['DE', 'ES'])]"),
    ("", "[('name', 'ilike', 'customer 7')]"),
    ("[('month_ids.revenue', '<', 0)]", ""),
    ("['|', ('tier_id.name', '=', 'A'), ('serving_cost', '>', 100)]", ""),
    ("", "[('email', '=', False)]"),
)


def main():
    return run(__file__, measure, print_results)


def measure(name):
    """Return the figures of one portfolio."""
    figures = {}
    with workshop.environment(name) as env:
        company = env.ref("base.main_company")
        forget_groups(env)
        # last night's
        env["customer.account"]._refresh(company)
        env.cr.commit()
        env.invalidate_all()
        import_engine()
        before = measure_floor(env, company)
        with Memory() as memory:
            proposal = env["customer.group.proposal"].create({"company_id": company.id})
            figures["propose groups"] = timed(env, proposal.action_propose)
        figures["memory over idle, proposing, MB"] = memory.growth / 2**20
        figures["open the proposal"] = timed(env, lambda: show(proposal))
        figures["accounts"] = proposal.account_count
        figures["groups found"] = proposal.count
        check_members(env, proposal)
        make_rules(env, company)
        groups = env["customer.group"]
        with Memory() as memory:
            figures["ask all rules"] = timed(env, lambda: groups._evaluate(company))
        figures["memory over idle, rules, MB"] = memory.growth / 2**20
        changes, errors = groups._evaluate(company)
        if errors:
            raise ValueError(f"Rules that cannot be followed: {errors}")
        figures["accounts that rules would move"] = len(changes)
        after = measure_floor(env, company)
        figures["floor"] = (sum(before.values()) + sum(after.values())) / 2
        forget_groups(env)
    return figures


def forget_groups(env):
    """Begin without groups of this benchmark, whatever became of an earlier run."""
    env.cr.execute(
        """
        TRUNCATE customer_group_proposal CASCADE;
        UPDATE customer_account SET group_id = NULL WHERE group_id IS NOT NULL;
        DELETE FROM customer_group_history USING customer_group
         WHERE group_id = customer_group.id AND name ->> 'en_US' LIKE 'Benchmark %';
        DELETE FROM customer_group WHERE name ->> 'en_US' LIKE 'Benchmark %';
        """
    )
    env.cr.commit()
    env.invalidate_all()


def make_rules(env, company):
    """Save the rules as a manager: what such a person may read is asked, too."""
    manager = get_manager(env, company)
    env["customer.group"].with_user(manager).create(
        [
            {
                "name": f"Benchmark {number}",
                "sequence": number,
                "company_id": company.id,
                "account_domain": account,
                "partner_domain": partner,
            }
            for number, (account, partner) in enumerate(RULES)
        ]
    )
    env.cr.commit()
    env.invalidate_all()


def get_manager(env, company):
    """Return the manager of this benchmark, be it of an earlier run."""
    login = "benchmark_groups"
    users = env["res.users"]
    return users.search([("login", "=", login)]) or users.with_context(
        no_reset_password=True
    ).create(
        {
            "name": "Benchmark Manager",
            "login": login,
            "company_id": company.id,
            "company_ids": [Command.set(company.ids)],
            "group_ids": [
                Command.link(env.ref("customer_centricity.group_manager").id)
            ],
        }
    )


def show(proposal):
    """Read what the form of a proposal shows."""
    proposal.web_read(
        {
            "summary": {},
            "comparison": {},
            "explanation": {},
            "line_ids": {"fields": {"entering_count": {}, "staying_count": {}}},
        }
    )


def check_members(env, proposal):
    """Raise when an account was left out or is in two groups."""
    env.cr.execute(
        """
        SELECT COUNT(*), COUNT(DISTINCT member.id)
          FROM customer_group_proposal_line line
         CROSS JOIN unnest(line.account_ids) member(id)
         WHERE line.proposal_id = %s
        """,
        [proposal.id],
    )
    count, distinct = env.cr.fetchone()
    if not count == distinct == proposal.account_count:
        raise ValueError(f"{count} members, {distinct} of them distinct")


def timed(env, action):
    """Return the seconds of a step and of keeping what it did."""

    def run():
        action()
        env.cr.commit()

    seconds = seconds_of(run)
    env.invalidate_all()
    return seconds


def print_results(results):
    """Print one column a size, and each ratio beside its target."""
    columns = list(results.values())
    print_row("", [f"{size:,}" for size in results])
    for name in ("accounts", "groups found", "accounts that rules would move"):
        print_row(name, [f"{figures[name]:,}" for figures in columns])
    print("\nSeconds")
    for name in ("floor", "propose groups", "open the proposal", "ask all rules"):
        print_row(name, [f"{figures[name]:.2f}" for figures in columns])
    print("\nRatios")
    for name in ("propose groups", "ask all rules"):
        values = [figures[name] / figures["floor"] for figures in columns]
        cells = [f"{value:.2f}" for value in values]
        print_row(f"{name} / floor", cells, values, TARGET)
    for name in ("memory over idle, proposing, MB", "memory over idle, rules, MB"):
        values = [figures[name] for figures in columns]
        print_row(name, [f"{value:.0f}" for value in values], values, MEMORY_TARGET)


if __name__ == "__main__":
    sys.exit(main())
