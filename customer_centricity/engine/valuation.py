"""The lifetime value of every account of a portfolio, in one pass.

From dated invoices and monthly profits to the value of each account, its interval, and
everything needed to say why it is what it is:

    value        = purchases expected x profit of a purchase x what discounting leaves
    profit of it = money expected of it x (margin - share that serving costs)

Purchases come from the purchase model or the renewals of a contract, money from the
gamma-gamma model, margin and serving cost from the account's own ratios shrunk to the
portfolio's. The plain rule needs none of this, see ``lifetime_value``.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .backtest import MODELS, Backtest, backtest, naive_purchases
from .checks import counts, number, refuse, vector
from .contracts import ContractModel
from .learnt import Learnt
from .lifetime_value import (
    DAYS_PER_MONTH,
    curve_weights,
    discount_factors,
    month_ends,
    occasions,
    plain_value,
)
from .profit import ShrinkageModel, ratio_observations
from .purchases import PurchaseModel
from .select import Choice, account_methods, account_statuses, choose_method
from .spend import SpendModel
from .transactions import YEAR, observed_span, purchase_history
from .uncertainty import total_interval, value_spread

# A renewal that is overdue by this many deviations of the gap is one that was missed.
OVERDUE = 3.0
# With so many accounts the parameters are known so well that what is left uncertain of
# them does not show beside what is uncertain of each account.
MANY_ACCOUNTS = 2000
# Accounts whose distributions are computed at a time.
CHUNK = 1000
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


# Columns of a purchase history that a valuation goes by.
HISTORY = [
    "occasions",
    "frequency",
    "recency",
    "age",
    "log_gaps",
    "mean_gap",
    "gap_variation",
    "seasons",
    "season_days",
    "mean_value",
    "first_value",
    "value",
    "credit",
]


@dataclass(frozen=True)
class Settings:
    """How a portfolio is to be valued; dates in the kind of the invoices' dates."""

    end: Any  # last day observed
    start: Any = None
    method: str = "automatic"  # one of select.METHODS
    months: int = 60  # horizon
    yearly_rate: float = 0.1  # of discounting
    minimum_months: float = 12.0  # of history, to learn from it
    window_years: float = 1.0  # of the profit the plain rule goes by
    level: float = 0.8  # probability of intervals

    def __post_init__(self):
        counts("months", [self.months])
        discount_factors(0, self.yearly_rate)
        number("minimum_months", self.minimum_months, 0)
        number("window_years", self.window_years, np.finfo(float).tiny)
        number("level", self.level, 0, 1)


class Valuation(NamedTuple):
    """The value of a portfolio."""

    accounts: pd.DataFrame  # COLUMNS, method and status, one row an account
    choice: Choice
    report: Backtest
    purchase_model: PurchaseModel
    spend_model: SpendModel
    margin_model: ShrinkageModel
    serving_model: ShrinkageModel
    contract_model: ContractModel
    ratio_unit: float
    total: float
    low: float
    high: float

    @property
    def learnt(self) -> Learnt:
        """What to value single accounts with later."""
        return Learnt(
            self.choice.method,
            self.purchase_model,
            self.spend_model,
            self.margin_model,
            self.serving_model,
            self.contract_model,
            self.ratio_unit,
            self.report.model_weight,
            self.report.holdout,
        )


def value_portfolio(
    accounts: pd.DataFrame,
    invoices: pd.DataFrame,
    months: pd.DataFrame,
    settings: Settings,
) -> Valuation:
    """Return the value of every account.

    :param accounts: indexed by account, ascending; columns ``profit`` and ``orders`` of
        the window and ``orders_ever`` for the plain rule; ``method``: the account's
        own, or an empty string
    :param invoices: as for ``transactions.purchase_history``
    :param months: columns ``account``, ``revenue``, ``product_cost``, ``serving_cost``:
        one row an account and month, of the months that margins are learnt from
    :return: values of all accounts, whatever is known of them; nothing is NaN
    :raise ValueError: naming the field and the first bad row; an invoice or a month of
        an unknown account is one, its money must not get lost

    >>> accounts = pd.DataFrame(
    ...     {"profit": [7200.0], "orders": [24], "orders_ever": [24], "method": [""]},
    ...     index=[1],
    ... )
    >>> days = [365 * visit // 24 for visit in range(24)]
    >>> invoices = pd.DataFrame({"account": 1, "date": days, "amount": 300.0})
    >>> months = pd.DataFrame(
    ...     [[1, 7200, 0, 0]],
    ...     columns=["account", "revenue", "product_cost", "serving_cost"],
    ... )
    >>> valuation = value_portfolio(accounts, invoices, months, Settings(end=365))
    >>> float(valuation.accounts["value"].iloc[0]), valuation.choice.code
    (36000.0, 'insufficient_data')
    """
    _check_frames(accounts, invoices, months)
    history = _history(accounts, invoices, settings)
    bought = history["occasions"].to_numpy() > 0
    report = backtest(
        invoices, settings.end, settings.months * DAYS_PER_MONTH, settings.start
    )
    model = PurchaseModel(**MODELS["mbg"]).fit(
        *(
            history.loc[bought, name].to_numpy(float)
            for name in ("frequency", "recency", "age", "log_gaps")
        )
    )
    choice = choose_method(
        settings.method,
        history["occasions"].sum(),
        observed_span(history) / DAYS_PER_MONTH,
        settings.minimum_months,
        model.status,
        report,
    )
    work = _Work(accounts, history, months, settings, model, report)
    frame = work.values(choice.method)
    total = float(frame["value"].sum())
    low, high = total_interval(
        total, work.variance, report.common_error, settings.level
    )
    return Valuation(
        frame,
        choice,
        report,
        model,
        work.spend_model,
        work.margin_model,
        work.serving_model,
        work.contract_model,
        work.ratio_unit,
        total,
        low,
        high,
    )


def value_accounts(
    accounts: pd.DataFrame,
    invoices: pd.DataFrame,
    months: pd.DataFrame,
    settings: Settings,
    learnt: Learnt,
) -> pd.DataFrame:
    """Return the values of some accounts of a portfolio that was learnt from before.

    :param accounts, invoices, months, settings: as for ``value_portfolio``, of these
        accounts alone
    :return: the frame ``accounts`` of a Valuation
    """
    _check_frames(accounts, invoices, months)
    history = _history(accounts, invoices, settings)
    work = _Work(
        accounts, history, months, settings, learnt.purchase_model, learnt, learnt
    )
    return work.values(learnt.method)


def _history(
    accounts: pd.DataFrame, invoices: pd.DataFrame, settings: Settings
) -> pd.DataFrame:
    """Return the purchase histories of all accounts, of those without any too."""
    history = purchase_history(invoices, settings.end, settings.start)
    return history[HISTORY].astype(float).reindex(accounts.index, fill_value=0.0)


def _check_frames(
    accounts: pd.DataFrame, invoices: pd.DataFrame, months: pd.DataFrame
) -> None:
    """Refuse frames that lack columns, that hold no numbers or do not fit together."""
    for frame, names in (
        (accounts, ("profit", "orders", "orders_ever", "method")),
        (invoices, ("account", "date", "amount")),
        (months, ("account", "revenue", "product_cost", "serving_cost")),
    ):
        for name in names:
            if name not in frame:
                raise ValueError(f"{name}: the frame has no such column")
    refuse("account", accounts.index, accounts.index.duplicated(), "there twice")
    for frame, names in (
        (accounts, ("profit", "orders", "orders_ever")),
        (months, ("revenue", "product_cost", "serving_cost")),
    ):
        for name in names:
            vector(name, frame[name].to_numpy())
    for frame in (invoices, months):
        known = frame["account"].isin(accounts.index).to_numpy()
        refuse("account", frame["account"].to_numpy(), ~known, "none of the accounts")


class _Work:
    """The steps of a valuation; columns fill up one by one."""

    def __init__(self, accounts, history, months, settings, model, blend, known=None):
        self.settings = settings
        self.history = history
        self.blend = blend  # model_weight, and holdout at which it was found
        self.known = known  # Learnt, or None to learn from these accounts
        self.model = model
        self.accounts = accounts
        self.position = pd.Series(np.arange(len(accounts)), index=accounts.index)
        self.months = months
        size = len(accounts)
        self.table = {name: np.zeros(size) for name in COLUMNS}
        for name in ("frequency", "recency", "age", "mean_gap"):
            self.table[name] = history[name].to_numpy(float)
        self.variance = np.zeros(size)
        self.contract_model = known.contract_model if known else ContractModel()

    def values(self, method: str) -> pd.DataFrame:
        """Return COLUMNS, method and status of each account."""
        revenue = np.bincount(
            self.position[self.months["account"]],
            weights=self.months["revenue"].to_numpy(float),
            minlength=len(self.accounts),
        )
        profit = self.accounts["profit"].to_numpy(float)
        only_costs = (revenue <= 0) & (profit < 0)
        methods, seasonal = account_methods(
            self.history, method, self.accounts["method"].to_numpy(object), only_costs
        )
        self._expect_money()
        self._expect_margins()
        self._count_probabilistic(np.flatnonzero(methods == "probabilistic"))
        self._count_contracts(np.flatnonzero(methods == "contract"), seasonal)
        self._count_plain(np.flatnonzero(methods == "plain"))
        statuses = account_statuses(
            self.history,
            methods,
            seasonal,
            only_costs,
            self.table["probability_alive"],
            self.settings.minimum_months * DAYS_PER_MONTH,
        )
        frame = pd.DataFrame(self.table, index=self.accounts.index)
        return frame.assign(method=methods, status=statuses)

    # ------------------------------------------------------------------
    # What a purchase brings
    # ------------------------------------------------------------------

    def _expect_money(self) -> None:
        """Fill in the money of a purchase; credit notes of other days are taken off."""
        table, history = self.table, self.history
        value, credit = history["value"].to_numpy(), history["credit"].to_numpy()
        kept = np.divide(
            np.maximum(value - credit, 0),
            value,
            out=np.zeros_like(value),
            where=value > 0,
        )
        mean_value = history["mean_value"].to_numpy() * kept
        self.repeats = np.where(mean_value > 0, table["frequency"], 0.0)
        self.mean_value = mean_value
        self.spend_model = (
            self.known.spend_model
            if self.known
            else SpendModel().fit(self.repeats, mean_value)
        )
        table["own_order_value"] = mean_value
        table["order_weight"] = self.spend_model.own_weight(self.repeats)
        table["order_value"] = self.spend_model.expected_value(self.repeats, mean_value)
        if self.spend_model.params is None:
            # nobody has come back: what was paid is all that is known
            table["order_value"] = history["first_value"].to_numpy() * kept

    def _expect_margins(self) -> None:
        """Fill in margin, serving cost and the profit of a purchase."""
        table, months = self.table, self.months
        of = self.position[months["account"]].to_numpy()
        revenue = months["revenue"].to_numpy(float)
        positive = revenue[revenue > 0]
        self.ratio_unit = float(positive.mean()) if positive.size else 1.0
        if self.known:
            self.ratio_unit = self.known.ratio_unit
        self.ratio_variance = np.zeros(len(self.accounts))
        for name, cost in (("margin", "product_cost"), ("serving", "serving_cost")):
            amount = months[cost].to_numpy(float)
            if name == "margin":
                amount = revenue - amount
            ratios = ratio_observations(
                of, amount, revenue, self.ratio_unit, len(self.accounts)
            )
            model = (
                getattr(self.known, f"{name}_model")
                if self.known
                else ShrinkageModel().fit(*ratios)
            )
            table[f"own_{name}"] = ratios.mean
            table[f"{name}_weight"] = model.weight(ratios.count)
            table[name] = model.expected(ratios.count, ratios.mean)
            self.ratio_variance += model.variance(ratios.count)
            setattr(self, f"{name}_model", model)
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
        table = self.table
        table["probability_alive"][rows] = self.model.probability_alive(*columns)
        expected, discounted, early = self.model.purchase_curve(
            self._month_ends, *columns, weights=self._weights
        ).T
        share = self._chosen_share(columns)
        self._fill(rows, expected * share, discounted * share, early * share)
        # like with like: the length of a distribution is that of the longest
        for chunk in _chunks(np.argsort(expected)):
            some = tuple(column[chunk] for column in columns)
            chances = self._chances(some)
            count = chances @ np.arange(chances.shape[1])
            scale = np.divide(
                discounted[chunk] * share[chunk],
                count,
                out=np.zeros_like(count),
                where=count > 0,
            )
            self._spread(rows[chunk], chances, scale)

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
        weight, horizon = self.blend.model_weight, self.blend.holdout
        model = self.model.expected_purchases(horizon, *columns)
        if weight == 1 or not horizon:
            return np.ones_like(model)
        frequency, _recency, age = columns
        steady = self.model.probability_alive(*columns)
        steady *= naive_purchases(horizon, frequency, age)
        known = (frequency > 0) & (model > 0)
        ratio = np.divide(steady, model, out=np.ones_like(model), where=known)
        return weight + (1 - weight) * ratio

    def _chances(self, columns: tuple) -> NDArray[np.float64]:
        """Return the distributions of purchases over the horizon."""
        horizon = self.settings.months * DAYS_PER_MONTH
        models = [self.model]
        if len(self.accounts) < MANY_ACCOUNTS:
            models = self.model.draws()
        most = max(model.most_purchases(horizon, *columns) for model in models)
        return sum(
            model.purchase_distribution(horizon, *columns, maximum=most)
            for model in models
        ) / len(models)

    def _count_contracts(self, rows: NDArray, seasonal: NDArray) -> None:
        """Expect renewals: of each order that falls due, or of each season."""
        history = self.history.iloc[rows]
        seasonal = seasonal[rows]
        seasons = history["seasons"].to_numpy(float)
        frequency, recency, age = self._columns(rows)
        gap = np.where(seasonal, YEAR, history["mean_gap"])
        deviation = np.where(
            seasonal,
            history["season_days"] / 2,
            history["gap_variation"] * history["mean_gap"],
        )
        renewals = np.where(seasonal, seasons - 1, frequency)
        orders = np.where(seasonal, (frequency + 1) / np.maximum(seasons, 1), 1.0)
        silence = age - recency
        missed = silence > gap + OVERDUE * np.maximum(deviation, 0.1 * gap)
        # those with few renewals would not have been taken for contracts
        known_from = np.minimum(renewals, np.where(seasonal, 1, 3))
        if not self.known:
            self.contract_model.fit_lifetimes(renewals, missed, known_from)
        alive = self.contract_model.probability_alive(renewals, silence, gap, deviation)
        self.table["probability_alive"][rows] = alive
        passed = np.minimum(silence / gap, 1)
        start = self.contract_model.expected_renewals(renewals, passed)
        factor = (alive * orders)[:, None]
        due = passed[:, None] + self._month_ends / gap[:, None]
        curve = self.contract_model.expected_renewals(renewals, due) - start[:, None]
        expected, discounted, early = (factor * curve @ self._weights).T
        self._fill(rows, expected, discounted, early)
        for chunk in _chunks(np.argsort(expected)):
            chances = self._renewal_chances(
                renewals[chunk], passed[chunk], gap[chunk], alive[chunk]
            )
            count = chances @ np.arange(chances.shape[1])
            scale = np.divide(
                discounted[chunk], count, out=np.zeros_like(count), where=count > 0
            )
            self._spread(rows[chunk], chances, scale)

    def _renewal_chances(self, renewals, passed, gap, alive) -> NDArray[np.float64]:
        """Return the probabilities of 0, 1, 2 ... renewals over the horizon."""
        due = passed + self.settings.months * DAYS_PER_MONTH / gap
        dates = np.arange(int(np.ceil(due.max(initial=0))) + 1)
        made = self.contract_model.expected_renewals(
            renewals, np.minimum(dates, due[:, None])
        )
        at_least = np.ones((renewals.size, dates.size + 1))
        at_least[:, 1:-1] = alive[:, None] * np.diff(made, axis=1)
        at_least[:, -1] = 0
        return np.maximum(at_least[:, :-1] - at_least[:, 1:], 0)

    def _count_plain(self, rows: NDArray) -> None:
        """Value by the plain rule; tell how likely the account is still there."""
        table, accounts = self.table, self.accounts.iloc[rows]
        value, frequency = occasions(
            accounts["profit"],
            accounts["orders"],
            accounts["orders_ever"],
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
        known = rows[self.history["occasions"].to_numpy()[rows] > 0]
        table["probability_alive"][known] = self.model.probability_alive(
            *self._columns(known)
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

    def _spread(self, rows: NDArray, chances: NDArray, scale: NDArray) -> None:
        """Fill in the intervals of some accounts; they hold the value itself."""
        model = self.spend_model.params
        order_value = self.table["order_value"][rows]
        if model is None:
            # all that is known is one amount, and nothing of how it varies
            shape, sure = 1.0, 1e6
            money = np.array([np.full(rows.size, sure), sure * order_value])
        else:
            shape = model.p
            money = np.array(
                [
                    model.p * self.repeats[rows] + model.q,
                    model.v + self.repeats[rows] * self.mean_value[rows],
                ]
            )
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


def _chunks(order: NDArray):
    for start in range(0, order.size, CHUNK):
        yield order[start : start + CHUNK]
