"""The steps of a valuation as columns of a spreadsheet: formulas, and what they give.

Somebody who does not trust a number wants to follow it. Every column of ``COLUMNS``
that is not a fact has a formula in the language of spreadsheets, by method, as the
methods differ; ``work_out`` computes the same columns by the engine, to be kept in the
cells beside the formulas until somebody recalculates.

What differs from the engine is the way, not the result: purchases to expect are

    E(t) = P(alive) x sum over n of P(there for the n-th) x P(the n-th due within t)

with the incomplete beta function BETADIST for the last, where the engine integrates
(see purchase_forecast, its notation is used here); a sum over numbers n = 1, 2, ... is
a SUMPRODUCT over a column of numbers, and one over months another over a row of them.

In formulas ``{name}`` is the cell of a column for the account, ``{numbers}`` the column
of numbers, as many as the account needs; all other names are parameters, which the
workbook defines under these names.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from .backtest import naive_purchases
from .contracts import LEAST_VARIATION
from .expectation import Renewals, repeats
from .learnt import Learnt
from .lifetime_value import curve_weights, month_ends, occasions
from .observation import RATIOS, only_costs
from .portfolio import Border, damped_tiers, tiers_within
from .purchases import PurchaseModel
from .select import (
    FEWEST_SEASONAL,
    LONG_SEASON,
    SHORT_SEASON,
    account_methods,
    is_seasonal,
)
from .settings import Settings

# What is left out of a sum over numbers of purchases: the chance of more.
OUT_OF_THE_QUESTION = 1e-10
# More numbers than the account needs now, for whoever plays with the parameters.
ROOM = 1.1
# Fewer orders than these are none, of which nothing can be said.
NONE = 1e-9
# Accounts whose curves are computed at a time.
CHUNK = 5000
# Beyond this the exponential function overflows; the account has left for sure.
SURE = 700

MODELLED = ("probabilistic", "contract")


class Column(NamedTuple):
    """A column of the workings: a fact, or worked out by formulas by method."""

    name: str
    kind: str  # of its numbers: count, days, share, number, money or text
    formulas: dict[str, str]  # by method; who has none of them has no such number
    part: str = ""  # what it belongs to, within its step

    @property
    def is_fact(self) -> bool:
        """Whether nothing in the workbook says where it comes from."""
        return not self.formulas


class Workings(NamedTuple):
    """The columns of some accounts, one row an account."""

    table: pd.DataFrame  # NaN where the account's method has no such number
    numbers: NDArray[np.int64]  # purchases that the account's sums go up to


def facts() -> list[Column]:
    """Return what is taken from documents."""
    return [
        Column(name, kind, {})
        for name, kind in (
            ("occasions", "count"),
            ("frequency", "count"),
            ("recency", "days"),
            ("age", "days"),
            ("mean_gap", "days"),
            ("gap_variation", "share"),
            ("seasons", "count"),
            ("season_days", "days"),
            ("mean_value", "money"),
            ("first_value", "money"),
            ("margin_count", "number"),
            ("margin_mean", "share"),
            ("serving_count", "number"),
            ("serving_mean", "share"),
            ("profit", "money"),
            ("orders", "count"),
            ("orders_ever", "count"),
        )
    ]


def year_names(months: int) -> list[str]:
    """Return the columns of orders until the end of each year of the horizon.

    >>> year_names(30)
    ['until_1', 'until_2', 'until_3']
    """
    return [f"until_{year}" for year in range(1, -(-months // 12) + 1)]


def order_columns(months: int, regularity: int) -> list[Column]:
    """Return how many orders are to be expected."""
    return [
        *_probabilistic_columns(regularity),
        *_contract_columns(),
        *_result_columns(months, regularity),
    ]


def _probabilistic_columns(regularity: int) -> list[Column]:
    phases = [f"phase_{j}" for j in range(1, regularity)]

    def column(name: str, kind: str, formula: str) -> Column:
        return Column(name, kind, {"probabilistic": formula}, "probabilistic")

    result = [
        column("shape", "number", "purchase_r+regularity*{frequency}"),
        column(
            "log_dead",
            "number",
            "LN(purchase_a/(purchase_b+{frequency}))"
            "+{shape}*LN((purchase_alpha+{age})/(purchase_alpha+{recency}))",
        ),
    ]
    before = ""
    for j, name in enumerate(phases, 1):
        result.append(
            column(
                name,
                "number",
                f"{before}({{shape}}+{j - 1})/{j}"
                "*({age}-{recency})/(purchase_alpha+{age})",
            )
        )
        before = f"{{{name}}}*"
    result.append(
        column(
            "alive_terms", "number", "+".join(["1", *(f"{{{one}}}" for one in phases)])
        )
    )
    return result


def _contract_columns() -> list[Column]:
    def column(name: str, kind: str, formula: str) -> Column:
        return Column(name, kind, {"contract": formula}, "contract")

    return [
        column(
            "seasonal",
            "count",
            f"IF(AND({{occasions}}>={FEWEST_SEASONAL},{{seasons}}>=2,{{season_days}}"
            f"<=IF({{occasions}}>={FEWEST_SEASONAL}*{{seasons}},{LONG_SEASON},"
            f"{SHORT_SEASON})),1,0)",
        ),
        column("made", "count", "IF({seasonal}=1,{seasons}-1,{frequency})"),
        column(
            "orders_each",
            "number",
            "IF({seasonal}=1,({frequency}+1)/MAX({seasons},1),1)",
        ),
        column("gap", "days", "IF({seasonal}=1,days_per_month*12,{mean_gap})"),
        column(
            "deviation",
            "days",
            "MAX(IF({seasonal}=1,{season_days}/2,{gap_variation}*{mean_gap}),"
            f"{LEAST_VARIATION}*{{gap}})",
        ),
        column("silence", "days", "{age}-{recency}"),
        column("passed", "share", "MIN({silence}/{gap},1)"),
        column(
            "retention",
            "share",
            "(contract_beta+{made})/(contract_alpha+contract_beta+{made})",
        ),
        column("on_time", "share", "NORMSDIST(({gap}-{silence})/{deviation})"),
        column("on_time_new", "share", "NORMSDIST({gap}/{deviation})"),
    ]


def _result_columns(months: int, regularity: int) -> list[Column]:
    result = [*_alive_columns(), *_share_columns(regularity)]
    for year, name in enumerate(year_names(months), 1):
        days = f"(MIN({12 * year},horizon_months)*days_per_month)"
        result.append(Column(name, "number", _blended(days, regularity)))
    plain = "IF({orders_ever}>1,MAX({orders}/window_years*horizon_months/12,1),1)"
    result.append(
        Column(
            "expected_orders",
            "number",
            {**dict.fromkeys(MODELLED, f"{{{result[-1].name}}}"), "plain": plain},
        )
    )
    return result


def _alive_columns() -> list[Column]:
    """Return whether it is still a customer, and what its staying is measured by."""
    return [
        Column(
            "alive",
            "share",
            {
                "probabilistic": f"1/(1+EXP(MIN({SURE},{{log_dead}}"
                "-LN({alive_terms}))))",
                "contract": "MIN(1,{retention}*{on_time}"
                "/({retention}*{on_time}+1-{retention})"
                "/({retention}*{on_time_new}"
                "/({retention}*{on_time_new}+1-{retention})))",
            },
        ),
        Column(
            "stay_scale",
            "number",
            {
                "probabilistic": "GAMMALN(purchase_a+purchase_b+{frequency}+1)"
                "-GAMMALN(purchase_b+{frequency}+1)",
                "contract": "GAMMALN(contract_alpha+contract_beta+{made})"
                "-GAMMALN(contract_beta+{made})",
            },
        ),
    ]


def _share_columns(regularity: int) -> list[Column]:
    """Return how the account's own rate corrects the model."""
    formulas = {
        "tested": _expected("probabilistic", "tested_days", regularity),
        "own_rate": "IF({age}>0,{alive}*{frequency}/{age}*tested_days,0)",
        "share": "IF(OR(model_weight=1,{frequency}=0,{tested}<=0),1,"
        "model_weight+(1-model_weight)*{own_rate}/{tested})",
    }
    return [
        Column(
            name, "share" if name == "share" else "number", {"probabilistic": formula}
        )
        for name, formula in formulas.items()
    ]


def _expected(method: str, days: str, regularity: int, weights: str = "") -> str:
    """Return the orders of a method that are expected within some days."""
    due = _due(method, days, regularity)
    return f"{_each(method)}*SUMPRODUCT({_stay(method)}*{due}{weights})"


def _blended(days: str, regularity: int, weights: str = "") -> dict[str, str]:
    """Return the orders expected by method, the model corrected by the own rate."""
    formulas = {
        method: _expected(method, days, regularity, weights) for method in MODELLED
    }
    return {**formulas, "probabilistic": f"{{share}}*{formulas['probabilistic']}"}


def _each(method: str) -> str:
    """Return what a sum over numbers of orders is to be multiplied by."""
    return {
        "probabilistic": "{alive}/{alive_terms}",
        "contract": "{alive}*{orders_each}",
    }[method]


def _stay(method: str) -> str:
    """Return the chances to be there for the orders to come, down the numbers."""
    return {
        "probabilistic": "EXP(GAMMALN(purchase_b+{frequency}+{numbers})"
        "-GAMMALN(purchase_a+purchase_b+{frequency}+{numbers})+{stay_scale})",
        "contract": "EXP(GAMMALN(contract_beta+{made}+{numbers})"
        "-GAMMALN(contract_alpha+contract_beta+{made}+{numbers})+{stay_scale})",
    }[method]


def _due(method: str, days: str, regularity: int) -> str:
    """Return the chances that the orders to come fall due within some days.

    Of a contract it is certain, and a part of a gap counts for that part of its order:
    y, from 0 to 1, is (1+|y|-|y-1|)/2, in a way that works down a column of numbers.
    """
    if method == "contract":
        then, now = f"{{passed}}+{days}/{{gap}}-{{numbers}}", "{passed}-{numbers}"
        return f"(ABS({then}+1)-ABS({then})-ABS({now}+1)+ABS({now}))/2"
    part = f"{days}/(purchase_alpha+{{age}}+{days})"
    if regularity == 1:
        return f"BETADIST({part},{{numbers}},{{shape}})"
    terms = [f"BETADIST({part},{{numbers}}*regularity,{{shape}})"]
    terms += [
        f"{{phase_{j}}}*BETADIST({part},{{numbers}}*regularity-{j},{{shape}}+{j})"
        for j in range(1, regularity)
    ]
    return f"({'+'.join(terms)})"


def profit_columns(spend_known: bool) -> list[Column]:
    """Return what an order is expected to leave.

    :param spend_known: whether anybody has come back, to learn amounts from
    """
    weight = "spend_p*{repeats}/(spend_p*{repeats}+spend_q-1)"
    value = "spend_p*(spend_v+{repeats}*{mean_value})/(spend_p*{repeats}+spend_q-1)"
    if not spend_known:
        weight, value = "IF({repeats}>0,1,0)", "{first_value}"
    formulas = {
        "repeats": ("count", "IF({mean_value}>0,{frequency},0)"),
        "order_weight": ("share", weight),
        "order_value": ("money", value),
    }
    for ratio in RATIOS:
        count = f"{{{ratio}_count}}"
        formulas[f"{ratio}_weight"] = ("share", f"{count}/({count}+{ratio}_months)")
        formulas[ratio] = (
            "share",
            f"{{{ratio}_weight}}*{{{ratio}_mean}}"
            f"+(1-{{{ratio}_weight}})*{ratio}_average",
        )
    columns = [
        Column(name, kind, dict.fromkeys(MODELLED, formula))
        for name, (kind, formula) in formulas.items()
    ]
    expected = "{order_value}*({margin}-{serving})"
    by_method = dict.fromkeys(MODELLED, expected)
    by_method["plain"] = "{profit}/MAX({orders},1)"
    return [*columns, Column("order_profit", "money", by_method)]


def discount_columns(regularity: int) -> list[Column]:
    """Return what discounting leaves of the orders expected, month by month."""
    formulas = _blended("month_days", regularity, "*month_weights")
    formulas["plain"] = "{expected_orders}"
    rest = (
        f"IF({{expected_orders}}>{NONE:.9f},"
        "{discounted_orders}/{expected_orders},1)"
    )
    return [
        Column("discounted_orders", "number", formulas),
        Column("discount", "share", dict.fromkeys((*MODELLED, "plain"), rest)),
    ]


def month_formulas(regularity: int) -> dict[str, str]:
    """Return the orders expected until a day that ``@`` stands for, by method.

    >>> month_formulas(1)["contract"][:29]
    '{alive}*{orders_each}*SUMPROD'
    """
    return _blended("@", regularity)


def value_columns(decimals: int) -> list[Column]:
    """Return what it all comes to, and the three numbers it comes from."""
    all_methods = (*MODELLED, "plain")
    value = f"ROUND({{value_orders}}*{{value_profit}}*{{value_discount}},{decimals})"
    return [
        *(
            Column(name, kind, dict.fromkeys(all_methods, f"{{{origin}}}"))
            for name, kind, origin in (
                ("value_orders", "number", "expected_orders"),
                ("value_profit", "money", "order_profit"),
                ("value_discount", "share", "discount"),
            )
        ),
        Column("value", "money", dict.fromkeys(all_methods, value)),
    ]


# ----------------------------------------------------------------------
# What they give
# ----------------------------------------------------------------------


def work_out(
    observed: pd.DataFrame,
    methods: NDArray,
    settings: Settings,
    learnt: Learnt,
    decimals: int = 2,
) -> Workings:
    """Return the columns of accounts as the engine computes them.

    :param observed: of the accounts, from ``observation.observe``
    :param methods: of each account: probabilistic, contract, plain, or anything else
        for who has a value without a calculation
    """
    table = pd.DataFrame(
        {column.name: observed[column.name] for column in facts()}, dtype=float
    )
    methods = np.asarray(methods, dtype=object)
    numbers = np.ones(len(observed), dtype=np.int64)
    _fill_profits(table, methods, learnt)
    weights = _year_weights(settings)
    for method, work in WORKS.items():
        rows = np.flatnonzero(methods == method)
        for start in range(0, rows.size, CHUNK):
            some = rows[start : start + CHUNK]
            found, curve, needed = work(observed.iloc[some], settings, learnt, weights)
            if method in MODELLED:
                found |= _curve_columns(curve, settings)
            for name, values in found.items():
                if name not in table:
                    table[name] = np.nan
                table.iloc[some, table.columns.get_loc(name)] = values
            numbers[some] = needed
    _fill_results(table, settings, learnt, decimals)
    return Workings(table, numbers)


def _fill_results(
    table: pd.DataFrame, settings: Settings, learnt: Learnt, decimals: int
) -> None:
    """Fill in the columns that no method here has, and what all of it comes to."""
    for column in (
        *order_columns(settings.months, learnt.purchase_model.regularity),
        *discount_columns(learnt.purchase_model.regularity),
    ):
        if column.name not in table:
            table[column.name] = np.nan
    expected = table["expected_orders"]
    some = expected > NONE
    table["discount"] = (table["discounted_orders"] / expected.where(some, 1.0)).where(
        some | expected.isna(), 1.0
    )
    table["value_orders"] = table["expected_orders"]
    table["value_profit"] = table["order_profit"]
    table["value_discount"] = table["discount"]
    table["value"] = (table["discounted_orders"] * table["order_profit"]).round(
        decimals
    )


def _fill_profits(table: pd.DataFrame, methods: NDArray, learnt: Learnt) -> None:
    """Fill in what an order brings, of those whom a model tells it."""
    spend = learnt.spend_model
    table["repeats"] = repeats(table)
    table["order_weight"] = spend.own_weight(table["repeats"])
    table["order_value"] = spend.expected_value(table["repeats"], table["mean_value"])
    if spend.params is None:
        table["order_value"] = table["first_value"]
    names = ["repeats", "order_weight", "order_value"]
    for ratio in RATIOS:
        model = getattr(learnt, f"{ratio}_model")
        count, mean = table[f"{ratio}_count"], table[f"{ratio}_mean"]
        table[f"{ratio}_weight"] = model.weight(count)
        table[ratio] = model.expected(count, mean)
        names += [f"{ratio}_weight", ratio]
    table["order_profit"] = table["order_value"] * (table["margin"] - table["serving"])
    others = ~np.isin(methods, MODELLED)
    table.loc[others, [*names, "order_profit"]] = np.nan


def _work_plain(
    some: pd.DataFrame, settings: Settings, _learnt: Learnt, weights: NDArray
) -> tuple[dict[str, NDArray], NDArray, NDArray]:
    value, frequency = occasions(
        some["profit"], some["orders"], some["orders_ever"], settings.window_years
    )
    expected = np.maximum(frequency * settings.months / 12, 1)
    # not discounted, and told for the horizon as a whole: as if spread evenly
    even = np.arange(1, settings.months + 1) / max(settings.months, 1)
    curve = (expected[:, None] * even) @ weights
    found = {
        "order_profit": value,
        "expected_orders": expected,
        "discounted_orders": expected,
    }
    return found, curve, np.ones(len(some), dtype=np.int64)


def _work_probabilistic(
    some: pd.DataFrame, settings: Settings, learnt: Learnt, weights: NDArray
) -> tuple[dict[str, NDArray], NDArray, NDArray]:
    model = learnt.purchase_model
    r, alpha, a, b = model.params
    k = model.regularity
    frequency, recency, age = columns = [
        some[name].to_numpy(float) for name in ("frequency", "recency", "age")
    ]
    shape = r + k * frequency
    found = {
        "shape": shape,
        "log_dead": np.log(a / (b + frequency))
        + shape * np.log((alpha + age) / (alpha + recency)),
        "alive": model.probability_alive(*columns),
        "stay_scale": special.gammaln(a + b + frequency + 1)
        - special.gammaln(b + frequency + 1),
        "tested": model.expected_purchases(learnt.holdout, *columns),
    }
    term = found["alive_terms"] = np.ones_like(age)
    for j in range(1, k):
        term = term * (shape + j - 1) / j * (age - recency) / (alpha + age)
        found[f"phase_{j}"] = term
        found["alive_terms"] = found["alive_terms"] + term
    found["own_rate"] = found["alive"] * naive_purchases(learnt.holdout, frequency, age)
    known = (frequency > 0) & (found["tested"] > 0) & (learnt.model_weight != 1)
    ratio = np.divide(
        found["own_rate"], found["tested"], out=np.ones_like(age), where=known
    )
    weight = learnt.model_weight
    found["share"] = np.where(known, weight + (1 - weight) * ratio, 1.0)
    curve = model.purchase_curve(month_ends(settings.months), *columns, weights=weights)
    curve *= found["share"][:, None]
    return found, curve, _numbers_needed(model, settings.horizon, frequency, age)


def _work_contract(
    some: pd.DataFrame, settings: Settings, learnt: Learnt, weights: NDArray
) -> tuple[dict[str, NDArray], NDArray, NDArray]:
    model = learnt.contract_model
    alpha, beta = model.params
    seasonal = is_seasonal(some)
    due = Renewals.of(some, seasonal)
    passed = np.minimum(due.silence / due.gap, 1)
    deviation = np.maximum(due.deviation, LEAST_VARIATION * due.gap)
    alive = model.probability_alive(due.made, due.silence, due.gap, due.deviation)
    dates = passed[:, None] + month_ends(settings.months) / due.gap[:, None]
    curve = model.expected_renewals(due.made, dates)
    curve -= model.expected_renewals(due.made, passed)[:, None]
    curve = (alive * due.orders)[:, None] * (curve @ weights)
    found = {
        "seasonal": seasonal.astype(float),
        "made": due.made,
        "orders_each": due.orders,
        "gap": due.gap,
        "deviation": deviation,
        "silence": due.silence,
        "passed": passed,
        "retention": model.retention(due.made + 1),
        "on_time": special.ndtr((due.gap - due.silence) / deviation),
        "on_time_new": special.ndtr(due.gap / deviation),
        "alive": alive,
        "stay_scale": special.gammaln(alpha + beta + due.made)
        - special.gammaln(beta + due.made),
    }
    needed = np.ceil(passed + settings.horizon / due.gap) + 1
    return found, curve, needed.astype(np.int64)


def _year_weights(settings: Settings) -> NDArray[np.float64]:
    """Return what takes a curve by month to its years, and to its discounted sum."""
    years = len(year_names(settings.months))
    weights = np.zeros((settings.months, years + 1))
    for year in range(years):
        weights[min(12 * (year + 1), settings.months) - 1, year] = 1
    weights[:, -1] = curve_weights(settings.months, settings.yearly_rate)
    return weights


def _curve_columns(curve: NDArray, settings: Settings) -> dict[str, NDArray]:
    found = dict(zip(year_names(settings.months), curve.T, strict=False))
    found["expected_orders"] = curve[:, -2]
    found["discounted_orders"] = curve[:, -1]
    return found


def _numbers_needed(
    model: PurchaseModel, horizon: float, frequency: NDArray, age: NDArray
) -> NDArray[np.int64]:
    """Return how many orders each account's sum goes up to.

    >>> model = PurchaseModel.from_parameters("mbg", 0.8, 30, 0.9, 2.4)
    >>> _numbers_needed(model, 0.0, np.array([5.0]), np.array([400.0]))
    array([2])
    """
    k = model.regularity
    shape = model.params.r + k * (frequency + 1)
    stays = (model.params.alpha + age) / (model.params.alpha + age + horizon)
    phases = special.nbdtrik(1 - OUT_OF_THE_QUESTION, shape, stays)
    most = model.most_purchases(horizon, frequency, np.zeros_like(age), age)
    needed = np.where(np.isfinite(phases), phases / k, 2.0 * most)
    return np.ceil(ROOM * needed).astype(np.int64) + 2


WORKS = {
    "probabilistic": _work_probabilistic,
    "contract": _work_contract,
    "plain": _work_plain,
}


def month_by_month(
    observed: pd.DataFrame, method: str, settings: Settings, learnt: Learnt
) -> NDArray[np.float64]:
    """Return the orders that one account is expected to place until each month's end.

    :param observed: of this account alone
    """
    if method not in WORKS:
        return np.full(settings.months, np.nan)
    each = np.eye(settings.months)
    _found, curve, _needed = WORKS[method](observed, settings, learnt, each)
    return curve[0]


def methods_of(observed: pd.DataFrame, learnt: Learnt) -> NDArray:
    """Return the method by which each account is valued."""
    methods, _seasonal = account_methods(
        observed,
        learnt.method,
        observed["method"].to_numpy(object),
        only_costs(observed),
    )
    return methods


def tier_limits(known: list[Border]) -> list[tuple[int | None, int | None] | None]:
    """Return by which borders each tier begins and ends, as their positions.

    None stands for no limit; None instead of a pair for a tier that nobody belongs to.
    An account that was there before stays until it has crossed one of them by more than
    its width, see ``portfolio.damped_tiers``.

    >>> amounts = [Border("amount", 100, 10), Border("amount", 0, 2)]
    >>> tier_limits([*amounts, Border("loss", 0, 2)])
    [(0, None), (1, 0), (None, 2)]
    """
    result = []
    for index, own in enumerate(known):
        is_loss = own.kind == "loss"
        lowest, highest = (-np.inf, 0.0) if is_loss else (own.lowest, np.inf)
        begin, end = (None, index) if is_loss else (index, None)
        for place, border in enumerate(known[:index]):
            if border.kind == "loss":
                if border.lowest > lowest:
                    lowest, begin = border.lowest, place
            elif border.lowest < highest:
                highest, end = border.lowest, place
        result.append((begin, end) if lowest < highest else None)
    return result


def tiers_of(
    value: ArrayLike, old: ArrayLike, known: list[Border]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the tiers of accounts by their value, and those that they come to be in.

    As the formulas have it: who meets no rule stays, and an empty cell counts as zero.

    :param value: money, NaN where there is none, shape (n,)
    :param old: index of the old tier, -1 for none, shape (n,)

    >>> known = [Border("amount", 100, 10), Border("amount", 50, 2)]
    >>> by_value, new = tiers_of([95, 49, 120, np.nan], [0, -1, 1, 1], known)
    >>> by_value.tolist(), new.tolist()
    ([1, -1, 0, -1], [0, -1, 0, 1])
    """
    value, old = np.nan_to_num(np.asarray(value, dtype=float)), np.asarray(old)
    new = damped_tiers(value, old, known)
    return tiers_within(value, known), np.where(new < 0, old, new)
