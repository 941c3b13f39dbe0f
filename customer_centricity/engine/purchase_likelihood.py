"""Likelihood of purchase histories: BG/NBD, MBG/NBD and MBG/CNBD-k.

Every account buys at its own rate and after each purchase may leave for good with its
own probability. Gaps between purchases are Erlang-k with that rate, rates differ as
gamma(r, alpha) and probabilities to leave as beta(a, b) from account to account. k = 1
is the Poisson process of BG/NBD (Fader, Hardie & Lee 2005) and of MBG/NBD (Batislam,
Denizel & Filiztekin 2007), where the account may leave after its first purchase too;
k > 1 is for regular buyers (Platzer & Reutterer 2016).

    ln L = (k-1) G - x ln(k-1)! + ln B(a, b+x+o) - ln B(a, b)
           + ln Gamma(c) - ln Gamma(r) + r ln alpha - c ln(alpha+T) + ln(S1 + S2)
    S1 = a / (b+x+o-1) ((alpha+T) / (alpha+t))^c                             has left
    S2 = sum over j < k of (c)_j / j! ((T-t) / (alpha+T))^j               still there

with x repeat purchases, the last at age t, observed until age T; G the sum of the logs
of the gaps, c = r + k x, (c)_j = c (c+1) ... (c+j-1), and o = 1 for MBG, 0 for BG. In
BG nobody leaves before the first repeat purchase: S1 is 0 for x = 0.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from .checks import distinct

# Rows that are computed at a time: what one step needs stays in the processor's cache.
CHUNK = 16384


class Parameters(NamedTuple):
    """Parameters of a purchase model; alpha in the unit of time of the histories."""

    r: float  # shape of the buying rates: below 1 they differ widely
    alpha: float  # scale of the buying rates, in time: the mean rate is r / alpha
    a: float  # leaving probabilities are beta(a, b): a / (a + b) on average
    b: float


class Histories(NamedTuple):
    """Purchase histories, one row an account, with the distinct counts beside them."""

    frequency: NDArray[np.float64]  # repeat purchases x
    recency: NDArray[np.float64]  # age at the last one
    age: NDArray[np.float64]  # age at the end of observation
    log_gaps: NDArray[np.float64]  # sum of the logs of the gaps between purchases
    counts: NDArray[np.float64]  # the distinct x, ascending
    count_of: NDArray[np.int64]  # row -> position in counts
    weights: NDArray[np.int64]  # accounts of each distinct x

    @classmethod
    def of(
        cls, frequency: NDArray, recency: NDArray, age: NDArray, log_gaps: NDArray
    ) -> "Histories":
        """Return the histories with their distinct counts.

        >>> rows = np.array([2.0, 0.0, 2.0]), np.zeros(3), np.ones(3), np.zeros(3)
        >>> histories = Histories.of(*rows)
        >>> histories.counts, histories.weights
        (array([0., 2.]), array([1, 2]))
        """
        counts, count_of, weights = distinct(frequency)
        return cls(frequency, recency, age, log_gaps, counts, count_of, weights)

    def take(self, rows: NDArray | slice) -> "Histories":
        """Return some of the rows."""
        return self.of(*(column[rows] for column in self[:4]))

    def chunks(self) -> Iterator[tuple[NDArray, ...]]:
        """Yield position of x, x, age and recency of some rows at a time."""
        for start in range(0, self.frequency.size, CHUNK):
            rows = slice(start, start + CHUNK)
            yield (
                self.count_of[rows],
                self.frequency[rows],
                self.age[rows],
                self.recency[rows],
            )


def log_terms(
    parameters: Parameters,
    once: int,
    regularity: int,
    frequency: NDArray,
    recency: NDArray,
    age: NDArray,
) -> tuple[NDArray, NDArray]:
    """Return ln S1 and ln S2 of each row.

    :param once: o, 1 when an account may leave after its first purchase
    """
    r, alpha, a, b = parameters
    shape = r + regularity * frequency
    silence = age - recency
    dead = _log_dead_share(a, b, once, frequency)
    dead = dead + shape * np.log1p(silence / (alpha + recency))
    term = alive = np.ones_like(dead)
    share = silence / (alpha + age)
    for j in range(1, regularity):
        term = term * (shape + j - 1) / j * share
        alive = alive + term
    return dead, np.log(alive)


def _log_dead_share(a: float, b: float, once: int, frequency: NDArray) -> NDArray:
    """Return ln(a / (b+x+o-1)); minus infinity for whom it cannot be."""
    possible = frequency + once > 0
    odds = np.where(possible, b + frequency + once - 1, 1.0)
    return np.where(possible, np.log(a / odds), -np.inf)


def log_likelihood(
    parameters: Parameters, once: int, regularity: int, histories: Histories
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Return ln L with gradient and Hessian in (ln r, ln alpha, ln a, ln b).

    >>> histories = Histories.of(*map(np.array, ([2.0], [30.43], [38.86], [0.0])))
    >>> fit = Parameters(0.242593, 4.413531, 0.792886, 2.425756)
    >>> value, gradient, hessian = log_likelihood(fit, 0, 1, histories)
    >>> round(float(value), 4)
    -9.4597
    """
    value, gradient, hessian = _row_sums(parameters, once, regularity, histories)
    for part in (_count_sums, _common_sums):
        more = part(parameters, once, regularity, histories)
        value, gradient, hessian = (
            value + more[0],
            gradient + more[1],
            hessian + more[2],
        )
    # from the parameters to their logarithms
    natural = np.array(parameters)
    gradient = gradient * natural
    hessian = hessian * np.outer(natural, natural) + np.diag(gradient)
    return value, gradient, hessian


def _row_sums(
    parameters: Parameters, once: int, regularity: int, histories: Histories
) -> tuple[float, NDArray, NDArray]:
    """What depends on times: the sum of -c ln(alpha+T) + ln(S1+S2)."""
    r, alpha, a, b = parameters
    # of each distinct x
    log_share = _log_dead_share(a, b, once, histories.counts)
    odds = -np.exp(log_share) / a  # the derivative of ln(a / (b+x+o-1)) by b
    value, gradient, hessian = 0.0, np.zeros(4), np.zeros((4, 4))
    for count_of, frequency, age, recency in histories.chunks():
        shape = r + regularity * frequency
        # derivatives of ln(alpha+T) and ln(alpha+t) by alpha
        by_end, by_last = 1 / (alpha + age), 1 / (alpha + recency)
        log_end = np.log(alpha + age)
        longer = log_end - np.log(alpha + recency)
        log_odds = log_share[count_of] + shape * longer
        # first derivatives of ln S1, less those of ln S2
        apart = np.empty((4, age.size))
        apart[0] = longer
        apart[1] = shape * (by_end - by_last)
        apart[2] = 1 / a
        apart[3] = odds[count_of]
        alive = None
        if regularity > 1:
            alive = _alive_phases(shape, (age - recency) * by_end, by_end, regularity)
            log_odds -= alive.value
            apart[0] -= alive.by_r
            apart[1] -= alive.by_alpha
        # expit and softplus by functions that the processor does many of at a time
        small = np.exp(-np.abs(log_odds))
        dead = np.where(log_odds > 0, 1.0, small) / (1 + small)
        value += np.sum(np.maximum(log_odds, 0) + np.log1p(small)) - shape @ log_end
        gradient += apart @ dead
        gradient[0] -= log_end.sum()
        gradient[1] -= shape @ by_end
        # second derivatives: of the weights of both terms, and of the terms
        hessian += (apart * (dead * (1 - dead))) @ apart.T
        mixed = dead @ (by_end - by_last) - by_end.sum()
        hessian[0, 1] += mixed
        hessian[1, 0] += mixed
        ends = by_end * by_end
        hessian[1, 1] += (dead * shape) @ (by_last * by_last - ends) + shape @ ends
        hessian[2, 2] -= dead.sum() / a**2
        hessian[3, 3] += dead @ (apart[3] * apart[3])
        if alive:
            value += alive.value.sum()
            gradient[0] += alive.by_r.sum()
            gradient[1] += alive.by_alpha.sum()
            stays = 1 - dead
            hessian[:2, :2] += [
                [stays @ alive.by_r_r, stays @ alive.by_r_alpha],
                [stays @ alive.by_r_alpha, stays @ alive.by_alpha_alpha],
            ]
    return value, gradient, hessian


class _Alive(NamedTuple):
    """ln S2 and its derivatives by r and alpha, of some rows."""

    value: NDArray
    by_r: NDArray
    by_alpha: NDArray
    by_r_r: NDArray
    by_r_alpha: NDArray
    by_alpha_alpha: NDArray


def _alive_phases(
    shape: NDArray, share: NDArray, by_end: NDArray, regularity: int
) -> _Alive:
    """Differentiate ln S2: means over its terms j of what each contributes.

    The j-th term (c)_j / j! y^j, with y = (T-t) / (alpha+T), grows by r with the sum h
    of 1 / (c+i) over i < j, and shrinks by alpha with j / (alpha+T).
    """
    term = total = np.ones_like(shape)
    h = square = sum_h = sum_hh = sum_j = sum_jj = sum_hj = np.zeros_like(shape)
    for j in range(1, regularity):
        step = shape + j - 1
        term = term * step / j * share
        h = h + 1 / step
        square = square + 1 / step**2
        total = total + term
        sum_h = sum_h + term * h
        sum_hh = sum_hh + term * (h**2 - square)
        sum_j = sum_j + term * j
        sum_jj = sum_jj + term * j * (j + 1)
        sum_hj = sum_hj + term * j * h
    mean_h, mean_j = sum_h / total, sum_j / total
    return _Alive(
        value=np.log(total),
        by_r=mean_h,
        by_alpha=-mean_j * by_end,
        by_r_r=sum_hh / total - mean_h**2,
        by_r_alpha=-(sum_hj / total - mean_h * mean_j) * by_end,
        by_alpha_alpha=(sum_jj / total - mean_j**2) * by_end**2,
    )


def _count_sums(
    parameters: Parameters, once: int, regularity: int, histories: Histories
) -> tuple[float, NDArray, NDArray]:
    """What depends on the counts: ln B(a, b+x+o) less ln Gamma(a), and ln Gamma(c)."""
    r, _alpha, a, b = parameters
    n = histories.weights
    shape = r + regularity * histories.counts
    stayed = b + histories.counts + once
    value = n @ (
        special.gammaln(shape) + special.gammaln(stayed) - special.gammaln(a + stayed)
    )
    by_r = n @ special.psi(shape)
    by_stayed = n @ special.psi(stayed)
    by_all = n @ special.psi(a + stayed)
    gradient = np.array([by_r, 0, -by_all, by_stayed - by_all])
    curve_all = n @ special.polygamma(1, a + stayed)
    hessian = np.zeros((4, 4))
    hessian[0, 0] = n @ special.polygamma(1, shape)
    hessian[2:, 2:] = -curve_all
    hessian[3, 3] += n @ special.polygamma(1, stayed)
    return float(value), gradient, hessian


def _common_sums(
    parameters: Parameters, once: int, regularity: int, histories: Histories
) -> tuple[float, NDArray, NDArray]:
    """What is the same for all accounts, and what the parameters do not change."""
    r, alpha, a, b = parameters
    n = histories.frequency.size
    value = n * (
        special.gammaln(a + b)
        - special.gammaln(b)
        - special.gammaln(r)
        + r * np.log(alpha)
    )
    if regularity > 1:
        value += (regularity - 1) * histories.log_gaps.sum()
        value -= histories.frequency.sum() * special.gammaln(regularity)
    both = special.psi(a + b)
    gradient = n * np.array(
        [np.log(alpha) - special.psi(r), r / alpha, both, both - special.psi(b)]
    )
    curve_both = special.polygamma(1, a + b)
    hessian = np.zeros((4, 4))
    hessian[0, 0] = -special.polygamma(1, r)
    hessian[0, 1] = hessian[1, 0] = 1 / alpha
    hessian[1, 1] = -r / alpha**2
    hessian[2:, 2:] = curve_both
    hessian[3, 3] -= special.polygamma(1, b)
    return float(value), gradient, n * hessian
