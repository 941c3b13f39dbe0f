from math import log, sqrt

import numpy as np
import pytest
from engine import lookalike
from hypothesis import given, settings
from hypothesis import strategies as st

RNG = np.random.default_rng(9)
INDUSTRY, COUNTRY, TAG = range(3)
HOTELS, SCHOOLS, SPAIN, FRANCE = 1, 2, 34, 33


def portfolio():
    """100 accounts, 20 of them the best: 15 hotels with 9 of them, 85 schools.

    Of 60 accounts the country is known: 30 in Spain with 9 of the best, 30 in France
    with 5.
    """
    best = np.zeros(100, dtype=bool)
    best[:9] = True  # hotels
    best[15:26] = True  # schools
    industry = np.where(np.arange(100) < 15, HOTELS, SCHOOLS)
    order = [*range(10), *range(30, 50)], [*range(15, 20), *range(60, 85)]
    subject = [*range(100), *order[0], *order[1]]
    facet = [INDUSTRY] * 100 + [COUNTRY] * 60
    value = [*industry, *[SPAIN] * 30, *[FRANCE] * 30]
    return subject, facet, value, best


def test_counts_of_the_portfolio():
    subject, facet, value, best = portfolio()
    found = lookalike.learn(subject, facet, value, best)
    rows = list(
        zip(
            *(
                getattr(found, name).tolist()
                for name in (
                    "facet",
                    "value",
                    "count",
                    "best",
                    "known",
                    "known_best",
                )
            ),
            strict=True,
        )
    )
    # of the 60 known in a country 9 hotels and 5 schools are the best
    assert rows == [
        (INDUSTRY, HOTELS, 15, 9, 100, 20),
        (INDUSTRY, SCHOOLS, 85, 11, 100, 20),
        (COUNTRY, FRANCE, 30, 5, 60, 14),
        (COUNTRY, SPAIN, 30, 9, 60, 14),
    ]
    # hotels: (9 + 1) / 20 = 1/2 instead of 1/5: ln 1 - ln 1/4
    assert found.weight[0] == pytest.approx(log(4))
    # schools: (11 + 1) / 90 = 2/15, odds 2/13
    assert found.weight[1] == pytest.approx(log(2 / 13) - log(1 / 4))


def test_what_is_not_known_says_nothing():
    subject, facet, value, best = portfolio()
    learnt = lookalike.learn(subject, facet, value, best)
    found = lookalike.evidence([0, 2], [INDUSTRY, COUNTRY], [HOTELS, 99], learnt, 3)
    assert found.total == pytest.approx([log(4), 0, 0])
    assert found.known.tolist() == [True, False, False]
    assert lookalike.scores(found.total, found.known, 1.0).tolist() == [80, 0, 0]


def test_values_of_one_facet_count_by_the_root_of_their_number():
    learnt = lookalike.Weights(
        np.array([TAG, TAG, INDUSTRY]),
        np.array([8, 9, HOTELS]),
        *np.full((4, 3), 10),
        np.array([1.0, 0.5, 0.25]),
    )
    found = lookalike.evidence(
        [0, 0, 0, 0], [TAG, TAG, TAG, INDUSTRY], [9, 8, 8, HOTELS], learnt, 1
    )
    assert found.total == pytest.approx([1.5 / sqrt(2) + 0.25])
    parts = dict(zip(found.row.tolist(), found.part.tolist(), strict=True))
    assert parts == pytest.approx({0: 1 / sqrt(2), 1: 0.5 / sqrt(2), 2: 0.25})


def test_fewer_than_three_accounts_have_nothing_in_common():
    best = [True, True, False, False]
    found = lookalike.learn([0, 1, 2, 3], [0] * 4, [1, 1, 2, 2], best)
    assert not found.weight.size


@pytest.mark.parametrize("best", [[True] * 6, [False] * 6])
def test_where_all_are_the_same_nothing_is_typical(best):
    found = lookalike.learn(range(6), [0] * 6, [1] * 3 + [2] * 3, best)
    assert found.weight.tolist() == [0, 0]


def test_chance_is_brought_to_nothing():
    """Of 400 accounts with facets drawn by lot nothing is learnt."""
    best = RNG.random(400) < 0.2
    subject, facet = np.repeat(np.arange(400), 6), np.tile(np.arange(6), 400)
    value = RNG.integers(0, 12, subject.size)
    learnt = lookalike.learn(subject, facet, value, best)
    found = lookalike.left_out(subject, facet, value, learnt, best)
    assert lookalike.scale(found.total, best).slope < 0.25
    # with its own example every account would look like what it is
    own = lookalike.evidence(subject, facet, value, learnt, 400)
    assert lookalike.told_apart(own.total, best) > 0.6
    assert lookalike.told_apart(found.total, best) < 0.6


def test_what_is_there_is_found():
    best = RNG.random(1000) < 0.2
    value = np.where(best, RNG.integers(0, 4, 1000), RNG.integers(0, 10, 1000))
    subject, facet = np.arange(1000), np.zeros(1000)
    learnt = lookalike.learn(subject, facet, value, best)
    found = lookalike.left_out(subject, facet, value, learnt, best)
    curve = lookalike.scale(found.total, best)
    assert curve.slope == pytest.approx(1, abs=0.15)
    # of those with a value below 4 a fifth of 4 and two fifths of the others
    high = found.total > 0
    assert best[high].mean() == pytest.approx(0.2 / (0.2 + 0.8 * 0.4), abs=0.05)
    told = lookalike.chances(found.total, curve)[high].mean()
    assert told == pytest.approx(100 * best[high].mean(), abs=4)


def test_as_many_are_the_best_as_there_are():
    total = RNG.normal(size=500)
    best = RNG.random(500) < 1 / (1 + np.exp(-(total / 2 - 1)))
    curve = lookalike.scale(total, best)
    assert curve.slope == pytest.approx(0.5, abs=0.2)
    share = 1 / (1 + np.exp(-(curve.intercept + curve.slope * total)))
    assert share.mean() == pytest.approx(best.mean(), abs=0.005)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3), st.integers(0, 4))))
@settings(max_examples=60, deadline=None)
def test_order_and_repetition_do_not_count(rows):
    best = np.arange(10) < 4
    columns = np.array(rows, dtype=int).reshape(-1, 3)
    one = lookalike.learn(*columns.T, best)
    mixed = np.concatenate([columns, columns])
    RNG.shuffle(mixed)
    other = lookalike.learn(*mixed.T, best)
    for name in ("facet", "value", "count", "best", "known", "known_best"):
        assert np.array_equal(getattr(one, name), getattr(other, name))
    assert np.isfinite(one.weight).all()
    assert (one.best <= one.count).all()
    assert (one.count <= one.known).all()
    first = lookalike.evidence(*columns.T, one, 10)
    second = lookalike.evidence(*mixed.T, one, 10)
    assert first.total == pytest.approx(second.total)


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 4)), max_size=200))
@settings(max_examples=60, deadline=None)
def test_every_account_is_in_one_band(rows):
    score = [one for one, _tier in rows]
    tier = [one for _score, one in rows]
    found = lookalike.bands(score, tier, 5)
    assert sum(sum(band.tiers) for band in found) == len(rows)
    assert [band.low for band in found] == sorted({band.low for band in found})
    if rows:
        assert found[0].low == 0
        total = np.sum([band.tiers for band in found], axis=0)
        assert total.tolist() == np.bincount(tier, minlength=5).tolist()


def test_few_accounts_are_one_band():
    # 3 of 12 in the first tier, 4 in the second: half are in the second or above
    [band] = lookalike.bands(range(12), [0] * 3 + [1] * 4 + [2] * 5, 3)
    assert (band.low, band.tiers, band.expected) == (0, (3, 4, 5), 1)


def test_what_those_picked_have_earned():
    # 10 picked that earn 3 a month, 20 others that earn 1, all but one: 200 pairs,
    # of which 10 are even
    score = [9] * 10 + [1] * 20
    earned = [3] * 10 + [1] * 19 + [3]
    found = lookalike.worth(score, earned)
    assert (found.verdict, found.picked, found.others) == ("better", 10, 20)
    assert (found.picked_mean, found.others_mean) == pytest.approx((3, 1.1))
    assert found.share == pytest.approx((190 + 10 / 2) / 200)
    assert found.chance == pytest.approx(1.96 * sqrt(31 / 2400))
    assert lookalike.worth(score, [-one for one in earned]).verdict == "worse"
    assert lookalike.worth(score, [1] * 30).verdict == "same"


def test_who_is_as_like_as_the_last_one_picked_is_picked_too():
    found = lookalike.worth([9] * 15 + [1] * 15, range(30))
    assert (found.picked, found.others, found.verdict) == (15, 15, "worse")


@pytest.mark.parametrize("score", [[], [5] * 40, range(27)])
def test_too_few_to_say(score):
    found = lookalike.worth(score, np.arange(len(score)))
    assert (found.verdict, found.share) == ("few", 0.5)


@pytest.mark.parametrize("text", ["", None, "a b c", "1234 5678", "<b></b>"])
def test_texts_without_words(text):
    assert lookalike.words(text) == []


def test_words_are_those_that_people_read():
    text = "<p class='hotel'>Clínica DENTAL,&nbsp;dental@example.com</p>"
    assert lookalike.words(text) == ["clinica", "dental", "example"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0], [0], [1, 2], [True]), "value: expected one subject and one facet"),
        (([3], [0], [1], [True]), "subject: row 0 is 3, no position of an account"),
        (([0], [0], [-1], [True]), "value: row 0 is -1.0, below 0"),
        (([0], [0], [2.0**41], [True]), "value: row 0 is .* too large a number"),
        (([0], [0.5], [1], [True]), "facet: row 0 is 0.5, not a whole number"),
    ],
)
def test_bad_input_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        lookalike.learn(*arguments)


def test_more_best_than_all_is_refused():
    with pytest.raises(ValueError, match="best: row 0 is 2.0, more than all"):
        lookalike.weights([1], [2], [3], [3])
    with pytest.raises(ValueError, match="known_best: row 0 is 4.0, more than all"):
        lookalike.weights([1], [1], [3], [4])


def test_more_values_than_accounts_are_refused():
    with pytest.raises(ValueError, match="best: row 0"):
        lookalike.scale([1.0, 2.0], [True])
