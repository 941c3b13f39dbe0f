"""What observed accounts are expected to bring, by what was learnt of their portfolio.

    value        = purchases expected x profit of a purchase x what discounting leaves
    profit of it = money expected of it x (margin - share that serving costs)

Nothing here depends on which other accounts are valued at the same time.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .backtest import naive_purchases
from .learnt import Learnt
from .lifetime_value import curve_weights, month_ends, occasions, plain_value
from .observation import RATIOS, only_costs
from .select import account_methods, account_statuses
from .settings import Settings
from .transactions import YEAR
from .uncertainty import value_spread

# A renewal that is overdue by this many deviations of the gap is one that was missed.
OVERDUE = 3.0
# Accounts whose distributions are computed at a time, and most cells of these.
CHUNK = 1000
CELLS = 1 << 20
# Lengths of distributions: each account's is the next of these, so that where it is
# cut off does not depend on the others.
LENGTHS = np.unique(np.ceil(8 * 1.25 ** np.arange(96)))
# Columns of the result that hold money or numbers, in the order of the explanation.
COLUMNS = (
    "value",
    "low",
    "high",
    "probability_alive",
    "expected_orders",
    "order_profit",
    "discount",
    "last_year_share",
    "frequency",
    "recency",
    "age",
    "mean_gap",
    "own_order_value",
    "order_weight",
    "order_value",
    "own_margin",
    "margin_weight",
    "margin",
    "own_serving",
    "serving_weight",
    "serving",
)


class Renewals(NamedTuple):
    """Accounts as contracts: what was renewed and what falls due, one row each."""

    made: NDArray[np.float64]
    missed: NDArray[np.bool_]  # the one that fell due last
    known_from: NDArray[np.float64]  # renewals without which it would be no contract
    silence: NDArray[np.float64]  # days since the last purchase
    gap: NDArray[np.float64]  # days from one renewal to the next
    deviation: NDArray[np.float64]  # of the gap
    orders: NDArray[np.float64]  # purchases a renewal stands for

    @classmethod
    def of(cls, observed: pd.DataFrame, seasonal: NDArray[np.bool_]) -> "Renewals":
        """Return the renewals of accounts: of each order that falls due, or season.

        >>> observed = pd.DataFrame(
        ...     [[4, 120, 180, 30, 0.1, 1, 120]],
        ...     columns=["frequency", "recency", "age", "mean_gap", "gap_variation",
        ...              "seasons", "season_days"],
        ... )
        >>> renewals = Renewals.of(observed, np.array([False]))
        >>> renewals.made, renewals.silence, renewals.missed
        (array([4.]), array([60.]), array([ True]))
        """
        frequency, recency, age, mean_gap, variation, seasons, season_days = (
            observed[name].to_numpy(float)
            for name in (
                "frequency",
                "recency",
                "age",
                "mean_gap",
                "gap_variation",
                "seasons",
                "season_days",
            )
        )
        gap = np.where(seasonal, YEAR, mean_gap)
        deviation = np.where(seasonal, season_days / 2, variation * mean_gap)
        made = np.where(seasonal, seasons - 1, frequency)
        silence = age - recency
        return cls(
            made=made,
            missed=silence > gap + OVERDUE * np.maximum(deviation, 0.1 * gap),
            # those with few renewals would not have been taken for contracts
            known_from=np.minimum(made, np.where(seasonal, 1, 3)),
            silence=silence,
            gap=gap,
            deviation=deviation,
            orders=np.where(seasonal, (frequency + 1) / np.maximum(seasons, 1), 1.0),
        )


def repeats(observed: pd.DataFrame) -> NDArray[np.float64]:
    """Return the repeat occasions that tell what a purchase brings.

    >>> observed = pd.DataFrame({"frequency": [3.0, 2.0], "mean_value": [10.0, 0.0]})
    >>> repeats(observed)
    array([3., 0.])
    """
    return np.where(observed["mean_value"] > 0, observed["frequency"], 0.0)


class Expectation:
    """The steps of valuing observed accounts; columns fill up one by one."""

    def __init__(self, observed: pd.DataFrame, settings: Settings, learnt: Learnt):
        self.observed = observed
        self.settings = settings
        self.learnt = learnt
        size = len(observed)
        self.table = {name: np.zeros(size) for name in COLUMNS}
        for name in ("frequency", "recency", "age", "mean_gap"):
            self.table[name] = observed[name].to_numpy(float)
        self.variance = np.zeros(size)
        self.ratio_variance = np.zeros(size)

    def frame(self) -> pd.DataFrame:
        """Return COLUMNS, ``method``, ``status`` and ``variance`` of each account."""
        observed = self.observed
        costs = only_costs(observed)
        methods, seasonal = account_methods(
            observed, self.learnt.method, observed["method"].to_numpy(object), costs
        )
        self._expect_money()
        self._expect_margins()
        self._count_probabilistic(np.flatnonzero(methods == "probabilistic"))
        self._count_contracts(np.flatnonzero(methods == "contract"), seasonal)
        self._count_plain(np.flatnonzero(methods == "plain"))
        statuses = account_statuses(
            observed,
            methods,
            seasonal,
            costs,
            self.table["probability_alive"],
            self.settings.minimum_days,
        )
        return pd.DataFrame(self.table, index=observed.index).assign(
            method=methods, status=statuses, variance=self.variance
        )

    # ------------------------------------------------------------------
    # What a purchase brings
    # ------------------------------------------------------------------

    def _expect_money(self) -> None:
        """Fill in the money of a purchase."""
        table, model = self.table, self.learnt.spend_model
        mean_value = self.observed["mean_value"].to_numpy(float)
        self.repeats = repeats(self.observed)
        table["own_order_value"] = mean_value
        table["order_weight"] = model.own_weight(self.repeats)
        table["order_value"] = model.expected_value(self.repeats, mean_value)
        if model.params is None:
            # nobody has come back: what was paid is all that is known
            table["order_value"] = self.observed["first_value"].to_numpy(float)

    def _expect_margins(self) -> None:
        """Fill in margin, serving cost and the profit of a purchase."""
        table = self.table
        for name in RATIOS:
            count, mean = (
                self.observed[f"{name}_{column}"].to_numpy(float)
                for column in ("count", "mean")
            )
            model = getattr(self.learnt, f"{name}_model")
            table[f"own_{name}"] = mean
            table[f"{name}_weight"] = model.weight(count)
            table[name] = model.expected(count, mean)
            self.ratio_variance += model.variance(count)
        table["order_profit"] = table["order_value"] * (
            table["margin"] - table["serving"]
        )

    # ------------------------------------------------------------------
    # How many purchases
    # ------------------------------------------------------------------

    def _columns(self, rows: NDArray) -> tuple[NDArray, NDArray, NDArray]:
        """Return frequency, recency and age of some accounts."""
        return tuple(self.table[name][rows] for name in ("frequency", "recency", "age"))

    def _count_probabilistic(self, rows: NDArray) -> None:
        columns = self._columns(rows)
        table, model = self.table, self.learnt.purchase_model
        horizon = self.settings.horizon
        table["probability_alive"][rows] = model.probability_alive(*columns)
        expected, discounted, early = model.purchase_curve(
            self._month_ends, *columns, weights=self._weights
        ).T
        share = self._chosen_share(columns)
        self._fill(rows, expected * share, discounted * share, early * share)
        models = self.learnt.draws
        most = np.max(
            [model.most_purchases(horizon, *columns) for model in models], axis=0
        )
        for length, chunk in _chunks(most):
            some = tuple(column[chunk] for column in columns)
            chances = sum(
                model.purchase_distribution(horizon, *some, maximum=length)
                for model in models
            ) / len(models)
            self._spread(rows[chunk], chances, discounted[chunk] * share[chunk])

    @property
    def _month_ends(self) -> NDArray[np.float64]:
        return month_ends(self.settings.months)

    @property
    def _weights(self) -> NDArray[np.float64]:
        """Return weights of a curve: its end, its discounted sum, without last year."""
        months, rate = self.settings.months, self.settings.yearly_rate
        weights = np.zeros((months, 3))
        if months:
            weights[-1, 0] = 1
            weights[:, 1] = curve_weights(months, rate)
        early = max(0, months - 12)
        weights[:early, 2] = curve_weights(early, rate)
        return weights

    def _chosen_share(self, columns: tuple) -> NDArray[np.float64]:
        """Return by how much the backtest's chosen blend corrects the model.

        At the horizon that was tested the forecast is the blend; in its course over
        time it follows the model, which knows that customers leave. Who bought once has
        no rate of its own: there the model has the say. That most of them never come
        back, so that none is the best guess for each, is no reason to value them at
        nothing.
        """
        weight, horizon = self.learnt.model_weight, self.learnt.holdout
        purchases = self.learnt.purchase_model
        model = purchases.expected_purchases(horizon, *columns)
        if weight == 1 or not horizon:
            return np.ones_like(model)
        frequency, _recency, age = columns
        steady = purchases.probability_alive(*columns)
        steady *= naive_purchases(horizon, frequency, age)
        known = (frequency > 0) & (model > 0)
        ratio = np.divide(steady, model, out=np.ones_like(model), where=known)
        return weight + (1 - weight) * ratio

    def _count_contracts(self, rows: NDArray, seasonal: NDArray) -> None:
        """Expect renewals: of each order that falls due, or of each season."""
        model = self.learnt.contract_model
        due = Renewals.of(self.observed.iloc[rows], seasonal[rows])
        alive = model.probability_alive(due.made, due.silence, due.gap, due.deviation)
        self.table["probability_alive"][rows] = alive
        passed = np.minimum(due.silence / due.gap, 1)
        until = np.ceil(passed + self.settings.horizon / due.gap)
        for _length, chunk in _chunks(until):
            some = due.made[chunk], passed[chunk], due.gap[chunk]
            curve = self._renewal_curve(*some)
            factor = (alive * due.orders)[chunk]
            expected, discounted, early = (factor[:, None] * curve @ self._weights).T
            self._fill(rows[chunk], expected, discounted, early)
            chances = self._renewal_chances(*some, alive[chunk])
            self._spread(rows[chunk], chances, discounted)

    def _renewal_curve(self, made, passed, gap) -> NDArray[np.float64]:
        """Return the renewals expected by the end of each month, if still there."""
        model = self.learnt.contract_model
        dates = passed[:, None] + self._month_ends / gap[:, None]
        start = model.expected_renewals(made, passed)
        return model.expected_renewals(made, dates) - start[:, None]

    def _renewal_chances(self, made, passed, gap, alive) -> NDArray[np.float64]:
        """Return the probabilities of 0, 1, 2 ... renewals over the horizon."""
        due = passed + self.settings.horizon / gap
        dates = np.arange(int(np.ceil(due.max(initial=0))) + 1)
        expected = self.learnt.contract_model.expected_renewals(
            made, np.minimum(dates, due[:, None])
        )
        at_least = np.ones((made.size, dates.size + 1))
        at_least[:, 1:-1] = alive[:, None] * np.diff(expected, axis=1)
        at_least[:, -1] = 0
        return np.maximum(at_least[:, :-1] - at_least[:, 1:], 0)

    def _count_plain(self, rows: NDArray) -> None:
        """Value by the plain rule; tell how likely the account is still there."""
        table, some = self.table, self.observed.iloc[rows]
        value, frequency = occasions(
            some["profit"],
            some["orders"],
            some["orders_ever"],
            self.settings.window_years,
        )
        years = self.settings.months / 12
        plain = plain_value(value, frequency, years)
        table["order_profit"][rows] = value
        table["expected_orders"][rows] = plain_value(
            np.ones(rows.size), frequency, years
        )
        table["discount"][rows] = 1
        table["last_year_share"][rows] = min(1.0, 1 / years) if years else 0
        for name in ("value", "low", "high"):
            table[name][rows] = plain
        known = rows[some["occasions"].to_numpy() > 0]
        table["probability_alive"][known] = (
            self.learnt.purchase_model.probability_alive(*self._columns(known))
        )

    # ------------------------------------------------------------------
    # What they come to
    # ------------------------------------------------------------------

    def _fill(self, rows, expected, discounted, early) -> None:
        table = self.table
        some = expected > 0
        table["expected_orders"][rows] = expected
        table["discount"][rows] = np.divide(
            discounted, expected, out=np.ones_like(expected), where=some
        )
        table["last_year_share"][rows] = 1 - np.divide(
            early, discounted, out=np.ones_like(expected), where=discounted > 0
        )
        table["value"][rows] = discounted * table["order_profit"][rows]

    def _spread(self, rows: NDArray, chances: NDArray, discounted: NDArray) -> None:
        """Fill in the intervals of some accounts; they hold the value itself.

        :param chances: of 0, 1, 2 ... purchases, shape (n, m)
        :param discounted: purchases expected, each for what it is worth today
        """
        count = chances @ np.arange(chances.shape[1])
        scale = np.divide(discounted, count, out=np.zeros_like(count), where=count > 0)
        model = self.learnt.spend_model.params
        order_value = self.table["order_value"][rows]
        if model is None:
            # all that is known is one amount, and nothing of how it varies
            shape, sure = 1.0, 1e6
            money = np.array([np.full(rows.size, sure), sure * order_value])
        else:
            shape, known = model.p, self.repeats[rows]
            own = self.table["own_order_value"][rows]
            money = np.array([model.p * known + model.q, model.v + known * own])
        spread = value_spread(
            chances,
            money,
            self.table["margin"][rows] - self.table["serving"][rows],
            self.ratio_variance[rows],
            scale,
            shape,
            self.settings.level,
        )
        value = self.table["value"][rows]
        self.table["low"][rows] = np.minimum(spread.low, value)
        self.table["high"][rows] = np.maximum(spread.high, value)
        self.variance[rows] = spread.variance


def _chunks(most: NDArray) -> Iterator[tuple[int, NDArray]]:
    """Yield accounts with distributions of the same length, and that length.

    >>> [(length, rows.tolist()) for length, rows in _chunks(np.array([20, 3, 8]))]
    [(8, [1, 2]), (20, [0])]
    """
    lengths = np.searchsorted(LENGTHS, most)
    for position in np.unique(lengths):
        length = int(LENGTHS[position])
        alike = np.flatnonzero(lengths == position)
        step = max(1, min(CHUNK, CELLS // length))
        for start in range(0, alike.size, step):
            yield length, alike[start : start + step]
