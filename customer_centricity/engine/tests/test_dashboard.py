"""What the dashboard draws and tells of who makes the profit."""

import itertools

import numpy as np
import pytest
from engine.portfolio import best_count, curve_points, gini, whale_curve
from engine.uncertainty import part_interval, total_interval, variance_excess
from hypothesis import given
from hypothesis import strategies as st

amounts = st.lists(st.integers(-(10**7), 10**7), max_size=60)
earned = st.lists(st.integers(1, 10**7), min_size=1, max_size=60)


def test_gini_by_hand():
    """Of 1, 3 and 8: pairs differ by 2, 5 and 7, on average 2 x 14 / 9.

    The mean is 4, so G = 28 / 9 / (2 x 4) = 7/18.
    """
    assert gini([8, 1, 3]) == pytest.approx(7 / 18)
    assert gini([8, 1, 3, 0, -100]) == pytest.approx(7 / 18), "losers do not count"
    assert gini([5]) == 0
    assert gini([0, 0, 0, 12]) == 0, "one makes all of it, and no other makes any"


@pytest.mark.parametrize("profit", [[], [0], [-5, 0]])
def test_no_profit_has_no_gini(profit):
    assert gini(profit) is None


def test_gini_of_huge_profits_is_finite():
    assert gini([1e308, 1e308]) == 0
    assert gini([1.0, 1e308]) == pytest.approx(0.5)


@given(amounts)
def test_gini_is_half_the_mean_difference(profit):
    """The definition, pair by pair."""
    positive = [one for one in profit if one > 0]
    if not positive:
        assert gini(profit) is None
        return
    pairs = itertools.product(positive, repeat=2)
    difference = sum(abs(one - other) for one, other in pairs) / len(positive) ** 2
    mean = sum(positive) / len(positive)
    assert gini(profit) == pytest.approx(difference / (2 * mean), abs=1e-9)
    assert 0 <= gini(profit) <= 1 - 1 / len(positive) + 1e-9


@given(earned, st.integers(2, 1000))
def test_gini_knows_no_currency_and_no_size(profit, factor):
    assert gini([factor * one for one in profit]) == pytest.approx(gini(profit))
    assert gini(profit * 3) == pytest.approx(gini(profit))


@given(earned, st.data())
def test_a_gift_from_rich_to_poor_lowers_the_gini(profit, data):
    low, high = min(profit), max(profit)
    gift = data.draw(st.integers(0, (high - low) // 2))
    after = sorted(profit)
    after[0], after[-1] = after[0] + gift, after[-1] - gift
    if len(profit) > 1:
        assert gini(after) <= gini(profit) + 1e-9


@given(st.integers(0, 10**6), st.floats(0.001, 1))
def test_best_count_is_the_share_rounded_up(accounts, best):
    count = best_count(accounts, best)
    assert count <= accounts
    assert count == 0 if not accounts else count >= 1
    if accounts:
        assert count == max(1, np.ceil(best * accounts - 1e-9))


def test_best_count_refuses_a_percentage():
    with pytest.raises(ValueError, match="best: 10 is not a share"):
        best_count(5, 10)


def test_few_points_are_all_drawn():
    assert curve_points([], 8).tolist() == []
    assert curve_points([3], 8).tolist() == [0]
    assert curve_points(range(8), 8).tolist() == list(range(8))


def test_points_by_hand():
    """Sixty, then 1 each up to the last but one, and 40 off at the end.

    The peak is the last but one. Of four more points, one is half along the accounts;
    two are about half of the way, which is 8 up and 40 down: before and after the last.
    """
    cumulative = np.cumsum([60, 1, 1, 1, 1, 1, 1, 1, 1, -40])
    assert curve_points(cumulative, 8).tolist() == [0, 4, 8, 9]


def test_a_single_large_loss_stays_steep():
    """Of a curve that falls at its last account, the fall begins just before it."""
    profit = np.concatenate([np.full(500, 2.0), np.full(499, -0.1), [-900.0]])
    points = curve_points(np.cumsum(profit), 20)
    assert {499, 998, 999} <= set(points.tolist())


def test_points_refuse_to_be_too_few():
    with pytest.raises(ValueError, match="most: 7 is not at least 8"):
        curve_points([1, 2], 7)


@given(
    st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=400),
    st.integers(8, 50),
)
def test_points_keep_what_matters(profit, most):
    cumulative = whale_curve(profit).cumulative_profit[1:]
    points = curve_points(cumulative, most)
    assert points.size <= most
    assert (np.diff(points) > 0).all()
    assert points[0] == 0
    assert points[-1] == len(profit) - 1
    top = np.flatnonzero(cumulative == cumulative.max())
    assert {top[0], top[-1]} <= set(points.tolist())
    # drawn from point to point it is nowhere off by more than a step of the way
    drawn = np.interp(np.arange(len(profit)), points, cumulative[points])
    way = np.abs(np.diff(cumulative)).sum()
    steps = (most - 4) // 3 + 1
    assert np.abs(drawn - cumulative).max() <= way / steps + 1e-6


def test_part_interval_by_hand():
    """Two accounts of 80% intervals 300 and 400 wide: together 500 wide.

    With a common error of 10% of 1,000, a deviation of 100: their own is
    500 / 2.5631 = 195.07, together 219.21, and 1.28155 of these are 280.93.
    """
    low, high = part_interval(1000, 300**2 + 400**2, common_error=0)
    assert (low, high) == pytest.approx((750, 1250))
    low, high = part_interval(1000, 300**2 + 400**2, common_error=0.1)
    assert (low, high) == pytest.approx((719.07, 1280.93), abs=0.01)


def test_variance_excess_by_hand():
    """The two accounts vary nine times as much as their intervals tell.

    Widths of 300 and 400 tell a variance of 250,000 / 2.5631^2; nine times that, and
    no common error, makes the whole 1,500 wide. The first alone is then 900 wide.
    """
    excess = variance_excess((250, 1750), 300**2 + 400**2, common_error=0)
    assert excess == pytest.approx(9)
    low, high = part_interval(1000, 300**2 + 400**2, 0, excess=excess)
    assert (low, high) == pytest.approx((250, 1750))
    low, high = part_interval(500, 300**2, 0, excess=excess)
    assert (low, high) == pytest.approx((50, 950))


def test_variance_excess_takes_the_common_error_off():
    """10% of 1,000: its deviation of 100 is no variance of the accounts' own."""
    whole = total_interval(1000, [300**2], 0.1)
    [width] = np.diff(total_interval(0, [100**2], 0))
    assert variance_excess(whole, width**2, 0.1) == pytest.approx(9)


@pytest.mark.parametrize(
    ("interval", "squares"), [((900, 1100), 0), ((1000, 1000), 100), ((0, 0), 0)]
)
def test_variance_excess_is_one_where_nothing_tells_of_more(interval, squares):
    assert variance_excess(interval, squares) == 1


def test_part_interval_refuses_negative_squares():
    with pytest.raises(ValueError, match="squared_widths"):
        part_interval(1000, -1)


@given(
    st.floats(-1e9, 1e9),
    st.lists(st.floats(0, 1e6), max_size=20),
    st.floats(0, 1),
    st.floats(0.01, 0.99),
)
def test_part_interval_is_the_total_of_normal_accounts(
    total, deviations, common, level
):
    """Whose deviations are known, and whose intervals follow from them."""
    widths = [
        np.diff(total_interval(0, [deviation**2], 0, level))[0]
        for deviation in deviations
    ]
    expected = total_interval(
        total, [deviation**2 for deviation in deviations], common, level
    )
    found = part_interval(total, sum(width**2 for width in widths), common, level)
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-3)
