import numpy as np
import pytest
from engine.portfolio import (
    TierRule,
    concentration,
    results,
    tiers,
    value_bands,
    whale_curve,
)
from hypothesis import given
from hypothesis import strategies as st

# Cents as whole numbers: sums are exact, so that a slow computation can be compared.
amounts = st.lists(st.integers(-(10**7), 10**7), max_size=60)
share = st.floats(0, 1)
ABC = [
    TierRule("loss"),
    TierRule("share", 0.5),
    TierRule("share", 0.8),
    TierRule("share", 0.95),
    TierRule("share", 1),
]


def test_whale_curve_by_hand():
    """500 + 300 + 200 earned, 400 lost: the top half makes 167% of the 600 left."""
    curve = whale_curve([200, -300, 500, -100, 300, 0])
    assert curve.cumulative_profit.tolist() == [0, 500, 800, 1000, 1000, 900, 600]
    assert curve.account_share.tolist() == pytest.approx(np.arange(7) / 6)
    assert (curve.total, curve.peak, curve.peak_account_share) == (600, 1000, 0.5)
    assert curve.peak_share == pytest.approx(1000 / 600)


@pytest.mark.parametrize("profit", [[], [0], [-5], [-5, 5]])
def test_no_profit_to_share_out(profit):
    assert whale_curve(profit).peak_share is None
    assert concentration(profit) is None


def test_concentration_by_hand():
    profit = [50, 25, 15, 10, 0, 0, 0, 0, 0, 0]
    assert concentration(profit, 0.1) == 0.5
    assert concentration(profit, 0.2) == 0.75
    assert concentration(profit, 0.01) == 0.5, "at least one account"
    assert concentration(profit, 1) == 1


def test_concentration_refuses_a_percentage():
    with pytest.raises(ValueError, match="best: 20 is not a share"):
        concentration([1], 20)


@given(amounts)
def test_whale_curve_properties(profit):
    curve = whale_curve(profit)
    assert curve.total == sum(profit)
    assert curve.peak == sum(p for p in profit if p > 0)
    assert curve.cumulative_profit[0] == 0
    assert (np.diff(np.diff(curve.cumulative_profit)) <= 0).all(), "concave"


def test_tiers_by_hand():
    """Of 100: 40 | 20 reach 60, 25 reach 85 (A first half, B to 80%, C to 95%)."""
    value = [40, 25, 20, 8, 4, 3, 0, -10]
    # before each:  0  40  65  85  93  97 100
    assert tiers(value, ABC).tolist() == [1, 1, 2, 3, 3, 4, 4, 0]


def test_the_largest_account_is_in_the_first_tier_however_large():
    assert tiers([1000, 1], ABC).tolist() == [1, 4]


def test_equal_values_share_a_tier():
    assert tiers([10, 10, 10, 10], ABC).tolist() == [1, 1, 1, 1]


def test_percentile_and_amount():
    rules = [TierRule("percentile", 0.25), TierRule("amount", 10)]
    assert tiers([50, 20, 10, 5], rules).tolist() == [0, 1, 1, -1]


def test_portfolio_without_value():
    assert tiers([0, 0], ABC).tolist() == [4, 4]
    assert tiers([], ABC).tolist() == []


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (TierRule("rank", 1), "unknown kind 'rank'"),
        (TierRule("share", 80), "share 80 is not 0 to 1"),
    ],
)
def test_bad_rules_are_refused(rule, message):
    with pytest.raises(ValueError, match=message):
        tiers([1], [rule])


def slow_share_tier(values, account, threshold):
    """The rule as one would tell it to a colleague, an account at a time."""
    if values[account] < 0:
        return False
    if threshold == 1:
        return True
    richer = sum(v for v in values if v > values[account] and v > 0)
    total = sum(v for v in values if v > 0)
    return total > 0 and richer / total < threshold - 1e-12


@given(amounts, share)
def test_share_rule_equals_the_slow_computation(values, threshold):
    found = tiers(values, [TierRule("share", threshold)]) == 0
    expected = [
        slow_share_tier(values, account, threshold) for account in range(len(values))
    ]
    assert found.tolist() == expected


@given(amounts, st.randoms())
def test_order_of_rows_changes_nothing(values, random):
    order = list(range(len(values)))
    random.shuffle(order)
    shuffled = [values[i] for i in order]
    for function in (lambda v: tiers(v, ABC), value_bands):
        assert function(shuffled).tolist() == function(values)[order].tolist()


@given(amounts)
def test_a_richer_account_is_never_in_a_lower_tier(values):
    found = tiers(values, ABC[1:])
    positive = [(v, t) for v, t in zip(values, found, strict=True) if v > 0]
    assert [t for _v, t in sorted(positive, reverse=True)] == sorted(
        t for _v, t in positive
    )


def test_bands_by_hand():
    """Mean of the positive values is 20: borders at 6.67, 20 and 60."""
    assert value_bands([-1, 0, 6, 7, 20, 47]).tolist() == [0, 0, 1, 2, 3, 3]
    assert value_bands([-1, 0]).tolist() == [0, 0]


def test_results_by_hand():
    revenue = [1000, 1000, 1000, 1000, 0, 0, -10]
    profit = [500, 20, 21, -21, -3, 0, -10]
    assert results(revenue, profit, 0.02) == [
        "profit",
        "even",
        "profit",
        "loss",
        "loss",
        "no_activity",
        "loss",
    ]
