"""The examples of docs/method.md are what the engine computes."""

import re
from datetime import datetime
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from documented import ADDON, Document, columns, number, numbers
from engine import (
    acquisition,
    backtest,
    contracts,
    grouping,
    lifetime_value,
    lookalike,
    movement,
    portfolio,
    profit,
    purchases,
    quality,
    select,
    spend,
    transactions,
    uncertainty,
)
from engine.expectation import Expectation
from engine.learnt import Learnt
from engine.observation import NUMBERS
from engine.settings import Settings
from scipy import special

DOCUMENT = Document("method")
read_table = DOCUMENT.read_table

# What the page says of the portfolio of its examples, where it says it
BUYING = {"r": 0.8, "alpha": 120, "a": 0.5, "b": 4}
SPENDING = {"p": 6, "q": 4, "v": 150}
MARGIN = {"mu": 0.4, "within": 0.02, "between": 0.01}
SERVING = {"mu": 0.1, "within": 0.01, "between": 0.01}
RENEWING = {"alpha": 1, "beta": 4}


def known(text):
    """Return a figure, 0 where the page leaves it out."""
    return number(text or "0")


def told(text, digits=None):
    """Return half a unit of the last digit that a figure is written with."""
    decimals = len(text.rstrip("%").partition(".")[2])
    return 0.5 * 10.0**-decimals / (100 if text.endswith("%") else 1) + 1e-12


def check(found, texts):
    """Compare figures with what is written, to the last digit that is written."""
    for one, text in zip(np.atleast_1d(found), texts, strict=True):
        assert abs(one - number(text)) <= told(text), (one, text)


def test_portfolio_of_the_examples():
    # the constants above are those of the page
    for values, words in (
        (BUYING, "With r = 0.8,\nalpha = 120, a = 0.5 and b = 4, in days:"),
        (SPENDING, "With p = 6, q = 4 and v = 150 "),
        (MARGIN, "With mu = 40%, W = 0.02 and A = 0.01:"),
        (SERVING, "whom serving is learnt with mu = 10%, W = 0.01 and A = 0.01;"),
        (RENEWING, "With alpha = 1 and beta = 4:"),
    ):
        assert words in DOCUMENT.text
        found = re.findall(r"= ([\d.]+%?)", words)
        assert numbers(found) == list(values.values())


def test_every_module_is_told():
    names = {
        name
        for first, *_others in read_table("module of the engine")
        for name in re.findall(r"`(\w+)`", first)
    }
    modules = {path.stem for path in (ADDON / "engine").glob("*.py")}
    assert names == modules - {"__init__"}


def test_acquisition():
    months, shares = columns(read_table("month after the first order"))
    found = acquisition.monthly_shares(1000, 12, np.array(numbers(months)) - 1)
    check(found, shares)
    assert round(acquisition.monthly_shares(1000, 12, range(12)).sum(), 6) == 1000
    value, cost, times = columns(read_table("lifetime value"))
    check(acquisition.return_on_acquisition(numbers(value), numbers(cost)), times)


def test_results():
    revenue, earned, result = columns(read_table("revenue of the window"))
    found = portfolio.results(numbers(revenue), numbers(earned), 0.02)
    assert [one.replace("_", " ") for one in found] == list(result)


def test_value_bands():
    value, bands = columns(read_table("value of an account"))
    names = ("none", "small", "medium", "large", "major")
    found = portfolio.value_bands(numbers(value))
    assert [names[band] for band in found] == list(bands)


def read_tiers():
    """Return the tiers as installed, names and rules."""
    data = ElementTree.parse(ADDON / "data" / "customer_tier_data.xml")
    names, rules = [], []
    for record in data.iter("record"):
        fields = {field.get("name"): field.text for field in record.iterfind("field")}
        names.append(fields["name"])
        rate = float(fields.get("threshold_rate") or 0)
        rules.append(portfolio.TierRule(fields["rule_type"], rate))
    return names, rules


def test_tiers_and_borders():
    names, rules = read_tiers()
    texts, before, tier = columns(read_table("value, most first"))
    value = np.array(numbers(texts))
    assert [names[index] for index in portfolio.tiers(value, rules)] == list(tier)
    made = np.cumsum(np.maximum(value, 0)) - np.maximum(value, 0)
    check(made[:-1] / value[value > 0].sum(), before[:-1])
    borders = portfolio.borders(value, rules, band=0.05)
    assert [border.lowest for border in borders] == [50000, 30000, 15000, 0, 0]
    assert borders[3].width == borders[4].width == 1125
    value, old, new = columns(read_table("value now"))
    old = [names.index(name) for name in old]
    found = portfolio.damped_tiers(numbers(value), old, borders)
    assert [names[index] for index in found] == list(new)


def test_whale_curve():
    _rank, earned, added = columns(read_table("account, by profit"))
    curve = portfolio.whale_curve(numbers(earned))
    check(curve.cumulative_profit[1:], added)
    assert (curve.peak, curve.peak_account_share) == (1200, 0.8)
    assert curve.peak - curve.total == 200
    assert portfolio.concentration(numbers(earned), 0.2) == 0.6


def test_gini():
    for profits, told_gini in read_table("profits"):
        check(portfolio.gini(numbers(profits.split(", "))), [told_gini])


def test_reasons_of_movements():
    *texts, went, because = columns(read_table("profit of an order, before"))
    before_after = [numbers(column) for column in texts]
    names = ("order_profit", "expected_orders", "probability_alive")
    before, after = (
        dict(zip(names, before_after[start::2], strict=True)) for start in (0, 1)
    )
    direction = [{"up": 1, "down": -1}[word] for word in went]
    assert movement.reasons(before, after, direction).tolist() == list(because)


def test_quality():
    for worth, weights, doubt, grade in read_table("worth of the findings, of 100,000"):
        shares = quality.shares(numbers(worth.split(", ")), 100_000)
        found = quality.doubt(shares, numbers(weights.split(", ")))
        check(found, [doubt])
        assert quality.grade(found).upper() == grade


def test_history():
    rows = read_table("document")
    names, days, amounts, reverses = columns(rows)
    frame = pd.DataFrame(
        {
            "account": 1,
            "date": [datetime.strptime(day, "%d %B %Y") for day in days],
            "amount": numbers(amounts),
            "document": names,
            "reverses": [name or None for name in reverses],
        }
    )
    history = transactions.purchase_history(frame, "2025-06-01")
    [row] = read_table("repeat orders x")
    fields = ("frequency", "recency", "age", "mean_gap", "gap_variation", "mean_value")
    check(history[list(fields)].to_numpy()[0], row)
    assert history["credit"].tolist() == [150]
    assert history["first_value"].tolist() == [1000]


def closed_form(horizon, x, t, age):
    """Return the orders to come by the closed form of MBG/NBD, as on the page."""
    r, alpha, a, b = BUYING.values()
    left = a / (b + x) * ((alpha + age) / (alpha + t)) ** (r + x)
    series = special.hyp2f1(
        r + x, b + x + 1, a + b + x, horizon / (alpha + age + horizon)
    )
    rest = ((alpha + age) / (alpha + age + horizon)) ** (r + x) * series
    return (a + b + x) / (a - 1) * (1 - rest) / (1 + left)


@pytest.mark.parametrize("row", read_table("k"))
def test_orders_to_come(row):
    k, x, t, age = numbers(row[:4])
    model = purchases.PurchaseModel.from_parameters("mbg", **BUYING, regularity=int(k))
    alive = model.probability_alive([x], [t], [age])
    horizons = (lifetime_value.month_ends(60)[11], lifetime_value.month_ends(60)[59])
    expected = [
        model.expected_purchases(horizon, [x], [t], [age])[0] for horizon in horizons
    ]
    check([*alive, *expected], row[4:])
    if k == 1:
        closed = [closed_form(horizon, x, t, age) for horizon in horizons]
        np.testing.assert_allclose(expected, closed, rtol=1e-7)
    # the orders to come are the sum of the probabilities of n or more
    chances = model.purchase_distribution(horizons[0], [x], [t], [age], maximum=400)
    np.testing.assert_allclose(
        chances[0, ::-1].cumsum()[::-1][1:].sum(), expected[0], rtol=1e-3
    )


def test_money_of_an_order():
    model = spend.SpendModel.from_parameters(**SPENDING)
    repeats, mean, weight, value = columns(read_table("repeat orders"))
    repeats, mean = list(map(known, repeats)), list(map(known, mean))
    check(model.own_weight(repeats), weight)
    check(model.expected_value(repeats, mean), value)


def test_what_remains():
    model = profit.ShrinkageModel.from_parameters(**MARGIN)
    months, own, weight, expected = columns(read_table("months seen"))
    months, own = list(map(known, months)), list(map(known, own))
    check(model.weight(months), weight)
    check(model.expected(months, own), expected)


def test_discount():
    months, worth = columns(read_table("month"))
    factors = lifetime_value.discount_factors(60, 0.1)
    check([factors[int(month) - 1] for month in months], worth)


def observed(row):
    """Return what a customer of the page brings to a valuation."""
    _name, x, t, age, variation, mean, seen, margin, serving = row
    x, t, age, seen = map(known, (x, t, age, seen))
    given = {
        "occasions": x + 1,
        "frequency": x,
        "recency": t,
        "age": age,
        "mean_gap": t / x if x else 0,
        "gap_variation": known(variation),
        "seasons": 1,
        "season_days": 360,
        "mean_value": known(mean),
        "first_value": 500,
        "margin_count": seen,
        "margin_mean": number(margin),
        "serving_count": seen,
        "serving_mean": number(serving),
        "revenue": 1000,
        "profit": 100,
        "orders": x + 1,
        "orders_ever": x + 1,
    }
    return {name: float(given.get(name, 0)) for name in NUMBERS} | {"method": ""}


def test_values():
    customers = read_table("customer")
    buying = purchases.PurchaseModel.from_parameters("mbg", **BUYING)
    learnt = Learnt(
        method="probabilistic",
        purchase_model=buying,
        spend_model=spend.SpendModel.from_parameters(**SPENDING),
        margin_model=profit.ShrinkageModel.from_parameters(**MARGIN),
        serving_model=profit.ShrinkageModel.from_parameters(**SERVING),
        contract_model=contracts.ContractModel.from_parameters(**RENEWING),
        ratio_unit=400.0,
        model_weight=1.0,
        holdout=365.0,
        common_error=0.1,
        draws=[buying],
    )
    settings = Settings(end=730, months=60, yearly_rate=0.1).settled(730, 400)
    frame = pd.DataFrame([observed(row) for row in customers])
    found = Expectation(frame, settings, learnt).frame()
    names = (
        *("expected_orders", "order_value", "margin", "serving", "order_profit"),
        *("discount", "value", "low", "high"),
    )
    for (name, *_others), (told_name, method, *texts), valued in zip(
        customers, read_table("customer valued"), found.to_dict("records"), strict=True
    ):
        assert (name, method) == (told_name, valued["method"])
        check([valued[column] for column in names], texts)


def test_plain_rule():
    rows = read_table("profit of the window")
    for earned, orders, ever, years, ahead, value in map(numbers, rows):
        each, rhythm = lifetime_value.occasions([earned], [orders], [ever], years)
        assert lifetime_value.plain_value(each, rhythm, ahead).tolist() == [value]


def test_contracts():
    model = contracts.ContractModel.from_parameters(**RENEWING)
    renewal, renewed, still = columns(read_table("renewal"))
    check(model.retention(numbers(renewal)), renewed)
    check(model.survival(numbers(renewal)), still)
    [expected] = re.findall(r"Of these, ([\d.]+) renewals are expected", DOCUMENT.text)
    check(model.expected_renewals([0], 2), [expected])
    *given, there = columns(read_table("renewals so far"))
    check(model.probability_alive(*map(numbers, given)), there)


def test_total_interval():
    for total, count, error, *ends in read_table("total value"):
        variances = [1000.0**2] * int(number(count))
        found = uncertainty.total_interval(number(total), variances, number(error))
        check(found, ends)


def test_scores():
    for _name, forecast, came, *figures in read_table("forecast"):
        found = backtest.score(numbers(came.split(", ")), numbers(forecast.split(", ")))
        check([found.mae, found.rmse, found.bias], figures)
    assert uncertainty.COMMON_ERROR == 0.25 and "(25% where" in DOCUMENT.text
    assert backtest.MAE_TOLERANCE == 1.005


def test_choice_of_method():
    for asked, orders, months, needed, status, test, method, because in read_table(
        "asked for"
    ):
        report = backtest.Backtest(None, 90.0, 100, grade=test)
        choice = select.choose_method(
            asked,
            *map(number, (orders, months, needed)),
            status.replace(" ", "_"),
            report,
        )
        assert (choice.method, choice.code.replace("_", " ")) == (method, because)


def test_grouping():
    spent, told_sizes = columns(read_table("spend"))
    check(np.arcsinh(np.array(numbers(spent)) / 3000), told_sizes)
    assert np.median([number(text) for text in spent if text != "0"]) == 3000
    for first, second, share in read_table("first grouping"):
        labels = [
            np.array(["ab".index(name) for name in text.split(", ")])
            for text in (first, second)
        ]
        check(grouping.agreement(*labels), [share])


def test_weights_of_lookalikes():
    *given, weight = columns(read_table("accounts with the value"))
    check(lookalike.weights(*map(numbers, given)), weight)
    assert (lookalike.SHRINKAGE, lookalike.LEAST_ACCOUNTS) == (5, 3)


def test_scores_of_lookalikes():
    for evidence, slope, score in read_table("evidence"):
        found = lookalike.scores([number(evidence)], [True], number(slope))
        assert found.tolist() == [int(score)]


def test_worth_of_lookalikes():
    for picked, others, chance in read_table("picked"):
        check(lookalike.chance_of(int(picked), int(others)), [chance])
    assert (lookalike.CHANCE_ERRORS, lookalike.LEAST_EXAMPLES) == (1.96, 10)
