"""How much an account spends at a time: the gamma-gamma model.

Amounts of one account are gamma(p, nu), and nu differs as gamma(q, v) from account to
account. The mean m of x amounts then has the density (Fader & Hardie 2013)

    ln L = ln Gamma(px+q) - ln Gamma(px) - ln Gamma(q) + q ln v
           + (px-1) ln m + px ln x - (px+q) ln(v + x m)

and the expected amount is a mean of the account's own and the portfolio's,

    E[M | x, m] = p (v + x m) / (p x + q - 1)

with q above 1: below there would be no mean, and formulas would give negative money.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from .checks import counts, distinct, number, refuse, vector
from .fitting import Maximum, covariance, maximise

# Fewer accounts with repeat purchases are too few to learn three parameters from.
FEWEST_REPEATERS = 10
# For fewer: means and deviations of ln p, ln(q - 1) and of the log of the expected
# amount p v / (q - 1) over the observed mean. Amounts of one account that vary by half
# around their mean, accounts that differ by a factor of two, a mean close to the
# observed one.
PRIOR_MEANS = np.array([np.log(4.0), np.log(3.0), 0.0])
PRIOR_DEVIATIONS = np.array([1.0, 1.0, 0.5])
# Bounds of ln p, ln(q - 1) and ln v, money in units of its mean: wide enough for any
# portfolio, so that a fit without a maximum (amounts that are all equal) ends.
LOWER = np.log([1e-2, 1e-3, 1e-5])
UPPER = np.log([1e4, 1e4, 1e7])
# A fit to many accounts starts from the fit to this many of them.
SAMPLE = 20_000


class SpendParameters(NamedTuple):
    """Parameters of the gamma-gamma model; v in money."""

    p: float
    q: float
    v: float


class SpendModel:
    """A gamma-gamma model of the money of a repeat purchase.

    After ``fit``: ``params`` (p, q, v), ``log_likelihood``, ``correlation`` of counts
    and mean values among the accounts fitted to (the model supposes none; None where
    undefined) and ``status``: ``ok``, ``boundary`` where amounts vary too little or too
    much to tell parameters, ``insufficient_data`` for fewer than 10 repeaters, where a
    prior has its say.

    >>> model = SpendModel.from_parameters(p=6.25, q=3.74, v=15.44)
    >>> model.expected_value([2, 0], [35, 0]).round(3)
    array([35.039, 35.219])
    """

    params: SpendParameters | None = None
    log_likelihood: float | None = None
    correlation: float | None = None
    covariance: NDArray[np.float64] | None = None
    status = "not_fitted"

    @classmethod
    def from_parameters(cls, p: float, q: float, v: float) -> "SpendModel":
        """Return a model with known parameters: p and v above 0, q above 1."""
        tiny = np.finfo(float).tiny
        model = cls()
        model.params = SpendParameters(
            number("p", p, tiny), number("q", q, 1 + 1e-12), number("v", v, tiny)
        )
        model.status = "ok"
        return model

    def fit(self, frequency: ArrayLike, mean_value: ArrayLike) -> "SpendModel":
        """Fit the model to the accounts with repeat purchases and return it.

        :param frequency: repeat purchases x, whole numbers, shape (n,)
        :param mean_value: their mean money m, above 0 where x is; shape (n,)
        :raise ValueError: naming the field and the first bad row
        """
        frequency, mean_value = _check(frequency, mean_value)
        repeaters = frequency > 0
        x, m = frequency[repeaters], mean_value[repeaters]
        self.correlation = _correlation(x, m)
        thin = x.size < FEWEST_REPEATERS
        self.status = "insufficient_data" if thin else "ok"
        if not x.size:
            self.params, self.log_likelihood = None, 0.0
            return self
        unit = float(m.mean())
        rows = _Rows(x, m / unit)
        start = np.array([PRIOR_MEANS[0], PRIOR_MEANS[1], 0.0])
        start[2] = start[1] - start[0]  # an expected amount of 1
        if x.size > 2 * SAMPLE:
            some = slice(None, None, x.size // SAMPLE)
            start = _maximum(_Rows(x[some], m[some] / unit), start, thin).at
        best = _maximum(rows, start, thin)
        theta = best.at
        if not thin and (np.abs(theta - np.clip(theta, *INNER)) > 0).any():
            self.status = "boundary"
        self.covariance = covariance(best.hessian)
        self.log_likelihood = rows.log_likelihood(theta)[0] - x.size * np.log(unit)
        p, q_less_one, v = map(float, np.exp(theta))
        self.params = SpendParameters(p, 1 + q_less_one, v * unit)
        return self

    @property
    def standard_errors(self) -> SpendParameters:
        """Standard errors of the parameters, by the delta method."""
        p, q, v = self.params
        deviations = np.sqrt(np.diag(self.covariance)) * np.array([p, q - 1, v])
        return SpendParameters(*deviations.tolist())

    def expected_value(
        self, frequency: ArrayLike, mean_value: ArrayLike
    ) -> NDArray[np.float64]:
        """Return the expected money of a purchase, shape (n,).

        An account without repeat purchase gets the portfolio's mean, whatever its
        ``mean_value``. Where no account of the portfolio has any there is nothing to
        learn from: 0.
        """
        frequency, mean_value = _check(frequency, mean_value)
        if self.params is None:
            return np.where(frequency > 0, mean_value, 0.0)
        p, q, v = self.params
        return p * (v + frequency * mean_value) / (p * frequency + q - 1)

    def own_weight(self, frequency: ArrayLike) -> NDArray[np.float64]:
        """Return how much an account's own mean weighs in its expected value, 0 to 1.

        >>> SpendModel.from_parameters(6, 4, 15).own_weight([0, 1])
        array([0.        , 0.66666667])
        """
        frequency = counts("frequency", frequency)
        if self.params is None:
            return np.where(frequency > 0, 1.0, 0.0)
        p, q, _v = self.params
        return p * frequency / (p * frequency + q - 1)


INNER = (LOWER + 0.01, UPPER - 0.01)


def _check(frequency: ArrayLike, mean_value: ArrayLike) -> tuple[NDArray, NDArray]:
    frequency = counts("frequency", np.atleast_1d(frequency))
    mean_value = vector("mean_value", np.atleast_1d(mean_value), frequency.size)
    # without repeat purchase there is no mean, and what stands for it does not matter
    mean_value = np.where(frequency > 0, mean_value, 0.0)
    refuse("mean_value", mean_value, mean_value < 0, "below 0")
    nothing = (frequency > 0) & (mean_value == 0)
    refuse("mean_value", mean_value, nothing, "though there are repeat purchases")
    return frequency, mean_value


def _correlation(x: NDArray, m: NDArray) -> float | None:
    if x.size < 2 or np.ptp(x) == 0 or np.ptp(m) == 0:
        return None
    return float(np.corrcoef(x, m)[0, 1])


class _Rows:
    """Counts and sums of money of the repeaters, with what no parameter changes."""

    def __init__(self, x: NDArray, m: NDArray):
        self.total = x * m
        self.x = x
        self.counts, _position, self.weights = distinct(x)
        # (px - 1) ln m + px ln x = p times this less that
        self.log_sum = float(x @ np.log(self.total))
        self.log_means = float(np.log(m).sum())

    def log_likelihood(self, theta: NDArray) -> tuple[float, NDArray, NDArray]:
        """Return ln L with gradient and Hessian in ln p, ln(q-1), ln v."""
        p, q, v = np.exp(theta) + np.array([0, 1, 0])
        n, x, w = self.x.size, self.counts, self.weights
        one, both = p * x, p * x + q
        after = self.total + v
        log_after, inverse = np.log(after), 1 / after
        x_log, logs = self.x @ log_after, log_after.sum()
        x_inverse, inverses = self.x @ inverse, inverse.sum()
        value = (
            w @ (special.gammaln(both) - special.gammaln(one))
            + n * (q * np.log(v) - special.gammaln(q))
            + (p * self.log_sum - self.log_means)
            - (p * x_log + q * logs)
        )
        by_both = special.psi(both)
        gradient = np.array(
            [
                w @ (x * (by_both - special.psi(one))) + self.log_sum - x_log,
                w @ by_both + n * (np.log(v) - special.psi(q)) - logs,
                n * q / v - p * x_inverse - q * inverses,
            ]
        )
        bend = special.polygamma(1, both)
        squares = inverse**2
        p_p = w @ (x**2 * (bend - special.polygamma(1, one)))
        p_q, q_q = w @ (x * bend), w @ bend - n * special.polygamma(1, q)
        p_v, q_v = -x_inverse, n / v - inverses
        v_v = -n * q / v**2 + p * (self.x @ squares) + q * squares.sum()
        hessian = np.array([[p_p, p_q, p_v], [p_q, q_q, q_v], [p_v, q_v, v_v]])
        steps = np.exp(theta)  # of p, q and v with their logarithms
        gradient = gradient * steps
        return (
            float(value),
            gradient,
            hessian * np.outer(steps, steps) + np.diag(gradient),
        )


def _posterior(theta: NDArray, rows: _Rows, thin: bool):
    value, gradient, hessian = rows.log_likelihood(theta)
    if thin:
        # ln p, ln(q - 1) and ln of the expected amount
        directions = np.array([[1, 0, 0], [0, 1, 0], [1, -1, 1]])
        score = (directions @ theta - PRIOR_MEANS) / PRIOR_DEVIATIONS
        scaled = directions / PRIOR_DEVIATIONS[:, None]
        value -= 0.5 * float(score @ score)
        gradient = gradient - score @ scaled
        hessian = hessian - scaled.T @ scaled
    return value, gradient, hessian


def _maximum(rows: _Rows, start: NDArray, thin: bool) -> Maximum:
    return maximise(
        lambda theta: _posterior(theta, rows, thin),
        start,
        LOWER,
        UPPER,
        scale=rows.x.size,
    )
