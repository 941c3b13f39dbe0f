"""What accounts bring to a valuation: from their documents to one row of numbers.

Documents are many and accounts fewer. Accounts can be observed some at a time, so that
only the documents of these are held at once; what is learnt of the portfolio and what
an account is worth depends on the rows alone, and no row on the other accounts.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .backtest import FOLD_COLUMNS, observe_folds
from .checks import refuse, vector
from .profit import ratio_observations
from .settings import Settings
from .transactions import Documents, summarise

# Columns of a purchase history that a valuation goes by.
HISTORY = (
    "occasions",
    "frequency",
    "recency",
    "age",
    "log_gaps",
    "mean_gap",
    "gap_variation",
    "seasons",
    "season_days",
)
# Money of a repeat occasion, and of the first: less credit notes of other days.
MONEY = ("mean_value", "first_value")
# Each ratio's part in the cost and revenue of months.
RATIOS = ("margin", "serving")
RATIO_COLUMNS = ("count", "mean", "sum_of_squares", "observations")
# What the plain rule goes by, of the window and ever.
PLAIN = ("profit", "orders", "orders_ever")
NUMBERS = (
    *HISTORY,
    *MONEY,
    *(f"{ratio}_{column}" for ratio in RATIOS for column in RATIO_COLUMNS),
    "revenue",
    *PLAIN,
    *FOLD_COLUMNS,
)


def observe(
    accounts: pd.DataFrame,
    invoices: pd.DataFrame,
    months: pd.DataFrame,
    settings: Settings,
) -> pd.DataFrame:
    """Return what each account brings to a valuation.

    :param accounts: indexed by account, ascending; columns ``profit`` and ``orders`` of
        the window and ``orders_ever`` for the plain rule; ``method``: the account's
        own, or an empty string
    :param invoices: as for ``transactions.purchase_history``
    :param months: columns ``account``, ``revenue``, ``product_cost``, ``serving_cost``:
        one row an account and month, of the months that margins are learnt from
    :param settings: with ``holdout`` and ``ratio_unit`` settled for the portfolio
    :return: a frame indexed like ``accounts`` of NUMBERS, floats, and ``method``
    :raise ValueError: naming the field and the first bad row; an invoice or a month of
        an unknown account is one, its money must not get lost

    >>> accounts = pd.DataFrame(
    ...     {"profit": [9.0], "orders": [1], "orders_ever": [1], "method": [""]},
    ...     index=[7],
    ... )
    >>> invoices = pd.DataFrame({"account": 7, "date": [1, 11, 31], "amount": 10.0})
    >>> months = pd.DataFrame(
    ...     [[7, 30.0, 18.0, 3.0]],
    ...     columns=["account", "revenue", "product_cost", "serving_cost"],
    ... )
    >>> settled = Settings(end=41, holdout=10, ratio_unit=30)
    >>> observed = observe(accounts, invoices, months, settled)
    >>> observed[["frequency", "age", "margin_mean", "serving_mean"]].to_numpy()
    array([[ 2. , 40. ,  0.4,  0.1]])
    >>> observed[["latest_frequency", "latest_came", "earlier_came"]].to_numpy()
    array([[2., 0., 1.]])
    """
    for name in ("holdout", "ratio_unit"):
        if getattr(settings, name) is None:
            raise ValueError(f"{name}: not settled for the portfolio")
    check_frames(accounts, invoices, months)
    table = {name: np.zeros(len(accounts)) for name in NUMBERS}
    for name in PLAIN:
        table[name] = accounts[name].to_numpy(float)
    _observe_purchases(table, accounts.index, invoices, settings)
    _observe_ratios(table, accounts.index, months, settings.ratio_unit)
    observed = pd.DataFrame(table, index=accounts.index)
    observed["method"] = accounts["method"].astype(object)
    return observed


def only_costs(observed: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which accounts have brought costs alone lately."""
    return ((observed["revenue"] <= 0) & (observed["profit"] < 0)).to_numpy()


def check_frames(
    accounts: pd.DataFrame, invoices: pd.DataFrame, months: pd.DataFrame
) -> None:
    """Refuse frames that lack columns, that hold no numbers or do not fit together."""
    for frame, names in (
        (accounts, (*PLAIN, "method")),
        (invoices, ("account", "date", "amount")),
        (months, ("account", "revenue", "product_cost", "serving_cost")),
    ):
        for name in names:
            if name not in frame:
                raise ValueError(f"{name}: the frame has no such column")
    refuse("account", accounts.index, accounts.index.duplicated(), "there twice")
    for frame, names in (
        (accounts, PLAIN),
        (months, ("revenue", "product_cost", "serving_cost")),
    ):
        for name in names:
            vector(name, frame[name].to_numpy())
    for frame in (invoices, months):
        known = frame["account"].isin(accounts.index).to_numpy()
        refuse("account", frame["account"].to_numpy(), ~known, "none of the accounts")


def _observe_purchases(
    table: dict[str, NDArray],
    accounts: pd.Index,
    invoices: pd.DataFrame,
    settings: Settings,
) -> None:
    """Fill in the histories, those that the backtest knows, and what came after."""
    rows = Documents(invoices)
    end = rows.day_of("end", settings.end)
    if settings.start is not None and end < rows.day_of("start", settings.start):
        raise ValueError(
            f"end: {settings.end!r} is before the start {settings.start!r}"
        )
    known = rows.net_days(end)
    history = summarise(*known, end)
    place = accounts.get_indexer(history.index)
    for name in HISTORY:
        table[name][place] = history[name]
    value, credit = (history[name].to_numpy(float) for name in ("value", "credit"))
    kept = np.divide(
        np.maximum(value - credit, 0), value, out=np.zeros_like(value), where=value > 0
    )
    for name in MONEY:
        table[name][place] = history[name] * kept
    folds = observe_folds(rows, known, end, settings.holdout)
    for name in FOLD_COLUMNS:
        table[name][place] = folds[name]


def _observe_ratios(
    table: dict[str, NDArray], accounts: pd.Index, months: pd.DataFrame, unit: float
) -> None:
    """Fill in what months tell of margin and serving cost."""
    of = accounts.get_indexer(months["account"])
    revenue = months["revenue"].to_numpy(float)
    table["revenue"] = np.bincount(of, weights=revenue, minlength=len(accounts))
    amounts = {
        "margin": revenue - months["product_cost"].to_numpy(float),
        "serving": months["serving_cost"].to_numpy(float),
    }
    for ratio, amount in amounts.items():
        found = ratio_observations(of, amount, revenue, unit, len(accounts))
        for name in RATIO_COLUMNS:
            table[f"{ratio}_{name}"] = getattr(found, name)
