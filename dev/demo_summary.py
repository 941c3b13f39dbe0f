"""Run by `make demo` in Odoo's shell: the first recompute and what came of it."""

from odoo.tools import formatLang
from odoo.tools.date_utils import subtract

from odoo.addons.customer_centricity.engine import portfolio

WIDTHS = (34, 6, 16, 16, 18)


def money(amount):
    return formatLang(env, amount, currency_obj=company.currency_id)  # noqa: F821


def print_table(title, accounts):
    """Print accounts with their tier, revenue, profit and lifetime value."""
    rows = [(title, "Tier", "Revenue", "Profit", "Lifetime value")]
    rows += [
        (
            account.display_name[:32],
            account.tier_id.name or "-",
            money(account.revenue),
            money(account.profit),
            money(account.lifetime_value),
        )
        for account in accounts
    ]
    print()
    for name, tier, *amounts in rows:
        columns = zip(amounts, WIDTHS[2:], strict=True)
        print(
            f"    {name:<{WIDTHS[0]}}{tier:<{WIDTHS[1]}}"
            + "".join(f"{amount:>{width}}" for amount, width in columns)
        )


def print_totals(accounts):
    """Print what the portfolio comes to, and how few accounts make its profit."""
    profits = accounts.mapped("profit")
    curve = portfolio.whale_curve(profits)
    losses = accounts.filtered(lambda account: account.result == "loss")
    start, end = accounts._get_window(company)
    print(f"\n{company.name}: {start:%B %Y} to {subtract(end, months=1):%B %Y}\n")
    print(f"    {len(accounts)} accounts")
    print(f"    revenue         {money(sum(accounts.mapped('revenue'))):>18}")
    print(f"    profit          {money(curve.total):>18}")
    print(f"    lifetime value  {money(sum(accounts.mapped('lifetime_value'))):>18}")
    counts = [
        sum(accounts.mapped(f"{kind}_count"))
        for kind in ("promoter", "passive", "detractor")
    ]
    [told] = env["customer.voiced"]._tell_nps([counts])  # noqa: F821
    print(f"    recommendation  {told['nps_label'] or 'nobody asked':>18}")
    best = 0.2
    if (share := portfolio.concentration(profits, best)) is not None:
        print(
            f"\n    The best {best:.0%} of accounts make {share:.0%} of the profit; at "
            f"its peak, the best {curve.peak_account_share:.0%}\n    make "
            f"{curve.peak_share:.0%} of it. {len(losses)} accounts lose "
            f"{money(-sum(losses.mapped('profit')))}."
        )
    findings = env["customer.quality.finding"].search(  # noqa: F821
        [("company_id", "=", company.id)]
    )
    print(
        f"\n    Data quality: grade {(company.customer_quality_grade or '-').upper()}"
    )
    labels = dict(findings._fields["code"]._description_selection(findings.env))
    for finding in findings:
        print(
            f"    {labels[finding.code]}: {finding.count_label}, "
            f"worth {money(finding.amount)}"
        )


def print_groups(groups):
    """Print the groups with their members, profit, exchange and intents."""
    print(f"\n    {'Group':<24}{'Accounts':>9}{'Profit':>14}    Exchange, intents")
    for group in groups:
        verdicts = dict(group._get_exchange_verdict_selection())
        told = [verdicts[group.exchange_verdict]] if group.exchange_id else []
        told += [
            f"{intent.name} ({intent.outcome_summary})"
            for intent in group.running_intent_ids
        ]
        print(
            f"    {group.name:<24}{group.account_count:>9}{money(group.profit):>14}"
            f"    {', '.join(told)}"
        )


companies = env["res.company"].search([])  # noqa: F821
env["customer.account"]._refresh(companies)  # noqa: F821
env.cr.commit()  # noqa: F821
company = env.ref("base.main_company")  # noqa: F821
everyone = env["customer.account"].search(  # noqa: F821
    [("company_id", "=", company.id)], order="profit desc, id"
)
print_totals(everyone)
print_table("Top five", everyone[:5])
print_table(
    "Loss-making", everyone.filtered(lambda a: a.result == "loss").sorted("profit")
)
print_groups(env["customer.group"].search([]))  # noqa: F821
