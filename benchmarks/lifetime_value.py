"""Time the engine beside `lifetimes`, in one process, on the same simulated customers.

Prints a table of seconds and ratios. `--quick` leaves out the million accounts.
"""

import sys
import time
import tracemalloc
import warnings

import numpy as np
import pandas as pd
from engine.lifetime_value import curve_weights, discounted_value, month_ends
from engine.purchases import PurchaseModel
from engine.spend import SpendModel
from engine.transactions import purchase_history
from engine.valuation import Settings, value_portfolio
from lifetimes import BetaGeoFitter, GammaGammaFitter
from lifetimes.utils import summary_data_from_transaction_data

MONTHS = 36
YEARLY_RATE = 0.1
DAYS = 730
ORIGIN = pd.Timestamp("2024-01-01")
TRANSACTION_ACCOUNTS = 10_000


def transactions(size, seed=1):
    """Dated amounts of BG/NBD customers with gamma-gamma spending, two years long."""
    rng = np.random.default_rng(seed)
    rate, leave = rng.gamma(0.6, 1 / 20.0, size), rng.beta(0.8, 2.5, size)
    level = rng.gamma(4.0, 1 / 50.0, size)
    account, day = np.arange(size), rng.uniform(0, DAYS - 1, size)
    accounts, days = [], []
    while account.size:
        accounts.append(account)
        days.append(day)
        stays = rng.uniform(size=account.size) >= leave[account]
        stays |= len(days) == 1  # in BG nobody leaves after the first purchase
        account, day = account[stays], day[stays]
        day = day + rng.exponential(1 / rate[account])
        seen = day < DAYS
        account, day = account[seen], day[seen]
    account, day = np.concatenate(accounts), np.concatenate(days).astype(int)
    amount = rng.gamma(6.0, 1 / level[account])
    return pd.DataFrame(
        {
            "account": account,
            "date": ORIGIN + pd.to_timedelta(day, unit="D"),
            "amount": amount,
        }
    )


def timed(function, repeat=1):
    """Return the result and the least seconds it took."""
    seconds = []
    for _turn in range(repeat):
        start = time.perf_counter()
        result = function()
        seconds.append(time.perf_counter() - start)
    return result, min(seconds)


def report(what, size, ours, theirs=None):
    ratio = f"{theirs / ours:8.0f}x" if theirs else ""
    beside = f"{theirs:10.3f}" if theirs else " " * 10
    print(f"{what:<44}{size:>10,}{ours:>10.3f}{beside}{ratio}", flush=True)


def memory(*functions):
    """Return the most memory that is taken at a time, in MB; not timed."""
    tracemalloc.start()
    for function in functions:
        function()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20


def compare_models(size, repeat):
    history = purchase_history(transactions(size), ORIGIN + pd.Timedelta(days=DAYS))
    columns = [
        history[name].to_numpy(float) for name in ("frequency", "recency", "age")
    ]
    money = history["mean_value"].to_numpy()
    model, ours = timed(lambda: PurchaseModel("bg").fit(*columns), repeat)
    spend, ours_spend = timed(lambda: SpendModel().fit(columns[0], money), repeat)

    def value():
        weights = curve_weights(MONTHS, YEARLY_RATE)[:, None]
        purchases = model.purchase_curve(month_ends(MONTHS), *columns, weights=weights)
        return purchases[:, 0] * spend.expected_value(columns[0], money)

    values, ours_value = timed(value, repeat)
    extra = memory(lambda: PurchaseModel("bg").fit(*columns), value)
    # lifetimes wants a start close by for days: it gets weeks
    weeks = [columns[0], columns[1] / 7, columns[2] / 7]
    fitter, theirs = timed(lambda: BetaGeoFitter().fit(*weeks))
    repeaters = columns[0] > 0
    gamma, theirs_spend = timed(
        lambda: GammaGammaFitter().fit(columns[0][repeaters], money[repeaters])
    )
    rate = (1 + YEARLY_RATE) ** (1 / 12) - 1
    others, theirs_value = timed(
        lambda: gamma.customer_lifetime_value(
            fitter,
            *map(pd.Series, weeks),
            pd.Series(money),
            time=MONTHS,
            discount_rate=rate,
            freq="W",
        )
    )
    report("BG/NBD fit with standard errors", size, ours, theirs)
    report("Gamma-Gamma fit", size, ours_spend, theirs_spend)
    report(f"{MONTHS}-month discounted value", size, ours_value, theirs_value)
    # its months have 30 days, ours 30.44
    print(
        f"    value of the portfolio: {values.sum() / others.sum():.3f} of theirs; "
        f"extra memory {extra:.0f} MB"
    )


def compare_pipeline(size, repeat):
    """From transactions to values."""
    frame = transactions(size)
    end = ORIGIN + pd.Timedelta(days=DAYS)

    def ours():
        history = purchase_history(frame, end)
        columns = [
            history[name].to_numpy(float) for name in ("frequency", "recency", "age")
        ]
        money = history["mean_value"].to_numpy()
        model = PurchaseModel("bg").fit(*columns)
        spend = SpendModel().fit(columns[0], money)
        curve = model.purchase_curve(month_ends(MONTHS), *columns)
        return discounted_value(
            curve, spend.expected_value(columns[0], money), YEARLY_RATE
        )

    def theirs():
        summary = summary_data_from_transaction_data(
            frame,
            "account",
            "date",
            monetary_value_col="amount",
            observation_period_end=end,
            freq="D",
        )
        weeks = [summary["frequency"], summary["recency"] / 7, summary["T"] / 7]
        fitter = BetaGeoFitter().fit(*weeks)
        some = summary[summary["frequency"] > 0]
        gamma = GammaGammaFitter().fit(some["frequency"], some["monetary_value"])
        return gamma.customer_lifetime_value(
            fitter,
            *weeks,
            summary["monetary_value"],
            time=MONTHS,
            discount_rate=(1 + YEARLY_RATE) ** (1 / 12) - 1,
            freq="W",
        )

    report(
        "whole pipeline from transactions",
        size,
        timed(ours, repeat)[1],
        timed(theirs)[1],
    )


def measure_portfolio(size):
    """What the refresh does, with all that `lifetimes` has not: no comparison."""
    invoices = transactions(size)
    invoices["date"] = (invoices["date"] - ORIGIN).dt.days
    month = invoices.assign(month=invoices["date"] // 30)
    months = month.groupby(["account", "month"], as_index=False)["amount"].sum()
    months = months.rename(columns={"amount": "revenue"})
    months["product_cost"] = 0.6 * months["revenue"]
    months["serving_cost"] = 0.1 * months["revenue"]
    accounts = pd.DataFrame(index=range(size))
    accounts = accounts.assign(profit=0.0, orders=0, orders_ever=0, method="")
    seconds = timed(
        lambda: value_portfolio(accounts, invoices, months, Settings(end=DAYS))
    )[1]
    report("portfolio with regularity, backtest, intervals", size, seconds)


def main():
    warnings.simplefilter("ignore")  # of lifetimes
    print(f"{'':<44}{'accounts':>10}{'ours, s':>10}{'lifetimes':>10}{'ratio':>9}")
    compare_models(1000, 3)  # imports and first calls of both
    sizes = (10_000, 100_000) if "--quick" in sys.argv else (10_000, 100_000, 1_000_000)
    for size in sizes:
        compare_models(size, 3)
    compare_pipeline(TRANSACTION_ACCOUNTS, 3)
    measure_portfolio(TRANSACTION_ACCOUNTS)


if __name__ == "__main__":
    main()
