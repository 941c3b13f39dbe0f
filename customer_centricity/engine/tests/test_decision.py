import numpy as np
import pytest
from engine.decision import (
    Figures,
    Terms,
    best,
    changes_of,
    checked,
    cost_of_hours,
    hours_beyond,
    profit_now,
    what_if,
    years_worth,
)
from hypothesis import given
from hypothesis import strategies as st

# A year of an account with a loss of 9,000 - 4,000 - 5,000 - 500 - 700 = -1,200, whose
# lifetime value holds five of them
LOSS = Figures(
    revenue=9000,
    product_cost=4000,
    time_cost=5000,
    other_cost=500,
    serving_cost=700,
    hours=100,
    value=-6000,
    years=5,
)


def one(figures=LOSS, advocacy=0.0, **terms):
    """Return what one option comes to, as plain numbers."""
    figures = figures._replace(advocacy=advocacy)
    rows = Figures(*([column] for column in figures))
    outcome = what_if(rows, Terms(**terms))
    return {
        name: float(column[0])
        for name, column in outcome._asdict().items()
        if name != "changes"
    } | {name: float(column[0]) for name, column in outcome.changes.items()}


def test_nothing_changes():
    outcome = one()
    assert outcome["profit"] == -1200
    assert outcome["value"] == -6000
    assert outcome["profit_gain"] == outcome["value_gain"] == 0


def test_the_value_is_the_account_s_own_and_not_profit_times_years():
    """What is known of an account beside its profit is in its value, and stays in it:
    a value of +400 with a loss of 1,200 gains 5 x 900, and is 4,900 then."""
    outcome = one(LOSS._replace(value=400), price=0.1)
    assert outcome["value"] == pytest.approx(4900)


def test_every_change_by_hand():
    # price 10% of 9,000; hours 30% less: 70 are left, 12 x 2 = 24 are included, 46 are
    # charged at 20; of 5,000 x 30% = 1,500 a quarter stays; half of 700; all of 500
    outcome = one(
        price=0.1,
        hours_saved=0.3,
        cost_kept=0.25,
        serving_saved=0.5,
        other_saved=1,
        included_hours=2,
        hour_price=20,
    )
    assert outcome["revenue"] == pytest.approx(900)
    assert outcome["product"] == 0
    assert outcome["charged"] == pytest.approx(920)
    assert outcome["time"] == pytest.approx(1125)
    assert outcome["serving"] == pytest.approx(350)
    assert outcome["other"] == pytest.approx(500)
    # -1,200 + 3,795 = 2,595; -6,000 + 5 x 3,795 = 12,975
    assert outcome["staying"] == outcome["profit"] == pytest.approx(2595)
    assert outcome["value"] == pytest.approx(12975)


def test_some_leave():
    # of those who leave 25% of 5,000 remains, and 200 that they brought besides:
    # 0.8 x -300 + 0.2 x -1,450 = -530
    # 0.8 x (-6,000 + 4,500) + 0.2 x 5 x -1,450 - 70 = -1,200 - 1,450 - 70 = -2,720
    outcome = one(
        price=0.1, acceptance=0.8, cost_kept=0.25, switch_cost=70, advocacy=200
    )
    assert outcome["staying"] == pytest.approx(-300)
    assert outcome["leaving"] == pytest.approx(-1450)
    assert outcome["profit"] == pytest.approx(-530)
    assert outcome["profit_gain"] == pytest.approx(670)
    assert outcome["value"] == pytest.approx(-2720)
    assert outcome["value_gain"] == pytest.approx(3280)


def test_handed_on():
    # a tenth of 9,000 is left of the revenue, the goods are the other company's; a
    # tenth of the hours stays, and half of the cost of those that are saved:
    # -8,100 + 4,000 + 4,500 x 0.5 + 630 + 500 = -720: -1,920 a year
    outcome = one(
        handed_on=True,
        commission=0.1,
        hours_saved=0.9,
        cost_kept=0.5,
        serving_saved=0.9,
        other_saved=1,
    )
    assert outcome["revenue"] == pytest.approx(-8100)
    assert outcome["product"] == 4000
    assert outcome["time"] == pytest.approx(2250)
    assert outcome["staying"] == pytest.approx(-1920)
    # with people who have other work to do it is 900 - 500 - 70 = 330
    outcome = one(
        handed_on=True,
        commission=0.1,
        hours_saved=0.9,
        serving_saved=0.9,
        other_saved=1,
    )
    assert outcome["staying"] == pytest.approx(330)


def test_what_is_no_cost_is_neither_saved_nor_kept():
    """Corrections may make costs negative: they stay as they are, and nothing else."""
    credited = LOSS._replace(time_cost=-100, serving_cost=-20, other_cost=-30)
    outcome = one(
        credited, hours_saved=0.5, serving_saved=0.5, other_saved=1, cost_kept=0.5
    )
    # 9,000 - 4,000 + 150
    assert outcome["staying"] == outcome["profit"] == 5150
    assert outcome["leaving"] == 0


def test_the_end():
    # nobody stays: half of the hours' cost remains, and what it brought is gone
    outcome = one(acceptance=0, cost_kept=0.5, switch_cost=400, advocacy=100)
    assert outcome["profit"] == -2600
    assert outcome["value"] == -5 * 2600 - 400
    free = one(acceptance=0)
    assert free["profit"] == free["value"] == 0
    assert (free["profit_gain"], free["value_gain"]) == (1200, 6000)


def test_credit_notes_do_not_rise_with_the_price():
    assert one(LOSS._replace(revenue=-300), price=0.5)["revenue"] == 0


def test_hours_within_the_included_ones_cost_nothing():
    for included, charged in ((0, 1000), (8, 40), (9, 0), (700, 0)):
        assert one(included_hours=included, hour_price=10)["charged"] == charged


def test_hours_that_were_taken_back_are_not_charged():
    assert one(LOSS._replace(hours=-5), hour_price=10)["charged"] == 0


def test_years_by_the_plain_rule():
    """A loss of 100 at each of 24 orders a year is worth -12,000 in five years."""
    years = years_worth([120], [1], [24], window_years=1, horizon_years=5)
    assert years.tolist() == [5]
    # the same account seen through a window of six months, and of two years
    assert years_worth([120], [1], [12], 0.5, 5).tolist() == [5]
    assert years_worth([120], [1], [48], 2, 5).tolist() == [5]


def test_years_of_costs_alone():
    """Costs without any order are counted once in the value, over the whole window."""
    assert years_worth([1], [1], [0], 1, 5).tolist() == [1]
    assert years_worth([1], [1], [0], 0.5, 5).tolist() == [0.5]
    # so that half of the costs saved is half of the value
    costs = Figures([0], [0], [800], [0], [0], [20], [-800], [1])
    assert what_if(costs, Terms(hours_saved=0.5)).value.tolist() == [-400]


def test_years_of_who_is_gone():
    assert years_worth([0, 0.1], [1, 0.5], [4, 0], 1, 5).tolist() == [0, 0.05]
    # nothing that is changed matters any more
    gone = LOSS._replace(value=0, years=0)
    assert one(gone, price=0.5, hours_saved=0.5)["value_gain"] == 0


def test_years_are_no_more_than_the_horizon():
    """A window that happens to have one order only is no lower rhythm."""
    assert years_worth([40], [0.8], [1], 1, 5).tolist() == [5]


def test_cost_of_hours():
    assert cost_of_hours(4800, 120, [0, 1, 8]).tolist() == [0, 40, 320]
    # nobody has said what they cost, or nobody worked, or all of it was taken back
    for cost, hours in ((0, 120), (4800, 0), (-40, 1), (40, -1)):
        assert cost_of_hours(cost, hours, [1, 8]).tolist() == [0, 0]
    with pytest.raises(ValueError, match="hours: nan is not a finite number"):
        cost_of_hours(1, np.nan, [1])


def test_best_is_the_highest_value():
    assert best([0, 10, 1000, 500], [1] * 4, [True] * 4).tolist() == [
        False,
        False,
        True,
        False,
    ]


def test_best_of_what_is_possible():
    possible = [True, True, False, False]
    assert best([-50, -20, 100, 200], [1] * 4, possible).tolist() == [
        False,
        True,
        False,
        False,
    ]
    assert not best([1, 2], [1, 1], [False, False]).any()


def test_best_is_the_mildest_of_about_the_same():
    # 950 is 5% less than 1,000, 949 is more
    assert best([950, 1000], [1, 1], True).tolist() == [True, False]
    assert best([949, 1000], [1, 1], True).tolist() == [False, True]
    # -104 is not much worse than -100, -106 is
    assert best([-104, -100], [1, 1], True).tolist() == [True, False]
    assert best([-106, -100], [1, 1], True).tolist() == [False, True]
    # where nothing gains anything, nothing is done
    assert best([0, -1, 0], [1] * 3, True).tolist() == [True, False, False]


def test_best_of_many_decisions_in_any_order():
    gain = [0, 0, 500, 30, -5, 20]
    decision = [90, 4, 90, 4, 17, 17]
    assert best(gain, decision, True).tolist() == [
        False,
        False,
        True,
        True,
        False,
        True,
    ]


def test_nobody():
    empty = Figures(*([] for _name in Figures._fields))
    assert what_if(empty, Terms()).value.size == 0
    assert best([], [], []).size == 0
    assert years_worth([], [], [], 1, 5).size == 0


@pytest.mark.parametrize("name", Figures._fields)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_figures_that_are_no_numbers_are_refused(name, bad):
    rows = Figures(*([column] * 2 for column in LOSS))
    rows = rows._replace(**{name: [1, bad]})
    with pytest.raises(ValueError, match=f"{name}: row 1 is .*, not a finite number"):
        what_if(rows, Terms())


@pytest.mark.parametrize(
    ("name", "bad", "why"),
    [
        ("price", -1, "not above -1"),
        ("acceptance", 1.01, "not a share of 0 to 1"),
        ("acceptance", -0.01, "not a share of 0 to 1"),
        ("hours_saved", 2, "not a share of 0 to 1"),
        ("cost_kept", -1, "not a share of 0 to 1"),
        ("serving_saved", 30, "not a share of 0 to 1"),
        ("other_saved", 1.5, "not a share of 0 to 1"),
        ("commission", 10, "not a share of 0 to 1"),
        ("included_hours", -1, "below 0"),
        ("hour_price", -1, "below 0"),
        ("switch_cost", -1, "below 0"),
        ("price", np.nan, "not a finite number"),
    ],
)
def test_terms_that_cannot_be_are_refused(name, bad, why):
    rows = Figures(*([column] * 2 for column in LOSS))
    with pytest.raises(ValueError, match=f"{name}: row 1 is .*, {why}"):
        what_if(rows, Terms(**{name: [0, bad]}))


def test_columns_are_as_long_as_each_other():
    with pytest.raises(ValueError, match="hours: expected 1 rows, got 2"):
        what_if(Figures(*([1],) * 5, [1, 2], [1], [1]), Terms())
    with pytest.raises(ValueError, match="decision: expected 2 rows, got 1"):
        best([1, 2], [1], True)
    with pytest.raises(ValueError, match="years: row 0 is -1.0, below 0"):
        what_if(Figures(*([1],) * 7, [-1]), Terms())


money = st.floats(-1e6, 1e6).map(lambda amount: round(amount, 2))
cost = st.floats(0, 1e6).map(lambda amount: round(amount, 2))
share = st.floats(0, 1).map(lambda rate: round(rate, 4))
accounts = st.builds(
    Figures,
    revenue=money,
    product_cost=cost,
    time_cost=cost,
    other_cost=cost,
    serving_cost=cost,
    hours=st.floats(0, 1e4),
    value=money,
    years=st.floats(0, 10),
    advocacy=cost,
).map(lambda figures: Figures(*([column] for column in figures)))
terms_of = {
    "price": st.floats(-0.9, 3),
    "acceptance": share,
    "hours_saved": share,
    "cost_kept": share,
    "serving_saved": share,
    "other_saved": share,
    "handed_on": st.booleans(),
    "commission": share,
    "included_hours": st.floats(0, 100),
    "hour_price": st.floats(0, 1e3),
    "switch_cost": cost,
}
options = st.builds(Terms, **terms_of)


def close(left, right):
    return np.isclose(left, right, rtol=1e-9, atol=1e-3)


@given(accounts)
def test_without_change_the_value_is_the_same_to_the_last_digit(figures):
    outcome = what_if(figures, Terms())
    assert outcome.value.tolist() == figures.value
    assert outcome.profit.tolist() == profit_now(checked(figures, Terms())[0]).tolist()
    assert outcome.value_gain.tolist() == outcome.profit_gain.tolist() == [0]


@given(accounts, options, st.sampled_from(["serving_saved", "other_saved"]), share)
def test_more_saved_is_never_worse(figures, terms, name, more):
    more = max(more, getattr(terms, name))
    left, right = (
        what_if(figures, terms),
        what_if(figures, terms._replace(**{name: more})),
    )
    assert right.value[0] >= left.value[0] - 1e-3
    assert right.profit[0] >= left.profit[0] - 1e-3


@given(accounts, options, st.floats(0, 1))
def test_a_higher_price_is_never_worse_for_those_who_stay(figures, terms, more):
    higher = terms._replace(price=terms.price + more)
    left, right = what_if(figures, terms), what_if(figures, higher)
    assert right.staying[0] >= left.staying[0] - 1e-3
    assert right.value[0] >= left.value[0] - 1e-3


@given(accounts, options, options)
def test_nobody_who_accepts_is_the_end_however_it_came_about(figures, left, right):
    """Whatever else was assumed, the same is left of an account that leaves."""
    same = {"acceptance": 0.0, "cost_kept": 0.3, "switch_cost": 10.0}
    one, other = (what_if(figures, terms._replace(**same)) for terms in (left, right))
    assert one.value.tolist() == other.value.tolist()
    assert one.profit.tolist() == other.profit.tolist() == one.leaving.tolist()


@given(accounts, options)
def test_between_staying_and_leaving(figures, terms):
    outcome = what_if(figures, terms)
    low, high = sorted((outcome.staying[0], outcome.leaving[0]))
    assert low - 1e-3 <= outcome.profit[0] <= high + 1e-3


@given(accounts, options, cost)
def test_the_switch_costs_what_it_costs(figures, terms, more):
    dearer = terms._replace(switch_cost=terms.switch_cost + more)
    left, right = what_if(figures, terms), what_if(figures, dearer)
    assert close(left.value - right.value, more)
    assert left.profit.tolist() == right.profit.tolist()


@given(accounts, options)
def test_the_changes_lead_from_the_profit_to_that_of_staying(figures, terms):
    outcome = what_if(figures, terms)
    now = profit_now(checked(figures, terms)[0])
    assert close(now + sum(outcome.changes.values()), outcome.staying)


@given(accounts, options)
def test_rows_do_not_depend_on_each_other(figures, terms):
    twice = Figures(*(column + [1.0] for column in figures))
    alone, together = what_if(figures, terms), what_if(twice, terms)
    assert together.value[0] == alone.value[0]
    assert together.profit[0] == alone.profit[0]


@given(accounts, options)
def test_hours_charged_are_no_more_than_those_spent(figures, terms):
    rows = checked(figures, terms)
    spent = rows[0].hours * (1 - rows[1].hours_saved)
    assert 0 <= hours_beyond(*rows)[0] <= spent[0]
    assert changes_of(*rows)["charged"][0] >= 0


@given(
    st.lists(
        st.tuples(money, st.integers(1, 4), st.booleans()), min_size=1, max_size=30
    )
)
def test_one_best_of_each_decision_that_has_a_possible_one(rows):
    gain, decision, possible = map(np.array, zip(*rows, strict=True))
    chosen = best(gain, decision, possible)
    assert (possible | ~chosen).all()
    for whose in np.unique(decision):
        mine = decision == whose
        some = possible & mine
        assert (chosen & mine).sum() == bool(some.any())
        if some.any():
            most = gain[some].max()
            assert gain[chosen & mine][0] >= most - 0.05 * abs(most)
