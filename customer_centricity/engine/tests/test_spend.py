import mpmath
import numpy as np
import pytest
from engine.spend import SpendModel
from hypothesis import given, settings
from hypothesis import strategies as st


@pytest.fixture(scope="module")
def amounts(cdnow):
    return cdnow["frequency"].to_numpy(float), cdnow["mean_value"].to_numpy(float)


def test_published_fit(amounts):
    model = SpendModel().fit(*amounts)
    assert model.params == pytest.approx((6.2488, 3.7446, 15.4477), rel=1e-4)
    assert model.log_likelihood == pytest.approx(-4055.9232, abs=1e-3)
    assert model.status == "ok"


def test_likelihood_is_the_integral_over_spending_rates():
    """Of the mean of gamma amounts, one account at a time, written down anew."""
    p, q, v = 2.5, 3.2, 40.0
    rows = [(1, 12.0), (3, 30.0), (7, 21.0)]
    expected = 0
    for x, m in rows:

        def density(nu, x=x, m=m):
            shape, rate = p * x, nu * x
            own = rate**shape * m ** (shape - 1) * mpmath.exp(-rate * m)
            others = v**q * nu ** (q - 1) * mpmath.exp(-v * nu) / mpmath.gamma(q)
            return own / mpmath.gamma(shape) * others

        expected += mpmath.log(mpmath.quad(density, [0, 0.05, 0.2, 1, mpmath.inf]))
    from engine.spend import _Rows

    x, m = np.array(rows).T
    value = _Rows(x, m).log_likelihood(np.log([p, q - 1, v]))[0]
    assert value == pytest.approx(float(expected), rel=1e-8)


def test_derivatives(amounts):
    from engine.spend import _Rows

    x, m = (column[:200] for column in amounts)
    rows = _Rows(x[x > 0], m[x > 0])
    theta = np.log([5.0, 2.0, 20.0])
    _value, gradient, hessian = rows.log_likelihood(theta)
    for axis in range(3):
        step = np.zeros(3)
        step[axis] = 1e-5
        above, below = (
            rows.log_likelihood(theta + step),
            rows.log_likelihood(theta - step),
        )
        assert (above[0] - below[0]) / 2e-5 == pytest.approx(gradient[axis], abs=1e-4)
        assert (above[1] - below[1]) / 2e-5 == pytest.approx(hessian[axis], abs=1e-4)


def test_parameters_are_found_again():
    rng = np.random.default_rng(2)
    p, q, v, size = 3.0, 4.0, 60.0, 20_000
    x = rng.integers(1, 9, size)
    m = rng.gamma(p * x, 1 / (rng.gamma(q, 1 / v, size) * x))
    model = SpendModel().fit(x, m)
    apart = (np.array(model.params) - (p, q, v)) / model.standard_errors
    assert (np.abs(apart) < 4).all()
    assert abs(model.correlation) < 0.05


@settings(max_examples=20, deadline=None)
@given(st.floats(1e-3, 1e6))
def test_scaling_money_scales_values(amounts, factor):
    frequency, mean_value = (column[:300] for column in amounts)
    model = SpendModel().fit(frequency, mean_value)
    scaled = SpendModel().fit(frequency, mean_value * factor)
    assert scaled.expected_value(frequency, mean_value * factor) == pytest.approx(
        factor * model.expected_value(frequency, mean_value), rel=1e-6
    )


def test_one_time_buyers_get_the_mean_of_the_others(amounts):
    model = SpendModel().fit(*amounts)
    p, q, v = model.params
    values = model.expected_value([0, 0], [999, 0])
    assert values.tolist() == pytest.approx([p * v / (q - 1)] * 2)


@given(st.integers(1, 50), st.floats(0.01, 1e4))
def test_between_the_own_mean_and_the_portfolio_s(x, mean):
    model = SpendModel.from_parameters(6.0, 3.5, 15.0)
    value, common = model.expected_value([x, 0], [mean, 0])
    assert min(mean, common) <= value * (1 + 1e-9)
    assert value <= max(mean, common) * (1 + 1e-9)
    weight = model.own_weight([x])[0]
    assert value == pytest.approx(weight * mean + (1 - weight) * common)


@pytest.mark.filterwarnings("error")
@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 300), st.floats(0.01, 1e9)), min_size=0, max_size=60
    )
)
def test_any_portfolio_has_an_answer(rows):
    x, m = (list(column) for column in zip(*rows, strict=True)) if rows else ([], [])
    model = SpendModel().fit(x, m)
    values = model.expected_value(x, m)
    assert np.isfinite(values).all() and (values >= 0).all()
    if sum(count > 0 for count in x) < 10:
        assert model.status == "insufficient_data"


def test_amounts_that_are_all_equal():
    model = SpendModel().fit([3] * 30, [50] * 30)
    assert model.status == "boundary"
    assert model.expected_value([0, 3], [0, 50]) == pytest.approx([50, 50], rel=0.01)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (([1], [float("nan")]), "mean_value: row 0 is nan"),
        (([1, 2], [5, -1]), "mean_value: row 1 is -1.0, below 0"),
        (([1], [0]), "mean_value: row 0 is 0.0, though there are repeat purchases"),
        (([0.5], [5]), "frequency: row 0 is 0.5, not a whole number"),
        (([1, 2], [5]), "mean_value: expected 2 rows, got 1"),
    ],
)
def test_bad_input_names_field_and_row(columns, message):
    with pytest.raises(ValueError, match=message):
        SpendModel().fit(*columns)
    with pytest.raises(ValueError, match=message):
        SpendModel.from_parameters(6, 3, 15).expected_value(*columns)


def test_a_mean_must_exist():
    with pytest.raises(ValueError, match="q: 1 is not a number from"):
        SpendModel.from_parameters(6, 1, 15)
