import numpy as np
import pytest
from engine.outcome import (
    directions,
    elapsed,
    expected,
    progress,
    result,
    states,
    worst,
)


def test_directions_of_losses_and_of_rates():
    # a loss may shrink, a refund rate may fall, hours may not rise
    assert directions(
        [-50, 0.08, 12, -50], [-10, 0.05, 14, -80], [True, False, False, True]
    ).tolist() == ["better", "better", "worse", "worse"]


def test_what_differs_by_rounding_is_equal():
    third = 0.1 + 0.2
    assert directions([third, 0.3, 0], [0.3, third, 0], True).tolist() == ["equal"] * 3
    assert directions([0], [1e-12], True).tolist() == ["better"]


def test_progress_to_both_sides():
    # from -50 to -10 are 40: at -30 half is done; from 0.08 to 0.05, at 0.09 a third
    # of the way was gone backwards
    np.testing.assert_allclose(
        progress([-50, 0.08, 0], [-10, 0.05, 10], [-30, 0.09, 25]), [0.5, -1 / 3, 2.5]
    )


def test_a_way_of_no_length_is_refused():
    with pytest.raises(ValueError, match="target: row 1 is 7.0, the same as"):
        progress([1, 7], [2, 7], [1, 7])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", range(3))
def test_no_number_is_refused(bad, place):
    columns = [[1.0, 2.0], [2.0, 3.0], [1.5, 2.5]]
    columns[place][1] = bad
    name = ("baseline", "target", "value")[place]
    with pytest.raises(ValueError, match=f"{name}: row 1 is .*, not a finite number"):
        progress(*columns)


def test_columns_are_as_long_as_each_other():
    with pytest.raises(ValueError, match="target: expected 2 rows, got 1"):
        progress([1, 2], [3], [1, 2])
    with pytest.raises(ValueError, match="elapsed: expected 1 rows, got 2"):
        states([1], [3], [1], [0, 1])


def test_time_that_is_over():
    assert elapsed([100] * 4, [200] * 4, [90, 100, 150, 201]).tolist() == [
        0,
        0,
        0.5,
        1.01,
    ]
    with pytest.raises(ValueError, match="due: row 0 is 5.0, not after the start"):
        elapsed([5], [5], [6])


def test_states_by_the_rule():
    # baseline 0, target 100: (value, share of the time over): state
    cases = {
        (0, 0.0): "on_track",
        (0, 0.25): "on_track",  # as far behind as may be
        (0, 0.26): "at_risk",
        (-26, 0.0): "at_risk",  # the wrong way
        (-24, 0.0): "on_track",
        (50, 0.75): "on_track",
        (49, 0.75): "at_risk",
        (100, 0.1): "reached",
        (130, 0.1): "reached",
        (75, 1.0): "on_track",  # the last day is not over
        (74, 1.0): "at_risk",
        (99.9, 1.001): "missed",
        (100, 1.001): "reached",
    }
    values, over = zip(*cases, strict=True)
    size = len(cases)
    assert states([0] * size, [100] * size, values, over).tolist() == list(
        cases.values()
    )


def test_states_where_less_is_better():
    # from 0.10 down to 0.05, half of the time over: 0.085 is 30% of the way, 0.09 20%
    assert states([0.1] * 3, [0.05] * 3, [0.085, 0.09, 0.05], [0.5] * 3).tolist() == [
        "on_track",
        "at_risk",
        "reached",
    ]


def test_reached_whatever_the_order_of_adding_up():
    assert states([0], [0.3], [0.1 + 0.2], [0.5]).tolist() == ["reached"]
    assert states([0], [0.1 + 0.2], [0.3], [0.5]).tolist() == ["reached"]


def test_nobody():
    for function in (progress, expected):
        assert function([], [], []).size == 0
    assert states([], [], [], []).size == 0
    assert directions([], [], []).size == 0
    assert elapsed([], [], []).size == 0
    assert worst([]) is None


def test_the_straight_line():
    assert expected([0.1, 50], [0.05, 80], [0.5, 0]).tolist() == [
        pytest.approx(0.075),
        50,
    ]
    with pytest.raises(ValueError, match="elapsed: row 0 is -0.5, below 0"):
        expected([1], [2], [-0.5])


def test_results():
    assert result(["reached"], [1.0]) == "reached"
    assert result(["on_track", "at_risk"], [0.8, 0.2]) == "partly"  # half on average
    assert result(["on_track", "at_risk"], [0.8, 0.19]) == "missed"
    # no outcome makes up for another: 1 and 0, not 3 and -5
    assert result(["missed", "missed"], [0.99, -5]) == "missed"
    assert result(["missed", "reached", "missed"], [0, 1, 0]) == "partly"
    with pytest.raises(ValueError, match="without outcomes has no result"):
        result([], [])
    with pytest.raises(ValueError, match="'late' is none of on_track"):
        result(["late"], [1])
    with pytest.raises(ValueError, match="progress: expected 2 rows, got 1"):
        result(["reached", "missed"], [1])


def test_the_worst_state():
    assert worst(["reached", "on_track"]) == "on_track"
    assert worst(["missed", "at_risk"]) == "missed"
    assert worst(["reached"]) == "reached"
