"""What customers say of the company, and what that asks for beside what they earn it.

Of answers from 0 to 10 to how likely somebody is to recommend the company, 9 and 10
are those of promoters, 7 and 8 of passives, the others of detractors. The net promoter
score is the share of promoters less that of detractors, from -100 to 100 (Reichheld,
"The One Number You Need to Grow", Harvard Business Review, December 2003).

Vectors in, one row an account, a group or whatever answers are counted of.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from .checks import counts, number, refuse

VOICES = ("promoter", "passive", "detractor", "silent")
# What is to be done, in the order in which it is urgent
ADVOCACIES = (
    "call_first",
    "ask_referral",
    "strengthen",
    "listen",
    "redesign",
    "decide",
    "watch",
)
# What is to be done with whom, by what the account came to. One that breaks even costs
# nobody anything: like one that earns, it is worth keeping. Of whom nothing was sold
# to nor worked for there is nothing to tell.
EARNS = {
    "promoter": "ask_referral",
    "passive": "strengthen",
    "detractor": "call_first",
    "silent": "listen",
}
LOSES = {
    "promoter": "redesign",
    "passive": "redesign",
    "detractor": "decide",
    "silent": "watch",
}
MATRIX = {"profit": EARNS, "even": EARNS, "loss": LOSES, "no_activity": {}}

# Fewer answers are somebody's opinion, and no share of anything.
LEAST_ANSWERS = 2
# Answers added to each side before the margin is computed: three in all, as many as
# there are kinds, half of them in the middle. Without them the margin of a few answers
# that happen to agree would be zero. With them the interval holds what it promises from
# a handful of answers on (Rocks, "Interval Estimation for the Net Promoter Score", The
# American Statistician 70, 2016, which compares six methods).
ADDED_ANSWERS = 3.0
ADDED_AT_ENDS = 0.75


class Shares(NamedTuple):
    """Shares of all answers, 0 to 1; NaN where there are none."""

    promoters: NDArray[np.float64]
    passives: NDArray[np.float64]
    detractors: NDArray[np.float64]


def shares(promoters: ArrayLike, passives: ArrayLike, detractors: ArrayLike) -> Shares:
    """Return which share of the answers is of each kind.

    :param promoters, passives, detractors: how many there are, shape (n,)

    >>> shares([3, 0], [1, 0], [1, 0])[0]
    array([0.6, nan])
    """
    sides = _sides(promoters, passives, detractors)
    total = sides.sum(axis=0)
    parts = np.full(sides.shape, np.nan)
    np.divide(sides, total, out=parts, where=total > 0)
    return Shares(*parts)


def scores(
    promoters: ArrayLike, passives: ArrayLike, detractors: ArrayLike
) -> NDArray[np.float64]:
    """Return the net promoter score, -100 to 100; NaN without answers.

        score = 100 x (promoters - detractors) / answers

    :param promoters, passives, detractors: how many there are, shape (n,)

    >>> scores([5, 0, 0], [3, 0, 0], [2, 4, 0])
    array([  30., -100.,   nan])
    """
    sides = _sides(promoters, passives, detractors)
    total = sides.sum(axis=0)
    result = np.full(total.size, np.nan)
    np.divide(100 * (sides[0] - sides[2]), total, out=result, where=total > 0)
    return result


def margins(
    promoters: ArrayLike,
    passives: ArrayLike,
    detractors: ArrayLike,
    population: ArrayLike | None = None,
    level: float = 0.95,
) -> NDArray[np.float64]:
    """Return the margin of error of the net promoter score, in its points.

    An answer counts 1, 0 or -1. The margin is half the width of the adjusted Wald
    interval of their mean, with p and d the shares of promoters and detractors among
    m answers, three added ones included:

        margin = 100 x z x sqrt((p + d - (p - d)^2) / m)

    Of a known population of N, of which n have answered, the others only are unknown:
    the margin is multiplied by sqrt((N - n) / (N - 1)), which is 0 when all have.

    :param promoters, passives, detractors: how many there are, shape (n,)
    :param population: how many there are to answer, shape (n,) or one number; at least
        as many as have answered
    :param level: probability with which the score of all lies within the margin
    :return: NaN where fewer than two have answered

    >>> margins([50, 2, 1], [30, 0, 0], [20, 0, 0]).round(1)
    array([15.1, 64.4,  nan])
    >>> margins([50], [30], [20], population=[201]).round(1)
    array([10.7])
    """
    level = number("level", level, 0, 1)
    sides = _sides(promoters, passives, detractors)
    total = sides.sum(axis=0)
    size = total + ADDED_ANSWERS
    for_us = (sides[0] + ADDED_AT_ENDS) / size
    against = (sides[2] + ADDED_AT_ENDS) / size
    variance = (for_us + against - (for_us - against) ** 2) / size
    if population is not None:
        people = counts("population", population, None if np.ndim(population) else 1)
        if people.size == 1:
            people = np.full(total.size, people[0])
        people = counts("population", people, total.size)
        refuse("population", people, people < total, "less than have answered")
        variance *= (people - total) / np.maximum(people - 1, 1)
    width = special.ndtri(0.5 + level / 2)
    return np.where(total >= LEAST_ANSWERS, 100 * width * np.sqrt(variance), np.nan)


def voices(
    promoters: ArrayLike, passives: ArrayLike, detractors: ArrayLike
) -> NDArray[np.int64]:
    """Return what each account is by its answers, as its position in VOICES.

    - detractor: somebody is unhappy, and not more are enthusiastic. A tie goes to the
      unhappy: a call too many costs a quarter of an hour, a complaint that nobody heard
      costs the account.
    - promoter: more are enthusiastic than unhappy, and at least half of all. Where most
      are lukewarm there is nobody to ask for a recommendation.
    - passive: has answered, and is neither
    - silent: nobody has answered

    :param promoters, passives, detractors: how many there are, shape (n,)

    >>> found = voices([2, 1, 1, 0, 0], [0, 1, 2, 0, 0], [1, 0, 0, 1, 0])
    >>> [VOICES[code] for code in found]
    ['promoter', 'promoter', 'passive', 'detractor', 'silent']
    """
    for_us, between, against = _sides(promoters, passives, detractors)
    return np.select(
        [
            for_us + between + against == 0,
            (against > 0) & (against >= for_us),
            (for_us > against) & (for_us >= between + against),
        ],
        [VOICES.index(name) for name in ("silent", "detractor", "promoter")],
        VOICES.index("passive"),
    )


def advocacies(results: list[str | None], voices: list[str]) -> list[str | None]:
    """Return what is to be done with each account; None where there is nothing.

    :param results: what each account came to, a key of MATRIX; None if not known
    :param voices: what each account is by its answers, one of VOICES

    >>> advocacies(["profit", "loss", "no_activity"], ["detractor"] * 3)
    ['call_first', 'decide', None]
    """
    if len(results) != len(voices):
        raise ValueError(f"voices: expected {len(results)} rows, got {len(voices)}")
    for name, values, known in (
        ("results", results, {*MATRIX, None}),
        ("voices", voices, {*VOICES}),
    ):
        if unknown := set(values) - known:
            raise ValueError(f"{name}: {unknown.pop()!r} is none of those there are")
    return [
        MATRIX.get(result, {}).get(voice)
        for result, voice in zip(results, voices, strict=True)
    ]


def _sides(
    promoters: ArrayLike, passives: ArrayLike, detractors: ArrayLike
) -> NDArray[np.float64]:
    """Return the three counts as rows of a matrix."""
    first = counts("promoters", promoters)
    return np.vstack(
        [
            first,
            counts("passives", passives, first.size),
            counts("detractors", detractors, first.size),
        ]
    )
