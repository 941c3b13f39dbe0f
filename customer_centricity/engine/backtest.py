"""Was the model right? Forecast what has happened already, and compare.

The end of the history is held out, the model fitted to what was known before, and its
forecast of each account's purchases compared with what came, beside the naive forecast:
the account's own rate, x / T, goes on for ever.

The model is a mean, and the naive rate of most accounts close to a median, which the
mean absolute error favours. So the forecast that is chosen is a blend of the model with
the ``steady`` one, the own rate of those who are likely still there, in the proportion
that has proved best: it need not lose to the naive rate in either measure.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from .checks import counts, number, vector
from .purchases import PurchaseModel
from .transactions import Documents, day_before, observed_span, summarise
from .uncertainty import COMMON_ERROR

# At most this share of the history is held out: two thirds remain to learn from.
LARGEST_SHARE = 1 / 3
# Fewer accounts say little about which forecast is better.
FEWEST_ACCOUNTS = 10
# How much worse than the naive rate's the chosen forecast's MAE may be in the test: a
# fourth of what it may be afterwards, on a period that nobody knows yet.
MAE_TOLERANCE = 1.005
# Shares of the model in the blend that are tried.
SHARES = 20
# The models that are tried; the first is the one that values are computed with.
MODELS = {
    "mbg": {"kind": "mbg", "regularity": "auto", "prior": "default"},
    "bg": {"kind": "bg", "regularity": 1, "prior": "default"},
}


# Periods that are held out, one before the other.
FOLDS = ("latest", "earlier")
# Of a history, what the models go by; and with what came, the columns of a fold.
KNOWN = ("occasions", "frequency", "recency", "age", "log_gaps")
FOLD_COLUMNS = tuple(f"{fold}_{name}" for fold in FOLDS for name in (*KNOWN, "came"))


class Score(NamedTuple):
    """How far a forecast is from what came."""

    mae: float  # mean absolute error, purchases an account
    rmse: float  # root of the mean squared error, purchases an account
    bias: float | None  # total forecast over total that came, less one
    rank_correlation: float | None  # Spearman's; None where one side is constant


@dataclass(frozen=True)
class Backtest:
    """What a backtest found.

    ``grade``: ``good`` when the model beats the naive rate in MAE and RMSE, ``fair``
    when in one of them, ``poor`` when in none, ``none`` when there was too little to
    compare.
    """

    cutoff: Any  # the last day that the models knew
    holdout: float  # days that were to be forecast
    accounts: int
    scores: dict[str, Score] = field(default_factory=dict)
    grade: str = "none"
    # share of the model in the chosen forecast; the rest is the steady one's
    model_weight: float = 1.0
    # relative error common to all accounts
    common_error: float = COMMON_ERROR


def backtest(
    frame: pd.DataFrame, end: Any, horizon: float, start: Any = None
) -> Backtest:
    """Hold out the last part of the history and grade every model on it.

    :param frame: as for ``transactions.purchase_history``
    :param horizon: days that values look ahead; at most a third of the history is held
        out
    :return: a Backtest, whatever there is to test; scores of each model, of the
        ``naive`` and the ``steady`` rate and of the ``chosen`` forecast

    >>> days = range(0, 360, 10)
    >>> frame = pd.DataFrame(
    ...     [(a, d + a, 1.0) for a in range(12) for d in days],
    ...     columns=["account", "date", "amount"],
    ... )
    >>> report = backtest(frame, end=360, horizon=90)
    >>> report.cutoff, report.accounts, report.grade
    (270.0, 12, 'good')
    """
    horizon = number("horizon", horizon, 0)
    rows = Documents(frame)
    last = rows.day_of("end", end)
    if start is not None and last < rows.day_of("start", start):
        raise ValueError(f"end: {end!r} is before the start {start!r}")
    known = rows.net_days(last)
    holdout = holdout_days(horizon, observed_span(summarise(*known, last)))
    folds = observe_folds(rows, known, last, holdout)
    return grade(folds, day_before(end, holdout), holdout)


def holdout_days(horizon: float, span: float) -> float:
    """Return how many days to hold out.

    :param horizon: days that values look ahead
    :param span: days of the portfolio's history

    >>> holdout_days(1826, 1000)
    333.0
    """
    return float(np.floor(min(horizon, span * LARGEST_SHARE)))


def observe_folds(
    rows: Documents, known: tuple[pd.DataFrame, pd.Index], end: float, holdout: float
) -> pd.DataFrame:
    """Return what was known of each account a holdout ago, and what it bought since.

    :param known: the days up to the end, from ``Documents.net_days``
    :param end: the last day, a day number
    :return: a frame indexed by account, of all with a row up to the end; columns of
        each of FOLDS: ``frequency``, ``recency``, ``age`` and ``log_gaps`` of those who
        had bought, ``occasions``, and ``came``, the occasions after. One holdout ago,
        and as far back again: how far can all accounts be off together, and does the
        blend that is best now do then, too?

    >>> rows = Documents(
    ...     pd.DataFrame({"account": 7, "date": [1, 11, 31], "amount": [5, 5, 5]})
    ... )
    >>> folds = observe_folds(rows, rows.net_days(41), end=41, holdout=10)
    >>> folds[["latest_occasions", "latest_came", "earlier_came"]].to_numpy()
    array([[3., 0., 1.]])
    """
    days, keys = known
    accounts = keys
    table = {name: np.zeros(accounts.size) for name in FOLD_COLUMNS}
    for fold in FOLDS if holdout >= 1 else ():
        end -= holdout
        later = days[days["bought"] & (days["day"] > end)]
        place = accounts.get_indexer(keys)
        table[f"{fold}_came"][place] = np.bincount(
            later["account"], minlength=keys.size
        )
        days, keys = rows.net_days(end)
        history, place = summarise(days, keys, end), accounts.get_indexer(keys)
        for name in KNOWN:
            table[f"{fold}_{name}"][place] = history[name]
    return pd.DataFrame(table, index=accounts)


def grade(folds: pd.DataFrame, cutoff: Any, holdout: float) -> Backtest:
    """Fit every model to what was known and grade its forecast by what came.

    :param folds: with the columns of ``observe_folds``
    :param cutoff: the last day that the models of the latest fold know
    :param holdout: days that they forecast
    """
    if holdout < 1:
        return Backtest(cutoff, holdout, 0)
    latest = _forecasts(folds, "latest", holdout)
    if latest["actual"].size < FEWEST_ACCOUNTS:
        return Backtest(cutoff, holdout, latest["actual"].size)
    return _grade(latest, _forecasts(folds, "earlier", holdout), cutoff, holdout)


def _forecasts(
    folds: pd.DataFrame, fold: str, holdout: float
) -> dict[str, NDArray[np.float64]]:
    """Return what came in a fold, and what each method forecast of it."""
    bought = folds[f"{fold}_occasions"].to_numpy() > 0
    frequency, recency, age, log_gaps, actual = (
        folds[f"{fold}_{name}"].to_numpy()[bought]
        for name in ("frequency", "recency", "age", "log_gaps", "came")
    )
    models = {
        name: PurchaseModel(**options).fit(frequency, recency, age, log_gaps)
        for name, options in MODELS.items()
    }
    forecasts = {
        name: model.expected_purchases(holdout, frequency, recency, age)
        for name, model in models.items()
    }
    naive = naive_purchases(holdout, frequency, age)
    alive = models["mbg"].probability_alive(frequency, recency, age)
    return {"actual": actual, **forecasts, "naive": naive, "steady": alive * naive}


def naive_purchases(
    horizon: ArrayLike, frequency: ArrayLike, age: ArrayLike
) -> NDArray[np.float64]:
    """Return the purchases expected if every account goes on at its own rate x / T.

    >>> naive_purchases(10, [3, 0], [30, 0])
    array([1., 0.])
    """
    frequency = counts("frequency", frequency)
    age = vector("age", age, frequency.size, minimum=0)
    horizon = vector("horizon", horizon, frequency.size, minimum=0)
    return np.divide(frequency, age, out=np.zeros_like(age), where=age > 0) * horizon


def score(actual: ArrayLike, forecast: ArrayLike) -> Score:
    """Return how far a forecast is from what came.

    :param actual, forecast: purchases, shape (n,), n > 0

    >>> score([0, 2, 4], [1, 2, 6])
    Score(mae=1.0, rmse=1.2909944487358056, bias=0.5, rank_correlation=1.0)
    """
    actual = vector("actual", actual)
    if not actual.size:
        raise ValueError("actual: no rows to compare")
    forecast = vector("forecast", forecast, actual.size)
    error = forecast - actual
    total = actual.sum()
    ranks = np.array([pd.Series(side).rank() for side in (actual, forecast)])
    varied = (ranks.std(axis=1) > 0).all()
    return Score(
        mae=float(np.abs(error).mean()),
        rmse=float(np.sqrt((error**2).mean())),
        bias=float(error.sum() / total) if total else None,
        rank_correlation=float(np.corrcoef(ranks)[0, 1].round(12)) if varied else None,
    )


def _grade(latest: dict, earlier: dict, cutoff: Any, holdout: float) -> Backtest:
    actual = latest["actual"]
    weight = _best_weight([latest, earlier])
    latest["chosen"] = _blend(latest, weight)
    scores = {
        name: score(actual, forecast)
        for name, forecast in latest.items()
        if name != "actual"
    }
    model, naive = scores["mbg"], scores["naive"]
    won = (model.mae <= naive.mae) + (model.rmse <= naive.rmse)
    return Backtest(
        cutoff=cutoff,
        holdout=holdout,
        accounts=actual.size,
        scores=scores,
        grade=("poor", "fair", "good")[won],
        model_weight=weight,
        common_error=_common_error([latest, earlier], weight),
    )


def _blend(forecasts: dict, weight: float) -> NDArray[np.float64]:
    return weight * forecasts["mbg"] + (1 - weight) * forecasts["steady"]


def _best_weight(folds: list[dict]) -> float:
    """Return the model's share in the blend that is to be used, 0 to 1.

    The blend of least squared error, among those whose MAE is next to none above the
    naive rate's in every fold: one period alone may happen to suit the model. Where no
    blend is, the one that exceeds it least.
    """
    shares = np.linspace(0, 1, SHARES + 1)
    squares, excess = np.zeros(shares.size), np.zeros(shares.size)
    for fold in folds:
        if fold["actual"].size < FEWEST_ACCOUNTS:
            continue
        naive = np.abs(fold["naive"] - fold["actual"]).mean()
        for place, share in enumerate(shares):
            # one after the other: accounts may be many
            error = _blend(fold, share) - fold["actual"]
            more = np.abs(error).mean() - MAE_TOLERANCE * naive
            excess[place] = max(excess[place], more)
            squares[place] += (error**2).sum()
    allowed = excess <= excess.min()
    return float(shares[np.argmin(np.where(allowed, squares, np.inf))])


def _common_error(folds: list[dict], weight: float) -> float:
    """Return by how much totals were off, relative to the forecast: root mean square.

    Folds in which next to nothing was forecast tell nothing.
    """
    errors = []
    for fold in folds:
        forecast = _blend(fold, weight).sum()
        if fold["actual"].size >= FEWEST_ACCOUNTS and forecast > 1:
            errors.append(fold["actual"].sum() / forecast - 1)
    return float(np.sqrt(np.mean(np.square(errors)))) if errors else COMMON_ERROR
