"""Which prospects are like the best accounts, why, and whether that is worth anything.

What is known of an account before it is a customer, its facets (an industry, a
country, where it came from, words of its description, ...), is counted among the best
accounts and among the others. A prospect is like the best as far as it shares with
them what the others do not have:

    share(v)    = (best with v + s x base) / (accounts with v + s)
    weight(v)   = logit(share(v)) - logit(base)
    evidence    = sum over facets of (sum of its weights / sqrt(number of its weights))
    likeness    = 1 / (1 + exp(-slope x evidence))

``base`` is the share of the best among the accounts of which the facet is known, and
``s`` is SHRINKAGE: every value begins with so many accounts that are as usual, so that
few say little. What is not known of a prospect, and values that fewer than
LEAST_ACCOUNTS accounts have, say nothing. Weights of one facet, several tags or words,
say partly the same: they count by the root of their number.

The weights are those of naive Bayes (Maron 1961), each shrunk to the usual by a beta
prior (Cestnik 1990); as facets say partly the same as well, the evidence is brought to
scale by the logistic curve of Platt (1999) on evidence that leaves each account's own
example out.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import counts, refuse, vector

# Accounts that are as usual, with which the count of every value begins
SHRINKAGE = 5
# What fewer accounts have in common says nothing, and would tell of one of them.
LEAST_ACCOUNTS = 3
# Fewer best accounts, or others, than that have nothing typical.
LEAST_EXAMPLES = 10
# The share of accounts that may be the best, where the first tiers hold more
MOST_BEST = 0.5
# The least accounts in a band of scores whose tiers are counted, and the most bands
BAND_ACCOUNTS = 10
MOST_BANDS = 5
# Of prospects ranked by likeness those are picked, and compared with the others.
PICKED_SHARE = 1 / 3
# What is within so many standard errors of even is chance, 19 times in 20.
CHANCE_ERRORS = 1.96
# Letters of a word that says something
WORD = re.compile(r"[a-z]{4,24}")
# Parts of an address on the web
NO_WORDS = {"http", "https", "html"}
# So much of a text is looked at, in characters.
MOST_TEXT = 4000
# What weighs less is 0, but for rounding.
LEAST_WEIGHT = 1e-9
# A facet and a value are one number: the value has so many bits of it.
VALUE_BITS = 40
# Steps of Newton's method: it takes fewer than ten
MOST_STEPS = 50


def words(text: str | None) -> list[str]:
    """Return the different words of a text or page, without accents, in order.

    >>> words("<p>Hôtel &amp; Spa: 40 rooms, HOTEL bar</p>")
    ['hotel', 'rooms']
    >>> words(None)
    []
    """
    plain = re.sub(r"<[^>]*>|&#?\w+;", " ", (text or "")[:MOST_TEXT])
    plain = unicodedata.normalize("NFKD", plain.lower())
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return sorted(set(WORD.findall(plain)) - NO_WORDS)


# ------------------------------------------------------------------
# What is typical of the best
# ------------------------------------------------------------------


@dataclass(frozen=True)
class Weights:
    """What each value of each facet says, one row a value, by facet and value.

    ``count``: accounts with it, ``best`` of them the best; ``known``: accounts of which
    the facet is known, ``known_best`` of them the best.
    """

    facet: NDArray[np.int64]
    value: NDArray[np.int64]
    count: NDArray[np.int64]
    best: NDArray[np.int64]
    known: NDArray[np.int64]
    known_best: NDArray[np.int64]
    weight: NDArray[np.float64]


def weights(
    count: ArrayLike, best: ArrayLike, known: ArrayLike, known_best: ArrayLike
) -> NDArray[np.float64]:
    """Return what values say: logit(share of the best with it) - logit(usual share).

    :param count: accounts with the value, ``best`` of them the best
    :param known: accounts of which the facet is known, ``known_best`` the best
    :return: 0 where all accounts, or none, are the best

    Of 100 accounts 20 are the best: 0.2. Of 15 hotels 9 are, which counts as
    (9 + 5 x 0.2) / (15 + 5) = 0.5; a school that is one is no more than
    (1 + 5 x 0.2) / (1 + 5) = 0.333:

    >>> weights([15, 1], [9, 1], [100, 100], [20, 20]).round(3).tolist()
    [1.386, 0.693]
    """
    count = counts("count", count)
    best = counts("best", best, count.size)
    known = counts("known", known, count.size)
    known_best = counts("known_best", known_best, count.size)
    refuse("best", best, best > count, "more than all")
    refuse("known_best", known_best, known_best > known, "more than all")
    with np.errstate(invalid="ignore", divide="ignore"):
        base = np.where(known > 0, known_best / known, 0)
        share = (best + SHRINKAGE * base) / (count + SHRINKAGE)
        found = _logit(share) - _logit(base)
    return np.where((base > 0) & (base < 1), found, 0.0)


def _logit(share):
    return np.log(share) - np.log1p(-share)


def learn(
    subject: ArrayLike, facet: ArrayLike, value: ArrayLike, best: ArrayLike
) -> Weights:
    """Return the weights of all values that LEAST_ACCOUNTS accounts have in common.

    :param subject: account of each value, by its position in ``best``
    :param facet: number of the facet
    :param value: number of the value
    :param best: whether the account is one of the best

    Of six accounts the three in country 34 are the best but for one:

    >>> found = learn([0, 1, 2, 3, 4, 5], [7] * 6, [34, 34, 34, 33, 33, 1],
    ...               [1, 1, 0, 0, 0, 0])
    >>> found.value.tolist(), found.count.tolist(), found.best.tolist()
    ([34], [3], [2])

    (2 + 5 x 1/3) / (3 + 5) = 0.458 instead of 0.333:

    >>> found.weight.round(3).tolist()
    [0.526]
    """
    best = np.asarray(best, dtype=bool)
    who, pair = _rows(subject, facet, value, best.size)
    pairs, which = np.unique(pair, return_inverse=True)
    count = np.bincount(which, minlength=pairs.size)
    count_best = np.bincount(which, best[who], minlength=pairs.size).astype(int)
    facets = pairs >> VALUE_BITS
    size = int(facets.max(initial=0)) + 1
    known = np.unique(who * size + (pair >> VALUE_BITS))
    by_facet = np.bincount(known % size, minlength=size)
    of_best = best[known // size]
    by_facet_best = np.bincount(known % size, of_best, size).astype(int)
    keep = count >= LEAST_ACCOUNTS
    pairs, facets, count, count_best = (
        column[keep] for column in (pairs, facets, count, count_best)
    )
    of_facet, of_facet_best = by_facet[facets], by_facet_best[facets]
    return Weights(
        facets,
        pairs & ((1 << VALUE_BITS) - 1),
        count,
        count_best,
        of_facet,
        of_facet_best,
        weights(count, count_best, of_facet, of_facet_best),
    )


def _rows(subject, facet, value, size):
    """Return the different rows: subjects, and facets with values as one number."""
    subject, facet, value = (
        counts(name, column).astype(np.int64)
        for name, column in (("subject", subject), ("facet", facet), ("value", value))
    )
    if not subject.size == facet.size == value.size:
        raise ValueError("value: expected one subject and one facet a value")
    refuse("subject", subject, subject >= size, "no position of an account")
    refuse("value", value, value >= 1 << VALUE_BITS, "too large a number")
    pairs, which = np.unique(_pairs(facet, value), return_inverse=True)
    width = max(pairs.size, 1)
    rows = np.unique(subject * width + which)
    return rows // width, pairs[rows % width]


def _pairs(facet, value):
    return (facet.astype(np.int64) << VALUE_BITS) + value.astype(np.int64)


def most_common(
    subject: ArrayLike, facet: ArrayLike, value: ArrayLike, which: int, number: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows but those of the values of a facet that few subjects have.

    :param which: the facet of which only so many values are to be kept

    >>> kept = most_common([0, 1, 1, 2], [5, 5, 5, 6], [8, 9, 8, 9], 5, 1)
    >>> [column.tolist() for column in kept]
    [[0, 1, 2], [5, 5, 6], [8, 8, 9]]
    """
    subject, facet, value = (
        counts(name, column).astype(np.int64)
        for name, column in (("subject", subject), ("facet", facet), ("value", value))
    )
    times = np.bincount(value[facet == which])
    common = np.argsort(-times, kind="stable")[:number]
    keep = (facet != which) | np.isin(value, common)
    return subject[keep], facet[keep], value[keep]


# ------------------------------------------------------------------
# How like the best somebody is
# ------------------------------------------------------------------


@dataclass(frozen=True)
class Evidence:
    """How much speaks for each subject, and which rows of the weights speak.

    ``total``: of each subject; ``known``: whether anything is known that says
    something; ``subject``, ``row``, ``part``: what each value adds to the total.
    """

    total: NDArray[np.float64]
    known: NDArray[np.bool_]
    subject: NDArray[np.int64]
    row: NDArray[np.int64]
    part: NDArray[np.float64]


def evidence(
    subject: ArrayLike,
    facet: ArrayLike,
    value: ArrayLike,
    learnt: Weights,
    size: int,
) -> Evidence:
    """Return how much speaks for each prospect to be like the best.

    Two tags of a facet, of weights 0.5 and 0.2, come to 0.7 / sqrt(2):

    >>> learnt = Weights(*np.array([[0, 0], [1, 2], [9, 9], [3, 3], [30, 30], [6, 6]]),
    ...                  np.array([0.5, 0.2]))
    >>> found = evidence([0, 0, 1, 2], [0, 0, 0, 0], [1, 2, 2, 8], learnt, 3)
    >>> found.total.round(3).tolist(), found.known.tolist()
    ([0.495, 0.2, 0.0], [True, True, False])
    """
    return _evidence(
        subject, facet, value, learnt, size, lambda _who, row: learnt.weight[row]
    )


def left_out(
    subject: ArrayLike,
    facet: ArrayLike,
    value: ArrayLike,
    learnt: Weights,
    best: ArrayLike,
) -> Evidence:
    """Return how much speaks for each account, had it not been an example itself.

    The accounts are those that the weights were learnt from. One of three with a value
    that says nothing but of itself has no evidence:

    >>> best = [True] + [False] * 5
    >>> learnt = learn([0, 1, 2, 3, 4, 5], [0] * 6, [1, 1, 1, 2, 2, 2], best)
    >>> left_out([0, 1], [0, 0], [1, 1], learnt, best).total[:2].round(3).tolist()
    [0.0, 0.47]
    """
    best = np.asarray(best, dtype=bool)

    def weigh(who, row):
        own = best[who].astype(int)
        return weights(
            learnt.count[row] - 1,
            learnt.best[row] - own,
            learnt.known[row] - 1,
            learnt.known_best[row] - own,
        )

    return _evidence(subject, facet, value, learnt, best.size, weigh)


def _evidence(
    subject, facet, value, learnt: Weights, size: int, weigh: Callable
) -> Evidence:
    who, pair = _rows(subject, facet, value, size)
    place = _places(pair, learnt)
    who, pair, place = who[place >= 0], pair[place >= 0], place[place >= 0]
    parts = weigh(who, place)
    facets, of_facet = np.unique(pair >> VALUE_BITS, return_inverse=True)
    both = who * max(facets.size, 1) + of_facet
    _facets, which, number = np.unique(both, return_inverse=True, return_counts=True)
    parts = parts / np.sqrt(number[which])
    total = np.bincount(who, parts, minlength=size).astype(float)
    speaks = np.abs(parts) > LEAST_WEIGHT
    known = np.bincount(who[speaks], minlength=size) > 0
    return Evidence(total, known, who, place, parts)


def _places(pair, learnt):
    """Return which row of the weights each facet with a value is; -1 for none."""
    there = _pairs(learnt.facet, learnt.value)
    order = np.argsort(there)
    place = np.searchsorted(there, pair, sorter=order)
    found = np.append(order, -1)[place]
    return np.where(np.append(there, -1)[found] == pair, found, -1)


@dataclass(frozen=True)
class Scale:
    """What evidence is worth: P(best) = 1 / (1 + exp(-(intercept + slope x e)))."""

    slope: float
    intercept: float


def scale(total: ArrayLike, best: ArrayLike) -> Scale:
    """Return the logistic curve through evidence and what the accounts are.

    The most likely one, with Platt's targets, (n + 1) / (n + 2) for the n best and
    1 / (m + 2) for the m others, so that it never is a step. Evidence counts at most
    as it stands: slope 1; and where the best have no more of it than the others, not
    at all: slope 0.

    Of 40 accounts with evidence 1, 30 are the best; of 40 without, 10. Logit of 0.75
    less that of 0.25 is 2.2, more than 1:

    >>> found = scale([1] * 40 + [0] * 40, ([1] * 30 + [0] * 10) + [1] * 10 + [0] * 30)
    >>> found.slope
    1.0

    Of what says nothing, nothing counts, and 20 of 80 are the best:

    >>> found = scale([1, 0] * 40, [1, 1, 0, 0, 0, 0, 0, 0] * 10)
    >>> found.slope, chances([0], found).tolist()
    (0.0, [25])
    """
    total = vector("total", total)
    best = np.asarray(best, dtype=bool)
    refuse("best", best, np.full(best.size, best.size != total.size), "of no account")
    number = int(best.sum())
    target = np.where(best, (number + 1) / (number + 2), 1 / (best.size - number + 2))
    found = _logistic(np.column_stack([np.ones(total.size), total]), target)
    slope = float(np.clip(found[1], 0, 1))
    if slope < 1e-9:
        slope = 0.0
    # at the slope that it has, as many are the best as there are
    intercept = _logistic(np.ones((total.size, 1)), target, slope * total)[0]
    return Scale(slope, float(intercept))


def _logistic(columns, target, offset=0.0):
    """Return the coefficients of a logistic curve, by Newton's method."""
    found = np.zeros(columns.shape[1])
    # so little that it only decides where nothing else does
    ridge = 1e-6 * np.eye(columns.shape[1])
    for _step in range(MOST_STEPS):
        share = 1 / (1 + np.exp(-(columns @ found + offset)))
        slope = columns.T @ (target - share) - ridge @ found
        bend = (columns * (share * (1 - share))[:, None]).T @ columns + ridge
        step = np.linalg.solve(bend, slope)
        found = np.clip(found + np.clip(step, -2, 2), -30, 30)
        if np.abs(step).max() < 1e-10:
            break
    return found


def scores(total: ArrayLike, known: ArrayLike, slope: float) -> NDArray[np.int64]:
    """Return how like the best each is: 1 to 99, 50 for as usual; 0 for not known.

    Of as many best accounts as others with this evidence, so many of 100 are the best.

    >>> scores([0, 2.2, -2.2, 0], [True, True, True, False], 1).tolist()
    [50, 90, 10, 0]
    """
    total = vector("total", total)
    share = np.rint(100 / (1 + np.exp(-slope * total))).astype(int)
    return np.where(np.asarray(known, dtype=bool), np.clip(share, 1, 99), 0)


def chances(total: ArrayLike, curve: Scale) -> NDArray[np.int64]:
    """Return the probability, in percent, of being one of the best.

    >>> chances([0, 1], Scale(1.0, -2.0)).tolist()
    [12, 27]
    """
    total = vector("total", total)
    share = 1 / (1 + np.exp(-(curve.intercept + curve.slope * total)))
    return np.rint(100 * share).astype(int)


# ------------------------------------------------------------------
# The tier to be expected
# ------------------------------------------------------------------


@dataclass(frozen=True)
class Band:
    """Accounts of a band of scores, from its low score up to that of the next band.

    ``tiers``: how many of them are in each tier, by rank; ``expected``: the tier that
    half of them are in or above.
    """

    low: int
    tiers: tuple[int, ...]
    expected: int


def bands(score: ArrayLike, tier: ArrayLike, tiers: int) -> list[Band]:
    """Return bands of scores with about as many accounts, and the tier to expect there.

    What is expected begins, as the weights do, with SHRINKAGE accounts as usual. A
    higher score never lets expect less: where the shares of a band are lower than those
    of the one below, both count as one (isotonic regression, Ayer et al. 1955).

    :param score: of accounts, 0 to 99, without their own example
    :param tier: rank of the tier of each, the best is 0
    :param tiers: number of tiers

    Of the 20 accounts of high scores 12 are in the first tier, of the others none:

    >>> found = bands([70] * 20 + [30] * 20, [0] * 12 + [2] * 28, 3)
    >>> [(band.low, band.tiers, band.expected) for band in found]
    [(0, (0, 0, 20), 2), (70, (12, 0, 8), 0)]
    """
    score = counts("score", score)
    tier = counts("tier", tier, score.size).astype(int)
    refuse("tier", tier, tier >= tiers, "no rank of a tier")
    if not score.size:
        return []
    least = max(BAND_ACCOUNTS, ceil(score.size / MOST_BANDS))
    lows, inside, left = [], 0, score.size
    values, times = np.unique(score, return_counts=True)
    for value, number in zip(values[::-1].tolist(), times[::-1].tolist(), strict=True):
        inside += number
        left -= number
        # so many as a band needs have to be left for the next one
        if inside >= least and left >= least:
            lows.insert(0, int(value))
            inside = 0
    lows.insert(0, 0)
    which = np.searchsorted(lows, score, side="right") - 1
    usual = np.bincount(tier, minlength=tiers) / score.size
    inside = np.array(
        [
            np.bincount(tier[which == place], minlength=tiers)
            for place in range(len(lows))
        ]
    )
    sizes = inside.sum(axis=1)
    shares = (inside + SHRINKAGE * usual) / (sizes + SHRINKAGE)[:, None]
    above = np.apply_along_axis(_rising, 0, shares.cumsum(axis=1), sizes)
    # a little less than half, as shares do not add up exactly
    expected = (above >= 0.5 - 1e-9).argmax(axis=1)
    return [
        Band(low, tuple(counted), tier)
        for low, counted, tier in zip(
            lows, inside.tolist(), expected.tolist(), strict=True
        )
    ]


def _rising(shares, sizes):
    """Return the nearest shares that do not fall: neighbours that do are pooled.

    >>> _rising(np.array([0.2, 0.6, 0.3, 0.9]), np.array([10, 20, 10, 10])).tolist()
    [0.2, 0.5, 0.5, 0.9]
    """
    pools = []
    for share, size in zip(shares.tolist(), sizes.tolist(), strict=True):
        pools.append((share, size, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (one, first, count), (other, second, more) = pools[-2:]
            both = first + second
            pools[-2:] = [((one * first + other * second) / both, both, count + more)]
    return np.repeat([one for one, _size, _n in pools], [n for *_rest, n in pools])


# ------------------------------------------------------------------
# What it was worth
# ------------------------------------------------------------------


@dataclass(frozen=True)
class Worth:
    """What those picked have come to, beside the others.

    ``verdict``: ``few`` to say, ``better``, ``worse``, or ``same`` within chance;
    ``share``: of all pairs of one picked and one other, those in which the picked one
    earns more (ties count half); by chance alone it is 0.5 give or take ``chance``.
    """

    verdict: str
    picked: int
    others: int
    picked_mean: float
    others_mean: float
    share: float
    chance: float


def worth(score: ArrayLike, earned: ArrayLike) -> Worth:
    """Return whether those with the highest scores have earned more than the others.

    The share of pairs is that of Mann and Whitney (1947); where the score tells
    nothing its standard error is sqrt((n + m + 1) / (12 n m)).

    :param score: of customers, as it would have been before they were ones
    :param earned: money that each has come to since, a month

    Of 30 customers the 10 with the highest scores earned most. The share differs from
    0.5 by 0.5, and by chance alone would by 1.96 x sqrt(31 / 2400) = 0.223 at most:

    >>> found = worth(range(30), range(30))
    >>> found.verdict, found.picked, found.picked_mean, found.others_mean, found.share
    ('better', 10, 24.5, 9.5, 1.0)
    >>> round(found.chance, 3)
    0.223
    >>> worth(range(12), range(12)).verdict
    'few'
    """
    score = vector("score", score)
    earned = vector("earned", earned, score.size)
    number = ceil(score.size * PICKED_SHARE)
    border = np.sort(score)[-number] if number else 0
    # whoever is as like as the last one picked is picked, too
    chosen = score >= border
    if chosen.all():
        chosen = score > border
    picked, others = earned[chosen], earned[~chosen]
    if min(picked.size, others.size) < LEAST_EXAMPLES:
        return Worth("few", picked.size, others.size, 0.0, 0.0, 0.5, 0.5)
    share = told_apart(earned, chosen)
    chance = chance_of(picked.size, others.size)
    verdict = "same"
    if abs(share - 0.5) > chance:
        verdict = "better" if share > 0.5 else "worse"
    return Worth(
        verdict,
        picked.size,
        others.size,
        float(picked.mean()),
        float(others.mean()),
        share,
        chance,
    )


def told_apart(number: ArrayLike, first: ArrayLike) -> float:
    """Return the share of pairs in which the one of the first set has more.

    >>> told_apart([3, 2, 2, 1], [True, True, False, False])
    0.875
    """
    number = vector("number", number)
    first = np.asarray(first, dtype=bool)
    _values, which, times = np.unique(number, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(times) - (times - 1) / 2)[which.reshape(-1)]
    size = int(first.sum())
    pairs = size * (first.size - size)
    if not pairs:
        return 0.5
    return float((ranks[first].sum() - size * (size + 1) / 2) / pairs)


def chance_of(first: int, second: int) -> float:
    """Return by how much chance alone moves the share of pairs, 19 times in 20.

    >>> round(chance_of(10, 10), 3)
    0.259
    """
    return CHANCE_ERRORS * sqrt((first + second + 1) / (12 * first * second))
