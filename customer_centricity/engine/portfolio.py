"""Figures that compare the accounts of one portfolio with each other.

Every function takes one row an account and does not depend on the order of the rows;
accounts of equal value are always treated alike.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import number, vector

# Upper border of each value band, as a multiple of the mean value of the accounts that
# are worth something. Powers of about three: a band is a different order of customer,
# not a fine ranking. Band 0 is "no value", the last one has no upper border.
BAND_BORDERS = (1 / 3, 1.0, 3.0)


@dataclass(frozen=True)
class WhaleCurve:
    """Cumulative profit of the accounts, the most profitable first.

    With loss-making accounts the curve rises above the total before it falls back to
    it, like the back of a whale (Cooper & Kaplan 1991). All arrays have n + 1 points;
    the first is the origin.
    """

    account_share: NDArray[np.float64]  # share of the accounts, 0 to 1
    cumulative_profit: NDArray[np.float64]  # money
    total: float  # money: the end of the curve
    peak: float  # money: the highest point of the curve
    peak_account_share: float  # share of the accounts that bring it to the peak

    @property
    def peak_share(self) -> float | None:
        """The peak as a multiple of the total profit; None without any profit."""
        return self.peak / self.total if self.total > 0 else None


def whale_curve(profit: ArrayLike) -> WhaleCurve:
    """Return the whale curve of the accounts' profits.

    :param profit: money, shape (n,); n may be 0

    >>> curve = whale_curve([-50, 120, 30])
    >>> curve.cumulative_profit
    array([  0., 120., 150., 100.])
    >>> curve.peak_share
    1.5
    """
    profit = vector("profit", profit)
    cumulative = np.concatenate([[0.0], np.cumsum(-np.sort(-profit))])
    shares = np.linspace(0, 1, cumulative.size) if profit.size else np.zeros(1)
    peak = int(np.argmax(cumulative))
    return WhaleCurve(
        account_share=shares,
        cumulative_profit=cumulative,
        total=float(cumulative[-1]),
        peak=float(cumulative[peak]),
        peak_account_share=float(shares[peak]),
    )


def concentration(profit: ArrayLike, best: float = 0.2) -> float | None:
    """Share of the total profit that the best accounts make; None without any profit.

    :param profit: money, shape (n,)
    :param best: share of the accounts that counts as the best, 0 to 1; at least one
        account is taken

    >>> concentration([600, 200, 100, 50, 50], best=0.2)
    0.6
    """
    curve = whale_curve(profit)
    if curve.total <= 0:
        return None
    count = best_count(curve.cumulative_profit.size - 1, best)
    return float(curve.cumulative_profit[count] / curve.total)


def best_count(accounts: int, best: float) -> int:
    """Return how many accounts are the best ones: at least one, where there is any.

    :param accounts: how many there are, >= 0
    :param best: share of the accounts, above 0 and up to 1

    >>> [best_count(accounts, 0.1) for accounts in (0, 3, 10, 11)]
    [0, 1, 1, 2]
    """
    if not 0 < best <= 1:
        raise ValueError(f"best: {best!r} is not a share above 0 and up to 1")
    # the tolerance keeps 0.07 x 100 = 7.000000000000001 from counting as 8 accounts
    return min(accounts, max(1, int(np.ceil(best * accounts - 1e-9))))


def gini(profit: ArrayLike) -> float | None:
    """Return how unequally profit is made: 0 by all alike, towards 1 by few of them.

    The Gini coefficient: half the mean difference between two accounts as a share of
    the mean, here by ranks (Sen, On Economic Inequality, 1973, section 2.3), x being
    the profits in ascending order:

        G = 2 sum(i x_i) / (n sum(x_i)) - (n + 1) / n        i = 1 ... n

    Only accounts that make a profit count: with losses among them the coefficient has
    no upper bound, and none at all where profits and losses balance. What the losers
    give back, the whale curve tells.

    :param profit: money, shape (n,)
    :return: 0 to 1 - 1/n; None where no account makes a profit

    >>> gini([100, 100, 100, -500])
    0.0
    >>> gini([10, 20, 30, 40])
    0.25
    """
    profit = vector("profit", profit)
    profit = np.sort(profit[profit > 0])
    count = profit.size
    if not count:
        return None
    profit = profit / profit[-1]  # sums of huge amounts stay finite
    ranks = np.arange(1, count + 1)
    result = 2 * (ranks @ profit) / (count * profit.sum()) - (count + 1) / count
    # of equal profits, nothing but rounding is left
    return float(max(0.0, result))


def curve_points(cumulative: ArrayLike, most: int) -> NDArray[np.int64]:
    """Return which points of a cumulative curve to draw: positions in ascending order.

    The first and the last one, the ends of its flat top, and of the others as many as
    there may be: a third at even steps along the accounts, the rest in pairs, before
    and after even steps of the way up and down, so that a steep part stays steep. Drawn
    from point to point the curve differs nowhere by more than one such step of the way.

    :param cumulative: money, the most profitable account first, shape (n,)
    :param most: how many points there may be, at least 8

    >>> curve_points([50, 70, 80, 80, 80, 60], 8)
    array([0, 1, 2, 3, 4, 5])
    >>> curve_points(np.cumsum([1000] + [1] * 998 + [-500]), 8)
    array([  0, 500, 748, 749, 998, 999])
    """
    cumulative = vector("cumulative", cumulative)
    if most < 8:
        raise ValueError(f"most: {most!r} is not at least 8")
    size = cumulative.size
    if size <= most:
        return np.arange(size)
    peak = np.flatnonzero(cumulative == cumulative.max())
    kept = [0, size - 1, peak[0], peak[-1]]
    third = (most - len(kept)) // 3
    along = np.linspace(0, size - 1, third + 2)[1:-1].round().astype(np.int64)
    way = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(cumulative)))])
    steps = np.linspace(0, way[-1], third + 2)[1:-1]
    # a single account may go several steps at once: both its ends are kept
    after = np.clip(np.searchsorted(way, steps), 1, size - 1)
    return np.unique(np.concatenate([kept, along, after - 1, after])).astype(np.int64)


class TierRule(NamedTuple):
    """One border between tiers.

    kind and the meaning of its threshold:

    - ``share``: the accounts that together make this share (0 to 1) of all positive
      value, the most valuable first. The account that crosses the border belongs in.
    - ``percentile``: this share (0 to 1) of the accounts, the most valuable first.
    - ``amount``: accounts worth at least this much money.
    - ``loss``: accounts worth less than zero; the threshold is not used.
    """

    kind: str
    threshold: float = 0.0


def tiers(value: ArrayLike, rules: Iterable[TierRule]) -> NDArray[np.int64]:
    """Return for each account the index of the first rule that it meets, -1 for none.

    Accounts worth less than zero meet no ``share`` or ``percentile`` rule: they make
    no part of the value that is being shared out.

    :param value: money, shape (n,)
    :param rules: in order of precedence
    :raise ValueError: for an unknown kind or a share outside 0 to 1

    >>> tiers([50, 30, 15, 5, -9], [TierRule("loss"), TierRule("share", 0.5)])
    array([ 1, -1, -1, -1,  0])
    """
    value = vector("value", value)
    result = np.full(value.size, -1)
    for index, rule in reversed(list(enumerate(rules))):
        result[_meets(TierRule(*rule), value)] = index
    return result


def _meets(rule: TierRule, value: NDArray[np.float64]) -> NDArray[np.bool_]:
    if rule.kind == "loss":
        return value < 0
    if rule.kind == "amount":
        return value >= rule.threshold
    if rule.kind not in ("share", "percentile"):
        raise ValueError(f"rules: unknown kind {rule.kind!r}")
    if not 0 <= rule.threshold <= 1:
        raise ValueError(f"rules: {rule.kind} {rule.threshold!r} is not 0 to 1")
    if rule.threshold == 1:
        return value >= 0
    # What stands before the account: of positive value, or of accounts. Equal values
    # have the same before, hence the same tier.
    levels, level_of, counts = np.unique(
        -value, return_inverse=True, return_counts=True
    )
    amounts = counts if rule.kind == "percentile" else np.maximum(-levels, 0) * counts
    total = amounts.sum()
    before = (np.cumsum(amounts) - amounts) / total if total else np.ones(levels.size)
    # the tolerance keeps rounding in the sums from letting one account too many in
    return (value >= 0) & (before < rule.threshold - 1e-12)[level_of]


class Border(NamedTuple):
    """What a tier begins at, when the shares of a portfolio have become amounts."""

    kind: str  # "amount": worth at least `lowest`; "loss": worth less than zero
    lowest: float  # money; infinite where no account belongs to the tier
    width: float  # money: a crossing by less than this does not count


def borders(
    value: ArrayLike, rules: Iterable[TierRule], band: float = 0.0
) -> list[Border]:
    """Return the border of each rule in a portfolio.

    Accounts are in the tiers that ``tiers`` gives them, and where any other amount
    would be can be told without the portfolio.

    :param value: money, shape (n,)
    :param band: the width of a border as a share of its amount, >= 0. A border at
        zero has no size of its own: the median value of the accounts worth something
        stands for it.

    >>> rules = [TierRule("share", 0.5), TierRule("share", 1), TierRule("loss")]
    >>> [tuple(border) for border in borders([50, 30, 15, 5, -9], rules, band=0.1)]
    [('amount', 50.0, 5.0), ('amount', 0.0, 2.25), ('loss', 0.0, 2.25)]
    """
    value = vector("value", value)
    band = number("band", band, 0)
    positive = value[value > 0]
    typical = float(np.median(positive)) if positive.size else 0.0
    result = []
    for rule in map(TierRule._make, rules):
        kind = "loss" if rule.kind == "loss" else "amount"
        lowest = _lowest(rule, value)
        size = abs(lowest) or typical
        result.append(Border(kind, lowest, band * size if np.isfinite(size) else 0.0))
    return result


def _lowest(rule: TierRule, value: NDArray[np.float64]) -> float:
    """Return the lowest value that meets a rule; zero for a loss, which ends there."""
    meets = _meets(rule, value)
    if rule.kind == "amount":
        return float(rule.threshold)
    if rule.kind == "loss" or rule.threshold == 1:
        return 0.0
    return float(value[meets].min()) if meets.any() else np.inf


def tiers_within(value: ArrayLike, known: Iterable[Border]) -> NDArray[np.int64]:
    """Return for each account the index of the first tier it belongs to, -1 for none.

    >>> tiers_within([60, 20, -1], [Border("amount", 50, 5), Border("loss", 0, 2)])
    array([ 0, -1,  1])
    """
    return tiers(value, [TierRule(border.kind, border.lowest) for border in known])


def damped_tiers(
    value: ArrayLike, old: ArrayLike, known: Iterable[Border]
) -> NDArray[np.int64]:
    """Return the tiers of accounts that leave their old one only for good.

    Values are estimates and borders move with the portfolio: an account near a border
    would go back and forth with every computation. It stays where it is as long as it
    has crossed a border of its old tier by less than the border's width.

    :param value: money, shape (n,)
    :param old: index of the old tier, -1 for none, shape (n,)
    :param known: the borders, in order of precedence

    >>> amounts = [Border("amount", 100, 10), Border("amount", 0, 2)]
    >>> known = [*amounts, Border("loss", 0, 2)]
    >>> damped_tiers([95, 95, 105, -1, -3], [0, 1, 1, 1, 1], known)
    array([0, 1, 1, 1, 2])
    """
    value = vector("value", value)
    old = np.asarray(old, dtype=int)
    known = list(known)
    result = tiers_within(value, known)
    for index in range(len(known)):
        lowest, highest = _span(index, known)
        if lowest < highest:
            result[(old == index) & (value >= lowest) & (value < highest)] = index
    return result


def _span(index: int, known: list[Border]) -> tuple[float, float]:
    """Return from where to where a tier reaches, with its borders' widths."""
    own = known[index]
    lowest, highest = (-np.inf, 0.0) if own.kind == "loss" else (own.lowest, np.inf)
    low_width = high_width = own.width
    for border in known[:index]:
        if border.kind == "loss":
            if border.lowest > lowest:
                lowest, low_width = border.lowest, border.width
        elif border.lowest < highest:
            highest, high_width = border.lowest, border.width
    if lowest >= highest:  # nobody belongs there
        return np.inf, -np.inf
    return lowest - low_width, highest + high_width


def ranks(known: Iterable[Border]) -> NDArray[np.int64]:
    """Return the place of each tier, 0 the best; losses come last, whatever the order.

    >>> ranks([Border("loss", 0, 0), Border("amount", 9, 0), Border("amount", 0, 0)])
    array([2, 0, 1])
    """
    losses = np.array([border.kind == "loss" for border in known], dtype=bool)
    return np.argsort(np.argsort(losses, kind="stable"), kind="stable")


def value_bands(value: ArrayLike) -> NDArray[np.int64]:
    """Return for each account its band of value: 0 none, 1 small ... 4 major.

    A band tells an account's weight without telling its amount. Borders are
    ``BAND_BORDERS`` times the mean value of the accounts worth more than zero.

    :param value: money, shape (n,)

    >>> value_bands([-5, 0, 1, 5, 10, 84])
    array([0, 0, 1, 1, 2, 4])
    """
    value = vector("value", value)
    positive = value > 0
    if not positive.any():
        return np.zeros(value.size, dtype=int)
    borders = np.array(BAND_BORDERS) * value[positive].mean()
    return np.where(positive, np.searchsorted(borders, value, side="right") + 1, 0)


def results(revenue: ArrayLike, profit: ArrayLike, even_rate: float) -> list[str]:
    """Return ``profit``, ``even``, ``loss`` or ``no_activity`` for each account.

    :param revenue: money of the window, net of credit notes, shape (n,)
    :param profit: money of the window, shape (n,)
    :param even_rate: an account whose profit or loss is at most this share of its
        revenue breaks even, >= 0

    >>> results([100, 100, 100, 0, 0], [50, 1, -20, -5, 0], 0.02)
    ['profit', 'even', 'loss', 'loss', 'no_activity']
    """
    revenue = vector("revenue", revenue)
    profit = vector("profit", profit, revenue.size)
    even_rate = vector("even_rate", [even_rate], minimum=0)[0]
    conditions = [
        (revenue == 0) & (profit == 0),
        np.abs(profit) <= even_rate * np.abs(revenue),
        profit > 0,
    ]
    return np.select(
        conditions, ["no_activity", "even", "profit"], default="loss"
    ).tolist()
