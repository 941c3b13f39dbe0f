"""How far a figure has come from where it was to where it is meant to be."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import refuse, vector

# How far behind the straight line from baseline to target, as a share of the whole way,
# an outcome may be before it counts as at risk. Figures of closed months follow late
# and in steps: with a quarter, nothing is at risk in the first quarter of the time for
# not having moved yet, and what goes the wrong way is from the first measurement on.
BEHIND = 0.25
# An intent of which at least half of the way was gone on average, was partly reached.
HALF = 0.5
# Sums of money that were added up in another order differ by this share at most.
ROUNDING = 1e-9
STATES = ("on_track", "at_risk", "reached", "missed")


def directions(
    baseline: ArrayLike, target: ArrayLike, higher_better: ArrayLike
) -> NDArray[np.object_]:
    """Return whether each target is better than its baseline: better, equal or worse.

    :param baseline: the figure at the start, shape (n,)
    :param target: what it is meant to be, in the same unit
    :param higher_better: whether more of the figure is better

    >>> directions([100, 100, 100, 0.2], [150, 100, 90, 0.1], [1, 1, 1, 0]).tolist()
    ['better', 'equal', 'worse', 'better']
    """
    baseline = vector("baseline", baseline)
    target = vector("target", target, baseline.size)
    sign = np.where(np.asarray(higher_better, dtype=bool), 1.0, -1.0)
    way = (target - baseline) * sign
    equal = np.abs(way) <= ROUNDING * np.maximum(np.abs(baseline), np.abs(target))
    return np.select([equal, way > 0], ["equal", "better"], "worse").astype(object)


def progress(
    baseline: ArrayLike, target: ArrayLike, value: ArrayLike
) -> NDArray[np.float64]:
    """Return the share of the way from baseline to target that is done.

    progress = (value - baseline) / (target - baseline)

    Below 0 when the figure went the wrong way, above 1 when it went further than meant.

    :raise ValueError: where target and baseline are the same

    >>> progress([100, 100, 0.5], [150, 150, 0.25], [120, 90, 0.125]).tolist()
    [0.4, -0.2, 1.5]
    """
    baseline = vector("baseline", baseline)
    target = vector("target", target, baseline.size)
    value = vector("value", value, baseline.size)
    way = target - baseline
    refuse("target", target, way == 0, "the same as the baseline")
    return (value - baseline) / way


def elapsed(start: ArrayLike, due: ArrayLike, today: ArrayLike) -> NDArray[np.float64]:
    """Return the share of the time from start to due that is over.

    1 on the day it is due, above 1 from the next day on, 0 before the start.

    :param start, due, today: days, as numbers

    >>> elapsed([0, 0, 0, 5], [10, 10, 10, 10], [0, 5, 11, 3]).tolist()
    [0.0, 0.5, 1.1, 0.0]
    """
    start = vector("start", start)
    due = vector("due", due, start.size)
    today = vector("today", today, start.size)
    refuse("due", due, due <= start, "not after the start")
    return np.maximum(0.0, (today - start) / (due - start))


def states(
    baseline: ArrayLike, target: ArrayLike, value: ArrayLike, elapsed: ArrayLike
) -> NDArray[np.object_]:
    """Return how each outcome stands: on_track, at_risk, reached or missed.

    Reached is what is at its target or beyond; missed, what is not when its time is
    over. Until then an outcome is at risk when it is further behind the straight line
    from baseline to target than ``BEHIND`` of the way, and otherwise on track.

    :param elapsed: share of the time that is over, see ``elapsed``

    >>> value, elapsed = [130, 120, 210, 190], [0.5, 0.5, 0.1, 1.1]
    >>> states([100] * 4, [200] * 4, value, elapsed).tolist()
    ['on_track', 'at_risk', 'reached', 'missed']
    """
    done = progress(baseline, target, value)
    elapsed = vector("elapsed", elapsed, done.size, minimum=0)
    return np.select(
        [done >= 1 - ROUNDING, elapsed > 1, done < elapsed - BEHIND - ROUNDING],
        ["reached", "missed", "at_risk"],
        "on_track",
    ).astype(object)


def expected(
    baseline: ArrayLike, target: ArrayLike, elapsed: ArrayLike
) -> NDArray[np.float64]:
    """Return where the straight line from baseline to target is now.

    >>> expected([100, 100], [200, 200], [0.25, 1.5]).tolist()
    [125.0, 200.0]
    """
    baseline = vector("baseline", baseline)
    target = vector("target", target, baseline.size)
    share = np.minimum(1.0, vector("elapsed", elapsed, baseline.size, minimum=0))
    return baseline + share * (target - baseline)


def result(states: Sequence[str], progress: ArrayLike) -> str:
    """Return what came of an intent with such outcomes: reached, partly or missed.

    Reached when all its outcomes are; missed when none is and on average less than
    half of the way was gone; partly otherwise. No outcome makes up for another: what
    went further than meant counts as done, what went the wrong way as not begun.

    >>> result(["reached", "reached"], [1, 1.4])
    'reached'
    >>> result(["reached", "missed"], [1.0, -0.5])
    'partly'
    >>> result(["at_risk", "missed"], [0.2, 0.7])
    'missed'
    """
    if not states:
        raise ValueError("states: an intent without outcomes has no result")
    unknown = [state for state in states if state not in STATES]
    if unknown:
        raise ValueError(f"states: {unknown[0]!r} is none of {', '.join(STATES)}")
    done = np.clip(vector("progress", progress, len(states)), 0.0, 1.0)
    reached = [state == "reached" for state in states]
    if all(reached):
        return "reached"
    if any(reached) or done.mean() >= HALF:
        return "partly"
    return "missed"


def worst(states: Sequence[str]) -> str | None:
    """Return the state that wants attention most, None of no outcomes.

    >>> worst(["reached", "at_risk", "on_track"])
    'at_risk'
    """
    order = ("missed", "at_risk", "on_track", "reached")
    return min(states, key=order.index, default=None)
