import numpy as np
import pytest
from engine.contracts import ContractModel, is_contract_like
from hypothesis import given
from hypothesis import strategies as st

REGULAR = [1000, 631, 468, 382, 326, 289, 262, 241]
HIGH_END = [1000, 869, 743, 653, 593, 551, 517, 491]
positive = st.floats(0.05, 20)


@pytest.mark.parametrize(
    ("survivors", "params", "log_likelihood", "lifetime"),
    [
        (REGULAR, (0.7041, 1.1820), -1680.265, 2.964399),
        (HIGH_END, (0.6681, 3.8061), -1611.158, 5.414479),
    ],
)
def test_published_fits(survivors, params, log_likelihood, lifetime):
    model = ContractModel().fit(survivors)
    assert model.params == pytest.approx(params, rel=1e-4)
    assert model.log_likelihood == pytest.approx(log_likelihood, abs=1e-3)
    assert model.residual_lifetime(0, 0.1)[0] == pytest.approx(lifetime, rel=1e-6)
    assert model.status == "ok"


@given(positive, positive, st.integers(0, 30), st.floats(0.05, 0.5))
def test_residual_lifetime_is_the_sum_of_its_renewals(alpha, beta, made, rate):
    model = ContractModel.from_parameters(alpha, beta)
    total, stay = 0.0, 1.0
    for ahead in range(400):
        n = made + 1 + ahead
        stay *= (beta + n - 1) / (alpha + beta + n - 1)
        total += stay / (1 + rate) ** ahead
    assert model.residual_lifetime(made, rate)[0] == pytest.approx(total, rel=1e-6)


def test_residual_lifetime_without_discount():
    model = ContractModel.from_parameters(3.0, 5.0)
    # sum over n of S(n): a telescoping sum, 5 / 2 by hand
    assert model.residual_lifetime([0], 0)[0] == pytest.approx(2.5)
    total = model.survival(np.arange(1, 20_000)).sum()
    assert total == pytest.approx(2.5, rel=1e-3)
    with pytest.raises(ValueError, match="worth infinitely much"):
        ContractModel.from_parameters(0.9, 5.0).residual_lifetime([0], 0)


@given(positive, positive, st.integers(0, 20), st.integers(0, 40))
def test_expected_renewals_are_ratios_of_survivors(alpha, beta, made, periods):
    model = ContractModel.from_parameters(alpha, beta)
    survivors = model.survival(np.arange(made, made + periods + 1))
    expected = (survivors[1:] / survivors[0]).sum()
    assert model.expected_renewals([made], periods)[0] == pytest.approx(expected)


def test_a_part_of_a_period_counts_in_part():
    model = ContractModel.from_parameters(1.0, 4.0)
    one, half, two = model.expected_renewals([0, 0, 0], [1, 1.5, 2])
    assert one == pytest.approx(4 / 5)
    assert half == pytest.approx((one + two) / 2)


def test_retention_rises():
    model = ContractModel.from_parameters(0.7, 1.2)
    assert (np.diff(model.retention(range(1, 30))) > 0).all()
    assert model.survival([0])[0] == 1


def test_single_lives_are_fitted_like_their_cohort():
    """1,000 accounts of a cohort, told one by one; the prior weighs next to nothing."""
    renewals, ended = [], []
    for time, (before, after) in enumerate(zip(REGULAR, REGULAR[1:], strict=False)):
        renewals += [time] * (before - after)
        ended += [True] * (before - after)
    renewals += [7] * REGULAR[-1]
    ended += [False] * REGULAR[-1]
    cohort = ContractModel().fit(REGULAR)
    single = ContractModel().fit_lifetimes(renewals, ended)
    assert single.params == pytest.approx(cohort.params, rel=0.03)


def test_renewals_that_brought_an_account_here_are_no_evidence():
    """Of those met after three renewals half left at the next."""
    renewals, ended = [3, 4] * 200, [True, False] * 200
    aware = ContractModel().fit_lifetimes(renewals, ended, known_from=3)
    naive = ContractModel().fit_lifetimes(renewals, ended)
    assert aware.retention([4])[0] == pytest.approx(0.5, abs=0.03)
    assert naive.retention([4])[0] > 0.6


@given(
    positive,
    positive,
    st.integers(0, 30),
    st.floats(1, 400),
    st.floats(0, 100),
    st.lists(st.floats(0, 2000), min_size=2, max_size=6),
)
def test_silence_makes_it_less_likely_that_an_account_is_alive(
    alpha, beta, made, gap, deviation, silences
):
    model = ContractModel.from_parameters(alpha, beta)
    silences = sorted(silences)
    alive = model.probability_alive(
        [made] * len(silences), silences, [gap] * len(silences), deviation
    )
    assert ((alive >= 0) & (alive <= 1)).all()
    assert (np.diff(alive) <= 1e-12).all()


def test_who_has_just_renewed_is_a_customer():
    model = ContractModel.from_parameters(0.7, 1.2)
    alive = model.probability_alive([4] * 4, [0, 20, 33, 60], [30] * 4, [2] * 4)
    assert alive[0] == 1 and alive[1] > 0.99
    assert 0.05 < alive[2] < 0.6 and alive[3] < 1e-6


@pytest.mark.parametrize(
    "survivors", [[], [0], [5], [5, 5, 5], [5, 0], [20, 0], [20, 20]]
)
def test_thin_cohorts_have_an_answer(survivors):
    model = ContractModel().fit(survivors)
    assert np.isfinite(model.params).all()
    if len(survivors) < 2 or survivors[0] < 10 or survivors[-1] == survivors[0]:
        assert model.status == "insufficient_data"


def test_contract_like():
    found = is_contract_like([4, 3, 30, 30], [0.34, 0.0, 0.35, 0.2])
    assert found.tolist() == [True, False, False, True]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ContractModel().fit([5, 6]), "survivors: row 1 is 6.0, more than"),
        (lambda: ContractModel().fit([5, 4.5]), "survivors: row 1 is 4.5, not a whole"),
        (
            lambda: ContractModel().fit_lifetimes([1, 2], [True]),
            "ended: expected 2 rows, got 1",
        ),
        (
            lambda: ContractModel().fit_lifetimes([1], [True], [2]),
            "known_from: row 0 is 2.0, above the renewals",
        ),
        (
            lambda: ContractModel.from_parameters(1, 1).residual_lifetime(0, -1),
            "discount: at -1",
        ),
        (
            lambda: ContractModel.from_parameters(1, 1).probability_alive(
                [1], [5], [0]
            ),
            "gap: row 0 is 0.0, below",
        ),
        (lambda: ContractModel.from_parameters(0, 1), "alpha: 0 is not"),
        (lambda: ContractModel().fit_lifetimes([1], [2]), "ended: row 0 is 2.0, neit"),
        (
            lambda: ContractModel.from_parameters(1, 1).expected_renewals([1], [[-1]]),
            r"periods: row 0 is \[-1.0\], below 0",
        ),
        (
            lambda: ContractModel.from_parameters(1, 1).expected_renewals([0.5], 3),
            "renewals: row 0 is 0.5, not a whole",
        ),
        (
            lambda: ContractModel.from_parameters(1, 1).expected_renewals(
                [1, 2], [[1], [1, 2]]
            ),
            "periods: not rows of numbers",
        ),
        (lambda: is_contract_like([4], [0.1], minimum="x"), "minimum: 'x' is not"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
