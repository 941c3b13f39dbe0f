"""k-means: so many centres that points are as near as can be to the nearest of them.

Each turn gives every point to its nearest centre and moves every centre to the mean of
its points (Lloyd), until nobody changes. What comes out depends on where the centres
begin: they begin at points far from each other (k-means++, Arthur and Vassilvitskii
2007), several times, and the best end is taken.
"""

import numpy as np
from numpy.typing import NDArray

# Where points lie in groups, it is over after 10 to 20 turns; where they do not, later
# turns move next to nobody.
MOST_TURNS = 50
# Beginnings tried
STARTS = 6


def fit(
    points: NDArray[np.float64],
    count: int,
    generator: np.random.Generator,
    starts: int = STARTS,
) -> NDArray[np.float64]:
    """Return centres, shape (count, dimensions).

    :param points: shape (n, dimensions), of at least ``count`` distinct rows

    >>> points = np.array([[0.0], [1.0], [10.0], [11.0]])
    >>> sorted(fit(points, 2, np.random.default_rng(1)).ravel().tolist())
    [0.5, 10.5]
    """
    ends = [
        settle(points, _begin(points, count, generator)) for _start in range(starts)
    ]
    return ends[int(np.argmin([_spread(points, centres) for centres in ends]))]


def settle(
    points: NDArray[np.float64], centres: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return where centres come to that begin where they were found among fewer points.

    >>> points = np.array([[0.0], [1.0], [10.0], [11.0]])
    >>> settle(points, np.array([[0.0], [10.0]])).ravel().tolist()
    [0.5, 10.5]
    """
    labels = None
    for _turn in range(MOST_TURNS):
        found = nearest(points, centres)
        if labels is not None and np.array_equal(found, labels):
            break
        labels = found
        centres = _means(points, labels, centres)
    return centres


def nearest(
    points: NDArray[np.float64], centres: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return the position of the nearest centre of each point.

    >>> nearest(np.array([[0.0], [9.0]]), np.array([[1.0], [8.0]])).tolist()
    [0, 1]
    """
    return _nearness(points, centres).argmin(axis=1)


def _nearness(points, centres):
    """Return squared distances, less what is the same for all centres of a point."""
    return (centres**2).sum(axis=1) - 2 * (points @ centres.T)


def _spread(points, centres):
    """Return the sum of squared distances, less what is the same for all centres."""
    return _nearness(points, centres).min(axis=1).sum()


def _begin(points, count, generator):
    """Return points to begin from: each drawn the likelier the farther it is."""
    chosen = [points[generator.integers(len(points))]]
    distance = np.full(len(points), np.inf)
    for _centre in range(count - 1):
        distance = np.minimum(distance, ((points - chosen[-1]) ** 2).sum(axis=1))
        reached = np.cumsum(distance)
        drawn = np.searchsorted(reached, generator.random() * reached[-1], side="right")
        chosen.append(points[min(int(drawn), len(points) - 1)])
    return np.array(chosen)


def _means(points, labels, centres):
    """Return the mean of each centre's points.

    A centre without points begins anew at the point that is farthest from its own.
    """
    count = len(centres)
    sizes = np.bincount(labels, minlength=count)
    sums = np.stack(
        [np.bincount(labels, weights=column, minlength=count) for column in points.T],
        axis=1,
    )
    means = sums / np.maximum(sizes, 1)[:, None]
    if empty := np.flatnonzero(sizes == 0).tolist():
        distance = ((points - means[labels]) ** 2).sum(axis=1)
        means[empty] = points[np.argsort(-distance, kind="stable")[: len(empty)]]
    return means
