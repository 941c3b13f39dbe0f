"""What docs/strategy.md says in figures is what the engine does."""

import importlib
import re
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from engine import exchange, lifecycle, outcome

TEXT = (Path(__file__).parents[3] / "docs" / "strategy.md").read_text("utf-8")


def read_table(first_column):
    """Return the rows below a table's head, as lists of texts."""
    [table] = re.findall(
        rf"^\| {re.escape(first_column)} \|.*\n\|[- |]+\n((?:\|.*\n)+)", TEXT, re.M
    )
    return [
        [cell.strip() for cell in row.strip("|").split("|")]
        for row in table.splitlines()
    ]


def number(text):
    """Return a figure as written: 1,200 or 12% or nothing at all."""
    if not text:
        return np.nan
    if text.endswith("%"):
        return float(text[:-1]) / 100
    return float(text.replace(",", ""))


def columns(rows):
    return zip(*rows, strict=True)


@pytest.mark.parametrize(
    ("module", "name", "value"),
    re.findall(r"^\| `(\w+)\.([A-Z_]+)` \| ([\d.]+) \|", TEXT, re.M),
)
def test_constants(module, name, value):
    constant = getattr(importlib.import_module(f"engine.{module}"), name)
    assert str(constant) == value


def test_constants_are_found():
    assert len(re.findall(r"^\| `", TEXT, re.M)) == 25


def test_order_of_stages():
    # an account for which all that follows is true, too, is in the first of them
    told = [row[0] for row in read_table("stage")]
    assert sorted(told) == sorted(name.replace("_", " ") for name in lifecycle.STAGES)
    terms = lifecycle.Terms(today=1000, before_start=0, start=365, end=730)
    never = np.nan
    found = lifecycle.stages(
        first_order=[never, 600, 700, 700, 700, 200, 200],
        last_order=[never, 600, 800, 990, 990, 990, 990],
        returned=[never, never, 800, 990, never, never, never],
        orders=[0, 1, 9, 9, 9, 9, 9],
        gap=[0, 0, 40, 40, 40, 40, 40],
        variation=[0.3] * 7,
        revenue=[0, 0, 500, 500, 500, 500, 100],
        previous_revenue=[0, 0, 10, 10, 10, 100, 100],
        terms=terms,
    )
    assert [lifecycle.STAGES[code].replace("_", " ") for code in found] == told


def test_usual_silence():
    orders, gap, variation, days = columns(read_table("orders"))
    np.testing.assert_allclose(
        lifecycle.usual_silence(
            [int(count) for count in orders],
            [number(text) for text in gap],
            [number(text) for text in variation],
        ),
        [number(text) for text in days],
    )


def test_balance():
    sides, _names, *cells, points, weight = columns(read_table("side"))
    value, low, high = ([number(text) for text in column] for column in cells)
    points, weight = map(number, points), map(number, weight)
    points, weight = np.array(list(points)), np.array(list(weight))
    is_measured = ~np.isnan(value)
    np.testing.assert_allclose(
        exchange.scores(*(np.array(part)[is_measured] for part in (value, low, high))),
        points[is_measured],
    )
    means = exchange.weighted_means(
        points, weight, [side == "we get" for side in sides], 2
    )
    told = re.search(
        r"= ([\d.]+), we get .* = ([\d.]+) points, and the\nbalance is ([-\d.]+): "
        r"\*We give more\*",
        TEXT,
    )
    give, get, balance = map(float, told.groups())
    np.testing.assert_allclose(
        [*means, means[1] - means[0]], [give, get, balance], atol=5e-3
    )
    assert exchange.verdicts(means[:1], means[1:]) == ["gives_more"]


def test_way_to_a_target():
    rows = read_table("measured on")
    days, value, line, done, over, told = columns(rows)
    days = np.array([datetime.strptime(day, "%d %B %Y").toordinal() for day in days])
    value = np.array([number(text) for text in value])
    count = len(rows)
    start, due = np.full(count, days[0]), np.full(count, days[-1] - 1)
    baseline, target = np.full(count, 0.24), np.full(count, 0.18)
    elapsed = outcome.elapsed(start, due, days)
    progress = outcome.progress(baseline, target, value)
    expected = outcome.expected(baseline, target, elapsed)
    states = outcome.states(baseline, target, value, elapsed)
    np.testing.assert_allclose(progress, [number(text) for text in done], atol=1e-9)
    np.testing.assert_allclose(expected, [number(text) for text in line], atol=5e-4)
    np.testing.assert_allclose(
        elapsed[:-1], [number(text) for text in over[:-1]], atol=5e-3
    )
    assert over[-1] == "over" and elapsed[-1] > 1
    assert [state.replace("_", " ") for state in states] == list(told)


def test_results():
    rows = read_table("outcomes, with the way done")
    for outcomes, told, _why in rows:
        states, progress = columns(one.split() for one in outcomes.split(", "))
        result = outcome.result(states, [number(text) for text in progress])
        assert told == {"partly": "partly reached"}.get(result, result)
