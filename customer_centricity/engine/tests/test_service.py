import numpy as np
import pytest
from engine.service import STATUSES, hours_statuses, used_rates
from hypothesis import given
from hypothesis import strategies as st

HOURS = st.integers(-1000, 100_000).map(lambda number: number / 100)
INCLUDED = st.integers(0, 20_000).map(lambda number: number / 100)


def status(hours, included, watched=True):
    return STATUSES[hours_statuses([hours], [included], [watched])[0]]


def test_near_begins_at_four_fifths():
    """0.8 x 2.5 = 2 hours."""
    assert status(1.99, 2.5) == "within"
    assert status(2, 2.5) == "near"


def test_over_is_beyond_what_is_included():
    assert status(2.5, 2.5) == "near"
    assert status(2.51, 2.5) == "over"


def test_of_nothing_included_every_hour_is_beyond():
    assert status(0, 0) == ""
    assert status(0.01, 0) == "over"
    assert status(-1, 0) == ""


def test_corrections_below_zero_are_within():
    assert status(-3, 8) == "within"


def test_not_watched():
    assert status(100, 8, watched=False) == ""


def test_sums_that_are_stored_a_little_beside_themselves():
    """0.1 thirty times is 3.0000000000000013; 0.8 x 0.7 is 0.5599999999999999."""
    assert status(sum([0.1] * 30), 3) == "near"
    assert status(0.56, 0.7) == "near"


def test_no_accounts():
    assert hours_statuses([], [], []).size == 0
    assert used_rates([], []).size == 0


def test_rates():
    """3 of 4 hours, 5 of 4, 2 of none, and nothing of anything."""
    rates = used_rates([3, 5, 2, 0, 0], [4, 4, 0, 0, 4])
    assert rates.tolist() == [0.75, 1.25, 0, 0, 0]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (([1, np.nan], [8, 8], [True, True]), "hours: row 1"),
        (([1], [-8], [True]), "included: row 0 is -8.0, below 0"),
        (([1, 2], [8], [True, True]), "included: expected 2 rows"),
    ],
)
def test_bad_input_names_the_row(arguments, why):
    with pytest.raises(ValueError, match=why):
        hours_statuses(*arguments)


@given(hours=HOURS, more=INCLUDED, included=INCLUDED)
def test_more_hours_are_never_better(hours, more, included):
    order = {name: position for position, name in enumerate(STATUSES)}
    first, second = (
        order[status(number, included)] for number in (hours, hours + more)
    )
    assert first <= second
    rates = used_rates([hours, hours + more], [included] * 2)
    assert 0 <= rates[0] <= rates[1]


@given(hours=HOURS, more=INCLUDED, included=INCLUDED.filter(bool))
def test_more_included_is_never_worse(hours, more, included):
    first, second = (
        STATUSES.index(status(hours, number)) for number in (included, included + more)
    )
    assert second <= first


@given(hours=HOURS, included=INCLUDED.filter(bool))
def test_over_is_a_rate_above_one(hours, included):
    [rate] = used_rates([hours], [included])
    assert (status(hours, included) == "over") == (round(rate * included, 2) > included)
