"""What an account is expected to be worth over the years to come.

The plain rule needs no statistics and anybody can check it by hand: a guest who
leaves 300 at each of 24 visits a year is worth 7,200 a year and 36,000 in five years;
a guest seen once is worth the 300 of that one visit.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import vector


def plain_value(
    value: ArrayLike, frequency: ArrayLike, years: ArrayLike
) -> NDArray[np.float64]:
    """Value per occasion x occasions a year x years, undiscounted.

    :param value: money per occasion, shape (n,); may be negative
    :param frequency: occasions a year, shape (n,) or one number, >= 0. Use 0 for an
        account seen once: one purchase is no evidence of a rhythm
    :param years: length of the horizon in years, shape (n,) or one number, >= 0
    :return: money over the horizon, shape (n,). The occasion already seen counts
        once, however rare it is, so that fewer than one expected occasion is worth
        one; a horizon of 0 years is worth nothing.
    :raise ValueError: naming the field and the first bad row

    >>> plain_value([300, 300], [24, 0], 5)
    array([36000.,   300.])
    """
    value = vector("value", np.atleast_1d(value))
    frequency = vector("frequency", frequency, value.size, minimum=0)
    years = vector("years", years, value.size, minimum=0)
    occasions = np.where(years > 0, np.maximum(frequency * years, 1), 0)
    return value * occasions


def occasions(
    profit: ArrayLike, orders: ArrayLike, orders_ever: ArrayLike, years: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return value per occasion and occasions a year, the inputs of the plain rule.

    :param profit: money earned in the observed years, shape (n,)
    :param orders: occasions in the observed years, shape (n,), >= 0
    :param orders_ever: occasions since the account began, shape (n,), >= 0
    :param years: how long was observed, in years, > 0
    :return: money per occasion, shape (n,), and occasions a year, shape (n,). An
        account seen once in its life has no rhythm, and costs without any order are
        one occasion of their own: both have 0 occasions a year.

    >>> occasions([7200, 300, -80], [24, 1, 0], [60, 1, 0], years=1)
    (array([300., 300., -80.]), array([24.,  0.,  0.]))
    """
    profit = vector("profit", profit)
    orders = vector("orders", orders, profit.size, minimum=0)
    orders_ever = vector("orders_ever", orders_ever, profit.size, minimum=0)
    if not years > 0:
        raise ValueError(f"years: {years!r} is not above 0")
    return profit / np.maximum(orders, 1), np.where(orders_ever > 1, orders / years, 0)
