import numpy as np
import pytest
from engine import behaviours
from engine.lifecycle import STAGES

RNG = np.random.default_rng(8)


def accounts(**columns):
    """One account that is content and buys what its peers buy, but for the columns."""
    size = max([1, *(len(column) for column in columns.values())])
    usual = {
        "stage": "steady",
        "result": "profit",
        "voice": "silent",
        "orders": 9,
        "asked": False,
        "bought": 4,
        "usual": 4,
        "excluded": False,
    }
    return {name: [value] * size for name, value in usual.items()} | columns


def test_every_reason_speaks_for_a_behaviour():
    assert set(behaviours.REASONS.values()) == set(behaviours.KINDS)


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({}, "buys_alike"),
        ({"stage": ["prospect"], "orders": [0]}, "never_ordered"),
        # danger first, whatever else there is
        ({"voice": ["detractor"], "bought": [1]}, "detractor"),
        ({"stage": ["lost"], "result": ["loss"]}, "lost"),
        ({"stage": ["at_risk"], "voice": ["promoter"]}, "at_risk"),
        ({"result": ["loss"], "voice": ["promoter"]}, "loss"),
        ({"orders": [1], "stage": ["new"], "bought": [1]}, "second_order"),
        ({"voice": ["promoter"], "bought": [1]}, "never_asked"),
        ({"voice": ["promoter"], "asked": [True], "bought": [1]}, "buys_fewer"),
        ({"stage": ["new"]}, "buys"),
        ({"excluded": [True], "voice": ["promoter"]}, ""),
    ],
)
def test_reasons_by_hand(columns, reason):
    assert behaviours.next_behaviours(accounts(**columns)).tolist() == [reason]


def test_whoever_is_not_excluded_gets_exactly_one():
    size = 2000
    usual = RNG.integers(0, 6, size)
    columns = {
        "stage": RNG.choice(["", *STAGES], size),
        "result": RNG.choice(["", "profit", "even", "loss", "no_activity"], size),
        "voice": RNG.choice(["", "promoter", "passive", "detractor", "silent"], size),
        "orders": RNG.integers(0, 4, size),
        "asked": RNG.random(size) < 0.5,
        "bought": RNG.integers(0, usual + 1),
        "usual": usual,
        "excluded": RNG.random(size) < 0.1,
    }
    found = behaviours.next_behaviours(columns)
    assert ((found == "") == columns["excluded"]).all()
    assert set(found) <= {"", *behaviours.REASONS}
    # a row does not depend on the others
    order = RNG.permutation(size)
    shuffled = {name: np.asarray(column)[order] for name, column in columns.items()}
    assert (behaviours.next_behaviours(shuffled) == found[order]).all()


def test_more_bought_than_usual_is_refused():
    with pytest.raises(ValueError, match="bought: row 0 is 5"):
        behaviours.next_behaviours(accounts(bought=[5]))


def test_missing_categories_agree_with_sets():
    peers = {"a": [9, 4, 7], "b": [5], "c": []}
    names = RNG.choice(["a", "b", "c"], 300).tolist()
    masks = [int(RNG.integers(0, 2 ** len(peers[name]))) for name in names]
    bought, usual, missing = behaviours.missing_categories(masks, names, peers)
    for row, (name, mask) in enumerate(zip(names, masks, strict=True)):
        owned = {one for place, one in enumerate(peers[name]) if mask >> place & 1}
        lacks = [one for one in peers[name] if one not in owned]
        assert bought[row] == len(owned)
        assert usual[row] == len(peers[name])
        assert missing[row] == (lacks[0] if lacks else 0)


def test_without_peers_nothing_is_usual():
    found = behaviours.missing_categories([0, 0], [None, None], {})
    assert [column.tolist() for column in found] == [[0, 0]] * 3
    empty = behaviours.missing_categories([], [], {})
    assert [column.size for column in empty] == [0, 0, 0]


def test_as_many_categories_as_are_looked_at_fit():
    most = list(range(1, behaviours.MOST_CATEGORIES + 1))
    bought, _usual, missing = behaviours.missing_categories(
        [2 ** len(most) - 1, 2 ** (len(most) - 1)], ["a", "a"], {"a": most}
    )
    assert bought.tolist() == [len(most), 1]
    assert missing.tolist() == [0, 1]
    with pytest.raises(ValueError, match="more categories than looked at"):
        behaviours.missing_categories([0], ["a"], {"a": [*most, 99]})


def test_transitions_agree_with_counting_one_by_one():
    shown = RNG.integers(1, 64, 50)
    following = RNG.integers(0, 64, 50)
    number = RNG.integers(1, 9, 50)
    found = behaviours.transitions(shown, following, number)
    for one in range(6):
        has = [(row, n) for row, n in enumerate(number) if shown[row] >> one & 1]
        assert found.cases[one] == sum(n for _row, n in has)
        for other in range(6):
            count = sum(n for row, n in has if following[row] >> other & 1)
            assert found.counts[one, other] == count
    assert found.total == number.sum()
    # what follows on all quarters is what follows on any
    alike = behaviours.transitions([63] * 50, following, number)
    assert np.allclose(alike.lifts, 1)
    assert not alike.clear.any()


def test_one_that_followed_where_hardly_any_does_has_no_lift():
    """25 quarters with up-sell, 1 of them followed, of 5,025 of which 1 was."""
    found = behaviours.transitions([2, 2, 8], [32, 0, 0], [1, 24, 5000])
    assert found.shares[1, 5] == 0.04
    assert np.isnan(found.lifts[1, 5])
    assert not found.clear[1, 5]


@pytest.mark.parametrize(("followed", "clear"), [(59, False), (61, True)])
def test_clear_is_more_than_two_errors(followed, clear):
    """100 of 10,000 quarters, half of which were followed: an error of 0.05."""
    found = behaviours.transitions(
        [2, 2, 8, 8],
        [8, 0, 8, 0],
        [followed, 100 - followed, 5000 - followed, 4900 + followed],
    )
    assert found.base[3] == 0.5
    assert found.lifts[1, 3] == followed / 50
    assert found.clear[1, 3] == clear


def test_transitions_of_nothing():
    found = behaviours.transitions([], [], [])
    assert found.total == 0
    assert not found.counts.any()
    assert np.isnan(found.shares).all()
    assert np.isnan(found.lifts).all()


def test_unknown_kinds_are_refused():
    with pytest.raises(ValueError, match="shown: row 1 is 64"):
        behaviours.transitions([1, 64], [0, 0], [1, 1])
    with pytest.raises(ValueError, match="following: expected 2 rows"):
        behaviours.transitions([1, 1], [0], [1, 1])
