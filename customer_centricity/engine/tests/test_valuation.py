"""A portfolio from invoices to values, and the choice of its method."""

import json

import numpy as np
import pandas as pd
import pytest
from engine import valuation
from engine.backtest import Backtest
from engine.learnt import Learnt
from engine.select import account_methods, choose_method
from engine.uncertainty import even_points, total_interval, value_spread
from engine.valuation import COLUMNS, Settings, value_accounts, value_portfolio
from hypothesis import given, settings
from hypothesis import strategies as st

END = 1100


def purchases(account, days, amount=100.0):
    return [(account, float(day), amount) for day in days]


def books(rows, cost=0.4, serving=0.1, methods=None, accounts=()):
    """Return the three frames of a valuation; costs are shares of the revenue."""
    invoices = pd.DataFrame(rows, columns=["account", "date", "amount"])
    months = (
        invoices.assign(month=invoices["date"] // 30.4375)
        .groupby(["account", "month"], as_index=False)["amount"]
        .sum()
        .rename(columns={"amount": "revenue"})
    )
    months["product_cost"] = months["revenue"] * cost
    months["serving_cost"] = months["revenue"] * serving
    window = invoices[invoices["date"] > END - 365.25]
    index = sorted({*invoices["account"], *accounts})
    frame = pd.DataFrame(index=pd.Index(index))
    frame["profit"] = window.groupby("account")["amount"].sum() * (1 - cost - serving)
    frame["orders"] = window.groupby("account")["date"].nunique()
    frame["orders_ever"] = invoices.groupby("account")["date"].nunique()
    frame = frame.fillna(0).assign(method="")
    for account, method in (methods or {}).items():
        frame.loc[account, "method"] = method
    return frame, invoices, months


def crowd(size=40, seed=0):
    """Accounts that buy at random, at rates and amounts of their own."""
    rng = np.random.default_rng(seed)
    rows = []
    for account in range(size):
        gap, day = rng.uniform(15, 60), rng.uniform(0, 500)
        level = rng.uniform(50, 200)
        while day < END:
            rows.append(
                (account, float(int(day)), round(level * rng.uniform(0.5, 2), 2))
            )
            if rng.uniform() < 0.04:
                break
            day += rng.exponential(gap)
    return rows


def value(frames, **options):
    return value_portfolio(*frames, Settings(end=END, **options))


def test_value_is_the_product_of_what_explains_it():
    table = value(books(crowd())).accounts
    product = table["expected_orders"] * table["order_profit"] * table["discount"]
    assert table["value"].tolist() == pytest.approx(product.tolist())
    left = table["order_value"] * (table["margin"] - table["serving"])
    some = table["method"] != "plain"
    assert table["order_profit"][some].tolist() == pytest.approx(left[some].tolist())
    assert (table["low"] <= table["value"]).all()
    assert (table["value"] <= table["high"]).all()
    assert np.isfinite(table[list(COLUMNS)].to_numpy(float)).all()


def test_everybody_earns_half_of_the_revenue():
    """Costs of exactly 40% and 10%: every shrunk ratio is the same."""
    table = value(books(crowd())).accounts
    assert table["margin"].tolist() == pytest.approx([0.6] * len(table))
    assert table["serving"].tolist() == pytest.approx([0.1] * len(table))


def test_who_buys_more_often_and_lately_is_worth_more():
    rows = crowd()
    rows += purchases("often", np.sort(np.random.default_rng(1).uniform(0, END, 60)))
    rows += purchases("seldom", np.sort(np.random.default_rng(2).uniform(0, END, 12)))
    rows += purchases("gone", np.sort(np.random.default_rng(3).uniform(0, 300, 40)))
    rows = [(str(account), day, amount) for account, day, amount in rows]
    table = value(books(rows)).accounts
    assert table["value"]["often"] > table["value"]["seldom"] > table["value"]["gone"]
    assert table["status"]["gone"] == "lapsed"
    assert table["probability_alive"]["gone"] < 0.05
    assert table["probability_alive"]["often"] > 0.9


def test_odd_accounts_have_a_figure_and_a_status():
    """Of whole numbers, to be told from the crowd."""
    rows = crowd()
    rows += purchases(101, [1000])
    rows += purchases(102, range(5, END, 30))  # monthly, like clockwork
    rows += purchases(103, [300, 310, 322, 665, 680, 690, 1030, 1045])  # a season
    rows += purchases(104, [600], -80.0)  # credit notes only
    rows += purchases(105, [1050, 1070, 1098])  # new
    rows += purchases(106, range(5, 400, 30))  # a contract that ended
    frames = books(rows, accounts=[107])
    frames[0].loc[107, "profit"] = -500.0
    table = value(frames).accounts
    assert table["status"][[101, 102, 103, 104, 105, 106, 107]].tolist() == [
        "single_purchase",
        "regular",
        "seasonal",
        "no_purchase",
        "short_history",
        "lapsed",
        "no_purchase",
    ]
    assert table["method"][[101, 102, 103, 104]].tolist() == [
        "probabilistic",
        "contract",
        "contract",
        "plain",
    ]
    assert table["value"][101] > 0
    # twelve a year for five years at a profit of about 50, less those who may leave
    assert 0.5 * 60 < table["expected_orders"][102] <= 60
    # silent since 55 days, and rightly so
    assert table["probability_alive"][103] > 0.9
    assert table["value"][107] == -500
    assert table["value"][106] < 0.01 * table["value"][102]


def test_losses_stay_losses():
    table = value(books(crowd(), cost=0.9, serving=0.3)).accounts
    assert (table["value"] < 0).all()
    assert (table["high"] <= 1e-9).all()


def test_an_account_may_have_its_own_method():
    rows = crowd() + purchases(101, range(5, END, 30))
    frames = books(rows, methods={101: "plain", 3: "plain"})
    table = value(frames).accounts
    assert table["method"][[101, 3]].tolist() == ["plain", "plain"]
    window = [day for day in range(5, END, 30) if day > END - 365.25]
    assert table["value"][101] == pytest.approx(len(window) * 50 * 5)
    assert table["low"][101] == table["high"][101] == table["value"][101]


def test_portfolio_as_asked():
    frames = books(crowd())
    assert set(value(frames, method="plain").accounts["method"]) == {"plain"}
    contracts = value(frames, method="contract").accounts
    assert set(contracts["method"]) <= {"contract", "probabilistic"}


def test_a_higher_rate_and_a_shorter_horizon_are_worth_less():
    frames = books(crowd())
    base = value(frames).accounts["value"]
    assert (value(frames, yearly_rate=0.3).accounts["value"] <= base + 1e-9).all()
    assert (value(frames, months=24).accounts["value"] <= base + 1e-9).all()
    assert value(frames, months=0).total == 0


def test_scaling_money_scales_values():
    invoices = crowd()
    base = value(books(invoices))
    scaled = value(books([(a, day, 1000 * money) for a, day, money in invoices]))
    for name in ("value", "low", "high"):
        assert scaled.accounts[name].tolist() == pytest.approx(
            (1000 * base.accounts[name]).tolist(), rel=1e-4, abs=1e-3
        )
    assert scaled.low == pytest.approx(1000 * base.low, rel=1e-4)


def test_order_of_invoices_changes_nothing():
    frames = books(crowd())
    shuffled = frames[1].sample(frac=1, random_state=3), frames[2].sample(frac=1)
    one, other = value(frames), value((frames[0], *shuffled))
    for name in COLUMNS:
        assert other.accounts[name].tolist() == pytest.approx(
            one.accounts[name].tolist(), rel=1e-6, abs=1e-9
        )


@pytest.mark.filterwarnings("error::RuntimeWarning")
@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 9),
            st.integers(0, END).map(float),
            st.integers(-50_000, 50_000).map(lambda cents: cents / 100),
        ),
        max_size=60,
    ),
    st.sampled_from(["automatic", "probabilistic", "contract", "plain"]),
)
def test_any_books_have_values(rows, method):
    frames = books(rows, accounts=range(12))
    result = value(frames, method=method, months=24)
    assert len(result.accounts) == 12
    assert np.isfinite(result.accounts[list(COLUMNS)].to_numpy(float)).all()
    alive = result.accounts["probability_alive"]
    assert ((alive >= 0) & (alive <= 1)).all()
    assert np.isfinite([result.total, result.low, result.high]).all()


@pytest.mark.parametrize(
    ("asked", "purchases", "months", "status", "grade", "method", "code"),
    [
        ("plain", 99, 40, "ok", "good", "plain", "asked"),
        ("automatic", 0, 0, "ok", "none", "plain", "no_purchases"),
        ("automatic", 99, 8, "ok", "good", "plain", "short_history"),
        ("automatic", 9, 40, "insufficient_data", "none", "plain", "insufficient_data"),
        ("automatic", 99, 40, "ok", "none", "probabilistic", "not_tested"),
        ("automatic", 99, 40, "ok", "good", "probabilistic", "good"),
        ("automatic", 99, 40, "ok", "poor", "probabilistic", "poor"),
    ],
)
def test_choice_of_the_method(asked, purchases, months, status, grade, method, code):
    report = Backtest(None, 90.0, 50, grade=grade, model_weight=0.4)
    choice = choose_method(asked, purchases, months, 12, status, report)
    assert (choice.method, choice.code) == (method, code)
    assert choice.reason.endswith(".")


def test_unknown_method_is_refused():
    with pytest.raises(ValueError, match="method: 'best' is none of automatic"):
        value(books(crowd(5)), method="best")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a, i, m: (a.drop(columns="orders"), i, m), "orders: the frame has no"),
        (lambda a, i, m: (a, i, m.drop(columns="revenue")), "revenue: the frame has"),
        (lambda a, i, m: (a.assign(profit=np.nan), i, m), "profit: row 0 is nan"),
        (lambda a, i, m: (a, i, m.assign(revenue=np.inf)), "revenue: row 0 is inf"),
        (lambda a, i, m: (a.iloc[[0, 1, 1]], i, m), "account: row 2 is 1, there twice"),
        # money of an unknown account is not to be lost without a word
        (lambda a, i, m: (a.iloc[1:], i, m), "account: row 0 is 0, none of the acc"),
        (lambda a, i, m: (a.assign(method="best"), i, m), "method: row 0 is 'best'"),
    ],
)
def test_bad_frames_are_named(change, message):
    with pytest.raises(ValueError, match=message):
        value(change(*books(crowd(5))))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"months": -1}, "months: row 0 is -1.0, below 0"),
        ({"months": 2.5}, "months: row 0 is 2.5, not a whole"),
        ({"yearly_rate": -1}, "yearly_rate: -1 is not above -1"),
        ({"minimum_months": float("nan")}, "minimum_months: nan is not a finite"),
        ({"window_years": 0}, "window_years: 0 is not"),
        ({"level": 80}, "level: 80 is not a number from 0 to 1"),
    ],
)
def test_bad_settings_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        Settings(end=END, **options)


def test_bought_nothing_is_plain_whatever_was_asked():
    history = pd.DataFrame(
        {"occasions": [0, 1], "seasons": 0, "season_days": 0, "gap_variation": 0.0}
    )
    methods, _seasonal = account_methods(
        history,
        "probabilistic",
        np.array(["contract", "contract"], object),
        np.array([False, False]),
    )
    assert methods.tolist() == ["plain", "probabilistic"]


def test_intervals_against_simulation():
    """Three kinds of chance drawn at random instead of evenly, a hundred times more."""
    rng = np.random.default_rng(8)
    chances = np.array([0.2, 0.1, 0.3, 0.25, 0.15])
    shape, rate = 4.0, (9.0, 200.0)
    count = rng.choice(5, 200_000, p=chances)
    spent = np.where(count > 0, rng.gamma(shape * np.maximum(count, 1)), 0)
    spent = spent / rng.gamma(rate[0], 1 / rate[1], count.size)
    values = 0.8 * spent * rng.normal(0.4, 0.05, count.size)
    found = value_spread(
        chances[None], np.array([[rate[0]], [rate[1]]]), [0.4], [0.0025], [0.8], shape
    )
    width = np.quantile(values, 0.9) - np.quantile(values, 0.1)
    assert found.low[0] == pytest.approx(np.quantile(values, 0.1), abs=0.05 * width)
    assert found.high[0] == pytest.approx(np.quantile(values, 0.9), abs=0.05 * width)
    assert found.variance[0] == pytest.approx(values.var(), rel=0.1)


def test_even_points_are_even():
    points = even_points(256, 4)
    for dimension in points:
        counts, _edges = np.histogram(dimension, bins=16, range=(0, 1))
        assert counts.tolist() == [16] * 16


def test_a_common_error_widens_the_total():
    narrow = total_interval(1000, [100] * 4, common_error=0)
    wide = total_interval(1000, [100] * 4, common_error=0.2)
    # 1.2816 deviations of 20 either way
    assert narrow == pytest.approx((1000 - 25.631, 1000 + 25.631), abs=1e-3)
    assert wide[0] < narrow[0] and wide[1] > narrow[1]


def test_who_bought_once_is_worth_something_whatever_the_blend():
    """Also where the own rates forecast best: there is none of a single purchase."""
    rows = [row for row in crowd() if row[0] < 30]
    rows += [row for account in range(200, 260) for row in purchases(account, [700])]
    rows += purchases(300, [1060])
    result = value(books(rows))
    assert result.report.model_weight < 1
    assert result.accounts["value"][300] > 10


def test_single_accounts_by_what_was_learnt(monkeypatch):
    """Some accounts alone have the values that they have among all."""
    monkeypatch.setattr(valuation, "MANY_ACCOUNTS", 0)  # as in a large portfolio
    yearly = [(99, float(day), 300.0) for day in range(10, END, 30)]
    accounts, invoices, months = frames = books(crowd(60) + yearly)
    found = value(frames)
    kept = json.loads(json.dumps(found.learnt.to_dict()))
    some = [3, 17, 42, 99]
    alone = value_accounts(
        accounts.loc[some],
        invoices[invoices["account"].isin(some)],
        months[months["account"].isin(some)],
        Settings(end=END),
        Learnt.from_dict(kept),
    )
    expected = found.accounts.loc[some]
    assert expected.loc[99, "method"] == "contract"
    ranges = ["low", "high"]  # of distributions cut off where they end
    pd.testing.assert_frame_equal(
        alone.drop(columns=ranges), expected.drop(columns=ranges), rtol=1e-9
    )
    pd.testing.assert_frame_equal(alone[ranges], expected[ranges], rtol=1e-3)
