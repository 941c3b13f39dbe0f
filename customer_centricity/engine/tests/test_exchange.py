import numpy as np
import pytest
from engine.exchange import pulls, ratings, scores, verdicts, weighted_means


def test_scores_between_the_ends():
    np.testing.assert_allclose(
        scores([0, 25, 50, 100], [0] * 4, [100] * 4), [0, 2.5, 5, 10]
    )


def test_scores_beyond_the_ends():
    np.testing.assert_allclose(scores([-1e9, 1e9], [0, 0], [1, 1]), [0, 10])


def test_less_is_better():
    """Of 45 days to 5: 25 days are half of the way."""
    np.testing.assert_allclose(
        scores([60, 45, 25, 5, 0], [45] * 5, [5] * 5), [0, 0, 5, 10, 10]
    )


def test_no_scale_no_score():
    assert np.isnan(scores([1, 2, 0], [2, 2, 0], [2, 2, 0])).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_refused(bad):
    for arguments in (([1, bad], [0, 0], [1, 1]), ([1, 1], [0, bad], [1, 1])):
        with pytest.raises(ValueError, match="row 1"):
            scores(*arguments)
    with pytest.raises(ValueError, match="weight: row 0"):
        weighted_means([1], [bad], [0], 1)


def test_scores_of_nothing():
    assert scores([], [], []).size == 0
    assert ratings([]) == []
    assert verdicts([], []) == []
    assert pulls([], [], 5).size == 0
    assert weighted_means([], [], [], 0).size == 0
    assert np.isnan(weighted_means([], [], [], 2)).all()


def test_ratings_at_their_borders():
    third = 10 / 3
    assert ratings([third, third + 1e-9, 2 * third, 2 * third + 1e-9]) == [
        "low",
        "medium",
        "medium",
        "high",
    ]


def test_points_are_0_to_10():
    for call in (
        lambda: ratings([11]),
        lambda: pulls([-1], [1], 5),
        lambda: pulls([1], [1], 11),
        lambda: weighted_means([10.1], [1], [0], 1),
    ):
        with pytest.raises(ValueError):
            call()


def test_means_by_hand():
    """(3 x 8 + 1 x 4) / 4 = 7; and (2 x 5) / 2 = 5, the unweighted one apart."""
    means = weighted_means([8, 4, 5, 9], [3, 1, 2, 0], [0, 0, 1, 1], 2)
    np.testing.assert_allclose(means, [7, 5])


def test_only_relative_weights_matter():
    random = np.random.default_rng(1)
    score, weight = random.uniform(0, 10, 50), random.uniform(0, 5, 50)
    part = random.integers(0, 7, 50)
    np.testing.assert_allclose(
        weighted_means(score, weight, part, 7),
        weighted_means(score, 1000 * weight, part, 7),
    )


def test_rows_in_any_order():
    random = np.random.default_rng(2)
    score, weight = random.uniform(0, 10, 50), random.uniform(0, 5, 50)
    part, order = random.integers(0, 7, 50), random.permutation(50)
    np.testing.assert_allclose(
        weighted_means(score, weight, part, 7),
        weighted_means(score[order], weight[order], part[order], 7),
    )


def test_no_weight_no_mean():
    assert np.isnan(weighted_means([5, 5], [0, 0], [0, 0], 1)).all()
    assert pulls([5, 5], [0, 0], 3).tolist() == [0, 0]


def test_parts_that_are_not():
    for part in (-1, 2):
        with pytest.raises(ValueError, match="part: row 0"):
            weighted_means([1], [1], [part], 2)


def test_verdicts_at_their_borders():
    """One point of difference is balanced, whatever the floats say of it."""
    assert verdicts([0.3, 1.3, 1.3001], [1.3, 0.3, 0.3]) == [
        "balanced",
        "balanced",
        "gives_more",
    ]
    assert verdicts([np.nan, 5, np.nan], [5, np.nan, np.nan]) == ["unknown"] * 3


def test_pulls_add_up_to_the_balance():
    random = np.random.default_rng(3)
    give, get = random.uniform(0, 10, 5), random.uniform(0, 10, 8)
    give_weight, get_weight = random.uniform(0, 3, 5), random.uniform(0, 3, 8)
    given = weighted_means(give, give_weight, np.zeros(5), 1)[0]
    got = weighted_means(get, get_weight, np.zeros(8), 1)[0]
    assert pulls(get, get_weight, given).sum() == pytest.approx(got - given)
    assert pulls(give, give_weight, got).sum() == pytest.approx(given - got)
