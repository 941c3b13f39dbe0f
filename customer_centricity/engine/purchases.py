"""How often accounts buy, and whether they still do: the model fitted to a portfolio.

The model is in purchase_likelihood, its forecasts are in purchase_forecast. Here it is
fitted, by maximum likelihood or by maximum a posteriori, and asked.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from .checks import counts, distinct, matrix, number, refuse, vector
from .fitting import Maximum, covariance, maximise
from .purchase_forecast import Forecast
from .purchase_likelihood import Histories, Parameters, log_likelihood, log_terms

# Kinds of models, and whether an account may leave after its first purchase already.
KINDS = {"bg": 0, "mbg": 1}
REGULARITIES = range(1, 7)

# Fewer are no portfolio to learn from: the prior has the say.
FEWEST_ACCOUNTS = 10
FEWEST_REPEATS = 30
# A fit beyond these says that nobody ever leaves, or that all buy at the same rate.
NO_CHURN = 1e-3  # a / (a + b)
SAME_RATES = 100.0  # r

# Bounds of ln r, ln alpha, ln a, ln b, in units of the mean age: wide enough for any
# portfolio (r up to 1,000, a and b up to 5,000), so that a fit without a maximum ends.
LOWER = np.log([1e-3, 1e-4, 1e-5, 1e-4])
UPPER = np.log([1e3, 1e7, 5e3, 5e3])

# A fit to many accounts starts from the fit to this many of them.
SAMPLE = 20_000


class Prior(NamedTuple):
    """What is known of a portfolio beforehand: means and deviations.

    The mean rate r / alpha is left to the data. Its deviation only keeps a portfolio
    without any repeat purchase from having no answer: three of a logarithm are a
    factor of 20 either way of what its purchases and ages say.
    """

    log_r: tuple[float, float] = (float(np.log(0.8)), 1.0)
    logit_leave: tuple[float, float] = (float(special.logit(0.25)), 1.2)
    log_ends: tuple[float, float] = (float(np.log(2.5)), 0.8)  # ln(a + b)
    log_rate: tuple[float, float] = (0.0, 3.0)  # ln(r / alpha) over the crude rate

    def density(
        self, theta: NDArray, crude_rate: float
    ) -> tuple[float, NDArray, NDArray]:
        """Return the log density with gradient and Hessian in the log-parameters."""
        log_ends = np.logaddexp(theta[2], theta[3])
        leave = special.expit(theta[2] - theta[3])
        directions = np.array(
            [[1, 0, 0, 0], [0, 0, 1, -1], [0, 0, leave, 1 - leave], [1, -1, 0, 0]]
        )
        values = np.array(
            [
                theta[0],
                theta[2] - theta[3],
                log_ends,
                theta[0] - theta[1] - np.log(crude_rate),
            ]
        )
        means, deviations = np.array(self).T
        score = (values - means) / deviations
        hessian = -(directions / deviations[:, None] ** 2).T @ directions
        # ln(a + b) is bent
        bend = leave * (1 - leave) * score[2] / deviations[2]
        hessian[2:, 2:] -= bend * np.array([[1, -1], [-1, 1]])
        gradient = -(score / deviations) @ directions
        return -0.5 * float(score @ score), gradient, hessian

    def centre(self, crude_rate: float) -> NDArray[np.float64]:
        """Return the log-parameters that the prior alone would choose."""
        r, ends = np.exp(self.log_r[0]), np.exp(self.log_ends[0])
        leave = special.expit(self.logit_leave[0])
        return np.log([r, r / crude_rate, leave * ends, (1 - leave) * ends])


class PurchaseModel:
    """A BG/NBD, MBG/NBD or MBG/CNBD-k model of a portfolio's purchases.

    :param kind: ``bg``, or ``mbg``, in which an account may leave after its first
        purchase as after any other
    :param regularity: k, 1 to 6: how regular the gaps between purchases are, 1 for
        purely random ones; ``auto`` takes the k of the highest BIC (all have four
        parameters: of the highest likelihood)
    :param prior: None for maximum likelihood, ``default`` or a Prior for maximum a
        posteriori

    Times are in any one unit; results do not depend on which. After ``fit``:

    - ``params``: r, alpha, a, b; ``regularity``: k
    - ``log_likelihood``: of the data, without the prior
    - ``status``: ``ok``; ``insufficient_data`` for fewer than 10 accounts or 30 repeat
      purchases, where the default prior has the say; ``no_churn_identified`` where the
      data alone would have nobody leave, or all buy at one rate, and the default prior
      keeps the fit from it
    - ``covariance``: of the logarithms of the parameters (Laplace), shape (4, 4)
    - ``standard_errors``: of the parameters, by it

    >>> model = PurchaseModel.from_parameters("bg", 0.243, 4.414, 0.793, 2.426)
    >>> model.expected_purchases(39, [2], [30.43], [38.86]).round(6)
    array([1.226028])
    >>> model.probability_alive([2], [30.43], [38.86]).round(6)
    array([0.726579])
    """

    params: Parameters
    regularity: int
    log_likelihood: float | None = None
    status = "not_fitted"
    covariance: NDArray[np.float64] | None = None

    def __init__(
        self,
        kind: str = "mbg",
        regularity: int | str = 1,
        prior: Prior | str | None = None,
    ):
        if not isinstance(kind, str) or kind not in KINDS:
            raise ValueError(f"kind: {kind!r} is none of {', '.join(KINDS)}")
        if regularity != "auto" and regularity not in REGULARITIES:
            raise ValueError(f"regularity: {regularity!r} is not 1 to 6 or 'auto'")
        if kind == "bg" and regularity != 1:
            raise ValueError("regularity: a 'bg' model has regularity 1")
        if prior == "default":
            prior = Prior()
        if prior is not None and not isinstance(prior, Prior):
            raise ValueError(f"prior: {prior!r} is not None, 'default' or a Prior")
        self.kind = kind
        self.prior = prior
        self._asked_regularity = regularity

    @classmethod
    def from_parameters(
        cls,
        kind: str,
        r: float,
        alpha: float,
        a: float,
        b: float,
        regularity: int = 1,
    ) -> "PurchaseModel":
        """Return a model with known parameters, all above 0."""
        model = cls(kind, regularity)
        values = zip(Parameters._fields, (r, alpha, a, b), strict=True)
        model.params = Parameters(
            *(number(name, value, np.finfo(float).tiny) for name, value in values)
        )
        model.regularity = int(regularity)
        model.status = "ok"
        return model

    # ------------------------------------------------------------------
    # Fit
    # ------------------------------------------------------------------

    def fit(
        self,
        frequency: ArrayLike,
        recency: ArrayLike,
        age: ArrayLike,
        log_gaps: ArrayLike | None = None,
    ) -> "PurchaseModel":
        """Fit the model to the accounts' histories and return it.

        :param frequency: repeat purchases, whole numbers, shape (n,)
        :param recency: age at the last purchase, shape (n,); 0 without repeat purchase
        :param age: age at the end of observation, shape (n,)
        :param log_gaps: sum of the logs of the gaps between purchases, shape (n,);
            needed to choose among regularities, and for the likelihood of k > 1
        :raise ValueError: naming the field and the first bad row
        """
        histories, unit = self._read(frequency, recency, age, log_gaps)
        repeats = histories.frequency.sum()
        thin = histories.frequency.size < FEWEST_ACCOUNTS or repeats < FEWEST_REPEATS
        prior = self.prior or (Prior() if thin else None)
        ways = (
            list(REGULARITIES) if self._asked_regularity == "auto" and not thin else [1]
        )
        if self._asked_regularity != "auto":
            ways = [self._asked_regularity]
        k, start = self._best_regularity(ways, histories, prior)
        best = self._maximum(k, histories, prior, start)
        unidentified = _is_boundary(best.at)
        if unidentified and prior is None:
            prior = Prior()
            start = prior.centre(_rate(histories))
            best = self._maximum(k, histories, prior, start)
        self.status = "ok"
        if thin:
            self.status = "insufficient_data"
        elif unidentified:
            self.status = "no_churn_identified"
        self.regularity = k
        self.covariance = covariance(best.hessian)
        r, alpha, a, b = map(float, np.exp(best.at))
        self.params = Parameters(r, alpha * unit, a, b)
        # of the data alone, and a density over times in the caller's unit
        self.log_likelihood = best.value - float(repeats) * np.log(unit)
        if prior:
            self.log_likelihood -= prior.density(best.at, _rate(histories))[0]
        return self

    def _read(self, frequency, recency, age, log_gaps) -> tuple[Histories, float]:
        """Return the histories in units of their mean age, and that unit."""
        if log_gaps is None and self._asked_regularity == "auto":
            raise ValueError("log_gaps: needed to choose the regularity")
        frequency, recency, age = check_histories(frequency, recency, age)
        log_gaps = vector("log_gaps", 0 if log_gaps is None else log_gaps, age.size)
        unit = float(age.mean()) if age.any() else 1.0
        return (
            Histories.of(
                frequency,
                recency / unit,
                age / unit,
                log_gaps - frequency * np.log(unit),
            ),
            unit,
        )

    def _best_regularity(
        self, ways: Iterable[int], histories: Histories, prior: Prior | None
    ) -> tuple[int, NDArray]:
        """Return the k that explains the data best, and where its fit starts.

        Among many accounts a sample decides: it is spread evenly over the accounts in
        the order of their histories, whatever the order of the rows.
        """
        sample, size = histories, histories.frequency.size
        if size > 2 * SAMPLE:
            step = size // SAMPLE
            order = np.arange(size) if len(ways) == 1 else np.lexsort(histories[2::-1])
            sample = histories.take(order[step // 2 :: step])
        elif len(ways) == 1:
            return ways[0], (prior or Prior()).centre(_rate(histories))
        fits = []
        theta = (prior or Prior()).centre(_rate(sample))
        for k in ways:
            theta = self._maximum(k, sample, prior, theta).at
            fits.append((self._likelihood(theta, k, sample)[0], -k, theta))
        _value, k, theta = max(fits, key=lambda fit: fit[:2])
        return -k, theta

    def _likelihood(self, theta: NDArray, k: int, histories: Histories):
        return log_likelihood(
            Parameters(*np.exp(theta)), KINDS[self.kind], k, histories
        )

    def _maximum(
        self, k: int, histories: Histories, prior: Prior | None, start: NDArray
    ) -> Maximum:
        return maximise(
            lambda theta: self._posterior(theta, k, histories, prior),
            start,
            LOWER,
            UPPER,
            scale=max(1, histories.frequency.size),
        )

    def _posterior(
        self, theta: NDArray, k: int, histories: Histories, prior: Prior | None
    ) -> tuple[float, NDArray, NDArray]:
        terms = self._likelihood(theta, k, histories)
        if prior is None:
            return terms
        density = prior.density(theta, _rate(histories))
        return tuple(ours + prior for ours, prior in zip(terms, density, strict=True))

    @property
    def standard_errors(self) -> Parameters:
        """Standard errors of the parameters, by the delta method."""
        deviations = np.sqrt(np.diag(self.covariance))
        return Parameters(*(np.array(self.params) * deviations).tolist())

    @property
    def mean_rate(self) -> float:
        """Purchases of the average account a unit of time, while it is a customer."""
        return self.params.r / self.params.alpha / self.regularity

    @property
    def mean_leave(self) -> float:
        """Probability that the average account leaves after a purchase."""
        return self.params.a / (self.params.a + self.params.b)

    def draws(self) -> list["PurchaseModel"]:
        """Return models whose parameters stand for what the fit leaves uncertain.

        Five models at the corners of a simplex have the mean and the covariance of the
        log-parameters; the same for the same fit, which random draws would not be.
        """
        if self.covariance is None:
            return [self]
        models = []
        root = np.linalg.cholesky(self.covariance)
        for corner in _simplex(len(self.params)):
            theta = np.log(self.params) + root @ corner
            models.append(
                self.from_parameters(self.kind, *np.exp(theta), self.regularity)
            )
        return models

    # ------------------------------------------------------------------
    # Forecast
    # ------------------------------------------------------------------

    @property
    def _forecast(self) -> Forecast:
        return Forecast(self.params, KINDS[self.kind], self.regularity)

    def probability_alive(
        self, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike
    ) -> NDArray[np.float64]:
        """Return the probability that each account is still a customer, shape (n,)."""
        frequency, recency, age = check_histories(frequency, recency, age)
        dead, alive = self._log_terms(frequency, recency, age)
        return special.expit(alive - dead)

    def _log_terms(self, frequency, recency, age):
        return log_terms(
            self.params, KINDS[self.kind], self.regularity, frequency, recency, age
        )

    def expected_purchases(
        self,
        horizon: float,
        frequency: ArrayLike,
        recency: ArrayLike,
        age: ArrayLike,
    ) -> NDArray[np.float64]:
        """Return the purchases expected within the horizon, shape (n,).

        :param horizon: time from the end of observation, >= 0
        """
        return self.purchase_curve([horizon], frequency, recency, age)[:, 0]

    def purchase_curve(
        self,
        horizons: ArrayLike,
        frequency: ArrayLike,
        recency: ArrayLike,
        age: ArrayLike,
        weights: ArrayLike | None = None,
    ) -> NDArray[np.float64]:
        """Return the purchases expected within each horizon, shape (n, m).

        :param horizons: times from the end of observation, >= 0, shape (m,)
        :param weights: shape (m, w): return the curve times these instead, shape
            (n, w), without building the curve of every account
        """
        horizons = vector("horizon", horizons, minimum=0)
        frequency, recency, age = check_histories(frequency, recency, age)
        if weights is not None:
            weights = matrix("weights", weights, rows=horizons.size)
        pairs, pair_of = _distinct(frequency, age)
        curves = self._forecast.expected(horizons, *pairs)
        if weights is not None:
            curves = np.einsum("pmk,mw->pwk", curves, weights)
        alive = self.probability_alive(frequency, recency, age)
        if self.regularity == 1:
            return alive[:, None] * curves[pair_of, :, 0]
        phases = self._phase_chances(frequency, recency, age)
        return alive[:, None] * np.einsum("nmk,nk->nm", curves[pair_of], phases)

    def _phase_chances(self, frequency, recency, age) -> NDArray[np.float64]:
        """Return w_j, the chances that j phases of the gap under way have passed."""
        shape = self.params.r + self.regularity * frequency
        share = (age - recency) / (self.params.alpha + age)
        terms = np.ones((frequency.size, self.regularity))
        for j in range(1, self.regularity):
            terms[:, j] = terms[:, j - 1] * (shape + j - 1) / j * share
        return terms / terms.sum(axis=1, keepdims=True)

    def most_purchases(
        self,
        horizon: float,
        frequency: ArrayLike,
        recency: ArrayLike,
        age: ArrayLike,
    ) -> NDArray[np.int64]:
        """Return numbers of purchases within the horizon, shape (n,): more are out of
        the question for the account."""
        frequency, _recency, age = check_histories(frequency, recency, age)
        return self._forecast.most(number("horizon", horizon, 0), frequency, age)

    def purchase_distribution(
        self,
        horizon: float,
        frequency: ArrayLike,
        recency: ArrayLike,
        age: ArrayLike,
        maximum: int | None = None,
    ) -> NDArray[np.float64]:
        """Return the probabilities of 0, 1, 2, ... purchases within the horizon.

        :param maximum: the last column stands for so many purchases or more. Default:
            so many that more are out of the question for any of the accounts.
        :return: shape (n, maximum + 1), each row adding up to 1
        """
        horizon = number("horizon", horizon, 0)
        frequency, recency, age = check_histories(frequency, recency, age)
        if maximum is None:
            most = self.most_purchases(horizon, frequency, recency, age)
            maximum = most.max(initial=1)
        maximum = int(counts("maximum", [maximum])[0])
        pairs, pair_of = _distinct(frequency, age)
        alive = self.probability_alive(frequency, recency, age)
        reached = self._forecast.at_least(maximum, horizon, *pairs)[pair_of]
        phases = self._phase_chances(frequency, recency, age)
        at_least = np.ones((frequency.size, maximum + 2))
        at_least[:, 1:-1] = alive[:, None] * np.einsum("nmk,nk->nm", reached, phases)
        at_least[:, -1] = 0
        # differences of rounded numbers: the least of them may be below 0
        return np.maximum(at_least[:, :-1] - at_least[:, 1:], 0)


def check_histories(
    frequency: ArrayLike, recency: ArrayLike, age: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the three columns of purchase histories as arrays, or refuse them.

    :raise ValueError: naming the field and the first bad row

    >>> check_histories([2], [40], [39])
    Traceback (most recent call last):
    ...
    ValueError: recency: row 0 is 40.0, beyond the age
    """
    frequency = counts("frequency", np.atleast_1d(frequency))
    recency = vector("recency", np.atleast_1d(recency), frequency.size, minimum=0)
    age = vector("age", np.atleast_1d(age), frequency.size, minimum=0)
    refuse("recency", recency, recency > age, "beyond the age")
    without = (frequency == 0) & (recency > 0)
    refuse("recency", recency, without, "above 0 without a repeat purchase")
    return frequency, recency, age


def _rate(histories: Histories) -> float:
    """Return purchases over time: the mean rate, roughly, for a start and a prior."""
    time = histories.age.sum()
    return float((histories.frequency.sum() + 0.5) / time) if time else 0.5


def _is_boundary(theta: NDArray) -> bool:
    return bool(
        special.expit(theta[2] - theta[3]) < NO_CHURN or np.exp(theta[0]) > SAME_RATES
    )


def _distinct(
    frequency: NDArray, age: NDArray
) -> tuple[tuple[NDArray, NDArray], NDArray]:
    """Return the distinct pairs of count and age, and the pair of each row."""
    counts_, count_of, _rows = distinct(frequency)
    ages, age_of, _rows = distinct(age)
    codes, pair_of, _rows = distinct(count_of * ages.size + age_of)
    return (counts_[codes // ages.size], ages[codes % ages.size]), pair_of


def _simplex(dimensions: int) -> NDArray[np.float64]:
    """Return dimensions + 1 points with mean 0 and covariance 1.

    >>> _simplex(1)
    array([[-1.],
           [ 1.]])
    """
    points = np.zeros((dimensions + 1, dimensions))
    for axis in range(dimensions):
        # each axis parts one corner from those after it
        points[: axis + 1, axis] = -1 / np.sqrt((axis + 1) * (axis + 2))
        points[axis + 1, axis] = (axis + 1) / np.sqrt((axis + 1) * (axis + 2))
    return points * np.sqrt(dimensions + 1)
