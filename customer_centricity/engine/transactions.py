"""From dated amounts to purchase histories.

Purchases are counted in occasions: the days on which an account bought for more than
it gave back. What a history tells of an account: how often it came back, when last, how
long it has been known, how regular its gaps are and how much an occasion brings.
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from .checks import number, refuse, vector

# A day whose amounts come to less than this share of what went to and fro nets to
# nothing: what is left are rounding errors of sums.
NOTHING = 1e-9
YEAR = 365.25  # days
HALF_A_YEAR = YEAR / 2
# Credit notes of credit notes are followed this far back to their first document.
LONGEST_CHAIN = 8
# Stand for the position of a document where there is none, or none that is known.
NONE, UNKNOWN = -1, -2


def purchase_history(
    frame: pd.DataFrame, end: Any, start: Any = None, unit: float = 1.0
) -> pd.DataFrame:
    """Return the purchase history of each account.

    :param frame: one row a document or document line, with columns

        - ``account``: whose it is, any sortable key
        - ``date``: a date, or a number of days; the time of day does not matter
        - ``amount``: money, credit notes negative
        - ``document`` and ``reverses``, both or none: a key of the document, and of
          the document that a credit note takes back (missing where unknown)

    :param end: the last day that is observed; later rows are the future and no part
        of the history
    :param start: the first day that is observed; default: the earliest in the frame
    :param unit: days in the unit of time of the result, 7 for weeks
    :return: a frame indexed by account, of all accounts with a row up to the end:

        - ``occasions``: days with purchases; 0 for an account with credit notes only
        - ``frequency``: repeat occasions, one less
        - ``recency``, ``age``: time from the first occasion to the last, and to the end
        - ``log_gaps``: sum of the logs of the gaps between occasions
        - ``mean_gap``, ``gap_variation``: mean and coefficient of variation of the
          gaps; 0 where there are none, or fewer than two
        - ``seasons``, ``season_days``: runs of occasions less than half a year apart,
          and the days of the year from the first to the last day on which the account
          ever buys, whatever the year
        - ``mean_value``: money of a repeat occasion, 0 without any
        - ``first_value``, ``value``: money of the first occasion and of all
        - ``credit``: money taken back on days that are no occasions, >= 0
        - ``left_censored``: may have bought before the start: its first occasion
          comes no later after it than its own mean gap, or where it has none the
          median of the others'
        - ``first_date``, ``last_date``: of occasions, in the kind of ``date``

    :raise ValueError: naming the field and the first bad row

    A credit note counts on the day of the document of its account that it takes back.
    What takes back an unknown document, or somebody else's, counts on its own day:
    where that day then comes to nothing or less, it is no occasion and its money is in
    ``credit``.

    >>> frame = pd.DataFrame({
    ...     "account": ["a", "a", "a", "b"],
    ...     "date": ["2026-01-01", "2026-01-11", "2026-01-21", "2026-01-05"],
    ...     "amount": [100, 50, 80, 30],
    ... })
    >>> history = purchase_history(frame, "2026-01-31")
    >>> history[["frequency", "recency", "age", "mean_value"]].to_numpy()
    array([[ 2., 20., 30., 65.],
           [ 0.,  0., 26.,  0.]])
    """
    unit = number("unit", unit, np.finfo(float).tiny)
    rows = Documents(frame)
    end_day, start_day = rows.day_of("end", end), None
    if start is not None:
        start_day = rows.day_of("start", start)
        if end_day < start_day:
            raise ValueError(f"end: {end!r} is before the start {start!r}")
    days, accounts = rows.net_days(end_day)
    if start_day is None:
        start_day = rows.day.min() if rows.day.size else end_day
    history = summarise(days, accounts, end_day, unit)
    first = history.pop("first_day")
    history["left_censored"] = _may_have_bought_before(
        (first - start_day) / unit, history
    )
    history["first_date"] = rows.dates_of(first)
    history["last_date"] = rows.dates_of(first + history["recency"] * unit)
    return history


def observed_span(history: pd.DataFrame) -> float:
    """Return how far back a portfolio is known, in the unit of its history.

    >>> observed_span(pd.DataFrame({"occasions": [1, 0], "age": [30.0, 99.0]}))
    30.0
    """
    return usual_span(history.loc[history["occasions"] > 0, "age"])


def usual_span(ages: ArrayLike) -> float:
    """Return how far back a portfolio is known, by the ages of its buyers.

    The age that all but the oldest twentieth keep below: a single account with a
    mistyped date is no history.

    >>> usual_span([700] * 39 + [46000])
    700.0
    """
    ages = np.sort(vector("age", ages))
    return float(ages[-1 - ages.size // 20]) if ages.size else 0.0


def day_before(date: Any, days: float) -> Any:
    """Return the day so many days before, in the kind of the date.

    >>> day_before(41, 10), day_before("2026-01-31", 30)
    (31.0, Timestamp('2026-01-01 00:00:00'))
    """
    if isinstance(date, (int, float, np.number)):
        return float(date) - days
    return pd.Timestamp(date).normalize() - pd.Timedelta(days=days)


def future_purchases(
    frame: pd.DataFrame, cutoff: Any, end: Any, accounts: ArrayLike
) -> pd.DataFrame:
    """Return what accounts bought after a day, to compare with what was expected.

    :param frame: as for ``purchase_history``
    :param cutoff, end: from the day after the cutoff to the end
    :param accounts: keys of the accounts asked for
    :return: a frame indexed like ``accounts``: ``occasions`` and ``value``, the money
        of these occasions; 0 for who bought nothing

    >>> frame = pd.DataFrame(
    ...     {"account": [1, 1, 2], "date": [3, 9, 9], "amount": [10, 20, 5]}
    ... )
    >>> future_purchases(frame, cutoff=5, end=30, accounts=[1, 2, 3]).to_numpy()
    array([[ 1., 20.],
           [ 1.,  5.],
           [ 0.,  0.]])
    """
    rows = Documents(frame)
    cutoff_day, end_day = rows.day_of("cutoff", cutoff), rows.day_of("end", end)
    days, keys = rows.net_days(end_day)
    later = days[days["bought"] & (days["day"] > cutoff_day)]
    result = pd.DataFrame(
        {
            "occasions": np.bincount(later["account"], minlength=keys.size),
            "value": np.bincount(
                later["account"], weights=later["net"], minlength=keys.size
            ),
        },
        index=keys,
    ).reindex(pd.Index(accounts, name="account"), fill_value=0)
    return result.astype({"value": float})


class Documents:
    """The rows of a frame as arrays: account code, day number, amount, documents.

    >>> rows = Documents(
    ...     pd.DataFrame({"account": ["a", "a"], "date": [3, 3], "amount": [10, -4]})
    ... )
    >>> days, accounts = rows.net_days(5.0)
    >>> days["net"].tolist(), accounts.tolist()
    ([6.0], ['a'])
    """

    def __init__(self, frame: pd.DataFrame):
        for name in ("account", "date", "amount"):
            if name not in frame:
                raise ValueError(f"{name}: the frame has no such column")
        self.amount = vector("amount", frame["amount"].to_numpy())
        account = frame["account"]
        refuse("account", account.to_numpy(), account.isna().to_numpy(), "missing")
        self.account, self.keys = pd.factorize(account, sort=True)
        self.numeric = pd.api.types.is_numeric_dtype(frame["date"])
        self.day = self._days("date", frame["date"])
        self.document = self.reverses = None
        if "document" in frame and "reverses" in frame:
            codes, _keys = pd.factorize(
                pd.concat([frame["document"], frame["reverses"]], ignore_index=True)
            )
            self.document, self.reverses = np.split(codes, 2)
            self.last_document = int(codes.max(initial=-1))

    def _days(self, name: str, dates: pd.Series) -> NDArray[np.float64]:
        if self.numeric:
            return np.floor(vector(name, dates.to_numpy(dtype=float)))
        try:
            moments = pd.to_datetime(dates, errors="coerce")
        except (TypeError, ValueError) as error:
            raise ValueError(f"{name}: not dates ({error})") from error
        refuse(name, dates.to_numpy(), moments.isna().to_numpy(), "not a date")
        return moments.to_numpy("datetime64[D]").astype(np.int64).astype(float)

    def day_of(self, name: str, date: Any) -> float:
        """Return the day number of one date, given in the kind of the frame's dates."""
        if self.numeric:
            return float(np.floor(number(name, date)))
        moment = pd.to_datetime(date, errors="coerce")
        if pd.isna(moment):
            raise ValueError(f"{name}: {date!r} is not a date")
        return float(np.datetime64(moment, "D").astype(np.int64))

    def dates_of(self, days: pd.Series) -> pd.Series:
        """Return dates of day numbers, in the kind of the frame's dates."""
        return days if self.numeric else pd.to_datetime(days, unit="D")

    def net_days(self, end: float) -> tuple[pd.DataFrame, pd.Index]:
        """Return what each account's days up to the end come to, and the accounts.

        :return: a frame of ``account`` (its position), ``day``, ``net`` and whether it
            was ``bought`` for more than was given back, in the order of accounts and
            days; and the keys of the accounts with a row up to the end
        """
        observed = self.day <= end
        account, amount = self.account[observed], self.amount[observed]
        day = self._original_days(observed)
        present = np.bincount(account, minlength=self.keys.size) > 0
        days = (
            pd.DataFrame(
                {
                    "account": (np.cumsum(present) - 1)[account],
                    "day": day,
                    "net": amount,
                    "gross": np.abs(amount),
                }
            )
            .groupby(["account", "day"], as_index=False)
            .sum()
        )
        days["bought"] = days["net"] > NOTHING * days["gross"]
        return days, pd.Index(self.keys[present], name="account")

    def _original_days(self, observed: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return on which day each observed row counts.

        Documents are looked for among those of the same account, so that an account's
        days do not depend on who else is in the frame.
        """
        day = self.day[observed]
        if self.reverses is None:
            return day
        account, document, reverses = (
            column[observed] for column in (self.account, self.document, self.reverses)
        )
        # few documents take back another one or are taken back: the rest is left alone
        is_taken = np.zeros(self.last_document + 2, dtype=bool)
        is_taken[reverses] = True
        is_taken[NONE] = False
        some = (reverses >= 0) | is_taken[document]
        account = account[some].astype(np.int64) * (self.last_document + 1)
        document, days = document[some], day[some]
        known = document >= 0
        keys, position = np.unique(
            account[known] + document[known], return_inverse=True
        )
        if not keys.size:
            return day
        # of each document: its day, and the document that it takes back
        document_day = np.empty(keys.size)
        document_day[position] = days[known]
        original = _find(keys, account, reverses[some])
        target = np.empty(keys.size, dtype=np.int64)
        target[position] = original[known]
        for _step in range(LONGEST_CHAIN):
            place = np.maximum(original, 0)
            further = np.where(original >= 0, target[place], NONE)
            original = np.where(further != NONE, further, original)
        # a chain without a beginning goes in a circle: nobody knows the original
        place = np.maximum(original, 0)
        found = (original >= 0) & (target[place] == NONE)
        day[some] = np.where(found, document_day[place], days)
        return day


def _find(keys: NDArray, account: NDArray, document: NDArray) -> NDArray[np.int64]:
    """Return the position of each account's document among the keys, or why none."""
    wanted = account + document
    place = np.minimum(np.searchsorted(keys, wanted), keys.size - 1)
    place = np.where(keys[place] == wanted, place, UNKNOWN)
    return np.where(document >= 0, place, NONE)


def summarise(
    days: pd.DataFrame, accounts: pd.Index, end: float, unit: float = 1.0
) -> pd.DataFrame:
    """Return the columns of a history, and ``first_day``, a day number.

    :param days, accounts: from ``Documents.net_days``
    """
    size = accounts.size

    def per_account(of: NDArray, values: NDArray | None = None) -> NDArray:
        return np.bincount(of, weights=values, minlength=size)

    bought = days[days["bought"]]
    of, day = bought["account"].to_numpy(), bought["day"].to_numpy()
    net = bought["net"].to_numpy()
    first = np.append(True, of[1:] != of[:-1])[: of.size]
    last = np.append(of[1:] != of[:-1], True)[: of.size]
    gap_of = of[~first]
    gap = (day[~first] - day[~last]) / unit
    frequency = per_account(gap_of)
    mean_gap = _divide(per_account(gap_of, gap), frequency)
    variance = _divide(per_account(gap_of, (gap - mean_gap[gap_of]) ** 2), frequency)
    first_day, last_day = np.full(size, np.nan), np.full(size, np.nan)
    first_day[of[first]], last_day[of[last]] = day[first], day[last]
    back = days[~days["bought"]]
    return pd.DataFrame(
        {
            "occasions": per_account(of),
            "frequency": frequency,
            "recency": np.nan_to_num((last_day - first_day) / unit),
            "age": np.nan_to_num((end - first_day) / unit),
            "log_gaps": per_account(gap_of, np.log(gap)),
            "mean_gap": mean_gap,
            "gap_variation": _divide(np.sqrt(variance), mean_gap),
            "seasons": (per_account(of) > 0)
            + per_account(gap_of, gap > HALF_A_YEAR / unit),
            "season_days": _season_days(of, day, size),
            "mean_value": _divide(per_account(gap_of, net[~first]), frequency),
            "first_value": per_account(of[first], net[first]),
            "value": per_account(of, net),
            "credit": np.abs(per_account(back["account"], back["net"])),
            "first_day": first_day,
        },
        index=accounts,
    )


def _season_days(of: NDArray, day: NDArray, size: int) -> NDArray[np.float64]:
    """Return the days of the year outside each account's longest quiet time."""
    phase = day % YEAR
    order = np.lexsort([phase, of])
    of, phase = of[order], phase[order]
    first = np.append(True, of[1:] != of[:-1])[: of.size]
    following = np.append(phase[1:], 0.0)[: of.size]
    # after the last of the year comes the first of the next
    closing = np.append(first[1:], True)[: of.size]
    following[closing] = phase[first] + YEAR
    quiet = np.zeros(size)
    np.maximum.at(quiet, of, following - phase)
    return np.where(quiet > 0, YEAR - quiet, 0.0)


def _divide(total: NDArray, count: NDArray) -> NDArray[np.float64]:
    return np.divide(total, count, out=np.zeros(len(total)), where=count > 0)


def _may_have_bought_before(
    waited: pd.Series, history: pd.DataFrame
) -> NDArray[np.bool_]:
    gaps = history["mean_gap"].to_numpy()
    usual = np.median(gaps[gaps > 0]) if (gaps > 0).any() else 0.0
    return waited.to_numpy() <= np.where(gaps > 0, gaps, usual)
