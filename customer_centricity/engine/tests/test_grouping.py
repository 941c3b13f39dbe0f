import numpy as np
import pandas as pd
import pytest
from engine import grouping, kmeans
from engine.grouping import Features, Word


def islands(count, size, spread=0.5, seed=1):
    """Return points around so many far centres, and the centre of each."""
    random = np.random.default_rng(seed)
    centres = random.permutation(np.eye(9)[:count]) * 10
    labels = random.integers(0, count, size)
    return centres[labels] + random.normal(0, spread, (size, 9)), labels


def behaviour(size=400, seed=3):
    random = np.random.default_rng(seed)
    orders = random.poisson(random.gamma(0.8, 6, size))
    return pd.DataFrame(
        {
            "recency": random.exponential(90, size),
            "frequency": orders,
            "spend": orders * random.lognormal(5, 1, size),
            "margin": random.normal(0.3, 0.2, size),
            "regularity": np.where(orders > 2, random.gamma(4, 0.2, size), np.nan),
        }
    )


# ----------------------------------------------------------------------
# Making dimensions comparable
# ----------------------------------------------------------------------


def test_standardised_by_hand():
    frame = pd.DataFrame({"margin": [0, 0, 1, 1], "payment_delay": [-10, 10, -10, 10]})
    found = grouping.features(frame)
    assert found.names == ("margin", "payment_delay")
    # middle 0.5, deviation 0.5; middle 0, deviation 10; they say different things
    np.testing.assert_allclose(found.weights, [1, 1])
    np.testing.assert_allclose(found.points, [[-1, -1], [-1, 1], [1, -1], [1, 1]])


def test_skewed_by_their_order_of_size():
    """arcsinh(x / 10) of -10, 0, 10: -0.88, 0, 0.88, of deviation 0.88 sqrt(2/3)."""
    frame = pd.DataFrame({"spend": [-10.0, 0.0, 10.0]})
    # of three values, a hundredth of the way to the next is taken in on both sides
    taken = np.arcsinh(1) * 0.98
    width = taken * np.sqrt(2 / 3)
    expected = np.array([[-taken], [0], [taken]]) / width
    np.testing.assert_allclose(grouping.features(frame).points, expected)


def test_money_in_another_currency_is_the_same():
    frame = behaviour()
    other = frame.assign(spend=frame["spend"] * 100)
    np.testing.assert_allclose(
        grouping.features(frame).points, grouping.features(other).points, atol=1e-9
    )


def test_what_is_not_known_is_the_middle():
    frame = pd.DataFrame({"margin": [0.1, 0.2, 0.3, None, 0.9]})
    assert grouping.features(frame).points[3, 0] == 0


def test_what_is_far_out_is_taken_in():
    frame = pd.DataFrame({"payment_delay": [*range(200), 1e9]})
    points = grouping.features(frame).points[:, 0]
    assert points.max() == points[-1] <= grouping.FURTHEST
    assert points[:200].std() > 0.9


def test_three_that_say_the_same_count_as_one():
    margin = np.array([0.0, 0.0, 1.0, 1.0])
    frame = pd.DataFrame(
        {
            "margin": margin,
            "regularity": margin * 5,
            "serving_share": -margin,
            "payment_delay": [0, 1, 0, 1],
        }
    )
    found = grouping.features(frame)
    np.testing.assert_allclose(found.weights, [3**-0.5, 3**-0.5, 3**-0.5, 1])


def test_dimensions_without_difference_are_left_out():
    frame = pd.DataFrame(
        {
            "recency": [0, 0, 0],
            "margin": [0.1, 0.1, 0.1],
            "regularity": [None, None, 2.0],
            "frequency": [1, 2, 3],
        }
    )
    assert grouping.features(frame).names == ("frequency",)


def test_features_do_not_depend_on_the_order_of_the_rows():
    frame = behaviour()
    order = np.random.default_rng(5).permutation(len(frame))
    one, other = grouping.features(frame), grouping.features(frame.iloc[order])
    np.testing.assert_array_equal(one.points[order], other.points)
    np.testing.assert_array_equal(one.weights, other.weights)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ({"spend": [1.0, np.inf]}, "spend: row 1 is inf, not a finite number"),
        ({"shoe_size": [1.0, 2.0]}, "shoe_size: not a dimension"),
        ({"spend": ["1", "much"]}, "features: not numbers"),
        ({"spend": [5.0, 5.0]}, "features: the accounts differ in nothing"),
        ({"spend": []}, "features: the accounts differ in nothing"),
        ({"spend": [None, None]}, "features: the accounts differ in nothing"),
    ],
)
def test_bad_features(frame, message):
    with pytest.raises(ValueError, match=message):
        grouping.features(pd.DataFrame(frame))


# ----------------------------------------------------------------------
# Groups
# ----------------------------------------------------------------------


@pytest.mark.parametrize("count", [2, 3, 5, 7])
@pytest.mark.parametrize("size", [400, 30_000])
def test_islands_are_found(count, size):
    points, truth = islands(count, size)
    choice = grouping.choose(points)
    assert (choice.count, choice.verdict) == (count, "clear")
    found = grouping.cluster(points, count)
    assert grouping.agreement(found.labels, truth) == 1
    sizes = np.bincount(found.labels)
    assert sizes.tolist() == sorted(np.bincount(truth), reverse=True)
    for label, centre in enumerate(found.centres):
        np.testing.assert_allclose(
            centre, points[found.labels == label].mean(axis=0), atol=1e-9
        )


def test_where_there_are_no_groups_none_are_claimed():
    points = np.random.default_rng(1).normal(size=(2000, 9))
    choice = grouping.choose(points)
    assert choice.verdict == "unstable"
    assert max(trial.stability for trial in choice.trials) < 0.5


def test_groups_that_shade_into_each_other():
    """In the middle of where most differ others would be cut about the same."""
    random = np.random.default_rng(2)
    points = np.column_stack(
        [4 * random.random(2000), random.normal(0, 0.6, (2000, 8))]
    )
    choice = grouping.choose(points)
    assert choice.verdict == "gradual"
    chosen = next(trial for trial in choice.trials if trial.count == choice.count)
    assert chosen.stability >= grouping.STABLE
    assert chosen.separation < grouping.SEPARATE
    assert grouping.judge(chosen) == "gradual"


def test_same_accounts_same_groups():
    points, _truth = islands(4, 3000, spread=3)
    order = np.random.default_rng(8).permutation(len(points))
    assert grouping.choose(points) == grouping.choose(points[order])
    one, other = grouping.cluster(points, 4), grouping.cluster(points[order], 4)
    np.testing.assert_array_equal(one.labels[order], other.labels)
    np.testing.assert_array_equal(one.centres, other.centres)


def test_few_accounts():
    points, _truth = islands(2, 24)
    choice = grouping.choose(points)
    # no half of them could show more than two groups of five
    assert [trial.count for trial in choice.trials] == [2]
    with pytest.raises(ValueError, match="19 accounts are too few"):
        grouping.choose(points[:19])
    with pytest.raises(ValueError, match="too few"):
        grouping.choose(np.zeros((500, 3)))
    with pytest.raises(ValueError, match="too few"):
        grouping.choose(np.empty((0, 3)))


def test_more_groups_than_points():
    points = np.repeat([[0.0], [1.0]], 50, axis=0)
    assert np.bincount(grouping.cluster(points, 2).labels).tolist() == [50, 50]
    with pytest.raises(ValueError, match="count: 3 groups of 2 distinct points"):
        grouping.cluster(points, 3)
    with pytest.raises(ValueError, match="count: 0 groups"):
        grouping.cluster(points, 0)


def test_a_few_that_are_unlike_a_large_sample():
    """Centres are sought in a sample, which need not have all distinct points."""
    points = np.zeros((grouping.FIT_SAMPLE * 2, 1))
    points[:2, 0] = [5, 9]
    found = grouping.cluster(points, 3)
    assert np.bincount(found.labels).tolist() == [len(points) - 2, 1, 1]


def test_a_centre_without_points_begins_anew():
    points = np.array([[0.0], [1.0], [2.0], [50.0]])
    found = kmeans.settle(points, np.array([[1.0], [1000.0]]))
    assert sorted(found.ravel().tolist()) == [1, 50]


def test_separation_by_hand():
    """0 and 1 together, 10 alone: 1 - 1/10, 1 - 1/9, and nothing for who is alone."""
    points = np.array([[0.0], [1.0], [10.0]])
    distance = np.abs(points - points.T)
    found = grouping._separation(distance, np.array([0, 0, 1]), 2)
    assert found == pytest.approx((9 / 10 + 8 / 9) / 3)
    # all in one group: no next one
    assert grouping._separation(distance, np.array([0, 0, 0]), 2) == 0


def test_agreement_by_hand():
    """4 of 15 pairs in both, of 6 in the first and 7 in the second: 6 * 7 / 15 = 2.8
    expected, (4 - 2.8) / (6.5 - 2.8)."""
    first, second = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 0, 0, 0, 1, 1])
    assert grouping.agreement(first, second) == pytest.approx(1.2 / 3.7)
    assert grouping.agreement(first, np.zeros(6, dtype=int)) == 0
    assert grouping.agreement(np.zeros(3, dtype=int), np.zeros(3, dtype=int)) == 1


# ----------------------------------------------------------------------
# Telling
# ----------------------------------------------------------------------


def test_words_by_hand():
    """Middle (0, 0, 0), each as wide as 1: words from half of that on, most first."""
    points = np.array([[-1.0, 1, -1], [1, -1, -1], [-1, 1, 1], [1, -1, 1]])
    portfolio = Features(("spend", "margin", "recency"), points, np.ones(3))
    centres = [[0.5, -1.25, 0.49], [0.0, 0.1, 0.2], [-0.6, 0.7, 0.8]]
    assert grouping.describe(centres, portfolio) == [
        [Word("margin", "low", True), Word("spend", "high", False)],
        [],
        [
            Word("recency", "high", False),
            Word("margin", "high", False),
            Word("spend", "low", False),
        ],
    ]


def test_words_do_not_depend_on_weights():
    frame = behaviour()
    portfolio = grouping.features(frame)
    found = grouping.cluster(portfolio.points, 3)
    plain = Features(portfolio.names, portfolio.points / portfolio.weights, np.ones(5))
    assert grouping.describe(found.centres, portfolio) == grouping.describe(
        found.centres / portfolio.weights, plain
    )


def test_shares_by_hand():
    assert grouping.shares([30, 10]).tolist() == [0.75, 0.25]
    assert grouping.shares([0, 0]).tolist() == [0, 0]
    assert grouping.shares([]).tolist() == []


@pytest.mark.parametrize(
    ("labels", "former", "expected"),
    [
        # nobody was grouped
        ([0, 0, 1], [None, None, None], [None, None]),
        # 2 of 3 in both; the others had none
        ([0, 0, 0, 1], [7, 7, None, None], [7, None]),
        # former group 7 has gone in two: the larger part is it
        ([0, 0, 0, 1, 1], [7, 7, 7, 7, 7], [7, None]),
        # two former groups have become one: the larger of them goes on
        ([0, 0, 0, 0, 0, 1], [7, 7, 7, 4, 4, None], [7, None]),
        # 1 of 5 in both, 1 of 4 in either: another group
        ([0, 0, 0, 1, 1], [7, 4, 5, 7, 6], [4, 6]),
        # as many as possible stay: 7 with the first would be 3, 4 with none
        ([0] * 5 + [1] * 4, [7] * 3 + [4] * 2 + [7] * 4, [4, 7]),
    ],
)
def test_groups_that_are_found_again(labels, former, expected):
    assert grouping.match(labels, former, 2) == expected


def test_no_account_no_match():
    assert grouping.match([], [], 2) == [None, None]
