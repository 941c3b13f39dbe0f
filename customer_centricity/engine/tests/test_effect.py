import numpy as np
import pytest
from engine.decision import Figures, Terms, what_if
from engine.effect import Own, Peers, a_year, measure, of_months
from hypothesis import given
from hypothesis import strategies as st

money = st.floats(-1e9, 1e9)
share = st.floats(0, 1)


def compare(before, after, revenue, count, change, their_revenue):
    """Return the effect where hours cost what they cost before."""
    same = np.zeros(len(before))
    return measure(
        Own(before, after, same, same, revenue, same),
        Peers(count, change, same, their_revenue),
    )


def test_by_hand():
    # a loss of 900 became a profit of 100: 1,000; five accounts with a revenue of
    # 50,000 lost 2,000 of their profit, 4%: with 3,000 it would have lost 120
    effect = compare([-900], [100], [3000], [5], [-2000], [50000])
    assert effect.change.tolist() == [1000]
    assert effect.peers_change.tolist() == [-120]
    assert effect.effect.tolist() == [1120]


def test_what_mends_by_itself_is_no_effect():
    """Similar accounts gained as much, a tenth of their revenue, without a decision."""
    effect = compare([-500], [-300], [2000], [8], [1000], [10000])
    assert effect.change.tolist() == effect.peers_change.tolist() == [200]
    assert effect.effect.tolist() == [0]


def test_too_few_peers_say_nothing():
    effect = compare([-500] * 2, [0] * 2, [1000] * 2, [4, 5], [400] * 2, [4000] * 2)
    assert effect.peers_change.tolist() == [0, 100]
    assert effect.effect.tolist() == [500, 400]


def test_without_revenue_there_is_nothing_to_compare():
    # costs alone; and peers whose credit notes were more than their sales
    effect = compare([-80, -80], [0, 0], [-10, 500], [9, 9], [90, 90], [900, -900])
    assert effect.peers_change.tolist() == [0, 0]
    assert effect.effect.tolist() == [80, 80]


def test_what_is_paid_anyway_is_not_recovered():
    """Hours of 5,000 became hours of 3,000, and 40% of them are paid anyway: 800."""
    own = Own([-1200], [800], [5000], [3000], [9000], [0.4])
    effect = measure(own, Peers([0], [0], [0], [0]))
    assert effect.change.tolist() == [2000]
    assert effect.kept.tolist() == [800]
    assert effect.effect.tolist() == [1200]


def test_hours_that_rose_free_nobody():
    own = Own([-100], [50], [400], [500], [1000], [1])
    effect = measure(own, Peers([0], [0], [0], [0]))
    assert effect.kept.tolist() == [0]
    assert effect.effect.tolist() == [150]


def test_what_would_have_fallen_anyway_is_not_taken_off_twice():
    """Five accounts with a revenue of 10,000 have gained 2,000, all of it hours.

    This one has gained 600 by hours, 400 of them as the others did: 200 are due to the
    decision, of which half is paid anyway.
    """
    own = Own([-600], [0], [900], [300], [2000], [0.5])
    effect = measure(own, Peers([5], [2000], [2000], [10000]))
    assert effect.peers_change.tolist() == [400]
    assert effect.kept.tolist() == [100]
    assert effect.effect.tolist() == [100]
    # and where it has gained no more than the others, nothing
    own = own._replace(profit_after=[-200], time_after=[500])
    effect = measure(own, Peers([5], [2000], [2000], [10000]))
    assert (effect.kept.tolist(), effect.effect.tolist()) == ([0], [0])


def test_of_others_whose_hours_rose_nobody_was_freed():
    """Theirs cost a fifth of the revenue more: only its own 100 can be paid anyway."""
    own = Own([0], [100], [300], [200], [1000], [0.5])
    effect = measure(own, Peers([5], [-2000], [-2000], [10000]))
    assert effect.kept.tolist() == [50]
    assert effect.effect.tolist() == [250]
    # too few of them say nothing
    effect = measure(own, Peers([4], [-2000], [2000], [10000]))
    assert (effect.kept.tolist(), effect.effect.tolist()) == ([50], [50])


def test_what_comes_as_promised_is_measured_as_promised():
    """The example of the documentation: a loss of 1,200, half of the hours kept.

    Ended: nothing is sold or served any more, the account is 1,200 better off, and
    2,500 are still paid. Subcontracted, where it stays: 900 are left of 9,000, 500 of
    the 5,000 for hours and 70 of the 700 for serving: +330, 1,530 more, and half of
    4,500 is still paid.
    """
    own = Own([-1200] * 2, [0, 330], [5000] * 2, [0, 500], [9000] * 2, [0.5] * 2)
    effect = measure(own, Peers(*np.zeros((4, 2))))
    assert effect.effect.tolist() == [-1300, -720]
    figures = Figures(
        *np.tile([[9000], [4000], [5000], [500], [700], [100], [-4800], [4]], 2)
    )
    promised = what_if(
        figures,
        Terms(
            acceptance=[0, 1],
            hours_saved=[1, 0.9],
            cost_kept=[0.5, 0.5],
            serving_saved=[1, 0.9],
            other_saved=[1, 1],
            handed_on=[False, True],
            commission=[0, 0.1],
        ),
    )
    np.testing.assert_allclose(promised.profit_gain, effect.effect)


def test_years_and_months():
    assert of_months([1200, 1200, -60], [3, 6, 12]).tolist() == [300, 600, -60]
    assert a_year([300, 600, -60], [3, 6, 12]).tolist() == [1200, 1200, -60]


def test_nobody():
    assert measure(Own(*[[]] * 6), Peers(*[[]] * 4)).effect.size == 0
    assert of_months([], []).size == a_year([], []).size == 0


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("place", [*range(6), 7, 8, 9])
def test_no_number_is_refused(bad, place):
    columns = [[1.0, 1.0] for _place in range(10)]
    columns[place][1] = bad
    with pytest.raises(ValueError, match="row 1 is .*, not a finite number"):
        measure(Own(*columns[:6]), Peers(*columns[6:]))


def test_refused():
    own, peers = Own(*[[1]] * 6), Peers(*[[1]] * 4)
    with pytest.raises(ValueError, match="peers.count: row 0 is 2.5"):
        measure(own, peers._replace(count=[2.5]))
    with pytest.raises(ValueError, match="profit_after: expected 1 rows, got 2"):
        measure(own._replace(profit_after=[1, 2]), peers)
    with pytest.raises(ValueError, match="cost_kept: row 0 is -0.1, not a share"):
        measure(own._replace(cost_kept=[-0.1]), peers)
    with pytest.raises(ValueError, match="months: row 0 is 0.0, below 1"):
        a_year([1], [0])


owns = st.tuples(money, money, money, money, st.floats(0, 1e9), share)
peers_of = st.tuples(st.integers(0, 99), money, money, st.floats(1, 1e9))


def measure_one(own, peers):
    return measure(
        Own(*([column] for column in own)), Peers(*([column] for column in peers))
    )


@given(owns, peers_of)
def test_the_change_falls_into_its_parts(own, peers):
    effect = measure_one(own, peers)
    total = effect.kept + effect.peers_change + effect.effect
    digits = 1e-3 + 1e-12 * np.abs(effect.peers_change)
    assert (np.abs(total - effect.change) <= digits).all()


@given(owns, peers_of)
def test_no_more_is_kept_than_fell(own, peers):
    kept = measure_one(own, peers).kept[0]
    assert 0 <= kept <= own[-1] * max(own[2] - own[3], 0)


@given(owns, peers_of, share)
def test_the_more_is_kept_the_less_is_recovered(own, peers, other):
    less, more = sorted((own[-1], other))
    effects = [measure_one((*own[:-1], rate), peers).effect[0] for rate in (less, more)]
    assert effects[0] >= effects[1]


@given(money, st.integers(1, 60))
def test_there_and_back(amount, months):
    assert np.isclose(of_months(a_year([amount], [months]), [months]), amount)
