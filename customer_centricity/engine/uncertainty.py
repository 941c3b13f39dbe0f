"""How sure a value is: intervals of accounts, and of their total.

A value is uncertain because nobody knows how often an account will buy, what it will
spend each time, and what share of that remains. The first is a distribution over
counts; the second is a gamma-gamma distribution given the count (Fader & Hardie 2013);
the third is the normal posterior of a shrunk ratio. Values are drawn from the three at
fixed points that fill the cube evenly, so that the same portfolio always has the same
intervals, whatever the order of its accounts.
"""

import functools
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special
from scipy.stats import qmc

from .checks import counts, matrix, number, vector

# Points at which a value is drawn: enough for quantiles good to a few hundredths of
# the width of an interval.
POINTS = 256
# Relative error common to all accounts while no backtest tells it: a portfolio's
# purchases of a coming year are rarely known better than to a quarter.
COMMON_ERROR = 0.25


class Spread(NamedTuple):
    """What the values of accounts may come to."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    variance: NDArray[np.float64]


def even_points(size: int, dimensions: int) -> NDArray[np.float64]:
    """Return points that fill the unit cube evenly, shape (dimensions, size).

    Sobol's sequence, moved into the middle of its cells.

    :param size: a power of two

    >>> even_points(4, 2)
    array([[0.125, 0.625, 0.875, 0.375],
           [0.125, 0.625, 0.375, 0.875]])
    """
    size, dimensions = counts("even_points", [size, dimensions]).astype(int)
    points = qmc.Sobol(dimensions, scramble=False).random(size)
    return points.T + 0.5 / size


def value_spread(
    chances: NDArray,
    money: NDArray,
    ratio: ArrayLike,
    ratio_variance: ArrayLike,
    factor: ArrayLike,
    shape: float,
    level: float = 0.8,
) -> Spread:
    """Return the interval that each value falls into with the given probability.

    :param chances: probabilities of 0, 1, 2 ... purchases, shape (n, m)
    :param money: of the gamma law of nu, an account's spending rate: its shape
        p x + q and its scale v + x m, shape (2, n)
    :param ratio, ratio_variance: share of the spending that remains as profit, and
        how uncertain it is, shape (n,)
    :param factor: what discounting and the like make of a purchase, shape (n,)
    :param shape: p, the shape of the gamma law of one purchase's money
    :param level: probability of the interval, 0 to 1

    >>> sure = np.array([[0.0, 1.0]]), np.array([[1e9], [1e9]])
    >>> spread = value_spread(*sure, ratio=0.5, ratio_variance=0, factor=1, shape=100)
    >>> spread.low.round(1), spread.high.round(1)
    (array([43.7]), array([56.5]))
    """
    level = number("level", level, 0, 1)
    shape = number("shape", shape, np.finfo(float).tiny)
    chances = matrix("chances", chances, minimum=0)
    size = chances.shape[0]
    money = matrix("money", money, rows=2, columns=size, minimum=0)
    ratio = vector("ratio", ratio, size)
    deviation = np.sqrt(vector("ratio_variance", ratio_variance, size, minimum=0))
    factor = vector("factor", factor, size)
    of_count, _of_money, _of_rate, of_ratio = _points()
    bought = _quantile_positions(np.cumsum(chances, axis=1), of_count)
    # the distinct counts: marking them is faster than sorting
    position = np.zeros(chances.shape[1], dtype=np.int64)
    position[bought] = 1
    numbers = np.flatnonzero(position)
    position[numbers] = np.arange(numbers.size)
    spent = _gamma_quantiles(shape * np.maximum(numbers, 1), 1)
    spent[numbers == 0] = 0
    shapes, shape_of = np.unique(money[0], return_inverse=True)
    rate = _gamma_quantiles(shapes, 2)
    values = deviation[:, None] * special.ndtri(of_ratio)
    values += ratio[:, None]
    values *= (factor * money[1])[:, None]
    values *= spent[position[bought], np.arange(POINTS)]
    values /= rate[shape_of]
    low, high = np.quantile(values, [0.5 - level / 2, 0.5 + level / 2], axis=1)
    return Spread(low, high, values.var(axis=1))


@functools.cache
def _points() -> NDArray[np.float64]:
    """Return the points at which values are drawn, ascending in the first dimension.

    That is where chances are looked up.
    """
    points = even_points(POINTS, 4)
    return points[:, np.argsort(points[0])]


def _gamma_quantiles(shapes: NDArray, dimension: int) -> NDArray[np.float64]:
    """Return where gamma laws reach the points of a dimension, shape (n, POINTS)."""
    rows = [_gamma_quantile(shape, dimension) for shape in shapes.tolist()]
    return np.reshape(rows, (-1, POINTS))


# All accounts with so many purchases have the same shape, and each of its quantiles is
# dear: they are kept, some megabytes in all.
@functools.lru_cache(maxsize=2048)
def _gamma_quantile(shape: float, dimension: int) -> NDArray[np.float64]:
    return special.gammaincinv(shape, _points()[dimension])


def _quantile_positions(cumulative: NDArray, points: NDArray) -> NDArray[np.int64]:
    """Return the first column of each row whose cumulative chance reaches the points.

    :param points: ascending

    >>> _quantile_positions(np.array([[0.5, 1.0], [0.0, 1.0]]), np.array([0.2, 0.7]))
    array([[0, 1],
           [1, 1]])
    """
    rows, columns = cumulative.shape
    # how many points each column has reached: columns are fewer than points
    reached = np.searchsorted(points, cumulative, side="right")
    reached[:, -1] = points.size
    first = np.diff(reached, axis=1, prepend=0)
    position = np.repeat(np.tile(np.arange(columns), rows), first.ravel())
    return position.reshape(rows, points.size)


def total_interval(
    total: float,
    variances: ArrayLike,
    common_error: float = COMMON_ERROR,
    level: float = 0.8,
) -> tuple[float, float]:
    """Return the interval of the value of all accounts together.

    Accounts do not go their ways independently: an economy, a price list, a supplier
    moves them together. To the sum of their variances comes that of a common relative
    error, which a backtest has measured; without it the interval of a large portfolio
    would be far too narrow.

    :param total: money
    :param variances: of the accounts, money squared, shape (n,)
    :param common_error: relative, >= 0

    >>> low, high = total_interval(1000, [0, 0], common_error=0.1)
    >>> round(low, 1), round(high, 1)
    (871.8, 1128.2)
    """
    total = number("total", total)
    common = number("common_error", common_error, 0) * total
    own = vector("variances", variances, minimum=0).sum()
    width = special.ndtri(0.5 + number("level", level, 0, 1) / 2)
    width *= np.sqrt(own + common**2)
    return total - float(width), total + float(width)


def part_interval(
    total: float,
    squared_widths: float,
    common_error: float = COMMON_ERROR,
    level: float = 0.8,
    excess: float = 1.0,
) -> tuple[float, float]:
    """Return the interval of the value of some accounts, from intervals of their own.

    Where the variances of accounts are not kept, the widths of their intervals tell
    them: of a normal distribution an interval is as many standard deviations wide as
    its level says. A value is skewed, and its interval narrower than that of a normal
    one with its variance: by how much, the portfolio tells that the accounts are a part
    of (see ``variance_excess``).

    :param total: money
    :param squared_widths: sum over the accounts of (high - low) squared, >= 0
    :param common_error: relative, >= 0
    :param level: of the accounts' intervals and of the result, above 0 and below 1
    :param excess: how many times as large the variances are as the widths tell, >= 1

    >>> low, high = part_interval(1000, 300**2 + 400**2, common_error=0)
    >>> round(low), round(high)
    (750, 1250)
    """
    squares = number("squared_widths", squared_widths, 0)
    own = number("excess", excess, 1) * squares / _deviations(level) ** 2
    return total_interval(total, [own], common_error, level)


def variance_excess(
    interval: tuple[float, float],
    squared_widths: float,
    common_error: float = COMMON_ERROR,
    level: float = 0.8,
) -> float:
    """Return how many times as large variances are as widths of intervals tell.

    Of a portfolio whose interval was made of the variances: with the result,
    ``part_interval`` gives that interval again for all of its accounts.

    :param interval: of the portfolio, see ``total_interval``
    :param squared_widths: sum over all its accounts of (high - low) squared, >= 0
    :param common_error: relative, >= 0
    :param level: of all the intervals, above 0 and below 1
    :return: 1 where nothing tells of more

    >>> interval = total_interval(1000, [500**2], common_error=0.1)
    >>> squares = (500 * 2.5631031 / 2) ** 2
    >>> round(variance_excess(interval, squares, common_error=0.1), 3)
    4.0
    """
    low, high = (number("interval", end) for end in interval)
    squares = number("squared_widths", squared_widths, 0)
    common = number("common_error", common_error, 0) * (low + high) / 2
    width = _deviations(level)
    own = ((high - low) / width) ** 2 - common**2
    told = squares / width**2
    return max(own / told, 1.0) if told > 0 else 1.0


def _deviations(level: float) -> float:
    """Return how many standard deviations wide an interval of a normal law is."""
    return float(2 * special.ndtri(0.5 + number("level", level, 0, 1) / 2))
