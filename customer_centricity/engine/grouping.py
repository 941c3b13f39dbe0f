"""Groups of accounts that behave alike, found in how they behave.

Nine dimensions say how an account behaves. They are made comparable (``features``):
what is skewed, such as money, counts by its order of size; what is far out is taken in;
each dimension is as wide as the others, and those that say the same share their weight.
Groups are then the centres of k-means (kmeans.py).

How many there are is not known beforehand, and k-means finds as many as it is asked
for. So every count is tried (``choose``):

- stability: two samples that share no account are grouped, each by itself; how far do
  the two agree about who belongs together? 1 when entirely, 0 when as by chance
  (adjusted Rand index, Hubert and Arabie 1985; Ben-Hur, Elisseeff and Guyon 2002).
  Groups that other accounts would not have shown are no groups.
- separation: how much nearer are accounts to their own group than to the next one? 1
  when far apart, 0 when they shade into each other (silhouette, Rousseeuw 1987).

Taken is the largest count that is stable and about as good (stability x separation) as
the best of those.
Same accounts, same groups: whatever the order of the rows, and with a fixed seed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from . import kmeans
from .checks import matrix, refuse

# How an account behaves, and whether it is its order of size that counts
DIMENSIONS = {
    "recency": True,  # days since the last order
    "frequency": True,  # orders
    "spend": True,  # revenue
    "margin": False,  # profit as a share of the revenue
    "breadth": True,  # distinct products
    "hours_per_order": True,
    "regularity": False,  # variation of the time between orders; 0: like clockwork
    "payment_delay": False,  # days after they were due
    "serving_share": False,  # cost of time, others and serving, of the revenue
}
SEED = 19
COUNTS = range(2, 9)
# Accounts further out than all but this share count as if they were there.
TAIL = 0.01
# And none is further than so many standard deviations from the middle.
FURTHEST = 3.0
# Fewer accounts in a group are cases, not a group.
LEAST_ACCOUNTS = 5
LEAST_SHARE = 0.01
# Two groups at least, to be found in two halves of the accounts
FEWEST = 4 * LEAST_ACCOUNTS
# A count is stable from here on: two halves of the accounts agree about it.
STABLE = 0.8
# A count with more groups, which tells more, is taken if it is nearly as good.
NEARLY = 0.85
# Below this the accounts shade into each other: "no substantial structure has been
# found" (Kaufman and Rousseeuw 1990, p. 88).
SEPARATE = 0.25
# Accounts that a trial looks at: stability needs two samples, separation every pair.
TRIAL_SAMPLE = 3000
PAIRS_SAMPLE = 1200
TRIALS = 6
TRIAL_STARTS = 3
# Accounts among which centres are sought, before all of them have their say
FIT_SAMPLE = 20_000
# How far from the middle a group must be for a word, or a strong one; in standard
# deviations of the accounts
WORD = 0.5
STRONG_WORD = 1.25
# Two groups are the same if so much of both together is in both: half of each, when
# they are of one size.
SAME_GROUP = 1 / 3


@dataclass(frozen=True)
class Features:
    """Accounts as points: the same distance means as much in every direction."""

    names: tuple[str, ...]
    points: NDArray[np.float64]  # (n, dimensions)
    weights: NDArray[np.float64]  # (dimensions,): of what says the same as others


@dataclass(frozen=True)
class Trial:
    """How good a number of groups is."""

    count: int
    stability: float
    separation: float
    smallest: float  # share of the accounts in the smallest group

    @property
    def worth(self) -> float:
        """How separate the groups are that others would have shown, too."""
        return self.stability * self.separation


@dataclass(frozen=True)
class Choice:
    """The number of groups, and how far it can be relied on.

    ``clear``: groups lie apart. ``gradual``: accounts shade into each other, yet
    others like them would be cut alike. ``unstable``: other accounts would be cut
    otherwise.
    """

    count: int
    verdict: str
    trials: tuple[Trial, ...]


@dataclass(frozen=True)
class Clusters:
    """Groups, the largest first."""

    labels: NDArray[np.int64]  # (n,)
    centres: NDArray[np.float64]  # (count, dimensions)


@dataclass(frozen=True)
class Word:
    """What sets a group apart from the others, in one dimension."""

    dimension: str
    level: str  # high or low
    is_strong: bool


def features(frame: pd.DataFrame) -> Features:
    """Return accounts as points that can be compared.

    Skewed: arcsinh(x / median of those that are not 0), which is about the logarithm
    for large values, and lets 0 and credits be. Then (x - median) / standard deviation,
    both of what is known, after taking in the tails; what is not known counts as the
    median. Dimensions in which nobody differs are left out. The weight of each is 1 /
    sqrt(sum of its squared correlations): three that say the same count as one.

    :param frame: columns of ``DIMENSIONS``, one row an account; NaN: not known
    :raise ValueError: naming the column and row of what is no number

    >>> frame = pd.DataFrame({"spend": [0, 10, 1000], "margin": [0.1, 0.1, 0.1],
    ...                       "frequency": [1, None, 4]})
    >>> found = features(frame)
    >>> found.names, found.points.shape
    (('spend', 'frequency'), (3, 2))
    >>> float(found.points[1, 1])
    0.0
    """
    values = _values(frame)
    order = _order(values)
    columns, names = [], []
    for name, column in zip(frame, values[order].T, strict=True):
        standard = _standardised(column, DIMENSIONS[name])
        if standard is not None:
            columns.append(standard)
            names.append(str(name))
    if not columns:
        raise ValueError("features: the accounts differ in nothing")
    standard = np.stack(columns, axis=1)
    weights = _weights(standard)
    points = np.empty_like(standard)
    points[order] = standard * weights
    return Features(tuple(names), points, weights)


def cluster(points: ArrayLike, count: int, seed: int = SEED) -> Clusters:
    """Return so many groups of points, the largest first.

    :param points: shape (n, dimensions)
    :raise ValueError: when there are fewer distinct points

    >>> found = cluster([[0.0], [0.1], [0.2], [5.0], [5.1]], 2)
    >>> found.labels.tolist()
    [0, 0, 0, 1, 1]
    >>> found.centres.round(2).ravel().tolist()
    [0.1, 5.05]
    """
    points = matrix("points", points)
    order = _order(points)
    ordered = points[order]
    most = _distinct(ordered)
    if not 1 <= count <= most:
        raise ValueError(f"count: {count} groups of {most} distinct points")
    generator = np.random.default_rng([seed, count])
    sample = _sample(ordered, FIT_SAMPLE, generator)
    if _distinct(sample) < count:
        sample = ordered
    centres = kmeans.settle(ordered, kmeans.fit(sample, count, generator))
    found = kmeans.nearest(ordered, centres)
    sizes = np.bincount(found, minlength=count)
    rank = np.lexsort((*centres.T, -sizes))
    position = np.empty(count, dtype=np.int64)
    position[rank] = np.arange(count)
    labels = np.empty(len(points), dtype=np.int64)
    labels[order] = position[found]
    return Clusters(labels, centres[rank])


def choose(
    points: ArrayLike, counts: Iterable[int] = COUNTS, seed: int = SEED
) -> Choice:
    """Return how many groups there are, with what speaks for each number.

    :param points: shape (n, dimensions)
    :raise ValueError: when there are too few accounts for any of ``counts``

    >>> near = np.linspace(0, 1, 30)[:, None]
    >>> found = choose(np.concatenate([near, near + 9, near + 40]))
    >>> found.count, found.verdict
    (3, 'clear')
    """
    points = matrix("points", points)
    ordered = points[_order(points)]
    # halves of the accounts are grouped, too
    most = min(_distinct(ordered), len(points) // (2 * LEAST_ACCOUNTS))
    counts = [count for count in counts if count <= most]
    if not counts:
        raise ValueError(f"points: {len(points)} accounts are too few to find groups")
    trials = _trials(ordered, counts, seed)
    candidates = [
        trial
        for trial in trials
        if trial.stability >= STABLE
        and trial.smallest >= max(LEAST_SHARE, LEAST_ACCOUNTS / len(points))
    ]
    if not candidates:
        best = max(trials, key=lambda trial: (trial.stability, trial.separation))
        return Choice(best.count, "unstable", trials)
    best = max(trial.worth for trial in candidates)
    taken = max(
        (trial for trial in candidates if trial.worth >= NEARLY * best),
        key=lambda trial: trial.count,
    )
    return Choice(taken.count, judge(taken), trials)


def judge(trial: Trial) -> str:
    """Return how far a number of groups that somebody asked for can be relied on.

    >>> judge(Trial(4, stability=0.9, separation=0.1, smallest=0.2))
    'gradual'
    """
    if trial.stability < STABLE:
        return "unstable"
    return "clear" if trial.separation >= SEPARATE else "gradual"


def describe(centres: ArrayLike, portfolio: Features) -> list[list[Word]]:
    """Return what sets each group apart from the portfolio, the most telling first.

    :param centres: of groups of the portfolio, shape (count, dimensions)

    >>> frame = pd.DataFrame({"margin": [0.1] * 9 + [0.9], "recency": [5.0, 7.0] * 5})
    >>> portfolio = features(frame)
    >>> describe(portfolio.points[-1:], portfolio)[0][0]
    Word(dimension='margin', level='high', is_strong=True)
    """
    centres = matrix("centres", centres, columns=len(portfolio.names))
    middle = portfolio.points.mean(axis=0)
    wide = portfolio.points.std(axis=0)
    away = (centres - middle) / wide
    words = []
    for row in away:
        telling = np.argsort(-np.abs(row), kind="stable")
        words.append(
            [
                Word(
                    portfolio.names[position],
                    "high" if row[position] > 0 else "low",
                    bool(abs(row[position]) >= STRONG_WORD),
                )
                for position in telling
                if abs(row[position]) >= WORD
            ]
        )
    return words


def typical(frame: pd.DataFrame, labels: ArrayLike, count: int) -> pd.DataFrame:
    """Return the figures of each group's middle account: medians of what is known.

    >>> frame = pd.DataFrame({"spend": [1.0, 3.0, 90.0, 7.0, None]})
    >>> typical(frame, [0, 0, 0, 1, 1], 3)["spend"].tolist()
    [3.0, 7.0, nan]
    """
    groups = frame.groupby(np.asarray(labels))
    return groups.median().reindex(range(count))


def sums(values: ArrayLike, labels: ArrayLike, count: int) -> NDArray[np.float64]:
    """Return each group's sum.

    >>> sums([1, 2, 4], [0, 1, 1], 3).tolist()
    [1.0, 6.0, 0.0]
    """
    weights = np.asarray(values, dtype=float)
    return np.bincount(np.asarray(labels), weights=weights, minlength=count)


def shares(amounts: ArrayLike) -> NDArray[np.float64]:
    """Return each group's share of the sum; 0 where that is not above 0.

    With losses, groups that earn have shares of more than 1 together.

    >>> shares([6, -2, 4]).tolist()
    [0.75, -0.25, 0.5]
    >>> shares([3, -5]).tolist()
    [0.0, 0.0]
    """
    amounts = np.asarray(amounts, dtype=float)
    total = amounts.sum()
    return amounts / total if total > 0 else np.zeros(amounts.size)


def match(
    labels: ArrayLike, former: Sequence[int | None], count: int
) -> list[int | None]:
    """Return which former group each group is again, None for a new one.

    Each former group goes on in one group at most, so that as many accounts as possible
    stay, and only where it is the same group: of the accounts that were grouped before,
    those in both must be a third of those in either.

    :param labels: group of each account, shape (n,)
    :param former: id of its former group, None where it had none

    >>> match([0, 0, 1, 1, 2], [7, 7, 4, None, 7], 3)
    [7, 4, None]
    """
    labels = np.asarray(labels, dtype=np.int64)
    known = pd.Series(former, dtype="Int64")
    had = known.notna().to_numpy()
    ids, position = np.unique(known[had].to_numpy(np.int64), return_inverse=True)
    result: list[int | None] = [None] * count
    if not ids.size:
        return result
    both = np.bincount(
        labels[had] * ids.size + position, minlength=count * ids.size
    ).reshape(count, ids.size)
    either = both.sum(axis=1)[:, None] + both.sum(axis=0)[None, :] - both
    alike = both / np.maximum(either, 1)
    for row, column in zip(*linear_sum_assignment(-both), strict=True):
        if alike[row, column] >= SAME_GROUP:
            result[row] = int(ids[column])
    return result


# ----------------------------------------------------------------------
# Making dimensions comparable
# ----------------------------------------------------------------------


def _values(frame: pd.DataFrame) -> NDArray[np.float64]:
    if unknown := [str(name) for name in frame if name not in DIMENSIONS]:
        raise ValueError(f"{unknown[0]}: not a dimension of how accounts behave")
    try:
        values = frame.to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise ValueError(f"features: not numbers ({error})") from error
    for name, column in zip(frame, values.T, strict=True):
        refuse(str(name), column, np.isinf(column), "not a finite number")
    return values


def _standardised(
    column: NDArray[np.float64], is_skewed: bool
) -> NDArray[np.float64] | None:
    """Return a column of the middle 0 and width 1, None where nobody differs."""
    known = ~np.isnan(column)
    if known.sum() < 2:
        return None
    if is_skewed:
        sizes = np.abs(column[known & (column != 0)])
        if not sizes.size:
            return None
        column = np.arcsinh(column / np.median(sizes))
    low, middle, high = np.quantile(column[known], [TAIL, 0.5, 1 - TAIL])
    taken = np.clip(column, low, high)
    width = taken[known].std()
    if width <= np.finfo(float).eps * max(1.0, abs(middle)):
        return None
    standard = np.clip((taken - middle) / width, -FURTHEST, FURTHEST)
    return np.where(known, standard, 0.0)


def _weights(standard: NDArray[np.float64]) -> NDArray[np.float64]:
    related = np.atleast_2d(np.corrcoef(standard, rowvar=False))
    return 1 / np.sqrt((related**2).sum(axis=1))


def _order(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the rows in an order that does not depend on how they came."""
    return np.lexsort(np.nan_to_num(values, nan=-np.inf).T[::-1])


# ----------------------------------------------------------------------
# Trying numbers of groups
# ----------------------------------------------------------------------


def _trials(points, counts, seed):
    generator = np.random.default_rng(seed)
    samples = [_sample(points, TRIAL_SAMPLE, generator) for _trial in range(TRIALS)]
    # every pair of halves serves all counts
    halves = [_halves(sample, generator) for sample in samples]
    some = _sample(points, PAIRS_SAMPLE, generator)
    distance = cdist(some, some)
    trials = []
    for count in counts:
        generator = np.random.default_rng([seed, count])
        centres = kmeans.fit(samples[0], count, generator)
        sizes = np.bincount(kmeans.nearest(points, centres), minlength=count)
        trials.append(
            Trial(
                count,
                stability=float(
                    np.mean(
                        [
                            _agreement(sample, *both, count, generator)
                            for sample, both in zip(samples, halves, strict=True)
                        ]
                    )
                ),
                separation=_separation(distance, kmeans.nearest(some, centres), count),
                smallest=float(sizes.min() / len(points)),
            )
        )
    return tuple(trials)


def _sample(points, most, generator):
    if len(points) <= most:
        return points
    return points[np.sort(generator.choice(len(points), most, replace=False))]


def _halves(sample, generator):
    shuffled = sample[generator.permutation(len(sample))]
    return shuffled[: len(sample) // 2], shuffled[len(sample) // 2 :]


def _agreement(sample, one, other, count, generator):
    """Return how far two halves, each grouped alone, agree about a sample."""
    first, second = (
        kmeans.nearest(sample, kmeans.fit(half, count, generator, TRIAL_STARTS))
        for half in (one, other)
    )
    return agreement(first, second)


def agreement(first: NDArray[np.int64], second: NDArray[np.int64]) -> float:
    """Return the adjusted Rand index of two groupings: 1 the same, 0 as by chance.

    (pairs together in both - expected) / (mean of pairs together in each - expected)

    >>> agreement(np.array([0, 0, 1, 1]), np.array([1, 1, 0, 0]))
    1.0
    >>> round(agreement(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])), 6)
    -0.5
    """
    count = 1 + int(max(first.max(), second.max()))
    table = np.bincount(first * count + second, minlength=count**2).reshape(count, -1)

    def pairs(sizes):
        return float((sizes * (sizes - 1) / 2).sum())

    in_first, in_second = pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    expected = in_first * in_second / pairs(np.array([first.size]))
    most = (in_first + in_second) / 2
    if most == expected:
        return 1.0
    return (pairs(table) - expected) / (most - expected)


def _separation(distance, labels, count):
    """Return the mean silhouette: (to the next group - to the own) / the larger.

    An account alone in its group counts as 0.
    """
    member = np.eye(count)[labels]
    sizes = member.sum(axis=0)
    sums = distance @ member
    rows = np.arange(len(labels))
    own_size = sizes[labels]
    own = sums[rows, labels] / np.maximum(own_size - 1, 1)
    means = np.full_like(sums, np.inf)
    np.divide(sums, sizes, out=means, where=sizes > 0)
    means[rows, labels] = np.inf
    other = means.min(axis=1)
    larger = np.maximum(own, other)
    apart = np.zeros(len(labels))
    some = (own_size > 1) & np.isfinite(other) & (larger > 0)
    np.divide(other - own, larger, out=apart, where=some)
    return float(apart.mean())


def _distinct(ordered: NDArray[np.float64]) -> int:
    """Return the number of distinct rows; equal ones follow each other."""
    return 1 + int((ordered[1:] != ordered[:-1]).any(axis=1).sum())
