"""`make real`: the addon on a wholesaler's real invoices, checked against the file.

Loads the "Online Retail" data set (Daqing Chen, UCI Machine Learning Repository, 2015,
doi 10.24432/C5BW33, CC BY 4.0) into a database of its own, computes profit, value and
tiers as of the file's last day, and compares with what pandas makes of the file.
"""

import datetime
import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from bulk import workshop
from bulk.documents import SALE_KINDS, Documents
from environment.core import ROOT, Problem, digest, fail, say
from freezegun import freeze_time

from odoo.tests import Form
from odoo.tools import SQL

DATABASE = "customer_centricity_real"
DATA = ROOT.parent / "shared/data/online_retail.csv.gz"
LAST_DAY = datetime.date(2011, 12, 9)
# What is invoiced beside goods: postage, discounts, fees, samples
CHARGES = (
    *("AMAZONFEE", "B", "BANK CHARGES", "C2", "CRUK", "D", "DOT", "M", "POST", "S"),
    *("GIFT_0001_10", "GIFT_0001_20", "GIFT_0001_30", "GIFT_0001_40", "GIFT_0001_50"),
)
# Countries as the file names them, where Odoo names them otherwise
COUNTRIES = {
    "EIRE": "IE",
    "USA": "US",
    "RSA": "ZA",
    "Czech Republic": "CZ",
    "Hong Kong": "HK",
    "Channel Islands": "JE",
}
DECIMALS = 3  # of the file's prices


def main():
    path = Path(os.environ.get("DATA") or DATA)
    if not path.exists():
        raise Problem(
            f"There are no invoices at {path}.\nDownload the data set “Online Retail” "
            "of the UCI Machine Learning Repository (doi 10.24432/C5BW33), save its "
            "table as CSV\nand name the file: make real DATA=online_retail.csv.gz"
        )
    watch = workshop.Watch()
    with watch.step("reading the file"):
        invoices = read(path)
    sources = [Path(__file__), *sorted((ROOT / "dev/bulk").glob("*.py"))]
    content = digest(path, *sources)
    if not workshop.prepare(DATABASE, content, ["l10n_uk"]):
        with workshop.environment(DATABASE) as env, watch.step("writing the documents"):
            load(env, invoices)
        workshop.vacuum(DATABASE)
        workshop.mark_filled(DATABASE, content)
    with workshop.environment(DATABASE) as env:
        # pandas does not take a frozen calendar for one when first imported under it
        from odoo.addons.customer_centricity.engine import valuation  # noqa: F401

        company = env.ref("base.main_company")
        with freeze_time(LAST_DAY, tick=True):
            with watch.step("facts by month"):
                env["customer.profit.month"]._rebuild(company)
                env.cr.commit()
            with watch.step("facts, figures, values and tiers"):
                env["customer.account"]._refresh(company)
                env.cr.commit()
            print_portfolio(env, company)
            print_value_model(env, company)
        differences = compare(env, company, invoices)
        print_traps(env, company)
        differences += try_documents(env)
    print("\nSeconds")
    for name, seconds in watch.seconds.items():
        print(f"    {name:<44}{seconds:>10.1f}")
    return 1 if differences else 0


# ----------------------------------------------------------------------
# From the file to documents
# ----------------------------------------------------------------------


def read(path):
    """Return the file's lines; the customer is 0 where none is named."""
    invoices = pd.read_csv(path, dtype={"InvoiceNo": str, "StockCode": str})
    invoices["customer"] = invoices["CustomerID"].fillna(0).astype(int)
    # "85123a" is "85123A", and "m" is "M"
    invoices["code"] = invoices["StockCode"].str.upper()
    invoices["at"] = pd.to_datetime(invoices["InvoiceDate"])
    return invoices


def load(env, invoices):
    """Write customers, products and posted documents."""
    company = prepare_company(env)
    documents = Documents(env, company)
    partners = load_partners(env, documents, invoices)
    products = load_products(documents, invoices)
    moves = invoices.groupby("InvoiceNo", as_index=False).agg(
        customer=("customer", "first"), at=("at", "min")
    )
    is_credit = moves["InvoiceNo"].str.startswith("C")
    is_named = moves["customer"] > 0
    # Counter sales: a receipt needs no customer. A credit note does, and so does what
    # corrects a bad debt: without one, they are booked as entries.
    moves["kind"] = np.select(
        [is_named & is_credit, is_named, moves["InvoiceNo"].str.match(r"\d")],
        ["out_refund", "out_invoice", "out_receipt"],
        "entry",
    )
    moves = moves.sort_values(["at", "InvoiceNo"]).reset_index(drop=True)
    moves["partner"] = moves["customer"].map(partners).astype("Int64")
    moves["date"], moves["ref"] = moves["at"].dt.date, moves["InvoiceNo"]
    position = pd.Series(moves.index, index=moves["InvoiceNo"])
    moves["reverses"] = (
        moves["InvoiceNo"].map(credited_invoices(invoices)).map(position)
    ).astype("Int64")
    say(
        f"{is_credit[is_credit].size:,} credit notes, of which "
        f"{moves['reverses'].notna().sum():,} name the invoice they take back"
    )
    lines = pd.DataFrame(
        {
            "document": invoices["InvoiceNo"].map(position),
            "product": invoices["code"].map(products),
            "name": invoices["Description"].fillna(invoices["StockCode"]),
            "quantity": invoices["Quantity"],
            "price": invoices["UnitPrice"],
        }
    )
    credited = moves["kind"].eq("out_refund").to_numpy()[lines["document"]]
    lines.loc[credited, "quantity"] *= -1
    documents.sales(moves, lines.sort_values("document", kind="stable"), days_due=30)


def prepare_company(env):
    """Give the company the books of a British one: its chart of accounts, pounds."""
    company = env.ref("base.main_company")
    company.write({"name": "Wholesaler", "country_id": env.ref("base.uk").id})
    env["account.chart.template"].try_loading("uk", company, install_demo=False)
    if company.currency_id.name != "GBP":
        raise Problem(f"The books are kept in {company.currency_id.name}, not in GBP.")
    precision = env.ref("product.decimal_price")
    precision.digits = max(precision.digits, DECIMALS)
    return company


def load_partners(env, documents, invoices):
    """Write the customers; return their ids by the file's numbers."""
    customers = invoices[invoices["customer"] > 0].groupby("customer")["Country"].last()
    known = {
        country.name: country.id
        for country in env["res.country"].with_context(lang="en_US").search([])
    }
    codes = {country.code: country.id for country in env["res.country"].search([])}
    known |= {name: codes[code] for name, code in COUNTRIES.items()}
    first = documents.partners(
        pd.DataFrame(
            {
                "name": [f"Customer {number}" for number in customers.index],
                # "Unspecified" and "European Community" are no countries
                "country": customers.map(known).astype("Int64").to_numpy(),
            }
        )
    )
    return pd.Series(range(first, first + len(customers)), index=customers.index)


def load_products(documents, invoices):
    """Write the products; return their ids by the file's codes.

    The file knows no cost of what was sold.
    """
    sold = invoices[invoices["UnitPrice"] > 0]
    products = pd.DataFrame(
        {
            "name": invoices.groupby("code")["Description"].first(),
            "price": sold.groupby("code")["UnitPrice"].median().round(2),
        }
    ).fillna({"price": 0})
    products["code"] = products.index
    products["name"] = products["name"].fillna(products["code"])
    products["cost"] = 0
    products["kind"] = np.where(products["code"].isin(CHARGES), "service", "consu")
    first = documents.products(products)
    return pd.Series(range(first, first + len(products)), index=products.index)


def credited_invoices(invoices):
    """Return the invoice that a credit note takes back, where it is beyond doubt.

    All that is credited was sold on one earlier invoice of the customer, in the same
    quantities and at the same prices; there is no other such invoice, and no other
    credit note that fits it.
    """
    named = invoices[invoices["customer"] > 0]
    key = ["customer", "code", "UnitPrice"]
    lines = named.groupby(["InvoiceNo", *key], as_index=False).agg(
        quantity=("Quantity", "sum"), at=("at", "min")
    )
    is_credit = lines["InvoiceNo"].str.startswith("C")
    credits, sales = lines[is_credit].copy(), lines[~is_credit]
    credits["quantity"] *= -1
    size = credits.groupby("InvoiceNo").size()
    pairs = credits.merge(sales, on=[*key, "quantity"], suffixes=("", "_sale"))
    pairs = pairs[pairs["at_sale"] <= pairs["at"]]
    found = pairs.groupby(["InvoiceNo", "InvoiceNo_sale"]).size().reset_index(name="n")
    found = found[found["n"] == found["InvoiceNo"].map(size)]
    for column in ("InvoiceNo", "InvoiceNo_sale"):
        found = found[~found[column].duplicated(keep=False)]
    return found.set_index("InvoiceNo")["InvoiceNo_sale"]


# ----------------------------------------------------------------------
# What came of it
# ----------------------------------------------------------------------


def print_portfolio(env, company):
    """Print the accounts by tier and by result, and the whale curve's figures."""
    from odoo.addons.customer_centricity.engine import portfolio

    accounts = env["customer.account"].search([("company_id", "=", company.id)])
    start, end = accounts._get_window(company)
    print(
        f"\nPortfolio as of {LAST_DAY}, profit from {start} to before {end}, "
        f"in {company.currency_id.name}"
    )
    header = ("accounts", "revenue", "profit", "lifetime value")
    for field in ("tier_id", "result"):
        print(f"\n    {field:<14}" + "".join(f"{name:>16}" for name in header))
        rows = env["customer.account"]._read_group(
            [("company_id", "=", company.id)],
            [field],
            ["__count", "revenue:sum", "profit:sum", "lifetime_value:sum"],
        )
        for value, *figures in rows:
            name = value.name if field == "tier_id" else value
            print(f"    {name or '-':<14}" + "".join(f"{x:>16,.0f}" for x in figures))
        totals = [sum(column) for column in list(zip(*rows, strict=True))[1:]]
        print(f"    {'together':<14}" + "".join(f"{x:>16,.0f}" for x in totals))
    profit = accounts.mapped("profit")
    curve = portfolio.whale_curve(profit)
    print("\nWhale curve of the profit")
    for best in (0.01, 0.05, 0.1, 0.2, 0.5):
        share = portfolio.concentration(profit, best)
        print(f"    the best {best:>4.0%} of the accounts make {share:>7.1%}")
    print(
        f"    peak: {curve.peak:,.2f}, {curve.peak_share:.2%} of the total, reached by "
        f"{curve.peak_account_share:.1%} of the accounts"
    )
    print(f"    end of the curve: {curve.total:,.2f}")
    print(f"    without cost: {sum(accounts.mapped('uncosted_revenue')):,.2f}")


def print_value_model(env, company):
    """Print what was learnt, and how the forecast did on the last part of the file."""
    model = env["customer.value.model"]._get_latest(company)
    print("\nLifetime value")
    print(f"    {model.reason or model.reason_code}")
    figures = {
        "accounts": f"{model.account_count:,}",
        "value": f"{model.total:,.0f} ({model.total_low:,.0f} to "
        f"{model.total_high:,.0f})",
        "orders a year": f"{model.yearly_orders:.2f}",
        "leave after an order": f"{model.leave_rate:.1%}",
        "average order": f"{model.order_value:,.2f}",
        "backtest": f"{model.grade}, {model.holdout_days} days",
        "mean error": f"{model.forecast_mae:.3f}, own rates {model.naive_mae:.3f}",
        "squared error": f"{model.forecast_rmse:.3f}, own rates {model.naive_rmse:.3f}",
    }
    for name, text in figures.items():
        print(f"    {name:<24}{text}")


def compare(env, company, invoices):
    """Compare with pandas' sums of the file; return how many figures differ."""
    pence = pd.Series(in_pence(invoices), index=invoices.index)
    expected = pence.groupby(invoices["customer"]).sum()
    nobody = expected.pop(0)
    rows = env.execute_query(
        SQL(
            """
            SELECT SUBSTRING(partner.name FROM '\\d+$')::int, SUM(month.revenue)
              FROM customer_profit_month month
              JOIN customer_account account ON account.id = month.account_id
              JOIN res_partner partner ON partner.id = account.partner_id
             WHERE account.company_id = %s
             GROUP BY 1
            """,
            company.id,
        )
    )
    found = pd.Series({number: round(100 * revenue) for number, revenue in rows})
    [[ledger]] = env.execute_query(
        SQL(
            """
            SELECT -SUM(line.balance) FROM account_move_line line
              JOIN account_account account ON account.id = line.account_id
             WHERE line.company_id = %s AND line.parent_state = 'posted'
               AND account.account_type IN ('income', 'income_other')
            """,
            company.id,
        )
    )
    months = env["customer.reconciliation"].search([("company_id", "=", company.id)])
    customers = expected.index.union(found.index)
    beside = pd.DataFrame({"file": expected, "facts": found}, index=customers)
    wrong = beside[beside["file"] != beside["facts"]]
    totals = {
        "customers": (len(expected), len(found)),
        "revenue of customers": (expected.sum() / 100, found.sum() / 100),
        "ledger, counter sales included": (pence.sum() / 100, float(ledger)),
        "of nobody": (nobody / 100, float(ledger) - found.sum() / 100),
        "reconciled with the ledger": (
            pence.sum() / 100,
            sum(months.mapped("ledger_revenue")),
        ),
        "left unexplained": (0, sum(abs(month.difference) for month in months)),
    }
    print(f"\n{'Compared with the file':<38}{'pandas':>16}{'addon':>16}")
    for name, (left, right) in totals.items():
        print(f"    {name:<34}{left:>16,.2f}{right:>16,.2f}")
    print(f"    {'customers whose revenue differs':<50}{len(wrong):>16,}")
    if len(wrong):
        print(wrong.head(20).to_string())
    return len(wrong) + sum(round(a - b, 2) != 0 for a, b in totals.values())


def print_traps(env, company):
    """Print how what makes this file hard to read came out."""
    [[invoices, days]] = env.execute_query(
        SQL(
            """
            SELECT COUNT(*), COUNT(DISTINCT (partner_id, invoice_date))
              FROM account_move
             WHERE company_id = %s AND state = 'posted' AND move_type = 'out_invoice'
            """,
            company.id,
        )
    )
    [[orders, worthless]] = env.execute_query(
        SQL(
            """
            SELECT SUM(orders), COUNT(*) FILTER (WHERE revenue <= 0)
              FROM (
                  SELECT SUM(month.order_count) AS orders,
                         SUM(month.revenue) AS revenue
                    FROM customer_profit_month month
                    JOIN customer_account account ON account.id = month.account_id
                   WHERE account.company_id = %s
                   GROUP BY account.id
              ) account
            """,
            company.id,
        )
    )
    print(
        f"\nInvoices: {invoices:,} on {days:,} days of a customer, "
        f"{orders:,.0f} orders (invoices credited whole are none)\n"
        f"Customers whose revenue is zero or less in the whole file: {worthless:,}\n"
        "Largest credit notes, and what they take back:"
    )
    for refund in env["account.move"].search(
        [("company_id", "=", company.id), ("move_type", "=", "out_refund")],
        order="amount_untaxed desc",
        limit=3,
    ):
        print(
            f"    {refund.date} {refund.ref:<10}{refund.amount_untaxed:>14,.2f}  "
            f"{refund.reversed_entry_id.ref or 'not known'}"
        )


def in_pence(invoices):
    """Return the lines' amounts in pence, rounded half up, without a float's error."""
    quantity = invoices["Quantity"].round().astype("int64").to_numpy()
    thousandths = (invoices["UnitPrice"] * 1000).round().astype("int64").to_numpy()
    amount = quantity * thousandths
    return np.sign(amount) * ((np.abs(amount) + 5) // 10)


def try_documents(env):
    """Open, report on and credit one invoice, as people do; keep nothing."""
    failures = 0
    savepoint = env.cr.savepoint()
    invoice = env["account.move"].search(
        [("move_type", "=", "out_invoice"), ("amount_total", ">", 100)], limit=1
    )
    print("\nTried on an invoice")
    for name, trial in (
        ("recompute", try_recomputing),
        ("open", try_opening),
        ("report", try_reporting),
        ("credit", try_crediting),
    ):
        try:
            print(f"    {name:<12}{trial(env, invoice)}")
        except Exception as error:
            failures += 1
            print(f"    {name:<12}failed: {error}")
    savepoint.rollback()
    env.invalidate_all()
    return failures


def try_recomputing(env, _invoice):
    """Have Odoo compute what it stores of some documents: nothing must change."""
    moves = env["account.move"]
    for kind in SALE_KINDS:
        moves |= moves.search([("move_type", "=", kind)], limit=25)
    changed = []
    for records in (moves, moves.line_ids):
        # what people may type over is no mere function of the rest
        names = [
            name
            for name, field in records._fields.items()
            if field.store and field.compute and field.readonly and field.column_type
        ]
        before = records.read(names, load=None)
        for name in names:
            env.add_to_compute(records._fields[name], records)
        env.flush_all()
        env.invalidate_all()
        changed += [
            f"{records._name} {old['id']} {name}: {old[name]} became {new[name]}"
            for old, new in zip(before, records.read(names, load=None), strict=True)
            for name in names
            if old[name] != new[name]
        ]
    if changed:
        raise ValueError("; ".join(changed[:10]))
    return f"{len(moves)} documents, {len(moves.line_ids)} lines"


def try_opening(env, invoice):
    form = Form(invoice, view="account.view_move_form")
    if len(form.invoice_line_ids) != len(invoice.invoice_line_ids):
        raise ValueError("the form does not show the lines")
    return f"{invoice.name}, {len(invoice.invoice_line_ids)} lines"


def try_reporting(env, invoice):
    [(untaxed, lines)] = env["account.invoice.report"]._read_group(
        [("move_id", "=", invoice.id)], [], ["price_subtotal:sum", "__count"]
    )
    if round(untaxed - invoice.amount_untaxed, 2):
        raise ValueError(f"{untaxed} reported, {invoice.amount_untaxed} invoiced")
    return f"{untaxed:,.2f} in {lines} lines"


def try_crediting(env, invoice):
    wizard = (
        env["account.move.reversal"]
        .with_context(active_model="account.move", active_ids=invoice.ids)
        .create({"journal_id": invoice.journal_id.id, "date": LAST_DAY})
    )
    action = wizard.refund_moves()
    refund = env["account.move"].browse(action["res_id"])
    refund.action_post()
    if refund.state != "posted" or invoice.payment_state != "reversed":
        raise ValueError(f"{refund.state} credit note, invoice {invoice.payment_state}")
    return f"{refund.name}, invoice {invoice.payment_state}"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Problem as problem:
        fail(problem)
