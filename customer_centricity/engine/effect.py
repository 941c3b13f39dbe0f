"""What a decision came to, beside what would have come without it.

The months before the change are compared with as many after it. What accounts like it
did in the same months, about which nothing was decided, is what would have happened
anyway: a good year lifts all of them, and a loss that was bad luck mends by itself.

    change        = profit after - profit before
    peers' change = revenue before x sum of the peers' changes / sum of their revenue
    effect        = change - peers' change

Every function takes one row a decision.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import counts, vector

MONTHS_PER_YEAR = 12
# Fewer similar accounts say more of each other than of what usually happens.
FEWEST_PEERS = 5
# Similar is who bought between half and double as much.
PEER_REVENUE = (0.5, 2.0)


class Effect(NamedTuple):
    """What decisions came to over the months that were compared; money."""

    change: NDArray[np.float64]
    peers_change: NDArray[np.float64]  # 0 with too few peers
    effect: NDArray[np.float64]


def measure(
    before: ArrayLike,
    after: ArrayLike,
    revenue: ArrayLike,
    peer_count: ArrayLike,
    peer_change: ArrayLike,
    peer_revenue: ArrayLike,
) -> Effect:
    """Return the effect of decisions.

    :param before, after: profit of the months before and of those after, shape (n,)
    :param revenue: of the account in the months before
    :param peer_count: how many similar accounts there are, >= 0
    :param peer_change: sum of the changes of their profit
    :param peer_revenue: sum of their revenue in the months before

    A loss of 600 became one of 100. Six similar accounts with a revenue of 12,000 have
    gained 1,200, a tenth of it: with a revenue of 2,000 the account would have gained
    200 anyway, and 300 of its 500 are due to the decision.

    >>> measure([-600], [-100], [2000], [6], [1200], [12000])
    Effect(change=array([500.]), peers_change=array([200.]), effect=array([300.]))
    """
    before = vector("before", before)
    after = vector("after", after, before.size)
    revenue = vector("revenue", revenue, before.size)
    peer_count = counts("peer_count", peer_count, before.size)
    peer_change = vector("peer_change", peer_change, before.size)
    peer_revenue = vector("peer_revenue", peer_revenue, before.size)
    change = after - before
    rate = np.divide(
        peer_change,
        peer_revenue,
        out=np.zeros_like(change),
        where=(peer_count >= FEWEST_PEERS) & (peer_revenue > 0),
    )
    peers_change = np.maximum(revenue, 0) * rate
    return Effect(change, peers_change, change - peers_change)


def of_months(a_year: ArrayLike, months: ArrayLike) -> NDArray[np.float64]:
    """Return what an amount a year comes to in some months.

    >>> of_months([1200, 1200], [3, 12])
    array([ 300., 1200.])
    """
    a_year = vector("a_year", a_year)
    return a_year * vector("months", months, a_year.size, minimum=0) / MONTHS_PER_YEAR


def a_year(amount: ArrayLike, months: ArrayLike) -> NDArray[np.float64]:
    """Return what an amount of some months comes to a year.

    >>> a_year([300, 1200], [3, 12])
    array([1200., 1200.])
    """
    amount = vector("amount", amount)
    return amount * MONTHS_PER_YEAR / vector("months", months, amount.size, minimum=1)
