"""How far work is that takes its time."""


def percent(done: float, total: float) -> int:
    """Return how much of something is done, in whole percent, from 0 to 100.

    Of nothing, nothing is done. Less than nothing, or more than there is, is done
    where the work has grown or shrunk meanwhile.

    :param done: of the work, in the same unit as total
    :param total: all of the work, 0 or more

    >>> [percent(done, 8) for done in (0, 3, 8)]
    [0, 38, 100]
    >>> percent(-2, 8), percent(9, 8), percent(0, 0)
    (0, 100, 0)
    """
    if total <= 0:
        return 0
    return round(100 * min(max(done / total, 0.0), 1.0))
