"""Where the marks of a printed chart stand: geometry, and nothing else.

Charts of reports are drawn on the server, because what prints them runs no scripts.
This says where each mark is, in units of the drawing, y downwards as in SVG; templates
draw it, and tell in words and in the reader's language what it shows.

Numbers of the data in, numbers of the drawing out, which are rounded to a hundredth of
a unit: more cannot be seen, and would only make the page long.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .checks import vector

# Of a power of ten: what people count in
STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
# Share of a slot that its bar takes; the rest is air
BAR_SHARE = 0.72
DECIMALS = 2
# Share of a step that floats may be apart and still be the same: nobody sees it
ROUNDING = 1e-9


@dataclass(frozen=True)
class Area:
    """The part of a drawing that the marks stand in."""

    left: float
    top: float
    right: float
    bottom: float

    def __post_init__(self):
        if not (self.left < self.right and self.top < self.bottom):
            raise ValueError(f"area: nothing fits in {self}")


@dataclass(frozen=True)
class Scale:
    """Where numbers of the data are in the drawing."""

    low: float  # of the data
    high: float
    start: float  # where low is in the drawing
    end: float  # where high is
    ticks: tuple[float, ...]  # round numbers from low to high

    def at(self, value: float) -> float:
        """Return where a number is.

        >>> Scale(0, 50, 100, 200, (0, 50)).at(25)
        150.0
        """
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), DECIMALS)

    @property
    def marks(self) -> list[tuple[float, float]]:
        """The ticks with where each of them is."""
        return [(tick, self.at(tick)) for tick in self.ticks]


@dataclass(frozen=True)
class Bar:
    """A rectangle, and the number that it stands for."""

    x: float
    y: float
    width: float
    height: float
    value: float


@dataclass(frozen=True)
class Columns:
    """Bars that stand side by side, one a slot, of each series."""

    scale: Scale  # upright
    centers: list[float]  # of the slots
    series: list[list[Bar]]


@dataclass(frozen=True)
class Waterfall:
    """Bars that lie below each other, each from where the one before has come to."""

    scale: Scale  # level
    bars: list[Bar]
    levels: list[float]  # where each bar leads to


@dataclass(frozen=True)
class Interval:
    """A number on its scale, between what it is at least and at most."""

    scale: Scale
    band: Bar
    x: float


@dataclass(frozen=True)
class Line:
    """Points of a line, and where zero is."""

    points: list[tuple[float, float]]
    zero: float  # upright


@dataclass(frozen=True)
class Grid:
    """The middles of the slots of a table, side by side and below each other."""

    columns: list[float]
    rows: list[float]


def ticks(low: float, high: float, count: int = 4) -> tuple[float, ...]:
    """Return round numbers, evenly apart, the outer ones at or beyond low and high.

    Their distance is 1, 2, 2.5 or 5 times a power of ten: the smallest of which no more
    than ``count`` lie between low and high.

    >>> ticks(0, 870)
    (0.0, 250.0, 500.0, 750.0, 1000.0)
    >>> ticks(-30, 90)
    (-50.0, 0.0, 50.0, 100.0)
    >>> ticks(5, 5)
    (5.0, 5.25, 5.5, 5.75, 6.0)
    """
    low, high = vector("ends", [low, high]).tolist()
    if count < 1:
        raise ValueError(f"count: {count} steps, at least one is needed")
    if high < low:
        raise ValueError(f"high: {high:g} is below low, {low:g}")
    if high == low:
        high = low + 1
    least = (high - low) / count * (1 - ROUNDING)
    power = 10.0 ** math.floor(math.log10(least))
    step = power * next((step for step in STEPS if power * step >= least), STEPS[-1])
    first, last = math.floor(low / step + ROUNDING), math.ceil(high / step - ROUNDING)
    # from a product of whole numbers: sums of steps drift
    return tuple(round(number * step, 10) for number in range(first, last + 1))


def scale(values: Iterable[float], start: float, end: float, count: int = 4) -> Scale:
    """Return the scale on which numbers and zero have room.

    Zero is always on it: the length of a bar tells nothing otherwise.

    :param values: numbers of the data, those that are not known (NaN) aside
    :param start, end: where it begins and ends in the drawing

    >>> of_profit = scale([-30, 90], 300, 0)
    >>> of_profit.marks
    [(-50.0, 300.0), (0.0, 200.0), (50.0, 100.0), (100.0, 0.0)]
    """
    known = [float(value) for value in values if not math.isnan(value)]
    marks = ticks(min([0.0, *known]), max([0.0, *known]), count)
    return Scale(marks[0], marks[-1], start, end, marks)


def columns(
    series: Sequence[ArrayLike], area: Area, shares: Sequence[float] = (BAR_SHARE,)
) -> Columns:
    """Return a bar a slot for each series, from zero up, or down for losses.

    Bars of several series stand in the same slot, so that the later ones must be
    narrower to leave the earlier ones visible.

    :param series: numbers, one a slot, of the same length each
    :param shares: of a slot that the bars of each series take, 0 to 1

    >>> drawn = columns([[100, 50], [20, -50]], Area(0, 0, 100, 150), (0.8, 0.4))
    >>> drawn.scale.ticks
    (-50.0, 0.0, 50.0, 100.0)
    >>> drawn.centers
    [25.0, 75.0]
    >>> drawn.series[0][0]
    Bar(x=5.0, y=0.0, width=40.0, height=100.0, value=100.0)
    >>> drawn.series[1][1]
    Bar(x=65.0, y=100.0, width=20.0, height=50.0, value=-50.0)
    """
    if len(series) != len(shares):
        raise ValueError(f"shares: {len(shares)} given of {len(series)} series")
    rows = [vector("series", one) for one in series]
    size = rows[0].size if rows else 0
    rows = [vector("series", one, size) for one in rows]
    upright = scale(np.concatenate([[0.0], *rows]), area.bottom, area.top)
    slot = (area.right - area.left) / max(size, 1)
    zero = upright.at(0)
    return Columns(
        scale=upright,
        centers=_centers(area.left, area.right, size),
        series=[
            [
                _bar(
                    area.left + (place + (1 - share) / 2) * slot,
                    area.left + (place + (1 + share) / 2) * slot,
                    zero,
                    upright.at(value),
                    value,
                )
                for place, value in enumerate(row.tolist())
            ]
            for row, share in zip(rows, shares, strict=True)
        ],
    )


def waterfall(changes: ArrayLike, is_total: Sequence[bool], area: Area) -> Waterfall:
    """Return how one number comes to another, step by step, from the top down.

    A change begins where the bar above it ends; a total begins at zero.

    :param changes: numbers from the top down; of a total, what it has come to
    :param is_total: which of them are totals

    >>> drawn = waterfall([100, -70, 30], [True, False, True], Area(0, 0, 100, 30))
    >>> [(bar.x, bar.width) for bar in drawn.bars]
    [(0.0, 100.0), (30.0, 70.0), (0.0, 30.0)]
    >>> drawn.levels
    [100.0, 30.0, 30.0]
    """
    values = vector("changes", changes).tolist()
    if len(is_total) != len(values):
        raise ValueError(f"is_total: {len(is_total)} given of {len(values)} changes")
    level, ends = 0.0, []
    for value, total in zip(values, is_total, strict=True):
        begin = 0.0 if total else level
        level = begin + value
        ends.append((begin, level))
    level_scale = scale([end for pair in ends for end in pair], area.left, area.right)
    slot = (area.bottom - area.top) / max(len(values), 1)
    air = slot * (1 - BAR_SHARE) / 2
    return Waterfall(
        scale=level_scale,
        bars=[
            _bar(
                level_scale.at(begin),
                level_scale.at(end),
                area.top + place * slot + air,
                area.top + (place + 1) * slot - air,
                value,
            )
            for place, (value, (begin, end)) in enumerate(
                zip(values, ends, strict=True)
            )
        ],
        levels=[level_scale.at(end) for _begin, end in ends],
    )


def interval(value: float, low: float, high: float, area: Area) -> Interval:
    """Return where a number is on its scale, and the band that it is within.

    :param low, high: what it is at least and at most; in whichever order

    >>> drawn = interval(50, 25, 75, Area(0, 10, 100, 20))
    >>> drawn.scale.ticks
    (0.0, 20.0, 40.0, 60.0, 80.0)
    >>> drawn.x
    62.5
    >>> drawn.band
    Bar(x=31.25, y=10, width=62.5, height=10, value=50.0)
    """
    value, low, high = vector("interval", [value, low, high]).tolist()
    level = scale([value, low, high], area.left, area.right)
    return Interval(
        scale=level,
        band=_bar(level.at(low), level.at(high), area.top, area.bottom, value),
        x=level.at(value),
    )


def line(values: ArrayLike, area: Area) -> Line:
    """Return a line through numbers, evenly apart.

    Zero is at the foot, unless something is below it. One number is a point in the
    middle.

    >>> line([0, 50, 100], Area(0, 0, 200, 100))
    Line(points=[(0.0, 100.0), (100.0, 50.0), (200.0, 0.0)], zero=100.0)
    >>> line([100, -300], Area(0, 0, 200, 100))
    Line(points=[(0.0, 0.0), (200.0, 100.0)], zero=25.0)
    >>> line([100], Area(0, 0, 200, 100)).points
    [(100.0, 0.0)]
    """
    numbers = vector("values", values).tolist()
    low, high = min([0.0, *numbers]), max([0.0, *numbers])
    if low == high:
        high = low + 1
    upright = Scale(low, high, area.bottom, area.top, ())
    gap = (area.right - area.left) / max(len(numbers) - 1, 1)
    first = area.left if len(numbers) > 1 else (area.left + area.right) / 2
    return Line(
        points=[
            (round(first + place * gap, DECIMALS), upright.at(number))
            for place, number in enumerate(numbers)
        ],
        zero=upright.at(0),
    )


def grid(columns: int, rows: int, area: Area) -> Grid:
    """Return where the cells of a table have their middles.

    :param columns, rows: how many there are, which share the area evenly

    >>> grid(4, 2, Area(100, 20, 300, 48))
    Grid(columns=[125.0, 175.0, 225.0, 275.0], rows=[27.0, 41.0])
    """
    return Grid(
        columns=_centers(area.left, area.right, columns),
        rows=_centers(area.top, area.bottom, rows),
    )


def stack(parts: ArrayLike, area: Area) -> list[Bar]:
    """Return bars that share the width as the parts share their sum.

    Of nothing there are bars without width.

    >>> [(bar.x, bar.width) for bar in stack([5, 3, 2], Area(0, 0, 200, 10))]
    [(0.0, 100.0), (100.0, 60.0), (160.0, 40.0)]
    """
    numbers = vector("parts", parts, minimum=0)
    total = numbers.sum() or 1.0
    width = area.right - area.left
    ends = [0.0, *(np.cumsum(numbers) / total).tolist()]
    return [
        _bar(
            area.left + begin * width,
            area.left + end * width,
            area.top,
            area.bottom,
            value,
        )
        for begin, end, value in zip(ends, ends[1:], numbers.tolist(), strict=False)
    ]


def gauge(value: float, limit: float, area: Area) -> tuple[Bar, float]:
    """Return how far something is used, and where its limit is.

    What is beyond the limit stays within the drawing.

    :param value: what is used; below zero is nothing
    :param limit: what there is, 0 or more

    >>> bar, limit = gauge(3, 4, Area(0, 0, 100, 10))
    >>> bar.width, limit
    (75.0, 100.0)
    >>> bar, limit = gauge(8, 4, Area(0, 0, 100, 10))
    >>> bar.width, limit
    (100.0, 50.0)
    """
    value, limit = vector("gauge", [value, limit]).tolist()
    most = max(value, limit, 0.0) or 1.0
    level = Scale(0.0, most, area.left, area.right, ())
    used = level.at(max(value, 0.0))
    bar = _bar(area.left, used, area.top, area.bottom, value)
    return bar, level.at(max(limit, 0.0))


def apart(
    places: tuple[float, float], sizes: tuple[float, float], area: Area, gap: float
) -> tuple[float, float]:
    """Return where two texts stand, each about its place, and none in the other.

    They are moved apart as far as needed, and both of them where one would leave the
    drawing.

    :param places: where the middle of each is to be, from left to right
    :param sizes: their lengths
    :param gap: what is between them at least

    >>> apart((30, 70), (20, 20), Area(0, 0, 100, 10), 4)
    (30.0, 70.0)
    >>> apart((50, 50), (20, 20), Area(0, 0, 100, 10), 4)
    (38.0, 62.0)
    >>> apart((95, 99), (20, 20), Area(0, 0, 100, 10), 4)
    (66.0, 90.0)
    """
    (low, high), (first, second) = places, sizes
    distance = (first + second) / 2 + gap
    missing = max(distance - (high - low), 0.0) / 2
    low, high = low - missing, high + missing
    # what leaves the drawing comes back, and pushes the other one
    high = min(high, area.right - second / 2)
    low = max(min(low, high - distance), area.left + first / 2)
    high = max(high, low + distance)
    return round(low, DECIMALS), round(high, DECIMALS)


def anchor(x: float, left: float, right: float, half: float) -> str:
    """Return which end of a text stands at x, so that it stays in the drawing.

    :param half: of the text's length, as drawn

    >>> [anchor(x, 0, 100, 20) for x in (5, 50, 95)]
    ['start', 'middle', 'end']
    """
    if x - half < left:
        return "start"
    if x + half > right:
        return "end"
    return "middle"


def _centers(start: float, end: float, count: int) -> list[float]:
    """Return the middles of as many slots as there are from start to end."""
    slot = (end - start) / max(count, 1)
    return [round(start + (place + 0.5) * slot, DECIMALS) for place in range(count)]


def _bar(x1: float, x2: float, y1: float, y2: float, value: float) -> Bar:
    (left, right), (top, bottom) = sorted((x1, x2)), sorted((y1, y2))
    return Bar(
        x=round(left, DECIMALS),
        y=round(top, DECIMALS),
        width=round(right - left, DECIMALS),
        height=round(bottom - top, DECIMALS),
        value=value,
    )
