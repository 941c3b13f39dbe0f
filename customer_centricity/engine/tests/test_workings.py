"""The columns of a spreadsheet are what the engine computes on its own way."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from engine.expectation import Expectation
from engine.observation import observe
from engine.portfolio import Border, damped_tiers
from engine.purchases import PurchaseModel
from engine.settings import Settings
from engine.valuation import value_portfolio
from engine.workings import (
    NONE,
    discount_columns,
    facts,
    methods_of,
    month_by_month,
    order_columns,
    profit_columns,
    tier_limits,
    value_columns,
    work_out,
)

END = 1095


def portfolio(accounts=60):
    """Return frames of accounts: some buy like clockwork, and the last one never."""
    random = np.random.default_rng(3)
    rows = []
    for account in range(accounts):
        start = int(random.integers(0, 600))
        if account % 6 == 0:
            days = np.arange(start, END, 45)
        else:
            gaps = random.gamma(1.5, 40, 40)[: int(random.integers(0, 25))]
            days = start + np.concatenate([[0], np.cumsum(gaps)])
            days = days[days < END]
        rows += [(account, int(day), float(random.gamma(4, 25))) for day in days]
    invoices = pd.DataFrame(rows, columns=["account", "date", "amount"])
    months = pd.DataFrame(
        [
            (account, *random.gamma(3, 40, 3))
            for account in range(accounts)
            for _month in range(6)
        ],
        columns=["account", "revenue", "product_cost", "serving_cost"],
    )
    size = accounts + 1
    frame = pd.DataFrame(
        {
            "profit": random.normal(100, 60, size),
            "orders": random.integers(0, 6, size),
            "orders_ever": random.integers(1, 9, size),
            "method": "",
        },
        index=range(size),
    )
    frame.loc[[1, 2], "method"] = "plain"
    return frame, invoices, months


@pytest.fixture(scope="module")
def valued():
    """Return what was observed of a portfolio, settings, and what was learnt."""
    frames = portfolio()
    settings = Settings(end=END, months=42, yearly_rate=0.12)
    valuation = value_portfolio(*frames, settings)
    settings = replace(
        settings, holdout=valuation.report.holdout, ratio_unit=valuation.ratio_unit
    )
    return observe(*frames, settings), settings, valuation.learnt


@pytest.mark.parametrize("regularity", range(1, 7))
@pytest.mark.parametrize("weight", [0.0, 0.6, 1.0])
def test_columns_are_those_of_the_engine(valued, regularity, weight):
    observed, settings, learnt = valued
    model = PurchaseModel.from_parameters("mbg", 0.9, 40.0, 0.8, 3.0, regularity)
    learnt = learnt._replace(purchase_model=model, model_weight=weight, draws=[model])
    expected = Expectation(observed, settings, learnt).frame()
    table = work_out(observed, methods_of(observed, learnt), settings, learnt).table
    assert set(expected["method"]) == {"probabilistic", "contract", "plain"}
    for ours, theirs in (
        ("value", expected["value"].round(2)),
        ("expected_orders", expected["expected_orders"]),
        ("order_profit", expected["order_profit"]),
    ):
        np.testing.assert_allclose(table[ours], theirs, rtol=1e-9, atol=1e-9)
    some = (expected["expected_orders"] > NONE).to_numpy()
    np.testing.assert_allclose(
        table["discount"][some], expected["discount"][some], rtol=1e-9
    )
    modelled = (expected["method"] != "plain").to_numpy()
    np.testing.assert_allclose(
        table["alive"][modelled], expected["probability_alive"][modelled], rtol=1e-12
    )


def test_every_column_is_worked_out(valued):
    observed, settings, learnt = valued
    methods = methods_of(observed, learnt)
    table = work_out(observed, methods, settings, learnt).table
    regularity = learnt.purchase_model.regularity
    columns = [
        *facts(),
        *order_columns(settings.months, regularity),
        *profit_columns(True),
        *discount_columns(regularity),
        *value_columns(2),
    ]
    for column in columns:
        for method in ("probabilistic", "contract", "plain"):
            known = table[column.name][methods == method].notna()
            # a number where there is a formula, and nowhere else
            there = column.is_fact or method in column.formulas
            assert known.eq(there).all(), (column.name, method)


def test_a_value_without_a_calculation(valued):
    observed, settings, learnt = valued
    methods = np.full(len(observed), "typed", dtype=object)
    work = work_out(observed, methods, settings, learnt)
    assert work.table["value"].isna().all()
    assert (work.numbers == 1).all()


def test_months_come_to_the_value(valued):
    observed, settings, learnt = valued
    methods = methods_of(observed, learnt)
    table = work_out(observed, methods, settings, learnt).table
    for method in ("probabilistic", "contract", "plain"):
        place = int(np.argmax(methods == method))
        one = observed.iloc[[place]]
        curve = month_by_month(one, method, settings, learnt)
        assert curve.shape == (42,)
        assert (np.diff(curve) >= 0).all()
        assert curve[-1] == pytest.approx(table["expected_orders"].iloc[place])
    assert np.isnan(month_by_month(observed.iloc[[0]], "typed", settings, learnt)).all()


@pytest.mark.parametrize(
    "known",
    [
        [("amount", 100, 10), ("amount", 20, 3), ("amount", 0, 2), ("loss", 0, 2)],
        [("loss", 0, 2), ("amount", 100, 10), ("amount", -50, 5)],
        [("amount", np.inf, 0), ("amount", 50, 5), ("amount", 70, 5), ("loss", 0, 1)],
    ],
)
def test_limits_are_where_tiers_are_left(known):
    """Who is within the limits of the old tier stays there."""
    borders = [Border(*one) for one in known]
    values = np.arange(-120.0, 200.0, 0.5)
    for index, limit in enumerate(tier_limits(borders)):
        old = np.full(values.size, index)
        stays = damped_tiers(values, old, borders) == index
        if limit is None:
            assert not stays.any()
            continue
        begin, end = limit
        low = -np.inf if begin is None else _edge(borders[begin], -1)
        high = np.inf if end is None else _edge(borders[end], 1)
        np.testing.assert_array_equal(stays, (values >= low) & (values < high))


def _edge(border, sign):
    lowest = 0.0 if border.kind == "loss" else border.lowest
    return lowest + sign * border.width
