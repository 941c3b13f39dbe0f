"""What it cost to win an account: its share of a month, and what comes back for it."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import counts, number, vector


def monthly_shares(
    cost: float, months: int, ages: ArrayLike, decimals: int = 2
) -> NDArray[np.float64]:
    """Return what falls on single months of a cost that is spread evenly.

    Shares are rounded so that they add up to the cost: each is what the months up to
    its own come to, less what those before it came to.

    :param cost: money, >= 0
    :param months: number of months to spread it over, >= 1
    :param ages: of the months asked for, 0 for the first one, shape (n,); months before
        the first and after the last have nothing
    :param decimals: of the currency
    :return: money, shape (n,)

    >>> monthly_shares(100, 3, [-1, 0, 1, 2, 3])
    array([ 0.  , 33.33, 33.34, 33.33,  0.  ])
    """
    cost = number("cost", cost, 0)
    months = int(counts("months", [months])[0])
    number("months", months, 1)
    ages = vector("ages", ages)
    before = np.clip(ages, 0, months)
    after = np.clip(ages + 1, 0, months)
    share = np.round(cost * after / months, decimals)
    share -= np.round(cost * before / months, decimals)
    return np.round(share, decimals)


def return_on_acquisition(value: ArrayLike, cost: ArrayLike) -> NDArray[np.float64]:
    """Return how many times its acquisition cost an account is worth (CLV : CAC).

    :param value: lifetime value, money, shape (n,); may be negative
    :param cost: acquisition cost, money >= 0, shape (n,)
    :return: shape (n,); 0 where nothing was spent

    >>> return_on_acquisition([3000, -500, 800], [1000, 250, 0])
    array([ 3., -2.,  0.])
    """
    value = vector("value", value)
    cost = vector("cost", cost, value.size, minimum=0)
    return np.divide(value, cost, out=np.zeros_like(value), where=cost > 0)
