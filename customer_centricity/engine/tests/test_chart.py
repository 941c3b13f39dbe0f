import math

import numpy as np
import pytest
from engine.chart import (
    Area,
    Scale,
    apart,
    columns,
    gauge,
    grid,
    interval,
    line,
    scale,
    stack,
    ticks,
    waterfall,
)
from hypothesis import given
from hypothesis import strategies as st

MONEY = st.integers(-(10**11), 10**11).map(lambda cents: cents / 100)
AREA = Area(40, 10, 340, 110)


@given(MONEY, MONEY, st.integers(1, 8))
def test_ticks_are_round_and_hold_both_ends(one, other, count):
    low, high = sorted((one, other))
    found = ticks(low, high, count)
    step = found[1] - found[0]
    # but for what nobody sees
    assert found[0] <= low + 1e-6 * step
    assert found[-1] >= high - 1e-6 * step
    # 1, 2, 2.5 or 5 of a power of ten
    mantissa = step / 10 ** math.floor(math.log10(step) + 1e-9)
    assert min(abs(mantissa - one) for one in (1, 2, 2.5, 5, 10)) < 1e-6
    assert np.allclose(np.diff(found), step)
    # no more than needed: one step less would leave an end out
    assert len(found) <= count + 2


def test_ticks_by_hand():
    """870 by 4 are 217.5 each: 250 is the next round number, 4 of them hold 870."""
    assert ticks(0, 870) == (0, 250, 500, 750, 1000)
    assert ticks(0, 1000) == (0, 250, 500, 750, 1000)
    assert ticks(-0.3, 0.1) == (-0.3, -0.2, -0.1, 0, 0.1)
    assert ticks(0, 0) == (0, 0.25, 0.5, 0.75, 1)


def test_zero_is_always_on_the_scale():
    assert scale([900, 950], 0, 100).low == 0
    assert scale([-950, -900], 0, 100).high == 0
    assert scale([], 0, 100).high == 1
    assert scale([float("nan"), 4], 0, 100).high == 4


@given(st.lists(st.tuples(MONEY, MONEY), min_size=1, max_size=30))
def test_columns_stay_in_their_slot_and_reach_their_value(rows):
    revenue, profit = zip(*rows, strict=True)
    drawn = columns([revenue, profit], AREA, (0.8, 0.4))
    slot = 300 / len(rows)
    zero = drawn.scale.at(0)
    for bars in drawn.series:
        for place, bar in enumerate(bars):
            assert AREA.left + place * slot <= bar.x + 0.01
            assert bar.x + bar.width <= AREA.left + (place + 1) * slot + 0.02
            end = bar.y if bar.value >= 0 else bar.y + bar.height
            assert end == pytest.approx(drawn.scale.at(bar.value), abs=0.02)
            start = bar.y + bar.height if bar.value >= 0 else bar.y
            assert start == pytest.approx(zero, abs=0.02)


def test_a_waterfall_below_zero():
    """100 less 130 of costs are a loss of 30: the scale is -50 to 100, 2 a unit."""
    drawn = waterfall([100, -90, -40, -30], [True, False, False, True], AREA)
    assert drawn.scale.ticks == (-50, 0, 50, 100)
    assert [(bar.x, bar.width) for bar in drawn.bars] == [
        (140, 200),  # 0 to 100
        (160, 180),  # 100 down to 10
        (80, 80),  # 10 down to -30
        (80, 60),  # 0 to -30
    ]
    assert drawn.levels == [340, 160, 80, 80]
    # 100 of height by 4, 72% of each: from 3.5 below the top on
    assert [(bar.y, bar.height) for bar in drawn.bars][:2] == [(13.5, 18), (38.5, 18)]


@given(st.lists(MONEY, min_size=1, max_size=6))
def test_a_waterfall_leads_to_its_sum(costs):
    total = round(sum(costs), 2)
    drawn = waterfall([*costs, total], [*(False for _one in costs), True], AREA)
    assert drawn.levels[-1] == pytest.approx(drawn.levels[-2], abs=0.02)


def test_an_interval_of_a_loss():
    """-50 to 0 by four steps of 20: -60 to 0 over 300 units, 5 a unit."""
    drawn = interval(-30, -50, -10, AREA)
    assert drawn.scale.ticks == (-60, -40, -20, 0)
    assert (drawn.band.x, drawn.band.width) == (90, 200)
    assert drawn.x == 190


@given(
    st.tuples(st.floats(40, 340), st.floats(40, 340)).map(sorted),
    st.tuples(st.floats(10, 90), st.floats(10, 90)),
)
def test_texts_of_an_interval_are_apart_and_within(places, sizes):
    low, high = apart(places, sizes, AREA, 6)
    assert low + sizes[0] / 2 + 6 <= high - sizes[1] / 2 + 0.02
    assert AREA.left <= low - sizes[0] / 2 + 0.01
    assert high + sizes[1] / 2 <= AREA.right + 0.01


@given(st.lists(MONEY, max_size=20))
def test_a_line_stays_in_its_area(values):
    drawn = line(values, AREA)
    points = drawn.points
    assert len(points) == len(values)
    for x, y in points:
        assert AREA.left <= x <= AREA.right
        assert AREA.top <= y <= AREA.bottom
    assert AREA.top <= drawn.zero <= AREA.bottom
    # above the zero is gain, below it loss
    for value, (_x, y) in zip(values, points, strict=True):
        assert (drawn.zero - y) * value >= 0


def test_zero_of_a_line_by_hand():
    """Of 100 units for 400, zero is 300 above the lowest: 75 from the foot of 110."""
    assert line([100, -300], AREA).zero == 35
    assert line([-40, -10], AREA).zero == AREA.top
    assert line([10, 40], AREA).zero == AREA.bottom
    assert line([], AREA).points == []


def test_a_grid_by_hand():
    """300 units for 3 columns and 100 for 2 rows: 100 and 50 each."""
    drawn = grid(3, 2, AREA)
    assert drawn.columns == [90, 190, 290]
    assert drawn.rows == [35, 85]


def test_a_line_of_zeros_lies_at_the_foot():
    assert {y for _x, y in line([0, 0, 0], AREA).points} == {AREA.bottom}


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=5))
def test_a_stack_fills_its_width(parts):
    bars = stack(parts, AREA)
    expected = 300 if sum(parts) else 0
    assert sum(bar.width for bar in bars) == pytest.approx(expected, abs=0.05)


def test_a_gauge():
    assert gauge(0, 0, AREA)[0].width == 0
    assert gauge(-2, 8, AREA)[0].width == 0
    assert gauge(2, 0, AREA)[1] == AREA.left


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ticks(float("nan"), 1), "ends: row 0"),
        (lambda: ticks(2, 1), "high: 1 is below low, 2"),
        (lambda: ticks(0, 1, 0), "count: 0 steps"),
        (lambda: columns([[1, 2], [1]], AREA, (0.8, 0.4)), "expected 2 rows, got 1"),
        (lambda: columns([[1]], AREA, (0.8, 0.4)), "shares: 2 given of 1 series"),
        (lambda: waterfall([1], [True, False], AREA), "is_total: 2 given of 1"),
        (lambda: stack([1, -1], AREA), "parts: row 1 is -1.0, below 0"),
        (lambda: Area(10, 0, 10, 5), "nothing fits"),
        (lambda: line([1, float("inf")], AREA), "values: row 1"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_where_a_scale_is():
    assert Scale(0, 50, 100, 0, (0, 50)).marks == [(0, 100), (50, 0)]
