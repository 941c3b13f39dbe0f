"""Where an account stands in its life with the company, by its orders.

An account without orders is a prospect. With orders, the first of these that is true
is its stage:

    lost      its last order is longer ago than a span that the company sets
    at_risk   its last order is longer ago than its own rhythm explains
    won_back  it ordered again, less than a year ago, after a silence that long
    new       its first order is less than a year ago
    growing   it brings more a day than in the window before, by a rate
    steady    none of these

Times are in days. Vectors in, one row an account; NaN stands for a day that never was.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import counts, number, refuse, vector
from .lifetime_value import DAYS_PER_MONTH

STAGES = ("prospect", "new", "growing", "steady", "at_risk", "lost", "won_back")

# As long is an account new, or back: who orders once a year has then had the occasion
# to come again.
FRESH_DAYS = 365
# A rhythm is known from two gaps on: one has no variation.
RHYTHM_ORDERS = 3
# A silence is usual up to the mean gap and two standard deviations. Of gaps that come
# at random (exponential: deviation equal to the mean) exp(-3), 5%, are longer; of
# regular ones (normal) 2.3%.
DEVIATIONS = 2
# The least variation assumed: nobody orders to the day, and a few gaps that happen to
# be equal do not show that one does. A silence of half a gap more is always usual.
LEAST_VARIATION = 0.25
# Holidays and a month's end explain this many days, however often one orders.
LEAST_SILENCE = 30
# Without a rhythm, this share of the silence that means lost.
SHARE_WITHOUT_RHYTHM = 0.5
# Business of fewer days says nothing of what it will be: a quarter.
LEAST_KNOWN_DAYS = 91


@dataclass(frozen=True)
class Terms:
    """What accounts are judged by; days counted from any day on, the same for all.

    >>> Terms(today=1000, before_start=235, start=600, end=965).lost_days
    365
    """

    today: float
    before_start: float  # first day of the window before
    start: float  # first day of the window
    end: float  # the day after its last
    lost_days: float = 365  # a longer silence means lost
    growing_rate: float = 0.15  # growth from which on an account grows

    def __post_init__(self):
        for name in ("today", "before_start", "start", "end"):
            number(name, getattr(self, name))
        number("lost_days", self.lost_days, 1)
        number("growing_rate", self.growing_rate, 0)
        if not self.before_start < self.start < self.end:
            raise ValueError("before_start, start, end: days must follow each other")


def silence_days(months: float) -> int:
    """Return months as whole days, each month of the mean length.

    >>> silence_days(12), silence_days(6)
    (365, 183)
    """
    return round(number("months", months, 0) * DAYS_PER_MONTH)


def usual_silence(
    orders: ArrayLike,
    gap: ArrayLike,
    variation: ArrayLike,
    lost_days: float = Terms.lost_days,
) -> NDArray[np.float64]:
    """Return how many days without an order are nothing unusual for each account.

        usual = gap x (1 + 2 x the larger of its variation and 0.25)

    at least 30 days and never more than means lost; half of that where the account
    has too few orders to have a rhythm.

    :param orders: number of orders ever
    :param gap: mean days between orders
    :param variation: standard deviation of these days as a share of their mean

    >>> usual_silence([3, 12, 8, 2], [60, 7, 60, 60], [0.1, 0, 1, 0])
    array([ 90. ,  30. , 180. , 182.5])
    """
    orders = counts("orders", orders)
    gap = vector("gap", gap, orders.size, minimum=0)
    variation = vector("variation", variation, orders.size, minimum=0)
    lost_days = number("lost_days", lost_days, 1)
    usual = gap * (1 + DEVIATIONS * np.maximum(variation, LEAST_VARIATION))
    usual = np.minimum(np.maximum(usual, LEAST_SILENCE), lost_days)
    has_rhythm = orders >= RHYTHM_ORDERS
    return np.where(has_rhythm, usual, SHARE_WITHOUT_RHYTHM * lost_days)


def grows(
    first_order: ArrayLike,
    revenue: ArrayLike,
    previous_revenue: ArrayLike,
    terms: Terms,
) -> NDArray[np.bool_]:
    """Return whether each account brings more a day than in the window before.

    The days of the window before count from the first order on; of fewer than 91 days
    nothing is said.

    :param first_order: day; NaN without orders
    :param revenue, previous_revenue: of the window and of the one before, money

    >>> terms = Terms(today=800, before_start=0, start=365, end=730)
    >>> grows([-50, -50, 300], [115, 114, 900], [100, 100, 10], terms)
    array([ True, False, False])
    """
    first = _days("first_order", first_order)
    revenue = vector("revenue", revenue, first.size)
    previous = vector("previous_revenue", previous_revenue, first.size)
    known = terms.start - np.maximum(first, terms.before_start)
    compared = known >= min(LEAST_KNOWN_DAYS, terms.start - terms.before_start)
    days = terms.end - terms.start
    # the tolerance lets a growth of just the rate count, whatever the rounding
    needed = (1 + terms.growing_rate) * previous * days
    needed -= 1e-9 * np.abs(needed)
    return compared & (revenue > 0) & (revenue * known >= needed)


def stages(
    first_order: ArrayLike,
    last_order: ArrayLike,
    returned: ArrayLike,
    orders: ArrayLike,
    gap: ArrayLike,
    variation: ArrayLike,
    revenue: ArrayLike,
    previous_revenue: ArrayLike,
    terms: Terms,
) -> NDArray[np.int64]:
    """Return the stage of each account, as its position in STAGES.

    :param first_order, last_order: days; NaN without orders
    :param returned: day of the first order after the last silence that meant lost;
        NaN where there was none
    :param orders, gap, variation: see ``usual_silence``
    :param revenue, previous_revenue: see ``grows``

    >>> never, terms = float("nan"), Terms(800, 0, 365, 730)
    >>> found = stages(
    ...     first_order=[never, 700, -50, -50, 400],
    ...     last_order=[never, 700, 790, 790, 400],
    ...     returned=[never] * 5,
    ...     orders=[0, 1, 20, 20, 1],
    ...     gap=[0, 0, 40, 40, 0],
    ...     variation=[0, 0, 0.3, 0.3, 0],
    ...     revenue=[0, 50, 120, 100, 50],
    ...     previous_revenue=[0, 0, 100, 100, 0],
    ...     terms=terms,
    ... )
    >>> [STAGES[code] for code in found]
    ['prospect', 'new', 'growing', 'steady', 'lost']
    """
    first = _days("first_order", first_order)
    last = _days("last_order", last_order, first.size)
    returned = _days("returned", returned, first.size)
    refuse("last_order", last, np.isnan(first) != np.isnan(last), "without the other")
    refuse("last_order", last, last < first, "before the first order")
    usual = usual_silence(orders, gap, variation, terms.lost_days)
    growing = grows(first, revenue, previous_revenue, terms)
    if usual.size != first.size:
        raise ValueError(f"orders: expected {first.size} rows, got {usual.size}")
    silence = terms.today - last
    # comparisons with NaN are false
    rules = {
        "prospect": np.isnan(first),
        "lost": silence > terms.lost_days,
        "at_risk": silence > usual,
        "won_back": terms.today - returned <= FRESH_DAYS,
        "new": terms.today - first <= FRESH_DAYS,
        "growing": growing,
    }
    return np.select(
        list(rules.values()),
        [STAGES.index(name) for name in rules],
        STAGES.index("steady"),
    )


def _days(name: str, values: ArrayLike, size: int | None = None) -> NDArray[np.float64]:
    """Return days as floats; NaN, and None, is no day at all."""
    days = np.asarray(values, dtype=float)
    vector(name, np.where(np.isnan(days), 0.0, days), size)
    return days
