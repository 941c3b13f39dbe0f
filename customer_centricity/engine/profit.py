"""What remains of an account's revenue: ratios of one account, shrunk to the others'.

A margin seen in three small orders is no margin yet. Ratios of one account scatter
around its own, those of the accounts around the portfolio's,

    z_ij ~ normal(theta_i, W / weight_ij)        theta_i ~ normal(mu, A)

so that what is to be expected lies between the two (Schmittlein & Peterson 1994):

    E[theta_i] = (n_i A zbar_i + W mu) / (n_i A + W)

with n_i the weight of all that was observed of the account. Ratios may be negative and
stay so: losses are no error. mu, W and A are those of the highest likelihood.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize

from .checks import counts, number, refuse, vector

# Fewer accounts do not tell how much accounts differ.
FEWEST_ACCOUNTS = 10
# How much a single full observation is believed then: as much as the portfolio.
DEFAULT_RELIABILITY = 0.5
# Amounts in the denominator below this share of a full observation are nothing.
NOTHING = 1e-6
# Variances are sought between these multiples of the ratios' own scale.
RANGE = (1e-8, 1e4)


class Ratios(NamedTuple):
    """What was observed of each account's ratio, one row an account."""

    count: NDArray[np.float64]  # weight of all observations
    mean: NDArray[np.float64]
    sum_of_squares: NDArray[np.float64]  # of weighted deviations from the mean
    observations: NDArray[np.float64]


class ShrinkageParameters(NamedTuple):
    """Parameters of the normal-normal model."""

    mu: float  # ratio of the portfolio
    within: float  # W: variance of observations of weight 1 around their account's
    between: float  # A: variance of the accounts' ratios around the portfolio's


def ratio_observations(
    account: ArrayLike,
    numerator: ArrayLike,
    denominator: ArrayLike,
    unit: float,
    size: int,
) -> Ratios:
    """Return what pairs of amounts tell of each account's ratio.

    :param account: position of the account, 0 to size - 1, shape (rows,)
    :param numerator, denominator: money, shape (rows,); a cost and the revenue of a
        month, say
    :param unit: money in the denominator that makes a full observation, above 0. Less
        counts for less, more for no more.
    :param size: number of accounts
    :return: of each account. The mean is that of all rows, costs of months without
        revenue included; an account without positive total revenue has no ratio:
        count and mean are 0.

    >>> ratios = ratio_observations([0, 0, 1], [10, 30, 5], [100, 100, 50], 100, 2)
    >>> ratios.count, ratios.mean
    (array([2. , 0.5]), array([0.2, 0.1]))
    """
    size = int(counts("size", [size])[0])
    account = counts("account", account).astype(int)
    refuse("account", account, account >= size, f"not below {size}")
    numerator = vector("numerator", numerator, account.size)
    denominator = vector("denominator", denominator, account.size)
    unit = number("unit", unit, np.finfo(float).tiny)

    def per_account(values: NDArray) -> NDArray[np.float64]:
        return np.bincount(account, weights=values, minlength=size)

    total = per_account(denominator)
    known = total > NOTHING * unit
    mean = np.divide(per_account(numerator), total, out=np.zeros(size), where=known)
    weight = np.where(denominator > NOTHING * unit, denominator / unit, 0.0)
    weight = np.minimum(weight, 1) * known[account]
    ratio = np.divide(
        numerator, denominator, out=np.zeros(account.size), where=weight > 0
    )
    return Ratios(
        count=per_account(weight),
        mean=mean,
        sum_of_squares=per_account(weight * (ratio - mean[account]) ** 2),
        observations=per_account((weight > 0).astype(float)),
    )


class ShrinkageModel:
    """The normal-normal model of ratios.

    After ``fit``: ``params`` (mu, within, between), ``log_likelihood`` and ``status``:
    ``ok``, or ``insufficient_data`` for fewer than 10 accounts or none with two
    observations, where an observation is believed half.

    >>> model = ShrinkageModel.from_parameters(mu=0.4, within=0.02, between=0.01)
    >>> model.expected([2, 0], [0.2, 0])
    array([0.3, 0.4])
    >>> model.weight([2, 0])
    array([0.5, 0. ])
    """

    params: ShrinkageParameters
    log_likelihood: float | None = None
    status = "not_fitted"

    @classmethod
    def from_parameters(
        cls, mu: float, within: float, between: float
    ) -> "ShrinkageModel":
        """Return a model with known parameters; variances of 0 or above."""
        model = cls()
        model.params = ShrinkageParameters(
            number("mu", mu), number("within", within, 0), number("between", between, 0)
        )
        model.status = "ok"
        return model

    def fit(
        self,
        count: ArrayLike,
        mean: ArrayLike,
        sum_of_squares: ArrayLike,
        observations: ArrayLike,
    ) -> "ShrinkageModel":
        """Fit the model to what was observed of each account, as in ``Ratios``.

        :raise ValueError: naming the field and the first bad row
        """
        count = vector("count", count, minimum=0)
        mean = vector("mean", mean, count.size)
        squares = vector("sum_of_squares", sum_of_squares, count.size, minimum=0)
        observations = counts("observations", observations, count.size)
        seen = count > 0
        n, z, squares, times = (
            column[seen] for column in (count, mean, squares, observations)
        )
        scale = _scale(n, z)
        again = np.maximum(times - 1, 0).sum()
        self.status = "ok"
        if n.size < FEWEST_ACCOUNTS or not again:
            self.status = "insufficient_data"
            within = between = scale
            within *= 1 / DEFAULT_RELIABILITY - 1
        else:
            within, between = _maximum(n, z, squares.sum(), again, scale)
        mu = (
            float(np.average(z, weights=_precision(n, within, between)))
            if n.size
            else 0
        )
        self.params = ShrinkageParameters(mu, float(within), float(between))
        self.log_likelihood = -_deviance(n, z, squares.sum(), again, within, between)
        return self

    def expected(self, count: ArrayLike, mean: ArrayLike) -> NDArray[np.float64]:
        """Return the expected ratio of each account, shape (n,)."""
        weight = self.weight(count)
        mean = vector("mean", np.atleast_1d(mean), weight.size)
        return weight * mean + (1 - weight) * self.params.mu

    def weight(self, count: ArrayLike) -> NDArray[np.float64]:
        """Return how much each account's own ratio weighs, 0 to 1, shape (n,)."""
        count = vector("count", np.atleast_1d(count), minimum=0)
        _mu, within, between = self.params
        own = count * between
        return np.divide(own, own + within, out=np.zeros_like(own), where=own > 0)

    def variance(self, count: ArrayLike) -> NDArray[np.float64]:
        """Return how uncertain each expected ratio still is, as a variance."""
        return (1 - self.weight(count)) * self.params.between


def _scale(n: NDArray, z: NDArray) -> float:
    """Return a variance of the size of the ratios, above 0 whatever they are."""
    if not n.size:
        return 1.0
    mean = np.average(z, weights=n)
    return float(max(np.average((z - mean) ** 2, weights=n), 1e-6 * mean**2, 1e-9))


def _precision(n: NDArray, within: float, between: float) -> NDArray[np.float64]:
    return 1 / (between + within / n)


def _deviance(n, z, squares, again, within, between) -> float:
    """Return -ln L, with mu at its best for these variances."""
    if not n.size:
        return 0.0
    precision = _precision(n, within, between)
    mu = np.average(z, weights=precision)
    around = precision @ (z - mu) ** 2 - np.log(precision).sum()
    return float(again * np.log(within) + squares / within + around) / 2


def _maximum(n, z, squares, again, scale) -> NDArray[np.float64]:
    """Return the variances of the highest likelihood."""
    start = np.log([max(squares / again, 1e-3 * scale), scale])
    result = optimize.minimize(
        lambda theta: _deviance(n, z, squares, again, *np.exp(theta)) / n.size,
        start,
        method="L-BFGS-B",
        bounds=[tuple(np.log(np.array(RANGE) * scale))] * 2,
        options={"ftol": 1e-13, "gtol": 1e-8},
    )
    return np.exp(result.x)
