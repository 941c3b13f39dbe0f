"""What is given to customers beside what is got from them, on one scale.

Things as different as a quick answer and a margin can only be weighed against each
other as points: 0 to 10 of each, by judgement or from a measured figure, and a weight
that says how much each counts. The two sides of an exchange are weighted means of
points; its balance is their difference. Nothing else is in it, so that a person can
follow every number.

Every function takes one row a line, or one row an exchange.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import number, refuse, vector

BEST_SCORE = 10.0
# Up to this difference of the sides, in points, an exchange is balanced: a person who
# gives points to the same thing twice is seldom nearer than one of ten.
BALANCED_WITHIN = 1.0
# Points at which a line is no longer weak, and from which it is strong: thirds
RATING_BORDERS = (BEST_SCORE / 3, 2 * BEST_SCORE / 3)
RATINGS = ("low", "medium", "high")


def scores(value: ArrayLike, low: ArrayLike, high: ArrayLike) -> NDArray[np.float64]:
    """Return the points of measured values, 0 to 10; NaN where there is no scale.

    score = 10 (value - low) / (high - low), not below 0 and not above 10

    :param value: measured, shape (n,)
    :param low: the value that earns nothing
    :param high: the value that earns all points; below ``low`` where less is better;
        equal to it where there is no scale

    >>> scores([30, 12, -3, 5], [10, 45, 45, 1], [50, 5, 5, 1])
    array([ 5.  ,  8.25, 10.  ,   nan])
    """
    value = vector("value", value)
    low = vector("low", low, value.size)
    high = vector("high", high, value.size)
    length = high - low
    share = np.full(value.size, np.nan)
    np.divide(value - low, length, out=share, where=length != 0)
    return BEST_SCORE * np.clip(share, 0.0, 1.0)


def ratings(score: ArrayLike) -> list[str]:
    """Return what scores are in a word: ``low``, ``medium`` or ``high``.

    :param score: points, 0 to 10, shape (n,)

    >>> ratings([0, 3.4, 10])
    ['low', 'medium', 'high']
    """
    score = _points("score", score)
    return [RATINGS[index] for index in np.searchsorted(RATING_BORDERS, score)]


def weighted_means(
    score: ArrayLike, weight: ArrayLike, part: ArrayLike, parts: int
) -> NDArray[np.float64]:
    """Return the mean score of each part; NaN where nothing has any weight.

    mean = sum of weight x score / sum of weight

    :param score: points, 0 to 10, shape (n,)
    :param weight: how much each counts, >= 0; only its size beside the others matters
    :param part: which part each row belongs to, 0 to ``parts`` - 1
    :param parts: how many parts there are

    >>> weighted_means([4, 10, 7], [2, 1, 1], [0, 0, 2], 3)
    array([ 6., nan,  7.])
    """
    score = _points("score", score)
    weight = vector("weight", weight, score.size, minimum=0)
    parts = int(number("parts", parts, 0))
    part = np.asarray(part, dtype=int)
    refuse("part", part, (part < 0) | (part >= parts), f"not one of {parts} parts")
    # parts without rows, and those of no weight, come to 0/0
    total = np.bincount(part, weights=weight, minlength=parts)
    points = np.bincount(part, weights=weight * score, minlength=parts)
    means = np.full(parts, np.nan)
    np.divide(points, total, out=means, where=total > 0)
    return means


def verdicts(give: ArrayLike, get: ArrayLike) -> list[str]:
    """Return who does better out of each exchange, seen from our side.

    ``gives_more``: we give more than we get; ``gets_more``: we get more; ``balanced``:
    the sides differ by no more than ``BALANCED_WITHIN``; ``unknown``: a side is empty.

    :param give: mean score of what we give, NaN where nothing is scored, shape (n,)
    :param get: the same of what we get

    >>> verdicts([6, 6, 6, float("nan")], [4.5, 7, 7.5, 5])
    ['gives_more', 'balanced', 'gets_more', 'unknown']
    """
    give, get = np.asarray(give, dtype=float), np.asarray(get, dtype=float)
    # the difference of means of tenths must not miss a border by a rounding error
    difference = np.round(get - give, 9)
    return np.select(
        [
            np.isnan(difference),
            difference < -BALANCED_WITHIN,
            difference > BALANCED_WITHIN,
        ],
        ["unknown", "gives_more", "gets_more"],
        default="balanced",
    ).tolist()


def pulls(score: ArrayLike, weight: ArrayLike, level: float) -> NDArray[np.float64]:
    """Return how far each line of one side pulls it from the other, in points.

    pull = weight / sum of weight x (score - level)

    They add up to the difference of this side from the other: to the balance for what
    we get, to its opposite for what we give.

    :param score: points of the lines of one side, 0 to 10, shape (n,)
    :param weight: how much each counts, >= 0
    :param level: mean score of the other side

    >>> pulls([4, 10], [3, 1], 6)
    array([-1.5,  1. ])
    """
    score = _points("score", score)
    weight = vector("weight", weight, score.size, minimum=0)
    level = number("level", level, 0, BEST_SCORE)
    total = weight.sum()
    if total == 0:
        return np.zeros(score.size)
    return weight / total * (score - level)


def _points(name: str, values: ArrayLike) -> NDArray[np.float64]:
    points = vector(name, values, minimum=0)
    refuse(name, points, points > BEST_SCORE, f"above {BEST_SCORE:g}")
    return points
