"""Which method values a portfolio, and each account of it, with the reason in words.

- ``probabilistic``: MBG/CNBD-k on all accounts together
- ``contract``: renewals, for who buys as regularly as by contract or in a season
- ``plain``: value per occasion x occasions a year x years
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .backtest import Backtest
from .checks import refuse
from .contracts import is_contract_like

METHODS = ("automatic", "probabilistic", "contract", "plain")

# A season is at most a quarter of the year, or half of it where the account buys at
# least three times in it; it has come back at least once, with three purchases in all:
# fewer may meet by chance.
SHORT_SEASON = 92  # days
LONG_SEASON = 183  # days
FEWEST_SEASONAL = 3
# Below this probability an account is called lapsed.
LAPSED = 0.2

# Why a method was chosen, by code; the figures are filled in.
REASONS = {
    "asked": "The method is set by hand.",
    "no_purchases": "No customer has bought anything yet.",
    "short_history": "The history goes back {months:.0f} months, and {minimum:.0f} "
    "are needed to learn from it: values follow the plain rule.",
    "insufficient_data": "Fewer than 10 customers or 30 repeat purchases are too few "
    "to learn from: values follow the plain rule.",
    "not_tested": "There is too little history to test the forecast on.",
    "good": "Tested on the last {days:.0f} days, the forecast was closer than every "
    "customer's own rate in both measures of error.",
    "fair": "Tested on the last {days:.0f} days, the forecast was closer than every "
    "customer's own rate in one of two measures of error; {weight:.0%} of it are "
    "used, the rest is the own rate of those likely still customers.",
    "poor": "Tested on the last {days:.0f} days, every customer's own rate was closer "
    "than the forecast; {weight:.0%} of it are used, the rest is the own rate of those "
    "likely still customers.",
}


class Choice(NamedTuple):
    """The method of a portfolio and why."""

    method: str
    code: str
    figures: dict[str, float]

    @property
    def reason(self) -> str:
        """The reason in words."""
        return REASONS[self.code].format(**self.figures)


def choose_method(
    asked: str,
    purchases: float,
    months: float,
    minimum: float,
    status: str,
    report: Backtest,
) -> Choice:
    """Return the method of a portfolio.

    :param asked: one of METHODS
    :param purchases: occasions of all accounts
    :param months, minimum: how far the history goes back, and how far it must
    :param status: of the purchase model

    >>> choice = choose_method("automatic", 50, 3, 12, "ok", None)
    >>> choice.method, choice.code
    ('plain', 'short_history')
    >>> choice.reason[:36]
    'The history goes back 3 months, and '
    """
    if asked not in METHODS:
        raise ValueError(f"method: {asked!r} is none of {', '.join(METHODS)}")
    if asked != "automatic":
        return Choice(asked, "asked", {})
    if not purchases:
        return Choice("plain", "no_purchases", {})
    if round(months) < minimum:
        return Choice("plain", "short_history", {"months": months, "minimum": minimum})
    if status == "insufficient_data":
        return Choice("plain", "insufficient_data", {})
    if report.grade == "none":
        return Choice("probabilistic", "not_tested", {})
    figures = {"days": report.holdout, "weight": report.model_weight}
    return Choice("probabilistic", report.grade, figures)


def is_seasonal(history: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which accounts buy in one season of the year, and have come back to it.

    :param history: as of ``transactions.purchase_history``

    >>> history = pd.DataFrame(
    ...     {"occasions": [4, 4, 2], "seasons": [2, 1, 2], "season_days": [30, 30, 5]}
    ... )
    >>> is_seasonal(history)
    array([ True, False, False])
    """
    occasions, seasons = history["occasions"], history["seasons"]
    busy = occasions >= FEWEST_SEASONAL * seasons
    return (
        (occasions >= FEWEST_SEASONAL)
        & (seasons >= 2)
        & (history["season_days"] <= np.where(busy, LONG_SEASON, SHORT_SEASON))
    ).to_numpy()


def account_methods(
    history: pd.DataFrame, method: str, own: NDArray, only_costs: NDArray
) -> tuple[NDArray, NDArray]:
    """Return each account's method, and whether its year has a season.

    :param method: of the portfolio, from ``choose_method``
    :param own: method asked for an account, or an empty string
    :param only_costs: accounts that have brought costs alone lately

    Whatever was asked for, who bought nothing is valued by the plain rule, and who
    bought only once has no gap that could be a contract's.
    """
    known = np.isin(own.astype(str), ("", *METHODS))
    refuse("method", own, ~known, f"none of {', '.join(METHODS)}")
    seasonal = is_seasonal(history)
    regular = seasonal | is_contract_like(
        history["occasions"], history["gap_variation"]
    )
    methods = np.where(
        (method == "probabilistic") & regular, "contract", np.full(len(history), method)
    ).astype(object)
    asked = (own != "") & (own != "automatic")
    methods[asked] = own[asked]
    once = (methods == "contract") & (history["occasions"].to_numpy() < 2)
    methods[once] = "probabilistic" if method != "plain" else "plain"
    methods[(history["occasions"].to_numpy() == 0) | only_costs] = "plain"
    return methods, seasonal


def account_statuses(
    history: pd.DataFrame,
    methods: NDArray,
    seasonal: NDArray,
    only_costs: NDArray,
    alive: NDArray,
    minimum: float,
) -> NDArray:
    """Return what each account's value rests on, in one word.

    ``no_purchase``: costs or credit notes only; ``single_purchase``; ``plain``;
    ``lapsed``: probably gone; ``seasonal``, ``regular``; ``short_history``: known for
    less than the minimum; ``established``.

    :param minimum: age, in the unit of the history
    """
    occasions = history["occasions"].to_numpy()
    return np.select(
        [
            (occasions == 0) | only_costs,
            (methods == "plain") & (occasions > 1),
            alive < LAPSED,
            occasions == 1,
            (methods == "contract") & seasonal,
            methods == "contract",
            history["age"].to_numpy() < minimum,
        ],
        [
            "no_purchase",
            "plain",
            "lapsed",
            "single_purchase",
            "seasonal",
            "regular",
            "short_history",
        ],
        default="established",
    )
