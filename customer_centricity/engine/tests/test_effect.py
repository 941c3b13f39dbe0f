import numpy as np
import pytest
from engine.effect import a_year, measure, of_months
from hypothesis import given
from hypothesis import strategies as st

money = st.floats(-1e9, 1e9)


def test_by_hand():
    # a loss of 900 became a profit of 100: 1,000; five accounts with a revenue of
    # 50,000 lost 2,000 of their profit, 4%: with 3,000 it would have lost 120
    effect = measure([-900], [100], [3000], [5], [-2000], [50000])
    assert effect.change.tolist() == [1000]
    assert effect.peers_change.tolist() == [-120]
    assert effect.effect.tolist() == [1120]


def test_what_mends_by_itself_is_no_effect():
    """Similar accounts gained as much, a tenth of their revenue, without a decision."""
    effect = measure([-500], [-300], [2000], [8], [1000], [10000])
    assert effect.change.tolist() == effect.peers_change.tolist() == [200]
    assert effect.effect.tolist() == [0]


def test_too_few_peers_say_nothing():
    effect = measure([-500] * 2, [0] * 2, [1000] * 2, [4, 5], [400] * 2, [4000] * 2)
    assert effect.peers_change.tolist() == [0, 100]
    assert effect.effect.tolist() == [500, 400]


def test_without_revenue_there_is_nothing_to_compare():
    # costs alone; and peers whose credit notes were more than their sales
    effect = measure([-80, -80], [0, 0], [-10, 500], [9, 9], [90, 90], [900, -900])
    assert effect.peers_change.tolist() == [0, 0]
    assert effect.effect.tolist() == [80, 80]


def test_years_and_months():
    assert of_months([1200, 1200, -60], [3, 6, 12]).tolist() == [300, 600, -60]
    assert a_year([300, 600, -60], [3, 6, 12]).tolist() == [1200, 1200, -60]


def test_nobody():
    assert measure([], [], [], [], [], []).effect.size == 0
    assert of_months([], []).size == a_year([], []).size == 0


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("place", [0, 1, 2, 4, 5])
def test_no_number_is_refused(bad, place):
    columns = [[1.0, 2.0] for _place in range(6)]
    columns[place][1] = bad
    with pytest.raises(ValueError, match="row 1 is .*, not a finite number"):
        measure(*columns)


def test_refused():
    with pytest.raises(ValueError, match="peer_count: row 0 is 2.5"):
        measure([1], [1], [1], [2.5], [1], [1])
    with pytest.raises(ValueError, match="after: expected 1 rows, got 2"):
        measure([1], [1, 2], [1], [1], [1], [1])
    with pytest.raises(ValueError, match="months: row 0 is 0.0, below 1"):
        a_year([1], [0])


columns = st.tuples(
    money, money, st.floats(0, 1e9), st.integers(0, 99), money, st.floats(1, 1e9)
)


@given(columns)
def test_change_is_what_would_have_been_and_the_effect(row):
    effect = measure(*([column] for column in row))
    total = effect.peers_change + effect.effect
    digits = 1e-3 + 1e-12 * np.abs(effect.peers_change)
    assert (np.abs(total - effect.change) <= digits).all()


@given(money, st.integers(1, 60))
def test_there_and_back(amount, months):
    assert np.isclose(of_months(a_year([amount], [months]), [months]), amount)
