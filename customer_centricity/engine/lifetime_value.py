"""What an account is expected to be worth over the years to come.

Purchases to come are counted month by month, each brings a profit, and money of later
months is worth less:

    value = sum over months m of (1+d)^-m (E_m - E_{m-1}) x profit of a purchase

with E_m the purchases expected by the end of month m and d the monthly rate of
(1+d)^12 = 1 + yearly rate (Fader, Hardie & Lee 2005, on profit instead of revenue).

The plain rule needs no statistics and anybody can check it by hand: a guest who
leaves 300 at each of 24 visits a year is worth 7,200 a year and 36,000 in five years;
a guest seen once is worth the 300 of that one visit.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import counts, matrix, number, refuse, vector

# Days of a month: a year of 365.25 days has twelve.
DAYS_PER_MONTH = 365.25 / 12


def month_ends(months: int, unit: float = 1.0) -> NDArray[np.float64]:
    """Return the ends of the next months as times from now, shape (months,).

    :param unit: days in the unit of time, 7 for weeks

    >>> month_ends(2)
    array([30.4375, 60.875 ])
    """
    months = int(counts("months", [months])[0])
    unit = number("unit", unit, np.finfo(float).tiny)
    return np.arange(1, months + 1) * DAYS_PER_MONTH / unit


def discount_factors(months: int, yearly_rate: float) -> NDArray[np.float64]:
    """Return what money at the end of each month is worth today, shape (months,).

    :param yearly_rate: above -1; 0.1 is 10% a year

    >>> discount_factors(24, 0.1)[[11, 23]].round(6)
    array([0.909091, 0.826446])
    >>> discount_factors(12, -1)
    Traceback (most recent call last):
    ...
    ValueError: yearly_rate: -1 is not above -1 (-100%)
    """
    rate = number("yearly_rate", yearly_rate)
    if rate <= -1:
        raise ValueError(f"yearly_rate: {yearly_rate!r} is not above -1 (-100%)")
    months = int(counts("months", [months])[0])
    return (1 + rate) ** (-np.arange(1, months + 1) / 12)


def curve_weights(months: int, yearly_rate: float) -> NDArray[np.float64]:
    """Return the weights of E_1 .. E_months in the discounted sum of their increases.

    >>> curve_weights(3, 0)
    array([0., 0., 1.])
    """
    factors = discount_factors(months, yearly_rate)
    return factors - np.append(factors[1:], 0)[: factors.size]


def discounted_value(
    expected: ArrayLike, profit: ArrayLike, yearly_rate: float
) -> NDArray[np.float64]:
    """Return the discounted profit of the purchases expected month by month.

    :param expected: purchases expected by the end of each month, shape (n, months),
        never falling along a row; a horizon of 0 months is worth nothing
    :param profit: money a purchase brings, shape (n,) or one number; may be negative
    :param yearly_rate: above -1
    :return: money, shape (n,)
    :raise ValueError: naming the field and the first bad row

    >>> discounted_value([[1, 2], [0.5, 0.5]], [100, 80], 0)
    array([200.,  40.])
    """
    expected = matrix("expected", expected)
    falls = (np.diff(expected, axis=1, prepend=0) < -1e-9 * np.abs(expected)).any(1)
    refuse("expected", expected, falls, "a curve that falls")
    profit = vector("profit", profit, expected.shape[0])
    return expected @ curve_weights(expected.shape[1], yearly_rate) * profit


def last_year_share(expected: ArrayLike, yearly_rate: float) -> NDArray[np.float64]:
    """Return the share of each value that falls in the last year of the horizon.

    :param expected: as for ``discounted_value``
    :return: 0 to 1, shape (n,); 1 for horizons of up to a year, 0 without any value

    >>> last_year_share([[1.0] * 12 + [1.5] * 12], 0).round(6)
    array([0.333333])
    """
    expected = matrix("expected", expected)
    months = expected.shape[1]
    whole = discounted_value(expected, 1.0, yearly_rate)
    before = discounted_value(expected[:, : max(0, months - 12)], 1.0, yearly_rate)
    return np.divide(whole - before, whole, out=np.zeros_like(whole), where=whole > 0)


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
    if not number("years", years) > 0:
        raise ValueError(f"years: {years!r} is not above 0")
    return profit / np.maximum(orders, 1), np.where(orders_ever > 1, orders / years, 0)
