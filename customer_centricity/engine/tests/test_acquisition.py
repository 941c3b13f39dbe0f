import numpy as np
import pytest
from engine.acquisition import monthly_shares, return_on_acquisition
from hypothesis import given
from hypothesis import strategies as st


@given(
    cents=st.integers(0, 10**9), months=st.integers(1, 120), decimals=st.integers(0, 3)
)
def test_shares_add_up_to_the_cost(cents, months, decimals):
    cost = round(cents / 100, decimals)
    shares = monthly_shares(cost, months, np.arange(-2, months + 3), decimals)
    assert shares.sum() == pytest.approx(cost, abs=10.0**-decimals / 100)
    assert (shares[:2] == 0).all() and (shares[-3:] == 0).all()
    assert np.ptp(shares[2:-3]) <= 1.001 * 10.0**-decimals


def test_a_cost_of_1000_over_a_year():
    """1,000 / 12 = 83.333..., month by month."""
    shares = monthly_shares(1000, 12, range(12))
    assert shares.tolist()[:3] == [83.33, 83.34, 83.33]
    assert shares.sum() == pytest.approx(1000)


def test_wrong_input_is_refused():
    with pytest.raises(ValueError, match="cost: -1 "):
        monthly_shares(-1, 12, [0])
    with pytest.raises(ValueError, match="months: 0 "):
        monthly_shares(100, 0, [0])
    with pytest.raises(ValueError, match="months: row 0 is 2.5"):
        monthly_shares(100, 2.5, [0])
    with pytest.raises(ValueError, match="cost: row 1 is -2.0"):
        return_on_acquisition([1, 1], [3, -2])
