from collections import defaultdict
from math import log

import numpy as np
import pandas as pd
import pytest
from engine.transactions import future_purchases, purchase_history
from hypothesis import given, settings
from hypothesis import strategies as st


def frame(*rows):
    names = ["account", "date", "amount", "document", "reverses"]
    columns = names[: len(rows[0])] if rows else names[:3]
    return pd.DataFrame(list(rows), columns=columns)


def test_a_history_by_hand():
    """Bought on days 10, 20, 40 and 70; 100 first, then 50, 60 and 70."""
    rows = [("a", 10, 100.0), ("a", 40, 60.0), ("a", 20, 50.0), ("a", 70, 70.0)]
    history = purchase_history(frame(*rows), end=100, start=0).loc["a"]
    assert history["occasions"] == 4
    assert (history["frequency"], history["recency"], history["age"]) == (3, 60, 90)
    assert history["log_gaps"] == pytest.approx(log(10) + log(20) + log(30))
    assert history["mean_gap"] == 20
    # gaps of 10, 20 and 30: a variance of 200 / 3
    assert history["gap_variation"] == pytest.approx((200 / 3) ** 0.5 / 20)
    assert (history["mean_value"], history["first_value"]) == (60, 100)
    assert (history["value"], history["credit"]) == (280, 0)
    assert (history["first_date"], history["last_date"]) == (10, 70)


def test_a_day_is_one_occasion_whatever_the_hour():
    rows = [
        (1, "2026-03-01 09:00", 30.0),
        (1, "2026-03-01 18:30", 20.0),
        (1, "2026-03-09 00:10", 5.0),
    ]
    history = purchase_history(frame(*rows), end="2026-03-31 12:00").loc[1]
    assert (history["occasions"], history["recency"], history["age"]) == (2, 8, 30)
    assert (history["first_value"], history["mean_value"]) == (50, 5)
    assert history["last_date"] == pd.Timestamp("2026-03-09")


def test_a_credit_note_counts_on_the_day_of_its_original():
    """The second order was taken back whole, a part of the third one."""
    rows = [
        (1, 0, 100.0, "i1", None),
        (1, 10, 80.0, "i2", None),
        (1, 20, 60.0, "i3", None),
        (1, 30, -80.0, "c1", "i2"),
        (1, 30, -15.0, "c2", "i3"),
    ]
    history = purchase_history(frame(*rows), end=50).loc[1]
    assert (history["occasions"], history["recency"]) == (2, 20)
    assert (history["mean_value"], history["value"]) == (45, 145)
    assert history["credit"] == 0


def test_a_credit_note_of_a_credit_note():
    """The taking back was taken back: the order stands."""
    rows = [
        (1, 0, 100.0, "i1", None),
        (1, 5, -100.0, "c1", "i1"),
        (1, 9, 100.0, "c2", "c1"),
    ]
    history = purchase_history(frame(*rows), end=50).loc[1]
    assert (history["occasions"], history["age"], history["value"]) == (1, 50, 100)


def test_documents_that_take_back_each_other_hang_nobody():
    rows = [(1, 0, 100.0, "a", "b"), (1, 5, -30.0, "b", "a")]
    history = purchase_history(frame(*rows), end=50).loc[1]
    assert (history["occasions"], history["credit"]) == (1, 30)


def test_a_credit_note_of_an_unknown_original_loses_no_money():
    rows = [(1, 0, 100.0), (1, 10, 50.0), (1, 10, -20.0), (1, 30, -40.0)]
    history = purchase_history(frame(*rows), end=50).loc[1]
    assert (history["occasions"], history["mean_value"]) == (2, 30)
    assert history["credit"] == 40
    # money in equals money out
    assert history["value"] - history["credit"] == 90


def test_a_credit_note_of_somebody_else_s_invoice_stays_where_it_is():
    rows = [(1, 0, 100.0, "i1", None), (2, 9, -100.0, "c1", "i1")]
    history = purchase_history(frame(*rows), end=50)
    assert history["occasions"].to_dict() == {1: 1, 2: 0}
    assert history["credit"].to_dict() == {1: 0, 2: 100}


def test_others_in_the_frame_change_nothing():
    """By way of somebody else's document there is no way back to one's own."""
    own = [(1, 0, 100.0, "i1", None), (1, 9, -100.0, "c2", "c1")]
    stray = (2, 5, 20.0, "c1", "i1")
    alone = purchase_history(frame(*own), end=50).loc[1]
    assert (alone["occasions"], alone["credit"]) == (1, 100)
    among = purchase_history(frame(*own, stray), end=50).loc[1]
    pd.testing.assert_series_equal(among, alone)


def test_only_credit_notes():
    history = purchase_history(frame((7, 3, -25.0)), end=50).loc[7]
    for name in ("occasions", "frequency", "recency", "age", "mean_value", "value"):
        assert history[name] == 0
    assert history["credit"] == 25
    assert np.isnan(history["first_date"])


def test_cents_that_cancel_are_no_occasion():
    rows = [(1, 0, 0.1), (1, 0, 0.2), (1, 0, -0.3), (1, 5, 9.0)]
    assert purchase_history(frame(*rows), end=9).loc[1, "occasions"] == 1


def test_the_future_is_not_known():
    rows = [(1, 0, 10.0, "i", None), (1, 20, -10.0, "c", "i"), (2, 25, 5.0, "j", None)]
    history = purchase_history(frame(*rows), end=10)
    assert history.index.tolist() == [1]
    assert history.loc[1, "occasions"] == 1


def test_left_censored_starts():
    """Observed from day 0: the first bought weekly and is met on day 5."""
    rows = [("old", 5, 1.0), ("old", 12, 1.0), ("old", 19, 1.0)]
    rows += [("new", 60, 1.0), ("new", 67, 1.0)]
    rows += [("once", 3, 1.0), ("late", 80, 1.0)]
    history = purchase_history(frame(*rows), end=100, start=0)
    expected = {"late": False, "new": False, "old": True, "once": True}
    assert history["left_censored"].to_dict() == expected


def test_seasons():
    """Each November and December of three years, across the turn of one."""
    days = ["2023-11-20", "2024-01-05", "2024-11-25", "2025-01-02", "2025-12-01"]
    history = purchase_history(frame(*((1, day, 1.0) for day in days)), "2026-06-30")
    assert history.loc[1, "seasons"] == 3
    # from 20 November to 5 January
    assert history.loc[1, "season_days"] == pytest.approx(46, abs=1)


def test_weeks_instead_of_days():
    rows = [(1, day, 10.0) for day in (0, 3, 17, 40)] + [(2, 9, 4.0)]
    days = purchase_history(frame(*rows), end=70)
    weeks = purchase_history(frame(*rows), end=70, unit=7)
    for name in ("recency", "age", "mean_gap"):
        assert (weeks[name] * 7).tolist() == pytest.approx(days[name].tolist())
    shifted = weeks["log_gaps"] + weeks["frequency"] * log(7)
    assert shifted.tolist() == pytest.approx(days["log_gaps"].tolist())
    for name in ("frequency", "mean_value", "gap_variation", "seasons"):
        assert weeks[name].tolist() == pytest.approx(days[name].tolist())


def test_nothing_at_all():
    history = purchase_history(frame(), end=10)
    assert history.empty and "mean_value" in history
    assert future_purchases(frame(), 5, 10, [1])["occasions"].tolist() == [0]


documents = st.lists(
    st.tuples(
        st.integers(1, 3),  # account
        st.integers(0, 40),  # day
        st.integers(-50, 100),  # amount
        st.none() | st.integers(0, 30),  # takes back the document of this number
    ),
    max_size=30,
)


@settings(max_examples=150, deadline=None)
@given(documents, st.integers(0, 45))
def test_against_a_slow_and_obvious_computation(rows, end):
    table = frame(*((*row[:3], number, row[3]) for number, row in enumerate(rows)))
    if not rows:
        return
    history = purchase_history(table.astype({"reverses": "Int64"}), end)
    expected = _slow_history(rows, end)
    assert history.index.tolist() == sorted(expected)
    for account, values in expected.items():
        for name, value in values.items():
            assert history.loc[account, name] == pytest.approx(value), name


def _slow_history(rows, end):
    seen_rows = {number: row for number, row in enumerate(rows) if row[1] <= end}
    days = defaultdict(lambda: defaultdict(int))
    for number, (account, day, amount, _reverses) in seen_rows.items():
        # documents of others are unknown, also on the way to one of its own
        known = {key: row for key, row in seen_rows.items() if row[0] == account}
        seen, current = {number}, number
        while current in known and known[current][3] is not None:
            current = known[current][3]
            if current in seen:
                current = None  # a circle
                break
            seen.add(current)
            if len(seen) > 9 + 1:
                break
        found = current in known and known[current][3] is None
        if found:
            day = known[current][1]
        days[account][day] += amount
    result = {}
    for account, nets in days.items():
        bought = sorted(day for day, net in nets.items() if net > 0)
        gaps = [
            after - before for before, after in zip(bought, bought[1:], strict=False)
        ]
        result[account] = {
            "occasions": len(bought),
            "frequency": len(gaps),
            "recency": sum(gaps),
            "age": end - bought[0] if bought else 0,
            "log_gaps": sum(map(log, gaps)),
            "mean_value": sum(nets[d] for d in bought[1:]) / max(len(gaps), 1),
            "value": sum(nets[d] for d in bought),
            "credit": -sum(net for net in nets.values() if net < 0),
        }
    return result


@settings(max_examples=50, deadline=None)
@given(documents.filter(bool), st.randoms(), st.integers(2, 9))
def test_order_and_currency_change_nothing(rows, random, factor):
    table = frame(*((*row[:3], n, row[3]) for n, row in enumerate(rows)))
    shuffled = random.sample(range(len(rows)), len(rows))
    one = purchase_history(table, 45)
    other = purchase_history(table.iloc[shuffled], 45)
    pd.testing.assert_frame_equal(one, other)
    dearer = purchase_history(table.assign(amount=table["amount"] * factor), 45)
    for name in ("mean_value", "first_value", "value", "credit"):
        assert dearer[name].tolist() == pytest.approx((one[name] * factor).tolist())
    assert dearer["frequency"].tolist() == one["frequency"].tolist()


def test_future_purchases():
    rows = [(1, 5, 10.0), (1, 15, 20.0), (1, 15, 5.0), (1, 30, 7.0), (2, 16, -4.0)]
    future = future_purchases(frame(*rows), cutoff=5, end=20, accounts=[2, 1, 9])
    assert future["occasions"].tolist() == [0, 1, 0]
    assert future["value"].tolist() == [0, 25, 0]


GOOD = {"account": [1, 2], "date": ["2026-01-01", "2026-01-02"], "amount": [1.0, 2.0]}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"amount": [1.0, float("nan")]}, "amount: row 1 is nan, not a finite"),
        ({"amount": [float("inf"), 1]}, "amount: row 0 is inf, not a finite"),
        ({"date": ["2026-01-01", None]}, "date: row 1 is .*, not a date"),
        ({"date": ["2026-01-01", "soon"]}, "date: row 1 is 'soon', not a date"),
        ({"date": [1.0, float("nan")]}, "date: row 1 is nan, not a finite"),
        ({"account": [1, None]}, "account: row 1 is nan, missing"),
    ],
)
def test_bad_rows_are_named(change, message):
    end = 5 if isinstance(change.get("date", [""])[0], float) else "2026-02-01"
    with pytest.raises(ValueError, match=message):
        purchase_history(pd.DataFrame(GOOD | change), end)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"end": "never"}, "end: 'never' is not a date"),
        ({"end": "2026-01-05", "start": "2026-01-06"}, "end: '2026-01-05' is before"),
        ({"end": "2026-01-05", "unit": 0}, "unit: 0 is not a number from"),
        ({"end": "2026-01-05", "unit": float("nan")}, "unit: nan is not a finite"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        purchase_history(pd.DataFrame(GOOD), **arguments)


def test_missing_column():
    with pytest.raises(ValueError, match="amount: the frame has no such column"):
        purchase_history(pd.DataFrame(GOOD).drop(columns="amount"), "2026-02-01")
