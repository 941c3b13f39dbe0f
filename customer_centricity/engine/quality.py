"""How far a company's figures can be relied on, from what is missing in its data.

What is missing is told in money, beside the money that the figures are made of: the
company's revenue and costs of a period, found or missing.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import number, vector

# Up to which share in doubt the figures earn each grade; what is above earns the last.
# A hundredth is noise beside what any cost allocation decides; at a seventh a customer
# of an ordinary margin may be put on the wrong side of zero.
GRADE_BORDERS = (0.01, 0.05, 0.15)
GRADES = ("a", "b", "c", "d")
# From which share in doubt a single finding is worth attention, or urgent
SEVERITY_BORDERS = (0.01, 0.05)
SEVERITIES = ("low", "medium", "high")


def shares(worth: ArrayLike, total: float) -> NDArray[np.float64]:
    """Return each finding's share of all the money, 0 to 1; 0 where there is none.

    share = min(1, abs(worth) / total)

    :param worth: money that is missing or uncertain, shape (n,); the sign is of no
        account: a credit note without a customer is missing like an invoice
    :param total: money, revenue plus costs, >= 0

    >>> shares([50, -100, 5000], 1000)
    array([0.05, 0.1 , 1.  ])
    >>> shares([50], 0)
    array([0.])
    """
    worth = vector("worth", worth)
    total = number("total", total, minimum=0)
    if total == 0:
        return np.zeros(worth.size)
    return np.minimum(np.abs(worth) / total, 1.0)


def doubt(share: ArrayLike, weight: ArrayLike) -> float:
    """Return the share of all the money that is in doubt, 0 to 1.

    doubt = min(1, sum of weight x share)

    :param share: of each finding, 0 to 1, shape (n,)
    :param weight: how much of a finding's worth may be wrong, 0 to 1: 1 where a cost
        is unknown, less where it is an estimate

    >>> doubt([0.04, 0.10], [1, 0.2])
    0.06
    >>> doubt([], [])
    0.0
    """
    share = vector("share", share, minimum=0)
    weight = vector("weight", weight, share.size, minimum=0)
    # the sum of a few hundredths must not miss a border by a rounding error
    return float(np.round(min(1.0, float(share @ weight)), 12))


def grade(doubt: float) -> str:
    """Return the grade of the figures: ``a`` (reliable) to ``d`` (not yet).

    :param doubt: share of the money in doubt, 0 to 1

    >>> [grade(share) for share in (0, 0.01, 0.02, 0.15, 0.4)]
    ['a', 'a', 'b', 'c', 'd']
    """
    doubt = number("doubt", doubt, 0, 1)
    return GRADES[int(np.searchsorted(GRADE_BORDERS, doubt, side="left"))]


def severities(share: ArrayLike, weight: ArrayLike) -> list[str]:
    """Return for each finding how much it matters: ``low``, ``medium`` or ``high``.

    :param share: of each finding, 0 to 1, shape (n,)
    :param weight: how much of a finding's worth may be wrong, 0 to 1

    >>> severities([0.002, 0.01, 0.5, 0.1], [1, 1, 1, 0.2])
    ['low', 'medium', 'high', 'medium']
    """
    share = vector("share", share, minimum=0)
    weight = vector("weight", weight, share.size, minimum=0)
    levels = np.searchsorted(
        SEVERITY_BORDERS, np.round(share * weight, 12), side="right"
    )
    return [SEVERITIES[level] for level in levels]
