"""What the docs say of strategy and decisions in figures is what the engine does."""

import re
from datetime import datetime
from xml.etree import ElementTree

import numpy as np
import pytest
from documented import ADDON, Document, columns, constant_of, number, numbers
from engine import decision, effect, exchange, lifecycle, outcome, service

DOCUMENT = Document("strategy", "decisions")
TEXT, read_table = DOCUMENT.text, DOCUMENT.read_table


@pytest.mark.parametrize(("module", "name", "value"), DOCUMENT.read_constants())
def test_constants(module, name, value):
    assert str(constant_of(module, name)) == value


def test_constants_are_found():
    assert DOCUMENT.count_constants() == 31


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


def test_included_hours():
    hours, included, watched, told = columns(read_table("hours"))
    codes = service.hours_statuses(
        numbers(hours), numbers(included), [text == "yes" for text in watched]
    )
    assert [service.STATUSES[code] for code in codes] == list(told)


def read_rungs():
    """Return the ladder as it is installed: {name: {field: text}}, from the top."""
    data = ElementTree.parse(ADDON / "data" / "customer_decision_rung_data.xml")
    rungs = []
    for record in data.iter("record"):
        fields = record.iterfind("field")
        rungs.append(
            {field.get("name"): field.text or field.get("eval") for field in fields}
        )
    rungs.sort(key=lambda rung: int(rung["sequence"]))
    return {rung["name"]: rung for rung in rungs}


# The columns of the ladder, and what the ladder has where nothing is said
ASSUMPTIONS = {
    "price_rate": 0,
    "acceptance_rate": 1,
    "hours_saved_rate": 0,
    "cost_kept_rate": 0,
    "serving_saved_rate": 0,
    "other_saved_rate": 0,
    "commission_rate": 0,
    "switch_hours": 0,
}


def test_ladder():
    rows = read_table("rung")
    rungs = read_rungs()
    assert [row[0] for row in rows] == list(rungs)
    for name, *assumptions, approval in rows:
        rung = rungs[name]
        assert approval == rung.get("approval", "manager")
        assert "hour_price_rate" not in rung and "is_automatic" not in rung
        np.testing.assert_allclose(
            numbers(assumptions),
            [float(rung.get(field, usual)) for field, usual in ASSUMPTIONS.items()],
        )


def what_if_of_ladder(**changed):
    """Return what the options of the example come to, in the order of the ladder."""
    rungs = read_rungs().values()
    figures = decision.Figures(
        *([amount] * len(rungs) for amount in (9000, 4000, 5000, 500, 700, 100)),
        value=-4800,
        years=4,
    )
    table = {
        field: np.array([float(rung.get(field, usual)) for rung in rungs])
        for field, usual in ASSUMPTIONS.items()
    }
    terms = decision.Terms(
        **{
            field.removesuffix("_rate"): column
            for field, column in table.items()
            if field != "switch_hours"
        },
        handed_on=[rung["kind"] == "subcontract" for rung in rungs],
        switch_cost=decision.cost_of_hours(5000, 100, table["switch_hours"]),
    )
    return decision.what_if(figures, terms._replace(**changed))


def test_years_in_a_value():
    expected, discount, orders, window, horizon, told = map(
        numbers, columns(read_table("expected orders"))
    )
    found = [
        decision.years_worth([one[0]], [one[1]], [one[2]], *one[3:]).item()
        for one in zip(expected, discount, orders, window, horizon, strict=True)
    ]
    np.testing.assert_allclose(found, told)


def test_options_of_the_example():
    names, *told = columns(read_table("option"))
    assert list(names) == list(read_rungs())
    change, staying, leaving, profit, profit_gain, value, value_gain = map(
        numbers, told
    )
    found = what_if_of_ladder()
    # nobody stays when the relation ends: nothing is told of it
    assert np.isnan([change[-1], staying[-1]]).all()
    np.testing.assert_allclose(sum(found.changes.values())[:-1], change[:-1])
    np.testing.assert_allclose(found.staying[:-1], staying[:-1])
    np.testing.assert_allclose(found.leaving, leaving, atol=1e-9)
    np.testing.assert_allclose(found.profit, profit)
    np.testing.assert_allclose(found.profit_gain, profit_gain, atol=1e-9)
    np.testing.assert_allclose(found.value, value)
    np.testing.assert_allclose(found.value_gain, value_gain, atol=1e-9)


def test_options_without_cost_kept():
    names, *told = columns(read_table("option, no cost kept"))
    assert list(names) == list(read_rungs())
    found = what_if_of_ladder(cost_kept=0)
    for column, figures in zip(
        told, (found.profit, found.value, found.value_gain), strict=True
    ):
        np.testing.assert_allclose(figures, numbers(column), atol=1e-9)


def test_best_option():
    places = ("the first", "the second", "the third", "the fourth", "the fifth")
    for texts, told in read_table("value gained, from mild to hard"):
        gains = numbers(texts.split(", "))
        count = len(gains)
        chosen = decision.best(gains, [1] * count, [True] * count)
        assert [places[row] for row in np.flatnonzero(chosen)] == [told]


def test_guards():
    # the labels are those of the list of what waits
    steps = {"propose": "the proposal", "apply": "the automatic approval"}
    held_up = [row[-1] for row in read_table("guard")]
    guards = constant_of("customer_account_guard", "GUARDS")
    assert held_up == [
        " and ".join(steps[step] for step in held) for held in guards.values()
    ]


def test_measured_effect():
    table = [numbers(column) for column in columns(read_table("before"))]
    *own, count, change, fallen, their_revenue = table[:10]
    found = effect.measure(
        effect.Own(*own), effect.Peers(count, change, fallen, their_revenue)
    )
    np.testing.assert_allclose(list(found), table[10:])
    # three months of the first line, a year
    assert effect.a_year([found.effect[0]], [3]).tolist() == [1200]
    assert effect.PEER_REVENUE == (0.5, 2.0)
