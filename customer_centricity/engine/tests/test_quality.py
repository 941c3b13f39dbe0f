import pytest
from engine.quality import (
    GRADE_BORDERS,
    GRADES,
    SEVERITIES,
    doubt,
    grade,
    severities,
    shares,
)
from hypothesis import given
from hypothesis import strategies as st

findings = st.lists(
    st.tuples(st.floats(-1e9, 1e9), st.floats(0, 1)), min_size=1, max_size=9
)


def test_by_hand():
    """1,000 of money: 40 of unknown cost, 100 estimated; 40 + 0.2 x 100 = 60 = 6%."""
    share = shares([40, 100], 1000)
    assert share.tolist() == [0.04, 0.1]
    assert doubt(share, [1, 0.2]) == 0.06
    assert grade(0.06) == "c"
    assert severities(share, [1, 0.2]) == ["medium", "medium"]


def test_nothing_missing():
    assert doubt(shares([], 1000), []) == 0
    assert grade(0) == "a"
    assert severities([], []) == []


def test_no_money_at_all():
    assert shares([0, 20], 0).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("border", "name"), list(zip(GRADE_BORDERS, GRADES, strict=False))
)
def test_a_border_belongs_to_the_better_grade(border, name):
    assert grade(border) == name
    assert grade(border + 1e-9) > name


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: shares([float("nan")], 1),
        lambda: shares([1], -1),
        lambda: shares([1], float("inf")),
        lambda: doubt([0.1], [1, 2]),
        lambda: doubt([0.1], [-1]),
        lambda: grade(1.5),
        lambda: grade(float("nan")),
        lambda: severities([-0.1], [1]),
    ],
)
def test_wrong_input_is_refused(wrong):
    with pytest.raises(ValueError):
        wrong()


@given(findings, st.floats(0, 1e9))
def test_properties(rows, total):
    worth, weight = zip(*rows, strict=True)
    share = shares(worth, total)
    assert ((share >= 0) & (share <= 1)).all()
    all_of_it = doubt(share, weight)
    assert 0 <= all_of_it <= 1
    assert all_of_it >= doubt(share[1:], weight[1:]), "more missing, more doubt"
    assert grade(all_of_it) >= grade(doubt(share[1:], weight[1:]))
    assert set(severities(share, weight)) <= set(SEVERITIES)
