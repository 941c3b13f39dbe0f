"""Hours of attention an account has had this month, beside those its level includes.

Vectors in, one row an account.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import vector

# "" for an account whose hours are not watched, or of which there is nothing to tell
STATUSES = ("", "within", "near", "over")
# From this share of the included hours on it is time to talk before they are over: of
# the smallest package in use, 2 hours, it leaves less than half an hour.
NEAR_RATE = 0.8
# Hours are kept in hundredths: what is less is no hour, but how numbers are stored.
DECIMALS = 2


def hours_statuses(
    hours: ArrayLike, included: ArrayLike, watched: ArrayLike
) -> NDArray[np.int64]:
    """Return how the hours of each account stand, as positions in STATUSES.

        over     hours > included
        near     hours >= NEAR_RATE x included, of an account that includes any
        within   fewer, of an account that includes any
        ""       not watched, or nothing included and no hours

    :param hours: of the month; corrections may leave them below 0
    :param included: hours a month that the account's level includes, 0 or more
    :param watched: whether the account's hours are watched at all

    >>> found = hours_statuses([0, 6.39, 6.4, 8, 8.01], 8, True)
    >>> [STATUSES[code] for code in found]
    ['within', 'within', 'near', 'near', 'over']
    >>> found = hours_statuses([0, 0.25, 9], [0, 0, 8], [True, True, False])
    >>> [STATUSES[code] for code in found]
    ['', 'over', '']
    """
    hours = vector("hours", hours)
    included = vector("included", included, hours.size, minimum=0)
    watched = np.broadcast_to(np.asarray(watched, dtype=bool), hours.shape)
    is_over = np.round(hours - included, DECIMALS) > 0
    is_near = np.round(hours - NEAR_RATE * included, DECIMALS) >= 0
    return np.select(
        [~watched, is_over, included == 0, is_near],
        [STATUSES.index(name) for name in ("", "over", "", "near")],
        STATUSES.index("within"),
    )


def used_rates(hours: ArrayLike, included: ArrayLike) -> NDArray[np.float64]:
    """Return the hours as a share of those included, 0 or more.

        hours / included

    Where nothing is included there is nothing to use up: 0.

    >>> used_rates([6, 10, 3, -1], [8, 8, 0, 8]).tolist()
    [0.75, 1.25, 0.0, 0.0]
    """
    hours = np.maximum(vector("hours", hours), 0)
    included = vector("included", included, hours.size, minimum=0)
    return np.divide(hours, included, out=np.zeros(hours.size), where=included > 0)
