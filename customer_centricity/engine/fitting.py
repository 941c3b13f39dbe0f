"""Fit parameters: maximise a likelihood, or a likelihood and a prior."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

# Log-parameters that leave their bounds are called back by a spring this strong per
# unit squared: far stiffer than what the data of one account can pull.
SPRING = 1e3

Objective = Callable[[NDArray], tuple[float, NDArray, NDArray]]


class Maximum(NamedTuple):
    """Where an objective is highest, its value there, and its Hessian."""

    at: NDArray[np.float64]
    value: float
    hessian: NDArray[np.float64]


def maximise(
    objective: Objective,
    start: NDArray,
    lower: NDArray,
    upper: NDArray,
    scale: float = 1.0,
    tolerance: float = 1e-8,
) -> Maximum:
    """Return where ``objective`` is highest, by Newton steps in a trust region.

    :param objective: from parameters of shape (k,) to value, gradient and Hessian
    :param start, lower, upper: shape (k,). Bounds are soft: within them the objective
        stays as it is, beyond them a spring pulls back. A likelihood without a
        maximum ends at its bound instead of running away.
    :param scale: divides the objective: the number of observations, for a tolerance
        that means the same for few and for many
    :param tolerance: norm of the scaled gradient to stop at

    >>> def parabola(x):
    ...     return -((x[0] - 3) ** 2), np.array([6 - 2 * x[0]]), np.array([[-2.0]])
    >>> maximise(parabola, np.zeros(1), np.array([-9]), np.array([9])).at.round(6)
    array([3.])
    """
    seen: dict[bytes, tuple[float, NDArray, NDArray]] = {}

    def evaluate(x: NDArray) -> tuple[float, NDArray, NDArray]:
        key = x.tobytes()
        if key not in seen:
            value, gradient, hessian = objective(x)
            beyond = np.minimum(x - lower, 0) + np.maximum(x - upper, 0)
            seen.clear()  # value, gradient and Hessian are asked for one by one
            seen[key] = (
                -value / scale + SPRING * (beyond @ beyond),
                -gradient / scale + 2 * SPRING * beyond,
                -hessian / scale + 2 * SPRING * np.diag((beyond != 0).astype(float)),
            )
        return seen[key]

    result = optimize.minimize(
        lambda x: evaluate(x)[0],
        start,
        jac=lambda x: evaluate(x)[1],
        hess=lambda x: evaluate(x)[2],
        method="trust-exact",
        options={"gtol": tolerance, "maxiter": 300},
    )
    value, _gradient, hessian = evaluate(result.x)
    return Maximum(result.x, -value * scale, -hessian * scale)


def covariance(hessian: NDArray) -> NDArray[np.float64]:
    """Return the Laplace approximation's covariance, from the Hessian at a maximum.

    Directions that the data tell nothing about (no curvature, or the wrong one) get
    the variance of a log-parameter known to a factor of about 20 either way.

    >>> covariance(np.array([[-4.0, 0.0], [0.0, 0.0]])).round(2)
    array([[0.25, 0.  ],
           [0.  , 9.  ]])
    """
    curvature, directions = np.linalg.eigh(-hessian)
    variances = 1 / np.maximum(curvature, 1 / UNKNOWN_VARIANCE)
    return (directions * variances) @ directions.T


UNKNOWN_VARIANCE = 9.0  # (ln 20)^2
