import numpy as np
import pytest
from engine.voice import (
    ADVOCACIES,
    MATRIX,
    VOICES,
    advocacies,
    margins,
    scores,
    shares,
    voices,
)
from hypothesis import given
from hypothesis import strategies as st

some = st.integers(0, 500)
answers = st.tuples(some, some, some)


def one(function, sides, **terms):
    return function(*([side] for side in sides), **terms)[0]


def voice(sides):
    return VOICES[one(voices, sides)]


def test_by_hand():
    """20 of 41 for us, 14 between, 7 against: 13 / 41 = 31.7."""
    assert one(scores, (20, 14, 7)) == pytest.approx(1300 / 41)
    assert shares([20], [14], [7]).detractors[0] == pytest.approx(7 / 41)
    # m = 44, p = 20.75 / 44, d = 7.75 / 44: p + d = 28.5 / 44 = 0.647727,
    # (p - d)^2 = (13 / 44)^2 = 0.087293, their difference / 44 = 0.0127371,
    # its root 0.112859, times 1.959964: 22.12 points
    assert one(margins, (20, 14, 7)) == pytest.approx(22.12, abs=0.005)


def test_nobody_and_one():
    assert np.isnan(one(scores, (0, 0, 0)))
    assert np.isnan(shares([0], [0], [0])).all()
    assert one(scores, (0, 0, 1)) == -100
    assert np.isnan(one(margins, (0, 0, 1)))
    assert np.isnan(one(margins, (0, 0, 0)))


def test_a_few_that_agree_are_not_sure():
    assert 60 < one(margins, (2, 0, 0)) < 70
    assert 0 < one(margins, (200, 0, 0)) < 3


def test_whoever_has_all_answers_knows():
    assert one(margins, (5, 3, 2), population=[10]) == 0
    assert one(margins, (1, 1, 0), population=2) == 0


@pytest.mark.parametrize(
    ("sides", "name"),
    [
        ((0, 0, 0), "silent"),
        ((1, 0, 0), "promoter"),
        ((0, 1, 0), "passive"),
        ((0, 0, 1), "detractor"),
        ((1, 0, 1), "detractor"),  # a tie goes to the unhappy
        ((2, 0, 1), "promoter"),
        ((2, 1, 1), "promoter"),  # half of all
        ((2, 2, 1), "passive"),
        ((0, 10, 1), "detractor"),
        ((1, 5, 0), "passive"),
    ],
)
def test_rule_of_a_voice(sides, name):
    assert voice(sides) == name


def test_matrix():
    told = {
        ("profit", "detractor"): "call_first",
        ("profit", "promoter"): "ask_referral",
        ("profit", "passive"): "strengthen",
        ("profit", "silent"): "listen",
        ("loss", "promoter"): "redesign",
        ("loss", "passive"): "redesign",
        ("loss", "detractor"): "decide",
        ("loss", "silent"): "watch",
        ("even", "detractor"): "call_first",
        ("no_activity", "promoter"): None,
        (None, "promoter"): None,
    }
    assert advocacies(*map(list, zip(*told, strict=True))) == [*told.values()]


def test_matrix_is_whole():
    for row in MATRIX.values():
        assert not row or set(row) == set(VOICES)
    assert {name for row in MATRIX.values() for name in row.values()} == {*ADVOCACIES}


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: scores([1.5], [0], [0]),
        lambda: scores([-1], [0], [0]),
        lambda: scores([1], [0, 1], [0]),
        lambda: voices([float("nan")], [0], [0]),
        lambda: margins([3], [0], [0], population=[2]),
        lambda: margins([3], [0], [0], population=[4, 4]),
        lambda: margins([3], [0], [0], level=95),
        lambda: advocacies(["profit"], []),
        lambda: advocacies(["winning"], ["silent"]),
        lambda: advocacies(["profit"], ["loud"]),
    ],
)
def test_wrong_input_is_refused(wrong):
    with pytest.raises(ValueError, match=":"):
        wrong()


@given(answers)
def test_score_is_that_of_the_other_side(sides):
    score, other = one(scores, sides), one(scores, sides[::-1])
    np.testing.assert_array_equal(score, -other)
    np.testing.assert_allclose(
        one(margins, sides), one(margins, sides[::-1]), equal_nan=True
    )
    assert np.isnan(score) or -100 <= score <= 100


@given(answers, st.integers(2, 9))
def test_more_of_the_same_make_it_surer(sides, times):
    if sum(sides) < 2:
        return
    more = [times * side for side in sides]
    assert one(scores, more) == pytest.approx(one(scores, sides))
    assert one(margins, more) < one(margins, sides)


@given(answers, st.integers(0, 10_000))
def test_a_known_population_makes_it_surer(sides, rest):
    if sum(sides) < 2:
        return
    margin = one(margins, sides, population=[sum(sides) + rest])
    assert 0 <= margin <= one(margins, sides)


@given(answers)
def test_one_voice_more_moves_an_account_its_own_way(sides):
    order = ("detractor", "passive", "promoter")
    if not sum(sides):
        return
    now = order.index(voice(sides))
    assert order.index(voice((sides[0] + 1, *sides[1:]))) >= now
    assert order.index(voice((*sides[:2], sides[2] + 1))) <= now


@given(st.lists(answers, min_size=2, max_size=8), st.randoms())
def test_order_of_rows_is_of_no_account(rows, random):
    shuffled = random.sample(range(len(rows)), len(rows))
    for function in (scores, margins, voices):
        found = function(*zip(*rows, strict=True))
        again = function(*zip(*(rows[place] for place in shuffled), strict=True))
        np.testing.assert_array_equal(found[shuffled], again)
