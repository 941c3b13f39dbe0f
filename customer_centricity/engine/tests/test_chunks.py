"""Accounts observed and valued some at a time, as a large portfolio is."""

import json

import numpy as np
import pandas as pd
import pytest
from engine import valuation
from engine.learnt import Learnt
from engine.packing import pack, unpack
from engine.settings import Settings
from engine.transactions import observed_span, purchase_history
from hypothesis import given, settings
from hypothesis import strategies as st

END = 1000


def portfolio(seed, size):
    """Return accounts, invoices and months of a portfolio with all kinds of buyers."""
    rng = np.random.default_rng(seed)
    rows = []
    for account in range(size):
        kind = rng.choice(["random", "contract", "season", "once", "nothing"])
        if kind == "random":
            days = np.cumsum(rng.exponential(rng.uniform(5, 90), rng.integers(1, 25)))
            days += rng.uniform(0, 400)
        elif kind == "contract":
            days = rng.uniform(0, 60) + 30 * np.arange(rng.integers(4, 32))
        elif kind == "season":
            days = [300 + 365 * year + 9 * visit for year in (0, 1) for visit in (0, 1)]
        else:
            days = rng.uniform(0, END, 1 if kind == "once" else 0)
        rows += [(account, np.floor(day), rng.uniform(5, 500)) for day in days]
    invoices = pd.DataFrame(rows, columns=["account", "date", "amount"])
    invoices = invoices.astype({"account": int, "date": float, "amount": float})
    invoices["document"] = np.arange(len(invoices))
    # credit notes, some of documents of others, some of credit notes
    some = invoices.sample(len(invoices) // 6, random_state=seed)
    credit = some.assign(
        date=some["date"] + rng.integers(0, 60, len(some)),
        amount=-some["amount"] * rng.uniform(0.2, 1, len(some)),
        reverses=some["document"],
        document=len(invoices) + np.arange(len(some)),
    )
    strays = rng.uniform(size=len(credit)) < 0.2
    credit.loc[strays, "account"] = rng.integers(0, size, strays.sum())
    invoices = pd.concat([invoices, credit]).sample(frac=1, random_state=seed)
    months = (
        invoices.assign(month=invoices["date"] // 30)
        .groupby(["account", "month"], as_index=False)["amount"]
        .sum()
        .rename(columns={"amount": "revenue"})
    )
    months["product_cost"] = months["revenue"] * rng.uniform(0.3, 0.9, len(months))
    months["serving_cost"] = rng.uniform(0, 30, len(months))
    window = invoices[invoices["date"] > END - 365]
    accounts = pd.DataFrame(index=pd.RangeIndex(size))
    accounts["profit"] = window.groupby("account")["amount"].sum()
    accounts["orders"] = window.groupby("account")["date"].nunique()
    accounts["orders_ever"] = invoices.groupby("account")["date"].nunique()
    accounts = accounts.fillna(0)
    accounts["method"] = rng.choice(["", "", "", "plain", "contract"], size)
    return accounts, invoices, months


def settle(frames, **options):
    """Return the settings as a caller settles them who holds no documents at once."""
    _accounts, invoices, months = frames
    revenue = months["revenue"]
    return Settings(end=END, **options).settled(
        observed_span(purchase_history(invoices, END)),
        np.nan_to_num(revenue[revenue > 0].mean()),
    )


def chunks(frames, size):
    accounts, invoices, months = frames
    for start in range(0, len(accounts), size):
        some = accounts.iloc[start : start + size]
        yield (
            some,
            invoices[invoices["account"].isin(some.index)],
            months[months["account"].isin(some.index)],
        )


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 10_000),
    st.integers(1, 60),
    st.integers(1, 70),
    st.integers(1, 70),
    st.sampled_from(["automatic", "probabilistic", "contract"]),
    st.booleans(),
)
def test_chunks_give_what_one_pass_gives(seed, size, step, other_step, method, many):
    """Whatever the size of the chunks, kept or not between the steps."""
    frames = portfolio(seed, size)
    before, valuation.MANY_ACCOUNTS = valuation.MANY_ACCOUNTS, 0 if many else 2000
    try:
        whole = valuation.value_portfolio(*frames, Settings(end=END, method=method))
        settled = settle(frames, method=method)
        observed = pd.concat(
            unpack(pack(valuation.observe(*chunk, settled)))
            for chunk in chunks(frames, step)
        )
        lesson = valuation.learn(observed, settled)
    finally:
        valuation.MANY_ACCOUNTS = before
    learnt = Learnt.from_dict(json.loads(json.dumps(lesson.learnt.to_dict())))
    values = pd.concat(
        valuation.value(observed.iloc[start : start + other_step], settled, learnt)
        for start in range(0, size, other_step)
    )
    assert lesson.choice == whole.choice
    assert lesson.report == whole.report
    pd.testing.assert_frame_equal(
        values.drop(columns="variance"),
        whole.accounts,
        rtol=1e-9,
        atol=1e-9,
        check_index_type=False,
    )
    assert values["value"].sum() == pytest.approx(whole.total)


def test_what_depends_on_the_portfolio_is_to_be_settled():
    frames = portfolio(1, 5)
    with pytest.raises(ValueError, match="holdout: not settled"):
        valuation.observe(*frames, Settings(end=END))
    with pytest.raises(ValueError, match="ratio_unit: not settled"):
        valuation.observe(*frames, Settings(end=END, holdout=0))


def test_learnt_by_an_earlier_version():
    """Kept without what has been added since."""
    frames = portfolio(1, 30)
    kept = valuation.value_portfolio(*frames, Settings(end=END)).learnt.to_dict()
    del kept["draws"], kept["common_error"]
    learnt = Learnt.from_dict(kept)
    assert [model.params for model in learnt.draws] == [learnt.purchase_model.params]
    assert learnt.common_error == 0.25
    assert len(valuation.value_accounts(*frames, Settings(end=END), learnt)) == 30
