"""What the docs say of voice and behaviours in figures is what the engine does."""

import numpy as np
import pytest
from documented import Document, columns, constant_of, number, numbers
from engine import behaviours, goodwill, lifecycle, voice

DOCUMENT = Document("voice", "behaviours")
read_table = DOCUMENT.read_table


@pytest.mark.parametrize(("module", "name", "value"), DOCUMENT.read_constants())
def test_constants(module, name, value):
    assert str(constant_of(module, name)) == value


def test_constants_are_found():
    assert DOCUMENT.count_constants() == len(DOCUMENT.read_constants()) == 31


def test_who_is_what():
    # promoters and passives begin at a score, and detractors are the others
    ranges = {
        who: tuple(map(int, score.split(" to "))) for score, who in read_table("score")
    }
    promoter = constant_of("customer_nps_response", "PROMOTER")
    passive = constant_of("customer_nps_response", "PASSIVE")
    assert ranges == {
        "promoter": (promoter, 10),
        "passive": (passive, promoter - 1),
        "detractor": (0, passive - 1),
    }


def tell(score, margin, count):
    """Return a score as the screens do."""
    sign = {1: "+", -1: "−"}.get(np.sign(score), "")
    if count == 1:
        return "1 answer"
    return f"{sign}{abs(score):.0f} ± {margin:.0f}, {count:.0f} answers"


def test_net_promoter_score():
    *cells, shown = columns(read_table("promoters"))
    *counts, score, margin = map(numbers, cells)
    scores, margins = voice.scores(*counts), voice.margins(*counts)
    np.testing.assert_allclose(scores, score)
    np.testing.assert_allclose(margins, margin, atol=5e-3)
    answers = np.sum(counts, axis=0)
    assert list(map(tell, scores, margins, answers)) == list(shown)


def test_voices():
    texts, told = columns(read_table("promoters, passives, detractors"))
    counts = columns([list(map(int, text.split(", "))) for text in texts])
    assert [voice.VOICES[code] for code in voice.voices(*counts)] == list(told)


def test_what_is_to_be_done():
    for result, *told in read_table("result"):
        result = result.replace(" ", "_")
        found = voice.advocacies([result] * len(told), list(voice.VOICES))
        assert [(one or "").replace("_", " ") for one in found] == told


def test_weights_of_goodwill():
    told = {part: number(weight) for part, weight, _what in read_table("part")}
    assert told == goodwill.WEIGHTS


def test_points_of_goodwill():
    complaints, orders, points = map(numbers, columns(read_table("complaints")))
    np.testing.assert_allclose(goodwill.complaint_points(complaints, orders), points)
    days, points = map(numbers, columns(read_table("days late")))
    np.testing.assert_allclose(goodwill.payment_points(days), points)
    before, now, points = map(numbers, columns(read_table("before")))
    ones, orders = [1] * len(now), [goodwill.TREND_ORDERS] * len(now)
    np.testing.assert_allclose(
        goodwill.trend_points(now, ones, before, ones, orders, orders),
        points,
        atol=5e-2,
    )


def test_goodwill_index():
    *parts, told = map(numbers, columns(read_table("complaints, points")))
    found = goodwill.index(dict(zip(goodwill.WEIGHTS, parts, strict=True)))
    np.testing.assert_allclose(found, told, atol=5e-2)


def test_low_goodwill():
    # complaints on every tenth order and payment a month late, all else as before
    [found] = goodwill.index(
        {
            "complaints": goodwill.complaint_points([1], [10]),
            "hours": [goodwill.SAME],
            "payment": goodwill.payment_points([30]),
            "cost": [goodwill.SAME],
        }
    )
    assert round(found) == 54


def test_behaviours_are_told():
    told = [row[0] for row in read_table("behaviour")]
    assert told == ["first purchase", "up-sell", "cross-sell", *behaviours.KINDS[3:]]


def code_of(name):
    return name.replace(" ", "_").replace("-", "_")


def test_order_of_reasons():
    told = {code_of(row[0]): code_of(row[-1]) for row in read_table("reason")}
    assert list(told.items()) == list(behaviours.REASONS.items())


def test_next_best_behaviours():
    stage, result, said, orders, asked, bought, usual, told = columns(
        read_table("stage")
    )
    stage = [code_of(name) for name in stage]
    assert set(stage) <= set(lifecycle.STAGES)
    found = behaviours.next_behaviours(
        {
            "stage": stage,
            "result": result,
            "voice": said,
            "orders": numbers(orders),
            "worth": [True] * len(stage),
            "asked": [text == "yes" for text in asked],
            "bought": numbers(bought),
            "usual": numbers(usual),
            "cross_sell_started": [False] * len(stage),
            "up_sell_started": [False] * len(stage),
            "excluded": [False] * len(stage),
        }
    )
    assert found.tolist() == [code_of(name) for name in told]
    # each reason but one, which is told by the other stages
    assert set(behaviours.REASONS) - set(found) == {"lost"}


def test_transitions():
    bits = {kind: 2**place for place, kind in enumerate(behaviours.KINDS)}
    bits["nothing"] = 0
    shown, following, count = columns(read_table("shown"))
    found = behaviours.transitions(
        [bits[code_of(kind)] for kind in shown],
        [bits[code_of(kind)] for kind in following],
        numbers(count),
    )
    assert found.total == 80
    for one, other, *told in read_table("from"):
        row = behaviours.KINDS.index(code_of(one))
        column = behaviours.KINDS.index(code_of(other))
        np.testing.assert_allclose(
            [
                found.cases[row],
                found.counts[row, column],
                found.shares[row, column],
                found.base[column],
                found.lifts[row, column],
            ],
            numbers(told),
        )
        assert found.clear[row, column]
