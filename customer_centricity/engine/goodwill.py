"""How well an account and we get on: the goodwill index, 0 to 100, of four parts.

- complaints: of every hundred orders, how many were followed by one
- hours: the hours of an order, beside those of the window before
- payment: days from due to paid
- cost: what serving it costs as a share of its revenue, beside the window before

Each part has points: 100 is as good as it can be, 0 is as bad as counts. The index is
their mean by WEIGHTS. A part of which nothing is known drops out, and the others count
for more; of less than half of the weights there is no index. Nothing else is in it, so
that a person can follow every number.

This is the definition, for people to follow. The refresh computes the same of whole
portfolios in the database, with the constants from here; a test holds it to ``index``
and ``change``, which nothing else calls. Vectors in, one row an account; NaN is
unknown.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import refuse, vector

BEST = 100.0
# How much each part counts. Complaints are what customers say themselves; the others
# are what can be read off how they behave.
WEIGHTS = {"complaints": 0.4, "hours": 0.2, "payment": 0.2, "cost": 0.2}
# Less than this of the weights is too little to call it an index: neither complaints
# alone, of whoever never complained, nor two trends.
KNOWN_SHARE = 0.5
# From here on no points are left: a complaint on every fourth order; two months late
WORST_COMPLAINT_RATE = 0.25
WORST_DELAY_DAYS = 60.0
# Points of what is as it was before. Half of it has all points, twice of it none.
SAME = 50.0
# A trend rests on at least so many orders of each window: one order makes none.
TREND_ORDERS = 2


def complaint_points(complaints: ArrayLike, orders: ArrayLike) -> NDArray[np.float64]:
    """Return the points for complaints; NaN where there were neither they nor orders.

    points = 100 (1 - complaints / orders / 0.25), not below 0

    :param complaints: how many, shape (n,)
    :param orders: of the same time

    >>> complaint_points([0, 3, 1, 2, 0], [12, 24, 1, 0, 0])
    array([100.,  50.,   0.,   0.,  nan])
    """
    complaints = vector("complaints", complaints, minimum=0)
    orders = vector("orders", orders, complaints.size, minimum=0)
    rate = np.full(complaints.size, np.nan)
    rate[complaints > 0] = np.inf
    np.divide(complaints, orders, out=rate, where=orders > 0)
    return BEST * (1 - np.minimum(rate / WORST_COMPLAINT_RATE, 1))


def payment_points(days: ArrayLike) -> NDArray[np.float64]:
    """Return the points for paying late by so many days; early is as good as in time.

    points = 100 (1 - days / 60), from 0 to 100

    :param days: from due to paid, below zero is early, NaN unknown; shape (n,)

    >>> payment_points([-3, 0, 15, 90, float("nan")])
    array([100., 100.,  75.,   0.,  nan])
    """
    return BEST * (1 - np.clip(np.asarray(days, float) / WORST_DELAY_DAYS, 0, 1))


def trend_points(
    effort: ArrayLike,
    base: ArrayLike,
    previous_effort: ArrayLike,
    previous_base: ArrayLike,
    orders: ArrayLike,
    previous_orders: ArrayLike,
) -> NDArray[np.float64]:
    """Return the points for taking more effort, or less, than in the window before.

    points = 50 - 50 log2((effort / base) / the same before), from 0 to 100

    Unknown where a window has too few orders or no base, or where neither took any
    effort: who never cost an hour has no trend. Corrections below zero are no effort.

    :param effort: hours, or cost, shape (n,)
    :param base: what it is a share of: orders, or revenue

    >>> trend_points([30, 20, 10, 40, 0, 5, 0, 9], [10] * 8,
    ...              [30, 20, 20, 20, 5, 0, 0, 9], [10, 20, 10, 10, 10, 10, 10, 10],
    ...              [9, 9, 9, 9, 9, 9, 9, 1], [9] * 8)
    array([ 50.,   0., 100.,   0., 100.,   0.,  nan,  nan])
    """
    effort = np.maximum(vector("effort", effort), 0)
    size = effort.size
    before = np.maximum(vector("previous_effort", previous_effort, size), 0)
    base = vector("base", base, size)
    base_before = vector("previous_base", previous_base, size)
    is_known = (
        (vector("orders", orders, size) >= TREND_ORDERS)
        & (vector("previous_orders", previous_orders, size) >= TREND_ORDERS)
        & (np.minimum(base, base_before) > 0)
        & (np.maximum(effort, before) > 0)
    )
    # less than none before, and none now, are the ends of the scale
    doublings = np.where(effort > 0, np.inf, -np.inf)
    both = is_known & (effort > 0) & (before > 0)
    np.log2(
        np.divide(effort * base_before, before * base, out=np.ones(size), where=both),
        out=doublings,
        where=both,
    )
    return np.where(is_known, np.clip(SAME * (1 - doublings), 0, BEST), np.nan)


def index(points: dict[str, ArrayLike]) -> NDArray[np.float64]:
    """Return the goodwill index; NaN where less than half of the weights is known.

    index = sum of weight x points / sum of weight, of the parts that are known

    :param points: of each part of WEIGHTS, shape (n,) each

    >>> unknown = float("nan")
    >>> index({"complaints": [100, 100, 50], "hours": [50, unknown, unknown],
    ...        "payment": [75, unknown, 75], "cost": [25, unknown, unknown]})
    array([70.        ,         nan, 58.33333333])
    """
    table, weights = _table("points", points)
    known = np.where(np.isnan(table), 0.0, weights)
    total = known.sum(axis=1)
    result = np.full(len(table), np.nan)
    np.divide(
        (known * np.nan_to_num(table)).sum(axis=1),
        total,
        out=result,
        # sums of tenths must not miss the half by a rounding error
        where=np.round(total, 9) >= KNOWN_SHARE,
    )
    return result


def change(
    points: dict[str, ArrayLike], previous: dict[str, ArrayLike]
) -> NDArray[np.float64]:
    """Return by how much the index changed; NaN where there is none to compare.

    Of the parts only that are known both times: what has come to be known since is no
    change.

    :param points: of each part of WEIGHTS, shape (n,) each
    :param previous: the same of the window before

    >>> now = {"complaints": [100], "hours": [40], "payment": [80], "cost": [90]}
    >>> unknown = float("nan")
    >>> change(now, {"complaints": [50], "hours": [70], "payment": [unknown],
    ...              "cost": [unknown]})
    array([23.33333333])
    """
    table, _weights = _table("points", points)
    before, _weights = _table("previous", previous)
    is_known = ~np.isnan(table) & ~np.isnan(before)

    def known_only(values):
        both = np.where(is_known, values, np.nan)
        return dict(zip(WEIGHTS, both.T, strict=True))

    return index(known_only(table)) - index(known_only(before))


def _table(name, points):
    """Return a column for each part, and the weights of the columns."""
    table = np.column_stack([np.asarray(points[part], float) for part in WEIGHTS])
    refuse(name, table, ((table < 0) | (table > BEST)).any(axis=1), "not 0 to 100")
    return table, np.array(list(WEIGHTS.values()))
