"""What purchase histories let expect: how many purchases, and with what chances.

For an account that is still there, with z = h / (alpha+T+h), in the notation of
purchase_likelihood:

    P(at least n purchases within h) = B(a, b+x+o+n-1) / B(a, b+x+o)
                                       * sum over j < k of w_j P(N_j >= n k - j)

w_j is the share of the j-th term in S2, the chance that j of the k phases of the gap
under way have passed already. N_j, the number of phases to come, is negative binomial:
P(N_j = m) = (c+j)_m / m! z^m (1-z)^(c+j). The ratio of beta functions is the chance
that the account did not leave at one of the n - 1 purchases before.

All but the weights depends on x and T alone, so callers ask for distinct pairs.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from .purchase_likelihood import Parameters

# Gauss-Legendre nodes over the logarithm of time: errors below 1e-9 (measured against
# 40 digits, see the tests).
NODES = 48
# The integrand overflows for parameters far above this, where all accounts are alike:
# the sum, slower and good for all, takes over.
LARGE = 40.0
# Horizons below this share of the time known so far are over at once.
NO_TIME = 1e-12
# Chances that are left out, as negative logarithms: of a sum 1e-14, so that it is
# complete, and of a distribution 1e-7, which its last column then stands for.
COMPLETE, UNLIKELY = 32.0, 16.0
# Cells of a matrix of rows and phases that are computed at a time.
CELLS = 1 << 18


class Forecast(NamedTuple):
    """Forecasts of one purchase model, for accounts known to be still there."""

    parameters: Parameters
    once: int  # 1 when an account may leave after its first purchase
    regularity: int

    def expected(
        self, horizons: NDArray, frequency: NDArray, age: NDArray
    ) -> NDArray[np.float64]:
        """Return E[purchases | still there, j phases passed], shape (n, m, k).

        :param horizons: shape (m,), times from now, >= 0
        :param frequency, age: shape (n,)

        >>> fit = Parameters(0.242593, 4.413531, 0.792886, 2.425756)
        >>> one = np.array([39.0]), np.array([2.0]), np.array([38.86])
        >>> Forecast(fit, once=0, regularity=1).expected(*one).round(6)
        array([[[1.687167]]])
        """
        if not (frequency.size and horizons.size and horizons.max() > 0):
            return np.zeros((frequency.size, horizons.size, self.regularity))
        r, _alpha, a, _b = self.parameters
        if self.regularity == 1 and max(r, a) <= LARGE:
            return self._integrated(horizons, frequency, age)[:, :, None]
        return self._summed(horizons, frequency, age)

    # ------------------------------------------------------------------
    # k = 1: one integral
    # ------------------------------------------------------------------

    def _integrated(
        self, horizons: NDArray, frequency: NDArray, age: NDArray
    ) -> NDArray[np.float64]:
        """Integrate the rate of purchases at the same times for rows of similar age.

        The times are Gauss-Legendre nodes of ln(1 + u / shortest), so that one matrix
        product takes the rates at the nodes to the integrals up to every horizon.
        They depend on the row alone: alpha + T is taken for a power of two.
        """
        result = np.empty((frequency.size, horizons.size))
        powers = np.floor(np.log2(self.parameters.alpha + age))
        nodes, weights = special.roots_legendre(NODES)
        step = max(1, CELLS // NODES)
        for power in np.unique(powers):
            alike = np.flatnonzero(powers == power)
            shortest = 2.0**power
            ends = np.log1p(horizons / shortest)
            if ends.max() < NO_TIME:
                # too short to be told from 0 in what follows: nothing changes meanwhile
                now = np.zeros(1), frequency[alike, None], age[alike, None]
                result[alike] = self._rate(*now) * horizons
                continue
            matrix = _integration_matrix(nodes, weights, 2 * ends / ends.max() - 1)
            matrix *= ends.max() / 2
            time = shortest * np.expm1(ends.max() * (nodes + 1) / 2)
            for start in range(0, alike.size, step):
                rows = alike[start : start + step]
                rate = self._rate(time, frequency[rows, None], age[rows, None])
                result[rows] = (rate * (shortest + time)) @ matrix
        return result

    def _rate(self, time: NDArray, frequency: NDArray, age: NDArray) -> NDArray:
        """Return dE/du at the time u from now, for k = 1.

            (r+x) / (alpha+T) (1+w)^-a 2F1(a, a+b+o-r-1; a+b+x+o; w / (1+w))

        with w = u / (alpha+T): the mean of lambda exp(-lambda p u) over what is known
        of the account's rate lambda and leaving probability p. Nothing happens here at
        a = 1, where closed forms of E have a pole.
        """
        r, alpha, a, b = self.parameters
        log_longer = np.log1p(time / (alpha + age))
        series = special.hyp2f1(
            a,
            a + b + self.once - r - 1,
            a + b + self.once + frequency,
            -np.expm1(-log_longer),
        )
        return (r + frequency) / (alpha + age) * np.exp(-a * log_longer) * series

    # ------------------------------------------------------------------
    # any k: a sum over the phases to come
    # ------------------------------------------------------------------

    def _summed(
        self, horizons: NDArray, frequency: NDArray, age: NDArray
    ) -> NDArray[np.float64]:
        """Sum P(N_j = m) times the purchases that m phases bring.

        No term is negative: no digits are lost.
        """
        result = np.empty((frequency.size, horizons.size, self.regularity))
        for rows, phases in self._groups(horizons.max(), frequency, age):
            share = horizons / (self.parameters.alpha + age[rows, None] + horizons)
            made = self._purchases_made(phases.size, frequency[rows])
            for j in range(self.regularity):
                shape = self.parameters.r + self.regularity * frequency[rows] + j
                bring = made[:, (phases + j) // self.regularity]
                coefficients = _log_rising(shape[:, None], phases)
                for column, z in enumerate(share.T):
                    chance = coefficients + special.xlogy(phases, z[:, None])
                    chance += (shape * np.log1p(-z))[:, None]
                    result[rows, column, j] = np.einsum(
                        "ij,ij->i", np.exp(chance, out=chance), bring
                    )
        return result

    def _most_phases(
        self, horizon: float, frequency: NDArray, age: NDArray, tail: float
    ) -> NDArray[np.int64]:
        """Return phases that each row exceeds with a chance of about exp(-tail).

        Given its rate, an account goes through a Poisson number of phases, and the rate
        is gamma distributed: a mean, deviations of both, and an exponential tail.
        """
        ratio = horizon / (self.parameters.alpha + age)
        shape = self.parameters.r + self.regularity * (frequency + 1)
        mean = shape * ratio
        deviation = np.sqrt(2 * tail * mean * (1 + ratio))
        return np.ceil(mean + deviation + tail * (1 + ratio)).astype(int)

    def _groups(self, horizon: float, frequency: NDArray, age: NDArray):
        """Yield rows that need about as many phases, with those phases."""
        needed = self._most_phases(horizon, frequency, age, COMPLETE)
        order = np.argsort(needed)[::-1]
        start = 0
        while start < order.size:
            phases = np.arange(needed[order[start]])
            rows = order[start : start + max(1, CELLS // phases.size)]
            yield rows, phases
            start += rows.size

    def _purchases_made(self, number: int, frequency: NDArray) -> NDArray[np.float64]:
        """Return how many of n purchases that fall due are made, columns n = 0, 1, ...

        The sum of the chances to be there for each of them.
        """
        number = number // self.regularity + 1
        counts, count_of = np.unique(frequency, return_inverse=True)
        made = np.zeros((counts.size, number + 1))
        np.cumsum(self.chances_to_stay(number, counts), axis=1, out=made[:, 1:])
        return made[count_of]

    # ------------------------------------------------------------------
    # The whole distribution
    # ------------------------------------------------------------------

    def chances_to_stay(self, number: int, frequency: NDArray) -> NDArray[np.float64]:
        """Return the chances to be there for the purchases 1 .. number to come.

        B(a, b+x+o+n-1) / B(a, b+x+o), shape (n, number); 1 for the first: who is there
        now is there until then.
        """
        _r, _alpha, a, b = self.parameters
        stayed = (b + frequency + self.once)[:, None] + np.arange(number - 1)
        chances = np.ones((frequency.size, number))
        np.cumprod(stayed / (a + stayed), axis=1, out=chances[:, 1:])
        return chances

    def at_least(
        self, number: int, horizon: float, frequency: NDArray, age: NDArray
    ) -> NDArray[np.float64]:
        """Return P(at least 1 .. number purchases | still there, j phases passed).

        :return: shape (n, number, k)
        """
        k = self.regularity
        reached = np.zeros((frequency.size, number, k))
        ratio = horizon / (self.parameters.alpha + age)
        shape = self.parameters.r + k * frequency
        step = max(1, CELLS // (number * k + 1))
        for start in range(0, frequency.size if horizon else 0, step):
            rows = slice(start, start + step)
            reached[rows] = _chances_to_reach(number, k, shape[rows], ratio[rows])
        return reached * self.chances_to_stay(number, frequency)[:, :, None]

    def most(
        self, horizon: float, frequency: NDArray, age: NDArray
    ) -> NDArray[np.int64]:
        """Return numbers of purchases that each row cannot be expected to exceed."""
        phases = self._most_phases(horizon, frequency, age, UNLIKELY)
        return phases // self.regularity + 1


def _log_rising(shape: NDArray, number: NDArray) -> NDArray[np.float64]:
    """Return ln((c)_m / m!), the coefficients of the negative binomial distribution."""
    return (
        special.gammaln(shape + number)
        - special.gammaln(shape)
        - special.gammaln(number + 1)
    )


def _chances_to_reach(
    number: int, regularity: int, shape: NDArray, ratio: NDArray
) -> NDArray[np.float64]:
    """Return P(N_j >= n k - j) for n = 1 .. number, shape (rows, number, k).

    These are incomplete beta functions I_z(n k - j, c + j), dear one by one. For j = 0
    they are what sums of P(N_0 = m) leave, and from one j to the next one

        I_z(n k - j, c + j) = I_z(n k - j + 1, c + j - 1)
                              + (c)_nk / (n k - j)! / (c)_j z^(n k - j) (1-z)^(c+j-1)

    :param shape, ratio: c > 0 and z / (1-z) > 0, shape (rows,)

    >>> _chances_to_reach(2, 1, np.array([1.0]), np.array([1.0]))[0, :, 0]
    array([0.5 , 0.25])
    """
    k = regularity
    log_ratio = np.log(np.maximum(ratio, np.finfo(float).tiny))[:, None]
    log_longer = np.log1p(ratio)[:, None]
    times = np.arange(1, number * k + 1)
    # logs of P(N_0 = m): one factor more with each m
    logs = np.empty((shape.size, times.size + 1))
    logs[:, :1] = -shape[:, None] * log_longer
    np.log1p((shape[:, None] - 1) / times, out=logs[:, 1:])
    logs[:, 1:] += log_ratio - log_longer
    np.cumsum(logs, axis=1, out=logs)
    due = np.arange(1, number + 1) * k
    fewer = np.cumsum(np.exp(logs[:, :-1]), axis=1)
    reached = np.empty((shape.size, number, k))
    reached[:, :, 0] = 1 - fewer[:, due - 1]
    term = logs[:, due] + log_longer
    for j in range(1, k):
        term += np.log((due - j + 1) / (shape[:, None] + j - 1)) - log_ratio
        reached[:, :, j] = reached[:, :, j - 1] + np.exp(term)
    return np.clip(reached, 0, 1, out=reached)  # rounding may have gone beyond


def _integration_matrix(
    nodes: NDArray, weights: NDArray, ends: NDArray
) -> NDArray[np.float64]:
    """Return what takes values at Gauss-Legendre nodes to integrals up to the ends.

    The polynomial through the values is written in Legendre polynomials, whose
    integrals from -1, where the interval starts, are (P_{l+1} - P_{l-1}) / (2l+1).
    """
    degrees = np.arange(nodes.size)
    at_nodes = np.polynomial.legendre.legvander(nodes, nodes.size - 1)
    to_coefficients = (at_nodes * weights[:, None] * (degrees + 0.5)).T
    at_ends = np.polynomial.legendre.legvander(ends, nodes.size)
    integrals = np.empty((ends.size, nodes.size))
    integrals[:, 0] = ends + 1
    integrals[:, 1:] = at_ends[:, 2:] - at_ends[:, :-2]
    integrals[:, 1:] /= 2 * degrees[1:] + 1
    return (integrals @ to_coefficients).T
