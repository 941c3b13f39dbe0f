"""What became of accounts between two computations, and why.

Every function takes one row an account.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import vector

# A change below this share of the larger figure explains nothing.
LEAST_CHANGE = 0.01
# What a value is the product of, in the order in which they are told where they tie.
FACTORS = ("profit", "buying", "alive")


def movements(old: ArrayLike, new: ArrayLike) -> NDArray[np.object_]:
    """Return what became of each account: entered, left, up, down or same.

    Entering and leaving are said of the best tier.

    :param old: rank of the old tier, 0 the best, -1 for none, shape (n,)
    :param new: rank of the new tier

    >>> movements([1, 0, 2, 1, 1, -1], [0, 1, 1, 2, 1, 1]).tolist()
    ['entered', 'left', 'up', 'down', 'same', 'up']
    """
    old, new = np.asarray(old, dtype=int), np.asarray(new, dtype=int)
    return np.select(
        [old == new, new == 0, old == 0, (new < old) | (old < 0)],
        ["same", "entered", "left", "up"],
        default="down",
    ).astype(object)


def reasons(
    before: Mapping[str, ArrayLike],
    after: Mapping[str, ArrayLike],
    direction: ArrayLike,
) -> NDArray[np.object_]:
    """Return what moved each account most: profit, buying, alive, or the border.

    A value is the product of what an order leaves, of the orders of somebody who stays,
    and of the probability of staying. The factor is named that changed most, relative
    to its size, in the direction the account has moved. Where none did, the account is
    what it was, and the border has moved.

    :param before, after: ``order_profit``, ``expected_orders`` and
        ``probability_alive``, each of shape (n,)
    :param direction: above 0 for accounts that rose, below 0 for those that fell

    >>> before = {"order_profit": [10, 10, 10], "expected_orders": [8, 8, 8],
    ...           "probability_alive": [0.8, 0.8, 0.8]}
    >>> after = {"order_profit": [5, 10, 10], "expected_orders": [8, 2, 8],
    ...          "probability_alive": [0.8, 0.2, 0.8]}
    >>> reasons(before, after, [-1, -1, 1]).tolist()
    ['profit', 'alive', 'border']
    """
    old, new = _factors(before), _factors(after)
    direction = np.sign(vector("direction", direction))
    # more orders at a loss make the account worth less
    sign = np.where(new[0] < 0, -1.0, 1.0)
    change = np.stack(
        [
            _change(one, other) * effect
            for one, other, effect in zip(old, new, (1.0, sign, sign), strict=True)
        ]
    )
    effect = change * direction
    largest = effect.argmax(axis=0) if effect.size else np.zeros(0, dtype=int)
    named = np.array(FACTORS, dtype=object)[largest]
    return np.where(effect.max(axis=0, initial=0) > LEAST_CHANGE, named, "border")


def _factors(figures: Mapping[str, ArrayLike]) -> list[NDArray[np.float64]]:
    """Return what an order leaves, orders of who stays, and the chance of staying."""
    alive = vector("probability_alive", figures["probability_alive"])
    orders = vector("expected_orders", figures["expected_orders"], alive.size)
    staying = np.divide(orders, alive, out=orders.astype(float), where=alive > 0)
    return [vector("order_profit", figures["order_profit"], alive.size), staying, alive]


def _change(old: NDArray[np.float64], new: NDArray[np.float64]) -> NDArray[np.float64]:
    size = np.maximum(np.abs(old), np.abs(new))
    return np.divide(new - old, size, out=np.zeros_like(size), where=size > 0)
