"""What a decision came to, beside what would have come without it.

The months before the change are compared with as many after it. What accounts like it
did in the same months, about which nothing was decided, is what would have happened
anyway: a good year lifts all of them, and a loss that was bad luck mends by itself.
That shows only in accounts that were at a loss, too: beside an account at a loss, those
that made a profit in the months before are no peers.

The profit of an account counts its hours at their full cost. Of hours that are no
longer spent on it a share is paid anyway (``decision.Terms.cost_kept``): the account is
better off by it, and the company is not. It is taken off, as in what was promised.

    change        = profit after - profit before
    peers' change = revenue before x sum of the peers' changes / sum of their revenue
    fallen        = time cost before - time cost after, from 0 on
    peers' fallen = revenue before x sum of what their time cost fell by / sum of their
                    revenue, from 0 on
    kept          = cost kept x (fallen - peers' fallen), from 0 on
    effect        = change - kept - peers' change

What the time cost of the account would have fallen by anyway is no doing of the
decision, and neither is what of it is still paid.

Every function takes one row a decision.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import counts, refuse, vector

MONTHS_PER_YEAR = 12
# Fewer similar accounts say more of each other than of what usually happens.
FEWEST_PEERS = 5
# Similar is who bought between half and double as much.
PEER_REVENUE = (0.5, 2.0)


class Own(NamedTuple):
    """What accounts came to in the months that are compared; money, shape (n,)."""

    profit_before: ArrayLike
    profit_after: ArrayLike
    time_before: ArrayLike  # what their hours cost
    time_after: ArrayLike
    revenue: ArrayLike  # of the months before
    cost_kept: ArrayLike  # share of the cost of hours that is paid anyway, 0 to 1


class Peers(NamedTuple):
    """Sums of the accounts that are similar to each; shape (n,)."""

    count: ArrayLike  # how many there are, >= 0
    change: ArrayLike  # of their profit
    fallen: ArrayLike  # what their hours cost before, less what they cost after
    revenue: ArrayLike  # of the months before


class Effect(NamedTuple):
    """What decisions came to over the months that were compared; money."""

    change: NDArray[np.float64]
    kept: NDArray[np.float64]  # of the change, what is paid anyway, >= 0
    peers_change: NDArray[np.float64]  # 0 with too few peers
    effect: NDArray[np.float64]


def measure(own: Own, peers: Peers) -> Effect:
    """Return the effect of decisions.

    :raise ValueError: naming the field and the first bad row

    A loss of 600 became one of 100. Six similar accounts with a revenue of 12,000 have
    gained 1,200, a tenth of it: with a revenue of 2,000 the account would have gained
    200 anyway, and 300 of its 500 are due to the decision. 400 of them were hours, half
    of which are paid anyway; of those of similar accounts none fell away: 100 are left.

    >>> own = Own([-600], [-100], [900], [500], [2000], [0.5])
    >>> peers = Peers([6], [1200], [0], [12000])
    >>> for name, money in measure(own, peers)._asdict().items():
    ...     print(name, money)
    change [500.]
    kept [200.]
    peers_change [200.]
    effect [100.]
    """
    own, peers = checked(own, peers)
    change = own.profit_after - own.profit_before
    fallen = np.maximum(own.time_before - own.time_after, 0)
    peers_change = as_peers(own.revenue, peers, peers.change)
    fallen_anyway = np.maximum(as_peers(own.revenue, peers, peers.fallen), 0)
    kept = own.cost_kept * np.maximum(fallen - fallen_anyway, 0)
    return Effect(change, kept, peers_change, change - kept - peers_change)


def as_peers(
    revenue: NDArray[np.float64], peers: Peers, amount: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return what accounts would have come to as their peers did, by their revenue.

    Nothing with fewer than five of them, or where nobody has sold anything.

    :param revenue, peers, amount: checked; the amount is of the peers

    >>> peers = Peers(*np.array([[5, 4], [0, 0], [0, 0], [1000, 1000]]))
    >>> as_peers(np.array([200, 200]), peers, np.array([50, 50]))
    array([10.,  0.])
    """
    rate = np.divide(
        amount,
        peers.revenue,
        out=np.zeros(revenue.shape),
        where=(peers.count >= FEWEST_PEERS) & (peers.revenue > 0),
    )
    return np.maximum(revenue, 0) * rate


def checked(own: Own, peers: Peers) -> tuple[Own, Peers]:
    """Return both as arrays of the same length.

    :raise ValueError: naming the field and the first bad row

    >>> checked(Own([1], [1], [1], [1], [1], [2]), Peers([0], [0], [0], [0]))
    Traceback (most recent call last):
    ...
    ValueError: cost_kept: row 0 is 2.0, not a share of 0 to 1
    """
    size = vector("profit_before", own.profit_before).size
    own = Own(*(vector(name, column, size) for name, column in own._asdict().items()))
    share = own.cost_kept
    refuse("cost_kept", share, (share < 0) | (share > 1), "not a share of 0 to 1")
    return own, Peers(
        count=counts("peers.count", peers.count, size),
        change=vector("peers.change", peers.change, size),
        fallen=vector("peers.fallen", peers.fallen, size),
        revenue=vector("peers.revenue", peers.revenue, size),
    )


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
