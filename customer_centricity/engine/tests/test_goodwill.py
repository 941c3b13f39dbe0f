import numpy as np
import pytest
from engine.goodwill import (
    WEIGHTS,
    change,
    complaint_points,
    index,
    payment_points,
    trend_points,
)
from hypothesis import given
from hypothesis import strategies as st

NUMBERS = st.integers(0, 50)
POINTS = st.one_of(st.just(float("nan")), st.integers(0, 100).map(float))
PARTS = st.fixed_dictionaries({part: POINTS for part in WEIGHTS})


def of_one(parts):
    return {part: [points] for part, points in parts.items()}


def test_the_weights_are_all_there_is():
    assert sum(WEIGHTS.values()) == pytest.approx(1)


def test_a_complaint_on_every_tenth_order():
    """1 - 0.1 / 0.25 = 0.6."""
    assert complaint_points([2], [20]) == pytest.approx([60])


def test_a_third_more_hours():
    """log2(4/3) = 0.4150: 50 (1 - 0.4150) = 29.25 points."""
    points = trend_points([4], [1], [3], [1], [5], [5])
    assert points == pytest.approx([29.248125])


def test_of_bases_below_zero_there_is_no_trend():
    """Credit notes alone: what share of them would a cost be?"""
    assert np.isnan(trend_points([4], [-100], [3], [100], [5], [5])).all()


def test_complaints_alone_are_no_index():
    unknown = float("nan")
    parts = dict.fromkeys(WEIGHTS, unknown)
    assert np.isnan(index(of_one(parts | {"complaints": 100.0}))).all()
    assert np.isnan(index(of_one(parts | {"hours": 100.0, "cost": 100.0}))).all()
    assert index(of_one(dict.fromkeys(WEIGHTS, 80.0) | {"complaints": unknown})) == (
        pytest.approx([80])
    )


def test_the_row_that_is_wrong_is_named():
    with pytest.raises(ValueError, match="complaints: row 1 is -1"):
        complaint_points([0, -1], [1, 1])
    parts = dict.fromkeys(WEIGHTS, [50, 50])
    with pytest.raises(ValueError, match="points: row 1"):
        index(parts | {"cost": [50, 101]})


@given(NUMBERS, NUMBERS, NUMBERS)
def test_a_complaint_more_is_never_better(complaints, orders, more):
    few, many = complaint_points([complaints, complaints + more], [orders] * 2)
    assert np.isnan(few) or many <= few


@given(st.floats(-400, 400), st.floats(0, 400))
def test_later_is_never_better(days, later):
    early, late = payment_points([days, days + later])
    assert 0 <= late <= early <= 100


@given(*[st.integers(1, 1000)] * 4)
def test_there_and_back_make_up_for_each_other(effort, base, before, base_before):
    there = trend_points([effort], [base], [before], [base_before], [5], [5])
    back = trend_points([before], [base_before], [effort], [base], [5], [5])
    assert there + back == pytest.approx([100])


@given(PARTS)
def test_the_index_is_between_its_parts(parts):
    [value] = index(of_one(parts))
    known = [points for points in parts.values() if not np.isnan(points)]
    if np.isnan(value):
        assert len(known) < 3
    else:
        assert min(known) - 1e-9 <= value <= max(known) + 1e-9


@given(PARTS, PARTS)
def test_a_change_is_made_good_by_its_opposite(now, before):
    there, back = (
        change(of_one(now), of_one(before)),
        change(of_one(before), of_one(now)),
    )
    assert np.array_equal(np.isnan(there), np.isnan(back))
    assert np.isnan(there) or there == pytest.approx(-back)
