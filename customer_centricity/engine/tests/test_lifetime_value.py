import numpy as np
import pytest
from engine.lifetime_value import (
    discount_factors,
    discounted_value,
    last_year_share,
    month_ends,
    occasions,
    plain_value,
)
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


def test_discounted_value_by_hand():
    """One purchase a month worth 10, at 21% a year: 10% for each half of it."""
    curve = [[1, 2, 3, 4, 5, 6]]
    monthly = 1.21 ** (1 / 12)
    expected = sum(10 / monthly**month for month in range(1, 7))
    assert discounted_value(curve, 10, 0.21).tolist() == pytest.approx([expected])
    assert discount_factors(6, 0.21)[5] == pytest.approx(1 / 1.1)


def test_no_rate_and_no_horizon():
    assert discounted_value([[1, 3]], 10, 0).tolist() == [30]
    assert discounted_value(np.zeros((2, 0)), [10, 20], 0.1).tolist() == [0, 0]
    assert month_ends(0).size == 0


def test_months_of_any_unit():
    assert month_ends(12)[-1] == pytest.approx(365.25)
    assert month_ends(12, unit=7)[-1] == pytest.approx(365.25 / 7)


curves = st.lists(st.floats(0, 5), min_size=1, max_size=40).map(np.cumsum)


@given(curves, money, st.floats(0, 0.5), st.floats(0.01, 0.5), st.floats(0.01, 100))
def test_value_follows_margin_rate_and_money(curve, profit, rate, more, factor):
    value = discounted_value([curve], profit, rate)[0]
    dearer = discounted_value([curve], profit + abs(profit) * more, rate)[0]
    assert dearer >= value - 1e-9 * abs(value)
    later = discounted_value([curve], abs(profit), rate + more)[0]
    assert later <= abs(value) * (1 + 1e-9) + 1e-300
    scaled = discounted_value([curve], profit * factor, rate)[0]
    assert scaled == pytest.approx(value * factor, rel=1e-9, abs=1e-300)


@given(curves, st.floats(0, 0.5))
def test_shares_of_the_last_year(curve, rate):
    share = last_year_share([curve], rate)[0]
    assert -1e-9 <= share <= 1 + 1e-9
    if curve.size <= 12 and curve[-1] > 0:
        assert share == pytest.approx(1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: discounted_value([[1, 2]], 1, -1), "yearly_rate: -1 is not above -1"),
        (lambda: discounted_value([[1, 2]], 1, -2), "yearly_rate: -2 is not above -1"),
        (lambda: discounted_value([[2, 1]], 1, 0), "expected: row 0 .* that falls"),
        (
            lambda: discounted_value([[1, 2], [1, float("nan")]], 1, 0),
            "expected: row 1 .* not finite",
        ),
        (lambda: discounted_value([[1, 2]], [1, 2], 0), "profit: expected 1 rows"),
        (lambda: discounted_value([[1], [1, 2]], 1, 0), "expected: not rows of num"),
        (lambda: month_ends(3, unit=-1), "unit: -1 is not a number from"),
        (lambda: occasions([1], [1], [1], years="x"), "years: 'x' is not a number"),
        (lambda: month_ends(1.5), "months: row 0 is 1.5, not a whole number"),
        (lambda: discount_factors(3, float("nan")), "yearly_rate: nan is not a finite"),
    ],
)
def test_bad_curves_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
