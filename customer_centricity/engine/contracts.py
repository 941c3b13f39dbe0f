"""How long contracts go on: the shifted beta geometric model.

Who is due to renew does so or leaves, each account with its own probability to leave,
beta(alpha, beta) from account to account (Fader & Hardie 2007):

    P(T = t) = B(alpha+1, beta+t-1) / B(alpha, beta)      left at the t-th renewal
    S(t)     = B(alpha, beta+t) / B(alpha, beta)          still there after it
    r_t      = (beta+t-1) / (alpha+beta+t-1)              retention at it

Retention rises with every renewal: those likely to leave have left. Accounts that buy
like clockwork are treated alike: every order that falls due is a renewal.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

from .checks import counts, matrix, number, refuse, vector

# Fewer accounts, or none that left, do not tell how many leave.
FEWEST_ACCOUNTS = 10
# What is known beforehand, as means and deviations: about 15% leave at a renewal, give
# or take a factor of two and a half, and accounts differ moderately.
PRIOR_LEAVE = (float(special.logit(0.15)), 1.0)  # logit(alpha / (alpha + beta))
PRIOR_ENDS = (float(np.log(4.0)), 1.0)  # ln(alpha + beta)
# Bounds of both in a fit without a prior.
BOUNDS = ((-12.0, 12.0), (np.log(1e-3), np.log(1e5)))
# Gaps vary at least by this share of their mean: nobody's calendar is exact.
LEAST_VARIATION = 0.05


class ContractParameters(NamedTuple):
    """Parameters of the shifted beta geometric model."""

    alpha: float
    beta: float


def is_contract_like(
    occasions: ArrayLike,
    gap_variation: ArrayLike,
    minimum: int = 4,
    maximum_variation: float = 0.35,
) -> NDArray[np.bool_]:
    """Return which accounts buy as regularly as if by contract.

    :param occasions: purchases, shape (n,); at least ``minimum`` are needed
    :param gap_variation: coefficient of variation of the gaps between them, shape (n,)

    >>> is_contract_like([12, 12, 3], [0.1, 0.9, 0.0])
    array([ True, False, False])
    """
    minimum = number("minimum", minimum, 0)
    maximum_variation = number("maximum_variation", maximum_variation, 0)
    occasions = counts("occasions", np.atleast_1d(occasions))
    variation = vector("gap_variation", np.atleast_1d(gap_variation), occasions.size, 0)
    return (occasions >= minimum) & (variation < maximum_variation)


class ContractModel:
    """A shifted beta geometric model of renewals.

    After a fit: ``params`` (alpha, beta), ``log_likelihood`` and ``status``: ``ok``, or
    ``insufficient_data`` for fewer than 10 accounts or none that left, where a prior
    has its say.

    >>> model = ContractModel().fit([1000, 631, 468, 382, 326, 289, 262, 241])
    >>> [round(value, 3) for value in model.params]
    [0.704, 1.182]
    >>> model.residual_lifetime(0, 0.1).round(2)
    array([2.96])
    """

    params: ContractParameters
    log_likelihood: float | None = None
    status = "not_fitted"

    @classmethod
    def from_parameters(cls, alpha: float, beta: float) -> "ContractModel":
        """Return a model with known parameters, both above 0."""
        tiny = np.finfo(float).tiny
        model = cls()
        model.params = ContractParameters(
            number("alpha", alpha, tiny), number("beta", beta, tiny)
        )
        model.status = "ok"
        return model

    # ------------------------------------------------------------------
    # Fit
    # ------------------------------------------------------------------

    def fit(self, survivors: ArrayLike) -> "ContractModel":
        """Fit the model to a cohort.

        :param survivors: accounts at the start and after each renewal, whole numbers
            that never rise
        """
        survivors = counts("survivors", survivors)
        rises = np.diff(survivors, prepend=np.inf) > 0
        refuse("survivors", survivors, rises, "more than before")
        left = -np.diff(survivors)
        times = np.arange(left.size + 1)
        remain = survivors[-1] if survivors.size else 0
        return self._fit(
            np.append(times[:-1], times[-1]),
            np.append(np.ones(left.size), 0),
            np.append(left, remain),
            np.zeros(left.size + 1),
            prior=False,
        )

    def fit_lifetimes(
        self, renewals: ArrayLike, ended: ArrayLike, known_from: ArrayLike = 0
    ) -> "ContractModel":
        """Fit the model to single accounts.

        :param renewals: renewals made so far, whole numbers, shape (n,)
        :param ended: whether the account left at the next one, shape (n,)
        :param known_from: renewals an account must have made to be among these at all,
            shape (n,) or one number: that it made them is no evidence

        The prior takes part: lives of which the beginning is not counted tell little
        of how accounts differ.
        """
        renewals = counts("renewals", renewals)
        ended = vector("ended", ended, renewals.size)
        refuse("ended", ended, (ended != 0) & (ended != 1), "neither true nor false")
        known_from = counts("known_from", known_from, renewals.size)
        refuse("known_from", known_from, known_from > renewals, "above the renewals")
        return self._fit(renewals, ended, np.ones(renewals.size), known_from, True)

    def _fit(self, renewals, ended, accounts, known_from, prior) -> "ContractModel":
        gone = float(accounts @ ended)
        thin = accounts.sum() < FEWEST_ACCOUNTS or not gone
        self.status = "insufficient_data" if thin else "ok"

        prior = prior or thin

        def log_likelihood(theta: NDArray) -> float:
            alpha, beta = _natural(theta)
            terms = np.where(
                ended > 0,
                special.betaln(alpha + 1, beta + renewals),
                special.betaln(alpha, beta + renewals),
            )
            terms -= special.betaln(alpha, beta + known_from)
            return float(accounts @ terms)

        def deviance(theta: NDArray) -> float:
            result = -log_likelihood(theta)
            if prior:
                result += ((theta[0] - PRIOR_LEAVE[0]) / PRIOR_LEAVE[1]) ** 2 / 2
                result += ((theta[1] - PRIOR_ENDS[0]) / PRIOR_ENDS[1]) ** 2 / 2
            return result / max(1.0, accounts.sum())

        start = np.array([PRIOR_LEAVE[0], PRIOR_ENDS[0]])
        theta = optimize.minimize(
            deviance,
            start,
            method="L-BFGS-B",
            bounds=BOUNDS,
            options={"ftol": 1e-15, "gtol": 1e-9},
        ).x
        self.params = ContractParameters(*_natural(theta))
        self.log_likelihood = log_likelihood(theta)
        return self

    # ------------------------------------------------------------------
    # Renewals to come
    # ------------------------------------------------------------------

    def survival(self, number: ArrayLike) -> NDArray[np.float64]:
        """Return S(t), the share still there after t renewals, shape (n,)."""
        times = counts("number", np.atleast_1d(number))
        alpha, beta = self.params
        return np.exp(special.betaln(alpha, beta + times) - special.betaln(alpha, beta))

    def retention(self, number: ArrayLike) -> NDArray[np.float64]:
        """Return r_t, the probability to renew for the t-th time, t >= 1."""
        times = counts("number", np.atleast_1d(number))
        refuse("number", times, times < 1, "below 1")
        alpha, beta = self.params
        return (beta + times - 1) / (alpha + beta + times - 1)

    @property
    def mean_retention(self) -> float:
        """Share of the accounts that renew the first time they are due."""
        return self.params.beta / (self.params.alpha + self.params.beta)

    def expected_renewals(
        self, renewals: ArrayLike, periods: ArrayLike
    ) -> NDArray[np.float64]:
        """Return the renewals to expect at the next ``periods`` dates.

            sum over i = 1 .. periods of S(renewals + i) / S(renewals)

        A part of a period counts for that part of its renewal.

        :param renewals: made so far, shape (n,), >= 0; the account is still there
        :param periods: >= 0; one number, shape (n,) or shape (n, m)
        :return: of the shape of ``periods``, (n,) for one number
        """
        made = counts("renewals", np.atleast_1d(renewals))
        try:
            many = np.ndim(periods) > 1
        except ValueError:  # rows of different lengths
            many = True
        if many:
            periods = matrix("periods", periods, rows=made.size, minimum=0)
        else:
            periods = vector("periods", periods, made.size, minimum=0)
        dates = np.arange(1, int(np.ceil(periods.max(initial=0))) + 1)
        alpha, beta = self.params
        still = beta + made[:, None] + dates - 1
        total = np.zeros((made.size, dates.size + 2))
        np.cumsum(
            np.cumprod(still / (alpha + still), axis=1), axis=1, out=total[:, 1:-1]
        )
        total[:, -1] = total[:, -2]
        whole = np.floor(periods).astype(int)
        rows = np.arange(made.size).reshape((-1,) + (1,) * (periods.ndim - 1))
        before, after = total[rows, whole], total[rows, whole + 1]
        return before + (periods - whole) * (after - before)

    def residual_lifetime(
        self, renewals: ArrayLike, discount: float
    ) -> NDArray[np.float64]:
        """Return the discounted renewals to expect for ever, shape (n,).

            (b+n-1) / (a+b+n-1) 2F1(1, b+n; a+b+n; 1 / (1+d))

        for an account that has made n - 1 renewals and is about to decide on the n-th,
        which is due today and not discounted (Fader & Hardie 2010).

        :param renewals: made so far, n - 1, shape (n,)
        :param discount: rate per period, above 0; or 0 where alpha is above 1, the
            plain sum
        """
        n = counts("renewals", np.atleast_1d(renewals)) + 1
        rate = number("discount", discount)
        alpha, beta = self.params
        if rate < 0 or (rate == 0 and alpha <= 1):
            raise ValueError(
                f"discount: at {discount!r} renewals for ever are worth infinitely "
                "much; use expected_renewals with a number of periods"
            )
        if rate == 0:
            return (beta + n - 1) / (alpha - 1)
        retention = (beta + n - 1) / (alpha + beta + n - 1)
        return retention * special.hyp2f1(1, beta + n, alpha + beta + n, 1 / (1 + rate))

    def probability_alive(
        self,
        renewals: ArrayLike,
        silence: ArrayLike,
        gap: ArrayLike,
        gap_deviation: ArrayLike = 0.0,
    ) -> NDArray[np.float64]:
        """Return the probability that each account is still there, shape (n,).

        Whoever stays renews after a normally distributed gap; whoever leaves does so
        by letting the next renewal pass. With r the retention at it and q the chance
        that a stayer's renewal is still to come after such a silence,

            P(alive) = r q / (r q + 1 - r)     divided by its value at no silence,

        since who has just renewed is a customer. It falls slowly until the renewal is
        due, and fast once it is overdue.

        :param renewals: made so far, shape (n,)
        :param silence: time since the last one, shape (n,)
        :param gap, gap_deviation: mean (above 0) and standard deviation of its gaps
        """
        made = counts("renewals", np.atleast_1d(renewals))
        silence = vector("silence", silence, made.size, minimum=0)
        gap = vector("gap", gap, made.size, minimum=np.finfo(float).tiny)
        deviation = vector("gap_deviation", gap_deviation, made.size, minimum=0)
        deviation = np.maximum(deviation, LEAST_VARIATION * gap)
        retention = self.retention(made + 1)
        odds = np.log(retention) - np.log1p(-retention)

        def alive(after: NDArray) -> NDArray[np.float64]:
            return special.expit(odds + special.log_ndtr((gap - after) / deviation))

        # nobody can be told to have left before anything has fallen due
        return np.minimum(alive(silence) / alive(np.zeros_like(silence)), 1.0)


def _natural(theta: NDArray) -> tuple[float, float]:
    leave, ends = special.expit(theta[0]), np.exp(theta[1])
    # 1 - leave loses its digits where nearly everybody leaves
    return float(leave * ends), float(special.expit(-theta[0]) * ends)
