"""How a portfolio is to be valued."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .backtest import holdout_days
from .checks import counts, number
from .lifetime_value import DAYS_PER_MONTH, discount_factors


@dataclass(frozen=True)
class Settings:
    """How a portfolio is to be valued; dates in the kind of the invoices' dates.

    The last two depend on the portfolio as a whole: they are to be settled before
    accounts are observed.

    >>> settings = Settings(end=1100).settled(span=900, ratio_unit=250)
    >>> settings.holdout, settings.ratio_unit
    (300.0, 250.0)
    """

    end: Any  # last day observed
    start: Any = None
    method: str = "automatic"  # one of select.METHODS
    months: int = 60  # horizon
    yearly_rate: float = 0.1  # of discounting
    minimum_months: float = 12.0  # of history, to learn from it
    window_years: float = 1.0  # of the profit the plain rule goes by
    level: float = 0.8  # probability of intervals
    holdout: float | None = None  # days held out by the backtest; 0 for none
    ratio_unit: float | None = None  # revenue that is a full observation of a ratio

    def __post_init__(self):
        tiny = np.finfo(float).tiny
        counts("months", [self.months])
        discount_factors(0, self.yearly_rate)
        number("minimum_months", self.minimum_months, 0)
        number("window_years", self.window_years, tiny)
        number("level", self.level, 0, 1)
        if self.holdout is not None:
            number("holdout", self.holdout, 0)
        if self.ratio_unit is not None:
            number("ratio_unit", self.ratio_unit, tiny)

    @property
    def horizon(self) -> float:
        """Days that values look ahead."""
        return self.months * DAYS_PER_MONTH

    @property
    def minimum_days(self) -> float:
        """Days of history without which there is little to learn from."""
        return self.minimum_months * DAYS_PER_MONTH

    def settled(self, span: float, ratio_unit: float) -> "Settings":
        """Return the settings for a portfolio.

        :param span: days of its history, see ``transactions.observed_span``
        :param ratio_unit: revenue of the mean month with any; 0 where there is none
        """
        return replace(
            self,
            holdout=holdout_days(self.horizon, span),
            ratio_unit=float(ratio_unit) or 1.0,
        )
