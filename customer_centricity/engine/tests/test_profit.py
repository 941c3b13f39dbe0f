import numpy as np
import pytest
from engine.profit import ShrinkageModel, ratio_observations
from hypothesis import given, settings
from hypothesis import strategies as st

ratio = st.floats(-20, 20)


def test_ratios_by_hand():
    """Account 0: 30 of 100 and 50 of 100; account 1: 10 of 50 and a cost of 5 alone."""
    found = ratio_observations(
        [0, 0, 1, 1, 2], [30, 50, 10, 5, 7], [100, 100, 50, 0, 0], unit=100, size=4
    )
    assert found.count.tolist() == [2, 0.5, 0, 0]
    assert found.mean.tolist() == pytest.approx([0.4, 0.3, 0, 0])
    # 0.1 away each, weight 1; 0.2 against 0.3 with weight one half
    assert found.sum_of_squares.tolist() == pytest.approx([0.02, 0.005, 0, 0])
    assert found.observations.tolist() == [2, 1, 0, 0]


def test_shrinkage_by_hand():
    """(4 x 0.01 x 0.1 + 0.02 x 0.4) / (4 x 0.01 + 0.02) = 0.2"""
    model = ShrinkageModel.from_parameters(mu=0.4, within=0.02, between=0.01)
    assert model.expected([4], [0.1]).tolist() == pytest.approx([0.2])
    assert model.variance([4]).tolist() == pytest.approx([0.01 * 0.02 / 0.06])


def test_parameters_are_found_again():
    rng = np.random.default_rng(4)
    mu, within, between, size, months = 0.3, 0.04, 0.01, 3000, 8
    own = rng.normal(mu, between**0.5, size)
    of = np.repeat(np.arange(size), months)
    revenue = rng.uniform(20, 100, of.size)
    profit = revenue * rng.normal(own[of], np.sqrt(within * 100 / revenue))
    ratios = ratio_observations(of, profit, revenue, 100, size)
    model = ShrinkageModel().fit(*ratios)
    assert model.status == "ok"
    assert model.params.mu == pytest.approx(mu, abs=0.01)
    assert model.params.within == pytest.approx(within, rel=0.1)
    assert model.params.between == pytest.approx(between, rel=0.15)
    # shrunk ratios are closer to the truth than the accounts' own
    shrunk = model.expected(ratios.count, ratios.mean)
    assert ((shrunk - own) ** 2).mean() < 0.8 * ((ratios.mean - own) ** 2).mean()


def test_no_variances_are_more_likely():
    """The likelihood, written down anew, is nowhere higher around the fit."""
    rng = np.random.default_rng(9)
    n, z = rng.uniform(1, 9, 40), rng.normal(0.2, 0.3, 40)
    squares, times = rng.uniform(0, 0.5, 40), np.full(40, 4)
    mu, within, between = ShrinkageModel().fit(n, z, squares, times).params

    def likelihood(mu, within, between):
        total = 0
        for count, mean, square, observed in zip(n, z, squares, times, strict=True):
            spread = between + within / count
            total -= (observed - 1) / 2 * np.log(within) + square / (2 * within)
            total -= np.log(spread) / 2 + (mean - mu) ** 2 / (2 * spread)
        return total

    best = likelihood(mu, within, between)
    for step in (0.9, 0.97, 1.03, 1.1):
        assert likelihood(mu * step, within, between) <= best + 1e-9
        assert likelihood(mu, within * step, between) <= best + 1e-9
        assert likelihood(mu, within, between * step) <= best + 1e-9


@given(st.floats(0, 1000), ratio, ratio, st.floats(1e-6, 10), st.floats(0, 10))
def test_between_the_own_ratio_and_the_portfolio_s(count, own, mu, within, between):
    model = ShrinkageModel.from_parameters(mu, within, between)
    value = model.expected([count], [own])[0]
    assert min(own, mu) - 1e-9 <= value <= max(own, mu) + 1e-9
    assert model.expected([count], [own + 1])[0] >= value
    assert 0 <= model.variance([count])[0] <= between


@pytest.mark.filterwarnings("error")
@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.floats(-1e6, 1e6), st.floats(-1e3, 1e6)),
        max_size=80,
    )
)
def test_any_portfolio_has_an_answer(rows):
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    found = ratio_observations(*columns, unit=100, size=31)
    for column in found:
        assert np.isfinite(column).all()
    model = ShrinkageModel().fit(*found)
    assert np.isfinite(model.params).all()
    expected = model.expected(found.count, found.mean)
    assert np.isfinite(expected).all()
    assert np.isfinite(model.variance(found.count)).all()
    assert ((model.weight(found.count) >= 0) & (model.weight(found.count) <= 1)).all()


def test_losses_stay_losses():
    model = ShrinkageModel().fit([3] * 12, [-0.5] * 12, [0.1] * 12, [4] * 12)
    assert model.expected([3], [-0.5])[0] == pytest.approx(-0.5)


def test_few_accounts_are_believed_half():
    model = ShrinkageModel().fit([1, 1], [0.1, 0.3], [0, 0], [1, 1])
    assert model.status == "insufficient_data"
    assert model.weight([1]).tolist() == pytest.approx([0.5])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: ratio_observations([0, 5], [1, 1], [1, 1], 1, 2),
            "account: row 1 is 5, not below 2",
        ),
        (
            lambda: ratio_observations([0], [float("nan")], [1], 1, 1),
            "numerator: row 0 is nan",
        ),
        (lambda: ratio_observations([0], [1], [1], 0, 1), "unit: 0 is not"),
        (lambda: ShrinkageModel().fit([-1], [0], [0], [1]), "count: row 0 is -1.0"),
        (lambda: ShrinkageModel().fit([1], [0, 1], [0], [1]), "mean: expected 1 rows"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
