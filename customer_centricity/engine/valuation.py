"""The lifetime value of every account of a portfolio, in one pass or some at a time.

From dated invoices and monthly profits to the value of each account, its interval, and
everything needed to say why it is what it is:

    value        = purchases expected x profit of a purchase x what discounting leaves
    profit of it = money expected of it x (margin - share that serving costs)

Purchases come from the purchase model or the renewals of a contract, money from the
gamma-gamma model, margin and serving cost from the account's own ratios shrunk to the
portfolio's. The plain rule needs none of this, see ``lifetime_value``.

Three steps lead there, of which the second alone needs all accounts:

    observe   documents and months to one row of numbers an account (``observation``)
    learn     what the rows of all accounts tell of the portfolio
    value     the rows of any accounts, by what was learnt (``expectation``)
"""

from dataclasses import dataclass, replace

import pandas as pd

from .backtest import MODELS, Backtest, grade
from .contracts import ContractModel
from .expectation import COLUMNS, Expectation, Renewals, repeats
from .learnt import Learnt
from .lifetime_value import DAYS_PER_MONTH
from .observation import RATIO_COLUMNS, RATIOS, check_frames, observe, only_costs
from .profit import ShrinkageModel
from .purchases import PurchaseModel
from .select import Choice, account_methods, choose_method
from .settings import Settings
from .spend import SpendModel
from .transactions import day_before, observed_span, purchase_history
from .uncertainty import total_interval

__all__ = [
    "COLUMNS",
    "Lesson",
    "Settings",
    "Valuation",
    "learn",
    "observe",
    "value",
    "value_accounts",
    "value_portfolio",
]

# With so many accounts the parameters are known so well that what is left uncertain of
# them does not show beside what is uncertain of each account.
MANY_ACCOUNTS = 2000


@dataclass(frozen=True)
class Lesson:
    """What was learnt from a portfolio, and how."""

    choice: Choice
    report: Backtest
    purchase_model: PurchaseModel
    spend_model: SpendModel
    margin_model: ShrinkageModel
    serving_model: ShrinkageModel
    contract_model: ContractModel
    ratio_unit: float
    draws: list[PurchaseModel]  # for what is left uncertain of the purchase model

    @property
    def learnt(self) -> Learnt:
        """What to value single accounts with, now or later."""
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
            self.report.common_error,
            self.draws,
        )


@dataclass(frozen=True)
class Valuation(Lesson):
    """The value of a portfolio, and what was learnt from it."""

    accounts: pd.DataFrame  # COLUMNS, method and status, one row an account
    total: float
    low: float
    high: float


def value_portfolio(
    accounts: pd.DataFrame,
    invoices: pd.DataFrame,
    months: pd.DataFrame,
    settings: Settings,
) -> Valuation:
    """Return the value of every account.

    :param accounts, invoices, months: of all accounts, as for ``observation.observe``
    :param settings: what depends on the portfolio is settled by it here
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
    check_frames(accounts, invoices, months)
    history = purchase_history(invoices, settings.end, settings.start)
    revenue = months["revenue"].to_numpy(float)
    positive = revenue[revenue > 0]
    unit = positive.mean() if positive.size else 0
    settings = settings.settled(observed_span(history), unit)
    observed = observe(accounts, invoices, months, settings)
    lesson = learn(observed, settings)
    values = value(observed, settings, lesson.learnt)
    total = float(values["value"].sum())
    low, high = total_interval(
        total, values.pop("variance"), lesson.report.common_error, settings.level
    )
    return Valuation(**vars(lesson), accounts=values, total=total, low=low, high=high)


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
    settings = replace(settings, holdout=0.0, ratio_unit=learnt.ratio_unit)
    observed = observe(accounts, invoices, months, settings)
    return value(observed, settings, learnt).drop(columns="variance")


def learn(observed: pd.DataFrame, settings: Settings) -> Lesson:
    """Return what the accounts of a portfolio tell of it.

    :param observed: of all accounts, from ``observe``; in the same order always, for
        the same digits
    :param settings: those that they were observed with
    """
    bought = observed["occasions"].to_numpy() > 0
    model = PurchaseModel(**MODELS["mbg"]).fit(
        *(
            observed[name].to_numpy(float)[bought]
            for name in ("frequency", "recency", "age", "log_gaps")
        )
    )
    report = grade(
        observed, day_before(settings.end, settings.holdout), settings.holdout
    )
    choice = choose_method(
        settings.method,
        observed["occasions"].sum(),
        observed_span(observed) / DAYS_PER_MONTH,
        settings.minimum_months,
        model.status,
        report,
    )
    methods, seasonal = account_methods(
        observed,
        choice.method,
        observed["method"].to_numpy(object),
        only_costs(observed),
    )
    contracts = methods == "contract"
    renewals = Renewals.of(observed[contracts], seasonal[contracts])
    ratio_models = {
        f"{name}_model": ShrinkageModel().fit(
            *(observed[f"{name}_{column}"].to_numpy(float) for column in RATIO_COLUMNS)
        )
        for name in RATIOS
    }
    return Lesson(
        choice=choice,
        report=report,
        purchase_model=model,
        spend_model=SpendModel().fit(
            repeats(observed), observed["mean_value"].to_numpy(float)
        ),
        contract_model=ContractModel().fit_lifetimes(
            renewals.made, renewals.missed, renewals.known_from
        ),
        ratio_unit=settings.ratio_unit,
        draws=model.draws() if len(observed) < MANY_ACCOUNTS else [model],
        **ratio_models,
    )


def value(observed: pd.DataFrame, settings: Settings, learnt: Learnt) -> pd.DataFrame:
    """Return the values of some accounts of a portfolio that was learnt from.

    :param observed: of these accounts, from ``observe`` with the same ratio unit
    :return: COLUMNS, ``method``, ``status`` and ``variance``, of the value
    """
    return Expectation(observed, settings, learnt).frame()
