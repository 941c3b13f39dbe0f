"""What customers do that earns more of them: six behaviours, and what leads to them.

    first_purchase  the first order ever
    up_sell         more of a product category than in the same quarter of the year
                    before, or a better version of it
    cross_sell      a product category that was never bought before
    permanence      ordered again, as its own rhythm lets expect, after a year or more
    goodwill        serving it took less of a year's revenue than in the year before
    referral        a customer that it recommended us to ordered for the first time

They are found in documents by the database, with the thresholds of this module; what
follows from them, which leads to which and which to aim for next, is computed here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import counts, refuse

KINDS = (
    "first_purchase",
    "up_sell",
    "cross_sell",
    "permanence",
    "goodwill",
    "referral",
)

# What differs by less than a tenth from one year to the next is chance, or prices that
# have followed the costs.
LEAST_GAIN = 0.1
# Where working for an account took less than this share of its revenue, half an hour
# more or less is a big change that means nothing.
LEAST_COST_SHARE = 0.01
# So long a customer, in days, before ordering again counts as staying.
STAYING_DAYS = 365
# A silence of more than twice what is usual for the account is one that was overcome,
# and no habit.
USUAL_GAPS = 2
# Quarters that behaviours which repeat are kept for: three years
KEPT_QUARTERS = 12
# One behaviour leads to another that follows within so many quarters: whole years, so
# that the season of either does not count, and two of them, as permanence and up-sell
# cannot follow on a first purchase before a year is over.
FOLLOWING_QUARTERS = 8

# Of fewer cases a share says little: 3 of 10 may as well be 1 of 10 or 6 of 10.
LEAST_CASES = 20

# Where fewer than so many would have followed anyway, one more makes many times as
# often.
LEAST_EXPECTED = 5
# What is within so many standard errors of the usual is chance, 19 times in 20.
CHANCE_ERRORS = 2

# A category is one that peers buy when at least this share of those who buy at all do.
USUAL_SHARE = 0.25
# Fewer peers than that have no habits in common.
LEAST_PEERS = 10
# So many categories of peers are looked at: as a number has bits, less its sign
MOST_CATEGORIES = 62

# ------------------------------------------------------------------
# Which leads to which
# ------------------------------------------------------------------


@dataclass(frozen=True)
class Transitions:
    """How often each behaviour was followed by each other, by their order in KINDS.

    ``counts[i, j]``: of the ``cases[i]`` quarters of accounts with behaviour i, those
    followed by behaviour j; ``shares`` of them; ``base[j]``: the share of all quarters
    of accounts with any behaviour that were followed by j; ``lifts``: how many times
    as often as that j followed on i, where LEAST_EXPECTED would have by base. NaN where
    there is nothing to divide by. ``clear``: the share differs from base by more than
    CHANCE_ERRORS of its error, sqrt(base (1 - base) / cases).
    """

    cases: NDArray[np.int64]
    counts: NDArray[np.int64]
    shares: NDArray[np.float64]
    base: NDArray[np.float64]
    lifts: NDArray[np.float64]
    clear: NDArray[np.bool_]
    total: int


def transitions(
    shown: ArrayLike, following: ArrayLike, number: ArrayLike
) -> Transitions:
    """Return which behaviour led to which.

        share(i, j) = quarters with i that j followed / quarters with i
        base(j)     = quarters that j followed / all quarters
        lift(i, j)  = share(i, j) / base(j), where cases(i) x base(j) >= LEAST_EXPECTED

    Rows are quarters of accounts that are alike, so that any number of accounts comes
    to 64 x 64 rows at most.

    :param shown: what was shown in the quarter: the sum of 2 ** position in KINDS
    :param following: what was shown in the quarters after it, in the same way
    :param number: how many quarters of accounts were like this

    Of 40 first purchases 10 led to more of the same; of 40 quarters with permanence 30:

    >>> found = transitions([1, 1, 8, 8], [2, 0, 2, 0], [10, 30, 30, 10])
    >>> found.cases[[0, 3]], found.counts[[0, 3], 1]
    (array([40, 40]), array([10, 30]))
    >>> found.shares[[0, 3], 1].tolist(), found.lifts[[0, 3], 1].tolist()
    ([0.25, 0.75], [0.5, 1.5])

    Either differs by 0.25 from the usual 0.5, whose error is sqrt(0.25 / 40) = 0.079:

    >>> found.clear[[0, 3], 1].tolist()
    [True, True]
    """
    shown = _kinds("shown", shown)
    following = _kinds("following", following)
    number = counts("number", number, shown.shape[0])
    if following.shape != shown.shape:
        raise ValueError(f"following: expected {len(shown)} rows, got {len(following)}")
    cases = number @ shown
    found = (shown * number[:, None]).T @ following
    total = number.sum()
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = found / cases[:, None]
        base = number @ following / total
        lifts = shares / base
        errors = np.sqrt(base * (1 - base) / cases[:, None])
        known = cases[:, None] * base >= LEAST_EXPECTED
        clear = known & (np.abs(shares - base) > CHANCE_ERRORS * errors)
    lifts[~(known & np.isfinite(lifts))] = np.nan
    return Transitions(
        cases.astype(int), found.astype(int), shares, base, lifts, clear, int(total)
    )


def _kinds(name: str, codes: ArrayLike) -> NDArray[np.float64]:
    """Return sums of powers of 2 as rows of 0 and 1, a column a kind."""
    codes = counts(name, codes)
    refuse(name, codes, codes >= 2 ** len(KINDS), "more kinds than there are")
    return (codes.astype(int)[:, None] >> np.arange(len(KINDS)) & 1).astype(float)


# ------------------------------------------------------------------
# What to aim for next
# ------------------------------------------------------------------

# What an account may be told for, each with the behaviour that it speaks for, in the
# order in which they decide. What is in danger comes first, but to keep an account that
# is served at a loss is no aim; then what customers that are content give beside money,
# then what else they could buy.
REASONS = {
    "never_ordered": "first_purchase",
    "detractor": "permanence",
    "loss": "goodwill",
    "lost": "permanence",
    "at_risk": "permanence",
    "second_order": "permanence",
    "never_asked": "referral",
    "buys_fewer": "cross_sell",
    "buys_alike": "up_sell",
    "buys": "permanence",
}
# Stages of life in which an account orders as usual, or more; see ``lifecycle.STAGES``
BUYING_STAGES = ("growing", "steady", "won_back")


def missing_categories(
    bought: ArrayLike, peer: Sequence[str | None], peers: Mapping[str, Sequence[int]]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return how many usual categories each account buys, of how many, and what not.

    :param bought: the sum of 2 ** position of those categories of its peers that the
        account buys, one row an account
    :param peer: with whom each account is compared; None for nobody
    :param peers: categories that each set of peers buys, by position, the most usual
        first
    :return: numbers of categories bought and usual; the first category missing, or 0

    >>> missing_categories([5, 0, 3], ["a", None, "b"], {"a": [7, 8, 9], "b": [7, 8]})
    (array([2, 0, 2]), array([3, 0, 2]), array([8, 0, 0]))
    """
    bought = np.asarray(bought, dtype=np.int64)
    names = [None, *peers]
    places = {name: place for place, name in enumerate(names)}
    which = np.array([places[one] for one in peer], dtype=int)
    sizes = np.array([len(peers.get(name, ())) for name in names])
    refuse("peers", sizes, sizes > MOST_CATEGORIES, "more categories than looked at")
    width = int(sizes.max(initial=0))
    table = np.zeros((len(names), width + 1), dtype=np.int64)
    for place, name in enumerate(names):
        table[place, : sizes[place]] = peers.get(name, ())
    has = (bought[:, None] >> np.arange(width) & 1).astype(bool)
    usual = sizes[which]
    lacks = ~has & (np.arange(width) < usual[:, None])
    first = np.where(lacks.any(axis=1), lacks.argmax(axis=1) if width else 0, width)
    return has.sum(axis=1), usual, table[which, first]


def next_behaviours(accounts: Mapping[str, ArrayLike]) -> NDArray[np.object_]:
    """Return why which behaviour is the next best of each account, as a REASONS key.

    :param accounts: columns of one row an account:
        - ``stage``: of its life, see ``lifecycle.STAGES``; empty for none
        - ``result``: profit, even, loss or no_activity
        - ``voice``: promoter, passive, detractor or silent; empty where nobody asked
        - ``orders``: ever
        - ``worth``: whether it has ever brought more than it cost
        - ``asked``: whether it has referred somebody, or was asked to of late
        - ``bought``, ``usual``: of the categories that its peers buy, those that it
          buys, and all
        - ``cross_sell_started``, ``up_sell_started``: whether that was proposed to it
          of late, so that it is the turn of what comes next
        - ``excluded``: whether nothing is to be proposed for it
    :return: keys of REASONS; empty for excluded accounts, and for lost ones that were
        worth nothing

    >>> next_behaviours({
    ...     "stage": ["prospect", "steady", "at_risk", "growing"],
    ...     "result": ["no_activity", "profit", "profit", "profit"],
    ...     "voice": ["", "promoter", "promoter", "passive"],
    ...     "orders": [0, 9, 9, 9],
    ...     "worth": [0, 1, 1, 1],
    ...     "asked": [0, 0, 0, 0],
    ...     "bought": [0, 2, 2, 2],
    ...     "usual": [5, 5, 5, 5],
    ...     "cross_sell_started": [0, 0, 0, 0],
    ...     "up_sell_started": [0, 0, 0, 0],
    ...     "excluded": [0, 0, 0, 0],
    ... }).tolist()
    ['never_ordered', 'never_asked', 'at_risk', 'buys_fewer']
    """
    stage, result, voice = (
        np.asarray(accounts[name], dtype=object)
        for name in ("stage", "result", "voice")
    )
    size = stage.size
    orders = counts("orders", accounts["orders"], size)
    bought = counts("bought", accounts["bought"], size)
    usual = counts("usual", accounts["usual"], size)
    refuse("bought", bought, bought > usual, "more than all that peers buy")
    asked, excluded, worth, cross_sell_started, up_sell_started = (
        np.asarray(accounts[name], dtype=bool)
        for name in (
            "asked",
            "excluded",
            "worth",
            "cross_sell_started",
            "up_sell_started",
        )
    )
    excluded = excluded | ((stage == "lost") & ~worth)
    rules = {
        "never_ordered": (orders == 0) | (stage == "prospect"),
        "detractor": voice == "detractor",
        "loss": result == "loss",
        "lost": stage == "lost",
        "at_risk": stage == "at_risk",
        "second_order": orders == 1,
        "never_asked": (voice == "promoter") & ~asked,
        "buys_fewer": (bought < usual) & ~cross_sell_started,
        "buys_alike": np.isin(stage, BUYING_STAGES) & ~up_sell_started,
        "buys": np.ones(size, dtype=bool),
    }
    found = np.select(
        [rules[name] for name in REASONS], list(REASONS), default=""
    ).astype(object)
    return np.where(excluded, "", found)
