import numpy as np
import pytest
from engine.lifecycle import (
    STAGES,
    Terms,
    grows,
    silence_days,
    stages,
    usual_silence,
)
from hypothesis import given
from hypothesis import strategies as st

NEVER = float("nan")
# Two windows of 365 days; 35 days have passed since the second ended.
TERMS = Terms(today=765, before_start=0, start=365, end=730)
# Known for long, ordered yesterday, every 20 days or so, as much as the year before
USUAL = {
    "first_order": -500,
    "last_order": 764,
    "returned": NEVER,
    "orders": 60,
    "gap": 20,
    "variation": 0.5,
    "revenue": 1000,
    "previous_revenue": 1000,
}


def stage(terms=TERMS, **changes):
    row = {name: [value] for name, value in (USUAL | changes).items()}
    return STAGES[stages(**row, terms=terms)[0]]


def test_nothing_special_is_steady():
    assert stage() == "steady"


def test_a_prospect_has_never_ordered():
    never = {"first_order": NEVER, "last_order": NEVER, "orders": 0, "gap": 0}
    assert stage(**never, revenue=0, previous_revenue=0) == "prospect"


def test_lost_is_a_silence_longer_than_the_span():
    """765 - 365 = 400: on this day and after it the silence is 365 days at most."""
    random = {"gap": 200, "variation": 1}  # 200 x 3 = 600 would be usual
    assert stage(last_order=400, **random) == "steady"
    assert stage(last_order=399, **random) == "lost"
    half = Terms(765, 0, 365, 730, lost_days=183)
    assert stage(last_order=582, **random, terms=half) == "steady"
    assert stage(last_order=581, **random, terms=half) == "lost"


def test_at_risk_is_a_silence_longer_than_its_rhythm():
    """20 x (1 + 2 x 0.5) = 40 days: up to the order of day 725."""
    assert stage(last_order=725) == "steady"
    assert stage(last_order=724) == "at_risk"


def test_without_a_rhythm_half_of_the_span_is_usual():
    """365 / 2 = 182.5 days: the order of day 583 is 182 days ago."""
    two = {"orders": 2, "gap": 20, "variation": 0}
    assert stage(last_order=583, **two) == "steady"
    assert stage(last_order=582, **two) == "at_risk"
    assert stage(last_order=582, orders=3, gap=200, variation=0) == "steady"


def test_usual_silence():
    """Each by hand, in the order of the rows:

    60 x (1 + 2 x 0.25) = 90, the least variation; 60 x (1 + 2 x 1) = 180;
    7 x 1.5 = 10.5, at least 30; 300 x 1.5 = 450, at most 365; and twice no rhythm.
    """
    usual = usual_silence(
        [3, 3, 40, 9, 2, 0], [60, 60, 7, 300, 60, 0], [0, 1, 0.1, 0.2, 0, 0]
    )
    assert usual.tolist() == [90, 180, 30, 365, 182.5, 182.5]
    assert usual_silence([9], [7], [0], lost_days=20).tolist() == [20]


def test_new_in_the_first_year():
    new = {"orders": 1, "gap": 0, "variation": 0, "previous_revenue": 0}
    assert stage(first_order=700, last_order=700, **new) == "new"
    assert stage(first_order=400, last_order=764, orders=3, gap=182) == "new"
    assert stage(first_order=399, last_order=764, orders=3, gap=182) == "steady"
    assert stage(first_order=770, last_order=770, **new) == "new", "dated ahead"


def test_won_back_for_a_year():
    assert stage(returned=400) == "won_back"
    assert stage(returned=399) == "steady"
    assert stage(returned=500, last_order=700) == "at_risk", "and quiet again"
    assert stage(returned=760, first_order=450, orders=2, gap=310) == "won_back"


def test_growing_by_the_rate():
    assert stage(revenue=1150) == "growing"
    assert stage(revenue=1149.99) == "steady"
    assert stage(revenue=115, previous_revenue=100) == "growing", "to the cent"
    assert stage(revenue=1, previous_revenue=0) == "growing"
    assert stage(revenue=1, previous_revenue=-5) == "growing"
    assert stage(revenue=0, previous_revenue=0) == "steady"
    assert stage(revenue=-10, previous_revenue=-100) == "steady"
    assert stage(revenue=1150, last_order=700) == "at_risk"
    twice = Terms(765, 0, 365, 730, growing_rate=1)
    assert stage(revenue=1999, terms=twice) == "steady"
    assert stage(revenue=2000, terms=twice) == "growing"


def test_growth_of_a_part_of_the_window_before():
    """First order on day 265: 100 days of 365 are known, 1 a day.

    365 days at 1 a day x 1.15 are 419.75.
    """
    part = {"first_order": [265], "previous_revenue": [100]}
    assert grows(revenue=[419.75], **part, terms=TERMS).tolist() == [True]
    assert grows(revenue=[419.74], **part, terms=TERMS).tolist() == [False]


def test_growth_is_not_told_from_few_days():
    """Of the window before, 91 days or more must be known: from day 274 at least."""
    row = {"revenue": [9000], "previous_revenue": [1]}
    assert grows([274], **row, terms=TERMS).tolist() == [True]
    assert grows([275], **row, terms=TERMS).tolist() == [False]
    assert grows([NEVER], [0], [0], TERMS).tolist() == [False]
    # a window of a month has no more than its days
    month = Terms(765, 670, 700, 730)
    assert grows([669], **row, terms=month).tolist() == [True]
    assert grows([671], **row, terms=month).tolist() == [False]


def test_months_as_days():
    assert [silence_days(months) for months in (1, 3, 12, 24)] == [30, 91, 365, 730]


def test_no_accounts():
    assert stages(*([[]] * 8), TERMS).tolist() == []


def test_wrong_input_is_refused():
    with pytest.raises(ValueError, match="last_order: row 0 is nan, without the other"):
        stage(last_order=NEVER)
    with pytest.raises(ValueError, match="last_order: row 0 is 5.0, before the first"):
        stage(first_order=6, last_order=5)
    with pytest.raises(ValueError, match="gap: row 0 is -1.0, below 0"):
        stage(gap=-1)
    with pytest.raises(ValueError, match="orders: row 0 is 1.5, not a whole number"):
        stage(orders=1.5)
    with pytest.raises(ValueError, match="revenue: row 0 is inf"):
        stage(revenue=float("inf"))
    with pytest.raises(ValueError, match="returned: row 0 is inf"):
        stage(returned=float("inf"))
    with pytest.raises(ValueError, match="orders: expected 1 rows, got 2"):
        stages(
            **{k: [v] for k, v in USUAL.items() if k not in ("orders", "gap")}
            | {"orders": [1, 1], "gap": [1, 1], "variation": [0, 0]},
            terms=TERMS,
        )
    with pytest.raises(ValueError, match="lost_days: 0 "):
        Terms(765, 0, 365, 730, lost_days=0)
    with pytest.raises(ValueError, match="growing_rate: -0.1 "):
        Terms(765, 0, 365, 730, growing_rate=-0.1)
    with pytest.raises(ValueError, match="today: nan "):
        Terms(NEVER, 0, 365, 730)
    with pytest.raises(ValueError, match="before_start, start, end"):
        Terms(765, 365, 365, 730)


ACCOUNTS = st.lists(
    st.tuples(
        st.integers(-1000, 800),  # first order
        st.integers(0, 900),  # days from it to the last
        st.one_of(st.none(), st.integers(-1000, 800)),
        st.integers(1, 100),
        st.floats(0, 500),
        st.floats(0, 4),
        st.floats(-1e6, 1e6),
        st.floats(-1e6, 1e6),
    ),
    min_size=1,
)


@given(accounts=ACCOUNTS)
def test_an_account_is_judged_by_itself(accounts):
    """Whatever the others are, and in whatever order they come."""
    columns = [np.array(column, dtype=float) for column in zip(*accounts, strict=True)]
    columns[1] += columns[0]
    together = stages(*columns, TERMS)
    backwards = stages(*(column[::-1] for column in columns), TERMS)
    assert backwards[::-1].tolist() == together.tolist()
    for row, code in enumerate(together):
        assert stages(*(column[row : row + 1] for column in columns), TERMS) == [code]
        assert STAGES[code] != "prospect"


@given(accounts=ACCOUNTS)
def test_silence_only_makes_it_worse(accounts):
    """As days go by without an order, risk does not end but in a loss."""
    columns = [np.array(column, dtype=float) for column in zip(*accounts, strict=True)]
    columns[1] += columns[0]
    worse = {"at_risk": 1, "lost": 2}
    before = np.zeros(len(accounts))
    for today in range(TERMS.end, TERMS.end + 500, 50):
        terms = Terms(today, 0, 365, 730)
        now = [worse.get(STAGES[code], 0) for code in stages(*columns, terms)]
        assert (now >= before).all()
        before = np.array(now)
