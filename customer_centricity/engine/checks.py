"""Turn input into arrays, and refuse wrong input naming the field and the row."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def vector(
    name: str,
    values: ArrayLike,
    size: int | None = None,
    minimum: float | None = None,
) -> NDArray[np.float64]:
    """Return ``values`` as a finite one-dimensional array of floats.

    A single number stands for ``size`` equal ones where ``size`` is given.

    :raise ValueError: naming ``name`` and the first bad row, when a value is not a
        finite number, is below ``minimum`` or when the length is not ``size``

    >>> vector("hours", [1, 2.5])
    array([1. , 2.5])
    >>> vector("rate", 2, size=3)
    array([2., 2., 2.])
    >>> vector("hours", [1, -2], minimum=0)
    Traceback (most recent call last):
    ...
    ValueError: hours: row 1 is -2.0, below 0
    """
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: not a list of numbers ({error})") from error
    if array.ndim == 0 and size is not None:
        array = np.full(size, float(array))
    if array.ndim != 1:
        raise ValueError(f"{name}: expected one value a row, got shape {array.shape}")
    if size is not None and array.size != size:
        raise ValueError(f"{name}: expected {size} rows, got {array.size}")
    refuse(name, array, ~np.isfinite(array), "not a finite number")
    if minimum is not None:
        refuse(name, array, array < minimum, f"below {minimum:g}")
    return array


def matrix(
    name: str,
    values: ArrayLike,
    rows: int | None = None,
    columns: int | None = None,
    minimum: float | None = None,
) -> NDArray[np.float64]:
    """Return ``values`` as a finite two-dimensional array of floats.

    :raise ValueError: naming ``name`` and the first bad row, when a value is not a
        finite number or is below ``minimum``, or when the shape is another one

    >>> matrix("curve", [[1, 2], [3, float("nan")]])
    Traceback (most recent call last):
    ...
    ValueError: curve: row 1 is [3.0, nan], not finite numbers
    """
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: not rows of numbers ({error})") from error
    wanted = tuple(
        array.shape[axis : axis + 1] if size is None else (size,)
        for axis, size in enumerate((rows, columns))
    )
    if array.ndim != 2 or array.shape != sum(wanted, ()):
        raise ValueError(
            f"{name}: expected {rows or 'any'} rows of {columns or 'any'} numbers, got "
            f"shape {array.shape}"
        )
    refuse(name, array, ~np.isfinite(array).all(axis=1), "not finite numbers")
    if minimum is not None:
        refuse(name, array, (array < minimum).any(axis=1), f"below {minimum:g}")
    return array


def counts(
    name: str, values: ArrayLike, size: int | None = None
) -> NDArray[np.float64]:
    """Return ``values`` as a vector of whole numbers, 0 or above, told as floats.

    :raise ValueError: naming ``name`` and the first bad row

    >>> counts("frequency", [0, 2])
    array([0., 2.])
    >>> counts("frequency", [0, 2.5])
    Traceback (most recent call last):
    ...
    ValueError: frequency: row 1 is 2.5, not a whole number
    """
    array = vector(name, values, size, minimum=0)
    refuse(name, array, array != np.floor(array), "not a whole number")
    return array


def number(
    name: str, value: float, minimum: float = -np.inf, maximum: float = np.inf
) -> float:
    """Return ``value`` as a finite float of ``minimum`` to ``maximum``.

    :raise ValueError: naming ``name``

    >>> number("level", 0.8, 0, 1)
    0.8
    >>> number("level", 80, 0, 1)
    Traceback (most recent call last):
    ...
    ValueError: level: 80 is not a number from 0 to 1
    """
    try:
        result = float(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: {value!r} is not a number") from error
    if not np.isfinite(result):
        raise ValueError(f"{name}: {value!r} is not a finite number")
    if not minimum <= result <= maximum:
        raise ValueError(
            f"{name}: {value!r} is not a number from {minimum:g} to {maximum:g}"
        )
    return result


# Tables of whole numbers up to this are small, however few the rows.
SMALL_TABLE = 10_000


def distinct(
    values: NDArray,
) -> tuple[NDArray, NDArray[np.int64], NDArray[np.int64]]:
    """Return the distinct values, the position of each row among them, their rows.

    The same as ``numpy.unique`` with inverse and counts. Whole numbers that are not far
    above the number of rows are counted, which is many times faster than to sort them.

    :param values: 0 or above, shape (n,)

    >>> distinct(np.array([2.0, 0.0, 2.0]))
    (array([0., 2.]), array([1, 0, 1]), array([1, 2]))
    """
    if values.max(initial=0) <= SMALL_TABLE + values.size:
        whole = values.astype(np.int64)
        if (whole == values).all():
            rows = np.bincount(whole)
            found = np.flatnonzero(rows)
            position = np.zeros(rows.size, dtype=np.int64)
            position[found] = np.arange(found.size)
            return found.astype(values.dtype), position[whole], rows[found]
    return np.unique(values, return_inverse=True, return_counts=True)


def refuse(name: str, array: NDArray, bad: NDArray[np.bool_], why: str) -> None:
    """Raise ValueError with the first row that is ``bad``, if any."""
    if bad.any():
        row = int(np.argmax(bad))
        value = array[row].tolist() if hasattr(array[row], "tolist") else array[row]
        raise ValueError(f"{name}: row {row} is {value!r}, {why}")
