import numpy as np
import pytest
from engine.lifetime_value import occasions, plain_value
from hypothesis import given
from hypothesis import strategies as st

money = st.floats(-1e9, 1e9)
rate = st.floats(0, 365)
years = st.floats(0.01, 50)


def test_published_example():
    """300 at each of 24 visits a year: 7,200 a year, 36,000 in five years."""
    assert plain_value([300], [24], 1).tolist() == [7200]
    assert plain_value([300], [24], 5).tolist() == [36000]


def test_single_visit_is_worth_itself():
    assert plain_value([300], [0], 5).tolist() == [300]


def test_no_horizon_no_value():
    assert plain_value([300, 300], [24, 0], 0).tolist() == [0, 0]


def test_losses_stay_negative():
    assert plain_value([-20], [10], 3).tolist() == [-600]


def test_empty_portfolio():
    assert plain_value([], [], 5).tolist() == []


@given(money, rate, years, st.floats(0.001, 1000))
def test_scaling_money_scales_value(value, frequency, horizon, factor):
    assert np.allclose(
        plain_value([value * factor], [frequency], horizon),
        factor * plain_value([value], [frequency], horizon),
    )


@given(st.floats(0, 1e9), rate, rate, years)
def test_more_visits_are_never_worth_less(value, frequency, more, horizon):
    fewer = plain_value([value], [frequency], horizon)
    assert plain_value([value], [frequency + more], horizon) >= fewer


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, float("nan")], 1, 1), "value: row 1 is nan, not a finite number"),
        (([1], [float("inf")], 1), "frequency: row 0 is inf, not a finite number"),
        (([1, 2], [1, -1], 1), "frequency: row 1 is -1.0, below 0"),
        (([1, 2], [1, 2, 3], 1), "frequency: expected 2 rows, got 3"),
        (([1], [1], -1), "years: row 0 is -1.0, below 0"),
        ((["x"], [1], 1), "value: not a list of numbers"),
    ],
)
def test_bad_input_names_field_and_row(arguments, message):
    with pytest.raises(ValueError, match=message):
        plain_value(*arguments)


def test_value_of_a_year_is_the_profit_of_a_year():
    """Half a year with 12 visits at 300 each, and 40 visits before."""
    value, frequency = occasions([3600], [12], [52], years=0.5)
    assert (value.tolist(), frequency.tolist()) == ([300], [24])
    assert plain_value(value, frequency, 1).tolist() == [7200]


def test_occasions_without_rhythm():
    """Seen once, only costs, gone since before the window."""
    value, frequency = occasions([300, -80, 0], [1, 0, 0], [1, 0, 30], years=1)
    assert plain_value(value, frequency, 5).tolist() == [300, -80, 0]


@given(st.lists(st.tuples(money, st.integers(0, 400), st.integers(0, 400))), years)
def test_occasions_are_always_finite(rows, observed):
    profit, orders, before = map(list, zip(*rows, strict=True)) if rows else ([],) * 3
    ever = [now + then for now, then in zip(orders, before, strict=True)]
    value, frequency = occasions(profit, orders, ever, observed)
    assert np.isfinite(plain_value(value, frequency, 5)).all()


def test_observed_years_must_be_some():
    with pytest.raises(ValueError, match="years: 0 is not above 0"):
        occasions([1], [1], [1], years=0)
