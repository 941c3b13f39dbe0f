import numpy as np
import pytest
from engine.movement import movements, reasons
from engine.portfolio import (
    Border,
    TierRule,
    borders,
    damped_tiers,
    ranks,
    tiers,
    tiers_within,
)

RULES = [
    TierRule("share", 0.5),
    TierRule("share", 0.8),
    TierRule("share", 0.95),
    TierRule("share", 1.0),
    TierRule("loss"),
]


def portfolio(seed=1, size=2000):
    random = np.random.default_rng(seed)
    return np.round(random.lognormal(7, 1.5, size) - 300, 2)


@pytest.mark.parametrize(
    "rules",
    [
        RULES,
        [RULES[-1], *RULES[:-1]],
        [TierRule("percentile", 0.2), TierRule("amount", 500), TierRule("loss")],
        [TierRule("amount", 1e12), TierRule("share", 1)],
        [TierRule("amount", -100)],
    ],
)
def test_borders_say_what_the_rules_say(rules):
    value = portfolio()
    known = borders(value, rules)
    np.testing.assert_array_equal(tiers_within(value, known), tiers(value, rules))
    # without a band nothing is damped, wherever the accounts come from
    old = np.random.default_rng(2).integers(-1, len(rules), value.size)
    np.testing.assert_array_equal(damped_tiers(value, old, known), tiers(value, rules))


def test_borders_of_nobody():
    known = borders([], RULES, band=0.05)
    assert [border.lowest for border in known] == [np.inf, np.inf, np.inf, 0, 0]
    assert [border.width for border in known] == [0, 0, 0, 0, 0]
    assert damped_tiers([], [], known).size == 0


def test_a_band_to_both_sides_of_each_border():
    # A from 1000, width 50; B from 100, width 5; C from 0, width 2; losses
    known = [
        Border("amount", 1000, 50),
        Border("amount", 100, 5),
        Border("amount", 0, 2),
        Border("loss", 0, 2),
    ]
    cases = {  # (value, old): new
        (951, 0): 0,
        (949, 0): 1,
        (1049, 1): 1,
        (1050, 1): 0,
        (95, 1): 1,
        (94.9, 1): 2,
        (104.9, 2): 2,
        (105, 2): 1,
        (-2, 2): 2,
        (-2.01, 2): 3,
        (1.99, 3): 3,
        (2, 3): 2,
        (94, 0): 2,  # far away: where the value says
        (5000, 3): 0,
        (97, -1): 2,  # from no tier: nothing to stay in
    }
    value, old = zip(*cases, strict=True)
    assert damped_tiers(value, old, known).tolist() == list(cases.values())


def test_ten_noisy_runs():
    """What is estimated anew varies by 1%; with a band of 5% nobody comes back."""
    value = portfolio()
    random = np.random.default_rng(3)
    runs = [value * (1 + 0.01 * random.standard_normal(value.size)) for _ in range(10)]
    moves = {}
    for band in (0.0, 0.05):
        old = tiers(value, RULES)
        moved = np.zeros(value.size, dtype=int)
        for noisy in runs:
            new = damped_tiers(noisy, old, borders(noisy, RULES, band))
            moved += new != old
            old = new
        moves[band] = moved
    assert (moves[0.0] > 1).sum() > 20  # back and forth
    assert (moves[0.05] > 1).sum() == 0
    assert moves[0.05].sum() < 0.05 * moves[0.0].sum()


def test_whoever_really_moves_moves():
    value = portfolio()
    known = borders(value, RULES, 0.05)
    old = tiers(value, RULES)
    better = damped_tiers(value * 1.5, old, known)
    best = tiers_within(value * 1.5, known)
    # nobody is more than a band away from where the value says
    away = better != best
    assert 0 < away.sum() < 0.1 * value.size
    assert (better <= old)[value > 0].all()


def test_losses_rank_last():
    assert ranks([Border("loss", 0, 0)]).tolist() == [0]
    assert ranks([]).tolist() == []


def test_movements_of_nobody():
    assert movements([], []).tolist() == []
    nothing = {
        "order_profit": [],
        "expected_orders": [],
        "probability_alive": [],
    }
    assert reasons(nothing, nothing, []).tolist() == []


def test_reasons_of_a_loss():
    """More orders at a loss are why an account falls."""
    before = {
        "order_profit": [-10.0],
        "expected_orders": [2.0],
        "probability_alive": [0.9],
    }
    after = before | {"expected_orders": [8.0]}
    assert reasons(before, after, [-1]).tolist() == ["buying"]
    assert reasons(before, after, [1]).tolist() == ["border"]
