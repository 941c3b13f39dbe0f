"""The purchase models against publications, integrals, many digits and simulation."""

import mpmath
import numpy as np
import pytest
from engine.backtest import naive_purchases, score
from engine.purchase_likelihood import Histories, Parameters, log_likelihood
from engine.purchases import PurchaseModel
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special

PUBLISHED = {
    "bg": (0.242593, 4.413531, 0.792886, 2.425756, -9582.4256),
    "mbg": (0.524838, 6.182988, 0.891356, 1.614000, -9582.1327),
}
# The one account of the reference, with the parameters it was published with
ACCOUNT = ([2], [30.43], [38.86])
REFERENCE = PurchaseModel.from_parameters("bg", 0.243, 4.414, 0.793, 2.426)


@pytest.mark.parametrize("kind", PUBLISHED)
def test_published_fits(kind, histories):
    model = PurchaseModel(kind).fit(*histories)
    assert model.params == pytest.approx(PUBLISHED[kind][:4], rel=1e-4)
    assert model.log_likelihood == pytest.approx(PUBLISHED[kind][4], abs=1e-3)
    assert model.status == "ok"


def test_published_account():
    assert REFERENCE.expected_purchases(39, *ACCOUNT)[0] == pytest.approx(
        1.2260281748, abs=1e-9
    )
    assert REFERENCE.probability_alive(*ACCOUNT)[0] == pytest.approx(
        0.7265785701, abs=1e-9
    )


@pytest.mark.parametrize("prior", [None, "default"])
@pytest.mark.parametrize("k", [1, 3])
def test_days_or_weeks(histories, prior, k):
    frequency, recency, age = histories
    gaps = frequency * np.log(np.maximum(recency, 1) / np.maximum(frequency, 1))
    weeks = PurchaseModel("mbg", k, prior).fit(frequency, recency, age, gaps)
    days = PurchaseModel("mbg", k, prior).fit(
        frequency, recency * 7, age * 7, gaps + frequency * np.log(7)
    )
    assert days.params.alpha == pytest.approx(7 * weeks.params.alpha, rel=1e-6)
    assert days.expected_purchases(
        39 * 7, frequency, recency * 7, age * 7
    ) == pytest.approx(weeks.expected_purchases(39, *histories), rel=1e-6)
    assert days.log_likelihood == pytest.approx(
        weeks.log_likelihood - frequency.sum() * np.log(7), abs=1e-4
    )


def test_order_of_rows_changes_nothing(histories):
    order = np.random.default_rng(1).permutation(histories[0].size)
    shuffled = [column[order] for column in histories]
    model = PurchaseModel().fit(*histories)
    other = PurchaseModel().fit(*shuffled)
    assert other.params == pytest.approx(model.params, rel=1e-7)
    assert other.expected_purchases(39, *shuffled) == pytest.approx(
        model.expected_purchases(39, *histories)[order], rel=1e-7
    )


@pytest.mark.parametrize(("kind", "k"), [("bg", 1), ("mbg", 1), ("mbg", 2), ("mbg", 5)])
def test_derivatives_are_those_of_the_likelihood(kind, k, histories):
    sample = Histories.of(*(column[:150] for column in histories), np.zeros(150))
    theta, once = np.log([0.6, 5.0, 0.8, 1.9]), int(kind == "mbg")

    def evaluate(theta):
        return log_likelihood(Parameters(*np.exp(theta)), once, k, sample)

    _value, gradient, hessian = evaluate(theta)
    for axis in range(4):
        step = np.zeros(4)
        step[axis] = 1e-5
        above, below = evaluate(theta + step), evaluate(theta - step)
        assert (above[0] - below[0]) / 2e-5 == pytest.approx(gradient[axis], abs=1e-4)
        assert (above[1] - below[1]) / 2e-5 == pytest.approx(hessian[axis], abs=1e-4)


@pytest.mark.parametrize("k", [1, 2, 3])
@pytest.mark.parametrize(("x", "recency", "age"), [(0, 0, 10), (1, 4, 10), (5, 6, 30)])
def test_likelihood_is_the_integral_over_rates_and_leaving(k, x, recency, age):
    """Erlang-k gaps and a chance p to leave after each purchase, written down anew."""
    r, alpha, a, b = 1.3, 4.0, 1.2, 2.1
    gaps = np.full(x, recency / x) if x else np.zeros(0)

    def density(p, rate):
        of_gaps = np.prod(rate**k * gaps ** (k - 1) * np.exp(-rate * gaps))
        of_gaps /= float(mpmath.factorial(k - 1)) ** x
        passed = rate * (age - recency)
        silent = sum(
            passed**j * np.exp(-passed) / float(mpmath.factorial(j)) for j in range(k)
        )
        likely = of_gaps * (1 - p) ** x * (p + (1 - p) * silent)
        prior = rate ** (r - 1) * np.exp(-alpha * rate) * alpha**r
        prior *= p ** (a - 1) * (1 - p) ** (b - 1)
        return likely * prior / float(mpmath.gamma(r) * mpmath.beta(a, b))

    expected = integrate.dblquad(density, 0, 25, 0, 1, epsabs=1e-12)[0]
    row = Histories.of(
        *(np.array([float(v)]) for v in (x, recency, age)),
        np.array([np.log(gaps).sum()]),
    )
    value = log_likelihood(Parameters(r, alpha, a, b), 1, k, row)[0]
    assert np.exp(value) == pytest.approx(expected, rel=2e-5)


def test_expected_purchases_against_high_precision():
    """At 40 digits: a near 1, a + b below 1 and hundreds of purchases included."""
    rng = np.random.default_rng(20)
    errors = []
    with mpmath.workdps(40):
        for case in range(200):
            r, a, b = 10 ** rng.uniform((-1.5, -1.5, -1.5), (1.5, 1, 1.5))
            if case % 4 == 0:
                a = 1 + rng.normal() * 10 ** rng.uniform(-12, -2)
            if case % 4 == 1:
                a, b = rng.uniform(0.05, 0.45, 2)
            alpha, age = 10 ** rng.uniform(-1, 2.5), 10 ** rng.uniform(-1, 3)
            horizon, x = 10 ** rng.uniform(-1, 3.2), int(10 ** rng.uniform(0, 2.8)) - 1
            # has just bought: whether it is still there is tested elsewhere
            recency = age if x else 0.0
            model = PurchaseModel.from_parameters("mbg", r, alpha, a, b)
            alive = model.probability_alive([x], [recency], [age])[0]
            ours = model.expected_purchases(horizon, [x], [recency], [age])[0] / alive
            errors.append(
                float(abs(ours / _alive(r, alpha, a, b, x, age, horizon) - 1))
            )
    assert np.quantile(errors, 0.999) < 1e-6


def test_expected_purchases_of_regular_buyers_against_high_precision():
    """Any k, either kind, any silence: phase by phase, at 40 digits."""
    rng = np.random.default_rng(21)
    errors = []
    while len(errors) < 80:
        k = int(rng.integers(1, 7))
        kind = "mbg" if k > 1 or rng.uniform() < 0.5 else "bg"
        r, a, b = 10 ** rng.uniform((-1.5, -1.5, -1.5), (1.5, 1, 1.5))
        alpha, age = 10 ** rng.uniform(-1, 2.5), 10 ** rng.uniform(-1, 3)
        horizon, x = 10 ** rng.uniform(-4, 3), int(10 ** rng.uniform(0, 2.5)) - 1
        recency = age * rng.uniform() if x else 0.0
        if (r + k * x + 50) * horizon / (alpha + age) > 500:
            continue  # too many phases to go through one by one
        model = PurchaseModel.from_parameters(kind, r, alpha, a, b, k)
        ours = model.expected_purchases(horizon, [x], [recency], [age])[0]
        with mpmath.workdps(40):
            exact = _by_phases(model, x, recency, age, horizon)
            if exact > 1e-250:  # floats end at 1e-308
                errors.append(float(abs(ours / exact - 1)))
    assert max(errors) < 1e-6


def _by_phases(model, x, recency, age, horizon):
    """The module's formula, summed over the phases to come without any shortcut."""
    r, alpha, a, b = map(mpmath.mpf, model.params)
    k = model.regularity
    once, shape = int(model.kind == "mbg"), r + k * x
    share = (mpmath.mpf(age) - recency) / (alpha + age)
    weights = [mpmath.rf(shape, j) / mpmath.fac(j) * share**j for j in range(k)]
    dead = mpmath.mpf(0)
    if x + once:
        dead = a / (b + x + once - 1) * ((alpha + age) / (alpha + recency)) ** shape
    z = horizon / (alpha + age + horizon)
    total = mpmath.mpf(0)
    for j, weight in enumerate(weights):
        chance, made, stay, due = (1 - z) ** (shape + j), 0, mpmath.mpf(1), 0
        for m in range(100_000):
            if (m + j) // k > due:
                due += 1
                made += stay
                stay *= (b + x + once + due - 1) / (a + b + x + once + due - 1)
            total += weight * chance * made
            if due > 2 * shape * z / (1 - z) / k and chance * due < 1e-15 * total:
                break
            chance *= (shape + j + m) / (m + 1) * z
    return total / (dead + sum(weights))


def _alive(r, alpha, a, b, x, age, horizon):
    """Mean over the rate and the leaving chance of what an active MBG account buys."""
    shape, end = mpmath.mpf(r) + x, mpmath.mpf(alpha) + age

    def rate(log_time):
        time = end * mpmath.expm1(log_time)
        mean = mpmath.hyp2f1(shape + 1, a, a + b + x + 1, -time / end)
        return shape / end * mean * (end + time)

    return mpmath.quad(rate, mpmath.linspace(0, mpmath.log1p(horizon / end), 3))


@pytest.mark.parametrize("k", [1, 2, 4])
def test_distribution_against_a_sum_in_high_precision(k):
    r, alpha, a, b, x, recency, age, horizon = 1.4, 9.0, 0.7, 2.2, 4, 50.0, 61.0, 80.0
    model = PurchaseModel.from_parameters("mbg", r, alpha, a, b, regularity=k)
    account = ([x], [recency], [age])
    chances = model.purchase_distribution(horizon, *account)[0]
    with mpmath.workdps(40):
        shape, share = r + k * x, (age - recency) / (alpha + age)
        weights = [mpmath.rf(shape, j) / mpmath.fac(j) * share**j for j in range(k)]
        z = horizon / (alpha + age + horizon)
        alive = mpmath.mpf(model.probability_alive(*account)[0])
        at_least = [mpmath.mpf(1)]
        for n in range(1, 200):
            stay = mpmath.beta(a, b + x + n) / mpmath.beta(a, b + x + 1)
            reached = sum(
                w * mpmath.betainc(n * k - j, shape + j, 0, z, regularized=True)
                for j, w in enumerate(weights)
            ) / sum(weights)
            at_least.append(alive * stay * reached)
    expected = -np.diff(np.array(at_least, dtype=float))
    assert chances == pytest.approx(expected[: chances.size], abs=1e-12)
    assert chances.sum() == pytest.approx(1, abs=1e-12)
    mean = float(sum(at_least[1:]))
    assert model.expected_purchases(horizon, *account)[0] == pytest.approx(mean)


@pytest.mark.parametrize("k", [1, 3])
def test_forecasts_against_simulation(k):
    """Accounts that buy and leave by chance: what those alike in the past do later."""
    rng = np.random.default_rng(7)
    size, age, horizon = 300_000, 30.0, 30.0
    rate, leave = rng.gamma(2.0, 1 / 6.0, size), rng.beta(0.8, 2.0, size)
    gaps = rng.gamma(k, 1 / rate[:, None], (size, 60))
    times = np.cumsum(gaps, axis=1)
    last = rng.geometric(leave)  # the first purchase, at time 0, is one of them
    made = np.arange(1, 61) < last[:, None]
    before = made & (times <= age)
    after = (made & (times > age) & (times <= age + horizon)).sum(axis=1)
    x = before.sum(axis=1)
    recency = np.where(x > 0, np.max(times * before, axis=1), 0)
    model = PurchaseModel.from_parameters("mbg", 2.0, 6.0, 0.8, 2.0, regularity=k)
    for count in (0, 2, 4):
        alike = x == count
        columns = (x[alike], recency[alike], np.full(alike.sum(), age))
        error = after[alike].std() / np.sqrt(alike.sum())
        assert model.expected_purchases(horizon, *columns).mean() == pytest.approx(
            after[alike].mean(), abs=4 * error
        )


@pytest.mark.parametrize("k", [1, 2, 3])
def test_regularity_and_parameters_are_found_again(k):
    rng = np.random.default_rng(k)
    size = 4000
    age = rng.uniform(50, 150, size)
    rate, leave = rng.gamma(1.5, 1 / 8.0, size) * k, rng.beta(1.0, 6.0, size)
    times = np.cumsum(rng.gamma(k, 1 / rate[:, None], (size, 200)), axis=1)
    made = np.arange(1, 201) < rng.geometric(leave)[:, None]
    made &= times <= age[:, None]
    x = made.sum(axis=1)
    recency = np.max(times * made, axis=1)
    gaps = np.diff(times, axis=1, prepend=0)
    log_gaps = np.where(made, np.log(gaps), 0).sum(axis=1)
    model = PurchaseModel("mbg", "auto").fit(x, recency, age, log_gaps)
    assert model.regularity == k
    # the rate was one of phases, k of which make a purchase
    truth = np.log([1.5, 8.0 / k, 1.0, 6.0])
    deviations = np.sqrt(np.diag(model.covariance))
    assert (np.abs(np.log(model.params) - truth) < 4 * deviations).all()


def test_standard_errors_cover_the_data_s_own_variation(histories):
    """Of fits to resampled customers: the bootstrap knows nothing of derivatives."""
    rng = np.random.default_rng(3)
    fits = []
    for _draw in range(60):
        rows = rng.integers(0, histories[0].size, histories[0].size)
        fits.append(PurchaseModel().fit(*(column[rows] for column in histories)).params)
    ratio = np.array(fits).std(axis=0) / PurchaseModel().fit(*histories).standard_errors
    assert ((ratio > 0.6) & (ratio < 1.6)).all()


@pytest.mark.parametrize(
    ("kind", "highest", "rmse", "bias"),
    [
        ("mbg", 0.766, 1.607, -0.162),
        ("bg", 0.787, 1.608, -0.121),
        (None, 1.025, 2.212, 0.557),  # the naive rate
    ],
)
def test_holdout(cdnow, histories, kind, highest, rmse, bias):
    """Thirty-nine weeks after thirty-nine weeks, as published."""
    forecast = naive_purchases(39, histories[0], histories[2])
    if kind:
        model = PurchaseModel(kind).fit(*histories)
        forecast = model.expected_purchases(39, *histories)
    found = score(cdnow["holdout"], forecast)
    assert found.mae <= highest
    assert found.rmse == pytest.approx(rmse, abs=1e-3)
    assert found.bias == pytest.approx(bias, abs=1e-3)


@pytest.mark.parametrize("prior", [None, "default"])
def test_intervals_cover_what_they_say(cdnow, histories, prior):
    """Randomised probability integral transform of what came."""
    model = PurchaseModel("mbg", 1, prior).fit(*histories)
    chances = model.purchase_distribution(39, *histories, maximum=60)
    below = np.cumsum(np.pad(chances, ((0, 0), (1, 0))), axis=1)
    rows, came = np.arange(len(cdnow)), cdnow["holdout"].to_numpy()
    share = np.random.default_rng(5).uniform(size=len(cdnow))
    place = below[rows, came] + share * chances[rows, came]
    covered = ((place > 0.1) & (place < 0.9)).mean()
    assert 0.74 <= covered <= 0.86


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kind", ["bg", "mbg"])
@pytest.mark.parametrize("prior", [None, "default"])
def test_any_small_portfolio_has_an_answer(histories, kind, prior):
    rng = np.random.default_rng(11)
    statuses = set()
    for _case in range(60):
        rows = rng.integers(0, histories[0].size, rng.integers(1, 500))
        some = [column[rows] for column in histories]
        gaps = some[0] * np.log(np.maximum(some[1], 1) / np.maximum(some[0], 1))
        auto = "auto" if kind == "mbg" else 1
        model = PurchaseModel(kind, auto, prior).fit(*some, gaps)
        statuses.add(model.status)
        _check_answers(model, some)
    assert {"ok", "insufficient_data"} <= statuses


DEGENERATE = {
    "nobody": ([], [], []),
    "one": ([0], [0], [0]),
    "no repeats": ([0] * 40, [0] * 40, list(range(40))),
    "all today": ([0] * 20, [0] * 20, [0] * 20),
    "all equal": ([3] * 50, [30] * 50, [40] * 50),
    "never gone": ([30] * 50, [40] * 50, [40] * 50),
    "thousands": ([5000] * 12, [990] * 12, [1000] * 12),
    "one giant": ([0] * 30 + [2000], [0] * 30 + [365], [365] * 31),
    "tiny times": ([1] * 40, [1e-6] * 40, [1e-5] * 40),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", DEGENERATE)
@pytest.mark.parametrize("prior", [None, "default"])
def test_any_odd_portfolio_has_an_answer(name, prior):
    columns = [np.array(column, dtype=float) for column in DEGENERATE[name]]
    for kind in ("bg", "mbg"):
        _check_answers(PurchaseModel(kind, 1, prior).fit(*columns), columns)


def _check_answers(model, columns):
    alive = model.probability_alive(*columns)
    assert ((alive >= 0) & (alive <= 1)).all()
    expected = model.expected_purchases(104, *columns)
    assert np.isfinite(expected).all() and (expected >= 0).all()
    assert np.isfinite(model.params).all() and np.isfinite(model.covariance).all()
    assert np.isfinite(model.log_likelihood)
    for draw in model.draws():
        assert np.isfinite(draw.expected_purchases(104, *columns)).all()


def test_the_shortest_of_horizons():
    """Shorter than a float can tell from nothing beside the age: no NaN."""
    columns = ([0, 3, 9], [0, 20, 100], [10, 100, 100])
    for k in (1, 2):
        model = PurchaseModel.from_parameters("mbg", 1, 1, 1, 1, regularity=k)
        assert model.expected_purchases(5e-324, *columns) == pytest.approx(0, abs=1e-99)
        assert model.expected_purchases(0, *columns).tolist() == [0, 0, 0]
        chances = model.purchase_distribution(0, *columns)
        assert chances[:, 0].tolist() == [1, 1, 1]
    model = PurchaseModel.from_parameters("mbg", 1, 1, 1, 1)
    # both ways to compute agree where one takes over from the other
    short, longer = (
        model.expected_purchases(horizon, *columns) / horizon
        for horizon in (1e-12, 1e-9)
    )
    assert short == pytest.approx(longer, rel=1e-6)


@pytest.mark.parametrize("k", [1, 3, 6])
def test_chances_are_incomplete_beta_functions(k):
    """Computed from sums of negative binomial chances, far faster."""
    rng = np.random.default_rng(k)
    for _case in range(40):
        r, alpha, a, b = 10 ** rng.uniform((-2, -2, -1, -1), (2, 3, 1, 1))
        x, age = rng.integers(0, 2000, 5).astype(float), rng.uniform(0, 900, 5)
        horizon, number = 10 ** rng.uniform(-3, 3.5), 60
        forecast = PurchaseModel.from_parameters("mbg", r, alpha, a, b, k)._forecast
        n, j = np.arange(1, number + 1)[:, None], np.arange(k)
        share = (horizon / (alpha + age + horizon))[:, None, None]
        expected = special.betainc(n * k - j, r + k * x[:, None, None] + j, share)
        expected *= forecast.chances_to_stay(number, x)[:, :, None]
        found = forecast.at_least(number, horizon, x, age)
        assert found == pytest.approx(expected, abs=1e-11)


def test_statuses(histories):
    few = [column[:9] for column in histories]
    assert PurchaseModel().fit(*few).status == "insufficient_data"
    assert PurchaseModel().fit(*histories).status == "ok"
    # everybody bought until the very end: the data alone know of no leaving
    stayers = np.full(200, 30.0), np.full(200, 39.9), np.full(200, 40.0)
    model = PurchaseModel().fit(*stayers)
    assert model.status == "no_churn_identified"
    assert model.params.a / (model.params.a + model.params.b) > 1e-4


shares = st.floats(0, 1)
parameters = st.tuples(*[st.floats(0.05, 8)] * 4)


@settings(max_examples=60, deadline=None)
@given(parameters, st.floats(1, 500), st.lists(shares, min_size=2, max_size=6))
def test_silence_makes_it_less_likely_that_an_account_is_alive(values, age, parts):
    model = PurchaseModel.from_parameters("mbg", *values)
    recency = np.sort(parts) * age
    alive = model.probability_alive(
        np.full(len(parts), 3), recency, np.full(len(parts), age)
    )
    assert (np.diff(alive) >= -1e-12).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 60), shares, st.floats(1, 60), st.floats(0.1, 200))
def test_more_purchases_never_lower_expected_purchases(x, share, age, horizon):
    """At equal share of recency and where the account has just bought.

    After a silence more purchases may well lower it: who bought weekly and has not
    for months is gone, who bought twice may come back.
    """
    model = PurchaseModel.from_parameters("mbg", *PUBLISHED["mbg"][:4])
    rows = [x, x + 1], [age * max(share, 0.9)] * 2, [age] * 2
    recent = [x, x + 1], [age] * 2, [age] * 2
    curve = model._forecast.expected(
        np.array([horizon]), *(np.array(column, float) for column in (rows[0], rows[2]))
    )[:, 0, 0]
    assert curve[1] >= curve[0] * (1 - 1e-9)  # of those still there, always
    bought = model.expected_purchases(horizon, *recent)
    assert bought[1] >= bought[0] * (1 - 1e-9)


@settings(max_examples=40, deadline=None)
@given(
    parameters, st.lists(st.floats(0, 300), min_size=2, max_size=5), st.integers(1, 3)
)
def test_curves_rise_and_are_the_expectations(values, horizons, k):
    model = PurchaseModel.from_parameters("mbg", *values, regularity=k)
    columns = ([0, 3, 9], [0, 20, 100], [10, 100, 100])
    horizons = sorted(horizons)
    curve = model.purchase_curve(horizons, *columns)
    assert (np.diff(curve, axis=1) >= -1e-9).all()
    for column, horizon in enumerate(horizons):
        assert model.expected_purchases(horizon, *columns) == pytest.approx(
            curve[:, column], rel=1e-6, abs=1e-12
        )


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (([1], [2], [-1]), "age: row 0 is -1.0, below 0"),
        (([1, 1], [2, 9], [5, 5]), "recency: row 1 is 9.0, beyond the age"),
        (([0], [2], [5]), "recency: row 0 is 2.0, above 0 without a repeat purchase"),
        (([1.5], [2], [5]), "frequency: row 0 is 1.5, not a whole number"),
        (([1], [float("nan")], [5]), "recency: row 0 is nan, not a finite number"),
        (([1], [2], [float("inf")]), "age: row 0 is inf, not a finite number"),
        (([1, 2], [2], [5]), "recency: expected 2 rows, got 1"),
        (([-1], [2], [5]), "frequency: row 0 is -1.0, below 0"),
    ],
)
def test_bad_histories_name_field_and_row(columns, message):
    with pytest.raises(ValueError, match=message):
        PurchaseModel().fit(*columns)
    with pytest.raises(ValueError, match=message):
        REFERENCE.expected_purchases(10, *columns)
    with pytest.raises(ValueError, match=message):
        REFERENCE.probability_alive(*columns)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: PurchaseModel("pareto"), "kind: 'pareto' is none of bg, mbg"),
        (lambda: PurchaseModel("mbg", 7), "regularity: 7 is not 1 to 6"),
        (lambda: PurchaseModel("bg", 2), "regularity: a 'bg' model"),
        (lambda: PurchaseModel(prior="flat"), "prior: 'flat' is not"),
        (lambda: PurchaseModel("mbg", "auto").fit([1], [1], [1]), "log_gaps: needed"),
        (lambda: REFERENCE.expected_purchases(-1, *ACCOUNT), "horizon: row 0 is -1"),
        (
            lambda: REFERENCE.purchase_distribution(9, *ACCOUNT, maximum=2.5),
            "maximum: row 0 is 2.5, not a whole",
        ),
        (
            lambda: REFERENCE.purchase_curve([1, 2], *ACCOUNT, weights=[[1]]),
            "weights: expected 2 rows",
        ),
        (
            lambda: PurchaseModel.from_parameters("bg", 1, 0, 1, 1),
            "alpha: 0 is not a number from",
        ),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
