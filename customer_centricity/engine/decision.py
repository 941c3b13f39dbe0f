"""What would come of what can be done about an account that loses money.

An account goes on as it is, or something changes. Then it either stays on the new terms
or leaves, and only that share of customers stays that accepts them:

    profit a year = accepted x (profit + change) + (1 - accepted) x what remains
    value         = accepted x (value + years x change)
                    + (1 - accepted) x years x what remains - cost of the switch

    change  = what the new terms add to the profit of a year, if it stays
    remains = - hours' cost that stays, as people are paid anyway
              - what the account brings besides, a year, and takes along
    years   = how many of today's years the lifetime value holds, see ``years_worth``

The value starts from the lifetime value as it is: where nothing changes it is that to
the cent, and what is known of how likely the account is to come back stays in it. Where
everybody leaves nothing is left of it but what remains: that is ending the relation,
however it came about.

Nothing else is in it, so that a person can follow every number. Every function takes
one row an option.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import number, refuse, vector

MONTHS_PER_YEAR = 12
# An option gains about as much as the best one when it misses less than this share of
# what that gains: assumptions are not nearer to the truth than one part of twenty, and
# of two that gain the same the milder one risks less.
NEAR_TIE = 0.05


class Figures(NamedTuple):
    """What accounts come to now, money and hours of a year; one row an option."""

    revenue: ArrayLike
    product_cost: ArrayLike
    time_cost: ArrayLike
    other_cost: ArrayLike
    serving_cost: ArrayLike
    hours: ArrayLike
    value: ArrayLike  # lifetime value
    years: ArrayLike  # how many years of profit the value holds, >= 0
    advocacy: ArrayLike = 0.0  # what it brings besides, a year; lost when it leaves


class Terms(NamedTuple):
    """What is assumed of options; shares from 0 to 1, one row an option.

    As they stand, nothing changes.
    """

    price: ArrayLike = 0.0  # share by which prices rise, above -1
    acceptance: ArrayLike = 1.0  # share of customers that stay
    hours_saved: ArrayLike = 0.0  # share of hours no longer spent
    cost_kept: ArrayLike = 0.0  # share of the cost of saved hours that stays
    serving_saved: ArrayLike = 0.0  # share of the cost by rates that falls away
    other_saved: ArrayLike = 0.0  # share of other costs that falls away
    handed_on: ArrayLike = False  # whether another company sells and bears the goods
    commission: ArrayLike = 0.0  # share of the revenue that is ours when handed on
    included_hours: ArrayLike = 0.0  # a month, that the price pays for
    hour_price: ArrayLike = 0.0  # money for each hour beyond them
    switch_cost: ArrayLike = 0.0  # money, once


SHARES = ("acceptance", "hours_saved", "cost_kept", "serving_saved", "other_saved")


class Outcome(NamedTuple):
    """What options come to; money, one row an option."""

    profit: NDArray[np.float64]  # expected of a year, without the switch
    value: NDArray[np.float64]  # expected lifetime value
    profit_gain: NDArray[np.float64]  # beside leaving everything as it is
    value_gain: NDArray[np.float64]
    staying: NDArray[np.float64]  # profit of a year if the account stays
    leaving: NDArray[np.float64]  # and if it leaves
    changes: dict[str, NDArray[np.float64]]  # that lead from the profit to ``staying``


def years_worth(
    expected_orders: ArrayLike,
    discount: ArrayLike,
    orders: ArrayLike,
    window_years: float,
    horizon_years: float,
) -> NDArray[np.float64]:
    """Return how many years of today's profit the lifetime value of accounts holds.

    years = expected orders x discount / (orders of the window / years of the window)

    An account without orders counts as one order of the window, as it does in its
    value: its costs are worth what they were, once.

    :param expected_orders: over the horizon, shape (n,), >= 0
    :param discount: what a later profit is worth today, on average, >= 0
    :param orders: of the window that the figures are of, >= 0
    :param window_years: how long the window is, > 0
    :param horizon_years: how far the value looks ahead; it holds no more years than
        these, however few orders the window happens to have

    >>> years_worth([120, 20, 1, 9], [1, 0.5, 1, 1], [24, 4, 0, 1], 1, 5)
    array([5. , 2.5, 1. , 5. ])
    """
    expected = vector("expected_orders", expected_orders, minimum=0)
    discount = vector("discount", discount, expected.size, minimum=0)
    orders = vector("orders", orders, expected.size, minimum=0)
    window = number("window_years", window_years, np.finfo(float).tiny)
    horizon = number("horizon_years", horizon_years, 0)
    return np.minimum(expected * discount * window / np.maximum(orders, 1), horizon)


def cost_of_hours(
    time_cost: float, hours: float, hours_asked: ArrayLike
) -> NDArray[np.float64]:
    """Return what some hours of an account cost, as its other hours do.

    cost = hours asked x cost of all hours / all hours; nothing without hours

    :param hours_asked: shape (n,), >= 0

    >>> cost_of_hours(5000, 100, [1, 8])
    array([ 50., 400.])
    """
    time_cost, hours = number("time_cost", time_cost), number("hours", hours)
    count = vector("hours_asked", hours_asked, minimum=0)
    an_hour = max(time_cost / hours, 0.0) if hours > 0 else 0.0
    return count * an_hour


def profit_now(figures: Figures) -> NDArray[np.float64]:
    """Return the profit of a year as it is.

    >>> profit_now(Figures([9000], [4000], [5000], [500], [700], [100], [0], [1]))
    array([-1200.])
    """
    return (
        figures.revenue
        - np.asarray(figures.product_cost, dtype=float)
        - figures.time_cost
        - figures.other_cost
        - figures.serving_cost
    )


def changes_of(figures: Figures, terms: Terms) -> dict[str, NDArray[np.float64]]:
    """Return what new terms add to the profit of a year if the account stays.

        revenue = price x revenue; when handed on, only the commission is left of all
        product = product cost, when handed on
        charged = price of an hour x hours beyond the included ones
        time    = hours saved x cost of hours x (1 - share that stays)
        serving, other = share saved x cost

    Credit notes do not rise with the price: an account that was credited more than it
    bought has no revenue to raise. Neither can be saved what is no cost: corrections of
    earlier months may make one negative.

    :param figures, terms: checked

    >>> figures = Figures([9000], [4000], [5000], [500], [700], [100], [0], [1])
    >>> terms = Terms(price=0.1, hours_saved=0.2, cost_kept=0.5, serving_saved=0.5)
    >>> changes = changes_of(*checked(figures, terms))
    >>> {name: float(change[0]) for name, change in changes.items() if change[0]}
    {'revenue': 900.0, 'time': 500.0, 'serving': 350.0}
    """
    raised = figures.revenue + np.maximum(figures.revenue, 0) * terms.price
    handed_on = terms.handed_on
    return {
        "revenue": np.where(
            handed_on,
            raised * terms.commission - figures.revenue,
            raised - figures.revenue,
        ),
        "product": np.where(handed_on, figures.product_cost, 0.0),
        "charged": terms.hour_price * hours_beyond(figures, terms),
        "time": np.maximum(figures.time_cost, 0)
        * terms.hours_saved
        * (1 - terms.cost_kept),
        "serving": np.maximum(figures.serving_cost, 0) * terms.serving_saved,
        "other": np.maximum(figures.other_cost, 0) * terms.other_saved,
    }


def hours_beyond(figures: Figures, terms: Terms) -> NDArray[np.float64]:
    """Return the hours of a year that are spent beyond the included ones.

    :param figures, terms: checked

    >>> figures = Figures([0], [0], [0], [0], [0], [100], [0], [1])
    >>> hours_beyond(*checked(figures, Terms(hours_saved=0.1, included_hours=2)))
    array([66.])
    """
    spent = figures.hours * (1 - terms.hours_saved)
    return np.maximum(spent - MONTHS_PER_YEAR * terms.included_hours, 0)


def still_paid(figures: Figures, terms: Terms) -> NDArray[np.float64]:
    """Return what of the cost of hours is paid on in a year when the account leaves.

    :param figures, terms: checked

    >>> figures = Figures([0] * 2, [0] * 2, [5000, -10], 0, 0, 0, 0, 0)
    >>> still_paid(*checked(figures, Terms(cost_kept=0.5)))
    array([2500.,    0.])
    """
    return terms.cost_kept * np.maximum(figures.time_cost, 0)


def what_if(figures: Figures, terms: Terms) -> Outcome:
    """Return what options are expected to come to.

    :raise ValueError: naming the field and the first bad row

    A tenth more for a revenue of 9,000 turns a loss of 1,200 into one of 300, if the
    account stays; of one that leaves half of the 5,000 for hours remains. With four of
    five staying, 0.8 x -300 + 0.2 x -2,500 = -740 a year. The value of five such years,
    -6,000, becomes 0.8 x (-6,000 + 5 x 900) + 0.2 x 5 x -2,500 - 100 = -3,800.

    >>> figures = Figures([9000], [4000], [5000], [500], [700], [100], [-6000], [5])
    >>> terms = Terms(price=0.1, acceptance=0.8, cost_kept=0.5, switch_cost=100)
    >>> outcome = what_if(figures, terms)
    >>> [float(name[0]) for name in (outcome.staying, outcome.leaving)]
    [-300.0, -2500.0]
    >>> [round(float(name[0]), 2) for name in (outcome.profit, outcome.value)]
    [-740.0, -3800.0]
    >>> gains = outcome.profit_gain, outcome.value_gain
    >>> [round(float(gain[0]), 2) for gain in gains]
    [460.0, 2200.0]
    """
    figures, terms = checked(figures, terms)
    now = profit_now(figures)
    changes = changes_of(figures, terms)
    change = sum(changes.values())
    remains = -still_paid(figures, terms) - figures.advocacy
    accepted, left = terms.acceptance, 1 - terms.acceptance
    profit = accepted * (now + change) + left * remains
    value = (
        accepted * (figures.value + figures.years * change)
        + left * figures.years * remains
        - terms.switch_cost
    )
    return Outcome(
        profit=profit,
        value=value,
        profit_gain=profit - now,
        value_gain=value - figures.value,
        staying=now + change,
        leaving=remains,
        changes=changes,
    )


def checked(figures: Figures, terms: Terms) -> tuple[Figures, Terms]:
    """Return figures and terms as arrays of the same length.

    :raise ValueError: naming the field and the first bad row

    >>> figures = Figures([9000], [4000], [5000], [500], [700], [100], [0], [1])
    >>> checked(figures, Terms(acceptance=[1.2]))
    Traceback (most recent call last):
    ...
    ValueError: acceptance: row 0 is 1.2, not a share of 0 to 1
    """
    size = vector("revenue", figures.revenue).size
    lowest = {"years": 0, "included_hours": 0, "hour_price": 0, "switch_cost": 0}

    def columns(table):
        return {
            name: vector(name, column, size, lowest.get(name))
            for name, column in table._asdict().items()
        }

    figures, terms = Figures(**columns(figures)), Terms(**columns(terms))
    for name in (*SHARES, "commission"):
        share = getattr(terms, name)
        refuse(name, share, (share < 0) | (share > 1), "not a share of 0 to 1")
    refuse("price", terms.price, terms.price <= -1, "not above -1 (-100%)")
    return figures, terms._replace(handed_on=terms.handed_on.astype(bool))


def best(
    gain: ArrayLike, decision: ArrayLike, possible: ArrayLike
) -> NDArray[np.bool_]:
    """Return which option of each decision is the best: that with the highest gain.

    When several gain about as much, it is the mildest of them.

    :param gain: of lifetime value, shape (n,); the mildest option of a decision first
    :param decision: whose option each is, any whole numbers, shape (n,)
    :param possible: whether it can be chosen, shape (n,)
    :return: shape (n,); at most one option of a decision, none where none is possible

    960 are about as much as 1,000; 940 are not.

    >>> best([0, 960, 1000, 2000], [7, 7, 7, 7], [True, True, True, False])
    array([False,  True, False, False])
    >>> best([0, 940, 1000, 5], [7, 7, 7, 8], [True, True, True, True])
    array([False, False,  True,  True])
    """
    gain = vector("gain", gain)
    possible = np.broadcast_to(np.asarray(possible, dtype=bool), gain.shape)
    _whose, part = np.unique(np.asarray(decision, dtype=int), return_inverse=True)
    if part.size != gain.size:
        raise ValueError(f"decision: expected {gain.size} rows, got {part.size}")
    most = np.full(part.max(initial=-1) + 1, -np.inf)
    np.maximum.at(most, part[possible], gain[possible])
    enough = most - NEAR_TIE * np.abs(most)
    rows = np.flatnonzero(possible & (gain >= enough[part]))
    _whose, first = np.unique(part[rows], return_index=True)
    chosen = np.zeros(gain.size, dtype=bool)
    chosen[rows[first]] = True
    return chosen
